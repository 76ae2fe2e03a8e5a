//! What the figures are drawn from: an experiment's runs with their curves, read from the store.

use crate::experiment::event::{ExperimentId, RunInfo, Series};
use crate::experiment::store::{Mean, Store, StoreError};
use std::collections::BTreeMap;

/// An experiment as far as it was measured.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Data {
    /// Stands above every figure: the experiment's name.
    pub title: String,
    /// In the order in which runs take their colours.
    pub runs: Vec<RunCurves>,
}

/// One run and everything that was measured over its steps.
#[derive(Debug, Clone, PartialEq)]
pub struct RunCurves {
    pub info: RunInfo,
    /// `[step, value]` in order of step. Values that are not finite leave gaps.
    pub curves: BTreeMap<Series, Vec<[f64; 2]>>,
    /// Of curves that hold no more than ends and extremes: what their stretches come to, in order of step. Nothing of curves
    /// that are whole.
    pub means: BTreeMap<Series, Vec<Mean>>,
}

impl Data {
    /// What the store holds of an experiment; none if it holds no such experiment.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn from_store(store: &Store, experiment: ExperimentId) -> Result<Option<Self>, StoreError> {
        let Some(found) = store.experiment(experiment)? else { return Ok(None) };
        let mut runs = Vec::new();
        for info in store.runs(experiment)? {
            let mut curves: BTreeMap<Series, Vec<[f64; 2]>> = BTreeMap::new();
            for point in store.points(info.id)? {
                curves.entry(point.series).or_default().push([point.step as f64, point.value]);
            }
            runs.push(RunCurves { info, curves, means: BTreeMap::new() });
        }
        Ok(Some(Self { title: found.details.name, runs }))
    }

    /// A figure's subtitle: which experiment it is of, and what it shows.
    pub fn headed(&self, words: &str) -> String {
        if self.title.is_empty() { words.to_owned() } else { format!("{}: {words}", self.title) }
    }
}

impl RunCurves {
    /// One series in order of step; empty where nothing was measured.
    pub fn curve(&self, series: Series) -> &[[f64; 2]] {
        self.curves.get(&series).map_or(&[], Vec::as_slice)
    }

    /// What the stretches of a thinned series come to; empty where [`Self::curve`] is whole.
    pub fn means(&self, series: Series) -> &[Mean] {
        self.means.get(&series).map_or(&[], Vec::as_slice)
    }

    /// A figure that was measured once, if it was and can be drawn.
    pub fn result(&self, name: &str) -> Option<f64> {
        self.info.results.get(name).copied().filter(|value| drawable(*value))
    }

    /// Accuracy over steps at each 0-based position in the window, by position.
    pub fn accuracies(&self) -> impl Iterator<Item = (u16, &[[f64; 2]])> {
        self.curves.iter().filter_map(|(series, points)| match series {
            Series::Accuracy(position) => Some((*position, points.as_slice())),
            _ => None,
        })
    }
}

/// Magnitudes from here on are taken for a diverged run: drawn, they would press every other curve flat.
const LARGEST: f64 = 1e12;

/// Whether a value has a place on an axis.
pub fn drawable(value: f64) -> bool {
    value.abs() < LARGEST
}

/// The last point that can be drawn.
pub fn last(points: &[[f64; 2]]) -> Option<[f64; 2]> {
    points.iter().rev().copied().find(|point| point.iter().all(|value| drawable(*value)))
}

/// The stretches of a curve between the points that cannot be drawn.
pub fn stretches(points: &[[f64; 2]]) -> impl Iterator<Item = &[[f64; 2]]> {
    points.split(|point| !point.iter().all(|value| drawable(*value))).filter(|stretch| !stretch.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn what_cannot_be_drawn_leaves_a_gap() {
        let points = [[0.0, f64::NAN], [1.0, 1.0], [2.0, 2.0], [3.0, f64::INFINITY], [4.0, 4.0], [5.0, -1e300]];
        let found: Vec<_> = stretches(&points).collect();
        assert_eq!(found, [&points[1..3], &points[4..5]]);
        assert_eq!(last(&points), Some([4.0, 4.0]));
        assert_eq!(last(&points[..1]), None);
    }
}
