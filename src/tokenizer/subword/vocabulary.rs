//! What token ids stand for.

use std::collections::BTreeMap;

use crate::coding::{END_OF_DOCUMENT, Symbol};

use super::SubwordError;

/// What the unknown token decodes to: U+FFFD, the replacement character.
pub(super) const UNKNOWN_TEXT: &str = "\u{FFFD}";

/// The text of every id, and the ids that are used by themselves.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// All texts, one after the other.
    texts: Vec<u8>,
    /// Where in `texts` each id's begins; one more for the end of the last.
    starts: Vec<usize>,
    end_of_document: u32,
    unknown: Option<u32>,
    bytes: [Option<u32>; 256],
    /// Whether a document's first token loses the space that its text begins with.
    first_loses_space: bool,
}

impl Vocabulary {
    /// The ids up to the largest that has a text, or `end_of_document`. The others have none; of an id's texts, the
    /// last counts.
    pub(super) fn new(entries: impl IntoIterator<Item = (u32, Vec<u8>)>, end_of_document: u32) -> Self {
        let entries: BTreeMap<u32, Vec<u8>> = entries.into_iter().collect();
        let last = entries.last_key_value().map_or(0, |(&id, _)| id).max(end_of_document);
        let (mut texts, mut starts) = (Vec::new(), Vec::with_capacity(last as usize + 2));
        for id in 0..=last {
            starts.push(texts.len());
            texts.extend(entries.get(&id).into_iter().flatten());
        }
        starts.push(texts.len());
        Self { texts, starts, end_of_document, unknown: None, bytes: [None; 256], first_loses_space: false }
    }

    /// Makes `id` the token of an invalid byte.
    pub(super) fn set_byte(&mut self, byte: u8, id: u32) {
        self.bytes[usize::from(byte)] = Some(id);
    }

    /// Makes `id` the token of what the vocabulary has nothing for.
    pub(super) fn set_unknown(&mut self, id: u32) {
        self.unknown = Some(id);
    }

    /// Makes a document's first token lose the space that its text begins with.
    pub(super) fn set_first_loses_space(&mut self) {
        self.first_loses_space = true;
    }

    /// How many ids there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    pub(super) fn end_of_document(&self) -> u32 {
        self.end_of_document
    }

    /// The token of what the vocabulary has nothing for.
    pub(super) fn unknown(&self) -> Option<u32> {
        self.unknown
    }

    /// The token of this byte alone.
    pub(super) fn byte(&self, byte: u8) -> Option<u32> {
        self.bytes[usize::from(byte)]
    }

    /// Whether every byte has a token.
    pub(super) fn has_all_bytes(&self) -> bool {
        self.bytes.iter().all(Option::is_some)
    }

    /// The text of an id; none for an id that is no token.
    pub(super) fn text(&self, id: u32) -> &[u8] {
        let id = id as usize;
        match (self.starts.get(id), self.starts.get(id + 1)) {
            (Some(&start), Some(&end)) => &self.texts[start..end],
            _ => &[],
        }
    }

    /// The text of an id as a document's first token, or as another.
    pub(super) fn text_at(&self, id: u32, first: bool) -> &[u8] {
        let text = self.text(id);
        match text.strip_prefix(b" ") {
            Some(rest) if first && self.first_loses_space => rest,
            _ => text,
        }
    }

    /// Whether a token after `before` would be a document's first.
    pub(super) fn begins_after(&self, before: Option<u32>) -> bool {
        before.is_none_or(|id| id == self.end_of_document)
    }

    /// The symbols that `ids` stand for.
    pub(super) fn decode(&self, ids: &[u32]) -> Result<Vec<Symbol>, SubwordError> {
        let mut symbols = Vec::with_capacity(ids.len() * 4);
        let mut before = None;
        for (position, &id) in ids.iter().enumerate() {
            if id as usize >= self.len() {
                return Err(SubwordError::Id { position, id, vocabulary: self.len() });
            }
            match id == self.end_of_document {
                true => symbols.push(END_OF_DOCUMENT),
                false => {
                    symbols.extend(self.text_at(id, self.begins_after(before)).iter().map(|&byte| Symbol::from(byte)))
                }
            }
            before = Some(id);
        }
        Ok(symbols)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(entries: &[(u32, &str)], end_of_document: u32) -> Vocabulary {
        Vocabulary::new(entries.iter().map(|&(id, text)| (id, text.into())), end_of_document)
    }

    #[test]
    fn ids_may_be_left_out_repeated_and_in_any_order() {
        let vocabulary = vocabulary(&[(4, " d"), (1, "b"), (2, "old"), (2, "c")], 6);
        let texts: Vec<_> = (0..8).map(|id| String::from_utf8_lossy(vocabulary.text(id)).into_owned()).collect();
        assert_eq!((texts, vocabulary.len()), (["", "b", "c", "", " d", "", "", ""].map(str::to_owned).to_vec(), 7));
    }

    #[test]
    fn each_document_s_first_token_loses_its_space() {
        let mut vocabulary = vocabulary(&[(0, " a"), (1, "b"), (2, "</s>")], 2);
        let decoded = |vocabulary: &Vocabulary| vocabulary.decode(&[0, 0, 1, 2, 0]).unwrap();
        let symbols = |text: &str| {
            text.bytes().map(|byte| if byte == b'$' { END_OF_DOCUMENT } else { byte.into() }).collect::<Vec<_>>()
        };
        assert_eq!(decoded(&vocabulary), symbols(" a ab$ a"));
        vocabulary.set_first_loses_space();
        assert_eq!(decoded(&vocabulary), symbols("a ab$a"));
    }

    #[test]
    fn an_id_above_the_vocabulary_is_an_error_that_says_where() {
        let error = vocabulary(&[(0, "a")], 1).decode(&[0, 1, 0, 2]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "token 3 is 2, but this tokenizer has 2 ids, from 0: another tokenizer made these tokens"
        );
    }
}
