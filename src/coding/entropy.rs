//! The entropy of a distribution, in whole numbers.
//!
//! Text can be cut where the model is unsure of what comes next. The decoder must cut where the encoder did, so the
//! entropy that both compare with a threshold must be the same number on every machine: it is defined here by integer
//! operations alone.
//!
//! # The definition
//!
//! The logarithm of a frequency `f`, in units of 2^−24: with `2^e ≤ f < 2^(e+1)`, take `x = f·2^(24−e)`, so that
//! `2^24 ≤ x < 2^25`. Cut `x − 2^24` into its highest 7 bits, `i`, and its lowest 17, `t`. Then
//!
//! `L(f) = e·2^24 + l[i] + ⌊(l[i+1] − l[i])·t / 2^17⌋`, with `l[i] = ⌊2^24·log2(1 + i/128)⌋` for `i` from 0 to 128.
//!
//! The entropy of frequencies `f` that sum to `2^p`, in units of 2^−16 bits ([`ENTROPY_BIT`] of them are a bit), is
//!
//! `(p·2^24·2^p − Σ f·L(f)) / 2^(p+8)`, rounded to the nearest whole number, halves up.
//!
//! # Why it is right
//!
//! *Exact.* Every operation is on integers that fit in 64 bits: `f·L(f)` sums to at most `2^24·24·2^24 < 2^53`.
//!
//! *Never too low, but for rounding.* The logarithm is concave, so chords lie below it, and floors lower them further:
//! `L(f) ≤ 2^24·log2 f ≤ 2^24·p`. Powers of two are exact, and so is the entropy of distributions made of them.
//!
//! *Near.* A chord over a step of `h = 1/128` is at most `h²/(8·ln 2) < 1.1·10⁻⁵` bits below the logarithm, and the floors
//! take less than 2^−22. Rounding adds at most 2^−17. In all, the error is below 2·10⁻⁵ bits ([`MAX_ERROR`] in the tests).

use super::cdf::Cdf;

/// One bit in the units of [`Cdf::entropy`]: 65,536.
pub const ENTROPY_BIT: u32 = 1 << UNIT_BITS;

const UNIT_BITS: u32 = 16;

/// Logarithms are in units of 2 to minus this power, and mantissas have as many bits.
const LOG_BITS: u32 = 24;
/// How many bits of a mantissa choose a chord; the others are the way along it.
const CHORD_BITS: u32 = 7;
const CHORDS: usize = 1 << CHORD_BITS;
const WAY_BITS: u32 = LOG_BITS - CHORD_BITS;

/// Where chords end: ⌊2^24·log2(1 + i/128)⌋.
static LOGARITHMS: [u32; CHORDS + 1] = logarithms();

const fn logarithms() -> [u32; CHORDS + 1] {
    let mut table = [1 << LOG_BITS; CHORDS + 1];
    let mut index = 0;
    while index < CHORDS {
        // Squaring doubles the logarithm, whose next binary place is then before the point. The number, from 1 up to 2, has
        // 63 binary places: what squaring rounds off them 24 times over stays below 2^−38.
        let mut number = ((CHORDS + index) as u64) << (63 - CHORD_BITS);
        let (mut logarithm, mut place) = (0, 0);
        while place < LOG_BITS {
            let square = number as u128 * number as u128;
            let carry = (square >> 127) as u32;
            number = (square >> (63 + carry)) as u64;
            logarithm = logarithm << 1 | carry;
            place += 1;
        }
        table[index] = logarithm;
        index += 1;
    }
    table
}

/// `L` of the definition, for a frequency from 1 to 2^24.
fn logarithm(frequency: u32) -> u64 {
    let exponent = frequency.ilog2();
    let mantissa = (frequency << (LOG_BITS - exponent)) & ((1 << LOG_BITS) - 1);
    // The mask keeps the index where it is anyway, and tells the compiler so.
    let chord = (mantissa >> WAY_BITS) as usize & (CHORDS - 1);
    let (from, to) = (LOGARITHMS[chord], LOGARITHMS[chord + 1]);
    let way = u64::from(mantissa & ((1 << WAY_BITS) - 1));
    u64::from(exponent << LOG_BITS) + u64::from(from) + ((u64::from(to - from) * way) >> WAY_BITS)
}

impl Cdf {
    /// The Shannon entropy, in units of 2^−16 bits ([`ENTROPY_BIT`]): at most 2·10⁻⁵ bits from the real number, and the same
    /// on every machine. A change of a single value is a breaking change.
    pub fn entropy(&self) -> u32 {
        let (mut low, mut sum) = (0, 0);
        self.bounds().skip(1).for_each(|high| {
            let frequency = high - low;
            sum += u64::from(frequency) * logarithm(frequency);
            low = high;
        });
        let precision = u32::from(self.precision());
        let all = u64::from(precision) << (LOG_BITS + precision);
        let down = precision + LOG_BITS - UNIT_BITS;
        ((all - sum + (1 << (down - 1))) >> down) as u32
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::coding::ALPHABET;

    /// In bits.
    const MAX_ERROR: f64 = 2e-5;

    fn real_entropy(cdf: &Cdf) -> f64 {
        let costs = (0..cdf.symbols() as u16).map(|symbol| (f64::from(cdf.frequency(symbol)), cdf.cost_bits(symbol)));
        costs.map(|(frequency, cost)| frequency * cost).sum::<f64>() / f64::from(1u32 << cdf.precision())
    }

    #[test]
    fn chords_end_on_the_logarithm() {
        for (index, &found) in LOGARITHMS.iter().enumerate() {
            let real = (1.0 + index as f64 / CHORDS as f64).log2() * f64::from(1 << LOG_BITS);
            assert_eq!(f64::from(found), real.floor(), "{index}");
        }
    }

    #[test]
    fn no_logarithm_is_too_high_nor_far_too_low() {
        let frequencies = (1..70_000u32).chain((0..60_000).map(|index| index * 279 + 1)).chain([1 << 24]);
        let (mut worst, mut before) = (0.0f64, 0);
        for frequency in frequencies {
            let found = logarithm(frequency) as f64 / f64::from(1 << LOG_BITS);
            let error = f64::from(frequency).log2() - found;
            assert!(error > -1e-12, "{frequency}");
            worst = worst.max(error);
            assert!(frequency <= before || logarithm(frequency) >= logarithm(before.max(1)));
            before = frequency;
        }
        assert!((1e-5..1.12e-5).contains(&worst), "{worst}");
    }

    #[test]
    fn powers_of_two_are_exact() {
        for exponent in 0..=24u32 {
            assert_eq!(logarithm(1 << exponent), u64::from(exponent) << LOG_BITS);
        }
        for precision in 2..=24 {
            let [half, tosses] =
                [&[1, 1, 2][..], &[1, 1]].map(|weights| Cdf::from_weights(weights, precision).unwrap());
            assert_eq!((half.entropy(), tosses.entropy()), (3 * ENTROPY_BIT / 2, ENTROPY_BIT));
        }
        assert_eq!(Cdf::uniform(1 << 16, 24).unwrap().entropy(), 16 * ENTROPY_BIT);
        assert_eq!(Cdf::uniform(256, 8).unwrap().entropy(), 8 * ENTROPY_BIT);
    }

    /// Encoder and decoder cut by these numbers, on whatever machine. (A second implementation, in another language and with
    /// numbers of any size, gives the same.)
    #[test]
    fn entropies_stay_what_they_are() {
        let of = |weights: &[u64], precision| Cdf::from_weights(weights, precision).unwrap().entropy();
        let falling: Vec<u64> = (0..ALPHABET as u64).map(|symbol| 1_000_000 / (symbol + 1)).collect();
        let entropies = [of(&[1, 2], 16), of(&[0, 1], 24), of(&[1, 1, 1], 9), of(&falling, 16), of(&falling, 24)];
        assert_eq!(entropies, [60_181, 0, 103_872, 407_987, 407_984]);
        assert_eq!([1, 64, 127].map(|index| LOGARITHMS[index]), [188_362, 9_814_042, 16_682_482]);
    }

    proptest! {
        #[test]
        fn entropies_are_near_the_real_ones(
            exponents in prop::collection::vec(0..40u32, 2..300), odd in 0..97u64, precision in 9..=24u8
        ) {
            let weights: Vec<u64> = exponents.iter().map(|exponent| odd + (1 << exponent)).collect();
            let cdf = Cdf::from_weights(&weights, precision).unwrap();
            let error = f64::from(cdf.entropy()) / f64::from(ENTROPY_BIT) - real_entropy(&cdf);
            prop_assert!(error.abs() < MAX_ERROR, "{error}");
        }
    }
}
