//! One frame with one curve per run over training steps.

use super::axis::{Axis, Frame, Range};
use super::chart::Unit;
use super::data::{last, stretches};
use super::labels::{Column, Label, Sample};
use super::scene::{Anchor, Scene};
use super::style::{self, Look};
use super::text;

pub struct Curve {
    pub look: Look,
    pub name: String,
    /// `[step, value]`.
    pub points: Vec<[f64; 2]>,
    /// Values to compare with, which hold at every step: broken lines across the frame.
    pub levels: Vec<(LevelKind, f64)>,
}

impl Curve {
    /// Where its name belongs, once anything of it can be drawn: at its last point, or else at one of its levels.
    fn end(&self, last_step: f64) -> Option<[f64; 2]> {
        last(&self.points).or(self.levels.first().map(|(_, value)| [last_step, *value]))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelKind {
    Dashed,
    Dotted,
}

impl LevelKind {
    /// Lengths of stroke and gap.
    pub fn strokes(self) -> [f64; 2] {
        match self {
            Self::Dashed => [13.0, 8.0],
            Self::Dotted => [2.5, 6.0],
        }
    }
}

pub struct OverSteps {
    pub title: String,
    pub subtitle: String,
    pub x_title: String,
    pub y_title: String,
    pub curves: Vec<Curve>,
    /// What each kind of level means.
    pub key: Vec<(LevelKind, &'static str)>,
    /// Decimals of the values beside the names.
    pub decimals: usize,
}

const WIDTH: f64 = 1600.0;
const HEIGHT: f64 = 1000.0;
const LEFT: f64 = 130.0;
/// Room below the frame for numbers and the title of the axis.
const BELOW: f64 = 96.0;
/// Room between the heading and the frame, where the key of the levels stands.
const ABOVE: f64 = 44.0;

impl OverSteps {
    pub fn scene(self) -> Scene {
        let mut scene = Scene::new(&self.title, &self.subtitle, WIDTH, HEIGHT);
        let drawn: Vec<&Curve> = self.curves.iter().filter(|curve| curve.end(0.0).is_some()).collect();
        let levels = || drawn.iter().flat_map(|curve| curve.levels.iter().map(|level| (curve.look.color, *level)));
        let shown = || drawn.iter().flat_map(|curve| stretches(&curve.points)).flatten();
        let steps = step_range(shown());
        let values = Range::of(shown().map(|[_, value]| *value).chain(levels().map(|(_, (_, value))| value)));
        let mut frame = Frame {
            left: LEFT,
            top: Scene::HEAD + ABOVE,
            right: WIDTH,
            bottom: HEIGHT - BELOW,
            x: Axis { range: steps, unit: Unit::Count, title: self.x_title.clone(), log: false },
            y: Axis {
                range: values.unwrap_or(Range { low: 0.0, high: 1.0 }).padded(0.05),
                unit: Unit::Plain,
                title: self.y_title.clone(),
                log: false,
            },
        };
        let column = Column::new(drawn.iter().map(|curve| self.label(curve)).collect());
        frame.right = WIDTH - Scene::MARGIN - column.width;
        if values.is_none() {
            frame.say(&mut scene, "nothing measured yet");
            return scene;
        }

        frame.draw(&mut scene);
        for (color, (kind, value)) in levels() {
            let [_, y] = frame.place([0.0, value]);
            scene.dashes([frame.left, y], [frame.right, y], style::tint(color, 0.25), 1.7, kind.strokes());
        }
        self.draw_key(&mut scene, &frame, |kind| levels().any(|(_, (drawn, _))| drawn == kind));
        for curve in &drawn {
            draw_curve(&mut scene, &frame, &curve.points, curve.look);
        }
        let ends = Column::new(
            drawn
                .iter()
                .map(|curve| Label { end: curve.end(steps.high).map(|end| frame.place(end)), ..self.label(curve) })
                .collect(),
        );
        ends.draw(&mut scene, frame.right, frame.top, frame.bottom);
        scene
    }

    fn label(&self, curve: &Curve) -> Label {
        let value = last(&curve.points).map(|[_, value]| format!("{value:.*}", self.decimals)).unwrap_or_default();
        Label { look: curve.look, sample: Sample::Curve, name: curve.name.clone(), value, end: None }
    }

    fn draw_key(&self, scene: &mut Scene, frame: &Frame, is_drawn: impl Fn(LevelKind) -> bool) {
        let y = frame.top - 18.0;
        let mut x = frame.left;
        for (kind, meaning) in &self.key {
            if is_drawn(*kind) {
                scene.dashes([x, y], [x + 55.0, y], style::FAINT_INK, 1.7, kind.strokes());
                scene.text(meaning, [x + 67.0, y + 0.35 * style::TICK], style::TICK, style::FAINT_INK, Anchor::Start);
                x += 67.0 + text::width(meaning, style::TICK) + 36.0;
            }
        }
    }
}

/// From step 0 to the last of these points.
pub fn step_range<'a>(points: impl Iterator<Item = &'a [f64; 2]>) -> Range {
    let last = points.map(|[step, _]| *step).fold(0.0, f64::max);
    Range { low: 0.0, high: if last > 0.0 { last } else { 1.0 } }
}

/// Draws a curve with its markers: on every point where there are few, on some where there are many.
pub fn draw_curve(scene: &mut Scene, frame: &Frame, points: &[[f64; 2]], look: Look) {
    const MOST_MARKERS: usize = 14;
    for stretch in stretches(points) {
        scene.path(stretch.iter().map(|point| frame.place(*point)).collect(), look.color, style::CURVE);
    }
    let shown: Vec<[f64; 2]> = stretches(points).flatten().copied().collect();
    let every = shown.len().div_ceil(MOST_MARKERS).max(1);
    for (place, point) in shown.iter().enumerate() {
        // Counted from the end, so that the last point, which the label speaks of, has one.
        if (shown.len() - 1 - place).is_multiple_of(every) {
            scene.marker(frame.place(*point), look);
        }
    }
}
