//! Experiments started, and where their results lie.

use crate::experiment::Resume;
use crate::experiment::handle::Handle;
use crate::gpu::DeviceChoice;
use std::path::PathBuf;

/// Runs experiments.
pub trait Running: Send + Sync {
    /// Starts the experiment of a spec's text, or goes on with an earlier one. `spec_path` settles relative paths in
    /// the spec and names it in messages.
    fn start(
        &self,
        spec_text: String,
        spec_path: PathBuf,
        device: DeviceChoice,
        resume: Resume,
    ) -> Result<Handle, String>;

    /// Where the store of all results lies, or will lie once something has run. Quick.
    fn store(&self) -> PathBuf;
}
