//! Scenes as SVG text and as PNG bytes, both in memory.

use super::scene::{Anchor, At, Mark, Picture, Scene, Text};
use super::style::{self, Rgb};
use super::{png, text};
use plotters::coord::Shift;
use plotters::prelude::{
    BitMapBackend, Circle, DrawingArea, DrawingBackend, EmptyElement, IntoDrawingArea, PathElement, Polygon, RGBColor,
    Rectangle, SVGBackend,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontTransform, ShapeStyle, TextStyle};

/// Plotters places everything on whole units, so a unit is made a part of a pixel: an eighth in SVG, where finer is free,
/// and a third in PNG, where three by three units are averaged to a pixel for smooth edges.
const SVG_UNITS: f64 = 8.0;
const PNG_UNITS: usize = 3;

/// What differs between the backends of plotters. Each has its own idea of a font's size and of where its top is.
struct Backend {
    /// Size to ask for, per em.
    size: f64,
    /// From the top of the text as the backend sees it down to the baseline, per em.
    baseline: f64,
    /// Whether lines are joined by us: it draws the corners of a noisy curve as spikes that are longer than the curve.
    rounds: bool,
}

/// It writes 1/1.24 of the size as the em, and puts the baseline 0.76 em below the top.
const SVG: Backend = Backend { size: 1.24, baseline: 0.76, rounds: false };
/// It takes the size for ascender to descender, and puts the baseline half of that below the top.
const PNG: Backend = Backend { size: text::HEIGHT_PER_EM, baseline: text::HEIGHT_PER_EM / 2.0, rounds: true };

/// The scene as an SVG document, or what went wrong.
pub fn svg(scene: &Scene) -> Result<String, String> {
    let mut document = String::new();
    let size = ((scene.width * SVG_UNITS) as u32, (scene.height * SVG_UNITS) as u32);
    draw(&without_pictures(scene), SVGBackend::with_string(&mut document, size), SVG_UNITS, &SVG)?;
    let (_, inside) = document.split_once('\n').ok_or("the drawing has no beginning")?;
    let title = scene.title.replace('&', "&amp;").replace('<', "&lt;");
    let mut inside = inside.trim_end().strip_suffix("</svg>").ok_or("the drawing has no end")?.to_owned();
    for mark in &scene.marks {
        if let Mark::Picture(picture) = mark {
            inside += &image(picture)?;
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\" role=\"img\" \
         stroke-linejoin=\"round\">\n<title>{title}</title>\n{inside}</svg>\n",
        scene.width, scene.height, size.0, size.1,
    ))
}

/// A scene as it is drawn before its pictures: those are embedded, as a rectangle a cell would take megabytes.
fn without_pictures(scene: &Scene) -> Scene {
    let marks = scene.marks.iter().filter(|mark| !matches!(mark, Mark::Picture(_))).cloned().collect();
    Scene { marks, title: scene.title.clone(), ..*scene }
}

/// A picture as an SVG element that holds a PNG file.
fn image(picture: &Picture) -> Result<String, String> {
    let Picture { at: [x, y], cell, columns, cells } = picture;
    let pixels: Vec<u8> = cells.iter().flat_map(|&(red, green, blue)| [red, green, blue]).collect();
    let png = png::encode(&pixels, *columns as u32).map_err(|error| error.to_string())?;
    let rows = cells.len() / columns.max(&1);
    let [x, y, width, height] = [*x, *y, cell * *columns as f64, cell * rows as f64].map(|pixels| pixels * SVG_UNITS);
    Ok(format!(
        "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" \
         style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{}\"/>\n",
        base64(&png)
    ))
}

/// Base 64 (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for digit in 0..4 {
            let value = bits >> (18 - 6 * digit) & 63;
            text.push(if digit <= three.len() { char::from(DIGITS[value as usize]) } else { '=' });
        }
    }
    text
}

/// The scene as a PNG file, or what went wrong.
pub fn png(scene: &Scene) -> Result<Vec<u8>, String> {
    let (width, height) = (scene.width as usize, scene.height as usize);
    let mut fine = vec![0; 3 * width * height * PNG_UNITS * PNG_UNITS];
    let size = ((width * PNG_UNITS) as u32, (height * PNG_UNITS) as u32);
    draw(scene, BitMapBackend::with_buffer(&mut fine, size), PNG_UNITS as f64, &PNG)?;
    let pixels = averaged(&fine, width, PNG_UNITS);
    png::encode(&pixels, width as u32).map_err(|error| error.to_string())
}

/// Squares of `units` by `units` averaged to one pixel each, of an RGB image that becomes `width` pixels wide.
fn averaged(fine: &[u8], width: usize, units: usize) -> Vec<u8> {
    let mut pixels = Vec::with_capacity(fine.len() / (units * units));
    let mut sums = vec![0_u32; 3 * width];
    for rows in fine.chunks_exact(3 * width * units * units) {
        sums.fill(0);
        for row in rows.chunks_exact(3 * width * units) {
            for (sum, square) in sums.chunks_exact_mut(3).zip(row.chunks_exact(3 * units)) {
                for unit in square.chunks_exact(3) {
                    for (sum, value) in sum.iter_mut().zip(unit) {
                        *sum += u32::from(*value);
                    }
                }
            }
        }
        let share = (units * units) as u32;
        pixels.extend(sums.iter().map(|sum| ((sum + share / 2) / share) as u8));
    }
    pixels
}

fn draw<B: DrawingBackend>(scene: &Scene, backend: B, units: f64, kind: &Backend) -> Result<(), String> {
    let area = backend.into_drawing_area();
    let attempt = || {
        area.fill(&rgb(style::PAPER))?;
        for mark in &scene.marks {
            draw_mark(&area, mark, units, kind)?;
        }
        area.present()
    };
    attempt().map_err(|error| error.to_string())
}

fn draw_mark<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    mark: &Mark,
    units: f64,
    kind: &Backend,
) -> Result<(), plotters::drawing::DrawingAreaErrorKind<B::ErrorType>> {
    let place = |[x, y]: At| ((x * units).round() as i32, (y * units).round() as i32);
    match mark {
        Mark::Path { points, color, width } => {
            let stroke = ShapeStyle { color: rgb(*color).into(), filled: false, stroke_width: whole(width * units) };
            if !kind.rounds {
                return area.draw(&PathElement::new(points.iter().copied().map(place).collect::<Vec<_>>(), stroke));
            }
            let joint = ShapeStyle { filled: true, stroke_width: 0, ..stroke };
            for pair in points.windows(2) {
                area.draw(&PathElement::new(pair.iter().copied().map(place).collect::<Vec<_>>(), stroke))?;
            }
            for &corner in points.iter().skip(1).take(points.len().saturating_sub(2)) {
                area.draw(&Circle::new(place(corner), stroke.stroke_width / 2, joint))?;
            }
            Ok(())
        }
        Mark::Polygon { points, color } => {
            area.draw(&Polygon::new(points.iter().copied().map(place).collect::<Vec<_>>(), rgb(*color)))
        }
        Mark::Circle { centre, radius, color } => {
            let fill = ShapeStyle { color: rgb(*color).into(), filled: true, stroke_width: 0 };
            area.draw(&Circle::new(place(*centre), whole(radius * units), fill))
        }
        Mark::Text(text) => draw_text(area, text, units, kind),
        Mark::Picture(Picture { at: [x, y], cell, columns, cells }) => {
            for (index, color) in cells.iter().enumerate() {
                let (column, row) = ((index % columns) as f64, (index / columns) as f64);
                let corner = |dx: f64, dy: f64| place([x + cell * (column + dx), y + cell * (row + dy)]);
                let fill = ShapeStyle { color: rgb(*color).into(), filled: true, stroke_width: 0 };
                area.draw(&Rectangle::new([corner(0.0, 0.0), corner(1.0, 1.0)], fill))?;
            }
            Ok(())
        }
    }
}

fn draw_text<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    text: &Text,
    units: f64,
    kind: &Backend,
) -> Result<(), plotters::drawing::DrawingAreaErrorKind<B::ErrorType>> {
    let Some(font) = text::font(text.size * kind.size * units) else {
        return area.draw(&EmptyElement::at((0, 0)));
    };
    let horizontal = match text.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let rise = text.size * kind.baseline;
    let ([x, y], font) = if text.upright {
        ([text.at[0] - rise, text.at[1]], font.transform(FontTransform::Rotate270))
    } else {
        ([text.at[0], text.at[1] - rise], font)
    };
    let color = rgb(text.color);
    let style = TextStyle::from(font).color(&color).pos(Pos::new(horizontal, VPos::Top));
    area.draw_text(&text.text, &style, ((x * units).round() as i32, (y * units).round() as i32))
}

fn rgb((red, green, blue): Rgb) -> RGBColor {
    RGBColor(red, green, blue)
}

/// A length in units; what is drawn at all is at least one unit.
fn whole(units: f64) -> u32 {
    units.round().max(1.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_are_averaged() {
        // Two pixels of 2×2 units: black and white mixed, and a plain colour.
        let row = [0, 0, 0, 255, 255, 255, 10, 20, 30, 10, 20, 30];
        let other = [255, 255, 255, 0, 0, 0, 10, 20, 30, 10, 20, 30];
        assert_eq!(averaged(&[row, other].concat(), 2, 2), [128, 128, 128, 10, 20, 30]);
    }

    #[test]
    fn bytes_are_written_in_base_64() {
        let written = ["", "f", "fo", "foo", "foob"].map(|text| base64(text.as_bytes()));
        assert_eq!(written, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]);
    }

    #[test]
    fn text_is_escaped_and_the_size_is_that_of_the_page() {
        let mut scene = Scene::new("a < b & \"c\"", "", 300.0, 200.0);
        scene.text("<script>", [10.0, 150.0], 18.0, style::INK, Anchor::Start);
        let svg = svg(&scene).unwrap();
        assert!(svg.starts_with("<svg "), "{svg}");
        assert!(svg.contains("width=\"300\" height=\"200\" viewBox=\"0 0 2400 1600\""), "{svg}");
        assert!(svg.contains("<title>a &lt; b &amp; \"c\"</title>"), "{svg}");
        assert!(svg.contains("&lt;script&gt;") && !svg.contains("<script>"), "{svg}");
        assert!(svg.trim_end().ends_with("</svg>"), "{svg}");
    }
}
