//! Smoothing of noisy curves.
//!
//! What is smoothed is what was measured, point by point. A curve that was thinned to its extremes is not: an average of
//! extremes would lie half-way between them, far from where most points are. It is smoothed over the means of its stretches,
//! each of which counts as many times as it has points.

use crate::experiment::store::Mean;

/// The exponential moving average of a curve's values: each point is `weight` of the average before it and the rest of
/// itself, divided by what the weights so far add up to, so that the first points are not drawn towards 0 (as Adam
/// corrects its moments). It goes over points, whatever lies between them. Gaps stay gaps and count for nothing. A weight
/// of 0 leaves the curve as it is.
pub fn smoothed(points: &[[f64; 2]], weight: f64) -> impl Iterator<Item = [f64; 2]> {
    let (mut average, mut weights) = (0.0, 0.0);
    points.iter().map(move |&[x, y]| {
        if !y.is_finite() {
            return [x, y];
        }
        average = weight * average + (1.0 - weight) * y;
        weights = weight * weights + (1.0 - weight);
        [x, average / weights]
    })
}

/// As [`smoothed`], of a curve of which only the means of its stretches are known: as if all points of a stretch were their
/// mean. The value at a stretch's last step is the average after it.
pub fn smoothed_means(means: &[Mean], weight: f64) -> impl Iterator<Item = [f64; 2]> {
    let (mut average, mut weights) = (0.0, 0.0);
    // Most stretches have as many points as the one before, and powers take their time.
    let (mut count, mut kept) = (1, weight);
    means.iter().map(move |mean| {
        if mean.count != count {
            (count, kept) = (mean.count, weight.powf(f64::from(mean.count)));
        }
        average = kept * average + (1.0 - kept) * mean.mean;
        weights = kept * weights + (1.0 - kept);
        [mean.step, average / weights]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(points: &[[f64; 2]], weight: f64) -> Vec<[f64; 2]> {
        smoothed(points, weight).collect()
    }

    fn mean(step: f64, count: u32, mean: f64) -> Mean {
        Mean { step, count, mean, lowest: mean - 1.0, highest: mean + 9.0 }
    }

    #[test]
    fn a_stretch_counts_as_many_times_as_it_has_points() {
        let points: Vec<[f64; 2]> = (0..60).map(|i| [f64::from(i), if i < 20 { 5.0 } else { 2.0 }]).collect();
        let all = all(&points, 0.9);
        let stretches = [mean(19.0, 20, 5.0), mean(23.0, 4, 2.0), mean(59.0, 36, 2.0)];
        for [step, value] in smoothed_means(&stretches, 0.9) {
            assert!((value - all[step as usize][1]).abs() < 1e-9, "{value} at {step}");
        }
        let single: Vec<Mean> = points.iter().map(|[x, y]| mean(*x, 1, *y)).collect();
        for (one, other) in smoothed_means(&single, 0.7).zip(smoothed(&points, 0.7)) {
            assert!((one[1] - other[1]).abs() < 1e-9);
        }
    }

    #[test]
    fn the_first_point_is_itself_and_a_constant_stays() {
        let constant: Vec<[f64; 2]> = (0..9).map(|i| [f64::from(i), 4.0]).collect();
        for [_, y] in smoothed(&constant, 0.95) {
            assert!((y - 4.0).abs() < 1e-12, "{y}");
        }
        assert_eq!(all(&[[0.0, 2.0], [1.0, 8.0]], 0.0), [[0.0, 2.0], [1.0, 8.0]]);
        // (0.5 · 0.5 · 2 + 0.5 · 8) / 0.75
        assert_eq!(all(&[[0.0, 2.0], [1.0, 8.0]], 0.5), [[0.0, 2.0], [1.0, 6.0]]);
    }

    #[test]
    fn a_gap_stays_and_does_not_spread() {
        let found = all(&[[0.0, 2.0], [1.0, f64::NAN], [2.0, 2.0]], 0.9);
        assert!(found[1][1].is_nan() && (found[2][1] - 2.0).abs() < 1e-12, "{found:?}");
    }
}
