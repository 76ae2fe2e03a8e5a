//! Everything a command can fail with.

use crate::app::AppError;
use crate::coding::ShapeError;
use crate::container::{CompressError, DecompressError, HeaderError, MismatchError, ReadError};
use crate::corpus::CorpusError;
use crate::durable::WriteError;
use crate::experiment::RunError;
use crate::experiment::film::FilmError;
use crate::experiment::generate::GenerateError;
use crate::experiment::spec::SpecError;
use crate::experiment::store::StoreError;
use crate::experiment::token_accuracy::TokenAccuracyError;
use crate::figure::FigureError;
use crate::gpu::DeviceError;
use crate::m1::freeze::FreezeError;
use crate::m1::gpu::GpuError;
use crate::m1::integer::ModelError;
use crate::m1::windows::{BuildError, ExportError};
use crate::m1::{FileError, TreeFileError};
use crate::model::UnknownSize;
use crate::tokenizer::atlas::AtlasError;
use crate::tokenizer::{FitError, MethodError, PackError, StepsError, TokenizeError};
use crate::train::CheckpointError;
use burn::tensor::ExecutionError;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Generate(#[from] GenerateError),
    #[error(transparent)]
    Spec(#[from] SpecError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error(transparent)]
    Figure(#[from] FigureError),
    #[error(transparent)]
    M1File(#[from] FileError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Freeze(#[from] FreezeError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Tree(#[from] TreeFileError),
    #[error(transparent)]
    Gpu(#[from] GpuError),
    #[error(transparent)]
    Shape(#[from] ShapeError),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Method(#[from] MethodError),
    #[error(transparent)]
    Tokenize(#[from] TokenizeError),
    #[error(transparent)]
    Atlas(#[from] AtlasError),
    #[error(transparent)]
    Film(#[from] FilmError),
    #[error(transparent)]
    TokenAccuracy(#[from] TokenAccuracyError),
    #[error(transparent)]
    Steps(#[from] StepsError),
    #[error(transparent)]
    Fit(#[from] FitError),
    #[error(transparent)]
    Header(#[from] HeaderError),
    #[error(transparent)]
    Mismatch(#[from] MismatchError),
    #[error(transparent)]
    Compressed(#[from] ReadError),
    #[error(transparent)]
    Compress(#[from] CompressError<PackError>),
    #[error(transparent)]
    Decompress(#[from] DecompressError<PackError>),
    #[error(transparent)]
    Size(#[from] UnknownSize),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    App(#[from] AppError),
    #[error("the device failed: {0}")]
    Execution(#[from] ExecutionError),
    #[error("could not read {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("could not write the output: {0}")]
    Output(#[from] std::io::Error),
    #[error("{0}")]
    Usage(String),
    /// The run said why already.
    #[error("{0}")]
    RunFailed(String),
    #[error("stopped; what was done is saved. Go on with: {0}")]
    Stopped(String),
}

impl CommandError {
    /// Whether nothing went wrong but that the user said to stop.
    pub fn is_interrupt(&self) -> bool {
        match self {
            Self::Tokenize(TokenizeError::Cancelled)
            | Self::Atlas(AtlasError::Cancelled)
            | Self::Compress(CompressError::Stopped { .. })
            | Self::Decompress(DecompressError::Stopped { .. }) => true,
            Self::Compress(CompressError::Encode { source, .. })
            | Self::Decompress(DecompressError::Decode { source, .. }) => {
                matches!(source, PackError::Tokenize(TokenizeError::Cancelled))
            }
            _ => false,
        }
    }
}
