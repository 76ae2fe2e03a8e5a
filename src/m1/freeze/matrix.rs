//! Matrix products whose every sum has one fixed order.
//!
//! `y[j] = Σ x[k]·W[k][j]` is added up from `k = 0` on, one product at a time, whatever the batch, the thread or the
//! instruction set: so a row's result is the same bits everywhere. Speed comes from doing many `j` and many rows at
//! once, never from reordering a sum: the matrix lies in panels of [`LANES`] columns, small enough for the first-level
//! cache, and [`ROWS`] rows at a time run over a panel with their sums in registers. Wider vector instructions are used
//! where the machine has them; products and sums are never fused, so they round alike.

use crate::m1::widest::{Kernel, run_widest};
use crate::model::Parameter;

/// Columns of a panel.
const LANES: usize = 16;
/// Rows that share one pass over a panel.
const ROWS: usize = 4;

/// A matrix `W` for products `x · W`.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    inputs: usize,
    outputs: usize,
    /// `[⌈outputs / LANES⌉][inputs][LANES]`, the last panel filled up with zeros.
    panels: Vec<f32>,
}

impl Matrix {
    /// Several matrices of `inputs` rows, side by side as one.
    pub fn side_by_side(inputs: usize, parts: &[&Parameter]) -> Self {
        let widths: Vec<usize> = parts.iter().map(|part| part.data.len() / inputs).collect();
        let outputs = widths.iter().sum();
        let mut panels = vec![0.0; inputs * LANES * usize::div_ceil(outputs, LANES)];
        let mut first = 0;
        for (part, &width) in parts.iter().zip(&widths) {
            for (k, row) in part.data.chunks_exact(width).enumerate() {
                for (column, &value) in (first..).zip(row) {
                    panels[(column / LANES * inputs + k) * LANES + column % LANES] = value;
                }
            }
            first += width;
        }
        Self { inputs, outputs, panels }
    }

    /// `x · W` for every row of `x`.
    pub fn apply(&self, x: &[f32]) -> Vec<f32> {
        let rows = x.len() / self.inputs;
        let mut y = vec![0.0; rows * self.outputs];
        // Row groups, transposed to [k][row], so that one pass reads both operands in order.
        let mut groups = vec![0.0; self.inputs * ROWS * rows.div_ceil(ROWS)];
        for (r, row) in x.chunks_exact(self.inputs).enumerate() {
            let group = r / ROWS * self.inputs;
            for (k, &value) in row.iter().enumerate() {
                groups[(group + k) * ROWS + r % ROWS] = value;
            }
        }
        run_widest(Product { matrix: self, rows, groups: &groups, y: &mut y });
        y
    }
}

/// A product whose rows are grouped.
struct Product<'a> {
    matrix: &'a Matrix,
    rows: usize,
    /// `[⌈rows / ROWS⌉][inputs][ROWS]`.
    groups: &'a [f32],
    y: &'a mut [f32],
}

impl Kernel for Product<'_> {
    #[inline(always)]
    fn run(self) {
        let Matrix { inputs, outputs, panels } = self.matrix;
        for (p, panel) in panels.chunks_exact(inputs * LANES).enumerate() {
            let first = p * LANES;
            let width = LANES.min(outputs - first);
            for (g, group) in self.groups.chunks_exact(inputs * ROWS).enumerate() {
                let sums = match self.rows - g * ROWS {
                    1 => widen(tile::<1>(panel, group)),
                    _ => tile::<ROWS>(panel, group),
                };
                for (row, sums) in (g * ROWS..self.rows).zip(&sums) {
                    let start = row * outputs + first;
                    self.y[start..start + width].copy_from_slice(&sums[..width]);
                }
            }
        }
    }
}

/// The sums of the first `N` rows of a group over one panel. (Plain indices: with iterators over the rows, the compiler
/// mixes several rows into one vector, and is 20 times slower.)
#[inline(always)]
fn tile<const N: usize>(panel: &[f32], group: &[f32]) -> [[f32; LANES]; N] {
    let mut sums = [[0.0f32; LANES]; N];
    for (weights, values) in panel.as_chunks::<LANES>().0.iter().zip(group.as_chunks::<ROWS>().0) {
        for row in 0..N {
            for lane in 0..LANES {
                sums[row][lane] += values[row] * weights[lane];
            }
        }
    }
    sums
}

#[inline(always)]
fn widen([sums]: [[f32; LANES]; 1]) -> [[f32; LANES]; ROWS] {
    let mut wide = [[0.0; LANES]; ROWS];
    wide[0] = sums;
    wide
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in -1..1 without a pattern that could hide a mixed-up index.
    fn numbers(count: usize, seed: u64) -> Vec<f32> {
        let scramble = |i: u64| (i + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        (0..count as u64).map(|i| scramble(i) as f32 / (1u32 << 23) as f32 - 1.0).collect()
    }

    fn parameter(inputs: usize, outputs: usize, seed: u64) -> Parameter {
        Parameter { dims: vec![inputs, outputs], data: numbers(inputs * outputs, seed) }
    }

    #[test]
    fn every_sum_is_in_order_whatever_the_rows_and_columns() {
        for (inputs, outputs) in [(1, 1), (3, 16), (20, 17), (33, 50)] {
            let parameter = parameter(inputs, outputs, 7);
            let matrix = Matrix::side_by_side(inputs, &[&parameter]);
            for rows in 0..10 {
                let x = numbers(rows * inputs, 1000);
                let y = matrix.apply(&x);
                for (row, y) in x.chunks_exact(inputs).zip(y.chunks_exact(outputs)) {
                    for (j, &found) in y.iter().enumerate() {
                        let mut sum = 0.0f32;
                        row.iter().enumerate().for_each(|(k, value)| sum += value * parameter.data[k * outputs + j]);
                        assert_eq!(found.to_bits(), sum.to_bits(), "{rows} rows of {inputs}, column {j} of {outputs}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        let matrix = Matrix::side_by_side(64, &[&parameter(64, 40, 1)]);
        let x = numbers(64 * ROWS, 5);
        let mut groups = vec![0.0; x.len()];
        for (i, &value) in x.iter().enumerate() {
            groups[i % 64 * ROWS + i / 64] = value;
        }
        let mut plain = vec![0.0; ROWS * 40];
        Product { matrix: &matrix, rows: ROWS, groups: &groups, y: &mut plain }.run();
        assert_eq!(plain, matrix.apply(&x));
    }

    #[test]
    fn matrices_side_by_side_give_their_results_side_by_side() {
        let (a, b) = (parameter(8, 5, 1), parameter(8, 20, 2));
        let x = numbers(16, 3);
        let joint = Matrix::side_by_side(8, &[&a, &b]).apply(&x);
        let [a, b] = [a, b].map(|part| Matrix::side_by_side(8, &[&part]).apply(&x));
        assert_eq!(joint, [&a[..5], &b[..20], &a[5..], &b[20..]].concat());
    }
}
