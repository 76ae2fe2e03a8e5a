//! Measured values over the steps of a run: gathered, committed together, and cut back when a run resumes.

use super::summaries::{self, Curve};
use super::{Store, StoreError, restored, stored};
use crate::experiment::event::{Point, RunId, Series};
use rusqlite::{Connection, Row, Transaction, params};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Gathered points are committed with the first call that comes this long after the last commit.
const COMMIT_EVERY: Duration = Duration::from_secs(1);

/// Points that are not committed yet.
pub(super) struct Pending {
    points: Vec<Point>,
    pub(super) committed: Instant,
}

impl Pending {
    pub fn new() -> Self {
        Self { points: Vec::new(), committed: Instant::now() }
    }

    /// Writes the points, which stay here until [`Self::clear`]: the transaction may still fail.
    pub fn insert(&self, transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut statement = transaction.prepare_cached(
            "INSERT OR REPLACE INTO points (run, series, position, step, value) VALUES (?, ?, ?, ?, ?)",
        )?;
        for Point { run, series, step, value } in &self.points {
            let (code, position) = columns(*series);
            statement.execute(params![run.0, code, position, stored(*step), value])?;
        }
        summaries::refresh(transaction, self.points.iter().map(|point| (curve(point.run, point.series), point.step)))
    }

    /// Forgets the points, which are committed.
    pub fn clear(&mut self) {
        self.points.clear();
        self.committed = Instant::now();
    }
}

impl Store {
    /// Adds a point; one of the same run, series and step is replaced. It is committed within about a second if points
    /// keep coming, and with the next write, [`Self::flush`] or [`Self::flush_if_due`] if not. This store reads it back at
    /// once.
    ///
    /// # Errors
    /// If gathered points cannot be committed. They are kept, and go with the next commit.
    pub fn record(&mut self, point: &Point) -> Result<(), StoreError> {
        self.pending.points.push(*point);
        self.flush_if_due()
    }

    /// Commits gathered points if the last commit was a second or more ago: for loops in which points may stay away.
    ///
    /// # Errors
    /// As [`Self::flush`].
    pub fn flush_if_due(&mut self) -> Result<(), StoreError> {
        if self.pending.committed.elapsed() < COMMIT_EVERY { Ok(()) } else { self.flush() }
    }

    /// Commits all gathered points now.
    ///
    /// # Errors
    /// If they cannot be committed. They are kept, and go with the next commit.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        if self.pending.points.is_empty() { Ok(()) } else { self.write("store measured points", |_| Ok(())) }
    }

    /// Forgets what a run measured after `step`: a run that resumes from a checkpoint measures it again. Token ratios stay,
    /// as their steps are those of M1 and not of the run; an M1 that resumes replaces them one by one.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn truncate_after(&mut self, run: RunId, step: u64) -> Result<(), StoreError> {
        self.write("cut a run back to its checkpoint", |transaction| {
            let (ratio, _) = columns(Series::TokenRatio);
            transaction.execute(
                "DELETE FROM points WHERE run = ? AND step > ? AND series != ?",
                params![run.0, stored(step), ratio],
            )?;
            summaries::cut(transaction, run.0, step, ratio)
        })
    }

    /// One series of one run as `[step, value]`, in order of step; gathered points are among them.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn series(&self, run: RunId, series: Series) -> Result<Vec<[f64; 2]>, StoreError> {
        let values = self.values(run, series)?;
        Ok(values.into_iter().map(|(step, value)| [step as f64, value]).collect())
    }

    /// Everything that was measured over a run's steps: by series, each in order of step.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn points(&self, run: RunId) -> Result<Vec<Point>, StoreError> {
        let mut points = Vec::new();
        for series in self.series_of(run)? {
            let values = self.values(run, series)?;
            points.extend(values.into_iter().map(|(step, value)| Point { run, series, step, value }));
        }
        Ok(points)
    }

    fn values(&self, run: RunId, series: Series) -> Result<BTreeMap<u64, f64>, StoreError> {
        let mut values = self.read("read measured points", |connection| select(connection, run, series))?;
        let gathered = self.pending.points.iter().filter(|point| point.run == run && point.series == series);
        values.extend(gathered.map(|point| (point.step, point.value)));
        Ok(values)
    }

    /// Which series a run has points of.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn series_of(&self, run: RunId) -> Result<Vec<Series>, StoreError> {
        let mut found = self.read("read what was measured", |connection| {
            summaries::curves(connection, run.0)?.into_iter().map(series).collect::<rusqlite::Result<Vec<_>>>()
        })?;
        found.extend(self.pending.points.iter().filter(|point| point.run == run).map(|point| point.series));
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

/// Gathered points go with the store where they can. A store that cannot be written to has said so in [`Store::flush`].
impl Drop for Store {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}

fn select(connection: &Connection, run: RunId, series: Series) -> rusqlite::Result<BTreeMap<u64, f64>> {
    let (code, position) = columns(series);
    let mut statement =
        connection.prepare_cached("SELECT step, value FROM points WHERE run = ? AND series = ? AND position = ?")?;
    let point = |row: &Row<'_>| Ok((restored(row.get(0)?), row.get::<_, Option<f64>>(1)?.unwrap_or(f64::NAN)));
    statement.query_map(params![run.0, code, position], point)?.collect()
}

/// A series of a run as the tables name it.
pub(super) fn curve(run: RunId, series: Series) -> Curve {
    let (series, position) = columns(series);
    Curve { run: run.0, series, position }
}

/// A series as the two columns that name it; the codes are those of the table `series`.
fn columns(series: Series) -> (i64, u16) {
    match series {
        Series::TrainBitsPerByte => (1, 0),
        Series::ValidationBitsPerByte => (2, 0),
        Series::TokenRatio => (3, 0),
        Series::Accuracy(position) => (4, position),
        Series::LearningRate => (5, 0),
        Series::TokensPerSecond => (6, 0),
        Series::Seconds => (7, 0),
        Series::MemoryBytes => (8, 0),
        Series::RateFactor => (9, 0),
    }
}

/// The inverse of [`columns`].
fn series(Curve { series: code, position, .. }: Curve) -> rusqlite::Result<Series> {
    Ok(match code {
        1 => Series::TrainBitsPerByte,
        2 => Series::ValidationBitsPerByte,
        3 => Series::TokenRatio,
        4 => Series::Accuracy(position),
        5 => Series::LearningRate,
        6 => Series::TokensPerSecond,
        7 => Series::Seconds,
        8 => Series::MemoryBytes,
        9 => Series::RateFactor,
        _ => return Err(rusqlite::Error::IntegralValueOutOfRange(0, code)),
    })
}
