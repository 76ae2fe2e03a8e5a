//! The steps of the selected window: asked for off the UI thread, kept, and shown one at a time.

use super::interval::{self, IntervalState};
use crate::app::background::{Background, Progress};
use crate::app::workbench::Workbench;
use crate::tokenizer::{Method, Passage, Steps};
use egui::{RichText, Ui};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A question on its way; dropping it cancels it.
struct Asked {
    cancel: Arc<AtomicBool>,
    answer: Background<Result<Steps, String>>,
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

/// The step-through of one window after the other.
#[derive(Default)]
pub struct Stepping {
    /// Whose steps are asked for or shown.
    window: Option<(Passage, Method)>,
    asked: Option<Asked>,
    answer: Option<Result<Steps, String>>,
    interval: IntervalState,
}

impl Stepping {
    /// Lets go of what is known, such as when another M1 codes.
    pub fn forget(&mut self) {
        (self.window, self.asked, self.answer) = (None, None, None);
    }

    /// The steps that show.
    pub fn steps(&self) -> Option<&Steps> {
        self.answer.as_ref()?.as_ref().ok()
    }

    /// Draws the steps of a window, once they are there; of none, what to do.
    pub fn show(&mut self, ui: &mut Ui, workbench: &Arc<dyn Workbench>, window: Option<(Passage, &Method)>) {
        let Some((passage, method)) = window else {
            ui.weak("Choose a window in the text to go through its code byte by byte.");
            return;
        };
        let is_known = |known: &(Passage, Method)| known.0 == passage && known.1 == *method;
        if !self.window.as_ref().is_some_and(is_known) {
            self.ask(ui, workbench, passage, method.clone());
        }
        self.poll();
        match &self.answer {
            None => {
                ui.horizontal(|ui| {
                    ui.spinner();
                    ui.weak("Coding the window again, byte by byte…");
                });
            }
            Some(Err(message)) => {
                ui.label(RichText::new(message).color(ui.visuals().error_fg_color));
            }
            Some(Ok(steps)) => {
                interval::show(ui, &mut self.interval, steps);
            }
        }
    }

    fn ask(&mut self, ui: &Ui, workbench: &Arc<dyn Workbench>, passage: Passage, method: Method) {
        self.forget();
        self.interval.restart();
        let cancel = Arc::new(AtomicBool::new(false));
        let (workbench, flag) = (Arc::clone(workbench), Arc::clone(&cancel));
        let (of, by) = (passage.clone(), method.clone());
        match Background::start(ui.ctx(), move || workbench.steps(&of, &by, &flag)) {
            Ok(answer) => self.asked = Some(Asked { cancel, answer }),
            Err(error) => self.answer = Some(Err(format!("The system refused a thread to code in ({error})."))),
        }
        self.window = Some((passage, method));
    }

    fn poll(&mut self) {
        let Some(asked) = &self.asked else {
            return;
        };
        self.answer = match asked.answer.poll() {
            Progress::Waiting => return,
            Progress::Done(answer) => Some(answer),
            Progress::Lost => {
                Some(Err("Following this window failed inside Mullion; this is a defect, please report it.".to_owned()))
            }
        };
        self.asked = None;
    }
}
