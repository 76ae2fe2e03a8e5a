//! Turns any bytes, cut anywhere, into text that can be read without a doubt.
//!
//! Windows are cut at bytes, so a boundary may fall inside a character, and a file need not be UTF-8 at all. Whatever
//! has no glyph of its own becomes a *chip*: the hexadecimal bytes of what is not a whole character inside one window,
//! or the code point of a character that is whole but has no glyph or no ink. U+FFFD is never made up. Spaces, tabs
//! and line ends stay characters (so that text wraps as text does); the pane paints marks over them.

use std::ops::Range;

/// How a run is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// As it is.
    Text,
    /// A framed chip: bytes in hexadecimal or a code point.
    Chip,
}

/// Characters that belong to one window and are drawn alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Where in [`VisibleText::text`], in bytes of that string.
    pub text: Range<usize>,
    /// Where in [`VisibleText::text`], in characters.
    pub chars: Range<usize>,
    /// Place of the window in the text.
    pub window: usize,
    pub ink: Ink,
}

/// Text to lay out, and which window every character of it belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VisibleText {
    pub text: String,
    /// In order, without gaps: every character is in exactly one run.
    pub runs: Vec<Run>,
}

impl VisibleText {
    /// Lays `bytes` out. `ends` holds the byte position after each window, ascending, the last one `bytes.len()`;
    /// `has_glyph` says which characters the font can draw.
    pub fn new(bytes: &[u8], ends: &[usize], mut has_glyph: impl FnMut(char) -> bool) -> Self {
        let mut visible = Self::default();
        let mut chars = 0;
        let mut position = 0;
        for (window, &end) in ends.iter().enumerate() {
            let end = end.min(bytes.len());
            while position < end {
                let (shown, ink, length) = match whole_character(&bytes[position..end]) {
                    Some(character) if is_plain(character) || (has_ink(character) && has_glyph(character)) => {
                        (character.to_string(), Ink::Text, character.len_utf8())
                    }
                    Some(character) if character.is_ascii_control() => {
                        (format!("{:02X}", character as u32), Ink::Chip, character.len_utf8())
                    }
                    Some(character) => (format!("U+{:04X}", character as u32), Ink::Chip, character.len_utf8()),
                    None => (format!("{:02X}", bytes[position]), Ink::Chip, 1),
                };
                visible.push(&shown, ink, window, &mut chars);
                position += length;
            }
        }
        visible
    }

    fn push(&mut self, shown: &str, ink: Ink, window: usize, chars: &mut usize) {
        let start = self.text.len();
        self.text.push_str(shown);
        let first = *chars;
        *chars += shown.chars().count();
        match self.runs.last_mut() {
            // Chips stay runs of their own: each gets its own frame.
            Some(run) if run.window == window && run.ink == Ink::Text && ink == Ink::Text => {
                run.text.end = self.text.len();
                run.chars.end = *chars;
            }
            _ => self.runs.push(Run { text: start..self.text.len(), chars: first..*chars, window, ink }),
        }
    }

    /// The run that a character of [`Self::text`] belongs to.
    pub fn run_of_char(&self, char_index: usize) -> Option<&Run> {
        let after = self.runs.partition_point(|run| run.chars.end <= char_index);
        self.runs.get(after).filter(|run| run.chars.contains(&char_index))
    }

    /// The runs with characters in a range of characters, by index.
    pub fn runs_in_chars(&self, chars: &Range<usize>) -> Range<usize> {
        let first = self.runs.partition_point(|run| run.chars.end <= chars.start);
        let last = self.runs.partition_point(|run| run.chars.start < chars.end);
        first..last.max(first)
    }
}

/// The character that starts here, if all of it is here.
fn whole_character(bytes: &[u8]) -> Option<char> {
    let head = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
    };
    valid.chars().next()
}

/// White space that the pane marks.
fn is_plain(character: char) -> bool {
    matches!(character, ' ' | '\n' | '\t')
}

/// Whether a reader would see it and see which one it is.
fn has_ink(character: char) -> bool {
    !character.is_control() && !character.is_whitespace() && !is_invisible(character) && character != '\u{FFFD}'
}

/// Characters without ink that [`char`] has no name for: joiners, directions, selectors, byte-order marks.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{AD}' | '\u{300}'..='\u{36F}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// A window's bytes as a quoted string for cards and lists: printable characters as they are, all else escaped.
pub fn quoted(bytes: &[u8]) -> String {
    let mut quoted = String::from("“");
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' => quoted.push_str("\\n"),
                '\t' => quoted.push_str("\\t"),
                ' ' => quoted.push('·'),
                c if has_ink(c) => quoted.push(c),
                c => quoted.push_str(&format!("\\u{{{:X}}}", c as u32)),
            }
        }
        for byte in chunk.invalid() {
            quoted.push_str(&format!("\\x{byte:02X}"));
        }
    }
    quoted.push('”');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8], ends: &[usize]) -> Vec<(String, usize, Ink)> {
        let visible = VisibleText::new(bytes, ends, |_| true);
        visible.runs.iter().map(|run| (visible.text[run.text.clone()].to_owned(), run.window, run.ink)).collect()
    }

    fn text(shown: &str, window: usize) -> (String, usize, Ink) {
        (shown.to_owned(), window, Ink::Text)
    }

    fn chip(shown: &str, window: usize) -> (String, usize, Ink) {
        (shown.to_owned(), window, Ink::Chip)
    }

    #[test]
    fn windows_split_runs_where_they_end() {
        assert_eq!(shown(b"hello you", &[5, 9]), [text("hello", 0), text(" you", 1)]);
    }

    #[test]
    fn a_character_cut_by_a_boundary_is_shown_as_its_bytes() {
        assert_eq!(shown("é".as_bytes(), &[1, 2]), [chip("C3", 0), chip("A9", 1)]);
        assert_eq!(shown("aé".as_bytes(), &[3]), [text("aé", 0)]);
    }

    #[test]
    fn broken_utf8_is_hex_and_never_a_replacement_character() {
        let runs = shown(b"a\xFF\xFEb\xE2\x82", &[6]);
        assert_eq!(runs, [text("a", 0), chip("FF", 0), chip("FE", 0), text("b", 0), chip("E2", 0), chip("82", 0)]);
        assert_eq!(shown("\u{FFFD}".as_bytes(), &[3]), [chip("U+FFFD", 0)]);
        assert!(!quoted(b"a\xFF").contains('\u{FFFD}'));
    }

    #[test]
    fn what_has_no_ink_or_no_glyph_is_named() {
        assert_eq!(shown(b"\0\r", &[2]), [chip("00", 0), chip("0D", 0)]);
        assert_eq!(shown("\u{200B}\u{A0}".as_bytes(), &[5]), [chip("U+200B", 0), chip("U+00A0", 0)]);
        let visible = VisibleText::new("中".as_bytes(), &[3], |_| false);
        assert_eq!(visible.text, "U+4E2D");
    }

    #[test]
    fn every_character_of_every_input_is_in_exactly_one_run_of_its_window() {
        let bytes: Vec<u8> = (0..=255).chain("naïve – ☃ \n\t".bytes()).collect();
        let ends: Vec<usize> = (1..=bytes.len()).filter(|end| end % 3 == 0 || *end == bytes.len()).collect();
        let visible = VisibleText::new(&bytes, &ends, |_| true);
        let total = visible.text.chars().count();
        let mut next = 0;
        for run in &visible.runs {
            assert_eq!(run.chars.start, next);
            assert_eq!(visible.text[run.text.clone()].chars().count(), run.chars.len());
            next = run.chars.end;
        }
        assert_eq!(next, total);
        for index in 0..total {
            assert!(visible.run_of_char(index).is_some_and(|run| run.chars.contains(&index)), "{index}");
        }
        assert_eq!(visible.run_of_char(total), None);
        let shown: std::collections::BTreeSet<usize> = visible.runs.iter().map(|run| run.window).collect();
        assert_eq!(shown.len(), ends.len(), "every window shows");
        assert_eq!(visible.runs_in_chars(&(0..total)), 0..visible.runs.len());
    }

    #[test]
    fn quoting_marks_white_space_and_bytes() {
        assert_eq!(quoted(b" a\n\xC3"), "“·a\\n\\xC3”");
    }
}
