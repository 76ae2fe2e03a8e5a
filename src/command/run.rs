//! `mullion run SPEC`: an experiment without a window.

use super::CommandError;
use super::figures;
use super::progress::{self, duration};
use super::table::Table;
use crate::experiment::event::{Command, Outcome, Role, RunInfo, Status};
use crate::experiment::spec::Spec;
use crate::experiment::store::Store;
use crate::experiment::{Request, STORE_FILE, start};
use crate::gpu::DeviceChoice;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Where results go unless told otherwise.
pub const DEFAULT_RESULTS: &str = "mullion-results";

#[derive(Debug, clap::Args)]
pub struct Run {
    /// The experiment: a TOML file such as experiments/first-light.toml
    spec: PathBuf,
    /// Where to train
    #[arg(long, default_value_t = DeviceChoice::Auto, value_name = "auto|gpu|cpu|software")]
    device: DeviceChoice,
    /// Results folder: the store and a folder per experiment
    #[arg(long, default_value = DEFAULT_RESULTS, value_name = "FOLDER")]
    out: PathBuf,
    /// Go on with the latest experiment of this spec, from its last checkpoints
    #[arg(long)]
    resume: bool,
}

impl Run {
    pub fn run(&self) -> Result<(), CommandError> {
        let begun = Instant::now();
        let spec = Spec::load(&self.spec)?;
        let name = spec.name.clone();
        let request = Request { spec, device: self.device, results: self.out.clone(), resume: self.resume };
        let handle = start(request)?;
        stop_on_interrupt(handle.commands.clone());
        let outcome = progress::follow(&handle);
        // The events have ended, so the worker has nothing left to do.
        let _ = handle.thread.join();
        match outcome {
            Outcome::Done => {
                let drawn = figures::draw(&self.out, &name)?;
                println!("{}", results_table(&self.out, &name)?);
                for path in drawn {
                    println!("{}", path.display());
                }
                println!("done in {}", duration(begun.elapsed().as_secs_f64()));
                Ok(())
            }
            Outcome::Stopped => Err(CommandError::Stopped(format!(
                "mullion run {} --out {} --resume",
                self.spec.display(),
                self.out.display()
            ))),
            Outcome::Failed(reason) => Err(CommandError::RunFailed(reason)),
        }
    }
}

/// The first Ctrl-C stops at the next step, with a checkpoint; the second ends the process as usual.
pub fn stop_on_interrupt(commands: std::sync::mpsc::Sender<Command>) {
    let mut asked = false;
    let handler = move || {
        if asked {
            std::process::exit(130);
        }
        asked = true;
        eprintln!("\nstopping after this step; Ctrl-C again ends at once (the last checkpoint is kept)");
        let _ = commands.send(Command::Stop);
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        eprintln!("warning: Ctrl-C will end the run at once, without a last checkpoint: {error}");
    }
}

/// The final figures of every run of the latest experiment of this name.
fn results_table(results: &Path, name: &str) -> Result<Table, CommandError> {
    let store = Store::open(&results.join(STORE_FILE))?;
    let mut table = Table::new([
        "run",
        "size",
        "steps",
        "bytes/token",
        "bit ratio",
        "uniform",
        "unigram",
        "bits/byte",
        "MFLOPs/byte",
        "status",
    ]);
    let runs = match store.find_experiment(name)? {
        Some(experiment) => store.runs(experiment.id)?,
        None => Vec::new(),
    };
    for run in &runs {
        table.row(row(run));
    }
    Ok(table)
}

fn row(run: &RunInfo) -> Vec<String> {
    let figure = |name: &str, digits: usize| {
        run.results.get(name).map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
    };
    let cost = run.results.get("FLOPs/byte").map_or_else(|| "–".to_owned(), |flops| format!("{:.2}", flops / 1e6));
    let status = match &run.status {
        Status::Done => "done".to_owned(),
        Status::Failed(reason) => format!("failed: {reason}"),
        other => format!("{other:?}").to_lowercase(),
    };
    let label = match run.role {
        Role::M1 => format!("{} (bytes)", run.label),
        Role::M2 => run.label.clone(),
    };
    vec![
        label,
        run.size.clone(),
        run.steps.to_string(),
        figure("token ratio", 3),
        figure("bit ratio", 3),
        figure("uniform bits/byte", 3),
        figure("unigram bits/byte", 3),
        figure("bits/byte", 3),
        cost,
        status,
    ]
}
