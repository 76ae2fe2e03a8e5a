//! The network in 32-bit floats, as [`crate::model::weights`] states it, watched: what freezing measures ranges on.
//!
//! Every sum has one fixed order and [`exp`] is our own, so ranges, and with them the frozen model, are the same on every
//! machine.

use super::exponential::exp;
use super::matrix::Matrix;
use crate::coding::{END_OF_DOCUMENT, Symbol};
use crate::m1::widest::{Kernel, run_widest};
use crate::model::relative::{MAX_DISTANCE, bucket};
use crate::model::weights::{NORM_EPSILON, Weights};
use crate::model::{Parameter, Shape};
use rayon::prelude::*;

/// Weights in the form that the arithmetic wants them.
pub(super) struct Decoder {
    shape: Shape,
    embed: Vec<f32>,
    blocks: Vec<Block>,
    final_norm: Vec<f32>,
    head: Matrix,
}

struct Block {
    attention_norm: Vec<f32>,
    query_key_value: Matrix,
    /// `[head][distance]`, the last distance standing for all that are longer.
    bias: Vec<[f32; MAX_DISTANCE + 1]>,
    output: Matrix,
    mlp_norm: Vec<f32>,
    gate_up: Matrix,
    down: Matrix,
}

/// The largest sizes of what flows between the matrices.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Observed {
    pub stream: f32,
    pub blocks: Vec<ObservedBlock>,
    /// `[embed]`: the stream over its root mean square.
    pub final_ratio: Vec<f32>,
}

/// The same within a block.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct ObservedBlock {
    /// `[embed]`.
    pub attention_ratio: Vec<f32>,
    /// `[heads × head_dim]`, each.
    pub query: Vec<f32>,
    pub key: Vec<f32>,
    pub value: Vec<f32>,
    pub mixed: Vec<f32>,
    /// `[embed]`.
    pub mlp_ratio: Vec<f32>,
    /// `[mlp]`, each.
    pub gate: Vec<f32>,
    pub up: Vec<f32>,
    pub hidden: Vec<f32>,
}

impl Observed {
    fn merge(mut self, other: Self) -> Self {
        self.stream = self.stream.max(other.stream);
        raise(&mut self.final_ratio, &other.final_ratio);
        for (block, other) in self.blocks.iter_mut().zip(&other.blocks) {
            raise(&mut block.attention_ratio, &other.attention_ratio);
            raise(&mut block.query, &other.query);
            raise(&mut block.key, &other.key);
            raise(&mut block.value, &other.value);
            raise(&mut block.mixed, &other.mixed);
            raise(&mut block.mlp_ratio, &other.mlp_ratio);
            raise(&mut block.gate, &other.gate);
            raise(&mut block.up, &other.up);
            raise(&mut block.hidden, &other.hidden);
        }
        self
    }
}

/// Raises the largest size of each channel to what `rows` (`[rows][channels]`) show.
fn raise(largest: &mut [f32], rows: &[f32]) {
    for row in rows.chunks_exact(largest.len()) {
        largest.iter_mut().zip(row).for_each(|(largest, value)| *largest = largest.max(value.abs()));
    }
}

impl Decoder {
    /// Takes weights that passed [`Weights::check`].
    pub fn new(weights: &Weights) -> Self {
        let shape = weights.shape;
        let parameter = |name: &str| &weights.parameters[name];
        let vector = |name: &str| parameter(name).data.clone();
        let matrix = |inputs: usize, names: &[&str]| {
            let parts: Vec<&Parameter> = names.iter().map(|name| parameter(name)).collect();
            Matrix::side_by_side(inputs, &parts)
        };
        let (d, h, m) = (shape.embed, shape.heads * shape.head_dim, shape.mlp);
        let block = |l: usize| {
            let name = |part: &str| format!("blocks.{l}.{part}");
            let relative = &parameter(&name("relative")).data;
            Block {
                attention_norm: vector(&name("attention_norm")),
                query_key_value: matrix(d, &[&name("query"), &name("key"), &name("value")]),
                bias: relative
                    .chunks_exact(relative.len() / shape.heads)
                    .map(|buckets| std::array::from_fn(|distance| buckets[bucket(distance)]))
                    .collect(),
                output: matrix(h, &[&name("output")]),
                mlp_norm: vector(&name("mlp_norm")),
                gate_up: matrix(d, &[&name("gate"), &name("up")]),
                down: matrix(m, &[&name("down")]),
            }
        };
        Self {
            shape,
            embed: vector("embed"),
            blocks: (0..shape.layers).map(block).collect(),
            final_norm: vector("final_norm"),
            head: matrix(d, &["head"]),
        }
    }

    /// Nothing seen yet.
    fn unobserved(&self) -> Observed {
        let Shape { embed, heads, head_dim, mlp, .. } = self.shape;
        let [d, across, m] = [embed, heads * head_dim, mlp].map(|channels| vec![0.0; channels]);
        let block = ObservedBlock {
            attention_ratio: d.clone(),
            query: across.clone(),
            key: across.clone(),
            value: across.clone(),
            mixed: across,
            mlp_ratio: d.clone(),
            gate: m.clone(),
            up: m.clone(),
            hidden: m,
        };
        Observed { stream: 0.0, blocks: vec![block; self.blocks.len()], final_ratio: d }
    }

    /// Runs over `rows` of text, each afresh, and watches.
    pub fn observe(&self, rows: &[Vec<Symbol>]) -> Observed {
        let each = rows.par_iter().map(|row| self.run(row).0);
        each.reduce(|| self.unobserved(), Observed::merge)
    }

    /// Bits per raw byte over `rows` of text, each afresh.
    pub fn bits_per_byte(&self, rows: &[Vec<Symbol>]) -> f64 {
        let bits: Vec<f64> = rows.par_iter().map(|row| bits(&self.run(row).1, row)).collect();
        let bytes = rows.iter().flatten().filter(|&&symbol| symbol != END_OF_DOCUMENT).count();
        bits.iter().sum::<f64>() / bytes as f64
    }

    /// The logits before every symbol of `row`, and what was seen on the way.
    fn run(&self, row: &[Symbol]) -> (Observed, Vec<f32>) {
        let Shape { embed: d, heads, head_dim, mlp, vocabulary, .. } = self.shape;
        let across = heads * head_dim;
        let mut observed = self.unobserved();
        let before = std::iter::once(vocabulary).chain(row.iter().map(|&symbol| usize::from(symbol)));
        let mut stream: Vec<f32> =
            before.take(row.len()).flat_map(|input| &self.embed[input * d..(input + 1) * d]).copied().collect();
        for (block, observed_block) in self.blocks.iter().zip(&mut observed.blocks) {
            observed.stream = stream.iter().fold(observed.stream, |largest, x| largest.max(x.abs()));
            let ratio = ratio(&stream, d);
            raise(&mut observed_block.attention_ratio, &ratio);
            let projected = block.query_key_value.apply(&scaled(&ratio, &block.attention_norm));
            for row in projected.chunks_exact(3 * across) {
                raise(&mut observed_block.query, &row[..across]);
                raise(&mut observed_block.key, &row[across..2 * across]);
                raise(&mut observed_block.value, &row[2 * across..]);
            }
            let mut mixed = vec![0.0; row.len() * across];
            run_widest(Mixing { shape: &self.shape, block, projected: &projected, mixed: &mut mixed });
            raise(&mut observed_block.mixed, &mixed);
            add(&mut stream, &block.output.apply(&mixed));
            let ratio = self::ratio(&stream, d);
            raise(&mut observed_block.mlp_ratio, &ratio);
            let both = block.gate_up.apply(&scaled(&ratio, &block.mlp_norm));
            let mut hidden = Vec::with_capacity(row.len() * mlp);
            for both in both.chunks_exact(2 * mlp) {
                let (gate, up) = both.split_at(mlp);
                let gate: Vec<f32> = gate.iter().map(|gate| gate.max(0.0)).collect();
                raise(&mut observed_block.gate, &gate);
                raise(&mut observed_block.up, up);
                hidden.extend(gate.iter().zip(up).map(|(gate, up)| gate * up));
            }
            raise(&mut observed_block.hidden, &hidden);
            add(&mut stream, &block.down.apply(&hidden));
        }
        observed.stream = stream.iter().fold(observed.stream, |largest, x| largest.max(x.abs()));
        let ratio = ratio(&stream, d);
        raise(&mut observed.final_ratio, &ratio);
        (observed, self.head.apply(&scaled(&ratio, &self.final_norm)))
    }
}

/// Bits that a row costs under its logits.
fn bits(logits: &[f32], row: &[Symbol]) -> f64 {
    let cost = |(logits, &symbol): (&[f32], &Symbol)| {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = logits.iter().map(|&logit| exp(f64::from(logit) - f64::from(largest))).sum();
        sum.ln() + f64::from(largest) - f64::from(logits[usize::from(symbol)])
    };
    logits.chunks_exact(logits.len() / row.len().max(1)).zip(row).map(cost).sum::<f64>() / std::f64::consts::LN_2
}

/// Causal attention between the projections, for all heads and positions of a row.
struct Mixing<'a> {
    shape: &'a Shape,
    block: &'a Block,
    /// Query, key and value of each position, `[position][3 × heads × head_dim]`.
    projected: &'a [f32],
    mixed: &'a mut [f32],
}

impl Kernel for Mixing<'_> {
    #[inline(always)]
    fn run(self) {
        let Shape { heads, head_dim, .. } = *self.shape;
        let across = heads * head_dim;
        let scale = 1.0 / (head_dim as f32).sqrt();
        let mut scores = Vec::new();
        let rows = || self.projected.chunks_exact(3 * across);
        for ((position, row), mixed) in rows().enumerate().zip(self.mixed.chunks_exact_mut(across)) {
            for (head, mixed) in mixed.chunks_exact_mut(head_dim).enumerate() {
                let (start, bias) = (head * head_dim, &self.block.bias[head]);
                let query = &row[start..start + head_dim];
                scores.clear();
                scores.extend(rows().take(position + 1).enumerate().map(|(j, seen)| {
                    let key = &seen[across + start..][..head_dim];
                    dot(query, key) * scale + bias[(position - j).min(MAX_DISTANCE)]
                }));
                let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                scores.iter_mut().for_each(|score| *score = exp(f64::from(*score - largest)) as f32);
                let sum: f32 = scores.iter().sum();
                for (&weight, seen) in scores.iter().zip(rows()) {
                    let value = &seen[2 * across + start..][..head_dim];
                    mixed.iter_mut().zip(value).for_each(|(mixed, value)| *mixed += weight * value);
                }
                mixed.iter_mut().for_each(|mixed| *mixed /= sum);
            }
        }
    }
}

/// Every row of `width` over its root mean square.
fn ratio(rows: &[f32], width: usize) -> Vec<f32> {
    let mut ratios = Vec::with_capacity(rows.len());
    for row in rows.chunks_exact(width) {
        let root = (dot(row, row) / row.len() as f32 + NORM_EPSILON).sqrt();
        ratios.extend(row.iter().map(|value| value / root));
    }
    ratios
}

fn scaled(rows: &[f32], scale: &[f32]) -> Vec<f32> {
    rows.chunks_exact(scale.len()).flat_map(|row| row.iter().zip(scale).map(|(value, scale)| value * scale)).collect()
}

fn add(stream: &mut [f32], change: &[f32]) {
    stream.iter_mut().zip(change).for_each(|(stream, change)| *stream += change);
}

/// The scalar product, summed in eight lanes, which are then added pairwise: an order that vector instructions can
/// follow and that is the same with or without them.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (chunks, rest) = a.as_chunks::<8>();
    let (other_chunks, other_rest) = b.as_chunks::<8>();
    let mut lanes = [0.0f32; 8];
    for (a, b) in chunks.iter().zip(other_chunks) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    for ((lane, a), b) in lanes.iter_mut().zip(rest).zip(other_rest) {
        *lane += a * b;
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}
