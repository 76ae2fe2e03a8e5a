//! Budgets: how long a run trains where it is to be matched with others instead of counting its own steps.
//!
//! Runs of one number of steps are matched by tokens only: under a method with more bytes to the token an M2 sees more
//! text, and under a larger vocabulary each of its steps costs more. A budget says what is to be equal, and each run's
//! steps follow from it; by bytes and by FLOPs they hang on how much text a token stands for, which is known once the
//! training rows are made.

use super::{RunSpec, Training};
use crate::model::Shape;
use crate::train::Cooldown;
use std::fmt;

/// What is equal among runs with the same budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetUnit {
    /// Tokens that M2 is trained on.
    Tokens,
    /// Raw bytes of the text that those tokens stand for.
    Bytes,
    /// Operations of M2's training steps and, where the method runs it, of M1 over their text.
    Flops,
}

impl BudgetUnit {
    pub const ALL: [Self; 3] = [Self::Tokens, Self::Bytes, Self::Flops];

    /// What a spec calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Bytes => "bytes",
            Self::Flops => "flops",
        }
    }
}

/// How much a run is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    pub by: BudgetUnit,
    /// Tokens, bytes or operations: above 0.
    pub amount: f64,
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = if self.by == BudgetUnit::Flops { "FLOPs" } else { self.by.name() };
        match self.amount {
            small if small < 1e6 => write!(f, "{small} {unit}"),
            amount => write!(f, "{amount:.3e} {unit}"),
        }
    }
}

/// What one training step takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepCost {
    pub tokens: f64,
    /// Raw bytes.
    pub bytes: f64,
    /// Floating-point operations.
    pub flops: f64,
}

impl StepCost {
    /// One step of `training` over tokens of `bytes_per_token` raw bytes; `m1` is the model that codes them, if one does.
    pub fn new(training: &Training, vocabulary: usize, bytes_per_token: f64, m1: Option<&Shape>) -> Self {
        let tokens = (training.batch * training.context) as f64;
        let bytes = tokens * bytes_per_token;
        let shape = training.size.with_vocabulary(vocabulary);
        let coding = m1.map_or(0.0, |m1| 2.0 * m1.non_embedding_parameters() as f64);
        Self { tokens, bytes, flops: tokens * shape.training_flops_per_token(training.context) + bytes * coding }
    }
}

impl Budget {
    /// The steps that come nearest to the budget, and at least one.
    pub fn steps(&self, step: &StepCost) -> u64 {
        let cost = match self.by {
            BudgetUnit::Tokens => step.tokens,
            BudgetUnit::Bytes => step.bytes,
            BudgetUnit::Flops => step.flops,
        };
        // Far beyond any training that ends, so the cast is exact enough.
        (self.amount / cost).round().clamp(1.0, 1e15) as u64
    }
}

impl RunSpec {
    /// Optimiser steps, once a token's raw bytes are known; `m1` is the shape of the model that codes, if one does.
    pub fn steps(&self, vocabulary: usize, bytes_per_token: f64, m1: Option<&Shape>) -> u64 {
        match &self.budget {
            None => self.training.steps,
            Some(budget) => {
                let m1 = m1.filter(|_| self.method.runs_m1());
                budget.steps(&StepCost::new(&self.training, vocabulary, bytes_per_token, m1))
            }
        }
    }

    /// The same run with its steps settled.
    pub fn settled(&self, steps: u64) -> Self {
        Self { training: self.training.with_steps(steps), ..self.clone() }
    }
}

impl Training {
    /// The same training over `steps` steps: its cool-down is the last of these.
    pub(super) fn with_steps(mut self, steps: u64) -> Self {
        self.steps = steps;
        self.schedule.cooldown = Cooldown::last(self.schedule.cooldown.steps.min(steps), steps);
        self
    }
}
