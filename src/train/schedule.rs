//! The paper's learning rate: `base / √max(step, warm-up)` — flat through the warm-up, then decaying (paper 3.5) — and, for
//! trainings that end long before the paper's, a cool-down: the rate goes to zero over the last steps.

use serde::{Deserialize, Serialize};

/// How the optimiser is driven. The defaults are the paper's: with base 1.0 and 10,000 steps of warm-up the rate is 0.01
/// through the warm-up, which Adafactor multiplies by each parameter's root mean square.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    pub base_rate: f64,
    pub warmup_steps: u64,
    /// Weight of the squared log-normaliser in the loss.
    pub z_loss: f64,
    /// Over the last steps the rate falls to zero; none in the paper.
    #[serde(default)]
    pub cooldown: Cooldown,
    /// Changes that were planned before the training began; none in the paper. They come from the spec, not from a
    /// checkpoint.
    #[serde(skip)]
    pub changes: RateChanges,
}

/// From the step after `step` on, the rate is multiplied by `factor`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateChange {
    /// Optimiser steps taken before.
    pub step: u64,
    pub factor: f64,
}

/// Planned changes of the rate, in order of their steps.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RateChanges([Option<RateChange>; Self::MOST]);

impl RateChanges {
    /// A training can have at most so many.
    pub const MOST: usize = 4;

    /// The first [`Self::MOST`] of `changes`, which ascend in their steps.
    pub fn new(changes: impl IntoIterator<Item = RateChange>) -> Self {
        let mut all = Self::default();
        for (place, change) in all.0.iter_mut().zip(changes) {
            *place = Some(change);
        }
        all
    }

    pub fn iter(&self) -> impl Iterator<Item = RateChange> {
        self.0.into_iter().flatten()
    }

    /// What the rate is multiplied by once `step` steps were taken; none if nothing changes then.
    pub fn at(&self, step: u64) -> Option<f64> {
        self.iter().find(|change| change.step == step).map(|change| change.factor)
    }
}

/// The rate is multiplied by a factor that falls in a straight line from 1 after `begin` steps to 0 after `begin + steps`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cooldown {
    pub begin: u64,
    /// 0 for no cool-down.
    pub steps: u64,
}

impl Cooldown {
    /// The last `steps` of `all`.
    pub fn last(steps: u64, all: u64) -> Self {
        if steps == 0 { Self::default() } else { Self { begin: all.saturating_sub(steps), steps } }
    }

    fn factor(self, step: u64) -> f64 {
        let past = step.saturating_sub(self.begin + 1);
        if self.steps == 0 { 1.0 } else { self.steps.saturating_sub(past) as f64 / self.steps as f64 }
    }
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            base_rate: 1.0,
            warmup_steps: 10_000,
            z_loss: 1e-4,
            cooldown: Cooldown::default(),
            changes: RateChanges::default(),
        }
    }
}

impl Schedule {
    /// Learning rate of the 1-based `step`, before any change: [`Self::changes`] are applied with those that are made by
    /// hand, by the loop around the trainer.
    pub fn rate(&self, step: u64) -> f64 {
        self.cooldown.factor(step) * self.base_rate / (step.max(self.warmup_steps).max(1) as f64).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_through_the_warm_up_then_one_over_root_step() {
        let schedule = Schedule::default();
        assert_eq!(schedule.rate(1), 0.01);
        assert_eq!(schedule.rate(10_000), 0.01);
        assert!((schedule.rate(40_000) - 0.005).abs() < 1e-12);
    }

    #[test]
    fn changes_are_found_by_their_steps() {
        let changes = RateChanges::new([RateChange { step: 3, factor: 0.5 }, RateChange { step: 9, factor: 4.0 }]);
        assert_eq!([2, 3, 9].map(|step| changes.at(step)), [None, Some(0.5), Some(4.0)]);
        assert_eq!(RateChanges::default().iter().count(), 0);
    }

    #[test]
    fn the_cool_down_ends_at_zero_behind_the_last_step() {
        let schedule = Schedule { cooldown: Cooldown::last(4, 10), ..Schedule::default() };
        let found: Vec<f64> = (5..=11).map(|step| schedule.rate(step) / 0.01).collect();
        assert_eq!(found, [1.0, 1.0, 1.0, 0.75, 0.5, 0.25, 0.0]);
        assert_eq!(Cooldown::last(0, 10), Cooldown::default());
        assert_eq!(Cooldown::last(20, 10), Cooldown { begin: 0, steps: 20 });
    }
}
