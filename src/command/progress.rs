//! A running experiment on the command line: bars with time left on a terminal, plain lines elsewhere.

use super::CommandError;
use crate::experiment::event::{Event, ExperimentId, Level, Outcome, Progress, RunId, RunInfo, Series};
use crate::experiment::handle::Handle;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// A plain line of progress is printed at most this often.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Prints everything the worker says until it ends, and returns which experiment it was. Progress goes to standard error,
/// so that tables can be piped.
///
/// # Errors
/// If the run failed; the message is the run's.
pub fn follow(handle: Handle) -> Result<(ExperimentId, Outcome), CommandError> {
    follow_from(handle, &mut |_| ())
}

/// As [`follow`]; `begun` is told when the experiment stands in the store and begins.
///
/// # Errors
/// As [`follow`].
pub fn follow_from(
    handle: Handle,
    begun: &mut dyn FnMut(ExperimentId),
) -> Result<(ExperimentId, Outcome), CommandError> {
    let mut printer = Printer::new();
    let mut followed = None;
    let mut ended = Outcome::Failed("the worker ended without a word; please report this as a bug".to_owned());
    for event in &handle.events {
        match event {
            Event::Finished(outcome) => {
                ended = outcome;
                break;
            }
            Event::Started { experiment, .. } => {
                followed = Some(experiment);
                begun(experiment);
            }
            _ => {}
        }
        printer.event(event);
    }
    printer.clear();
    // The events have ended, so the worker has nothing left to do.
    let _ = handle.thread.join();
    match (ended, followed) {
        (Outcome::Failed(reason), _) => Err(CommandError::RunFailed(reason)),
        (outcome, Some(experiment)) => Ok((experiment, outcome)),
        (_, None) => Err(CommandError::RunFailed("the worker ended before it began".to_owned())),
    }
}

struct Printer {
    bar: Option<ProgressBar>,
    terminal: bool,
    last_line: Option<Instant>,
    stage: String,
    labels: BTreeMap<RunId, String>,
}

impl Printer {
    fn new() -> Self {
        Self {
            bar: None,
            terminal: std::io::stderr().is_terminal(),
            last_line: None,
            stage: String::new(),
            labels: BTreeMap::new(),
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Started { name, device, folder, .. } => {
                self.line(&format!("{name}: results go to {}", folder.display()));
                self.line(&format!("device: {device}"));
            }
            Event::Run(RunInfo { id, label, .. }) => {
                self.labels.insert(id, label);
            }
            Event::Stage { index, count, name } => {
                self.clear();
                self.stage = format!("[{index}/{count}] {name}");
                self.last_line = None;
                if self.terminal {
                    let style = ProgressStyle::with_template("{prefix} {wide_bar:.cyan/blue} {msg}");
                    let bar = ProgressBar::new(1).with_prefix(self.stage.clone());
                    self.bar = Some(match style {
                        Ok(style) => bar.with_style(style),
                        Err(_) => bar,
                    });
                } else {
                    self.line(&self.stage.clone());
                }
            }
            Event::Progress(progress) => self.progress(&progress),
            Event::Point(point) if point.series == Series::ValidationBitsPerByte => {
                let label = self.labels.get(&point.run).cloned().unwrap_or_default();
                self.line(&format!("  {label}: step {}, {:.3} bits/byte on held-out text", point.step, point.value));
            }
            Event::Point(_) => {}
            Event::Message { level, text } => {
                let prefix = match level {
                    Level::Info => "  ",
                    Level::Warning => "warning: ",
                    Level::Error => "error: ",
                };
                self.line(&format!("{prefix}{text}"));
            }
            Event::Paused => self.line("  paused"),
            Event::Resumed => self.line("  resumed"),
            Event::Finished(_) => {}
        }
    }

    fn progress(&mut self, progress: &Progress) {
        let text = describe(progress);
        match &self.bar {
            Some(bar) => {
                bar.set_length(progress.total);
                bar.set_position(progress.done);
                bar.set_message(text);
            }
            None => {
                let due = self.last_line.is_none_or(|last| last.elapsed() >= LINE_EVERY);
                // The first report has no rate yet and says nothing.
                if due && progress.eta_seconds.is_some() {
                    self.last_line = Some(Instant::now());
                    self.line(&format!("  {text}"));
                }
            }
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => eprintln!("{text}"),
        }
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
            eprintln!("{} done in {}", self.stage, duration(bar.elapsed().as_secs_f64()));
        }
    }
}

/// `120/900 steps, 14.2 steps/s, 55 s left`
pub fn describe(progress: &Progress) -> String {
    let Progress { done, total, unit, rate, eta_seconds } = progress;
    let left = eta_seconds.map(|seconds| format!(", {} left", duration(seconds))).unwrap_or_default();
    match *unit {
        "bytes" if *total == 0 => format!("{}, {}/s", bytes(*done as f64), bytes(*rate)),
        "bytes" => format!("{}/{}, {}/s{left}", bytes(*done as f64), bytes(*total as f64), bytes(*rate)),
        unit => format!("{done}/{total} {unit}, {rate:.1} {unit}/s{left}"),
    }
}

/// Seconds in the two largest units that say something.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

fn bytes(count: f64) -> String {
    match count {
        c if c < 1e4 => format!("{c:.0} B"),
        c if c < 1e7 => format!("{:.0} kB", c / 1e3),
        c if c < 1e10 => format!("{:.1} MB", c / 1e6),
        c => format!("{:.1} GB", c / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_say_them() {
        assert_eq!(duration(4.4), "4 s");
        assert_eq!(duration(125.0), "2 min 5 s");
        assert_eq!(duration(7300.0), "2 h 1 min");
    }

    #[test]
    fn bytes_are_scaled() {
        let progress =
            Progress { done: 1_500_000, total: 20_000_000, unit: "bytes", rate: 250_000.0, eta_seconds: Some(74.0) };
        assert_eq!(describe(&progress), "1500 kB/20.0 MB, 250 kB/s, 1 min 14 s left");
    }
}
