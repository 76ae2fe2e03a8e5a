//! What stands behind the window: the same runner, tokenizers and M1s as behind the commands.

use super::CommandError;
use super::figures;
use super::windows::{Coder, open_m1};
use crate::app::Workbench;
use crate::experiment::event::{Event, Level, Outcome};
use crate::experiment::spec::Spec;
use crate::experiment::{Handle, Request, start};
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
    coder: RwLock<Arc<Coder>>,
}

impl Desk {
    pub fn new(results: PathBuf, m1: Option<&Path>) -> Result<Self, CommandError> {
        Ok(Self { results, coder: RwLock::new(Arc::new(open_m1(m1)?)) })
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
        let name = spec.name.clone();
        let request = Request { spec, device, results: self.results.clone(), resume };
        let handle = start(request).map_err(|error| error.to_string())?;
        with_figures(handle, self.results.clone(), name)
    }

    fn windows(&self, text: &[u8], method: &Method, cancel: &Arc<AtomicBool>) -> Result<WindowsView, String> {
        self.coder().inspect(text, method, cancel).map_err(|error| error.to_string())
    }

    fn m1_description(&self) -> String {
        self.coder().description.clone()
    }

    fn use_m1(&self, path: &Path) -> Result<String, String> {
        let coder = Arc::new(open_m1(Some(path)).map_err(|error| error.to_string())?);
        let description = coder.description.clone();
        *self.coder.write().unwrap_or_else(PoisonError::into_inner) = coder;
        Ok(description)
    }
}

/// Passes a run's events on, and draws its figures before its end is told, as `mullion run` does.
fn with_figures(handle: Handle, results: PathBuf, name: String) -> Result<Handle, String> {
    let Handle { commands, events, thread } = handle;
    let (sender, passed_on) = std::sync::mpsc::channel();
    let pass = move || {
        for event in events {
            if event == Event::Finished(Outcome::Done) {
                match figures::draw(&results, &name) {
                    Ok(paths) => {
                        for path in paths {
                            let _ = sender.send(Event::Message {
                                level: Level::Info,
                                text: format!("figure: {}", path.display()),
                            });
                        }
                    }
                    Err(error) => {
                        let _ = sender.send(Event::Message {
                            level: Level::Error,
                            text: format!("the figures could not be drawn: {error}"),
                        });
                    }
                }
            }
            // A window that has closed needs no events; the run itself goes on to its checkpoint.
            let _ = sender.send(event);
        }
        // The events have ended, so the worker has nothing left to do.
        let _ = thread.join();
    };
    let thread =
        std::thread::Builder::new().name("figures".to_owned()).spawn(pass).map_err(|error| error.to_string())?;
    Ok(Handle { commands, events: passed_on, thread })
}
