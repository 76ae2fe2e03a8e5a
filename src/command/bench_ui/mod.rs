//! `mullion bench ui`: is the window quick enough to feel like an instrument?
//!
//! Every figure is printed beside what it has to reach. Frames are drawn without a screen (layout and tessellation, which
//! is what the window's thread does; the graphics driver paints elsewhere) and counted in the thread's own CPU time, so
//! that what else the machine does is not in them; answers to input are counted in time as a reader would feel it.

mod cutting;
mod frames;
mod runs;
mod start;
mod windows;

use self::runs::Amount;
use super::CommandError;
use super::table::Table;
use clap::ValueEnum;
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub struct BenchUi {
    /// Frames that are drawn for each figure
    #[arg(long, default_value_t = 400, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(20..))]
    frames: u32,

    /// Runs in the store that the Runs and Live panes are measured with
    #[arg(long, default_value_t = 500, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    runs: u64,

    /// Points of each of its curves
    #[arg(long, default_value_t = 100_000, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(2..=10_000_000))]
    points: u64,

    /// Measure this part alone
    #[arg(long, value_enum, value_name = "PART")]
    only: Option<Part>,
}

/// What is measured together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// First paint and first text
    Start,
    /// A text cut anew
    Cutting,
    /// Frames over a long text
    Windows,
    /// Frames while a model trains
    Training,
    /// A store of many long runs
    Runs,
}

/// One figure with what it has to reach.
struct Figure {
    what: String,
    measured: String,
    wanted: String,
    /// None where it was not measured; the text says why.
    reached: Option<bool>,
}

impl BenchUi {
    pub fn run(&self) -> Result<(), CommandError> {
        let mut table = Table::new(["figure", "measured", "wanted", ""]);
        let mut take = |figures: Vec<Figure>| {
            for Figure { what, measured, wanted, reached } in figures {
                let verdict = match reached {
                    Some(true) => "reached",
                    Some(false) => "MISSED",
                    None => "not measured",
                };
                eprintln!("{what}: {measured} (wanted {wanted}): {verdict}");
                table.row(vec![what, measured, wanted, verdict.to_owned()]);
            }
        };
        for part in Part::value_variants().iter().filter(|part| self.only.is_none_or(|only| only == **part)) {
            take(match part {
                Part::Start => start::measure()?,
                Part::Cutting => cutting::measure()?,
                Part::Windows => windows::measure(self.frames)?,
                Part::Training => frames::measure(self.frames)?,
                Part::Runs => runs::measure(Amount { runs: self.runs, points: self.points }, self.frames)?,
            });
        }
        println!("\n{table}");
        Ok(())
    }
}

impl Figure {
    /// A time that has to stay below a bound.
    fn below(what: impl Into<String>, measured: Duration, bound: Duration) -> Self {
        Self {
            what: what.into(),
            measured: milliseconds(measured),
            wanted: format!("< {}", milliseconds(bound)),
            reached: Some(measured < bound),
        }
    }

    fn unmeasured(what: impl Into<String>, why: impl Into<String>, bound: Duration) -> Self {
        Self { what: what.into(), measured: why.into(), wanted: format!("< {}", milliseconds(bound)), reached: None }
    }
}

fn milliseconds(time: Duration) -> String {
    let milliseconds = 1e3 * time.as_secs_f64();
    if milliseconds < 100.0 { format!("{milliseconds:.1} ms") } else { format!("{milliseconds:.0} ms") }
}

/// The time that `share` of all stay within.
fn percentile(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    times.get(((last as f64) * share).round() as usize).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_times() {
        let mut times: Vec<Duration> = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile(&mut times, 0.0), Duration::from_millis(1));
        assert_eq!(percentile(&mut times, 1.0), Duration::from_millis(100));
        assert_eq!(percentile(&mut times, 0.95), Duration::from_millis(95));
        assert_eq!(percentile(&mut [], 0.95), Duration::ZERO);
    }
}
