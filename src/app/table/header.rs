//! A column's name, which sorts.

use crate::figure::table::Table;
use egui::{Align, Button, Layout, RichText, Role, Sense, Ui, WidgetInfo};

/// Draws a column's name; a click on it changes `sort`.
pub fn show(ui: &mut Ui, table: &Table, place: usize, sort: &mut Option<(usize, bool)>) {
    let column = &table.columns[place];
    let here = sort.filter(|(sorted, _)| *sorted == place).map(|(_, descending)| descending);
    let right = table.is_of_numbers(place);
    let layout = if right { Layout::right_to_left(Align::Center) } else { Layout::left_to_right(Align::Center) };
    ui.with_layout(layout, |ui| {
        ui.spacing_mut().button_padding.x = 0.0;
        ui.spacing_mut().item_spacing.x = 3.0;
        let arrow = ARROW + ui.spacing().item_spacing.x;
        let room = (ui.available_width() - if here.is_some() { arrow } else { 0.0 }).max(8.0);
        let name = Button::new(RichText::new(&column.name).small().strong()).frame(false).truncate();
        let response = ui.scope(|ui| {
            ui.set_max_width(room);
            ui.add(name)
        });
        let response = response.inner;
        if let Some(descending) = here {
            show_arrow(ui, descending);
        }
        let order = match here {
            None => "not sorted by it",
            Some(false) => "sorted by it, least first",
            Some(true) => "sorted by it, most first",
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{}, {order}", column.name)));
        let response = response.on_hover_ui(|ui| {
            ui.set_max_width(320.0);
            ui.strong(&column.name);
            if !column.meaning.is_empty() {
                ui.label(&column.meaning);
            }
            ui.weak("Click to sort; drag the line at its right for another width.");
        });
        if response.clicked() {
            *sort = match here {
                None => Some((place, false)),
                Some(false) => Some((place, true)),
                Some(true) => None,
            };
        }
    });
}

/// Side of the triangle that shows the direction, in points.
const ARROW: f32 = 8.0;

/// A triangle beside a name by which a table is sorted: with the tip down where the greatest is first.
pub fn show_arrow(ui: &mut Ui, descending: bool) {
    let (rect, _) = ui.allocate_exact_size(egui::vec2(ARROW, ARROW), Sense::hover());
    draw_arrow(ui, rect, descending);
}

fn draw_arrow(ui: &Ui, rect: egui::Rect, descending: bool) {
    let (base, tip) = if descending { (rect.top(), rect.bottom()) } else { (rect.bottom(), rect.top()) };
    let inset = 0.18 * rect.height();
    let (base, tip) = if descending { (base + inset, tip - inset) } else { (base - inset, tip + inset) };
    let points = vec![egui::pos2(rect.left(), base), egui::pos2(rect.right(), base), egui::pos2(rect.center().x, tip)];
    let color = ui.visuals().text_color();
    ui.painter().add(egui::Shape::convex_polygon(points, color, egui::Stroke::NONE));
}
