//! The Film pane.

use crate::app::board::Board;
use crate::app::workbench::Workbench;
use egui::{Context, Ui};
use std::sync::Arc;

/// What is kept between starts.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Kept {}

/// The pane.
pub struct FilmPane {}

impl FilmPane {
    pub fn new(_ctx: &Context, _workbench: &Arc<dyn Workbench>, _kept: &Kept) -> Self {
        Self {}
    }

    pub fn kept(&self) -> Kept {
        Kept {}
    }

    pub fn show(&mut self, ui: &mut Ui, _board: &mut Board) {
        ui.weak("Film");
    }
}
