//! A run as the window follows it: from the click on Start to the end of its thread.
//!
//! A thread of its own folds the run's events into one snapshot and wakes the window. It asks for a few frames a second,
//! not for one an event: on a small machine every frame that is drawn is taken from training.

use super::workbench::Workbench;
use crate::experiment::Resume;
use crate::experiment::event::{Command, Event, Level, Outcome, Snapshot};
use crate::experiment::handle::Handle;
use crate::gpu::DeviceChoice;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::Duration;

/// Between two frames that a running experiment asks for.
const FRAME: Duration = Duration::from_millis(100);

/// What to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The spec's file: its folder settles relative paths, and messages name it. With a text, no file need be there.
    pub spec: PathBuf,
    /// The spec itself, where it is not to be read from the file.
    pub text: Option<String>,
    pub device: DeviceChoice,
    pub resume: Resume,
}

/// Where the run stands, seen from the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing has begun yet.
    Idle,
    /// The spec is read and checked, the device opened; what shows is of the experiment before.
    Starting,
    Running,
    Paused,
    /// Told to stop, writing its checkpoint.
    Stopping,
    /// The thread has ended.
    Ended,
}

/// What the following thread and the window share. Until an experiment has begun it is what the one before has left: a start
/// that is refused loses nothing.
#[derive(Default)]
pub struct Followed {
    pub snapshot: Snapshot,
    /// Every error of the run in full, also those that the snapshot's list has dropped, and why a start was refused.
    pub errors: Vec<String>,
    /// How many experiments have begun since the window was opened.
    pub begun: u64,
    phase: Option<Phase>,
    /// What was started, with its text.
    origin: Option<Start>,
    /// The start that is under way, or that was refused.
    start: Option<Attempt>,
}

/// A start that has not led to an experiment.
struct Attempt {
    /// What is started, with its text, once that was read.
    start: Option<Start>,
    /// Where things stood before.
    before: Option<Phase>,
    refused: bool,
    /// Why it was refused, until somebody says so.
    untold: Option<String>,
}

#[derive(Default)]
struct Shared {
    followed: Mutex<Followed>,
    commands: Mutex<Option<Sender<Command>>>,
}

/// The latest run; empty before the first.
#[derive(Default)]
pub struct LiveRun {
    shared: Arc<Shared>,
}

impl LiveRun {
    /// Starts a run and follows it. The one before must have ended; what it has left stays until this one has begun.
    pub fn start(&mut self, workbench: Arc<dyn Workbench>, start: Start, ctx: &egui::Context) {
        let mut followed = std::mem::take(&mut *self.followed());
        let before = followed.phase.replace(Phase::Starting);
        followed.start = Some(Attempt { start: None, before, refused: false, untold: None });
        self.shared = Arc::new(Shared { followed: Mutex::new(followed), commands: Mutex::default() });
        let (shared, waker) = (Arc::clone(&self.shared), ctx.clone());
        let thread = Builder::new().name("follow run".to_owned()).spawn(move || {
            let opened = read(&start).and_then(|text| {
                if let Some(attempt) = &mut lock(&shared.followed).start {
                    attempt.start = Some(Start { text: Some(text.clone()), ..start.clone() });
                }
                workbench.start(text, start.spec, start.device, start.resume)
            });
            match opened {
                Ok(handle) => follow(&shared, handle, &waker),
                Err(message) => lock(&shared.followed).refuse(message),
            }
            waker.request_repaint();
        });
        if let Err(error) = thread {
            let message = format!("The run could not be started: the system refused a thread ({error}).");
            self.followed().refuse(message);
        }
    }

    /// What the experiment that shows was started with, its text with it; none before the first.
    pub fn origin(&self) -> Option<Start> {
        self.followed().origin.clone()
    }

    /// Why the last start was refused; told once.
    pub fn take_refusal(&self) -> Option<String> {
        self.followed().start.as_mut()?.untold.take()
    }

    /// The latest state. The run waits for its lock, so hold it for drawing only.
    pub fn followed(&self) -> MutexGuard<'_, Followed> {
        lock(&self.shared.followed)
    }

    pub fn phase(&self) -> Phase {
        self.followed().phase()
    }

    /// Whether work would be lost or left behind if the window closed now.
    pub fn is_active(&self) -> bool {
        !matches!(self.phase(), Phase::Idle | Phase::Ended)
    }

    /// Tells the run something. A run that has ended has nothing left to be told.
    pub fn send(&self, command: Command) {
        if command == Command::Stop {
            let mut followed = self.followed();
            if matches!(followed.phase, Some(Phase::Starting | Phase::Running)) {
                followed.phase = Some(Phase::Stopping);
            }
        }
        if let Some(commands) = lock(&self.shared.commands).as_ref() {
            let _ = commands.send(command);
        }
    }
}

impl Followed {
    pub fn phase(&self) -> Phase {
        match self.phase {
            None => Phase::Idle,
            Some(Phase::Running) if self.snapshot.paused => Phase::Paused,
            Some(phase) => phase,
        }
    }

    /// Whether what shows is of the experiment that was started last.
    pub fn has_begun(&self) -> bool {
        self.start.is_none()
    }

    /// Whether the last start led to nothing.
    pub fn is_refused(&self) -> bool {
        self.start.as_ref().is_some_and(|attempt| attempt.refused)
    }

    /// Whether what was started last has done all that it was to do.
    pub fn is_done(&self) -> bool {
        self.has_begun() && self.snapshot.outcome == Some(Outcome::Done)
    }

    /// What was started has begun: what the one before has left makes room.
    fn begin(&mut self) {
        let Some(attempt) = self.start.take() else { return };
        let stopping = self.phase == Some(Phase::Stopping);
        *self = Self {
            phase: Some(if stopping { Phase::Stopping } else { Phase::Running }),
            begun: self.begun + 1,
            origin: attempt.start,
            ..Self::default()
        };
    }

    fn refuse(&mut self, message: String) {
        if let Some(attempt) = &mut self.start {
            self.phase = attempt.before;
            attempt.refused = true;
            attempt.untold = Some(message.clone());
        }
        self.errors.push(message);
    }
}

/// The spec's text.
fn read(start: &Start) -> Result<String, String> {
    match &start.text {
        Some(text) => Ok(text.clone()),
        None => std::fs::read_to_string(&start.spec).map_err(|error| {
            format!(
                "The spec {} cannot be read: {error}. Check the path, or browse for the file.",
                start.spec.display()
            )
        }),
    }
}

fn follow(shared: &Shared, handle: Handle, ctx: &egui::Context) {
    let Handle { commands, events, thread } = handle;
    *lock(&shared.commands) = Some(commands.clone());
    // Stop may have been asked for while the run was starting, before there was anyone to tell.
    if lock(&shared.followed).phase == Some(Phase::Stopping) {
        let _ = commands.send(Command::Stop);
    }
    drop(commands);
    fold_all(shared, &events, ctx);
    let panicked = thread.join().is_err();
    let mut followed = lock(&shared.followed);
    if !followed.is_refused() && (!followed.has_begun() || followed.snapshot.outcome.is_none()) {
        let how = if panicked { "stopped on a defect in Mullion" } else { "ended without saying how" };
        let message = format!(
            "The run {how}. What was recorded is kept: tick “Resume the earlier run” and start again to go on from the last checkpoint."
        );
        followed.fold(Event::Finished(Outcome::Failed(message)));
    }
    if followed.has_begun() {
        followed.phase = Some(Phase::Ended);
    }
    drop(followed);
    *lock(&shared.commands) = None;
}

fn fold_all(shared: &Shared, events: &Receiver<Event>, ctx: &egui::Context) {
    while let Ok(event) = events.recv() {
        let mut followed = lock(&shared.followed);
        followed.fold(event);
        while let Ok(event) = events.try_recv() {
            followed.fold(event);
        }
        drop(followed);
        ctx.request_repaint_after(FRAME);
    }
}

impl Followed {
    fn fold(&mut self, event: Event) {
        if !self.has_begun() {
            match event {
                // It failed before it was in the store.
                Event::Finished(Outcome::Failed(message)) => return self.refuse(message),
                // Said before it fails, and with its reason.
                Event::Message { .. } => return self.snapshot.apply(event),
                _ => self.begin(),
            }
        }
        let error = match &event {
            Event::Message { level: Level::Error, text } | Event::Finished(Outcome::Failed(text)) => Some(text),
            _ => None,
        };
        // A run says its error and then fails with it: once is enough.
        if let Some(text) = error.filter(|text| self.errors.last() != Some(text)) {
            self.errors.push(text.clone());
        }
        self.snapshot.apply(event);
    }
}

/// What the locks guard is whole between statements, so a poisoned one is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
