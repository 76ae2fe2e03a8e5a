//! Which experiments are compared.

use super::reader::Reader;
use crate::app::board::Board;
use crate::experiment::event::ExperimentId;
use crate::experiment::store::StoredExperiment;
use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{PopupCloseBehavior, ScrollArea, TextEdit, Ui};
use std::collections::BTreeSet;

/// What an experiment of a store is known by. Its number alone is not enough: once the bin is emptied, the next experiment
/// takes the number of one that is gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Known {
    id: ExperimentId,
    created: String,
}

impl Known {
    pub fn of(experiment: &StoredExperiment) -> Self {
        Self { id: experiment.id, created: experiment.created.clone() }
    }
}

pub struct Choice {
    pub experiments: BTreeSet<Known>,
    search: String,
}

impl Choice {
    pub fn new(experiments: BTreeSet<Known>) -> Self {
        Self { experiments, search: String::new() }
    }

    pub fn show(&mut self, ui: &mut Ui, reader: &mut Reader, board: &mut Board) {
        ui.horizontal_wrapped(|ui| {
            let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
            let there =
                reader.answer().experiments.iter().filter(|(known, _)| self.experiments.contains(known)).count();
            let (button, _) = MenuButton::new(format!("Experiments ({there})"))
                .config(config)
                .ui(ui, |ui| self.show_experiments(ui, reader));
            button.on_hover_text("Whose runs are compared");
            if ui.button("Read again").on_hover_text("Reads the stored results once more").clicked() {
                reader.again();
            }
            if !board.chosen.is_empty() {
                ui.weak(format!("and {} chosen in Runs", board.chosen.len()));
                if ui.button("Let go of them").on_hover_text("The runs chosen in Runs are no longer compared").clicked()
                {
                    board.chosen.clear();
                }
            }
            if reader.is_reading() {
                ui.spinner();
            }
        });
    }

    fn show_experiments(&mut self, ui: &mut Ui, reader: &Reader) {
        ui.set_width(300.0);
        let label = ui.label("Search");
        ui.add(TextEdit::singleline(&mut self.search).desired_width(f32::INFINITY)).labelled_by(label.id);
        let sought = self.search.trim().to_lowercase();
        let found: Vec<_> = reader
            .answer()
            .experiments
            .iter()
            .filter(|(_, name)| sought.is_empty() || name.to_lowercase().contains(&sought))
            .collect();
        ui.horizontal(|ui| {
            if ui.button("Tick all found").clicked() {
                self.experiments.extend(found.iter().map(|(known, _)| known.clone()));
            }
            if ui.button("Untick all").clicked() {
                self.experiments.clear();
            }
        });
        if found.is_empty() {
            ui.weak("No experiment has such a name.");
        }
        let height = ui.spacing().interact_size.y;
        ScrollArea::vertical().max_height(280.0).show_rows(ui, height, found.len(), |ui, rows| {
            for (known, name) in found.get(rows).unwrap_or_default() {
                let mut chosen = self.experiments.contains(known);
                if ui.checkbox(&mut chosen, name).changed() {
                    if chosen {
                        self.experiments.insert(known.clone())
                    } else {
                        self.experiments.remove(known)
                    };
                }
            }
        });
    }
}
