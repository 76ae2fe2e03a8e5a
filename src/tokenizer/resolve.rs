//! Which text a window's code stands for.
//!
//! Exact and delay windows say it themselves. A greedy window may not (paper D.5): a symbol can add only zeros, so texts
//! of several lengths can have the same padded code, the *candidates*. A decoder looks ahead: the encoder took as many
//! symbols as fit, so a candidate is *possible* only if the next window's first symbol does not fit after it. That symbol
//! is known before its window is resolved, since all candidates of a window begin alike. Where several are possible even
//! so, text alone cannot tell them apart: two different texts have the same codes. A [`Hint`] then keeps the length.

use super::TokenizeError;
use super::lanes::{Cursor, STRIDE, Stand};
use crate::coding::{ALPHABET, Cdf, Code, Decoded, Symbol, Termination, WindowDecoder, WindowEncoder, WindowShape};
use crate::m1::{TreeReader, WINDOW_PRECISION};
use std::sync::LazyLock;

/// A distribution for where it does not matter which.
static ANY: LazyLock<Cdf> =
    LazyLock::new(|| Cdf::uniform(ALPHABET, WINDOW_PRECISION).unwrap_or_else(|error| panic!("{error}")));

/// The length of a window that cannot be told from the codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hint {
    /// The window, counted from 0 in its example.
    pub window: usize,
    /// How many symbols it has.
    pub symbols: usize,
}

/// Follows a window's code through the tree of prefixes, and collects the texts that it can stand for.
pub(super) struct Resolver {
    shape: WindowShape,
    decoder: WindowDecoder,
    /// What an encoder would hold, had it taken the text: tells what fits next.
    encoder: WindowEncoder,
    cursor: Cursor,
    /// The next window's first symbol, to look ahead to; none for the last window.
    next: Option<Symbol>,
    at_most: usize,
    /// The longest text on the code's path, so far.
    text: Vec<Symbol>,
    /// Candidates that are possible, rising.
    possible: Vec<usize>,
    /// Whether the text so far is a candidate that was not yet looked at.
    unchecked: bool,
}

impl Resolver {
    /// Starts on the window with this code. Its text is followed for `at_most` symbols.
    pub fn new(shape: WindowShape, code: Code, next: Option<Symbol>, at_most: usize) -> Self {
        Self {
            shape,
            decoder: WindowDecoder::new(shape, code),
            encoder: WindowEncoder::new(shape),
            cursor: Cursor::default(),
            next,
            at_most,
            text: Vec::new(),
            possible: Vec::new(),
            unchecked: false,
        }
    }

    /// Goes on, by at most a stride of symbols.
    pub fn advance(&mut self, tree: &TreeReader<'_>) -> Stand {
        for _ in 0..STRIDE {
            if self.decoder.is_over() {
                // Nothing at all fits after the text.
                if self.unchecked {
                    self.possible.push(self.text.len());
                    self.unchecked = false;
                }
                return Stand::Done;
            }
            if self.text.len() >= self.at_most {
                return Stand::Done;
            }
            let cdf = match self.decoder.is_certain(self.shape.alphabet()) {
                true => &ANY,
                false => match self.cursor.cdf(tree) {
                    Some(cdf) => cdf,
                    None => return Stand::Waiting,
                },
            };
            if self.unchecked {
                if self.next.is_none_or(|next| !self.encoder.fits(next, cdf)) {
                    self.possible.push(self.text.len());
                }
                self.unchecked = false;
            }
            let Decoded::Symbol(symbol) = self.decoder.next(cdf) else {
                return Stand::Done;
            };
            if self.shape.termination() == Termination::Greedy {
                self.encoder.push(symbol, cdf);
                self.unchecked = self.decoder.candidates().last() == Some(&self.decoder.symbols());
            }
            self.cursor.descend(symbol);
            self.text.push(symbol);
        }
        Stand::Ready
    }

    /// The cursor, and the prefix that it is at.
    pub fn cursor(&mut self) -> (&mut Cursor, &[Symbol]) {
        (&mut self.cursor, &self.text)
    }

    /// How many texts have the code.
    pub fn candidates(&self) -> usize {
        self.decoder.candidates().len()
    }

    /// Whether looking ahead leaves several texts.
    pub fn is_unresolved(&self) -> bool {
        self.next.is_some() && self.possible.len() > 1
    }

    /// The text of window `window`, which is followed by another.
    ///
    /// # Errors
    /// If there is none, or there are several and no hint says which.
    pub fn into_text(mut self, window: usize, hint: Option<usize>) -> Result<Vec<Symbol>, TokenizeError> {
        match self.shape.termination() {
            Termination::Exact => {}
            Termination::Delay if self.candidates() == 1 => {}
            Termination::Delay => return Err(TokenizeError::NoText { window }),
            Termination::Greedy => match (self.possible.as_slice(), hint) {
                ([], _) => return Err(TokenizeError::NoText { window }),
                ([only], _) => self.text.truncate(*only),
                (several, Some(symbols)) if several.contains(&symbols) => self.text.truncate(symbols),
                (several, _) => return Err(TokenizeError::Ambiguous { window, possible: several.len() }),
            },
        }
        Ok(self.text)
    }

    /// The longest text that the window can stand for, whatever follows if it is not known; none if no text has the code.
    pub fn into_longest_text(mut self) -> Option<Vec<Symbol>> {
        match self.shape.termination() {
            Termination::Exact => {}
            Termination::Delay => {
                self.candidates().checked_sub(1)?;
            }
            Termination::Greedy => self.text.truncate(*self.possible.last()?),
        }
        Some(self.text)
    }

    /// The text of the last window, whose length the number of all symbols settles.
    pub fn into_last_text(self) -> Vec<Symbol> {
        self.text
    }
}
