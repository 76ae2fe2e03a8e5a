//! Background work that a pane waits for: its answer to come, how far it is, and the means to stop it. The Status pane lists it
//! too.

use super::background::{Background, Progress};
use super::works::Works;
use egui::{Context, ProgressBar, Ui};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Parts that a whole is counted in.
const WHOLE: u32 = 1000;

/// Says how much is done of how much (0 where nobody knows), and hears whether to go on.
pub type GoOn<'a> = &'a mut dyn FnMut(u64, u64) -> bool;

/// Work under way.
pub struct Errand<T> {
    name: String,
    cancel: Arc<AtomicBool>,
    /// In parts of [`WHOLE`]; more, where nobody knows.
    share: Arc<AtomicU32>,
    answer: Background<T>,
}

/// What has come of it.
pub enum Outcome<T> {
    Waiting,
    Done(T),
    /// It broke inside Mullion; the words to say so.
    Lost(String),
}

impl<T: Send + 'static> Errand<T> {
    /// Begins work under a name such as `Mapping all codes`. `work` is given what to report to, and the flag that says to stop.
    ///
    /// # Errors
    /// The operating system refuses another thread; the words to say so.
    pub fn start(
        ctx: &Context,
        works: &Works,
        name: &str,
        work: impl FnOnce(GoOn<'_>, &Arc<AtomicBool>) -> T + Send + 'static,
    ) -> Result<Self, String> {
        let listed = works.begin(name);
        let (cancel, share) = (listed.cancel(), Arc::new(AtomicU32::new(u32::MAX)));
        let (flag, told, waker) = (Arc::clone(&cancel), Arc::clone(&share), ctx.clone());
        let job = move || {
            let mut shown = u32::MAX;
            let mut go_on = |done: u64, total: u64| {
                listed.progress(done, total);
                let parts = done.saturating_mul(u64::from(WHOLE)).checked_div(total);
                let parts = parts.map_or(u32::MAX, |parts| parts.min(u64::from(WHOLE)) as u32);
                // A frame for every part would be too many.
                if parts / 10 != shown / 10 {
                    shown = parts;
                    told.store(parts, Ordering::Relaxed);
                    waker.request_repaint();
                }
                !flag.load(Ordering::Relaxed)
            };
            work(&mut go_on, &flag)
        };
        let answer = Background::start(ctx, job);
        let refused = |error| format!("{name}: the system refused a thread ({error}). Close something and try again.");
        Ok(Self { name: name.to_owned(), cancel, share, answer: answer.map_err(refused)? })
    }

    /// Looks without waiting.
    pub fn poll(&self) -> Outcome<T> {
        match self.answer.poll() {
            Progress::Waiting => Outcome::Waiting,
            Progress::Done(answer) => Outcome::Done(answer),
            Progress::Lost => {
                Outcome::Lost(format!("{} failed inside Mullion; this is a defect, please report it.", self.name))
            }
        }
    }

    /// Tells it to end soon.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    /// Whether it was told to end.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    /// How far it is, and a button that stops it.
    pub fn show(&self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            let share = self.share.load(Ordering::Relaxed);
            if ui.button("Cancel").on_hover_text(format!("Stop: {}", self.name)).clicked() {
                self.cancel();
            }
            if share > WHOLE {
                ui.spinner();
                ui.label(&self.name);
            } else {
                let fraction = share as f32 / WHOLE as f32;
                ui.add(ProgressBar::new(fraction).desired_width(120.0).show_percentage());
                ui.label(&self.name);
            }
        });
    }
}

impl<T> Drop for Errand<T> {
    /// Nobody waits for the answer any more.
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}
