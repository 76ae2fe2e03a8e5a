//! The tokens of a text, and what of the text each stands for.

use std::ops::Range;

use super::vocabulary::Vocabulary;

/// The tokens of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encoding {
    /// Token ids, each below the tokenizer's vocabulary.
    pub ids: Vec<u32>,
    /// For each token, the symbols of the text that it stands for: in order, and never overlapping. A token may stand
    /// for none (T5 begins a text with a space that is not there), and a symbol may be in none (of many spaces, T5
    /// keeps one). Where several tokens come from the same bytes (T5 writes ½ as 1⁄2), each has those that its text
    /// begins with there, and the last has what is left.
    pub spans: Vec<Range<usize>>,
    /// How many bytes of the text do not come back: 0 if, and only if, decoding gives the text. A token whose text is
    /// not what it stands for counts the bytes between what both begin and end with alike: those that differ if there
    /// are as many in both, else all of the source's; and 1 if it only adds bytes. Bytes of no token count.
    pub lost: usize,
}

/// Bytes that a token was made from, by the tokenizer's own account: offsets in what it was given.
pub(super) type Offsets = (usize, usize);

impl Encoding {
    /// Adds a token of `span`.
    pub(super) fn push(&mut self, id: u32, span: Range<usize>) {
        self.ids.push(id);
        self.spans.push(span);
    }

    /// Adds the tokens of `source`, which begins at symbol `start`. If their texts are the source, lengths say what
    /// each stands for; if not, `offsets` do.
    pub(super) fn extend(
        &mut self,
        vocabulary: &Vocabulary,
        source: &[u8],
        start: usize,
        ids: &[u32],
        offsets: &[Offsets],
    ) {
        let first = vocabulary.begins_after(self.ids.last().copied());
        let text = |index: usize, id: u32| vocabulary.text_at(id, first && index == 0);
        let is_source =
            ids.iter().enumerate().try_fold(source, |rest, (index, &id)| rest.strip_prefix(text(index, id)));
        let is_source = is_source.is_some_and(<[u8]>::is_empty);
        let mut done = 0;
        for (index, &id) in ids.iter().enumerate() {
            let text = text(index, id);
            let span = match (is_source, offsets.get(index)) {
                (true, _) => done..done + text.len(),
                (false, Some(&offsets_here)) if !text.is_empty() => {
                    own(source, text, done, offsets_here, offsets.get(index + 1).copied())
                }
                (false, _) => done..done,
            };
            if !is_source {
                self.lost += span.start - done + lost(&source[span.clone()], text);
            }
            done = span.end;
            self.push(id, start + span.start..start + span.end);
        }
        self.lost += source.len() - done;
    }
}

/// The part of `source` from `done` on that a token of this text and these offsets has for itself, if the next token
/// has offsets `next`. If both come from the same bytes, it has those that its text begins with, or none.
fn own(source: &[u8], text: &[u8], done: usize, offsets: Offsets, next: Option<Offsets>) -> Range<usize> {
    let from = offsets.0.clamp(done, source.len());
    let to = offsets.1.clamp(from, source.len());
    match next {
        Some((next, _)) if next < to && source[from..to].starts_with(text) => from..from + text.len(),
        Some((next, _)) if next < to => from..next.max(from),
        _ => from..to,
    }
}

/// How many bytes of `source` do not come back from `text`.
pub(super) fn lost(source: &[u8], text: &[u8]) -> usize {
    let begin = source.iter().zip(text).take_while(|(source, text)| source == text).count();
    let (source, text) = (&source[begin..], &text[begin..]);
    let end = source.iter().rev().zip(text.iter().rev()).take_while(|(source, text)| source == text).count();
    let (source, text) = (&source[..source.len() - end], &text[..text.len() - end]);
    match source.len() == text.len() {
        true => source.iter().zip(text).filter(|(source, text)| source != text).count(),
        false => source.len().max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_bytes_are_those_between_what_is_alike() {
        let cases: [(&str, &str, usize); 8] = [
            ("", "", 0),
            ("abc", "abc", 0),
            ("a\nc", "a c", 1),
            ("abcd", "axcy", 2),
            ("bar", " bar", 1),
            (" bar", "bar", 1),
            ("", "x", 1),
            ("a\u{FB01}n", "afin", 3),
        ];
        for (source, text, expected) in cases {
            assert_eq!(lost(source.as_bytes(), text.as_bytes()), expected, "{source:?} as {text:?}");
        }
    }
}
