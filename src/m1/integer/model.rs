//! The integer network's weights, and the bounds that keep its arithmetic within 32 bits.

use super::norm::square_shift;
use super::{MOST_CONTEXT, MOST_EMBED, MOST_INPUTS};
use crate::coding::ALPHABET;
use crate::model::Shape;
use crate::model::relative::BUCKETS;

/// A factor `multiplier · 2^(−16−shift)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scale {
    /// 0…65,535.
    pub multiplier: i32,
    /// −8…30.
    pub shift: i32,
}

/// RMS norm: a multiplier for each channel, in `0…2^15 − 1`, over 2^shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Norm {
    pub multipliers: Vec<i32>,
    pub shift: u32,
}

/// A matrix in 8 bits, a row for each output, with what its sums are scaled by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linear {
    pub inputs: usize,
    /// `[outputs][inputs]`, −127…127.
    pub weights: Vec<i8>,
    /// `[outputs]`.
    pub scales: Vec<Scale>,
}

impl Linear {
    pub fn outputs(&self) -> usize {
        self.scales.len()
    }

    /// The largest size that a sum for output `j` can have, with inputs of 8 bits.
    fn largest_sum(&self, j: usize) -> i64 {
        let row = &self.weights[j * self.inputs..(j + 1) * self.inputs];
        127 * row.iter().map(|&weight| i64::from(weight).abs()).sum::<i64>()
    }
}

/// One block's weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub attention_norm: Norm,
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
    /// `[heads]`.
    pub score: Vec<Scale>,
    /// `[heads][BUCKETS]`, in logit units.
    pub relative: Vec<i32>,
    /// `[heads × head_dim]`, `0…2^15 − 1`, over 2^mix_shift.
    pub mix: Vec<i32>,
    pub mix_shift: u32,
    pub output: Linear,
    pub mlp_norm: Norm,
    pub gate: Linear,
    pub up: Linear,
    /// `[mlp]`.
    pub hidden: Vec<Scale>,
    pub down: Linear,
}

/// A frozen M1: everything that its distributions depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    pub shape: Shape,
    /// Positions that attention sees: the begin symbol and the last `context − 1`.
    pub context: usize,
    /// `[vocabulary + 1][embed]`, the begin symbol last.
    pub embed: Vec<i32>,
    pub blocks: Vec<Block>,
    pub final_norm: Norm,
    pub head: Linear,
}

/// Weights that are no integer M1, or would break its arithmetic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    #[error(
        "the model predicts {0} symbols, but M1 predicts {ALPHABET} (the bytes and end-of-document): this is another kind \
         of model, perhaps an M2"
    )]
    Vocabulary(usize),
    #[error("every dimension of a model must be at least one, but they are {0:?}")]
    Empty(Shape),
    #[error("a model of {what} {found} is more than the integer arithmetic holds (at most {most}): use a smaller M1")]
    TooLarge { what: &'static str, found: usize, most: usize },
    #[error("the context is {0}, but has to be 2 to {MOST_CONTEXT} positions: train M1 with such a context")]
    Context(usize),
    #[error("`{name}` has {found} values where this shape has {expected}")]
    Length { name: String, found: usize, expected: usize },
    #[error("`{name}` holds {found} at {index}, outside {lowest}…{highest}")]
    Range { name: String, index: usize, found: i64, lowest: i64, highest: i64 },
    #[error("output {output} of `{name}` could reach {reach}, and sums must stay below 2^29: 32 bits would overflow")]
    Overflow { name: String, output: usize, reach: i64 },
}

/// What scaled sums must stay below.
const REACH: i64 = 1 << 29;

impl Model {
    /// Checks every dimension, every range, and that no sum can leave its bounds, whatever the text.
    ///
    /// # Errors
    /// What is wrong first.
    pub fn check(&self) -> Result<(), ModelError> {
        let shape = self.shape;
        let Shape { embed, heads, layers, head_dim, mlp, vocabulary } = shape;
        if [embed, heads, head_dim, mlp].contains(&0) {
            return Err(ModelError::Empty(shape));
        }
        if vocabulary != ALPHABET {
            return Err(ModelError::Vocabulary(vocabulary));
        }
        if !(2..=MOST_CONTEXT).contains(&self.context) {
            return Err(ModelError::Context(self.context));
        }
        let across = heads.saturating_mul(head_dim);
        for (what, found, most) in [
            ("width", embed, MOST_EMBED),
            ("heads × head size", across, MOST_INPUTS),
            ("hidden size", mlp, MOST_INPUTS),
        ] {
            if found > most {
                return Err(ModelError::TooLarge { what, found, most });
            }
        }
        length("blocks", self.blocks.len(), layers)?;
        values("embed", &self.embed, (vocabulary + 1) * embed, -(1 << 22)..=1 << 22)?;
        for (l, block) in self.blocks.iter().enumerate() {
            let name = |part: &str| format!("blocks.{l}.{part}");
            norm(&name("attention_norm"), &block.attention_norm, embed)?;
            linear(&name("query"), &block.query, embed, across)?;
            linear(&name("key"), &block.key, embed, across)?;
            linear(&name("value"), &block.value, embed, across)?;
            scales(&name("score"), &block.score, heads)?;
            for (h, &scale) in block.score.iter().enumerate() {
                reach(&name("score"), h, 127 * 127 * head_dim as i64, scale)?;
            }
            values(&name("relative"), &block.relative, heads * BUCKETS, -(1 << 20)..=1 << 20)?;
            values(&name("mix"), &block.mix, across, 0..=(1 << 15) - 1)?;
            within(&name("mix.shift"), 0, block.mix_shift.into(), 1, 30)?;
            linear(&name("output"), &block.output, across, embed)?;
            norm(&name("mlp_norm"), &block.mlp_norm, embed)?;
            linear(&name("gate"), &block.gate, embed, mlp)?;
            linear(&name("up"), &block.up, embed, mlp)?;
            scales(&name("hidden"), &block.hidden, mlp)?;
            for (j, &scale) in block.hidden.iter().enumerate() {
                reach(&name("hidden"), j, ((1 << 15) - 1) * ((1 << 15) - 1), scale)?;
            }
            linear(&name("down"), &block.down, mlp, embed)?;
        }
        norm("final_norm", &self.final_norm, embed)?;
        linear("head", &self.head, embed, vocabulary)
    }
}

fn length(name: &str, found: usize, expected: usize) -> Result<(), ModelError> {
    match found == expected {
        true => Ok(()),
        false => Err(ModelError::Length { name: name.to_owned(), found, expected }),
    }
}

fn within(name: &str, index: usize, found: i64, lowest: i64, highest: i64) -> Result<(), ModelError> {
    match (lowest..=highest).contains(&found) {
        true => Ok(()),
        false => Err(ModelError::Range { name: name.to_owned(), index, found, lowest, highest }),
    }
}

fn values(name: &str, found: &[i32], expected: usize, range: std::ops::RangeInclusive<i32>) -> Result<(), ModelError> {
    length(name, found.len(), expected)?;
    let (lowest, highest) = (i64::from(*range.start()), i64::from(*range.end()));
    found.iter().enumerate().try_for_each(|(i, &value)| within(name, i, value.into(), lowest, highest))
}

fn scales(name: &str, found: &[Scale], expected: usize) -> Result<(), ModelError> {
    length(name, found.len(), expected)?;
    found.iter().enumerate().try_for_each(|(i, scale)| {
        within(&format!("{name}.multiplier"), i, scale.multiplier.into(), 0, 65_535)?;
        within(&format!("{name}.shift"), i, scale.shift.into(), -8, 30)
    })
}

/// A sum of at most `largest` may be scaled.
fn reach(name: &str, output: usize, largest: i64, scale: Scale) -> Result<(), ModelError> {
    let scaled = ((largest * i64::from(scale.multiplier)) >> 16) + 1;
    let reach = scaled << (-scale.shift).max(0);
    match largest < 1 << 30 && (scale.shift > 0 || reach < REACH) {
        true => Ok(()),
        false => Err(ModelError::Overflow { name: name.to_owned(), output, reach: reach.max(largest) }),
    }
}

fn norm(name: &str, found: &Norm, embed: usize) -> Result<(), ModelError> {
    values(name, &found.multipliers, embed, 0..=(1 << 15) - 1)?;
    // |ratio| ≤ 2^(10 + k/2) with a little for rounding; its product with a multiplier, and half of 2^shift, fit in 31 bits.
    debug_assert!(square_shift(embed) <= 11);
    within(&format!("{name}.shift"), 0, found.shift.into(), 1, 29)
}

fn linear(name: &str, found: &Linear, inputs: usize, outputs: usize) -> Result<(), ModelError> {
    length(&format!("{name} inputs"), found.inputs, inputs)?;
    scales(name, &found.scales, outputs)?;
    length(name, found.weights.len(), inputs * outputs)?;
    if let Some(index) = found.weights.iter().position(|&weight| weight == i8::MIN) {
        return Err(ModelError::Range { name: name.to_owned(), index, found: -128, lowest: -127, highest: 127 });
    }
    (0..outputs).try_for_each(|j| reach(name, j, found.largest_sum(j), found.scales[j]))
}
