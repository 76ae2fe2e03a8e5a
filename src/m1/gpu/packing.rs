//! Weights in the layout that the shaders read: padded with zeros, which change no sum, so that every row is whole
//! tiles.

use crate::m1::integer::{Block, Linear, Norm, Scale};
use crate::model::Shape;
use crate::model::relative::{BUCKETS, MAX_DISTANCE, bucket};

/// Inputs and outputs of a tile of a matrix product (`shaders/m1/tile.wgsl`).
pub(super) const TILE: usize = 32;
/// 8-bit values of a word.
const WORD: usize = 4;

/// A model's dimensions, padded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Padded {
    pub embed: usize,
    pub heads: usize,
    /// One head's channels: whole words, so that no word belongs to two heads.
    pub head: usize,
    /// All heads' channels.
    pub across: usize,
    pub mlp: usize,
    pub logits: usize,
}

impl Padded {
    pub fn new(shape: &Shape) -> Self {
        let head = shape.head_dim.next_multiple_of(WORD);
        Self {
            embed: shape.embed.next_multiple_of(TILE),
            heads: shape.heads,
            head,
            across: (shape.heads * head).next_multiple_of(TILE),
            mlp: shape.mlp.next_multiple_of(TILE),
            logits: shape.vocabulary.next_multiple_of(TILE),
        }
    }

    /// The channels of `width` values in a row that heads do not cut.
    pub fn plain(width: usize) -> Axis {
        Axis { part: width, padded_part: width, padded: width.next_multiple_of(TILE) }
    }

    /// The channels of all heads.
    pub fn by_head(&self, head_dim: usize) -> Axis {
        Axis { part: head_dim, padded_part: self.head, padded: self.across }
    }
}

/// Where values go when parts of a row are padded, and then the row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    part: usize,
    padded_part: usize,
    padded: usize,
}

impl Axis {
    fn at(&self, index: usize) -> usize {
        index / self.part * self.padded_part + index % self.part
    }

    /// The values, padded with `T::default()`.
    fn pad<T: Copy + Default>(&self, values: &[T]) -> Vec<T> {
        let mut padded = vec![T::default(); self.padded];
        values.iter().enumerate().for_each(|(i, &value)| padded[self.at(i)] = value);
        padded
    }
}

/// Some matrices of the same inputs, one after the other, as `shaders/m1/tile.wgsl` reads them.
pub(super) struct Packed {
    /// `[tile of outputs][word of inputs][output of the tile][input of the word]`.
    pub weights: Vec<i8>,
    /// (multiplier, shift) of each output.
    pub scales: Vec<[i32; 2]>,
}

impl Packed {
    pub fn new(parts: &[&Linear], inputs: Axis, outputs: Axis) -> Self {
        let mut weights = vec![0; parts.len() * outputs.padded * inputs.padded];
        let mut packed_scales = Vec::new();
        for (part, linear) in parts.iter().enumerate() {
            for (j, row) in linear.weights.chunks_exact(linear.inputs).enumerate() {
                let output = part * outputs.padded + outputs.at(j);
                for (i, &weight) in row.iter().enumerate() {
                    let input = inputs.at(i);
                    let word = (output / TILE * (inputs.padded / WORD) + input / WORD) * TILE + output % TILE;
                    weights[word * WORD + input % WORD] = weight;
                }
            }
            packed_scales.extend(outputs.pad(&scales(&linear.scales)));
        }
        Self { weights, scales: packed_scales }
    }
}

/// (multiplier, shift) of each scale.
pub(super) fn scales(scales: &[Scale]) -> Vec<[i32; 2]> {
    scales.iter().map(|scale| [scale.multiplier, scale.shift]).collect()
}

/// `scales` as [`scales`] gives them, padded.
pub(super) fn padded_scales(of: &[Scale], axis: Axis) -> Vec<[i32; 2]> {
    axis.pad(&scales(of))
}

/// Rows of `width` values, each padded.
pub(super) fn padded_rows(values: &[i32], width: usize) -> Vec<i32> {
    let axis = Padded::plain(width);
    values.chunks_exact(width).flat_map(|row| axis.pad(row)).collect()
}

/// The multipliers, padded, and then the shift.
pub(super) fn norm(norm: &Norm) -> Vec<i32> {
    let mut values = Padded::plain(norm.multipliers.len()).pad(&norm.multipliers);
    values.push(norm.shift as i32);
    values
}

/// The multipliers of what attention mixes, padded, and then their shift.
pub(super) fn mix(block: &Block, axis: Axis) -> Vec<i32> {
    let mut values = axis.pad(&block.mix);
    values.push(block.mix_shift as i32);
    values
}

/// Each head's (multiplier, shift) for scores, and its bias for each distance, the last one standing for all that are
/// longer.
pub(super) fn heads(block: &Block) -> Vec<i32> {
    let biases = block.relative.chunks_exact(BUCKETS);
    let head = |(score, biases): (&Scale, &[i32])| -> Vec<i32> {
        let by_distance = (0..=MAX_DISTANCE).map(|distance| biases[bucket(distance)]);
        [score.multiplier, score.shift].into_iter().chain(by_distance).collect()
    };
    block.score.iter().zip(biases).flat_map(head).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_hold_four_inputs_of_one_output_and_heads_begin_new_ones() {
        let linear = Linear {
            inputs: 6,
            weights: (0..12).collect(),
            scales: vec![Scale { multiplier: 7, shift: -1 }, Scale { multiplier: 9, shift: 2 }],
        };
        // Two heads of three channels each.
        let inputs = Axis { part: 3, padded_part: 4, padded: 32 };
        let packed = Packed::new(&[&linear, &linear], inputs, Padded::plain(2));
        assert_eq!((packed.weights.len(), packed.scales.len()), (2 * 32 * 32, 64));
        let word = |word: usize, output: usize| &packed.weights[(word * TILE + output) * WORD..][..WORD];
        assert_eq!([word(0, 0), word(1, 0), word(2, 0)], [[0, 1, 2, 0], [3, 4, 5, 0], [0; 4]]);
        assert_eq!([word(0, 1), word(1, 1), word(0, 2)], [[6, 7, 8, 0], [9, 10, 11, 0], [0; 4]]);
        assert_eq!(word(8, 1), [6, 7, 8, 0]);
        assert_eq!(
            [packed.scales[0], packed.scales[1], packed.scales[2], packed.scales[33]],
            [[7, -1], [9, 2], [0, 0], [9, 2]]
        );
    }
}
