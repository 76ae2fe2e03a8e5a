//! The file's tables, how they came to be, and the checks that a file is ours.

use super::error::{Doing, StoreError, WAIT_SECONDS};
use super::summaries;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use std::path::Path;
use std::time::{Duration, Instant};

/// SQLite's mark of the program that a file belongs to: `Mull`.
const APPLICATION_ID: i64 = 0x4D75_6C6C;

/// What makes each version of the file from the one before; version 0 is an empty file. Only ever added to.
const MIGRATIONS: [Migration; 5] = [
    Migration { sql: FIRST, then: |_| Ok(()) },
    Migration { sql: MEASURED, then: |_| Ok(()) },
    // Its summaries are made with the means that the fifth version adds.
    Migration { sql: ANNOTATED, then: |_| Ok(()) },
    Migration { sql: QUEUED, then: |_| Ok(()) },
    Migration { sql: "", then: summaries::rebuild },
];

/// A step from one version to the next.
struct Migration {
    sql: &'static str,
    /// What SQL alone cannot say.
    then: fn(&Transaction<'_>) -> rusqlite::Result<()>,
}

/// Experiments, runs, points, results, messages.
pub(super) const FIRST: &str = "
    CREATE TABLE experiments (
        id       INTEGER PRIMARY KEY,
        name     TEXT NOT NULL,
        spec     TEXT NOT NULL,  -- as its author wrote it
        seed     INTEGER NOT NULL,
        device   TEXT NOT NULL,
        versions TEXT NOT NULL,  -- JSON: program or crate to version
        folder   TEXT NOT NULL,
        created  TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
        status   TEXT NOT NULL,
        failure  TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX experiments_by_name ON experiments (name);
    CREATE TABLE runs (
        id         INTEGER PRIMARY KEY,
        experiment INTEGER NOT NULL REFERENCES experiments ON DELETE CASCADE,
        role       TEXT NOT NULL,
        label      TEXT NOT NULL,
        method     TEXT,
        size       TEXT NOT NULL,
        seed       INTEGER NOT NULL,
        steps      INTEGER NOT NULL,
        status     TEXT NOT NULL,
        failure    TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX runs_by_experiment ON runs (experiment);
    -- One row for each measured value: 100,000 of them in a run are common, so names are numbers here.
    CREATE TABLE series (code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    INSERT INTO series VALUES
        (1, 'train bits/byte'), (2, 'validation bits/byte'), (3, 'token ratio'),
        (4, 'accuracy'), (5, 'learning rate'), (6, 'tokens/s');
    CREATE TABLE points (
        run      INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
        series   INTEGER NOT NULL REFERENCES series,
        position INTEGER NOT NULL,  -- in the window, for accuracies; otherwise 0
        step     INTEGER NOT NULL,
        value    REAL,              -- NULL is not a number
        PRIMARY KEY (run, series, position, step)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE results (
        run   INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
        name  TEXT NOT NULL,
        value REAL,                 -- NULL is not a number
        PRIMARY KEY (run, name)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE messages (
        id         INTEGER PRIMARY KEY,
        experiment INTEGER NOT NULL REFERENCES experiments ON DELETE CASCADE,
        at         TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
        level      TEXT NOT NULL,
        text       TEXT NOT NULL
    ) STRICT;
    CREATE INDEX messages_by_experiment ON messages (experiment);
";

/// What runs measure beside their learning.
const MEASURED: &str = "
    INSERT INTO series VALUES (7, 'training seconds'), (8, 'resident bytes'), (9, 'rate factor');
";

/// What people say of their experiments, the bin, and curves aggregated for plots.
const ANNOTATED: &str = "
    ALTER TABLE experiments ADD COLUMN title TEXT NOT NULL DEFAULT '';  -- what people call it; the name is the folder's
    UPDATE experiments SET title = name;
    ALTER TABLE experiments ADD COLUMN note TEXT NOT NULL DEFAULT '';
    ALTER TABLE experiments ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';  -- JSON: words, in order
    ALTER TABLE experiments ADD COLUMN deleted TEXT;                     -- when it was put into the bin
    ALTER TABLE experiments ADD COLUMN resolved TEXT NOT NULL DEFAULT '';  -- the spec with its paths made absolute
    CREATE TABLE summaries (
        run      INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
        series   INTEGER NOT NULL REFERENCES series,
        position INTEGER NOT NULL,
        width    INTEGER NOT NULL,  -- of a bucket: the binary logarithm of its steps
        chunk    INTEGER NOT NULL,  -- the steps of 64 buckets, from a multiple of their span
        buckets  BLOB NOT NULL,     -- of each that has points: its lowest, its highest, mean and count
        UNIQUE (run, series, position, width, chunk)
    ) STRICT;
";

/// The order of runs, and experiments that wait for their turn.
const QUEUED: &str = "
    ALTER TABLE runs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE runs ADD COLUMN held INTEGER NOT NULL DEFAULT 0;  -- 1: left alone until it is queued again
    CREATE TABLE waiting (
        id     INTEGER PRIMARY KEY,
        place  INTEGER NOT NULL,
        name   TEXT NOT NULL,
        spec   TEXT NOT NULL,
        path   TEXT NOT NULL,
        device TEXT NOT NULL,
        resume INTEGER NOT NULL
    ) STRICT;
";

const NEWEST: i64 = MIGRATIONS.len() as i64;

/// Opens or makes the store at `path`. Nothing is written before the file is known to be ours, or empty.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    let failed = |error| Doing { what: "open the results store", path }.failed(error);
    // Without SQLite's URI names, in which some characters of a path would mean something else.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(Duration::from_secs(WAIT_SECONDS)).map_err(failed)?;
    let mut version = check(&connection, path)?;
    switch_to_wal(&connection).map_err(failed)?;
    connection.pragma_update(None, "synchronous", "NORMAL").map_err(failed)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
    if version < NEWEST {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        // Another process may have brought the file up to date while this one waited for the lock.
        version = check(&transaction, path)?;
        for migration in MIGRATIONS.iter().skip(version as usize) {
            transaction.execute_batch(migration.sql).map_err(failed)?;
            (migration.then)(&transaction).map_err(failed)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
        transaction.pragma_update(None, "user_version", NEWEST).map_err(failed)?;
        transaction.commit().map_err(failed)?;
    }
    Ok(connection)
}

/// SQLite does not wait by itself for others to let go of a file whose journal is changed, as when several open a new one.
fn switch_to_wal(connection: &Connection) -> rusqlite::Result<()> {
    let deadline = Instant::now() + Duration::from_secs(WAIT_SECONDS);
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(10));
            }
            done => return done,
        }
    }
}

/// The file's version, if it is a store or empty.
fn check(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    let failed = |error| Doing { what: "open the results store", path }.failed(error);
    // One statement, so that all three are of one moment.
    let numbers = "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
                   FROM pragma_application_id, pragma_user_version";
    let (application, version, tables): (i64, i64, i64) =
        connection.query_row(numbers, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).map_err(failed)?;
    match (application, version) {
        (0, 0) if tables == 0 => Ok(0),
        (APPLICATION_ID, 1..=NEWEST) => Ok(version),
        (APPLICATION_ID, 0) => {
            Err(StoreError::Foreign { path: path.to_owned(), reason: "its version is missing".to_owned() })
        }
        (APPLICATION_ID, _) => Err(StoreError::Newer { path: path.to_owned(), found: version, newest: NEWEST }),
        _ => {
            Err(StoreError::Foreign { path: path.to_owned(), reason: "it is another program's SQLite file".to_owned() })
        }
    }
}
