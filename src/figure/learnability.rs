//! Token learnability (paper section 6.2 and Fig 10): how well M2 predicts each token of a window.
//!
//! Above, every run at the end of its training: accuracy by the token's position in its window, as it is, and less what the
//! commonest token of that position alone would score. Below, how each windowed run came there.

use super::axis::{Axis, Frame, Range};
use super::chart::Unit;
use super::data::{Data, RunCurves, last, stretches};
use super::labels::{self, Column, Label, Sample};
use super::over_steps::{draw_curve, step_range};
use super::scene::{Anchor, Mark, Scene};
use super::style::{self, Look};
use super::text;
use crate::experiment::store::trivial_accuracy;

const WIDTH: f64 = 1600.0;
const LEFT: f64 = 136.0;
/// The two panels above.
const TOP: f64 = Scene::HEAD + 56.0;
const PANEL: f64 = 370.0;
/// Between frames side by side: room for the numbers and the title of the next one.
const BETWEEN: f64 = 140.0;
/// Below a frame: numbers and the title of its axis.
const BELOW: f64 = 84.0;
/// The panels below.
const HISTORIES_IN_A_ROW: std::ops::RangeInclusive<usize> = 2..=4;
const HISTORY: f64 = 240.0;
const HISTORY_HEAD: f64 = 60.0;
/// Beside a history: room for the positions in the window.
const HISTORY_SIDE: f64 = 62.0;
/// So that the page ends.
const MOST_HISTORIES: usize = 12;

pub fn scene(data: &Data) -> Scene {
    let windowed: Vec<(Look, &RunCurves)> = data
        .runs
        .iter()
        .enumerate()
        .map(|(index, run)| (Look::of(index), run))
        .filter(|(_, run)| run.accuracies().filter(|(_, points)| last(points).is_some()).count() > 1)
        .collect();
    let drawn = &windowed[..windowed.len().min(MOST_HISTORIES)];
    let columns = drawn.len().clamp(*HISTORIES_IN_A_ROW.start(), *HISTORIES_IN_A_ROW.end());
    let rows = drawn.len().div_ceil(columns);
    let row = HISTORY_HEAD + HISTORY + BELOW;
    let height = TOP + PANEL + BELOW + 24.0 + row * rows as f64;
    let subtitle = data.headed("held-out tokens whose most likely prediction is right, by position in the window");
    let mut scene = Scene::new("Token learnability", &subtitle, WIDTH, height);
    draw_final(&mut scene, data);
    let histories =
        || drawn.iter().flat_map(|(_, run)| run.accuracies()).flat_map(|(_, points)| stretches(points)).flatten();
    let accuracy = shares(histories().map(|[_, share]| *share));
    let mut top = TOP + PANEL + BELOW + HISTORY_HEAD;
    for in_a_row in drawn.chunks(columns) {
        draw_row(&mut scene, in_a_row, columns, accuracy, top);
        top += row;
    }
    if windowed.len() > drawn.len() {
        let words = format!("Accuracy over steps: the first {MOST_HISTORIES} of {} windowed runs.", windowed.len());
        scene.text(&words, [Scene::MARGIN, height - 14.0], style::TICK, style::FAINT_INK, Anchor::Start);
    }
    scene
}

/// One run's accuracies at the end of its training, by position in the window from 1.
struct Final {
    look: Look,
    name: String,
    raw: Vec<[f64; 2]>,
    /// Less the trivial accuracy, where that is known.
    above_trivial: Vec<[f64; 2]>,
}

/// Which of a run's accuracies a panel shows.
type PointsOf = fn(&Final) -> &[[f64; 2]];

fn final_accuracies(data: &Data) -> Vec<Final> {
    let of_run = |(index, run): (usize, &RunCurves)| {
        let mut found =
            Final { look: Look::of(index), name: run.info.label.clone(), raw: Vec::new(), above_trivial: Vec::new() };
        for (position, points) in run.accuracies() {
            let Some([_, accuracy]) = last(points) else { continue };
            let from_one = f64::from(position) + 1.0;
            found.raw.push([from_one, accuracy]);
            if let Some(trivial) = run.result(&trivial_accuracy(position)) {
                found.above_trivial.push([from_one, accuracy - trivial]);
            }
        }
        found
    };
    data.runs.iter().enumerate().map(of_run).filter(|run| !run.raw.is_empty()).collect()
}

fn draw_final(scene: &mut Scene, data: &Data) {
    let runs = final_accuracies(data);
    let label = |run: &Final| Label {
        look: run.look,
        sample: Sample::Curve,
        name: run.name.clone(),
        value: String::new(),
        end: None,
    };
    let column = Column::new(runs.iter().map(label).collect());
    let right = WIDTH - Scene::MARGIN - column.width;
    let width = 0.5 * (right - LEFT - BETWEEN);
    let panels: [(&str, &str, PointsOf); 2] = [
        ("Accuracy", "tokens predicted right", |run| &run.raw),
        ("Accuracy above trivial", "accuracy less that of the commonest token", |run| &run.above_trivial),
    ];
    for (place, (title, y_title, points)) in panels.into_iter().enumerate() {
        let left = LEFT + (width + BETWEEN) * place as f64;
        let shown = || runs.iter().flat_map(points);
        let positions = Range::of(shown().map(|[position, _]| *position));
        let frame = Frame {
            left,
            top: TOP,
            right: left + width,
            bottom: TOP + PANEL,
            x: Axis {
                range: whole(positions),
                unit: Unit::Count,
                title: "position of the token in its window".into(),
                log: false,
            },
            y: Axis {
                range: shares(shown().map(|[_, share]| *share)),
                unit: Unit::Share,
                title: y_title.into(),
                log: false,
            },
        };
        scene.text(title, [left, TOP - 22.0], style::PANEL_TITLE, style::INK, Anchor::Start);
        if positions.is_none() {
            frame.say(scene, "nothing measured yet");
            continue;
        }
        frame.draw(scene);
        for run in &runs {
            draw_curve(scene, &frame, points(run), run.look);
        }
    }
    column.draw(scene, right, TOP, TOP + PANEL);
}

/// Half a position of room on either side.
fn whole(positions: Option<Range>) -> Range {
    let positions = positions.unwrap_or(Range { low: 1.0, high: 1.0 });
    Range { low: positions.low.round() - 0.5, high: positions.high.round() + 0.5 }
}

/// Accuracies with zero and some room.
fn shares(values: impl Iterator<Item = f64>) -> Range {
    let range = Range::of(values.chain([0.0])).unwrap_or(Range { low: 0.0, high: 1.0 });
    let range = Range { high: range.high.max(0.01), ..range };
    let padded = range.padded(0.07);
    Range { low: if range.low < 0.0 { padded.low } else { 0.0 }, high: padded.high }
}

/// Accuracy over steps, a frame for each run.
fn draw_row(scene: &mut Scene, runs: &[(Look, &RunCurves)], columns: usize, accuracy: Range, top: f64) {
    let slot = (WIDTH - Scene::MARGIN - LEFT + BETWEEN - HISTORY_SIDE) / columns as f64;
    for (place, (look, run)) in runs.iter().enumerate() {
        let left = LEFT + slot * place as f64;
        let own: Vec<(u16, &[[f64; 2]])> = run.accuracies().filter(|(_, points)| last(points).is_some()).collect();
        let steps = step_range(own.iter().flat_map(|(_, points)| stretches(points)).flatten());
        let frame = Frame {
            left,
            top,
            right: left + slot - BETWEEN,
            bottom: top + HISTORY,
            x: Axis { range: steps, unit: Unit::Count, title: "training steps".into(), log: false },
            y: Axis {
                range: accuracy,
                unit: Unit::Share,
                title: if place == 0 { "accuracy" } else { "" }.into(),
                log: false,
            },
        };
        let name = text::fitted(&run.info.label, style::LABEL, slot - BETWEEN + HISTORY_SIDE - 16.0);
        scene.marker([left + style::MARKER, top - 24.0], *look);
        let at = [left + 3.0 * style::MARKER + 2.0, top - 18.0];
        scene.text(&name, at, style::LABEL, style::INK, Anchor::Start);
        frame.draw(scene);
        let mut ends = Vec::new();
        for (order, (position, points)) in own.iter().enumerate() {
            // Later positions are paler, as their tokens are harder.
            let color = style::tint(look.color, 0.65 * order as f64 / (own.len() - 1).max(1) as f64);
            for stretch in stretches(points) {
                scene.path(stretch.iter().map(|point| frame.place(*point)).collect(), color, 0.8 * style::CURVE);
            }
            if let Some(end) = last(points) {
                let centre = frame.place(end);
                scene.marks.push(Mark::Circle { centre, radius: style::CURVE, color });
                ends.push((centre, (u32::from(*position) + 1).to_string(), color));
            }
        }
        labels::at_ends(scene, &ends, frame.top, frame.bottom);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::examples;

    #[test]
    fn the_last_accuracy_counts_less_what_is_trivial() {
        let data = examples::learnability(&[(0, &[0.1, 0.5]), (1, &[0.2])], &[(0, 0.25)]);
        let runs = final_accuracies(&data);
        assert_eq!(runs[0].raw, [[1.0, 0.5], [2.0, 0.2]]);
        assert_eq!(runs[0].above_trivial, [[1.0, 0.25]]);
    }

    #[test]
    fn accuracies_have_zero_on_their_axis() {
        assert_eq!(shares([0.5, 0.6].into_iter()).low, 0.0);
        assert!(shares([-0.1, 0.6].into_iter()).low < -0.1);
        assert!(shares(std::iter::empty()).high > 0.0);
    }
}
