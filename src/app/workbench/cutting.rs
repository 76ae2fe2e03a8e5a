//! Texts cut into windows and tokens.

use crate::tokenizer::view::WindowsView;
use crate::tokenizer::{Method, Passage, Steps};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Cuts text as the coding model and a method have it.
pub trait Cutting: Send + Sync {
    /// Cuts text into windows. Watches `cancel` and returns early, with any error, once it is set.
    fn windows(&self, text: &[u8], method: &Method, cancel: &Arc<AtomicBool>) -> Result<WindowsView, String>;

    /// Follows one window of a text through the coder, byte by byte. Watches `cancel` as [`Cutting::windows`] does.
    fn steps(&self, passage: &Passage, method: &Method, cancel: &Arc<AtomicBool>) -> Result<Steps, String>;

    /// Which M1 [`Cutting::windows`] codes with, in a few words. Called on every answer, so it must be quick.
    fn m1_description(&self) -> String;

    /// Loads another M1 for [`Cutting::windows`] and says what was loaded.
    fn use_m1(&self, path: &Path) -> Result<String, String>;
}
