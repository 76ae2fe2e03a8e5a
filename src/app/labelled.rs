//! A label and its control: a row that wraps keeps them together.

use egui::{Align, Layout, TextStyle, Ui, vec2};

/// Begins another line of a row that wraps where `label` and a control of `control` points' width do not fit on this one.
/// Call it before both are drawn.
pub fn make_room(ui: &mut Ui, label: &str, control: f32) {
    let wanted = width(ui, label) + ui.spacing().item_spacing.x + control;
    let begun = ui.cursor().left() > ui.max_rect().left() + 1.0;
    if begun && wanted > ui.available_size_before_wrap().x {
        ui.end_row();
        // Else a label would stand at the top of its row.
        ui.set_row_height(ui.spacing().interact_size.y);
    }
}

/// Width of a text in the type of labels, in points.
pub fn width(ui: &Ui, text: &str) -> f32 {
    let font = TextStyle::Body.resolve(ui.style());
    ui.painter().layout_no_wrap(text.to_owned(), font, egui::Color32::PLACEHOLDER).size().x
}

/// Draws a control in a row that wraps, at most `width` points wide: what is longer is cut there, and not taken to the next
/// line.
pub fn within<T>(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui) -> T) -> T {
    let size = vec2(width, ui.spacing().interact_size.y);
    let row = ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_max_width(width);
        add(ui)
    });
    row.inner
}
