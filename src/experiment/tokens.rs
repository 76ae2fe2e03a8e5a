//! Text as a method's tokens: the held-out text that a run is measured on, the training rows, and what they are like
//! before any M2 has seen them.

use super::RunError;
use super::event::{Level, RunInfo};
use super::m2::M2Run;
use super::reporter::{Next, Reporter};
use super::store::{
    TOKENISE_BYTES_PER_SECOND, UNIFORM_BITS_PER_BYTE, UNIGRAM_BITS_PER_BYTE, held_out_tokens,
    trivial_accuracy as trivial_accuracy_at,
};
use super::token_file::{Row, TokenFile, TokenFileInfo, TokenFileWriter, number_bytes};
use crate::coding::Symbol;
use crate::corpus::{self, ShuffledExamples};
use crate::measure::learnability::{position_in_window, trivial_accuracy};
use crate::measure::{Ratio, TokenCounts, TokenTotals};
use crate::tokenizer::{Beginnings, Control, Encoded, Method, TokenizeError, Tokenizer};
use std::time::Instant;

/// Coding examples that are coded side by side; between two groups commands are obeyed.
const LANES: usize = 64;

/// The held-out text as tokens.
pub struct HeldOut {
    /// Rows of at most `context` tokens.
    pub rows: Vec<Row>,
    /// Totals over all of the text, whether or not a token is in a row.
    pub measured: TokenTotals,
}

/// The held-out text and the training rows as tokens; none if it was stopped.
pub fn tokenize(work: &mut M2Run, tokenizer: &dyn Tokenizer) -> Result<Option<(HeldOut, TokenFile)>, RunError> {
    let held_out = tokenize_held_out(work, tokenizer)?;
    let Some(file) = tokenize_training(work, tokenizer)? else { return Ok(None) };
    describe(work, tokenizer, &held_out, &file)?;
    Ok(Some((held_out, file)))
}

/// The symbols that the method can code: windows of 8 bits have one code per byte and none for end-of-document, so there
/// documents are joined without a mark.
pub fn codable(method: &Method, mut symbols: Vec<Symbol>) -> Vec<Symbol> {
    let alphabet = method.alphabet();
    symbols.retain(|symbol| usize::from(*symbol) < alphabet);
    symbols
}

/// Bits of a window and of a token, for the methods that have windows.
fn window(method: &Method) -> Option<(usize, usize)> {
    Some((usize::from(method.window_bits()?), method.token_width()?.bits() as usize))
}

/// Positions that a token can have in its window.
pub fn positions(method: &Method) -> usize {
    window(method).map_or(1, |(bits, width)| bits.div_ceil(width))
}

/// A row's tokens, each with its position in its window.
pub fn with_positions<'a>(method: &Method, row: &'a Row) -> impl Iterator<Item = (u32, usize)> + 'a {
    let window = window(method);
    let width = window.map_or(0, |(_, width)| width);
    row.tokens.iter().enumerate().map(move |(i, token)| (*token, position_in_window(row.phase + i * width, window)))
}

/// The rows that one coding example gives.
fn rows<'a>(method: &Method, tokens: &'a [u32], context: usize) -> impl Iterator<Item = (usize, &'a [u32])> {
    let rows = if method.beginnings() == Beginnings::First { 1 } else { usize::MAX };
    let (bits, width) = window(method).unwrap_or((1, 0));
    tokens.chunks(context).take(rows).enumerate().map(move |(i, row)| (i * context * width % bits, row))
}

/// Codes `symbols` in examples of `example` symbols, and hands each one's tokens to `each`.
///
/// # Errors
/// If the tokenizer fails, or the call is stopped.
pub fn encode_examples(
    tokenizer: &dyn Tokenizer,
    symbols: &[Symbol],
    example: usize,
    control: &Control,
    mut each: impl FnMut(&Encoded),
) -> Result<TokenTotals, TokenizeError> {
    let mut totals = TokenTotals::new(tokenizer);
    let examples: Vec<&[Symbol]> = symbols.chunks(example).collect();
    for group in examples.chunks(LANES) {
        for encoded in tokenizer.encode(group, control)? {
            totals.add(&encoded);
            each(&encoded);
        }
    }
    Ok(totals)
}

/// Counts the tokens of `wanted` raw bytes of training text, to the end of an example, and says of how many it was. None if
/// `go_on`, which is told how many bytes are done, says to stop.
///
/// # Errors
/// If the text cannot be read, or the tokenizer fails.
pub fn count_tokens(
    tokenizer: &dyn Tokenizer,
    examples: &mut ShuffledExamples,
    wanted: u64,
    control: &Control,
    go_on: &mut dyn FnMut(u64) -> Result<bool, RunError>,
) -> Result<Option<(TokenCounts, u64)>, RunError> {
    let mut counts = TokenCounts::new(tokenizer.vocabulary(), 1);
    let (mut bytes, mut whole_epoch) = (0, false);
    while bytes < wanted && !whole_epoch {
        let mut group: Vec<Vec<Symbol>> = Vec::with_capacity(LANES);
        let mut symbols = 0;
        while group.len() < LANES && bytes + symbols < wanted && !whole_epoch {
            let example = examples.next()?;
            whole_epoch = examples.epoch() > 0;
            if !whole_epoch {
                symbols += example.len() as u64;
                group.push(codable(tokenizer.method(), example));
            }
        }
        let group: Vec<&[Symbol]> = group.iter().map(Vec::as_slice).collect();
        for encoded in tokenizer.encode(&group, control)? {
            bytes += encoded.raw_bytes as u64;
            counts.add(encoded.tokens.iter().map(|&token| (token, 0)));
        }
        if !go_on(bytes)? {
            return Ok(None);
        }
    }
    Ok(Some((counts, bytes)))
}

fn tokenize_held_out(work: &M2Run, tokenizer: &dyn Tokenizer) -> Result<HeldOut, RunError> {
    let (spec, shared) = (work.spec, work.shared);
    let symbols = codable(&spec.method, corpus::pack_documents(&shared.text.validation));
    let mut held_out = Vec::new();
    let control = work.reporter.control();
    let measured = encode_examples(tokenizer, &symbols, spec.example_bytes, &control, |encoded| {
        let rows = rows(&spec.method, &encoded.tokens, spec.training.context);
        held_out.extend(rows.map(|(phase, tokens)| Row { phase, tokens: tokens.to_vec() }));
    })?;
    Ok(HeldOut { rows: held_out, measured })
}

/// Names rows of `context` tokens: what they mean to a reader hangs on no more than this.
pub fn rows_of(tokenizer: &dyn Tokenizer, model: &str, context: usize) -> String {
    let vocabulary = tokenizer.identity().map_or_else(String::new, |identity| format!(" ({identity})"));
    format!("{}{vocabulary} under {model}, rows of {context}", tokenizer.method())
}

/// Codes training text until there are rows enough for every step, or the split has gone through once. None if it was
/// stopped; what was done is kept, and the next call goes on from there.
fn tokenize_training(work: &mut M2Run, tokenizer: &dyn Tokenizer) -> Result<Option<TokenFile>, RunError> {
    let (spec, shared, context) = (work.spec, work.shared, work.spec.training.context);
    let identity = format!(
        "{}, coding examples of {} symbols, seed {}, {}",
        rows_of(tokenizer, shared.materials.model.identity(), context),
        spec.example_bytes,
        spec.seed,
        shared.text.identity(),
    );
    let number_bytes = number_bytes(tokenizer.vocabulary());
    let path = work.folder.join(format!("tokens.u{}", 8 * number_bytes));
    if let Some(file) = TokenFile::find(&path, &identity) {
        return Ok(Some(file));
    }
    // Under a budget, the rows that are wanted hang on how many bytes a token has turned out to have so far.
    let wanted = |info: &TokenFileInfo| {
        let bytes_per_token = if info.tokens == 0 { 1.0 } else { info.bytes as f64 / info.tokens as f64 };
        let steps = spec.steps(tokenizer.vocabulary(), bytes_per_token, shared.m1.as_ref());
        steps.saturating_mul(spec.training.batch as u64)
    };
    let mut writer = TokenFileWriter::open(&path, &identity, context, number_bytes)?;
    let mut examples = shared.text.shuffled(spec.example_bytes, spec.seed, writer.info.drawn)?;
    let control = work.reporter.control();
    let mut whole_epoch = false;
    let (begun, before) = (Instant::now(), writer.info.bytes);
    while writer.info.rows < wanted(&writer.info) && !whole_epoch {
        let mut group = Vec::with_capacity(LANES);
        while group.len() < LANES && !whole_epoch {
            let example = examples.next()?;
            whole_epoch = examples.epoch() > 0;
            if !whole_epoch {
                group.push(codable(&spec.method, example));
            }
        }
        let lanes: Vec<&[Symbol]> = group.iter().map(Vec::as_slice).collect();
        for encoded in tokenizer.encode(&lanes, &control)? {
            writer.info.drawn += 1;
            writer.info.tokens += encoded.tokens.len() as u64;
            writer.info.bytes += encoded.raw_bytes as u64;
            let wanted = wanted(&writer.info);
            for (phase, row) in rows(&spec.method, &encoded.tokens, context) {
                if row.len() == context && writer.info.rows < wanted {
                    writer.push(phase, row)?;
                }
            }
        }
        writer.sync_if_due()?;
        work.reporter.progress(
            writer.info.drawn,
            examples_to_draw(work, &writer, wanted(&writer.info)),
            "coding examples",
        );
        let mut next = work.reporter.next();
        if next != Next::GoOn {
            writer.sync()?;
        }
        if next == Next::Pause {
            next = work.reporter.hold(Some(work.run))?;
        }
        if next == Next::Stop {
            return Ok(None);
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    if seconds > 0.05 {
        let rate = (writer.info.bytes - before) as f64 / seconds;
        work.reporter.result(work.run, TOKENISE_BYTES_PER_SECOND, rate)?;
    }
    let (rows, wanted) = (writer.info.rows, wanted(&writer.info));
    if rows < wanted && rows > 0 {
        let epochs = wanted as f64 / rows as f64;
        let label = &work.run.label;
        let text = format!("{label}: the training split makes {rows} rows; M2 will see each about {epochs:.1} times");
        work.reporter.message(Level::Info, text)?;
    }
    Ok(Some(writer.finish()?))
}

/// Coding examples that will probably be drawn in all: as many as give the rows that are wanted, or as there are.
fn examples_to_draw(work: &M2Run, writer: &TokenFileWriter, wanted: u64) -> u64 {
    let statistics = &work.shared.text.statistics;
    let there = (statistics.train_bytes + statistics.train_documents) / work.spec.example_bytes as u64;
    let enough = wanted.saturating_mul(writer.info.drawn).div_ceil(writer.info.rows.max(1));
    enough.min(there.max(1)).max(writer.info.drawn)
}

/// Records what a method makes of the held-out text; the unigram model costs `unigram_nats` a token.
pub fn record(
    reporter: &mut Reporter,
    run: &mut RunInfo,
    tokenizer: &dyn Tokenizer,
    measured: &TokenTotals,
    unigram_nats: f64,
) -> Result<(), RunError> {
    let Ratio { bytes, tokens, .. } = measured.ratio;
    reporter.result(run, "token ratio", measured.ratio.token_ratio())?;
    reporter.result(run, "bit ratio", measured.ratio.bit_ratio())?;
    reporter.result(run, "validation bytes", bytes as f64)?;
    reporter.result(run, "validation tokens", tokens as f64)?;
    reporter.result(run, UNIFORM_BITS_PER_BYTE, measured.uniform_bits_per_byte(tokenizer.vocabulary()))?;
    reporter.result(run, UNIGRAM_BITS_PER_BYTE, measured.bits_per_byte(unigram_nats))?;
    if let (Some(ambiguous), Some(padding)) = (measured.ambiguous_share(), measured.mean_padding()) {
        reporter.result(run, "ambiguous windows", ambiguous)?;
        reporter.result(run, "padding bits/window", padding)?;
    }
    if !tokenizer.is_lossless() {
        reporter.result(run, "lost bytes", measured.lost_bytes as f64)?;
    }
    Ok(())
}

/// Records what the tokens are like.
fn describe(work: &mut M2Run, tokenizer: &dyn Tokenizer, held_out: &HeldOut, file: &TokenFile) -> Result<(), RunError> {
    let M2Run { reporter, run, spec, .. } = work;
    let method = &spec.method;
    let mut counts = TokenCounts::new(tokenizer.vocabulary(), positions(method));
    file.for_each_row(|row| counts.add(with_positions(method, &row)))?;
    let scored: Vec<u32> = held_out.rows.iter().flat_map(|row| row.tokens.iter().copied()).collect();
    let nats = scored.iter().map(|token| counts.unigram_nats(*token)).sum::<f64>() / scored.len() as f64;
    record(reporter, run, tokenizer, &held_out.measured, nats)?;
    let tokens = held_out.rows.iter().flat_map(|row| with_positions(method, row));
    let trivial = trivial_accuracy(&counts.commonest_by_position(), tokens);
    for (position, accuracy) in trivial.by_position().into_iter().enumerate() {
        if let Some(accuracy) = accuracy {
            reporter.result(run, &trivial_accuracy_at(position as u16), accuracy)?;
        }
    }
    for (position, seen) in trivial.seen().iter().enumerate() {
        reporter.result(run, &held_out_tokens(position as u16), *seen as f64)?;
    }
    Ok(())
}
