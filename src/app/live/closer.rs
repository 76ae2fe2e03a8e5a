//! Which stretches of stored curves the charts need more finely than they are held.

use super::stored::StoredRun;
use crate::app::chart::InView;
use crate::experiment::event::Series;
use crate::experiment::store::Stretch;
use crate::figure::learning::Over;

/// What is read beyond the edges of a chart, as a part of its width: so far a reader pans until more has to be read.
const MARGIN: f64 = 0.5;
/// More is read once what is held ends nearer to the edge than this.
const NEAR: f64 = 0.1;
/// On a logarithmic axis steps lie the closer together the further right they are. It is read in parts, each of which ends at
/// a power of this, which is a power of two.
const POWER: f64 = 4.0;

/// Whether a chart draws a series.
pub type Draws = fn(Series) -> bool;

/// What a chart shows of its axis, and of which series.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub view: InView,
    pub over: Over,
    pub draws: Draws,
}

/// What a thinned series needs to be as fine as a chart.
#[derive(Debug, PartialEq, Eq)]
pub enum Need {
    /// Its overview is as fine.
    Overview,
    /// What is held of it is as fine.
    Held,
    /// These have to be read.
    Stretches(Vec<Stretch>),
}

/// A range of steps that is drawn at about the same density.
struct Part {
    from: f64,
    to: f64,
    /// Binary logarithm of the steps in a point of width, rounded.
    width: u32,
}

impl Look {
    /// What a series of a run that is not held whole needs.
    pub fn need(&self, stored: &StoredRun, series: Series) -> Need {
        let near = self.finer_parts(stored, series, NEAR);
        if near.is_empty() {
            return Need::Overview;
        }
        if near.iter().all(|part| stored.holds(series, (part.from, part.to), part.width)) {
            return Need::Held;
        }
        let overview = stored.overview(series).map_or(0, |(_, width)| width);
        let stretch = |part: Part| {
            // Whole buckets of the overview, so that each of them stays or is replaced.
            let first = (part.from as u64) >> overview << overview;
            let last = ((((part.to as u64) >> overview) + 1) << overview) - 1;
            // The widest buckets of which as many fit in are those of the part.
            let buckets = ((last - first + 1) >> part.width).max(1) as usize;
            Stretch { run: stored.run.info.id, series, steps: first..=last, buckets }
        };
        Need::Stretches(self.finer_parts(stored, series, MARGIN).into_iter().map(stretch).collect())
    }

    /// Whether any of these steps of a run is in view.
    pub fn shows(&self, stored: &StoredRun, stretch: &Stretch) -> bool {
        (self.draws)(stretch.series)
            && self
                .steps(stored, stretch.series, self.view.range)
                .is_some_and(|(from, to)| from <= *stretch.steps.end() as f64 && to >= *stretch.steps.start() as f64)
    }

    /// What is in view of a series, and `margin` of the view's width on either side, where the overview is too coarse for
    /// it; from left to right.
    fn finer_parts(&self, stored: &StoredRun, series: Series, margin: f64) -> Vec<Part> {
        let parts = || -> Option<Vec<Part>> {
            let ((first, last), overview) = stored.overview(series)?;
            let shown = self.steps(stored, series, self.view.range)?;
            let around = self.steps(stored, series, self.around(margin))?;
            let (from, to) = (around.0.max(first).max(0.0), around.1.min(last));
            if from > to {
                return None;
            }
            let width = |steps_in_a_point: f64| steps_in_a_point.max(1.0).log2().round() as u32;
            if !self.view.log {
                let width = width((shown.1 - shown.0) / self.view.width);
                return (width < overview).then(|| vec![Part { from, to, width }]);
            }
            let step_at_left = shown.0.max(1e-3);
            let points_in_a_power_of_e = self.view.width / (shown.1 / step_at_left).ln().max(1e-3);
            let (mut from, least) = (from.max(1.0), 2_f64.powf(f64::from(overview)));
            let mut parts = Vec::new();
            while from <= to {
                let mut end = POWER;
                while end <= from.max(least) {
                    end *= POWER;
                }
                // As dense as it is at its left end at most.
                let width = width(from / points_in_a_power_of_e);
                parts.push(Part { from, to: (end - 1.0).min(to), width });
                from = end;
            }
            parts.retain(|part| part.width < overview);
            Some(parts)
        };
        parts().unwrap_or_default()
    }

    /// What is in view, with a margin.
    fn around(&self, margin: f64) -> (f64, f64) {
        let (low, high) = self.view.range;
        if self.view.log {
            let beyond = (high / low).powf(margin);
            return (low / beyond, high * beyond);
        }
        let beyond = margin * (high - low);
        (low - beyond, high + beyond)
    }

    /// The steps of a run that a range of the axis shows.
    fn steps(&self, stored: &StoredRun, series: Series, range: (f64, f64)) -> Option<(f64, f64)> {
        // Ratios are measured at the steps of M1.
        let timed = if series == Series::TokenRatio { stored.m1.as_deref() } else { Some(&stored.run) };
        self.over.steps(timed, range).filter(|(from, to)| from < to)
    }
}
