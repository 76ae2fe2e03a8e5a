//! Texts cut with the M1 that the window has chosen.

use super::Desk;
use crate::app::Cutting;
use crate::command::coder::{Coder, TrainingOptions};
use crate::tokenizer::view::WindowsView;
use crate::tokenizer::{Method, Passage, Steps};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError};

impl Cutting for Desk {
    fn windows(&self, text: &[u8], method: &Method, cancel: &Arc<AtomicBool>) -> Result<WindowsView, String> {
        self.coder().inspect(text, method, cancel).map_err(|error| error.to_string())
    }

    fn steps(&self, passage: &Passage, method: &Method, cancel: &Arc<AtomicBool>) -> Result<Steps, String> {
        self.coder().steps(passage, method, cancel).map_err(|error| error.to_string())
    }

    fn m1_description(&self) -> String {
        self.coder().description.clone()
    }

    fn use_m1(&self, path: &Path) -> Result<String, String> {
        let coder = Arc::new(
            Coder::open(&path.to_string_lossy().parse()?, TrainingOptions::default())
                .map_err(|error| error.to_string())?,
        );
        let description = coder.description.clone();
        *self.coder.write().unwrap_or_else(PoisonError::into_inner) = coder;
        Ok(description)
    }
}
