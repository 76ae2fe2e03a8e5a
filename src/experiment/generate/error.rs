//! Everything that can keep an M2 from writing.

use crate::experiment::RunError;
use crate::experiment::event::RunId;
use crate::experiment::spec::SpecError;
use crate::experiment::store::StoreError;
use crate::model::{SampleError, UnknownSymbol, WeightsError};
use crate::tokenizer::{FitError, TokenizeError};
use crate::train::CheckpointError;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Spec(#[from] SpecError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Tokenize(#[from] TokenizeError),
    #[error(transparent)]
    Fit(#[from] FitError),
    #[error(transparent)]
    Sample(#[from] SampleError),
    #[error(transparent)]
    Symbol(#[from] UnknownSymbol),
    #[error(transparent)]
    Weights(#[from] WeightsError),
    #[error("there is no store of results at {} yet. Train an M2 first: mullion run experiments/first-light.toml", .0.display())]
    NoStore(PathBuf),
    #[error("the store has no run {} of an M2; it may have been deleted", .0.0)]
    NoRun(RunId),
    #[error("{label} has no checkpoint yet ({} is not there): let it train for some seconds, or resume its experiment", path.display())]
    NoCheckpoint { label: String, path: PathBuf },
    #[error("the run {label} is not in its experiment's spec ({}): the spec was changed since", spec.display())]
    NotInSpec { label: String, spec: PathBuf },
    #[error(
        "{label} was trained on other tokens than its spec, M1 and vocabulary make today.\n  trained on: {found}\n  today:      {expected}\nPut the earlier M1 or vocabulary back, or train anew"
    )]
    OtherTokens { label: String, found: String, expected: String },
    #[error("give a length of 1 token or more")]
    Length,
    #[error("the system refused a thread to write on: {0}")]
    Thread(std::io::Error),
    #[error("writing stopped unexpectedly: {0}. Please report this as a bug")]
    Panicked(String),
}
