//! A trained decoder's parameters as plain numbers, free of any tensor library.
//!
//! The network of [`crate::model`] trains on a burn device; coding (M1) runs from these. Both sides agree on the
//! names, shapes and the arithmetic written here and on nothing else.
//!
//! With `d` = embed, `h` = heads × head_dim, `m` = mlp and `v` = vocabulary (257 for M1):
//!
//! | name | dims | meaning |
//! |---|---|---|
//! | `embed` | `[v + 1, d]` | input embedding; row `v` is the begin symbol that precedes every context |
//! | `blocks.{l}.attention_norm` | `[d]` | RMS norm scale before attention |
//! | `blocks.{l}.query`, `.key`, `.value` | `[d, h]` | projections, head-major: column `head * head_dim + i` |
//! | `blocks.{l}.relative` | `[heads, 32]` | learned bias per head and distance bucket, see [`super::relative`] |
//! | `blocks.{l}.output` | `[h, d]` | projection back to the residual stream |
//! | `blocks.{l}.mlp_norm` | `[d]` | RMS norm scale before the MLP |
//! | `blocks.{l}.gate`, `.up`, `.down` | `[d, m]`, `[d, m]`, `[m, d]` | gated ReLU MLP |
//! | `final_norm` | `[d]` | RMS norm scale before the head |
//! | `head` | `[d, v]` | logits |
//!
//! Every matrix is applied as `y = x · W` (row vector times matrix); nothing has a bias. With residual stream `x`:
//! `x += output(attention(norm(x)))`, `x += down(relu(gate(norm(x))) ⊙ up(norm(x)))`, `logits = head(norm(x))`, where
//! `norm(x) = x / sqrt(mean(x²) + 1e-6) * scale`, and attention is causal softmax of
//! `q·k / sqrt(head_dim) + relative[head, bucket(i − j)]`. The logits at position `i` predict symbol `i`: the input at
//! position 0 is the begin symbol, at position `i` it is symbol `i − 1`.

use super::Shape;
use std::collections::BTreeMap;

/// One named parameter: row-major data and its dimensions.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    pub dims: Vec<usize>,
    pub data: Vec<f32>,
}

/// Every parameter of one decoder, by the names in the module's table.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    pub shape: Shape,
    pub parameters: BTreeMap<String, Parameter>,
}

/// A set of parameters that does not make up the decoder its shape asks for.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum WeightsError {
    #[error("{found} parameters do not make a decoder of {layers} layers")]
    Count { found: usize, layers: usize },
    #[error("the parameter `{0}` is missing")]
    Missing(String),
    #[error("the parameter `{name}` has dimensions {found:?}, but this shape needs {expected:?}")]
    Dimensions { name: String, found: Vec<usize>, expected: Vec<usize> },
    #[error("the parameter `{0}` holds a value that is not a finite number")]
    NotFinite(String),
    #[error("the parameter `{0}` does not belong to a decoder of this shape")]
    Unknown(String),
}

/// Parameters of one block, and those that are in none: embedding, final norm, head.
pub const PER_BLOCK: usize = 10;
const OUTSIDE_BLOCKS: usize = 3;

/// RMS norm's epsilon, added to the mean square.
pub const NORM_EPSILON: f32 = 1e-6;

impl Weights {
    /// The names and dimensions that a decoder of `shape` has, in a fixed order.
    pub fn layout(shape: &Shape) -> Vec<(String, Vec<usize>)> {
        let (d, h, m, v) = (shape.embed, shape.heads.saturating_mul(shape.head_dim), shape.mlp, shape.vocabulary);
        let mut layout = vec![("embed".to_owned(), vec![v.saturating_add(1), d])];
        for l in 0..shape.layers {
            let mut block = |name: &str, dims: Vec<usize>| layout.push((format!("blocks.{l}.{name}"), dims));
            block("attention_norm", vec![d]);
            block("query", vec![d, h]);
            block("key", vec![d, h]);
            block("value", vec![d, h]);
            block("relative", vec![shape.heads, super::relative::BUCKETS]);
            block("output", vec![h, d]);
            block("mlp_norm", vec![d]);
            block("gate", vec![d, m]);
            block("up", vec![d, m]);
            block("down", vec![m, d]);
        }
        layout.push(("final_norm".to_owned(), vec![d]));
        layout.push(("head".to_owned(), vec![d, v]));
        layout
    }

    /// Checks names, dimensions and that every value is finite.
    pub fn check(&self) -> Result<(), WeightsError> {
        // A shape from a file may claim any number of layers: its layout is only made once the count is right.
        let expected = self.shape.layers.checked_mul(PER_BLOCK).and_then(|count| count.checked_add(OUTSIDE_BLOCKS));
        let found = self.parameters.len();
        if expected.is_none_or(|expected| found > expected || (found < expected && expected - found > PER_BLOCK)) {
            return Err(WeightsError::Count { found, layers: self.shape.layers });
        }
        let layout = Self::layout(&self.shape);
        for (name, dims) in &layout {
            let parameter = self.parameters.get(name).ok_or_else(|| WeightsError::Missing(name.clone()))?;
            let count = dims.iter().try_fold(1usize, |count, dim| count.checked_mul(*dim));
            if parameter.dims != *dims || Some(parameter.data.len()) != count {
                return Err(WeightsError::Dimensions {
                    name: name.clone(),
                    found: parameter.dims.clone(),
                    expected: dims.clone(),
                });
            }
            if parameter.data.iter().any(|value| !value.is_finite()) {
                return Err(WeightsError::NotFinite(name.clone()));
            }
        }
        match self.parameters.keys().find(|name| !layout.iter().any(|(known, _)| known == *name)) {
            Some(name) => Err(WeightsError::Unknown(name.clone())),
            None => Ok(()),
        }
    }
}
