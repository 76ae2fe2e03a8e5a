//! `mullion runs`: what has run, found again, looked at, put away and gone on with.

use super::CommandError;
use super::figures;
use super::progress;
use super::run::{DEFAULT_RESULTS, stop_on_interrupt};
use super::table::TableFormat;
use crate::experiment::event::{ExperimentId, Level, Outcome, RunInfo};
use crate::experiment::filter::Filter;
use crate::experiment::spec::Spec;
use crate::experiment::store::{Listed, Store, StoredExperiment};
use crate::experiment::{Request, Resume, STORE_FILE, bin, duplicate, start};
use crate::figure::results;
use crate::figure::table::{Cell, Column, Row, Table};
use crate::gpu::DeviceChoice;
use std::collections::BTreeSet;
use std::io::{BufRead, Write};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Runs {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    list: List,
    /// Results folder that the experiments were run in
    #[arg(long, global = true, default_value = DEFAULT_RESULTS, value_name = "FOLDER")]
    out: PathBuf,
}

#[derive(Debug, Default, clap::Args)]
struct List {
    /// Only experiments with all of these words in name, tags, note, methods, sizes or status; `tag:x`, `status:failed`,
    /// `method:x` and `size:x` look in one place
    #[arg(long, value_name = "WORDS")]
    filter: Option<String>,
    /// What is in the bin instead
    #[arg(long)]
    bin: bool,
    /// One JSON object with runs and results for each experiment, one a line
    #[arg(long, conflicts_with = "table_format")]
    json: bool,
    #[command(flatten)]
    format: TableFormat,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List experiments (what `mullion runs` alone does)
    List(List),
    /// Show an experiment: spec, device, versions, results, log
    Show {
        id: i64,
        #[command(flatten)]
        format: TableFormat,
    },
    /// Call an experiment something else; its folder keeps the first name
    Rename { id: i64, title: String },
    /// Write a note to an experiment in the place of the one it has
    Note { id: i64, text: String },
    /// Give an experiment these tags in the place of those it has
    Tag { id: i64, tags: Vec<String> },
    /// Put experiments into the bin
    Delete {
        #[arg(required = true)]
        ids: Vec<i64>,
    },
    /// Take experiments out of the bin
    Restore {
        #[arg(required = true)]
        ids: Vec<i64>,
    },
    /// Remove what is in the bin, folders and all, for good
    EmptyBin {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Go on with this very experiment, from its last checkpoints; runs that failed or were cancelled are tried again
    Resume {
        id: i64,
        /// Where to train
        #[arg(long, default_value_t = DeviceChoice::Auto, value_name = "auto|gpu|cpu|software")]
        device: DeviceChoice,
        /// Pass over runs that failed, were cancelled or were left out (`mullion queue hold`)
        #[arg(long)]
        no_retry: bool,
    },
    /// Print an experiment's spec under a new name, to be changed and run
    Duplicate { id: i64 },
}

impl Runs {
    pub fn run(&self) -> Result<(), CommandError> {
        let file = self.out.join(STORE_FILE);
        if !file.exists() {
            let out = self.out.display();
            return Err(CommandError::Usage(format!(
                "there are no results in {out}: run an experiment first, or say where with --out"
            )));
        }
        let mut store = Store::open(&file)?;
        match &self.what {
            None => self.list.print(&store),
            Some(What::List(list)) => list.print(&store),
            Some(What::Show { id, format }) => match format.chosen() {
                None => show(&store, *id),
                Some(_) => {
                    let experiment = found(&store, *id)?;
                    let results = results::table(&experiment.title, &store.runs(experiment.id)?);
                    Ok(write!(std::io::stdout().lock(), "{}", format.write(&results)?)?)
                }
            },
            Some(What::Rename { id, title }) if !title.trim().is_empty() => {
                Ok(store.set_title(found(&store, *id)?.id, title.trim())?)
            }
            Some(What::Rename { .. }) => Err(CommandError::Usage("the new name is empty".to_owned())),
            Some(What::Note { id, text }) => Ok(store.set_note(found(&store, *id)?.id, text.trim())?),
            Some(What::Tag { id, tags }) => Ok(store.set_tags(found(&store, *id)?.id, tags)?),
            Some(What::Delete { ids }) => {
                ids.iter().try_for_each(|id| bin::delete(&mut store, ExperimentId(*id)))?;
                eprintln!("in the bin; `mullion runs restore` takes back, `mullion runs empty-bin` removes for good");
                Ok(())
            }
            Some(What::Restore { ids }) => {
                Ok(ids.iter().try_for_each(|id| bin::restore(&mut store, ExperimentId(*id)))?)
            }
            Some(What::EmptyBin { yes }) => empty(&mut store, *yes),
            Some(What::Resume { id, device, no_retry }) => {
                let experiment = found(&store, *id)?;
                drop(store);
                self.resume(&experiment, *device, !no_retry)
            }
            Some(What::Duplicate { id }) => {
                let taken: BTreeSet<String> =
                    store.listing()?.into_iter().map(|listed| listed.experiment.details.name).collect();
                write!(std::io::stdout(), "{}", duplicate(&found(&store, *id)?, &taken)?.text)?;
                Ok(())
            }
        }
    }

    fn resume(&self, experiment: &StoredExperiment, device: DeviceChoice, retry: bool) -> Result<(), CommandError> {
        let kept = if experiment.resolved.is_empty() { &experiment.details.spec } else { &experiment.resolved };
        let spec = Spec::parse(kept, &experiment.details.folder.join("spec.toml"))?;
        let resume = if retry { Resume::Retrying(experiment.id) } else { Resume::Exactly(experiment.id) };
        let handle = start(Request { spec, device, results: self.out.clone(), resume, retry: false })?;
        stop_on_interrupt(handle.commands.clone());
        let (id, outcome) = progress::follow(handle)?;
        if outcome == Outcome::Stopped {
            let (id, out) = (id.0, self.out.display());
            let retry = if retry { "" } else { " --no-retry" };
            return Err(CommandError::Stopped(format!(
                "mullion runs resume {id} --device {device}{retry} --out {out}"
            )));
        }
        for path in figures::draw(&Store::open(&self.out.join(STORE_FILE))?, id)? {
            println!("{}", path.display());
        }
        Ok(())
    }
}

impl List {
    fn print(&self, store: &Store) -> Result<(), CommandError> {
        let filter = Filter::parse(self.filter.as_deref().unwrap_or_default());
        let shown = |listed: &Listed| listed.experiment.deleted.is_some() == self.bin && filter.matches(listed);
        let listed: Vec<Listed> = store.listing()?.into_iter().filter(shown).collect();
        let mut out = std::io::stdout().lock();
        if self.json {
            for listed in &listed {
                writeln!(out, "{}", json(listed))?;
            }
            return Ok(());
        }
        write!(out, "{}", self.format.write(&table(&listed))?)?;
        Ok(())
    }
}

fn table(listed: &[Listed]) -> Table {
    let columns = vec![
        Column::new("name", "what the experiment is called"),
        Column::new("number", "what the other commands call it").decimals(0),
        Column::new("status", "where it stands"),
        Column::new("runs", "how many runs it has").decimals(0),
        Column::new("bits/byte", "the fewest bits per raw byte of held-out text that one of its M2s needs").decimals(3),
        Column::new("created", "when it was begun (UTC)"),
        Column::new("tags", "words for finding it again"),
    ];
    let row = |listed: &Listed| Row {
        cells: vec![
            Cell::Text(listed.experiment.title.clone()),
            Cell::Number(listed.experiment.id.0 as f64),
            Cell::Text(listed.experiment.status.word().to_owned()),
            Cell::Number(listed.runs.len() as f64),
            Cell::number(listed.best_bits_per_byte()),
            Cell::Text(listed.experiment.created.clone()),
            Cell::Text(listed.experiment.tags.join(" ")),
        ],
        color: None,
    };
    Table { title: "Experiments".to_owned(), columns, rows: listed.iter().map(row).collect() }
}

fn json(Listed { experiment, runs }: &Listed) -> serde_json::Value {
    let run = |run: &RunInfo| {
        serde_json::json!({
            "number": run.id.0, "role": run.role, "label": run.label, "method": run.method, "size": run.size,
            "seed": run.seed, "steps": run.steps, "status": run.status.word(), "results": run.results,
        })
    };
    serde_json::json!({
        "number": experiment.id.0,
        "title": experiment.title,
        "name": experiment.details.name,
        "status": experiment.status.word(),
        "created": experiment.created,
        "deleted": experiment.deleted,
        "note": experiment.note,
        "tags": experiment.tags,
        "device": experiment.details.device,
        "folder": experiment.details.folder,
        "versions": experiment.details.versions,
        "runs": runs.iter().map(run).collect::<Vec<_>>(),
    })
}

fn found(store: &Store, id: i64) -> Result<StoredExperiment, CommandError> {
    store.experiment(ExperimentId(id))?.ok_or_else(|| {
        let store = store.path().display();
        CommandError::Usage(format!("{store} holds no experiment number {id}; `mullion runs` lists them"))
    })
}

fn show(store: &Store, id: i64) -> Result<(), CommandError> {
    let experiment = found(store, id)?;
    let details = &experiment.details;
    let mut out = std::io::stdout().lock();
    let mut fact = |name: &str, text: &str| match text {
        "" => Ok(()),
        text => writeln!(out, "{name:<10} {text}"),
    };
    fact("name", &experiment.title)?;
    fact("status", experiment.status.word())?;
    fact("created", &experiment.created)?;
    fact("deleted", experiment.deleted.as_deref().unwrap_or_default())?;
    fact("tags", &experiment.tags.join(" "))?;
    fact("note", &experiment.note)?;
    fact("device", &details.device)?;
    fact("folder", &details.folder.display().to_string())?;
    for (what, version) in &details.versions {
        fact(what, version)?;
    }
    for run in store.runs(experiment.id)? {
        let priority = if run.priority == 0 { String::new() } else { format!(", priority {:+}", run.priority) };
        let (label, status) = (&run.label, run.status.word());
        writeln!(out, "\n{label} ({status}), run {}, seed {}{priority}", run.id.0, run.seed)?;
        for (name, value) in &run.results {
            writeln!(out, "  {name}: {value:.6}")?;
        }
    }
    writeln!(out, "\nspec\n{}", details.spec.trim_end())?;
    let messages = store.messages(experiment.id)?;
    if !messages.is_empty() {
        writeln!(out, "\nlog")?;
    }
    for message in messages {
        let level = match message.level {
            Level::Info => "",
            Level::Warning => "warning: ",
            Level::Error => "error: ",
        };
        writeln!(out, "{}  {level}{}", message.at, message.text)?;
    }
    Ok(())
}

fn empty(store: &mut Store, yes: bool) -> Result<(), CommandError> {
    let binned: Vec<String> = store
        .listing()?
        .into_iter()
        .filter(|listed| listed.experiment.deleted.is_some())
        .map(|listed| listed.experiment.title)
        .collect();
    if !yes && !binned.is_empty() {
        eprint!("remove {} for good, folders and all? [y/N] ", binned.join(", "));
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            return Err(CommandError::Usage("nothing was removed".to_owned()));
        }
    }
    let emptied = bin::empty(store)?;
    emptied.left.iter().for_each(|left| eprintln!("warning: {left}"));
    eprintln!("removed: {}", emptied.experiments);
    Ok(())
}
