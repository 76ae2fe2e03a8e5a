//! Experiments started, and where their results lie.

use crate::experiment::Resume;
use crate::experiment::handle::Handle;
use crate::experiment::plan::Plan;
use crate::gpu::DeviceChoice;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

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

    /// What the experiment of a spec's text will take on the device, by earlier runs or, if `measure`, by a few training
    /// steps that are timed now, which takes seconds for each shape of model and ends early once `cancel` is set.
    fn plan(
        &self,
        spec_text: &str,
        spec_path: &Path,
        device: DeviceChoice,
        measure: bool,
        cancel: &Arc<AtomicBool>,
    ) -> Result<Plan, String>;

    /// Where the store of all results lies, or will lie once something has run. Quick.
    fn store(&self) -> PathBuf;
}
