//! How far a command is that goes through bytes: a bar with the time left on a terminal, nothing elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

/// A bar on standard error.
pub struct Meter {
    bar: ProgressBar,
}

impl Meter {
    /// Of work called `name`, on so many bytes if that is known.
    pub fn new(name: &str, bytes: Option<u64>) -> Self {
        let template = match bytes {
            Some(_) => "{prefix} {wide_bar:.cyan/blue} {bytes}/{total_bytes} {bytes_per_sec} {eta} left",
            None => "{prefix} {spinner} {bytes} {bytes_per_sec}",
        };
        let bar = match std::io::stderr().is_terminal() {
            true => bytes.map_or_else(ProgressBar::new_spinner, ProgressBar::new).with_prefix(name.to_owned()),
            false => ProgressBar::hidden(),
        };
        Self { bar: ProgressStyle::with_template(template).map_or(bar.clone(), |style| bar.with_style(style)) }
    }

    /// So many bytes are done; says to stop if `cancel` does.
    pub fn advance(&mut self, done: u64, cancel: &AtomicBool) -> ControlFlow<()> {
        self.bar.set_position(done);
        match cancel.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}
