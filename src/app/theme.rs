//! Colours, type sizes and spacing: one place, for light and dark.
//!
//! Categorical colours are Okabe and Ito's, which readers with any of the common colour-vision deficiencies can tell
//! apart; the figures use the same order, so a run keeps its colour from the screen to the page.

use crate::figure::style::PALETTE;
use egui::{
    Color32, CornerRadius, FontFamily, FontId, Modal, Response, Stroke, Style, TextStyle, TextWrapMode, Theme,
    ThemePreference, Ui, Visuals, vec2,
};

/// The palette of the figures, lifted where it would sink into a dark ground.
const RUNS_ON_DARK: [Color32; PALETTE.len()] = [
    Color32::from_rgb(64, 156, 220),
    Color32::from_rgb(236, 118, 32),
    Color32::from_rgb(24, 184, 138),
    Color32::from_rgb(218, 142, 184),
    Color32::from_rgb(240, 176, 40),
    Color32::from_rgb(120, 200, 245),
    Color32::from_rgb(170, 170, 170),
    Color32::from_rgb(240, 228, 66),
];

/// Hues that windows take in turn. Neighbours differ in hue and in lightness, so a boundary shows without colour too.
const WINDOWS_ON_LIGHT: [Color32; 4] = [
    Color32::from_rgb(205, 227, 244),
    Color32::from_rgb(250, 226, 190),
    Color32::from_rgb(199, 235, 222),
    Color32::from_rgb(243, 214, 231),
];
const WINDOWS_ON_DARK: [Color32; 4] = [
    Color32::from_rgb(30, 66, 96),
    Color32::from_rgb(98, 68, 22),
    Color32::from_rgb(20, 80, 64),
    Color32::from_rgb(92, 50, 78),
];

/// The colour of a run, by its place in the experiment.
pub fn run_color(index: usize, visuals: &Visuals) -> Color32 {
    let index = index % PALETTE.len();
    if visuals.dark_mode {
        return RUNS_ON_DARK[index];
    }
    let (red, green, blue) = PALETTE[index];
    Color32::from_rgb(red, green, blue)
}

/// The ground of a window, by its place in the text.
pub fn window_fill(index: usize, visuals: &Visuals) -> Color32 {
    let colors = if visuals.dark_mode { &WINDOWS_ON_DARK } else { &WINDOWS_ON_LIGHT };
    colors[index % colors.len()]
}

/// Marks that stand for something invisible: white space, borders of byte chips.
pub fn mark(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode { Color32::from_white_alpha(110) } else { Color32::from_black_alpha(110) }
}

/// The text of the coloured windows: stronger than labels, as its ground is coloured.
pub fn reading_text(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode { Color32::from_gray(238) } else { Color32::from_gray(16) }
}

/// The one accent: selection, progress, focus.
pub fn accent(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode { Color32::from_rgb(64, 156, 220) } else { Color32::from_rgb(0, 114, 178) }
}

/// What is outlined on a coloured map, against every colour of the scale: with [`map_halo`] around it.
pub fn map_outline(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode { Color32::WHITE } else { Color32::BLACK }
}

/// The rim that sets an outline off.
pub fn map_halo(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode { Color32::from_black_alpha(180) } else { Color32::from_white_alpha(200) }
}

/// A cell of a map that has no value.
pub fn map_missing(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode { Color32::from_gray(44) } else { Color32::from_gray(229) }
}

/// Text on a cell of a map, by the cell's share of the scale; a cell without a value has none.
pub fn on_map(share: Option<f64>, visuals: &Visuals) -> Color32 {
    match share {
        Some(share) if share > 0.6 => Color32::BLACK,
        Some(_) => Color32::WHITE,
        None => visuals.text_color(),
    }
}

/// Installs both themes. Which of them shows is egui's own, kept setting.
pub fn install(ctx: &egui::Context) {
    for theme in [Theme::Light, Theme::Dark] {
        ctx.style_mut_of(theme, |style| shape(style, theme == Theme::Dark));
    }
}

/// A sheet over the window, with room around what it says.
pub fn sheet(ctx: &egui::Context, name: &str) -> Modal {
    let frame = egui::Frame::popup(&ctx.style_of(ctx.theme())).inner_margin(16);
    Modal::new(egui::Id::unique(name)).frame(frame)
}

/// From light to dark or back.
pub fn switch(ctx: &egui::Context) {
    let other = match ctx.theme() {
        Theme::Dark => ThemePreference::Light,
        Theme::Light => ThemePreference::Dark,
    };
    ctx.set_theme(other);
}

fn shape(style: &mut Style, dark: bool) {
    style.text_styles = [
        (TextStyle::Small, FontId::new(11.5, FontFamily::Proportional)),
        (TextStyle::Body, FontId::new(14.0, FontFamily::Proportional)),
        (TextStyle::Button, FontId::new(14.0, FontFamily::Proportional)),
        (TextStyle::Heading, FontId::new(17.0, FontFamily::Proportional)),
        (TextStyle::Monospace, FontId::new(13.0, FontFamily::Monospace)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 6.0);
    spacing.button_padding = vec2(10.0, 4.0);
    spacing.interact_size.y = 26.0;
    spacing.slider_width = 120.0;
    spacing.scroll = egui::style::ScrollStyle::thin();

    let visuals = &mut style.visuals;
    *visuals = if dark { Visuals::dark() } else { Visuals::light() };
    let accent = accent(visuals);
    let (panel, field, line, text, strong) = if dark {
        (30, 20, 62, Color32::from_gray(208), Color32::from_gray(242))
    } else {
        (250, 255, 214, Color32::from_gray(48), Color32::from_gray(12))
    };
    visuals.panel_fill = Color32::from_gray(panel);
    visuals.window_fill = visuals.panel_fill;
    visuals.extreme_bg_color = Color32::from_gray(field);
    visuals.faint_bg_color = if dark { Color32::from_gray(37) } else { Color32::from_gray(243) };
    visuals.widgets.noninteractive.fg_stroke = Stroke::new(1.0, text);
    visuals.widgets.noninteractive.bg_stroke = Stroke::new(1.0, Color32::from_gray(line));
    visuals.widgets.inactive.fg_stroke = Stroke::new(1.0, text);
    visuals.widgets.inactive.bg_stroke = Stroke::new(1.0, Color32::from_gray(line));
    visuals.widgets.open.fg_stroke = Stroke::new(1.0, strong);
    if !dark {
        visuals.widgets.inactive.weak_bg_fill = Color32::from_gray(240);
        visuals.widgets.inactive.bg_fill = Color32::from_gray(222);
    }
    visuals.weak_text_color = Some(if dark { Color32::from_gray(150) } else { Color32::from_gray(104) });
    visuals.selection.bg_fill = accent.gamma_multiply(if dark { 0.45 } else { 0.25 });
    visuals.selection.stroke = Stroke::new(1.0, strong);
    visuals.error_fg_color = if dark { Color32::from_rgb(255, 128, 118) } else { Color32::from_rgb(186, 26, 26) };
    visuals.warn_fg_color = if dark { Color32::from_rgb(245, 180, 60) } else { Color32::from_rgb(150, 84, 0) };
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = egui::style::HandleShape::Circle;
    for widget in [
        &mut visuals.widgets.noninteractive,
        &mut visuals.widgets.inactive,
        &mut visuals.widgets.hovered,
        &mut visuals.widgets.active,
        &mut visuals.widgets.open,
    ] {
        widget.corner_radius = CornerRadius::same(4);
        widget.expansion = 0.0;
    }
}

/// A box to tick in the colour of the curve that it switches on and off.
pub fn colored_checkbox(ui: &mut Ui, color: Color32, ticked: &mut bool, name: &str) -> Response {
    // In a scope of its own, or with a name that may be broken, it would be squeezed into what is left of a row.
    let before = ui.style().clone();
    let style = ui.style_mut();
    style.wrap_mode = Some(TextWrapMode::Extend);
    let widgets = &mut style.visuals.widgets;
    for widget in [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active] {
        widget.bg_fill = color;
    }
    let response = ui.checkbox(ticked, name);
    ui.set_style(before);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG's relative luminance and contrast ratio.
    fn contrast(a: Color32, b: Color32) -> f32 {
        let luminance = |color: Color32| {
            let [r, g, b, _] = egui::Rgba::from(color).to_array();
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_is_readable_on_every_window_colour() {
        for dark in [false, true] {
            let mut style = Style::default();
            shape(&mut style, dark);
            for index in 0..WINDOWS_ON_DARK.len() {
                let ratio = contrast(reading_text(&style.visuals), window_fill(index, &style.visuals));
                assert!(ratio >= 7.0, "window {index}, dark {dark}: contrast {ratio}");
            }
        }
    }

    #[test]
    fn labels_messages_and_curves_are_readable_on_the_panel() {
        for dark in [false, true] {
            let mut style = Style::default();
            shape(&mut style, dark);
            let visuals = &style.visuals;
            let text = [visuals.text_color(), visuals.weak_text_color(), visuals.error_fg_color, visuals.warn_fg_color];
            for color in text {
                let ratio = contrast(color, visuals.panel_fill);
                assert!(ratio >= 4.5, "{color:?}, dark {dark}: contrast {ratio}");
            }
            for index in 0..RUNS_ON_DARK.len() {
                let ratio = contrast(run_color(index, visuals), visuals.panel_fill);
                assert!(ratio >= 2.0, "run {index}, dark {dark}: contrast {ratio}");
            }
        }
    }
}
