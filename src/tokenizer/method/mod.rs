//! Methods by the names that the paper gives them, as in `EqualInfoAC[b=16, v=65k]` (3.4).

mod edit_distance;
mod name;
mod width;

pub use edit_distance::edit_distance;
pub use name::{MethodError, method_list, names};
pub use width::TokenWidth;

use super::subword::{Ranks, TrainedKind};
use crate::coding::{ALPHABET, END_OF_DOCUMENT, Termination, WindowShape};
use crate::m1::STREAM_PRECISION;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU16;
use std::sync::Arc;

/// A way of turning text into tokens.
///
/// Parsed and printed by its name: `Bytes`, `AC[v=256]`, `EqualInfoAC[b=16, v=65k]`,
/// `EqualInfoAC[b=16, v=256, greedy]`; [`names`] lists them all. In `v`, `65k` is 65,536.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Method {
    /// Every byte is a token, and end-of-document is one.
    Bytes,
    /// T5's vocabulary of 32,000 Unigram pieces: the paper's subword baseline (3.4).
    SentencePiece,
    /// The vocabulary of a Hugging Face `tokenizer.json`.
    HuggingFace { file: Arc<str> },
    /// The byte pairs that OpenAI published.
    OpenAi(Ranks),
    /// A vocabulary of `pieces` pieces, trained on the corpus.
    Trained { kind: TrainedKind, pieces: u32 },
    /// Arithmetic coding of the whole text with M1 (3.3).
    Ac { width: TokenWidth, precision: Precision },
    /// Arithmetic coding with the one distribution of bytes that the training split has (3.3).
    StaticAc { width: TokenWidth, precision: Precision },
    /// Arithmetic coding in windows of equal information (3.3).
    EqualInfoAc { shape: WindowShape, width: TokenWidth, reset: Reset },
    /// DEFLATE of each example, bare or in gzip's header and footer (3.3, A.4).
    GZip { width: TokenWidth, bare: bool },
    /// Windows of equally many symbols, each coded afresh into as many tokens as it takes (B.1).
    EqualText { symbols: NonZeroU16, width: TokenWidth, delimited: bool },
    /// A Huffman code (B.2): of the training split's bytes, or made anew for each symbol of what M1 expects.
    Huffman { width: TokenWidth, source: HuffmanSource },
    /// Asymmetric numeral systems with M1 (B.3).
    Ans { width: TokenWidth, precision: Precision },
    /// Segments that end where M1 is unsure of what comes next: where its entropy exceeds a limit.
    EntropyCut { limit: Entropy, width: TokenWidth },
    /// A control: the text, enciphered. It comes back, but to whom does not know the cipher its tokens are noise.
    Random { width: TokenWidth },
}

/// Where a Huffman code comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HuffmanSource {
    /// The frequencies of the training split.
    Static,
    /// M1, at every symbol.
    M1,
}

/// When M1's context starts afresh (A.2). The coder does in every window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Reset {
    /// In every window.
    #[default]
    EveryWindow,
    /// In every `k`-th window, from the first on; `k` is at least 2.
    Every(NonZeroU16),
    /// At the start of the example only.
    Never,
}

/// Bits of a distribution's precision: 12 to 24, and 14 in the paper (3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Precision(u8);

impl Precision {
    /// # Errors
    /// If `bits` is not 12 to 24.
    pub fn new(bits: u64) -> Result<Self, MethodError> {
        match u8::try_from(bits) {
            Ok(bits @ 12..=24) => Ok(Self(bits)),
            _ => Err(MethodError::Precision { given: bits }),
        }
    }

    pub fn bits(self) -> u8 {
        self.0
    }
}

impl Default for Precision {
    fn default() -> Self {
        Self(STREAM_PRECISION)
    }
}

/// Bits of entropy, in thousandths; below 8.01, which no distribution over 257 symbols exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Entropy(u16);

impl Entropy {
    /// # Errors
    /// If it is none, or more than a distribution can have.
    pub fn new(thousandths: u16) -> Result<Self, MethodError> {
        match thousandths {
            1..=8009 => Ok(Self(thousandths)),
            _ => Err(MethodError::Entropy(format!("{}", f64::from(thousandths) / 1000.0))),
        }
    }

    /// In bits, with 16 binary digits after the point, rounded down.
    pub fn fixed_point(self) -> u32 {
        (u32::from(self.0) << 16) / 1000
    }
}

/// Which tokens of an example can be looked at by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginnings {
    /// A reader can begin at any of them, at the next border of a window or of a token's text at the latest.
    Anywhere,
    /// What a token means hangs on all before it: a reader has to begin with the first.
    First,
}

impl Method {
    /// `AC[v=…]`.
    ///
    /// # Errors
    /// If `v` is impossible.
    pub fn ac(v: u64) -> Result<Self, MethodError> {
        Ok(Self::Ac { width: TokenWidth::of_vocabulary(v)?, precision: Precision::default() })
    }

    /// `EqualInfoAC[b=…, v=…, …]` where M1 starts afresh in every window.
    ///
    /// # Errors
    /// If `b` or `v` is impossible.
    pub fn equal_info(b: u64, v: u64, termination: Termination) -> Result<Self, MethodError> {
        let width = TokenWidth::of_vocabulary(v)?;
        let shape = u16::try_from(b).ok().and_then(|bits| WindowShape::new(bits, termination).ok());
        let shape = shape.ok_or(MethodError::WindowBits { given: b })?;
        Ok(Self::EqualInfoAc { shape, width, reset: Reset::EveryWindow })
    }

    /// How many bits a token has; `None` where tokens are not pieces of a bit string.
    pub fn token_width(&self) -> Option<TokenWidth> {
        match *self {
            Self::Bytes | Self::SentencePiece | Self::HuggingFace { .. } | Self::OpenAi(_) | Self::Trained { .. } => {
                None
            }
            Self::Ac { width, .. }
            | Self::StaticAc { width, .. }
            | Self::EqualInfoAc { width, .. }
            | Self::GZip { width, .. }
            | Self::EqualText { width, .. }
            | Self::Huffman { width, .. }
            | Self::Ans { width, .. }
            | Self::EntropyCut { width, .. }
            | Self::Random { width } => Some(width),
        }
    }

    /// How many bits a window has, if there are windows of equally many.
    pub fn window_bits(&self) -> Option<u16> {
        match self {
            Self::EqualInfoAc { shape, .. } => Some(shape.bits()),
            _ => None,
        }
    }

    /// How many tokens make up a window; `None` if there are no windows of equally many, or tokens cross their borders.
    pub fn tokens_per_window(&self) -> Option<usize> {
        let (bits, width) = (usize::from(self.window_bits()?), self.token_width()?.bits() as usize);
        bits.is_multiple_of(width).then(|| bits / width)
    }

    /// How many symbols the method's texts are made of: 257, or the 256 bytes alone. Windows of 8 bits have no code left for
    /// end-of-document, and GZip and Random take bytes as they come; under these, documents are joined without marks.
    pub fn alphabet(&self) -> usize {
        match self {
            Self::EqualInfoAc { shape, .. } => shape.alphabet(),
            Self::GZip { .. } | Self::Random { .. } => usize::from(END_OF_DOCUMENT),
            _ => ALPHABET,
        }
    }

    /// Whether M1 is run for every symbol of a text.
    pub fn runs_m1(&self) -> bool {
        match self {
            Self::Ac { .. }
            | Self::EqualInfoAc { .. }
            | Self::EqualText { .. }
            | Self::Huffman { source: HuffmanSource::M1, .. }
            | Self::Ans { .. }
            | Self::EntropyCut { .. } => true,
            Self::Bytes
            | Self::SentencePiece
            | Self::HuggingFace { .. }
            | Self::OpenAi(_)
            | Self::Trained { .. }
            | Self::StaticAc { .. }
            | Self::GZip { .. }
            | Self::Huffman { source: HuffmanSource::Static, .. }
            | Self::Random { .. } => false,
        }
    }

    /// Whether the method codes with the frequencies of the training split's symbols.
    pub fn counts_symbols(&self) -> bool {
        matches!(self, Self::StaticAc { .. } | Self::Huffman { source: HuffmanSource::Static, .. })
    }

    /// Where reading can begin.
    pub fn beginnings(&self) -> Beginnings {
        match self {
            Self::Bytes
            | Self::SentencePiece
            | Self::HuggingFace { .. }
            | Self::OpenAi(_)
            | Self::Trained { .. }
            | Self::EqualInfoAc { reset: Reset::EveryWindow, .. }
            | Self::EqualText { delimited: true, .. } => Beginnings::Anywhere,
            Self::Ac { .. }
            | Self::StaticAc { .. }
            | Self::EqualInfoAc { .. }
            // Without delimiters, only decoding from the first on shows where windows end.
            | Self::EqualText { .. }
            | Self::GZip { .. }
            | Self::Huffman { .. }
            | Self::Ans { .. }
            | Self::EntropyCut { .. }
            | Self::Random { .. } => Beginnings::First,
        }
    }
}
