//! A chart on a page: its frame, what is in it, and every name in a column beside it.

use super::decimate::decimate;
use super::{Chart, Curve, Level, LevelStyle, Style};
use crate::figure::axis::{Axis, Frame, Range};
use crate::figure::data::stretches;
use crate::figure::labels::{Column, Label, Sample};
use crate::figure::over_steps::{LevelKind, draw_curve};
use crate::figure::scene::{Anchor, At, Mark, Scene};
use crate::figure::style::{self, Look, Rgb};
use crate::figure::text;

const WIDTH: f64 = 1600.0;
const HEIGHT: f64 = 1000.0;
const LEFT: f64 = 150.0;
/// Room below the frame for numbers and the title of the axis.
const BELOW: f64 = 96.0;
/// Room between the heading and the frame.
const ABOVE: f64 = 30.0;
/// Strokes and gaps of a dashed curve.
const DASHES: [f64; 2] = [16.0, 9.0];
/// Points of the widest curve: two a pixel show all that can be seen.
const MOST_POINTS: usize = 1_400;
/// Rows of words over the foot of the frame.
const MARK_ROWS: usize = 7;

pub fn scene(chart: &Chart) -> Scene {
    let mut scene = Scene::new(&chart.title, &chart.note, WIDTH, HEIGHT);
    let (xs, ys) = (range(&chart.x, xs(chart)), range(&chart.y, ys(chart)));
    let column = Column::new(labels(chart, None));
    let axis = |axis: &super::Axis, range: Option<Range>| Axis {
        range: range.unwrap_or(if axis.log { Range { low: 1.0, high: 10.0 } } else { Range { low: 0.0, high: 1.0 } }),
        unit: axis.unit,
        title: axis.title.clone(),
        log: axis.log,
    };
    let frame = Frame {
        left: LEFT,
        top: Scene::HEAD + ABOVE,
        right: WIDTH - Scene::MARGIN - column.width,
        bottom: HEIGHT - BELOW,
        x: axis(&chart.x, xs),
        y: axis(&chart.y, ys),
    };
    if ys.is_none() || xs.is_none() && !chart.has_levels_alone() {
        frame.say(&mut scene, "nothing measured yet");
        return scene;
    }
    let page = Page { chart, frame: &frame };
    for curve in &chart.curves {
        page.band(&mut scene, curve);
    }
    frame.draw(&mut scene);
    for level in &chart.levels {
        page.level(&mut scene, level);
    }
    // Pale curves lie under the others, whatever their order.
    let (pale, strong): (Vec<&Curve>, Vec<&Curve>) = chart.curves.iter().partition(|curve| curve.style == Style::Faint);
    for curve in pale.into_iter().chain(strong) {
        page.curve(&mut scene, curve);
    }
    page.marks(&mut scene);
    Column::new(labels(chart, Some(&frame))).draw(&mut scene, frame.right, frame.top, frame.bottom);
    scene
}

/// Every x that has to be in the frame.
fn xs(chart: &Chart) -> impl Iterator<Item = f64> {
    let curves = chart.curves.iter().flat_map(move |curve| {
        let half = if curve.style == Style::Bars { 0.5 * bar_width(&curve.points) } else { 0.0 };
        let points = curve.points.iter().flat_map(move |[x, _]| [x - half, x + half]);
        points.chain(curve.band.iter().map(|[x, ..]| *x))
    });
    curves.chain(chart.marks.iter().map(|mark| mark.x))
}

/// Every y that has to be in the frame.
fn ys(chart: &Chart) -> impl Iterator<Item = f64> {
    let curves = chart.curves.iter().flat_map(|curve| {
        let foot = (curve.style == Style::Bars).then_some(0.0);
        let band = curve.band.iter().flat_map(|[_, low, high]| [*low, *high]);
        curve.points.iter().map(|[_, y]| *y).chain(band).chain(foot)
    });
    let levels = chart.levels.iter().map(|level| level.value);
    curves.chain(levels).chain(chart.marks.iter().filter_map(|mark| mark.y))
}

/// The range of what has a place on the axis, with some room around it.
fn range(axis: &super::Axis, values: impl Iterator<Item = f64>) -> Option<Range> {
    let placed = Range::of(values.filter_map(|value| axis.place(value)))?.padded(0.03);
    Some(Range { low: axis.value(placed.low), high: axis.value(placed.high) })
}

fn look(curve: &Curve) -> Look {
    Look::of(curve.color)
}

fn ink(color: Option<usize>) -> Rgb {
    color.map_or(style::FAINT_INK, |index| Look::of(index).color)
}

fn strokes(level: &Level) -> [f64; 2] {
    match level.style {
        LevelStyle::Dashed => LevelKind::Dashed.strokes(),
        LevelStyle::Dotted => LevelKind::Dotted.strokes(),
    }
}

/// A name for every curve and level, once; at its end where there is a frame.
fn labels(chart: &Chart, frame: Option<&Frame>) -> Vec<Label> {
    let mut labels: Vec<Label> = Vec::new();
    let drawable = |[x, y]: &[f64; 2]| chart.x.place(*x).is_some() && chart.y.place(*y).is_some();
    for curve in &chart.curves {
        let Some(last) = curve.points.iter().rev().find(|point| drawable(point)) else { continue };
        if curve.name.is_empty() || labels.iter().any(|label| label.name == text::printable(&curve.name)) {
            continue;
        }
        let (sample, ends) = match curve.style {
            Style::Joined => (Sample::Curve, true),
            Style::Line => (Sample::Stroke(style::CURVE), true),
            Style::Faint => (Sample::Stroke(1.2), true),
            Style::Dashed => (Sample::Dashes(DASHES), true),
            Style::Points => (Sample::Marker, false),
            Style::Bars => (Sample::Stroke(10.0), false),
        };
        let value = if ends { super::number::alone(last[1], chart.y.unit) } else { String::new() };
        let end = frame.filter(|_| ends).map(|frame| frame.place(*last));
        labels.push(Label { look: look(curve), sample, name: text::printable(&curve.name), value, end });
    }
    for level in chart.levels.iter().filter(|level| chart.y.place(level.value).is_some()) {
        let end = frame.map(|frame| [frame.right, frame.place([frame.x.range.high, level.value])[1]]);
        labels.push(Label {
            look: Look { color: ink(level.color), ..Look::of(0) },
            sample: Sample::Dashes(strokes(level)),
            name: text::printable(&level.name),
            value: super::number::alone(level.value, chart.y.unit),
            end,
        });
    }
    labels
}

/// Bars are as wide as the nearest two points are apart, less a gap.
pub fn bar_width(points: &[[f64; 2]]) -> f64 {
    let distances = points.windows(2).map(|pair| (pair[1][0] - pair[0][0]).abs()).filter(|width| *width > 0.0);
    let nearest = distances.fold(f64::INFINITY, f64::min);
    if nearest.is_finite() { nearest } else { 1.0 }
}

/// A chart with the frame that it is drawn in.
struct Page<'a> {
    chart: &'a Chart,
    frame: &'a Frame,
}

impl Page<'_> {
    /// Where a point lies; none if it has no place on the axes.
    fn at(&self, [x, y]: [f64; 2]) -> Option<At> {
        self.chart.x.place(x)?;
        self.chart.y.place(y)?;
        Some(self.frame.place([x, y]))
    }

    fn band(&self, scene: &mut Scene, curve: &Curve) {
        let edge = |low: bool| -> Vec<At> {
            let value = |[x, from, to]: &[f64; 3]| [*x, if low { *from } else { *to }];
            curve.band.iter().filter_map(|row| self.at(value(row))).collect()
        };
        let (mut low, high) = (edge(true), edge(false));
        if low.len() > 1 && low.len() == high.len() {
            low.extend(high.into_iter().rev());
            scene.marks.push(Mark::Polygon { points: low, color: style::tint(look(curve).color, 0.82) });
        }
    }

    fn level(&self, scene: &mut Scene, level: &Level) {
        if self.chart.y.place(level.value).is_some() {
            let [_, y] = self.frame.place([self.frame.x.range.high, level.value]);
            let color = style::tint(ink(level.color), 0.25);
            scene.dashes([self.frame.left, y], [self.frame.right, y], color, 1.7, strokes(level));
        }
    }

    fn curve(&self, scene: &mut Scene, curve: &Curve) {
        let (axes, look) = (self.chart, look(curve));
        match curve.style {
            Style::Bars => return self.bars(scene, curve),
            Style::Points => {
                let places = curve.points.iter().filter_map(|point| self.at(*point));
                places.for_each(|at| scene.marker(at, look));
                return;
            }
            Style::Line | Style::Joined | Style::Faint | Style::Dashed => {}
        }
        // Gaps are where a point has no place.
        let gaps: Vec<[f64; 2]> = curve
            .points
            .iter()
            .map(|[x, y]| [axes.x.place(*x).unwrap_or(f64::NAN), axes.y.place(*y).unwrap_or(f64::NAN)])
            .collect();
        for stretch in stretches(&gaps) {
            let ends = (stretch[0][0], stretch[stretch.len() - 1][0]);
            let kept = decimate(stretch, ends, MOST_POINTS);
            let values: Vec<[f64; 2]> = kept.iter().map(|[x, y]| [axes.x.value(*x), axes.y.value(*y)]).collect();
            let places: Vec<At> = values.iter().map(|point| self.frame.place(*point)).collect();
            match curve.style {
                Style::Faint => scene.path(places, style::tint(look.color, 0.6), 1.2),
                Style::Dashed => dashed(scene, &places, look.color),
                Style::Joined => draw_curve(scene, self.frame, &values, look),
                _ => scene.path(places, look.color, style::CURVE),
            }
        }
    }

    fn bars(&self, scene: &mut Scene, curve: &Curve) {
        let half = 0.45 * bar_width(&curve.points);
        let foot = self.frame.y.range.low.max(0.0);
        for [x, y] in &curve.points {
            let (Some([left, top]), Some([right, _])) = (self.at([x - half, *y]), self.at([x + half, *y])) else {
                continue;
            };
            let bottom = self.frame.place([*x, foot])[1];
            let points = vec![[left, bottom], [left, top], [right, top], [right, bottom]];
            scene.marks.push(Mark::Polygon { points, color: style::tint(look(curve).color, 0.2) });
        }
    }

    /// A point with its name beside it, where that covers no other name of those `named`.
    fn named_point(&self, scene: &mut Scene, name: &str, centre: At, color: Rgb, named: &mut Vec<[At; 2]>) {
        const SIZE: f64 = style::TICK;
        scene.marks.push(Mark::Circle { centre, radius: style::CURVE + 1.0, color });
        let (width, away) = (text::width(name, SIZE), style::CURVE + 5.0);
        let (right, left) = (centre[0] + away, centre[0] - away - width);
        let places = [[right, centre[1]], [left, centre[1]], [right, centre[1] - SIZE], [right, centre[1] + SIZE]];
        let place =
            places.into_iter().map(|[x, y]| [[x, y - 0.6 * SIZE], [x + width, y + 0.6 * SIZE]]).find(|[low, high]| {
                let inside = low[0] >= self.frame.left && high[0] <= self.frame.right;
                let free = |other: &[At; 2]| {
                    high[0] < other[0][0] || low[0] > other[1][0] || high[1] < other[0][1] || low[1] > other[1][1]
                };
                inside && low[1] >= self.frame.top && high[1] <= self.frame.bottom && named.iter().all(free)
            });
        if let Some([low, high]) = place {
            named.push([low, high]);
            scene.text(name, [low[0], high[1] - 0.25 * SIZE], SIZE, style::FAINT_INK, Anchor::Start);
        }
    }

    /// Flags: a thin line where it happened, and its words in the lowest row that has room; the words of the last are left
    /// out where there are too many.
    fn marks(&self, scene: &mut Scene) {
        const SIZE: f64 = style::TICK;
        let mut rows = [f64::NEG_INFINITY; MARK_ROWS];
        let mut named = Vec::new();
        let mut marks: Vec<_> = self.chart.marks.iter().collect();
        marks.sort_by(|one, other| one.x.total_cmp(&other.x));
        for mark in marks {
            let color = ink(mark.color);
            if self.chart.x.place(mark.x).is_none() {
                continue;
            }
            if let Some(centre) = mark.y.and_then(|y| self.at([mark.x, y])) {
                self.named_point(scene, &mark.text, centre, color, &mut named);
                continue;
            }
            let foot = [self.frame.place([mark.x, self.frame.y.range.low])[0], self.frame.bottom];
            let width = text::width(&mark.text, SIZE);
            // To the left of its line where the frame ends.
            let flip = foot[0] + 6.0 + width > self.frame.right;
            let start = if flip { foot[0] - 6.0 - width } else { foot[0] + 6.0 };
            let row = rows.iter().position(|taken| *taken <= start).filter(|_| start >= self.frame.left);
            let top = row.map_or(foot[1] - 14.0, |row| foot[1] - 10.0 - (SIZE + 5.0) * (row + 1) as f64);
            scene.path(vec![foot, [foot[0], top]], style::tint(color, 0.2), 1.2);
            if let Some(row) = row {
                rows[row] = start + width + 12.0;
                let baseline = [start, top + 0.8 * SIZE];
                scene.text(&mark.text, baseline, SIZE, style::FAINT_INK, Anchor::Start);
            }
        }
    }
}

/// Strokes along a path.
fn dashed(scene: &mut Scene, path: &[At], color: Rgb) {
    let [stroke, gap] = DASHES;
    let mut along = 0.0;
    let mut piece: Vec<At> = Vec::new();
    for pair in path.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let length = (to[0] - from[0]).hypot(to[1] - from[1]);
        let mut done = 0.0;
        while done < length {
            let phase = along % (stroke + gap);
            let inside = phase < stroke;
            let left = if inside { stroke - phase } else { stroke + gap - phase }.max(1e-6).min(length - done);
            let point = |distance: f64| {
                let share = distance / length;
                [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share]
            };
            if inside {
                if piece.is_empty() {
                    piece.push(point(done));
                }
                piece.push(point(done + left));
            } else {
                scene.path(std::mem::take(&mut piece), color, style::CURVE);
            }
            done += left;
            along += left;
        }
    }
    scene.path(piece, color, style::CURVE);
}
