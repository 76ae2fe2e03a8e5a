//! Text that wraps as text does, with every window a run of its own.
//!
//! Spaces, tabs and ends of line stay characters; what is no character of its own becomes a *chip*: the hexadecimal bytes
//! of what is not a whole character inside one window, or the code point of a character without a glyph or without ink.

use super::cells::{self, Ink};
use std::ops::Range;

/// Characters that belong to one window and are drawn alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Where in [`FlowedText::text`], in bytes of that string.
    pub text: Range<usize>,
    /// Where in [`FlowedText::text`], in characters.
    pub chars: Range<usize>,
    /// Place of the window in the text.
    pub window: usize,
    /// Whether it is bytes in hexadecimal or a code point rather than text.
    pub chip: bool,
}

/// Text to lay out, and which window every character of it belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlowedText {
    pub text: String,
    /// In order, without gaps: every character is in exactly one run.
    pub runs: Vec<Run>,
}

impl FlowedText {
    /// Lays `bytes` out. `ends` holds the byte position after each window, ascending, the last one `bytes.len()`;
    /// `has_glyph` says which characters the font can draw.
    pub fn new(bytes: &[u8], ends: &[usize], mut has_glyph: impl FnMut(char) -> bool) -> Self {
        let mut flowed = Self::default();
        let (mut chars, mut start) = (0, 0);
        for (window, &end) in ends.iter().enumerate() {
            for cell in cells::of(bytes, start..end, &mut has_glyph) {
                let (shown, chip) = match cell.ink {
                    Ink::Character(character) => (character.to_string(), false),
                    Ink::Space => (" ".to_owned(), false),
                    Ink::Tab => ("\t".to_owned(), false),
                    Ink::LineEnd => ("\n".to_owned(), false),
                    Ink::CodePoint(character) => (format!("U+{:04X}", character as u32), true),
                    Ink::Byte(byte) => (format!("{byte:02X}"), true),
                };
                flowed.push(&shown, chip, window, &mut chars);
            }
            start = end;
        }
        flowed
    }

    fn push(&mut self, shown: &str, chip: bool, window: usize, chars: &mut usize) {
        let start = self.text.len();
        self.text.push_str(shown);
        let first = *chars;
        *chars += shown.chars().count();
        match self.runs.last_mut() {
            // Chips stay runs of their own: each has its own ground.
            Some(run) if run.window == window && !run.chip && !chip => {
                run.text.end = self.text.len();
                run.chars.end = *chars;
            }
            _ => self.runs.push(Run { text: start..self.text.len(), chars: first..*chars, window, chip }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(bytes: &[u8], ends: &[usize]) -> Vec<(String, usize, bool)> {
        let flowed = FlowedText::new(bytes, ends, |_| true);
        flowed.runs.iter().map(|run| (flowed.text[run.text.clone()].to_owned(), run.window, run.chip)).collect()
    }

    fn text(shown: &str, window: usize) -> (String, usize, bool) {
        (shown.to_owned(), window, false)
    }

    fn chip(shown: &str, window: usize) -> (String, usize, bool) {
        (shown.to_owned(), window, true)
    }

    #[test]
    fn windows_split_runs_where_they_end() {
        assert_eq!(shown(b"hello you", &[5, 9]), [text("hello", 0), text(" you", 1)]);
        assert_eq!(shown("é".as_bytes(), &[1, 2]), [chip("C3", 0), chip("A9", 1)]);
    }

    #[test]
    fn what_is_no_text_stands_by_itself() {
        let runs = shown(b"a\xFF\xFEb\r\xE2\x82", &[7]);
        let expected =
            [text("a", 0), chip("FF", 0), chip("FE", 0), text("b", 0), chip("0D", 0), chip("E2", 0), chip("82", 0)];
        assert_eq!(runs, expected);
        assert_eq!(shown("\u{FFFD}\u{200B}".as_bytes(), &[6]), [chip("U+FFFD", 0), chip("U+200B", 0)]);
        assert_eq!(FlowedText::new("中".as_bytes(), &[3], |_| false).text, "U+4E2D");
    }

    proptest! {
        #[test]
        fn every_character_is_in_exactly_one_run_and_every_window_shows(
            bytes in proptest::collection::vec(any::<u8>(), 1..200), every in 1usize..9,
        ) {
            let ends: Vec<usize> = (1..=bytes.len()).filter(|end| end % every == 0 || *end == bytes.len()).collect();
            let flowed = FlowedText::new(&bytes, &ends, |_| true);
            let mut next = 0;
            for run in &flowed.runs {
                prop_assert_eq!(run.chars.start, next);
                prop_assert_eq!(flowed.text[run.text.clone()].chars().count(), run.chars.len());
                next = run.chars.end;
            }
            prop_assert_eq!(next, flowed.text.chars().count());
            let shown: std::collections::BTreeSet<usize> = flowed.runs.iter().map(|run| run.window).collect();
            prop_assert_eq!(shown.len(), ends.len());
        }
    }
}
