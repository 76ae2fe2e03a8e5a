//! How long windows are, and how much of their codes they use: counts over the windows cut so far.

use crate::app::board::Board;
use crate::app::chart::{self, ChartState};
use crate::figure::chart::{Axis, Chart, Curve, Style, Unit};
use crate::tokenizer::view::WindowView;
use egui::Ui;
use std::collections::BTreeMap;

/// Bars that a histogram has at most; wider ranges are counted in bins.
const MOST_BINS: u32 = 64;

/// The height of the choice above the chart, in points.
const ROW: f32 = 36.0;

/// What is counted of each window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Measure {
    #[default]
    Bytes,
    UsedBits,
    Padding,
}

impl Measure {
    /// All of them, with their names.
    pub const ALL: [(Self, &str); 3] =
        [(Self::Bytes, "Bytes"), (Self::UsedBits, "Bits used"), (Self::Padding, "Padding")];

    /// The measure of one window.
    fn of(self, window: &WindowView) -> u32 {
        let value = match self {
            Self::Bytes => window.byte_len as u64,
            Self::UsedBits => window.used_bits,
            Self::Padding => window.padding,
        };
        u32::try_from(value).unwrap_or(u32::MAX)
    }

    fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::Bytes => ("Length of windows", "bytes a window"),
            Self::UsedBits => ("Bits used of windows", "bits used a window"),
            Self::Padding => ("Padding of windows", "bits of padding a window"),
        }
    }
}

/// The windows of one lane, by what is counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lane {
    pub name: String,
    /// Place in the palette.
    pub color: usize,
    /// How many windows have each measure.
    pub counts: BTreeMap<u32, u64>,
}

impl Lane {
    fn windows(&self) -> u64 {
        self.counts.values().sum()
    }

    fn mean(&self) -> f64 {
        let sum: f64 = self.counts.iter().map(|(&value, &count)| f64::from(value) * count as f64).sum();
        sum / self.windows().max(1) as f64
    }
}

/// How many windows have each measure.
pub fn count(measure: Measure, windows: &[WindowView]) -> BTreeMap<u32, u64> {
    let mut counts = BTreeMap::new();
    for window in windows {
        *counts.entry(measure.of(window)).or_default() += 1;
    }
    counts
}

/// The histogram of some lanes: bars of counts where there is one, and lines of shares, which can be compared, where there
/// are several.
pub fn chart(measure: Measure, lanes: &[Lane]) -> Chart {
    let values = || lanes.iter().flat_map(|lane| lane.counts.keys().copied());
    let (least, most) = (values().min().unwrap_or(0), values().max().unwrap_or(0));
    let width = (most - least) / MOST_BINS + 1;
    let bins = (most - least) / width + 1;
    let alone = lanes.len() == 1;
    let curve = |lane: &Lane| {
        let mut counted = vec![0; bins as usize];
        for (&value, &count) in &lane.counts {
            if let Some(bin) = counted.get_mut(((value - least) / width) as usize) {
                *bin += count;
            }
        }
        let scale = if alone { 1.0 } else { 1.0 / lane.windows().max(1) as f64 };
        let middle = f64::from(width - 1) / 2.0;
        let point = |(bin, count): (u32, u64)| [f64::from(least + bin * width) + middle, count as f64 * scale];
        Curve {
            name: format!("{} (mean {:.2})", lane.name, lane.mean()),
            color: lane.color,
            style: if alone { Style::Bars } else { Style::Joined },
            points: (0..bins).zip(counted).map(point).collect(),
            band: Vec::new(),
        }
    };
    let windows: u64 = lanes.iter().map(Lane::windows).sum();
    let binned = if width > 1 { format!(", in bins of {width}") } else { String::new() };
    let mean = match lanes {
        [alone] => format!(", mean {:.2}", alone.mean()),
        _ => String::new(),
    };
    let (title, x) = measure.titles();
    let (y, unit) = if alone { ("windows", Unit::Count) } else { ("share of windows", Unit::Share) };
    Chart {
        title: title.to_owned(),
        note: format!("{windows} windows cut so far{binned}{mean}"),
        x: Axis { title: x.to_owned(), unit: Unit::Count, log: false },
        y: Axis { title: y.to_owned(), unit, log: false },
        curves: lanes.iter().filter(|lane| !lane.counts.is_empty()).map(curve).collect(),
        ..Chart::default()
    }
}

/// What the histogram remembers between frames.
pub struct HistogramState {
    pub measure: Measure,
    chart: ChartState,
}

impl Default for HistogramState {
    fn default() -> Self {
        Self { measure: Measure::default(), chart: ChartState::with_legend() }
    }
}

/// Draws the histogram of the lanes that `counted` gives for a measure, with the choice of what is counted.
/// `height` is what is left for it.
pub fn show(
    ui: &mut Ui,
    state: &mut HistogramState,
    counted: impl FnOnce(Measure) -> Vec<Lane>,
    height: f32,
    board: &mut Board,
) {
    ui.horizontal_wrapped(|ui| {
        ui.label("Count windows by");
        for (measure, name) in Measure::ALL {
            ui.selectable_value(&mut state.measure, measure, name);
        }
    });
    let lanes = counted(state.measure);
    if lanes.iter().all(|lane| lane.counts.is_empty()) {
        ui.weak("No windows yet: type or open a text above.");
        return;
    }
    let height = (height - ROW).clamp(120.0, 360.0);
    chart::show(ui, &chart(state.measure, &lanes), &mut state.chart, height, board);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(name: &str, counts: &[(u32, u64)]) -> Lane {
        Lane { name: name.to_owned(), color: 3, counts: counts.iter().copied().collect() }
    }

    #[test]
    fn one_lane_has_bars_of_counts_without_gaps() {
        let chart = chart(Measure::Bytes, &[lane("exact", &[(2, 5), (4, 1)])]);
        assert_eq!(chart.curves[0].points, [[2.0, 5.0], [3.0, 0.0], [4.0, 1.0]]);
        assert_eq!((chart.curves[0].style, chart.curves[0].color), (Style::Bars, 3));
        assert_eq!(chart.curves[0].name, "exact (mean 2.33)");
        assert_eq!((chart.x.title.as_str(), chart.y.title.as_str()), ("bytes a window", "windows"));
        assert_eq!(chart.note, "6 windows cut so far, mean 2.33");
    }

    #[test]
    fn several_lanes_have_shares_over_the_same_bins() {
        let chart = chart(Measure::Padding, &[lane("a", &[(0, 3), (1, 1)]), lane("b", &[(2, 8)]), lane("none", &[])]);
        assert_eq!(chart.curves.len(), 2);
        assert_eq!(chart.curves[0].points, [[0.0, 0.75], [1.0, 0.25], [2.0, 0.0]]);
        assert_eq!(chart.curves[1].points, [[0.0, 0.0], [1.0, 0.0], [2.0, 1.0]]);
        assert_eq!(chart.y.unit, Unit::Share);
    }

    #[test]
    fn wide_ranges_are_binned_and_nothing_is_lost() {
        let counts: Vec<(u32, u64)> = (0..1000).map(|value| (value * 3 + 7, 1)).collect();
        let chart = chart(Measure::UsedBits, &[lane("a", &counts), lane("b", &[(u32::MAX, 1)])]);
        assert!(chart.curves[0].points.len() <= 64);
        let share: f64 = chart.curves[0].points.iter().map(|[_, share]| share).sum();
        assert!((share - 1.0).abs() < 1e-9);
        assert!(chart.note.contains("in bins of "));
        assert!(super::chart(Measure::Bytes, &[]).curves.is_empty());
    }
}
