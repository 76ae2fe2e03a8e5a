//! The paper's learning rate: `base / √max(step, warm-up)` — flat through the warm-up, then decaying (paper 3.5).

use serde::{Deserialize, Serialize};

/// How the optimiser is driven. The defaults are the paper's: with base 1.0 and 10,000 steps of warm-up the rate is 0.01
/// through the warm-up, which Adafactor multiplies by each parameter's root mean square.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    pub base_rate: f64,
    pub warmup_steps: u64,
    /// Weight of the squared log-normaliser in the loss.
    pub z_loss: f64,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { base_rate: 1.0, warmup_steps: 10_000, z_loss: 1e-4 }
    }
}

impl Schedule {
    /// Learning rate of the 1-based `step`.
    pub fn rate(&self, step: u64) -> f64 {
        self.base_rate / (step.max(self.warmup_steps).max(1) as f64).sqrt()
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
}
