//! Smoothing of noisy curves.

/// The exponential moving average of a curve's values: each point is `weight` of the average before it and the rest of
/// itself, divided by what the weights so far add up to, so that the first points are not drawn towards 0 (as Adam
/// corrects its moments). It goes over points, whatever lies between them. Gaps stay gaps and count for nothing. A weight
/// of 0 leaves the curve as it is.
pub fn smoothed(points: &[[f64; 2]], weight: f64) -> Vec<[f64; 2]> {
    let (mut average, mut weights) = (0.0, 0.0);
    points
        .iter()
        .map(|&[x, y]| {
            if !y.is_finite() {
                return [x, y];
            }
            average = weight * average + (1.0 - weight) * y;
            weights = weight * weights + (1.0 - weight);
            [x, average / weights]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_point_is_itself_and_a_constant_stays() {
        let constant: Vec<[f64; 2]> = (0..9).map(|i| [f64::from(i), 4.0]).collect();
        for [_, y] in smoothed(&constant, 0.95) {
            assert!((y - 4.0).abs() < 1e-12, "{y}");
        }
        assert_eq!(smoothed(&[[0.0, 2.0], [1.0, 8.0]], 0.0), [[0.0, 2.0], [1.0, 8.0]]);
        // (0.5 · 0.5 · 2 + 0.5 · 8) / 0.75
        assert_eq!(smoothed(&[[0.0, 2.0], [1.0, 8.0]], 0.5), [[0.0, 2.0], [1.0, 6.0]]);
    }

    #[test]
    fn a_gap_stays_and_does_not_spread() {
        let found = smoothed(&[[0.0, 2.0], [1.0, f64::NAN], [2.0, 2.0]], 0.9);
        assert!(found[1][1].is_nan() && (found[2][1] - 2.0).abs() < 1e-12, "{found:?}");
    }
}
