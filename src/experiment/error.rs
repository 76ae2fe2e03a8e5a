//! Everything that can end a run, with the message its user reads.

use super::spec::SpecError;
use super::store::StoreError;
use super::token_accuracy::TokenAccuracyError;
use super::token_file::TokenFileError;
use crate::corpus::CorpusError;
use crate::durable::WriteError;
use crate::gpu::DeviceError;
use crate::m1::freeze::FreezeError;
use crate::m1::integer::ModelError;
use crate::m1::{FileError, TreeFileError};
use crate::model::UnknownSize;
use crate::tokenizer::{FitError, TokenizeError};
use crate::train::CheckpointError;
use burn::tensor::ExecutionError;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Spec(#[from] SpecError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    TokenFile(#[from] TokenFileError),
    #[error(transparent)]
    TokenAccuracy(#[from] TokenAccuracyError),
    #[error(transparent)]
    Tokenize(#[from] TokenizeError),
    #[error(transparent)]
    Fit(#[from] FitError),
    #[error(transparent)]
    M1File(#[from] FileError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Tree(#[from] TreeFileError),
    #[error(transparent)]
    Freeze(#[from] FreezeError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Size(#[from] UnknownSize),
    #[error(
        "the device failed while it trained: {0}. The last checkpoint is kept: resume the experiment to go on from it"
    )]
    Execution(#[from] ExecutionError),
    #[error(
        "{label} diverged at step {step}: its loss is not a finite number any more. Lower base_rate in its optimizer table"
    )]
    Diverged { label: String, step: u64 },
    #[error("there is no experiment named `{name}` in {} to resume: begin it without resuming", store.display())]
    NothingToResume { name: String, store: PathBuf },
    #[error("the experiment `{name}` was begun from another spec than this one; begin anew without resuming (nothing is overwritten), or restore the spec, which is kept in {}", kept.display())]
    OtherSpec { name: String, kept: PathBuf },
    #[error("the store lacks runs of the experiment `{name}`, which was cut off while it was created; begin anew without resuming ({} can be removed)", folder.display())]
    Incomplete { name: String, folder: PathBuf },
    #[error("there is no experiment number {id} in {}: it was removed, or never was; `mullion runs` lists what there is", store.display())]
    Unknown { id: i64, store: PathBuf },
    #[error("the experiment `{title}` is in the bin: restore it first")]
    InTheBin { title: String },
    #[error("another Mullion is running the experiment in {} at this moment; stop it there first", folder.display())]
    Busy { folder: PathBuf },
    #[error(
        "{what} is {now} now, but this experiment was begun with {was}: put the earlier file back, or do not resume, to \
         begin anew"
    )]
    MadeWithAnother { what: String, was: String, now: String },
    #[error("could not use {}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("the validation split gave no text to measure on; raise `validation` or use more text")]
    NoValidation,
    #[error(
        "the worker stopped unexpectedly: {0}. What it had saved is kept: resume the experiment to go on from it, and please report this as a bug"
    )]
    Panicked(String),
}
