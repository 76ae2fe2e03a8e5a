//! The order of runs, and the experiments that wait for their turn.

use super::{Store, StoreError, stored};
use crate::experiment::event::{ExperimentId, RunId, Status};
use crate::experiment::store::experiments::status_columns;
use rusqlite::{Row, params};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// An experiment that begins when those before it have ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub id: i64,
    /// Its name, to be shown.
    pub name: String,
    /// Its specification.
    pub spec: String,
    /// Settles the specification's relative paths.
    pub path: PathBuf,
    /// The device that was asked for, by name.
    pub device: String,
    /// Whether an earlier experiment of that specification is gone on with.
    pub resume: bool,
}

impl Store {
    /// Says how early a run's turn is; the highest goes first.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn set_priority(&mut self, run: RunId, priority: i64) -> Result<(), StoreError> {
        self.write("set a run's priority", |transaction| {
            transaction.execute("UPDATE runs SET priority = ? WHERE id = ?", params![priority, run.0]).map(drop)
        })
    }

    /// Says how many steps a run takes, once that is known.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn set_steps(&mut self, run: RunId, steps: u64) -> Result<(), StoreError> {
        self.write("set a run's steps", |transaction| {
            transaction.execute("UPDATE runs SET steps = ? WHERE id = ?", params![stored(steps), run.0]).map(drop)
        })
    }

    /// Leaves a run alone, with this status, until it is queued again: resuming its experiment passes it over.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn hold(&mut self, run: RunId, status: &Status) -> Result<(), StoreError> {
        let (word, failure) = status_columns(status);
        self.write("hold a run", |transaction| {
            let update = "UPDATE runs SET held = 1, status = ?, failure = ? WHERE id = ?";
            transaction.execute(update, params![word, failure, run.0]).map(drop)
        })
    }

    /// Queues a run that failed or was cancelled again; it goes on from its last checkpoint.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn queue_again(&mut self, run: RunId) -> Result<(), StoreError> {
        let (word, failure) = status_columns(&Status::Queued);
        self.write("queue a run again", |transaction| {
            let update = "UPDATE runs SET held = 0, status = ?, failure = ? WHERE id = ?";
            transaction.execute(update, params![word, failure, run.0]).map(drop)
        })
    }

    /// The runs of an experiment that are held.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn held(&self, experiment: ExperimentId) -> Result<BTreeSet<RunId>, StoreError> {
        self.read("list the held runs", |connection| {
            let mut statement = connection.prepare("SELECT id FROM runs WHERE experiment = ? AND held = 1")?;
            statement.query_map([experiment.0], |row| row.get(0).map(RunId))?.collect()
        })
    }

    /// The experiments that wait, in the order in which they will begin.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn waiting(&self) -> Result<Vec<Waiting>, StoreError> {
        self.read("list the waiting experiments", |connection| {
            let query = "SELECT id, name, spec, path, device, resume FROM waiting ORDER BY place, id";
            connection.prepare(query)?.query_map([], waiting)?.collect()
        })
    }

    /// Puts an experiment at the end of those that wait; its `id` is given here.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn wait(&mut self, new: &Waiting) -> Result<i64, StoreError> {
        self.write("let an experiment wait", |transaction| {
            transaction.execute(
                "INSERT INTO waiting (place, name, spec, path, device, resume)
                 VALUES ((SELECT coalesce(max(place), 0) + 1 FROM waiting), ?, ?, ?, ?, ?)",
                params![new.name, new.spec, new.path.to_string_lossy(), new.device, new.resume],
            )?;
            Ok(transaction.last_insert_rowid())
        })
    }

    /// Takes an experiment off those that wait; false if it was not among them any more.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn wait_no_more(&mut self, id: i64) -> Result<bool, StoreError> {
        self.write("take a waiting experiment away", |transaction| {
            Ok(transaction.execute("DELETE FROM waiting WHERE id = ?", [id])? > 0)
        })
    }

    /// Puts the waiting experiments into this order; those that are not named come after them.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn wait_in_order(&mut self, order: &[i64]) -> Result<(), StoreError> {
        self.write("reorder the waiting experiments", |transaction| {
            transaction.execute("UPDATE waiting SET place = place + ?", [order.len() as i64])?;
            for (place, id) in order.iter().enumerate() {
                transaction.execute("UPDATE waiting SET place = ? WHERE id = ?", params![place as i64, id])?;
            }
            Ok(())
        })
    }
}

fn waiting(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    Ok(Waiting {
        id: row.get(0)?,
        name: row.get(1)?,
        spec: row.get(2)?,
        path: PathBuf::from(row.get::<_, String>(3)?),
        device: row.get(4)?,
        resume: row.get(5)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_experiments_keep_their_order_over_restarts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mullion.sqlite");
        let mut store = Store::open(&path).unwrap();
        let new = |name: &str| Waiting {
            id: 0,
            name: name.to_owned(),
            spec: format!("name = \"{name}\""),
            path: "specs/x.toml".into(),
            device: "cpu".to_owned(),
            resume: name == "b",
        };
        let ids: Vec<i64> = ["a", "b", "c"].map(|name| store.wait(&new(name)).unwrap()).to_vec();
        let names = |store: &Store| store.waiting().unwrap().into_iter().map(|w| w.name).collect::<Vec<_>>();
        assert_eq!(names(&store), ["a", "b", "c"]);
        store.wait_in_order(&[ids[2], ids[0]]).unwrap();
        drop(store);
        let mut store = Store::open(&path).unwrap();
        assert_eq!(names(&store), ["c", "a", "b"]);
        assert_eq!(store.waiting().unwrap()[2], Waiting { id: ids[1], ..new("b") });
        assert!(store.wait_no_more(ids[0]).unwrap());
        assert!(!store.wait_no_more(ids[0]).unwrap());
        store.wait(&new("d")).unwrap();
        assert_eq!(names(&store), ["c", "b", "d"]);
    }
}
