//! What people say of their experiments, and the bin.

use super::{Store, StoreError};
use crate::experiment::event::ExperimentId;
use rusqlite::{ToSql, params};

impl Store {
    /// Calls an experiment something else. Its name, which its folder has, stays.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn set_title(&mut self, id: ExperimentId, title: &str) -> Result<(), StoreError> {
        self.set(id, "rename an experiment", "title", title)
    }

    /// # Errors
    /// If the store cannot be written to.
    pub fn set_note(&mut self, id: ExperimentId, note: &str) -> Result<(), StoreError> {
        self.set(id, "annotate an experiment", "note", note)
    }

    /// Replaces an experiment's tags by the words of `tags`, in order, each once.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn set_tags(&mut self, id: ExperimentId, tags: &[String]) -> Result<(), StoreError> {
        let mut words: Vec<&str> = tags.iter().flat_map(|tag| tag.split_whitespace()).collect();
        words.sort_unstable();
        words.dedup();
        self.set(id, "tag an experiment", "tags", serde_json::Value::from(words).to_string())
    }

    /// Keeps the specification as a file of its own, with absolute paths: what a later resume or copy starts from.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub fn set_resolved(&mut self, id: ExperimentId, spec: &str) -> Result<(), StoreError> {
        self.set(id, "keep the specification", "resolved", spec)
    }

    /// Puts an experiment into the bin, or takes it out. Nothing of it is lost.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub(in crate::experiment) fn set_binned(&mut self, id: ExperimentId, binned: bool) -> Result<(), StoreError> {
        let now = if binned { "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')" } else { "NULL" };
        self.write("move an experiment to or from the bin", |transaction| {
            transaction.execute(&format!("UPDATE experiments SET deleted = {now} WHERE id = ?"), [id.0]).map(drop)
        })
    }

    /// Forgets an experiment that is in the bin, with all that was measured, for good.
    ///
    /// # Errors
    /// If the store cannot be written to.
    pub(in crate::experiment) fn forget(&mut self, id: ExperimentId) -> Result<(), StoreError> {
        self.write("empty the bin", |transaction| {
            transaction.execute("DELETE FROM experiments WHERE id = ? AND deleted IS NOT NULL", [id.0]).map(drop)
        })
    }

    fn set(
        &mut self,
        id: ExperimentId,
        doing: &'static str,
        column: &'static str,
        value: impl ToSql,
    ) -> Result<(), StoreError> {
        self.write(doing, |transaction| {
            let query = format!("UPDATE experiments SET {column} = ? WHERE id = ?");
            transaction.execute(&query, params![value, id.0]).map(drop)
        })
    }
}
