//! Texts of codes in one line, so that nothing is hidden and each can be typed back: bytes that make no whole character,
//! controls and characters without ink are escaped as in source code, and the end of a document is `\e`.

use crate::coding::{END_OF_DOCUMENT, Symbol};
use std::fmt::Write;

/// What cannot be read as a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpellingError {
    #[error(
        "after the backslash at character {at} comes no escape: write \\n, \\r, \\t, \\\\, \\e for the end of a document, \\x and two hexadecimal digits, or \
         \\u{{…}} with a character's number"
    )]
    Escape { at: usize },
}

/// The text in one line.
pub fn spelled(text: &[Symbol]) -> String {
    let mut line = String::new();
    for part in text.chunk_by(|a, b| (*a < END_OF_DOCUMENT) == (*b < END_OF_DOCUMENT)) {
        let bytes: Vec<u8> = part.iter().filter_map(|&symbol| u8::try_from(symbol).ok()).collect();
        if bytes.is_empty() {
            part.iter().for_each(|_| line.push_str("\\e"));
        }
        for chunk in bytes.utf8_chunks() {
            chunk.valid().chars().for_each(|character| spell(&mut line, character));
            // Writing to a string cannot fail.
            chunk.invalid().iter().for_each(|byte| _ = write!(line, "\\x{byte:02X}"));
        }
    }
    line
}

fn spell(line: &mut String, character: char) {
    match character {
        '\n' => line.push_str("\\n"),
        '\r' => line.push_str("\\r"),
        '\t' => line.push_str("\\t"),
        '\\' => line.push_str("\\\\"),
        ' ' => line.push(' '),
        plain if has_ink(plain) => line.push(plain),
        other => _ = write!(line, "\\u{{{:X}}}", u32::from(other)),
    }
}

/// Whether a reader would see it and see which one it is.
fn has_ink(character: char) -> bool {
    let number = u32::from(character);
    let inkless = matches!(number, 0xad | 0x300..=0x36f | 0x61c | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e
        | 0x2060..=0x206f | 0xfe00..=0xfe0f | 0xfeff | 0xfffd | 0xe0000..=0xe0fff);
    !(character.is_control() || character.is_whitespace() || inkless)
}

/// The inverse of [`spelled`], and whatever else can be typed.
///
/// # Errors
/// If a backslash begins no escape.
pub fn read_text(line: &str) -> Result<Vec<Symbol>, SpellingError> {
    let mut text = Vec::new();
    let mut rest = line;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        let at = line.chars().count() - rest.chars().count();
        rest = match character {
            '\\' => read_escape(after, &mut text).ok_or(SpellingError::Escape { at })?,
            plain => {
                push(&mut text, plain);
                after
            }
        };
    }
    Ok(text)
}

fn push(text: &mut Vec<Symbol>, character: char) {
    text.extend(character.encode_utf8(&mut [0; 4]).bytes().map(Symbol::from));
}

/// Reads what comes after a backslash, and says what comes after that.
fn read_escape<'a>(rest: &'a str, text: &mut Vec<Symbol>) -> Option<&'a str> {
    let mut characters = rest.chars();
    let byte = match characters.next()? {
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        '\\' => b'\\',
        'e' => {
            text.push(END_OF_DOCUMENT);
            return Some(characters.as_str());
        }
        'x' => {
            let digits = rest.get(1..3).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
            text.push(u8::from_str_radix(digits, 16).ok()?.into());
            return rest.get(3..);
        }
        'u' => {
            let (digits, after) = rest.strip_prefix("u{")?.split_once('}')?;
            push(text, char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
            return Some(after);
        }
        _ => return None,
    };
    text.push(byte.into());
    Some(characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_is_hidden() {
        assert_eq!(spelled(&[97, 32, 10, 0xc3, 256, 0xa9, 92]), "a \\n\\xC3\\e\\xA9\\\\");
        assert_eq!(spelled(&"é\u{202e}\0".bytes().map(Symbol::from).collect::<Vec<_>>()), "é\\u{202E}\\u{0}");
        assert_eq!(read_text("a\\q"), Err(SpellingError::Escape { at: 1 }));
        assert!(read_text("\\").is_err() && read_text("\\x4").is_err() && read_text("\\x+4").is_err());
        assert!(read_text("\\u{110000}").is_err() && read_text("\\é").is_err() && read_text("\\xé").is_err());
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in prop::collection::vec(0..=256u16, 0..40), word: String) {
            prop_assert_eq!(read_text(&spelled(&text)), Ok(text));
            let word: Vec<Symbol> = word.bytes().map(Symbol::from).collect();
            prop_assert_eq!(read_text(&spelled(&word)), Ok(word));
        }

        #[test]
        fn whatever_is_typed_is_read_or_refused(line: String) {
            if let Ok(text) = read_text(&line) {
                prop_assert_eq!(read_text(&spelled(&text)), Ok(text));
            }
        }
    }
}
