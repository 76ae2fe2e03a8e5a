//! When a model begins to predict the tokens at a position in their window (paper section 6.2 and Fig 10).
//!
//! The paper sees positions "unlock" one after the other. Here a position is unlocked at the first evaluation at which its
//! accuracy is above the trivial one by more than three standard errors, if the next evaluation says so too. The standard
//! error is that of the difference of two shares of the same count of held-out tokens; taking them for independent makes
//! it larger than it is, and so the mark later rather than earlier.

use crate::experiment::store::{held_out_tokens, trivial_accuracy};
use crate::figure::RunCurves;

/// Standard errors that an accuracy has to be above the trivial one.
pub const STANDARD_ERRORS: f64 = 3.0;
/// Evaluations in a row that have to find it there.
pub const IN_A_ROW: usize = 2;

/// The step at which the 0-based `position` was unlocked, by its accuracies over steps; none if it is locked, or if the
/// trivial accuracy or the count of its held-out tokens is not known.
pub fn unlocked(run: &RunCurves, position: u16, accuracies: &[[f64; 2]]) -> Option<f64> {
    let trivial = run.result(&trivial_accuracy(position))?;
    let count = run.result(&held_out_tokens(position)).filter(|count| *count > 0.0)?;
    let spread = |share: f64| share * (1.0 - share);
    let clear = |accuracy: f64| {
        accuracy - trivial > STANDARD_ERRORS * ((spread(accuracy) + spread(trivial)) / count).max(0.0).sqrt()
    };
    let found = accuracies.windows(IN_A_ROW).find(|evaluations| evaluations.iter().all(|[_, share]| clear(*share)))?;
    found.first().map(|[step, _]| *step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::examples;

    fn step(accuracies: &[f64], trivial: f64, count: f64) -> Option<f64> {
        let mut data = examples::learnability(&[(0, accuracies)], &[(0, trivial)]);
        data.runs[0].info.results.insert(held_out_tokens(0), count);
        let run = &data.runs[0];
        unlocked(run, 0, run.accuracies().next()?.1)
    }

    #[test]
    fn a_position_is_unlocked_where_two_evaluations_in_a_row_are_clearly_above_trivial() {
        // Standard error at 0.2 over 0.1 of 1,000: √((0.16 + 0.09) / 1,000) = 0.0158, three of them 0.0474.
        assert_eq!(step(&[0.1, 0.2, 0.1, 0.2, 0.2], 0.1, 1000.0), Some(4.0));
        assert_eq!(step(&[0.1, 0.14, 0.14], 0.1, 1000.0), None, "0.04 is within three standard errors");
        assert_eq!(step(&[0.1, 0.14, 0.14], 0.1, 10_000.0), Some(2.0), "with more tokens it is clear");
        assert_eq!(step(&[0.2, 0.1, 0.2], 0.1, 1000.0), None, "once is chance");
    }

    #[test]
    fn a_few_hits_where_nothing_is_trivial_are_not_enough() {
        assert_eq!(step(&[0.004, 0.004], 0.0, 1000.0), None);
        assert_eq!(step(&[0.02, 0.02], 0.0, 1000.0), Some(1.0));
    }

    #[test]
    fn without_the_count_of_tokens_nothing_is_said() {
        let data = examples::learnability(&[(0, &[0.9, 0.9])], &[(0, 0.1)]);
        assert_eq!(unlocked(&data.runs[0], 0, data.runs[0].accuracies().next().unwrap().1), None);
    }
}
