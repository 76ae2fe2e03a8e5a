//! Greedy and delayed windows: the paper's rules for closing a window, on intervals.
//!
//! # The rule
//!
//! A prefix owns an interval of [0, 1), the empty prefix all of it; a symbol takes the part of its prefix's interval
//! that the distribution gives it. The *bits needed* are the smallest `k` such that some aligned interval of `k` bits,
//! `[i/2^k, (i+1)/2^k)`, lies wholly inside. A symbol fits if the bits needed are at most `b`. The code is the start of
//! the lowest such interval, padded with zeros to `b` bits.
//!
//! The paper leaves the arithmetic open. Ours is in units of 2^−(b+32): a bound is `low + ⌊width·c/2^p⌋`. Symbols are
//! only ever taken from an interval of at least 2^32 units (a fitting one holds a whole `b`-bit interval, and so
//! does the root's), so rounding moves a symbol's share by less than one part in 2^32 of its prefix's.
//!
//! # Why it is right
//!
//! *Every step shrinks.* With 2^32 > 2^24 ≥ 2^p units, each of the two or more symbols gets at least one unit, so each
//! gets fewer than all. Parts are disjoint and leave nothing out, as floors telescope.
//!
//! *Progress.* The root's distribution has `p ≤ b` bits: a first symbol's interval is a whole number of aligned `p`-bit
//! intervals, and fits.
//!
//! *The path of a code.* Take a code as the point where its interval starts. A window's code lies in the window's
//! interval, and so in those of all its prefixes; and those fit, as they hold whatever the window's interval holds.
//! So the decoder, which descends into the part that holds the point for as long as the part fits, passes through
//! the text that was encoded. That text is a *candidate*: a prefix on the path, not empty, whose code equals the
//! code. There may be several, since a symbol may add only zeros.
//!
//! *Delay* emits the shortest candidate among the prefixes of what greedy took. All of the path's shorter prefixes are
//! among them, so this is also the shortest candidate on the path, which the decoder can tell by itself: decoding
//! is exact. It leaves at least one symbol in the window, so encoding goes on. *Greedy* emits the longest that
//! fits, and its decoder must look ahead: after a candidate that the encoder closed, the next window's first symbol
//! did not fit.
//!
//! *Codes that nobody emits.* A code may have no candidate. It decodes to the longest text on its path, so that any
//! bits can be read; [`super::WindowDecoder::candidates`] tells.

use crate::coding::wide::Unsigned;
use crate::coding::{Cdf, Code, Extent, Symbol};

use super::Walk;

/// How many bits finer than the code the interval's units are.
const GUARD_BITS: u32 = 32;

/// The interval of one prefix: `[low, low + width)` in units of 2^−(bits + 32).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interval<U> {
    bits: u16,
    low: U,
    width: U,
}

/// The shortest aligned interval inside another: it starts at `start` and is 2^exponent units long.
struct Aligned<U> {
    start: U,
    exponent: u32,
}

impl<U: Unsigned> Interval<U> {
    /// The longest window whose numbers, below 2^(bits + 33), `U` holds.
    pub(super) const MAX_BITS: u32 = U::BITS - GUARD_BITS - 1;

    /// The interval of the empty prefix: all.
    pub(super) fn root(bits: u16) -> Self {
        let low = U::power_of_two(0) - U::power_of_two(0);
        Self { bits, low, width: U::power_of_two(u32::from(bits) + GUARD_BITS) }
    }

    fn part(&self, symbol: Symbol, cdf: &Cdf) -> Self {
        let from = self.width.scale(cdf.low(symbol), cdf.precision());
        let to = self.width.scale(cdf.high(symbol), cdf.precision());
        Self { low: self.low + from, width: to - from, ..*self }
    }

    /// The longest aligned interval inside this one; of several, the lowest.
    ///
    /// With 2^f ≤ width < 2^(f+1), one of 2^f units may or may not lie inside, none that is longer does, and one of
    /// 2^(f−1) units always does: it starts less than 2^(f−1) units after `low`. (For f = 0, one of 1 unit does.)
    fn aligned(&self) -> Aligned<U> {
        let exponent = self.width.bit_length() - 1;
        let start = self.low.round_up(exponent);
        match start + U::power_of_two(exponent) <= self.low + self.width {
            true => Aligned { start, exponent },
            false => Aligned { start: self.low.round_up(exponent - 1), exponent: exponent - 1 },
        }
    }

    fn fits(&self) -> bool {
        self.aligned().exponent >= GUARD_BITS
    }
}

impl<U: Unsigned> Walk for Interval<U> {
    fn step(&self, symbol: Symbol, cdf: &Cdf) -> Option<Self> {
        Some(self.part(symbol, cdf)).filter(Self::fits)
    }

    fn follow(&self, code: &Code, cdf: &Cdf) -> Option<(Symbol, Self)> {
        let offset = (U::from_code(code) << GUARD_BITS) - self.low;
        let symbol = cdf.last_where(|bound| self.width.scale(bound, cdf.precision()) <= offset);
        Some((symbol, self.step(symbol, cdf)?))
    }

    /// A part of exactly one code's interval cannot hold it whole.
    fn is_leaf(&self) -> bool {
        self.width == U::power_of_two(GUARD_BITS)
    }

    fn goes_on_alike(&self, _symbols: usize) -> bool {
        self.is_leaf()
    }

    fn may_end_early(&self) -> bool {
        false
    }

    fn code(&self) -> Code {
        (self.aligned().start >> GUARD_BITS).to_code(self.bits)
    }

    fn used_bits(&self) -> u16 {
        self.bits + GUARD_BITS as u16 - self.aligned().exponent as u16
    }

    fn extent(&self) -> Extent {
        Extent::new(self.low, self.width, u32::from(self.bits) + GUARD_BITS)
    }

    fn shared(&self, _cdf: &Cdf) -> Extent {
        self.extent()
    }

    fn part_of(&self, symbol: Symbol, cdf: &Cdf) -> Extent {
        self.part(symbol, cdf).extent()
    }

    fn needed_with(&self, symbol: Symbol, cdf: &Cdf) -> Option<u16> {
        Some(self.part(symbol, cdf).used_bits())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::coding::ALPHABET;
    use crate::coding::wide::Wide;
    use crate::coding::window::model::Model;

    proptest! {
        /// The paper's "bits needed", from its definition: every length and every aligned interval in turn.
        #[test]
        fn bits_needed_are_the_fewest_that_fit(ends in [0..=1u64 << 10, 0..=1u64 << 10]) {
            let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
            prop_assume!(low < high);
            let first_inside = |bits: u16| {
                let unit = 1u64 << (10 - bits);
                let starts = (0..1 << bits).map(|index| index * unit);
                starts.clone().find(|start| low <= *start && start + unit <= high).map(|start| (bits, Some(start)))
            };
            let interval = Interval { bits: 10, low: low << GUARD_BITS, width: (high - low) << GUARD_BITS };
            prop_assert_eq!(Some((interval.used_bits(), interval.code().to_u64())), (0..=10).find_map(first_inside));
            prop_assert!(interval.fits());
        }

        #[test]
        fn an_interval_fits_if_it_holds_one_code(low in 0..1u64 << 42, width in 1..1u64 << 34) {
            let width = width.min((1 << 42) - low);
            let first = low.div_ceil(1 << GUARD_BITS);
            let interval = Interval { bits: 10, low, width };
            prop_assert_eq!(interval.fits(), (first + 1) << GUARD_BITS <= low + width);
        }

        #[test]
        fn the_three_widths_agree(
            seed: u64, precision in 9..=24u8, spread in 0..40u64, bits in 9..=95u16, choices: [u16; 24]
        ) {
            let model = Model::hashed(seed, ALPHABET, precision, spread);
            let narrow = (u32::from(bits) <= Interval::<u64>::MAX_BITS).then(|| Interval::<u64>::root(bits));
            let (mut narrow, mut middle) = (narrow, Interval::<u128>::root(bits));
            let mut wide = Interval::<Wide>::root(bits);
            let mut text = Vec::new();
            for choice in choices {
                let (cdf, symbol) = (model.after(&text), choice % ALPHABET as Symbol);
                let (next, next_wide) = (middle.step(symbol, &cdf), wide.step(symbol, &cdf));
                let seen = |code: Code, used: u16, leaf: bool| (code, used, leaf);
                let middle_sees = next.map(|at| seen(at.code(), at.used_bits(), at.is_leaf()));
                prop_assert_eq!(middle_sees, next_wide.map(|at| seen(at.code(), at.used_bits(), at.is_leaf())));
                if let Some(at) = narrow {
                    narrow = at.step(symbol, &cdf);
                    prop_assert_eq!(middle_sees, narrow.map(|at| seen(at.code(), at.used_bits(), at.is_leaf())));
                }
                let (Some(next), Some(next_wide)) = (next, next_wide) else { break };
                prop_assert_eq!(middle.follow(&next.code(), &cdf), Some((symbol, next)));
                prop_assert_eq!(wide.follow(&next.code(), &cdf), Some((symbol, next_wide)));
                (middle, wide) = (next, next_wide);
                text.push(symbol);
            }
        }
    }
}
