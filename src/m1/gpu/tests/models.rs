//! Random models: ordinary ones, and some at the end of every range.

use crate::coding::ALPHABET;
use crate::m1::integer::{Block, Linear, Model, Norm, Scale};
use crate::model::Shape;
use crate::model::relative::BUCKETS;

/// Sizes that no tile divides.
pub const ODD: Shape = Shape { embed: 37, heads: 3, layers: 2, head_dim: 9, mlp: 45, vocabulary: ALPHABET };

/// Draws weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Values of all sizes, scaled so that they stay in the middle of their ranges.
    Ordinary,
    /// The ends of their ranges, and scales as large as they may be.
    Extreme,
}

pub struct Draw {
    state: u64,
    kind: Kind,
}

pub fn model(kind: Kind, seed: u64, shape: Shape, context: usize) -> Model {
    let model = Draw { state: seed, kind }.model(shape, context);
    model.check().unwrap();
    model
}

impl Draw {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.state >> 33
    }

    /// One of `extremes`, or anything in between.
    fn value(&mut self, extremes: &[i32]) -> i32 {
        let (lowest, highest) = (extremes[0], extremes[extremes.len() - 1]);
        match self.kind {
            Kind::Extreme => extremes[self.next() as usize % extremes.len()],
            Kind::Ordinary => lowest + (self.next() % (i64::from(highest) - i64::from(lowest) + 1) as u64) as i32,
        }
    }

    fn values(&mut self, count: usize, extremes: &[i32]) -> Vec<i32> {
        (0..count).map(|_| self.value(extremes)).collect()
    }

    /// A scale for sums of at most `largest`: the largest that is allowed, or one that brings most of them near
    /// `wanted`.
    fn scale(&mut self, largest: i64, wanted: i64) -> Scale {
        if self.kind == Kind::Ordinary {
            let multiplier = 40_000 + (self.next() % 25_000) as i32;
            let typical = (largest as f64).sqrt().max(1.0) * 40.0;
            let shift = (typical * f64::from(multiplier) / 65_536.0 / wanted as f64).log2().round() as i32;
            let mut shift = shift.clamp(-8, 30);
            while shift <= 0 && reach(largest, multiplier, shift) >= 1 << 29 {
                shift += 1;
            }
            return Scale { multiplier, shift };
        }
        let multiplier = [0, 1, 32_768, 65_535, 65_535, 65_535][self.next() as usize % 6];
        let mut shift = [-8, -8, -3, 0, 1, 7, 30][self.next() as usize % 7];
        while shift <= 0 && reach(largest, multiplier, shift) >= 1 << 29 {
            shift += 1;
        }
        Scale { multiplier, shift }
    }

    fn linear(&mut self, inputs: usize, outputs: usize, wanted: i64) -> Linear {
        let sign = self.value(&[-1, 1]) | 1;
        let ends = [-127, 0, 127, 127 * sign, 127 * sign, 127];
        let weights: Vec<i8> = (0..inputs * outputs).map(|_| self.value(&ends) as i8).collect();
        let sum = |row: &[i8]| 127 * row.iter().map(|&weight| i64::from(weight).abs()).sum::<i64>();
        let scales = weights.chunks_exact(inputs).map(|row| self.scale(sum(row), wanted)).collect();
        Linear { inputs, weights, scales }
    }

    fn norm(&mut self, embed: usize) -> Norm {
        match self.kind {
            Kind::Ordinary => Norm { multipliers: self.values(embed, &[8_000, 32_767]), shift: 18 },
            Kind::Extreme => {
                let multipliers = self.values(embed, &[0, 1, 32_767, 32_767]);
                Norm { multipliers, shift: [1, 2, 14, 29][self.next() as usize % 4] }
            }
        }
    }

    fn block(&mut self, shape: Shape) -> Block {
        let Shape { embed, heads, head_dim, mlp, .. } = shape;
        let across = heads * head_dim;
        let ordinary = self.kind == Kind::Ordinary;
        let bias = if ordinary { 300 } else { 1 << 20 };
        Block {
            attention_norm: self.norm(embed),
            query: self.linear(embed, across, 60),
            key: self.linear(embed, across, 60),
            value: self.linear(embed, across, 60),
            score: (0..heads).map(|_| self.scale(127 * 127 * head_dim as i64, 600)).collect(),
            relative: self.values(heads * BUCKETS, &[-bias, 0, bias]),
            mix: self.values(across, &[0, 1, 32_767]),
            mix_shift: if ordinary { 14 } else { [1, 15, 30][self.next() as usize % 3] },
            output: self.linear(across, embed, 4_000),
            mlp_norm: self.norm(embed),
            gate: self.linear(embed, mlp, 3_000),
            up: self.linear(embed, mlp, 3_000),
            hidden: (0..mlp).map(|_| self.scale(32_767 * 32_767, 60)).collect(),
            down: self.linear(mlp, embed, 4_000),
        }
    }

    fn model(&mut self, shape: Shape, context: usize) -> Model {
        let embed = if self.kind == Kind::Ordinary { 20_000 } else { 1 << 22 };
        Model {
            shape,
            context,
            embed: self.values((shape.vocabulary + 1) * shape.embed, &[-embed, 0, 1, embed]),
            blocks: (0..shape.layers).map(|_| self.block(shape)).collect(),
            final_norm: self.norm(shape.embed),
            head: self.linear(shape.embed, shape.vocabulary, 700),
        }
    }
}

fn reach(largest: i64, multiplier: i32, shift: i32) -> i64 {
    (((largest * i64::from(multiplier)) >> 16) + 1) << -shift
}
