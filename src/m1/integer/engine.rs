//! The fast twin of [`reference`](mod@super::reference): many positions at once, with what is known of earlier positions kept.
//!
//! A [`Batch`] is a set of positions to evaluate, each with its path: the positions that attention sees, from the begin
//! symbol to itself, some of them known from before, some in the same batch.

use super::attention::{Attention, Mixing};
use super::linear::{Packed, stride};
use super::norm::norm;
use super::requantise::clamp_8;
use super::{Model, Norm, STREAM_LIMIT, Scale};
use crate::m1::widest::{Kernel, run_widest};
use crate::model::Shape;
use std::cell::Cell;

/// Weights in the form that the arithmetic wants them.
#[derive(Debug)]
pub struct Engine {
    shape: Shape,
    context: usize,
    embed: Vec<i32>,
    blocks: Vec<EngineBlock>,
    final_norm: Norm,
    head: Packed,
}

#[derive(Debug)]
struct EngineBlock {
    attention_norm: Norm,
    query_key_value: Packed,
    attention: Attention,
    output: Packed,
    mlp_norm: Norm,
    gate_up: Packed,
    hidden: Vec<Scale>,
    down: Packed,
}

/// A position on a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// One of [`Batch::know`]n positions.
    Known(u32),
    /// A position of the batch itself.
    New(u32),
}

/// Positions to evaluate.
#[derive(Debug)]
pub struct Batch<'a> {
    /// Positions that attention sees.
    context: usize,
    known: Vec<&'a [i8]>,
    inputs: Vec<usize>,
    /// What each position sees, one after the other, and where each one's part ends.
    paths: Vec<Place>,
    ends: Vec<usize>,
    /// How far each position is from the begin symbol.
    distances: Vec<usize>,
}

impl<'a> Batch<'a> {
    /// Makes a position that was evaluated before usable in paths.
    pub fn know(&mut self, position: &'a [i8]) -> Place {
        self.known.push(position);
        Place::Known(self.known.len() as u32 - 1)
    }

    /// Adds a position with this `input`, `distance` after the begin symbol. Its path is the begin symbol's position, then
    /// those before it: all of them, or at least as many as the model sees.
    pub fn add(&mut self, input: usize, distance: usize, path: &[Place]) -> Place {
        let place = Place::New(self.inputs.len() as u32);
        self.inputs.push(input);
        self.distances.push(distance);
        let (begin, others) = path.split_at(path.len().min(1));
        self.paths.extend_from_slice(begin);
        self.paths.extend_from_slice(&others[others.len().saturating_sub(self.context - 2)..]);
        self.paths.push(place);
        self.ends.push(self.paths.len());
        place
    }

    /// Positions to evaluate.
    pub fn len(&self) -> usize {
        self.inputs.len()
    }

    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    pub(super) fn distance_to_begin(&self, row: usize) -> usize {
        self.distances[row]
    }

    /// Keys and values in `block` of what `row` sees.
    pub(super) fn seen_by<'b>(
        &'b self,
        row: usize,
        positions: &'b [i8],
        block: usize,
        across: usize,
    ) -> impl Iterator<Item = &'b [i8]> {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        let length = positions.len() / self.inputs.len().max(1);
        let layer = block * 2 * across..(block + 1) * 2 * across;
        self.paths[start..self.ends[row]].iter().map(move |place| match *place {
            Place::Known(i) => &self.known[i as usize][layer.clone()],
            Place::New(i) => &positions[i as usize * length..][layer.clone()],
        })
    }
}

/// What one evaluation needs and the next can use again: fresh pages for it each time cost as much as the arithmetic.
#[derive(Default)]
struct Scratch {
    queries: Vec<i8>,
    normed: Vec<u8>,
    mixed: Vec<u8>,
    hidden: Vec<u8>,
    sums: Vec<i32>,
}

thread_local! {
    static SCRATCH: Cell<Scratch> = Cell::default();
}

/// A batch after its evaluation.
pub struct Evaluated {
    /// Keys and values of each of the batch's positions, `[position][block][keys, then values]`.
    positions: Vec<i8>,
    /// The stream behind the last block, `[position][embed]`.
    stream: Vec<i32>,
}

impl Engine {
    /// Takes weights that passed [`Model::check`].
    pub fn new(model: &Model) -> Self {
        let block = |block: &super::Block| EngineBlock {
            attention_norm: block.attention_norm.clone(),
            query_key_value: Packed::new(&[&block.query, &block.key, &block.value]),
            attention: Attention::new(block),
            output: Packed::new(&[&block.output]),
            mlp_norm: block.mlp_norm.clone(),
            gate_up: Packed::new(&[&block.gate, &block.up]),
            hidden: block.hidden.clone(),
            down: Packed::new(&[&block.down]),
        };
        Self {
            shape: model.shape,
            context: model.context,
            embed: model.embed.clone(),
            blocks: model.blocks.iter().map(block).collect(),
            final_norm: model.final_norm.clone(),
            head: Packed::new(&[&model.head]),
        }
    }

    /// An empty batch.
    pub fn batch<'a>(&self) -> Batch<'a> {
        Batch {
            context: self.context,
            known: Vec::new(),
            inputs: Vec::new(),
            paths: Vec::new(),
            ends: Vec::new(),
            distances: Vec::new(),
        }
    }

    /// The input that stands before every text.
    pub fn begin(&self) -> usize {
        self.shape.vocabulary
    }

    /// Positions that attention sees.
    pub fn context(&self) -> usize {
        self.context
    }

    /// Bytes of one position's keys and values.
    pub fn position_len(&self) -> usize {
        self.shape.layers * 2 * self.across()
    }

    fn across(&self) -> usize {
        self.shape.heads * self.shape.head_dim
    }

    /// Runs the blocks over a batch.
    pub fn evaluate(&self, batch: &Batch) -> Evaluated {
        let Shape { embed: d, mlp, .. } = self.shape;
        let (across, rows) = (self.across(), batch.len());
        let inputs = batch.inputs.iter();
        let mut stream: Vec<i32> = inputs.flat_map(|&input| &self.embed[input * d..(input + 1) * d]).copied().collect();
        let mut positions = vec![0i8; rows * self.position_len()];
        // Taken out while it is used, so that a call within a call would find it empty rather than borrowed.
        let mut scratch = SCRATCH.take();
        let Scratch { queries, normed, mixed, hidden, sums } = &mut scratch;
        queries.resize(rows * across, 0);
        for (bytes, width) in [(&mut *normed, d), (&mut *mixed, across), (&mut *hidden, mlp)] {
            bytes.clear();
            bytes.resize(rows * stride(width), 128);
        }
        for (l, block) in self.blocks.iter().enumerate() {
            self.norm(&stream, &block.attention_norm, normed);
            block.query_key_value.apply(normed, sums);
            for (row, sums) in sums.chunks_exact(block.query_key_value.outputs()).enumerate() {
                let (query, key_value) = sums.split_at(across);
                let position = &mut positions[row * self.position_len()..][l * 2 * across..(l + 1) * 2 * across];
                narrow(query, &mut queries[row * across..(row + 1) * across]);
                narrow(key_value, position);
            }
            run_widest(Mixing {
                attention: &block.attention,
                shape: &self.shape,
                block: l,
                batch,
                queries,
                positions: &positions,
                mixed,
                stride: stride(across),
            });
            block.output.apply(mixed, sums);
            add(&mut stream, sums);
            self.norm(&stream, &block.mlp_norm, normed);
            block.gate_up.apply(normed, sums);
            run_widest(Gating { sums, mlp, scales: &block.hidden, hidden });
            block.down.apply(hidden, sums);
            add(&mut stream, sums);
        }
        SCRATCH.set(scratch);
        Evaluated { positions, stream }
    }

    /// Keys and values of the batch's position `row`.
    pub fn position<'e>(&self, evaluated: &'e Evaluated, row: usize) -> &'e [i8] {
        &evaluated.positions[row * self.position_len()..][..self.position_len()]
    }

    /// The logits at the batch's positions `rows`, `[rows][vocabulary]`, in units of 2^−8 bits.
    pub fn logits(&self, evaluated: &Evaluated, rows: impl Iterator<Item = usize>) -> Vec<i32> {
        let d = self.shape.embed;
        let wanted: Vec<i32> = rows.flat_map(|row| &evaluated.stream[row * d..(row + 1) * d]).copied().collect();
        let mut normed = vec![128u8; wanted.len() / d * stride(d)];
        self.norm(&wanted, &self.final_norm, &mut normed);
        let mut logits = Vec::new();
        self.head.apply(&normed, &mut logits);
        logits
    }

    fn norm(&self, stream: &[i32], by: &Norm, normed: &mut [u8]) {
        run_widest(Norming { stream, norm: by, normed, stride: stride(self.shape.embed) });
    }
}

struct Norming<'a> {
    stream: &'a [i32],
    norm: &'a Norm,
    normed: &'a mut [u8],
    stride: usize,
}

impl Kernel for Norming<'_> {
    #[inline(always)]
    fn run(self) {
        norm(self.stream, self.norm, self.normed, self.stride);
    }
}

/// `g·u ⊗ hidden` in 8 bits, from rows that hold gate and then up.
struct Gating<'a> {
    sums: &'a [i32],
    mlp: usize,
    scales: &'a [Scale],
    hidden: &'a mut [u8],
}

impl Kernel for Gating<'_> {
    #[inline(always)]
    fn run(self) {
        const LIMIT: i32 = (1 << 15) - 1;
        let rows = self.sums.chunks_exact(2 * self.mlp).zip(self.hidden.chunks_exact_mut(stride(self.mlp)));
        for (sums, hidden) in rows {
            let (gate, up) = sums.split_at(self.mlp);
            for (((hidden, &gate), &up), &scale) in hidden.iter_mut().zip(gate).zip(up).zip(self.scales) {
                let product = gate.clamp(0, LIMIT) * up.clamp(-LIMIT, LIMIT);
                *hidden = (clamp_8(scale.apply(product)) + 128) as u8;
            }
        }
    }
}

fn narrow(from: &[i32], to: &mut [i8]) {
    to.iter_mut().zip(from).for_each(|(to, &from)| *to = clamp_8(from) as i8);
}

fn add(stream: &mut [i32], change: &[i32]) {
    for (x, change) in stream.iter_mut().zip(change) {
        *x = (*x + change).clamp(-STREAM_LIMIT, STREAM_LIMIT);
    }
}
