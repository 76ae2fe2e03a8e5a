//! Characters laid out once a frame and drawn in many cells.
//!
//! egui shares the layouts between frames as long as its glyph atlas lasts; asking anew each frame is what keeps them
//! right when the atlas is rebuilt.

use crate::app::theme;
use crate::app::visible::cells::Ink;
use egui::{Color32, FontId, Galley, Painter, Rect, Stroke, StrokeKind, Ui, pos2, vec2};
use std::collections::HashMap;
use std::sync::Arc;

const TEXT: f32 = 14.5;
const CHIP: f32 = 8.0;
const HEX: f32 = 10.0;

/// The glyphs of one frame.
pub struct Glyphs {
    characters: HashMap<char, Arc<Galley>>,
    code_points: HashMap<u32, Arc<Galley>>,
    hex: HashMap<u8, Arc<Galley>>,
    drawn: HashMap<char, bool>,
    text: Color32,
    mark: Color32,
    weak: Color32,
}

impl Glyphs {
    pub fn new(ui: &Ui) -> Self {
        let visuals = ui.visuals();
        Self {
            characters: HashMap::new(),
            code_points: HashMap::new(),
            hex: HashMap::new(),
            drawn: HashMap::new(),
            text: theme::reading_text(visuals),
            mark: theme::mark(visuals),
            weak: visuals.weak_text_color(),
        }
    }

    /// Whether the font can show a character.
    pub fn has(&mut self, painter: &Painter, character: char) -> bool {
        let font = FontId::monospace(TEXT);
        *self
            .drawn
            .entry(character)
            .or_insert_with(|| painter.ctx().fonts_mut(|fonts| fonts.has_glyph(&font, character)))
    }

    /// Draws what stands in `cell`; weakly where nothing is cut yet.
    pub fn draw(&mut self, painter: &Painter, ink: Ink, cell: Rect, weak: bool) {
        let color = if weak { self.weak } else { self.text };
        match ink {
            Ink::Character(character) => {
                let galley = self.characters.entry(character).or_insert_with(|| lay(painter, character.into(), TEXT));
                centred(painter, galley, cell, color);
            }
            Ink::Space => {
                painter.circle_filled(cell.center() + vec2(0.0, 1.0), 1.2, self.mark);
            }
            Ink::Tab => {
                let from = pos2(cell.left() + 2.0, cell.center().y);
                painter.arrow(from, vec2(cell.width() - 4.0, 0.0), Stroke::new(1.0, self.mark));
            }
            Ink::LineEnd => line_end(painter, cell, Stroke::new(1.0, self.mark)),
            Ink::CodePoint(character) => {
                let code = u32::from(character);
                let galley = self.code_points.entry(code).or_insert_with(|| lay(painter, format!("{code:04X}"), CHIP));
                framed(painter, galley, cell, color, self.mark);
            }
            Ink::Byte(byte) => {
                let code = u32::from(byte) | CHIP_OF_BYTE;
                let galley = self.code_points.entry(code).or_insert_with(|| lay(painter, format!("{byte:02X}"), CHIP));
                framed(painter, galley, cell, color, self.mark);
            }
        }
    }

    /// Draws a byte in the lane of hexadecimal digits.
    pub fn draw_hex(&mut self, painter: &Painter, byte: u8, cell: Rect) {
        let galley = self.hex.entry(byte).or_insert_with(|| lay(painter, format!("{byte:02X}"), HEX));
        centred(painter, galley, cell, self.weak);
    }
}

/// No code point has this bit.
const CHIP_OF_BYTE: u32 = 1 << 31;

fn lay(painter: &Painter, text: String, size: f32) -> Arc<Galley> {
    painter.layout_no_wrap(text, FontId::monospace(size), Color32::PLACEHOLDER)
}

fn centred(painter: &Painter, galley: &Arc<Galley>, cell: Rect, color: Color32) {
    painter.galley(cell.center() - galley.size() / 2.0, Arc::clone(galley), color);
}

fn framed(painter: &Painter, galley: &Arc<Galley>, cell: Rect, color: Color32, mark: Color32) {
    let frame = cell.shrink2(vec2(0.5, 4.0));
    painter.rect_stroke(frame, 2.0, Stroke::new(1.0, mark), StrokeKind::Inside);
    centred(painter, galley, cell, color);
}

fn line_end(painter: &Painter, cell: Rect, stroke: Stroke) {
    let (left, right, middle) = (cell.center().x - 4.0, cell.center().x + 4.0, cell.center().y);
    painter.line_segment([pos2(right, middle - 4.0), pos2(right, middle + 2.0)], stroke);
    painter.line_segment([pos2(right, middle + 2.0), pos2(left, middle + 2.0)], stroke);
    painter.line_segment([pos2(left, middle + 2.0), pos2(left + 3.0, middle - 1.0)], stroke);
    painter.line_segment([pos2(left, middle + 2.0), pos2(left + 3.0, middle + 5.0)], stroke);
}
