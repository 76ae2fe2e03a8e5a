//! The decoder on a burn device: causal attention with a learned relative position bias, gated ReLU MLP, RMS norm.
//!
//! M1 and M2 are this same network at different sizes (paper 3.2 and 3.5). [`super::weights`] states the arithmetic and
//! the parameters' names; this file is that statement in tensors.

use super::Shape;
use super::random_weights::random_weights;
use super::relative::{BUCKETS, bucket};
use super::weights::{NORM_EPSILON, PER_BLOCK, Parameter, Weights, WeightsError};
use crate::gpu::read_f32;
use burn::tensor::{Device, ExecutionError, Int, Tensor, TensorData, activation};
use std::collections::BTreeMap;

/// Added to the scores of keys in the future, which removes them from the softmax.
const MASKED: f32 = -1e9;

/// A decoder: its shape, and every parameter as a matrix (norm scales as `[1, d]`) in [`Weights::layout`]'s order.
#[derive(Clone, Debug)]
pub struct Decoder {
    pub shape: Shape,
    parameters: Vec<Tensor<2>>,
}

/// One block's parameters, borrowed from a [`Decoder`] in layout order.
struct Block<'a> {
    attention_norm: &'a Tensor<2>,
    query: &'a Tensor<2>,
    key: &'a Tensor<2>,
    value: &'a Tensor<2>,
    relative: &'a Tensor<2>,
    output: &'a Tensor<2>,
    mlp_norm: &'a Tensor<2>,
    gate: &'a Tensor<2>,
    up: &'a Tensor<2>,
    down: &'a Tensor<2>,
}

impl Decoder {
    /// A freshly initialised decoder; the same seed gives the same weights on every device and machine.
    pub fn new(shape: Shape, seed: u64, device: &Device) -> Self {
        Self::place(&random_weights(shape, seed), device)
    }

    /// The decoder that `weights` describe, on `device`.
    pub fn from_weights(weights: &Weights, device: &Device) -> Result<Self, WeightsError> {
        weights.check()?;
        Ok(Self::place(weights, device))
    }

    fn place(weights: &Weights, device: &Device) -> Self {
        let parameters = Weights::layout(&weights.shape)
            .iter()
            .map(|(name, dims)| {
                let matrix = if dims.len() == 1 { [1, dims[0]] } else { [dims[0], dims[1]] };
                Tensor::from_data(TensorData::new(weights.parameters[name].data.clone(), matrix), device)
            })
            .collect();
        Self { shape: weights.shape, parameters }
    }

    /// The parameters read back from the device.
    pub fn weights(&self) -> Result<Weights, ExecutionError> {
        let mut parameters = BTreeMap::new();
        for ((name, dims), tensor) in Weights::layout(&self.shape).into_iter().zip(&self.parameters) {
            let data = read_f32(tensor.clone().inner())?;
            parameters.insert(name, Parameter { dims, data });
        }
        Ok(Weights { shape: self.shape, parameters })
    }

    /// Every parameter, in [`Weights::layout`]'s order.
    pub fn parameters(&self) -> &[Tensor<2>] {
        &self.parameters
    }

    /// The same decoder with other values, in the same order.
    pub fn with_parameters(&self, parameters: Vec<Tensor<2>>) -> Self {
        debug_assert_eq!(parameters.len(), self.parameters.len());
        Self { shape: self.shape, parameters }
    }

    /// A copy whose parameters record gradients.
    pub fn tracked(&self) -> Self {
        self.with_parameters(self.parameters.iter().map(|p| p.clone().autodiff().require_grad()).collect())
    }

    /// The output head `[embed, vocabulary]`. It is apart from [`Self::hidden`] so that the loss can take it in chunks.
    pub fn head(&self) -> &Tensor<2> {
        &self.parameters[self.parameters.len() - 1]
    }

    /// The normed residual stream before the head, `[batch × length, embed]`, for inputs `[batch, length]` (the begin
    /// symbol, then all symbols but the last).
    pub fn hidden(&self, inputs: Tensor<2, Int>) -> Tensor<2> {
        let [batch, length] = inputs.dims();
        let device = inputs.device();
        let distances = Distances::new(length, &device);
        let mut x = self.parameters[0].clone().select(0, inputs.reshape([batch * length]));
        for layer in 0..self.shape.layers {
            let block = self.block(layer);
            x = x.clone() + self.attention(&block, norm(x, block.attention_norm), batch, &distances);
            let normed = norm(x.clone(), block.mlp_norm);
            let gate = activation::relu(normed.clone().matmul(block.gate.clone()));
            x = x + (gate * normed.matmul(block.up.clone())).matmul(block.down.clone());
        }
        norm(x, &self.parameters[self.parameters.len() - 2])
    }

    fn block(&self, layer: usize) -> Block<'_> {
        let [attention_norm, query, key, value, relative, output, mlp_norm, gate, up, down] =
            std::array::from_fn(|i| &self.parameters[1 + layer * PER_BLOCK + i]);
        Block { attention_norm, query, key, value, relative, output, mlp_norm, gate, up, down }
    }

    /// Causal self-attention of rows `x` `[batch × length, embed]`.
    fn attention(&self, block: &Block, x: Tensor<2>, batch: usize, distances: &Distances) -> Tensor<2> {
        let Shape { heads, head_dim, .. } = self.shape;
        let length = distances.length;
        let split = |projected: Tensor<2>| projected.reshape([batch, length, heads, head_dim]).swap_dims(1, 2);
        let query = split(x.clone().matmul(block.query.clone()).mul_scalar(1.0 / (head_dim as f32).sqrt()));
        let key = split(x.clone().matmul(block.key.clone()));
        let value = split(x.matmul(block.value.clone()));
        let scores = query.matmul(key.swap_dims(2, 3)) + distances.bias(block.relative.clone()).unsqueeze::<4>();
        let mixed = activation::softmax(scores, 3).matmul(value);
        mixed.swap_dims(1, 2).reshape([batch * length, heads * head_dim]).matmul(block.output.clone())
    }
}

/// Turns a bias per bucket into a bias per pair of positions by matrix products and reshapes alone: gathers would bring
/// float atomics into the gradient on GPUs, and with them results that differ from run to run.
struct Distances {
    length: usize,
    /// `[32, 2 × length]`: column `c` selects the bucket of distance `−c mod 2 × length`; no bucket for the future.
    one_hot: Tensor<2>,
    /// `[1, 2 × length]`: [`MASKED`] where the column is a key in the future.
    mask: Tensor<2>,
}

impl Distances {
    fn new(length: usize, device: &Device) -> Self {
        let columns = 2 * length;
        let mut one_hot = vec![0f32; BUCKETS * columns];
        let mut mask = vec![0f32; columns];
        for column in 0..columns {
            // Column c of the tiled row is key − query = c (future), or c − 2·length (past), see `bias`.
            let distance = (columns - column) % columns;
            if distance < length {
                one_hot[bucket(distance) * columns + column] = 1.0;
            } else {
                mask[column] = MASKED;
            }
        }
        Self {
            length,
            one_hot: Tensor::from_data(TensorData::new(one_hot, [BUCKETS, columns]), device),
            mask: Tensor::from_data(TensorData::new(mask, [1, columns]), device),
        }
    }

    /// `[heads, length, length]`: `relative[head, bucket(i − j)]` for keys `j ≤ i`, [`MASKED`] for the future.
    ///
    /// A row of 2n values repeated n times and re-cut into rows of 2n − 1 starts each row one value later than the one
    /// before: row i, column j holds value (j − i) mod 2n. The first n columns are the matrix.
    fn bias(&self, relative: Tensor<2>) -> Tensor<3> {
        let n = self.length;
        let row = relative.matmul(self.one_hot.clone()) + self.mask.clone();
        let [heads, _] = row.dims();
        row.repeat_dim(1, n).narrow(1, 0, n * (2 * n - 1)).reshape([heads, n, 2 * n - 1]).narrow(2, 0, n)
    }
}

/// RMS norm of each row, times a learned scale `[1, d]`.
fn norm(x: Tensor<2>, scale: &Tensor<2>) -> Tensor<2> {
    let mean_square = x.clone().square().mean_dim(1);
    x / mean_square.add_scalar(NORM_EPSILON).sqrt() * scale.clone()
}
