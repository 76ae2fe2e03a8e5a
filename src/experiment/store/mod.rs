//! Results as they happen: one SQLite file that the worker writes and every face reads.
//!
//! Points are gathered and committed together, at the latest with the first [`Store::record`] or
//! [`Store::flush_if_due`] that comes a second after the last commit, and with everything else that is written, which is
//! committed at once. So a process that is killed at any moment loses about the last second of points and nothing else,
//! never has a run marked as done whose points are missing, and leaves no half-written file. The file is in WAL mode with
//! `synchronous=NORMAL`: a power cut may take the last few commits too, but no more, and does not damage it. One process
//! writes at a time and the others wait for their turn; readers never wait.

mod error;
mod experiments;
mod keeping;
mod listing;
mod points;
mod queue;
mod runs;
mod schema;
mod summaries;
mod thinned;

pub use error::StoreError;
pub use experiments::{Message, NewExperiment, StoredExperiment};
pub use listing::Listed;
pub use queue::Waiting;
pub use runs::{
    NewRun, TOKENISE_BYTES_PER_SECOND, TRAINING_BYTES_PER_STEP, TRAINING_SECONDS, UNIFORM_BITS_PER_BYTE,
    UNIGRAM_BITS_PER_BYTE, held_out_tokens, is_by_position, trivial_accuracy,
};
pub use thinned::{Mean, Stretch, Thinned};

use error::Doing;
use points::Pending;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};

/// An open store. It is for one thread; another thread, or process, opens the same path for itself.
pub struct Store {
    connection: Connection,
    path: PathBuf,
    pending: Pending,
}

impl Store {
    /// Opens the store at `path`, or makes a new one there (its folder must exist).
    ///
    /// # Errors
    /// If the file is something else, was written by a newer Mullion, is damaged, or may not be written to. Such a file
    /// is left as it was.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = schema::open(path)?;
        Ok(Self { connection, path: path.to_owned(), pending: Pending::new() })
    }

    /// Where the store lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that the store lies in.
    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Takes the file's write lock, waiting for another process that holds it, and commits the gathered points and what
    /// `work` writes together. On an error nothing of it is committed and the points stay gathered.
    fn write<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let path = &self.path;
        let failed = |error| Doing { what: doing, path }.failed(error);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        self.pending.insert(&transaction).map_err(failed)?;
        let done = work(&transaction).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        self.pending.clear();
        Ok(done)
    }

    fn read<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        work(&self.connection).map_err(|error| Doing { what: doing, path: &self.path }.failed(error))
    }
}

/// A whole number as SQLite's signed 64 bits hold it. Every value comes back; the order holds below 2^63.
fn stored(number: u64) -> i64 {
    number.cast_signed()
}

/// The inverse of [`stored`].
fn restored(number: i64) -> u64 {
    number.cast_unsigned()
}

#[cfg(test)]
mod migrated;
#[cfg(test)]
mod tests;
