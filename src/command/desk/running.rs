//! Experiments as the window starts them.

use super::Desk;
use crate::app::Running;
use crate::command::CommandError;
use crate::command::coder::{Coder, TrainingOptions};
use crate::command::figures;
use crate::command::m1_choice::M1Choice;
use crate::command::plan::plan;
use crate::experiment::event::{Event, ExperimentId, Level, Outcome, Role, Status};
use crate::experiment::plan::Plan;
use crate::experiment::spec::Spec;
use crate::experiment::store::Store;
use crate::experiment::{Handle, Request, Resume, STORE_FILE, start};
use crate::gpu::DeviceChoice;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

impl Running for Desk {
    fn start(
        &self,
        spec_text: String,
        spec_path: PathBuf,
        device: DeviceChoice,
        resume: Resume,
    ) -> Result<Handle, String> {
        let spec = Spec::parse(&spec_text, &spec_path).map_err(|error| error.to_string())?;
        let request = Request { spec, device, results: self.results.clone(), resume, retry: false };
        let handle = start(request).map_err(|error| error.to_string())?;
        accompany(handle, self.results.join(STORE_FILE), self.coder.clone())
    }

    fn plan(
        &self,
        spec_text: &str,
        spec_path: &Path,
        device: DeviceChoice,
        measure: bool,
        cancel: &Arc<AtomicBool>,
    ) -> Result<Plan, String> {
        let spec = Spec::parse(spec_text, spec_path).map_err(|error| error.to_string())?;
        let mut go_on = |_, _| !cancel.load(Ordering::Relaxed);
        plan(&spec, device, &self.results, measure, &mut go_on).map_err(|error| error.to_string())
    }

    fn store(&self) -> PathBuf {
        self.results.join(STORE_FILE)
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
                        Ok(trained) => {
                            *coder.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(trained);
                            let text =
                                "the Windows pane cuts with the M1 just trained; “Use another M1…” there goes back";
                            say(Level::Info, text.to_owned());
                        }
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
