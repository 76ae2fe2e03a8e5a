//! Welch's t-test between two rows.

use crate::app::board::Board;
use crate::app::{labelled, table};
use crate::experiment::compare::{Group, Quantity, Sample, Verdict, place_of};
use crate::experiment::event::RunId;
use crate::figure::table::{Cell, Column, Row, Table};
use egui::{Align, ComboBox, Grid, Layout, RichText, Ui, vec2};

/// What the test is called where it is exported.
const TITLE: &str = "Welch's test";

/// Widest that a chosen row is shown, in points.
const WIDEST: f32 = 300.0;
/// Room for the figures beside a row's name, in points.
const FIGURES: f32 = 250.0;

/// The two rows that are held against each other, each by a run of it: rows come and go, and change their names as seeds
/// join them.
#[derive(Default)]
pub struct Pair {
    runs: [Option<RunId>; 2],
}

impl Pair {
    /// Other rows have come: what was chosen and is among them stays, else the first that were measured are proposed.
    pub fn follow(&mut self, groups: &[Group]) {
        let kept = self.runs.map(|run| run.and_then(|run| place_of(groups, run)));
        let measured = |place: &usize| groups[*place].sample(Quantity::BitsPerByte).is_some();
        let mut proposed = (0..groups.len()).filter(|place| measured(place) && !kept.contains(&Some(*place)));
        self.runs = kept.map(|place| place.or_else(|| proposed.next()).and_then(|place| groups[place].first()));
    }

    pub fn show(&mut self, ui: &mut Ui, groups: &[Group], board: &mut Board) {
        ui.horizontal_wrapped(|ui| {
            ui.strong("Do two rows differ?").on_hover_text(
                "Welch's t-test of bits/byte: are two means further apart than their spread over seeds explains? The \
                 variances may differ.",
            );
            for (run, name) in self.runs.iter_mut().zip(["First row", "Second row"]) {
                let chosen = run.and_then(|run| place_of(groups, run));
                let shown = chosen.and_then(|place| groups.get(place));
                let shown = shown.map_or_else(|| "choose".to_owned(), |group| row_name(groups, group));
                let width = (labelled::width(ui, &shown) + 40.0).clamp(180.0, WIDEST);
                let width = width.min(ui.max_rect().width() - labelled::width(ui, name) - ui.spacing().item_spacing.x);
                labelled::make_room(ui, name, width);
                let label = ui.label(name);
                let list = ComboBox::from_id_salt(name).selected_text(shown).width(width).truncate();
                let list = labelled::within(ui, width, |ui| {
                    list.show_ui(ui, |ui| {
                        for (index, group) in groups.iter().enumerate() {
                            let n = group.values(Quantity::BitsPerByte).len();
                            let text = format!("{}  (n = {n})", row_name(groups, group));
                            if ui.selectable_label(chosen == Some(index), text).clicked() {
                                *run = group.first();
                            }
                        }
                    })
                });
                list.response.labelled_by(label.id);
            }
        });
        let [Some(a), Some(b)] = self.runs.map(|run| groups.get(place_of(groups, run?)?)) else {
            ui.weak("Choose two rows to hold their bits/byte against each other.");
            return;
        };
        if std::ptr::eq(a, b) {
            ui.weak("Both are the same row: choose another one to hold it against.");
            return;
        }
        let mut verdict = Verdict::between(a, b);
        verdict.labels = [a, b].map(|group| row_name(groups, group));
        show_figures(ui, &verdict);
        table::export(ui, TITLE, || figures_table(&verdict), board);
        ui.add(egui::Label::new(verdict.sentence()).wrap());
    }
}

/// A row's name; where another row is called the same, its experiment, too, and its first run's number if need be.
fn row_name(groups: &[Group], group: &Group) -> String {
    let name = |group: &Group| format!("{} · {}", group.label, group.experiments().join(", "));
    let alike = |same: &dyn Fn(&Group) -> bool| groups.iter().filter(|other| same(other)).count() > 1;
    if !alike(&|other| other.label == group.label) {
        return group.label.clone();
    }
    match group.runs().next().filter(|_| alike(&|other| name(other) == name(group))) {
        Some(first) => format!("{} · run {}", name(group), first.id.0),
        None => name(group),
    }
}

/// What both rows came to, with the test, as a table for files.
fn figures_table(verdict: &Verdict) -> Table {
    let columns = vec![
        Column::new("Row", "The row that is held against the other"),
        Column::new("n", "Seeds").decimals(0),
        Column::new("Mean", "Mean bits per raw byte of held-out text").decimals(4),
        Column::new("Deviation", "Sample standard deviation").decimals(4),
        Column::new("t", "The difference over its standard error").decimals(3),
        Column::new("Degrees of freedom", "After Welch and Satterthwaite").decimals(2),
        Column::new("p", "Two-sided").decimals(6),
    ];
    let test = verdict.test.as_ref().ok();
    let rows = verdict.labels.iter().zip(&verdict.samples).map(|(label, sample)| {
        let deviation = sample.as_ref().filter(|sample| sample.count > 1).map(|sample| sample.deviation);
        let cells = vec![
            Cell::Text(label.to_string()),
            Cell::Number(sample.as_ref().map_or(0.0, |sample| sample.count as f64)),
            Cell::number(sample.as_ref().map(|sample| sample.mean)),
            Cell::number(deviation),
            Cell::number(test.map(|test| test.t)),
            Cell::number(test.map(|test| test.degrees_of_freedom)),
            Cell::number(test.map(|test| test.p)),
        ];
        Row { cells, color: None }
    });
    Table { title: TITLE.to_owned(), columns, rows: rows.collect() }
}

fn show_figures(ui: &mut Ui, verdict: &Verdict) {
    let widest = verdict.labels.iter().map(|label| labelled::width(ui, label)).fold(0.0, f32::max);
    let width = (widest + 2.0).min((ui.available_width() - FIGURES).max(80.0));
    Grid::new("samples").num_columns(4).spacing([18.0, 4.0]).show(ui, |ui| {
        for heading in ["", "n", "mean bits/byte", "deviation"] {
            ui.label(RichText::new(heading).small().weak());
        }
        ui.end_row();
        for (label, sample) in verdict.labels.iter().zip(&verdict.samples) {
            ui.allocate_ui_with_layout(vec2(width, 18.0), Layout::left_to_right(Align::Center), |ui| {
                ui.set_width(width);
                ui.add(egui::Label::new(label).truncate());
            });
            let figures = sample.map_or_else(|| ["0", "–", "–"].map(str::to_owned), figures);
            for figure in figures {
                ui.label(RichText::new(figure).monospace());
            }
            ui.end_row();
        }
    });
    if let Ok(welch) = &verdict.test {
        let p = if welch.p < 1e-4 { format!("{:.1e}", welch.p) } else { format!("{:.4}", welch.p) };
        let figures = format!("t = {:.3}   degrees of freedom = {:.2}   p = {p}", welch.t, welch.degrees_of_freedom);
        ui.label(RichText::new(figures).monospace()).on_hover_text(
            "t: the difference over its standard error. Degrees of freedom after Welch and Satterthwaite. p: two-sided",
        );
    }
}

fn figures(sample: Sample) -> [String; 3] {
    let deviation = if sample.count > 1 { format!("{:.4}", sample.deviation) } else { "–".to_owned() };
    [sample.count.to_string(), format!("{:.4}", sample.mean), deviation]
}
