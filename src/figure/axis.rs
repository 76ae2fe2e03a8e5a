//! Axes: the range that holds the values, round numbers on it, and the frame that curves are drawn in.

use super::chart::{Unit, number};
use super::data::drawable;
use super::scene::{Anchor, At, Scene};
use super::{style, text};

/// Values from `low` to `high`, which differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    pub low: f64,
    pub high: f64,
}

impl Range {
    /// The range of the values that can be drawn; none if there are none. Equal values get some room around them.
    pub fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let ends = |range: Option<Self>, value: f64| match range {
            Some(range) => Some(Self { low: range.low.min(value), high: range.high.max(value) }),
            None => Some(Self { low: value, high: value }),
        };
        let range = values.filter(|value| drawable(*value)).fold(None, ends)?;
        // Narrower than this, neighbouring round numbers would not differ in the digits that an axis shows.
        let narrowest = 1e-6 * range.low.abs().max(range.high.abs()).max(0.01);
        if range.high - range.low >= narrowest {
            return Some(range);
        }
        let room = 0.1 * range.low.abs().max(0.1);
        Some(Self { low: range.low - room, high: range.high + room })
    }

    /// The range with a share of its width added at each end.
    pub fn padded(self, share: f64) -> Self {
        let room = share * (self.high - self.low);
        Self { low: self.low - room, high: self.high + room }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// In values; above 0 where the axis is logarithmic.
    pub range: Range,
    pub unit: Unit,
    pub title: String,
    pub log: bool,
}

impl Axis {
    /// Round numbers within the range, at most about `most` of them, with their texts.
    fn ticks(&self, most: f64) -> Vec<(f64, String)> {
        let Range { low, high } = self.range;
        if self.log {
            return self.decades(most);
        }
        let scale = if self.unit == Unit::Share { 100.0 } else { 1.0 };
        let step = number::round_step(scale * (high - low) / most, self.unit);
        let first = (scale * low / step - 1e-9).ceil() as i64;
        let last = (scale * high / step + 1e-9).floor() as i64;
        let distance = step / scale;
        (first..=last)
            .map(|k| (k as f64 * step) / scale)
            .map(|value| (value, number::on_axis(value, self.unit, distance)))
            .collect()
    }

    /// Powers of ten; where these are few, twice and five times them too; where they are many, some of them.
    fn decades(&self, most: f64) -> Vec<(f64, String)> {
        let Range { low, high } = self.range;
        let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
        let wide = high.log10() - low.log10();
        let multiples: &[f64] = if 3.0 * wide <= most { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let every = (wide / most).ceil().max(1.0) as i32;
        let within = |value: f64| value >= low * (1.0 - 1e-9) && value <= high * (1.0 + 1e-9);
        let powers = (first..=last).filter(|power| power % every == 0).map(|power| 10_f64.powi(power));
        let values = powers.flat_map(|power| multiples.iter().map(move |multiple| (multiple * power, power)));
        let named = values.filter(|(value, _)| within(*value));
        named.map(|(value, power)| (value, number::on_axis(value, self.unit, power))).collect()
    }

    /// How far along the axis a value lies: 0 at its low end, 1 at its high end.
    fn share(&self, value: f64) -> f64 {
        let Range { low, high } = self.range;
        if self.log { (value / low).log10() / (high / low).log10() } else { (value - low) / (high - low) }
    }
}

/// The rectangle that curves are drawn in, in pixels of the page, with its axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
    pub x: Axis,
    pub y: Axis,
}

impl Frame {
    /// Where a value lies on the page.
    pub fn place(&self, [x, y]: [f64; 2]) -> At {
        [
            self.left + self.x.share(x) * (self.right - self.left),
            self.bottom - self.y.share(y) * (self.bottom - self.top),
        ]
    }

    /// Draws the grid, the axes, their numbers and their titles.
    pub fn draw(&self, scene: &mut Scene) {
        let y_ticks = self.y.ticks((self.bottom - self.top) / 60.0);
        for (value, text) in &y_ticks {
            let [_, y] = self.place([self.x.range.low, *value]);
            // Zero is a level of its own where values lie on both of its sides.
            let color = if *value == 0.0 && self.y.range.low < 0.0 { style::AXIS } else { style::GRID };
            scene.path(vec![[self.left, y], [self.right, y]], color, 1.0);
            let at = [self.left - 12.0, y + 0.35 * style::TICK];
            scene.text(text, at, style::TICK, style::FAINT_INK, Anchor::End);
        }
        scene.path(vec![[self.left, self.bottom], [self.right, self.bottom]], style::AXIS, 1.5);
        let Range { low, high } = self.x.range;
        let ends = [low, high].map(|end| number::on_axis(end.round(), self.x.unit, (high - low) / 10.0));
        let widest = ends.iter().map(|end| text::width(end, style::TICK)).fold(0.0, f64::max);
        for (value, text) in self.x.ticks((self.right - self.left) / (widest + 40.0)) {
            let [x, _] = self.place([value, self.y.range.low]);
            scene.path(vec![[x, self.bottom], [x, self.bottom + 7.0]], style::AXIS, 1.5);
            let at = [x, self.bottom + 14.0 + style::TICK];
            scene.text(&text, at, style::TICK, style::FAINT_INK, Anchor::Middle);
        }
        let widest = y_ticks.iter().map(|(_, text)| text::width(text, style::TICK)).fold(0.0, f64::max);
        let y_title = [self.left - 12.0 - widest - 16.0, 0.5 * (self.top + self.bottom)];
        scene.upright_text(&self.y.title, y_title, style::AXIS_TITLE, style::INK);
        let x_title = [0.5 * (self.left + self.right), self.bottom + 14.0 + style::TICK + 32.0];
        scene.text(&self.x.title, x_title, style::AXIS_TITLE, style::INK, Anchor::Middle);
    }

    /// Says in the middle why the frame is empty.
    pub fn say(&self, scene: &mut Scene, words: &str) {
        let middle = [0.5 * (self.left + self.right), 0.5 * (self.top + self.bottom)];
        scene.text(words, middle, style::PANEL_TITLE, style::FAINT_INK, Anchor::Middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(low: f64, high: f64, unit: Unit, most: f64) -> Vec<String> {
        let axis = Axis { range: Range { low, high }, unit, title: String::new(), log: false };
        axis.ticks(most).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn numbers_are_round() {
        assert_eq!(texts(0.0, 20_000.0, Unit::Count, 5.0), ["0", "5000", "10k", "15k", "20k"]);
        assert_eq!(texts(1.13, 1.46, Unit::Plain, 4.0), ["1.2", "1.3", "1.4"]);
        assert_eq!(texts(-0.02, 0.051, Unit::Share, 4.0), ["−2 %", "0 %", "2 %", "4 %"]);
        assert_eq!(texts(0.9, 2.1, Unit::Count, 9.0), ["1", "2"]);
    }

    #[test]
    fn a_logarithmic_axis_has_powers_of_ten() {
        let texts = |low, high, most| -> Vec<String> {
            let axis = Axis { range: Range { low, high }, unit: Unit::Plain, title: String::new(), log: true };
            axis.ticks(most).into_iter().map(|(_, text)| text).collect()
        };
        assert_eq!(texts(0.05, 200.0, 6.0), ["0.1", "1", "10", "100"]);
        assert_eq!(texts(1.5, 12.0, 8.0), ["2", "5", "10"]);
        assert_eq!(texts(1e-6, 1e6, 5.0).len(), 5);
        let axis = Axis { range: Range { low: 1.0, high: 100.0 }, unit: Unit::Plain, title: String::new(), log: true };
        assert_eq!(axis.share(10.0), 0.5);
    }

    #[test]
    fn one_value_and_no_value() {
        let range = Range::of([f64::NAN, 3.0, f64::INFINITY, 3.0].into_iter()).unwrap();
        assert!(range.low < 3.0 && range.high > 3.0);
        assert_eq!(Range::of([f64::NAN, f64::NEG_INFINITY].into_iter()), None);
        assert_eq!(Range::of(std::iter::empty()), None);
    }

    proptest! {
        #[test]
        fn any_values_have_few_numbers_and_all_differ(values in proptest::collection::vec(any::<f64>(), 1..4), most in 2.0..14.0_f64) {
            if let Some(range) = Range::of(values.into_iter()) {
                prop_assert!(range.low < range.high);
                let found = texts(range.low, range.high, Unit::Plain, most);
                prop_assert!(found.len() <= most as usize + 2, "{found:?}");
                for (one, two) in found.iter().zip(found.iter().skip(1)) {
                    prop_assert_ne!(one, two);
                }
            }
        }
    }
}
