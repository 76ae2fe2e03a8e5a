//! How wide columns are: as their content asks for at first, then as the reader dragged them.

use crate::figure::table::Table;
use egui::{TextStyle, Ui};
use std::collections::BTreeMap;

/// No column is narrower, in points.
pub const LEAST: f32 = 36.0;
/// No column begins wider, in points.
const WIDEST: f32 = 280.0;
/// The first rows settle the widths; to measure all of them could take long.
const MEASURED: usize = 60;

/// Widths to begin with.
pub fn initial(ui: &Ui, table: &Table, shown: &[usize], kept: &BTreeMap<String, f32>) -> Vec<f32> {
    let width = |place: &usize| {
        let column = &table.columns[*place];
        kept.get(&column.name)
            .copied()
            .filter(|width| width.is_finite())
            .map_or_else(|| measured(ui, table, *place), |w| w.max(LEAST))
    };
    shown.iter().map(width).collect()
}

fn measured(ui: &Ui, table: &Table, place: usize) -> f32 {
    let width = |text: String, style: TextStyle| {
        let color = egui::Color32::PLACEHOLDER;
        ui.painter().layout_no_wrap(text, style.resolve(ui.style()), color).size().x
    };
    let style = if table.is_of_numbers(place) { TextStyle::Monospace } else { TextStyle::Body };
    // Room for the dot of the row's colour, or for the arrow of the order.
    let beside = if place == 0 { 20.0 } else { 6.0 };
    let cells = (0..table.rows.len().min(MEASURED)).map(|row| width(table.text(row, place), style.clone()) + beside);
    let name = width(table.columns[place].name.clone(), TextStyle::Small) + 16.0;
    cells.fold(name, f32::max).clamp(LEAST, WIDEST)
}

/// Remembers a width that was drawn.
pub fn keep(kept: &mut BTreeMap<String, f32>, name: &str, width: f32) {
    if kept.get(name).is_none_or(|kept| (kept - width).abs() > 0.5) {
        kept.insert(name.to_owned(), width);
    }
}
