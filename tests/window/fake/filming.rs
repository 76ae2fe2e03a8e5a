//! A film of few frames.

use super::cutting::cut;
use super::{FakeWorkbench, lock};
use mullion::app::{Filming, Frame};
use mullion::experiment::film::FrameFile;
use mullion::tokenizer::Method;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

impl Filming for FakeWorkbench {
    fn frames(&self, folder: &Path) -> Result<Vec<FrameFile>, String> {
        let steps = lock(&self.film).clone();
        if steps.is_empty() {
            return Err(format!("{} has no frames", folder.display()));
        }
        let modified = *lock(&self.film_written);
        let file = |step| FrameFile { step, path: folder.join(format!("m1-{step}.m1")), modified };
        Ok(steps.into_iter().map(file).collect())
    }

    /// Windows of one byte at step 0, of two at step 100, and so on.
    fn frame(
        &self,
        frame: &FrameFile,
        text: &[u8],
        method: &Method,
        cancel: &Arc<AtomicBool>,
    ) -> Result<Frame, String> {
        if cancel.load(Ordering::Relaxed) {
            return Err("stopped, as was asked".to_owned());
        }
        *lock(&self.filmed) += 1;
        let length = 1 + frame.step / 100;
        let wide: Method =
            format!("EqualInfoAC[b={}, v=256]", 8 * length).parse().map_err(|_| "too wide".to_owned())?;
        let mut view = cut(text, &wide);
        view.method = method.clone();
        view.totals.token_ratio = Some(length as f64 / 2.0);
        Ok(Frame { step: frame.step, bits_per_byte: Some(8.0 / (1.0 + length as f64)), view })
    }
}
