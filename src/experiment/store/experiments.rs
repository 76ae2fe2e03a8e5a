//! Experiments and their messages.

use super::{Store, StoreError, restored, stored};
use crate::experiment::event::{ExperimentId, Level, Status};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// An experiment that is about to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewExperiment {
    pub name: String,
    /// The specification as its author wrote it.
    pub spec: String,
    pub seed: u64,
    /// The device, and why it was chosen.
    pub device: String,
    /// Versions of what the results depend on, by name.
    pub versions: BTreeMap<String, String>,
    /// Where its files go. Within the store's own folder it is kept relative to that, so that results can be moved.
    pub folder: PathBuf,
}

/// An experiment as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredExperiment {
    pub id: ExperimentId,
    pub details: NewExperiment,
    /// When it was created: UTC, as in `2026-01-31T23:59:59Z`.
    pub created: String,
    pub status: Status,
    /// What people call it; its name until they say otherwise.
    pub title: String,
    pub note: String,
    /// Words without white space, in order, each once.
    pub tags: Vec<String>,
    /// When it was put into the bin, in the form of [`Self::created`].
    pub deleted: Option<String>,
    /// The specification as a file of its own, with absolute paths; empty for one of Mullion 0.1's first stores.
    pub resolved: String,
}

/// A line of an experiment's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// When it was said: UTC, as in `2026-01-31T23:59:59Z`.
    pub at: String,
    pub level: Level,
    pub text: String,
}

pub(super) const COLUMNS: &str =
    "id, name, spec, seed, device, versions, folder, created, status, failure, title, note, tags, deleted, resolved";

impl Store {
    /// Adds an experiment, queued.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn create_experiment(&mut self, new: &NewExperiment) -> Result<ExperimentId, StoreError> {
        let versions = serde_json::Value::from_iter(new.versions.clone()).to_string();
        let folder = kept_folder(self.folder(), &new.folder);
        let folder = folder.to_string_lossy();
        let (status, _) = status_columns(&Status::Queued);
        self.write("add an experiment", |transaction| {
            transaction.execute(
                "INSERT INTO experiments (name, title, spec, seed, device, versions, folder, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                params![new.name, new.name, new.spec, stored(new.seed), new.device, versions, folder, status],
            )?;
            Ok(ExperimentId(transaction.last_insert_rowid()))
        })
    }

    /// Every experiment that is not in the bin, oldest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn experiments(&self) -> Result<Vec<StoredExperiment>, StoreError> {
        self.read("list the experiments", |connection| {
            let mut statement =
                connection.prepare(&format!("SELECT {COLUMNS} FROM experiments WHERE deleted IS NULL ORDER BY id"))?;
            statement.query_map([], |row| experiment(row, self.folder()))?.collect()
        })
    }

    /// The latest experiment of that name; the bin is left out.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn find_experiment(&self, name: &str) -> Result<Option<StoredExperiment>, StoreError> {
        self.one_experiment("WHERE name = ? AND deleted IS NULL ORDER BY id DESC LIMIT 1", name)
    }

    /// The experiment `id`, be it in the bin.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn experiment(&self, id: ExperimentId) -> Result<Option<StoredExperiment>, StoreError> {
        self.one_experiment("WHERE id = ?", id.0)
    }

    fn one_experiment(&self, which: &str, key: impl rusqlite::ToSql) -> Result<Option<StoredExperiment>, StoreError> {
        self.read("look up an experiment", |connection| {
            let query = format!("SELECT {COLUMNS} FROM experiments {which}");
            connection.query_row(&query, [key], |row| experiment(row, self.folder())).optional()
        })
    }

    /// Says where an experiment stands.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn set_experiment_status(&mut self, id: ExperimentId, status: &Status) -> Result<(), StoreError> {
        let (word, failure) = status_columns(status);
        self.write("set an experiment's status", |transaction| {
            transaction
                .execute("UPDATE experiments SET status = ?, failure = ? WHERE id = ?", params![word, failure, id.0])
                .map(drop)
        })
    }

    /// Says which device an experiment runs on, for one that is resumed on another.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn set_device(&mut self, id: ExperimentId, device: &str) -> Result<(), StoreError> {
        self.write("set an experiment's device", |transaction| {
            transaction.execute("UPDATE experiments SET device = ? WHERE id = ?", params![device, id.0]).map(drop)
        })
    }

    /// Adds a line to an experiment's log.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn log(&mut self, experiment: ExperimentId, level: Level, text: &str) -> Result<(), StoreError> {
        let level = match level {
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
        };
        self.write("log a message", |transaction| {
            transaction
                .execute(
                    "INSERT INTO messages (experiment, level, text) VALUES (?, ?, ?)",
                    params![experiment.0, level, text],
                )
                .map(drop)
        })
    }

    /// An experiment's log, oldest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn messages(&self, experiment: ExperimentId) -> Result<Vec<Message>, StoreError> {
        self.read("read the messages", |connection| messages(connection, experiment))
    }
}

fn messages(connection: &Connection, experiment: ExperimentId) -> rusqlite::Result<Vec<Message>> {
    let mut statement = connection.prepare("SELECT at, level, text FROM messages WHERE experiment = ? ORDER BY id")?;
    let message = |row: &Row<'_>| {
        let word: String = row.get(1)?;
        let level = match word.as_str() {
            "info" => Level::Info,
            "warning" => Level::Warning,
            "error" => Level::Error,
            _ => return Err(unknown_word(1, &word)),
        };
        Ok(Message { at: row.get(0)?, level, text: row.get(2)? })
    };
    statement.query_map([experiment.0], message)?.collect()
}

/// An experiment's folder as it is kept: relative to the store's if it is within, else absolute.
fn kept_folder(own: &Path, folder: &Path) -> PathBuf {
    match folder.strip_prefix(own) {
        Ok(within) => within.to_owned(),
        Err(_) => std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()),
    }
}

/// The inverse of [`kept_folder`] is joining: an absolute path stays as it is.
pub(super) fn experiment(row: &Row<'_>, own: &Path) -> rusqlite::Result<StoredExperiment> {
    let versions: String = row.get(5)?;
    let details = NewExperiment {
        name: row.get(1)?,
        spec: row.get(2)?,
        seed: restored(row.get(3)?),
        device: row.get(4)?,
        versions: serde_json::from_str(&versions)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(5, Type::Text, Box::new(error)))?,
        folder: own.join(row.get::<_, String>(6)?),
    };
    let tags: String = row.get(12)?;
    Ok(StoredExperiment {
        id: ExperimentId(row.get(0)?),
        details,
        created: row.get(7)?,
        status: status(row, 8)?,
        title: row.get(10)?,
        note: row.get(11)?,
        tags: serde_json::from_str(&tags)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(12, Type::Text, Box::new(error)))?,
        deleted: row.get(13)?,
        resolved: row.get(14)?,
    })
}

/// A status as its two columns: a word, and why it failed.
pub(super) fn status_columns(status: &Status) -> (&'static str, &str) {
    let reason = match status {
        Status::Failed(reason) => reason.as_str(),
        _ => "",
    };
    (status.word(), reason)
}

/// The status in the columns `column` and the one after it.
pub(super) fn status(row: &Row<'_>, column: usize) -> rusqlite::Result<Status> {
    let word: String = row.get(column)?;
    Ok(match word.as_str() {
        "queued" => Status::Queued,
        "running" => Status::Running,
        "paused" => Status::Paused,
        "stopped" => Status::Stopped,
        "done" => Status::Done,
        "failed" => Status::Failed(row.get(column + 1)?),
        _ => return Err(unknown_word(column, &word)),
    })
}

/// A word that no version of this program writes.
pub(super) fn unknown_word(column: usize, word: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, format!("the word `{word}` is unknown here").into())
}
