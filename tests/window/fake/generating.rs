//! Text that nobody wrote.

use super::{FakeWorkbench, lock};
use mullion::app::Generating;
use mullion::experiment::generate::{Handle, Request, Told, Writer};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Sender, channel};

/// The writer's side of a text in the making.
pub struct FakeText {
    pub request: Request,
    pub told: Sender<Told>,
    pub cancel: Arc<AtomicBool>,
}

impl Generating for FakeWorkbench {
    fn writers(&self) -> Result<Vec<Writer>, String> {
        match lock(&self.refuse_writers).clone() {
            Some(why) => Err(why),
            None => Ok(lock(&self.writers).clone()),
        }
    }

    fn generate(&self, request: Request) -> Result<Handle, String> {
        let (told, receiver) = channel();
        let cancel = Arc::new(AtomicBool::new(false));
        *lock(&self.text) = Some(FakeText { request, told, cancel: Arc::clone(&cancel) });
        let thread = std::thread::Builder::new().spawn(|| {}).map_err(|error| error.to_string())?;
        Ok(Handle { told: receiver, cancel, thread })
    }
}
