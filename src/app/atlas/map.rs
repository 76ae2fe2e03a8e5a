//! The map itself: one texture, zoomed and hovered over, with the selection and its kin outlined.

use super::card;
use crate::app::theme;
use crate::figure::heat_map::{self, Grid, HeatMap, Scale};
use crate::tokenizer::Atlas;
use crate::tokenizer::atlas::spelled;
use egui::{
    Align2, Color32, ColorImage, CursorIcon, FontId, Key, Painter, Pos2, Rect, Response, Sense, Stroke, StrokeKind,
    TextureHandle, TextureOptions, Ui, Vec2, Visuals, pos2, vec2,
};

/// Cells this large, in points, have room for their text.
const ROOM_FOR_TEXT: f32 = 34.0;
/// Outlines of kin beyond so many would hide the map.
const MOST_OUTLINED: usize = 600;
/// The least number of cells across the map.
const LEAST_CELLS: f32 = 4.0;
/// Height of the scale with its numbers.
pub const SCALE_HEIGHT: f32 = 46.0;

/// A map on the screen.
pub struct CodeMap {
    grid: Grid,
    texture: Option<(TextureHandle, bool)>,
    heat: HeatMap,
    /// What part shows, in cells.
    view: Rect,
    /// Where a rectangle to zoom to was begun.
    dragged_from: Option<Pos2>,
}

/// What is outlined.
pub struct Outlined {
    pub selected: Option<u32>,
    pub kin: Vec<u32>,
    pub found: std::ops::Range<u32>,
}

/// What the pointer and the keyboard did.
pub struct Shown {
    pub hovered: Option<u32>,
    /// A code that was chosen.
    pub chosen: Option<u32>,
}

impl CodeMap {
    pub fn new(heat: HeatMap) -> Self {
        let grid = heat.grid;
        Self { grid, texture: None, heat, view: whole(grid), dragged_from: None }
    }

    /// Other values in the same map: what was zoomed to stays.
    pub fn replace(&mut self, heat: HeatMap) {
        let keeps = heat.grid.bits() == self.grid.bits();
        *self = Self { view: if keeps { self.view } else { whole(heat.grid) }, ..Self::new(heat) };
    }

    pub fn heat(&self) -> &HeatMap {
        &self.heat
    }

    pub fn is_zoomed(&self) -> bool {
        self.view != whole(self.grid)
    }

    pub fn show_all(&mut self) {
        self.view = whole(self.grid);
    }

    /// Brings a code into sight.
    pub fn reveal(&mut self, code: u32) {
        let (column, row) = self.grid.place(code);
        let cell = Rect::from_min_size(pos2(column as f32, row as f32), Vec2::splat(1.0));
        if !self.view.contains_rect(cell) {
            self.move_to(Rect::from_center_size(cell.center(), self.view.size()));
        }
    }

    /// Height over width.
    pub fn aspect(&self) -> f32 {
        self.grid.rows() as f32 / self.grid.columns() as f32
    }

    /// Draws the map in `size` points.
    pub fn show(&mut self, ui: &mut Ui, size: Vec2, atlas: &Atlas, outlined: &Outlined) -> Shown {
        let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
        let (codes, selected) = (atlas.codes(), outlined.selected);
        response.widget_info(|| {
            let at = selected.map_or_else(String::new, |code| format!(", {} is selected", atlas.hex(code)));
            egui::WidgetInfo::labeled(egui::Role::Image, true, format!("Map of {codes} codes{at}"))
        });
        let hovered = response.hover_pos().and_then(|at| self.code_at(rect, at));
        let mut chosen = None;
        if response.clicked() {
            response.request_focus();
            chosen = hovered;
        }
        if response.double_clicked() {
            self.show_all();
        }
        self.wheel(ui, rect, &response);
        self.drag(rect, &response);
        if response.has_focus() {
            chosen = self.keys(ui, &response, selected).or(chosen);
        }
        if response.hovered() {
            ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
        }
        self.paint(ui, rect, atlas, outlined, hovered);
        if response.has_focus() {
            let stroke = Stroke::new(1.0, theme::accent(ui.visuals()));
            ui.painter().rect_stroke(rect.expand(1.0), 2.0, stroke, StrokeKind::Outside);
        }
        Shown { hovered, chosen }
    }

    fn wheel(&mut self, ui: &Ui, rect: Rect, response: &Response) {
        let Some(pointer) = response.hover_pos() else { return };
        let (scrolled, pinched) = ui.input(|input| (input.smooth_scroll_delta.y, input.zoom_delta()));
        let factor = pinched * (scrolled / 200.0).exp();
        if factor != 1.0 {
            // The wheel is the map's as long as the pointer is on it.
            ui.input_mut(|input| input.smooth_scroll_delta = Vec2::ZERO);
            self.zoom(factor, self.cell_at(rect, pointer));
        }
    }

    /// Zooms by a factor, so that the point at `cell` stays where it is.
    fn zoom(&mut self, factor: f32, cell: Pos2) {
        let most = self.grid.rows() as f32 / LEAST_CELLS;
        let now = self.grid.rows() as f32 / self.view.height();
        let factor = (now * factor).clamp(1.0, most) / now;
        let min = cell + (self.view.min - cell) / factor;
        self.move_to(Rect::from_min_size(min, self.view.size() / factor));
    }

    /// Shows a part, moved to where it is within the map.
    fn move_to(&mut self, view: Rect) {
        let all = whole(self.grid);
        let size = view.size().min(all.size());
        let min = view.min.max(all.min).min(all.max - size);
        self.view = Rect::from_min_size(min, size);
    }

    fn drag(&mut self, rect: Rect, response: &Response) {
        if response.drag_started() {
            self.dragged_from = response.interact_pointer_pos();
        }
        let (Some(from), Some(to)) = (self.dragged_from, response.interact_pointer_pos()) else { return };
        if response.drag_stopped() {
            self.dragged_from = None;
            let drawn = Rect::from_two_pos(from, to);
            // A click with an unsteady hand is no wish to zoom.
            if drawn.width().max(drawn.height()) < 8.0 {
                return;
            }
            let (a, b) = (self.cell_at(rect, from), self.cell_at(rect, to));
            let wanted = Rect::from_two_pos(a, b);
            let across = wanted.width().max(wanted.height() / self.aspect()).max(LEAST_CELLS / self.aspect());
            self.move_to(Rect::from_center_size(wanted.center(), vec2(across, across * self.aspect())));
        }
    }

    fn keys(&mut self, ui: &Ui, response: &Response, selected: Option<u32>) -> Option<u32> {
        let filter =
            egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, escape: true, ..Default::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let pressed = |key| ui.input(|input| input.key_pressed(key));
        if pressed(Key::Escape) {
            response.surrender_focus();
        }
        if pressed(Key::Plus) || pressed(Key::Equals) || pressed(Key::Minus) {
            let cell = selected.map_or(self.view.center(), |code| {
                let (column, row) = self.grid.place(code);
                pos2(column as f32 + 0.5, row as f32 + 0.5)
            });
            self.zoom(if pressed(Key::Minus) { 0.5 } else { 2.0 }, cell);
        }
        if pressed(Key::Home) {
            self.show_all();
        }
        let steps =
            [(Key::ArrowLeft, (-1, 0)), (Key::ArrowRight, (1, 0)), (Key::ArrowUp, (0, -1)), (Key::ArrowDown, (0, 1))];
        let (_, (right, down)) = steps.into_iter().find(|(key, _)| pressed(*key))?;
        let (column, row) = self.grid.place(selected.unwrap_or(0));
        let next = match selected {
            None => Some(0),
            Some(_) => self.grid.code(column.checked_add_signed(right)?, row.checked_add_signed(down)?),
        }?;
        self.reveal(next);
        Some(next)
    }

    /// The point of the map, in cells, at a point of the screen.
    fn cell_at(&self, rect: Rect, at: Pos2) -> Pos2 {
        self.view.min + (at - rect.min) / rect.size() * self.view.size()
    }

    fn code_at(&self, rect: Rect, at: Pos2) -> Option<u32> {
        let cell = self.cell_at(rect, at);
        rect.contains(at).then(|| self.grid.code(cell.x.max(0.0) as usize, cell.y.max(0.0) as usize)).flatten()
    }

    /// Where a code is on the screen.
    fn place(&self, rect: Rect, code: u32) -> Rect {
        let (column, row) = self.grid.place(code);
        let scale = rect.size() / self.view.size();
        let corner = |x: f32, y: f32| rect.min + (pos2(x, y) - self.view.min) * scale;
        Rect::from_min_max(corner(column as f32, row as f32), corner(column as f32 + 1.0, row as f32 + 1.0))
    }

    fn paint(&mut self, ui: &Ui, rect: Rect, atlas: &Atlas, outlined: &Outlined, hovered: Option<u32>) {
        let dark = ui.visuals().dark_mode;
        if self.texture.as_ref().is_none_or(|(_, drawn_dark)| *drawn_dark != dark) {
            self.texture = Some((self.draw(ui), dark));
        }
        let Some((texture, _)) = &self.texture else { return };
        let all = whole(self.grid).size();
        let uv =
            Rect::from_min_max((self.view.min.to_vec2() / all).to_pos2(), (self.view.max.to_vec2() / all).to_pos2());
        let painter = ui.painter_at(rect.expand(2.0));
        painter.image(texture.id(), rect, uv, Color32::WHITE);
        let inside = painter.with_clip_rect(rect);
        self.paint_texts(&inside, rect, atlas, ui.visuals());
        let line = theme::map_outline(ui.visuals());
        let outlines =
            outlined.found.clone().take(MOST_OUTLINED).chain(outlined.kin.iter().copied().take(MOST_OUTLINED));
        for code in outlines {
            let place = self.place(rect, code);
            if rect.intersects(place) {
                inside.rect_stroke(place, 0.0, Stroke::new(1.0, line), StrokeKind::Inside);
            }
        }
        for (code, width) in
            outlined.selected.map(|code| (code, 2.0)).into_iter().chain(hovered.map(|code| (code, 1.0)))
        {
            let place = self.place(rect, code).expand(1.0);
            painter.rect_stroke(
                place,
                1.0,
                Stroke::new(width + 2.0, theme::map_halo(ui.visuals())),
                StrokeKind::Outside,
            );
            painter.rect_stroke(place, 1.0, Stroke::new(width, line), StrokeKind::Outside);
        }
        if let (Some(from), Some(to)) = (self.dragged_from, ui.input(|input| input.pointer.interact_pos())) {
            let drawn = Rect::from_two_pos(from, to);
            inside.rect_stroke(drawn, 0.0, Stroke::new(1.5, line), StrokeKind::Middle);
        }
    }

    fn draw(&self, ui: &Ui) -> TextureHandle {
        let missing = theme::map_missing(ui.visuals());
        let pixels = self.heat.pixels((missing.r(), missing.g(), missing.b()));
        let pixels = pixels.into_iter().map(|(red, green, blue)| Color32::from_rgb(red, green, blue)).collect();
        let image = ColorImage::new([self.grid.columns(), self.grid.rows()], pixels);
        ui.ctx().load_texture("atlas", image, TextureOptions::NEAREST)
    }

    /// The texts of the cells, where they have room.
    fn paint_texts(&self, painter: &Painter, rect: Rect, atlas: &Atlas, visuals: &Visuals) {
        let cell = rect.width() / self.view.width();
        if cell < ROOM_FOR_TEXT {
            return;
        }
        let font = FontId::monospace(11.0);
        for row in self.view.min.y as usize..=self.view.max.y as usize {
            for column in self.view.min.x as usize..=self.view.max.x as usize {
                let Some(code) = self.grid.code(column, row) else { continue };
                let place = self.place(rect, code);
                let most = ((cell - 4.0) / 6.8) as usize;
                let text = card::shown(&spelled(atlas.text(code)));
                let text = match text.chars().count() {
                    length if length > most => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
                    _ => text,
                };
                let value = self.heat.values.get(code as usize).copied().flatten();
                let ink = theme::on_map(value.map(|value| self.heat.scale.share(value)), visuals);
                painter.with_clip_rect(place.intersect(rect)).text(
                    place.center(),
                    Align2::CENTER_CENTER,
                    text,
                    font.clone(),
                    ink,
                );
            }
        }
    }
}

fn whole(grid: Grid) -> Rect {
    Rect::from_min_size(Pos2::ZERO, vec2(grid.columns() as f32, grid.rows() as f32))
}

/// The scale with its numbers, over the whole width.
pub fn show_scale(ui: &mut Ui, scale: &Scale, width: f32) {
    let (rect, response) = ui.allocate_exact_size(vec2(width, SCALE_HEIGHT), Sense::hover());
    response.widget_info(|| {
        let (low, high) = (scale.written(scale.low), scale.written(scale.high));
        egui::WidgetInfo::labeled(egui::Role::Label, true, format!("Scale: {} from {low} to {high}", scale.title))
    });
    let painter = ui.painter();
    let font = FontId::proportional(11.5);
    let weak = ui.visuals().weak_text_color();
    painter.text(rect.left_top(), Align2::LEFT_TOP, &scale.title, font.clone(), weak);
    let bar = Rect::from_min_size(rect.min + vec2(0.0, 17.0), vec2(width, 10.0));
    let steps = 64;
    for step in 0..steps {
        let (from, to) = (step as f32 / steps as f32, (step + 1) as f32 / steps as f32);
        let (red, green, blue) = heat_map::color(f64::from((from + to) / 2.0));
        let part = Rect::from_x_y_ranges(bar.left() + from * width..=bar.left() + to * width, bar.y_range());
        painter.rect_filled(part, 0.0, Color32::from_rgb(red, green, blue));
    }
    let mut free_from = f32::NEG_INFINITY;
    for (value, text) in scale.ticks((width / 56.0) as usize) {
        let x = bar.left() + scale.share(value) as f32 * width;
        let galley = painter.layout_no_wrap(text, font.clone(), weak);
        let left = (x - galley.size().x / 2.0).clamp(rect.left(), (rect.right() - galley.size().x).max(rect.left()));
        if left > free_from {
            free_from = left + galley.size().x + 6.0;
            painter.vline(
                x.clamp(bar.left() + 0.5, bar.right() - 0.5),
                bar.bottom()..=bar.bottom() + 3.0,
                Stroke::new(1.0, weak),
            );
            painter.galley(pos2(left, bar.bottom() + 3.0), galley, weak);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::heat_map::{Order, Quantity};

    fn map() -> CodeMap {
        let values = (0..65_536).map(|code| Some(f64::from(code % 9))).collect();
        CodeMap::new(HeatMap::of(Quantity::Bytes, Grid::new(16, Order::Rows), values, String::new()))
    }

    const SCREEN: Rect = Rect { min: pos2(100.0, 50.0), max: pos2(612.0, 562.0) };

    #[test]
    fn the_pointer_finds_the_code_that_is_drawn_there() {
        let mut map = map();
        for zoom in [1.0, 3.0, 2.0, 40.0] {
            map.zoom(zoom, pos2(52.3, 18.7));
            let code = map.code_at(SCREEN, SCREEN.center()).unwrap();
            assert!(map.place(SCREEN, code).contains(SCREEN.center()), "zoomed by {zoom} more");
        }
        assert_eq!(map.code_at(SCREEN, pos2(99.0, 60.0)), None);
        assert_eq!(map.view.height(), LEAST_CELLS, "there is an end to zooming in");
        map.zoom(1e-6, pos2(9.0, 9.0));
        assert_eq!((map.is_zoomed(), map.code_at(SCREEN, SCREEN.min + vec2(3.0, 1.0))), (false, Some(1)));
    }

    #[test]
    fn what_was_pointed_at_stays_under_the_pointer() {
        let mut map = map();
        let pointer = pos2(400.0, 300.0);
        let before = map.cell_at(SCREEN, pointer);
        map.zoom(5.0, before);
        assert!((map.cell_at(SCREEN, pointer) - before).length() < 1e-3);
    }

    #[test]
    fn a_code_out_of_sight_is_brought_into_it() {
        let mut map = map();
        map.zoom(16.0, pos2(0.0, 0.0));
        map.reveal(0xffff);
        assert!(SCREEN.expand(0.1).contains_rect(map.place(SCREEN, 0xffff)));
        assert!(whole(map.grid).contains_rect(map.view));
    }
}
