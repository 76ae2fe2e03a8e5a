//! The M1 stage: train the coding model on bytes, watch the compression ratio it gives, freeze it.

use super::RunError;
use super::event::{Level, RunInfo, Series, Status};
use super::film;
use super::reporter::Reporter;
use super::spec;
use super::store::TRAINING_BYTES_PER_STEP;
use super::text::Text;
use super::tokens::{codable, encode_examples};
use super::training::{self, Data, EVALUATIONS, Ended, Training, check_finite};
use crate::coding::{ALPHABET, END_OF_DOCUMENT, Symbol};
use crate::corpus::{self, ShuffledExamples};
use crate::m1::freeze::{self, freeze};
use crate::m1::{M1File, Measured, Network, Trees, file};
use crate::measure::bits_per_byte;
use crate::model::Weights;
use crate::tokenizer::{self, Fitted, Materials, TokenizeError};
use crate::train::{Batch, Checkpoint, Trainer};
use burn::tensor::Device;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Held-out bytes on which the methods' compression ratios are followed while M1 learns: enough for a steady figure, few
/// enough to code with a fresh M1 at every evaluation.
const RATIO_BYTES: usize = 8_192;

/// Training examples that the ranges of a frozen M1 are measured on.
pub const CALIBRATION_EXAMPLES: usize = 32;

/// An M1 to train.
pub struct M1Request<'a> {
    pub spec: &'a spec::Training,
    pub seed: u64,
    pub text: &'a Text,
    pub checkpoint: PathBuf,
    /// Where M1 is kept as it is at every evaluation: the experiment's folder; none keeps nothing.
    pub film: Option<PathBuf>,
    /// Where the frozen M1 goes.
    pub frozen: PathBuf,
    /// What their methods learned from the training split.
    pub fitted: &'a Fitted,
    /// Runs whose compression ratios are followed.
    pub followed: &'a [(RunInfo, &'a spec::RunSpec)],
}

/// Trains M1 and freezes it; none if it was stopped before its last step.
pub fn train_m1(
    reporter: &mut Reporter,
    run: &mut RunInfo,
    request: &M1Request,
    device: &Device,
) -> Result<Option<M1File>, RunError> {
    let spec::Training { size, context, batch, steps, schedule } = request.spec;
    let shape = size.with_vocabulary(ALPHABET);
    let identity = format!(
        "M1 {}, context {context}, batch {batch}, base rate {}, warm-up {}, z-loss {}, seed {}, {}",
        size.name,
        schedule.base_rate,
        schedule.warmup_steps,
        schedule.z_loss,
        request.seed,
        request.text.identity(),
    );
    let (mut trainer, drawn) = if request.checkpoint.exists() {
        let (checkpoint, trainer) = Checkpoint::load(&request.checkpoint, &identity, *schedule, device)?;
        reporter.store.truncate_after(run.id, checkpoint.step)?;
        request.film.as_ref().map_or(Ok(()), |folder| film::truncate_after(folder, checkpoint.step))?;
        (trainer, checkpoint.examples_drawn)
    } else {
        if !reporter.store.series(run.id, Series::TrainBitsPerByte)?.is_empty() {
            let text = format!("{}: no checkpoint was found; it begins again at step 0", run.label);
            reporter.message(Level::Warning, text)?;
        }
        reporter.store.truncate_after(run.id, 0)?;
        request.film.as_ref().map_or(Ok(()), |folder| film::truncate_after(folder, 0))?;
        (Trainer::new(shape, request.seed, *schedule, device), 0)
    };
    let examples = request.text.shuffled(*context, request.seed, drawn)?;
    let validation = Validation::new(&request.text.validation, *context, *batch);
    // Ends of documents are trained on too and are no bytes; their share is the held-out text's.
    let share = validation.bytes as f64 / validation.symbols.len() as f64;
    reporter.result(run, TRAINING_BYTES_PER_STEP, *batch as f64 * *context as f64 * share)?;
    let sample = corpus::pack_documents(&request.text.sample(RATIO_BYTES));
    let provenance = BTreeMap::from([
        ("trained with".to_owned(), format!("mullion {}", env!("CARGO_PKG_VERSION"))),
        (
            "training".to_owned(),
            format!("{identity}, {steps} steps, cool-down over the last {}", schedule.cooldown.steps),
        ),
    ]);
    let mut first = request.text.shuffled(*context, request.seed, 0)?;
    let calibration = (0..CALIBRATION_EXAMPLES).map(|_| first.next()).collect::<Result<Vec<_>, _>>()?;
    drop(first);
    let frozen = |weights: &Weights| -> Result<M1File, RunError> {
        let model = freeze(weights, *context, &calibration)?;
        Ok(M1File { model, provenance: provenance.clone(), measured: None })
    };
    let control = reporter.control();
    let mut evaluate = |reporter: &mut Reporter, run: &mut RunInfo, trainer: &Trainer| -> Result<(), RunError> {
        let step = trainer.steps_taken();
        let bits = validation.bits_per_byte(trainer)?;
        check_finite(bits, run, step)?;
        reporter.point(run, Series::ValidationBitsPerByte, step, bits)?;
        reporter.result(run, "bits/byte", bits)?;
        let now = frozen(&trainer.decoder().weights()?)?;
        if let Some(folder) = &request.film {
            let begun = Instant::now();
            let bytes = film::keep(folder, step, bits, now.clone())?;
            if step == 0 {
                let (kilobytes, seconds) = (bytes as f64 / 1e3, begun.elapsed().as_secs_f64());
                let text = format!(
                    "film: M1 is kept at each of about {EVALUATIONS} evaluations, {kilobytes:.0} kB and {seconds:.2} s each; film = \
                     false in [m1] does without"
                );
                reporter.message(Level::Info, text)?;
            }
        }
        let network = Arc::new(Network::new(now)?);
        let materials = Materials { model: network, trees: Arc::new(Trees::default()), fitted: request.fitted.clone() };
        // Runs that differ in their M2 alone share a ratio.
        let mut known: BTreeMap<(String, usize), f64> = BTreeMap::new();
        for (followed, spec) in request.followed {
            let key = (spec.method.to_string(), spec.example_bytes);
            let ratio = match known.get(&key) {
                Some(ratio) => *ratio,
                None => {
                    let tokenizer = tokenizer::build(&spec.method, &materials)?;
                    let symbols = codable(&spec.method, sample.clone());
                    encode_examples(tokenizer.as_ref(), &symbols, spec.example_bytes, &control, |_| ())?
                        .ratio
                        .token_ratio()
                }
            };
            known.insert(key, ratio);
            reporter.point(followed, Series::TokenRatio, step, ratio)?;
        }
        Ok(())
    };
    let mut training = Training {
        run,
        steps: *steps,
        batch: *batch,
        context: *context,
        seed: request.seed,
        schedule: *schedule,
        checkpoint: request.checkpoint.clone(),
        identity: identity.clone(),
    };
    match training::train(reporter, &mut training, &mut trainer, &mut Bytes(examples), &mut evaluate) {
        Ok(Ended::AllSteps) => {}
        Ok(Ended::Stopped) => return Ok(None),
        // A stop in the middle of an evaluation: the last checkpoint is seconds old.
        Err(RunError::Tokenize(TokenizeError::Cancelled)) => {
            reporter.status(run, Status::Stopped)?;
            return Ok(None);
        }
        Err(error) => return Err(error),
    }
    let weights = trainer.decoder().weights()?;
    let mut file = frozen(&weights)?;
    let rows: Vec<Vec<Symbol>> = validation.symbols.chunks(*context).map(<[Symbol]>::to_vec).collect();
    let measured = Measured::new(
        "held-out text of its corpus".to_owned(),
        validation.bytes,
        freeze::float_bits_per_byte(&weights, &rows)?,
        freeze::integer_bits_per_byte(&file.model, &rows),
    );
    reporter.message(
        Level::Info,
        format!("frozen into integers: {:.4} bits/byte, {:.4} in floats", measured.integer, measured.float),
    )?;
    reporter.result(run, "integer bits/byte", measured.integer)?;
    file.measured = Some(measured);
    file::save(&request.frozen, &file)?;
    reporter.status(run, Status::Done)?;
    Ok(Some(file))
}

/// Shuffled training text, a row per example.
struct Bytes(ShuffledExamples);

impl Data for Bytes {
    fn next_batch(&mut self, batch: usize) -> Result<Batch, RunError> {
        let mut ids = Vec::new();
        for _ in 0..batch {
            ids.extend(self.0.next()?.into_iter().map(u32::from));
        }
        Ok(Batch { batch, length: ids.len() / batch, ids })
    }

    fn drawn(&self) -> u64 {
        self.0.drawn()
    }

    fn bytes_per_token(&self, batch: &Batch) -> f64 {
        batch.ids.iter().filter(|id| **id != u32::from(END_OF_DOCUMENT)).count() as f64 / batch.ids.len() as f64
    }
}

/// Held-out text in rows of M1's context.
struct Validation {
    symbols: Vec<Symbol>,
    bytes: u64,
    context: usize,
    batch: usize,
}

impl Validation {
    fn new(documents: &[Vec<u8>], context: usize, batch: usize) -> Self {
        let symbols = corpus::pack_documents(documents);
        let bytes = documents.iter().map(|document| document.len() as u64).sum();
        Self { symbols, bytes, context, batch }
    }

    /// Every symbol scored once, end-of-document symbols included, over the raw bytes.
    fn bits_per_byte(&self, trainer: &Trainer) -> Result<f64, RunError> {
        let mut nats = 0f64;
        for rows in self.symbols.chunks(self.context * self.batch) {
            let count = rows.len().div_ceil(self.context);
            let mut ids: Vec<u32> = rows.iter().copied().map(u32::from).collect();
            // The last row is filled up; what fills it is not counted.
            ids.resize(count * self.context, u32::from(END_OF_DOCUMENT));
            let scores = trainer.score(&Batch { batch: count, length: self.context, ids })?;
            nats += scores.nats[..rows.len()].iter().map(|nats| f64::from(*nats)).sum::<f64>();
        }
        Ok(bits_per_byte(nats / self.symbols.len() as f64, self.symbols.len() as f64, self.bytes as f64))
    }
}
