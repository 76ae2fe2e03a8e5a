//! The live pane: controls, curves, results and messages of the running experiment.

mod charts;
mod choices;
mod closer;
mod readouts;
mod run_controls;
mod sources;
mod stored;
#[cfg(test)]
mod tests;

pub use run_controls::{bar, heading};

use self::charts::{Charts, Which};
use self::choices::Choices;
use self::readouts::Readouts;
use self::run_controls::{Asked, RunControls};
use self::sources::Sources;
use crate::app::board::{Action, Board};
use crate::app::labelled;
use crate::app::live_run::{Followed, Start};
use crate::app::table::{self, TableState};
use crate::app::theme;
use crate::app::workbench::Workbench;
use crate::experiment::event::{Level, Outcome, RunId};
use crate::figure::results;
use crate::gpu::DeviceChoice;
use egui::{Context, Frame, RichText, ScrollArea, Ui};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// What the lower part shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lower {
    Curves,
    Machine,
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
    pub results: TableState,
}

/// The pane.
pub struct LivePane {
    workbench: Arc<dyn Workbench>,
    controls: RunControls,
    readouts: Readouts,
    choices: Choices,
    lower: Lower,
    hidden: BTreeSet<RunId>,
    sources: Sources,
    charts: Charts,
    /// The table of results.
    results: TableState,
    /// How many of the run's errors the reader has put away.
    dismissed: usize,
    /// Whether the results came forward already when the run was done.
    results_shown: bool,
    /// How many experiments had begun when the pane was last drawn.
    begun: u64,
}

impl LivePane {
    pub fn new(_ctx: &Context, workbench: &Arc<dyn Workbench>, kept: &Kept) -> Self {
        let device = kept.device.parse().unwrap_or(DeviceChoice::Auto);
        Self {
            workbench: Arc::clone(workbench),
            controls: RunControls::new(kept.spec.clone(), device),
            readouts: Readouts::default(),
            choices: kept.choices,
            lower: Lower::Curves,
            hidden: BTreeSet::new(),
            sources: Sources::default(),
            charts: Charts::default(),
            results: kept.results.clone(),
            dismissed: 0,
            results_shown: false,
            begun: 0,
        }
    }

    pub fn kept(&self) -> Kept {
        Kept {
            spec: self.controls.spec.path.clone(),
            device: self.controls.device.name().to_owned(),
            choices: self.choices,
            results: self.results.clone(),
        }
    }

    /// How many stored runs are drawn.
    pub fn stored_runs(&self) -> usize {
        self.sources.stored_runs()
    }

    /// Whether the stored curves are as fine as the charts that they are in.
    pub fn is_fine(&self) -> bool {
        self.sources.is_fine()
    }

    /// How many times stored curves were read and drawn.
    pub fn reads(&self) -> u64 {
        self.sources.chosen
    }

    /// Where the widest chart was drawn in the last frame, if it was.
    pub fn widest_chart(&self) -> Option<egui::Rect> {
        self.charts.widest()
    }

    /// Puts a spec into the controls; nothing is started.
    pub fn name_spec(&mut self, path: &Path) {
        self.controls.spec.path = path.display().to_string();
        self.controls.resume = false;
    }

    /// What a click on Start would start, once a spec is named.
    pub fn start(&self) -> Option<Start> {
        self.controls.start()
    }

    /// Another experiment has begun: what was said of the one before is put away.
    fn begin(&mut self) {
        self.hidden.clear();
        self.sources.begin();
        self.dismissed = 0;
        self.results_shown = false;
        self.lower = Lower::Curves;
    }

    pub fn show(&mut self, ui: &mut Ui, board: &mut Board) {
        let begun = board.run.followed().begun;
        if begun != self.begun {
            self.begun = begun;
            self.begin();
        }
        let looks = self.charts.looks();
        self.sources.choose(ui.ctx(), &self.workbench.store(), &looks, board);
        let followed = board.run.followed();
        let asked = self.controls.show(ui, &followed);
        let changed = self.readouts.show(ui, &followed);
        show_errors(ui, &followed, &mut self.dismissed);
        if followed.snapshot.outcome == Some(Outcome::Done) && !self.results_shown {
            self.results_shown = true;
            self.lower = Lower::Results;
        }
        ui.separator();
        show_choices(ui, &mut self.lower, &mut self.choices, &followed);
        self.sources.follow(&followed.snapshot);
        let mut results = None;
        let which = match self.lower {
            Lower::Curves => Some(Which::Learning),
            Lower::Machine => Some(Which::Machine),
            Lower::Results => {
                if !followed.snapshot.folder.as_os_str().is_empty() {
                    ui.weak(format!("Results and figures: {}", followed.snapshot.folder.display()));
                }
                results = Some(results::table(&followed.snapshot.name, &followed.snapshot.runs));
                None
            }
            Lower::Messages => {
                show_messages(ui, &followed);
                None
            }
        };
        drop(followed);
        if let Some(results) = results.filter(|results| !results.rows.is_empty()) {
            table::show(ui, &results, &mut self.results, board);
        } else if self.lower == Lower::Results {
            ui.weak("No runs yet: start an experiment.");
        }
        if let Some(which) = which {
            if self.sources.is_empty() {
                ui.add_space(8.0);
                ui.label(
                    RichText::new("Nothing to draw yet: start an experiment, or pick runs in the Runs pane.").weak(),
                );
                ui.add_space(8.0);
            }
            self.charts.update(ui.ctx(), &self.sources, &self.hidden, &self.choices, which);
            let room = ui.available_height() - legend_height(ui, &self.sources);
            self.charts.show(ui, room, board);
            show_legend(ui, &self.sources, &mut self.hidden);
        }
        if let Some(command) = changed {
            board.run.send(command);
        }
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
        ui.selectable_value(lower, Lower::Machine, "Machine").on_hover_text("Speed, learning rate and memory");
        ui.selectable_value(lower, Lower::Results, "Results");
        let messages = followed.snapshot.messages.len();
        let name = if messages == 0 { "Messages".to_owned() } else { format!("Messages ({messages})") };
        ui.selectable_value(lower, Lower::Messages, name);
        if matches!(lower, Lower::Curves | Lower::Machine) {
            ui.add_space(12.0);
            choices.show(ui);
        }
    });
}

/// Width of a box to tick, in points.
const BOX: f32 = 24.0;

/// One row of a box for each run; ticked runs are drawn, in the colour of their box.
fn show_legend(ui: &mut Ui, sources: &Sources, hidden: &mut BTreeSet<RunId>) {
    ScrollArea::vertical().id_salt("legend").show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(14.0, 0.0);
            for shown in sources.all() {
                let run = &shown.run.info;
                labelled::make_room(ui, &run.label, BOX);
                let color = theme::run_color(shown.color, ui.visuals());
                let mut shown = !hidden.contains(&run.id);
                if theme::colored_checkbox(ui, color, &mut shown, &run.label).changed() {
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

/// Room for the legend: as many rows as the names need, three at most (then it scrolls).
fn legend_height(ui: &Ui, sources: &Sources) -> f32 {
    const ROW: f32 = 26.0;
    const AROUND: f32 = 46.0;
    let font = egui::TextStyle::Button.resolve(ui.style());
    let runs = sources.all();
    let mut rows = f32::from(u8::from(!runs.is_empty()));
    let mut used = 0.0;
    for shown in runs {
        let text = ui.painter().layout_no_wrap(shown.run.info.label.clone(), font.clone(), egui::Color32::PLACEHOLDER);
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
