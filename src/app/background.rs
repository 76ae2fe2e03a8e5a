//! Work that must not hold up a frame: one closure on a thread of its own, one answer.

use std::sync::mpsc::{Receiver, TryRecvError, channel};

/// The answer to come.
pub struct Background<T>(Receiver<T>);

/// What has come so far.
pub enum Progress<T> {
    Waiting,
    Done(T),
    /// The thread died of a defect and leaves no answer.
    Lost,
}

impl<T: Send + 'static> Background<T> {
    /// Runs `work` and wakes the window once it is done.
    ///
    /// # Errors
    /// The operating system refuses another thread.
    pub fn start(ctx: &egui::Context, work: impl FnOnce() -> T + Send + 'static) -> std::io::Result<Self> {
        let (sender, receiver) = channel();
        let ctx = ctx.clone();
        std::thread::Builder::new().name("background".to_owned()).spawn(move || {
            let answer = work();
            // The window may be gone by now; then nobody needs the answer.
            let _ = sender.send(answer);
            ctx.request_repaint();
        })?;
        Ok(Self(receiver))
    }

    /// Looks without waiting.
    pub fn poll(&self) -> Progress<T> {
        match self.0.try_recv() {
            Ok(answer) => Progress::Done(answer),
            Err(TryRecvError::Empty) => Progress::Waiting,
            Err(TryRecvError::Disconnected) => Progress::Lost,
        }
    }
}
