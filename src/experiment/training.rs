//! The loop around the trainer, the same for M1 and M2: steps, curves, evaluations, checkpoints, commands.

use super::RunError;
use super::event::{Level, RunInfo, Series, Status};
use super::reporter::{Next, Reporter};
use super::store::TRAINING_SECONDS;
use crate::gpu::read_f32;
use crate::measure::bits_per_byte;
use crate::train::{Batch, Checkpoint, CheckpointOf, Schedule, Trainer};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Points of the training curve that one run records.
const CURVE_POINTS: u64 = 1_000;
/// Evaluations of one run, the last one at its last step.
pub const EVALUATIONS: u64 = 12;
/// A run that is killed loses at most about this much work.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(4);

/// Asking the system for the process's memory may take milliseconds.
const MEMORY_EVERY: Duration = Duration::from_secs(2);

/// What the loop needs to know of a run.
pub struct Training<'a> {
    pub run: &'a mut RunInfo,
    pub steps: u64,
    pub batch: usize,
    /// Symbols of one example.
    pub context: usize,
    pub seed: u64,
    pub schedule: Schedule,
    pub checkpoint: PathBuf,
    /// Compared on resume: see [`Checkpoint::identity`].
    pub identity: String,
}

/// Where a run's batches come from.
pub trait Data {
    fn next_batch(&mut self, batch: usize) -> Result<Batch, RunError>;
    /// Examples drawn so far: the cursor that a checkpoint keeps.
    fn drawn(&self) -> u64;
    /// Raw bytes per token of a batch, for the training curve's unit.
    fn bytes_per_token(&self, batch: &Batch) -> f64;
}

/// Whether the loop got to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    AllSteps,
    Stopped,
}

/// A loss that is no number ends a run before its weights replace the last good checkpoint.
pub fn check_finite(loss: f64, run: &RunInfo, step: u64) -> Result<(), RunError> {
    if loss.is_finite() { Ok(()) } else { Err(RunError::Diverged { label: run.label.clone(), step }) }
}

/// Trains until `training.steps`; `evaluate` is called at even distances and after the last step.
pub fn train(
    reporter: &mut Reporter,
    training: &mut Training,
    trainer: &mut Trainer,
    data: &mut dyn Data,
    evaluate: &mut dyn FnMut(&mut Reporter, &mut RunInfo, &Trainer) -> Result<(), RunError>,
) -> Result<Ended, RunError> {
    let steps = training.steps;
    let curve_every = steps.div_ceil(CURVE_POINTS);
    let evaluate_every = steps.div_ceil(EVALUATIONS);
    reporter.status(training.run, Status::Running)?;
    // A change that was asked for while nothing trained is of no training.
    let _ = reporter.take_rate_factor();
    let last = |series| reporter.store.series(training.run.id, series).map(|points| points.last().map(|last| last[1]));
    trainer.set_rate_factor(last(Series::RateFactor)?.unwrap_or(1.0));
    let mut clock = Clock::from(last(Series::Seconds)?.unwrap_or(0.0));
    let mut memory_read: Option<Instant> = None;
    if trainer.steps_taken() == 0 {
        evaluate(reporter, training.run, trainer)?;
    }
    let mut saved = Instant::now();
    let mut saving = Duration::ZERO;
    let mut since = (Instant::now(), 0u64);
    reporter.progress(trainer.steps_taken(), steps, "steps");
    while trainer.steps_taken() < steps {
        let batch = data.next_batch(training.batch)?;
        let rate = trainer.next_rate();
        let nats = trainer.step(&batch);
        let step = trainer.steps_taken();
        since.1 += batch.ids.len() as u64;
        // Reading a loss waits for the device, so only the steps on the curve do.
        if step.is_multiple_of(curve_every) || step == steps {
            let nats = f64::from(read_f32(nats)?.first().copied().unwrap_or(f32::NAN));
            check_finite(nats, training.run, step)?;
            let bits = bits_per_byte(nats, 1.0, data.bytes_per_token(&batch));
            reporter.point(training.run, Series::TrainBitsPerByte, step, bits)?;
            reporter.point(training.run, Series::LearningRate, step, rate)?;
            reporter.point(training.run, Series::Seconds, step, clock.seconds())?;
            let seconds = since.0.elapsed().as_secs_f64();
            if seconds > 0.2 {
                reporter.point(training.run, Series::TokensPerSecond, step, since.1 as f64 / seconds)?;
                since = (Instant::now(), 0);
            }
        }
        if memory_read.is_none_or(|read| read.elapsed() > MEMORY_EVERY)
            && let Some(memory) = memory_stats::memory_stats()
        {
            reporter.point(training.run, Series::MemoryBytes, step, memory.physical_mem as f64)?;
            memory_read = Some(Instant::now());
        }
        if step.is_multiple_of(evaluate_every) || step == steps {
            evaluate(reporter, training.run, trainer)?;
            since = (Instant::now(), 0);
        }
        reporter.progress(step, steps, "steps");
        let next = reporter.next();
        // Before the checkpoint, so that whatever goes on from it goes on at the rate that was changed.
        if let Some(factor) = training.schedule.changes.at(step) {
            change_rate(reporter, training.run, trainer, factor)?;
        }
        if let Some(factor) = reporter.take_rate_factor() {
            change_rate(reporter, training.run, trainer, factor)?;
        }
        // A checkpoint that takes long is made less often: a twentieth of the time at most.
        let due = saved.elapsed() > CHECKPOINT_EVERY.max(saving * 20);
        if due || next != Next::GoOn || step == steps {
            let start = Instant::now();
            let seconds = clock.seconds();
            reporter.point(training.run, Series::Seconds, step, seconds)?;
            reporter.result(training.run, TRAINING_SECONDS, seconds)?;
            // Points first: what a checkpoint is past is never measured again, what comes after one is cut on resume.
            reporter.store.flush()?;
            let of = CheckpointOf {
                schedule: training.schedule,
                seed: training.seed,
                context: training.context,
                identity: &training.identity,
            };
            Checkpoint::save(trainer, &of, data.drawn(), &training.checkpoint)?;
            saving = start.elapsed();
            saved = Instant::now();
        }
        let stop = match next {
            Next::GoOn => false,
            Next::Stop => true,
            Next::Pause => {
                clock.hold();
                let next = reporter.hold(Some(training.run))?;
                clock.go_on();
                since = (Instant::now(), 0);
                if let Some(factor) = reporter.take_rate_factor() {
                    change_rate(reporter, training.run, trainer, factor)?;
                }
                next == Next::Stop
            }
        };
        if stop && step < steps {
            reporter.status(training.run, Status::Stopped)?;
            return Ok(Ended::Stopped);
        }
    }
    Ok(Ended::AllSteps)
}

/// Multiplies the learning rate from the next step on, and says so.
fn change_rate(reporter: &mut Reporter, run: &RunInfo, trainer: &mut Trainer, factor: f64) -> Result<(), RunError> {
    let step = trainer.steps_taken();
    trainer.set_rate_factor(trainer.rate_factor() * factor);
    reporter.point(run, Series::RateFactor, step, trainer.rate_factor())?;
    let text = format!("{}: learning rate × {factor} after step {step}, now {:.3e}", run.label, trainer.next_rate());
    Ok(reporter.message(Level::Info, text)?)
}

/// Training time, which stands still while a run is held.
struct Clock {
    before: f64,
    /// When it was last let go; none while it stands.
    since: Option<Instant>,
}

impl Clock {
    /// A clock that goes on from so many seconds.
    fn from(seconds: f64) -> Self {
        Self { before: seconds, since: Some(Instant::now()) }
    }

    fn seconds(&self) -> f64 {
        self.before + self.since.map_or(0.0, |since| since.elapsed().as_secs_f64())
    }

    fn hold(&mut self) {
        *self = Self { before: self.seconds(), since: None };
    }

    fn go_on(&mut self) {
        *self = Self::from(self.seconds());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_stands_while_a_run_is_held() {
        let mut clock = Clock::from(100.0);
        assert!(clock.seconds() >= 100.0);
        clock.hold();
        let held = clock.seconds();
        std::thread::sleep(Duration::from_millis(3));
        assert_eq!(clock.seconds(), held);
        clock.go_on();
        std::thread::sleep(Duration::from_millis(3));
        assert!(clock.seconds() >= held + 0.003);
    }
}
