//! What an experiment codes with, and where its folder keeps what it made: for the runner, and for those who come later and
//! want the same tokenizer again.

use super::RunError;
use super::event::RunId;
use super::spec::{self, StandInKind};
use crate::m1::file;
use crate::m1::{M1File, Network, NextSymbol, StandIn};
use crate::model::Shape;
use crate::tokenizer::Fitted;
use std::path::Path;
use std::sync::Arc;

/// The spec with paths made absolute and defaults written out, within the experiment's folder.
pub const RESOLVED_SPEC: &str = "resolved.toml";
/// The M1 that the experiment trained, within its folder.
pub const FROZEN_M1: &str = "m1.m1";
/// M2's last checkpoint, within its run's folder.
pub const CHECKPOINT: &str = "m2.checkpoint";

/// A run's own folder, within its experiment's.
pub fn run_folder(run: RunId) -> String {
    format!("run-{}", run.0)
}

/// What codes bytes.
pub enum CodingModel {
    Network(Box<M1File>),
    StandIn(Arc<StandIn>),
}

impl From<M1File> for CodingModel {
    fn from(file: M1File) -> Self {
        Self::Network(Box::new(file))
    }
}

impl CodingModel {
    /// The M1 that a spec names; none if it wants one trained.
    ///
    /// # Errors
    /// If its file cannot be read, or a stand-in's symbols were not counted.
    pub fn given(m1: &spec::M1, fitted: &Fitted) -> Result<Option<Self>, RunError> {
        Ok(Some(match m1 {
            spec::M1::Train(_) => return Ok(None),
            spec::M1::Shipped(shipped) => shipped.open()?.into(),
            spec::M1::File(path) => file::load(path)?.into(),
            spec::M1::StandIn(StandInKind::Uniform) => Self::StandIn(Arc::new(StandIn::uniform())),
            spec::M1::StandIn(StandInKind::Unigram) => Self::StandIn(fitted.counted_model()?),
        }))
    }

    /// The M1 that the experiment in `folder` has trained.
    ///
    /// # Errors
    /// If its file cannot be read.
    pub fn trained(folder: &Path) -> Result<Self, RunError> {
        Ok(file::load(&folder.join(FROZEN_M1))?.into())
    }

    /// The model, ready to code, and the dimensions of its network, if it is one.
    ///
    /// # Errors
    /// If the network cannot be computed here.
    pub fn open(self) -> Result<(Arc<dyn NextSymbol>, Option<Shape>), RunError> {
        match self {
            Self::Network(file) => {
                let network = Network::new(*file)?;
                let shape = *network.shape();
                Ok((Arc::new(network), Some(shape)))
            }
            Self::StandIn(model) => Ok((model, None)),
        }
    }
}
