//! A run from the store: all of it coarsely, and what a chart shows of it as finely as it is drawn.
//!
//! Whatever a curve's length, its overview has about as many points as a plot is wide. Where a reader looks closer, stretches
//! that are read for that take the overview's place; smoothing and seeds go over both, as every stretch says how many points
//! it stands for.

use crate::experiment::event::{Role, RunId, RunInfo, Series};
use crate::experiment::store::{Listed, Mean, Store, StoreError, Stretch, Thinned};
use crate::figure::RunCurves;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Buckets of an overview: as many as a usual plot is wide. A wider one looks closer at once.
const OVERVIEW: usize = 600;

/// A stretch as it was read.
pub type Read = (Stretch, Thinned);

/// A run from the store.
pub struct StoredRun {
    /// As it is drawn now.
    pub run: RunCurves,
    /// What tells the time of the M1 of its experiment.
    pub m1: Option<Arc<RunCurves>>,
    /// The series of which `run` does not have every point.
    overviews: BTreeMap<Series, Thinned>,
    closer: BTreeMap<Series, Vec<Read>>,
}

impl StoredRun {
    /// Which of its series could be looked at closer.
    pub fn thinned(&self) -> impl Iterator<Item = Series> {
        self.overviews.keys().copied()
    }

    /// The first and the last step of a series that is thinned, and the binary logarithm of its buckets' steps.
    pub fn overview(&self, series: Series) -> Option<((f64, f64), u32)> {
        let overview = self.overviews.get(&series)?;
        let ends = overview.points.first().zip(overview.points.last()).map(|(first, last)| (first[0], last[0]))?;
        Some((ends, overview.width))
    }

    /// Whether the steps from one to another are held at buckets of 2^`width` steps or finer.
    pub fn holds(&self, series: Series, (from, to): (f64, f64), width: u32) -> bool {
        self.closer.get(&series).into_iter().flatten().any(|(stretch, thinned)| {
            thinned.width <= width && *stretch.steps.start() as f64 <= from && *stretch.steps.end() as f64 >= to
        })
    }

    /// Puts stretches of a series in place of the overview's, and drops those that were there before.
    pub fn look_closer(&mut self, series: Series, read: Vec<Read>) {
        self.closer.insert(series, read);
        self.show(series);
    }

    /// Goes back to the overview of a series; false if nothing else was there.
    pub fn look_from_afar(&mut self, series: Series) -> bool {
        let was_closer = self.closer.remove(&series).is_some();
        if was_closer {
            self.show(series);
        }
        was_closer
    }

    fn show(&mut self, series: Series) {
        let Some(overview) = self.overviews.get(&series) else { return };
        let (mut points, mut means) = (Cow::Borrowed(&overview.points), Cow::Borrowed(&overview.means));
        for (Stretch { steps, .. }, thinned) in self.closer.get(&series).into_iter().flatten() {
            let range = (*steps.start() as f64, *steps.end() as f64);
            let single =
                |&[step, value]: &[f64; 2]| Mean { step, count: 1, mean: value, lowest: value, highest: value };
            // What was read whole stands for itself.
            let read = match thinned.means.as_slice() {
                [] => Cow::Owned(thinned.points.iter().map(single).collect::<Vec<_>>()),
                means => Cow::Borrowed(means),
            };
            points = Cow::Owned(spliced(&points, &thinned.points, range, |point| point[0]));
            means = Cow::Owned(spliced(&means, &read, range, |mean| mean.step));
        }
        let (points, means) = (points.into_owned(), means.into_owned());
        self.run.curves.insert(series, points);
        self.run.means.insert(series, means);
    }
}

/// A curve with what `closer` has from the first to the last step in place of its own.
fn spliced<T: Copy>(coarse: &[T], closer: &[T], (from, to): (f64, f64), step: impl Fn(&T) -> f64) -> Vec<T> {
    let between = |all: &[T]| {
        let first = all.partition_point(|one| step(one) < from);
        (first, all.partition_point(|one| step(one) <= to).max(first))
    };
    let ((first, last), inside) = (between(coarse), between(closer));
    let (before, after) = (coarse.get(..first), coarse.get(last..));
    [before, closer.get(inside.0..inside.1), after].map(Option::unwrap_or_default).concat()
}

/// Reads the overviews of the picked runs; those that are gone from the store are left out.
pub fn read(store: &Store, wanted: &BTreeSet<RunId>) -> Result<Vec<StoredRun>, StoreError> {
    let mut found = Vec::new();
    for Listed { experiment, runs } in store.listing()? {
        if !runs.iter().any(|run| wanted.contains(&run.id)) {
            continue;
        }
        let mut m1 = None;
        for info in runs.iter().filter(|run| run.role == Role::M1) {
            // Ratios are drawn over the time of M1; of its other curves nothing is seen unless it was picked itself.
            m1 = Some(Arc::new(overview(store, info.clone(), &[Series::Seconds])?.run));
        }
        for mut info in runs.into_iter().filter(|run| wanted.contains(&run.id)) {
            info.label = format!("{} · {}", info.label, experiment.details.name);
            let series = store.series_of(info.id)?;
            found.push(StoredRun { m1: m1.clone(), ..overview(store, info, &series)? });
        }
    }
    Ok(found)
}

fn overview(store: &Store, info: RunInfo, series: &[Series]) -> Result<StoredRun, StoreError> {
    let stretch = |series: &Series| Stretch { run: info.id, series: *series, steps: 0..=u64::MAX, buckets: OVERVIEW };
    let stretches: Vec<Stretch> = series.iter().map(stretch).collect();
    let (mut overviews, mut curves, mut means) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (Stretch { series, .. }, thinned) in stretches.iter().zip(store.all_thinned(&stretches)?) {
        curves.insert(*series, thinned.points.clone());
        if !thinned.means.is_empty() {
            means.insert(*series, thinned.means.clone());
            overviews.insert(*series, thinned);
        }
    }
    Ok(StoredRun { run: RunCurves { info, curves, means }, m1: None, overviews, closer: BTreeMap::new() })
}
