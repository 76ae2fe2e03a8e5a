//! How long windows are and when they close.

use std::borrow::Cow;
use std::fmt;

use crate::coding::{ALPHABET, Cdf, END_OF_DOCUMENT, Symbol};

/// The shortest window, in bits: one byte.
pub const MIN_WINDOW_BITS: u16 = 8;

/// The longest window, in bits.
pub const MAX_WINDOW_BITS: u16 = 256;

/// The most bits early that a window may end, so as to end with a word.
pub const MAX_SNAP: u8 = 16;

/// When a window closes, and with which code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Termination {
    /// Our own rule: every code decodes to exactly one text, without look-ahead.
    #[default]
    Exact,
    /// The paper's rule (section 3.3): as many symbols as fit. Decoding looks ahead and can be ambiguous.
    Greedy,
    /// The paper's appendix A.5: trailing symbols that add only zeros are left to the next window.
    Delay,
}

impl fmt::Display for Termination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Termination::Exact => "exact",
            Termination::Greedy => "greedy",
            Termination::Delay => "delay",
        })
    }
}

/// How long windows are and when they close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WindowShape {
    bits: u16,
    termination: Termination,
    snap: u8,
}

/// Why windows cannot have a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    #[error("windows of {0} bits are not supported: use {MIN_WINDOW_BITS} to {MAX_WINDOW_BITS} bits")]
    Bits(u16),
    #[error(
        "windows of {bits} bits cannot end up to {snap} bits early: use at most {} bits (0 ends no window early)",
        (bits - 1).min(MAX_SNAP.into())
    )]
    Snap { bits: u16, snap: u8 },
}

impl WindowShape {
    /// Windows of `bits` bits each.
    ///
    /// # Errors
    /// If `bits` is not [`MIN_WINDOW_BITS`] to [`MAX_WINDOW_BITS`].
    pub fn new(bits: u16, termination: Termination) -> Result<Self, ShapeError> {
        match bits {
            MIN_WINDOW_BITS..=MAX_WINDOW_BITS => Ok(Self { bits, termination, snap: 0 }),
            _ => Err(ShapeError::Bits(bits)),
        }
    }

    /// Exact windows of `bits` bits each that may end up to `snap` bits early, so as to end with a word: where the text so
    /// far ends with white space (a space, tab, line feed or carriage return) or the end of a document. With 0, they are
    /// [`Termination::Exact`] windows as they are without.
    ///
    /// # Errors
    /// If `bits` is not [`MIN_WINDOW_BITS`] to [`MAX_WINDOW_BITS`], or `snap` is above [`MAX_SNAP`] or not below `bits`.
    pub fn snapped(bits: u16, snap: u8) -> Result<Self, ShapeError> {
        let shape = Self::new(bits, Termination::Exact)?;
        match snap <= MAX_SNAP && u16::from(snap) < bits {
            true => Ok(Self { snap, ..shape }),
            false => Err(ShapeError::Snap { bits, snap }),
        }
    }

    /// How many bits a window has: `b` in the paper.
    pub fn bits(&self) -> u16 {
        self.bits
    }

    /// When a window closes.
    pub fn termination(&self) -> Termination {
        self.termination
    }

    /// How many bits early a window may end, so as to end with a word; 0 for windows that do not.
    pub fn snap(&self) -> u8 {
        self.snap
    }

    /// How many symbols the windows can hold: 257, or the 256 bytes alone in windows of 8 bits, whose 256 codes
    /// cannot stand for 257 different first symbols. Documents are then joined without marks.
    pub fn alphabet(&self) -> usize {
        ALPHABET.min(1 << self.bits.min(16))
    }

    /// The distribution of a window's first symbol, with no more precision than the window has bits: then every
    /// first symbol gets at least 1 of the 2^bits codes, so every window takes at least one symbol.
    ///
    /// # Panics
    /// If `cdf` has more symbols than [`Self::alphabet`].
    pub(super) fn first_symbol<'a>(&self, cdf: &'a Cdf) -> Cow<'a, Cdf> {
        let (symbols, alphabet) = (cdf.symbols(), self.alphabet());
        assert!(symbols <= alphabet, "{symbols} symbols in windows of {} bits: they hold {alphabet}", self.bits);
        match u8::try_from(self.bits) {
            Ok(bits) if bits < cdf.precision() => Cow::Owned(cdf.coarser(bits)),
            _ => Cow::Borrowed(cdf),
        }
    }
}

/// Whether a text that ends with `symbol` ends with a word: the symbol is white space or the end of a document.
pub(super) fn ends_word(symbol: Symbol) -> bool {
    [b' ', b'\t', b'\n', b'\r'].map(Symbol::from).contains(&symbol) || symbol == END_OF_DOCUMENT
}
