//! Runs and the figures that are measured once for each.

use super::experiments::{status, status_columns, unknown_word};
use super::{Store, StoreError, restored, stored};
use crate::experiment::event::{ExperimentId, Role, RunId, RunInfo, Status};
use rusqlite::{Connection, Row, Transaction, params};
use std::collections::BTreeMap;

/// Result: bits/byte of the model that gives every token the same probability (paper Table 3).
pub const UNIFORM_BITS_PER_BYTE: &str = "uniform bits/byte";
/// Result: bits/byte of the model that knows the tokens' frequencies and nothing else (paper Table 3).
pub const UNIGRAM_BITS_PER_BYTE: &str = "unigram bits/byte";

/// Result: raw bytes per second that the training text was tokenised at.
pub const TOKENISE_BYTES_PER_SECOND: &str = "tokenise bytes/s";

/// Name of the result: accuracy of the trivial prediction at the 0-based `position` in the window (paper 6.2, Fig 10).
pub fn trivial_accuracy(position: u16) -> String {
    format!("trivial accuracy {position}")
}

/// Name of the result: held-out tokens at the 0-based `position` in the window, which its accuracies are shares of.
pub fn held_out_tokens(position: u16) -> String {
    format!("held-out tokens {position}")
}

/// Name of the result: raw bytes of training text in one optimiser step, on average.
pub const TRAINING_BYTES_PER_STEP: &str = "training bytes per step";

/// Name of the result: seconds of training, without pauses.
pub const TRAINING_SECONDS: &str = "training seconds";

/// Whether a result belongs to one position in the window: of these there are many, for plots rather than tables.
pub fn is_by_position(result: &str) -> bool {
    result.starts_with("trivial accuracy ") || result.starts_with("held-out tokens ")
}

/// A run that is about to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRun {
    pub experiment: ExperimentId,
    pub role: Role,
    pub label: String,
    /// The tokenizer's name in the paper's notation; none for M1.
    pub method: Option<String>,
    /// Model size by name.
    pub size: String,
    pub seed: u64,
    /// Optimiser steps it will take.
    pub steps: u64,
}

impl Store {
    /// Adds a run, queued.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn create_run(&mut self, new: &NewRun) -> Result<RunId, StoreError> {
        self.write("add a run", |transaction| insert(transaction, new))
    }

    /// Adds runs, queued: all of them or, if the program ends meanwhile, none.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn create_runs(&mut self, new: &[NewRun]) -> Result<Vec<RunId>, StoreError> {
        self.write("add runs", |transaction| new.iter().map(|new| insert(transaction, new)).collect())
    }

    /// An experiment's runs in the order in which they were added.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn runs(&self, experiment: ExperimentId) -> Result<Vec<RunInfo>, StoreError> {
        self.read("list the runs", |connection| {
            let mut statement =
                connection.prepare(&format!("SELECT {COLUMNS} FROM runs WHERE experiment = ? ORDER BY id"))?;
            let mut runs =
                statement.query_map([experiment.0], |row| run(row, 0))?.collect::<rusqlite::Result<Vec<_>>>()?;
            for run in &mut runs {
                run.results = results(connection, run.id)?;
            }
            Ok(runs)
        })
    }

    /// Says where a run stands.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn set_status(&mut self, run: RunId, status: &Status) -> Result<(), StoreError> {
        let (word, failure) = status_columns(status);
        self.write("set a run's status", |transaction| {
            transaction
                .execute("UPDATE runs SET status = ?, failure = ? WHERE id = ?", params![word, failure, run.0])
                .map(drop)
        })
    }

    /// Sets one of a run's figures; an earlier one of that name is replaced.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn set_result(&mut self, run: RunId, name: &str, value: f64) -> Result<(), StoreError> {
        self.write("store a result", |transaction| {
            transaction
                .execute(
                    "INSERT OR REPLACE INTO results (run, name, value) VALUES (?, ?, ?)",
                    params![run.0, name, value],
                )
                .map(drop)
        })
    }
}

fn insert(transaction: &Transaction<'_>, new: &NewRun) -> rusqlite::Result<RunId> {
    let role = match new.role {
        Role::M1 => "M1",
        Role::M2 => "M2",
        Role::Tokens => "tokens",
    };
    let (status, _) = status_columns(&Status::Queued);
    transaction.execute(
        "INSERT INTO runs (experiment, role, label, method, size, seed, steps, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![new.experiment.0, role, new.label, new.method, new.size, stored(new.seed), stored(new.steps), status],
    )?;
    Ok(RunId(transaction.last_insert_rowid()))
}

/// What [`run`] reads.
pub(super) const COLUMNS: &str = "id, role, label, method, size, seed, steps, status, failure, priority";

/// The run in the columns from `first` on.
pub(super) fn run(row: &Row<'_>, first: usize) -> rusqlite::Result<RunInfo> {
    let role: String = row.get(first + 1)?;
    Ok(RunInfo {
        id: RunId(row.get(first)?),
        role: match role.as_str() {
            "M1" => Role::M1,
            "M2" => Role::M2,
            "tokens" => Role::Tokens,
            _ => return Err(unknown_word(first + 1, &role)),
        },
        label: row.get(first + 2)?,
        method: row.get(first + 3)?,
        size: row.get(first + 4)?,
        seed: restored(row.get(first + 5)?),
        steps: restored(row.get(first + 6)?),
        priority: row.get(first + 9)?,
        status: status(row, first + 7)?,
        results: BTreeMap::new(),
    })
}

fn results(connection: &Connection, run: RunId) -> rusqlite::Result<BTreeMap<String, f64>> {
    let mut statement = connection.prepare_cached("SELECT name, value FROM results WHERE run = ?")?;
    let result = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, Option<f64>>(1)?.unwrap_or(f64::NAN)));
    statement.query_map([run.0], result)?.collect()
}
