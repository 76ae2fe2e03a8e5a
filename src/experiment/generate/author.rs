//! A trained M2 taken from the store, with the tokenizer that its tokens mean something to.

use super::error::GenerateError;
use crate::experiment::RunError;
use crate::experiment::event::{Role, RunId, RunInfo};
use crate::experiment::fitting;
use crate::experiment::materials::{CHECKPOINT, CodingModel, RESOLVED_SPEC, run_folder};
use crate::experiment::spec::{M1, RunSpec, Spec, StandInKind};
use crate::experiment::store::{Store, StoredExperiment};
use crate::experiment::text::Text;
use crate::experiment::tokens::rows_of;
use crate::experiment::trees;
use crate::model::Stepper;
use crate::tokenizer::{self, Fitted, Materials, Method, Tokenizer, TrainingText};
use crate::train::Checkpoint;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A run that can write: an M2 with a checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Writer {
    pub run: RunInfo,
    /// Name of its experiment.
    pub experiment: String,
    /// When the experiment was created: UTC.
    pub created: String,
}

/// Every run that can write, newest experiment first; none where there is no store yet.
///
/// # Errors
/// If the store cannot be read.
pub fn writers(store: &Path) -> Result<Vec<Writer>, GenerateError> {
    if !store.exists() {
        return Ok(Vec::new());
    }
    let store = Store::open(store)?;
    let mut writers = Vec::new();
    for experiment in store.experiments()?.into_iter().rev() {
        for run in store.runs(experiment.id)? {
            if run.role == Role::M2 && checkpoint(&experiment, run.id).exists() {
                let (experiment, created) = (experiment.details.name.clone(), experiment.created.clone());
                writers.push(Writer { run, experiment, created });
            }
        }
    }
    Ok(writers)
}

fn checkpoint(experiment: &StoredExperiment, run: RunId) -> PathBuf {
    experiment.details.folder.join(run_folder(run)).join(CHECKPOINT)
}

/// An M2 ready to write.
pub struct Author {
    pub run: RunInfo,
    pub experiment: String,
    pub method: Method,
    pub tokenizer: Box<dyn Tokenizer>,
    pub stepper: Stepper,
    /// Tokens of the rows that it was trained on.
    pub context: usize,
    /// Optimiser steps that its checkpoint has taken.
    pub step: u64,
    /// What is to be known besides.
    pub notes: Vec<String>,
}

impl Author {
    /// Opens the latest checkpoint of `run`, finished or not, and makes its tokenizer as the runner did.
    ///
    /// # Errors
    /// If anything of it is not there any more, or is not what it was, or the work was cancelled.
    pub fn open(store: &Path, run: RunId, cancel: &Arc<AtomicBool>) -> Result<Self, GenerateError> {
        if !store.exists() {
            return Err(GenerateError::NoStore(store.to_owned()));
        }
        let (experiment, runs, run) = find(&Store::open(store)?, run)?;
        let folder = &experiment.details.folder;
        let (spec, spec_path) = spec(&experiment)?;
        let missing = || GenerateError::NotInSpec { label: run.label.clone(), spec: spec_path.clone() };
        let run_spec = in_spec(&spec, &runs, &run).ok_or_else(missing)?;
        let path = checkpoint(&experiment, run.id);
        if !path.exists() {
            return Err(GenerateError::NoCheckpoint { label: run.label, path });
        }
        let (header, weights) = Checkpoint::weights(&path)?;
        let (materials, notes) = materials(&spec, &run_spec.method, folder, cancel)?;
        let tokenizer = tokenizer::build(&run_spec.method, &materials)?;
        let context = header.context.unwrap_or(run_spec.training.context);
        let rows = rows_of(tokenizer.as_ref(), materials.model.identity(), context);
        let expected = format!("M2 {} over {rows}", run_spec.training.size.name);
        let vocabulary = tokenizer.vocabulary();
        if !header.identity.starts_with(&format!("{expected},")) || header.shape.vocabulary != vocabulary {
            return Err(GenerateError::OtherTokens { label: run.label, found: header.identity, expected });
        }
        Ok(Self {
            method: run_spec.method.clone(),
            run,
            experiment: experiment.details.name,
            tokenizer,
            stepper: Stepper::new(weights)?,
            context,
            step: header.step,
            notes,
        })
    }
}

fn find(store: &Store, wanted: RunId) -> Result<(StoredExperiment, Vec<RunInfo>, RunInfo), GenerateError> {
    for experiment in store.experiments()? {
        let runs = store.runs(experiment.id)?;
        if let Some(run) = runs.iter().find(|run| run.id == wanted && run.role == Role::M2).cloned() {
            return Ok((experiment, runs, run));
        }
    }
    Err(GenerateError::NoRun(wanted))
}

/// The spec as it was resolved when the experiment was begun; from earlier versions there is only its text.
fn spec(experiment: &StoredExperiment) -> Result<(Spec, PathBuf), GenerateError> {
    let folder = &experiment.details.folder;
    let resolved = folder.join(RESOLVED_SPEC);
    if resolved.exists() {
        return Ok((Spec::load(&resolved)?, resolved));
    }
    let path = folder.join("spec.toml");
    Ok((Spec::parse(&experiment.details.spec, &path)?, path))
}

/// The run's own part of the spec: by its label, or, if that was changed since, by its place.
fn in_spec<'s>(spec: &'s Spec, runs: &[RunInfo], run: &RunInfo) -> Option<&'s RunSpec> {
    let fits = |spec: &&RunSpec| {
        run.method.as_ref() == Some(&spec.method.to_string())
            && run.seed == spec.seed
            && run.size == spec.training.size.name
    };
    let place = runs.iter().filter(|run| run.role == Role::M2).position(|other| other.id == run.id);
    let by_label = spec.runs.iter().find(|spec| spec.label == run.label).filter(fits);
    by_label.or_else(|| spec.runs.get(place?).filter(fits)).or_else(|| spec.runs.iter().find(fits))
}

/// What the method's tokenizer is made of, and what went otherwise than it should without keeping it from being made.
fn materials(
    spec: &Spec,
    method: &Method,
    folder: &Path,
    cancel: &Arc<AtomicBool>,
) -> Result<(Materials, Vec<String>), GenerateError> {
    let wanted = wanted(spec, method);
    let mut fitted = Fitted::default();
    match wanted.iter().any(fitting::learns) {
        // Only these need the training split once more; vocabularies that were trained are in the folder.
        true => {
            let source = Text::open(spec).map_err(RunError::from)?;
            let training = TrainingText { source: &source, rule: Text::rule(spec), bytes: 0 };
            fitted.fit(&wanted, &training, Some(folder), &mut |_| !cancel.load(Ordering::Relaxed))?;
        }
        false => fitted.open(method)?,
    }
    let model = match CodingModel::given(&spec.m1, &fitted)? {
        Some(model) => model,
        None => CodingModel::trained(folder)?,
    };
    let (model, _) = model.open()?;
    let (trees, notes) = match trees::read(folder, model.identity()) {
        Ok(trees) => (trees, Vec::new()),
        Err(error) => (Default::default(), vec![format!("The prefix tree is computed anew: {error}")]),
    };
    Ok((Materials { model, trees: Arc::new(trees), fitted }, notes))
}

/// The method, and one that counts bytes if M1 is to.
fn wanted(spec: &Spec, method: &Method) -> Vec<Method> {
    let mut methods = vec![method.clone()];
    methods.extend((spec.m1 == M1::StandIn(StandInKind::Unigram)).then(fitting::counting));
    methods
}
