//! One training step, the same for M1 and M2: forward, chunked loss, backward, Adafactor.

use super::RowScores;
use super::loss::{LossGradient, chunk_rows, loss_gradient, score_rows};
use super::schedule::Schedule;
use crate::model::{Decoder, Shape};
use burn::optim::{Adafactor, AdafactorConfig, AdafactorState, Optimizer};
use burn::tensor::{Device, ExecutionError, Int, Tensor, TensorData};

/// Training examples: `batch` rows of `length` symbols.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub batch: usize,
    pub length: usize,
    /// Row-major symbol or token ids.
    pub ids: Vec<u32>,
}

/// A gradient of each parameter, in layout order; none for a parameter that takes no part.
pub type Gradients = Vec<Option<Tensor<2>>>;

impl Batch {
    /// The first rows and the rest.
    fn halves(&self) -> (Batch, Batch) {
        let rows = self.batch / 2;
        let (first, rest) = self.ids.split_at(rows * self.length);
        let part = |batch, ids: &[u32]| Batch { batch, length: self.length, ids: ids.to_vec() };
        (part(rows, first), part(self.batch - rows, rest))
    }

    fn share_of(&self, whole: &Batch) -> f32 {
        self.batch as f32 / whole.batch as f32
    }
}

/// A decoder in training.
pub struct Trainer {
    pub(super) decoder: Decoder,
    pub(super) states: Vec<Option<AdafactorState<2>>>,
    pub(super) step: u64,
    schedule: Schedule,
    /// What the schedule's rate is multiplied by.
    rate_factor: f64,
    optimizer: Adafactor,
    device: Device,
    /// Whether each batch goes through in two halves side by side. On the CPU that keeps a second core busy where burn's
    /// own operations are too small to share out; two, whatever the number of cores, so that results do not depend on it.
    halves: bool,
}

impl Trainer {
    pub fn new(shape: Shape, seed: u64, schedule: Schedule, device: &Device) -> Self {
        Self::with_decoder(Decoder::new(shape, seed, device), schedule, device)
    }

    /// A trainer that begins from given weights, with no steps taken.
    pub fn with_decoder(decoder: Decoder, schedule: Schedule, device: &Device) -> Self {
        Self::resume(decoder, Vec::new(), 0, schedule, device)
    }

    /// A trainer that goes on from `step` steps taken, with the optimiser's states in the parameters' order.
    pub(super) fn resume(
        decoder: Decoder,
        mut states: Vec<Option<AdafactorState<2>>>,
        step: u64,
        schedule: Schedule,
        device: &Device,
    ) -> Self {
        states.resize_with(decoder.parameters().len(), || None);
        // The schedule is ours (paper 3.5), so burn's own cap by 1/√step is off; scaling by the parameter is Adafactor's.
        let optimizer = AdafactorConfig::new().with_relative_step(false).with_scale_parameter(true).build();
        let halves = *device == Device::flex();
        Self { decoder, states, step, schedule, rate_factor: 1.0, optimizer, device: device.clone(), halves }
    }

    pub fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// Optimiser steps taken so far.
    pub fn steps_taken(&self) -> u64 {
        self.step
    }

    /// Learning rate of the next step.
    pub fn next_rate(&self) -> f64 {
        self.rate_factor * self.schedule.rate(self.step + 1)
    }

    /// What the schedule's rate is multiplied by: 1 unless it was changed.
    pub fn rate_factor(&self) -> f64 {
        self.rate_factor
    }

    /// Multiplies the schedule's rate by `factor` from the next step on, instead of by what it was multiplied by before.
    pub fn set_rate_factor(&mut self, factor: f64) {
        self.rate_factor = factor;
    }

    /// Takes one step on `batch` and returns its mean loss in nats per symbol, still on the device.
    pub fn step(&mut self, batch: &Batch) -> Tensor<1> {
        let rate = self.next_rate();
        let (nats, gradients) = self.gradients(batch);
        let updated = gradients
            .into_iter()
            .zip(self.decoder.parameters())
            .zip(&mut self.states)
            .map(|((gradient, value), state)| {
                let Some(gradient) = gradient else { return value.clone() };
                let (value, next) = self.optimizer.step(rate, value.clone(), gradient, state.take());
                *state = next;
                value
            })
            .collect();
        self.decoder = self.decoder.with_parameters(updated);
        self.step += 1;
        nats
    }

    /// Mean loss in nats per symbol, and the gradient of each parameter (of loss and z-loss together) in layout order.
    pub fn gradients(&self, batch: &Batch) -> (Tensor<1>, Gradients) {
        let (first, second) = match self.halves && batch.batch > 1 {
            true => batch.halves(),
            false => return self.whole_gradients(batch),
        };
        let ((nats, mut gradients), (more_nats, more_gradients)) = std::thread::scope(|scope| {
            let second = scope.spawn(|| self.whole_gradients(&second));
            let first = self.whole_gradients(&first);
            (first, second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        // Means of halves to the mean of the whole, always in this order.
        let (weight, other) = (first.share_of(batch), 1.0 - first.share_of(batch));
        let mean = |a: Tensor<2>, b: Tensor<2>| a.mul_scalar(weight) + b.mul_scalar(other);
        for (gradient, more) in gradients.iter_mut().zip(more_gradients) {
            *gradient = gradient.take().zip(more).map(|(a, b)| mean(a, b));
        }
        (nats.mul_scalar(weight) + more_nats.mul_scalar(other), gradients)
    }

    fn whole_gradients(&self, batch: &Batch) -> (Tensor<1>, Gradients) {
        let (inputs, targets) = self.place(batch);
        let tracked = self.decoder.tracked();
        let hidden = tracked.hidden(inputs);
        let LossGradient { nats, hidden: gradient, head } = loss_gradient(
            hidden.clone().inner(),
            self.decoder.head().clone(),
            targets,
            self.schedule.z_loss as f32,
            chunk_rows(self.decoder.shape.vocabulary),
        );
        // The gradient of Σ hidden · g, with g held constant, is g: this hands the chunked gradient to autodiff.
        let mut gradients = (hidden * gradient).sum().backward();
        let body = &tracked.parameters()[..tracked.parameters().len() - 1];
        let mut all: Vec<_> = body.iter().map(|leaf| leaf.grad_remove(&mut gradients)).collect();
        all.push(Some(head));
        (nats, all)
    }

    /// Loss and accuracy of every symbol of `batch`, without training on it.
    pub fn score(&self, batch: &Batch) -> Result<RowScores, ExecutionError> {
        let (inputs, targets) = self.place(batch);
        let hidden = self.decoder.hidden(inputs);
        score_rows(hidden, self.decoder.head().clone(), targets, chunk_rows(self.decoder.shape.vocabulary))
    }

    /// The batch on the device: inputs `[batch, length]` (begin symbol, then all but the last) and targets `[batch × length]`.
    fn place(&self, batch: &Batch) -> (Tensor<2, Int>, Tensor<1, Int>) {
        let begin = self.decoder.shape.vocabulary as i32;
        let mut inputs = Vec::with_capacity(batch.ids.len());
        for row in batch.ids.chunks_exact(batch.length) {
            inputs.push(begin);
            inputs.extend(row[..batch.length - 1].iter().map(|id| *id as i32));
        }
        let targets: Vec<i32> = batch.ids.iter().map(|id| *id as i32).collect();
        let rows = batch.batch * batch.length;
        (
            Tensor::from_data(TensorData::new(inputs, [batch.batch, batch.length]), &self.device),
            Tensor::from_data(TensorData::new(targets, [rows]), &self.device),
        )
    }
}
