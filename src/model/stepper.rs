//! The decoder one symbol at a time, with a cache of keys and values: how M2 writes.
//!
//! Training runs whole rows on a burn device. Writing wants the logits after one symbol more, and that in microseconds: a
//! step of the small networks is some hundred thousand multiplications, while every burn operation costs microseconds of
//! its own before it multiplies anything. So this is [`super::weights`]' statement once more, in plain loops over the
//! weights as they are. A step's cost grows linearly with the positions before it. On two CPU cores, a step at contexts up
//! to 128 takes 13 µs for nano, 0.25 ms for 3m and 4.4 ms for 3m with 65,536 words, where one position without any context
//! takes burn 420 µs, 1.5 ms and 10.7 ms.

use super::relative::bucket;
use super::weights::{NORM_EPSILON, Parameter, Weights, WeightsError};
use super::{BUCKETS, Shape};
use rayon::prelude::*;

/// Matrices of more weights than this are shared out among threads; below, waking them costs more than it saves.
const SHARED_FROM: usize = 1 << 20;
/// Columns of one share, or of one pass over a wide matrix: 16 KB of sums stay in the nearest cache.
const COLUMNS: usize = 1 << 12;

/// A decoder, and the positions that it has seen.
pub struct Stepper {
    shape: Shape,
    embed: Vec<f32>,
    blocks: Vec<Block>,
    final_norm: Vec<f32>,
    head: Vec<f32>,
    /// How many positions are in the cache, the begin symbol's included.
    positions: usize,
    /// The residual stream after the last position.
    stream: Vec<f32>,
    room: Room,
    logits: Vec<f32>,
}

/// One layer: its weights in the layout of [`Weights`], and the keys and values of the positions so far, each
/// `[positions, heads × head_dim]`.
struct Block {
    attention_norm: Vec<f32>,
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    relative: Vec<f32>,
    output: Vec<f32>,
    mlp_norm: Vec<f32>,
    gate: Vec<f32>,
    up: Vec<f32>,
    down: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
}

/// Where a step puts what it has not summed up yet.
struct Room {
    normed: Vec<f32>,
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    mixed: Vec<f32>,
    gate: Vec<f32>,
    up: Vec<f32>,
    scores: Vec<f32>,
    written: Vec<f32>,
}

/// A symbol that the network has no embedding for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("symbol {symbol} is outside the network's vocabulary of {vocabulary}: it belongs to another tokenizer")]
pub struct UnknownSymbol {
    pub symbol: u32,
    pub vocabulary: usize,
}

impl Stepper {
    /// The decoder that `weights` describe, after its begin symbol.
    ///
    /// # Errors
    /// If the weights do not make up a decoder.
    pub fn new(mut weights: Weights) -> Result<Self, WeightsError> {
        weights.check()?;
        let shape = weights.shape;
        let mut take = |name: &str| {
            let found: Option<Parameter> = weights.parameters.remove(name);
            found.map(|parameter| parameter.data).ok_or_else(|| WeightsError::Missing(name.to_owned()))
        };
        let mut block = |layer: usize| {
            let mut part = |name: &str| take(&format!("blocks.{layer}.{name}"));
            Ok(Block {
                attention_norm: part("attention_norm")?,
                query: part("query")?,
                key: part("key")?,
                value: part("value")?,
                relative: part("relative")?,
                output: part("output")?,
                mlp_norm: part("mlp_norm")?,
                gate: part("gate")?,
                up: part("up")?,
                down: part("down")?,
                keys: Vec::new(),
                values: Vec::new(),
            })
        };
        let blocks = (0..shape.layers).map(&mut block).collect::<Result<_, WeightsError>>()?;
        let mut stepper = Self {
            shape,
            blocks,
            embed: take("embed")?,
            final_norm: take("final_norm")?,
            head: take("head")?,
            positions: 0,
            stream: vec![0.0; shape.embed],
            room: Room::new(&shape),
            logits: vec![0.0; shape.vocabulary],
        };
        stepper.restart();
        Ok(stepper)
    }

    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// How many symbols have been taken since the begin symbol.
    pub fn symbols(&self) -> usize {
        self.positions.saturating_sub(1)
    }

    /// Forgets every symbol: only the begin symbol stands before the next one.
    pub fn restart(&mut self) {
        for block in &mut self.blocks {
            block.keys.clear();
            block.values.clear();
        }
        self.positions = 0;
        self.step(self.shape.vocabulary);
    }

    /// Takes the next symbol.
    ///
    /// # Errors
    /// If the network does not know it.
    pub fn push(&mut self, symbol: u32) -> Result<(), UnknownSymbol> {
        let vocabulary = self.shape.vocabulary;
        if symbol as usize >= vocabulary {
            return Err(UnknownSymbol { symbol, vocabulary });
        }
        self.step(symbol as usize);
        Ok(())
    }

    /// The logits of the next symbol: for the large vocabularies the dearest part of a step, so it is left out where
    /// nobody asks.
    pub fn logits(&mut self) -> &[f32] {
        norm(&self.stream, &self.final_norm, &mut self.room.normed);
        times(&self.room.normed, &self.head, &mut self.logits);
        &self.logits
    }

    fn step(&mut self, row: usize) {
        let Shape { embed, heads, head_dim, .. } = self.shape;
        let Room { normed, query, key, value, mixed, gate, up, scores, written } = &mut self.room;
        self.stream.copy_from_slice(&self.embed[row * embed..(row + 1) * embed]);
        self.positions += 1;
        for block in &mut self.blocks {
            norm(&self.stream, &block.attention_norm, normed);
            times(normed, &block.query, query);
            times(normed, &block.key, key);
            times(normed, &block.value, value);
            block.keys.extend_from_slice(key);
            block.values.extend_from_slice(value);
            let scale = 1.0 / (head_dim as f32).sqrt();
            query.iter_mut().for_each(|value| *value *= scale);
            mixed.fill(0.0);
            for head in 0..heads {
                let own = head * head_dim..(head + 1) * head_dim;
                let relative = &block.relative[head * BUCKETS..(head + 1) * BUCKETS];
                scores.clear();
                for (position, key) in block.keys.chunks_exact(heads * head_dim).enumerate() {
                    let distance = self.positions - 1 - position;
                    scores.push(dot(&query[own.clone()], &key[own.clone()]) + relative[bucket(distance)]);
                }
                softmax(scores);
                for (share, value) in scores.iter().zip(block.values.chunks_exact(heads * head_dim)) {
                    mixed[own.clone()]
                        .iter_mut()
                        .zip(&value[own.clone()])
                        .for_each(|(sum, value)| *sum += share * value);
                }
            }
            times(mixed, &block.output, written);
            add(&mut self.stream, written);
            norm(&self.stream, &block.mlp_norm, normed);
            times(normed, &block.gate, gate);
            times(normed, &block.up, up);
            gate.iter_mut().zip(up.iter()).for_each(|(gate, up)| *gate = gate.max(0.0) * up);
            times(gate, &block.down, written);
            add(&mut self.stream, written);
        }
    }
}

impl Room {
    fn new(shape: &Shape) -> Self {
        let (embed, inner) = (vec![0.0; shape.embed], vec![0.0; shape.heads * shape.head_dim]);
        let mlp = vec![0.0; shape.mlp];
        Self {
            normed: embed.clone(),
            query: inner.clone(),
            key: inner.clone(),
            value: inner.clone(),
            mixed: inner,
            gate: mlp.clone(),
            up: mlp,
            scores: Vec::new(),
            written: embed,
        }
    }
}

/// `out = x · w`, with `w` of `[x, out]`, row by row.
fn times(x: &[f32], w: &[f32], out: &mut [f32]) {
    let columns = out.len();
    let part = |(index, out): (usize, &mut [f32])| times_part(x, w, columns, index * COLUMNS, out);
    match w.len() > SHARED_FROM {
        true => out.par_chunks_mut(COLUMNS).enumerate().for_each(part),
        false => out.chunks_mut(COLUMNS).enumerate().for_each(part),
    }
}

/// The columns of `x · w` from `first` on. Four rows at once: a sum is loaded and stored once for four products.
fn times_part(x: &[f32], w: &[f32], columns: usize, first: usize, out: &mut [f32]) {
    let row = |index: usize| &w[index * columns + first..index * columns + first + out.len()];
    let fours = x.len() / 4 * 4;
    let mut sums = vec![0.0; out.len()];
    for index in (0..fours).step_by(4) {
        let [a, b, c, d] = [x[index], x[index + 1], x[index + 2], x[index + 3]];
        let rows = row(index).iter().zip(row(index + 1)).zip(row(index + 2)).zip(row(index + 3));
        for (sum, (((p, q), r), s)) in sums.iter_mut().zip(rows) {
            *sum += (a * p + b * q) + (c * r + d * s);
        }
    }
    for (index, x) in x.iter().enumerate().skip(fours) {
        sums.iter_mut().zip(row(index)).for_each(|(sum, weight)| *sum += x * weight);
    }
    out.copy_from_slice(&sums);
}

/// Eight sums side by side, which vector registers hold: a single one would have to be added up in order.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_eights, a_rest) = a.as_chunks::<8>();
    let (b_eights, b_rest) = b.as_chunks::<8>();
    let mut sums = [0f32; 8];
    for (a, b) in a_eights.iter().zip(b_eights) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}

fn add(stream: &mut [f32], written: &[f32]) {
    stream.iter_mut().zip(written).for_each(|(stream, written)| *stream += written);
}

fn norm(x: &[f32], scale: &[f32], out: &mut [f32]) {
    let mean_square = dot(x, x) / x.len() as f32;
    let factor = 1.0 / (mean_square + NORM_EPSILON).sqrt();
    out.iter_mut().zip(x).zip(scale).for_each(|((out, x), scale)| *out = x * factor * scale);
}

fn softmax(scores: &mut [f32]) {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - most).exp();
        sum += *score;
    }
    scores.iter_mut().for_each(|score| *score /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::random::Generator;
    use crate::model::random_weights::random_weights;
    use crate::model::{Decoder, Size};
    use burn::tensor::{Device, Tensor, TensorData};

    /// Weights of a network that attends to distances too, which fresh ones do not.
    fn weights(size: &str, vocabulary: usize) -> Weights {
        let mut weights = random_weights(Size::named(size).unwrap().with_vocabulary(vocabulary), 7);
        let mut generator = Generator::new(8);
        for (name, parameter) in &mut weights.parameters {
            if name.ends_with("relative") || name.ends_with("norm") {
                parameter.data.iter_mut().for_each(|value| *value += 0.5 * generator.normal() as f32);
            }
        }
        weights
    }

    fn symbols(count: usize, vocabulary: usize) -> Vec<u32> {
        let mut generator = Generator::new(9);
        (0..count).map(|_| generator.below(vocabulary as u64) as u32).collect()
    }

    /// The logits at every position, `[length, vocabulary]`, in one pass on a burn device.
    fn whole_pass(weights: &Weights, symbols: &[u32]) -> Vec<f32> {
        let device = Device::flex();
        let decoder = Decoder::from_weights(weights, &device).unwrap();
        let begin = std::iter::once(weights.shape.vocabulary as i32);
        let inputs: Vec<i32> = begin.chain(symbols.iter().map(|&symbol| symbol as i32)).collect();
        let length = inputs.len();
        let hidden = decoder.hidden(Tensor::from_data(TensorData::new(inputs, [1, length]), &device));
        crate::gpu::read_f32(hidden.matmul(decoder.head().clone())).unwrap()
    }

    fn largest_difference(size: &str, vocabulary: usize, count: usize) -> f32 {
        let (weights, symbols) = (weights(size, vocabulary), symbols(count, vocabulary));
        let whole = whole_pass(&weights, &symbols);
        let mut stepper = Stepper::new(weights).unwrap();
        let mut largest: f32 = 0.0;
        for (position, row) in whole.chunks_exact(vocabulary).enumerate() {
            if position > 0 {
                stepper.push(symbols[position - 1]).unwrap();
            }
            assert_eq!(stepper.symbols(), position);
            let logits = stepper.logits();
            largest = logits.iter().zip(row).map(|(a, b)| (a - b).abs()).fold(largest, f32::max);
        }
        largest
    }

    #[test]
    fn step_by_step_the_logits_are_those_of_the_whole_pass() {
        assert!(largest_difference("nano", 257, 40) < 2e-5);
    }

    #[test]
    fn so_they_are_past_every_distance_bucket() {
        assert!(largest_difference("nano", 33, 300) < 5e-5);
    }

    #[test]
    fn so_they_are_where_threads_share_a_matrix() {
        assert!(largest_difference("nano", 20_000, 3) < 2e-5);
    }

    #[test]
    fn after_a_restart_it_is_as_if_new() {
        let weights = weights("nano", 50);
        let mut fresh = Stepper::new(weights.clone()).unwrap();
        let mut used = Stepper::new(weights).unwrap();
        for symbol in [3, 49, 7] {
            used.push(symbol).unwrap();
        }
        used.restart();
        for symbol in [1, 2] {
            fresh.push(symbol).unwrap();
            used.push(symbol).unwrap();
        }
        assert_eq!(fresh.logits(), used.logits());
    }

    #[test]
    fn a_symbol_of_another_vocabulary_is_refused() {
        let mut stepper = Stepper::new(weights("nano", 50)).unwrap();
        let message = stepper.push(50).unwrap_err().to_string();
        assert!(message.contains("symbol 50") && message.contains("vocabulary of 50"), "{message}");
    }
}
