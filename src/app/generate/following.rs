//! A text in the making, followed off the drawing thread: what is told is gathered, the window woken, and a cancel from the
//! Status pane passed on even while the pane is hidden.

use crate::app::workbench::Workbench;
use crate::app::works::Work;
use crate::experiment::generate::{Ended, Handle, Request, Told};
use egui::Context;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A cancel from elsewhere is seen this soon.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The pane's end.
pub struct Following {
    told: Arc<Mutex<Vec<Told>>>,
    stop: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
}

impl Following {
    /// Begins to write.
    ///
    /// # Errors
    /// If the system gives no thread. A request that is refused comes as the last that is told.
    pub fn start(ctx: &Context, workbench: &Arc<dyn Workbench>, request: Request, work: Work) -> Result<Self, String> {
        let following = Self { told: Arc::default(), stop: work.cancel(), over: Arc::default() };
        let (told, stop, over) = (following.told.clone(), following.stop.clone(), following.over.clone());
        let (ctx, workbench) = (ctx.clone(), Arc::clone(workbench));
        let total = (request.tokens * request.runs.len()) as u64;
        let tell = move |news: Told| told.lock().unwrap_or_else(PoisonError::into_inner).push(news);
        let follow = move || {
            match workbench.generate(request) {
                Ok(handle) => follow(handle, &stop, &work, total, &mut |news| {
                    tell(news);
                    ctx.request_repaint();
                }),
                Err(why) => tell(Told::Finished(Ended::Failed(why))),
            }
            drop(work);
            over.store(true, Ordering::Release);
            ctx.request_repaint();
        };
        let thread = std::thread::Builder::new().name("following".to_owned()).spawn(follow);
        thread.map(|_| following).map_err(|error| format!("The system refused a thread to write on: {error}."))
    }

    /// What was told since the last call, and whether nothing more will come.
    pub fn take(&self) -> (Vec<Told>, bool) {
        let over = self.over.load(Ordering::Acquire);
        (std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner)), over)
    }

    /// Asks the writer to stop.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

fn follow(handle: Handle, stop: &AtomicBool, work: &Work, total: u64, tell: &mut dyn FnMut(Told)) {
    let mut done = 0;
    loop {
        handle.cancel.fetch_or(stop.load(Ordering::Relaxed), Ordering::Relaxed);
        match handle.told.recv_timeout(LOOK_EVERY) {
            Ok(news) => {
                if let Told::Wrote(_, chunk) = &news {
                    done += chunk.tokens.len() as u64;
                    work.progress(done, total);
                }
                tell(news);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    // Its last word has come, so it has ended.
    drop(handle.thread.join());
}
