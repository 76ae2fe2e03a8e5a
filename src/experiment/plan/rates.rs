//! How fast a device trains: from earlier runs in the store, or from a few steps that are timed.

use super::{Basis, Span};
use crate::coding::ALPHABET;
use crate::corpus::random::Generator;
use crate::experiment::RunError;
use crate::experiment::event::{Role, Series, Status};
use crate::experiment::spec::{M1, Spec, Training};
use crate::experiment::store::{Store, StoreError, TOKENISE_BYTES_PER_SECOND, TRAINING_SECONDS};
use crate::gpu::read_f32;
use crate::model::Size;
use crate::tokenizer::Method;
use crate::train::{Batch, Schedule, Trainer};
use burn::tensor::Device;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Experiments that are looked through, newest first.
const EXPERIMENTS: usize = 30;
/// A model of another shape was this much faster or slower than its operations tell, at most, on the devices tried.
const SCALED: f64 = 2.0;
/// Tokens of a step that is timed, at most: on a slow device, whole steps of a large batch take minutes each.
const TIMED_TOKENS: usize = 4096;
/// One shape is timed for about this long.
const TIMED: Duration = Duration::from_millis(1500);

/// What the speed of training hangs on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Key {
    pub size: Size,
    pub vocabulary: usize,
    pub context: usize,
    pub batch: usize,
}

impl Key {
    pub fn new(training: &Training, vocabulary: usize) -> Self {
        let Training { size, context, batch, .. } = *training;
        Self { size, vocabulary, context, batch }
    }

    /// The same model over a step that is short enough to be timed.
    fn shortened(&self) -> Self {
        let context = self.context.min(TIMED_TOKENS);
        Self { context, batch: self.batch.min(TIMED_TOKENS / context), ..*self }
    }

    fn flops_per_token(&self) -> f64 {
        self.size.with_vocabulary(self.vocabulary).training_flops_per_token(self.context)
    }
}

/// Tokens per second of one shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Rate {
    pub key: Key,
    pub low: f64,
    pub high: f64,
    pub basis: Basis,
}

/// All that is known of a device.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rates {
    /// The first of a key is the one that holds.
    training: Vec<Rate>,
    bytes_per_token: BTreeMap<String, f64>,
    tokenise: BTreeMap<String, f64>,
}

impl Rates {
    /// What the store's experiments on the device called `device` tell.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn of_store(store: &Store, device: &str) -> Result<Self, StoreError> {
        let mut rates = Self::default();
        for experiment in store.experiments()?.into_iter().rev().take(EXPERIMENTS) {
            let details = &experiment.details;
            // A spec that an earlier version wrote may say what this one does not know: it tells nothing then.
            let Ok(spec) = Spec::parse(&details.spec, &details.folder.join("spec.toml")) else { continue };
            let here = details.device.starts_with(device);
            for run in store.runs(experiment.id)? {
                let m2 = spec.runs.iter().find(|known| known.label == run.label);
                let training = match (run.role, m2, &spec.m1) {
                    (Role::M1, _, M1::Train(training)) => Some((training, ALPHABET)),
                    (Role::M2, Some(m2), _) => Some((&m2.training, super::vocabulary(&m2.method))),
                    _ => None,
                };
                if let (Some(method), Some(ratio)) = (&run.method, run.results.get("token ratio")) {
                    rates.bytes_per_token.entry(method.clone()).or_insert(*ratio);
                }
                if let (Some(method), Some(rate), true) =
                    (&run.method, run.results.get(TOKENISE_BYTES_PER_SECOND).filter(|rate| **rate > 0.0), here)
                {
                    rates.tokenise.entry(method.clone()).or_insert(*rate);
                }
                if let Some((training, vocabulary)) = training.filter(|_| here) {
                    let points = store.series(run.id, Series::TokensPerSecond)?;
                    let mut speeds: Vec<f64> = points.into_iter().map(|[_, speed]| speed).collect();
                    // A short run was over before its speed was noted; how long it took is known all the same.
                    if speeds.is_empty()
                        && run.status == Status::Done
                        && let Some(seconds) = run.results.get(TRAINING_SECONDS)
                    {
                        let tokens = run.steps as f64 * training.batch as f64 * training.context as f64;
                        speeds.push(tokens / seconds);
                    }
                    let basis = Basis::Earlier(details.name.clone());
                    rates.learn(Key::new(training, vocabulary), speeds, basis);
                }
            }
        }
        Ok(rates)
    }

    /// What was timed comes before what was known.
    pub fn prefer(&mut self, timed: Vec<Rate>) {
        self.training.splice(0..0, timed);
    }

    fn learn(&mut self, key: Key, mut speeds: Vec<f64>, basis: Basis) {
        speeds.retain(|speed| speed.is_finite() && *speed > 0.0);
        speeds.sort_by(f64::total_cmp);
        let at = |share: f64| speeds.get((speeds.len().saturating_sub(1) as f64 * share).round() as usize).copied();
        if let (Some(low), Some(high)) = (at(0.1), at(0.9))
            && !self.training.iter().any(|rate| rate.key == key)
        {
            self.training.push(Rate { key, low, high, basis });
        }
    }

    /// Seconds that training on `tokens` takes, and what says so.
    pub fn seconds(&self, key: &Key, tokens: f64) -> (Option<Span>, Basis) {
        if let Some(rate) = self.training.iter().find(|rate| rate.key == *key) {
            return (Some(Span { low: tokens / rate.high, high: tokens / rate.low }), rate.basis.clone());
        }
        let flops = key.flops_per_token();
        let distance = |rate: &Rate| (rate.key.flops_per_token() / flops).ln().abs();
        let nearest = self.training.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let Some(rate) = nearest else { return (None, Basis::Unknown) };
        let scale = flops / rate.key.flops_per_token();
        let span = Span { low: tokens * scale / rate.high / SCALED, high: tokens * scale / rate.low * SCALED };
        let from = match &rate.basis {
            Basis::Earlier(name) | Basis::Scaled(name) => name.clone(),
            Basis::Measured | Basis::MeasuredSmaller | Basis::Unknown => "what was timed just now".to_owned(),
        };
        (Some(span), Basis::Scaled(from))
    }

    /// Raw bytes of one of the method's tokens, if it was ever measured.
    pub fn bytes_per_token(&self, method: &Method) -> Option<f64> {
        self.bytes_per_token.get(&method.to_string()).copied().filter(|ratio| ratio.is_finite() && *ratio > 0.0)
    }

    /// Raw bytes per second that become the method's tokens, if that was ever measured on this device.
    pub fn tokenise(&self, method: &Method) -> Option<f64> {
        self.tokenise.get(&method.to_string()).copied()
    }
}

/// Times a few training steps of every shape that `spec` has, whole or, where they are large, a part of them that is scaled.
/// `go_on` is told before every step how many shapes of how many are timed; what was timed until it says no holds.
///
/// # Errors
/// If the device fails.
pub fn measure(spec: &Spec, device: &Device, go_on: &mut dyn FnMut(u64, u64) -> bool) -> Result<Vec<Rate>, RunError> {
    let mut keys: Vec<Key> = Vec::new();
    let m1 = match &spec.m1 {
        M1::Train(training) => Some(Key::new(training, ALPHABET)),
        _ => None,
    };
    for key in m1.into_iter().chain(spec.runs.iter().map(|run| Key::new(&run.training, super::vocabulary(&run.method))))
    {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let mut rates = Vec::new();
    for (done, key) in keys.iter().enumerate() {
        let Some(rate) = time(key, device, &mut || go_on(done as u64, keys.len() as u64))? else { break };
        rates.push(rate);
    }
    Ok(rates)
}

/// Times one shape; none if `go_on` says no.
fn time(key: &Key, device: &Device, go_on: &mut dyn FnMut() -> bool) -> Result<Option<Rate>, RunError> {
    if !go_on() {
        return Ok(None);
    }
    let short = key.shortened();
    let mut trainer = Trainer::new(key.size.with_vocabulary(key.vocabulary), 1, Schedule::default(), device);
    let mut generator = Generator::new(1);
    let tokens = short.batch * short.context;
    let mut step = || -> Result<f64, RunError> {
        let ids = (0..tokens).map(|_| generator.below(key.vocabulary as u64) as u32).collect();
        let begun = Instant::now();
        read_f32(trainer.step(&Batch { batch: short.batch, length: short.context, ids }))?;
        Ok(tokens as f64 / begun.elapsed().as_secs_f64())
    };
    // The first one also sets things up.
    let first = step()?;
    let begun = Instant::now();
    let mut speeds = Vec::new();
    while speeds.len() < 3 || speeds.len() < 20 && begun.elapsed() < TIMED {
        if !go_on() {
            return Ok(None);
        }
        speeds.push(step()?);
        if begun.elapsed() > 4 * TIMED {
            break;
        }
    }
    let low = speeds.iter().copied().fold(f64::INFINITY, f64::min).max(first);
    let high = speeds.iter().copied().fold(low, f64::max);
    // A token of a longer context takes more operations, and a device may be better at a larger batch.
    let scale = short.flops_per_token() / key.flops_per_token();
    let (basis, larger) = if short == *key { (Basis::Measured, 1.0) } else { (Basis::MeasuredSmaller, SCALED) };
    // Steps in earnest also read rows and write checkpoints.
    Ok(Some(Rate { key: *key, low: 0.8 * low * scale, high: high * scale * larger, basis }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_steps_are_timed_in_part() {
        let key = |context, batch| Key { size: Size::named("nano").unwrap(), vocabulary: 256, context, batch };
        assert_eq!(key(512, 256).shortened(), key(512, 8));
        assert_eq!(key(10_240, 4).shortened(), key(4096, 1));
        assert_eq!(key(128, 16).shortened(), key(128, 16));
    }

    #[test]
    fn timing_can_be_stopped_between_two_steps() {
        let key = Key { size: Size::named("nano").unwrap(), vocabulary: 256, context: 16, batch: 65_536 };
        let mut asked = 0;
        let mut go_on = || {
            asked += 1;
            asked < 2
        };
        assert_eq!(time(&key, &Device::flex(), &mut go_on).unwrap(), None);
        assert_eq!(asked, 2, "asked before the first step and before the second");
    }
}
