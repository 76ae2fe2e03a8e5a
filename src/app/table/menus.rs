//! The line above a table: its title, which columns show, and where it can go.

use super::TableState;
use crate::app::board::{Action, Board};
use crate::app::export::Export;
use crate::experiment::event::Level;
use crate::figure::table::Table;
use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{Align, Layout, PopupCloseBehavior, RichText, Role, Ui, WidgetInfo};
use std::sync::Arc;

/// How a table is written.
#[derive(Debug, Clone, Copy)]
enum Format {
    Csv,
    Markdown,
    Latex,
}

impl Format {
    const ALL: [Self; 3] = [Self::Csv, Self::Markdown, Self::Latex];

    fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Markdown => "Markdown",
            Self::Latex => "LaTeX",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Markdown => "md",
            Self::Latex => "tex",
        }
    }

    fn write(self, table: &Table) -> Result<String, String> {
        match self {
            Self::Csv => table.csv(),
            Self::Markdown => Ok(table.markdown()),
            Self::Latex => Ok(table.latex()),
        }
    }
}

/// Draws the line. `order` and `shown` are the rows and columns as they stand on the screen.
pub fn show(ui: &mut Ui, table: &Table, order: &[usize], shown: &[usize], state: &mut TableState, board: &mut Board) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let (export, _) = MenuButton::new("Export").ui(ui, |ui| show_formats(ui, table, order, shown, board));
            name(&export, format!("Export the table {}", table.title));
            export.on_hover_text("As CSV, Markdown or LaTeX, to a file or to the clipboard");
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

fn show_formats(ui: &mut Ui, table: &Table, order: &[usize], shown: &[usize], board: &mut Board) {
    for format in Format::ALL {
        if ui.button(format!("Save as {}…", format.name())).clicked() {
            let table = Arc::new(table.part(order, shown));
            board.ask(Action::Export(Export {
                what: format!("the table “{}” as {}", table.title, format.name()),
                file_name: file_name(&table.title, format),
                content: Arc::new(move || format.write(&table).map(String::into_bytes)),
            }));
        }
    }
    ui.separator();
    for format in Format::ALL {
        if ui.button(format!("Copy as {}", format.name())).clicked() {
            match format.write(&table.part(order, shown)) {
                Ok(text) => {
                    ui.ctx().copy_text(text);
                    board.say(
                        Level::Info,
                        format!("the table “{}” is on the clipboard as {}", table.title, format.name()),
                    );
                }
                Err(error) => board.say(Level::Error, error),
            }
        }
    }
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

/// Letters and digits of the title, joined by dashes.
fn file_name(title: &str, format: Format) -> String {
    let words: Vec<String> =
        title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let stem = if words.is_empty() { "table".to_owned() } else { words.join("-") };
    format!("{stem}.{}", format.extension())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_comes_from_the_title() {
        assert_eq!(file_name("Runs & methods: “b = 16”", Format::Latex), "runs-methods-b-16.tex");
        assert_eq!(file_name("…", Format::Csv), "table.csv");
    }
}
