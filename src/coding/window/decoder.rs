//! Windows into text.

use std::borrow::Cow;

use crate::coding::{Cdf, Code, Symbol};

use super::{Place, Termination, Walk, WindowShape};

/// What comes next in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// This symbol.
    Symbol(Symbol),
    /// Nothing: the window is over.
    End,
}

/// Reads the symbols of one window.
///
/// Under [`Termination::Exact`] and [`Termination::Delay`], the symbols up to [`Decoded::End`] are the window's text.
/// Under [`Termination::Greedy`], they are the longest text on the code's path, and the window's text is one of its
/// [`Self::candidates`]; the caller resolves them by looking ahead. The last window of an input stops where the
/// number of symbols, which the container keeps, says so.
#[derive(Clone, Debug)]
pub struct WindowDecoder {
    shape: WindowShape,
    code: Code,
    place: Place,
    symbols: usize,
    candidates: Vec<usize>,
    over: bool,
}

impl WindowDecoder {
    /// A decoder at the start of the window with this code.
    ///
    /// # Panics
    /// If the code has not as many bits as the windows.
    pub fn new(shape: WindowShape, code: Code) -> Self {
        assert_eq!(code.bits(), shape.bits(), "the code of another shape of window");
        Self { shape, code, place: Place::root(shape), symbols: 0, candidates: Vec::new(), over: false }
    }

    /// How many symbols have been decoded.
    pub fn symbols(&self) -> usize {
        self.symbols
    }

    /// Whether it is clear already that the window is over, whatever the next distribution: [`Self::next`] would
    /// answer [`Decoded::End`], so there is no need to run the model for it.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Whether it is clear already what comes next, of `symbols` symbols: [`Self::next`] answers the same whatever the
    /// distribution, so any will do, and there is no need to run the model for it.
    pub fn is_certain(&self, symbols: usize) -> bool {
        self.over || self.place.goes_on_alike(symbols)
    }

    /// The lengths, rising, at which an encoder may have closed the window with this code, as far as decoding has
    /// come. Once the window is over:
    ///
    /// * under [`Termination::Exact`], exactly one;
    /// * under [`Termination::Delay`], one, or none if no encoder writes this code;
    /// * under [`Termination::Greedy`], any number: with more than one, the window is ambiguous by its code alone.
    pub fn candidates(&self) -> &[usize] {
        &self.candidates
    }

    /// The next symbol, which `cdf` distributes given the window's symbols so far.
    ///
    /// # Panics
    /// If `cdf` has more symbols than [`WindowShape::alphabet`].
    pub fn next(&mut self, cdf: &Cdf) -> Decoded {
        if self.over {
            return Decoded::End;
        }
        let cdf = match self.symbols {
            0 => self.shape.first_symbol(cdf),
            _ => Cow::Borrowed(cdf),
        };
        let Some((symbol, next)) = self.place.follow(&self.code, &cdf) else {
            self.end();
            return Decoded::End;
        };
        self.place = next;
        self.symbols += 1;
        if self.shape.termination() != Termination::Exact && next.code() == self.code {
            self.candidates.push(self.symbols);
            self.over = self.shape.termination() == Termination::Delay;
        }
        if !self.over && (next.is_leaf() || (next.may_end_early() && next.code() == self.code)) {
            self.end();
        }
        Decoded::Symbol(symbol)
    }

    fn end(&mut self) {
        self.over = true;
        if self.shape.termination() == Termination::Exact {
            self.candidates.push(self.symbols);
        }
    }
}
