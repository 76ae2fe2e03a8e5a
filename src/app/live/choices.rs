//! How the curves are drawn, as the reader chose.

use crate::app::labelled;
use crate::figure::learning::{Options, Over, Seeds};
use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{ComboBox, PopupCloseBehavior, Slider, Ui};

/// The reader's choices, kept between starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Choices {
    pub options: Options,
    /// Accuracies as a curve for each position, instead of the latest at every position.
    pub over_time: bool,
}

/// What each axis counts.
fn meaning(over: Over) -> &'static str {
    match over {
        Over::Step => "Optimiser steps of each run",
        Over::Bytes => "Raw bytes of text that each run was trained on",
        Over::Seconds => "Time that each run trained, without pauses",
    }
}

impl Choices {
    /// Draws the choices that are made often, and a menu for the others.
    pub fn show(&mut self, ui: &mut Ui) {
        let options = &mut self.options;
        labelled::make_room(ui, "Over", 76.0);
        let label = ui.label("Over");
        let chosen = ComboBox::from_id_salt("over").width(76.0).selected_text(options.over.name()).show_ui(ui, |ui| {
            for over in Over::ALL {
                ui.selectable_value(&mut options.over, over, over.name()).on_hover_text(meaning(over));
            }
        });
        chosen.response.labelled_by(label.id).on_hover_text(meaning(options.over));
        ui.checkbox(&mut options.log_x, "Log x").on_hover_text("What is counted, on a logarithmic axis");
        ui.checkbox(&mut options.log_y, "Log y")
            .on_hover_text("What is measured, on a logarithmic axis; not accuracies");
        ui.checkbox(&mut options.above_trivial, "Above trivial")
            .on_hover_text("Accuracy less what the best constant guess at that position reaches");
        let menu = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
        MenuButton::new("More").config(menu).ui(ui, |ui| self.show_more(ui));
    }

    fn show_more(&mut self, ui: &mut Ui) {
        let options = &mut self.options;
        ui.set_min_width(250.0);
        let text = "Weight of what came before in the exponential moving average over a curve's points, corrected for its \
                    start; 0 draws the curve as measured. The curve itself stays, pale";
        let label = ui.label("Smoothing");
        let slider = ui.add(Slider::new(&mut options.smoothing, 0.0..=0.99).fixed_decimals(2));
        slider.labelled_by(label.id).on_hover_text(text);
        ui.separator();
        ui.label("Runs that differ in their seed alone");
        ui.radio_value(&mut options.seeds, Seeds::Range, "mean, lowest to highest");
        ui.radio_value(&mut options.seeds, Seeds::Deviation, "mean ± standard deviation");
        ui.radio_value(&mut options.seeds, Seeds::Single, "a curve each");
        ui.separator();
        ui.label("Accuracies");
        ui.radio_value(&mut self.over_time, false, "the latest at each position");
        ui.radio_value(&mut self.over_time, true, "a curve for each position").on_hover_text(
            "With a flag where a position was unlocked: its accuracy is above the trivial one by more than 3 \
                            standard errors at two evaluations in a row (paper section 6.2)",
        );
        ui.separator();
        ui.checkbox(&mut options.paper, "Paper's values")
            .on_hover_text("The same method in the paper, at the same size or its smallest: C4, another scale");
    }
}
