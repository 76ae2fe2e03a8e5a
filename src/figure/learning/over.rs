//! What curves are drawn against.

use crate::experiment::event::Series;
use crate::experiment::store::TRAINING_BYTES_PER_STEP;
use crate::figure::RunCurves;
use crate::figure::chart::{Axis, Unit};

/// What stands on the horizontal axis.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Over {
    /// Optimiser steps.
    #[default]
    Step,
    /// Raw bytes of text trained on.
    Bytes,
    /// Seconds of training, pauses left out.
    Seconds,
}

impl Over {
    pub const ALL: [Self; 3] = [Self::Step, Self::Bytes, Self::Seconds];

    pub fn name(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Bytes => "bytes",
            Self::Seconds => "seconds",
        }
    }

    pub(super) fn axis(self) -> Axis {
        let (title, unit) = match self {
            Self::Step => ("step", Unit::Count),
            Self::Bytes => ("raw bytes trained on", Unit::Bytes),
            Self::Seconds => ("training time", Unit::Seconds),
        };
        Axis { title: title.to_owned(), unit, log: false }
    }

    /// Where a step of `run` lies on the axis; none where the run does not say (one of an earlier version).
    pub(super) fn x(self, run: Option<&RunCurves>, step: f64) -> Option<f64> {
        match self {
            Self::Step => Some(step),
            Self::Bytes => Some(run?.result(TRAINING_BYTES_PER_STEP)? * step),
            Self::Seconds => at(run?.curve(Series::Seconds), step),
        }
    }
}

impl Over {
    /// The inverse of [`Self::x`] for a range of the axis, to find out which steps it shows; steps may be fractions. None
    /// where the run does not say.
    pub fn steps(self, run: Option<&RunCurves>, range: (f64, f64)) -> Option<(f64, f64)> {
        match self {
            Self::Step => Some(range),
            Self::Bytes => {
                let bytes = run?.result(TRAINING_BYTES_PER_STEP).filter(|bytes| *bytes > 0.0)?;
                Some((range.0 / bytes, range.1 / bytes))
            }
            Self::Seconds => {
                let seconds = run?.curve(Series::Seconds);
                Some((step_at(seconds, range.0)?, step_at(seconds, range.1)?))
            }
        }
    }
}

/// The inverse of [`at`]; after the last seconds that were noted there is nothing, so any later ones are the last step's.
fn step_at(seconds: &[[f64; 2]], time: f64) -> Option<f64> {
    let after = seconds.partition_point(|[_, noted]| *noted < time);
    let before = after.checked_sub(1).and_then(|place| seconds.get(place)).copied().unwrap_or([0.0, 0.0]);
    let Some(&[next, then]) = seconds.get(after) else {
        return seconds.last().map(|[last, _]| *last);
    };
    let share = if then > before[1] { (time - before[1]) / (then - before[1]) } else { 1.0 };
    Some(before[0] + share * (next - before[0]))
}

/// The seconds at a step: between two that were noted in proportion, from 0 at step 0.
fn at(seconds: &[[f64; 2]], step: f64) -> Option<f64> {
    let after = seconds.partition_point(|[noted, _]| *noted < step);
    let before = after.checked_sub(1).and_then(|place| seconds.get(place)).copied().unwrap_or([0.0, 0.0]);
    let Some(&[next, then]) = seconds.get(after) else {
        return seconds.last().map(|[_, last]| *last);
    };
    let share = if next > before[0] { (step - before[0]) / (next - before[0]) } else { 1.0 };
    Some(before[1] + share * (then - before[1]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::event::Role;
    use crate::figure::examples;

    #[test]
    fn steps_become_bytes_and_seconds() {
        let mut run = examples::run(1, Role::M2, "Bytes");
        let x = |run: &RunCurves| Over::ALL.map(|over| over.x(Some(run), 3.0));
        assert_eq!(x(&run), [Some(3.0), None, None]);
        run.info.results.insert(TRAINING_BYTES_PER_STEP.to_owned(), 100.0);
        run.curves.insert(Series::Seconds, vec![[2.0, 4.0], [4.0, 10.0]]);
        assert_eq!(x(&run), [Some(3.0), Some(300.0), Some(7.0)]);
        let seconds = |step| Over::Seconds.x(Some(&run), step);
        assert_eq!([0.0, 1.0, 2.0, 9.0].map(seconds), [Some(0.0), Some(2.0), Some(4.0), Some(10.0)]);
    }

    #[test]
    fn what_an_axis_shows_is_found_among_the_steps() {
        let mut run = examples::run(1, Role::M2, "Bytes");
        assert_eq!(Over::Bytes.steps(Some(&run), (0.0, 1.0)), None);
        assert_eq!(Over::Seconds.steps(Some(&run), (0.0, 1.0)), None);
        run.info.results.insert(TRAINING_BYTES_PER_STEP.to_owned(), 100.0);
        run.curves.insert(Series::Seconds, vec![[2.0, 4.0], [4.0, 10.0], [8.0, 11.0]]);
        for over in Over::ALL {
            let x = |step| over.x(Some(&run), step).unwrap();
            let (first, last) = over.steps(Some(&run), (x(1.5), x(7.0))).unwrap();
            assert!((first - 1.5).abs() < 1e-9 && (last - 7.0).abs() < 1e-9, "{over:?}: {first} to {last}");
        }
        let (first, last) = Over::Seconds.steps(Some(&run), (-1.0, 99.0)).unwrap();
        assert!(first <= 0.0 && last == 8.0, "{first} to {last}");
    }
}
