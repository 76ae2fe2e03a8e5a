//! `mullion run SPEC`: an experiment without a window.

use super::CommandError;
use super::explained;
use super::figures;
use super::paper_tables;
use super::plan;
use super::progress::{self, duration};
use super::table::{Table, TableFormat};
use crate::experiment::event::{Command, Outcome, Role, RunInfo, Status};
use crate::experiment::spec::Spec;
use crate::experiment::store::{Store, UNIFORM_BITS_PER_BYTE, UNIGRAM_BITS_PER_BYTE};
use crate::experiment::{Request, STORE_FILE, start};
use crate::figure::{planned, results};
use crate::gpu::DeviceChoice;
use std::io::Write;
use std::path::PathBuf;
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
    /// Say of each figure of the table which bytes, tokens and model it is of
    #[arg(long)]
    explain: bool,
    /// Go on with the latest experiment of this spec, from its last checkpoints
    #[arg(long)]
    resume: bool,
    /// With --resume: also do the runs again that failed or were cancelled, from their last checkpoints
    #[arg(long, requires = "resume")]
    retry: bool,
    /// Print the runs, their steps and tokens and the time they will take, and run nothing
    #[arg(long, conflicts_with = "resume")]
    plan: bool,
    /// With --plan: time a few training steps of every model, where earlier runs do not tell
    #[arg(long, requires = "plan")]
    measure: bool,
    #[command(flatten)]
    format: TableFormat,
}

impl Run {
    pub fn run(&self) -> Result<(), CommandError> {
        let begun = Instant::now();
        let spec = Spec::load(&self.spec)?;
        if self.plan {
            let plan = plan::plan(&spec, self.device, &self.out, self.measure, &mut |_, _| true)?;
            let text = match self.format.chosen() {
                Some(_) => self.format.write(&planned::table(&plan))?,
                None => plan::text(&plan),
            };
            write!(std::io::stdout().lock(), "{text}")?;
            return Ok(());
        }
        let asked = spec.clone();
        let request = Request {
            spec,
            device: self.device,
            results: self.out.clone(),
            resume: self.resume.into(),
            retry: self.retry,
        };
        let handle = start(request)?;
        stop_on_interrupt(handle.commands.clone());
        let (experiment, outcome) = progress::follow(handle)?;
        if outcome == Outcome::Stopped {
            let (spec, device, out) = (self.spec.display(), self.device, self.out.display());
            return Err(CommandError::Stopped(format!("mullion run {spec} --device {device} --out {out} --resume")));
        }
        let store = Store::open(&self.out.join(STORE_FILE))?;
        let drawn = figures::draw(&store, experiment)?;
        let runs = store.runs(experiment)?;
        let mut out = std::io::stdout().lock();
        match self.format.chosen() {
            Some(_) => write!(out, "{}", self.format.write(&results::table(&asked.name, &runs))?)?,
            None => self.print(&asked, &runs, &drawn, begun, &mut out)?,
        }
        let failed = runs.iter().filter(|run| matches!(run.status, Status::Failed(_))).count();
        if failed > 0 {
            let (spec, device, out) = (self.spec.display(), self.device, self.out.display());
            return Err(CommandError::RunFailed(format!(
                "{failed} of {} runs failed, for the reasons in the table. Do them again with: mullion run {spec} \
                 --device {device} --out {out} --resume --retry",
                runs.len()
            )));
        }
        Ok(())
    }

    /// What a person reads at the end.
    fn print(
        &self,
        asked: &Spec,
        runs: &[RunInfo],
        drawn: &[PathBuf],
        begun: Instant,
        out: &mut dyn Write,
    ) -> Result<(), CommandError> {
        writeln!(out, "{}", results_table(runs))?;
        for table in asked.tokens.iter().flat_map(|tokens| &tokens.tables) {
            writeln!(out, "{}", paper_tables::beside_ours(*table, runs))?;
        }
        if self.explain {
            writeln!(out, "{}", explained::figures(asked, runs))?;
        }
        for path in drawn {
            writeln!(out, "{}", path.display())?;
        }
        writeln!(out, "done in {}", duration(begun.elapsed().as_secs_f64()))?;
        Ok(())
    }
}

/// The first Ctrl-C (or SIGTERM, SIGHUP) stops at the next step, with a checkpoint; the second ends the process at once.
pub fn stop_on_interrupt(commands: std::sync::mpsc::Sender<Command>) {
    on_interrupt(move || {
        let _ = commands.send(Command::Stop);
    });
}

/// The first Ctrl-C stops what goes by `stop`; the second ends the process at once. To be called once.
pub fn on_interrupt(stop: impl Fn() + Send + 'static) {
    let mut asked = false;
    let handler = move || {
        if asked {
            std::process::exit(130);
        }
        asked = true;
        eprintln!("\nstopping after this step; Ctrl-C again ends at once (the last checkpoint is kept)");
        stop();
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        eprintln!("warning: Ctrl-C will end the run at once, without a last checkpoint: {error}");
    }
}

/// The final figures of every run. Bits/byte are over raw source bytes of the held-out text.
pub fn results_table(runs: &[RunInfo]) -> Table {
    let ambiguous = runs.iter().any(|run| run.results.get(AMBIGUOUS).is_some_and(|share| *share > 0.0));
    let mut headings =
        vec!["run", "size", "steps", "bytes/token", "bit ratio", "uniform", "unigram", "bits/byte", "MFLOPs/byte"];
    let lossy = runs.iter().any(|run| run.results.contains_key(LOST));
    headings.extend(ambiguous.then_some("ambiguous windows"));
    headings.extend(lossy.then_some(LOST));
    headings.push("status");
    let mut table = Table::new(headings);
    for run in runs {
        table.row(row(run, ambiguous, lossy));
    }
    table
}

/// Result: share of held-out windows whose code stands for more than one text.
const AMBIGUOUS: &str = "ambiguous windows";

/// Result: held-out bytes that do not come back, as the method normalises text.
const LOST: &str = "lost bytes";

fn row(run: &RunInfo, ambiguous: bool, lossy: bool) -> Vec<String> {
    let figure = |name: &str, scale: f64, digits: usize| {
        run.results.get(name).map_or_else(|| "–".to_owned(), |value| format!("{:.digits$}", value * scale))
    };
    let label = match run.role {
        Role::M1 => format!("{} (bytes)", run.label),
        Role::M2 | Role::Tokens => run.label.clone(),
    };
    let mut cells = vec![
        label,
        run.size.clone(),
        if run.role == Role::Tokens { "–".to_owned() } else { run.steps.to_string() },
        figure("token ratio", 1.0, 3),
        figure("bit ratio", 1.0, 3),
        figure(UNIFORM_BITS_PER_BYTE, 1.0, 3),
        figure(UNIGRAM_BITS_PER_BYTE, 1.0, 3),
        figure("bits/byte", 1.0, 3),
        figure("FLOPs/byte", 1e-6, 2),
    ];
    cells
        .extend(ambiguous.then(|| run.results.get(AMBIGUOUS).map_or("–".to_owned(), |s| format!("{:.1}%", s * 100.0))));
    cells.extend(lossy.then(|| figure(LOST, 1.0, 0)));
    cells.push(run.status.to_string());
    cells
}
