//! The text in all lanes at once, row by row: the same byte at the same place in each.
//!
//! Only rows that show are laid out and painted, and positions are kept in rows rather than points, so a text of 10 MB
//! scrolls like a short one.

use super::geometry::{BAR, Geometry, Spot};
use super::glyphs::Glyphs;
use super::lanes::Lanes;
use super::rows::Rows;
use super::segments::{self, Segment};
use super::{blocks, cursor};
use crate::app::visible::cells;
use crate::app::{format, theme};
use egui::{
    Align2, CornerRadius, EventFilter, FontId, Key, Painter, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2,
};
use std::ops::Range;

/// Bits that fill the strip of costs, and what a byte has without a model.
const STRIP_BITS: f64 = 16.0;
const RAW_BITS: f64 = 8.0;

/// What is drawn besides the text; kept between starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Look {
    /// Colours stand for tokens, not for windows.
    pub tokens: bool,
    pub hex: bool,
    pub surprisal: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { tokens: false, hex: false, surprisal: true }
    }
}

/// What is to be drawn.
pub struct Scene<'a> {
    pub text: &'a [u8],
    pub rows: &'a Rows,
    pub lanes: &'a Lanes,
    pub look: Look,
    /// For those who do not see it: what is under the cursor.
    pub spoken: &'a str,
}

/// What the pointer and the keyboard did.
pub struct Shown {
    pub response: egui::Response,
    /// What is under the pointer, and where on the screen.
    pub hovered: Option<(Spot, Rect)>,
    /// Where the cursor is on the screen, if it shows.
    pub cursor: Option<Rect>,
    /// The lane to walk in from now on.
    pub lane: Option<usize>,
    /// The bytes that show.
    pub bytes: Range<usize>,
}

/// Where the view stands.
#[derive(Default)]
pub struct Interlinear {
    /// The first row that shows, and how much of it is above the edge.
    top: f64,
    /// The byte that is looked at, if any.
    pub cursor: Option<usize>,
    hovered: Option<usize>,
    /// Whether keys walk: then a pointer that rests on the text says nothing.
    walking: bool,
}

impl Interlinear {
    /// Goes back to the beginning: another text is there.
    pub fn rewind(&mut self) {
        *self = Self::default();
    }

    /// Keeps the byte at the top where it is while rows change; or comes to the cursor, if that went where there were no
    /// rows yet.
    pub fn rebase(&mut self, before: &Rows, now: &Rows) {
        let top = before.range(self.top as usize).start;
        let ahead = self.cursor.filter(|cursor| before.len() > 0 && *cursor >= before.len());
        self.top = now.of(ahead.unwrap_or(top)) as f64;
    }

    /// The byte that a reader looks at: the one under the pointer, else the cursor's.
    pub fn focus(&self) -> Option<usize> {
        self.hovered.or(self.cursor)
    }

    /// Draws the view over all of the space that is left.
    pub fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>) -> Shown {
        let geometry = geometry(scene);
        let (rect, response) = ui.allocate_exact_size(ui.available_size().max(vec2(120.0, 60.0)), Sense::click());
        let windows = scene.lanes.active().total().windows;
        response.widget_info(|| {
            let label = format!("Text in {windows} windows");
            let mut info = egui::WidgetInfo::labeled(egui::Role::Document, true, label);
            info.current_text_value = Some(scene.spoken.to_owned());
            info
        });
        let view = Rect::from_min_max(rect.min, pos2(rect.right() - BAR, rect.bottom()));
        let in_view = geometry.rows_in(view.height());
        // The last row may be scrolled up to the middle: its end is then clear of what covers the edge.
        let last_top = (scene.rows.count() as f64 - in_view.max(1.0) + 0.2).max(0.0);
        self.scroll(ui, &response, &geometry, in_view / scene.rows.count().max(1) as f64, last_top);
        let lane = self.walk(ui, &response, scene, in_view, last_top);
        self.top = self.top.clamp(0.0, last_top);

        if response.clicked() || ui.input(|input| input.pointer.delta() != egui::Vec2::ZERO) {
            self.walking = false;
        }
        let pointer = response.hover_pos().filter(|point| view.contains(*point) && !self.walking);
        let hovered = pointer.and_then(|point| geometry.spot(view, self.top, scene.rows, point));
        self.hovered = hovered.map(|spot| spot.byte);
        let clicked = response.clicked().then_some(hovered).flatten();
        if response.clicked() {
            response.request_focus();
            self.cursor = clicked.map(|spot| spot.byte).or(self.cursor);
        }

        let shown = self.top as usize..((self.top + in_view).ceil() as usize).min(scene.rows.count());
        let painter = ui.painter_at(view);
        let mut paint = Paint { ui, painter: &painter, scene, geometry: &geometry, glyphs: Glyphs::new(ui) };
        for row in shown.clone() {
            paint.row(geometry.row(view, self.top, row), scene.rows.range(row), self.focus());
        }
        let place = |byte: usize| {
            let row = scene.rows.of(byte);
            let column = byte - scene.rows.range(row).start;
            geometry.column(geometry.row(view, self.top, row), column..column + 1)
        };
        if response.has_focus() {
            ui.painter().rect_stroke(rect, 2.0, Stroke::new(1.0, theme::accent(ui.visuals())), StrokeKind::Inside);
        }
        Shown {
            hovered: hovered.map(|spot| (spot, place(spot.byte))),
            cursor: self.cursor.filter(|byte| *byte < scene.text.len()).map(place).filter(|at| view.intersects(*at)),
            lane: clicked.map(|spot| spot.lane).or(lane),
            bytes: scene.rows.range(shown.start).start..scene.rows.range(shown.end.max(1) - 1).end,
            response,
        }
    }

    /// Follows the wheel and the scroll bar, whose handle takes `share` of it.
    fn scroll(&mut self, ui: &mut Ui, response: &egui::Response, geometry: &Geometry, share: f64, last_top: f64) {
        let rect = response.rect;
        if response.contains_pointer() {
            // What is used up here does not scroll anything around.
            let delta = ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta.y));
            self.top -= f64::from(delta / geometry.row_height());
        }
        let bar = Rect::from_min_max(pos2(rect.right() - BAR + 4.0, rect.top()), rect.max);
        let handle = ui.interact(bar, response.id.with("bar"), Sense::click_and_drag());
        handle.widget_info(|| {
            let mut info = egui::WidgetInfo::labeled(egui::Role::ScrollBar, last_top > 0.0, "Rows of the text");
            info.value = Some(self.top);
            info
        });
        let length = (f64::from(bar.height()) * share).clamp(18.0, f64::from(bar.height()).max(18.0)) as f32;
        if let Some(point) = handle.interact_pointer_pos().filter(|_| handle.is_pointer_button_down_on()) {
            let way = (bar.height() - length).max(1.0);
            let share = ((point.y - bar.top() - length / 2.0) / way).clamp(0.0, 1.0);
            self.top = f64::from(share) * last_top;
        }
        self.top = self.top.clamp(0.0, last_top);
        if last_top > 0.0 {
            let share = (self.top / last_top) as f32;
            let corner = pos2(bar.left(), bar.top() + share * (bar.height() - length));
            let visuals = ui.style().interact(&handle);
            ui.painter().rect_filled(bar, 4.0, ui.visuals().faint_bg_color);
            let handle = Rect::from_min_size(corner, vec2(bar.width(), length));
            ui.painter().rect_filled(handle, 4.0, visuals.fg_stroke.color.gamma_multiply(0.5));
        }
    }

    /// Keys: where the cursor goes, and to which lane.
    fn walk(
        &mut self,
        ui: &Ui,
        response: &egui::Response,
        scene: &Scene<'_>,
        in_view: f64,
        last_top: f64,
    ) -> Option<usize> {
        if !response.has_focus() || scene.text.is_empty() {
            return None;
        }
        let lanes = scene.lanes;
        let (last, active) = (lanes.all().len() - 1, lanes.active_index());
        let filter = EventFilter { tab: last > 0, horizontal_arrows: true, vertical_arrows: true, escape: true };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let (steps, tab, back, escape) = ui.input(|input| {
            let tab = input.key_pressed(Key::Tab);
            let back = input.modifiers.shift;
            (cursor::steps(input), tab && !back, tab && back, input.key_pressed(Key::Escape))
        });
        if escape {
            self.cursor = None;
            response.surrender_focus();
            return None;
        }
        self.walking |= !steps.is_empty();
        for step in &steps {
            // The first key shows where the cursor is.
            let page = (in_view as usize).saturating_sub(1);
            let from = self.cursor.filter(|byte| *byte < scene.text.len());
            self.cursor = Some(match from {
                Some(from) => cursor::after(*step, scene.text, scene.rows, lanes.active(), from, page),
                None => scene.rows.range(self.top as usize).start,
            });
        }
        if let Some(cursor) = self.cursor.filter(|_| !steps.is_empty()) {
            let row = scene.rows.of(cursor) as f64;
            self.top = self.top.min(row).max(row + 1.0 - in_view.max(1.0)).min(last_top);
        }
        // Tab walks the lanes and leaves the text behind the last.
        let leaves = (tab && active == last) || (back && active == 0);
        if leaves && last > 0 {
            response.surrender_focus();
            let direction = if tab { egui::FocusDirection::Next } else { egui::FocusDirection::Previous };
            ui.memory_mut(|memory| memory.move_focus(direction));
            return None;
        }
        match (tab, back) {
            (true, _) => Some(active + 1).filter(|lane| *lane <= last),
            (_, true) => active.checked_sub(1),
            _ => None,
        }
    }
}

/// How many cells fit in a row of a view.
pub fn cells(width: f32, lanes: usize, look: Look, text: usize) -> usize {
    Geometry::new(lanes, look.hex, look.surprisal, text).cells(width)
}

fn geometry(scene: &Scene<'_>) -> Geometry {
    Geometry::new(scene.lanes.all().len(), scene.look.hex, scene.look.surprisal, scene.text.len())
}

/// What painting rows takes.
struct Paint<'a> {
    ui: &'a Ui,
    painter: &'a Painter,
    scene: &'a Scene<'a>,
    geometry: &'a Geometry,
    glyphs: Glyphs,
}

impl Paint<'_> {
    fn row(&mut self, at: Pos2, bytes: Range<usize>, focus: Option<usize>) {
        let visuals = self.ui.visuals();
        let small = FontId::monospace(10.0);
        let lanes = self.scene.lanes;
        let number = if lanes.all().len() > 1 { 17.0 } else { 0.0 };
        let first = self.geometry.lane(at, 0, 0..1);
        let right = pos2(at.x - 8.0 - number, first.center().y);
        let offset = format::count(bytes.start as u64);
        self.painter.text(right, Align2::RIGHT_CENTER, offset, small.clone(), visuals.weak_text_color());
        for (index, lane) in lanes.all().iter().enumerate() {
            let line = self.geometry.lane(at, index, 0..1);
            if number > 0.0 {
                let color = match index == lanes.active_index() {
                    true => theme::accent(visuals),
                    false => visuals.weak_text_color(),
                };
                let at = pos2(at.x - 7.0, line.center().y);
                self.painter.text(at, Align2::RIGHT_CENTER, index + 1, small.clone(), color);
            }
            let segments = segments::of(self.scene.text, lane, bytes.clone(), self.scene.look.tokens);
            for segment in &segments {
                self.segment(at, index, bytes.start, segment, focus);
            }
        }
        if self.scene.look.hex {
            for (column, byte) in self.scene.text[bytes.clone()].iter().enumerate() {
                self.glyphs.draw_hex(self.painter, *byte, self.geometry.hex(at, column..column + 1));
            }
        }
        if self.scene.look.surprisal {
            self.strip(at, &bytes);
        }
        if let Some(byte) = focus.filter(|byte| bytes.contains(byte)) {
            let column = byte - bytes.start;
            let rect = self.geometry.column(at, column..column + 1).expand2(vec2(0.5, 1.0));
            let stroke = Stroke::new(1.5, theme::accent(self.ui.visuals()));
            self.painter.rect_stroke(rect, 2.0, stroke, StrokeKind::Middle);
        }
    }

    fn segment(&mut self, at: Pos2, lane: usize, row_start: usize, segment: &Segment, focus: Option<usize>) {
        let visuals = self.ui.visuals();
        let columns = segment.bytes.start - row_start..segment.bytes.end - row_start;
        let rect = self.geometry.lane(at, lane, columns);
        if let Some(unit) = segment.unit {
            let round = |on: bool| if on { 4 } else { 0 };
            let corners = CornerRadius {
                nw: round(unit.starts),
                sw: round(unit.starts),
                ne: round(unit.ends),
                se: round(unit.ends),
            };
            // A gap and a line between neighbours: borders show without colour too.
            let gap = |on: bool| if on { 1.0 } else { 0.0 };
            let mut ground = rect;
            ground.min.x += gap(unit.starts);
            ground.max.x -= gap(unit.ends);
            self.painter.rect_filled(ground, corners, theme::window_fill(unit.index, visuals));
            if unit.starts {
                let is_block = blocks::range(self.scene.text, blocks::of(self.scene.text, segment.bytes.start)).start
                    == segment.bytes.start;
                let (width, color) = match is_block && segment.bytes.start > 0 {
                    true => (3.0, visuals.text_color()),
                    false => (1.0, theme::mark(visuals)),
                };
                self.painter.vline(rect.left(), rect.y_range(), Stroke::new(width, color));
            }
            if unit.ambiguous {
                let line = Stroke::new(2.0, visuals.warn_fg_color);
                self.painter.hline(ground.left() + 2.0..=ground.right() - 2.0, ground.bottom() - 1.0, line);
            }
            if focus.is_some_and(|byte| segment.bytes.contains(&byte)) {
                let stroke = Stroke::new(1.5, theme::accent(visuals));
                self.painter.rect_stroke(ground, corners, stroke, StrokeKind::Outside);
            }
        }
        let weak = segment.unit.is_none();
        let text = self.scene.text;
        // Glyphs are asked for twice, for what they are and for where: the cells of a segment are few.
        let (glyphs, painter) = (&mut self.glyphs, self.painter);
        let found: Vec<cells::Cell> = cells::of(text, segment.bytes.clone(), |c| glyphs.has(painter, c)).collect();
        for cell in found {
            let columns = cell.bytes.start - row_start..cell.bytes.end - row_start;
            glyphs.draw(painter, cell.ink, self.geometry.lane(at, lane, columns), weak);
        }
        if self.scene.look.tokens {
            self.straddles(at, lane, row_start, segment);
        }
    }

    /// Where tokens end inside a byte's bits.
    fn straddles(&self, at: Pos2, lane: usize, row_start: usize, segment: &Segment) {
        let index = blocks::of(self.scene.text, segment.bytes.start);
        let Some(cut) = self.scene.lanes.all().get(lane).and_then(|lane| lane.block(index)) else {
            return;
        };
        let block = blocks::range(self.scene.text, index);
        let stroke = Stroke::new(1.5, self.ui.visuals().warn_fg_color);
        for byte in segment.bytes.clone() {
            let column = byte - row_start;
            let cell = self.geometry.lane(at, lane, column..column + 1);
            for share in cut.straddled(byte - block.start) {
                let x = cell.left() + share * cell.width();
                self.painter.vline(x, cell.bottom() - 6.0..=cell.bottom(), stroke);
            }
        }
    }

    /// What each byte costs in the active lane.
    fn strip(&self, at: Pos2, bytes: &Range<usize>) {
        let visuals = self.ui.visuals();
        let lane = self.scene.lanes.active();
        let all = self.geometry.strip(at, 0..bytes.len());
        let (accent, warn) = (theme::accent(visuals), visuals.warn_fg_color);
        let mut block: Option<(usize, Range<usize>)> = None;
        for (column, byte) in bytes.clone().enumerate() {
            let (index, range) = match &block {
                Some((index, range)) if range.contains(&byte) => (*index, range.clone()),
                _ => {
                    let index = blocks::of(self.scene.text, byte);
                    let range = blocks::range(self.scene.text, index);
                    block = Some((index, range.clone()));
                    (index, range)
                }
            };
            let Some(cost) = lane.block(index).and_then(|cut| cut.cost(byte - range.start)) else {
                continue;
            };
            let cell = self.geometry.strip(at, column..column + 1);
            let height = ((cost / STRIP_BITS).clamp(0.0, 1.0) as f32 * cell.height()).max(1.0);
            let bar = Rect::from_min_max(pos2(cell.left() + 1.0, cell.bottom() - height), cell.max - vec2(1.0, 0.0));
            self.painter.rect_filled(bar, 0.0, if cost > RAW_BITS { warn } else { accent });
        }
        let line = |bits: f64| all.bottom() - (bits / STRIP_BITS) as f32 * all.height();
        let stroke = Stroke::new(1.0, theme::mark(visuals).gamma_multiply(0.5));
        self.painter.hline(all.x_range(), line(RAW_BITS), stroke);
        self.painter.hline(all.x_range(), all.bottom(), stroke);
        let small = FontId::monospace(8.0);
        let scale = pos2(at.x - 4.0, line(RAW_BITS));
        self.painter.text(scale, Align2::RIGHT_CENTER, "8 bits", small, visuals.weak_text_color());
    }
}
