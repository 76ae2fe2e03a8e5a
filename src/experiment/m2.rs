//! The M2 stage of one run: tokenise, measure the tokens, train a decoder over them, measure what it learned.
//!
//! Text is coded in examples of `example_bytes` symbols (10,240 in the paper), each by itself, and a training row is
//! `context` tokens of one coding example. Where the coder restarts at every window, all of an example's tokens are cut
//! into rows; under plain arithmetic coding only the first row of each example is used, as in the paper, because a later
//! one would begin in the middle of the coder's state.

use super::RunError;
use super::event::{Event, Level, RunInfo, Series, Status};
use super::reporter::{Next, Reporter};
use super::spec::RunSpec;
use super::text::Text;
use super::token_file::{ShuffledRows, TokenFile, TokenFileWriter};
use super::training::{self, Data, Ended, Training};
use crate::coding::Symbol;
use crate::corpus::{self, CorpusError};
use crate::m1::{Network, NextSymbol, PrefixTree};
use crate::measure::learnability::{position_in_window, trivial_accuracy};
use crate::measure::{PositionAccuracy, Ratio, TokenCounts, bits_per_byte, flops_per_byte};
use crate::model::Shape;
use crate::tokenizer::{self, Encoded, Method, TokenizeError, Tokenizer};
use crate::train::{Batch, Checkpoint, Trainer};
use burn::tensor::Device;
use std::path::Path;
use std::sync::Arc;

/// Coding examples that are coded side by side; between two groups commands are obeyed.
const LANES: usize = 64;

/// What every run of an experiment shares.
pub struct Shared<'a> {
    pub text: &'a Text,
    pub network: Arc<Network>,
    pub tree: Arc<PrefixTree>,
    pub device: &'a Device,
}

/// The held-out text as tokens.
struct Validation {
    /// Rows of at most `context` tokens, each with the index of its first token in its coding example.
    rows: Vec<(usize, Vec<u32>)>,
    ratio: Ratio,
    ambiguous_windows: u64,
    windows: u64,
}

/// One run on its way: its stages' common hold on what they work with.
pub struct M2Run<'a> {
    pub reporter: &'a mut Reporter,
    pub run: &'a mut RunInfo,
    pub spec: &'a RunSpec,
    pub shared: &'a Shared<'a>,
    /// The run's own folder.
    pub folder: &'a Path,
}

/// Runs both stages; false if it was stopped before its end.
pub fn train_m2(work: &mut M2Run) -> Result<bool, RunError> {
    let (spec, shared) = (work.spec, work.shared);
    let tokenizer = tokenizer::build(&spec.method, shared.network.clone(), shared.tree.clone())?;
    work.reporter.stage(&format!("{}: tokenise", work.run.label))?;
    work.reporter.status(work.run, Status::Running)?;
    let tokens = tokenize(work, tokenizer.as_ref());
    let (validation, file) = match tokens {
        Ok(Some(tokens)) => tokens,
        Ok(None) | Err(RunError::Tokenize(TokenizeError::Cancelled)) => {
            work.reporter.status(work.run, Status::Stopped)?;
            return Ok(false);
        }
        Err(error) => return Err(error),
    };
    work.reporter.send(Event::Run(work.run.clone()));
    work.reporter.stage(&format!("{}: train M2 {}", work.run.label, spec.training.size.name))?;
    let shape = spec.training.size.with_vocabulary(spec.method.vocabulary());
    if train_decoder(work, shape, file, &validation)? == Ended::Stopped {
        return Ok(false);
    }
    let m1 = (spec.method != Method::Bytes).then(|| shared.network.shape());
    let cost = flops_per_byte(&shape, 1.0 / validation.ratio.token_ratio(), m1);
    work.reporter.result(work.run, "FLOPs/byte", cost)?;
    work.reporter.status(work.run, Status::Done)?;
    Ok(true)
}

/// The held-out text and the training rows as tokens; none if it was stopped.
fn tokenize(work: &mut M2Run, tokenizer: &dyn Tokenizer) -> Result<Option<(Validation, TokenFile)>, RunError> {
    let validation = tokenize_validation(work, tokenizer)?;
    Ok(tokenize_training(work, tokenizer, &validation)?.map(|file| (validation, file)))
}

/// The rows that one coding example gives, with the index of each one's first token.
fn rows<'a>(method: &Method, tokens: &'a [u32], context: usize) -> impl Iterator<Item = (usize, &'a [u32])> {
    let rows = if matches!(method, Method::Ac { .. }) { 1 } else { usize::MAX };
    tokens.chunks(context).enumerate().take(rows).map(move |(i, row)| (i * context, row))
}

/// Bits of a window and of a token, for the methods that have windows.
fn window(method: &Method) -> Option<(usize, usize)> {
    Some((usize::from(method.window_bits()?), method.token_width()?.bits() as usize))
}

fn positions(method: &Method) -> usize {
    window(method).map_or(1, |(bits, width)| bits.div_ceil(width))
}

/// Tokens of an example with each one's position in its window.
fn with_positions<'a>(method: &Method, first: usize, tokens: &'a [u32]) -> impl Iterator<Item = (u32, usize)> + 'a {
    let window = window(method);
    tokens.iter().enumerate().map(move |(i, token)| (*token, position_in_window(first + i, window)))
}

/// The symbols that the method can code: windows of 8 bits have one code per byte and none for end-of-document, so there
/// documents are joined without a mark.
fn codable(method: &Method, mut symbols: Vec<Symbol>) -> Vec<Symbol> {
    let alphabet = method.alphabet();
    symbols.retain(|symbol| usize::from(*symbol) < alphabet);
    symbols
}

fn tokenize_validation(work: &M2Run, tokenizer: &dyn Tokenizer) -> Result<Validation, RunError> {
    let (spec, shared) = (work.spec, work.shared);
    let symbols = codable(&spec.method, corpus::pack_documents(&shared.text.validation));
    let examples: Vec<&[Symbol]> = symbols.chunks(spec.example_bytes).collect();
    let mut validation = Validation {
        rows: Vec::new(),
        ratio: Ratio { vocabulary: spec.method.vocabulary(), ..Ratio::default() },
        ambiguous_windows: 0,
        windows: 0,
    };
    for group in examples.chunks(LANES) {
        for encoded in tokenizer.encode(group, &work.reporter.control())? {
            let Encoded { tokens, raw_bytes, windows, .. } = &encoded;
            validation.ratio.bytes += *raw_bytes as u64;
            validation.ratio.tokens += tokens.len() as u64;
            validation.windows += windows.len() as u64;
            validation.ambiguous_windows += windows.iter().filter(|window| window.is_ambiguous()).count() as u64;
            validation
                .rows
                .extend(rows(&spec.method, tokens, spec.training.context).map(|(first, row)| (first, row.to_vec())));
        }
    }
    if validation.ratio.tokens == 0 || validation.ratio.bytes == 0 {
        return Err(RunError::NoValidation);
    }
    Ok(validation)
}

/// Codes training text until there are rows enough for every step, or the split has gone through once; measures what the
/// tokens are like. None if it was stopped.
fn tokenize_training(
    work: &mut M2Run,
    tokenizer: &dyn Tokenizer,
    validation: &Validation,
) -> Result<Option<TokenFile>, RunError> {
    let (spec, shared, folder) = (work.spec, work.shared, work.folder);
    let identity = format!(
        "{} under {}, rows of {}, coding examples of {} symbols, seed {}, {}",
        spec.method,
        shared.network.identity(),
        spec.training.context,
        spec.example_bytes,
        spec.seed,
        shared.text.identity(),
    );
    let path = folder.join("tokens.u16");
    // The figures of the tokens are recorded before the file is finished, so a whole file means that they are there.
    if let Some(file) = TokenFile::find(&path, &identity) {
        return Ok(Some(file));
    }
    let wanted = spec.training.steps * spec.training.batch as u64;
    let split_symbols = shared.text.statistics.train_bytes + shared.text.statistics.train_documents;
    let mut examples = shared.text.shuffled(spec.example_bytes, spec.seed, 0)?;
    let control = work.reporter.control();
    let mut writer = TokenFileWriter::create(&path, spec.training.context)?;
    let mut counts = TokenCounts::new(spec.method.vocabulary(), positions(&spec.method));
    let (mut tokens, mut bytes, mut drawn) = (0u64, 0u64, 0u64);
    while writer.examples() < wanted && drawn < split_symbols {
        let left = (split_symbols - drawn).div_ceil(spec.example_bytes as u64);
        let group: Vec<Vec<Symbol>> = (0..LANES.min(left as usize))
            .map(|_| Ok(codable(&spec.method, examples.next()?)))
            .collect::<Result<_, CorpusError>>()?;
        drawn += (group.len() * spec.example_bytes) as u64;
        let lanes: Vec<&[Symbol]> = group.iter().map(Vec::as_slice).collect();
        for encoded in tokenizer.encode(&lanes, &control)? {
            tokens += encoded.tokens.len() as u64;
            bytes += encoded.raw_bytes as u64;
            counts.add(with_positions(&spec.method, 0, &encoded.tokens));
            for (_, row) in rows(&spec.method, &encoded.tokens, spec.training.context) {
                if row.len() == spec.training.context && writer.examples() < wanted {
                    writer.push(row)?;
                }
            }
        }
        let (done, total) = if writer.examples() * split_symbols > drawn * wanted {
            (writer.examples(), wanted)
        } else {
            (drawn, split_symbols)
        };
        work.reporter.progress(done, total, if total == wanted { "examples" } else { "bytes" });
        let next = match work.reporter.next() {
            Next::Pause => work.reporter.hold(Some(work.run))?,
            next => next,
        };
        if next == Next::Stop {
            return Ok(None);
        }
    }
    let rows = writer.examples();
    if rows < wanted && rows > 0 {
        let epochs = wanted as f64 / rows as f64;
        let text = format!(
            "{}: the training split makes {rows} rows; M2 will see each about {epochs:.1} times",
            work.run.label
        );
        work.reporter.message(Level::Info, text)?;
    }
    describe_tokens(work, validation, &counts)?;
    work.reporter.store.flush()?;
    Ok(Some(writer.finish(identity, tokens, bytes)?))
}

/// Records what the tokens are like before any M2 has seen them.
fn describe_tokens(work: &mut M2Run, validation: &Validation, counts: &TokenCounts) -> Result<(), RunError> {
    let M2Run { reporter, run, spec, .. } = work;
    let Ratio { bytes, tokens, vocabulary } = validation.ratio;
    reporter.result(run, "token ratio", validation.ratio.token_ratio())?;
    reporter.result(run, "bit ratio", validation.ratio.bit_ratio())?;
    reporter.result(run, "validation bytes", bytes as f64)?;
    reporter.result(run, "validation tokens", tokens as f64)?;
    reporter.result(run, "uniform bits/byte", TokenCounts::uniform_bits_per_byte(vocabulary, tokens, bytes))?;
    let scored: Vec<u32> = validation.rows.iter().flat_map(|(_, row)| row.iter().copied()).collect();
    let nats = scored.iter().map(|token| counts.unigram_nats(*token)).sum::<f64>() / scored.len() as f64;
    reporter.result(run, "unigram bits/byte", bits_per_byte(nats, tokens as f64, bytes as f64))?;
    if validation.windows > 0 {
        reporter.result(run, "ambiguous windows", validation.ambiguous_windows as f64 / validation.windows as f64)?;
    }
    let tokens = validation.rows.iter().flat_map(|(first, row)| with_positions(&spec.method, *first, row));
    let trivial = trivial_accuracy(&counts.commonest_by_position(), tokens);
    for (position, accuracy) in trivial.by_position().into_iter().enumerate() {
        if let Some(accuracy) = accuracy {
            reporter.result(run, &format!("trivial accuracy {position}"), accuracy)?;
        }
    }
    Ok(())
}

fn train_decoder(work: &mut M2Run, shape: Shape, file: TokenFile, validation: &Validation) -> Result<Ended, RunError> {
    let M2Run { reporter, run, spec, shared, folder } = work;
    let identity = format!(
        "M2 {} over {}, batch {}, base rate {}, warm-up {}, z-loss {}",
        spec.training.size.name,
        file.info.identity,
        spec.training.batch,
        spec.training.schedule.base_rate,
        spec.training.schedule.warmup_steps,
        spec.training.schedule.z_loss
    );
    let checkpoint = folder.join("m2.checkpoint");
    let (mut trainer, drawn) = if checkpoint.exists() {
        let (saved, trainer) = Checkpoint::load(&checkpoint, &identity, shared.device)?;
        reporter.store.truncate_after(run.id, saved.step)?;
        (trainer, saved.examples_drawn)
    } else {
        (Trainer::new(shape, spec.seed, spec.training.schedule, shared.device), 0)
    };
    let mut data = Rows {
        bytes_per_token: file.info.bytes as f64 / file.info.tokens as f64,
        rows: ShuffledRows::new(file, spec.seed, drawn),
    };
    let mut evaluate = |reporter: &mut Reporter, run: &mut RunInfo, trainer: &Trainer| -> Result<(), RunError> {
        let step = trainer.steps_taken();
        let (bits, accuracy) = score(trainer, spec, validation)?;
        reporter.point(run, Series::ValidationBitsPerByte, step, bits)?;
        reporter.result(run, "bits/byte", bits)?;
        for (position, accuracy) in accuracy.by_position().into_iter().enumerate() {
            if let Some(accuracy) = accuracy {
                reporter.point(run, Series::Accuracy(position as u16), step, accuracy)?;
            }
        }
        Ok(())
    };
    let mut training = Training {
        run,
        steps: spec.training.steps,
        batch: spec.training.batch,
        seed: spec.seed,
        schedule: spec.training.schedule,
        checkpoint,
        identity,
    };
    training::train(reporter, &mut training, &mut trainer, &mut data, &mut evaluate)
}

/// Bits/byte over the held-out text, and accuracy by position in the window.
fn score(trainer: &Trainer, spec: &RunSpec, validation: &Validation) -> Result<(f64, PositionAccuracy), RunError> {
    let mut accuracy = PositionAccuracy::new(positions(&spec.method));
    let (mut nats, mut scored) = (0f64, 0u64);
    for group in validation.rows.chunks(spec.training.batch) {
        let mut ids = Vec::with_capacity(group.len() * spec.training.context);
        for (_, row) in group {
            ids.extend_from_slice(row);
            // Short rows are filled up; what fills them is not counted.
            ids.resize(ids.len() + spec.training.context - row.len(), 0);
        }
        let scores = trainer.score(&Batch { batch: group.len(), length: spec.training.context, ids })?;
        for (index, (first, row)) in group.iter().enumerate() {
            let at = index * spec.training.context;
            nats += scores.nats[at..at + row.len()].iter().map(|nats| f64::from(*nats)).sum::<f64>();
            scored += row.len() as u64;
            for (i, (_, position)) in with_positions(&spec.method, *first, row).enumerate() {
                accuracy.add(position, scores.correct[at + i]);
            }
        }
    }
    let Ratio { bytes, tokens, .. } = validation.ratio;
    Ok((bits_per_byte(nats / scored as f64, tokens as f64, bytes as f64), accuracy))
}

/// Rows of training tokens.
struct Rows {
    rows: ShuffledRows,
    bytes_per_token: f64,
}

impl Data for Rows {
    fn next_batch(&mut self, batch: usize) -> Result<Batch, RunError> {
        Ok(self.rows.next_batch(batch)?)
    }

    fn drawn(&self) -> u64 {
        self.rows.drawn()
    }

    fn bytes_per_token(&self, _: &Batch) -> f64 {
        self.bytes_per_token
    }
}
