//! The Pareto front: what no other thing beats in both of two figures.

/// Which way a figure is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    Less,
    More,
}

/// The places of the points that no other is at least as good as in both figures and better in one, in order of the first
/// figure. Equal points beat each other nowhere, so all of them are on it; points that are not finite are not.
pub fn front(points: &[[f64; 2]], better: [Better; 2]) -> Vec<usize> {
    let mut front: Vec<usize> = (0..points.len())
        .filter(|place| finite(points[*place]))
        .filter(|place| !points.iter().any(|other| dominates(*other, points[*place], better)))
        .collect();
    front.sort_by(|a, b| points[*a][0].total_cmp(&points[*b][0]));
    front
}

fn finite(point: [f64; 2]) -> bool {
    point.iter().all(|value| value.is_finite())
}

/// Whether `a` is at least as good as `b` in both and better in one.
fn dominates(a: [f64; 2], b: [f64; 2], better: [Better; 2]) -> bool {
    let gain = |axis: usize| match better[axis] {
        Better::Less => b[axis] - a[axis],
        Better::More => a[axis] - b[axis],
    };
    finite(a) && gain(0) >= 0.0 && gain(1) >= 0.0 && (gain(0) > 0.0 || gain(1) > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cheap_or_good_is_on_it_and_neither_is_not() {
        let points = [[1.0, 3.0], [2.0, 2.0], [3.0, 2.5], [4.0, 1.0], [2.0, 2.0], [f64::NAN, 0.0]];
        assert_eq!(front(&points, [Better::Less, Better::Less]), [0, 1, 4, 3]);
        assert_eq!(front(&points, [Better::More, Better::Less]), [3]);
    }

    fn direction() -> impl Strategy<Value = Better> {
        prop_oneof![Just(Better::Less), Just(Better::More)]
    }

    proptest! {
        #[test]
        fn nobody_on_it_is_beaten_and_everybody_off_it_is_beaten_by_one_on_it(
            points in proptest::collection::vec([(-4i8..4).prop_map(f64::from), (-4i8..4).prop_map(f64::from)], 0..12),
            better in [direction(), direction()],
        ) {
            let front = front(&points, better);
            prop_assert_eq!(front.is_empty(), points.is_empty());
            for (place, point) in points.iter().enumerate() {
                let beaten = front.iter().any(|other| dominates(points[*other], *point, better));
                prop_assert_eq!(beaten, !front.contains(&place));
            }
        }
    }
}
