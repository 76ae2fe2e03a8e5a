//! The store's side: a worker that reads the chosen runs and puts them into groups.

use crate::app::background::{Background, Progress};
use crate::app::board::Board;
use crate::app::format;
use crate::experiment::compare::{Group, groups, read};
use crate::experiment::event::{ExperimentId, RunId};
use crate::experiment::store::Store;
use egui::Context;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What was read.
#[derive(Default)]
pub struct Answer {
    /// Every experiment of the store, latest first.
    pub experiments: Vec<(ExperimentId, String)>,
    pub groups: Vec<Group>,
}

/// What is to be read; read again when it changes.
#[derive(Debug, Clone, Default, PartialEq)]
struct Wanted {
    experiments: BTreeSet<ExperimentId>,
    runs: BTreeSet<RunId>,
    /// The stage and the end of the experiment that goes: its results grow with them.
    stage: Option<usize>,
    ended: bool,
}

/// Reads behind the pane.
pub struct Reader {
    store: PathBuf,
    /// What the answer is to; none asks again.
    wanted: Option<Wanted>,
    reading: Option<Background<Result<Answer, String>>>,
    answer: Answer,
    error: Option<String>,
}

impl Reader {
    pub fn new(store: PathBuf) -> Self {
        Self { store, wanted: None, reading: None, answer: Answer::default(), error: None }
    }

    /// Asks anew where something else is wanted than was read; true in the frame in which an answer has come.
    pub fn follow(&mut self, ctx: &Context, experiments: &BTreeSet<ExperimentId>, board: &Board) -> bool {
        let come = match self.reading.as_ref().map(Background::poll) {
            None | Some(Progress::Waiting) => false,
            Some(Progress::Done(Ok(answer))) => {
                (self.answer, self.error, self.reading) = (answer, None, None);
                true
            }
            Some(Progress::Done(Err(error))) => {
                (self.error, self.reading) = (Some(error), None);
                false
            }
            Some(Progress::Lost) => {
                self.error = Some("the results could not be read: the worker has died; try Read again".to_owned());
                self.reading = None;
                false
            }
        };
        let followed = board.run.followed();
        let wanted = Wanted {
            experiments: experiments.clone(),
            runs: board.chosen.clone(),
            stage: followed.snapshot.stage.as_ref().map(|(index, ..)| *index),
            ended: followed.snapshot.outcome.is_some(),
        };
        drop(followed);
        if self.reading.is_none() && self.wanted.as_ref() != Some(&wanted) {
            self.wanted = Some(wanted.clone());
            let store = self.store.clone();
            match Background::start(ctx, move || read_answer(&store, &wanted)) {
                Ok(reading) => self.reading = Some(reading),
                Err(error) => self.error = Some(format!("the results could not be read: {error}")),
            }
        }
        come
    }

    /// Reads once more, what is stored may have changed.
    pub fn again(&mut self) {
        self.wanted = None;
    }

    pub fn answer(&self) -> &Answer {
        &self.answer
    }

    pub fn is_reading(&self) -> bool {
        self.reading.is_some()
    }

    /// Why the answer is not to what is wanted.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }
}

fn read_answer(path: &Path, wanted: &Wanted) -> Result<Answer, String> {
    // Opening would make one.
    if !path.exists() {
        return Ok(Answer::default());
    }
    let store = Store::open(path).map_err(|error| error.to_string())?;
    let mut experiments: Vec<(ExperimentId, String)> = store
        .experiments()
        .map_err(|error| error.to_string())?
        .into_iter()
        .map(|experiment| {
            (experiment.id, format!("{} · {}", experiment.details.name, format::minute(&experiment.created)))
        })
        .collect();
    experiments.reverse();
    let chosen =
        read(&store, |experiment, run| wanted.experiments.contains(&experiment.id) || wanted.runs.contains(&run.id));
    Ok(Answer { experiments, groups: groups(chosen.map_err(|error| error.to_string())?) })
}
