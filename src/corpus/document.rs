//! A source as a stream of documents.

use super::{
    CorpusError, Source,
    input::{Input, Layout},
    json::JsonDocuments,
    text::TextDocuments,
};

/// The longest document, in bytes. What is longer (one huge line, a book without chapters) is cut into several: that
/// bounds the memory of everything that holds a whole document.
pub const MAX_DOCUMENT: usize = 16 << 20;

/// How far back a forced cut looks for a better place.
const CUT_SEARCH: usize = 1024;

/// One document: never empty, at most [`MAX_DOCUMENT`] bytes, not always valid UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub bytes: Vec<u8>,
    /// Place in the whole source, from 0.
    pub index: u64,
    /// Which of the source's files it comes from, from 0, in the order of [`super::Identity::parts`].
    pub part: usize,
}

impl AsRef<[u8]> for Document {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The documents of a source in their order; ends behind the first error.
pub struct Documents {
    source: Source,
    open: Option<PartDocuments>,
    next_part: usize,
    index: u64,
    finished: bool,
}

enum PartDocuments {
    Text(TextDocuments),
    Json(JsonDocuments),
}

/// Reads a source one document at a time: JSON lines one a line, plain text by its blank lines and chapters.
///
/// # Errors
/// At once when the first file cannot be opened or is no text; the iterator yields errors of later files, of broken
/// content, and that there was no document at all, where they come up.
pub fn documents(source: &Source) -> Result<Documents, CorpusError> {
    let mut documents = Documents { source: source.clone(), open: None, next_part: 0, index: 0, finished: false };
    documents.open_next_part()?;
    Ok(documents)
}

impl Documents {
    fn open_next_part(&mut self) -> Result<(), CorpusError> {
        self.open = match self.source.parts().get(self.next_part) {
            None => None,
            Some(part) => {
                let input = Input::open(part)?;
                Some(match part.format().layout {
                    Layout::Text => PartDocuments::Text(TextDocuments::new(input)),
                    Layout::JsonLines => PartDocuments::Json(JsonDocuments::new(input)),
                })
            }
        };
        self.next_part += 1;
        Ok(())
    }

    fn read_next(&mut self) -> Result<Option<Document>, CorpusError> {
        while let Some(open) = &mut self.open {
            let bytes = match open {
                PartDocuments::Text(documents) => documents.next()?,
                PartDocuments::Json(documents) => documents.next()?,
            };
            if let Some(bytes) = bytes {
                let document = Document { bytes, index: self.index, part: self.next_part - 1 };
                self.index += 1;
                return Ok(Some(document));
            }
            self.open_next_part()?;
        }
        if self.index == 0 {
            return Err(CorpusError::Empty { name: self.source.name().to_owned() });
        }
        Ok(None)
    }

    /// Bytes that the reader itself holds on to.
    #[cfg(test)]
    pub(super) fn buffered(&self) -> usize {
        match &self.open {
            None => 0,
            Some(PartDocuments::Text(documents)) => documents.buffered(),
            Some(PartDocuments::Json(documents)) => documents.buffered(),
        }
    }
}

impl Iterator for Documents {
    type Item = Result<Document, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let next = self.read_next().transpose();
        self.finished = !matches!(next, Some(Ok(_)));
        next
    }
}

/// Where to cut text that must be cut at `limit` bytes or a little before, `limit` being below its length: behind a
/// line, else behind a word, else between two characters, else at `limit`. Never 0 unless `limit` is.
pub(super) fn gentle_cut(bytes: &[u8], limit: usize) -> usize {
    let start = limit.saturating_sub(CUT_SEARCH);
    let window = &bytes[start..limit];
    let behind = |wanted: u8| window.iter().rposition(|byte| *byte == wanted).map(|at| start + at + 1);
    let character = || {
        let begins = |at: &usize| bytes[*at] & 0xc0 != 0x80;
        (limit.saturating_sub(3).max(1)..=limit).rev().find(begins)
    };
    behind(b'\n').or_else(|| behind(b' ')).or_else(character).unwrap_or(limit)
}
