//! Trained M2s write: tokens are sampled one at a time, and the tokenizer turns them into text as they come.
//!
//! A request names one run or two. Two write one after the other and never side by side, so that each has all cores and
//! its speed can be trusted; prompt, sampling and number of tokens are the same for both. M2 always steps on the CPU, whatever
//! device it was trained on: one symbol at a time leaves a GPU nothing to do at once.
//!
//! A prompt is coded by the run's own tokenizer. Where its last window is not filled, its code may stand for more than the
//! prompt says; M2 would go on after words that nobody wrote. Then the prompt ends with the window before, and what is left
//! out is told.

mod author;
mod continuation;
mod error;

pub use crate::model::Sampling;
pub use author::{Writer, writers};
pub use error::GenerateError;

use super::event::{RunId, RunInfo};
use super::tokens::codable;
use crate::coding::{END_OF_DOCUMENT, Symbol};
use crate::model::Sampler;
use crate::tokenizer::{Beginnings, Control, Piece, TokenizeError, Tokenizer};
use author::Author;
use continuation::Continuation;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Text is handed over this often.
const CHUNK_EVERY: Duration = Duration::from_millis(40);

/// What is to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The store of results.
    pub store: PathBuf,
    /// One run, or two that write the same prompt on, one after the other.
    pub runs: Vec<RunId>,
    /// Text that goes before; may be empty.
    pub prompt: Vec<u8>,
    /// How many tokens each writes.
    pub tokens: usize,
    pub sampling: Sampling,
}

/// A text in the making as its faces hold it.
pub struct Handle {
    pub told: Receiver<Told>,
    /// Set it to stop; what was written stays.
    pub cancel: Arc<AtomicBool>,
    pub thread: JoinHandle<()>,
}

/// What the worker tells. The first number is the place of the run in [`Request::runs`].
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// Its checkpoint is read and its tokenizer made.
    Opening(usize),
    /// It begins to write.
    Began(usize, Box<Began>),
    /// It has written on.
    Wrote(usize, Chunk),
    /// Last of all.
    Finished(Ended),
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    Done,
    Stopped,
    Failed(String),
}

/// Who writes, and after what.
#[derive(Debug, Clone, PartialEq)]
pub struct Began {
    pub run: RunInfo,
    pub experiment: String,
    /// Optimiser steps that its checkpoint has taken.
    pub step: u64,
    /// Tokens of its training rows; after so many it begins again with the last half of them.
    pub context: usize,
    pub vocabulary: usize,
    /// The prompt as far as whole tokens hold it.
    pub prompt: Vec<u8>,
    pub prompt_tokens: usize,
    /// The end of the prompt, which fills no window.
    pub left_out: Vec<u8>,
    /// What else is to be known, in sentences.
    pub notes: Vec<String>,
}

/// Tokens in the order in which they were written, and the figures of all so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chunk {
    pub tokens: Vec<Written>,
    pub figures: Figures,
}

/// A token, and what can be read since it is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    pub token: u32,
    /// −log2 of its probability under the model, whatever the temperature.
    pub bits: f64,
    pub text: Vec<Fragment>,
}

/// A piece of what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fragment {
    Bytes(Vec<u8>),
    EndOfDocument,
    /// A window whose code no text has.
    NoText,
}

/// What writing took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Figures {
    pub tokens: u64,
    /// Bytes that could be read of them.
    pub bytes: u64,
    /// Seconds of M2's steps and of drawing.
    pub model_seconds: f64,
    /// Seconds of the tokenizer, which turned tokens into text.
    pub reading_seconds: f64,
    /// The tokens' bits under the model together.
    pub bits: f64,
}

impl Figures {
    /// Tokens per second of M2 alone; none before the first.
    pub fn steps_per_second(&self) -> Option<f64> {
        ratio(self.tokens as f64, self.model_seconds)
    }

    /// Bytes of text per second of M2 and the tokenizer together.
    pub fn bytes_per_second(&self) -> Option<f64> {
        ratio(self.bytes as f64, self.model_seconds + self.reading_seconds)
    }

    pub fn bytes_per_token(&self) -> Option<f64> {
        ratio(self.bytes as f64, self.tokens as f64)
    }

    /// Bits per byte of what was sampled, under the model that sampled it: at temperature 1 an estimate of its entropy.
    pub fn bits_per_byte(&self) -> Option<f64> {
        ratio(self.bits, self.bytes as f64)
    }

    /// Share of the time that the tokenizer took.
    pub fn reading_share(&self) -> Option<f64> {
        ratio(self.reading_seconds, self.model_seconds + self.reading_seconds)
    }
}

fn ratio(a: f64, b: f64) -> Option<f64> {
    (b > 0.0).then(|| a / b)
}

/// Starts the worker. Everything that goes wrong from here on comes as the last that is told.
///
/// # Errors
/// If the request makes no sense, or the system gives no thread.
pub fn start(request: Request) -> Result<Handle, GenerateError> {
    Sampler::new(request.sampling)?;
    if request.tokens == 0 {
        return Err(GenerateError::Length);
    }
    let (teller, told) = channel();
    let cancel = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&cancel);
    let work = move || {
        let guarded = std::panic::AssertUnwindSafe(|| write_all(&request, &teller, &stop));
        let ended = match std::panic::catch_unwind(guarded) {
            Ok(Ok(ended)) => ended,
            Ok(Err(_)) if stop.load(Ordering::Relaxed) => Ended::Stopped,
            Ok(Err(error)) => Ended::Failed(error.to_string()),
            Err(panic) => Ended::Failed(GenerateError::Panicked(super::panic_text(panic.as_ref())).to_string()),
        };
        // A face that has gone away has no need of it.
        let _ = teller.send(Told::Finished(ended));
    };
    let thread = std::thread::Builder::new().name("generate".to_owned()).spawn(work);
    Ok(Handle { told, cancel, thread: thread.map_err(GenerateError::Thread)? })
}

fn write_all(request: &Request, teller: &Sender<Told>, cancel: &Arc<AtomicBool>) -> Result<Ended, GenerateError> {
    for (side, run) in request.runs.iter().enumerate() {
        // Nobody listens once the window is closed.
        if teller.send(Told::Opening(side)).is_err() {
            return Ok(Ended::Stopped);
        }
        let author = Author::open(&request.store, *run, cancel)?;
        if !write(author, request, cancel, side, teller)? {
            return Ok(Ended::Stopped);
        }
    }
    Ok(Ended::Done)
}

/// Writes; false if it was stopped.
fn write(
    author: Author,
    request: &Request,
    cancel: &Arc<AtomicBool>,
    side: usize,
    teller: &Sender<Told>,
) -> Result<bool, GenerateError> {
    let Author { tokenizer, stepper, run, experiment, method, context, step, notes } = author;
    let tokenizer = tokenizer.as_ref();
    let prompt = Prompt::new(tokenizer, &request.prompt, cancel)?;
    let mut reader = tokenizer.reader()?;
    let mut text = Continuation::new(stepper, context, &method);
    for &token in &prompt.tokens {
        reader.push(token)?;
        text.push(token)?;
    }
    let mut began = Began {
        run,
        experiment,
        step,
        context,
        vocabulary: tokenizer.vocabulary(),
        prompt_tokens: prompt.tokens.len(),
        prompt: prompt.read,
        left_out: prompt.left_out,
        notes,
    };
    if method.beginnings() == Beginnings::First && prompt.tokens.len() + request.tokens > context {
        began.notes.push(format!(
            "Under {method}, M2 was trained on the first {context} tokens of each text only: past them it writes what it \
             has never seen."
        ));
    }
    if teller.send(Told::Began(side, Box::new(began))).is_err() {
        return Ok(false);
    }
    let mut sampler = Sampler::new(request.sampling)?;
    let (mut figures, mut tokens, mut sent) = (Figures::default(), Vec::new(), Instant::now());
    for left in (0..request.tokens).rev() {
        let start = Instant::now();
        let drawn = sampler.draw(text.logits())?;
        if left > 0 {
            text.push(drawn.symbol)?;
        }
        let stepped = Instant::now();
        let pieces = reader.push(drawn.symbol)?;
        let read = Instant::now();
        figures.tokens += 1;
        figures.bits += drawn.bits;
        figures.model_seconds += (stepped - start).as_secs_f64();
        figures.reading_seconds += (read - stepped).as_secs_f64();
        let text = fragments(&pieces);
        figures.bytes += text.iter().map(Fragment::bytes).sum::<u64>();
        tokens.push(Written { token: drawn.symbol, bits: drawn.bits, text });
        let stopped = cancel.load(Ordering::Relaxed);
        if left == 0 || stopped || sent.elapsed() >= CHUNK_EVERY {
            sent = Instant::now();
            let tokens = std::mem::take(&mut tokens);
            let heard = teller.send(Told::Wrote(side, Chunk { tokens, figures })).is_ok();
            if stopped || !heard {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

impl Fragment {
    /// Bytes of text.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::EndOfDocument | Self::NoText => 0,
        }
    }
}

fn fragments(pieces: &[Piece]) -> Vec<Fragment> {
    let mut fragments = Vec::new();
    for &piece in pieces {
        match (piece, fragments.last_mut()) {
            (Piece::NoText, _) => fragments.push(Fragment::NoText),
            (Piece::Symbol(END_OF_DOCUMENT), _) => fragments.push(Fragment::EndOfDocument),
            (Piece::Symbol(symbol), Some(Fragment::Bytes(bytes))) => bytes.push(symbol as u8),
            (Piece::Symbol(symbol), _) => fragments.push(Fragment::Bytes(vec![symbol as u8])),
        }
    }
    fragments
}

/// A prompt as tokens.
struct Prompt {
    tokens: Vec<u32>,
    /// What they stand for.
    read: Vec<u8>,
    left_out: Vec<u8>,
}

impl Prompt {
    /// The most tokens of the prompt that are nothing but prompt: what ends it (a padded window, a code's last bits) would
    /// be read as text that nobody wrote.
    fn new(tokenizer: &dyn Tokenizer, text: &[u8], cancel: &Arc<AtomicBool>) -> Result<Self, TokenizeError> {
        if text.is_empty() {
            return Ok(Self { tokens: Vec::new(), read: Vec::new(), left_out: Vec::new() });
        }
        let symbols = codable(tokenizer.method(), text.iter().map(|&byte| Symbol::from(byte)).collect());
        let control = Control { cancel: Arc::clone(cancel), progress: None };
        let mut tokens = tokenizer.encode(&[&symbols], &control)?.remove(0).tokens;
        let mut reader = tokenizer.reader()?;
        let (mut read, mut kept) = (0, (0, 0));
        'tokens: for (index, &token) in tokens.iter().enumerate() {
            for piece in reader.push(token)? {
                // A method that changes texts (SentencePiece joins spaces) is taken at its word.
                let same = piece == symbols.get(read).map_or(Piece::NoText, |&symbol| Piece::Symbol(symbol));
                if tokenizer.is_lossless() && !same {
                    break 'tokens;
                }
                read = (read + 1).min(text.len());
            }
            if reader.is_at_border() {
                kept = (index + 1, read);
            }
        }
        tokens.truncate(kept.0);
        let (read, left_out) = text.split_at(kept.1);
        Ok(Self { tokens, read: read.to_vec(), left_out: left_out.to_vec() })
    }
}

#[cfg(test)]
mod tests;
