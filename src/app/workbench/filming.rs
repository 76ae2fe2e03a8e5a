//! Windows of one text under M1's checkpoints.

use crate::experiment::film::FrameFile;
use crate::tokenizer::Method;
use crate::tokenizer::view::WindowsView;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A text as M1 cut it at one step of its training.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Steps that M1 had taken.
    pub step: u64,
    /// What it cost then on held-out text, in bits per raw byte, if that is known.
    pub bits_per_byte: Option<f64>,
    pub view: WindowsView,
}

/// Cuts a text with every checkpoint of an M1.
pub trait Filming: Send + Sync {
    /// The frames of an experiment's folder, or of a folder of `.m1` files, in order of their steps.
    fn frames(&self, folder: &Path) -> Result<Vec<FrameFile>, String>;

    /// Cuts a text with one of them. Watches `cancel` and returns early, with any error, once it is set.
    fn frame(&self, frame: &FrameFile, text: &[u8], method: &Method, cancel: &Arc<AtomicBool>)
    -> Result<Frame, String>;
}
