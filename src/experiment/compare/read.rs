//! Runs as the store holds them, with what they were run with.

use crate::experiment::event::{ExperimentId, Role, RunInfo};
use crate::experiment::spec::{self, Corpus, RunSpec, Spec, Training};
use crate::experiment::store::{Store, StoreError, StoredExperiment};
use crate::tokenizer::Method;
use std::path::Path;

/// A run with the experiment that it is of.
#[derive(Debug, Clone)]
pub struct StoredRun {
    /// Name of the experiment.
    pub experiment: String,
    pub run: RunInfo,
    pub(super) settings: Settings,
    /// Where the held-out text is from; none where the specification does not tell any more.
    pub(super) text: Option<Split>,
}

/// What is trained on and what is held out: a corpus and the seed that splits it. An M1 takes its own seed from there, so
/// M1s of two seeds were measured on two texts, and are not runs that differ in their seed alone.
type Split = (Corpus, u64);

/// Everything that a run was run with but its seed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Settings {
    M1(Box<(Split, Training)>),
    M2(Box<(Split, spec::M1, RunSpec)>),
    Tokens(Box<(Split, spec::M1, Method, usize, u64)>),
    /// The specification does not tell: runs of one experiment whose names differ in the seed alone.
    Named(ExperimentId, String),
}

/// The runs that are `wanted`, in the order in which they were added.
///
/// # Errors
/// If the store cannot be read.
pub fn read(store: &Store, wanted: impl Fn(&StoredExperiment, &RunInfo) -> bool) -> Result<Vec<StoredRun>, StoreError> {
    let mut found = Vec::new();
    for experiment in store.experiments()? {
        let mut runs = store.runs(experiment.id)?;
        runs.retain(|run| wanted(&experiment, run));
        if runs.is_empty() {
            continue;
        }
        let spec = specification(&experiment);
        found.extend(runs.into_iter().map(|run| {
            let known = spec.as_ref().and_then(|spec| settings(spec, &run));
            let settings = known.unwrap_or_else(|| Settings::Named(experiment.id, run.label_without_seed()));
            let text = spec.as_ref().map(|spec| (spec.corpus.clone(), spec.seed));
            StoredRun { experiment: experiment.details.name.clone(), run, settings, text }
        }));
    }
    Ok(found)
}

/// What the experiment was run with, paths and all: two projects may both call their text `text.txt`. None where the
/// specification cannot be read any more, or, of one of Mullion 0.1, where its paths may be anybody's.
fn specification(experiment: &StoredExperiment) -> Option<Spec> {
    let parsed = |text: &str, folder: &str| Spec::parse(text, &Path::new(folder).join("spec.toml")).ok();
    if !experiment.resolved.is_empty() {
        return parsed(&experiment.resolved, "/");
    }
    let written = &experiment.details.spec;
    let here = parsed(written, "/")?;
    (parsed(written, "/elsewhere")? == here).then_some(here)
}

fn settings(spec: &Spec, run: &RunInfo) -> Option<Settings> {
    let split = (spec.corpus.clone(), spec.seed);
    match run.role {
        Role::M1 => match &spec.m1 {
            spec::M1::Train(training) => Some(Settings::M1(Box::new((split, *training)))),
            _ => None,
        },
        Role::M2 => {
            let run = M2::of(spec, run)?;
            let alike = RunSpec { seed: 0, label: String::new(), ..run.clone() };
            Some(Settings::M2(Box::new((split, spec.m1.clone(), alike))))
        }
        Role::Tokens => {
            let tokens = spec.tokens.as_ref()?;
            let method = run.method.as_ref()?.parse().ok()?;
            let (example, training) = (tokens.example_bytes, tokens.training_bytes);
            Some(Settings::Tokens(Box::new((split, spec.m1.clone(), method, example, training))))
        }
    }
}

/// The entry of a specification that a run was made from.
struct M2;

impl M2 {
    /// The one of its name, or, where it was given another name since, the only one that it can be.
    fn of<'a>(spec: &'a Spec, run: &RunInfo) -> Option<&'a RunSpec> {
        let fits = |entry: &&RunSpec| {
            entry.seed == run.seed
                && entry.training.size.name == run.size
                && run.method.as_ref().is_some_and(|method| *method == entry.method.to_string())
        };
        let mut fitting = spec.runs.iter().filter(fits);
        let named = fitting.clone().find(|entry| entry.label == run.label);
        named.or_else(|| {
            let only = fitting.next()?;
            fitting.next().is_none().then_some(only)
        })
    }
}
