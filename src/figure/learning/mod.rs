//! What runs measure while they learn, as charts: the same for the window, for `mullion figures` and for its CSV files.

mod accuracy;
mod over;
mod seeds;
mod smooth;
mod unlocked;

pub use accuracy::{by_position, over_time};
pub use over::Over;

use self::seeds::{Group, Sample, groups, joined, joined_between};
use self::smooth::{smoothed, smoothed_means};
use super::chart::{Axis, Chart, Curve, Level, LevelStyle, Mark, Style, Unit};
use super::{RunCurves, paper};
use crate::experiment::event::{Role, Series};
use crate::experiment::store::{UNIFORM_BITS_PER_BYTE, UNIGRAM_BITS_PER_BYTE};

/// A run that is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    pub run: &'a RunCurves,
    /// Its place in the palette.
    pub color: usize,
    /// The M1 of its experiment, over whose steps its compression ratio was followed.
    pub m1: Option<&'a RunCurves>,
}

/// What is done with runs that differ in their seed alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Seeds {
    /// A curve each.
    Single,
    /// Their mean, and a band from the lowest to the highest.
    #[default]
    Range,
    /// Their mean, and a band of one sample standard deviation on either side.
    Deviation,
}

/// How the charts are drawn.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Options {
    pub over: Over,
    pub log_x: bool,
    pub log_y: bool,
    /// Weight of what came before in the moving average, from 0 (none) to below 1.
    pub smoothing: f64,
    pub seeds: Seeds,
    /// Accuracy less what the trivial predictor of each position reaches.
    pub above_trivial: bool,
    /// Whether the paper's values stand beside ours.
    pub paper: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            over: Over::Step,
            log_x: false,
            log_y: false,
            smoothing: 0.9,
            seeds: Seeds::Range,
            above_trivial: true,
            paper: false,
        }
    }
}

/// Loss in bits per raw byte: held-out with a dot for each evaluation, training pale with its moving average, and beside
/// them the models that know nothing of the context (paper Table 3).
pub fn bits_per_byte(shown: &[Shown<'_>], options: &Options) -> Chart {
    let mut chart = over_steps("Bits per byte", "bits/byte", Unit::Plain, options);
    chart.note = format!("dots: held-out; faint: training{}", averaged(options, ", its line"));
    for group in groups(shown, options.seeds) {
        noisy(&mut chart, &group, Series::TrainBitsPerByte, "training", options);
        let held_out = group_curve(&group, Series::ValidationBitsPerByte, options);
        chart.curves.push(Curve { name: group.name.clone(), style: Style::Joined, ..held_out });
        for (result, style) in
            [(UNIFORM_BITS_PER_BYTE, LevelStyle::Dashed), (UNIGRAM_BITS_PER_BYTE, LevelStyle::Dotted)]
        {
            let what = result.split(' ').next().unwrap_or(result);
            let measured = group.runs.iter().find_map(|run| run.run.result(result));
            level(&mut chart, measured, format!("{what}, {}", group.name), Some(group.color), style);
        }
        rate_marks(&mut chart, &group, options);
    }
    if options.paper {
        for Shown { run, color, .. } in shown {
            let found = run.info.method.as_deref().and_then(|method| paper::trained(method, &run.info.size));
            if let Some((size, trained)) = found {
                let name = format!("paper, C4, {size}: {}", run.info.method.as_deref().unwrap_or_default());
                level(&mut chart, Some(trained.bits_per_byte), name, Some(*color), LevelStyle::Dotted);
            }
        }
    }
    chart
}

/// Raw bytes per token on held-out text, as M1 learns.
pub fn compression_ratio(shown: &[Shown<'_>], options: &Options) -> Chart {
    let mut chart = over_steps("Compression ratio", "bytes/token", Unit::Plain, options);
    chart.x.title = format!("{} of M1", chart.x.title);
    chart.note = "held-out text, as M1 learns; dashed: the same at every step".to_owned();
    let followed: Vec<Shown<'_>> = shown.iter().copied().filter(|run| run.run.info.role == Role::M2).collect();
    for group in groups(&followed, options.seeds) {
        let measured = group_curve(&group, Series::TokenRatio, options);
        if measured.points.is_empty() {
            // A method that does not depend on M1, or whose M1 was trained before.
            let ratio = group.runs.iter().find_map(|run| run.run.result("token ratio"));
            level(&mut chart, ratio, group.name.clone(), Some(group.color), LevelStyle::Dashed);
        } else {
            chart.curves.push(Curve { name: group.name.clone(), style: Style::Joined, ..measured });
        }
    }
    if options.paper {
        for Shown { run, color, .. } in &followed {
            let method = run.info.method.as_deref().unwrap_or_default();
            let name = format!("paper, C4: {method}");
            level(&mut chart, paper::token_ratio(method), name, Some(*color), LevelStyle::Dotted);
        }
    }
    chart
}

/// Learning rate of each step.
pub fn learning_rate(shown: &[Shown<'_>], options: &Options) -> Chart {
    let mut chart = over_steps("Learning rate", "learning rate", Unit::Plain, options);
    for group in groups(shown, options.seeds) {
        let rates = group_curve(&group, Series::LearningRate, options);
        chart.curves.push(Curve { name: group.name.clone(), ..rates });
        rate_marks(&mut chart, &group, options);
    }
    chart
}

/// Tokens per second of whole training steps.
pub fn tokens_per_second(shown: &[Shown<'_>], options: &Options) -> Chart {
    let mut chart = over_steps("Tokens per second", "tokens/s", Unit::Plain, options);
    chart.note = format!("faint: as measured{}", averaged(options, "; line"));
    for group in groups(shown, options.seeds) {
        noisy(&mut chart, &group, Series::TokensPerSecond, "", options);
    }
    chart
}

/// The process's resident memory.
pub fn memory(shown: &[Shown<'_>], options: &Options) -> Chart {
    let mut chart = over_steps("Memory", "resident", Unit::Bytes, options);
    chart.note = "of the whole process".to_owned();
    for group in groups(shown, options.seeds) {
        let memory = group_curve(&group, Series::MemoryBytes, options);
        chart.curves.push(Curve { name: group.name.clone(), ..memory });
    }
    chart
}

/// Every chart that there is of runs that learn.
pub fn all(shown: &[Shown<'_>], options: &Options) -> Vec<Chart> {
    let charts = [bits_per_byte, compression_ratio, over_time, tokens_per_second, learning_rate, memory];
    charts.map(|chart| chart(shown, options)).into()
}

fn over_steps(title: &str, y: &str, unit: Unit, options: &Options) -> Chart {
    Chart {
        title: title.to_owned(),
        x: Axis { log: options.log_x, ..options.over.axis() },
        y: Axis { title: y.to_owned(), unit, log: options.log_y },
        ..Chart::default()
    }
}

/// What the smoothed curve is, in words, if there is one.
fn averaged(options: &Options, what: &str) -> String {
    match options.smoothing {
        weight if weight > 0.0 => format!("{what}: moving average, weight {weight:.2}"),
        _ => String::new(),
    }
}

/// A value of a series at a step, with the lowest and the highest of the points that it stands for.
type Value = [f64; 4];
/// Of a run, in order of step; made one by one, as charts are built anew while a reader waits.
type Values<'a> = Box<dyn Iterator<Item = Value> + 'a>;

/// A run's series as measured. Where only ends and extremes are known and the curve is to be `joined` with others, what its
/// stretches come to instead: extremes of one run say nothing of the others at the same steps.
fn measured(run: &RunCurves, series: Series, joined: bool) -> Values<'_> {
    let means = run.means(series);
    if joined && !means.is_empty() {
        return Box::new(means.iter().map(|mean| [mean.step, mean.mean, mean.lowest, mean.highest]));
    }
    Box::new(run.curve(series).iter().map(|[step, value]| [*step, *value, *value, *value]))
}

/// The moving average of a run's series.
fn averages(run: &RunCurves, series: Series, weight: f64) -> Values<'_> {
    let alone = |[step, value]: [f64; 2]| [step, value, value, value];
    match run.means(series) {
        [] => Box::new(smoothed(run.curve(series), weight).map(alone)),
        means => Box::new(smoothed_means(means, weight).map(alone)),
    }
}

/// A group's series over the axis that was asked for, with its band; it has no name yet.
fn group_curve(group: &Group<'_>, series: Series, options: &Options) -> Curve {
    spread_curve(group, options, |run, joined| measured(run.run, series, joined), series)
}

/// As [`group_curve`], of values that `of` makes of each run's series; it is told whether they are joined with others.
fn spread_curve<'a>(
    group: &Group<'a>,
    options: &Options,
    of: impl Fn(Shown<'a>, bool) -> Values<'a>,
    series: Series,
) -> Curve {
    let x = |run: Shown<'_>, step| {
        let timed = if series == Series::TokenRatio { run.m1 } else { Some(run.run) };
        options.over.x(timed, step)
    };
    let (points, band) = if let [only] = group.runs.as_slice() {
        // One run is drawn as it was measured, gaps and all.
        let mut points = Vec::with_capacity(only.run.curve(series).len());
        points.extend(of(*only, false).filter_map(|[step, value, ..]| Some([x(*only, step)?, value])));
        (points, Vec::new())
    } else {
        let placed = |run: &Shown<'a>| -> Vec<Sample> {
            let place = |[step, value, lowest, highest]: Value| {
                Some(Sample { step, x: x(*run, step)?, value, lowest, highest })
            };
            of(*run, true).filter_map(place).collect()
        };
        let curves: Vec<Vec<Sample>> = group.runs.iter().map(placed).collect();
        joined_between(&curves, options.seeds)
    };
    Curve { color: group.color, points, band, ..Curve::default() }
}

/// A noisy series: pale as measured, and over it its moving average, if one is asked for.
fn noisy(chart: &mut Chart, group: &Group<'_>, series: Series, what: &str, options: &Options) {
    let name = if what.is_empty() { group.name.clone() } else { format!("{}, {what}", group.name) };
    let raw = Curve { name: name.clone(), style: Style::Faint, ..group_curve(group, series, options) };
    if options.smoothing > 0.0 {
        let smooth = spread_curve(group, options, |run, _| averages(run.run, series, options.smoothing), series);
        chart.curves.push(Curve { band: Vec::new(), ..raw });
        chart.curves.push(Curve { name: format!("{name}, averaged"), ..smooth });
    } else {
        chart.curves.push(raw);
    }
}

/// A level, unless it is not known or one of that name and value is there.
fn level(chart: &mut Chart, value: Option<f64>, name: String, color: Option<usize>, style: LevelStyle) {
    let Some(value) = value else { return };
    if !chart.levels.iter().any(|level| level.name == name && level.value == value) {
        chart.levels.push(Level { name, color, value, style });
    }
}

/// Where a group's learning rate was changed.
fn rate_marks(chart: &mut Chart, group: &Group<'_>, options: &Options) {
    // Runs that differ in their seed alone are changed at the same steps, unless it was done by hand.
    let mut seen: Vec<[f64; 2]> = Vec::new();
    for run in &group.runs {
        let mut before = 1.0;
        for &[step, factor] in run.run.curve(Series::RateFactor) {
            if let Some(x) = options.over.x(Some(run.run), step).filter(|_| !seen.contains(&[step, factor])) {
                let text = format!("learning rate × {}", rounded(factor / before));
                chart.marks.push(Mark { x, y: None, color: Some(group.color), text });
                seen.push([step, factor]);
            }
            before = factor;
        }
    }
}

/// A factor without the digits that dividing adds.
fn rounded(factor: f64) -> String {
    let digits = format!("{factor:.4}");
    digits.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests;
