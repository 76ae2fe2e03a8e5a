//! Integer distributions over symbols.
//!
//! A [`Cdf`] is the only thing that a coder learns about a model. Its frequencies are whole numbers out of
//! 2^precision and none is zero, so that every symbol can always be coded (the paper's section 3.3 quantises to
//! 14 bits for the same reason).
//!
//! # From weights to frequencies
//!
//! Weights `w` of any scale become frequencies out of `T = 2^precision` in two steps, in whole numbers only:
//!
//! 1. *Floor.* A symbol whose share of what is left would be below 1 gets exactly 1 and leaves the sharing;
//!    this repeats until no symbol is below. (It stops with someone left: were every one of `k` symbols below 1
//!    of the `r` left, then `r < k`, which contradicts that there are at most `T` symbols.)
//! 2. *Share.* The others split what is left, `r`, in proportion. The running total is rounded down, not each
//!    share: the bound after weights summing to `c` out of `w` is `⌊c·r/w⌋`. So nothing remains to be given out,
//!    each frequency is its share rounded down or up, and a share of at least 1 stays at least 1.

use super::Symbol;
use std::ops::{Add, Div, Mul, Sub};

/// The most bits of precision that a [`Cdf`] may have.
pub const MAX_PRECISION: u8 = 24;

/// The most bits of precision with which every bound but the last fits in 16 bits.
const NARROW_PRECISION: u8 = 16;

/// A distribution over symbols: whole-number frequencies, none of them zero, that sum to 2^precision.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cdf {
    lows: Lows,
    /// The smallest frequency of two symbols side by side, summed.
    rarest_pair: u32,
    precision: u8,
}

/// Where the frequencies of each symbol start, strictly rising from 0. (Where the last ones end is 2^precision.) Tables of
/// distributions are large: with at most 16 bits of precision, two bytes a symbol do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Lows {
    Narrow(Box<[u16]>),
    Wide(Box<[u32]>),
}

/// Why numbers make no [`Cdf`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CdfError {
    #[error("a distribution of {0} symbols cannot be coded: give it at least 2")]
    TooFewSymbols(usize),
    #[error(
        "{symbols} symbols do not fit in {precision} bits of precision, where each needs a frequency of at least \
         1: use more bits (at most {MAX_PRECISION}) or fewer symbols (at most 65536)"
    )]
    TooManySymbols { symbols: usize, precision: u8 },
    #[error("{0} bits of precision are not supported: use 1 to {MAX_PRECISION}")]
    Precision(u8),
    #[error("bound {index} of the distribution is {found}, but bounds must rise strictly from 0 to {total}")]
    Bounds { index: usize, found: u32, total: u32 },
}

impl Cdf {
    /// The distribution in proportion to `weights`, by the rule at the head of this module.
    ///
    /// Weights may be of any scale and may be zero; if all are zero, the distribution is uniform.
    pub fn from_weights(weights: &[u64], precision: u8) -> Result<Self, CdfError> {
        check(weights.len(), precision)?;
        Ok(share_out(weights, precision))
    }

    /// The distribution in which all symbols are equally likely, as nearly as whole numbers allow.
    pub fn uniform(symbols: usize, precision: u8) -> Result<Self, CdfError> {
        check(symbols, precision)?;
        Ok(share_out(&vec![1; symbols], precision))
    }

    /// The distribution with these bounds: symbol `s` owns `bounds[s]..bounds[s + 1]`.
    pub fn from_bounds(bounds: Vec<u32>, precision: u8) -> Result<Self, CdfError> {
        check(bounds.len().saturating_sub(1), precision)?;
        let total = 1u32 << precision;
        let last = bounds.len() - 1;
        let wrong = (0..=last).find(|&index| match index {
            0 => bounds[0] != 0,
            _ => bounds[index] <= bounds[index - 1] || (index == last && bounds[index] != total),
        });
        match wrong {
            Some(index) => Err(CdfError::Bounds { index, found: bounds[index], total }),
            None => Ok(Self::of_lows(&bounds[..last], precision)),
        }
    }

    /// The distribution with these bounds but the last.
    fn of_lows(lows: &[u32], precision: u8) -> Self {
        let total = 1 << precision;
        let highs = lows[2..].iter().copied().chain(std::iter::once(total));
        let rarest_pair = lows.iter().zip(highs).map(|(low, high)| high - low).min().unwrap_or(total);
        let lows = match precision <= NARROW_PRECISION {
            true => Lows::Narrow(lows.iter().map(|&low| low as u16).collect()),
            false => Lows::Wide(lows.into()),
        };
        Self { lows, rarest_pair, precision }
    }

    /// How many symbols there are.
    pub fn symbols(&self) -> usize {
        match &self.lows {
            Lows::Narrow(lows) => lows.len(),
            Lows::Wide(lows) => lows.len(),
        }
    }

    /// The frequencies sum to 2 to this power.
    pub fn precision(&self) -> u8 {
        self.precision
    }

    /// All bounds, one more than there are symbols: those of symbol `s` are the two from index `s` on.
    pub fn bounds(&self) -> impl Iterator<Item = u32> + '_ {
        let (narrow, wide): (&[u16], &[u32]) = match &self.lows {
            Lows::Narrow(lows) => (lows, &[]),
            Lows::Wide(lows) => (&[], lows),
        };
        let lows = narrow.iter().map(|&low| low.into()).chain(wide.iter().copied());
        lows.chain(std::iter::once(1 << self.precision))
    }

    /// The frequencies of two symbols side by side, summed: the smallest such sum.
    pub(super) fn rarest_pair(&self) -> u32 {
        self.rarest_pair
    }

    /// How much memory the bounds take, in bytes.
    pub fn bytes(&self) -> usize {
        match &self.lows {
            Lows::Narrow(lows) => size_of_val(&**lows),
            Lows::Wide(lows) => size_of_val(&**lows),
        }
    }

    /// The frequencies of all symbols before `symbol`, summed.
    ///
    /// # Panics
    /// If there is no such symbol; the same holds for the other methods that take one.
    pub fn low(&self, symbol: Symbol) -> u32 {
        match &self.lows {
            Lows::Narrow(lows) => lows[usize::from(symbol)].into(),
            Lows::Wide(lows) => lows[usize::from(symbol)],
        }
    }

    /// The frequencies of all symbols up to and including `symbol`, summed.
    pub fn high(&self, symbol: Symbol) -> u32 {
        match usize::from(symbol) + 1 == self.symbols() {
            true => 1 << self.precision,
            false => self.low(symbol + 1),
        }
    }

    /// The frequency of `symbol` out of 2^precision: at least 1.
    pub fn frequency(&self, symbol: Symbol) -> u32 {
        self.high(symbol) - self.low(symbol)
    }

    /// The symbol that owns `value`, which is below 2^precision: `low(s) <= value < high(s)`.
    pub fn find(&self, value: u32) -> Symbol {
        debug_assert!(value >> self.precision == 0, "{value} is outside a {}-bit distribution", self.precision);
        self.last_where(|bound| bound <= value)
    }

    /// The last symbol whose low bound satisfies `holds`, which must hold for 0 and, once false, stay false.
    pub(super) fn last_where(&self, holds: impl Fn(u32) -> bool) -> Symbol {
        // The first low bound is 0, for which it holds.
        let holding = match &self.lows {
            Lows::Narrow(lows) => lows[1..].partition_point(|&low| holds(low.into())),
            Lows::Wide(lows) => lows[1..].partition_point(|&low| holds(low)),
        };
        holding as Symbol
    }

    /// The same distribution in another precision, by the rule at the head of this module.
    ///
    /// # Errors
    /// If the precision is not supported or too low for this many symbols.
    pub fn requantised(&self, precision: u8) -> Result<Self, CdfError> {
        check(self.symbols(), precision)?;
        Ok(match precision == self.precision {
            true => self.clone(),
            false => share_out(&self.frequencies(), precision),
        })
    }

    /// [`Self::requantised`] for a precision that is known to do.
    pub(super) fn coarser(&self, precision: u8) -> Self {
        debug_assert!(precision <= self.precision && self.symbols() <= 1 << precision);
        share_out(&self.frequencies(), precision)
    }

    /// The distribution given that the symbol is one of the first `symbols`, in the same precision.
    ///
    /// # Panics
    /// If `symbols` is below 2 or above [`Self::symbols`].
    pub fn first(&self, symbols: usize) -> Self {
        assert!(symbols >= 2, "a distribution of {symbols} symbols cannot be coded");
        share_out(&self.frequencies()[..symbols], self.precision)
    }

    /// What `symbol` costs, in bits: for display only, since coding stays in whole numbers.
    pub fn cost_bits(&self, symbol: Symbol) -> f64 {
        f64::from(self.precision) - f64::from(self.frequency(symbol)).log2()
    }

    fn frequencies(&self) -> Vec<u64> {
        self.bounds().zip(self.bounds().skip(1)).map(|(low, high)| u64::from(high - low)).collect()
    }
}

fn check(symbols: usize, precision: u8) -> Result<(), CdfError> {
    if !(1..=MAX_PRECISION).contains(&precision) {
        Err(CdfError::Precision(precision))
    } else if symbols < 2 {
        Err(CdfError::TooFewSymbols(symbols))
    } else if symbols > 1 << precision.min(16) {
        Err(CdfError::TooManySymbols { symbols, precision })
    } else {
        Ok(())
    }
}

/// The rule at the head of this module, for numbers that passed [`check`].
fn share_out(weights: &[u64], precision: u8) -> Cdf {
    let everything: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
    match everything {
        0 => share_out(&vec![1; weights.len()], precision),
        // Where every product fits in 64 bits, so does the work: several times as fast.
        1..FITTING => shared::<u64>(weights, everything as u64, precision),
        _ => shared::<u128>(weights, everything, precision),
    }
}

/// Sums up to here times 2^[`MAX_PRECISION`] fit in 64 bits.
const FITTING: u128 = 1 << (64 - MAX_PRECISION);

/// [`share_out`] in integers that hold `everything` times 2^precision.
fn shared<N>(weights: &[u64], everything: N, precision: u8) -> Cdf
where
    N: Copy + Ord + From<u32> + TryFrom<u64> + TryInto<u32>,
    N: Add<Output = N> + Sub<Output = N> + Mul<Output = N> + Div<Output = N>,
{
    let [zero, one, total] = [0, 1, 1 << precision].map(N::from);
    // No weight is larger than their sum, which is an `N`.
    let number = |weight: u64| N::try_from(weight).unwrap_or(everything);

    // What the sharing symbols weigh, and how much there is for them. Those that leave weigh less than
    // `sharing / left` each, so that price of 1 only rises: who has left stays out, and one comparison tells
    // afterwards who shares.
    let (mut sharing, mut left) = (everything, total);
    let (sharing, left) = loop {
        let (mut above, mut floored) = (zero, zero);
        for weight in weights.iter().copied().map(number) {
            match weight * left < sharing {
                true => floored = floored + one,
                false => above = above + weight,
            }
        }
        if above == sharing && total - floored == left {
            break (sharing, left);
        }
        (sharing, left) = (above, total - floored);
    };

    let (mut floored, mut seen) = (zero, zero);
    let mut bounds = Vec::with_capacity(weights.len() + 1);
    bounds.push(0);
    for weight in weights.iter().copied().map(number) {
        match weight * left < sharing {
            true => floored = floored + one,
            false => seen = seen + weight,
        }
        // At most `total`.
        bounds.push((floored + seen * left / sharing).try_into().unwrap_or(1 << precision));
    }
    Cdf::of_lows(&bounds[..weights.len()], precision)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Weights of all scales, many of them zero or tiny.
    fn weights() -> impl Strategy<Value = Vec<u64>> {
        let weight = prop_oneof![Just(0), 0..4u64, 0..1_000_000u64, any::<u64>(), Just(u64::MAX)];
        prop::collection::vec(weight, 2..300)
    }

    fn frequencies(cdf: &Cdf) -> Vec<u32> {
        (0..cdf.symbols()).map(|symbol| cdf.frequency(symbol as Symbol)).collect()
    }

    #[test]
    fn small_cases_come_out_as_worked_by_hand() {
        let of = |weights: &[u64], precision| frequencies(&Cdf::from_weights(weights, precision).unwrap());
        assert_eq!(of(&[1, 1, 2], 2), [1, 1, 2]);
        assert_eq!(of(&[0, 0, 7], 4), [1, 1, 14]);
        assert_eq!(of(&[0, 0, 0, 0], 4), [4, 4, 4, 4]);
        assert_eq!(of(&[5, 5, 5], 4), [5, 5, 6]);
        // 1 out of 16 is exactly at the floor until the zero takes its one: 1 · 15 < 16, so it goes to the floor.
        assert_eq!(of(&[0, 1, 15], 4), [1, 1, 14]);
        assert_eq!(of(&[u64::MAX, 1], 24), [(1 << 24) - 1, 1]);
        assert_eq!(frequencies(&Cdf::uniform(257, 9).unwrap()).iter().sum::<u32>(), 512);
    }

    #[test]
    fn what_cannot_be_a_distribution_is_refused() {
        assert_eq!(Cdf::from_weights(&[1], 9), Err(CdfError::TooFewSymbols(1)));
        assert_eq!(Cdf::uniform(2, 0), Err(CdfError::Precision(0)));
        assert_eq!(Cdf::uniform(2, 25), Err(CdfError::Precision(25)));
        assert_eq!(Cdf::uniform(257, 8), Err(CdfError::TooManySymbols { symbols: 257, precision: 8 }));
        assert!(Cdf::uniform(1 << 16, 24).is_ok());
        assert!(Cdf::uniform((1 << 16) + 1, 24).is_err());
        assert_eq!(Cdf::from_bounds(vec![], 4), Err(CdfError::TooFewSymbols(0)));
        let wrong = |bounds: &[u32]| match Cdf::from_bounds(bounds.to_vec(), 4) {
            Err(CdfError::Bounds { index, .. }) => index,
            other => panic!("{other:?}"),
        };
        assert_eq!(wrong(&[1, 3, 16]), 0);
        assert_eq!(wrong(&[0, 3, 3, 16]), 2);
        assert_eq!(wrong(&[0, 3, 15]), 2);
        assert_eq!(wrong(&[0, 17, 16]), 2);
    }

    #[test]
    fn dropping_the_last_symbol_keeps_proportions() {
        let cdf = Cdf::from_weights(&[1, 1, 2], 2).unwrap();
        assert_eq!(frequencies(&cdf.first(2)), [2, 2]);
        assert_eq!(cdf.first(3), cdf);
    }

    #[test]
    fn costs_are_logarithms() {
        let cdf = Cdf::from_weights(&[1, 1, 2], 2).unwrap();
        assert_eq!([cdf.cost_bits(0), cdf.cost_bits(2)], [2.0, 1.0]);
    }

    proptest! {
        #[test]
        fn both_widths_of_integers_agree(weights in prop::collection::vec(0..1u64 << 31, 2..300), precision in 9..=24u8) {
            let everything: u64 = weights.iter().sum();
            prop_assume!(everything > 0);
            let narrow = shared::<u64>(&weights, everything, precision);
            prop_assert_eq!(narrow, shared::<u128>(&weights, everything.into(), precision));
        }
    }

    proptest! {
        #[test]
        fn frequencies_are_shares_rounded_and_none_is_zero(weights in weights(), precision in 9..=MAX_PRECISION) {
            let cdf = Cdf::from_weights(&weights, precision).unwrap();
            let frequencies = frequencies(&cdf);
            prop_assert_eq!(&Cdf::from_bounds(cdf.bounds().collect(), precision), &Ok(cdf.clone()));

            // The rule again, one symbol at a time: the lightest leaves with 1 for as long as its share is below 1.
            let mut order: Vec<usize> = (0..weights.len()).collect();
            order.sort_by_key(|&index| weights[index]);
            let mut sharing: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
            let mut left = 1u128 << precision;
            for index in order {
                let (weight, frequency) = (u128::from(weights[index]), u128::from(frequencies[index]));
                if sharing > 0 && weight * left < sharing {
                    (sharing, left) = (sharing - weight, left - 1);
                    prop_assert_eq!(frequency, 1);
                } else if sharing > 0 {
                    prop_assert!((frequency * sharing).abs_diff(weight * left) < sharing);
                }
            }
        }

        #[test]
        fn narrow_and_wide_bounds_say_the_same(weights in weights(), precision in 9..=NARROW_PRECISION, value: u32) {
            let narrow = Cdf::from_weights(&weights, precision).unwrap();
            let doubled: Vec<u32> = narrow.bounds().map(|bound| bound << 8).collect();
            let wide = Cdf::from_bounds(doubled, precision + 8).unwrap();
            prop_assert_eq!((wide.symbols(), wide.bytes()), (narrow.symbols(), 2 * narrow.bytes()));
            let pairs = frequencies(&narrow).windows(2).map(|pair| pair[0] + pair[1]).min();
            prop_assert_eq!((Some(narrow.rarest_pair()), wide.rarest_pair()), (pairs, narrow.rarest_pair() << 8));
            let value = value >> (32 - precision);
            prop_assert_eq!(narrow.find(value), wide.find(value << 8));
            for symbol in 0..narrow.symbols() as Symbol {
                prop_assert_eq!([narrow.low(symbol) << 8, narrow.high(symbol) << 8], [wide.low(symbol), wide.high(symbol)]);
            }
        }

        #[test]
        fn only_proportions_count(weights in prop::collection::vec(0..1u64 << 40, 2..300), scale in 1..1u64 << 20) {
            let scaled: Vec<u64> = weights.iter().map(|weight| weight * scale).collect();
            prop_assert_eq!(Cdf::from_weights(&weights, 16), Cdf::from_weights(&scaled, 16));
        }

        #[test]
        fn each_value_is_found_where_it_belongs(weights in weights(), value in any::<u32>()) {
            let cdf = Cdf::from_weights(&weights, 12).unwrap();
            let value = value >> 20;
            let symbol = cdf.find(value);
            prop_assert!(cdf.low(symbol) <= value && value < cdf.high(symbol));
        }

        #[test]
        fn requantising_to_more_bits_and_back_changes_nothing(weights in weights()) {
            let cdf = Cdf::from_weights(&weights, 10).unwrap();
            prop_assert_eq!(cdf.requantised(20).unwrap().requantised(10).unwrap(), cdf);
        }
    }
}
