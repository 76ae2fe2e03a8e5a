//! A workbench that plays its part.

mod cutting;
mod filming;
mod generating;
mod mapping;
mod running;
mod testing;

pub use generating::FakeText;
use mullion::app::Counted;
use mullion::experiment::Resume;
use mullion::experiment::event::{Command, Event};
use mullion::experiment::generate::Writer;
use mullion::gpu::DeviceChoice;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Mutex, MutexGuard};
use std::time::SystemTime;

/// The run's side of a started experiment.
pub struct FakeRun {
    pub events: Sender<Event>,
    pub commands: Receiver<Command>,
    /// Dropping it ends the run's thread.
    pub alive: Sender<()>,
}

/// What a start was asked for.
pub type Started = (String, PathBuf, DeviceChoice, Resume);

#[derive(Default)]
pub struct FakeWorkbench {
    /// Where the store of results lies, or would.
    pub store: PathBuf,
    pub cuts: Mutex<Vec<(Vec<u8>, String)>>,
    pub steps: Mutex<Vec<(mullion::tokenizer::Passage, String)>>,
    pub starts: Mutex<Vec<Started>>,
    pub run: Mutex<Option<FakeRun>>,
    pub refuse_start: Mutex<Option<String>>,
    pub refuse_cut: Mutex<Option<String>>,
    pub m1: Mutex<String>,
    pub writers: Mutex<Vec<Writer>>,
    pub refuse_writers: Mutex<Option<String>>,
    pub text: Mutex<Option<FakeText>>,
    /// Bits and M1 of each atlas that was asked for.
    pub atlases: Mutex<Vec<(u16, Option<PathBuf>)>>,
    pub refuse_atlas: Mutex<Option<String>>,
    pub counted: Mutex<Vec<Counted>>,
    /// The M1 that scored runs say they are of.
    pub scored_m1: Mutex<String>,
    /// Steps of the frames that there are.
    pub film: Mutex<Vec<u64>>,
    /// When they were written.
    pub film_written: Mutex<Option<SystemTime>>,
    /// How often a frame was cut.
    pub filmed: Mutex<usize>,
    /// Atlases are of so many bits; 9 where none is said.
    pub atlas_bits: Mutex<Option<u16>>,
    /// Counting goes on until it is cancelled.
    pub hold_counts: Mutex<bool>,
    /// Measuring the time goes on until it is cancelled; how often it was.
    pub measures_cancelled: Mutex<usize>,
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no test thread panics while it holds a lock")
}
