//! Whole numbers to be shown: as wide as a window's, in decimal, exactly.

use super::wide::{Unsigned, Wide};
use serde::{Serialize, Serializer};
use std::fmt;

/// A whole number below 2^320. Shown and serialised in decimal, in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whole(Wide);

impl Whole {
    pub(super) fn new(number: impl Unsigned) -> Self {
        Self(number.widened())
    }

    pub(super) fn wide(self) -> Wide {
        self.0
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.0.bit_length() == 0
    }

    /// The number, if it is below 2^64.
    pub fn to_u64(&self) -> Option<u64> {
        self.0.to_u64()
    }

    /// The number as nearly as a float has it.
    pub fn to_f64(&self) -> f64 {
        let (mantissa, exponent) = self.float();
        mantissa * (exponent as f64).exp2()
    }

    /// Its logarithm to base 2, in bits, to a float's precision; −∞ for 0.
    pub fn log2(&self) -> f64 {
        let (mantissa, exponent) = self.float();
        mantissa.log2() + f64::from(exponent)
    }

    /// The highest 64 bits, and by how many places they are to be shifted left.
    fn float(&self) -> (f64, u32) {
        let exponent = self.0.bit_length().saturating_sub(64);
        ((self.0 >> exponent).to_u64().unwrap_or(0) as f64, exponent)
    }

    /// Bit `place`, from 0, the lowest.
    pub(super) fn bit(&self, place: u32) -> bool {
        let above = (self.0 >> (place + 1)) << (place + 1);
        ((self.0 - above) >> place).to_u64() == Some(1)
    }
}

impl From<u64> for Whole {
    fn from(number: u64) -> Self {
        Self::new(number)
    }
}

impl fmt::Display for Whole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// The highest power of ten below 2^64, digits a division gives.
        const GROUP: u64 = 10_000_000_000_000_000_000;
        let mut left = self.0;
        let mut groups = Vec::new();
        loop {
            let (quotient, remainder) = left.divided(GROUP);
            groups.push(remainder);
            left = quotient;
            if left.bit_length() == 0 {
                break;
            }
        }
        let digits = groups.iter().rev().enumerate().map(|(index, group)| match index {
            0 => group.to_string(),
            _ => format!("{group:019}"),
        });
        formatter.pad_integral(true, "", &digits.collect::<String>())
    }
}

impl Serialize for Whole {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn powers_of_two_are_written_in_full() {
        let two_to = |exponent| Whole::new(Wide::power_of_two(exponent));
        assert_eq!(two_to(64).to_string(), "18446744073709551616");
        let googol_and_more = "115792089237316195423570985008687907853269984665640564039457584007913129639936";
        assert_eq!(two_to(256).to_string(), googol_and_more);
        assert_eq!((two_to(256).log2(), two_to(288).log2()), (256.0, 288.0));
        assert_eq!((Whole::from(0).to_string(), Whole::from(0).is_zero()), ("0".to_owned(), true));
        assert_eq!(format!("{:>5}", Whole::from(42)), "   42");
    }

    proptest! {
        #[test]
        fn numbers_are_written_as_the_standard_library_writes_them(number: u128, narrow: u64, place in 0..128u32) {
            let whole = Whole::new(number);
            prop_assert_eq!(whole.to_string(), number.to_string());
            prop_assert_eq!(Whole::from(narrow).to_string(), narrow.to_string());
            prop_assert!((whole.to_f64() - number as f64).abs() <= number as f64 * 1e-15);
            prop_assert_eq!(whole.bit(place), number >> place & 1 == 1);
        }
    }
}
