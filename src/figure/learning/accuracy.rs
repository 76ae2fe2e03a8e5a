//! Token learnability: how well M2 predicts the tokens at each position in their window (paper section 6.2 and Fig 10).

use super::seeds::{Group, Sample, groups};
use super::unlocked::unlocked;
use super::{Options, Shown, Values, measured, over_steps, spread_curve};
use crate::experiment::event::Series;
use crate::experiment::store::trivial_accuracy;
use crate::figure::RunCurves;
use crate::figure::chart::{Axis, Chart, Curve, Mark, Style, Unit};
use crate::figure::data::last;
use std::collections::BTreeSet;

/// Curves of positions that one chart can hold and be read.
const MOST_POSITIONS: usize = 8;

fn title(options: &Options) -> (String, String) {
    let (note, axis) = match options.above_trivial {
        true => ("held-out accuracy less that of the commonest token", "accuracy above trivial"),
        false => ("held-out tokens whose most likely prediction is right", "accuracy"),
    };
    (note.to_owned(), axis.to_owned())
}

/// What is taken off the accuracies of a position: the trivial one where that is asked for, and none if it is not known.
fn taken_off(run: &RunCurves, position: u16, options: &Options) -> Option<f64> {
    if options.above_trivial { run.result(&trivial_accuracy(position)) } else { Some(0.0) }
}

/// The latest accuracy of a position.
fn latest(run: &RunCurves, position: u16, options: &Options) -> Option<f64> {
    Some(last(run.curve(Series::Accuracy(position)))?[1] - taken_off(run, position, options)?)
}

fn positions(group: &Group<'_>) -> BTreeSet<u16> {
    group.runs.iter().flat_map(|run| run.run.accuracies()).map(|(position, _)| position).collect()
}

/// The latest accuracy at each position, from 1; flags say since when a position is unlocked.
pub fn by_position(shown: &[Shown<'_>], options: &Options) -> Chart {
    let (note, y) = title(options);
    let mut chart = Chart {
        title: "Token learnability".to_owned(),
        note: format!("{note}, by position in the window"),
        x: Axis { title: "position in the window".to_owned(), unit: Unit::Count, log: false },
        y: Axis { title: y, unit: Unit::Share, log: false },
        ..Chart::default()
    };
    for group in groups(shown, options.seeds) {
        let (mut points, mut band) = (Vec::new(), Vec::new());
        for position in positions(&group) {
            let x = f64::from(position) + 1.0;
            let sample = |value| Sample { step: 0.0, x, value, lowest: value, highest: value };
            let latest = |run: &Shown<'_>| latest(run.run, position, options).map(sample);
            let values: Vec<Vec<Sample>> = group.runs.iter().filter_map(latest).map(|sample| vec![sample]).collect();
            let (mean, spread) = super::joined(&values, options.seeds);
            points.extend(mean);
            band.extend(spread);
        }
        chart.curves.push(Curve { name: group.name.clone(), color: group.color, style: Style::Joined, points, band });
    }
    chart
}

/// Accuracy over steps with a curve for each position (the first eight; later ones are paler in print), flags where a
/// position was unlocked.
pub fn over_time<'a>(shown: &[Shown<'a>], options: &Options) -> Chart {
    let (note, y) = title(options);
    let mut chart = over_steps("Token learnability", &y, Unit::Share, options);
    chart.y.log = false;
    let groups = groups(shown, options.seeds);
    let several = groups.len() > 1;
    chart.note = format!("{note}; flags: first of 2 evaluations above trivial by 3 standard errors");
    for group in &groups {
        let positions = positions(group);
        for (order, &position) in positions.iter().take(MOST_POSITIONS).enumerate() {
            let number = position + 1;
            let of = |run: Shown<'a>, joined| -> Values<'a> {
                let Some(less) = taken_off(run.run, position, options) else { return Box::new(std::iter::empty()) };
                let values = measured(run.run, Series::Accuracy(position), joined);
                Box::new(values.map(move |[step, values @ ..]| {
                    let [value, lowest, highest] = values.map(|value| value - less);
                    [step, value, lowest, highest]
                }))
            };
            let curve = spread_curve(group, options, of, Series::Accuracy(position));
            // One run has a colour for each position; several keep theirs, and later positions are broken lines.
            let color = if several { group.color } else { group.color + order };
            let style = if several && order > 0 { Style::Dashed } else { Style::Joined };
            let name = match several {
                true => format!("{}, position {number}", group.name),
                false => format!("position {number}"),
            };
            chart.curves.push(Curve { name, color, style, ..curve });
            let steps = group.runs.iter().filter_map(|run| {
                let step = unlocked(run.run, position, run.run.curve(Series::Accuracy(position)))?;
                options.over.x(Some(run.run), step)
            });
            if let Some(x) = steps.reduce(f64::min) {
                let text = format!("position {number} unlocked");
                chart.marks.push(Mark { x, y: None, color: Some(color), text });
            }
        }
        if positions.len() > MOST_POSITIONS {
            chart.note = format!("the first {MOST_POSITIONS} positions of {}; {}", positions.len(), chart.note);
        }
    }
    chart
}
