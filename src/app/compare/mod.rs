//! The Compare pane: runs and methods as a table, what they reach against what they cost, and whether two really differ.
//!
//! It shows the runs that are chosen in Runs and those of the experiments that are chosen here. Everything comes from the
//! store, which a worker reads; until it answers, the pane draws what it has.

mod choice;
mod reader;
mod scatter;
mod verdict;

use self::choice::{Choice, Known};
use self::reader::Reader;
use self::scatter::Scatter;
use self::verdict::Pair;
use crate::app::board::{Action, Board};
use crate::app::layout::Pane;
use crate::app::table::{self, TableState};
use crate::app::workbench::Workbench;
use crate::experiment::compare::{Group, place_of};
use crate::figure::compare;
use crate::figure::table::Table;
use egui::{Context, RichText, ScrollArea, Ui};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// What is kept between starts.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Kept {
    /// The store that the ticked experiments are of.
    store: PathBuf,
    ticked: BTreeSet<Known>,
    rows: TableState,
    scatter: scatter::Kept,
}

/// The pane.
pub struct ComparePane {
    reader: Reader,
    store: PathBuf,
    choice: Choice,
    /// The table of what was read last.
    shown: Table,
    rows: TableState,
    /// The seeds of the row that is selected.
    seeds: TableState,
    scatter: Scatter,
    pair: Pair,
}

/// Rows that the table shows before it scrolls, at least.
const ROWS: usize = 8;

impl ComparePane {
    pub fn new(_ctx: &Context, workbench: &Arc<dyn Workbench>, kept: &Kept) -> Self {
        let store = absolute(workbench.store());
        // Another store's experiments are others.
        let ticked = if kept.store == store { kept.ticked.clone() } else { BTreeSet::new() };
        Self {
            reader: Reader::new(workbench.store()),
            store,
            choice: Choice::new(ticked),
            shown: Table::default(),
            // Which row is selected means nothing to other rows.
            rows: TableState { selected: None, ..kept.rows.clone() },
            seeds: TableState::default(),
            scatter: Scatter::new(&kept.scatter),
            pair: Pair::default(),
        }
    }

    pub fn kept(&self) -> Kept {
        let (store, ticked) = (self.store.clone(), self.choice.experiments.clone());
        Kept { store, ticked, rows: self.rows.clone(), scatter: self.scatter.kept() }
    }

    pub fn show(&mut self, ui: &mut Ui, board: &mut Board) {
        let selected = self.rows.selected.and_then(|row| self.reader.answer().groups.get(row)).and_then(Group::first);
        if self.reader.follow(ui.ctx(), &self.choice.experiments, board) {
            let groups = &self.reader.answer().groups;
            self.shown = compare::table(groups);
            self.rows.selected = selected.and_then(|run| place_of(groups, run));
            self.pair.follow(groups);
        }
        self.choice.show(ui, &mut self.reader, board);
        if let Some(error) = self.reader.error() {
            ui.add(egui::Label::new(RichText::new(error).color(ui.visuals().error_fg_color)).wrap());
        }
        if self.shown.rows.is_empty() {
            show_empty(ui, &self.reader, board);
            return;
        }
        // Where there is more height, table and plot take their shares of it.
        let height = ui.available_height();
        let most = ROWS.max((0.35 * height / table::ROW) as usize);
        ScrollArea::vertical().id_salt("compare").auto_shrink(false).show(ui, |ui| {
            let rows = self.shown.rows.len().min(most);
            in_height(ui, rows, |ui| table::show(ui, &self.shown, &mut self.rows, board));
            let groups = &self.reader.answer().groups;
            if let Some(group) =
                self.rows.selected.and_then(|row| groups.get(row)).filter(|group| group.runs().len() > 1)
            {
                let single = compare::single_values(group);
                in_height(ui, single.rows.len().min(ROWS), |ui| table::show(ui, &single, &mut self.seeds, board));
            }
            ui.separator();
            self.scatter.show(ui, groups, height, board);
            ui.separator();
            self.pair.show(ui, groups, board);
        });
    }
}

/// A path that means the same wherever the next start is.
fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

/// Gives a table the height of so many rows.
fn in_height<T>(ui: &mut Ui, rows: usize, add: impl FnOnce(&mut Ui) -> T) -> T {
    // The line above the names of the columns, and the bar that scrolls across.
    const AROUND: f32 = 48.0;
    let height = AROUND + table::HEADER + (table::ROW + ui.spacing().item_spacing.y) * rows as f32;
    let size = egui::vec2(ui.available_width(), height);
    ui.allocate_ui_with_layout(size, egui::Layout::top_down(egui::Align::Min), |ui| {
        ui.set_min_height(height);
        ui.set_max_height(height);
        add(ui)
    })
    .inner
}

fn show_empty(ui: &mut Ui, reader: &Reader, board: &mut Board) {
    ui.add_space(24.0);
    ui.vertical_centered(|ui| {
        if reader.is_reading() {
            ui.spinner();
            ui.weak("Reading the results…");
        } else if reader.answer().experiments.is_empty() {
            ui.label("Nothing was run yet.");
            ui.weak("Start an experiment in Live; its runs can be compared here from then on.");
            if ui.button("Go to Live").clicked() {
                board.ask(Action::Show(Pane::Live));
            }
        } else {
            ui.label("Nothing is chosen yet.");
            ui.weak("Tick experiments under Experiments above, or choose single runs in Runs.");
            if ui.button("Go to Runs").clicked() {
                board.ask(Action::Show(Pane::Runs));
            }
        }
    });
}
