//! The figures' typeface: how wide a text is in it, and how a text that is too wide is shortened.

use plotters::style::{FontDesc, FontFamily, FontStyle, IntoFont, register_font};
use std::sync::OnceLock;

/// The typeface by the name that an SVG gives it, with what a reader's system may have instead.
const FAMILY: &str = "Ubuntu, Helvetica, Arial, sans-serif";

/// What the reader's typeface may be wider than ours by; layouts leave that much.
const SLACK: f64 = 1.08;

/// Pixels of height that plotters asks for, for an em of one pixel in this typeface (ascender to descender).
pub const HEIGHT_PER_EM: f64 = 1.149;

/// The typeface at a height in pixels. None if it could not be read, which the tests rule out.
pub fn font(height: f64) -> Option<FontDesc<'static>> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let registered =
        REGISTERED.get_or_init(|| register_font(FAMILY, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT).is_ok());
    registered.then(|| (FontFamily::Name(FAMILY), height).into_font())
}

/// Width that a line of text may take, in pixels, for an em of `size` pixels.
pub fn width(text: &str, size: f64) -> f64 {
    // Plotters rounds to whole pixels; measured large and scaled down, nothing is lost.
    const MEASURED_AT: f64 = 200.0;
    let measured = font(MEASURED_AT * HEIGHT_PER_EM).and_then(|font| font.layout_box(text).ok());
    let pixels = measured.map_or(0.6 * MEASURED_AT * text.chars().count() as f64, |(_, (right, _))| f64::from(right));
    pixels / MEASURED_AT * size * SLACK
}

/// The text, with a part left out if it is wider than `room` pixels: not the end, as names often differ there.
pub fn fitted(text: &str, size: f64, room: f64) -> String {
    let text = printable(text);
    if width(&text, size) <= room {
        return text;
    }
    let characters: Vec<char> = text.chars().collect();
    let shortened = |kept: usize| -> String {
        let tail = kept / 3;
        let (head, tail) = (&characters[..kept - tail], &characters[characters.len() - tail..]);
        head.iter().chain(&['…']).chain(tail).collect()
    };
    // The widest that fits, found by halving: `fits` characters do, `too_many` do not.
    let (mut fits, mut too_many) = (0, characters.len());
    while fits + 1 < too_many {
        let tried = usize::midpoint(fits, too_many);
        if width(&shortened(tried), size) <= room { fits = tried } else { too_many = tried }
    }
    shortened(fits)
}

/// The text without characters that XML forbids or that have no shape.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_typeface() {
        assert!(font(10.0).is_some());
        assert!(width("WWWW", 20.0) > 1.5 * width("iiii", 20.0));
        assert!((width("Compression", 40.0) / width("Compression", 20.0) - 2.0).abs() < 0.01);
    }

    #[test]
    fn long_names_keep_both_ends() {
        let name = format!("EqualInfoAC[b=16, v=256] {} seed 7", "a very long name ".repeat(9));
        let short = fitted(&name, 18.0, 240.0);
        assert!(width(&short, 18.0) <= 240.0);
        assert!(width(&short, 18.0) > 200.0, "{short} leaves room unused");
        assert!(short.starts_with("EqualInfo") && short.contains('…') && short.ends_with("seed 7"), "{short}");
        assert_eq!(fitted("Bytes", 18.0, 240.0), "Bytes");
    }

    #[test]
    fn no_room_and_odd_characters_are_no_trouble() {
        assert_eq!(fitted("Bytes", 18.0, 0.0), "…");
        assert_eq!(fitted("", 18.0, 0.0), "");
        assert_eq!(printable("a\u{0}b\nc\u{ffff}"), "a b c ");
    }
}
