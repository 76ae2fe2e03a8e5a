//! A text of symbols, cut into what tokenizers take: valid UTF-8, and what is between.

use crate::coding::{END_OF_DOCUMENT, Symbol};

/// What a part of a text is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Valid UTF-8, as long as possible.
    Text(&'a str),
    /// Bytes that are in no character, as many as there are side by side.
    Invalid(&'a [u8]),
    /// The end of a document.
    EndOfDocument,
    /// A number above the symbols, which no text should have.
    NoSymbol,
}

/// Calls `take` with every part of `source` and its first symbol, in order. Parts cover the source and do not overlap.
pub(super) fn for_each(source: &[Symbol], mut take: impl FnMut(usize, Part<'_>)) {
    let mut bytes = Vec::new();
    let mut start = 0;
    while start < source.len() {
        bytes.clear();
        bytes.extend(source[start..].iter().map_while(|&symbol| u8::try_from(symbol).ok()));
        for_each_in_bytes(&bytes, |at, part| take(start + at, part));
        start += bytes.len();
        if let Some(&symbol) = source.get(start) {
            take(start, if symbol == END_OF_DOCUMENT { Part::EndOfDocument } else { Part::NoSymbol });
            start += 1;
        }
    }
}

fn for_each_in_bytes(bytes: &[u8], mut take: impl FnMut(usize, Part<'_>)) {
    let mut at = 0;
    let mut invalid = 0..0;
    for chunk in bytes.utf8_chunks() {
        // A chunk's invalid bytes are one bad sequence; the next chunk's are side by side with them if no text is
        // between.
        if !chunk.valid().is_empty() {
            if !invalid.is_empty() {
                take(invalid.start, Part::Invalid(&bytes[invalid.clone()]));
            }
            take(at, Part::Text(chunk.valid()));
            at += chunk.valid().len();
            invalid = at..at;
        }
        at += chunk.invalid().len();
        invalid.end = at;
    }
    if !invalid.is_empty() {
        take(invalid.start, Part::Invalid(&bytes[invalid]));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(source: &[Symbol]) -> Vec<(usize, String)> {
        let mut parts = Vec::new();
        for_each(source, |at, part| parts.push((at, format!("{part:?}"))));
        parts
    }

    #[test]
    fn runs_of_invalid_bytes_are_whole_and_text_is_as_long_as_possible() {
        let mut source: Vec<Symbol> = b"a\xC3\xA9\xE2\x82\xFF\x80b\xF0".iter().map(|&byte| byte.into()).collect();
        source.extend([END_OF_DOCUMENT, END_OF_DOCUMENT, 300, 99]);
        let expected = [
            (0, "Text(\"aé\")"),
            (3, "Invalid([226, 130, 255, 128])"),
            (7, "Text(\"b\")"),
            (8, "Invalid([240])"),
            (9, "EndOfDocument"),
            (10, "EndOfDocument"),
            (11, "NoSymbol"),
            (12, "Text(\"c\")"),
        ];
        assert_eq!(parts(&source), expected.map(|(at, part)| (at, part.to_owned())));
        assert_eq!(parts(&[]), []);
    }

    proptest! {
        #[test]
        fn parts_cover_the_source(source in prop::collection::vec(prop_oneof![0..=257u16, 0x80..=0xFFu16, Just(0xE2)], 0..60)) {
            let mut next = 0;
            let mut before_was_invalid = false;
            let mut before_was_text = false;
            for_each(&source, |at, part| {
                assert_eq!(at, next);
                let symbols: Vec<Symbol> = match part {
                    Part::Text(text) => text.bytes().map(Symbol::from).collect(),
                    Part::Invalid(bytes) => bytes.iter().map(|&byte| byte.into()).collect(),
                    Part::EndOfDocument => vec![END_OF_DOCUMENT],
                    Part::NoSymbol => vec![257],
                };
                assert!(!symbols.is_empty());
                assert_eq!(symbols, source[at..at + symbols.len()]);
                let (invalid, text) = (matches!(part, Part::Invalid(_)), matches!(part, Part::Text(_)));
                assert!(!(invalid && before_was_invalid));
                assert!(!(text && before_was_text));
                (before_was_invalid, before_was_text) = (invalid, text);
                next += symbols.len();
            });
            prop_assert_eq!(next, source.len());
        }
    }
}
