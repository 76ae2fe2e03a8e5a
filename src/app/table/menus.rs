//! The line above a table: its title, which columns show, and where it can go.

use super::TableState;
use crate::app::board::{Action, Board};
use crate::app::export::{Content, Export};
use crate::experiment::event::Level;
use crate::figure::table::{Format, Table};
use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{Align, Layout, PopupCloseBehavior, RichText, Role, Ui, WidgetInfo};
use std::sync::Arc;

/// Draws the line. `order` and `shown` are the rows and columns as they stand on the screen.
pub fn show(ui: &mut Ui, table: &Table, order: &[usize], shown: &[usize], state: &mut TableState, board: &mut Board) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            export(ui, &table.title, || table.part(order, shown), board);
            let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
            let (columns, _) = MenuButton::new("Columns").config(config).ui(ui, |ui| show_columns(ui, table, state));
            name(&columns, format!("Columns of the table {}", table.title));
            columns.on_hover_text("Which columns show");
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(egui::Label::new(RichText::new(&table.title).strong()).truncate());
            });
        });
    });
}

/// What a screen reader calls a button whose text says less.
fn name(response: &egui::Response, name: String) {
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
}

/// The Export button of a table that is drawn in a way of its own: the menu asks for the table once something in it is chosen.
pub fn export(ui: &mut Ui, title: &str, make: impl Fn() -> Table, board: &mut Board) {
    let (button, _) = MenuButton::new("Export").ui(ui, |ui| show_formats(ui, title, &make, board));
    name(&button, format!("Export the table {title}"));
    button.on_hover_text("As CSV, Markdown or LaTeX, to a file or to the clipboard");
}

/// The Export button of a place with several tables: the menu has an entry for each.
pub fn export_one_of(ui: &mut Ui, what: &str, tables: &[(&str, &dyn Fn() -> Table)], board: &mut Board) {
    let (button, _) = MenuButton::new("Export").ui(ui, |ui| {
        for (title, make) in tables {
            ui.menu_button(*title, |ui| show_formats(ui, title, make, board));
        }
    });
    name(&button, format!("Export tables of {what}"));
    button.on_hover_text("What is shown as tables: CSV, Markdown or LaTeX, to a file or to the clipboard");
}

fn show_formats(ui: &mut Ui, title: &str, make: &dyn Fn() -> Table, board: &mut Board) {
    for format in Format::ALL {
        if ui.button(format!("Save as {}…", format.name())).clicked() {
            let table = Arc::new(make());
            let content = Arc::new(move || format.write(&table).map(String::into_bytes));
            board.ask(Action::Export(saved(title, format, content)));
        }
    }
    ui.separator();
    for format in Format::ALL {
        if ui.button(format!("Copy as {}", format.name())).clicked() {
            match format.write(&make()) {
                Ok(text) => {
                    ui.ctx().copy_text(text);
                    board.say(Level::Info, format!("the table “{title}” is on the clipboard as {}", format.name()));
                }
                Err(error) => board.say(Level::Error, error),
            }
        }
    }
}

fn saved(title: &str, format: Format, content: Content) -> Export {
    let what = format!("the table “{title}” as {}", format.name());
    Export { what, file_name: format.file_name(title), content }
}

fn show_columns(ui: &mut Ui, table: &Table, state: &mut TableState) {
    egui::ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
        for column in &table.columns {
            let mut shown = !state.hidden.contains(&column.name);
            let tick = ui.checkbox(&mut shown, &column.name);
            if tick.changed() && shown {
                state.hidden.remove(&column.name);
            } else if tick.changed() {
                state.hidden.insert(column.name.clone());
            }
            if !column.meaning.is_empty() {
                tick.on_hover_text(&column.meaning);
            }
        }
    });
    ui.separator();
    if ui.button("Show all").clicked() {
        state.hidden.clear();
    }
}
