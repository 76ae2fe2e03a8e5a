//! `mullion figures NAME`: the figures of an experiment, drawn from the store.

use super::CommandError;
use super::run::DEFAULT_RESULTS;
use crate::experiment::STORE_FILE;
use crate::experiment::store::Store;
use crate::figure;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub struct Figures {
    /// The experiment's name, as its spec says; the latest one of that name is drawn
    name: String,
    /// Results folder that the experiment was run in
    #[arg(long, default_value = DEFAULT_RESULTS, value_name = "FOLDER")]
    out: PathBuf,
}

impl Figures {
    pub fn run(&self) -> Result<(), CommandError> {
        for path in draw(&self.out, &self.name)? {
            println!("{}", path.display());
        }
        Ok(())
    }
}

/// Draws the figures of the latest experiment of this name into its folder.
pub fn draw(results: &Path, name: &str) -> Result<Vec<PathBuf>, CommandError> {
    let file = results.join(STORE_FILE);
    if !file.exists() {
        return Err(CommandError::Usage(format!(
            "there are no results in {}: run an experiment first, or say where with --out",
            results.display()
        )));
    }
    let store = Store::open(&file)?;
    let experiment = store
        .find_experiment(name)?
        .ok_or_else(|| CommandError::Usage(format!("{} holds no experiment named `{name}`", file.display())))?;
    Ok(figure::draw_all(&store, experiment.id, &experiment.details.folder)?)
}
