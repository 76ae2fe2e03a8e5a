//! What is inside a chart's frame.

use super::ChartState;
use super::axes::{self, LEAST_SPACING};
use crate::app::theme;
use crate::figure::chart::{Chart, Curve, Level, LevelStyle, Style, bar_width, number};
use egui::{Color32, FontId, Painter, Pos2, Rect, Role, Stroke, Ui, Visuals, WidgetInfo};
use egui_plot::{
    AxisHints, Bar, BarChart, FilledArea, HLine, HoverPosition, Line, LineStyle, Plot, PlotPoint, PlotTransform,
    PlotUi, Points,
};

/// Size of the numbers on axes and of words inside the frame.
const SMALL: f32 = 11.0;
/// How near the pointer has to come to a level or a flag, in points.
const NEAR: f32 = 5.0;
/// Pieces of a band.
const BAND_PIECES: usize = 1_000;

/// Draws the plot in `height` points.
pub fn show(ui: &mut Ui, chart: &Chart, state: &mut ChartState, height: f32) {
    let visuals = ui.visuals().clone();
    state.curves.resize_with(chart.curves.len(), Default::default);
    for (thinned, curve) in state.curves.iter_mut().zip(&chart.curves) {
        thinned.update(chart, curve);
    }
    let before = state.transform;
    let mut plot = Plot::new("plot")
        .height(height)
        // The wheel scrolls the pane; Ctrl and the wheel zoom, dragging pans, a double click shows all again.
        .allow_scroll(false)
        .show_crosshair(false)
        .set_margin_fraction(egui::vec2(0.03, 0.08))
        .grid_spacing(egui::Rangef::new(LEAST_SPACING, 60.0))
        .grid_color(axes::grid_color(&visuals))
        .grid_fade(0.0)
        .x_grid_spacer(|input| axes::grid(input, &chart.x, 70.0))
        .y_grid_spacer(|input| axes::grid(input, &chart.y, 24.0))
        .custom_x_axes(vec![axis(AxisHints::new_x(), &chart.x, height > 150.0, &visuals)])
        .custom_y_axes(vec![axis(AxisHints::new_y(), &chart.y, height > 130.0, &visuals).min_thickness(36.0)])
        .label_formatter(move |at| hover_text(chart, at, before));
    if let Some(value) = flat(chart) {
        let room = if value == 0.0 { 1.0 } else { 0.1 * value.abs() };
        plot = plot.include_y(value - room).include_y(value + room);
    }
    if chart.has_levels_alone() {
        plot = plot.include_x(0.0).include_x(1.0);
    }
    if std::mem::take(&mut state.fit) {
        plot = plot.reset();
    }
    let curves = &state.curves;
    let hidden = &state.hidden;
    let drawn = plot.show(ui, |plot| {
        let bounds = plot.plot_bounds();
        let width = plot.transform().frame().width().max(1.0) as usize;
        // While a plot follows its data, its bounds are those of the frame before.
        let range = match plot.auto_bounds().x {
            true => whole(curves.iter().filter_map(|curve| curve.ends()), (bounds.min()[0], bounds.max()[0])),
            false => (bounds.min()[0], bounds.max()[0]),
        };
        let painted = Painted { chart, visuals: &visuals, range, width };
        let shown = || {
            chart.curves.iter().zip(curves).filter(|(curve, _)| curve.name.is_empty() || !hidden.contains(&curve.name))
        };
        shown().for_each(|(curve, _)| painted.band(plot, curve));
        chart.levels.iter().for_each(|level| painted.level(plot, level));
        // Pale curves lie under the others, whatever their order.
        for pale in [true, false] {
            for (curve, thinned) in shown().filter(|(curve, _)| (curve.style == Style::Faint) == pale) {
                painted.curve(plot, curve, thinned);
            }
        }
        for mark in &chart.marks {
            if let Some((x, y)) = chart.x.place(mark.x).zip(mark.y.and_then(|y| chart.y.place(y))) {
                let color = painted.ink(mark.color);
                plot.points(Points::new(&mark.text, vec![[x, y]]).color(color).radius(4.5).filled(false));
            }
        }
    });
    let frame = *drawn.transform.frame();
    let painter = ui.painter().with_clip_rect(frame);
    level_names(&painter, chart, &drawn.transform, &visuals);
    flags(&painter, chart, &drawn.transform, &visuals);
    named_points(&painter, chart, &drawn.transform, &visuals);
    state.transform = Some(drawn.transform);
    let words = format!("{}: chart of {} against {}", chart.title, chart.y.title, chart.x.title);
    drawn.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
}

/// The range of several, or `otherwise` if there are none.
fn whole(ranges: impl Iterator<Item = (f64, f64)>, otherwise: (f64, f64)) -> (f64, f64) {
    ranges.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))).unwrap_or(otherwise)
}

fn axis<'a>(
    hints: AxisHints<'a>,
    axis: &'a crate::figure::chart::Axis,
    titled: bool,
    visuals: &Visuals,
) -> AxisHints<'a> {
    let hints = hints
        .formatter(move |mark, range| {
            // A number at the very edge would be cut off.
            let edge = 0.02 * (range.end() - range.start());
            let inside = mark.value <= range.end() - edge && mark.value >= range.start() + 0.5 * edge;
            if inside { axes::text(&mark, axis) } else { String::new() }
        })
        .tick_label_font(FontId::proportional(SMALL))
        .tick_label_color(visuals.weak_text_color());
    let title = egui::RichText::new(&axis.title).size(SMALL).color(visuals.weak_text_color());
    if titled && !axis.title.is_empty() { hints.label(title) } else { hints }
}

/// The nearest point with its values, and what else is under the pointer.
fn hover_text(chart: &Chart, at: &HoverPosition<'_>, transform: Option<PlotTransform>) -> Option<String> {
    let titled = |axis: &crate::figure::chart::Axis, placed: f64| {
        format!("{} {}", axis.title, number::alone(axis.value(placed), axis.unit))
    };
    let mut lines: Vec<String> = Vec::new();
    let position = match at {
        HoverPosition::NearDataPoint { plot_name, position, .. } => {
            if !plot_name.is_empty() {
                lines.push((*plot_name).to_owned());
            }
            lines.push(titled(&chart.x, position.x));
            lines.push(titled(&chart.y, position.y));
            position
        }
        HoverPosition::Elsewhere { position } => position,
    };
    let transform = transform?;
    let pointer = transform.position_from_point(position);
    let near = |x: Option<f64>, y: Option<f64>| {
        let place = transform.position_from_point(&PlotPoint::new(x.unwrap_or(position.x), y.unwrap_or(position.y)));
        (place - pointer).abs().max_elem() <= NEAR
    };
    for mark in &chart.marks {
        if mark.y.is_none() && chart.x.place(mark.x).is_some_and(|x| near(Some(x), None)) {
            lines.push(format!("{} ({} {})", mark.text, chart.x.title, number::alone(mark.x, chart.x.unit)));
        }
    }
    if lines.is_empty() {
        for level in &chart.levels {
            if chart.y.place(level.value).is_some_and(|y| near(None, Some(y))) {
                lines.push(format!("{}: {} {}", level.name, number::alone(level.value, chart.y.unit), chart.y.title));
            }
        }
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// What all items of a chart are drawn from.
struct Painted<'a> {
    chart: &'a Chart,
    visuals: &'a Visuals,
    range: (f64, f64),
    /// Of the frame, in points.
    width: usize,
}

impl Painted<'_> {
    fn color(&self, curve: &Curve) -> Color32 {
        theme::run_color(curve.color, self.visuals)
    }

    fn ink(&self, color: Option<usize>) -> Color32 {
        ink(color, self.visuals)
    }

    fn band(&self, plot: &mut PlotUi<'_>, curve: &Curve) {
        let (mut xs, mut lows, mut highs) = (Vec::new(), Vec::new(), Vec::new());
        for piece in curve.band.chunks(curve.band.len().div_ceil(BAND_PIECES).max(1)) {
            let places = piece.iter().filter_map(|[x, low, high]| {
                Some([self.chart.x.place(*x)?, self.chart.y.place(*low)?, self.chart.y.place(*high)?])
            });
            let joined = places.reduce(|one, other| [one[0], one[1].min(other[1]), one[2].max(other[2])]);
            if let Some([x, low, high]) = joined {
                xs.push(x);
                lows.push(low);
                highs.push(high);
            }
        }
        if xs.len() > 1 {
            let fill = self.color(curve).gamma_multiply(0.18);
            plot.add(FilledArea::new("", &xs, &lows, &highs).fill_color(fill).allow_hover(false));
        }
    }

    fn level(&self, plot: &mut PlotUi<'_>, level: &Level) {
        let Some(y) = self.chart.y.place(level.value) else { return };
        let style = match level.style {
            LevelStyle::Dashed => LineStyle::Dashed { length: 7.0 },
            LevelStyle::Dotted => LineStyle::Dotted { spacing: 5.0 },
        };
        let color = self.ink(level.color).gamma_multiply(0.8);
        plot.hline(HLine::new(&level.name, y).color(color).width(1.2).style(style).allow_hover(false));
    }

    fn curve(&self, plot: &mut PlotUi<'_>, curve: &Curve, thinned: &super::thinned::Thinned) {
        /// As many points are seen one by one; more are a line.
        const FEW: usize = 60;
        let color = self.color(curve);
        match curve.style {
            Style::Points => {
                let all: Vec<[f64; 2]> = thinned.all().collect();
                plot.points(Points::new(&curve.name, all).color(color).radius(4.0));
                return;
            }
            Style::Bars => return self.bars(plot, curve, color),
            Style::Line | Style::Faint | Style::Dashed | Style::Joined => {}
        }
        for points in thinned.in_view(self.range, self.width) {
            let dots = match curve.style {
                Style::Joined => Some(3.5),
                Style::Line if points.len() <= FEW => Some(2.4),
                _ => None,
            };
            if let Some(radius) = dots {
                plot.points(Points::new(&curve.name, points.clone()).color(color).radius(radius).allow_hover(false));
            }
            let line = Line::new(&curve.name, points).color(color);
            plot.line(match curve.style {
                Style::Faint => line.color(color.gamma_multiply(0.35)).width(1.0),
                Style::Dashed => line.width(2.0).style(LineStyle::Dashed { length: 8.0 }),
                _ => line.width(2.0),
            });
        }
    }

    fn bars(&self, plot: &mut PlotUi<'_>, curve: &Curve, color: Color32) {
        let width = 0.9 * bar_width(&curve.points);
        let bars = curve.points.iter().filter_map(|[x, y]| {
            let (axis, half) = (&self.chart.x, 0.5 * width);
            let (left, right) = (axis.place(x - half)?, axis.place(x + half)?);
            Some(
                Bar::new(0.5 * (left + right), self.chart.y.place(*y)?)
                    .width(right - left)
                    .fill(color.gamma_multiply(0.8)),
            )
        });
        let name = curve.name.clone();
        let (x_axis, y_axis) = (self.chart.x.clone(), self.chart.y.clone());
        let text = move |bar: &Bar, _: &BarChart| {
            let (x, y) = (x_axis.value(bar.argument), y_axis.value(bar.value));
            let values = format!(
                "{} {}\n{} {}",
                x_axis.title,
                number::alone(x, x_axis.unit),
                y_axis.title,
                number::alone(y, y_axis.unit)
            );
            if name.is_empty() { values } else { format!("{name}\n{values}") }
        };
        plot.bar_chart(BarChart::new(&curve.name, bars.collect()).color(color).element_formatter(Box::new(text)));
    }
}

fn ink(color: Option<usize>, visuals: &Visuals) -> Color32 {
    color.map_or(visuals.weak_text_color(), |index| theme::run_color(index, visuals))
}

/// The levels' names at the right, each over its line as far as there is room.
fn level_names(painter: &Painter, chart: &Chart, transform: &PlotTransform, visuals: &Visuals) {
    let frame = transform.frame();
    let mut taken: Vec<Rect> = Vec::new();
    for level in &chart.levels {
        let Some(y) = chart.y.place(level.value) else { continue };
        let y = transform.position_from_point_y(y);
        let font = FontId::proportional(SMALL);
        let galley = painter.layout_no_wrap(level.name.clone(), font, visuals.weak_text_color());
        if !frame.y_range().contains(y) || galley.size().x > frame.width() - 8.0 {
            continue;
        }
        // Above the line, or below it where the frame ends.
        let above = y - galley.size().y - 1.0 >= frame.top();
        let top = if above { y - galley.size().y - 1.0 } else { y + 1.0 };
        let rect = Rect::from_min_size(Pos2::new(frame.right() - 4.0 - galley.size().x, top), galley.size());
        if !taken.iter().any(|other| other.intersects(rect)) {
            taken.push(rect);
            painter.galley(rect.min, galley, visuals.weak_text_color());
        }
    }
}

/// What happened, as thin lines from the foot, with words in the lowest row that has room.
fn flags(painter: &Painter, chart: &Chart, transform: &PlotTransform, visuals: &Visuals) {
    const MOST_ROWS: usize = 5;
    let frame = transform.frame();
    let rows = (((frame.height() - 20.0) / (SMALL + 4.0)).max(0.0) as usize).min(MOST_ROWS);
    let mut ends = vec![f32::NEG_INFINITY; rows];
    let mut marks: Vec<_> = chart
        .marks
        .iter()
        .filter(|mark| mark.y.is_none())
        .filter_map(|mark| Some((chart.x.place(mark.x)?, mark)))
        .collect();
    marks.sort_by(|one, other| one.0.total_cmp(&other.0));
    for (x, mark) in marks {
        let x = transform.position_from_point_x(x);
        if !frame.x_range().contains(x) {
            continue;
        }
        let color = ink(mark.color, visuals);
        let galley = painter.layout_no_wrap(mark.text.clone(), FontId::proportional(SMALL), visuals.text_color());
        let width = galley.size().x;
        // To the left of its line where the frame ends.
        let left = if x + 4.0 + width > frame.right() { x - 4.0 - width } else { x + 4.0 };
        let row = ends.iter().position(|end| *end <= left).filter(|_| left >= frame.left());
        let top = frame.bottom() - row.map_or(9.0, |row| 3.0 + (SMALL + 4.0) * (row + 1) as f32);
        painter.line_segment([Pos2::new(x, frame.bottom()), Pos2::new(x, top)], Stroke::new(1.5, color));
        painter.circle_filled(Pos2::new(x, top), 2.0, color);
        if let Some(row) = row {
            ends[row] = left + width + 8.0;
            painter.galley(Pos2::new(left, top - 1.0), galley, visuals.text_color());
        }
    }
}

/// The names of marks that are points, each beside its own where it covers no other; the pointer reads the rest.
fn named_points(painter: &Painter, chart: &Chart, transform: &PlotTransform, visuals: &Visuals) {
    const AWAY: f32 = 8.0;
    let frame = *transform.frame();
    let mut taken: Vec<Rect> = Vec::new();
    for mark in &chart.marks {
        let Some((x, y)) = chart.x.place(mark.x).zip(mark.y.and_then(|y| chart.y.place(y))) else { continue };
        let at = transform.position_from_point(&PlotPoint::new(x, y));
        let galley = painter.layout_no_wrap(mark.text.clone(), FontId::proportional(SMALL), visuals.weak_text_color());
        let size = galley.size();
        let (right, left, middle) = (at.x + AWAY, at.x - AWAY - size.x, at.y - 0.5 * size.y);
        let places = [(right, middle), (left, middle), (right, at.y - size.y), (right, at.y), (left, at.y - size.y)];
        let rects = places.map(|(x, y)| Rect::from_min_size(Pos2::new(x, y), size));
        let free = |rect: &&Rect| frame.contains_rect(**rect) && !taken.iter().any(|other| other.intersects(**rect));
        if frame.contains(at)
            && let Some(rect) = rects.iter().find(free)
        {
            taken.push(*rect);
            painter.galley(rect.min, galley, visuals.weak_text_color());
        }
    }
}

/// The one value that everything in a chart has, if it is so: bounds made of it would have no width.
fn flat(chart: &Chart) -> Option<f64> {
    let curves = chart.curves.iter().flat_map(|curve| {
        let band = curve.band.iter().flat_map(|[_, low, high]| [*low, *high]);
        curve.points.iter().map(|[_, y]| *y).chain(band)
    });
    let levels = chart.levels.iter().map(|level| level.value);
    let mut values = curves.chain(levels).filter_map(|value| chart.y.place(value));
    let first = values.next()?;
    // Ends at the first that differs, so long curves cost nothing.
    values.all(|value| value == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::chart::{Axis, Mark};
    use egui_plot::PlotBounds;

    fn chart() -> Chart {
        Chart {
            x: Axis { title: "step".to_owned(), log: true, ..Axis::default() },
            y: Axis { title: "bits/byte".to_owned(), ..Axis::default() },
            levels: vec![Level { name: "uniform".to_owned(), color: None, value: 8.0, style: LevelStyle::Dashed }],
            marks: vec![Mark { x: 100.0, y: None, color: None, text: "position 2 unlocked".to_owned() }],
            ..Chart::default()
        }
    }

    #[test]
    fn the_pointer_reads_values_levels_and_flags() {
        let frame = Rect::from_min_size(Pos2::ZERO, egui::vec2(400.0, 200.0));
        let transform = PlotTransform::new(frame, PlotBounds::from_min_max([0.0, 0.0], [4.0, 10.0]), false);
        let chart = chart();
        let said = |at: HoverPosition<'_>| hover_text(&chart, &at, Some(transform));
        let near = |x, y| HoverPosition::NearDataPoint { plot_name: "run", position: PlotPoint::new(x, y), index: 0 };
        assert_eq!(said(near(1.0, 3.5)).as_deref(), Some("run\nstep 10.0000\nbits/byte 3.5000"));
        let else_at = |x: f64, y: f64| HoverPosition::Elsewhere { position: PlotPoint::new(x, y) };
        assert_eq!(said(else_at(1.0, 8.1)).as_deref(), Some("uniform: 8.0000 bits/byte"));
        assert_eq!(said(else_at(2.01, 2.0)).as_deref(), Some("position 2 unlocked (step 100.0)"));
        assert_eq!(said(else_at(1.0, 2.0)), None);
    }
}
