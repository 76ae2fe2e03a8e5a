//! A chart's curves in every coarseness, so that a frame looks at about as many points as the plot has pixels.
//!
//! Each level holds the lowest and the highest of every four points of the finer one: half as many, with every spike. A
//! plot that pans takes the finest level that has few points in view and thins those to its pixels; 20 curves of 100,000
//! points cost a frame under a millisecond, where going through all of them would cost ten.

use crate::figure::chart::decimate::decimate;
use crate::figure::chart::{Chart, Curve};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Levels with fewer points than this need no coarser one.
const FEW: usize = 4_096;
/// Points in view of a level that is thinned, for every pixel of width.
const IN_VIEW: usize = 12;

/// One curve, as stretches between its gaps, in places on the axes.
#[derive(Default)]
pub struct Thinned {
    stamp: u64,
    stretches: Vec<Levels>,
}

struct Levels(Vec<Vec<[f64; 2]>>);

impl Thinned {
    /// Takes up the curve, unless it is the one that it has already.
    pub fn update(&mut self, chart: &Chart, curve: &Curve) {
        let stamp = stamp(chart, curve);
        if stamp == self.stamp {
            return;
        }
        self.stamp = stamp;
        self.stretches.clear();
        let mut stretch = Vec::with_capacity(curve.points.len());
        for [x, y] in &curve.points {
            match chart.x.place(*x).zip(chart.y.place(*y)) {
                Some((x, y)) => stretch.push([x, y]),
                None if stretch.is_empty() => {}
                None => self.stretches.push(Levels::new(std::mem::take(&mut stretch))),
            }
        }
        if !stretch.is_empty() {
            self.stretches.push(Levels::new(stretch));
        }
    }

    /// Every stretch as a plot of `width` pixels over `range` of x shows it.
    pub fn in_view(&self, range: (f64, f64), width: usize) -> impl Iterator<Item = Vec<[f64; 2]>> {
        self.stretches.iter().map(move |levels| levels.in_view(range, width))
    }

    /// Every point, in places on the axes.
    pub fn all(&self) -> impl Iterator<Item = [f64; 2]> {
        self.stretches.iter().flat_map(|levels| levels.0.first().into_iter().flatten().copied())
    }

    /// The first and the last x of the curve, if it has a point.
    pub fn ends(&self) -> Option<(f64, f64)> {
        let first = self.stretches.first()?.0.first()?.first()?[0];
        let last = self.stretches.last()?.0.first()?.last()?[0];
        Some((first, last))
    }
}

/// What tells a curve from itself as it was before: where its points lie, by some of them.
fn stamp(chart: &Chart, curve: &Curve) -> u64 {
    const LOOKED_AT: usize = 61;
    let mut hasher = DefaultHasher::new();
    (chart.x.log, chart.y.log, curve.points.len()).hash(&mut hasher);
    let every = (curve.points.len() / LOOKED_AT).max(1);
    for point in curve.points.iter().step_by(every).chain(curve.points.last()) {
        point.map(f64::to_bits).hash(&mut hasher);
    }
    hasher.finish()
}

impl Levels {
    fn new(points: Vec<[f64; 2]>) -> Self {
        let mut levels = vec![points];
        while let Some(finer) = levels.last().filter(|finer| finer.len() > FEW) {
            let mut coarser = Vec::with_capacity(finer.len() / 2 + 2);
            // The ends stay, as the first and the last thing that is drawn.
            coarser.extend(finer.first());
            for four in finer.chunks(4) {
                let by_y = |one: &&[f64; 2], other: &&[f64; 2]| one[1].total_cmp(&other[1]);
                let (low, high) = (four.iter().min_by(by_y), four.iter().max_by(by_y));
                if let (Some(low), Some(high)) = (low, high) {
                    coarser.extend(if low[0] <= high[0] { [*low, *high] } else { [*high, *low] });
                }
            }
            coarser.extend(finer.last());
            levels.push(coarser);
        }
        Self(levels)
    }

    fn in_view(&self, range: (f64, f64), width: usize) -> Vec<[f64; 2]> {
        let mut shown: &[[f64; 2]] = &[];
        for level in &self.0 {
            // One point more on either side, so that lines leave the plot at the right slope.
            let first = level.partition_point(|[x, _]| *x < range.0).saturating_sub(1);
            let last = (level.partition_point(|[x, _]| *x <= range.1) + 1).min(level.len());
            shown = level.get(first..last).unwrap_or_default();
            if shown.len() <= IN_VIEW * width {
                break;
            }
        }
        decimate(shown, range, width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noisy(length: usize) -> Curve {
        let mut points: Vec<[f64; 2]> = (0..length).map(|i| [i as f64, (i * 7919 % 1009) as f64]).collect();
        points[length / 3][1] = 5000.0;
        points[length / 2][1] = -5000.0;
        Curve { points, ..Curve::default() }
    }

    #[test]
    fn a_long_curve_shows_its_ends_and_its_extremes_in_few_points() {
        let curve = noisy(100_000);
        let mut thinned = Thinned::default();
        thinned.update(&Chart::default(), &curve);
        let shown: Vec<_> = thinned.in_view((0.0, 99_999.0), 600).flatten().collect();
        assert!(shown.len() <= 2 * 600 + 6, "{}", shown.len());
        assert_eq!((shown.first(), shown.last()), (curve.points.first(), curve.points.last()));
        assert!(shown.iter().any(|point| point[1] == 5000.0) && shown.iter().any(|point| point[1] == -5000.0));
        assert!(shown.windows(2).all(|pair| pair[0][0] <= pair[1][0]));
    }

    #[test]
    fn zooming_in_shows_every_point_and_the_way_out() {
        let curve = noisy(100_000);
        let mut thinned = Thinned::default();
        thinned.update(&Chart::default(), &curve);
        let shown: Vec<_> = thinned.in_view((5000.0, 5100.0), 600).flatten().collect();
        assert_eq!(shown, curve.points[4999..=5101]);
    }

    #[test]
    fn a_curve_that_grew_or_changed_is_taken_up_anew_and_gaps_stay_gaps() {
        let mut chart = Chart::default();
        let mut curve = noisy(10);
        let mut thinned = Thinned::default();
        thinned.update(&chart, &curve);
        curve.points.push([10.0, f64::NAN]);
        curve.points.push([11.0, 1.0]);
        thinned.update(&chart, &curve);
        assert_eq!(thinned.in_view((0.0, 11.0), 600).map(|stretch| stretch.len()).collect::<Vec<_>>(), [10, 1]);
        chart.x.log = true;
        thinned.update(&chart, &curve);
        assert_eq!(thinned.ends(), Some((0.0, 11_f64.log10())), "step 0 has no place on a logarithmic axis");
    }
}
