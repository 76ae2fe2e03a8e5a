//! The part of all codes that a text has come down to, in numbers that can be shown.

use super::whole::Whole;
use super::wide::Unsigned;
use serde::Serialize;

/// `[low, low + length)` out of 2^`bits`: cells of an exact window, or the finer units of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Extent {
    pub low: Whole,
    pub length: Whole,
    /// How many bits number the whole.
    pub bits: u32,
}

impl Extent {
    pub(super) fn new<U: Unsigned>(low: U, length: U, bits: u32) -> Self {
        Self { low: Whole::new(low), length: Whole::new(length), bits }
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.length.is_zero()
    }

    /// How many bits it takes to name this of the whole, were nothing rounded: `bits − log2 length`; ∞ where it is empty.
    pub fn information(&self) -> f64 {
        f64::from(self.bits) - self.length.log2()
    }

    /// What going from `whole`, which this is a part of, to this costs in bits: log2 of the ratio of their lengths.
    pub fn cost_within(&self, whole: &Self) -> f64 {
        whole.length.log2() - self.length.log2()
    }

    /// Where in `whole`, which it is a part of, this begins and ends: shares from 0 to 1, for drawing.
    pub fn shares_of(&self, whole: &Self) -> [f64; 2] {
        let from = self.low.wide() - whole.low.wide();
        [from, from + self.length.wide()].map(|at| Whole::new(at).to_f64() / whole.length.to_f64())
    }

    /// The first bits that all of its numbers have in common, at most `most`; none of an empty one.
    pub fn common_bits(&self, most: u32) -> Vec<bool> {
        if self.is_empty() {
            return Vec::new();
        }
        let last = Whole::new(self.low.wide() + self.length.wide() - Whole::from(1).wide());
        let places = (0..self.bits).rev().take(most as usize);
        places.take_while(|&place| self.low.bit(place) == last.bit(place)).map(|place| last.bit(place)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_extent_knows_its_place() {
        let whole = Extent::new(0u64, 256, 8);
        let part = Extent::new(64u64, 16, 8);
        assert_eq!((part.information(), part.cost_within(&whole)), (4.0, 4.0));
        assert_eq!(part.shares_of(&whole), [0.25, 0.3125]);
        assert_eq!(part.common_bits(8), [false, true, false, false]);
        assert_eq!(part.common_bits(2), [false, true]);
        assert!(Extent::new(9u64, 0, 8).common_bits(8).is_empty());
    }

    proptest! {
        #[test]
        fn common_bits_are_those_of_every_number(low in 0..1u64 << 16, length in 1..1u64 << 16) {
            let length = length.min((1 << 16) - low);
            let common = Extent::new(low, length, 16).common_bits(16);
            let bit = |number: u64, index: usize| number >> (15 - index) & 1 == 1;
            for number in [low, low + length / 2, low + length - 1] {
                prop_assert!(common.iter().enumerate().all(|(index, &settled)| bit(number, index) == settled));
            }
            let next = common.len();
            prop_assert!(next == 16 || bit(low, next) != bit(low + length - 1, next));
        }
    }
}
