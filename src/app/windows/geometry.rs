//! Where things stand in the interlinear view.
//!
//! Every row of text is drawn once for each lane, one under another, then in hexadecimal and as a strip of costs. All of
//! them have one cell a byte, equally wide, so a byte is at the same place in each; all rows are equally high, so a view
//! of any text finds its rows by dividing.

use super::rows::Rows;
use egui::{Pos2, Rect, pos2, vec2};

/// A cell's width, and what it takes to hold two hexadecimal digits.
const CELL: f32 = 10.0;
const CELL_WITH_HEX: f32 = 16.0;
const LANE: f32 = 22.0;
const HEX: f32 = 15.0;
const STRIP: f32 = 22.0;
const GAP: f32 = 9.0;
/// A digit of an offset in the margin, and the number of a lane.
const DIGIT: f32 = 6.1;
const LANE_NUMBER: f32 = 17.0;
/// The scroll bar at the right, with its distance.
pub const BAR: f32 = 14.0;

/// The measures of one view, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geometry {
    pub lanes: usize,
    pub hex: bool,
    pub strip: bool,
    /// The margin at the left, with offsets and lane numbers.
    pub margin: f32,
}

/// A place in a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// The lane that is nearest.
    pub lane: usize,
    /// In the text.
    pub byte: usize,
}

impl Geometry {
    pub fn new(lanes: usize, hex: bool, strip: bool, text: usize) -> Self {
        // Offsets have a comma every three digits.
        let digits = text.max(1).ilog10() + 1;
        let offset = (digits + (digits - 1) / 3) as f32 * DIGIT;
        Self { lanes, hex, strip, margin: offset.max(4.0 * DIGIT) + if lanes > 1 { LANE_NUMBER } else { 0.0 } + 8.0 }
    }

    pub fn cell(&self) -> f32 {
        if self.hex { CELL_WITH_HEX } else { CELL }
    }

    /// How many cells fit in a view of this width.
    pub fn cells(&self, width: f32) -> usize {
        ((width - self.margin - BAR) / self.cell()).floor().max(4.0) as usize
    }

    pub fn row_height(&self) -> f32 {
        let (hex, strip) = (if self.hex { HEX } else { 0.0 }, if self.strip { STRIP } else { 0.0 });
        self.lanes as f32 * LANE + hex + strip + GAP
    }

    /// Where a row begins whose view shows `top` first, which may be in the middle of a row.
    pub fn row(&self, view: Rect, top: f64, row: usize) -> Pos2 {
        let above = (row as f64 - top) * f64::from(self.row_height());
        pos2(view.left() + self.margin, view.top() + above as f32)
    }

    /// The cells of a lane from one column to another; `at` is where the row begins.
    pub fn lane(&self, at: Pos2, lane: usize, columns: std::ops::Range<usize>) -> Rect {
        self.line(at, lane as f32 * LANE, LANE - 2.0, columns)
    }

    pub fn hex(&self, at: Pos2, columns: std::ops::Range<usize>) -> Rect {
        self.line(at, self.lanes as f32 * LANE, HEX, columns)
    }

    pub fn strip(&self, at: Pos2, columns: std::ops::Range<usize>) -> Rect {
        let above = self.lanes as f32 * LANE + if self.hex { HEX } else { 0.0 };
        self.line(at, above, STRIP - 2.0, columns)
    }

    /// A column through all that a row has.
    pub fn column(&self, at: Pos2, columns: std::ops::Range<usize>) -> Rect {
        self.line(at, 0.0, self.row_height() - GAP, columns)
    }

    fn line(&self, at: Pos2, above: f32, height: f32, columns: std::ops::Range<usize>) -> Rect {
        let corner = at + vec2(columns.start as f32 * self.cell(), above);
        Rect::from_min_size(corner, vec2(columns.len() as f32 * self.cell(), height))
    }

    /// How many rows a view holds, the last of which may be cut off.
    pub fn rows_in(&self, height: f32) -> f64 {
        f64::from(height / self.row_height())
    }

    /// What is under a point.
    pub fn spot(&self, view: Rect, top: f64, rows: &Rows, point: Pos2) -> Option<Spot> {
        let down = f64::from(point.y - view.top()) / f64::from(self.row_height()) + top;
        let row = (down >= 0.0).then_some(down as usize).filter(|row| *row < rows.count())?;
        let at = self.row(view, top, row);
        let column = ((point.x - at.x) / self.cell()).floor();
        let bytes = rows.range(row);
        let byte = (column >= 0.0).then(|| bytes.start + column as usize).filter(|byte| *byte < bytes.end)?;
        let lane = (((point.y - at.y) / LANE) as usize).min(self.lanes.saturating_sub(1));
        Some(Spot { lane, byte })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_somewhere_is_found_there() {
        let rows = Rows::new("word ".repeat(1000).as_bytes(), 40);
        let view = Rect::from_min_size(pos2(30.0, 50.0), vec2(500.0, 400.0));
        for (lanes, hex, strip) in [(1, false, false), (3, true, true), (2, false, true)] {
            let geometry = Geometry::new(lanes, hex, strip, 5000);
            for (row, top) in [(0, 0.0), (17, 15.25), (40, 39.5)] {
                let at = geometry.row(view, top, row);
                for lane in 0..lanes {
                    let rect = geometry.lane(at, lane, 7..8);
                    let spot = geometry.spot(view, top, &rows, rect.center());
                    assert_eq!(spot, Some(Spot { lane, byte: rows.range(row).start + 7 }));
                    assert_eq!(geometry.column(at, 7..8).x_range(), rect.x_range(), "columns line up");
                    assert_eq!(geometry.hex(at, 7..8).x_range(), rect.x_range());
                }
                let next = geometry.row(view, top, row + 1).y;
                assert!(!strip || geometry.strip(at, 0..1).bottom() < next, "the strip belongs to its row");
            }
            assert_eq!(geometry.spot(view, 0.0, &rows, pos2(view.left(), view.top() + 1.0)), None, "the margin");
        }
    }

    #[test]
    fn rows_fill_the_width_and_never_more() {
        for width in [120.0, 360.0, 620.0, 2560.0] {
            let geometry = Geometry::new(3, true, true, 10 << 20);
            let used = geometry.margin + geometry.cells(width) as f32 * geometry.cell() + BAR;
            assert!(used <= width.max(geometry.margin + 4.0 * geometry.cell() + BAR), "{width}: {used}");
        }
    }
}
