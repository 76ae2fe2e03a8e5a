//! Text to tokens and back: every method behind one trait, under its paper name (paper 3.3 and 3.4).

mod ac;
mod bytes;
mod compiled;
mod control;
mod equal_info;
mod lanes;
mod method;
mod resolve;
pub mod view;

pub use control::Control;
pub use method::{Method, MethodError, TokenWidth};
pub use resolve::Hint;
pub use view::{WindowsView, inspect};

use crate::coding::{Code, Symbol, TokenError};
use crate::m1::windows::{DecodeError, EncodeError};
use crate::m1::{NextSymbol, Trees, UnaskedError, WrongModel};
use std::sync::Arc;

/// Turns text into tokens and back.
pub trait Tokenizer: Send + Sync {
    /// The method.
    fn method(&self) -> &Method;

    /// Tokenizes each example by itself. The examples advance side by side, and the model runs for all of them together:
    /// give many at once.
    ///
    /// # Errors
    /// If an example has a symbol that the method cannot hold, or the call was cancelled.
    fn encode(&self, examples: &[&[Symbol]], control: &Control) -> Result<Vec<Encoded>, TokenizeError>;

    /// The symbols that were encoded.
    ///
    /// # Errors
    /// If this method and model did not encode them, or the call was cancelled.
    fn decode(&self, encoded: &Encoded, control: &Control) -> Result<Vec<Symbol>, TokenizeError>;
}

/// A tokenized example. Decoding uses `tokens`, `bits`, `symbols` and `hints`; the rest describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Token ids, each below the method's vocabulary.
    pub tokens: Vec<u32>,
    /// Length in bits, before the last token was filled up. Bytes counts 8 for each token.
    pub bits: u64,
    /// How many symbols are encoded.
    pub symbols: usize,
    /// How many of them are bytes of the source, not ends of documents: what bits/byte is measured over.
    pub raw_bytes: usize,
    /// The windows in order; none for methods without.
    pub windows: Vec<WindowSpan>,
    /// Where greedy windows end that their codes leave open.
    pub hints: Vec<Hint>,
}

/// One window of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowSpan {
    /// Its first symbol in the example.
    pub start: usize,
    /// How many symbols it has.
    pub symbols: usize,
    /// How many bits of the code are information; the rest is padding.
    pub used_bits: u16,
    /// Its code.
    pub code: Code,
    /// How many texts have this code: with more than one, the window is ambiguous by its code alone. Only greedy windows
    /// are ever ambiguous.
    pub candidates: u32,
    /// Whether it is ambiguous even to a decoder that looks ahead to the next window.
    pub unresolved: bool,
}

impl WindowSpan {
    /// Whether the code alone does not say which text it stands for.
    pub fn is_ambiguous(&self) -> bool {
        self.candidates > 1
    }
}

/// Why text could not be turned into tokens, or back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenizeError {
    #[error("stopped, as was asked")]
    Cancelled,
    #[error(
        "symbol {index} of example {example} is {symbol}, but {method} codes symbols below {alphabet}{}",
        if *.alphabet == 256 { ": windows of 8 bits have no code for end-of-document; leave the marks out, or use b=9 or more" } else { "" }
    )]
    Symbol { example: usize, index: usize, symbol: Symbol, method: Method, alphabet: usize },
    #[error(transparent)]
    WrongModel(#[from] WrongModel),
    #[error(transparent)]
    Tokens(#[from] TokenError),
    #[error("token {index} is {token}, which is no symbol: these tokens were not made by Bytes")]
    NoSymbol { index: usize, token: u32 },
    #[error(
        "{bits} bits do not divide into windows of {window}: the tokens are cut short, or another method made them"
    )]
    Windows { bits: u64, window: u16 },
    #[error(
        "the tokens hold {found} symbols where {wanted} were announced: they are damaged, or another method or model made them"
    )]
    Length { wanted: usize, found: usize },
    #[error("no text has the code of window {window}: the tokens are damaged, or another method or model made them")]
    NoText { window: usize },
    #[error(
        "window {window} can stand for {possible} texts, and there is no hint which: greedy windows are not uniquely decodable"
    )]
    Ambiguous { window: usize, possible: usize },
    #[error(transparent)]
    Encode(#[from] EncodeError),
    #[error(transparent)]
    Decode(DecodeError),
}

impl From<DecodeError> for TokenizeError {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Length { wanted, found } => Self::Length { wanted, found },
            DecodeError::Code { .. } | DecodeError::EndOfDocument { .. } => Self::Decode(error),
        }
    }
}

impl From<UnaskedError> for TokenizeError {
    fn from(error: UnaskedError) -> Self {
        match error {
            UnaskedError::Cancelled => Self::Cancelled,
            UnaskedError::WrongModel(error) => Self::WrongModel(error),
        }
    }
}

/// The tokenizer of `method`, which codes with `model` and keeps what it finds out about it in `trees`.
///
/// # Errors
/// If `trees` are another model's.
pub fn build(
    method: &Method,
    model: Arc<dyn NextSymbol>,
    trees: Arc<Trees>,
) -> Result<Box<dyn Tokenizer>, TokenizeError> {
    Ok(match *method {
        Method::Bytes => Box::new(bytes::Bytes),
        Method::Ac { width } => Box::new(ac::Ac::new(width, model)),
        Method::EqualInfoAc { shape, width } => Box::new(equal_info::EqualInfoAc::new(shape, width, model, trees)?),
    })
}

fn check_symbols(examples: &[&[Symbol]], method: &Method) -> Result<(), TokenizeError> {
    let alphabet = method.alphabet();
    for (example, symbols) in examples.iter().enumerate() {
        if let Some(index) = symbols.iter().position(|&symbol| usize::from(symbol) >= alphabet) {
            return Err(TokenizeError::Symbol { example, index, symbol: symbols[index], method: *method, alphabet });
        }
    }
    Ok(())
}

fn raw_bytes(symbols: &[Symbol]) -> usize {
    symbols.iter().filter(|&&symbol| symbol < crate::coding::END_OF_DOCUMENT).count()
}

#[cfg(test)]
mod tests;
