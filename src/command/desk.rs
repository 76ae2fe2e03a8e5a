//! What stands behind the window: the same runner, tokenizers and M1s as behind the commands.

use super::CommandError;
use super::coder::{Coder, TrainingOptions};
use super::figures;
use super::m1_choice::M1Choice;
use crate::app::Workbench;
use crate::experiment::event::{Event, ExperimentId, Level, Outcome, Role, Status};
use crate::experiment::spec::Spec;
use crate::experiment::store::Store;
use crate::experiment::{Handle, Request, STORE_FILE, start};
use crate::gpu::DeviceChoice;
use crate::tokenizer::Method;
use crate::tokenizer::view::WindowsView;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};

/// The engine as the window sees it.
pub struct Desk {
    results: PathBuf,
    /// Replaced as a whole when another M1 is chosen, so that a view being made keeps the one it began with.
    coder: Arc<RwLock<Arc<Coder>>>,
}

impl Desk {
    pub fn new(results: PathBuf, m1: &M1Choice) -> Result<Self, CommandError> {
        Ok(Self { results, coder: Arc::new(RwLock::new(Arc::new(Coder::open(m1, TrainingOptions::default())?))) })
    }

    fn coder(&self) -> Arc<Coder> {
        self.coder.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Workbench for Desk {
    fn start(
        &self,
        spec_text: String,
        spec_path: PathBuf,
        device: DeviceChoice,
        resume: bool,
    ) -> Result<Handle, String> {
        let spec = Spec::parse(&spec_text, &spec_path).map_err(|error| error.to_string())?;
        let request = Request { spec, device, results: self.results.clone(), resume };
        let handle = start(request).map_err(|error| error.to_string())?;
        accompany(handle, self.results.join(STORE_FILE), self.coder.clone())
    }

    fn windows(&self, text: &[u8], method: &Method, cancel: &Arc<AtomicBool>) -> Result<WindowsView, String> {
        self.coder().inspect(text, method, cancel).map_err(|error| error.to_string())
    }

    fn m1_description(&self) -> String {
        self.coder().description.clone()
    }

    fn use_m1(&self, path: &Path) -> Result<String, String> {
        let coder = Arc::new(
            Coder::open(&path.to_string_lossy().parse()?, TrainingOptions::default())
                .map_err(|error| error.to_string())?,
        );
        let description = coder.description.clone();
        *self.coder.write().unwrap_or_else(PoisonError::into_inner) = coder;
        Ok(description)
    }
}

/// Passes a run's events on. When its M1 is trained, the windows are cut with it from then on; when the run is done, its
/// figures are drawn before that is told, as `mullion run` does.
fn accompany(handle: Handle, store: PathBuf, coder: Arc<RwLock<Arc<Coder>>>) -> Result<Handle, String> {
    let Handle { commands, events, thread } = handle;
    let (sender, passed_on) = std::sync::mpsc::channel();
    let pass = move || {
        // A window that has closed needs no events; the run itself goes on to its checkpoint.
        let say = |level, text| drop(sender.send(Event::Message { level, text }));
        let mut started = None;
        for event in events {
            match (&event, &started) {
                (Event::Started { experiment, folder, .. }, _) => started = Some((*experiment, folder.clone())),
                (Event::Run(run), Some((_, folder))) if run.role == Role::M1 && run.status == Status::Done => {
                    match Coder::open(&M1Choice::File(folder.join("m1.m1")), TrainingOptions::default()) {
                        Ok(trained) => *coder.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(trained),
                        Err(error) => say(Level::Warning, format!("the windows keep the M1 they had: {error}")),
                    }
                }
                (Event::Finished(Outcome::Done), Some((experiment, _))) => match draw(&store, *experiment) {
                    Ok(paths) => paths.iter().for_each(|path| say(Level::Info, format!("figure: {}", path.display()))),
                    Err(error) => say(Level::Error, format!("the figures could not be drawn: {error}")),
                },
                _ => {}
            }
            drop(sender.send(event));
        }
        // The events have ended, so the worker has nothing left to do.
        drop(thread.join());
    };
    let spawned = std::thread::Builder::new().name("events".to_owned()).spawn(pass);
    Ok(Handle { commands, events: passed_on, thread: spawned.map_err(|error| error.to_string())? })
}

fn draw(store: &Path, experiment: ExperimentId) -> Result<Vec<PathBuf>, CommandError> {
    figures::draw(&Store::open(store)?, experiment)
}
