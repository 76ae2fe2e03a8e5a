//! Stopping work that takes long, and seeing how far it is.

use super::TokenizeError;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Shortest time between two reports.
const REPORT_EVERY: Duration = Duration::from_millis(50);

/// The caller's hold on a call that may take long.
#[derive(Clone, Default)]
pub struct Control {
    /// Set it to stop the call soon; it then fails with [`TokenizeError::Cancelled`].
    pub cancel: Arc<AtomicBool>,
    /// Told now and then, and at the end, how many symbols are done since the call began.
    pub progress: Option<Arc<dyn Fn(u64) + Send + Sync>>,
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").field("cancel", &self.cancel).finish_non_exhaustive()
    }
}

/// One call's reports.
pub(super) struct Meter<'a> {
    control: &'a Control,
    silent: bool,
    done: u64,
    reported: Instant,
}

impl<'a> Meter<'a> {
    pub fn new(control: &'a Control) -> Self {
        Self { control, silent: false, done: 0, reported: Instant::now() }
    }

    /// For a part of a call, whose reports come from the whole of it.
    pub fn silent(control: &'a Control) -> Self {
        Self { silent: true, ..Self::new(control) }
    }

    /// Counts `symbols` more as done.
    ///
    /// # Errors
    /// If the call is to stop.
    pub fn advance(&mut self, symbols: usize) -> Result<(), TokenizeError> {
        self.done += symbols as u64;
        if self.control.cancel.load(Ordering::Relaxed) {
            return Err(TokenizeError::Cancelled);
        }
        if self.reported.elapsed() >= REPORT_EVERY {
            self.report();
        }
        Ok(())
    }

    /// The last report.
    pub fn finish(mut self) {
        self.report();
    }

    fn report(&mut self) {
        self.reported = Instant::now();
        if let Some(progress) = self.control.progress.as_ref().filter(|_| !self.silent) {
            progress(self.done);
        }
    }
}
