//! Sizes of the decoder: the paper's five (Table 4) and smaller ones that two CPU cores can train.
//!
//! The MLP is gated: three matrices. Table 4's names give it away, as they are parameter counts without embeddings:
//! with d = 256, 512, 768, 1024 its layers make 3.15M, 25.2M, 113.2M and 402.6M with three MLP matrices, but only 2.4M,
//! 18.9M, 84.9M and 302M with two. (The fifth, 2b, holds 1.6 billion; the paper's FLOPs count it as 2.0.)

use serde::{Deserialize, Serialize};

/// The dimensions of one decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Width of the residual stream.
    pub embed: usize,
    pub heads: usize,
    pub layers: usize,
    pub head_dim: usize,
    /// Width of the MLP's hidden layer.
    pub mlp: usize,
    /// Output vocabulary; the input embedding has one row more, for the begin symbol.
    pub vocabulary: usize,
}

/// A named size: everything about a [`Shape`] but its vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub name: &'static str,
    pub embed: usize,
    pub heads: usize,
    pub layers: usize,
    pub head_dim: usize,
    pub mlp: usize,
}

/// Every size by name, smallest first: three of ours for the CPU, then the five of the paper's Table 4.
pub const SIZES: [Size; 8] = [
    Size { name: "nano", embed: 64, heads: 2, layers: 2, head_dim: 32, mlp: 192 },
    Size { name: "micro", embed: 128, heads: 4, layers: 2, head_dim: 32, mlp: 384 },
    Size { name: "small", embed: 192, heads: 3, layers: 3, head_dim: 64, mlp: 576 },
    Size { name: "3m", embed: 256, heads: 4, layers: 3, head_dim: 64, mlp: 1024 },
    Size { name: "25m", embed: 512, heads: 8, layers: 6, head_dim: 64, mlp: 2048 },
    Size { name: "113m", embed: 768, heads: 12, layers: 12, head_dim: 64, mlp: 3072 },
    Size { name: "403m", embed: 1024, heads: 16, layers: 24, head_dim: 64, mlp: 4096 },
    Size { name: "2b", embed: 2048, heads: 32, layers: 24, head_dim: 64, mlp: 8192 },
];

/// A size name that is not in [`SIZES`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "there is no model size `{0}`; the sizes are nano, micro, small (ours, for the CPU) and 3m, 25m, 113m, 403m, 2b (the paper's)"
)]
pub struct UnknownSize(pub String);

impl Size {
    pub fn named(name: &str) -> Result<Size, UnknownSize> {
        SIZES.into_iter().find(|size| size.name == name).ok_or_else(|| UnknownSize(name.to_owned()))
    }

    pub fn with_vocabulary(self, vocabulary: usize) -> Shape {
        let Size { embed, heads, layers, head_dim, mlp, .. } = self;
        Shape { embed, heads, layers, head_dim, mlp, vocabulary }
    }
}

impl Shape {
    /// Parameters without the embedding and the output head, as the paper counts them (Table 4).
    pub fn non_embedding_parameters(&self) -> usize {
        let attention = 4 * self.embed * self.heads * self.head_dim;
        let mlp = 3 * self.embed * self.mlp;
        let norms = 2 * self.embed;
        let relative = self.heads * super::relative::BUCKETS;
        self.layers * (attention + mlp + norms + relative) + self.embed
    }

    /// Every parameter, embedding and head included.
    pub fn parameters(&self) -> usize {
        self.non_embedding_parameters() + (2 * self.vocabulary + 1) * self.embed
    }

    /// Floating-point operations of one training step per token: 6 × (parameters that are multiplied), plus
    /// attention's 12 × layers × context × heads × head_dim (the causal half counted whole, as devices compute it).
    pub fn training_flops_per_token(&self, context: usize) -> f64 {
        let multiplied = self.non_embedding_parameters() + self.vocabulary * self.embed;
        6.0 * multiplied as f64 + 12.0 * (self.layers * context * self.heads * self.head_dim) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_sizes_have_the_papers_parameter_counts() {
        for (name, millions) in [("3m", 3.15), ("25m", 25.2), ("113m", 113.2), ("403m", 402.6)] {
            let shape = Size::named(name).unwrap().with_vocabulary(256);
            let count = shape.non_embedding_parameters() as f64 / 1e6;
            assert!((count / millions - 1.0).abs() < 0.005, "{name}: {count}M");
        }
    }

    #[test]
    fn an_unknown_size_names_the_known_ones() {
        let message = Size::named("4m").unwrap_err().to_string();
        assert!(SIZES.iter().all(|size| message.contains(size.name)), "{message}");
    }
}
