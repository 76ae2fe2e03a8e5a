//! The list of lanes: what each is, what came of it, and which one is open.

use super::cut::Cut;
use super::lanes::{Lanes, MOST};
use crate::app::format;
use egui::{Align, Button, Label, Layout, RichText, ScrollArea, Sense, Shape, Stroke, Ui, vec2};

/// Lanes that show without scrolling.
const ROOM: f32 = 112.0;

/// What was asked for, carried out once the list is drawn.
enum Wish {
    Activate(usize),
    Remove(usize),
    SwapWithNext(usize),
}

/// Draws the list. True when lanes came, went or moved.
pub fn show(ui: &mut Ui, lanes: &mut Lanes) -> bool {
    let mut wish = None;
    ScrollArea::vertical().id_salt("lanes").max_height(ROOM).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for index in 0..lanes.all().len() {
            show_lane(ui, lanes, index, &mut wish);
        }
    });
    match wish {
        Some(Wish::Activate(index)) => lanes.activate(index),
        Some(Wish::Remove(index)) => lanes.remove(index),
        Some(Wish::SwapWithNext(index)) => lanes.swap_with_next(index),
        None => return false,
    }
    true
}

fn show_lane(ui: &mut Ui, lanes: &Lanes, index: usize, wish: &mut Option<Wish>) {
    let (lane, count) = (&lanes.all()[index], lanes.all().len());
    let number = index + 1;
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            if count > 1 {
                let small = |text: &str| Button::new(RichText::new(text).small()).frame(false);
                let what = format!("Remove lane {number}");
                if ui.add(small("×")).on_hover_text(&what).accessible_name(what).clicked() {
                    *wish = Some(Wish::Remove(index));
                }
                if arrow(ui, false, index + 1 < count, &format!("Move lane {number} down")) {
                    *wish = Some(Wish::SwapWithNext(index));
                }
                if arrow(ui, true, index > 0, &format!("Move lane {number} up")) {
                    *wish = Some(Wish::SwapWithNext(index - 1));
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let text = RichText::new(format!("{number}  {}", lane.name())).monospace();
                let ratio = lane.total().bit_ratio().map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.3}"));
                let button = Button::selectable(index == lanes.active_index(), text).right_text(ratio).truncate();
                let response = ui.add_sized([ui.available_width(), 22.0], button);
                let name = format!("Lane {number}: {}", lane.name());
                let hint = "Opens this lane's settings; at the right, its bit compression ratio so far";
                if response.on_hover_text(hint).accessible_name(name).clicked() {
                    *wish = Some(Wish::Activate(index));
                }
            });
        });
    });
}

/// A small button with a triangle; fonts need not have one.
fn arrow(ui: &mut Ui, up: bool, enabled: bool, name: &str) -> bool {
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(18.0, 20.0), sense);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, enabled, name));
    let color = match enabled {
        true => ui.style().interact(&response).fg_stroke.color,
        false => ui.visuals().weak_text_color().gamma_multiply(0.5),
    };
    let tip = if up { -3.0 } else { 3.0 };
    let corners = [vec2(0.0, tip), vec2(4.5, -tip), vec2(-4.5, -tip)].map(|corner| rect.center() + corner);
    ui.painter().add(Shape::convex_polygon(corners.to_vec(), color, Stroke::NONE));
    response.on_hover_text(name).clicked()
}

/// The button that adds a lane, as the next one the reader may want.
pub fn show_add(ui: &mut Ui, lanes: &mut Lanes) -> bool {
    let room = lanes.all().len() < MOST;
    let button = ui.add_enabled(room, Button::new("Add a lane"));
    let hint = "Another method over the same text, in step with the others";
    let clicked = button.on_hover_text(hint).on_disabled_hover_text("No more lanes fit").clicked();
    if clicked {
        lanes.add(next(lanes));
    }
    clicked
}

/// Something to compare with: the first of these that no lane shows.
fn next(lanes: &Lanes) -> Cut {
    let named = |name: &str| Cut { named: Some(name.to_owned()), ..Cut::default() };
    let cuts =
        [Cut::default(), named("GPT-2"), named("AC[v=256]"), Cut { window_bits: 32, ..Cut::default() }, named("Bytes")];
    let shown: Vec<String> = lanes.all().iter().map(super::lanes::Lane::name).collect();
    cuts.into_iter().find(|cut| !shown.contains(&cut.name())).unwrap_or_default()
}

/// The active lane in numbers, and of how much of the text they are.
pub fn show_facts(ui: &mut Ui, lanes: &Lanes, text: u64) {
    let total = lanes.active().total();
    let ratio = |ratio: Option<f64>| ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.3}"));
    let mut facts = vec![
        ("windows", format::count(total.windows)),
        ("tokens", format::count(total.tokens)),
        ("token ratio", ratio(total.token_ratio())),
        ("bit ratio", ratio(total.bit_ratio())),
        ("mean padding", format!("{:.2} bits", total.mean_padding())),
        ("ambiguous", format::count(total.ambiguous)),
    ];
    if total.lost_bytes > 0 {
        facts.push(("bytes lost", format::count(total.lost_bytes)));
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(11.0, 2.0);
        ui.spacing_mut().interact_size.y = 18.0;
        for (name, value) in facts {
            ui.add(Label::new(fact(ui, &value, name)).extend());
        }
        if total.bytes < text {
            let part = format!("of {} of {} cut so far", format::bytes(total.bytes), format::bytes(text));
            let hint = "The text is cut in blocks of 10,240 bytes, each by itself, as experiments cut their examples. \
                        Blocks near the view are cut by themselves.";
            ui.add(Label::new(RichText::new(part).weak()).extend()).on_hover_text(hint);
        }
    });
}

/// A value and its name as one piece of text, so that lines break between facts only.
fn fact(ui: &Ui, value: &str, name: &str) -> egui::text::LayoutJob {
    let font = egui::TextStyle::Body.resolve(ui.style());
    let mut job = egui::text::LayoutJob::default();
    job.append(value, 0.0, egui::TextFormat::simple(font.clone(), ui.visuals().strong_text_color()));
    job.append(&format!(" {name}"), 0.0, egui::TextFormat::simple(font, ui.visuals().weak_text_color()));
    job
}
