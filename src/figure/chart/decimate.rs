//! Thins curves to what a plot can show.
//!
//! A hundred thousand points in six hundred pixels cost a frame and show no more than two points a pixel do. Each pixel
//! column keeps its lowest and its highest point (and with them every spike), in order; the ends of the curve are kept.

/// At most about two points per bucket and the two ends. `points` ascend in x; points that are not finite are dropped
/// (they are gaps that a line cannot show). `range` is the visible range of x: what lies outside is kept as one
/// bucket on each side, so that lines leave the plot at the right slope and automatic bounds still see it all.
pub fn decimate(points: &[[f64; 2]], range: (f64, f64), buckets: usize) -> Vec<[f64; 2]> {
    let (low, high) = range;
    let buckets = buckets.max(1);
    if points.len() <= 2 * buckets || !(high - low).is_finite() || high <= low {
        return points.iter().copied().filter(is_finite).collect();
    }
    let scale = buckets as f64 / (high - low);
    let bucket_of = |x: f64| {
        if x < low {
            0
        } else if x > high {
            buckets + 1
        } else {
            1 + (((x - low) * scale) as usize).min(buckets - 1)
        }
    };
    let mut kept = Vec::with_capacity(2 * buckets + 8);
    let mut finite = points.iter().copied().filter(is_finite).peekable();
    while let Some(first) = finite.next() {
        let bucket = bucket_of(first[0]);
        let (mut min, mut max, mut last) = ((0, first), (0, first), (0, first));
        let mut index = 0;
        while let Some(point) = finite.next_if(|point| bucket_of(point[0]) == bucket) {
            index += 1;
            if point[1] < min.1[1] {
                min = (index, point);
            }
            if point[1] > max.1[1] {
                max = (index, point);
            }
            last = (index, point);
        }
        // The buckets outside also keep the point nearest to the view, the outermost points come first or last.
        let mut chosen = vec![min, max];
        let ends = finite.peek().is_none();
        if kept.is_empty() || bucket == buckets + 1 {
            chosen.push((0, first));
        }
        if ends || bucket == 0 {
            chosen.push(last);
        }
        chosen.sort_by_key(|(index, _)| *index);
        chosen.dedup_by_key(|(index, _)| *index);
        kept.extend(chosen.into_iter().map(|(_, point)| point));
    }
    kept
}

fn is_finite(point: &[f64; 2]) -> bool {
    point[0].is_finite() && point[1].is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noisy(length: usize) -> Vec<[f64; 2]> {
        (0..length).map(|i| [i as f64, ((i * 7919) % 1009) as f64]).collect()
    }

    #[test]
    fn few_points_are_left_alone() {
        let points = noisy(100);
        assert_eq!(decimate(&points, (0.0, 99.0), 50), points);
    }

    #[test]
    fn ends_extremes_and_order_survive() {
        let mut points = noisy(100_000);
        points[43_210][1] = 5000.0;
        points[43_211][1] = -5000.0;
        let kept = decimate(&points, (0.0, 99_999.0), 600);
        assert!(kept.len() <= 2 * 600 + 4, "{}", kept.len());
        assert_eq!(kept.first(), points.first());
        assert_eq!(kept.last(), points.last());
        assert!(kept.contains(&points[43_210]) && kept.contains(&points[43_211]));
        assert!(kept.windows(2).all(|pair| pair[0][0] < pair[1][0]));
    }

    #[test]
    fn zooming_in_keeps_detail_and_the_way_out() {
        let points = noisy(100_000);
        let kept = decimate(&points, (5000.0, 5100.0), 600);
        for point in &points[5000..=5100] {
            assert!(kept.contains(point), "{point:?} is visible and was dropped");
        }
        assert!(kept.contains(&points[4999]) && kept.contains(&points[5101]), "lines leave at the right slope");
        assert!(kept.len() < 120, "{}", kept.len());
    }

    #[test]
    fn odd_values_do_no_harm() {
        assert!(decimate(&[], (0.0, 1.0), 10).is_empty());
        let same = vec![[1.0, 2.0]; 5000];
        assert!(!decimate(&same, (1.0, 1.0), 10).is_empty());
        let broken = [[0.0, f64::NAN], [1.0, 1.0], [2.0, f64::INFINITY]];
        assert_eq!(decimate(&broken, (0.0, 2.0), 10), [[1.0, 1.0]]);
        assert_eq!(decimate(&noisy(5000), (f64::NAN, 1.0), 0).len(), 5000);
    }
}
