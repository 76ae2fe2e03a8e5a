//! Everything that has run, for lists: all experiments with their runs and results, read at once.

use super::experiments::{self, StoredExperiment};
use super::runs::{self, run};
use super::{Store, StoreError};
use crate::experiment::event::{ExperimentId, Role, RunId, RunInfo};
use rusqlite::Connection;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// An experiment with its runs in the order in which they were added.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    pub experiment: StoredExperiment,
    pub runs: Vec<RunInfo>,
}

impl Listed {
    /// The lowest bits/byte among its M2s, on raw bytes of held-out text; M1 is no contender.
    pub fn best_bits_per_byte(&self) -> Option<f64> {
        let figures =
            self.runs.iter().filter(|run| run.role == Role::M2).filter_map(|run| run.results.get("bits/byte"));
        figures.copied().filter(|figure| figure.is_finite()).min_by(f64::total_cmp)
    }
}

impl Store {
    /// Every experiment, the bin's among them, oldest first. Three queries, however many there are.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn listing(&self) -> Result<Vec<Listed>, StoreError> {
        self.read("list the experiments", |connection| {
            // One moment for all three: another process may be writing.
            let moment = connection.unchecked_transaction()?;
            let listed = listing(&moment, self.folder())?;
            moment.finish()?;
            Ok(listed)
        })
    }

    /// A number that changes when another connection has written to the store. It costs next to nothing, so it can be asked
    /// for every second.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn state(&self) -> Result<i64, StoreError> {
        self.read("look for changes", |connection| {
            connection.pragma_query_value(None, "data_version", |row| row.get(0))
        })
    }
}

fn listing(connection: &Connection, own: &Path) -> rusqlite::Result<Vec<Listed>> {
    let mut results: HashMap<i64, BTreeMap<String, f64>> = HashMap::new();
    let mut statement = connection.prepare_cached("SELECT run, name, value FROM results")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let value = row.get::<_, Option<f64>>(2)?.unwrap_or(f64::NAN);
        results.entry(row.get(0)?).or_default().insert(row.get(1)?, value);
    }
    let mut runs: HashMap<ExperimentId, Vec<RunInfo>> = HashMap::new();
    let columns = runs::COLUMNS;
    let mut statement = connection.prepare_cached(&format!("SELECT experiment, {columns} FROM runs ORDER BY id"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut info = run(row, 1)?;
        let RunId(id) = info.id;
        info.results = results.remove(&id).unwrap_or_default();
        runs.entry(ExperimentId(row.get(0)?)).or_default().push(info);
    }
    let columns = experiments::COLUMNS;
    let mut statement = connection.prepare_cached(&format!("SELECT {columns} FROM experiments ORDER BY id"))?;
    statement
        .query_map([], |row| {
            let experiment = experiments::experiment(row, own)?;
            let runs = runs.remove(&experiment.id).unwrap_or_default();
            Ok(Listed { experiment, runs })
        })?
        .collect()
}
