//! The network's arithmetic, as [`crate::model::weights`] states it, for many positions at once.
//!
//! A [`Batch`] is a set of positions to evaluate, each with its path: the positions from the begin symbol to itself, some
//! of them known from before, some in the same batch. Every float operation on a position happens in an order that
//! depends on its path only, so the batch it is in changes no bit.

use super::exponential::exp;
use super::matrix::Matrix;
use super::widest::{Kernel, run_widest};
use crate::model::relative::{MAX_DISTANCE, bucket};
use crate::model::weights::{NORM_EPSILON, Weights};
use crate::model::{Parameter, Shape};

/// Weights in the form that the arithmetic wants them.
#[derive(Debug)]
pub(super) struct Decoder {
    shape: Shape,
    embed: Vec<f32>,
    blocks: Vec<Block>,
    final_norm: Vec<f32>,
    head: Matrix,
}

#[derive(Debug)]
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

/// A position on a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// One of [`Batch::know`]n positions.
    Known(u32),
    /// A position of the batch itself.
    New(u32),
}

/// Positions to evaluate.
#[derive(Debug, Default)]
pub(super) struct Batch<'a> {
    known: Vec<&'a [f32]>,
    inputs: Vec<usize>,
    /// All paths, one after the other, and where each ends.
    paths: Vec<Place>,
    ends: Vec<usize>,
}

impl<'a> Batch<'a> {
    /// Makes a position that was evaluated before usable in paths.
    pub fn know(&mut self, position: &'a [f32]) -> Place {
        self.known.push(position);
        Place::Known(self.known.len() as u32 - 1)
    }

    /// Adds a position with this `input` after those of `path`.
    pub fn add(&mut self, input: usize, path: &[Place]) -> Place {
        let place = Place::New(self.inputs.len() as u32);
        self.inputs.push(input);
        self.paths.extend_from_slice(path);
        self.paths.push(place);
        self.ends.push(self.paths.len());
        place
    }

    fn paths(&self) -> impl Iterator<Item = &[Place]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.paths[start..end])
    }
}

/// A batch after its evaluation.
pub(super) struct Evaluated {
    /// Keys and values of each of the batch's positions.
    positions: Vec<f32>,
    /// The residual stream behind the last block, one row a position.
    stream: Vec<f32>,
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

    /// The input that stands before every text.
    pub fn begin(&self) -> usize {
        self.shape.vocabulary
    }

    /// Floats in one position's keys and values.
    pub fn position_len(&self) -> usize {
        self.shape.layers * 2 * self.shape.heads * self.shape.head_dim
    }

    /// Runs the blocks over a batch.
    pub fn evaluate(&self, batch: &Batch) -> Evaluated {
        let d = self.shape.embed;
        let mut stream: Vec<f32> =
            batch.inputs.iter().flat_map(|&input| &self.embed[input * d..(input + 1) * d]).copied().collect();
        let mut positions = vec![0.0; batch.inputs.len() * self.position_len()];
        for (l, block) in self.blocks.iter().enumerate() {
            let mixed = self.attention(l, block, batch, &norm(&stream, &block.attention_norm), &mut positions);
            add(&mut stream, &block.output.apply(&mixed));
            let hidden = gated(&block.gate_up.apply(&norm(&stream, &block.mlp_norm)), block.down.inputs());
            add(&mut stream, &block.down.apply(&hidden));
        }
        Evaluated { positions, stream }
    }

    /// Keys and values of the batch's position `row`.
    pub fn position<'e>(&self, evaluated: &'e Evaluated, row: usize) -> &'e [f32] {
        &evaluated.positions[row * self.position_len()..][..self.position_len()]
    }

    /// The logits at the batch's positions `rows`, one row of them each.
    pub fn logits(&self, evaluated: &Evaluated, rows: impl Iterator<Item = usize>) -> Vec<f32> {
        let d = self.shape.embed;
        let wanted: Vec<f32> = rows.flat_map(|row| &evaluated.stream[row * d..(row + 1) * d]).copied().collect();
        self.head.apply(&norm(&wanted, &self.final_norm))
    }

    /// Attention of layer `l` for every position of the batch, before the output projection; fills in the layer's part
    /// of `positions` on the way.
    fn attention(&self, l: usize, block: &Block, batch: &Batch, normed: &[f32], positions: &mut [f32]) -> Vec<f32> {
        let h = self.shape.heads * self.shape.head_dim;
        let projected = block.query_key_value.apply(normed);
        let rows = || projected.chunks_exact(block.query_key_value.outputs());
        for (position, row) in positions.chunks_exact_mut(self.position_len()).zip(rows()) {
            position[l * 2 * h..][..2 * h].copy_from_slice(&row[h..]);
        }
        let mut mixed = vec![0.0; rows().len() * h];
        run_widest(Mixing { shape: &self.shape, l, block, batch, projected: &projected, positions, mixed: &mut mixed });
        mixed
    }
}

/// Attention between the projections, for all heads and positions of a batch.
struct Mixing<'a> {
    shape: &'a Shape,
    l: usize,
    block: &'a Block,
    batch: &'a Batch<'a>,
    /// Query, key and value of each position, `[position][3h]`.
    projected: &'a [f32],
    positions: &'a [f32],
    mixed: &'a mut [f32],
}

impl Kernel for Mixing<'_> {
    #[inline(always)]
    fn run(self) {
        let Shape { heads, head_dim, layers, .. } = *self.shape;
        let h = heads * head_dim;
        let layer = self.l * 2 * h..(self.l + 1) * 2 * h;
        let scale = 1.0 / (head_dim as f32).sqrt();
        let mut scores = Vec::new();
        let mut path = Vec::new();
        let rows = self.projected.chunks_exact(3 * h).zip(self.batch.paths());
        for ((row, places), mixed) in rows.zip(self.mixed.chunks_exact_mut(h)) {
            path.clear();
            for place in places {
                path.push(match *place {
                    Place::Known(i) => &self.batch.known[i as usize][layer.clone()],
                    Place::New(i) => &self.positions[i as usize * layers * 2 * h..][layer.clone()],
                });
            }
            for (head, mixed) in mixed.chunks_exact_mut(head_dim).enumerate() {
                let part = head * head_dim..(head + 1) * head_dim;
                let (query, bias) = (&row[part.clone()], &self.block.bias[head]);
                scores.resize(path.len(), 0.0);
                for (j, (score, keys_values)) in scores.iter_mut().zip(&path).enumerate() {
                    let distance = (path.len() - 1 - j).min(MAX_DISTANCE);
                    *score = dot(query, &keys_values[part.clone()]) * scale + bias[distance];
                }
                let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                scores.iter_mut().for_each(|score| *score = exp(f64::from(*score - largest)) as f32);
                let sum: f32 = scores.iter().sum();
                for (&weight, keys_values) in scores.iter().zip(&path) {
                    let value = &keys_values[h..][part.clone()];
                    mixed.iter_mut().zip(value).for_each(|(mixed, value)| *mixed += weight * value);
                }
                mixed.iter_mut().for_each(|mixed| *mixed /= sum);
            }
        }
    }
}

/// RMS norm of every row.
fn norm(rows: &[f32], scale: &[f32]) -> Vec<f32> {
    let mut normed = Vec::with_capacity(rows.len());
    for row in rows.chunks_exact(scale.len()) {
        let root = (dot(row, row) / row.len() as f32 + NORM_EPSILON).sqrt();
        normed.extend(row.iter().zip(scale).map(|(value, scale)| value / root * scale));
    }
    normed
}

/// `relu(gate) ⊙ up`, where every row holds `width` of gate and then as many of up.
fn gated(rows: &[f32], width: usize) -> Vec<f32> {
    let mut hidden = Vec::with_capacity(rows.len() / 2);
    for row in rows.chunks_exact(2 * width) {
        let (gate, up) = row.split_at(width);
        hidden.extend(gate.iter().zip(up).map(|(gate, up)| gate.max(0.0) * up));
    }
    hidden
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
