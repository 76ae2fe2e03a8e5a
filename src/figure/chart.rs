//! One description of a chart, for the window and for files: what is drawn on the screen is what is exported.

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
    /// Logarithmic. Values of 0 and below are drawn at the least positive one.
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
