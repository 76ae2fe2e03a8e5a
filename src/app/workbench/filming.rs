//! Windows of one text under M1's checkpoints.

/// Cuts a text with every checkpoint of an M1.
pub trait Filming: Send + Sync {}
