//! What is reported of a tokenizer and of a model over its tokens. Every bits/byte is over raw source bytes, counted
//! where text becomes symbols ([`Encoded::raw_bytes`](crate::tokenizer::Encoded)) and nowhere else.

pub mod baseline;
pub mod cost;
pub mod learnability;
pub mod pareto;
pub mod ratio;
pub mod significance;
pub mod tokens;

pub use baseline::TokenCounts;
pub use cost::flops_per_byte;
pub use learnability::PositionAccuracy;
pub use ratio::Ratio;
pub use tokens::TokenTotals;

/// Loss in nats per token as bits per raw source byte: `(tokens / bytes) × nats / ln 2` (paper 3.4).
pub fn bits_per_byte(nats_per_token: f64, tokens: f64, bytes: f64) -> f64 {
    tokens / bytes * nats_per_token / std::f64::consts::LN_2
}
