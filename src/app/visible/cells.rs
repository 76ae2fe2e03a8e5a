//! What stands in the cells of a stretch of text.
//!
//! Every byte has one cell and all cells are equally wide, so a byte is at the same place in every lane and above its own
//! hexadecimal digits. A character stands in the middle of the cells of its bytes. What is not a whole character inside
//! its window is shown byte by byte in hexadecimal, what has no glyph or no ink by its code point; U+FFFD is never made
//! up.

use super::{has_ink, whole_character};
use std::ops::Range;

/// How the bytes of a cell, or of a few that belong together, are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// As it is.
    Character(char),
    /// A mark for a space, a tab or an end of line.
    Space,
    Tab,
    LineEnd,
    /// A whole character that a font cannot show, by its code point.
    CodePoint(char),
    /// A byte that is no character, in hexadecimal.
    Byte(u8),
}

/// Neighbouring cells that are drawn as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub bytes: Range<usize>,
    pub ink: Ink,
}

/// The cells of `stretch`, which lies within one window or is not cut at all.
pub fn of<'a>(
    text: &'a [u8],
    stretch: Range<usize>,
    mut has_glyph: impl FnMut(char) -> bool + 'a,
) -> impl Iterator<Item = Cell> + 'a {
    let mut at = stretch.start.min(text.len());
    let end = stretch.end.min(text.len());
    std::iter::from_fn(move || {
        if at >= end {
            return None;
        }
        let (ink, length) = match whole_character(&text[at..end]) {
            Some(' ') => (Ink::Space, 1),
            Some('\t') => (Ink::Tab, 1),
            Some('\n') => (Ink::LineEnd, 1),
            Some(control) if control.is_ascii_control() => (Ink::Byte(text[at]), 1),
            Some(character) if has_ink(character) && has_glyph(character) => {
                (Ink::Character(character), character.len_utf8())
            }
            Some(character) => (Ink::CodePoint(character), character.len_utf8()),
            None => (Ink::Byte(text[at]), 1),
        };
        at += length;
        Some(Cell { bytes: at - length..at, ink })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn inks(text: &[u8], stretch: Range<usize>) -> Vec<Ink> {
        of(text, stretch, |_| true).map(|cell| cell.ink).collect()
    }

    #[test]
    fn what_a_window_breaks_is_shown_as_bytes() {
        assert_eq!(inks("aé".as_bytes(), 0..3), [Ink::Character('a'), Ink::Character('é')]);
        assert_eq!(inks("aé".as_bytes(), 0..2), [Ink::Character('a'), Ink::Byte(0xC3)]);
        assert_eq!(inks("aé".as_bytes(), 2..3), [Ink::Byte(0xA9)]);
        assert_eq!(inks(b" \t\n\r\xFF", 0..5), [Ink::Space, Ink::Tab, Ink::LineEnd, Ink::Byte(13), Ink::Byte(0xFF)]);
    }

    #[test]
    fn what_has_no_glyph_or_no_ink_is_named() {
        assert_eq!(inks("\u{200B}\u{FFFD}".as_bytes(), 0..6), [Ink::CodePoint('\u{200B}'), Ink::CodePoint('\u{FFFD}')]);
        assert_eq!(of("中".as_bytes(), 0..3, |_| false).map(|cell| cell.ink).next(), Some(Ink::CodePoint('中')));
    }

    proptest! {
        #[test]
        fn every_byte_is_in_exactly_one_cell_in_order(
            text in proptest::collection::vec(any::<u8>(), 0..200), from in 0usize..200, length in 0usize..200,
        ) {
            let stretch = from.min(text.len())..(from + length).min(text.len());
            let mut next = stretch.start;
            for cell in of(&text, stretch.clone(), |_| true) {
                prop_assert_eq!(cell.bytes.start, next);
                prop_assert!(!cell.bytes.is_empty());
                if let Ink::Character(character) | Ink::CodePoint(character) = cell.ink {
                    prop_assert_eq!(character.to_string().into_bytes(), text[cell.bytes.clone()].to_vec());
                }
                next = cell.bytes.end;
            }
            prop_assert_eq!(next, stretch.end);
        }
    }
}
