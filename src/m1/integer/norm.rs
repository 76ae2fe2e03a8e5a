//! RMS norm into 8 bits, row by row.

use super::Norm;
use super::requantise::{clamp_8, round_shift};

/// `k`: what each square gives up, so that `d` of them fit in 32 bits.
pub(crate) fn square_shift(embed: usize) -> u32 {
    (usize::BITS - embed.saturating_sub(1).leading_zeros()).saturating_sub(1)
}

/// Norms every row of `stream` (`[rows][d]`) into `normed` (`[rows][stride]`), with 128 added to every value: products of
/// unsigned and signed bytes are what processors have.
#[inline(always)]
pub(super) fn norm(stream: &[i32], norm: &Norm, normed: &mut [u8], stride: usize) {
    let d = norm.multipliers.len();
    let k = square_shift(d);
    for (row, normed) in stream.chunks_exact(d).zip(normed.chunks_exact_mut(stride)) {
        let largest = row.iter().fold(0, |largest, x| x.abs().max(largest));
        let bits = (i32::BITS - largest.leading_zeros()) as i32;
        let (left, right) = ((15 - bits).max(0) as u32, (bits - 15).max(0) as u32);
        let scaled = |x: i32| round_shift(x << left, right);
        let sum = row.iter().fold(0u32, |sum, &x| {
            let y = scaled(x);
            sum + ((y * y) as u32 >> k)
        });
        let sum = sum.max(1);
        let z = sum.leading_zeros() & !1;
        let inverse = ((1u32 << 30) / (sum << z).isqrt()) as i32;
        let shift = 20 - z / 2;
        for ((normed, &x), &multiplier) in normed.iter_mut().zip(row).zip(&norm.multipliers) {
            let ratio = round_shift(scaled(x) * inverse, shift);
            *normed = (clamp_8(round_shift(ratio * multiplier, norm.shift)) + 128) as u8;
        }
    }
}
