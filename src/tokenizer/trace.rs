//! An encoded example followed symbol by symbol: what each costs, where its bits lie, and what each token stands for.

use super::{Encoded, TokenWidth};
use crate::coding::{Cdf, Symbol, WindowEncoder};
use serde::Serialize;
use std::ops::Range;

/// An encoded example, followed. Positions of bits are in the example's code, the string that tokens are cut from; where
/// tokens are no pieces of a bit string, each takes ⌈log2 v⌉ bits of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// What each symbol costs in bits: −log2 of its probability where a model says it, before anything is rounded to
    /// windows or tokens; an equal share of its token's bits where none does.
    pub costs: Vec<f64>,
    /// Where each symbol's bits end: symbol `i` settles the bits from `ends[i − 1]` up to `ends[i]`, which may be none.
    pub ends: Vec<u64>,
    /// One span for each token.
    pub tokens: Vec<TokenSpan>,
    /// Why each window ends; without windows, why the text does.
    pub window_ends: Vec<End>,
}

/// What a token stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenSpan {
    pub token: u32,
    /// Its bits in the code. Those after the code's end, which fill the last token up, are not among them.
    pub bits: Range<u64>,
    /// The symbols that have a say in its bits; none if all of them are padding. The first and the last may have bits in
    /// the tokens before and after: they straddle.
    pub symbols: Range<usize>,
    /// The window in which it begins, if there are windows.
    pub window: Option<usize>,
}

/// Why a window ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum End {
    /// The text does.
    Text,
    /// The next byte, which would cost `cost_bits`, does not fit: `bits_left` are left.
    Full { next: u8, cost_bits: f64, bits_left: u64 },
    /// Bytes from the next one on would add only zeros, and are left to the next window (delay).
    OnlyZeros { next: u8, cost_bits: f64 },
    /// A word ends here, and the rest, from the next byte on, would not have fitted with its own word's end.
    Word { next: u8 },
    /// It is a piece of the vocabulary, whole.
    Piece,
    /// It has as many symbols as every window.
    Count,
    /// M1 is unsure of what comes next: by so many bits of entropy.
    Unsure { next: u8, entropy_bits: f64 },
}

impl End {
    /// Why a window of equal information ended, which holds its text in `window` still: `next` comes after it, which
    /// `cdf` distributes.
    pub(super) fn after(window: &WindowEncoder, next: u8, cdf: &Cdf, bits_left: u64) -> Self {
        let (fits, cost_bits) = (window.fits(next.into(), cdf), cdf.cost_bits(next.into()));
        match fits {
            false => Self::Full { next, cost_bits, bits_left },
            true if window.shape().snap() > 0 => Self::Word { next },
            true => Self::OnlyZeros { next, cost_bits },
        }
    }
}

impl Trace {
    /// The trace of a code whose tokens are cut every `width` bits.
    pub fn of_bits(
        encoded: &Encoded,
        width: TokenWidth,
        costs: Vec<f64>,
        ends: Vec<u64>,
        window_ends: Vec<End>,
    ) -> Self {
        let width = u64::from(width.bits());
        let mut spans = Spans::new(&ends, encoded);
        let token = |(index, &token): (usize, &u32)| {
            let start = index as u64 * width;
            spans.next(token, start..(start + width).min(encoded.bits))
        };
        let tokens = encoded.tokens.iter().enumerate().map(token).collect();
        Self { costs, ends, tokens, window_ends }
    }

    /// Symbols whose bits lie in more than one token, in order: what is drawn across a border (paper, Fig 9).
    pub fn straddling(&self) -> impl Iterator<Item = usize> + '_ {
        let borders = self.tokens.iter().skip(1).map(|token| token.bits.start);
        let over = borders.filter_map(|border| {
            let symbol = self.ends.partition_point(|&end| end <= border);
            let start = symbol.checked_sub(1).map_or(0, |before| self.ends[before]);
            (symbol < self.ends.len() && start < border).then_some(symbol)
        });
        let mut last = None;
        over.filter(move |&symbol| last.replace(symbol) != Some(symbol))
    }
}

/// Finds the symbols of rising ranges of bits.
pub(super) struct Spans<'a> {
    ends: &'a [u64],
    encoded: &'a Encoded,
    symbol: usize,
    window: usize,
}

impl<'a> Spans<'a> {
    pub fn new(ends: &'a [u64], encoded: &'a Encoded) -> Self {
        Self { ends, encoded, symbol: 0, window: 0 }
    }

    /// The span of `token`, which has these bits and comes after those before.
    pub fn next(&mut self, token: u32, bits: Range<u64>) -> TokenSpan {
        // Symbols that end before the token begins have no say in it; one that ends where it begins neither.
        while self.ends.get(self.symbol).is_some_and(|&end| end <= bits.start) {
            self.symbol += 1;
        }
        let mut end = self.symbol;
        while end < self.ends.len() && (end == 0 || self.ends[end - 1] < bits.end) {
            end += 1;
        }
        let windows = &self.encoded.windows;
        while windows.get(self.window + 1).is_some_and(|window| window.first_bit <= bits.start) {
            self.window += 1;
        }
        let window = (!windows.is_empty()).then_some(self.window);
        TokenSpan { token, bits, symbols: self.symbol..end, window }
    }
}

/// The byte that comes at `index`; ends of documents are none.
pub(super) fn byte_at(example: &[Symbol], index: usize) -> Option<u8> {
    example.get(index).and_then(|&symbol| u8::try_from(symbol).ok())
}
