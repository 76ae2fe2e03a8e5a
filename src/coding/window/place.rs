//! Where a walk down the tree of windows stands, in the narrowest numbers that hold it.

use crate::coding::wide::Wide;
use crate::coding::{Cdf, Code, Extent, Symbol};

use super::exact::Run;
use super::interval::Interval;
use super::{Termination, WindowShape};

/// One place in the tree of windows: a text that fits in one window.
pub(super) trait Walk: Sized {
    /// The place one symbol on; `None` if the symbol does not fit.
    fn step(&self, symbol: Symbol, cdf: &Cdf) -> Option<Self>;

    /// The place one symbol on towards `code`, which must lie in this place; `None` if the path ends here.
    fn follow(&self, code: &Code, cdf: &Cdf) -> Option<(Symbol, Self)>;

    /// Whether it is clear without a distribution that no symbol fits.
    fn is_leaf(&self) -> bool;

    /// Whether all distributions over `symbols` symbols lead to the same places from here.
    fn goes_on_alike(&self, symbols: usize) -> bool;

    /// Whether a window may end here although more fits, because the text ends with a word. If it does, it comes back whole.
    fn may_end_early(&self) -> bool;

    /// The code of a window that closes here.
    fn code(&self) -> Code;

    /// How many bits of that code are information; the rest is padding.
    fn used_bits(&self) -> u16;

    /// Which of all codes' numbers are this place's.
    fn extent(&self) -> Extent;

    /// Those that `cdf` divides among the symbols.
    fn shared(&self, cdf: &Cdf) -> Extent;

    /// Those that `symbol` gets, whether or not it fits.
    fn part_of(&self, symbol: Symbol, cdf: &Cdf) -> Extent;

    /// How many bits the code would need with `symbol`, if it gets any part of this place.
    fn needed_with(&self, symbol: Symbol, cdf: &Cdf) -> Option<u16>;
}

/// A place under either rule, in numbers of 64, 128 or 320 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Run64(Run<u64>),
    Run128(Run<u128>),
    RunWide(Run<Wide>),
    Interval64(Interval<u64>),
    Interval128(Interval<u128>),
    IntervalWide(Interval<Wide>),
}

impl Place {
    /// The empty window.
    pub(super) fn root(shape: WindowShape) -> Self {
        let (bits, snap, wide) = (shape.bits(), shape.snap(), u32::from(shape.bits()));
        match shape.termination() {
            Termination::Exact if wide <= Run::<u64>::MAX_BITS => Self::Run64(Run::root(bits, snap)),
            Termination::Exact if wide <= Run::<u128>::MAX_BITS => Self::Run128(Run::root(bits, snap)),
            Termination::Exact => Self::RunWide(Run::root(bits, snap)),
            _ if wide <= Interval::<u64>::MAX_BITS => Self::Interval64(Interval::root(bits)),
            _ if wide <= Interval::<u128>::MAX_BITS => Self::Interval128(Interval::root(bits)),
            _ => Self::IntervalWide(Interval::root(bits)),
        }
    }
}

/// Does the same for whichever place it is; with a second name, wraps the results as places again.
macro_rules! each {
    ($place:expr, $at:ident => $result:expr) => {
        each!($place, $at, _same => $result)
    };
    ($place:expr, $at:ident, $wrap:ident => $result:expr) => {
        match $place {
            Place::Run64($at) => { let $wrap = Place::Run64; $result }
            Place::Run128($at) => { let $wrap = Place::Run128; $result }
            Place::RunWide($at) => { let $wrap = Place::RunWide; $result }
            Place::Interval64($at) => { let $wrap = Place::Interval64; $result }
            Place::Interval128($at) => { let $wrap = Place::Interval128; $result }
            Place::IntervalWide($at) => { let $wrap = Place::IntervalWide; $result }
        }
    };
}

impl Walk for Place {
    fn step(&self, symbol: Symbol, cdf: &Cdf) -> Option<Self> {
        each!(self, at, wrap => at.step(symbol, cdf).map(wrap))
    }

    fn follow(&self, code: &Code, cdf: &Cdf) -> Option<(Symbol, Self)> {
        each!(self, at, wrap => at.follow(code, cdf).map(|(symbol, next)| (symbol, wrap(next))))
    }

    fn is_leaf(&self) -> bool {
        each!(self, at => at.is_leaf())
    }

    fn goes_on_alike(&self, symbols: usize) -> bool {
        each!(self, at => at.goes_on_alike(symbols))
    }

    fn may_end_early(&self) -> bool {
        each!(self, at => at.may_end_early())
    }

    fn code(&self) -> Code {
        each!(self, at => at.code())
    }

    fn used_bits(&self) -> u16 {
        each!(self, at => at.used_bits())
    }

    fn extent(&self) -> Extent {
        each!(self, at => at.extent())
    }

    fn shared(&self, cdf: &Cdf) -> Extent {
        each!(self, at => at.shared(cdf))
    }

    fn part_of(&self, symbol: Symbol, cdf: &Cdf) -> Extent {
        each!(self, at => at.part_of(symbol, cdf))
    }

    fn needed_with(&self, symbol: Symbol, cdf: &Cdf) -> Option<u16> {
        each!(self, at => at.needed_with(symbol, cdf))
    }
}
