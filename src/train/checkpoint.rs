//! Everything a training run needs to go on as if it had never stopped: weights, optimiser, step, data cursor.
//!
//! Initialisation is the only thing that draws random numbers in training, and data order is a function of seed and
//! cursor, so the cursor is the whole state of every generator. On the CPU device a resumed run is equal bit for bit.

use super::schedule::Schedule;
use super::trainer::Trainer;
use crate::gpu::read_f32;
use crate::model::archive::{Archive, ArchiveError, Kind};
use crate::model::{Decoder, Parameter, Shape, Weights, WeightsError};
use burn::optim::AdafactorState;
use burn::tensor::{Device, ExecutionError, Tensor, TensorData};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

const KIND: Kind = Kind { name: "checkpoint", version: 1, oldest: (1, "train again") };

/// The header of a checkpoint file, and what the run adds to a trainer's own state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    pub shape: Shape,
    pub schedule: Schedule,
    /// Optimiser steps taken.
    pub step: u64,
    /// Steps that the optimiser has counted for each parameter that has a state.
    times: BTreeMap<String, usize>,
    /// Training examples drawn so far: with the seed, the place in the data.
    pub examples_drawn: u64,
    pub seed: u64,
    /// Symbols of one training example; not told in checkpoints of early versions.
    #[serde(default)]
    pub context: Option<usize>,
    /// What was trained on what, in words; compared on resume, so that a run never goes on from another's checkpoint.
    pub identity: String,
}

/// What a checkpoint is of: the same for all of a training's.
#[derive(Debug, Clone, Copy)]
pub struct CheckpointOf<'a> {
    pub schedule: Schedule,
    pub seed: u64,
    /// Symbols of one training example.
    pub context: usize,
    /// See [`Checkpoint::identity`].
    pub identity: &'a str,
}

#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error(
        "training has gone wrong: {source}. The last good checkpoint stays at {path}; lower base_rate and begin anew"
    )]
    NotSaved { path: String, source: WeightsError },
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error("the checkpoint {path} holds weights that do not fit its own header: {source}")]
    Weights { path: String, source: WeightsError },
    #[error(
        "the checkpoint {path} lacks the optimiser's `{name}` or holds it in another shape: it cannot be resumed from"
    )]
    Optimizer { path: String, name: String },
    #[error(
        "the checkpoint {path} belongs to another run.\n  it was made by: {found}\n  this run is:    {expected}\nUse another results folder (--out), or begin anew without resuming"
    )]
    OtherRun { path: String, found: String, expected: String },
    #[error("the device failed while its weights were read: {0}. The previous checkpoint is untouched")]
    Device(#[from] ExecutionError),
}

impl Checkpoint {
    /// Replaces the checkpoint at `path` by `trainer`'s state.
    pub fn save(
        trainer: &Trainer,
        of: &CheckpointOf<'_>,
        examples_drawn: u64,
        path: &Path,
    ) -> Result<(), CheckpointError> {
        let weights = trainer.decoder.weights()?;
        weights.check().map_err(|source| CheckpointError::NotSaved { path: path.display().to_string(), source })?;
        let shape = weights.shape;
        let mut arrays = weights.parameters;
        let mut times = BTreeMap::new();
        for ((name, _), state) in Weights::layout(&shape).into_iter().zip(&trainer.states) {
            let Some(state) = state else { continue };
            arrays.insert(format!("optimizer.{name}.rows"), read(&state.second_moment)?);
            if let Some(columns) = &state.column_second_moment {
                arrays.insert(format!("optimizer.{name}.columns"), read(columns)?);
            }
            times.insert(name, state.time);
        }
        let header = Checkpoint {
            shape,
            schedule: of.schedule,
            step: trainer.step,
            times,
            examples_drawn,
            seed: of.seed,
            context: Some(of.context),
            identity: of.identity.to_owned(),
        };
        Ok(Archive { header, arrays }.save(KIND, path)?)
    }

    /// Reads the checkpoint at `path`, checks that it is this run's (`identity`), and puts its trainer on `device`, to go on
    /// under `schedule`.
    pub fn load(
        path: &Path,
        identity: &str,
        schedule: Schedule,
        device: &Device,
    ) -> Result<(Checkpoint, Trainer), CheckpointError> {
        let Archive { header, mut arrays } = Archive::<Checkpoint>::load(KIND, path)?;
        let path = path.display().to_string();
        if header.identity != identity {
            return Err(CheckpointError::OtherRun { path, found: header.identity, expected: identity.to_owned() });
        }
        let mut states = Vec::new();
        for (name, dims) in Weights::layout(&header.shape) {
            let [rows, columns] = if dims.len() == 1 { [1, dims[0]] } else { [dims[0], dims[1]] };
            let Some(time) = header.times.get(&name).copied() else {
                states.push(None);
                continue;
            };
            let mut take = |part: &str, dims: [usize; 2]| {
                let key = format!("optimizer.{name}.{part}");
                match arrays.remove(&key) {
                    Some(array) if array.dims == dims && array.data.len() == dims[0] * dims[1] => {
                        Ok(Tensor::<2>::from_data(TensorData::new(array.data, dims), device))
                    }
                    _ => Err(CheckpointError::Optimizer { path: path.clone(), name: key }),
                }
            };
            let second_moment = take("rows", [rows, 1])?;
            let column_second_moment = Some(take("columns", [1, columns])?);
            states.push(Some(AdafactorState { time, second_moment, column_second_moment }));
        }
        let weights = Weights { shape: header.shape, parameters: arrays };
        let decoder =
            Decoder::from_weights(&weights, device).map_err(|source| CheckpointError::Weights { path, source })?;
        let trainer = Trainer::resume(decoder, states, header.step, schedule, device);
        Ok((header, trainer))
    }
}

impl Checkpoint {
    /// Reads the header and the weights of the checkpoint at `path`, whoever's it is; the optimiser's state is left out.
    ///
    /// # Errors
    /// If the file cannot be read, is no checkpoint, or its weights do not fit its header.
    pub fn weights(path: &Path) -> Result<(Checkpoint, Weights), CheckpointError> {
        let Archive { header, mut arrays } = Archive::<Checkpoint>::load(KIND, path)?;
        arrays.retain(|name, _| !name.starts_with("optimizer."));
        let weights = Weights { shape: header.shape, parameters: arrays };
        weights.check().map_err(|source| CheckpointError::Weights { path: path.display().to_string(), source })?;
        Ok((header, weights))
    }
}

fn read(tensor: &Tensor<2>) -> Result<Parameter, ExecutionError> {
    Ok(Parameter { dims: tensor.dims().to_vec(), data: read_f32(tensor.clone())? })
}
