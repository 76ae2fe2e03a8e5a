//! Turns any bytes, cut anywhere, into text that can be read without a doubt.
//!
//! Windows are cut at bytes, so a border may fall inside a character, and a file need not be UTF-8 at all. U+FFFD is never
//! made up: what is no character is shown as its bytes, and what has no ink as its code point.

pub mod cells;
mod flowed;

pub use flowed::FlowedText;

/// The character that starts `bytes`, if all of it is there.
pub fn whole_character(bytes: &[u8]) -> Option<char> {
    let head = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
    };
    valid.chars().next()
}

/// Whether a reader would see it and see which one it is.
pub fn has_ink(character: char) -> bool {
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

    #[test]
    fn only_whole_characters_are_characters() {
        assert_eq!(whole_character("é☃".as_bytes()), Some('é'));
        assert_eq!((whole_character(b"\xC3"), whole_character(b"\xA9a"), whole_character(b"")), (None, None, None));
        assert!(has_ink('☃') && !has_ink('\u{200B}') && !has_ink('\u{FFFD}') && !has_ink(' '));
    }

    #[test]
    fn broken_utf8_is_never_a_replacement_character() {
        assert_eq!(quoted(b"a\xFF\xE2\x82"), "“a\\xFF\\xE2\\x82”");
    }

    #[test]
    fn quoting_marks_white_space_and_bytes() {
        assert_eq!(quoted(b" a\n\xC3"), "“·a\\n\\xC3”");
    }
}
