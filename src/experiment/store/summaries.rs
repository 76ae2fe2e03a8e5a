//! Curves aggregated on disk: for each stretch of steps its lowest and its highest point and the mean of all, at five widths
//! of stretch.
//!
//! A plot of a hundred thousand points shows no more than two in each column of pixels. So that it need not read the others,
//! every series has summaries beside its points: buckets of 2^2, 2^5, 2^8, 2^11 and 2^14 steps, aligned to multiples of
//! their width, and of each bucket that has points the lowest and the highest finite one, exactly, with how many there are and
//! their mean: what a smoothed curve is made of, as extremes say nothing of what is usual. [`CHUNK`] buckets make a row, so that a query decodes a few blobs instead of thousands of rows. Buckets without points take no room. The points
//! are the truth: a chunk is always made anew from what is below it, so that replaced points and cut curves leave nothing
//! behind, and it is written in the transaction that writes the points.

use super::stored;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use std::collections::BTreeSet;

/// Binary logarithms of the buckets' widths in steps, finest first.
pub(super) const LEVELS: [u32; 5] = [2, 5, 8, 11, 14];

/// Binary logarithm of how many buckets share a row.
const CHUNK: u32 = 6;

/// A series of a run as the tables' columns name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Curve {
    pub run: i64,
    /// The code in the table `series`.
    pub series: i64,
    pub position: u16,
}

/// What is kept of a bucket's finite points; there is at least one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bucket {
    /// The lowest point as (step, value), and the highest; the first of several that are equal.
    pub lowest: (u64, f64),
    pub highest: (u64, f64),
    pub count: u32,
    /// Of all values.
    pub mean: f64,
}

impl Bucket {
    pub fn of(step: u64, value: f64) -> Self {
        Self { lowest: (step, value), highest: (step, value), count: 1, mean: value }
    }

    /// Takes in a later bucket.
    pub fn join(&mut self, later: &Self) {
        if later.lowest.1 < self.lowest.1 {
            self.lowest = later.lowest;
        }
        if later.highest.1 > self.highest.1 {
            self.highest = later.highest;
        }
        // A bucket has 2^14 steps at most; those of a plot are wider and may have as many points as a curve.
        let count = self.count.saturating_add(later.count);
        let share = f64::from(later.count) / f64::from(count);
        // Each is weighed before they meet, as a difference of two finite values need not be finite.
        let mean = (1.0 - share) * self.mean + share * later.mean;
        self.mean = mean.max(self.lowest.1).min(self.highest.1);
        self.count = count;
    }
}

/// Joins what falls into the same bucket of 2^`width` steps. `parts` ascend.
pub(super) fn gather(parts: impl IntoIterator<Item = Bucket>, width: u32) -> Vec<Bucket> {
    let mut gathered: Vec<Bucket> = Vec::new();
    for part in parts {
        match gathered.last_mut() {
            Some(last) if last.lowest.0 >> width == part.lowest.0 >> width => last.join(&part),
            _ => gathered.push(part),
        }
    }
    gathered
}

/// Bytes of a bucket in a chunk: two steps, counted from the chunk's first as `u32`, their values, where the mean lies between
/// them as a share of 2^32, and the count as `u16`; little-endian. Two chunks fit on a page of the file.
const ENTRY: usize = 30;

fn encode(buckets: &[Bucket], first_step: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(buckets.len() * ENTRY);
    for bucket @ Bucket { lowest, highest, count, .. } in buckets {
        for (step, _) in [lowest, highest] {
            // A chunk spans 2^20 steps at most.
            bytes.extend_from_slice(&((step - first_step) as u32).to_le_bytes());
        }
        for value in [lowest.1, highest.1] {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        bytes.extend_from_slice(&share_of(bucket).to_le_bytes());
        // A bucket has 2^14 steps at most.
        bytes.extend_from_slice(&(*count as u16).to_le_bytes());
    }
    bytes
}

/// Where the mean lies between the lowest value and the highest.
fn share_of(Bucket { lowest, highest, mean, .. }: &Bucket) -> u32 {
    // Halves, as a difference of two finite values need not be finite.
    let spread = 0.5 * highest.1 - 0.5 * lowest.1;
    let share = if spread > 0.0 { (0.5 * mean - 0.5 * lowest.1) / spread } else { 0.0 };
    (share * f64::from(u32::MAX)).round() as u32
}

/// The inverse of [`share_of`].
fn mean_at(share: u32, lowest: f64, highest: f64) -> f64 {
    let share = f64::from(share) / f64::from(u32::MAX);
    ((1.0 - share) * lowest + share * highest).max(lowest).min(highest)
}

/// The inverse of [`encode`], but for the last digits of the mean; a rest that is too short for a bucket is left out.
fn decode(bytes: &[u8], first_step: u64) -> impl Iterator<Item = Bucket> {
    let (entries, _) = bytes.as_chunks::<ENTRY>();
    entries.iter().map(move |entry| {
        let number =
            |at: usize| entry.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes);
        let step = |at: usize| first_step + u64::from(number(at));
        let value =
            |at: usize| entry.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0.0, f64::from_le_bytes);
        let count = entry.get(28..30).and_then(|bytes| bytes.try_into().ok()).map_or(0, u16::from_le_bytes);
        let (lowest, highest) = (value(8), value(16));
        Bucket {
            lowest: (step(0), lowest),
            highest: (step(4), highest),
            count: u32::from(count),
            mean: mean_at(number(24), lowest, highest),
        }
    })
}

/// How many steps a chunk of the level spans, as a binary logarithm.
fn span(level: usize) -> u32 {
    width(level) + CHUNK
}

/// How wide a level's buckets are, as a binary logarithm; the rows of the table say it of themselves.
fn width(level: usize) -> u32 {
    LEVELS.get(level).copied().unwrap_or(0)
}

/// The summaries of `curve` at `level` for the steps `from` to `to`, widened to whole chunks; in order.
pub(super) fn read(
    connection: &Connection,
    curve: Curve,
    level: usize,
    (from, to): (u64, u64),
) -> rusqlite::Result<Vec<Bucket>> {
    let mut statement = connection.prepare_cached(
        "SELECT chunk, buckets FROM summaries
         WHERE run = ? AND series = ? AND position = ? AND width = ? AND chunk BETWEEN ? AND ? ORDER BY chunk",
    )?;
    let span = span(level);
    let mut rows = statement.query(params![
        curve.run,
        curve.series,
        curve.position,
        width(level),
        stored(from >> span),
        stored(to >> span)
    ])?;
    let mut buckets = Vec::new();
    while let Some(row) = rows.next()? {
        let chunk: i64 = row.get(0)?;
        let bytes = row.get_ref(1)?.as_blob()?;
        buckets.extend(decode(bytes, chunk.cast_unsigned() << span));
    }
    Ok(buckets)
}

/// The finite points of `curve` from step `from` to `to`, in order.
pub(super) fn finite_points(
    connection: &Connection,
    curve: Curve,
    (from, to): (u64, u64),
) -> rusqlite::Result<Vec<(u64, f64)>> {
    let mut statement = connection.prepare_cached(
        "SELECT step, value FROM points WHERE run = ? AND series = ? AND position = ? AND step BETWEEN ? AND ? ORDER BY step",
    )?;
    let mut rows = statement.query(params![curve.run, curve.series, curve.position, stored(from), stored(to)])?;
    let mut points = Vec::new();
    while let Some(row) = rows.next()? {
        if let Some(value) = row.get::<_, Option<f64>>(1)?.filter(|value| value.is_finite()) {
            points.push((row.get::<_, i64>(0)?.cast_unsigned(), value));
        }
    }
    Ok(points)
}

/// Brings the summaries up to date where points of these steps were written or removed.
pub(super) fn refresh(
    transaction: &Transaction<'_>,
    steps: impl IntoIterator<Item = (Curve, u64)>,
) -> rusqlite::Result<()> {
    let mut touched: BTreeSet<(Curve, u64)> = BTreeSet::new();
    let mut before = None;
    for (curve, step) in steps {
        let chunk = (curve, step >> span(0));
        // Most points lie in the chunk of the one before.
        if before.replace(chunk) != Some(chunk) {
            touched.insert(chunk);
        }
    }
    make_anew(transaction, touched)
}

/// Makes these chunks of the finest level anew, and those above them.
fn make_anew(transaction: &Transaction<'_>, mut touched: BTreeSet<(Curve, u64)>) -> rusqlite::Result<()> {
    for level in 0..LEVELS.len() {
        for (curve, chunk) in &touched {
            let buckets = gathered(transaction, *curve, level, *chunk)?;
            write(transaction, *curve, level, *chunk, &buckets)?;
        }
        if level + 1 < LEVELS.len() {
            let up = span(level + 1) - span(level);
            touched = touched.into_iter().map(|(curve, chunk)| (curve, chunk >> up)).collect();
        }
    }
    Ok(())
}

/// What a chunk must hold, from what is below it.
fn gathered(connection: &Connection, curve: Curve, level: usize, chunk: u64) -> rusqlite::Result<Vec<Bucket>> {
    let (span, width) = (span(level), width(level));
    let first = chunk << span;
    let range = (first, first + ((1 << span) - 1));
    Ok(match level.checked_sub(1) {
        Some(below) => gather(read(connection, curve, below, range)?, width),
        None => {
            let points = finite_points(connection, curve, range)?;
            gather(points.into_iter().map(|(step, value)| Bucket::of(step, value)), width)
        }
    })
}

fn write(
    transaction: &Transaction<'_>,
    curve: Curve,
    level: usize,
    chunk: u64,
    buckets: &[Bucket],
) -> rusqlite::Result<()> {
    let Curve { run, series, position } = curve;
    if buckets.is_empty() {
        let mut statement = transaction.prepare_cached(
            "DELETE FROM summaries WHERE run = ? AND series = ? AND position = ? AND width = ? AND chunk = ?",
        )?;
        return statement.execute(params![run, series, position, width(level), stored(chunk)]).map(drop);
    }
    let mut statement = transaction.prepare_cached(
        "INSERT INTO summaries (run, series, position, width, chunk, buckets) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET buckets = excluded.buckets",
    )?;
    let bytes = encode(buckets, chunk << span(level));
    statement.execute(params![run, series, position, width(level), stored(chunk), bytes]).map(drop)
}

/// Cuts summaries back after the run's points after `step` were deleted, `except` those of one series. The chunks that hold
/// the step go too, and are made anew for the curves that still have points.
pub(super) fn cut(transaction: &Transaction<'_>, run: i64, step: u64, except: i64) -> rusqlite::Result<()> {
    for level in 0..LEVELS.len() {
        transaction.execute(
            "DELETE FROM summaries WHERE run = ? AND series != ? AND width = ? AND chunk >= ?",
            params![run, except, width(level), stored(step >> span(level))],
        )?;
    }
    refresh(
        transaction,
        curves(transaction, run)?.into_iter().filter(|curve| curve.series != except).map(|curve| (curve, step)),
    )
}

/// Makes the summaries of every curve in the file, from its points.
pub(super) fn rebuild(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM summaries", [])?;
    let runs = transaction
        .prepare("SELECT id FROM runs ORDER BY id")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<i64>>>()?;
    for run in runs {
        for curve in curves(transaction, run)? {
            let mut statement = transaction.prepare_cached(
                "SELECT DISTINCT step >> ? FROM points WHERE run = ? AND series = ? AND position = ?",
            )?;
            let chunks = statement
                .query_map(params![span(0), curve.run, curve.series, curve.position], |row| row.get::<_, i64>(0))?
                .map(|chunk| chunk.map(|chunk| (curve, chunk.cast_unsigned())))
                .collect::<rusqlite::Result<BTreeSet<_>>>()?;
            make_anew(transaction, chunks)?;
        }
    }
    Ok(())
}

/// The curves of a run that have points, in order. The points' key is walked from curve to curve, without reading those
/// between: in two questions, as SQLite would go through all points of a series to find those after a pair.
pub(super) fn curves(connection: &Connection, run: i64) -> rusqlite::Result<Vec<Curve>> {
    let mut same_series = connection.prepare_cached(
        "SELECT series, position FROM points WHERE run = ? AND series = ? AND position > ? ORDER BY position LIMIT 1",
    )?;
    let mut next_series = connection.prepare_cached(
        "SELECT series, position FROM points WHERE run = ? AND series > ? ORDER BY series, position LIMIT 1",
    )?;
    let found = |row: &Row<'_>| Ok(Curve { run, series: row.get(0)?, position: row.get(1)? });
    let mut curves: Vec<Curve> = Vec::new();
    loop {
        let next = match curves.last() {
            Some(last) => same_series.query_row(params![run, last.series, last.position], found).optional()?,
            None => None,
        };
        let next = match next {
            Some(next) => Some(next),
            None => {
                let last = curves.last().map_or(i64::MIN, |last| last.series);
                next_series.query_row(params![run, last], found).optional()?
            }
        };
        let Some(next) = next else { return Ok(curves) };
        curves.push(next);
    }
}
