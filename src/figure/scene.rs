//! A figure as plain marks, before it becomes SVG or PNG: both are drawn from the same scene and look the same.

use super::style::{self, Look, Marker, Rgb};
use super::text;

/// `[x, y]` in pixels of the finished page, from its top left corner.
pub type At = [f64; 2];

#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    Path { points: Vec<At>, color: Rgb, width: f64 },
    Polygon { points: Vec<At>, color: Rgb },
    Circle { centre: At, radius: f64, color: Rgb },
    Text(Text),
    Picture(Picture),
}

/// Square cells in rows from the top.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The top left corner.
    pub at: At,
    /// The side of a cell, in pixels.
    pub cell: f64,
    pub columns: usize,
    /// The colours of the cells.
    pub cells: Vec<Rgb>,
}

/// Which end of a text stands at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    pub text: String,
    /// On the baseline.
    pub at: At,
    /// The em in pixels.
    pub size: f64,
    pub color: Rgb,
    pub anchor: Anchor,
    /// Turned to be read from bottom to top.
    pub upright: bool,
}

/// Marks in the order in which they are drawn, on a page of paper.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// What a screen reader calls it.
    pub title: String,
    pub width: f64,
    pub height: f64,
    pub marks: Vec<Mark>,
}

impl Scene {
    /// A page with its heading.
    pub fn new(title: &str, subtitle: &str, width: f64, height: f64) -> Self {
        let mut scene = Self { title: text::printable(title), width, height, marks: Vec::new() };
        let room = width - 2.0 * Self::MARGIN;
        let heading = text::fitted(title, style::TITLE, room);
        scene.text(&heading, [Self::MARGIN, 58.0], style::TITLE, style::INK, Anchor::Start);
        let subheading = text::fitted(subtitle, style::SUBTITLE, room);
        scene.text(&subheading, [Self::MARGIN, 92.0], style::SUBTITLE, style::FAINT_INK, Anchor::Start);
        scene
    }

    /// Paper that is left free at the sides.
    pub const MARGIN: f64 = 40.0;
    /// Where the heading ends.
    pub const HEAD: f64 = 106.0;

    pub fn path(&mut self, points: Vec<At>, color: Rgb, width: f64) {
        if points.len() > 1 {
            self.marks.push(Mark::Path { points, color, width });
        }
    }

    pub fn polygon(&mut self, points: Vec<At>, color: Rgb) {
        self.marks.push(Mark::Polygon { points, color });
    }

    pub fn picture(&mut self, at: At, cell: f64, columns: usize, cells: Vec<Rgb>) {
        self.marks.push(Mark::Picture(Picture { at, cell, columns, cells }));
    }

    /// A straight line in strokes of `stroke` pixels with as much paper as `gap` between them.
    pub fn dashes(&mut self, from: At, to: At, color: Rgb, width: f64, [stroke, gap]: [f64; 2]) {
        let length = (to[0] - from[0]).hypot(to[1] - from[1]);
        let along = |distance: f64| {
            let share = (distance / length).min(1.0);
            [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share]
        };
        let mut start = 0.0;
        while start < length {
            self.path(vec![along(start), along(start + stroke)], color, width);
            start += stroke + gap;
        }
    }

    pub fn text(&mut self, text: &str, at: At, size: f64, color: Rgb, anchor: Anchor) {
        let text = text::printable(text);
        self.marks.push(Mark::Text(Text { text, at, size, color, anchor, upright: false }));
    }

    /// A text that is centred on `at` and reads from bottom to top.
    pub fn upright_text(&mut self, text: &str, at: At, size: f64, color: Rgb) {
        let text = text::printable(text);
        self.marks.push(Mark::Text(Text { text, at, size, color, anchor: Anchor::Middle, upright: true }));
    }

    /// A run's marker, set off from what lies under it by a rim of paper.
    pub fn marker(&mut self, at: At, look: Look) {
        for (radius, color) in [(style::MARKER + 2.0, style::PAPER), (style::MARKER, look.color)] {
            self.marks.push(shape(look.marker, at, radius, color));
        }
    }
}

fn shape(marker: Marker, [x, y]: At, radius: f64, color: Rgb) -> Mark {
    // Shapes of about equal area look equally large.
    let corners: &[At] = match marker {
        Marker::Circle => return Mark::Circle { centre: [x, y], radius, color },
        Marker::Square => &[[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
        Marker::Triangle => &[[0.0, -1.25], [1.15, 0.85], [-1.15, 0.85]],
        Marker::Diamond => &[[0.0, -1.3], [1.3, 0.0], [0.0, 1.3], [-1.3, 0.0]],
        Marker::Inverted => &[[0.0, 1.25], [1.15, -0.85], [-1.15, -0.85]],
    };
    let points = corners.iter().map(|[dx, dy]| [x + dx * radius, y + dy * radius]).collect();
    Mark::Polygon { points, color }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_stay_within_their_line() {
        let mut scene = Scene { title: String::new(), width: 100.0, height: 100.0, marks: Vec::new() };
        scene.dashes([10.0, 5.0], [35.0, 5.0], style::INK, 1.0, [8.0, 4.0]);
        let ends: Vec<[f64; 2]> = scene
            .marks
            .iter()
            .map(|mark| match mark {
                Mark::Path { points, .. } => [points[0][0], points[1][0]],
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(ends, [[10.0, 18.0], [22.0, 30.0], [34.0, 35.0]]);
    }
}
