//! Products of 8-bit matrices, many rows at once.
//!
//! Sums of integers are the same in any order, so here speed decides everything: the weights lie in panels of [`LANES`]
//! outputs, four inputs of each together, as vector instructions for 8-bit products take them, and several rows of inputs
//! share each pass over a panel. Inputs are stored with 128 added, because those instructions multiply unsigned by signed
//! bytes; what that adds to each sum is known beforehand and taken off.

use super::requantise::{multiply_16, round_shift};
use super::{Linear, Scale};
use crate::m1::widest::{Kernel, run_widest};

/// Outputs of a panel: 32-bit sums in the widest vectors.
const LANES: usize = 16;
/// Panels in one pass, so that each input that was loaded is used twice.
const PANELS: usize = 2;
/// Rows that share one pass over the panels.
const ROWS: usize = 8;

/// Four inputs of each of a panel's outputs.
type Group = [[i8; 4]; LANES];

/// A matrix in panels.
#[derive(Debug)]
pub(super) struct Packed {
    inputs: usize,
    outputs: usize,
    /// `[⌈outputs / LANES / PANELS⌉ · PANELS][⌈inputs / 4⌉]`.
    panels: Vec<Group>,
    /// −128 · Σ weights of each output.
    corrections: Vec<i32>,
    multipliers: Vec<i32>,
    lefts: Vec<u32>,
    rights: Vec<u32>,
}

/// Bytes between rows of inputs: a multiple of four.
pub(super) fn stride(inputs: usize) -> usize {
    inputs.next_multiple_of(4)
}

impl Packed {
    /// Several matrices of the same inputs, one after the other.
    pub fn new(parts: &[&Linear]) -> Self {
        let inputs = parts[0].inputs;
        let outputs = parts.iter().map(|part| part.outputs()).sum::<usize>();
        let groups = inputs.div_ceil(4);
        let panel_count = outputs.div_ceil(LANES * PANELS) * PANELS;
        let mut panels: Vec<Group> = vec![[[0; 4]; LANES]; panel_count * groups];
        let mut corrections = vec![0; panel_count * LANES];
        let rows = parts.iter().flat_map(|part| part.weights.chunks_exact(inputs));
        for (j, row) in rows.enumerate() {
            for (i, &weight) in row.iter().enumerate() {
                panels[j / LANES * groups + i / 4][j % LANES][i % 4] = weight;
            }
            corrections[j] = -128 * row.iter().map(|&weight| i32::from(weight)).sum::<i32>();
        }
        let scales: Vec<Scale> = parts.iter().flat_map(|part| part.scales.iter().copied()).collect();
        Self {
            inputs,
            outputs,
            panels,
            corrections,
            multipliers: scales.iter().map(|scale| scale.multiplier).collect(),
            lefts: scales.iter().map(|scale| (-scale.shift).max(0) as u32).collect(),
            rights: scales.iter().map(|scale| scale.shift.max(0) as u32).collect(),
        }
    }

    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The scaled sums of every row of `x` (`[rows][stride(inputs)]`, 128 added), `[rows][outputs]`.
    pub fn apply(&self, x: &[u8], y: &mut Vec<i32>) {
        let rows = x.len() / stride(self.inputs);
        // Every sum is written below.
        y.resize(rows * self.outputs, 0);
        let product = Product { matrix: self, x: x.as_chunks::<4>().0, y };
        #[cfg(target_arch = "x86_64")]
        if vnni::available() {
            return vnni::run(product);
        } else if avx2::available() {
            return avx2::run(product);
        }
        run_widest(product);
    }

    /// Scales the sums of one row's outputs from `first` on.
    #[inline(always)]
    fn scale(&self, first: usize, sums: &[i32], y: &mut [i32]) {
        let range = first..first + y.len();
        let scales =
            self.multipliers[range.clone()].iter().zip(&self.lefts[range.clone()]).zip(&self.rights[range.clone()]);
        for (((y, &sum), &correction), ((&multiplier, &left), &right)) in
            y.iter_mut().zip(sums).zip(&self.corrections[range]).zip(scales)
        {
            *y = round_shift(multiply_16(sum + correction, multiplier) << left, right);
        }
    }
}

/// The sums of some rows over a pass's panels.
type Sums<const R: usize> = [[[i32; LANES]; PANELS]; R];

struct Product<'a> {
    matrix: &'a Packed,
    x: &'a [[u8; 4]],
    y: &'a mut [i32],
}

impl Product<'_> {
    /// Goes over all panels and rows; `tiles` adds up eight, four, two or one of them.
    #[inline(always)]
    fn run_with(self, tiles: impl Tiles) {
        let Packed { inputs, outputs, ref panels, .. } = *self.matrix;
        let groups = inputs.div_ceil(4);
        let rows = self.x.len() / groups;
        for (p, panels) in panels.chunks_exact(groups * PANELS).enumerate() {
            let (a, b) = panels.split_at(groups);
            let first = p * PANELS * LANES;
            let width = (LANES * PANELS).min(outputs - first);
            let mut row = 0;
            while row < rows {
                let x = &self.x[row * groups..];
                let done = match rows - row {
                    ROWS.. => self.matrix.finish(tiles.tile::<ROWS>(a, b, x), first, width, row, self.y),
                    4.. => self.matrix.finish(tiles.tile::<4>(a, b, x), first, width, row, self.y),
                    2.. => self.matrix.finish(tiles.tile::<2>(a, b, x), first, width, row, self.y),
                    _ => self.matrix.finish(tiles.tile::<1>(a, b, x), first, width, row, self.y),
                };
                row += done;
            }
        }
    }
}

impl Packed {
    /// Writes the scaled sums of `R` rows from `row` on, and returns `R`.
    #[inline(always)]
    fn finish<const R: usize>(&self, sums: Sums<R>, first: usize, width: usize, row: usize, y: &mut [i32]) -> usize {
        for (r, sums) in sums.iter().enumerate() {
            let start = (row + r) * self.outputs + first;
            self.scale(first, sums.as_flattened(), &mut y[start..start + width]);
        }
        R
    }
}

/// A way to add up a tile.
trait Tiles: Copy {
    /// Sums of the first `R` rows of `x` (`[rows][groups]`) over two panels of `[groups]`.
    fn tile<const R: usize>(self, a: &[Group], b: &[Group], x: &[[u8; 4]]) -> Sums<R>;
}

/// The safe twin: plain loops, which compilers turn into vectors of whatever the machine has.
#[derive(Clone, Copy)]
struct Plain;

impl Tiles for Plain {
    #[inline(always)]
    fn tile<const R: usize>(self, a: &[Group], b: &[Group], x: &[[u8; 4]]) -> Sums<R> {
        let mut sums = [[[0i32; LANES]; PANELS]; R];
        for (panel, weights) in [a, b].into_iter().enumerate() {
            for (r, sums) in sums.iter_mut().enumerate() {
                let x = &x[r * weights.len()..][..weights.len()];
                for (x, weights) in x.iter().zip(weights) {
                    let x = x.map(i16::from);
                    for lane in 0..LANES {
                        let w = weights[lane].map(i16::from);
                        let first = i32::from(x[0]) * i32::from(w[0]) + i32::from(x[1]) * i32::from(w[1]);
                        let second = i32::from(x[2]) * i32::from(w[2]) + i32::from(x[3]) * i32::from(w[3]);
                        sums[panel][lane] += first + second;
                    }
                }
            }
        }
        sums
    }
}

impl Kernel for Product<'_> {
    #[inline(always)]
    fn run(self) {
        self.run_with(Plain);
    }
}

/// The same with the instructions for 8-bit products of AVX-512 (measured: `mullion bench coding`).
#[cfg(target_arch = "x86_64")]
mod vnni {
    use super::{Group, LANES, PANELS, Product, Sums, Tiles};
    use std::arch::x86_64::*;

    pub fn available() -> bool {
        is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vnni")
    }

    pub fn run(product: Product<'_>) {
        debug_assert!(available());
        // SAFETY: the caller has asked `available`.
        unsafe { run_enabled(product) }
    }

    #[target_feature(enable = "avx512f,avx512vl,avx512vnni")]
    fn run_enabled(product: Product<'_>) {
        product.run_with(Vnni);
    }

    /// Only made where the instructions are [`available`].
    #[derive(Clone, Copy)]
    struct Vnni;

    impl Tiles for Vnni {
        #[inline(always)]
        fn tile<const R: usize>(self, a: &[Group], b: &[Group], x: &[[u8; 4]]) -> Sums<R> {
            // SAFETY: `run_enabled` alone makes a `Vnni`, after `available`.
            unsafe { tile::<R>(a, b, x) }
        }
    }

    #[target_feature(enable = "avx512f,avx512vl,avx512vnni")]
    fn tile<const R: usize>(a: &[Group], b: &[Group], x: &[[u8; 4]]) -> Sums<R> {
        let groups = a.len();
        let (b, x) = (&b[..groups], &x[..R * groups]);
        let mut sums = [[_mm512_setzero_si512(); PANELS]; R];
        for g in 0..groups {
            let (wa, wb) = (load(&a[g]), load(&b[g]));
            for (r, sums) in sums.iter_mut().enumerate() {
                let x = _mm512_set1_epi32(i32::from_le_bytes(x[r * groups + g]));
                sums[0] = _mm512_dpbusd_epi32(sums[0], x, wa);
                sums[1] = _mm512_dpbusd_epi32(sums[1], x, wb);
            }
        }
        let mut stored = [[[0; LANES]; PANELS]; R];
        for (stored, sums) in stored.as_flattened_mut().iter_mut().zip(sums.as_flattened()) {
            *stored = store(*sums);
        }
        stored
    }

    #[target_feature(enable = "avx512f")]
    fn load(group: &Group) -> __m512i {
        const { assert!(size_of::<Group>() == size_of::<__m512i>()) };
        // SAFETY: an unaligned load of the group's own 64 bytes.
        unsafe { _mm512_loadu_si512(group.as_ptr().cast()) }
    }

    #[target_feature(enable = "avx512f")]
    fn store(sums: __m512i) -> [i32; LANES] {
        let mut lanes = [0; LANES];
        // SAFETY: an unaligned store to 64 bytes of our own.
        unsafe { _mm512_storeu_si512(lanes.as_mut_ptr().cast(), sums) };
        lanes
    }
}

/// The same with AVX2, which multiplies 16-bit numbers and adds neighbours: both bytes and weights are widened first.
/// (Measured on a 3m M1: 1.7 times as fast as the plain loops, where AVX-512's products are 4 times as fast.)
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{Group, LANES, PANELS, Product, Sums, Tiles};
    use std::arch::x86_64::*;

    /// Outputs in one vector, two partial sums each.
    const OUTPUTS: usize = 4;
    /// Vectors of a panel.
    const VECTORS: usize = LANES / OUTPUTS;

    pub fn available() -> bool {
        is_x86_feature_detected!("avx2")
    }

    pub fn run(product: Product<'_>) {
        debug_assert!(available());
        // SAFETY: the caller has asked `available`.
        unsafe { run_enabled(product) }
    }

    #[target_feature(enable = "avx2")]
    fn run_enabled(product: Product<'_>) {
        product.run_with(Avx2);
    }

    /// Only made where the instructions are [`available`].
    #[derive(Clone, Copy)]
    struct Avx2;

    impl Tiles for Avx2 {
        #[inline(always)]
        fn tile<const R: usize>(self, a: &[Group], b: &[Group], x: &[[u8; 4]]) -> Sums<R> {
            let mut sums = [[[0; LANES]; PANELS]; R];
            for (panel, weights) in [a, b].into_iter().enumerate() {
                // Two rows at a time: their sums just fill the registers.
                for (pair, sums) in sums.chunks_mut(2).enumerate() {
                    let row = |r: usize| &x[(2 * pair + r) * weights.len()..][..weights.len()];
                    // SAFETY: `run_enabled` alone makes an `Avx2`, after `available`.
                    let found = unsafe { rows(weights, row(0), row(sums.len() - 1)) };
                    sums.iter_mut().zip(found).for_each(|(sums, found)| sums[panel] = found);
                }
            }
            sums
        }
    }

    /// The sums of two rows over a panel.
    #[target_feature(enable = "avx2")]
    fn rows(weights: &[Group], first: &[[u8; 4]], second: &[[u8; 4]]) -> [[i32; LANES]; 2] {
        let mut sums = [[_mm256_setzero_si256(); VECTORS]; 2];
        for ((weights, first), second) in weights.iter().zip(first).zip(second) {
            let x = [spread(*first), spread(*second)];
            for (v, four) in weights.as_chunks::<OUTPUTS>().0.iter().enumerate() {
                let weights = _mm256_cvtepi8_epi16(load(four));
                for r in 0..2 {
                    sums[r][v] = _mm256_add_epi32(sums[r][v], _mm256_madd_epi16(weights, x[r]));
                }
            }
        }
        let mut lanes = [[0; LANES]; 2];
        for (lanes, sums) in lanes.iter_mut().zip(sums) {
            for (lanes, sums) in lanes.chunks_exact_mut(OUTPUTS).zip(sums) {
                let parts = store(sums);
                for (lane, parts) in lanes.iter_mut().zip(parts.as_chunks::<2>().0) {
                    *lane = parts[0] + parts[1];
                }
            }
        }
        lanes
    }

    /// Four bytes as 16-bit numbers, four times over.
    #[target_feature(enable = "avx2")]
    fn spread(x: [u8; 4]) -> __m256i {
        _mm256_broadcastq_epi64(_mm_cvtepu8_epi16(_mm_cvtsi32_si128(i32::from_le_bytes(x))))
    }

    #[target_feature(enable = "avx2")]
    fn load(weights: &[[i8; 4]; OUTPUTS]) -> __m128i {
        // SAFETY: an unaligned load of the 16 bytes.
        unsafe { _mm_loadu_si128(weights.as_ptr().cast()) }
    }

    #[target_feature(enable = "avx2")]
    fn store(sums: __m256i) -> [i32; 2 * OUTPUTS] {
        let mut parts = [0; 2 * OUTPUTS];
        // SAFETY: an unaligned store to 32 bytes of our own.
        unsafe { _mm256_storeu_si256(parts.as_mut_ptr().cast(), sums) };
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_add_up_gives_the_plain_sums() {
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as i32
        };
        for (inputs, outputs) in [(1, 1), (3, 16), (20, 33), (64, 257), (130, 40)] {
            let weights: Vec<i8> = (0..inputs * outputs).map(|_| (next() % 255 - 127) as i8).collect();
            let scales: Vec<Scale> =
                (0..outputs).map(|_| Scale { multiplier: 1 + next() % 65_535, shift: next() % 10 - 2 }).collect();
            let linear = Linear { inputs, weights, scales };
            let packed = Packed::new(&[&linear]);
            for rows in [0, 1, 2, 3, 5, 8, 9, 15, 23] {
                let values: Vec<i32> = (0..rows * inputs).map(|_| next() % 255 - 127).collect();
                let mut x = vec![128u8; rows * stride(inputs)];
                for (i, &value) in values.iter().enumerate() {
                    x[i / inputs * stride(inputs) + i % inputs] = (value + 128) as u8;
                }
                let expected: Vec<i32> = (0..rows * outputs)
                    .map(|i| {
                        let (row, j) = (i / outputs, i % outputs);
                        let weights = &linear.weights[j * inputs..(j + 1) * inputs];
                        let row = &values[row * inputs..(row + 1) * inputs];
                        linear.scales[j].apply(row.iter().zip(weights).map(|(x, &w)| x * i32::from(w)).sum())
                    })
                    .collect();
                let mut found = Vec::new();
                packed.apply(&x, &mut found);
                assert_eq!(found, expected, "{rows} rows, {inputs} to {outputs}");
                found.fill(0);
                Product { matrix: &packed, x: x.as_chunks::<4>().0, y: &mut found }.run();
                assert_eq!(found, expected, "{rows} rows, {inputs} to {outputs}, without instructions of our own");
                #[cfg(target_arch = "x86_64")]
                if avx2::available() {
                    found.fill(0);
                    avx2::run(Product { matrix: &packed, x: x.as_chunks::<4>().0, y: &mut found });
                    assert_eq!(found, expected, "{rows} rows, {inputs} to {outputs}, with AVX2");
                }
            }
        }
    }
}
