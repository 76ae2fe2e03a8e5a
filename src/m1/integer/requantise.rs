//! From one fixed-point unit to another: the two operations between matrix products.

use super::Scale;

/// `x ⊕ shift`: divides by 2^shift, to the nearest, halves upwards.
#[inline(always)]
pub(crate) fn round_shift(x: i32, shift: u32) -> i32 {
    (x + (((1i64 << shift) >> 1) as i32)) >> shift
}

/// `⌊(a·m + 2^15) / 2^16⌋` for `|a| < 2^30` and `m < 2^16`, within 32 bits.
#[inline(always)]
pub(crate) fn multiply_16(a: i32, m: i32) -> i32 {
    let low = (a as u32 & 0xffff) * m as u32 + (1 << 15);
    (a >> 16) * m + (low >> 16) as i32
}

impl Scale {
    /// `a ⊗ self`, for `|a| < 2^30`.
    #[inline(always)]
    pub(crate) fn apply(self, a: i32) -> i32 {
        let (left, right) = ((-self.shift).max(0) as u32, self.shift.max(0) as u32);
        round_shift(multiply_16(a, self.multiplier) << left, right)
    }
}

/// Limits to 8 bits, symmetrically.
#[inline(always)]
pub(crate) fn clamp_8(x: i32) -> i32 {
    x.clamp(-127, 127)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn scales_equal_their_wide_definition(
            a in -(1i64 << 30) + 1..1 << 30, multiplier in 0..65_536i32, shift in -8..=30i32
        ) {
            let wide = (a * i64::from(multiplier) + (1 << 15)) >> 16;
            prop_assert_eq!(i64::from(multiply_16(a as i32, multiplier)), wide);
            let expected = match shift {
                ..=0 => wide << -shift,
                _ => (wide + (1 << (shift - 1))) >> shift,
            };
            // What a checked model cannot reach.
            prop_assume!(i32::try_from(wide << (-shift).max(0)).is_ok());
            prop_assert_eq!(i64::from(Scale { multiplier, shift }.apply(a as i32)), expected);
        }
    }
}
