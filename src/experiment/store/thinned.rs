//! Curves as a plot needs them: a range of steps in about as many points as it has pixels.

use super::points::curve;
use super::summaries::{self, Bucket, Curve, LEVELS, finite_points, gather};
use super::{Store, StoreError, restored, stored};
use crate::experiment::event::{RunId, Series};
use rusqlite::{Connection, OptionalExtension, params};
use std::ops::RangeInclusive;

/// Steps above this have no order in SQLite's signed numbers.
const LAST: u64 = i64::MAX.cast_unsigned();

/// A stretch of a curve that is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    pub run: RunId,
    pub series: Series,
    /// `0..=u64::MAX` is all of it.
    pub steps: RangeInclusive<u64>,
    /// How fine: about the pixels that it is drawn on.
    pub buckets: usize,
}

/// A stretch of a curve in as many points as were asked for, or somewhat more.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Thinned {
    /// `[step, value]` in order of step: ends and extremes.
    pub points: Vec<[f64; 2]>,
    /// Binary logarithm of the steps of a bucket; 0 where `points` are all there are.
    pub width: u32,
    /// What every bucket comes to, in order of step; empty where `points` are all there are.
    pub means: Vec<Mean>,
}

/// The points of a bucket as one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The last step of the bucket, at most the curve's last.
    pub step: f64,
    /// How many points it stands for.
    pub count: u32,
    pub mean: f64,
    pub lowest: f64,
    pub highest: f64,
}

impl Store {
    /// One series of one run over a range of steps, thinned to as many buckets or somewhat more.
    ///
    /// The range is first cut to what the curve has, then divided into at least as many buckets as are asked for and less
    /// than about twice as many, whose width is a power of two and which begin at multiples of it, so that they stay where
    /// they are when a plot pans; the range is widened to whole ones. Exactly kept are each bucket's lowest and highest
    /// point, the first and the last point within, and the nearest one on either side, so that lines leave the plot at the
    /// right slope. Points that are no finite numbers are left out. A range of few steps, or of few points, comes whole.
    /// What is read is at most some eight buckets for each one asked for, however long the curve is.
    ///
    /// Points that [`Self::record`] has gathered and not committed yet are not among them.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn thinned(&self, stretch: &Stretch) -> Result<Thinned, StoreError> {
        self.read("read a curve", |connection| thinned(connection, stretch))
    }

    /// As [`Self::thinned`], of many, all as they were at one moment.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn all_thinned(&self, stretches: &[Stretch]) -> Result<Vec<Thinned>, StoreError> {
        self.read("read curves", |connection| {
            let moment = connection.unchecked_transaction()?;
            let found = stretches.iter().map(|stretch| thinned(&moment, stretch)).collect::<rusqlite::Result<_>>()?;
            moment.finish()?;
            Ok(found)
        })
    }
}

/// Points with what their buckets come to.
struct Inside {
    points: Vec<(u64, f64)>,
    width: u32,
    buckets: Vec<Bucket>,
}

fn thinned(connection: &Connection, stretch: &Stretch) -> rusqlite::Result<Thinned> {
    let Stretch { run, series, ref steps, buckets } = *stretch;
    let (curve, asked) = (curve(run, series), ((*steps.start()).min(LAST), (*steps.end()).min(LAST)));
    let from_here = nearest(connection, curve, asked.0, Side::AtOrAfter)?;
    let to_here = nearest(connection, curve, asked.1, Side::AtOrBefore)?;
    let Inside { mut points, width, buckets } = match (from_here, to_here) {
        (Some(first), Some(last)) if first.0 <= last.0 => inside(connection, curve, (first.0, last.0), buckets)?,
        // No point lies within; the line between those around it may still cross the plot.
        _ => Inside { points: Vec::new(), width: 0, buckets: Vec::new() },
    };
    let (first, last) =
        (points.first().map_or(asked.0, |point| point.0), points.last().map_or(asked.1, |point| point.0));
    let mean = |bucket: Bucket| Mean {
        step: ((((bucket.lowest.0 >> width) + 1) << width) - 1).min(last) as f64,
        count: bucket.count,
        mean: bucket.mean,
        lowest: bucket.lowest.1,
        highest: bucket.highest.1,
    };
    let means = buckets.into_iter().map(mean).collect();
    points.extend(match first.checked_sub(1) {
        Some(before) => nearest(connection, curve, before, Side::AtOrBefore)?,
        None => None,
    });
    points.extend(nearest(connection, curve, last.saturating_add(1), Side::AtOrAfter)?);
    points.sort_unstable_by_key(|point| point.0);
    points.dedup_by_key(|point| point.0);
    Ok(Thinned { points: points.into_iter().map(|(step, value)| [step as f64, value]).collect(), width, means })
}

/// The extremes of each bucket and the two ends of a range whose first and last step have points.
fn inside(
    connection: &Connection,
    curve: Curve,
    (first, last): (u64, u64),
    buckets: usize,
) -> rusqlite::Result<Inside> {
    let length = last - first + 1;
    // The widest buckets of which enough fit in.
    let width = (length / (buckets.max(1) as u64)).checked_ilog2().unwrap_or(0);
    // The last bucket ends at or before 2^63, so nothing overflows.
    let whole = (first >> width << width, (((last >> width) + 1) << width) - 1);
    // Two points for each bucket are no more than its extremes.
    let few = 2 * buckets.max(1);
    let all = |points| Inside { points, width: 0, buckets: Vec::new() };
    let Some(level) = LEVELS.iter().rposition(|level| *level <= width) else {
        let points = finite_points(connection, curve, whole)?;
        if width == 0 || points.len() <= few {
            return Ok(all(points));
        }
        let buckets = gather(points.iter().map(|(step, value)| Bucket::of(*step, *value)), width);
        return Ok(Inside {
            points: with_ends(&buckets, points.first().copied(), points.last().copied()),
            width,
            buckets,
        });
    };
    let mut parts = summaries::read(connection, curve, level, whole)?;
    let finest = LEVELS.get(level).copied().unwrap_or(0);
    parts.retain(|part| (whole.0 >> finest..=whole.1 >> finest).contains(&(part.lowest.0 >> finest)));
    if parts.len() <= few && parts.iter().map(|part| part.count as usize).sum::<usize>() <= few {
        return Ok(all(finite_points(connection, curve, whole)?));
    }
    let first = nearest(connection, curve, whole.0, Side::AtOrAfter)?;
    let last = nearest(connection, curve, whole.1, Side::AtOrBefore)?;
    let buckets = gather(parts, width);
    Ok(Inside { points: with_ends(&buckets, first, last), width, buckets })
}

fn with_ends(buckets: &[Bucket], first: Option<(u64, f64)>, last: Option<(u64, f64)>) -> Vec<(u64, f64)> {
    let mut points: Vec<_> = first.into_iter().chain(last).collect();
    points.extend(buckets.iter().flat_map(|bucket| [bucket.lowest, bucket.highest]));
    points.sort_unstable_by_key(|point| point.0);
    points.dedup_by_key(|point| point.0);
    points
}

/// Where to look for a point.
#[derive(Clone, Copy)]
enum Side {
    AtOrBefore,
    AtOrAfter,
}

/// The finite point nearest to `step` on one side.
fn nearest(connection: &Connection, curve: Curve, step: u64, side: Side) -> rusqlite::Result<Option<(u64, f64)>> {
    let query = match side {
        Side::AtOrBefore => {
            "SELECT step, value FROM points WHERE run = ? AND series = ? AND position = ? AND step BETWEEN 0 AND ?
             AND value BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 ORDER BY step DESC LIMIT 1"
        }
        Side::AtOrAfter => {
            "SELECT step, value FROM points WHERE run = ? AND series = ? AND position = ? AND step >= ?
             AND value BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 ORDER BY step LIMIT 1"
        }
    };
    let mut statement = connection.prepare_cached(query)?;
    let key = params![curve.run, curve.series, curve.position, stored(step.min(LAST))];
    statement.query_row(key, |row| Ok((restored(row.get(0)?), row.get(1)?))).optional()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::event::Point;
    use crate::experiment::store::tests::with_run;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const SERIES: Series = Series::TrainBitsPerByte;

    fn recorded(folder: &tempfile::TempDir, points: impl IntoIterator<Item = (u64, f64)>) -> (Store, RunId) {
        let (mut store, run) = with_run(folder);
        for (step, value) in points {
            store.record(&Point { run, series: SERIES, step, value }).unwrap();
        }
        store.flush().unwrap();
        (store, run)
    }

    fn read(store: &Store, run: RunId, steps: RangeInclusive<u64>, buckets: usize) -> Thinned {
        store.thinned(&Stretch { run, series: SERIES, steps, buckets }).unwrap()
    }

    fn noisy(step: u64) -> f64 {
        (step.wrapping_mul(2_654_435_761) % 10_007) as f64
    }

    /// What [`Store::thinned`] promises, from the raw curve.
    fn check(raw: &[[f64; 2]], read: &Thinned, (from, to): (u64, u64), buckets: usize) {
        let thinned = read.points.as_slice();
        assert!(thinned.windows(2).all(|pair| pair[0][0] < pair[1][0]), "in order, each once");
        assert!(thinned.iter().all(|point| raw.contains(point)), "nothing is made up");
        let within: Vec<[f64; 2]> =
            raw.iter().copied().filter(|point| (from as f64..=to as f64).contains(&point[0])).collect();
        let before = raw.iter().rfind(|point| point[0] < from as f64);
        let after = raw.iter().find(|point| point[0] > to as f64);
        let (Some(first), Some(last)) = (within.first(), within.last()) else {
            let around: Vec<[f64; 2]> = before.into_iter().chain(after).copied().collect();
            return assert_eq!(thinned, around, "the line between the neighbours");
        };
        let length = last[0] - first[0] + 1.0;
        let width = 2f64.powf((length / buckets as f64).log2().floor().max(0.0));
        let bucket = |x: f64| (x / width).floor() as u64;
        let (low, high) = (bucket(first[0]), bucket(last[0]));
        let mut extremes: BTreeMap<u64, [f64; 2]> = BTreeMap::new();
        for [x, y] in raw.iter().filter(|point| (low..=high).contains(&bucket(point[0]))) {
            let kept = extremes.entry(bucket(*x)).or_insert([*y; 2]);
            *kept = [kept[0].min(*y), kept[1].max(*y)];
        }
        let mut found: BTreeMap<u64, [f64; 2]> = BTreeMap::new();
        for [x, y] in thinned {
            let kept = found.entry(bucket(*x)).or_insert([*y; 2]);
            *kept = [kept[0].min(*y), kept[1].max(*y)];
        }
        for (bucket, wanted) in &extremes {
            assert_eq!(found.get(bucket), Some(wanted), "bucket {bucket} of width {width}");
        }
        assert!(thinned.len() <= 4 * (buckets + 2) + 4, "{} points for {buckets} buckets", thinned.len());
        // The ends of the widened range and the points next to it.
        let (start, end) = (low as f64 * width, (high + 1) as f64 * width);
        let ends = [
            raw.iter().rfind(|point| point[0] < start),
            raw.iter().find(|point| point[0] >= start),
            raw.iter().rfind(|point| point[0] < end),
            raw.iter().find(|point| point[0] >= end),
        ];
        for end in ends.into_iter().flatten() {
            assert!(thinned.contains(end), "{end:?} is an end, or next to one");
        }
        let in_buckets = raw.iter().filter(|point| (start..end).contains(&point[0]));
        if read.means.is_empty() {
            assert!(in_buckets.clone().all(|point| thinned.contains(point)), "without means it is whole");
        }
        let last = in_buckets.clone().next_back().map_or(0.0, |point| point[0]);
        let mut points = in_buckets.peekable();
        for found in &read.means {
            let mut values = Vec::new();
            while let Some(point) = points.next_if(|point| point[0] <= found.step) {
                values.push(point[1]);
            }
            let mean = values.iter().map(|value| value / values.len() as f64).sum::<f64>();
            let size = found.highest.abs().max(found.lowest.abs());
            assert!((mean - found.mean).abs() <= 1e-8 * size, "mean {mean} of {found:?}");
            assert_eq!(found.count as usize, values.len());
            assert_eq!(found.lowest, values.iter().copied().fold(f64::INFINITY, f64::min));
            assert_eq!(found.highest, values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            assert!(found.step == last || (found.step + 1.0) % width == 0.0, "{} ends a bucket", found.step);
        }
        assert!(read.means.is_empty() || points.next().is_none(), "no point is left out of the means");
    }

    #[test]
    fn a_long_curve_keeps_every_bucket_s_extremes_at_every_level() {
        let folder = tempfile::tempdir().unwrap();
        let (store, run) = recorded(&folder, (0..70_000).map(|step| (step, noisy(step))));
        let raw = store.series(run, SERIES).unwrap();
        for (from, to, buckets) in
            [(0, u64::MAX, 1), (0, 69_999, 600), (12_345, 54_321, 300), (7, 3000, 600), (500, 40_000, 5), (30, 90, 600)]
        {
            let thinned = read(&store, run, from..=to, buckets);
            check(&raw, &thinned, (from, to.min(69_999)), buckets);
        }
        let all = read(&store, run, 100..=200, 600);
        assert_eq!(all.points, raw[99..=201], "few steps come whole, with a neighbour on either side");
    }

    #[test]
    fn buckets_stay_where_they_are_when_a_plot_pans() {
        let folder = tempfile::tempdir().unwrap();
        let (store, run) = recorded(&folder, (0..20_000).map(|step| (step, noisy(step))));
        let one = read(&store, run, 2000..=12_000, 300);
        let next = read(&store, run, 2333..=12_333, 300);
        let inner = |curve: &Thinned| -> Vec<[f64; 2]> {
            curve.points.iter().copied().filter(|point| (2400.0..11_900.0).contains(&point[0])).collect()
        };
        assert_eq!(inner(&one), inner(&next));
    }

    #[test]
    fn few_points_come_whole_however_far_apart_and_many_curves_at_once_are_as_each() {
        let folder = tempfile::tempdir().unwrap();
        let (mut store, run) = recorded(&folder, (0..70_000).map(|step| (step, noisy(step))));
        for step in 0..100 {
            let (step, value) = (1000 * step, noisy(step));
            store.record(&Point { run, series: Series::ValidationBitsPerByte, step, value }).unwrap();
        }
        store.flush().unwrap();
        let stretch = |series, steps| Stretch { run, series, steps, buckets: 50 };
        let asked = [
            stretch(Series::ValidationBitsPerByte, 0..=u64::MAX),
            stretch(SERIES, 0..=u64::MAX),
            stretch(SERIES, 10_000..=20_000),
        ];
        let all = store.all_thinned(&asked).unwrap();
        let each: Vec<Thinned> = asked.iter().map(|stretch| store.thinned(stretch).unwrap()).collect();
        assert_eq!(all, each);
        assert_eq!(all[0].points, store.series(run, Series::ValidationBitsPerByte).unwrap());
        assert_eq!((all[0].width, all[0].means.len(), all[1].width), (0, 0, 10));
    }

    #[test]
    fn what_is_no_number_is_left_out_and_an_empty_curve_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let (store, run) = recorded(&folder, [(1, f64::NAN), (2, 1.0), (3, f64::INFINITY), (9, 2.0), (11, f64::NAN)]);
        for buckets in [1, 2, 600] {
            assert_eq!(read(&store, run, 0..=u64::MAX, buckets).points, [[2.0, 1.0], [9.0, 2.0]]);
        }
        assert_eq!(read(&store, run, 4..=5, 600).points, [[2.0, 1.0], [9.0, 2.0]]);
        let other = Stretch { run, series: Series::TokenRatio, steps: 0..=u64::MAX, buckets: 600 };
        assert_eq!(store.thinned(&other).unwrap(), Thinned::default());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        /// Whatever is recorded in whatever order, replaced, cut and recorded again, a thinned curve has the raw one's ends
        /// and extremes, and the summaries are those that a migration would make.
        #[test]
        fn thinning_on_disk_is_thinning_the_raw_curve(
            stretches in prop::collection::vec((0u64..40_000, 1u64..300, 1u64..40, any::<u32>()), 1..8),
            cut in prop::option::of(0u64..40_000),
            more in prop::collection::vec((0u64..40_000, -1e300f64..1e300), 0..8),
            ranges in prop::collection::vec((0u64..41_000, 0u64..41_000, 1usize..400), 1..6),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let (mut store, run) = with_run(&folder);
            for (start, count, stride, salt) in stretches {
                for i in 0..count {
                    let (step, value) = (start + i * stride, noisy(i + u64::from(salt)));
                    store.record(&Point { run, series: SERIES, step, value }).unwrap();
                }
                store.flush().unwrap();
            }
            if let Some(cut) = cut {
                store.truncate_after(run, cut).unwrap();
            }
            for (step, value) in more {
                store.record(&Point { run, series: SERIES, step, value }).unwrap();
            }
            store.flush().unwrap();
            let raw = store.series(run, SERIES).unwrap();
            for (a, b, buckets) in ranges {
                let (from, to) = (a.min(b), a.max(b));
                check(&raw, &read(&store, run, from..=to, buckets), (from, to), buckets);
            }
            prop_assert_eq!(rows(&store), {
                store.write("rebuild", summaries::rebuild).unwrap();
                rows(&store)
            });
        }
    }

    /// Every row of the summaries.
    fn rows(store: &Store) -> Vec<(i64, i64, Vec<u8>)> {
        let mut statement =
            store.connection.prepare("SELECT width, chunk, buckets FROM summaries ORDER BY width, chunk").unwrap();
        statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap()
    }
}
