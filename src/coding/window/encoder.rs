//! Text into windows.

use std::borrow::Cow;

use crate::coding::{Cdf, Code, Extent, Symbol};

use super::{Division, Place, Termination, Walk, WindowShape};

/// What became of a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Push {
    /// The window took it.
    Fits,
    /// It does not fit: the window did not take it and should be closed.
    Full,
}

/// A closed window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosedWindow {
    /// The window's code, padded to the window's bits.
    pub code: Code,
    /// How many of the symbols pushed the window holds. Under [`Termination::Delay`], and where windows end with words
    /// ([`WindowShape::snapped`]), they may be fewer than were taken: the next window starts with the first one left over.
    pub symbols: usize,
    /// How many bits of the code are information.
    pub used_bits: u16,
}

impl ClosedWindow {
    /// How many bits of the code are padding.
    pub fn padding_bits(&self) -> u16 {
        self.code.bits() - self.used_bits
    }
}

/// Fills one window with symbols.
#[derive(Clone, Debug)]
pub struct WindowEncoder {
    shape: WindowShape,
    place: Place,
    symbols: usize,
    /// Under [`Termination::Delay`], the code and the used bits at each length so far, of which the first with the final
    /// code is where the window ends.
    earlier: Vec<(Code, u16)>,
    /// Where windows end with words, the last place so far where this one may, and its number of symbols.
    word_end: Option<(Place, usize)>,
}

impl WindowEncoder {
    /// An empty window.
    pub fn new(shape: WindowShape) -> Self {
        Self { shape, place: Place::root(shape), symbols: 0, earlier: Vec::new(), word_end: None }
    }

    /// How long the window is and when it closes.
    pub fn shape(&self) -> WindowShape {
        self.shape
    }

    /// How many symbols the window has taken.
    pub fn symbols(&self) -> usize {
        self.symbols
    }

    /// How many bits of the code would be information, were the window closed now.
    pub fn used_bits(&self) -> u16 {
        self.place.used_bits()
    }

    /// Whether it is clear already that no symbol fits, whatever its distribution: [`Self::push`] would answer
    /// [`Push::Full`], so there is no need to run the model for it.
    pub fn is_full(&self) -> bool {
        self.place.is_leaf()
    }

    /// Whether it is clear already that `symbol`, of `symbols` symbols, does not fit, whatever its distribution: as for
    /// [`Self::is_full`], there is no need to run the model for it.
    pub fn is_full_for(&self, symbol: Symbol, symbols: usize) -> bool {
        // Where all distributions lead to the same places, those are at most one, by the last symbol.
        self.is_full() || (self.place.goes_on_alike(symbols) && usize::from(symbol) + 1 != symbols)
    }

    /// Whether `symbol` fits, which `cdf` distributes given the window's symbols so far.
    ///
    /// # Panics
    /// If `cdf` has no such symbol, or more symbols than [`WindowShape::alphabet`].
    pub fn fits(&self, symbol: Symbol, cdf: &Cdf) -> bool {
        self.step(symbol, cdf).is_some()
    }

    /// Takes `symbol`, which `cdf` distributes given the window's symbols so far, if it fits. The first symbol of a
    /// window always fits.
    ///
    /// # Panics
    /// If `cdf` has no such symbol, or more symbols than [`WindowShape::alphabet`].
    pub fn push(&mut self, symbol: Symbol, cdf: &Cdf) -> Push {
        let Some(next) = self.step(symbol, cdf) else {
            return Push::Full;
        };
        self.place = next;
        self.symbols += 1;
        if self.shape.termination() == Termination::Delay {
            self.earlier.push((next.code(), next.used_bits()));
        }
        if next.may_end_early() {
            self.word_end = Some((next, self.symbols));
        }
        Push::Fits
    }

    /// Closes the window because the next symbol does not fit. Where windows end with words, it goes back to the last place
    /// where this one may; the symbols after it are left to the next window. (At the end of the input, it may do so as
    /// well, at the cost of one window more.) A window that took no symbol holds none, and is not to be kept.
    pub fn finish(mut self) -> ClosedWindow {
        if let Some((place, symbols)) = self.word_end {
            (self.place, self.symbols) = (place, symbols);
        }
        self.finish_at_end()
    }

    /// Closes the window because the input ends: it holds all symbols that it took, but for those that
    /// [`Termination::Delay`] leaves. Its code then may stand for a longer text that only begins so; how many symbols there
    /// are must be kept with the codes.
    pub fn finish_at_end(self) -> ClosedWindow {
        let code = self.place.code();
        let shortest = self.earlier.iter().position(|&(earlier, _)| earlier == code);
        match shortest {
            Some(index) => ClosedWindow { code, symbols: index + 1, used_bits: self.earlier[index].1 },
            None => ClosedWindow { code, symbols: self.symbols, used_bits: self.place.used_bits() },
        }
    }

    /// What the window's symbols so far have come down to: cells, or units of the interval ([`Extent::bits`] tells how
    /// fine). For looking at.
    pub fn extent(&self) -> Extent {
        self.place.extent()
    }

    /// What the next symbols, which `cdf` distributes given the window's symbols so far, make of [`Self::extent`].
    ///
    /// # Panics
    /// If `cdf` has more symbols than [`WindowShape::alphabet`].
    pub fn division<'c>(&self, cdf: &'c Cdf) -> Division<'c> {
        Division { place: self.place, cdf: self.coded(cdf) }
    }

    fn step(&self, symbol: Symbol, cdf: &Cdf) -> Option<Place> {
        self.place.step(symbol, &self.coded(cdf))
    }

    /// The distribution that the next symbol is coded with.
    fn coded<'c>(&self, cdf: &'c Cdf) -> Cow<'c, Cdf> {
        match self.symbols {
            0 => self.shape.first_symbol(cdf),
            _ => Cow::Borrowed(cdf),
        }
    }
}
