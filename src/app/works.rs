//! What goes on behind the panes: a list that the Status pane shows, each entry with its progress and its cancel.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The list. Clones share it.
#[derive(Clone, Default)]
pub struct Works(Arc<Mutex<Vec<Arc<Entry>>>>);

struct Entry {
    name: String,
    begun: Instant,
    done: AtomicU64,
    total: AtomicU64,
    cancel: Arc<AtomicBool>,
}

/// A piece of work that goes on; it leaves the list when it is dropped.
pub struct Work {
    list: Works,
    entry: Arc<Entry>,
}

/// A piece of work as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    pub name: String,
    pub elapsed: Duration,
    /// From 0 to 1; none while nobody knows.
    pub fraction: Option<f32>,
    /// Time left at the rate so far.
    pub left: Option<Duration>,
    /// Whether it was told to end.
    pub cancelled: bool,
}

impl Works {
    /// Adds a piece of work under a name such as `Reading the atlas`.
    pub fn begin(&self, name: impl Into<String>) -> Work {
        let entry = Arc::new(Entry {
            name: name.into(),
            begun: Instant::now(),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            cancel: Arc::default(),
        });
        self.lock().push(Arc::clone(&entry));
        Work { list: self.clone(), entry }
    }

    /// What goes on now, oldest first.
    pub fn shown(&self) -> Vec<Shown> {
        self.lock().iter().map(|entry| entry.shown()).collect()
    }

    /// Tells the piece of work at `index` of [`Works::shown`] to end, if it is still the one of that name.
    pub fn cancel(&self, index: usize, name: &str) {
        if let Some(entry) = self.lock().get(index).filter(|entry| entry.name == name) {
            entry.cancel.store(true, Ordering::Relaxed);
        }
    }

    /// The list is whole between statements, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Entry>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Work {
    /// Says how far it is, in units of its own; a total of 0 is unknown.
    pub fn progress(&self, done: u64, total: u64) {
        self.entry.done.store(done, Ordering::Relaxed);
        self.entry.total.store(total, Ordering::Relaxed);
    }

    /// The flag that the work has to watch.
    pub fn cancel(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.entry.cancel)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.list.lock().retain(|entry| !Arc::ptr_eq(entry, &self.entry));
    }
}

impl Entry {
    fn shown(&self) -> Shown {
        let (done, total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        let fraction = (total > 0).then(|| (done as f32 / total as f32).min(1.0));
        let elapsed = self.begun.elapsed();
        // A rate from the first moments would be a guess.
        let known = fraction.filter(|fraction| *fraction > 0.02 && elapsed > Duration::from_millis(500));
        Shown {
            name: self.name.clone(),
            elapsed,
            fraction,
            left: known.map(|fraction| elapsed.mul_f32((1.0 - fraction) / fraction)),
            cancelled: self.cancel.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_listed_while_it_lives_and_cancelled_by_its_name() {
        let works = Works::default();
        let first = works.begin("first");
        let second = works.begin("second");
        second.progress(3, 4);
        let names: Vec<_> = works.shown().into_iter().map(|shown| (shown.name, shown.fraction)).collect();
        assert_eq!(names, [("first".to_owned(), None), ("second".to_owned(), Some(0.75))]);
        works.cancel(1, "first");
        assert!(!second.cancel().load(Ordering::Relaxed), "the name is another's by now");
        works.cancel(1, "second");
        assert!(second.cancel().load(Ordering::Relaxed) && !first.cancel().load(Ordering::Relaxed));
        drop(first);
        assert_eq!(works.shown().len(), 1);
    }
}
