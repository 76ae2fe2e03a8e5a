//! Runs an experiment on a thread of its own: the window and the command line both start it here, from the same spec.

use super::RunError;
use super::contain::{guarded, is_of_one_run, panic_text};
use super::event::{Event, ExperimentId, Level, Outcome, Role, RunId, RunInfo, Status};
use super::fitting::{fit, fits, methods};
use super::folder_lock::lock;
use super::handle::Handle;
use super::m1::{M1Request, train_m1};
use super::m2::{M2Run, Shared, train_m2};
use super::materials::{self, CodingModel};
use super::queue::Queue;
use super::reporter::{Commands, Next, Reporter, stages_of};
use super::spec::{self, Spec};
use super::store::{NewExperiment, NewRun, Store, StoredExperiment};
use super::text::Text;
use super::{made_with, token_runs, trees};
use crate::corpus::Source;
use crate::durable;
use crate::gpu::{ChosenDevice, DeviceChoice};
use crate::m1::file;
use crate::tokenizer::{Fitted, Materials, Method};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

/// Name of the store within the results folder.
pub const STORE_FILE: &str = "mullion.sqlite";

/// Which experiment to go on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// None: begin anew.
    No,
    /// The latest of the spec's name.
    Latest,
    /// This very one.
    Exactly(ExperimentId),
    /// This very one, and its runs that failed or were cancelled are done again.
    Retrying(ExperimentId),
}

impl From<bool> for Resume {
    /// Whether to go on with the latest.
    fn from(resume: bool) -> Self {
        if resume { Self::Latest } else { Self::No }
    }
}

/// An experiment to run.
#[derive(Debug, Clone)]
pub struct Request {
    pub spec: Spec,
    pub device: DeviceChoice,
    /// The results folder: the store, and a folder per experiment.
    pub results: PathBuf,
    /// Whether to go on with an earlier experiment of this spec instead of beginning anew.
    pub resume: Resume,
    /// When going on with the latest: also do the runs again that failed or were cancelled.
    pub retry: bool,
}

/// Starts the worker. Everything that goes wrong from here on comes as the last event.
pub fn start(request: Request) -> Result<Handle, RunError> {
    let (events_in, events) = channel();
    let (commands, commands_out) = channel();
    let worker = move || {
        let guarded = std::panic::AssertUnwindSafe(|| run(&request, &events_in, Commands::new(commands_out)?));
        let outcome = match std::panic::catch_unwind(guarded) {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => Outcome::Failed(error.to_string()),
            Err(panic) => Outcome::Failed(RunError::Panicked(panic_text(panic.as_ref())).to_string()),
        };
        // A face that has gone away has no need of the outcome; the store has it.
        let _ = events_in.send(Event::Finished(outcome));
    };
    let thread = std::thread::Builder::new()
        .name("experiment".to_owned())
        .spawn(worker)
        .map_err(|source| RunError::Io { path: PathBuf::from("a worker thread"), source })?;
    Ok(Handle { commands, events, thread })
}

fn run(request: &Request, events: &Sender<Event>, commands: Commands) -> Result<Outcome, RunError> {
    // What can be seen to be wrong is refused before anything is made.
    let source = Text::open(&request.spec)?;
    if let spec::M1::File(path) = &request.spec.m1 {
        file::load(path)?;
    }
    durable::create_folder(&request.results)?;
    let mut store = Store::open(&request.results.join(STORE_FILE))?;
    let device = request.device.open()?;
    let experiment = match request.resume {
        Resume::No => create(&mut store, request, &device)?,
        Resume::Latest | Resume::Exactly(_) | Resume::Retrying(_) => find(&store, request)?,
    };
    let _lock = lock(&experiment.details.folder)?;
    let runs = match store.runs(experiment.id)? {
        runs if runs.is_empty() => create_runs(&mut store, &experiment, &request.spec)?,
        runs => runs,
    };
    let spec = &request.spec;
    let trained = usize::from(matches!(spec.m1, spec::M1::Train(_)));
    let measured = spec.tokens.as_ref().map_or(0, |tokens| tokens.methods.len());
    let stages = 1 + usize::from(fits(spec)) + trained + 2 * spec.runs.len() + measured;
    if runs.len() != trained + spec.runs.len() + measured {
        let folder = experiment.details.folder.clone();
        return Err(RunError::Incomplete { name: spec.name.clone(), folder });
    }
    if request.retry || matches!(request.resume, Resume::Retrying(_)) {
        for run in store.held(experiment.id)? {
            store.queue_again(run)?;
        }
    }
    let runs = store.runs(experiment.id)?;
    let queue = Queue::new(runs.clone(), store.held(experiment.id)?);
    let mut reporter = Reporter::new(store, experiment.id, events.clone(), commands, queue, stages);
    reporter.send(Event::Started {
        experiment: experiment.id,
        name: request.spec.name.clone(),
        device: device.to_string(),
        folder: experiment.details.folder.clone(),
    });
    replay(&reporter, &runs)?;
    if experiment.status == Status::Done && reporter.queue.next().is_none() {
        reporter.message(Level::Info, "this experiment is complete already; nothing is trained again")?;
        tell_left_behind(&mut reporter)?;
        return Ok(Outcome::Done);
    }
    // Only what trains has a say in what the experiment is told to have been made on.
    reporter.store.set_device(experiment.id, &device.to_string())?;
    reporter.store.set_experiment_status(experiment.id, &Status::Running)?;
    let result = guarded(|| stages_in_turn(&mut reporter, request, &experiment, source, runs, &device));
    let status = match &result {
        Ok(Outcome::Done) => Status::Done,
        Ok(Outcome::Stopped) => Status::Stopped,
        Ok(Outcome::Failed(reason)) => Status::Failed(reason.clone()),
        Err(error) => Status::Failed(error.to_string()),
    };
    // If the store itself is what failed, its first error is the one to show.
    let recorded = reporter.store.flush().and_then(|()| reporter.store.set_experiment_status(experiment.id, &status));
    let outcome = result?;
    recorded?;
    Ok(outcome)
}

fn stages_in_turn(
    reporter: &mut Reporter,
    request: &Request,
    experiment: &StoredExperiment,
    source: Source,
    mut runs: Vec<RunInfo>,
    device: &ChosenDevice,
) -> Result<Outcome, RunError> {
    let spec = &request.spec;
    let Some(text) = Text::read(reporter, spec, source)? else {
        return Ok(Outcome::Stopped);
    };
    let mut m2_runs = runs.split_off(usize::from(matches!(spec.m1, spec::M1::Train(_))));
    let token_runs = m2_runs.split_off(spec.runs.len().min(m2_runs.len()));
    let Some(fitted) = fit(reporter, spec, &experiment.details.folder, &text)? else {
        return Ok(Outcome::Stopped);
    };
    let followed: Vec<(RunInfo, &spec::RunSpec)> = m2_runs.iter().cloned().zip(&spec.runs).collect();
    let Some(m1) = obtain_m1(reporter, spec, experiment, runs.first_mut(), &fitted, &followed, &text, device)? else {
        return Ok(Outcome::Stopped);
    };
    let (model, m1) = m1.open()?;
    let kept = &experiment.details.folder;
    let trees = Arc::new(trees::open(reporter, kept, model.identity())?);
    let shared = Shared {
        text: &text,
        materials: Materials { model, trees, fitted },
        m1,
        trees_folder: kept,
        device: &device.device,
    };
    made_with::check(kept, &shared.materials, &methods(spec))?;
    let mut work: BTreeMap<RunId, Work> = BTreeMap::new();
    work.extend(m2_runs.iter().map(|run| run.id).zip(spec.runs.iter().map(Work::M2)));
    let tokens = spec.tokens.as_ref();
    let methods = tokens.into_iter().flat_map(|tokens| tokens.methods.iter().map(move |method| (tokens, method)));
    work.extend(token_runs.iter().map(|run| run.id).zip(methods.map(|(spec, method)| Work::Tokens(spec, method))));
    let idle = m2_runs.iter().chain(&token_runs).filter(|run| !reporter.queue.is_waiting(run.id));
    reporter.skip_stages(idle.map(stages_of).sum());
    runs_in_turn(reporter, &work, &shared)
}

/// What a run of the queue does.
enum Work<'s> {
    M2(&'s spec::RunSpec),
    Tokens(&'s spec::TokensSpec, &'s Method),
}

/// Does the runs of the queue until none waits.
fn runs_in_turn(reporter: &mut Reporter, work: &BTreeMap<RunId, Work>, shared: &Shared) -> Result<Outcome, RunError> {
    loop {
        let next = match reporter.next() {
            Next::Pause => reporter.hold(None)?,
            next => next,
        };
        if next == Next::Stop {
            return Ok(Outcome::Stopped);
        }
        let Some(mut run) = reporter.queue.next().cloned() else { break };
        let Some(task) = work.get(&run.id) else {
            // The spec and the store agreed when this began, so this is one of another's making.
            reporter.queue.hold(run.id);
            continue;
        };
        let until = reporter.stages_begun() + stages_of(&run);
        reporter.begin(run.id);
        let done = guarded(|| match task {
            Work::M2(spec) => {
                let folder = shared.trees_folder.join(materials::run_folder(run.id));
                durable::create_folder(&folder)?;
                train_m2(&mut M2Run { reporter: &mut *reporter, run: &mut run, spec, shared, folder: &folder })
            }
            Work::Tokens(spec, method) => token_runs::measure(reporter, &mut run, spec, method, shared),
        });
        let cancelled = reporter.end(until);
        match done {
            Ok(true) => {}
            Ok(false) if cancelled => {
                reporter.hold_run(&mut run, Status::Stopped)?;
                let text = format!("{} was cancelled; it can be retried, from its last checkpoint", run.label);
                reporter.message(Level::Info, text)?;
            }
            Ok(false) => return Ok(Outcome::Stopped),
            Err(error) if is_of_one_run(&error, shared.device) => {
                let text = format!("{} failed, and the other runs go on: {error}", run.label);
                reporter.hold_run(&mut run, Status::Failed(error.to_string()))?;
                reporter.message(Level::Error, text)?;
            }
            Err(error) => {
                // Not held: going on with the experiment goes on with this run.
                reporter.status(&mut run, Status::Failed(error.to_string()))?;
                return Err(error);
            }
        }
    }
    tell_left_behind(reporter)?;
    Ok(Outcome::Done)
}

/// Says which runs are not done although the experiment is.
fn tell_left_behind(reporter: &mut Reporter) -> Result<(), RunError> {
    let (failed, cancelled) = reporter.queue.left_behind();
    for (runs, how) in [(&failed, "failed"), (&cancelled, "cancelled")].map(|(runs, how)| {
        let labels: Vec<String> = runs.iter().map(|run| run.label.clone()).collect();
        (labels, how)
    }) {
        if !runs.is_empty() {
            let (count, labels) = (runs.len(), runs.join(", "));
            let text = format!(
                "{count} {how}: {labels}. Retry them in the Ablation or the Runs pane, or with --resume --retry"
            );
            reporter.message(Level::Warning, text)?;
        }
    }
    Ok(())
}

/// The frozen M1, read from its file or trained, or its stand-in; none if that was stopped.
#[expect(clippy::too_many_arguments, reason = "the stages' common hold on an experiment is all it takes")]
fn obtain_m1(
    reporter: &mut Reporter,
    spec: &Spec,
    experiment: &StoredExperiment,
    run: Option<&mut RunInfo>,
    fitted: &Fitted,
    followed: &[(RunInfo, &spec::RunSpec)],
    text: &Text,
    device: &ChosenDevice,
) -> Result<Option<CodingModel>, RunError> {
    if let Some(model) = CodingModel::given(&spec.m1, fitted)? {
        return Ok(Some(model));
    }
    let (spec::M1::Train(train), Some(run)) = (&spec.m1, run) else {
        let folder = experiment.details.folder.clone();
        return Err(RunError::Incomplete { name: spec.name.clone(), folder });
    };
    if run.status == Status::Done {
        reporter.skip_stages(1);
        return Ok(Some(CodingModel::trained(&experiment.details.folder)?));
    }
    let frozen = experiment.details.folder.join(materials::FROZEN_M1);
    reporter.stage(&format!("train {}", run.label))?;
    let checkpoint = experiment.details.folder.join("m1.checkpoint");
    let film = spec.film.then(|| experiment.details.folder.clone());
    let request = M1Request { spec: train, seed: spec.seed, text, checkpoint, film, frozen, fitted, followed };
    match guarded(|| train_m1(reporter, run, &request, &device.device)) {
        Err(error) => {
            reporter.status(run, Status::Failed(error.to_string()))?;
            Err(error)
        }
        done => Ok(done?.map(CodingModel::from)),
    }
}

fn create(store: &mut Store, request: &Request, device: &ChosenDevice) -> Result<StoredExperiment, RunError> {
    let spec = &request.spec;
    let folder = claim_folder(&request.results, &spec.name)?;
    durable::replace(&folder.join("spec.toml"), |file| file.write_all(spec.text.as_bytes()))?;
    durable::replace(&folder.join(materials::RESOLVED_SPEC), |file| file.write_all(spec.to_toml().as_bytes()))?;
    let version = |name: &str, version: &str| (name.to_owned(), version.to_owned());
    let versions = BTreeMap::from([
        version("mullion", env!("CARGO_PKG_VERSION")),
        version("system", std::env::consts::OS),
        version("processor", std::env::consts::ARCH),
    ]);
    let details = NewExperiment {
        name: spec.name.clone(),
        spec: spec.text.clone(),
        seed: spec.seed,
        device: device.to_string(),
        versions,
        folder,
    };
    let id = store.create_experiment(&details)?;
    store.set_resolved(id, &spec.to_toml())?;
    store.experiment(id)?.ok_or_else(|| RunError::Unknown { id: id.0, store: store.path().to_owned() })
}

/// A new folder `name`, `name-2`, `name-3`, …: nothing that is there is ever written over.
fn claim_folder(results: &Path, name: &str) -> Result<PathBuf, RunError> {
    let mut folder = results.join(name);
    for number in 2.. {
        match std::fs::create_dir(&folder) {
            Ok(()) => break,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(RunError::Io { path: folder, source }),
        }
        folder = results.join(format!("{name}-{number}"));
    }
    Ok(folder)
}

/// The experiment to go on with, if it was begun from this spec: as its author wrote it or with its paths resolved.
fn find(store: &Store, request: &Request) -> Result<StoredExperiment, RunError> {
    let name = request.spec.name.clone();
    let file = || request.results.join(STORE_FILE);
    let row = match request.resume {
        Resume::Exactly(id) | Resume::Retrying(id) => {
            store.experiment(id)?.ok_or_else(|| RunError::Unknown { id: id.0, store: file() })?
        }
        _ => store
            .find_experiment(&name)?
            .ok_or_else(|| RunError::NothingToResume { name: name.clone(), store: file() })?,
    };
    if row.deleted.is_some() {
        return Err(RunError::InTheBin { title: row.title });
    }
    if ![&row.details.spec, &row.resolved].contains(&&request.spec.text) {
        return Err(RunError::OtherSpec { name, kept: row.details.folder.join("spec.toml") });
    }
    Ok(row)
}

fn create_runs(store: &mut Store, experiment: &StoredExperiment, spec: &Spec) -> Result<Vec<RunInfo>, RunError> {
    let experiment = experiment.id;
    let mut runs = Vec::new();
    if let spec::M1::Train(spec::Training { size, steps, .. }) = &spec.m1 {
        runs.push(NewRun {
            experiment,
            role: Role::M1,
            label: format!("M1 {}", size.name),
            method: None,
            size: size.name.to_owned(),
            seed: spec.seed,
            steps: *steps,
        });
    }
    runs.extend(spec.runs.iter().map(|run| NewRun {
        experiment,
        role: Role::M2,
        label: run.label.clone(),
        method: Some(run.method.to_string()),
        size: run.training.size.name.to_owned(),
        seed: run.seed,
        steps: run.training.steps,
    }));
    runs.extend(spec.tokens.iter().flat_map(|tokens| &tokens.methods).map(|method| NewRun {
        experiment,
        role: Role::Tokens,
        label: method.to_string(),
        method: Some(method.to_string()),
        size: "–".to_owned(),
        seed: spec.seed,
        steps: 0,
    }));
    store.create_runs(&runs)?;
    Ok(store.runs(experiment)?)
}

/// Tells a face that joins a resumed experiment what was measured before.
fn replay(reporter: &Reporter, runs: &[RunInfo]) -> Result<(), RunError> {
    for run in runs {
        reporter.send(Event::Run(run.clone()));
        for point in reporter.store.points(run.id)? {
            reporter.send(Event::Point(point));
        }
    }
    Ok(())
}
