//! The list itself: only the rows in sight are laid out.

use super::rows::{Column, Row, View, experiment_cell, most_steps, run_cell};
use crate::app::table;
use crate::experiment::event::{ExperimentId, Role, RunId, RunInfo, Status};
use crate::experiment::store::Listed;
use crate::figure::table::{self as figure, Cell, Table};
use egui::collapsing_header::paint_default_icon;
use egui::{Align, Button, Checkbox, Label, Layout, RichText, ScrollArea, Sense, Ui, vec2};
use egui_extras::{Column as Width, TableBuilder, TableRow};
use std::collections::BTreeSet;

const ROW: f32 = 26.0;

/// What the list is called where it is exported.
pub const TITLE: &str = "Runs";

/// The list as it shows, as a table for files: runs stand below their experiment, whose name is theirs too.
pub fn table(listed: &[Listed], rows: &[Row]) -> Table {
    let mut columns = vec![
        figure::Column::new("Experiment", "what the experiment is called"),
        figure::Column::new("Run", "the run's name; none in the line of the whole experiment"),
        figure::Column::new("Number", "the experiment's or the run's, for the command line").decimals(0),
    ];
    let shown = || Column::ALL.into_iter().filter(|column| *column != Column::Name);
    columns.extend(shown().map(|column| match column {
        Column::Steps => figure::Column::new(column.name(), column.meaning()).decimals(0),
        _ => figure::Column::new(column.name(), column.meaning()),
    }));
    let row = |row: &Row| {
        let (listed, run) = match *row {
            Row::Experiment(place) => (listed.get(place)?, None),
            Row::Run(place, run) => (listed.get(place)?, Some(listed.get(place)?.runs.get(run)?)),
        };
        let number = run.map_or(listed.experiment.id.0, |run| run.id.0);
        let mut cells = vec![
            Cell::Text(listed.experiment.title.clone()),
            run.map_or(Cell::Missing, |run| Cell::Text(run.label.clone())),
            Cell::Number(number as f64),
        ];
        cells.extend(shown().map(|column| match (column, run) {
            (Column::Best, None) => Cell::number(listed.best_bits_per_byte()),
            (Column::Best, Some(run)) => Cell::number(run.results.get("bits/byte").copied()),
            (Column::Steps, None) => Cell::number(most_steps(listed).map(|steps| steps as f64)),
            (Column::Steps, Some(run)) => Cell::number((run.role != Role::Tokens).then_some(run.steps as f64)),
            (column, None) => Cell::Text(experiment_cell(listed, column)),
            (column, Some(run)) => Cell::Text(run_cell(run, column)),
        }));
        Some(figure::Row { cells, color: None })
    };
    Table { title: TITLE.to_owned(), columns, rows: rows.iter().filter_map(row).collect() }
}

/// Draws the list over the room that is left.
pub fn show(
    ui: &mut Ui,
    listed: &[Listed],
    rows: &[Row],
    view: &mut View,
    selected: &mut Option<ExperimentId>,
    chosen: &mut BTreeSet<RunId>,
) {
    ScrollArea::horizontal().id_salt("runs across").auto_shrink(false).show(ui, |ui| {
        let mut table = TableBuilder::new(ui)
            .id_salt("runs")
            .striped(true)
            .sense(Sense::click())
            .cell_layout(Layout::left_to_right(Align::Center))
            .auto_shrink(false)
            .column(Width::exact(38.0))
            .column(Width::exact(22.0));
        for column in Column::ALL {
            table = table.column(Width::initial(column.width()).at_least(40.0).resizable(true).clip(true));
        }
        let table = table.header(ROW, |mut header| {
            header.col(|ui| drop(ui.weak("Show").on_hover_text("Ticked runs are shown in Live and Compare")));
            header.col(|_| {});
            for column in Column::ALL {
                header.col(|ui| heading(ui, column, view));
            }
        });
        table.body(|body| {
            body.rows(ROW, rows.len(), |mut row| match rows.get(row.index()) {
                Some(Row::Experiment(place)) => {
                    if let Some(listed) = listed.get(*place) {
                        experiment(&mut row, listed, view, selected, chosen);
                    }
                }
                Some(Row::Run(place, run)) => {
                    if let Some((listed, run)) =
                        listed.get(*place).and_then(|listed| Some((listed, listed.runs.get(*run)?)))
                    {
                        run_row(&mut row, listed, run, selected, chosen);
                    }
                }
                None => {}
            });
        });
    });
}

fn heading(ui: &mut Ui, column: Column, view: &mut View) {
    let sorted = view.sort == column;
    let button = Button::new(RichText::new(column.name()).strong()).frame(false).truncate();
    let response = ui.add(button).on_hover_text(format!("{}. Click to sort", column.meaning()));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Sort by {}", column.name())));
    if response.clicked() {
        // Of times and figures the newest and the best are looked for first.
        view.descending = if sorted { !view.descending } else { column == Column::Created };
        view.sort = column;
    }
    if sorted {
        table::show_arrow(ui, view.descending);
    }
}

fn experiment(
    row: &mut TableRow<'_, '_>,
    listed: &Listed,
    view: &mut View,
    selected: &mut Option<ExperimentId>,
    chosen: &mut BTreeSet<RunId>,
) {
    let id = listed.experiment.id;
    let title = &listed.experiment.title;
    row.set_selected(*selected == Some(id));
    row.col(|ui| {
        let ticked = listed.runs.iter().filter(|run| chosen.contains(&run.id)).count();
        let mut all = ticked > 0 && ticked == listed.runs.len();
        let some = ticked > 0 && !all;
        let tick = ui.add_enabled(!listed.runs.is_empty(), Checkbox::without_text(&mut all).indeterminate(some));
        name_tick(&tick, all, title);
        if tick.changed() {
            for run in &listed.runs {
                if all {
                    chosen.insert(run.id)
                } else {
                    chosen.remove(&run.id)
                };
            }
        }
    });
    row.col(|ui| {
        let open = view.expanded.contains(&id);
        let enabled = !listed.runs.is_empty();
        let response = ui.add_enabled_ui(enabled, |ui| ui.allocate_response(vec2(14.0, 14.0), Sense::click())).inner;
        paint_default_icon(ui, if open { 1.0 } else { 0.0 }, &response);
        let what = if open { "Hide" } else { "Show" };
        response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("{what} the runs of {title}")));
        if response.clicked() && !view.expanded.remove(&id) {
            view.expanded.insert(id);
        }
    });
    for column in Column::ALL {
        row.col(|ui| {
            let text = experiment_cell(listed, column);
            cell(ui, text, column == Column::Name, (column == Column::Status).then_some(&listed.experiment.status));
        });
    }
    let response = row.response();
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::Row, true, *selected == Some(id), format!("Experiment {title}"))
    });
    if response.clicked() {
        *selected = if *selected == Some(id) { None } else { Some(id) };
    }
}

fn run_row(
    row: &mut TableRow<'_, '_>,
    listed: &Listed,
    run: &RunInfo,
    selected: &mut Option<ExperimentId>,
    chosen: &mut BTreeSet<RunId>,
) {
    row.col(|ui| {
        let mut ticked = chosen.contains(&run.id);
        let tick = ui.add(Checkbox::without_text(&mut ticked));
        name_tick(&tick, ticked, &format!("{}, {}", run.label, listed.experiment.title));
        if tick.changed() {
            if ticked {
                chosen.insert(run.id)
            } else {
                chosen.remove(&run.id)
            };
        }
    });
    row.col(|_| {});
    for column in Column::ALL {
        row.col(|ui| {
            if column == Column::Name {
                ui.add_space(12.0);
            }
            cell(ui, run_cell(run, column), false, (column == Column::Status).then_some(&run.status));
        });
    }
    if row.response().clicked() {
        *selected = Some(listed.experiment.id);
    }
}

fn name_tick(response: &egui::Response, ticked: bool, what: &str) {
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::CheckBox, true, ticked, format!("Look at {what}")));
}

fn cell(ui: &mut Ui, text: String, strong: bool, status: Option<&Status>) {
    let mut shown = RichText::new(&text);
    if strong {
        shown = shown.strong();
    }
    match status {
        Some(Status::Failed(_)) => shown = shown.color(ui.visuals().error_fg_color),
        Some(Status::Queued | Status::Stopped) => shown = shown.weak(),
        Some(Status::Running) => shown = shown.color(crate::app::theme::accent(ui.visuals())),
        _ => {}
    }
    let response = ui.add(Label::new(shown).truncate().selectable(false).sense(Sense::hover()));
    match status {
        Some(Status::Failed(why)) if !why.is_empty() => drop(response.on_hover_text(why)),
        _ if text.is_empty() => {}
        _ => drop(response.on_hover_text(text)),
    }
}
