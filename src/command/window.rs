//! `mullion` and `mullion window`: the workbench.

use super::CommandError;
use super::desk::Desk;
use super::run::DEFAULT_RESULTS;
use crate::app::{self, WindowOptions};
use std::path::PathBuf;
use std::sync::Arc;

/// Where the repository keeps the experiment to begin with.
const FIRST_EXPERIMENT: &str = "experiments/first-light.toml";

#[derive(Debug, clap::Args)]
pub struct Window {
    /// Results folder: the store and a folder per experiment
    #[arg(long, default_value = DEFAULT_RESULTS, value_name = "FOLDER")]
    out: PathBuf,
    /// Frozen M1 for the windows pane; without one, the built-in M1
    #[arg(long, value_name = "FILE.m1")]
    m1: Option<PathBuf>,
}

impl Default for Window {
    fn default() -> Self {
        Self { out: PathBuf::from(DEFAULT_RESULTS), m1: None }
    }
}

impl Window {
    pub fn run(&self) -> Result<(), CommandError> {
        let desk = Desk::new(self.out.clone(), self.m1.as_deref())?;
        // Started from a checkout, the first experiment is one click away.
        let spec = Some(PathBuf::from(FIRST_EXPERIMENT)).filter(|path| path.exists());
        Ok(app::run_window(Arc::new(desk), WindowOptions { spec })?)
    }
}
