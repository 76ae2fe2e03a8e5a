//! Initial weights from our own seeded generator, so that a seed means the same network on every device.

use super::Shape;
use super::weights::{Parameter, Weights};
use crate::corpus::random::Generator;

/// Norm scales are one, relative biases zero, the embedding has unit variance, and every matrix has variance
/// 1/(its input width), with the two that write into the residual stream scaled down by √(2 × layers) so that the
/// stream's variance does not grow with depth. The head starts small: at step 0 every symbol is about equally likely.
pub fn random_weights(shape: Shape, seed: u64) -> Weights {
    let mut generator = Generator::new(seed);
    let residual = 1.0 / (2.0 * shape.layers as f64).sqrt();
    let parameters = Weights::layout(&shape)
        .into_iter()
        .map(|(name, dims)| {
            let fan_in = (dims[0] as f64).sqrt();
            let deviation = match name.rsplit('.').next().unwrap_or(&name) {
                "attention_norm" | "mlp_norm" | "final_norm" => return (name, constant(dims, 1.0)),
                "embed" | "relative" => 1.0,
                "output" | "down" => residual / fan_in,
                _ => 1.0 / fan_in,
            };
            let count = dims.iter().product();
            let data = (0..count).map(|_| (generator.normal() * deviation) as f32).collect();
            (name, Parameter { dims, data })
        })
        .collect();
    Weights { shape, parameters }
}

fn constant(dims: Vec<usize>, value: f32) -> Parameter {
    let data = vec![value; dims.iter().product()];
    Parameter { dims, data }
}
