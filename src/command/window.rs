//! `mullion` and `mullion window`: the workbench.

use super::CommandError;
use super::desk::Desk;
use super::m1_choice::M1Choice;
use super::run::DEFAULT_RESULTS;
use crate::app::{self, WindowOptions};
use std::path::PathBuf;
use std::sync::Arc;

/// Where the repository keeps the experiment to begin with.
const FIRST_EXPERIMENT: &str = "experiments/first-light.toml";

#[derive(Debug, clap::Args)]
pub struct Window {
    /// Experiment to name in the Live pane; without one, that of the last time
    #[arg(value_name = "SPEC.toml")]
    spec: Option<PathBuf>,
    /// Results folder: the store and a folder per experiment
    #[arg(long, default_value = DEFAULT_RESULTS, value_name = "FOLDER")]
    out: PathBuf,
    /// M1 of the windows pane: one in the box (3m, micro) or a .m1 file; without one, 3m
    #[arg(long, value_name = "NAME|FILE.m1")]
    m1: Option<M1Choice>,
    /// Say when the window is painted and when its text is cut, then close: `mullion bench ui` times a start by it
    #[arg(long, hide = true)]
    until_loaded: bool,
}

impl Default for Window {
    fn default() -> Self {
        Self { spec: None, out: PathBuf::from(DEFAULT_RESULTS), m1: None, until_loaded: false }
    }
}

impl Window {
    pub fn run(&self) -> Result<(), CommandError> {
        let desk = Desk::new(self.out.clone(), &self.m1.clone().unwrap_or_default())?;
        // Started from a checkout, the first experiment is one click away.
        let first_spec = Some(PathBuf::from(FIRST_EXPERIMENT)).filter(|path| path.exists());
        let options = WindowOptions { spec: self.spec.clone(), first_spec, until_loaded: self.until_loaded };
        Ok(app::run_window(Arc::new(desk), options)?)
    }
}
