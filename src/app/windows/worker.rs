//! Cuts text off the UI thread.
//!
//! A latest-value slot: while a slider moves, only the newest request matters, so a new request replaces the one that
//! waits and cancels the one that runs. The pane keeps drawing the last answer meanwhile.

use crate::app::workbench::Workbench;
use crate::tokenizer::Method;
use crate::tokenizer::view::WindowsView;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// What is to be cut, and how.
#[derive(Clone)]
pub struct Request {
    pub text: Arc<[u8]>,
    pub method: Method,
}

/// A request with what became of it.
pub struct Answer {
    pub request: Request,
    pub result: Result<WindowsView, String>,
    /// The M1 that coded it.
    pub m1: String,
}

#[derive(Default)]
struct Slot {
    waiting: Option<Request>,
    /// Set while a request runs; setting the flag ends it early.
    running: Option<Arc<AtomicBool>>,
    answer: Option<Answer>,
    closed: bool,
}

struct Shared {
    slot: Mutex<Slot>,
    wake: Condvar,
}

impl Shared {
    /// The slot holds plain values that are whole between statements, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The worker's end in the pane. Dropping it cancels what runs and ends the thread.
pub struct WindowsWorker {
    shared: Arc<Shared>,
}

impl WindowsWorker {
    /// Starts the thread. `notify` is called after every answer, from that thread.
    ///
    /// # Errors
    /// The operating system refuses another thread.
    pub fn start(workbench: Arc<dyn Workbench>, notify: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { slot: Mutex::default(), wake: Condvar::new() });
        let worker = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("windows".to_owned())
            .spawn(move || serve(&worker, workbench.as_ref(), &notify))?;
        Ok(Self { shared })
    }

    /// Asks for a text to be cut; cancels whatever was asked before.
    pub fn request(&self, request: Request) {
        let mut slot = self.shared.lock();
        if let Some(cancel) = &slot.running {
            cancel.store(true, Ordering::Relaxed);
        }
        slot.waiting = Some(request);
        drop(slot);
        self.shared.wake.notify_one();
    }

    /// The newest answer, once.
    pub fn take_answer(&self) -> Option<Answer> {
        self.shared.lock().answer.take()
    }

    /// Whether an answer is still to come.
    pub fn is_busy(&self) -> bool {
        let slot = self.shared.lock();
        slot.waiting.is_some() || slot.running.is_some()
    }
}

impl Drop for WindowsWorker {
    fn drop(&mut self) {
        let mut slot = self.shared.lock();
        slot.closed = true;
        if let Some(cancel) = &slot.running {
            cancel.store(true, Ordering::Relaxed);
        }
        drop(slot);
        self.shared.wake.notify_one();
    }
}

fn serve(shared: &Shared, workbench: &dyn Workbench, notify: &dyn Fn()) {
    loop {
        let (request, cancel) = {
            let mut slot = shared.lock();
            let request = loop {
                if slot.closed {
                    return;
                }
                match slot.waiting.take() {
                    Some(request) => break request,
                    None => slot = shared.wake.wait(slot).unwrap_or_else(PoisonError::into_inner),
                }
            };
            let cancel = Arc::new(AtomicBool::new(false));
            slot.running = Some(Arc::clone(&cancel));
            (request, cancel)
        };
        // A defect in the coder must cost one answer, not the pane.
        let result = catch_unwind(AssertUnwindSafe(|| workbench.windows(&request.text, &request.method, &cancel)))
            .unwrap_or_else(|_| {
                Err("Cutting this text failed inside Mullion; this is a defect, please report it.".to_owned())
            });
        let m1 = workbench.m1_description();
        let mut slot = shared.lock();
        slot.running = None;
        // A cancelled request has no answer: a newer one waits, or nobody does.
        if !cancel.load(Ordering::Relaxed) {
            slot.answer = Some(Answer { request, result, m1 });
        }
        drop(slot);
        notify();
    }
}
