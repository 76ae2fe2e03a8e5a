//! Whole numbers of up to 320 bits: as wide as windows of 256 bits need, and no more general than that.
//!
//! Window arithmetic is written once, over [`Unsigned`], and runs on `u64` and `u128` where the window is short
//! enough. [`Wide`] serves every length, and the tests hold the three against each other.

use std::fmt::Debug;
use std::ops::{Add, Shl, Shr, Sub};

use super::code::{CODE_LIMBS, Code};

/// What window arithmetic needs of a number. Results must fit; they do, as the users of this trait show.
pub(super) trait Unsigned:
    Copy + Ord + Debug + Add<Output = Self> + Sub<Output = Self> + Shl<u32, Output = Self> + Shr<u32, Output = Self>
{
    /// How many bits a number has.
    const BITS: u32;

    /// 2^exponent.
    fn power_of_two(exponent: u32) -> Self;

    /// ⌊self · factor / 2^shift⌋, exactly, for `factor` ≤ 2^shift and `shift` from 1 to 24.
    fn scale(self, factor: u32, shift: u8) -> Self;

    /// How many bits the number takes: 0 for 0, and 1 + ⌊log2 self⌋ for others.
    fn bit_length(self) -> u32;

    /// The number, if it is below 2^64.
    fn to_u64(self) -> Option<u64>;

    /// The number in the widest numbers.
    fn widened(self) -> Wide;

    /// The number that a code is.
    fn from_code(code: &Code) -> Self;

    /// The code of `bits` bits that the number is.
    fn to_code(self, bits: u16) -> Code;

    /// The next multiple of 2^exponent, or the number itself if it is one.
    fn round_up(self, exponent: u32) -> Self {
        let unit = Self::power_of_two(exponent);
        ((self + unit - Self::power_of_two(0)) >> exponent) << exponent
    }
}

impl Unsigned for u64 {
    const BITS: u32 = u64::BITS;

    fn power_of_two(exponent: u32) -> Self {
        1 << exponent
    }

    fn scale(self, factor: u32, shift: u8) -> Self {
        ((u128::from(self) * u128::from(factor)) >> shift) as u64
    }

    fn bit_length(self) -> u32 {
        u64::BITS - self.leading_zeros()
    }

    fn to_u64(self) -> Option<u64> {
        Some(self)
    }

    fn widened(self) -> Wide {
        Wide([self, 0, 0, 0, 0])
    }

    fn from_code(code: &Code) -> Self {
        code.limbs()[0]
    }

    fn to_code(self, bits: u16) -> Code {
        Code::from_limbs([self, 0, 0, 0], bits)
    }
}

impl Unsigned for u128 {
    const BITS: u32 = u128::BITS;

    fn power_of_two(exponent: u32) -> Self {
        1 << exponent
    }

    fn scale(self, factor: u32, shift: u8) -> Self {
        // The high half's product is a multiple of 2^64 ≥ 2^shift, so only the low half's is rounded.
        let (high, low) = (self >> 64, self & u128::from(u64::MAX));
        let factor = u128::from(factor);
        ((high * factor) << (64 - u32::from(shift))) + ((low * factor) >> shift)
    }

    fn bit_length(self) -> u32 {
        u128::BITS - self.leading_zeros()
    }

    fn to_u64(self) -> Option<u64> {
        u64::try_from(self).ok()
    }

    fn widened(self) -> Wide {
        Wide([self as u64, (self >> 64) as u64, 0, 0, 0])
    }

    fn from_code(code: &Code) -> Self {
        let [low, high, ..] = code.limbs();
        u128::from(high) << 64 | u128::from(low)
    }

    fn to_code(self, bits: u16) -> Code {
        Code::from_limbs([self as u64, (self >> 64) as u64, 0, 0], bits)
    }
}

const LIMBS: usize = 5;

/// A number below 2^320, lowest limb first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Wide([u64; LIMBS]);

impl Wide {
    /// The number divided by another, and what is left over.
    pub(super) fn divided(self, by: u64) -> (Self, u64) {
        let (mut quotient, mut left) = ([0; LIMBS], 0u64);
        for (limb, place) in self.0.iter().zip(&mut quotient).rev() {
            let dividend = u128::from(left) << 64 | u128::from(*limb);
            *place = (dividend / u128::from(by)) as u64;
            left = (dividend % u128::from(by)) as u64;
        }
        (Self(quotient), left)
    }
}

impl Ord for Wide {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

impl PartialOrd for Wide {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Add for Wide {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let mut carry = false;
        let sum = std::array::from_fn(|limb| {
            let (sum, over) = self.0[limb].overflowing_add(other.0[limb]);
            let (sum, over_again) = sum.overflowing_add(u64::from(carry));
            carry = over || over_again;
            sum
        });
        debug_assert!(!carry, "a sum of 320 bits or more");
        Self(sum)
    }
}

impl Sub for Wide {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        let mut borrow = false;
        let difference = std::array::from_fn(|limb| {
            let (difference, under) = self.0[limb].overflowing_sub(other.0[limb]);
            let (difference, under_again) = difference.overflowing_sub(u64::from(borrow));
            borrow = under || under_again;
            difference
        });
        debug_assert!(!borrow, "a difference below zero");
        Self(difference)
    }
}

impl Shl<u32> for Wide {
    type Output = Self;

    fn shl(self, places: u32) -> Self {
        let (limbs, bits) = ((places / 64) as usize, places % 64);
        Self(std::array::from_fn(|limb| {
            let from = |back: usize| limb.checked_sub(limbs + back).map_or(0, |index| self.0[index]);
            match bits {
                0 => from(0),
                _ => from(0) << bits | from(1) >> (64 - bits),
            }
        }))
    }
}

impl Shr<u32> for Wide {
    type Output = Self;

    fn shr(self, places: u32) -> Self {
        let (limbs, bits) = ((places / 64) as usize, places % 64);
        Self(std::array::from_fn(|limb| {
            let from = |on: usize| self.0.get(limb + limbs + on).copied().unwrap_or(0);
            match bits {
                0 => from(0),
                _ => from(0) >> bits | from(1) << (64 - bits),
            }
        }))
    }
}

impl Unsigned for Wide {
    const BITS: u32 = 64 * LIMBS as u32;

    fn power_of_two(exponent: u32) -> Self {
        Self([1, 0, 0, 0, 0]) << exponent
    }

    fn scale(self, factor: u32, shift: u8) -> Self {
        // A window's numbers are at most 2^288, so products stay below 2^313.
        let mut carry = 0;
        let product = Self(std::array::from_fn(|limb| {
            let wide = u128::from(self.0[limb]) * u128::from(factor) + carry;
            carry = wide >> 64;
            wide as u64
        }));
        debug_assert!(carry == 0, "a product of 320 bits or more");
        product >> u32::from(shift)
    }

    fn bit_length(self) -> u32 {
        let highest = (0..LIMBS).rev().find(|&limb| self.0[limb] != 0);
        highest.map_or(0, |limb| 64 * limb as u32 + self.0[limb].bit_length())
    }

    fn to_u64(self) -> Option<u64> {
        match self.0 {
            [low, 0, 0, 0, 0] => Some(low),
            _ => None,
        }
    }

    fn widened(self) -> Wide {
        self
    }

    fn from_code(code: &Code) -> Self {
        let mut limbs = [0; LIMBS];
        limbs[..CODE_LIMBS].copy_from_slice(&code.limbs());
        Self(limbs)
    }

    fn to_code(self, bits: u16) -> Code {
        let [a, b, c, d, _] = self.0;
        Code::from_limbs([a, b, c, d], bits)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Numbers below 2^288 of all lengths, as they are in windows.
    fn any_wide() -> impl Strategy<Value = Wide> {
        (any::<[u64; LIMBS]>(), 32..320u32).prop_map(|(limbs, down)| Wide(limbs) >> down)
    }

    #[test]
    fn carries_and_borrows_run_through_all_limbs() {
        let one = Wide::power_of_two(0);
        let ones = Wide([u64::MAX, u64::MAX, u64::MAX, u64::MAX, 0]);
        assert_eq!(ones + one, Wide::power_of_two(256));
        assert_eq!(Wide::power_of_two(256) - one, ones);
        assert_eq!((ones.bit_length(), Wide::power_of_two(256).bit_length()), (256, 257));
        assert_eq!(((one - one).bit_length(), one.to_u64(), ones.to_u64()), (0, Some(1), None));
    }

    #[test]
    fn the_largest_number_of_a_window_scales_without_loss() {
        let whole = Wide::power_of_two(288);
        assert_eq!(whole.scale(1 << 24, 24), whole);
        assert_eq!(whole.scale(1, 24), Wide::power_of_two(264));
        assert_eq!((1u128 << 127).scale(1 << 24, 24), 1 << 127);
        assert_eq!(u64::MAX.scale(1 << 24, 24), u64::MAX);
    }

    proptest! {
        #[test]
        fn the_three_widths_agree(
            a: u64, b: u64, wide_a: u128, wide_b: u128, places in 0..64u32, factor in 0..=1u32 << 24
        ) {
            let (high, low) = (a.max(b), a.min(b));
            prop_assert_eq!(u128::from(high.scale(factor, 24)), u128::from(high).scale(factor, 24));
            prop_assert_eq!(high.bit_length(), u128::from(high).bit_length());
            let half = u64::MAX >> 1;
            prop_assert_eq!(u128::from((low & half).round_up(places)), u128::from(low & half).round_up(places));
            prop_assert_eq!(u64::from_code(&a.to_code(64)), a);
            prop_assert_eq!(a.to_code(256), u128::from(a).to_code(256));

            let (high, low) = (wide_a.max(wide_b), wide_a.min(wide_b));
            prop_assert_eq!(high.widened() - low.widened(), (high - low).widened());
            prop_assert_eq!((high >> 1).widened() + (low >> 1).widened(), ((high >> 1) + (low >> 1)).widened());
            prop_assert_eq!(high.widened().scale(factor, 24), (high.scale(factor, 24)).widened());
            prop_assert_eq!(high.widened() >> places, (high >> places).widened());
            prop_assert_eq!((high >> places).widened() << places, (high >> places << places).widened());
            prop_assert_eq!(high.widened().bit_length(), high.bit_length());
            prop_assert_eq!(low.widened().cmp(&high.widened()), low.cmp(&high));
            prop_assert_eq!(high.widened().to_u64(), high.to_u64());
            prop_assert_eq!(high.widened().to_code(256), high.to_code(256));
            prop_assert_eq!(u128::from_code(&high.to_code(128)), high);
        }

        #[test]
        fn scaling_is_a_product_rounded_down(number in any_wide(), factor: u32, shift in 1..=24u8) {
            let factor = factor % ((1 << shift) + 1);
            let zero = Wide([0; LIMBS]);
            let places = (0..25).filter(|place| factor >> place & 1 == 1);
            let product = places.fold(zero, |sum, place| sum + (number << place));
            let scaled = number.scale(factor, shift);
            let remainder = product - (scaled << u32::from(shift));
            prop_assert!(remainder < Wide::power_of_two(shift.into()));
        }

        #[test]
        fn rounding_up_reaches_the_next_multiple(number in any_wide(), exponent in 0..288u32) {
            let rounded = number.round_up(exponent);
            prop_assert_eq!(rounded >> exponent << exponent, rounded);
            prop_assert!(rounded >= number && rounded - number < Wide::power_of_two(exponent));
        }

        #[test]
        fn codes_hold_numbers_of_256_bits(limbs: [u64; CODE_LIMBS]) {
            let code = Code::from_limbs(limbs, 256);
            prop_assert_eq!(Wide::from_code(&code).to_code(256), code);
        }
    }
}
