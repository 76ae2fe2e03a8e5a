//! Attention between the projections, for all heads and positions of a batch.

use super::engine::Batch;
use super::exponential::exp2;
use super::requantise::{clamp_8, multiply_16, round_shift};
use super::{ATTENTION_SHIFT, Block, Scale};
use crate::m1::widest::Kernel;
use crate::model::Shape;
use crate::model::relative::{MAX_DISTANCE, bucket};

/// What one block's attention needs of its weights.
#[derive(Debug)]
pub(super) struct Attention {
    score: Vec<Scale>,
    /// `[head][distance]`, the last distance standing for all that are longer.
    bias: Vec<[i32; MAX_DISTANCE + 1]>,
    mix: Vec<i32>,
    mix_shift: u32,
}

impl Attention {
    pub fn new(block: &Block) -> Self {
        let heads = block.score.len();
        let biases = block.relative.chunks_exact(block.relative.len() / heads);
        Self {
            score: block.score.clone(),
            bias: biases.map(|buckets| std::array::from_fn(|distance| buckets[bucket(distance)])).collect(),
            mix: block.mix.clone(),
            mix_shift: block.mix_shift,
        }
    }
}

/// One block's attention over a batch.
pub(super) struct Mixing<'a> {
    pub attention: &'a Attention,
    pub shape: &'a Shape,
    pub block: usize,
    pub batch: &'a Batch<'a>,
    /// `[position][heads × head_dim]`.
    pub queries: &'a [i8],
    /// Keys and values of the batch's positions in all blocks.
    pub positions: &'a [i8],
    /// `[position][stride]`, 128 added.
    pub mixed: &'a mut [u8],
    pub stride: usize,
}

impl Kernel for Mixing<'_> {
    #[inline(always)]
    fn run(self) {
        let Shape { heads, head_dim, .. } = *self.shape;
        let across = heads * head_dim;
        let mut path: Vec<&[i8]> = Vec::new();
        let mut scores: Vec<i32> = Vec::new();
        let mut totals = vec![0i32; head_dim];
        let rows = self.queries.chunks_exact(across).zip(self.mixed.chunks_exact_mut(self.stride));
        for (row, (queries, mixed)) in rows.enumerate() {
            path.clear();
            path.extend(self.batch.seen_by(row, self.positions, self.block, across));
            let from_begin = self.batch.distance_to_begin(row);
            for head in 0..heads {
                let part = head * head_dim..(head + 1) * head_dim;
                let (query, bias) = (&queries[part.clone()], &self.attention.bias[head]);
                // (A loop: a closure inside an adapter is not always inlined, and then not compiled for wide vectors.)
                scores.resize(path.len(), 0);
                let mut largest = i32::MIN;
                for (i, (score, position)) in scores.iter_mut().zip(&path).enumerate() {
                    let distance = if i == 0 { from_begin } else { path.len() - 1 - i };
                    let dot = dot(query, &position[part.clone()]);
                    *score = self.attention.score[head].apply(dot) + bias[distance.min(MAX_DISTANCE)];
                    largest = largest.max(*score);
                }
                let mut sum = 0;
                for score in &mut scores {
                    *score = round_shift(exp2((largest - *score) as u32) as i32, ATTENTION_SHIFT);
                    sum += *score;
                }
                totals.fill(0);
                for (&weight, position) in scores.iter().zip(&path) {
                    for (total, &value) in totals.iter_mut().zip(&position[across..][part.clone()]) {
                        *total += weight * i32::from(value);
                    }
                }
                let bits = i32::BITS - sum.leading_zeros();
                let sixteen = if bits > 16 { sum >> (bits - 16) } else { sum << (16 - bits) };
                let reciprocal = i32::MAX / sixteen;
                for ((mixed, &total), &mix) in
                    mixed[part.clone()].iter_mut().zip(&totals).zip(&self.attention.mix[part])
                {
                    let mean = round_shift(multiply_16(total, reciprocal), bits - 9);
                    *mixed = (clamp_8(round_shift(mean * mix, self.attention.mix_shift)) + 128) as u8;
                }
            }
        }
    }
}

#[inline(always)]
fn dot(a: &[i8], b: &[i8]) -> i32 {
    let mut sum = 0;
    for (&a, &b) in a.iter().zip(b) {
        sum += i32::from(a) * i32::from(b);
    }
    sum
}
