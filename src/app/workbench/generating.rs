//! Text written by a trained M2.

/// Samples from trained models.
pub trait Generating: Send + Sync {}
