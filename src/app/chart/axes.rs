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
        return decades(input);
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
    if mark.step_size < 0.2 || !value.is_finite() { String::new() } else { number::on_axis(value, axis.unit, value) }
}

pub fn grid_color(visuals: &Visuals) -> Color32 {
    visuals.widgets.noninteractive.bg_stroke.color
}

/// Where a step lies on the axis. Step 0 is drawn at step 1, where a logarithm would have no place for it.
pub fn place(step: f64, log_x: bool) -> f64 {
    if log_x { step.max(1.0).log10() } else { step }
}

pub fn step_mark(mark: GridMark, log_x: bool) -> String {
    if !log_x {
        return if mark.value < 0.0 || mark.value.fract().abs() > 1e-6 { String::new() } else { short(mark.value) };
    }
    let decade = mark.value.round();
    if (mark.value - decade).abs() > 1e-6 || decade < 0.0 { String::new() } else { short(10f64.powf(decade)) }
}

fn short(value: f64) -> String {
    if value >= 1e6 {
        format!("{}M", value / 1e6)
    } else if value >= 1e4 {
        format!("{}k", value / 1e3)
    } else {
        format!("{value}")
    }
}

pub fn percent(mark: GridMark) -> String {
    let value = 100.0 * mark.value;
    if mark.step_size < 0.0099 { format!("{value:.1} %") } else { format!("{value:.0} %") }
}

/// Grid lines at 1, 2 or 5 times a power of ten, at least `points` apart on the screen.
pub fn round_steps(input: &GridInput, points: f64) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let least = input.base_step_size * points / f64::from(LEAST_SPACING);
    if !(high - low).is_finite() || high <= low || !(least.is_finite() && least > 0.0) {
        return Vec::new();
    }
    let power = 10f64.powf(least.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= least).unwrap_or(least);
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    (first..=last).map(|k| GridMark { value: k as f64 * step, step_size: step }).collect()
}

pub fn decimal(mark: GridMark) -> String {
    let decimals = (-mark.step_size.log10()).ceil().max(0.0) as usize;
    format!("{:.decimals$}", mark.value)
}

/// Grid lines at whole positions only.
pub fn whole_numbers(input: GridInput) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    if !(high - low).is_finite() || high <= low {
        return Vec::new();
    }
    let step = (input.base_step_size * 6.0).ceil().max(1.0);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last).map(|k| GridMark { value: k as f64 * step, step_size: step }).collect()
}

/// Grid lines at powers of ten and their multiples.
pub fn decades(input: GridInput) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    if !(low.is_finite() && high.is_finite()) || high - low > 40.0 {
        return Vec::new();
    }
    let mut marks = Vec::new();
    for decade in low.floor() as i32..=high.ceil() as i32 {
        marks.push(GridMark { value: f64::from(decade), step_size: 1.0 });
        for multiple in 2..10 {
            marks.push(GridMark { value: f64::from(decade) + f64::from(multiple).log10(), step_size: 0.1 });
        }
    }
    marks.retain(|mark| (low..=high).contains(&mark.value));
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_marked_at_decades_on_a_logarithmic_axis() {
        let marks = decades(GridInput { bounds: (0.0, 3.2), base_step_size: 0.01 });
        let labels: Vec<String> = marks.iter().map(|mark| step_mark(*mark, true)).filter(|l| !l.is_empty()).collect();
        assert_eq!(labels, ["1", "10", "100", "1000"]);
        assert_eq!(place(0.0, true), 0.0);
        assert_eq!(place(100.0, true), 2.0);
        assert_eq!(place(100.0, false), 100.0);
    }

    #[test]
    fn linear_steps_are_round_and_far_enough_apart() {
        let base_step_size = 0.013 * f64::from(LEAST_SPACING);
        let marks = round_steps(&GridInput { bounds: (1.9, 9.1), base_step_size }, 22.0);
        let labels: Vec<String> = marks.iter().map(|mark| decimal(*mark)).collect();
        assert_eq!(labels[..3], ["2.0", "2.5", "3.0"]);
        assert!(round_steps(&GridInput { bounds: (0.0, 0.0), base_step_size }, 22.0).is_empty());
        assert!(round_steps(&GridInput { bounds: (0.0, f64::NAN), base_step_size: 0.0 }, 22.0).is_empty());
    }
}
