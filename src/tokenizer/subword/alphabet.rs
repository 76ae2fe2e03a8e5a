//! GPT-2's byte alphabet: 256 printable characters that stand for the bytes in byte-level vocabularies (Radford et al.
//! 2019).
//!
//! Printable ASCII and Latin-1 stand for themselves; the other 68 bytes take the characters from U+0100 on, in order.

use std::sync::LazyLock;

/// Bytes that their own character does not stand for, in order: the first is U+0100.
const MOVED: usize = 68;

/// The first character of the moved bytes.
const FIRST_MOVED: u32 = 0x100;

static CHARACTERS: LazyLock<[char; 256]> = LazyLock::new(|| {
    let mut moved = FIRST_MOVED..;
    std::array::from_fn(|byte| {
        let byte = byte as u8;
        match stands_for_itself(byte) {
            true => char::from(byte),
            false => moved.next().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER),
        }
    })
});

static MOVED_BYTES: LazyLock<[u8; MOVED]> = LazyLock::new(|| {
    let mut bytes = (0..=u8::MAX).filter(|&byte| !stands_for_itself(byte));
    std::array::from_fn(|_| bytes.next().unwrap_or_default())
});

fn stands_for_itself(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF)
}

/// The character that stands for a byte.
pub(super) fn character(byte: u8) -> char {
    CHARACTERS[usize::from(byte)]
}

/// The byte that a character stands for, if it is one of the 256.
pub(super) fn byte(character: char) -> Option<u8> {
    match u8::try_from(u32::from(character)) {
        Ok(byte) => stands_for_itself(byte).then_some(byte),
        Err(_) => MOVED_BYTES.get((u32::from(character) - FIRST_MOVED) as usize).copied(),
    }
}

/// The bytes that a piece of a byte-level vocabulary stands for; `None` if it has a character outside of the alphabet.
pub(super) fn bytes(piece: &str) -> Option<Vec<u8>> {
    piece.chars().map(byte).collect()
}

/// `bytes` in the alphabet.
pub(super) fn spell(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| character(byte)).collect()
}

#[cfg(test)]
mod tests {
    use tokenizers::pre_tokenizers::byte_level::ByteLevel;

    use super::*;

    #[test]
    fn the_alphabet_is_the_one_of_the_crate_and_every_byte_comes_back() {
        let ours: Vec<char> = (0..=255).map(character).collect();
        let theirs = ByteLevel::alphabet();
        assert_eq!(theirs.len(), 256);
        assert!(ours.iter().all(|character| theirs.contains(character)));
        assert_eq!(
            ours.iter().map(|&character| byte(character)).collect::<Vec<_>>(),
            (0..=255).map(Some).collect::<Vec<_>>()
        );
        assert_eq!((character(b' '), character(b'\n'), character(b'a')), ('Ġ', 'Ċ', 'a'));
    }

    #[test]
    fn other_characters_stand_for_no_byte() {
        for character in [' ', '\n', '\u{AD}', '\u{144}', '▁', '😀'] {
            assert_eq!(byte(character), None, "{character:?}");
        }
        assert_eq!((bytes("Ġthe"), bytes("▁the")), (Some(b" the".to_vec()), None));
    }
}
