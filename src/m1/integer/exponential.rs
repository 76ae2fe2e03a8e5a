//! Powers of two with a fraction: the table behind both softmaxes.

use super::EXP2_BITS;

/// `T[f] = 2^22 · 2^(−f/256)`, rounded.
pub(crate) static EXP2: [u32; 256] = table();

/// `2^22 · 2^(−d/256)`, rounded down after the table; 0 from 2^−31 on.
#[inline(always)]
pub(crate) fn exp2(d: u32) -> u32 {
    let whole = d >> 8;
    let shifted = EXP2[(d & 255) as usize] >> (whole & 31);
    if whole < 32 { shifted } else { 0 }
}

/// The table by square roots: `2^(−1/2)`, `2^(−1/4)`, … `2^(−1/256)` with 62 bits after the point, multiplied together for the
/// bits of `f`. In integers, so that it needs no mathematics library, and 40 bits more exact than it has to be.
const fn table() -> [u32; 256] {
    const ONE: u128 = 1 << 62;
    let mut roots = [ONE / 2; 9];
    let mut i = 1;
    while i < 9 {
        roots[i] = (roots[i - 1] * ONE).isqrt();
        i += 1;
    }
    let mut table = [0u32; 256];
    let mut f = 0;
    while f < 256 {
        let mut product = ONE;
        let mut bit = 0;
        while bit < 8 {
            // Bit 7 of f is worth a half, bit 0 a 256th.
            if f >> bit & 1 == 1 {
                product = product * roots[8 - bit] / ONE;
            }
            bit += 1;
        }
        let shift = 62 - EXP2_BITS;
        table[f] = ((product + (1 << (shift - 1))) >> shift) as u32;
        f += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_right_to_the_last_bit() {
        for (f, &entry) in EXP2.iter().enumerate() {
            let exact = 2f64.powf(22.0 - f as f64 / 256.0);
            assert_eq!(entry, exact.round() as u32, "entry {f}");
        }
    }

    #[test]
    fn falls_by_half_every_256_and_ends_at_zero() {
        assert_eq!([exp2(0), exp2(256), exp2(22 * 256), exp2(23 * 256)], [1 << 22, 1 << 21, 1, 0]);
        assert_eq!([exp2(32 * 256), exp2(64 * 256), exp2(u32::MAX)], [0, 0, 0]);
    }
}
