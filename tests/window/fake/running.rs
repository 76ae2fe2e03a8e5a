//! Experiments that a test steers.

use super::{FakeRun, FakeWorkbench, lock};
use mullion::app::Running;
use mullion::experiment::Resume;
use mullion::experiment::handle::Handle;
use mullion::experiment::plan::{Plan, Rates};
use mullion::experiment::spec::Spec;
use mullion::gpu::DeviceChoice;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

impl Running for FakeWorkbench {
    fn start(&self, text: String, path: PathBuf, device: DeviceChoice, resume: Resume) -> Result<Handle, String> {
        if let Some(message) = lock(&self.refuse_start).clone() {
            return Err(message);
        }
        // Held until the run is there, too: whoever sees the one sees the other.
        let mut starts = lock(&self.starts);
        starts.push((text, path, device, resume));
        let (commands, command_receiver) = channel();
        let (event_sender, events) = channel();
        let (alive, end) = channel::<()>();
        let thread = std::thread::spawn(move || {
            let _ = end.recv();
        });
        *lock(&self.run) = Some(FakeRun { events: event_sender, commands: command_receiver, alive });
        Ok(Handle { commands, events, thread })
    }

    /// Measuring goes on until it is cancelled.
    fn plan(
        &self,
        text: &str,
        path: &Path,
        _: DeviceChoice,
        measure: bool,
        cancel: &Arc<AtomicBool>,
    ) -> Result<Plan, String> {
        let spec = Spec::parse(text, path).map_err(|error| error.to_string())?;
        if measure {
            while !cancel.load(Ordering::Relaxed) {
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
            *lock(&self.measures_cancelled) += 1;
        }
        Ok(Plan::new(&spec, "the test's device", &Rates::default()))
    }

    fn store(&self) -> PathBuf {
        self.store.clone()
    }
}
