//! One description of a chart, for the window and for files: what is drawn on the screen is what is exported.

mod csv;
pub mod decimate;
pub mod number;
mod scene;
#[cfg(test)]
mod tests;

pub use scene::bar_width;

use super::{FigureError, render};

/// A chart as data.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chart {
    pub title: String,
    /// Stands beside the title in small: what is drawn how.
    pub note: String,
    pub x: Axis,
    pub y: Axis,
    pub curves: Vec<Curve>,
    pub levels: Vec<Level>,
    pub marks: Vec<Mark>,
}

/// One axis.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Axis {
    /// With the unit in words: `bits/byte`, `step`.
    pub title: String,
    pub unit: Unit,
    /// Logarithmic. Values of 0 and below have no place on it and are left out.
    pub log: bool,
}

/// How numbers on an axis are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unit {
    #[default]
    Plain,
    /// Whole numbers, with k and M.
    Count,
    /// Shares of 1, written in per cent.
    Share,
    /// Seconds, written as a clock.
    Seconds,
    /// Bytes, with KB, MB and GB (powers of 1,000).
    Bytes,
}

/// One series of points.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Curve {
    pub name: String,
    /// Place in the palette (`figure::style::PALETTE`, `app::theme::run_color`): the same thing keeps its colour everywhere.
    pub color: usize,
    pub style: Style,
    /// `[x, y]`, ascending in x where a line joins them. What is not finite is a gap.
    pub points: Vec<[f64; 2]>,
    /// `[x, low, high]`: a region that is drawn faintly behind, such as the spread over seeds.
    pub band: Vec<[f64; 3]>,
}

/// How a curve is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Style {
    #[default]
    Line,
    /// Thin and pale: raw values under smoothed ones.
    Faint,
    Dashed,
    /// Points alone, each a thing of its own.
    Points,
    /// Points joined by a line.
    Joined,
    /// Bars from 0, as wide as the points are apart.
    Bars,
}

/// A value to compare with: a line across the chart at `value` of y.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    pub name: String,
    /// Place in the palette; none is the colour of text.
    pub color: Option<usize>,
    pub value: f64,
    pub style: LevelStyle,
}

/// How a level is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelStyle {
    Dashed,
    Dotted,
}

/// Something that happened at a place: a flag with words.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    pub x: f64,
    /// None stands at the foot of the chart.
    pub y: Option<f64>,
    pub color: Option<usize>,
    pub text: String,
}

impl Chart {
    /// A name for its files, without extension: the title in small letters, digits and dashes.
    pub fn file_stem(&self) -> String {
        let words: Vec<String> = self
            .title
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        if words.is_empty() { "chart".to_owned() } else { words.join("-") }
    }

    /// The chart as an SVG document.
    ///
    /// # Errors
    /// If it cannot be drawn, which would be a defect.
    pub fn svg(&self) -> Result<String, FigureError> {
        render::svg(&scene::scene(self)).map_err(|reason| self.undrawn(reason))
    }

    /// The chart as a PNG file.
    ///
    /// # Errors
    /// If it cannot be drawn, which would be a defect.
    pub fn png(&self) -> Result<Vec<u8>, FigureError> {
        render::png(&scene::scene(self)).map_err(|reason| self.undrawn(reason))
    }

    /// Everything in the chart as comma-separated values: a row for every point, level and mark, under the columns `kind`,
    /// `name`, the titles of the axes, `low` and `high`. Values that are no numbers are empty.
    ///
    /// # Errors
    /// If it cannot be written, which would be a defect.
    pub fn csv(&self) -> Result<Vec<u8>, FigureError> {
        csv::csv(self).map_err(|reason| self.undrawn(reason))
    }

    fn undrawn(&self, reason: String) -> FigureError {
        FigureError::Draw { figure: self.file_stem(), reason }
    }

    /// Whether nothing in it has a place on its axes.
    pub fn is_empty(&self) -> bool {
        let drawn = |[x, y]: &[f64; 2]| self.x.place(*x).is_some() && self.y.place(*y).is_some();
        let curves = self.curves.iter().any(|curve| curve.points.iter().any(drawn) || !curve.band.is_empty());
        !curves && !self.has_levels_alone()
    }

    /// Whether all there is in it are levels: what was measured once is the same at every x.
    pub fn has_levels_alone(&self) -> bool {
        let placed = self.levels.iter().any(|level| self.y.place(level.value).is_some());
        placed && self.curves.iter().all(|curve| curve.points.is_empty() && curve.band.is_empty())
    }
}

impl Axis {
    /// Where a value lies on the axis: the value itself, or its logarithm to base 10. None where it has no place: it is
    /// not finite, or not positive on a logarithmic axis.
    pub fn place(&self, value: f64) -> Option<f64> {
        let placed = if self.log { value.log10() } else { value };
        (placed.is_finite() && super::data::drawable(value)).then_some(placed)
    }

    /// The inverse of [`Self::place`].
    pub fn value(&self, placed: f64) -> f64 {
        if self.log { 10_f64.powf(placed) } else { placed }
    }
}
