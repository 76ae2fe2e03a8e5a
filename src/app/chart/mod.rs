//! Charts on the screen: [`Chart`] drawn with zoom, hover values and export.
//!
//! Ctrl and the wheel zoom, dragging pans, a double click or the button Fit shows all again. What costs time (thinning
//! long curves) is kept between frames in [`ChartState`] for as long as the data stay the same.

pub mod axes;
mod drawing;
mod thinned;

use self::thinned::Thinned;
use crate::app::board::{Action, Board};
use crate::app::export::Export;
use crate::app::theme;
use crate::figure::FigureError;
use crate::figure::chart::Chart;
use egui::{Align, Button, Label, Layout, RichText, Role, Sense, Ui, WidgetInfo};
use egui_plot::PlotTransform;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a chart remembers between frames.
#[derive(Default)]
pub struct ChartState {
    curves: Vec<Thinned>,
    legend: bool,
    /// Names that the reader switched off in the legend.
    hidden: BTreeSet<String>,
    /// The next frame shows all again.
    fit: bool,
    /// Where things lay in the last frame.
    transform: Option<PlotTransform>,
}

/// What a chart shows of its horizontal axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InView {
    /// Values, not places on a logarithmic axis.
    pub range: (f64, f64),
    pub log: bool,
    /// Of the frame, in points.
    pub width: f64,
}

impl ChartState {
    /// A chart with its names under it, which can be switched on and off.
    pub fn with_legend() -> Self {
        Self { legend: true, ..Self::default() }
    }

    /// What was shown of the chart's horizontal axis in the last frame; none if nothing was drawn.
    pub fn in_view(&self, chart: &Chart) -> Option<InView> {
        let transform = self.transform.as_ref()?;
        let range = transform.bounds().range_x();
        let range = (chart.x.value(*range.start()), chart.x.value(*range.end()));
        let width = f64::from(transform.frame().width());
        (range.1 > range.0 && width >= 1.0).then_some(InView { range, log: chart.x.log, width })
    }

    /// Where the plot was drawn in the last frame.
    pub fn frame(&self) -> Option<egui::Rect> {
        self.transform.as_ref().map(|transform| *transform.frame())
    }
}

/// Draws a chart over the width that is left, in about `height` points with its title and its legend.
pub fn show(ui: &mut Ui, chart: &Chart, state: &mut ChartState, height: f32, board: &mut Board) {
    ui.push_id(&chart.title, |ui| {
        let top = ui.cursor().top();
        header(ui, chart, state, board);
        if state.legend {
            legend(ui, chart, &mut state.hidden);
        }
        let room = (height - (ui.cursor().top() - top)).max(60.0);
        if chart.is_empty() {
            state.transform = None;
            nothing_yet(ui, chart, room);
        } else {
            drawing::show(ui, chart, state, room);
        }
    });
}

/// The title, what is drawn how, and what can be done with it.
fn header(ui: &mut Ui, chart: &Chart, state: &mut ChartState, board: &mut Board) {
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = 0.0;
        ui.spacing_mut().button_padding = egui::vec2(4.0, 1.0);
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                export_menu(ui, chart, board);
                let fit = ui.add(Button::new(RichText::new("Fit").small()).frame_when_inactive(false));
                let name = format!("Fit {} to its data", chart.title);
                fit.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
                if fit
                    .on_hover_text("Show all again, as a double click does. Ctrl and the wheel zoom, dragging pans")
                    .clicked()
                {
                    state.fit = true;
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(RichText::new(&chart.title).strong()).truncate());
                    let note = Label::new(RichText::new(&chart.note).small().weak()).truncate();
                    if !chart.note.is_empty() && ui.available_width() > 40.0 {
                        ui.add(note).on_hover_text(&chart.note);
                    }
                });
            });
        });
    });
}

/// The chart as a file, of one of three kinds.
fn export_menu(ui: &mut Ui, chart: &Chart, board: &mut Board) {
    type Make = fn(&Chart) -> Result<Vec<u8>, FigureError>;
    const KINDS: [(&str, &str, Make); 3] = [
        ("SVG", "svg", |chart| chart.svg().map(String::into_bytes)),
        ("PNG", "png", Chart::png),
        ("CSV", "csv", Chart::csv),
    ];
    let menu = ui.menu_button(RichText::new("Export").small(), |ui| {
        for (name, extension, make) in KINDS {
            if ui.button(name).clicked() {
                let drawn = chart.clone();
                board.ask(Action::Export(Export {
                    what: format!("the chart “{}” as {name}", chart.title),
                    file_name: format!("{}.{extension}", chart.file_stem()),
                    content: Arc::new(move || make(&drawn).map_err(|error| error.to_string())),
                }));
                ui.close();
            }
        }
    });
    let name = format!("Export {}", chart.title);
    menu.response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
}

/// The names of the curves, each with a box in its colour that switches it off and on.
fn legend(ui: &mut Ui, chart: &Chart, hidden: &mut BTreeSet<String>) {
    let mut named: Vec<(&str, usize)> = Vec::new();
    for curve in &chart.curves {
        if !curve.name.is_empty() && !named.iter().any(|(name, _)| *name == curve.name) {
            named.push((&curve.name, curve.color));
        }
    }
    // One curve is what the title says.
    if named.len() < 2 {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(14.0, 0.0);
        for (name, color) in named {
            let mut shown = !hidden.contains(name);
            if theme::colored_checkbox(ui, theme::run_color(color, ui.visuals()), &mut shown, name).changed() {
                if shown {
                    hidden.remove(name)
                } else {
                    hidden.insert(name.to_owned())
                };
            }
        }
    });
}

/// Takes a plot's place while there is nothing to draw.
fn nothing_yet(ui: &mut Ui, chart: &Chart, height: f32) {
    let (rect, response) = ui.allocate_exact_size(egui::vec2(ui.available_width(), height), Sense::hover());
    let visuals = ui.visuals();
    let stroke = egui::Stroke::new(1.0, axes::grid_color(visuals));
    ui.painter().rect(rect.shrink(0.5), 4, visuals.extreme_bg_color, stroke, egui::StrokeKind::Inside);
    let text = "nothing measured yet";
    let font = egui::TextStyle::Body.resolve(ui.style());
    ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, text, font, visuals.weak_text_color());
    let name = format!("{}: {text}", chart.title);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
}
