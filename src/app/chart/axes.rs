//! Grid lines and their numbers.

use crate::figure::chart::{Axis, Unit, number};
use egui::{Color32, Visuals};
use egui_plot::{GridInput, GridMark};

/// Least spacing of grid lines in points, as the plots are told; [`GridInput`] counts in it.
pub const LEAST_SPACING: f32 = 4.0;

/// Lines of a grid at least `points` apart on the screen, at round values of the axis.
pub fn grid(input: GridInput, axis: &Axis, points: f64) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let least = input.base_step_size * points / f64::from(LEAST_SPACING);
    let wide = (high - low).is_finite() && high > low && least.is_finite() && least > 0.0;
    if !wide || (high - low) / least > 10_000.0 {
        return Vec::new();
    }
    if axis.log && least < 1.0 {
        return decades(input, axis.unit);
    }
    let scale = if axis.unit == Unit::Share { 100.0 } else { 1.0 };
    let step = if axis.log { least.ceil() } else { number::round_step(scale * least, axis.unit) / scale };
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    (first..=last).map(|k| GridMark { value: k as f64 * step, step_size: step }).collect()
}

/// The number at a line of [`grid`]; empty where a logarithmic axis has none.
pub fn text(mark: &GridMark, axis: &Axis) -> String {
    if !axis.log {
        // Products of steps are a hair beside zero.
        let value = if mark.value.abs() < 1e-9 * mark.step_size { 0.0 } else { mark.value };
        return number::on_axis(value, axis.unit, mark.step_size);
    }
    let value = axis.value(mark.value);
    if mark.step_size == UNNAMED || !value.is_finite() {
        return String::new();
    }
    number::on_axis(value, axis.unit, value * (10_f64.powf(mark.step_size) - 1.0).min(1.0))
}

pub fn grid_color(visuals: &Visuals) -> Color32 {
    visuals.widgets.noninteractive.bg_stroke.color
}

/// The step of lines without a number.
const UNNAMED: f64 = 0.1;

/// Grid lines at powers of ten and their multiples. Numbers stand at the powers; where there are few of them at twice and
/// five times these, too, and where even these are few at round values as on any axis.
fn decades(input: GridInput, unit: Unit) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    if !(low.is_finite() && high.is_finite()) || high - low > 40.0 {
        return Vec::new();
    }
    let wide = high - low;
    if wide < 0.7 {
        let (first, last) = (10_f64.powf(low), 10_f64.powf(high));
        let step = number::round_step((last - first) / 6.0, unit);
        let lines = (first / step).ceil() as i64..=(last / step).floor() as i64;
        return lines
            .map(|k| k as f64 * step)
            .map(|value| GridMark { value: value.log10(), step_size: (1.0 + step / value).log10() })
            .collect();
    }
    let mut marks = Vec::new();
    for decade in low.floor() as i32..=high.ceil() as i32 {
        marks.push(GridMark { value: f64::from(decade), step_size: 1.0 });
        for multiple in 2..10 {
            let named = wide < 2.0 && matches!(multiple, 2 | 5);
            let step_size = if named { 0.3 } else { UNNAMED };
            marks.push(GridMark { value: f64::from(decade) + f64::from(multiple).log10(), step_size });
        }
    }
    marks.retain(|mark| (low..=high).contains(&mark.value));
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bounds: (f64, f64), axis: &Axis, points: f64) -> Vec<String> {
        let base_step_size = (bounds.1 - bounds.0) / 600.0 * f64::from(LEAST_SPACING);
        let marks = grid(GridInput { bounds, base_step_size }, axis, points);
        marks.iter().map(|mark| text(mark, axis)).filter(|text| !text.is_empty()).collect()
    }

    #[test]
    fn lines_are_round_in_the_unit_of_the_axis_and_far_enough_apart() {
        let axis = |unit, log| Axis { unit, log, ..Axis::default() };
        assert_eq!(texts((1.9, 4.1), &axis(Unit::Plain, false), 80.0), ["2.0", "2.5", "3.0", "3.5", "4.0"]);
        assert_eq!(texts((-0.01, 0.11), &axis(Unit::Share, false), 80.0), ["0 %", "2 %", "4 %", "6 %", "8 %", "10 %"]);
        assert_eq!(texts((0.4, 3.2), &axis(Unit::Count, false), 20.0), ["1", "2", "3"]);
        assert_eq!(texts((0.0, 130.0), &axis(Unit::Seconds, false), 100.0), ["0", "0:30", "1:00", "1:30", "2:00"]);
        assert_eq!(texts((0.0, 3.2), &axis(Unit::Count, true), 70.0), ["1", "10", "100", "1000"]);
        assert_eq!(texts((-2.0, 0.5), &axis(Unit::Plain, true), 70.0), ["0.01", "0.1", "1"]);
        assert_eq!(texts((0.1, 1.4), &axis(Unit::Plain, true), 70.0), ["2", "5", "10", "20"]);
        assert_eq!(texts((0.32, 0.58), &axis(Unit::Plain, true), 70.0), ["2.5", "3.0", "3.5"]);
    }

    #[test]
    fn odd_bounds_have_no_lines() {
        for bounds in [(0.0, 0.0), (0.0, f64::NAN), (2.0, 1.0)] {
            assert!(grid(GridInput { bounds, base_step_size: 0.1 }, &Axis::default(), 22.0).is_empty());
        }
    }
}
