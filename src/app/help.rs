//! The help sheet: what each pane is for, what the pointer does, and every shortcut.

use super::commands::Command;
use super::layout::Pane;
use super::theme;
use egui::{Context, Grid, RichText, ScrollArea, Ui};

/// What hands do, beside the shortcuts of [`Command`].
const GESTURES: [(&str, &str); 7] = [
    ("Drag a tab", "moves a pane: beside, above, below or behind another"),
    ("Drag a divider", "gives a pane more room"),
    ("Drag in a chart", "pans it; Ctrl and the wheel zoom; a double click shows all again"),
    ("Click a column's head", "sorts a table; again turns the order round"),
    ("Drop a file", "opens it in Windows"),
    ("Arrow keys in a text", "walk from byte to byte, with Ctrl from window to window"),
    ("Rest the pointer", "explains what is under it"),
];

/// Draws the sheet while it is open.
pub fn show(ctx: &Context, open: &mut bool) {
    if !*open {
        return;
    }
    let modal = theme::sheet(ctx, "help").show(ctx, |ui| {
        ui.set_width(640.0);
        let mut away = false;
        ui.horizontal(|ui| {
            ui.heading("Help");
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                away = ui.button("Close help").clicked();
            });
        });
        let room = (ctx.content_rect().height() - 160.0).max(200.0);
        ScrollArea::vertical().max_height(room).min_scrolled_height(room).show(ui, sheet);
        away
    });
    if modal.inner || modal.should_close() {
        *open = false;
    }
}

fn sheet(ui: &mut Ui) {
    ui.label(
        "A small byte-level model, M1, drives arithmetic coding. Text is cut into Equal-Info windows that each compress \
         to the same number of bits; the bits become tokens; a larger model, M2, is trained on them. To begin: look at the \
         windows of the text on the left, then press Start on the right.",
    );
    table(ui, "Panes", Pane::ALL.into_iter().map(|pane| (pane.name().to_owned(), pane.meaning().to_owned())));
    let keys = Command::all().map(|command| (ui.ctx().format_shortcut(&command.shortcut()), command.name()));
    table(ui, "Shortcuts", keys.collect::<Vec<_>>().into_iter());
    table(ui, "Hands", GESTURES.into_iter().map(|(what, does)| (what.to_owned(), does.to_owned())));
}

fn table(ui: &mut Ui, title: &str, rows: impl Iterator<Item = (String, String)>) {
    ui.add_space(10.0);
    ui.label(RichText::new(title).strong());
    Grid::new(title).num_columns(2).spacing([18.0, 4.0]).striped(true).min_col_width(150.0).show(ui, |ui| {
        for (left, right) in rows {
            ui.label(RichText::new(left).monospace());
            ui.label(right);
            ui.end_row();
        }
    });
}
