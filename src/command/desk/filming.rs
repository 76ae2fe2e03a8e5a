//! Windows under M1's checkpoints.

use super::Desk;
use crate::app::{Filming, Frame};
use crate::experiment::film::{self, FrameFile};
use crate::tokenizer::Method;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

impl Filming for Desk {
    fn frames(&self, folder: &Path) -> Result<Vec<FrameFile>, String> {
        film::frames(folder).map_err(|error| error.to_string())
    }

    fn frame(
        &self,
        frame: &FrameFile,
        text: &[u8],
        method: &Method,
        cancel: &Arc<AtomicBool>,
    ) -> Result<Frame, String> {
        self.reel.frame(frame, text, method, cancel).map_err(|error| error.to_string())
    }
}
