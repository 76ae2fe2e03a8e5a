//! What can go wrong with the store, and what its user can do about it.

use rusqlite::ErrorCode;
use std::path::{Path, PathBuf};

/// A store that cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{} is no Mullion store: {reason}. Choose another results folder, or move the file away", path.display())]
    Foreign { path: PathBuf, reason: String },
    #[error(
        "{} was written by a newer Mullion (store version {found}, this program reads up to {newest}): update Mullion to open it",
        path.display()
    )]
    Newer { path: PathBuf, found: i64, newest: i64 },
    #[error(
        "{} is damaged ({source}). Keep a copy of it and of the files beside it; experiments that are run again go into a new store",
        path.display()
    )]
    Damaged { path: PathBuf, source: rusqlite::Error },
    #[error(
        "no space left while trying to {doing} in {}: free some space and resume; nothing recorded so far is lost",
        path.display()
    )]
    Full { path: PathBuf, doing: &'static str },
    #[error(
        "could not {doing} in {}: another program has been writing to it for {WAIT_SECONDS} seconds. Let it finish, or close it, and try again",
        path.display()
    )]
    Busy { path: PathBuf, doing: &'static str },
    #[error(
        "could not {doing} in {} ({source}): check that the folder exists and that you may write to it and to the file",
        path.display()
    )]
    NotWritable { path: PathBuf, doing: &'static str, source: rusqlite::Error },
    #[error("could not {doing} in {}: {source}", path.display())]
    Sql { path: PathBuf, doing: &'static str, source: rusqlite::Error },
}

/// How long a writer waits for another one, in seconds.
pub(super) const WAIT_SECONDS: u64 = 10;

/// What was being done to which store, to turn SQLite's errors into ours.
#[derive(Clone, Copy)]
pub(super) struct Doing<'a> {
    /// Completes "could not … in FILE".
    pub what: &'static str,
    pub path: &'a Path,
}

impl Doing<'_> {
    pub fn failed(self, source: rusqlite::Error) -> StoreError {
        let (path, doing) = (self.path.to_owned(), self.what);
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full { path, doing },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy { path, doing },
            Some(ErrorCode::NotADatabase) => StoreError::Foreign { path, reason: "it is no SQLite file".to_owned() },
            Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged { path, source },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                StoreError::NotWritable { path, doing, source }
            }
            _ => StoreError::Sql { path, doing, source },
        }
    }
}
