//! A place in a window taken apart among the symbols that may come next: for looking at, not for coding.

use std::borrow::Cow;

use crate::coding::{Cdf, Extent, Symbol};

use super::{Place, Walk};

/// What the next symbols make of a window's place. This is the coder's own arithmetic: the part of a symbol that fits is
/// where the coder goes.
#[derive(Debug)]
pub struct Division<'c> {
    pub(super) place: Place,
    pub(super) cdf: Cow<'c, Cdf>,
}

impl Division<'_> {
    /// The distribution that divides, which for a window's first symbol may be coarser than the model's.
    pub fn cdf(&self) -> &Cdf {
        &self.cdf
    }

    /// What is divided: all of the place, but for a cell that is set aside for "the window ends here".
    pub fn shared(&self) -> Extent {
        self.place.shared(&self.cdf)
    }

    /// Whether a cell is set aside for "the window ends here". Only exact windows do that.
    pub fn has_end_cell(&self) -> bool {
        self.shared() != self.place.extent()
    }

    /// The part of `symbol`, which may be empty, and may be too short to fit.
    ///
    /// # Panics
    /// If the distribution has no such symbol.
    pub fn part(&self, symbol: Symbol) -> Extent {
        self.place.part_of(symbol, &self.cdf)
    }

    /// How many bits the window's code would need with `symbol`; none where it gets no part of the code at all. It fits
    /// where they are at most the window's.
    ///
    /// # Panics
    /// If the distribution has no such symbol.
    pub fn needed_bits(&self, symbol: Symbol) -> Option<u16> {
        self.place.needed_with(symbol, &self.cdf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coding::window::model::{models, shape, snapped};
    use crate::coding::window::{Push, Termination, WindowEncoder};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        /// At every place, the parts follow one another, fill what is shared, and are where the coder goes.
        #[test]
        fn parts_are_where_the_coder_goes(
            model in models(), bits in 9..=256u16, kind in 0..4usize, points in prop::collection::vec(any::<u32>(), 1..30)
        ) {
            let shape = match kind {
                0 => shape(bits, Termination::Exact),
                1 => shape(bits, Termination::Greedy),
                2 => shape(bits, Termination::Delay),
                _ => snapped(bits, 8),
            };
            let mut encoder = WindowEncoder::new(shape);
            let mut text = Vec::new();
            for point in points {
                let cdf = model.after(&text);
                let division = encoder.division(&cdf);
                let (place, shared) = (encoder.extent(), division.shared());
                let ends = u64::from(division.has_end_cell());
                prop_assert!(ends == 0 || shape.termination() == Termination::Exact);
                prop_assert_eq!(shared.shares_of(&place)[1], 1.0);
                let mut at = shared.low;
                for symbol in 0..division.cdf().symbols() as Symbol {
                    let part = division.part(symbol);
                    prop_assert!(part.is_empty() || part.low == at);
                    let needed = division.needed_bits(symbol);
                    prop_assert_eq!(needed.is_some_and(|needed| needed <= bits), encoder.fits(symbol, &cdf));
                    at = crate::coding::whole::Whole::new(part.low.wide() + part.length.wide());
                }
                let symbol = cdf.find(point >> (32 - cdf.precision()));
                let (part, needed) = (division.part(symbol), division.needed_bits(symbol));
                if encoder.push(symbol, &cdf) == Push::Full {
                    break;
                }
                prop_assert_eq!((encoder.extent(), Some(encoder.used_bits())), (part, needed));
                text.push(symbol);
            }
        }
    }
}
