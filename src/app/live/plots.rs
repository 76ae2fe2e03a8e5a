//! The three plots of a running experiment: bits per byte, compression ratio, token learnability.

use crate::app::chart::axes::{LEAST_SPACING, decades, decimal, percent, place, round_steps, step_mark, whole_numbers};
use crate::app::format;
use crate::app::theme;
use crate::experiment::event::{Role, RunId, RunInfo, Series, Snapshot};
use crate::experiment::store::{UNIFORM_BITS_PER_BYTE, UNIGRAM_BITS_PER_BYTE, trivial_accuracy};
use crate::figure::chart::decimate::decimate;
use egui::{Color32, RichText, Ui, Visuals};
use egui_plot::{HLine, HoverPosition, Line, LineStyle, Plot, PlotPoint, PlotUi, Points};
use std::collections::{BTreeSet, HashMap};

/// What the reader chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Choices {
    /// Steps on a logarithmic axis.
    pub log_x: bool,
    /// Accuracy less what the trivial predictor of each position reaches.
    pub above_trivial: bool,
}

impl Default for Choices {
    fn default() -> Self {
        Self { log_x: false, above_trivial: true }
    }
}

/// Curves as they were last thinned, so that a frame in which nothing grew or moved thins nothing.
#[derive(Default)]
pub struct ThinnedCurves {
    curves: HashMap<(RunId, Series), Thinned>,
}

struct Thinned {
    thinning: Thinning,
    points: Vec<[f64; 2]>,
}

/// What a thinned curve depends on.
#[derive(PartialEq)]
struct Thinning {
    points: usize,
    range: (f64, f64),
    buckets: usize,
    log_x: bool,
}

impl ThinnedCurves {
    pub fn clear(&mut self) {
        self.curves.clear();
    }

    fn get(&mut self, key: (RunId, Series), points: &[[f64; 2]], plot: &PlotUi<'_>, log_x: bool) -> Vec<[f64; 2]> {
        let bounds = plot.plot_bounds();
        let thinning = Thinning {
            points: points.len(),
            range: (bounds.min()[0], bounds.max()[0]),
            buckets: plot.transform().frame().width().max(1.0) as usize,
            log_x,
        };
        match self.curves.get(&key) {
            Some(known) if known.thinning == thinning => known.points.clone(),
            _ => {
                let placed: Vec<[f64; 2]> = points.iter().map(|&[x, y]| [place(x, log_x), y]).collect();
                let kept = decimate(&placed, thinning.range, thinning.buckets);
                self.curves.insert(key, Thinned { thinning, points: kept.clone() });
                kept
            }
        }
    }
}

/// What all three plots draw from.
pub struct Source<'a> {
    pub snapshot: &'a Snapshot,
    pub hidden: &'a BTreeSet<RunId>,
    pub choices: Choices,
}

impl Source<'_> {
    /// The runs that show, with their colours. A run's colour is its place in the experiment, hidden or not.
    fn runs<'s>(&'s self, visuals: &Visuals) -> impl Iterator<Item = (&'s RunInfo, Color32)> {
        let colors: Vec<Color32> = (0..self.snapshot.runs.len()).map(|i| theme::run_color(i, visuals)).collect();
        self.snapshot.runs.iter().zip(colors).filter(|(run, _)| !self.hidden.contains(&run.id))
    }

    /// Whether any run that shows has a point of any such series.
    fn measured(&self, wanted: impl Fn(Series) -> bool) -> bool {
        let mut curves = self.snapshot.curves.iter();
        curves.any(|((run, series), points)| wanted(*series) && !points.is_empty() && !self.hidden.contains(run))
    }
}

/// Loss of every run in bits per raw byte: held-out strong, training faint, with its baselines.
pub fn bits_per_byte(ui: &mut Ui, source: &Source<'_>, curves: &mut ThinnedCurves, height: f32) {
    title(ui, "Bits per byte", "held-out; faint: training; dashed: uniform; dotted: unigram");
    if !source.measured(|series| matches!(series, Series::TrainBitsPerByte | Series::ValidationBitsPerByte)) {
        return nothing_yet(ui, height);
    }
    let visuals = ui.visuals().clone();
    let log_x = source.choices.log_x;
    over_steps("bits per byte", log_x, height, "bits/byte", grid_color(&visuals)).show(ui, |plot| {
        for (run, color) in source.runs(&visuals) {
            for (result, style) in [
                (UNIFORM_BITS_PER_BYTE, LineStyle::Dashed { length: 7.0 }),
                (UNIGRAM_BITS_PER_BYTE, LineStyle::Dotted { spacing: 5.0 }),
            ] {
                if let Some(&level) = run.results.get(result).filter(|level| level.is_finite()) {
                    let name = format!("{}, {}", run.label, result.split(' ').next().unwrap_or(result));
                    plot.hline(HLine::new(name, level).color(color.gamma_multiply(0.8)).width(1.2).style(style));
                }
            }
            let training = source.snapshot.curve(run.id, Series::TrainBitsPerByte);
            if !training.is_empty() {
                let thinned = curves.get((run.id, Series::TrainBitsPerByte), training, plot, log_x);
                let name = format!("{}, training", run.label);
                plot.line(Line::new(name, thinned).color(color.gamma_multiply(0.35)).width(1.0));
            }
            curve(plot, source, curves, run, Series::ValidationBitsPerByte, color);
        }
    });
}

/// Raw bytes per token on the held-out text, under M1 as it learns.
pub fn compression_ratio(ui: &mut Ui, source: &Source<'_>, curves: &mut ThinnedCurves, height: f32) {
    title(ui, "Compression ratio", "bytes per token, by M1 steps; dashed: the same at every step");
    let fixed = |run: &RunInfo| {
        let measured = !source.snapshot.curve(run.id, Series::TokenRatio).is_empty();
        run.results.get("token ratio").copied().filter(|ratio| run.role == Role::M2 && !measured && ratio.is_finite())
    };
    let visuals = ui.visuals().clone();
    let any_fixed = source.runs(&visuals).any(|(run, _)| fixed(run).is_some());
    if !any_fixed && !source.measured(|series| series == Series::TokenRatio) {
        return nothing_yet(ui, height);
    }
    over_steps("compression ratio", source.choices.log_x, height, "bytes/token", grid_color(&visuals)).show(
        ui,
        |plot| {
            for (run, color) in source.runs(&visuals) {
                curve(plot, source, curves, run, Series::TokenRatio, color);
                // A method that does not depend on M1, or whose M1 was trained before.
                if let Some(ratio) = fixed(run) {
                    let style = LineStyle::Dashed { length: 7.0 };
                    plot.hline(HLine::new(&run.label, ratio).color(color).width(1.5).style(style));
                }
            }
        },
    );
}

/// Share of tokens predicted right, by position in the window.
pub fn learnability(ui: &mut Ui, source: &Source<'_>, height: f32) {
    let above = source.choices.above_trivial;
    let note =
        if above { "accuracy above trivial, by position in the window" } else { "accuracy, by position in the window" };
    title(ui, "Token learnability", note);
    let visuals = ui.visuals().clone();
    let measured: Vec<(&RunInfo, Color32, Vec<[f64; 2]>)> = source
        .runs(&visuals)
        .map(|(run, color)| (run, color, accuracy_by_position(source.snapshot, run, above)))
        .filter(|(_, _, accuracies)| !accuracies.is_empty())
        .collect();
    if measured.is_empty() {
        return nothing_yet(ui, height);
    }
    plain("token learnability", height, grid_color(&visuals))
        .include_y(0.0)
        .x_grid_spacer(whole_numbers)
        .x_axis_formatter(|mark, _| if mark.value < 0.5 { String::new() } else { format!("{:.0}", mark.value) })
        .y_axis_formatter(|mark, _| percent(mark))
        .label_formatter(|at| match at {
            HoverPosition::NearDataPoint { plot_name, position, .. } => {
                Some(format!("{plot_name}\nposition {:.0}\n{:.2} %", position.x, 100.0 * position.y))
            }
            HoverPosition::Elsewhere { .. } => None,
        })
        .show(ui, |plot| {
            for (run, color, accuracies) in measured {
                plot.line(Line::new(&run.label, accuracies.clone()).color(color).width(1.5).allow_hover(false));
                plot.points(Points::new(&run.label, accuracies).color(color).radius(3.5));
            }
        });
}

/// The latest accuracy at each position from 1, as far as it was measured; less the trivial one where that is asked for
/// and known.
fn accuracy_by_position(snapshot: &Snapshot, run: &RunInfo, above_trivial: bool) -> Vec<[f64; 2]> {
    let series = (run.id, Series::Accuracy(0))..=(run.id, Series::Accuracy(u16::MAX));
    let latest = snapshot.curves.range(series).filter_map(|((_, series), points)| match series {
        Series::Accuracy(position) => Some((*position, points.last()?[1])),
        _ => None,
    });
    let trivial = |position| match above_trivial {
        true => run.results.get(&trivial_accuracy(position)).copied(),
        false => Some(0.0),
    };
    latest
        .filter_map(|(position, accuracy)| Some([f64::from(position) + 1.0, accuracy - trivial(position)?]))
        .filter(|point| point[1].is_finite())
        .collect()
}

/// Draws one series of one run as far as it was measured.
fn curve(
    plot: &mut PlotUi<'_>,
    source: &Source<'_>,
    curves: &mut ThinnedCurves,
    run: &RunInfo,
    series: Series,
    color: Color32,
) {
    let points = source.snapshot.curve(run.id, series);
    if points.is_empty() {
        return;
    }
    let thinned = curves.get((run.id, series), points, plot, source.choices.log_x);
    // A few points are measurements to be seen one by one; many are a line.
    if thinned.len() <= 60 {
        plot.points(Points::new(&run.label, thinned.clone()).color(color).radius(2.4).allow_hover(false));
    }
    plot.line(Line::new(&run.label, thinned).color(color).width(2.0));
}

fn title(ui: &mut Ui, name: &str, note: &str) {
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = 0.0;
        ui.horizontal(|ui| {
            ui.label(RichText::new(name).strong());
            ui.add(egui::Label::new(RichText::new(note).small().weak()).truncate());
        });
    });
}

fn plain<'a>(id: &'a str, height: f32, grid: Color32) -> Plot<'a> {
    Plot::new(id)
        .height(height)
        // The wheel scrolls the pane; Ctrl and the wheel zoom, dragging pans, a double click shows all again.
        .allow_scroll(false)
        .show_crosshair(false)
        .set_margin_fraction(egui::vec2(0.03, 0.08))
        .grid_spacing(egui::Rangef::new(LEAST_SPACING, 60.0))
        .grid_color(grid)
        .grid_fade(0.0)
        .y_grid_spacer(|input| round_steps(&input, 22.0))
        .y_axis_formatter(|mark, _| decimal(mark))
        .y_axis_min_width(38.0)
}

fn over_steps<'a>(id: &'a str, log_x: bool, height: f32, unit: &'a str, grid: Color32) -> Plot<'a> {
    let plot = plain(id, height, grid)
        .x_axis_formatter(move |mark, range| {
            // A number at the very edge would be cut off.
            let edge = range.end() - 0.03 * (range.end() - range.start());
            if mark.value > edge { String::new() } else { step_mark(mark, log_x) }
        })
        .label_formatter(move |at| match at {
            HoverPosition::NearDataPoint { plot_name, position, .. } => {
                Some(hover_text(plot_name, *position, log_x, unit))
            }
            HoverPosition::Elsewhere { .. } => None,
        });
    if log_x { plot.x_grid_spacer(decades) } else { plot.x_grid_spacer(|input| round_steps(&input, 70.0)) }
}

fn hover_text(name: &str, at: PlotPoint, log_x: bool, unit: &str) -> String {
    let step = if log_x { 10f64.powf(at.x) } else { at.x };
    format!("{name}\nstep {}\n{:.4} {unit}", format::count(step.max(0.0).round() as u64), at.y)
}

fn grid_color(visuals: &Visuals) -> Color32 {
    visuals.widgets.noninteractive.bg_stroke.color
}

/// Takes a plot's place while there is nothing to draw.
fn nothing_yet(ui: &mut Ui, height: f32) {
    let (rect, response) = ui.allocate_exact_size(egui::vec2(ui.available_width(), height), egui::Sense::hover());
    let visuals = ui.visuals();
    ui.painter().rect(
        rect.shrink(0.5),
        4,
        visuals.extreme_bg_color,
        egui::Stroke::new(1.0, grid_color(visuals)),
        egui::StrokeKind::Inside,
    );
    let text = "nothing measured yet";
    let font = egui::TextStyle::Body.resolve(ui.style());
    ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, text, font, visuals.weak_text_color());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, text));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::event::{Event, Point, Role, Status};

    #[test]
    fn learnability_takes_the_latest_value_less_the_trivial_one() {
        let mut run = RunInfo {
            id: RunId(1),
            role: Role::M2,
            label: "r".into(),
            method: None,
            size: "nano".into(),
            seed: 1,
            steps: 10,
            status: Status::Running,
            results: Default::default(),
        };
        run.results.insert(trivial_accuracy(0), 0.25);
        let mut snapshot = Snapshot::default();
        for (position, step, value) in [(0, 1, 0.1), (0, 2, 0.5), (1, 1, 0.2)] {
            snapshot.apply(Event::Point(Point { run: run.id, series: Series::Accuracy(position), step, value }));
        }
        snapshot.apply(Event::Point(Point { run: RunId(2), series: Series::Accuracy(0), step: 1, value: 1.0 }));
        assert_eq!(accuracy_by_position(&snapshot, &run, false), [[1.0, 0.5], [2.0, 0.2]]);
        assert_eq!(accuracy_by_position(&snapshot, &run, true), [[1.0, 0.25]]);
    }
}
