//! Bits/byte against what they cost.

use crate::app::board::Board;
use crate::app::chart::{self, ChartState};
use crate::experiment::compare::{Group, paper};
use crate::figure::compare::{Against, OTHER_CORPUS, scatter};
use egui::{ComboBox, Ui};

/// What is kept between starts.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Kept {
    against: Against,
    log: bool,
    /// Size of the paper's models that are laid over; empty shows none.
    paper: String,
}

impl Default for Kept {
    fn default() -> Self {
        Self { against: Against::default(), log: true, paper: String::new() }
    }
}

pub struct Scatter {
    choices: Kept,
    chart: ChartState,
}

const LEAST: f32 = 300.0;
const MOST: f32 = 620.0;

impl Scatter {
    pub fn new(kept: &Kept) -> Self {
        Self { choices: kept.clone(), chart: ChartState::default() }
    }

    pub fn kept(&self) -> Kept {
        self.choices.clone()
    }

    /// `pane` is the height of what is in sight.
    pub fn show(&mut self, ui: &mut Ui, groups: &[Group], pane: f32, board: &mut Board) {
        let choices = &mut self.choices;
        ui.horizontal_wrapped(|ui| {
            ui.label("Bits/byte against");
            for against in Against::ALL {
                ui.selectable_value(&mut choices.against, against, against.name()).on_hover_text(match against {
                    Against::FlopsPerByte => "Operations of inference per raw byte (paper Fig 3)",
                    Against::BytesPerStep => "Raw bytes of one autoregressive step (paper Fig 4)",
                });
            }
            ui.checkbox(&mut choices.log, "Log axis").on_hover_text("The lower axis by powers of ten");
            let label = ui.label("Paper");
            let shown = if choices.paper.is_empty() { "none" } else { choices.paper.as_str() }.to_owned();
            ComboBox::from_id_salt("paper")
                .selected_text(shown)
                .width(70.0)
                .show_ui(ui, |ui| {
                    ui.selectable_value(&mut choices.paper, String::new(), "none");
                    for size in paper::SIZES {
                        ui.selectable_value(&mut choices.paper, size.to_owned(), size);
                    }
                })
                .response
                .labelled_by(label.id)
                .on_hover_text(OTHER_CORPUS);
        });
        if !choices.paper.is_empty() {
            ui.weak(format!("Paper: other corpus, other scale ({}, C4). FLOPs/byte are by our count.", choices.paper));
        }
        let laid_over: Vec<_> = paper::models().iter().filter(|model| model.size == choices.paper).collect();
        let chart = scatter(groups, choices.against, choices.log, &laid_over);
        chart::show(ui, &chart, &mut self.chart, (0.45 * pane).clamp(LEAST, MOST), board);
    }
}
