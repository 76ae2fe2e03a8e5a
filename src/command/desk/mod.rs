//! What stands behind the window: the same runner, tokenizers and M1s as behind the commands.

mod cutting;
mod filming;
mod generating;
mod mapping;
mod running;
mod testing;

use super::CommandError;
use super::coder::{Coder, TrainingOptions};
use super::film::Reel;
use super::m1_choice::M1Choice;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

/// The engine as the window sees it.
pub struct Desk {
    results: PathBuf,
    /// Replaced as a whole when another M1 is chosen, so that a view being made keeps the one it began with.
    coder: Arc<RwLock<Arc<Coder>>>,
    /// M1s of the film that was looked at last.
    reel: Reel,
}

impl Desk {
    pub fn new(results: PathBuf, m1: &M1Choice) -> Result<Self, CommandError> {
        Ok(Self {
            results,
            coder: Arc::new(RwLock::new(Arc::new(Coder::open(m1, TrainingOptions::default())?))),
            reel: Reel::default(),
        })
    }

    fn coder(&self) -> Arc<Coder> {
        self.coder.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
