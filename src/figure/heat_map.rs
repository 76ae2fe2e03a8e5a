//! Values of all codes of some bits, as a map: a cell a code, coloured by its value, with a scale of numbers.
//!
//! The window draws the cells as one texture of [`HeatMap::pixels`]; files have them as SVG and PNG.

use super::chart::Unit;
use super::scene::{Anchor, Scene};
use super::style::{self, Rgb};
use super::{FigureError, render};

/// Where each code lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Order {
    /// The high half of a code's bits is its row, the low half its column.
    #[default]
    Rows,
    /// Along Hilbert's curve: codes that follow one another touch, so that texts that begin alike lie in one patch.
    Hilbert,
}

/// The grid that codes of some bits lie in: as many columns as rows, or twice as many where the bits are odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    bits: u16,
    pub order: Order,
}

impl Grid {
    /// The grid of all codes of `bits` bits, at most 24.
    pub fn new(bits: u16, order: Order) -> Self {
        Self { bits: bits.min(24), order }
    }

    /// Bits of a code.
    pub fn bits(&self) -> u16 {
        self.bits
    }

    pub fn columns(&self) -> usize {
        1 << self.bits.div_ceil(2)
    }

    pub fn rows(&self) -> usize {
        1 << (self.bits / 2)
    }

    /// (column, row) of a code, which is below 2^bits.
    pub fn place(&self, code: u32) -> (usize, usize) {
        let (code, side) = (code as usize, self.rows());
        match self.order {
            Order::Rows => (code % self.columns(), code / self.columns()),
            // Where the bits are odd, two curves side by side: one ends where the other begins.
            Order::Hilbert => {
                let (column, row) = along(code % (side * side), side);
                (column + code / (side * side) * side, row)
            }
        }
    }

    /// The code at (column, row); none outside.
    pub fn code(&self, column: usize, row: usize) -> Option<u32> {
        let side = self.rows();
        if column >= self.columns() || row >= side {
            return None;
        }
        let code = match self.order {
            Order::Rows => row * self.columns() + column,
            Order::Hilbert => column / side * side * side + distance(column % side, row, side),
        };
        Some(code as u32)
    }
}

/// (x, y) of the point at `distance` along Hilbert's curve in a square of `side`, a power of two. It begins at (0, 0) and ends
/// at (side − 1, 0).
fn along(mut distance: usize, side: usize) -> (usize, usize) {
    let (mut x, mut y, mut size) = (0, 0, 1);
    while size < side {
        let right = distance / 2 % 2;
        let down = (distance ^ right) % 2;
        (x, y) = turned(x, y, size, right, down);
        x += size * right;
        y += size * down;
        distance /= 4;
        size *= 2;
    }
    (x, y)
}

/// The inverse of [`along`].
fn distance(mut x: usize, mut y: usize, side: usize) -> usize {
    let (mut distance, mut size) = (0, side / 2);
    while size > 0 {
        let (right, down) = (usize::from(x & size > 0), usize::from(y & size > 0));
        distance += size * size * ((3 * right) ^ down);
        (x, y) = turned(x & (size - 1), y & (size - 1), size, right, down);
        size /= 2;
    }
    distance
}

fn turned(x: usize, y: usize, size: usize, right: usize, down: usize) -> (usize, usize) {
    match (right, down) {
        (_, 1) => (x, y),
        (0, _) => (y, x),
        (_, _) => (size - 1 - y, size - 1 - x),
    }
}

/// What colours stand for.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// With the unit in words: `bytes of text`.
    pub title: String,
    pub low: f64,
    pub high: f64,
    /// Logarithmic: [`Self::low`] is above 0.
    pub log: bool,
    pub unit: Unit,
}

impl Scale {
    /// From the least to the largest of the values that are there and finite, a logarithmic one of those above 0; linear ones
    /// from 0 where `from_zero`.
    pub fn over(title: &str, unit: Unit, log: bool, from_zero: bool, values: &[Option<f64>]) -> Self {
        let used = values.iter().flatten().copied().filter(|value| value.is_finite() && (!log || *value > 0.0));
        let (low, high) =
            used.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if low <= high { (low, high) } else { (1.0, 1.0) };
        let low = if from_zero && !log { low.min(0.0) } else { low };
        let high = if high > low {
            high
        } else if log {
            10.0 * low
        } else {
            low + 1.0
        };
        Self { title: title.to_owned(), low, high, log, unit }
    }

    /// Where on the scale a value is, from 0 to 1.
    pub fn share(&self, value: f64) -> f64 {
        let share = match self.log {
            true => (value / self.low).ln() / (self.high / self.low).ln(),
            false => (value - self.low) / (self.high - self.low),
        };
        if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }

    /// Round values on the scale, lowest first, with their texts: about `most` of them at most.
    pub fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        let most = most.max(2) as f64;
        let values: Vec<f64> = match self.log {
            true => {
                let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
                let all = |multiples: &[f64]| -> Vec<f64> {
                    let decades = (first..=last).map(|decade| 10f64.powi(decade));
                    decades.flat_map(|decade| multiples.iter().map(move |multiple| decade * multiple)).collect()
                };
                let within = |values: Vec<f64>| -> Vec<f64> {
                    values.into_iter().filter(|value| (self.low..=self.high * 1.000_001).contains(value)).collect()
                };
                let fine = within(all(&[1.0, 2.0, 5.0]));
                if fine.len() as f64 <= most { fine } else { within(all(&[1.0])) }
            }
            false => {
                let scale = if self.unit == Unit::Share { 100.0 } else { 1.0 };
                let least = scale * (self.high - self.low) / most;
                let power = 10f64.powf(least.log10().floor());
                let step =
                    [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= least * 0.999);
                let step = step.unwrap_or(least).max(if self.unit == Unit::Count { 1.0 } else { 0.0 });
                let (first, last) =
                    ((scale * self.low / step).ceil() as i64, (scale * self.high / step + 1e-9).floor() as i64);
                (first..=last).map(|k| k as f64 * step / scale).collect()
            }
        };
        values.into_iter().map(|value| (value, self.written(value))).collect()
    }

    /// A value of the scale as people read it.
    pub fn written(&self, value: f64) -> String {
        match self.unit {
            Unit::Share => format!("{:.0} %", 100.0 * value),
            _ if value.abs() >= 1e6 => format!("{}M", rounded(value / 1e6)),
            _ if value.abs() >= 1e4 => format!("{}k", rounded(value / 1e3)),
            _ => rounded(value),
        }
    }
}

/// At most two decimals, and none that say nothing.
fn rounded(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The colour of a share of a scale, from 0 to 1: dark and blue to light and yellow, which also readers who see no hues can
/// order.
pub fn color(share: f64) -> Rgb {
    let last = style::SEQUENCE.len() - 1;
    let at = share.clamp(0.0, 1.0) * last as f64;
    let index = (at as usize).min(last - 1);
    let (low, high) = (style::SEQUENCE[index], style::SEQUENCE[index + 1]);
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * (at - index as f64)).round() as u8;
    (mix(low.0, high.0), mix(low.1, high.1), mix(low.2, high.2))
}

/// What a map of codes is coloured by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Quantity {
    /// How many bytes a code's text has.
    #[default]
    Bytes,
    /// What its text costs under the model, in bits.
    Cost,
    /// How often it was met in a text.
    Seen,
    /// How often M2 predicted it where it was to be predicted.
    Accuracy,
}

impl Quantity {
    pub const ALL: [Self; 4] = [Self::Bytes, Self::Cost, Self::Seen, Self::Accuracy];

    /// What it is called where it is chosen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bytes => "length",
            Self::Cost => "cost",
            Self::Seen => "frequency",
            Self::Accuracy => "accuracy",
        }
    }

    /// What it is, in a sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Bytes => "How many bytes a code's text has",
            Self::Cost => "What its text costs under M1, in bits",
            Self::Seen => "How often it is met in a text",
            Self::Accuracy => "The share of its occurrences in held-out text that a trained M2 predicts right",
        }
    }

    /// What the scale says.
    pub fn title(self) -> &'static str {
        match self {
            Self::Bytes => "bytes of text",
            Self::Cost => "bits under M1",
            Self::Seen => "times seen",
            Self::Accuracy => "predicted right",
        }
    }

    fn missing(self) -> &'static str {
        match self {
            Self::Bytes | Self::Cost => "no text",
            Self::Seen => "never seen",
            Self::Accuracy => "not in the held-out text",
        }
    }

    fn unit(self) -> Unit {
        match self {
            Self::Bytes | Self::Seen => Unit::Count,
            Self::Cost => Unit::Plain,
            Self::Accuracy => Unit::Share,
        }
    }
}

/// The map.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatMap {
    pub title: String,
    /// What it is of: the model, the text.
    pub note: String,
    pub grid: Grid,
    pub scale: Scale,
    /// By code; none where there is nothing to say of one.
    pub values: Vec<Option<f64>>,
    /// What a cell without a value says.
    pub missing: String,
}

/// Pixels of the page that the map takes in height.
const MAP: f64 = 1024.0;
/// Pixels of the scale's width, and between it and the map.
const SCALE: f64 = 28.0;
const GAP: f64 = 36.0;
/// Room for numbers left of the map and right of the scale.
const NUMBERS: f64 = 78.0;
/// Rows and columns that are numbered.
const NUMBERED: usize = 16;

impl HeatMap {
    /// A map of one quantity, by code; `note` says of what.
    pub fn of(quantity: Quantity, grid: Grid, values: Vec<Option<f64>>, note: String) -> Self {
        let values: Vec<Option<f64>> = match quantity {
            // What was never seen has no place on a logarithmic scale.
            Quantity::Seen => values.into_iter().map(|value| value.filter(|count| *count > 0.0)).collect(),
            _ => values,
        };
        let (log, from_zero) = (quantity == Quantity::Seen, quantity != Quantity::Cost);
        let scale = match quantity {
            Quantity::Accuracy => {
                Scale { title: quantity.title().to_owned(), low: 0.0, high: 1.0, log, unit: quantity.unit() }
            }
            _ => Scale::over(quantity.title(), quantity.unit(), log, from_zero, &values),
        };
        let title = format!("Codes of {} bits by {}", grid.bits, quantity.name());
        Self { title, note, grid, scale, values, missing: quantity.missing().to_owned() }
    }

    /// The colours of the cells, row by row from the top; `missing` where there is no value.
    pub fn pixels(&self, missing: Rgb) -> Vec<Rgb> {
        let (columns, rows) = (self.grid.columns(), self.grid.rows());
        let mut pixels = vec![missing; columns * rows];
        for (code, value) in self.values.iter().enumerate().take(pixels.len()) {
            let (column, row) = self.grid.place(code as u32);
            if let (Some(value), Some(pixel)) = (value, pixels.get_mut(row * columns + column)) {
                *pixel = color(self.scale.share(*value));
            }
        }
        pixels
    }

    /// The map as an SVG document.
    ///
    /// # Errors
    /// If it cannot be drawn.
    pub fn svg(&self) -> Result<String, FigureError> {
        render::svg(&self.scene()).map_err(|reason| FigureError::Draw { figure: "atlas".to_owned(), reason })
    }

    /// The map as a PNG file.
    ///
    /// # Errors
    /// If it cannot be drawn.
    pub fn png(&self) -> Result<Vec<u8>, FigureError> {
        render::png(&self.scene()).map_err(|reason| FigureError::Draw { figure: "atlas".to_owned(), reason })
    }

    fn scene(&self) -> Scene {
        let (columns, rows) = (self.grid.columns(), self.grid.rows());
        let cell = MAP / rows as f64;
        let (left, top) = (Scene::MARGIN + NUMBERS, Scene::HEAD + 34.0);
        let (right, foot) = (left + cell * columns as f64, top + MAP);
        let width = right + GAP + SCALE + NUMBERS + Scene::MARGIN;
        let mut scene = Scene::new(&self.title, &self.note, width, foot + 96.0);
        scene.picture([left, top], cell, columns, self.pixels(style::GRID));
        if self.grid.order == Order::Rows {
            let digits = usize::from(self.grid.bits / 2).div_ceil(4);
            for row in (0..rows).step_by((rows / NUMBERED).max(1)) {
                let at = [left - 12.0, top + cell * (row as f64 + 0.5) + 6.0];
                scene.text(&format!("{row:0digits$X}"), at, style::TICK, style::FAINT_INK, Anchor::End);
            }
            let digits = usize::from(self.grid.bits.div_ceil(2)).div_ceil(4);
            for column in (0..columns).step_by((columns / NUMBERED).max(1)) {
                let at = [left + cell * (column as f64 + 0.5), foot + 24.0];
                scene.text(&format!("{column:0digits$X}"), at, style::TICK, style::FAINT_INK, Anchor::Middle);
            }
        }
        let (row_title, column_title) = self.axis_titles();
        scene.upright_text(&row_title, [Scene::MARGIN, top + MAP / 2.0], style::AXIS_TITLE, style::INK);
        scene.text(&column_title, [(left + right) / 2.0, foot + 54.0], style::AXIS_TITLE, style::INK, Anchor::Middle);
        scene.text(
            &format!("grey: {}", self.missing),
            [(left + right) / 2.0, foot + 80.0],
            style::TICK,
            style::FAINT_INK,
            Anchor::Middle,
        );
        let bar = right + GAP;
        let steps = MAP as usize;
        let shades: Vec<Rgb> = (0..steps).map(|step| color(1.0 - step as f64 / (steps - 1) as f64)).collect();
        for (step, shade) in shades.into_iter().enumerate() {
            let (y, next) = (top + step as f64, top + step as f64 + 1.0);
            scene.polygon(vec![[bar, y], [bar + SCALE, y], [bar + SCALE, next], [bar, next]], shade);
        }
        for (value, text) in self.scale.ticks(10) {
            let y = foot - MAP * self.scale.share(value);
            scene.path(vec![[bar + SCALE, y], [bar + SCALE + 6.0, y]], style::AXIS, 1.0);
            scene.text(&text, [bar + SCALE + 12.0, y + 6.0], style::TICK, style::FAINT_INK, Anchor::Start);
        }
        scene.text(&self.scale.title, [width - Scene::MARGIN, top - 10.0], style::AXIS_TITLE, style::INK, Anchor::End);
        scene
    }

    /// What rows and columns are: of rows, of columns.
    fn axis_titles(&self) -> (String, String) {
        let (high, low) = (self.grid.bits / 2, self.grid.bits.div_ceil(2));
        match self.grid.order {
            Order::Rows if self.grid.bits == 16 => ("high byte of the code".into(), "low byte of the code".into()),
            Order::Rows => (format!("high {high} bits of the code"), format!("low {low} bits of the code")),
            Order::Hilbert => (String::new(), "codes in order along Hilbert's curve, from the top left".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_place_of_its_own() {
        for bits in 8..=16 {
            for order in [Order::Rows, Order::Hilbert] {
                let grid = Grid::new(bits, order);
                assert_eq!(grid.columns() * grid.rows(), 1 << bits);
                for code in 0..1u32 << bits {
                    let (column, row) = grid.place(code);
                    assert_eq!(grid.code(column, row), Some(code), "{bits} bits, {order:?}");
                }
                assert_eq!((grid.code(grid.columns(), 0), grid.code(0, grid.rows())), (None, None));
            }
        }
        assert_eq!(Grid::new(16, Order::Rows).place(0x1234), (0x34, 0x12));
    }

    #[test]
    fn neighbours_on_the_curve_touch() {
        for bits in [8, 9, 16] {
            let grid = Grid::new(bits, Order::Hilbert);
            for code in 1..1u32 << bits {
                let ((a, b), (c, d)) = (grid.place(code - 1), grid.place(code));
                assert_eq!(a.abs_diff(c) + b.abs_diff(d), 1, "{bits} bits, code {code}");
            }
        }
    }

    fn map() -> HeatMap {
        let values: Vec<Option<f64>> = (0..256).map(|code| (code % 7 > 0).then_some(f64::from(code))).collect();
        HeatMap {
            title: "Codes".into(),
            note: "a test".into(),
            grid: Grid::new(8, Order::Rows),
            scale: Scale::over("times seen", Unit::Count, true, false, &values),
            values,
            missing: "never seen".into(),
        }
    }

    #[test]
    fn a_picture_has_every_cell_and_a_scale_with_numbers() {
        let map = map();
        let pixels = map.pixels((1, 2, 3));
        assert_eq!((pixels.len(), pixels[0], pixels[7], pixels[255]), (256, (1, 2, 3), (1, 2, 3), color(1.0)));
        let svg = map.svg().unwrap();
        assert_eq!(svg.matches("<image ").count(), 1, "one picture, not a rectangle a cell");
        assert!(svg.contains("data:image/png;base64,iVBORw0KGgo"), "no PNG inside");
        for text in ["times seen", "100", "high 4 bits of the code", "never seen"] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(svg.trim_end().ends_with("</svg>"));
        let png = map.png().unwrap();
        assert_eq!(png[..4], [0x89, b'P', b'N', b'G']);
    }

    #[test]
    fn scales_hold_their_values_and_say_round_ones() {
        let texts = |scale: &Scale| scale.ticks(8).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        let values = [Some(1.0), None, Some(12.0), Some(f64::NAN)];
        let bytes = Scale::over("bytes", Unit::Count, false, true, &values);
        assert_eq!(texts(&bytes), ["0", "2", "4", "6", "8", "10", "12"]);
        assert_eq!(
            (bytes.share(0.0), bytes.share(6.0), bytes.share(99.0), bytes.share(f64::NAN)),
            (0.0, 0.5, 1.0, 0.0)
        );
        let share = Scale::over("right", Unit::Share, false, true, &[Some(0.0), Some(1.0)]);
        assert_eq!(texts(&share)[..3], ["0 %", "20 %", "40 %"]);
        let seen = Scale::over("seen", Unit::Count, true, false, &[Some(0.0), Some(1.0), Some(30_000.0)]);
        assert_eq!((seen.low, texts(&seen).last().map(String::as_str)), (1.0, Some("10k")));
        let none = Scale::over("seen", Unit::Count, true, false, &[None]);
        assert!(none.high > none.low && !none.ticks(8).is_empty());
    }

    #[test]
    fn colours_rise_in_lightness() {
        let lightness = |share| {
            let (red, green, blue) = color(share);
            0.2126 * f64::from(red) + 0.7152 * f64::from(green) + 0.0722 * f64::from(blue)
        };
        let shades: Vec<f64> = (0..=20).map(|step| lightness(f64::from(step) / 20.0)).collect();
        assert!(shades.windows(2).all(|pair| pair[0] < pair[1]), "{shades:?}");
    }
}
