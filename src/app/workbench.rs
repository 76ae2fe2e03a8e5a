//! What the window asks of the rest of Mullion.

use crate::experiment::handle::Handle;
use crate::gpu::DeviceChoice;
use crate::tokenizer::Method;
use crate::tokenizer::view::WindowsView;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The one door between the window and the engine.
///
/// Panes never touch a model: they hold an `Arc<dyn Workbench>` and call it from worker threads, so that every method
/// but [`Workbench::m1_description`] may take long. Errors are whole sentences, ready to be shown.
pub trait Workbench: Send + Sync {
    /// Starts the experiment of a spec's text, or goes on with an earlier one. `spec_path` settles relative paths in
    /// the spec and names it in messages.
    fn start(
        &self,
        spec_text: String,
        spec_path: PathBuf,
        device: DeviceChoice,
        resume: bool,
    ) -> Result<Handle, String>;

    /// Cuts text into windows. Watches `cancel` and returns early, with any error, once it is set.
    fn windows(&self, text: &[u8], method: &Method, cancel: &Arc<AtomicBool>) -> Result<WindowsView, String>;

    /// Which M1 [`Workbench::windows`] codes with, in a few words. Called on every answer, so it must be quick.
    fn m1_description(&self) -> String;

    /// Loads another M1 for [`Workbench::windows`] and says what was loaded.
    fn use_m1(&self, path: &Path) -> Result<String, String>;
}
