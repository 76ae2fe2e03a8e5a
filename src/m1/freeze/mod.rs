//! Freezing: from trained float weights to the integer network of [`crate::m1::integer`].
//!
//! Weights get 8 bits per output channel, symmetric, with the largest of a channel at ±127. What flows between the
//! matrices gets fixed scales, measured on a sample of training text: its largest value there fits exactly. Ranges of
//! channels differ, in a norm's output as in the matrix behind it; a channel's scale is the geometric middle between the
//! two, so that both keep about as many bits (the smoothing of Xiao et al. 2023, arXiv:2211.10438, with α = 1/2).
//!
//! Only operations that IEEE 754 fixes are used (no logarithms or powers from a library): the same weights and text freeze
//! to the same integers on every machine.

mod exponential;
mod float;
mod matrix;

use super::integer::engine::Engine;
use super::integer::{self, LOGIT_FRACTION, Linear, Model, ModelError, Norm, Scale, reference};
use crate::coding::{ALPHABET, END_OF_DOCUMENT, Symbol};
use crate::model::{Weights, WeightsError};
use float::{Decoder, Observed, ObservedBlock};
use rayon::prelude::*;
use std::f64::consts::LN_2;

/// Why weights could not be frozen.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum FreezeError {
    #[error("the weights are not those of a decoder: {0}; train a new M1, or use another checkpoint")]
    Weights(#[from] WeightsError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("there is no text to measure M1's ranges on: name a corpus that is not empty")]
    NoText,
    #[error(
        "`{name}` would need a factor of {factor:e}, which the integer arithmetic does not hold: the training has diverged"
    )]
    Factor { name: &'static str, factor: f64 },
}

/// The integer twin of `weights`, with ranges measured on `text`: rows of at most `context` symbols, each read afresh.
///
/// # Errors
/// If the weights are no M1's, there is no text, or the integer arithmetic cannot hold them.
pub fn freeze(weights: &Weights, context: usize, text: &[Vec<Symbol>]) -> Result<Model, FreezeError> {
    weights.check()?;
    let shape = weights.shape;
    // Before anything is computed with a shape that an M1 cannot have.
    if shape.vocabulary != ALPHABET {
        return Err(ModelError::Vocabulary(shape.vocabulary).into());
    }
    if [shape.embed, shape.heads, shape.head_dim, shape.mlp].contains(&0) {
        return Err(ModelError::Empty(shape).into());
    }
    if text.iter().all(Vec::is_empty) {
        return Err(FreezeError::NoText);
    }
    let rows: Vec<Vec<Symbol>> = text.iter().filter(|row| !row.is_empty()).cloned().collect();
    let observed = Decoder::new(weights).observe(&rows);
    let freezing = Freezing { weights, unit: stream_unit(weights, &observed) };
    let embed = weights.parameters["embed"].data.iter().map(|&value| whole(f64::from(value) / freezing.unit)).collect();
    let blocks = observed.blocks.iter().enumerate().map(|(l, observed)| freezing.block(l, observed));
    let blocks = blocks.collect::<Result<_, _>>()?;
    let head = freezing.matrix("head", "final_norm");
    let (final_norm, channels) = freezing.norm(&observed.final_ratio, &[&head])?;
    let head = head.quantised(&channels, |_| LN_2 / f64::from(1u32 << LOGIT_FRACTION), "head")?;
    let model = Model { shape, context, embed, blocks, final_norm, head };
    model.check()?;
    Ok(model)
}

/// Bits per raw byte of the float network over `text`: rows of at most its context, each read afresh.
///
/// # Errors
/// If the weights are not those of a decoder.
pub fn float_bits_per_byte(weights: &Weights, text: &[Vec<Symbol>]) -> Result<f64, FreezeError> {
    weights.check()?;
    Ok(Decoder::new(weights).bits_per_byte(text))
}

/// The stream's unit: a power of two, the largest value seen being 2^17 to 2^18 of it.
fn stream_unit(weights: &Weights, observed: &Observed) -> f64 {
    let embed = weights.parameters["embed"].data.iter().fold(0f32, |largest, value| largest.max(value.abs()));
    let largest = f64::from(observed.stream.max(embed)).max(f64::MIN_POSITIVE);
    power_of_two(exponent(largest) + 1 - 18)
}

struct Freezing<'a> {
    weights: &'a Weights,
    /// Of the stream.
    unit: f64,
}

/// A matrix of floats, the scale of its inputs' norm multiplied in, `[inputs][outputs]`.
struct Matrix {
    inputs: usize,
    outputs: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// The largest size in each input's row.
    fn of_inputs(&self) -> Vec<f64> {
        let rows = self.values.chunks_exact(self.outputs);
        rows.map(|row| row.iter().fold(0f64, |largest, value| largest.max(value.abs()))).collect()
    }

    /// In 8 bits, for inputs in units of `channels`, and outputs in the units that `unit` tells.
    fn quantised(
        &self,
        channels: &[f64],
        unit: impl Fn(usize) -> f64,
        name: &'static str,
    ) -> Result<Linear, FreezeError> {
        let mut weights = vec![0i8; self.values.len()];
        let mut scales = Vec::with_capacity(self.outputs);
        for j in 0..self.outputs {
            let column = || self.values[j..].iter().step_by(self.outputs).zip(channels).map(|(w, channel)| w * channel);
            let largest = column().fold(0f64, |largest, value| largest.max(value.abs()));
            let step = largest / 127.0;
            let row = &mut weights[j * self.inputs..(j + 1) * self.inputs];
            if step > 0.0 {
                row.iter_mut().zip(column()).for_each(|(q, value)| *q = (value / step).round() as i8);
            }
            scales.push(nearest(step / unit(j), name)?);
        }
        Ok(Linear { inputs: self.inputs, weights, scales })
    }
}

impl Freezing<'_> {
    fn vector(&self, name: &str) -> Vec<f64> {
        self.weights.parameters[name].data.iter().map(|&value| value.into()).collect()
    }

    /// The matrix `name`, behind the norm `norm`.
    fn matrix(&self, name: &str, norm: &str) -> Matrix {
        let mut matrix = self.plain_matrix(name);
        let rows = matrix.values.chunks_exact_mut(matrix.outputs);
        rows.zip(self.vector(norm)).for_each(|(row, scale)| row.iter_mut().for_each(|value| *value *= scale));
        matrix
    }

    fn plain_matrix(&self, name: &str) -> Matrix {
        let dims = &self.weights.parameters[name].dims;
        Matrix { inputs: dims[0], outputs: dims[1], values: self.vector(name) }
    }

    /// A norm whose channels were as large as `seen`, in front of `matrices`; and the unit of each channel.
    fn norm(&self, seen: &[f32], matrices: &[&Matrix]) -> Result<(Norm, Vec<f64>), FreezeError> {
        let mut behind = vec![0f64; seen.len()];
        for matrix in matrices {
            behind.iter_mut().zip(matrix.of_inputs()).for_each(|(largest, value)| *largest = largest.max(value));
        }
        let channels = middle(seen, &behind);
        // The integer norm divides by √(Σ y²/2^k), not by √(Σ y²/d): the factor between is known here.
        let d = seen.len() as f64;
        let factor = (d / power_of_two(integer::square_shift(seen.len()) as i32)).sqrt();
        let wanted: Vec<f64> = channels.iter().map(|channel| factor / channel).collect();
        let largest = wanted.iter().copied().fold(0f64, f64::max);
        // Ratios have 10 bits after the point; multipliers stay below 2^15.
        let shift = (14 - exponent(largest) + 10).min(29);
        if shift < 1 {
            return Err(FreezeError::Factor { name: "norm", factor: largest });
        }
        let by = power_of_two(shift - 10);
        let multipliers = wanted.iter().map(|value| whole(value * by).min((1 << 15) - 1)).collect();
        Ok((Norm { multipliers, shift: shift as u32 }, channels))
    }

    fn block(&self, l: usize, seen: &ObservedBlock) -> Result<integer::Block, FreezeError> {
        let shape = self.weights.shape;
        let name = |part: &str| format!("blocks.{l}.{part}");
        let per_head = |seen: &[f32]| -> Vec<f64> {
            let heads = seen.chunks_exact(shape.head_dim);
            heads
                .map(|head| head.iter().fold(f32::MIN_POSITIVE, |a, b| a.max(*b)).into())
                .map(|a: f64| a / 127.0)
                .collect()
        };
        let in_8_bits = |seen: &[f32]| -> Vec<f64> { floored(seen, RARE).into_iter().map(|v| v / 127.0).collect() };

        let norm_name = name("attention_norm");
        let [query, key, value] = ["query", "key", "value"].map(|part| self.matrix(&name(part), &norm_name));
        let (attention_norm, channels) = self.norm(&seen.attention_ratio, &[&query, &key, &value])?;
        let (query_unit, key_unit, value_unit) = (per_head(&seen.query), per_head(&seen.key), in_8_bits(&seen.value));
        let query = query.quantised(&channels, |j| query_unit[j / shape.head_dim], "query")?;
        let key = key.quantised(&channels, |j| key_unit[j / shape.head_dim], "key")?;
        let value = value.quantised(&channels, |j| value_unit[j], "value")?;
        let logit = f64::from(1u32 << LOGIT_FRACTION) / LN_2;
        let root = (shape.head_dim as f64).sqrt();
        let score = query_unit.iter().zip(&key_unit).map(|(q, k)| nearest(q * k / root * logit, "score"));
        let relative = self
            .vector(&name("relative"))
            .iter()
            .map(|value| whole(value * logit).clamp(-(1 << 20), 1 << 20))
            .collect();

        let mixed_unit = in_8_bits(&seen.mixed);
        // A mean comes with 8 bits after the point.
        let mixing: Vec<f64> = value_unit.iter().zip(&mixed_unit).map(|(value, mixed)| value / mixed / 256.0).collect();
        let mix_shift = (14 - exponent(mixing.iter().copied().fold(0f64, f64::max))).clamp(1, 30);
        let by = power_of_two(mix_shift);
        let mix = mixing.iter().map(|value| whole(value * by).min((1 << 15) - 1)).collect();
        let output = self.plain_matrix(&name("output")).quantised(&mixed_unit, |_| self.unit, "output")?;

        let norm_name = name("mlp_norm");
        let [gate, up] = ["gate", "up"].map(|part| self.matrix(&name(part), &norm_name));
        let (mlp_norm, channels) = self.norm(&seen.mlp_ratio, &[&gate, &up])?;
        // Room for twice what was seen; 15 bits are so many that the smallest channels need no unit of their own.
        let in_15_bits = |seen: &[f32]| -> Vec<f64> { floored(seen, 0.02).into_iter().map(|v| v / 16_384.0).collect() };
        let (gate_unit, up_unit) = (in_15_bits(&seen.gate), in_15_bits(&seen.up));
        let gate = gate.quantised(&channels, |j| gate_unit[j], "gate")?;
        let up = up.quantised(&channels, |j| up_unit[j], "up")?;
        let down = self.plain_matrix(&name("down"));
        let hidden_unit = middle(&seen.hidden, &down.of_inputs());
        let units = gate_unit.iter().zip(&up_unit).zip(&hidden_unit);
        let hidden =
            units.map(|((gate, up), hidden)| nearest(gate * up / hidden, "hidden")).collect::<Result<_, _>>()?;
        let down = down.quantised(&hidden_unit, |_| self.unit, "down")?;
        Ok(integer::Block {
            attention_norm,
            query,
            key,
            value,
            score: score.collect::<Result<_, _>>()?,
            relative,
            mix,
            mix_shift: mix_shift as u32,
            output,
            mlp_norm,
            gate,
            up,
            hidden,
            down,
        })
    }
}

/// A channel that hardly showed counts as this share of the largest: another text may show more of it.
const RARE: f32 = 1e-3;

/// What was seen of each channel, at least `least` of the largest.
fn floored(seen: &[f32], least: f32) -> Vec<f64> {
    let largest = seen.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    seen.iter().map(|&value| f64::from(value.max(largest * least))).collect()
}

/// The unit of each channel of a value that was as large as `seen` and meets weights as large as `behind`: in proportion to
/// √(seen / behind), with the channel that comes closest to the end of 8 bits just there.
fn middle(seen: &[f32], behind: &[f64]) -> Vec<f64> {
    let seen = floored(seen, RARE);
    let largest = behind.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let shape: Vec<f64> = seen.iter().zip(behind).map(|(s, b)| (s / b.max(largest * f64::from(RARE))).sqrt()).collect();
    let most = seen.iter().zip(&shape).fold(0f64, |most, (seen, shape)| most.max(seen / shape));
    shape.iter().map(|shape| shape * most / 127.0).collect()
}

/// The scale nearest to `factor`.
fn nearest(factor: f64, name: &'static str) -> Result<Scale, FreezeError> {
    let wrong = FreezeError::Factor { name, factor };
    if !factor.is_finite() || factor < 0.0 {
        return Err(wrong);
    }
    if factor == 0.0 {
        return Ok(Scale::default());
    }
    let mut shift = (-exponent(factor) - 1).min(30);
    let mut multiplier = whole(factor * power_of_two(16 + shift));
    if multiplier == 1 << 16 {
        (multiplier, shift) = (1 << 15, shift - 1);
    }
    if shift < -8 { Err(wrong) } else { Ok(Scale { multiplier, shift }) }
}

/// To the nearest whole number, within 32 bits.
fn whole(value: f64) -> i32 {
    value.round() as i32
}

/// `⌊log2 x⌋` for a positive number; subnormal ones count as the smallest normal one.
fn exponent(x: f64) -> i32 {
    ((x.to_bits() >> 52) as i32 & 0x7ff).max(1) - 1023
}

fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023).clamp(1, 2046) as u64) << 52)
}

/// Bits per raw byte of the integer network over `text`: rows of any length, each read afresh.
pub fn integer_bits_per_byte(model: &Model, text: &[Vec<Symbol>]) -> f64 {
    let engine = Engine::new(model);
    let bits: Vec<f64> = text.par_iter().map(|row| row_bits(&engine, row)).collect();
    let bytes = text.iter().flatten().filter(|&&symbol| symbol != END_OF_DOCUMENT).count();
    bits.iter().sum::<f64>() / bytes as f64
}

fn row_bits(engine: &Engine, row: &[Symbol]) -> f64 {
    let mut batch = engine.batch();
    let mut path = Vec::with_capacity(row.len());
    let inputs = std::iter::once(engine.begin()).chain(row.iter().map(|&symbol| usize::from(symbol)));
    for (i, input) in inputs.take(row.len()).enumerate() {
        path.push(batch.add(input, i, &path));
    }
    let evaluated = engine.evaluate(&batch);
    let logits = engine.logits(&evaluated, 0..row.len());
    let cost = |(logits, &symbol): (&[i32], &Symbol)| {
        let weights = reference::weights(logits);
        let largest = logits.iter().copied().max().unwrap_or(0);
        let above = f64::from(largest) - f64::from(logits[usize::from(symbol)]);
        let one = f64::from(1u32 << integer::EXP2_BITS);
        (weights.iter().sum::<u64>() as f64 / one).log2() + above / f64::from(1u32 << LOGIT_FRACTION)
    };
    logits.chunks_exact(ALPHABET).zip(row).map(cost).sum()
}

#[cfg(test)]
pub(crate) mod tests;
