//! `mullion figures NAME`: the figures of an experiment, drawn from the store.

use super::CommandError;
use super::run::DEFAULT_RESULTS;
use crate::experiment::STORE_FILE;
use crate::experiment::event::ExperimentId;
use crate::experiment::store::Store;
use crate::figure;
use crate::figure::learning::{Options, Over};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Figures {
    /// The experiment's name, as its spec says; the latest one of that name is drawn
    name: String,
    /// Results folder that the experiment was run in
    #[arg(long, default_value = DEFAULT_RESULTS, value_name = "FOLDER")]
    out: PathBuf,
    /// Draw the charts of the window's Live pane too, over this: step, bytes (raw, trained on) or seconds (of training)
    #[arg(long, value_name = "AXIS", value_parser = over)]
    x: Option<Over>,
    /// Write what these charts show as CSV files as well; over steps, unless --x says otherwise
    #[arg(long)]
    csv: bool,
}

fn over(name: &str) -> Result<Over, String> {
    let known = Over::ALL.into_iter().find(|over| over.name() == name);
    known.ok_or_else(|| format!("there is no axis `{name}`; expected {}", Over::ALL.map(Over::name).join(", ")))
}

impl Figures {
    pub fn run(&self) -> Result<(), CommandError> {
        let file = self.out.join(STORE_FILE);
        if !file.exists() {
            let out = self.out.display();
            return Err(CommandError::Usage(format!(
                "there are no results in {out}: run an experiment first, or say where with --out"
            )));
        }
        let store = Store::open(&file)?;
        let experiment = store.find_experiment(&self.name)?.ok_or_else(|| {
            CommandError::Usage(format!("{} holds no experiment named `{}`", file.display(), self.name))
        })?;
        for path in draw(&store, experiment.id)? {
            println!("{}", path.display());
        }
        if self.x.is_some() || self.csv {
            let options = Options { over: self.x.unwrap_or_default(), ..Options::default() };
            let folder = &experiment.details.folder;
            for path in figure::draw_learning(&store, experiment.id, folder, &options, self.csv)? {
                println!("{}", path.display());
            }
        }
        Ok(())
    }
}

/// Draws an experiment's figures into its folder.
pub fn draw(store: &Store, experiment: ExperimentId) -> Result<Vec<PathBuf>, CommandError> {
    let Some(found) = store.experiment(experiment)? else {
        let store = store.path().display();
        return Err(CommandError::Usage(format!("{store} lost experiment number {}", experiment.0)));
    };
    Ok(figure::draw_all(store, experiment, &found.details.folder)?)
}
