//! Text to tokens and back: every method behind one trait, under its paper name (paper 3.3 and 3.4).

mod alone;
pub mod atlas;
mod bytes;
mod carried;
mod chunks;
mod compiled;
mod control;
mod deflate;
mod entropy_cut;
mod equal_info;
mod equal_text;
mod gzip;
mod lanes;
mod materials;
mod method;
mod packed;
mod pieces;
mod random;
mod reading;
mod resolve;
pub mod steps;
mod stream;
mod subword;
mod trace;
pub mod view;

pub use atlas::Atlas;
pub use chunks::Chunks;
pub use control::Control;
pub use materials::{FitError, Fitted, Fitting, Materials, TrainingText};
pub use method::{
    Beginnings, Entropy, HuffmanSource, Method, MethodError, Precision, Reset, TokenWidth, edit_distance, method_list,
    names,
};
pub use packed::{PackError, Packed};
pub use reading::{Piece, Reader};
pub use resolve::Hint;
pub use steps::{Passage, Steps, StepsError, steps};
pub use subword::{Ranks, SubwordError, TrainedKind};
pub use trace::{End, TokenSpan, Trace};
pub use view::{WindowsView, inspect};

use crate::coding::{ALPHABET, BitsError, Code, END_OF_DOCUMENT, Symbol, TokenError, unpack_tokens};
use crate::m1::windows::{DecodeError, EncodeError};
use crate::m1::{UnaskedError, WrongModel};
use deflate::DeflateError;
use stream::{Coder, Stream};

/// Turns text into tokens and back.
pub trait Tokenizer: Send + Sync {
    /// The method.
    fn method(&self) -> &Method;

    /// How many different tokens there are. The paper says 256 for Bytes; end-of-document, which is token 256, makes it
    /// 257.
    fn vocabulary(&self) -> usize {
        self.method().token_width().map_or(ALPHABET, TokenWidth::vocabulary)
    }

    /// What a token costs in bits, as the paper's bit compression ratio counts it (3.4): 8 for Bytes, which has no
    /// end-of-document to count there.
    fn bits_per_token(&self) -> f64 {
        self.method().token_width().unwrap_or(TokenWidth::BYTE).bits().into()
    }

    /// Whether every text comes back.
    fn is_lossless(&self) -> bool {
        true
    }

    /// Which vocabulary the tokenizer has, if it has one: its kind and a hash.
    fn identity(&self) -> Option<String> {
        None
    }

    /// Tokenizes each example by itself. The examples advance side by side, and the model runs for all of them together:
    /// give many at once.
    ///
    /// # Errors
    /// If an example has a symbol that the method cannot hold, or the call was cancelled.
    fn encode(&self, examples: &[&[Symbol]], control: &Control) -> Result<Vec<Encoded>, TokenizeError>;

    /// The symbols that were encoded, or what [`is left`](Self::is_lossless) of them.
    ///
    /// # Errors
    /// If the tokens are seen to be another method's or model's, or damaged, or the call was cancelled. Not all damage can
    /// be seen: most bits are the code of some text. Who keeps tokens keeps a checksum with them.
    fn decode(&self, encoded: &Encoded, control: &Control) -> Result<Vec<Symbol>, TokenizeError>;

    /// Reads tokens as they come, with neither their number nor their text's length known.
    ///
    /// # Errors
    /// If the method's tokens mean nothing before all of them are there, or are not read so by this program.
    fn reader(&self) -> Result<Box<dyn Reader + '_>, TokenizeError> {
        Err(TokenizeError::NotAsTheyCome { method: self.method().clone() })
    }

    /// Follows an example that was encoded so: what each symbol costs, and which bits, tokens and windows it is in.
    ///
    /// # Errors
    /// If the call was cancelled.
    fn trace(&self, example: &[Symbol], encoded: &Encoded, control: &Control) -> Result<Trace, TokenizeError>;
}

/// A tokenized example. Decoding uses `tokens`, `bits`, `symbols` and `hints`; the rest describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Token ids, each below the method's vocabulary.
    pub tokens: Vec<u32>,
    /// Length of the code in bits, before the last token was filled up; where tokens are no pieces of a bit string, as many
    /// for each token as name it.
    pub bits: u64,
    /// How many symbols are encoded.
    pub symbols: usize,
    /// How many of them are bytes of the source, not ends of documents: what bits/byte is measured over.
    pub raw_bytes: usize,
    /// The windows in order; none for methods without.
    pub windows: Vec<WindowSpan>,
    /// Where greedy windows end that their codes leave open.
    pub hints: Vec<Hint>,
    /// How many bytes of the source do not come back.
    pub lost_bytes: usize,
}

impl Encoded {
    /// An example whose tokens these are; no bits, windows or hints as yet.
    fn of_tokens(tokens: Vec<u32>, example: &[Symbol]) -> Self {
        let raw_bytes = example.iter().filter(|&&symbol| symbol < END_OF_DOCUMENT).count();
        Self {
            tokens,
            bits: 0,
            symbols: example.len(),
            raw_bytes,
            windows: Vec::new(),
            hints: Vec::new(),
            lost_bytes: 0,
        }
    }

    /// The codes of its windows, if `method`, which encoded it, has windows of equally many bits.
    ///
    /// # Errors
    /// If it was not encoded by it.
    pub fn window_codes(&self, method: &Method) -> Result<Vec<Code>, TokenizeError> {
        let (Some(width), Some(window)) = (method.token_width(), method.window_bits()) else {
            return Ok(Vec::new());
        };
        let bits = unpack_tokens(&self.tokens, width.bits(), self.bits)?;
        let mut reader = bits.reader();
        let mut codes = Vec::new();
        while reader.remaining() > 0 {
            let code = Code::read(&mut reader, window);
            codes.push(code.map_err(|_| TokenizeError::Windows { bits: self.bits, window })?);
        }
        Ok(codes)
    }

    /// The symbols, if they are as many as were encoded.
    fn check_length(&self, symbols: Vec<Symbol>) -> Result<Vec<Symbol>, TokenizeError> {
        match symbols.len() == self.symbols {
            true => Ok(symbols),
            false => Err(TokenizeError::Length { wanted: self.symbols, found: symbols.len() }),
        }
    }
}

/// One window of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowSpan {
    /// Its first symbol in the example.
    pub start: usize,
    /// How many symbols it has.
    pub symbols: usize,
    /// Where its code begins in the example's.
    pub first_bit: u64,
    /// How many bits its code has.
    pub bits: u32,
    /// How many of them are information; the rest is padding.
    pub used_bits: u32,
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
        if *.alphabet == 256 { ": it has no code for end-of-document, so leave the marks out; most other methods have one, and so have windows of b=9 bits or more" } else { "" }
    )]
    Symbol { example: usize, index: usize, symbol: Symbol, method: Method, alphabet: usize },
    #[error(transparent)]
    WrongModel(#[from] WrongModel),
    #[error(transparent)]
    Tokens(#[from] TokenError),
    #[error("the tokens are damaged, or another method or model made them: {0}")]
    Bits(#[from] BitsError),
    #[error("the tokens are damaged, or another method or model made them: {what}")]
    Damaged { what: &'static str },
    #[error(transparent)]
    Deflate(#[from] DeflateError),
    #[error(transparent)]
    Subword(#[from] SubwordError),
    #[error("{method} was not given {what}: fit it to a training text first")]
    NotFitted { method: Method, what: &'static str },
    #[error(
        "{method} cannot be read token by token as a model writes them. Choose a run over Bytes, a subword vocabulary, \
         EqualInfoAC, AC, StaticAC or Huffman"
    )]
    NotAsTheyCome { method: Method },
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

/// The tokenizer of `method`.
///
/// # Errors
/// If the materials lack what the method needs, or their trees are another model's.
pub fn build(method: &Method, materials: &Materials) -> Result<Box<dyn Tokenizer>, TokenizeError> {
    let Materials { model, trees, fitted } = materials;
    let stream = |width, coder, precision, model| Box::new(Stream::new(method.clone(), width, coder, precision, model));
    Ok(match *method {
        Method::Bytes => Box::new(bytes::Bytes),
        Method::SentencePiece | Method::HuggingFace { .. } | Method::OpenAi(_) | Method::Trained { .. } => {
            Box::new(pieces::Pieces::new(method.clone(), fitted.vocabulary(method)?))
        }
        Method::Ac { width, precision } => stream(width, Coder::Arithmetic, precision.bits(), model.clone()),
        Method::StaticAc { width, precision } => {
            stream(width, Coder::Arithmetic, precision.bits(), fitted.unigram(method)?)
        }
        Method::Ans { width, precision } => stream(width, Coder::Ans, precision.bits(), model.clone()),
        Method::Huffman { width, source: HuffmanSource::M1 } => {
            stream(width, Coder::Huffman, Precision::default().bits(), model.clone())
        }
        Method::Huffman { width, source: HuffmanSource::Static } => {
            stream(width, Coder::Huffman, Precision::default().bits(), fitted.unigram(method)?)
        }
        Method::EqualInfoAc { shape, width, reset: Reset::EveryWindow } => {
            Box::new(equal_info::EqualInfoAc::new(shape, width, model.clone(), trees.clone())?)
        }
        Method::EqualInfoAc { shape, width, reset } => {
            Box::new(carried::CarriedEqualInfoAc::new(shape, width, reset, model.clone()))
        }
        Method::EqualText { symbols, width, delimited } => {
            let symbols = symbols.get().into();
            let method = method.clone();
            Box::new(equal_text::EqualText::new(method, symbols, width, delimited, model.clone(), trees)?)
        }
        Method::EntropyCut { limit, width } => Box::new(entropy_cut::EntropyCut::new(limit, width, model.clone())),
        Method::GZip { width, bare } => Box::new(gzip::GZip::new(width, bare)),
        Method::Random { width } => Box::new(random::Random::new(width)),
    })
}

fn check_symbols(examples: &[&[Symbol]], method: &Method) -> Result<(), TokenizeError> {
    let alphabet = method.alphabet();
    for (example, symbols) in examples.iter().enumerate() {
        if let Some(index) = symbols.iter().position(|&symbol| usize::from(symbol) >= alphabet) {
            let method = method.clone();
            return Err(TokenizeError::Symbol { example, index, symbol: symbols[index], method, alphabet });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
