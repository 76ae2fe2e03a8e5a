//! Figures of the run that trains now or trained last, and the change of its learning rate.

use crate::app::live_run::{Followed, Phase};
use crate::app::{format, labelled};
use crate::experiment::event::{Command, RunId, RunInfo, Series, Snapshot, Status};
use crate::figure::chart::{Unit, number};
use egui::containers::menu::{MenuButton, MenuConfig};
use egui::text::LayoutJob;
use egui::{DragValue, Label, PopupCloseBehavior, TextFormat, TextStyle, Ui};

/// Factors that are often wanted.
const FACTORS: [f64; 4] = [0.1, 0.5, 2.0, 10.0];
const LEAST: f64 = 1e-3;
const MOST: f64 = 1e3;

/// What the reader is about to multiply the rate by.
pub struct Readouts {
    factor: f64,
    /// The run that was seen training last.
    last: Option<RunId>,
}

impl Default for Readouts {
    fn default() -> Self {
        Self { factor: 0.5, last: None }
    }
}

fn is_busy(run: &RunInfo) -> bool {
    matches!(run.status, Status::Running | Status::Paused)
}

/// A figure behind what it is.
fn say(ui: &mut Ui, name: &str, value: String, meaning: &str) {
    let font = TextStyle::Body.resolve(ui.style());
    let mut job = LayoutJob::default();
    let weak = TextFormat::simple(font.clone(), ui.visuals().weak_text_color());
    job.append(&format!("{name} "), 0.0, weak);
    job.append(&value, 0.0, TextFormat::simple(font, ui.visuals().text_color()));
    ui.add(Label::new(job).truncate()).on_hover_text(meaning);
}

impl Readouts {
    /// Draws the row; nothing while no run trains or has trained.
    pub fn show(&mut self, ui: &mut Ui, followed: &Followed) -> Option<Command> {
        let snapshot = &followed.snapshot;
        let run = self.run(snapshot)?;
        let latest = |series| snapshot.curve(run.id, series).last().map(|[_, value]| *value);
        let rate = latest(Series::LearningRate)?;
        // A stage that counts steps is one that trains.
        let trains = snapshot.progress.as_ref().is_some_and(|progress| progress.unit == "steps")
            && matches!(followed.phase(), Phase::Running | Phase::Paused)
            && is_busy(run);
        let mut asked = None;
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 14.0;
            ui.add_enabled_ui(trains, |ui| {
                let menu = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
                let text = format!("Learning rate {}", number::alone(rate, Unit::Plain));
                let (button, _) = MenuButton::new(text).config(menu).ui(ui, |ui| asked = self.menu(ui));
                button
                    .on_hover_text("Change it from the next step on; the change is recorded and marked in the charts")
                    .on_disabled_hover_text("It can be changed while a model trains");
            });
            if let Some(factor) = latest(Series::RateFactor) {
                say(ui, "schedule", format!("× {factor}"), "What the schedule's learning rate is multiplied by now");
            }
            if let Some(speed) = latest(Series::TokensPerSecond) {
                let speed = format!("{} tokens/s", format::rate(speed));
                say(ui, "speed", speed, "Of whole training steps, over the last moments");
            }
            if let Some(memory) = latest(Series::MemoryBytes) {
                let memory = number::alone(memory, Unit::Bytes);
                say(ui, "memory", memory, "Resident memory of this process, with the window");
            }
            if let Some(seconds) = latest(Series::Seconds) {
                say(ui, "trained", format::clock(seconds), "Training time of this run, pauses left out");
            }
            // Where there is room; the stage says it, too, while it goes.
            let wanted = labelled::width(ui, "run ") + labelled::width(ui, &run.label);
            if snapshot.runs.len() > 1 && ui.available_size_before_wrap().x > wanted {
                say(ui, "run", run.label.clone(), "The run that these figures are of");
            }
        });
        asked
    }

    /// The run that trains, or else the one that did so last; none before the first.
    fn run<'s>(&mut self, snapshot: &'s Snapshot) -> Option<&'s RunInfo> {
        let trained = |run: &&RunInfo| !snapshot.curve(run.id, Series::LearningRate).is_empty();
        if let Some(going) = snapshot.runs.iter().filter(trained).rfind(|run| is_busy(run)) {
            self.last = Some(going.id);
            return Some(going);
        }
        let last = snapshot.runs.iter().find(|run| Some(run.id) == self.last).filter(trained);
        last.or_else(|| snapshot.runs.iter().rfind(trained))
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
