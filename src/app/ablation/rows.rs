//! Rows of runs and experiments in their order: what each is at the left, what can be done with it at the right, every button
//! always in the same place.

use crate::app::labelled;
use egui::{Align, Color32, Label, Layout, Response, RichText, Role, Ui, WidgetInfo, vec2};

/// Height of a row, in points.
const ROW: f32 = 26.0;
/// Width of where a run stands, and of its priority, in points.
const STATE: f32 = 82.0;
const NOTE: f32 = 46.0;
/// Least width of a name beside the buttons, in points; with less, the buttons are below it.
const LEAST_NAME: f32 = 150.0;

/// What a row says.
pub struct Row<'t> {
    /// Where it stands; blank where nothing stands anywhere.
    pub state: String,
    pub name: &'t str,
    /// Behind the name.
    pub note: String,
}

/// What can be done with it.
pub struct Button {
    pub sign: &'static str,
    /// In full, for assistive technology and the pointer.
    pub name: String,
    /// Whether it can be done with this one at all; if not, its place stays empty.
    pub offered: bool,
    pub enabled: bool,
}

/// Whether buttons of these signs fit beside the names.
pub fn fits(ui: &Ui, signs: &[&str]) -> bool {
    ui.available_width() >= STATE + NOTE + LEAST_NAME + buttons_width(ui, signs.iter().copied())
}

/// The names of the columns of runs; whether the buttons fit beside the names.
pub fn head(ui: &mut Ui, signs: &[&str]) -> bool {
    let wide = fits(ui, signs);
    let name = name_width(ui, wide, true, signs.iter().copied());
    ui.horizontal(|ui| {
        for (text, width) in [("State", STATE), ("Run", name), ("Priority", NOTE)] {
            cell(ui, width, |ui| ui.add(Label::new(RichText::new(text).small().weak()).extend()));
        }
    });
    wide
}

/// Draws a row. Gives what the pointer may rest on, and the button that was pressed, by its place.
pub fn show(ui: &mut Ui, wide: bool, row: Row<'_>, color: Color32, buttons: &[Button]) -> (Response, Option<usize>) {
    let stands = !row.state.is_empty();
    let name = name_width(ui, wide, stands, buttons.iter().map(|button| button.sign));
    let mut pressed = None;
    let response = ui.horizontal(|ui| {
        ui.set_min_height(ROW);
        let told = |ui: &mut Ui, width: f32, text: &str| {
            cell(ui, width, |ui| ui.add(Label::new(RichText::new(text).color(color)).truncate()))
        };
        if stands {
            told(ui, STATE, &row.state);
        }
        let response = told(ui, name, row.name);
        if stands {
            told(ui, NOTE, &row.note);
        }
        if wide {
            pressed = show_buttons(ui, buttons);
        }
        response
    });
    if !wide && buttons.iter().any(|button| button.offered) {
        ui.horizontal(|ui| pressed = show_buttons(ui, buttons));
    }
    (response.inner, pressed)
}

fn show_buttons(ui: &mut Ui, buttons: &[Button]) -> Option<usize> {
    let mut pressed = None;
    for (place, Button { sign, name, offered, enabled }) in buttons.iter().enumerate() {
        if !offered {
            let width = labelled::width(ui, sign) + 2.0 * ui.spacing().button_padding.x;
            ui.allocate_space(vec2(width, ROW));
            continue;
        }
        let response = ui.add_enabled(*enabled, egui::Button::new(*sign));
        response.widget_info(|| WidgetInfo::labeled(Role::Button, *enabled, name));
        if response.on_hover_text(name).clicked() {
            pressed = Some(place);
        }
    }
    pressed
}

fn cell<T>(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui) -> T) -> T {
    let layout = Layout::left_to_right(Align::Center);
    let cell = ui.allocate_ui_with_layout(vec2(width, ROW), layout, |ui| {
        ui.set_min_width(width);
        ui.set_max_width(width);
        add(ui)
    });
    cell.inner
}

/// What the other columns leave for the name.
fn name_width<'t>(ui: &Ui, wide: bool, stands: bool, signs: impl Iterator<Item = &'t str>) -> f32 {
    let gap = ui.spacing().item_spacing.x;
    let others = if stands { STATE + NOTE + 2.0 * gap } else { 0.0 };
    let buttons = if wide { buttons_width(ui, signs) } else { 0.0 };
    (ui.available_width() - others - buttons).max(60.0)
}

/// Width of the buttons, with the gap before each.
fn buttons_width<'t>(ui: &Ui, signs: impl Iterator<Item = &'t str>) -> f32 {
    let around = 2.0 * ui.spacing().button_padding.x + ui.spacing().item_spacing.x;
    signs.map(|sign| labelled::width(ui, sign) + around).sum()
}
