//! What a running experiment says, and what it can be told.
//!
//! The window and the command line see a run only through these: a stream of [`Event`]s out, [`Command`]s in, and a
//! [`Snapshot`] that folds the stream into the latest state, so that a face that draws late misses nothing.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// An experiment's row in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ExperimentId(pub i64);

/// A run's row in the store: one model trained once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunId(pub i64);

/// What a face asks of the worker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Command {
    /// Finish the current step, checkpoint, and hold.
    Pause,
    Resume,
    /// Finish the current step, checkpoint, and end; the experiment can be resumed later.
    Stop,
    /// Multiply the learning rate of the model in training by this factor (above 0), from its next step on.
    ScaleRate(f64),
    /// Leave a run out: one that waits is passed over, the one that goes ends with a checkpoint and the next begins.
    Cancel(RunId),
    /// Queue a run that failed or was cancelled again; it goes on from its last checkpoint.
    Retry(RunId),
    /// Let a run's turn come before those of lower priority.
    Prioritise(RunId, i64),
}

/// Which network a run trains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    M1,
    M2,
    /// None: a method's tokens are measured, and nothing is trained on them.
    Tokens,
}

/// Where a run or an experiment stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    Queued,
    Running,
    Paused,
    /// Stopped by the user; can be resumed.
    Stopped,
    Done,
    Failed(String),
}

impl Status {
    /// In one word: what the store keeps, filters look for and lists show.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::Done => "done",
            Self::Failed(_) => "failed",
        }
    }
}

/// The word, and why where it failed.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(why) => write!(f, "{}: {why}", self.word()),
            _ => f.write_str(self.word()),
        }
    }
}

/// A measured quantity that is plotted over the steps of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Series {
    /// Training loss of the step's batch, in bits per raw source byte.
    TrainBitsPerByte,
    /// Loss on the held-out text, in bits per raw source byte.
    ValidationBitsPerByte,
    /// Raw bytes per token on the held-out text, for a run's method under M1 as trained so far.
    TokenRatio,
    /// Share of held-out tokens at this 0-based position in their window whose most likely prediction is right.
    Accuracy(u16),
    /// Learning rate of the step.
    LearningRate,
    /// Tokens per second of whole training steps.
    TokensPerSecond,
    /// Seconds that the run has trained: steps, evaluations and checkpoints, without pauses. A resumed run goes on counting.
    Seconds,
    /// The process's resident memory in bytes.
    MemoryBytes,
    /// What the schedule's learning rate is multiplied by from the next step on; recorded when it changes.
    RateFactor,
}

/// One value of one series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub run: RunId,
    pub series: Series,
    /// Optimiser steps taken when it was measured.
    pub step: u64,
    pub value: f64,
}

/// A run as the faces list it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    pub id: RunId,
    pub role: Role,
    /// What to call it in legends and tables: `M1 nano`, `EqualInfoAC[b=16, v=256]`.
    pub label: String,
    /// The tokenizer's name in the paper's notation; none for M1.
    pub method: Option<String>,
    /// Model size by name.
    pub size: String,
    pub seed: u64,
    /// 0 where they follow from a budget and are not known yet.
    pub steps: u64,
    /// The waiting run with the highest one is next; 0 unless someone said otherwise.
    pub priority: i64,
    pub status: Status,
    /// Figures measured once, by name: `uniform bits/byte`, `token ratio`, … (see [`crate::measure`]).
    pub results: BTreeMap<String, f64>,
}

impl RunInfo {
    /// Its label without the seed that a spec with several seeds adds, wherever in the label it stands.
    pub fn label_without_seed(&self) -> String {
        let seed = format!("seed {}", self.seed);
        let parts: Vec<&str> = self.label.split(" · ").filter(|part| *part != seed).collect();
        if parts.is_empty() { self.label.clone() } else { parts.join(" · ") }
    }
}

/// How far the current stage is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    pub done: u64,
    /// 0 where nobody knows.
    pub total: u64,
    /// What is counted: `steps`, `bytes`, `tokens`.
    pub unit: &'static str,
    /// In units per second, over the last seconds.
    pub rate: f64,
    /// Seconds left in this stage, once there is a rate.
    pub eta_seconds: Option<f64>,
}

/// How serious a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    Info,
    Warning,
    Error,
}

/// How an experiment ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Stopped by the user; `mullion run --resume` or the window's resume goes on.
    Stopped,
    Failed(String),
}

/// What the worker says.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// First of all: the experiment's row, its name, the device that was chosen and why, the results folder.
    Started {
        experiment: ExperimentId,
        name: String,
        device: String,
        folder: std::path::PathBuf,
    },
    /// A run was added or something about it changed.
    Run(RunInfo),
    /// A stage began: `index` of `count` (from 1), with a name such as `train M1` or `EqualInfoAC[b=16, v=256]: tokenise`.
    Stage {
        index: usize,
        count: usize,
        name: String,
    },
    Progress(Progress),
    Point(Point),
    Message {
        level: Level,
        text: String,
    },
    Paused,
    Resumed,
    Finished(Outcome),
}

/// The latest state of an experiment, folded from its events.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub experiment: Option<ExperimentId>,
    pub name: String,
    pub device: String,
    pub folder: std::path::PathBuf,
    /// Runs in the order in which they were announced.
    pub runs: Vec<RunInfo>,
    /// (index, count, name) of the current stage.
    pub stage: Option<(usize, usize, String)>,
    pub progress: Option<Progress>,
    /// Points by run and series, in order of step.
    pub curves: BTreeMap<(RunId, Series), Vec<[f64; 2]>>,
    pub messages: Vec<(Level, String)>,
    pub paused: bool,
    pub outcome: Option<Outcome>,
}

/// Messages that a snapshot keeps; older ones are in the store.
const KEPT_MESSAGES: usize = 200;

impl Snapshot {
    /// Folds one event in.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::Started { experiment, name, device, folder } => {
                self.experiment = Some(experiment);
                self.name = name;
                self.device = device;
                self.folder = folder;
            }
            Event::Run(info) => match self.runs.iter_mut().find(|run| run.id == info.id) {
                Some(run) => *run = info,
                None => self.runs.push(info),
            },
            Event::Stage { index, count, name } => {
                self.stage = Some((index, count, name));
                self.progress = None;
            }
            Event::Progress(progress) => self.progress = Some(progress),
            Event::Point(point) => {
                let step = point.step as f64;
                let curve = self.curves.entry((point.run, point.series)).or_default();
                // A resumed run measures again what came after its checkpoint.
                curve.truncate(curve.partition_point(|[earlier, _]| *earlier < step));
                curve.push([step, point.value]);
            }
            Event::Message { level, text } => {
                self.messages.push((level, text));
                if self.messages.len() > KEPT_MESSAGES {
                    self.messages.remove(0);
                }
            }
            Event::Paused => self.paused = true,
            Event::Resumed => self.paused = false,
            Event::Finished(outcome) => {
                self.paused = false;
                self.outcome = Some(outcome);
            }
        }
    }

    /// One series of one run, in order of step; empty where nothing was measured yet.
    pub fn curve(&self, run: RunId, series: Series) -> &[[f64; 2]] {
        self.curves.get(&(run, series)).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_loses_its_own_seed_and_nothing_else() {
        let named = |label: &str| {
            let (role, method, size) = (Role::M2, None, "nano".to_owned());
            let (label, status, results) = (label.to_owned(), Status::Done, BTreeMap::new());
            RunInfo { id: RunId(1), role, label, method, size, seed: 2, steps: 1, priority: 0, status, results }
                .label_without_seed()
        };
        let labels = ["Bytes · seed 2", "Bytes · seed 2 · first", "Bytes · seed 21", "seed 2", "Bytes"].map(named);
        assert_eq!(labels, ["Bytes", "Bytes · first", "Bytes · seed 21", "seed 2", "Bytes"]);
    }

    #[test]
    fn what_a_resumed_run_measures_again_takes_the_place_of_what_it_measured_before() {
        let mut snapshot = Snapshot::default();
        let point = |step, value| Event::Point(Point { run: RunId(1), series: Series::TrainBitsPerByte, step, value });
        for (step, value) in [(1, 8.0), (2, 7.0), (3, 6.0), (2, 7.5)] {
            snapshot.apply(point(step, value));
        }
        assert_eq!(snapshot.curve(RunId(1), Series::TrainBitsPerByte), [[1.0, 8.0], [2.0, 7.5]]);
    }
}
