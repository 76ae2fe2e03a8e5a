//! The atlas of all codes of short windows.

/// Maps codes to texts.
pub trait Mapping: Send + Sync {}
