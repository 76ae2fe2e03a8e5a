//! A text in blocks, each of which is cut by itself.
//!
//! Experiments code examples of 10,240 bytes, each alone, and so does the pane: what is seen is what a run trains on, and
//! a text of any length is cut where it is looked at and nowhere else. Where a block would end inside a character, it
//! ends before it. Everything here is found from the bytes around a border, so no table of blocks is kept.

use crate::app::visible;
use std::ops::Range;

/// Bytes of a block, as of an experiment's example.
pub const BLOCK: usize = 10_240;

/// How many blocks a text has.
pub fn count(text: &[u8]) -> usize {
    text.len().div_ceil(BLOCK)
}

/// The bytes of block `index`; empty past the end.
pub fn range(text: &[u8], index: usize) -> Range<usize> {
    border(text, index)..border(text, index + 1)
}

/// The block that a byte is in; of the end of the text, the last.
pub fn of(text: &[u8], byte: usize) -> usize {
    let index = byte / BLOCK;
    let index = index + usize::from(byte >= border(text, index + 1));
    index.min(count(text).saturating_sub(1))
}

fn border(text: &[u8], index: usize) -> usize {
    whole_up_to(text, index.saturating_mul(BLOCK))
}

/// `at`, or where the character begins that would be broken there.
pub fn whole_up_to(text: &[u8], at: usize) -> usize {
    if at >= text.len() {
        return text.len();
    }
    for start in (at.saturating_sub(3)..at).rev() {
        match text[start] {
            // A continuation: its character begins earlier.
            0x80..=0xBF => {}
            0xC0.. => {
                let whole = visible::whole_character(&text[start..]);
                return if whole.is_some_and(|character| start + character.len_utf8() > at) { start } else { at };
            }
            _ => return at,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &[u8]) {
        let mut next = 0;
        for index in 0..count(text) {
            let block = range(text, index);
            assert_eq!(block.start, next, "blocks join without a gap");
            assert!(block.len().abs_diff(BLOCK) <= 3 || block.end == text.len());
            assert!(block.is_empty() || (of(text, block.start), of(text, block.end - 1)) == (index, index));
            next = block.end;
        }
        assert_eq!(next, text.len());
    }

    #[test]
    fn blocks_end_at_whole_characters() {
        let text = format!("a{}", "é☃𝄞".repeat(5000));
        check(text.as_bytes());
        for index in 0..count(text.as_bytes()) {
            assert!(std::str::from_utf8(&text.as_bytes()[range(text.as_bytes(), index)]).is_ok(), "block {index}");
        }
        assert_eq!(range(b"abc", 0), 0..3);
        assert_eq!((count(b""), range(b"", 0), of(b"", 0)), (0, 0..0, 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn any_bytes_are_in_exactly_one_block(head in proptest::collection::vec(any::<u8>(), 0..40), at in 0usize..12) {
            let mut text = vec![0xE2; BLOCK - at];
            text.extend(head);
            text.extend("☃".repeat(5000).bytes());
            check(&text);
        }
    }
}
