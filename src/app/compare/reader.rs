//! The store's side: a worker that reads the chosen runs and puts them into groups.

use super::choice::Known;
use crate::app::background::{Background, Progress};
use crate::app::board::Board;
use crate::app::format;
use crate::experiment::compare::{Group, groups, read};
use crate::experiment::event::RunId;
use crate::experiment::store::Store;
use egui::Context;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What was read.
#[derive(Default)]
pub struct Answer {
    /// Every experiment of the store, latest first.
    pub experiments: Vec<(Known, String)>,
    pub groups: Vec<Group>,
}

/// What is to be read; read again when it changes.
#[derive(Debug, Clone, Default, PartialEq)]
struct Wanted {
    experiments: BTreeSet<Known>,
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
    pub fn follow(&mut self, ctx: &Context, experiments: &BTreeSet<Known>, board: &Board) -> bool {
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
    let mut experiments: Vec<(Known, String)> = store
        .experiments()
        .map_err(|error| error.to_string())?
        .into_iter()
        .map(|experiment| {
            (Known::of(&experiment), format!("{} · {}", experiment.details.name, format::minute(&experiment.created)))
        })
        .collect();
    experiments.reverse();
    let chosen = read(&store, |experiment, run| {
        wanted.experiments.contains(&Known::of(experiment)) || wanted.runs.contains(&run.id)
    });
    Ok(Answer { experiments, groups: groups(chosen.map_err(|error| error.to_string())?) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::event::Role;
    use crate::experiment::store::{NewExperiment, NewRun, StoredExperiment};

    #[test]
    fn an_experiment_that_took_the_number_of_one_that_is_gone_is_not_the_one_that_was_ticked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mullion.sqlite");
        let mut store = Store::open(&path).unwrap();
        let (name, spec, device) = ("x".to_owned(), String::new(), String::new());
        let new = NewExperiment { folder: folder.path().join("x"), name, spec, device, seed: 1, versions: [].into() };
        let experiment = store.create_experiment(&new).unwrap();
        let (label, size) = ("M1 nano".to_owned(), "nano".to_owned());
        store.create_run(&NewRun { experiment, role: Role::M1, label, method: None, size, seed: 1, steps: 8 }).unwrap();
        let stored = store.experiment(experiment).unwrap().unwrap();
        let gone = StoredExperiment { created: "2001-01-01T00:00:00Z".into(), ..stored.clone() };
        let found = |ticked| {
            let wanted = Wanted { experiments: [Known::of(ticked)].into(), ..Wanted::default() };
            read_answer(&path, &wanted).unwrap().groups.len()
        };
        assert_eq!((found(&stored), found(&gone)), (1, 0));
    }
}
