//! The Runs pane: everything that has run, found again, looked at, gone on with, and put away.

mod details;
mod list;
mod rows;
mod sheet;
mod worker;

use self::details::Details;
use self::rows::{Column, Row, View, rows};
use self::sheet::{Asked, Sheet};
use self::worker::{Ask, News, Worker};
use crate::app::board::{Action, Board};
use crate::app::layout::Pane;
use crate::app::live_run::Start;
use crate::app::table;
use crate::app::workbench::Workbench;
use crate::experiment::Resume;
use crate::experiment::event::{ExperimentId, Level, Status};
use crate::experiment::store::Listed;
use crate::gpu::DeviceChoice;
use egui::{Button, Context, Label, RichText, TextEdit, Ui};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often the store is looked at while the pane shows.
const LOOK: Duration = Duration::from_secs(1);

/// What is kept between starts; the columns' widths are in egui's own memory.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Kept {
    sort: Column,
    ascending: bool,
}

/// The pane.
pub struct RunsPane {
    workbench: Arc<dyn Workbench>,
    /// Begun when the pane is first seen.
    worker: Option<Worker>,
    looked: Option<Instant>,
    view: View,
    /// The rows as of a list's number and a view.
    rows: Vec<Row>,
    rows_of: Option<(u64, View)>,
    selected: Option<ExperimentId>,
    /// What was put into the bin last, until that is undone or put away.
    deleted: Option<(ExperimentId, String)>,
    /// Whether the list shows it there already.
    deleted_seen: bool,
    sheet: Option<Sheet>,
    details: Details,
}

impl RunsPane {
    pub fn new(_ctx: &Context, workbench: &Arc<dyn Workbench>, kept: &Kept) -> Self {
        let (sort, descending, bin) = (kept.sort, !kept.ascending, false);
        Self {
            workbench: Arc::clone(workbench),
            worker: None,
            looked: None,
            view: View { filter: String::new(), sort, descending, bin, expanded: BTreeSet::new() },
            rows: Vec::new(),
            rows_of: None,
            selected: None,
            deleted: None,
            deleted_seen: false,
            sheet: None,
            details: Details::default(),
        }
    }

    pub fn kept(&self) -> Kept {
        Kept { sort: self.view.sort, ascending: !self.view.descending }
    }

    /// How many rows the list has, as far as it was read.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    pub fn show(&mut self, ui: &mut Ui, board: &mut Board) {
        self.look(ui.ctx());
        let Some(worker) = &self.worker else { return };
        let (listed, revision, error, log, news) = {
            let mut found = worker.found();
            let news = std::mem::take(&mut found.news);
            (found.listed.clone(), found.revision, found.error.clone(), found.log.clone(), news)
        };
        self.take(news, board);
        if let Some(error) = error {
            ui.colored_label(ui.visuals().error_fg_color, error);
        }
        let Some(listed) = listed else {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label("Reading the store…");
            });
            return;
        };
        if listed.is_empty() {
            ui.label("Nothing has run yet.");
            ui.weak(
                "Start an experiment in the Live pane, or plan several in the Ablation pane: what runs is listed here.",
            );
            return;
        }
        if self.rows_of.as_ref().is_none_or(|(number, view)| *number != revision || *view != self.view) {
            self.rows = rows(&listed, &self.view);
            self.rows_of = Some((revision, self.view.clone()));
        }
        // What the filter or the bin hides is not what a button should act on.
        let mut shown = self.rows.iter().filter_map(|row| match row {
            Row::Experiment(place) => listed.get(*place),
            Row::Run(..) => None,
        });
        let selected = shown.find(|listed| Some(listed.experiment.id) == self.selected);
        if selected.is_none() {
            self.selected = None;
        }
        let binned = |id| listed.iter().any(|one| one.experiment.id == id && one.experiment.deleted.is_some());
        let given_back = self.deleted.as_ref().is_some_and(|(id, _)| self.deleted_seen && !binned(*id));
        if given_back {
            self.deleted = None;
        }
        self.deleted_seen = self.deleted.as_ref().is_some_and(|(id, _)| binned(*id));
        self.show_search(ui, &listed, board);
        self.show_actions(ui, board, selected);
        self.show_undo(ui);
        if let Some(selected) = selected {
            let room = ui.available_height();
            egui::Panel::bottom("run details").resizable(true).default_size(0.4 * room).max_size(0.75 * room).show(
                ui,
                |ui| {
                    let log =
                        log.as_ref().filter(|(id, _)| *id == selected.experiment.id).map(|(_, log)| log.as_slice());
                    self.details.show(ui, selected, log, board);
                },
            );
        }
        if self.rows.is_empty() {
            ui.weak(if self.view.bin {
                "Nothing like that is in the bin."
            } else {
                "No experiment has all of these words."
            });
        } else {
            list::show(ui, &listed, &self.rows, &mut self.view, &mut self.selected, &mut board.chosen);
        }
        self.show_sheet(ui, board, &listed);
    }

    /// Has the worker look at the store once a second while the pane shows, and at once when another is selected.
    fn look(&mut self, ctx: &Context) {
        let worker = self.worker.get_or_insert_with(|| Worker::start(ctx, self.workbench.store()));
        if self.looked.is_none_or(|looked| looked.elapsed() >= LOOK) {
            self.looked = Some(Instant::now());
            worker.ask(Ask::Look(self.selected));
        }
        let known = worker.found().log.as_ref().map(|(id, _)| *id);
        if self.selected.is_some() && known != self.selected && self.details.asked != self.selected {
            self.details.asked = self.selected;
            worker.ask(Ask::Look(self.selected));
        }
        ctx.request_repaint_after(LOOK);
    }

    fn take(&mut self, news: Vec<News>, board: &mut Board) {
        for news in news {
            match news {
                News::Said(level, text) => {
                    if level == Level::Error {
                        self.sheet = Some(Sheet::new(Asked::Failed(text.clone())));
                    }
                    board.say(level, text);
                }
                News::Deleted(id, title) => {
                    if self.selected == Some(id) {
                        self.selected = None;
                    }
                    self.deleted = Some((id, title));
                }
                News::Duplicated(path) => {
                    board.say(Level::Info, format!("The copy is {}: change it and start it", path.display()));
                    board.ask(Action::Spec(path));
                    board.ask(Action::Show(Pane::Live));
                }
            }
        }
    }

    fn show_search(&mut self, ui: &mut Ui, listed: &[Listed], board: &mut Board) {
        ui.horizontal_wrapped(|ui| {
            let label = ui.label("Filter");
            let field = TextEdit::singleline(&mut self.view.filter)
                .hint_text("words, tag:x, status:failed")
                .desired_width(200.0);
            ui.add(field).labelled_by(label.id).on_hover_text(
                "All words have to match: name, tags, note, methods, sizes or status. \
                 tag:, status:, method: and size: look in one place only",
            );
            let binned = listed.iter().filter(|listed| listed.experiment.deleted.is_some()).count();
            if ui
                .add_enabled(binned > 0 || self.view.bin, Button::selectable(self.view.bin, format!("Bin ({binned})")))
                .on_hover_text("What was deleted; it can come back until the bin is emptied")
                .clicked()
            {
                self.view.bin = !self.view.bin;
                self.selected = None;
            }
            if self.view.bin && ui.add_enabled(binned > 0, Button::new("Empty bin…")).clicked() {
                self.sheet = Some(Sheet::new(Asked::EmptyBin(binned)));
            }
            let shown = self.rows.iter().filter(|row| matches!(row, Row::Experiment(_))).count();
            let all = if self.view.bin { binned } else { listed.len() - binned };
            ui.add(Label::new(RichText::new(format!("{shown} of {all}")).weak()).extend());
            table::export(ui, list::TITLE, || list::table(listed, &self.rows), board);
        });
    }

    fn show_actions(&mut self, ui: &mut Ui, board: &mut Board, selected: Option<&Listed>) {
        let Some(worker) = &self.worker else { return };
        ui.horizontal_wrapped(|ui| {
            let enabled = |on: bool, text: &str| (on, Button::new(text.to_owned()));
            let Some(listed) = selected else {
                if self.view.bin {
                    ui.weak("Select an experiment to restore it.");
                } else {
                    ui.weak("Select an experiment to see it; tick runs to see their curves in Live and Compare.");
                }
                if !board.chosen.is_empty() && ui.button(format!("Untick all ({})", board.chosen.len())).clicked() {
                    board.chosen.clear();
                }
                return;
            };
            let experiment = &listed.experiment;
            let id = experiment.id;
            if experiment.deleted.is_some() {
                if ui.button("Restore").on_hover_text("Takes it out of the bin, as it was").clicked() {
                    worker.ask(Ask::Restore(id));
                    self.selected = None;
                }
                return;
            }
            let going = board.run.is_active();
            let undone = experiment.status != Status::Done || listed.runs.iter().any(|run| run.status != Status::Done);
            let (on, button) = enabled(!going && undone, "Resume");
            let resume = ui
                .add_enabled(on, button)
                .on_hover_text(
                    "Goes on with this very experiment from its last checkpoints; runs that failed or were cancelled are \
                     tried again",
                )
                .on_disabled_hover_text(if going { "An experiment is going: stop it first" } else { "It is complete" });
            if resume.clicked() {
                board.ask(Action::Start(resumed(listed)));
                board.ask(Action::Show(Pane::Live));
            }
            if ui
                .button("Duplicate")
                .on_hover_text("Puts its spec under a new name into the Live pane; nothing is started")
                .clicked()
            {
                worker.ask(Ask::Duplicate(id));
            }
            for (name, asked) in [
                ("Rename…", Asked::Title(id, experiment.title.clone())),
                ("Note…", Asked::Note(id, experiment.note.clone())),
                ("Tags…", Asked::Tags(id, experiment.tags.join(" "))),
            ] {
                if ui.button(name).clicked() {
                    self.sheet = Some(Sheet::new(asked));
                }
            }
            let its_own = board.run.followed().snapshot.experiment == Some(id) && going;
            let delete = ui
                .add_enabled(!its_own, Button::new("Delete"))
                .on_hover_text("Puts it into the bin; nothing is removed before the bin is emptied")
                .on_disabled_hover_text("It is going: stop it first");
            if delete.clicked() {
                worker.ask(Ask::Delete(id));
            }
            if !board.chosen.is_empty() && ui.button(format!("Untick all ({})", board.chosen.len())).clicked() {
                board.chosen.clear();
            }
        });
    }

    fn show_undo(&mut self, ui: &mut Ui) {
        let (Some((id, title)), Some(worker)) = (&self.deleted, &self.worker) else { return };
        let mut over = false;
        ui.horizontal_wrapped(|ui| {
            ui.label(format!("{title} is in the bin."));
            if ui.button(RichText::new("Undo").strong()).clicked() {
                worker.ask(Ask::Restore(*id));
                over = true;
            }
            over |= ui.button("Put away").clicked();
        });
        if over {
            self.deleted = None;
        }
    }

    fn show_sheet(&mut self, ui: &Ui, board: &mut Board, listed: &[Listed]) {
        let (Some(sheet), Some(worker)) = (&mut self.sheet, &self.worker) else { return };
        match sheet.show(ui.ctx()) {
            sheet::Answer::Open => return,
            sheet::Answer::Cancel => {}
            sheet::Answer::Do(ask) => {
                if matches!(ask, Ask::EmptyBin) {
                    let gone = listed.iter().filter(|listed| listed.experiment.deleted.is_some());
                    for run in gone.flat_map(|listed| &listed.runs) {
                        board.chosen.remove(&run.id);
                    }
                    self.deleted = None;
                    self.selected = None;
                    self.view.bin = false;
                }
                worker.ask(ask);
            }
        }
        self.sheet = None;
    }
}

/// Going on with this very experiment.
fn resumed(listed: &Listed) -> Start {
    let experiment = &listed.experiment;
    let kept = if experiment.resolved.is_empty() { &experiment.details.spec } else { &experiment.resolved };
    Start {
        spec: experiment.details.folder.join("spec.toml"),
        text: Some(kept.clone()),
        device: DeviceChoice::like(&experiment.details.device),
        resume: Resume::Retrying(experiment.id),
    }
}
