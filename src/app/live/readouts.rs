//! Figures of the run that trains now, and the change of its learning rate.

use crate::app::format;
use crate::app::live_run::{Followed, Phase};
use crate::experiment::event::{Command, RunInfo, Series, Status};
use crate::figure::chart::{Unit, number};
use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{DragValue, PopupCloseBehavior, RichText, Ui};

/// Factors that are often wanted.
const FACTORS: [f64; 4] = [0.1, 0.5, 2.0, 10.0];
const LEAST: f64 = 1e-3;
const MOST: f64 = 1e3;

/// What the reader is about to multiply the rate by.
pub struct Readouts {
    factor: f64,
}

impl Default for Readouts {
    fn default() -> Self {
        Self { factor: 0.5 }
    }
}

impl Readouts {
    /// Draws the row; nothing while no run trains or has trained.
    pub fn show(&mut self, ui: &mut Ui, followed: &Followed) -> Option<Command> {
        let snapshot = &followed.snapshot;
        let busy = |run: &&RunInfo| matches!(run.status, Status::Running | Status::Paused);
        let run = snapshot.runs.iter().rfind(busy).or(snapshot.runs.iter().rfind(|run| run.status == Status::Done))?;
        let latest = |series| snapshot.curve(run.id, series).last().map(|[_, value]| *value);
        let rate = latest(Series::LearningRate)?;
        // A stage that counts steps is one that trains.
        let trains = snapshot.progress.as_ref().is_some_and(|progress| progress.unit == "steps")
            && matches!(followed.phase(), Phase::Running | Phase::Paused)
            && busy(&run);
        let mut asked = None;
        ui.horizontal_wrapped(|ui| {
            ui.add_enabled_ui(trains, |ui| {
                let menu = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
                let text = format!("Learning rate {}", number::alone(rate, Unit::Plain));
                let (button, _) = MenuButton::new(text).config(menu).ui(ui, |ui| asked = self.menu(ui));
                button
                    .on_hover_text("Change it from the next step on; the change is recorded and marked in the charts")
                    .on_disabled_hover_text("It can be changed while a model trains");
            });
            let mut say = |text: String, meaning: &str| {
                ui.label(RichText::new(text).monospace()).on_hover_text(meaning);
            };
            if let Some(factor) = latest(Series::RateFactor) {
                say(format!("× {factor}"), "What the schedule's learning rate is multiplied by now");
            }
            if let Some(speed) = latest(Series::TokensPerSecond) {
                say(format!("{} tokens/s", format::rate(speed)), "Of whole training steps, over the last moments");
            }
            if let Some(memory) = latest(Series::MemoryBytes) {
                say(number::alone(memory, Unit::Bytes), "Resident memory of this process, with the window");
            }
            if let Some(seconds) = latest(Series::Seconds) {
                say(format!("trained {}", format::clock(seconds)), "Training time of this run, pauses left out");
            }
        });
        asked
    }

    fn menu(&mut self, ui: &mut Ui) -> Option<Command> {
        let mut factor = None;
        ui.set_max_width(190.0);
        ui.label("Multiply the learning rate by");
        ui.horizontal(|ui| {
            for preset in FACTORS {
                if ui.button(format!("× {preset}")).clicked() {
                    factor = Some(preset);
                }
            }
        });
        ui.horizontal(|ui| {
            let label = ui.label("Factor");
            let field = DragValue::new(&mut self.factor).range(LEAST..=MOST).speed(0.01).max_decimals(4);
            ui.add(field).labelled_by(label.id);
            if ui.button("Apply").clicked() {
                factor = Some(self.factor);
            }
        });
        if factor.is_some() {
            ui.close();
        }
        factor.map(Command::ScaleRate)
    }
}
