//! `mullion queue`: the experiments that wait for their turn, and the order of a stopped experiment's runs. It is the queue of
//! the window's Ablation pane.

use super::CommandError;
use super::figures;
use super::progress;
use super::run::{DEFAULT_RESULTS, on_interrupt, results_table};
use super::table::TableFormat;
use crate::durable;
use crate::experiment::event::{self, ExperimentId, Outcome, Role, RunId, RunInfo, Status};
use crate::experiment::spec::Spec;
use crate::experiment::store::{Store, StoredExperiment, Waiting};
use crate::experiment::{Request, STORE_FILE, lock_folder, start};
use crate::figure::turns;
use crate::gpu::DeviceChoice;
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Debug, clap::Args)]
pub struct Queue {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    list: List,
    /// Results folder that the experiments are run in
    #[arg(long, global = true, default_value = DEFAULT_RESULTS, value_name = "FOLDER")]
    out: PathBuf,
}

#[derive(Debug, Default, Clone, Copy, clap::Args)]
struct List {
    /// Everything about each that waits, their specs too, as a JSON array
    #[arg(long, conflicts_with = "table_format")]
    json: bool,
    #[command(flatten)]
    format: TableFormat,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List the experiments that wait, in the order in which they begin (what `mullion queue` alone does)
    List(List),
    /// Put experiments behind those that wait; each is checked first, and kept as it is written now
    Add {
        #[arg(required = true, value_name = "SPEC")]
        specs: Vec<PathBuf>,
        /// Where to train
        #[arg(long, default_value_t = DeviceChoice::Auto, value_name = "auto|gpu|cpu|software")]
        device: DeviceChoice,
        /// Go on with the latest experiment of the spec instead of beginning anew
        #[arg(long)]
        resume: bool,
    },
    /// Take waiting experiments away, by their places in the list
    Remove {
        #[arg(required = true, value_name = "N")]
        places: Vec<usize>,
    },
    /// Put the waiting experiment at place N at another place
    Move {
        #[arg(value_name = "N")]
        from: usize,
        #[arg(value_name = "PLACE")]
        to: usize,
    },
    /// Run what waits, one after another; stops where one fails to begin, fails or is stopped, and the others wait on
    Run,
    /// List an experiment's runs in the order in which they are done, with their numbers
    Runs {
        /// The experiment, by its number in `mullion runs`
        #[arg(value_name = "EXPERIMENT")]
        id: i64,
        #[command(flatten)]
        format: TableFormat,
    },
    /// Say how early a stopped experiment's run is done when the experiment is gone on with (--resume): the highest first, 0
    /// unless told
    Priority {
        run: i64,
        #[arg(value_name = "N", allow_negative_numbers = true)]
        priority: i64,
    },
    /// Leave runs of a stopped experiment out: `mullion run --resume` and `mullion runs resume --no-retry` pass them over
    Hold {
        #[arg(required = true, value_name = "RUN")]
        runs: Vec<i64>,
    },
    /// Take runs in again that were left out, failed or were cancelled; `mullion run --resume` does them
    Release {
        #[arg(required = true, value_name = "RUN")]
        runs: Vec<i64>,
    },
}

impl Queue {
    pub fn run(&self) -> Result<(), CommandError> {
        match &self.what {
            None => self.list(self.list),
            Some(What::List(list)) => self.list(*list),
            Some(What::Add { specs, device, resume }) => self.add(specs, *device, *resume),
            Some(What::Remove { places }) => self.remove(places),
            Some(What::Move { from, to }) => self.reorder(*from, *to),
            Some(What::Run) => self.work_off(),
            Some(What::Runs { id, format }) => self.runs(ExperimentId(*id), *format),
            Some(What::Priority { run, priority }) => {
                self.change(&[*run], |store, run| Ok(store.set_priority(run.id, *priority)?))
            }
            Some(What::Hold { runs }) => self.change(runs, |store, run| {
                // A failure stays to be read.
                let status = if let Status::Failed(_) = run.status { run.status.clone() } else { Status::Stopped };
                Ok(store.hold(run.id, &status)?)
            }),
            Some(What::Release { runs }) => self.change(runs, |store, run| Ok(store.queue_again(run.id)?)),
        }
    }

    /// The store, where there is one: a list makes nothing.
    fn store(&self) -> Result<Option<Store>, CommandError> {
        let file = self.out.join(STORE_FILE);
        Ok(if file.exists() { Some(Store::open(&file)?) } else { None })
    }

    fn waiting(&self) -> Result<(Option<Store>, Vec<Waiting>), CommandError> {
        let store = self.store()?;
        let waiting = store.as_ref().map(Store::waiting).transpose()?;
        Ok((store, waiting.unwrap_or_default()))
    }

    fn list(&self, list: List) -> Result<(), CommandError> {
        let (_, waiting) = self.waiting()?;
        let mut out = std::io::stdout().lock();
        if list.json {
            let json: Vec<serde_json::Value> = waiting.iter().enumerate().map(json).collect();
            serde_json::to_writer_pretty(&mut out, &json).map_err(std::io::Error::from)?;
            writeln!(out)?;
        } else if waiting.is_empty() && list.format.chosen().is_none() {
            writeln!(out, "nothing waits; `mullion queue add SPEC` lets an experiment wait")?;
        } else {
            write!(out, "{}", list.format.write(&turns::waiting(&waiting))?)?;
        }
        Ok(())
    }

    fn add(&self, specs: &[PathBuf], device: DeviceChoice, resume: bool) -> Result<(), CommandError> {
        // All or none.
        let mut new = Vec::new();
        for path in specs {
            let path = std::path::absolute(path).map_err(|source| CommandError::Read { path: path.clone(), source })?;
            let read = std::fs::read_to_string(&path);
            let text = read.map_err(|source| CommandError::Read { path: path.clone(), source })?;
            let name = Spec::parse(&text, &path)?.name;
            new.push(Waiting { id: 0, name, spec: text, path, device: device.name().to_owned(), resume });
        }
        durable::create_folder(&self.out)?;
        let mut store = Store::open(&self.out.join(STORE_FILE))?;
        for waiting in &new {
            store.wait(waiting)?;
        }
        let places = store.waiting()?.len();
        for (index, waiting) in new.iter().enumerate() {
            println!("{} waits at place {}", waiting.name, places - new.len() + index + 1);
        }
        Ok(())
    }

    fn remove(&self, places: &[usize]) -> Result<(), CommandError> {
        let (store, waiting) = self.waiting()?;
        let found: Vec<&Waiting> = places.iter().map(|place| at(&waiting, *place)).collect::<Result<_, _>>()?;
        let Some(mut store) = store else { return Ok(()) };
        for waiting in found {
            match store.wait_no_more(waiting.id)? {
                true => println!("{} waits no more", waiting.name),
                false => println!("{} waited no more already", waiting.name),
            }
        }
        Ok(())
    }

    fn reorder(&self, from: usize, to: usize) -> Result<(), CommandError> {
        let (store, mut waiting) = self.waiting()?;
        at(&waiting, from)?;
        at(&waiting, to)?;
        let moved = waiting.remove(from - 1);
        waiting.insert(to - 1, moved);
        let Some(mut store) = store else { return Ok(()) };
        store.wait_in_order(&waiting.iter().map(|waiting| waiting.id).collect::<Vec<_>>())?;
        self.list(List::default())
    }

    /// Runs what waits until nothing does.
    fn work_off(&self) -> Result<(), CommandError> {
        if self.waiting()?.1.is_empty() {
            println!("nothing waits; `mullion queue add SPEC` lets an experiment wait");
            return Ok(());
        }
        let _alone = self.alone()?;
        let interrupt = Interrupt::new();
        let mut incomplete = Vec::new();
        // Others may add, remove and reorder meanwhile.
        while let Some(first) = self.waiting()?.1.into_iter().next() {
            if interrupt.came() {
                return Err(CommandError::Stopped(self.go_on()));
            }
            let failed = self.run_first(&first, &interrupt)?;
            if failed > 0 {
                incomplete.push(format!("{failed} of {}", first.name));
            }
        }
        match incomplete.is_empty() {
            true => Ok(()),
            false => Err(CommandError::RunFailed(format!(
                "everything that waited is done, but runs failed: {}; `mullion runs` tells of them, and `mullion runs resume` \
                 does them again",
                incomplete.join(", ")
            ))),
        }
    }

    /// Runs the first that waits, and says how many of its runs failed.
    fn run_first(&self, first: &Waiting, interrupt: &Interrupt) -> Result<usize, CommandError> {
        let name = &first.name;
        let stays = |error: CommandError| {
            CommandError::RunFailed(format!(
                "{name} could not begin: {error}\nIt waits on, and so does what is behind it. Mend that, or take it away with \
                 `mullion queue remove 1`; then: {}",
                self.go_on()
            ))
        };
        let device = first.device.parse().map_err(|error| stays(CommandError::Usage(error)))?;
        let spec = Spec::parse(&first.spec, &first.path).map_err(|error| stays(error.into()))?;
        let request = Request { spec, device, results: self.out.clone(), resume: first.resume.into(), retry: false };
        let handle = start(request).map_err(|error| stays(error.into()))?;
        interrupt.passes_to(handle.commands.clone());
        let (mut begun, mut removed) = (None, Ok(true));
        let followed = progress::follow_from(handle, &mut |experiment| {
            // Not before: what fails to begin is lost to nobody.
            begun = Some(experiment);
            removed = Store::open(&self.out.join(STORE_FILE)).and_then(|mut store| store.wait_no_more(first.id));
        });
        let Some(experiment) = begun else {
            return match followed {
                Err(error) => Err(stays(error)),
                Ok(_) => Err(stays(CommandError::RunFailed("it ended before it began".to_owned()))),
            };
        };
        let resume = format!("mullion runs resume {} --device {device} --out {}", experiment.0, self.out.display());
        let (_, outcome) = followed.map_err(|error| {
            let go_on = self.go_on();
            CommandError::RunFailed(format!(
                "{name}: {error}\nWhat is behind it waits on: {go_on}\nGo on with it: {resume}"
            ))
        })?;
        if outcome == Outcome::Stopped {
            return Err(CommandError::Stopped(format!("{resume}\nand with what is behind it: {}", self.go_on())));
        }
        // Else it would be run over and over.
        removed?;
        let store = Store::open(&self.out.join(STORE_FILE))?;
        let drawn = figures::draw(&store, experiment)?;
        let runs = store.runs(experiment)?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{name}\n{}", results_table(&runs))?;
        for path in drawn {
            writeln!(out, "{}", path.display())?;
        }
        writeln!(out)?;
        Ok(runs.iter().filter(|run| matches!(run.status, Status::Failed(_))).count())
    }

    fn go_on(&self) -> String {
        format!("mullion queue run --out {}", self.out.display())
    }

    /// Two of these would begin the same experiment twice.
    fn alone(&self) -> Result<File, CommandError> {
        let path = self.out.join("queue.lock");
        let failed = |source| CommandError::Read { path: path.clone(), source };
        let file = File::create(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(CommandError::Usage(format!(
                "another `mullion queue run` works in {} at this moment; what waits is run by that one",
                self.out.display()
            ))),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    fn runs(&self, id: ExperimentId, format: TableFormat) -> Result<(), CommandError> {
        let store = self.store()?.ok_or_else(|| self.no_results())?;
        let experiment = store.experiment(id)?.ok_or_else(|| {
            CommandError::Usage(format!("there is no experiment number {}; `mullion runs` lists them", id.0))
        })?;
        let mut runs = store.runs(id)?;
        runs.sort_by_key(|run| (run.role != Role::M1, -i128::from(run.priority), run.id));
        let mut out = std::io::stdout().lock();
        write!(out, "{}", format.write(&turns::runs(&experiment.title, &runs))?)?;
        if format.chosen().is_none() {
            let held = store.held(id)?;
            for run in runs.iter().filter(|run| held.contains(&run.id)) {
                writeln!(out, "run {} is left out; `mullion queue release {0}` takes it in again", run.id.0)?;
            }
        }
        Ok(())
    }

    /// Changes runs of experiments that do not go: one that does has read its queue when it began, and would not hear of it.
    fn change(
        &self,
        runs: &[i64],
        change: impl Fn(&mut Store, &RunInfo) -> Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        let mut store = self.store()?.ok_or_else(|| self.no_results())?;
        let found: Vec<(StoredExperiment, RunInfo)> =
            runs.iter().map(|run| changeable(&store, RunId(*run))).collect::<Result<_, _>>()?;
        let experiments: BTreeMap<i64, &StoredExperiment> =
            found.iter().map(|(experiment, _)| (experiment.id.0, experiment)).collect();
        let going = experiments.values().map(|experiment| lock_folder(&experiment.details.folder));
        let _none_goes: Vec<File> = going.collect::<Result<_, _>>()?;
        for (_, run) in &found {
            change(&mut store, run)?;
        }
        let names: Vec<&str> = experiments.values().map(|experiment| experiment.details.name.as_str()).collect();
        eprintln!(
            "it counts when {} is gone on with (`mullion run SPEC --resume`, `mullion runs resume NUMBER --no-retry`)",
            names.join(", ")
        );
        Ok(())
    }

    fn no_results(&self) -> CommandError {
        let out = self.out.display();
        CommandError::Usage(format!("there are no results in {out}: run an experiment first, or say where with --out"))
    }
}

/// A run whose turn can be another one, with its experiment.
fn changeable(store: &Store, id: RunId) -> Result<(StoredExperiment, RunInfo), CommandError> {
    for listed in store.listing()? {
        let Some(run) = listed.runs.into_iter().find(|run| run.id == id) else { continue };
        let label = &run.label;
        return match run {
            RunInfo { role: Role::M1, .. } => {
                Err(CommandError::Usage(format!("run {} is {label}: all others need it first", id.0)))
            }
            RunInfo { status: Status::Done, .. } => {
                Err(CommandError::Usage(format!("run {} ({label}) is done already", id.0)))
            }
            run => Ok((listed.experiment, run)),
        };
    }
    let store = store.path().display();
    Err(CommandError::Usage(format!(
        "{store} holds no run number {}; `mullion queue runs EXPERIMENT` lists them",
        id.0
    )))
}

/// The waiting experiment at a place of the list.
fn at(waiting: &[Waiting], place: usize) -> Result<&Waiting, CommandError> {
    place.checked_sub(1).and_then(|index| waiting.get(index)).ok_or_else(|| {
        CommandError::Usage(match waiting.len() {
            0 => format!("nothing waits at place {place}: nothing waits at all"),
            last => format!("nothing waits at place {place}: the places are 1 to {last}"),
        })
    })
}

fn json((index, waiting): (usize, &Waiting)) -> serde_json::Value {
    serde_json::json!({
        "place": index + 1,
        "name": waiting.name,
        "path": waiting.path,
        "device": waiting.device,
        "resume": waiting.resume,
        "spec": waiting.spec,
    })
}

/// Ctrl-C over one experiment after another.
struct Interrupt {
    came: Arc<AtomicBool>,
    going: Arc<Mutex<Option<Sender<event::Command>>>>,
}

impl Interrupt {
    fn new() -> Self {
        let new = Self { came: Arc::default(), going: Arc::default() };
        let (came, going) = (Arc::clone(&new.came), Arc::clone(&new.going));
        on_interrupt(move || {
            came.store(true, Ordering::Relaxed);
            if let Some(going) = &*going.lock().unwrap_or_else(PoisonError::into_inner) {
                let _ = going.send(event::Command::Stop);
            }
        });
        new
    }

    fn came(&self) -> bool {
        self.came.load(Ordering::Relaxed)
    }

    /// From now on it is this experiment that is stopped.
    fn passes_to(&self, commands: Sender<event::Command>) {
        let mut going = self.going.lock().unwrap_or_else(PoisonError::into_inner);
        // One that came just before it was heard by nobody.
        if self.came() {
            let _ = commands.send(event::Command::Stop);
        }
        *going = Some(commands);
    }
}
