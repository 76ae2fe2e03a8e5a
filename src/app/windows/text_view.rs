//! The text in its windows: laid out like text, each window on its own ground.
//!
//! Laying out is done once per cut, width and theme; a frame paints only the rows that show.

use crate::app::theme;
use crate::app::visible::{Ink, VisibleText};
use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, CornerRadius, FontId, Galley, Painter, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2};
use std::ops::Range;
use std::sync::Arc;

const LINE_HEIGHT: f32 = 24.0;
const TEXT_SIZE: f32 = 14.5;
const CHIP_SIZE: f32 = 10.5;
/// Between windows, so that a boundary shows without colour too.
const GAP: f32 = 3.0;
/// Room for the line-end mark at the right.
const LINE_END: f32 = 14.0;

/// A layout and what it depends on besides the text.
struct LaidOut {
    width: f32,
    dark: bool,
    /// A word laid out at the same time. egui shares it between frames until it rebuilds its glyph atlas (another
    /// theme or zoom, an atlas that is full); a galley from before then would show the wrong glyphs.
    probe: Arc<Galley>,
    galley: Arc<Galley>,
    /// The first character of every row, and one past the last.
    row_starts: Arc<[usize]>,
}

/// One cut of one text, ready to be drawn.
pub struct WindowsView {
    visible: VisibleText,
    windows: usize,
    ambiguous: Vec<bool>,
    layout: Option<LaidOut>,
}

/// What the pointer and the keyboard did.
pub struct Shown {
    pub response: egui::Response,
    /// The window under the pointer and where on the screen its row is.
    pub hovered: Option<(usize, Rect)>,
    /// Where the first row of the selected window is, on screen or scrolled away.
    pub selected: Option<Rect>,
}

impl WindowsView {
    /// `ends` and `ambiguous` have one entry a window.
    pub fn new(ctx: &egui::Context, bytes: &[u8], ends: &[usize], ambiguous: Vec<bool>) -> Self {
        let font = FontId::monospace(TEXT_SIZE);
        let visible =
            ctx.fonts_mut(|fonts| VisibleText::new(bytes, ends, |character| fonts.has_glyph(&font, character)));
        Self { visible, windows: ends.len(), ambiguous, layout: None }
    }

    /// Draws it over the whole width; the height follows.
    pub fn show(&mut self, ui: &mut Ui, selected: Option<usize>) -> Shown {
        let (galley, row_starts) = self.laid_out(ui);
        let size = vec2(ui.available_width(), galley.size().y.max(LINE_HEIGHT));
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        let windows = self.windows;
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::Document, true, format!("Text in {windows} windows"))
        });

        let painter = ui.painter_at(rect.intersect(ui.clip_rect()));
        let pointer = response.hover_pos();
        let hovered_window = pointer.and_then(|at| self.window_at(&galley, &row_starts, at - rect.min.to_vec2()));
        let mut hovered = None;
        for row in visible_rows(&galley, rect.min, ui.clip_rect()) {
            for piece in self.pieces(&galley, &row_starts, row) {
                let ground = piece.rect.translate(rect.min.to_vec2());
                self.paint_ground(ui, &painter, &piece, ground, hovered_window == Some(piece.window), selected);
                if pointer.is_some_and(|at| ground.contains(at)) {
                    hovered = Some((piece.window, ground));
                }
            }
            self.paint_marks(ui, &painter, &galley, &row_starts, row, rect.min);
        }
        let selected = selected.and_then(|window| self.place_of(&galley, &row_starts, window));
        painter.galley(rect.min, Arc::clone(&galley), theme::reading_text(ui.visuals()));
        Shown { response, hovered, selected: selected.map(|place| place.translate(rect.min.to_vec2())) }
    }

    fn laid_out(&mut self, ui: &Ui) -> (Arc<Galley>, Arc<[usize]>) {
        let (width, dark) = (ui.available_width(), ui.visuals().dark_mode);
        let font = FontId::monospace(TEXT_SIZE);
        let probe = ui.ctx().fonts_mut(|fonts| fonts.layout_no_wrap("Mullion".to_owned(), font, Color32::PLACEHOLDER));
        let layout = match self.layout.take() {
            Some(known) if known.width == width && known.dark == dark && Arc::ptr_eq(&known.probe, &probe) => known,
            _ => {
                let job = self.job(ui.visuals(), width);
                let galley = ui.ctx().fonts_mut(|fonts| fonts.layout_job(job));
                let row_starts = row_starts(&galley);
                LaidOut { width, dark, probe, galley, row_starts }
            }
        };
        let shared = (Arc::clone(&layout.galley), Arc::clone(&layout.row_starts));
        self.layout = Some(layout);
        shared
    }

    fn job(&self, visuals: &egui::Visuals, width: f32) -> LayoutJob {
        let format = |size: f32| TextFormat {
            font_id: FontId::monospace(size),
            color: theme::reading_text(visuals),
            line_height: Some(LINE_HEIGHT),
            valign: egui::Align::Center,
            ..Default::default()
        };
        let (text, chip) = (format(TEXT_SIZE), format(CHIP_SIZE));
        let mut job = LayoutJob::default();
        job.wrap.max_width = (width - LINE_END).max(40.0);
        let mut window = None;
        for run in &self.visible.runs {
            let boundary = if window.is_some_and(|before| before != run.window) { GAP } else { 0.0 };
            let space = if run.ink == Ink::Chip { boundary.max(GAP) + 2.0 } else { boundary };
            let format = if run.ink == Ink::Chip { &chip } else { &text };
            job.append(&self.visible.text[run.text.clone()], space, format.clone());
            window = Some(run.window);
        }
        job
    }

    /// The window under a point that is relative to the galley.
    fn window_at(&self, galley: &Galley, row_starts: &[usize], at: Pos2) -> Option<usize> {
        let row = galley.rows.partition_point(|row| row.max_y() <= at.y);
        let pieces = (row < galley.rows.len()).then(|| self.pieces(galley, row_starts, row))?;
        pieces.into_iter().find(|piece| piece.rect.contains(at)).map(|piece| piece.window)
    }

    /// The first row of a window, relative to the galley.
    fn place_of(&self, galley: &Galley, row_starts: &[usize], window: usize) -> Option<Rect> {
        let run = self.visible.runs.get(self.visible.runs.partition_point(|run| run.window < window))?;
        let row = row_starts.partition_point(|start| *start <= run.chars.start).checked_sub(1)?;
        let row = row.min(galley.rows.len().checked_sub(1)?);
        let pieces = self.pieces(galley, row_starts, row);
        pieces.into_iter().find(|piece| piece.window == window).map(|piece| piece.rect)
    }

    /// The stretches of one row, one a window.
    fn pieces(&self, galley: &Galley, row_starts: &[usize], row: usize) -> Vec<Piece> {
        let placed = &galley.rows[row];
        let chars = row_starts[row]..row_starts[row + 1];
        let mut pieces: Vec<Piece> = Vec::new();
        for run in &self.visible.runs[self.visible.runs_in_chars(&chars)] {
            let first = run.chars.start.max(chars.start) - chars.start;
            let last = run.chars.end.min(chars.end) - chars.start;
            let left = match placed.glyphs.get(first) {
                Some(glyph) => glyph.pos.x,
                None => placed.glyphs.last().map_or(0.0, |glyph| glyph.max_x()),
            };
            let right = match placed.glyphs.get(last.wrapping_sub(1)) {
                Some(glyph) => glyph.max_x(),
                // The line end itself has no glyph, but a mark.
                None => placed.glyphs.last().map_or(0.0, |glyph| glyph.max_x()) + LINE_END,
            };
            let chip = run.ink == Ink::Chip;
            match pieces.last_mut() {
                Some(piece) if piece.window == run.window => {
                    piece.rect.max.x = right + if chip { 2.0 } else { 0.0 };
                }
                _ => pieces.push(Piece {
                    window: run.window,
                    rect: Rect::from_min_max(
                        pos2(placed.pos.x + left - if chip { 2.0 } else { 0.0 }, placed.pos.y + 2.0),
                        pos2(placed.pos.x + right + if chip { 2.0 } else { 0.0 }, placed.pos.y + LINE_HEIGHT - 2.0),
                    ),
                    starts: run.chars.start >= chars.start && self.is_boundary(run.chars.start),
                    ends: false,
                }),
            }
            if let Some(piece) = pieces.last_mut() {
                piece.ends = run.chars.end <= chars.end && self.is_boundary(run.chars.end);
            }
        }
        pieces
    }

    /// Whether a window ends before this character.
    fn is_boundary(&self, char_index: usize) -> bool {
        let window = |index| self.visible.run_of_char(index).map(|run| run.window);
        char_index == 0 || window(char_index) != window(char_index - 1)
    }

    fn paint_ground(
        &self,
        ui: &Ui,
        painter: &Painter,
        piece: &Piece,
        ground: Rect,
        hovered: bool,
        selected: Option<usize>,
    ) {
        let visuals = ui.visuals();
        let round = |on: bool| if on { 4 } else { 0 };
        let corners = CornerRadius {
            nw: round(piece.starts),
            sw: round(piece.starts),
            ne: round(piece.ends),
            se: round(piece.ends),
        };
        painter.rect_filled(ground, corners, theme::window_fill(piece.window, visuals));
        if self.ambiguous.get(piece.window).copied().unwrap_or(false) {
            let line = Stroke::new(2.0, visuals.warn_fg_color);
            painter.hline(ground.left() + 2.0..=ground.right() - 2.0, ground.bottom() - 1.0, line);
        }
        if hovered || selected == Some(piece.window) {
            let width = if selected == Some(piece.window) { 2.0 } else { 1.0 };
            painter.rect_stroke(ground, corners, Stroke::new(width, theme::accent(visuals)), StrokeKind::Outside);
        }
    }

    /// Dots for spaces, arrows for tabs, hooks for line ends, frames for chips.
    fn paint_marks(&self, ui: &Ui, painter: &Painter, galley: &Galley, row_starts: &[usize], row: usize, origin: Pos2) {
        let color = theme::mark(ui.visuals());
        let placed = &galley.rows[row];
        let corner = origin + placed.pos.to_vec2();
        let middle = corner.y + LINE_HEIGHT / 2.0;
        let x_of = |index: usize| placed.glyphs[index].pos.x + corner.x;
        let glyphs = row_starts[row]..row_starts[row] + placed.glyphs.len();
        for (index, glyph) in placed.glyphs.iter().enumerate() {
            match glyph.chr {
                ' ' => {
                    painter.circle_filled(pos2(x_of(index) + glyph.advance_width / 2.0, middle + 1.0), 1.2, color);
                }
                '\t' => {
                    let from = pos2(x_of(index) + 3.0, middle);
                    painter.arrow(from, vec2((glyph.advance_width - 6.0).max(6.0), 0.0), Stroke::new(1.0, color));
                }
                _ => {}
            }
        }
        for run in &self.visible.runs[self.visible.runs_in_chars(&glyphs)] {
            if run.ink == Ink::Chip {
                let first = run.chars.start.max(glyphs.start) - glyphs.start;
                let last = run.chars.end.min(glyphs.end) - glyphs.start;
                let right = placed.glyphs[last - 1].max_x() + corner.x;
                let frame = Rect::from_min_max(
                    pos2(x_of(first) - 1.5, corner.y + 4.5),
                    pos2(right + 1.5, corner.y + LINE_HEIGHT - 4.5),
                );
                painter.rect_stroke(frame, 2.0, Stroke::new(1.0, color), StrokeKind::Middle);
            }
        }
        if placed.ends_with_newline {
            let x = corner.x + placed.glyphs.last().map_or(0.0, |glyph| glyph.max_x());
            paint_line_end(painter, pos2(x + 3.0, middle), color);
        }
    }
}

/// The part of a window that is in one row, relative to the galley.
struct Piece {
    window: usize,
    rect: Rect,
    /// Whether the window starts, or ends, in this piece: those corners are round.
    starts: bool,
    ends: bool,
}

fn row_starts(galley: &Galley) -> Arc<[usize]> {
    let mut starts = vec![0];
    let mut next = 0;
    for row in &galley.rows {
        next += row.glyphs.len() + usize::from(row.ends_with_newline);
        starts.push(next);
    }
    starts.into()
}

fn visible_rows(galley: &Galley, origin: Pos2, clip: Rect) -> Range<usize> {
    let first = galley.rows.partition_point(|row| origin.y + row.max_y() < clip.top());
    let last = galley.rows.partition_point(|row| origin.y + row.min_y() <= clip.bottom());
    first..last.max(first)
}

fn paint_line_end(painter: &Painter, at: Pos2, color: Color32) {
    let stroke = Stroke::new(1.0, color);
    let (right, left) = (at.x + 8.0, at.x);
    painter.line_segment([pos2(right, at.y - 4.0), pos2(right, at.y + 2.0)], stroke);
    painter.line_segment([pos2(right, at.y + 2.0), pos2(left, at.y + 2.0)], stroke);
    painter.line_segment([pos2(left, at.y + 2.0), pos2(left + 3.0, at.y - 1.0)], stroke);
    painter.line_segment([pos2(left, at.y + 2.0), pos2(left + 3.0, at.y + 5.0)], stroke);
}
