//! Text written by a trained M2.

use crate::experiment::generate::{Handle, Request, Writer};

/// Samples from trained models.
pub trait Generating: Send + Sync {
    /// Every stored run that can write: an M2 with a checkpoint. None where nothing was trained yet.
    fn writers(&self) -> Result<Vec<Writer>, String>;

    /// Begins to write. What goes wrong later comes as the last that the handle tells.
    fn generate(&self, request: Request) -> Result<Handle, String>;
}
