//! The runs that are drawn: those of the experiment that goes, and stored ones that were picked.

use crate::app::background::{Background, Progress};
use crate::app::board::Board;
use crate::experiment::event::{Level, Role, RunId, Series, Snapshot};
use crate::experiment::store::Store;
use crate::figure::RunCurves;
use crate::figure::chart::decimate::decimate;
use crate::figure::learning::Shown;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

/// Points of a stored curve: more than a plot is wide.
const POINTS: usize = 4_000;

/// The runs, in the order in which they are drawn.
#[derive(Default)]
pub struct Sources {
    live: Vec<RunCurves>,
    stored: Vec<StoredRun>,
    /// Which stored runs [`Self::stored`] holds, or is about to.
    asked: BTreeSet<RunId>,
    reading: Option<Background<Result<Vec<StoredRun>, String>>>,
    colors: Colors,
    /// What the live runs looked like when they were taken over.
    seen: u64,
    /// Counts every change of what is drawn.
    pub version: u64,
}

/// A run from the store.
struct StoredRun {
    run: RunCurves,
    m1: Option<Arc<RunCurves>>,
}

/// A colour for every run that was ever drawn: it stays the same whatever comes and goes.
#[derive(Default)]
struct Colors(BTreeMap<RunId, usize>);

impl Colors {
    fn of(&self, run: RunId) -> usize {
        self.0.get(&run).copied().unwrap_or_default()
    }

    fn meet(&mut self, run: RunId) {
        let next = self.0.len();
        self.0.entry(run).or_insert(next);
    }
}

impl Sources {
    /// Forgets the live runs: another experiment begins.
    pub fn begin(&mut self) {
        self.live.clear();
        self.colors = Colors::default();
        self.asked.clear();
        self.version += 1;
    }

    /// Takes over what the run that goes has measured, if that is more than before.
    pub fn follow(&mut self, snapshot: &Snapshot) {
        let seen = fingerprint(snapshot);
        if seen == self.seen {
            return;
        }
        self.seen = seen;
        self.version += 1;
        let mut curves: BTreeMap<RunId, BTreeMap<Series, Vec<[f64; 2]>>> = BTreeMap::new();
        for ((run, series), points) in &snapshot.curves {
            curves.entry(*run).or_default().insert(*series, points.clone());
        }
        let run = |info: &crate::experiment::event::RunInfo| RunCurves {
            info: info.clone(),
            curves: curves.remove(&info.id).unwrap_or_default(),
            means: BTreeMap::new(),
        };
        self.live = snapshot.runs.iter().map(run).collect();
        for info in &snapshot.runs {
            self.colors.meet(info.id);
        }
    }

    /// Sees to it that the picked runs are read, in a worker.
    pub fn choose(&mut self, ctx: &egui::Context, store: &Path, board: &mut Board) {
        match self.reading.as_ref().map(Background::poll) {
            Some(Progress::Waiting) => return,
            Some(Progress::Done(Ok(runs))) => {
                self.stored = runs;
                self.version += 1;
                for stored in &self.stored {
                    self.colors.meet(stored.run.info.id);
                }
                self.reading = None;
            }
            Some(Progress::Done(Err(error))) => {
                board.say(Level::Error, error);
                self.reading = None;
            }
            Some(Progress::Lost) => {
                board.say(Level::Error, "Reading the chosen runs ended on a defect in Mullion. Choose them again.");
                self.reading = None;
            }
            None => {}
        }
        if self.asked == board.chosen {
            return;
        }
        self.asked.clone_from(&board.chosen);
        let (wanted, store) = (self.asked.clone(), store.to_owned());
        match Background::start(ctx, move || read(&wanted, &store)) {
            Ok(reading) => self.reading = Some(reading),
            Err(error) => board.say(Level::Error, format!("The chosen runs could not be read: no thread ({error}).")),
        }
    }

    /// Whether nothing is to be drawn at all.
    pub fn is_empty(&self) -> bool {
        self.live.is_empty() && self.stored.is_empty()
    }

    /// Every run with its colour, live ones first; a stored run that goes now is drawn once.
    pub fn all(&self) -> Vec<Shown<'_>> {
        let m1 = self.live.iter().find(|run| run.info.role == Role::M1);
        let shown = |run, m1| Shown { run, color: self.colors.of(run.info.id), m1 };
        let live = self.live.iter().map(|run| shown(run, m1));
        let is_live = |id: RunId| self.live.iter().any(|run| run.info.id == id);
        let stored = self.stored.iter().filter(|stored| !is_live(stored.run.info.id));
        live.chain(stored.map(|stored| shown(&stored.run, stored.m1.as_deref()))).collect()
    }
}

/// What tells a snapshot from itself as it was before.
fn fingerprint(snapshot: &Snapshot) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (key, points) in &snapshot.curves {
        (key, points.len()).hash(&mut hasher);
        points.last().map(|last| last.map(f64::to_bits)).hash(&mut hasher);
    }
    for run in &snapshot.runs {
        (run.id, &run.label, run.results.len()).hash(&mut hasher);
        run.results.values().for_each(|value| value.to_bits().hash(&mut hasher));
    }
    hasher.finish()
}

/// Reads the picked runs; those that are gone from the store are left out.
fn read(wanted: &BTreeSet<RunId>, path: &Path) -> Result<Vec<StoredRun>, String> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let failed = |error| format!("The chosen runs could not be read: {error}");
    let store = Store::open(path).map_err(failed)?;
    let mut found = Vec::new();
    for experiment in store.experiments().map_err(failed)? {
        let runs = store.runs(experiment.id).map_err(failed)?;
        if !runs.iter().any(|run| wanted.contains(&run.id)) {
            continue;
        }
        let mut m1 = None;
        for info in runs.iter().filter(|run| run.role == Role::M1) {
            m1 = Some(Arc::new(curves(&store, info.clone()).map_err(failed)?));
        }
        for mut info in runs.into_iter().filter(|run| wanted.contains(&run.id)) {
            info.label = format!("{} · {}", info.label, experiment.details.name);
            found.push(StoredRun { run: curves(&store, info).map_err(failed)?, m1: m1.clone() });
        }
    }
    Ok(found)
}

fn curves(
    store: &Store,
    info: crate::experiment::event::RunInfo,
) -> Result<RunCurves, crate::experiment::store::StoreError> {
    let mut curves = BTreeMap::new();
    for series in store.series_of(info.id)? {
        let points = store.series(info.id, series)?;
        let ends = points.first().zip(points.last()).map_or((0.0, 0.0), |(first, last)| (first[0], last[0]));
        curves.insert(series, decimate(&points, ends, POINTS / 2));
    }
    Ok(RunCurves { info, curves, means: BTreeMap::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_stays_with_its_run() {
        let mut colors = Colors::default();
        for run in [3, 1, 3, 7] {
            colors.meet(RunId(run));
        }
        assert_eq!([3, 1, 7].map(|run| colors.of(RunId(run))), [0, 1, 2]);
    }
}
