//! Curves as a plot needs them: a range of steps in about as many points as it has pixels.

use super::points::curve;
use super::summaries::{self, Curve, Extremes, LEVELS, finite_points, gather};
use super::{Store, StoreError, restored, stored};
use crate::experiment::event::{RunId, Series};
use rusqlite::{Connection, OptionalExtension, params};
use std::ops::RangeInclusive;

/// Steps above this have no order in SQLite's signed numbers.
const LAST: u64 = i64::MAX.cast_unsigned();

impl Store {
    /// One series of one run over a range of `steps`, thinned to `buckets` or somewhat more: `[step, value]` in order of
    /// step.
    ///
    /// The range is first cut to what the curve has (`0..=u64::MAX` is all of it), then divided into at least `buckets`
    /// buckets and less than about twice as many, whose width is a power of two and which begin at multiples of it, so that
    /// they stay where they are when a plot pans; the range is widened to whole ones. Exactly kept are each bucket's
    /// lowest and highest point, the first and the last point within, and the nearest one on either side, so that lines
    /// leave the plot at the right slope. Points that are no finite numbers are left out. A range of few steps comes whole.
    /// What is read is at most some eight buckets for each one asked for, however long the curve is.
    ///
    /// Points that [`Self::record`] has gathered and not committed yet are not among them.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn thinned(
        &self,
        run: RunId,
        series: Series,
        steps: RangeInclusive<u64>,
        buckets: usize,
    ) -> Result<Vec<[f64; 2]>, StoreError> {
        let asked = ((*steps.start()).min(LAST), (*steps.end()).min(LAST));
        self.read("read a curve", |connection| thinned(connection, curve(run, series), asked, buckets))
    }
}

fn thinned(
    connection: &Connection,
    curve: Curve,
    asked: (u64, u64),
    buckets: usize,
) -> rusqlite::Result<Vec<[f64; 2]>> {
    let from_here = nearest(connection, curve, asked.0, Side::AtOrAfter)?;
    let to_here = nearest(connection, curve, asked.1, Side::AtOrBefore)?;
    let mut points = match (from_here, to_here) {
        (Some(first), Some(last)) if first.0 <= last.0 => inside(connection, curve, (first.0, last.0), buckets)?,
        // No point lies within; the line between those around it may still cross the plot.
        _ => Vec::new(),
    };
    let (first, last) =
        (points.first().map_or(asked.0, |point| point.0), points.last().map_or(asked.1, |point| point.0));
    points.extend(match first.checked_sub(1) {
        Some(before) => nearest(connection, curve, before, Side::AtOrBefore)?,
        None => None,
    });
    points.extend(nearest(connection, curve, last.saturating_add(1), Side::AtOrAfter)?);
    points.sort_unstable_by_key(|point| point.0);
    points.dedup_by_key(|point| point.0);
    Ok(points.into_iter().map(|(step, value)| [step as f64, value]).collect())
}

/// The extremes of each bucket and the two ends of a range whose first and last step have points.
fn inside(
    connection: &Connection,
    curve: Curve,
    (first, last): (u64, u64),
    buckets: usize,
) -> rusqlite::Result<Vec<(u64, f64)>> {
    let length = last - first + 1;
    // The widest buckets of which enough fit in.
    let width = (length / (buckets.max(1) as u64)).checked_ilog2().unwrap_or(0);
    // The last bucket ends at or before 2^63, so nothing overflows.
    let whole = (first >> width << width, (((last >> width) + 1) << width) - 1);
    let Some(level) = LEVELS.iter().rposition(|level| *level <= width) else {
        let points = finite_points(connection, curve, whole)?;
        if width == 0 {
            return Ok(points);
        }
        let thinner = gather(points.iter().map(|(step, value)| Extremes::of(*step, *value)), width);
        return Ok(with_ends(&thinner, points.first().copied(), points.last().copied()));
    };
    let mut parts = summaries::read(connection, curve, level, whole)?;
    let finest = LEVELS.get(level).copied().unwrap_or(0);
    parts.retain(|part| (whole.0 >> finest..=whole.1 >> finest).contains(&(part.lowest.0 >> finest)));
    let first = nearest(connection, curve, whole.0, Side::AtOrAfter)?;
    let last = nearest(connection, curve, whole.1, Side::AtOrBefore)?;
    Ok(with_ends(&gather(parts, width), first, last))
}

fn with_ends(buckets: &[Extremes], first: Option<(u64, f64)>, last: Option<(u64, f64)>) -> Vec<(u64, f64)> {
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

    fn noisy(step: u64) -> f64 {
        (step.wrapping_mul(2_654_435_761) % 10_007) as f64
    }

    /// What [`Store::thinned`] promises, from the raw curve.
    fn check(raw: &[[f64; 2]], thinned: &[[f64; 2]], (from, to): (u64, u64), buckets: usize) {
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
    }

    #[test]
    fn a_long_curve_keeps_every_bucket_s_extremes_at_every_level() {
        let folder = tempfile::tempdir().unwrap();
        let (store, run) = recorded(&folder, (0..70_000).map(|step| (step, noisy(step))));
        let raw = store.series(run, SERIES).unwrap();
        for (from, to, buckets) in
            [(0, u64::MAX, 1), (0, 69_999, 600), (12_345, 54_321, 300), (7, 3000, 600), (500, 40_000, 5), (30, 90, 600)]
        {
            let thinned = store.thinned(run, SERIES, from..=to, buckets).unwrap();
            check(&raw, &thinned, (from, to.min(69_999)), buckets);
        }
        let all = store.thinned(run, SERIES, 100..=200, 600).unwrap();
        assert_eq!(all, raw[99..=201], "few steps come whole, with a neighbour on either side");
    }

    #[test]
    fn buckets_stay_where_they_are_when_a_plot_pans() {
        let folder = tempfile::tempdir().unwrap();
        let (store, run) = recorded(&folder, (0..20_000).map(|step| (step, noisy(step))));
        let one = store.thinned(run, SERIES, 2000..=12_000, 300).unwrap();
        let next = store.thinned(run, SERIES, 2333..=12_333, 300).unwrap();
        let inner = |curve: &[[f64; 2]]| -> Vec<[f64; 2]> {
            curve.iter().copied().filter(|point| (2400.0..11_900.0).contains(&point[0])).collect()
        };
        assert_eq!(inner(&one), inner(&next));
    }

    #[test]
    fn what_is_no_number_is_left_out_and_an_empty_curve_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let (store, run) = recorded(&folder, [(1, f64::NAN), (2, 1.0), (3, f64::INFINITY), (9, 2.0), (11, f64::NAN)]);
        for buckets in [1, 2, 600] {
            assert_eq!(store.thinned(run, SERIES, 0..=u64::MAX, buckets).unwrap(), [[2.0, 1.0], [9.0, 2.0]]);
        }
        assert_eq!(store.thinned(run, SERIES, 4..=5, 600).unwrap(), [[2.0, 1.0], [9.0, 2.0]]);
        assert!(store.thinned(run, Series::TokenRatio, 0..=u64::MAX, 600).unwrap().is_empty());
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
                check(&raw, &store.thinned(run, SERIES, from..=to, buckets).unwrap(), (from, to), buckets);
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
