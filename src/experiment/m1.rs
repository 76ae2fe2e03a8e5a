//! The M1 stage: train the coding model on bytes, watch the compression ratio it gives, freeze it.

use super::RunError;
use super::event::{RunInfo, Series, Status};
use super::reporter::Reporter;
use super::spec;
use super::text::Text;
use super::training::{self, Data, Ended, Training};
use crate::coding::{ALPHABET, END_OF_DOCUMENT, Symbol};
use crate::corpus::{self, ShuffledExamples};
use crate::m1::{M1File, Network, PrefixTree, file};
use crate::measure::{Ratio, bits_per_byte};
use crate::tokenizer::{self, Control, Method};
use crate::train::{Batch, Checkpoint, Trainer};
use burn::tensor::Device;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Held-out symbols on which the methods' compression ratios are followed while M1 learns: enough for a steady figure,
/// few enough to code with a fresh M1 at every evaluation.
const RATIO_SYMBOLS: usize = 8_192;

/// An M1 to train.
pub struct M1Request<'a> {
    pub spec: &'a spec::Training,
    pub seed: u64,
    pub text: &'a Text,
    pub checkpoint: PathBuf,
    /// Where the frozen M1 goes.
    pub frozen: PathBuf,
    /// Runs whose methods' compression ratios are followed.
    pub followed: &'a [(RunInfo, Method)],
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
        let (checkpoint, trainer) = Checkpoint::load(&request.checkpoint, &identity, device)?;
        reporter.store.truncate_after(run.id, checkpoint.step)?;
        (trainer, checkpoint.examples_drawn)
    } else {
        (Trainer::new(shape, request.seed, *schedule, device), 0)
    };
    let examples = request.text.shuffled(*context, request.seed, drawn)?;
    let validation = Validation::new(&request.text.validation, *context, *batch);
    let sample = &validation.symbols[..validation.symbols.len().min(RATIO_SYMBOLS)];
    let provenance = BTreeMap::from([
        ("trained with".to_owned(), format!("mullion {}", env!("CARGO_PKG_VERSION"))),
        ("training".to_owned(), identity.clone()),
    ]);
    let frozen = |trainer: &Trainer| -> Result<M1File, RunError> {
        Ok(M1File { weights: trainer.decoder().weights()?, context: *context, provenance: provenance.clone() })
    };
    let mut evaluate = |reporter: &mut Reporter, run: &mut RunInfo, trainer: &Trainer| -> Result<(), RunError> {
        let step = trainer.steps_taken();
        let bits = validation.bits_per_byte(trainer)?;
        reporter.point(run, Series::ValidationBitsPerByte, step, bits)?;
        reporter.result(run, "bits/byte", bits)?;
        let network = Arc::new(Network::new(frozen(trainer)?)?);
        let tree = Arc::new(PrefixTree::default());
        let mut known: BTreeMap<String, f64> = BTreeMap::new();
        for (followed, method) in request.followed {
            let ratio = match known.get(&method.to_string()) {
                Some(ratio) => *ratio,
                None => token_ratio(method, sample, &network, &tree)?,
            };
            known.insert(method.to_string(), ratio);
            reporter.point(followed, Series::TokenRatio, step, ratio)?;
        }
        Ok(())
    };
    let mut training = Training {
        run,
        steps: *steps,
        batch: *batch,
        seed: request.seed,
        schedule: *schedule,
        checkpoint: request.checkpoint.clone(),
        identity: identity.clone(),
    };
    let ended = training::train(reporter, &mut training, &mut trainer, &mut Bytes(examples), &mut evaluate)?;
    if ended == Ended::Stopped {
        return Ok(None);
    }
    let file = frozen(&trainer)?;
    file::save(&request.frozen, &file)?;
    reporter.status(run, Status::Done)?;
    Ok(Some(file))
}

/// Token compression ratio of a method over some symbols.
fn token_ratio(
    method: &Method,
    symbols: &[Symbol],
    network: &Arc<Network>,
    tree: &Arc<PrefixTree>,
) -> Result<f64, RunError> {
    let tokenizer = tokenizer::build(method, network.clone(), tree.clone())?;
    let symbols: Vec<Symbol> = symbols.iter().copied().filter(|s| usize::from(*s) < method.alphabet()).collect();
    let encoded = tokenizer.encode(&[&symbols], &Control::default())?;
    let mut ratio = Ratio { vocabulary: method.vocabulary(), ..Ratio::default() };
    for part in encoded {
        ratio.bytes += part.raw_bytes as u64;
        ratio.tokens += part.tokens.len() as u64;
    }
    Ok(ratio.token_ratio())
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

/// Reads a frozen M1.
pub fn load(path: &Path) -> Result<M1File, RunError> {
    Ok(file::load(path)?)
}
