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
        Self { base_rate: 1.0, warmup_steps: 10_000, z_loss: 1e-4, cooldown: Cooldown::default() }
    }
}

impl Schedule {
    /// Learning rate of the 1-based `step`.
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
    fn the_cool_down_ends_at_zero_behind_the_last_step() {
        let schedule = Schedule { cooldown: Cooldown::last(4, 10), ..Schedule::default() };
        let found: Vec<f64> = (5..=11).map(|step| schedule.rate(step) / 0.01).collect();
        assert_eq!(found, [1.0, 1.0, 1.0, 0.75, 0.5, 0.25, 0.0]);
        assert_eq!(Cooldown::last(0, 10), Cooldown::default());
        assert_eq!(Cooldown::last(20, 10), Cooldown { begin: 0, steps: 20 });
    }
}
