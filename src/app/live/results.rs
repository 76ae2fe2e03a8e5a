//! What every run came to, as a table.

use crate::app::format;
use crate::app::theme;
use crate::experiment::event::{Role, RunInfo, Snapshot, Status};
use egui::{Grid, RichText, ScrollArea, Ui};
use std::collections::BTreeSet;

/// Results in the order in which readers look for them; others follow by name.
const FIRST: [&str; 6] =
    ["bits/byte", "uniform bits/byte", "unigram bits/byte", "token ratio", "bit ratio", "FLOPs/byte"];

/// Draws the table; scrolls both ways where it does not fit.
pub fn show(ui: &mut Ui, snapshot: &Snapshot) {
    if snapshot.runs.is_empty() {
        ui.label(RichText::new("No runs yet: start an experiment.").weak());
        return;
    }
    let columns = columns(&snapshot.runs);
    ScrollArea::both().id_salt("results").auto_shrink(false).show(ui, |ui| {
        let across = columns.len() + 3;
        Grid::new("results").num_columns(across).striped(true).spacing([14.0, 8.0]).show(ui, |ui| {
            for name in ["Run", "Model", "Status"].into_iter().chain(columns.iter().copied()) {
                ui.label(RichText::new(name.replace(' ', "\n")).small().weak());
            }
            ui.end_row();
            for (index, run) in snapshot.runs.iter().enumerate() {
                let color = theme::run_color(index, ui.visuals());
                ui.horizontal(|ui| {
                    let (dot, _) = ui.allocate_exact_size(egui::vec2(10.0, 10.0), egui::Sense::hover());
                    ui.painter().circle_filled(dot.center(), 4.5, color);
                    ui.label(&run.label);
                });
                let role = match run.role {
                    Role::M1 => "M1",
                    Role::M2 => "M2",
                    Role::Tokens => "tokens",
                };
                ui.label(format!("{role} {}", run.size));
                show_status(ui, &run.status);
                for name in &columns {
                    let text = run.results.get(*name).map_or_else(|| "–".to_owned(), |value| format::value(*value));
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        ui.label(RichText::new(text).monospace());
                    });
                }
                ui.end_row();
            }
        });
        if !snapshot.folder.as_os_str().is_empty() {
            ui.add_space(8.0);
            ui.label(RichText::new(format!("Results and figures: {}", snapshot.folder.display())).weak());
        }
    });
}

fn show_status(ui: &mut Ui, status: &Status) {
    match status {
        Status::Queued => ui.label(RichText::new("queued").weak()),
        Status::Running => ui.label("running"),
        Status::Paused => ui.label("paused"),
        Status::Stopped => ui.label("stopped"),
        Status::Done => ui.label("done"),
        Status::Failed(why) => ui.label(RichText::new("failed").color(ui.visuals().error_fg_color)).on_hover_text(why),
    };
}

/// The results that any run has, without the per-position ones that the learnability plot uses.
fn columns(runs: &[RunInfo]) -> Vec<&str> {
    let known: BTreeSet<&str> = runs
        .iter()
        .flat_map(|run| run.results.keys().map(String::as_str))
        .filter(|name| !name.starts_with("trivial accuracy"))
        .collect();
    let first = FIRST.into_iter().filter(|name| known.contains(name));
    let rest = known.iter().copied().filter(|name| !FIRST.contains(name));
    first.chain(rest).collect()
}
