//! The live pane: controls, curves, results and messages of the running experiment.

mod plots;
mod results;
mod run_controls;

use self::plots::{Choices, Source, ThinnedCurves};
use self::run_controls::{Asked, RunControls};
use crate::app::board::{Action, Board};
use crate::app::live_run::{Followed, Start};
use crate::app::theme;
use crate::app::workbench::Workbench;
use crate::experiment::event::{Level, Outcome, RunId, Snapshot};
use crate::gpu::DeviceChoice;
use egui::{Context, Frame, RichText, ScrollArea, Ui};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Below this a plot cannot be read; the pane scrolls instead.
const LEAST_PLOT_HEIGHT: f32 = 110.0;
/// Two plots side by side need this width.
const TWO_COLUMNS: f32 = 480.0;
/// Title and spacing of one plot.
const PLOT_TITLE: f32 = 29.0;

/// What the lower part shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lower {
    Curves,
    Results,
    Messages,
}

/// What is kept between starts.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Kept {
    pub spec: String,
    pub device: String,
    pub choices: Choices,
}

/// The pane.
pub struct LivePane {
    controls: RunControls,
    choices: Choices,
    lower: Lower,
    hidden: BTreeSet<RunId>,
    curves: ThinnedCurves,
    /// How many of the run's errors the reader has put away.
    dismissed: usize,
    /// Whether the results came forward already when the run was done.
    results_shown: bool,
}

impl LivePane {
    pub fn new(_ctx: &Context, _workbench: &Arc<dyn Workbench>, kept: &Kept) -> Self {
        let device = kept.device.parse().unwrap_or(DeviceChoice::Auto);
        Self {
            controls: RunControls::new(kept.spec.clone(), device),
            choices: kept.choices,
            lower: Lower::Curves,
            hidden: BTreeSet::new(),
            curves: ThinnedCurves::default(),
            dismissed: 0,
            results_shown: false,
        }
    }

    pub fn kept(&self) -> Kept {
        Kept {
            spec: self.controls.spec.path.clone(),
            device: self.controls.device.name().to_owned(),
            choices: self.choices,
        }
    }

    /// What a click on Start would start, once a spec is named.
    pub fn start(&self) -> Option<Start> {
        self.controls.start()
    }

    /// An experiment is about to start: what was said of the one before is put away.
    pub fn begin(&mut self) {
        self.hidden.clear();
        self.curves.clear();
        self.dismissed = 0;
        self.results_shown = false;
        self.lower = Lower::Curves;
    }

    pub fn show(&mut self, ui: &mut Ui, board: &mut Board) {
        let followed = board.run.followed();
        let asked = self.controls.show(ui, &followed);
        show_errors(ui, &followed, &mut self.dismissed);
        if followed.snapshot.outcome == Some(Outcome::Done) && !self.results_shown {
            self.results_shown = true;
            self.lower = Lower::Results;
        }
        ui.separator();
        show_choices(ui, &mut self.lower, &mut self.choices, &followed);
        match self.lower {
            Lower::Curves => {
                let source = Source { snapshot: &followed.snapshot, hidden: &self.hidden, choices: self.choices };
                show_curves(ui, &source, &mut self.curves);
                show_legend(ui, &followed.snapshot, &mut self.hidden);
            }
            Lower::Results => results::show(ui, &followed.snapshot),
            Lower::Messages => show_messages(ui, &followed),
        }
        drop(followed);
        match asked {
            Some(Asked::Start(start)) => {
                board.ask(Action::Start(start));
            }
            Some(Asked::Tell(command)) => board.run.send(command),
            None => {}
        }
    }
}

/// The latest error in full, until it is put away; all of them stay under Messages.
fn show_errors(ui: &mut Ui, followed: &Followed, dismissed: &mut usize) {
    let errors = &followed.errors;
    let Some(latest) = errors.last().filter(|_| errors.len() > *dismissed) else {
        return;
    };
    let color = ui.visuals().error_fg_color;
    let frame = Frame::new().stroke(egui::Stroke::new(1.0, color)).corner_radius(4).inner_margin(8);
    frame.fill(color.gamma_multiply(0.08)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ScrollArea::vertical().id_salt("error").max_height(120.0).show(ui, |ui| {
            ui.label(RichText::new(latest).color(color));
        });
        ui.horizontal(|ui| {
            if ui.button("Copy the error").clicked() {
                ui.ctx().copy_text(errors.join("\n\n"));
            }
            if ui.button("Put away").on_hover_text("It stays under Messages").clicked() {
                *dismissed = errors.len();
            }
            let waiting = errors.len() - *dismissed;
            if waiting > 1 {
                ui.label(RichText::new(format!("the latest of {waiting}; all are under Messages")).weak());
            }
        });
    });
}

/// Which lower part shows, and the choices of the curves.
fn show_choices(ui: &mut Ui, lower: &mut Lower, choices: &mut Choices, followed: &Followed) {
    ui.horizontal_wrapped(|ui| {
        ui.selectable_value(lower, Lower::Curves, "Curves");
        ui.selectable_value(lower, Lower::Results, "Results");
        let messages = followed.snapshot.messages.len();
        let name = if messages == 0 { "Messages".to_owned() } else { format!("Messages ({messages})") };
        ui.selectable_value(lower, Lower::Messages, name);
        if *lower == Lower::Curves {
            ui.add_space(12.0);
            ui.checkbox(&mut choices.log_x, "Log steps").on_hover_text("Steps on a logarithmic axis");
            ui.checkbox(&mut choices.above_trivial, "Above trivial")
                .on_hover_text("Accuracy less what the best constant guess at that position reaches");
        }
    });
}

/// One row of a box for each run; ticked runs are drawn, in the colour of their box.
fn show_legend(ui: &mut Ui, snapshot: &Snapshot, hidden: &mut BTreeSet<RunId>) {
    ScrollArea::vertical().id_salt("legend").show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(14.0, 0.0);
            for (index, run) in snapshot.runs.iter().enumerate() {
                let color = theme::run_color(index, ui.visuals());
                let visuals = ui.visuals_mut();
                for widget in [&mut visuals.widgets.inactive, &mut visuals.widgets.hovered, &mut visuals.widgets.active]
                {
                    widget.bg_fill = color;
                }
                let mut shown = !hidden.contains(&run.id);
                if ui.checkbox(&mut shown, &run.label).changed() {
                    if shown {
                        hidden.remove(&run.id)
                    } else {
                        hidden.insert(run.id)
                    };
                }
            }
        });
    });
}

/// Bits per byte over the whole width, the other two below it; one under the other where the pane is narrow.
fn show_curves(ui: &mut Ui, source: &Source<'_>, curves: &mut ThinnedCurves) {
    let legend = legend_height(ui, source.snapshot);
    let room = ui.available_height() - legend;
    let width = ui.available_width();
    let narrow = width < TWO_COLUMNS;
    let rows = if narrow { 3.0 } else { 2.0 };
    let height = (room / rows - PLOT_TITLE).max(LEAST_PLOT_HEIGHT);
    ScrollArea::vertical().id_salt("curves").max_height(room.max(LEAST_PLOT_HEIGHT)).show(ui, |ui| {
        plots::bits_per_byte(ui, source, curves, height);
        if narrow {
            plots::compression_ratio(ui, source, curves, height);
            plots::learnability(ui, source, height);
        } else {
            ui.columns_const(|[left, right]| {
                plots::compression_ratio(left, source, curves, height);
                plots::learnability(right, source, height);
            });
        }
    });
}

/// Room for the legend: as many rows as the names need, three at most (then it scrolls).
fn legend_height(ui: &Ui, snapshot: &Snapshot) -> f32 {
    const ROW: f32 = 26.0;
    const AROUND: f32 = 46.0;
    let font = egui::TextStyle::Button.resolve(ui.style());
    let mut rows = f32::from(u8::from(!snapshot.runs.is_empty()));
    let mut used = 0.0;
    for run in &snapshot.runs {
        let text = ui.painter().layout_no_wrap(run.label.clone(), font.clone(), egui::Color32::PLACEHOLDER);
        let width = text.size().x + AROUND;
        if used > 0.0 && used + width > ui.available_width() {
            rows += 1.0;
            used = 0.0;
        }
        used += width;
    }
    rows.min(3.0) * ROW + 4.0
}

fn show_messages(ui: &mut Ui, followed: &Followed) {
    if followed.snapshot.messages.is_empty() && followed.errors.is_empty() {
        ui.label(RichText::new("No messages yet.").weak());
        return;
    }
    ScrollArea::vertical().id_salt("messages").auto_shrink(false).stick_to_bottom(true).show(ui, |ui| {
        // Errors that have left the list are still there, first: they are never lost.
        let listed = |text: &String| followed.snapshot.messages.iter().any(|(_, message)| message == text);
        for error in followed.errors.iter().filter(|error| !listed(error)) {
            message(ui, Level::Error, error);
        }
        for (level, text) in &followed.snapshot.messages {
            message(ui, *level, text);
        }
    });
}

fn message(ui: &mut Ui, level: Level, text: &str) {
    let (name, color) = match level {
        Level::Info => ("", ui.visuals().text_color()),
        Level::Warning => ("Warning: ", ui.visuals().warn_fg_color),
        Level::Error => ("Error: ", ui.visuals().error_fg_color),
    };
    ui.add(egui::Label::new(RichText::new(format!("{name}{text}")).color(color)).selectable(true).wrap());
}
