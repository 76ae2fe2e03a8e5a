//! The runs that are drawn: those of the experiment that goes, and stored ones that were picked.

use super::closer::{Look, Need};
use super::stored::{self, StoredRun};
use crate::app::background::{Background, Progress};
use crate::app::board::Board;
use crate::experiment::event::{Level, Role, RunId, RunInfo, Series, Snapshot};
use crate::experiment::store::{Store, StoreError, Stretch};
use crate::figure::RunCurves;
use crate::figure::learning::Shown;
use egui::Context;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

/// The runs, in the order in which they are drawn.
#[derive(Default)]
pub struct Sources {
    live: Vec<RunCurves>,
    stored: Vec<StoredRun>,
    /// Which stored runs [`Self::stored`] holds, or is about to.
    asked: BTreeSet<RunId>,
    /// The stretches that were read last, or could not be.
    looked: Vec<Stretch>,
    /// Whether the charts show more than is held.
    lacking: bool,
    reading: Option<Background<Read>>,
    /// Open since the first read; with the worker while it reads.
    store: Option<Store>,
    colors: Colors,
    /// What the live runs looked like when they were taken over.
    seen: u64,
    /// Counts every change of what is drawn.
    pub version: u64,
    /// Counts the changes that the reader waits for: runs that were chosen, and closer looks.
    pub chosen: u64,
}

/// What the worker brings.
struct Read {
    store: Option<Store>,
    answer: Result<Answer, String>,
}

enum Answer {
    Runs(Vec<StoredRun>),
    Closer(Vec<stored::Read>),
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
        let run = |info: &RunInfo| RunCurves {
            info: info.clone(),
            curves: curves.remove(&info.id).unwrap_or_default(),
            means: BTreeMap::new(),
        };
        self.live = snapshot.runs.iter().map(run).collect();
        for info in &snapshot.runs {
            self.colors.meet(info.id);
        }
    }

    /// Takes over what was read, and sees to it that the picked runs are read, in a worker. `looks` are what the charts
    /// show: where that is finer than what is held, it is read too, the latest wish alone.
    pub fn choose(&mut self, ctx: &Context, store: &Path, looks: &[Look], board: &mut Board) {
        match self.reading.as_ref().map(Background::poll) {
            Some(Progress::Waiting) => {
                self.look(looks);
                return;
            }
            Some(Progress::Done(Read { store, answer })) => {
                (self.reading, self.store) = (None, store);
                match answer {
                    Ok(Answer::Runs(runs)) => self.take_runs(runs),
                    Ok(Answer::Closer(read)) => self.take_closer(read, looks),
                    Err(error) => board.say(Level::Error, error),
                }
            }
            Some(Progress::Lost) => {
                self.reading = None;
                board.say(Level::Error, "Reading the chosen runs ended on a defect in Mullion. Choose them again.");
            }
            None => {}
        }
        let started = if self.asked != board.chosen {
            self.asked.clone_from(&board.chosen);
            self.looked.clear();
            let wanted = self.asked.clone();
            self.start(ctx, store, move |store| Ok(Answer::Runs(stored::read(store, &wanted)?)))
        } else {
            let wanted = self.look(looks);
            if wanted.is_empty() {
                self.looked.clear();
            }
            // What was read and is still not enough will not be by being read again.
            if wanted.is_empty() || wanted == self.looked {
                return;
            }
            self.looked.clone_from(&wanted);
            self.start(ctx, store, move |store| {
                let read = store.all_thinned(&wanted)?;
                Ok(Answer::Closer(wanted.into_iter().zip(read).collect()))
            })
        };
        if let Err(error) = started {
            board.say(Level::Error, format!("The chosen runs could not be read: no thread ({error})."));
        }
    }

    /// Reads in a worker.
    fn start(
        &mut self,
        ctx: &Context,
        path: &Path,
        read: impl FnOnce(&Store) -> Result<Answer, StoreError> + Send + 'static,
    ) -> std::io::Result<()> {
        if self.asked.is_empty() {
            self.take_runs(Vec::new());
            return Ok(());
        }
        let (open, path) = (self.store.take(), path.to_owned());
        let work = move || {
            let store = match open.map_or_else(|| Store::open(&path), Ok) {
                Ok(store) => store,
                Err(error) => return Read { store: None, answer: Err(unread(&error)) },
            };
            let answer = read(&store).map_err(|error| unread(&error));
            Read { store: Some(store), answer }
        };
        self.reading = Some(Background::start(ctx, work)?);
        Ok(())
    }

    fn take_runs(&mut self, runs: Vec<StoredRun>) {
        self.stored = runs;
        self.version += 1;
        self.chosen += 1;
        for stored in &self.stored {
            self.colors.meet(stored.run.info.id);
        }
    }

    /// Draws what was read in place of what was there, where it is still looked at.
    fn take_closer(&mut self, read: Vec<stored::Read>, looks: &[Look]) {
        let (mut looked_at, mut taken) = (false, false);
        let mut by_curve: BTreeMap<(RunId, Series), Vec<stored::Read>> = BTreeMap::new();
        for (stretch, thinned) in read {
            by_curve.entry((stretch.run, stretch.series)).or_default().push((stretch, thinned));
        }
        for ((run, series), read) in by_curve {
            let Some(stored) = self.stored.iter_mut().find(|stored| stored.run.info.id == run) else { continue };
            let shown = read.iter().any(|(stretch, _)| looks.iter().any(|look| look.shows(stored, stretch)));
            looked_at |= shown;
            if shown && read.iter().all(|(_, thinned)| !thinned.points.is_empty()) {
                stored.look_closer(series, read);
                taken = true;
            }
        }
        if taken {
            self.version += 1;
            self.chosen += 1;
        }
        if !looked_at {
            // Nobody looks there any more; who comes back has to be able to ask again.
            self.looked.clear();
        }
    }

    /// Which stretches the charts lack. Where overviews are enough, they are gone back to at once.
    fn look(&mut self, looks: &[Look]) -> Vec<Stretch> {
        let mut wanted = Vec::new();
        let mut changed = false;
        for stored in &mut self.stored {
            let thinned: Vec<Series> = stored.thinned().collect();
            for series in thinned {
                let Some(look) = looks.iter().find(|look| (look.draws)(series)) else { continue };
                match look.need(stored, series) {
                    Need::Overview => changed |= stored.look_from_afar(series),
                    Need::Held => {}
                    Need::Stretches(stretches) => wanted.extend(stretches),
                }
            }
        }
        if changed {
            self.version += 1;
            self.chosen += 1;
        }
        self.lacking = !wanted.is_empty();
        wanted
    }

    /// How many stored runs are held.
    pub fn stored_runs(&self) -> usize {
        self.stored.len()
    }

    /// Whether nothing is read, or has to be.
    pub fn is_fine(&self) -> bool {
        self.reading.is_none() && !self.lacking
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

fn unread(error: &StoreError) -> String {
    format!("The chosen runs could not be read: {error}")
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
