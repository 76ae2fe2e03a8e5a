//! The definition in [`super`], one position at a time, as plainly as it can be written.
//!
//! Numbers are 64-bit here, and every value that the definition has in 32 bits goes through `narrow`, which panics if it
//! does not fit: what runs through here has shown that it cannot overflow.

use super::exponential::EXP2;
use super::{ATTENTION_SHIFT, Linear, Model, Norm, STREAM_LIMIT, Scale};
use crate::model::relative::bucket;

/// A text as the model has seen it so far: keys and values of every position in every block.
pub struct Text<'m> {
    model: &'m Model,
    /// `[block][position]`.
    keys: Vec<Vec<Vec<i64>>>,
    values: Vec<Vec<Vec<i64>>>,
    positions: usize,
}

impl<'m> Text<'m> {
    /// A text without any position: the begin symbol's is the first to be pushed.
    pub fn new(model: &'m Model) -> Self {
        let empty = || vec![Vec::new(); model.blocks.len()];
        Self { model, keys: empty(), values: empty(), positions: 0 }
    }

    /// Appends the position of `input` (a symbol, or the vocabulary's size for the begin symbol), and returns the logits
    /// there, in units of 2^−8 bits.
    pub fn push(&mut self, input: usize) -> Vec<i32> {
        let model = self.model;
        let d = model.shape.embed;
        let position = self.positions;
        self.positions += 1;
        let mut x: Vec<i64> = model.embed[input * d..(input + 1) * d].iter().map(|&value| value.into()).collect();
        for (l, block) in model.blocks.iter().enumerate() {
            let a = norm(&x, &block.attention_norm);
            let query = project(&block.query, &a, clamp_8);
            self.keys[l].push(project(&block.key, &a, clamp_8));
            self.values[l].push(project(&block.value, &a, clamp_8));
            let mixed = self.attention(l, position, &query);
            add(&mut x, &project(&block.output, &mixed, |value| value));
            let a = norm(&x, &block.mlp_norm);
            let gate = project(&block.gate, &a, |value| value.clamp(0, (1 << 15) - 1));
            let up = project(&block.up, &a, |value| value.clamp(-(1 << 15) + 1, (1 << 15) - 1));
            let hidden = gate.iter().zip(&up).zip(&block.hidden);
            let hidden: Vec<i64> = hidden.map(|((gate, up), &by)| clamp_8(scale(narrow(gate * up), by))).collect();
            add(&mut x, &project(&block.down, &hidden, |value| value));
        }
        let logits = project(&model.head, &norm(&x, &model.final_norm), |value| value);
        logits.into_iter().map(|logit| logit as i32).collect()
    }

    /// What `position` mixes from the values that it sees.
    fn attention(&self, l: usize, position: usize, query: &[i64]) -> Vec<i64> {
        let (model, block) = (self.model, &self.model.blocks[l]);
        let size = model.shape.head_dim;
        let oldest = (position + 2).saturating_sub(model.context).max(1);
        let visible: Vec<usize> = std::iter::once(0).chain(oldest..=position).collect();
        let mut mixed = Vec::new();
        for head in 0..model.shape.heads {
            let part = head * size..(head + 1) * size;
            let biases = &block.relative[head * block.relative.len() / model.shape.heads..];
            let scores: Vec<i64> = visible
                .iter()
                .map(|&j| {
                    let dot = product(&query[part.clone()], &self.keys[l][j][part.clone()]);
                    narrow(scale(dot, block.score[head]) + i64::from(biases[bucket(position - j)]))
                })
                .collect();
            let largest = scores.iter().copied().max().unwrap_or(0);
            let weights: Vec<i64> =
                scores.iter().map(|score| round_shift(exp2(largest - score), ATTENTION_SHIFT)).collect();
            let sum: i64 = weights.iter().sum();
            let bits = bit_length(sum);
            let sixteen = if bits > 16 { sum >> (bits - 16) } else { sum << (16 - bits) };
            let reciprocal = Scale { multiplier: (((1i64 << 31) - 1) / sixteen) as i32, shift: 0 };
            for channel in part {
                let total: i64 =
                    weights.iter().zip(&visible).map(|(weight, &j)| weight * self.values[l][j][channel]).sum();
                let mean = round_shift(scale(narrow(total), reciprocal), bits - 9);
                mixed.push(clamp_8(round_shift(narrow(mean * i64::from(block.mix[channel])), block.mix_shift)));
            }
        }
        mixed
    }
}

/// `exp2(max − logit)` of every logit: what a distribution's weights are.
pub fn weights(logits: &[i32]) -> Vec<u64> {
    let largest = logits.iter().copied().max().map_or(0, i64::from);
    logits.iter().map(|&logit| exp2(largest - i64::from(logit)) as u64).collect()
}

fn norm(x: &[i64], norm: &Norm) -> Vec<i64> {
    let largest = x.iter().map(|x| x.abs()).max().unwrap_or(0);
    let bits = bit_length(largest);
    let y: Vec<i64> = x.iter().map(|&x| if bits > 15 { round_shift(x, bits - 15) } else { x << (15 - bits) }).collect();
    let k = (0..).find(|&k| x.len() <= 2 << k).unwrap_or(0);
    let sum = y.iter().map(|y| narrow(y * y) >> k).sum::<i64>().max(1);
    let mut z = 0;
    while sum << (z + 2) < 1 << 32 {
        z += 2;
    }
    let root = ((sum << z) as u64).isqrt() as i64;
    let inverse = (1 << 30) / root;
    let ratio = |y: &i64| round_shift(narrow(y * inverse), 20 - z / 2);
    let scaled = y.iter().map(ratio).zip(&norm.multipliers);
    scaled.map(|(ratio, &c)| clamp_8(round_shift(narrow(ratio * i64::from(c)), norm.shift))).collect()
}

fn project(linear: &Linear, x: &[i64], limit: impl Fn(i64) -> i64) -> Vec<i64> {
    let rows = linear.weights.chunks_exact(linear.inputs);
    let row = |row: &[i8]| x.iter().zip(row).map(|(x, &weight)| x * i64::from(weight)).sum::<i64>();
    rows.zip(&linear.scales).map(|(weights, &by)| limit(scale(narrow(row(weights)), by))).collect()
}

fn product(a: &[i64], b: &[i64]) -> i64 {
    narrow(a.iter().zip(b).map(|(a, b)| a * b).sum())
}

fn add(x: &mut [i64], change: &[i64]) {
    let limit = i64::from(STREAM_LIMIT);
    x.iter_mut().zip(change).for_each(|(x, change)| *x = narrow(*x + change).clamp(-limit, limit));
}

fn scale(a: i64, Scale { multiplier, shift }: Scale) -> i64 {
    let scaled = (a * i64::from(multiplier) + (1 << 15)) >> 16;
    round_shift(narrow(scaled << (-shift).max(0)), shift.max(0) as u32)
}

fn round_shift(x: i64, shift: u32) -> i64 {
    narrow(x + (1 << shift) / 2) >> shift
}

fn clamp_8(x: i64) -> i64 {
    x.clamp(-127, 127)
}

fn exp2(d: i64) -> i64 {
    i64::from(EXP2[(d % 256) as usize]) >> (d / 256).min(63)
}

fn bit_length(x: i64) -> u32 {
    i64::BITS - x.leading_zeros()
}

/// A value that the definition has in 32 bits.
fn narrow(x: i64) -> i64 {
    assert!(i32::try_from(x).is_ok(), "{x} does not fit in 32 bits");
    x
}
