//! Tables on the screen: [`Table`] drawn with sorting, selection and export.
//!
//! Only rows in sight are drawn. A click on a column's name sorts by it, a second one the other way round, a third puts the
//! table's own order back. What is exported is what is shown: these columns, in this order.

mod header;
mod menus;
mod widths;

pub use header::show_arrow;
pub use menus::{export, export_one_of};

use crate::app::board::Board;
use crate::app::theme;
use crate::figure::table::{Cell, Table};
use egui::{Align, Layout, RichText, ScrollArea, Sense, Ui};
use egui_extras::{Column, TableBuilder};
use std::collections::{BTreeMap, BTreeSet};

/// What a table remembers between frames, and between starts.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct TableState {
    /// Column by which it is sorted, and whether descending.
    pub sort: Option<(usize, bool)>,
    /// Row of the table's own order that is selected.
    pub selected: Option<usize>,
    /// Columns that are not shown, by name.
    pub hidden: BTreeSet<String>,
    /// Widths that columns were drawn at, by name, in points.
    pub widths: BTreeMap<String, f32>,
}

/// What happened in a frame.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableResponse {
    /// Row of the table's own order that was clicked.
    pub clicked: Option<usize>,
    /// Row of the table's own order that was clicked twice.
    pub double_clicked: Option<usize>,
}

/// Height of a row in points.
pub const ROW: f32 = 25.0;
/// Height of the names of the columns in points.
pub const HEADER: f32 = 27.0;

/// Draws a table over the room that is left. A click selects a row, and is told.
pub fn show(ui: &mut Ui, table: &Table, state: &mut TableState, board: &mut Board) -> TableResponse {
    let mut shown: Vec<usize> = (0..table.columns.len()).collect();
    shown.retain(|place| !state.hidden.contains(&table.columns[*place].name));
    let order = match state.sort.filter(|(column, _)| *column < table.columns.len()) {
        Some((column, descending)) => table.order(column, descending),
        None => (0..table.rows.len()).collect(),
    };
    // Names tell the tables of a window apart.
    ui.push_id(("table", &table.title), |ui| {
        menus::show(ui, table, &order, &shown, state, board);
        if table.rows.is_empty() || shown.is_empty() {
            let why = if shown.is_empty() { "All columns are hidden: tick one under Columns." } else { "No rows yet." };
            ui.weak(why);
            return TableResponse::default();
        }
        let mut response = TableResponse::default();
        ScrollArea::horizontal().id_salt("across").auto_shrink(false).show(ui, |ui| {
            response = show_rows(ui, table, &order, &shown, state);
        });
        if let Some(row) = response.clicked {
            state.selected = Some(row);
        }
        response
    })
    .inner
}

fn show_rows(ui: &mut Ui, table: &Table, order: &[usize], shown: &[usize], state: &mut TableState) -> TableResponse {
    let mut response = TableResponse::default();
    let height = ui.available_height();
    // Widths that were dragged belong to these columns and no others.
    let initial = widths::initial(ui, table, shown, &state.widths);
    let mut builder = TableBuilder::new(ui)
        .id_salt(shown.iter().map(|place| table.columns[*place].name.as_str()).collect::<Vec<_>>())
        .striped(true)
        .resizable(true)
        .sense(Sense::click())
        .auto_shrink(false)
        .min_scrolled_height(2.0 * ROW)
        .max_scroll_height((height - HEADER).max(2.0 * ROW))
        .cell_layout(Layout::left_to_right(Align::Center));
    for width in &initial {
        builder = builder.column(Column::initial(*width).at_least(widths::LEAST).clip(true));
    }
    let mut sort = state.sort;
    let kept = &mut state.widths;
    let selected = state.selected;
    builder
        .header(HEADER, |mut row| {
            for place in shown {
                row.col(|ui| header::show(ui, table, *place, &mut sort));
            }
        })
        .body(|mut body| {
            for (place, width) in shown.iter().zip(body.widths().to_vec()) {
                widths::keep(kept, &table.columns[*place].name, width);
            }
            body.ui_mut().style_mut().interaction.selectable_labels = false;
            body.rows(ROW, order.len(), |mut row| {
                let Some(&place) = order.get(row.index()) else { return };
                row.set_selected(selected == Some(place));
                for (index, column) in shown.iter().enumerate() {
                    row.col(|ui| show_cell(ui, table, place, *column, index == 0));
                }
                let drawn = row.response();
                if drawn.clicked() {
                    response.clicked = Some(place);
                }
                if drawn.double_clicked() {
                    response.double_clicked = Some(place);
                }
            });
        });
    state.sort = sort;
    response
}

fn show_cell(ui: &mut Ui, table: &Table, row: usize, column: usize, first: bool) {
    let cell = &table.rows[row].cells[column];
    let text = table.text(row, column);
    if first && let Some(color) = table.rows[row].color {
        let (dot, _) = ui.allocate_exact_size(egui::vec2(10.0, 10.0), Sense::hover());
        ui.painter().circle_filled(dot.center(), 4.5, theme::run_color(color, ui.visuals()));
    }
    let numbers = cell.is_number() || matches!(cell, Cell::Missing) && table.is_of_numbers(column);
    if !numbers {
        // A text that is cut off shows whole under the pointer.
        ui.add(egui::Label::new(text).truncate());
        return;
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let missing = matches!(cell, Cell::Missing);
        let text = RichText::new(text).monospace();
        let label = ui.add(egui::Label::new(if missing { text.weak() } else { text }));
        if let Cell::Spread { mean, deviation, count } = cell {
            label.on_hover_text(match count {
                0 | 1 => format!("{mean}, of one seed: a deviation needs two"),
                count => format!("mean {mean}, sample standard deviation {deviation}, over {count} seeds"),
            });
        } else if let Cell::Number(value) = cell {
            label.on_hover_text(value.to_string());
        }
    });
}
