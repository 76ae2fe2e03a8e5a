//! Plain text: where one document of a file ends and the next begins.
//!
//! Text files that hold a whole corpus part their documents by a blank line, but in most text files blank lines part
//! paragraphs, and a long book may have none at all. One rule does for all of them: **a document ends at a blank line
//! or before a chapter heading, as soon as it has [`MIN_DOCUMENT`] bytes**; what is shorter is joined to what follows,
//! blank lines included. So addresses, articles and chapters become a document each, paragraphs are gathered up to the
//! length of an average web page, and a table of contents does not fall to pieces.
//!
//! A blank line holds nothing but blank space. A chapter heading is a line of at most [`LONGEST_HEADING`] bytes that
//! begins with `CHAPTER` or `Chapter` and a number or a capital. Blank lines around a document and blank space behind
//! it do not belong to it; all other bytes are kept as they are, valid UTF-8 or not.

use super::{
    CorpusError,
    document::{MAX_DOCUMENT, gentle_cut},
    input::Input,
};

/// Documents of plain text go on until they have this many bytes: about the mean of C4's documents (paper 3.1: 128 of
/// them are 277,760 bytes), so that end-of-document marks come no more often than in the paper's training text.
pub const MIN_DOCUMENT: usize = 2048;

const LONGEST_HEADING: usize = 160;

/// The documents of one text file.
pub(super) struct TextDocuments {
    input: Input,
    /// What the next document has so far.
    document: Vec<u8>,
    line: Vec<u8>,
    /// Bytes of the file before `line`.
    offset: u64,
    at_line_start: bool,
}

impl TextDocuments {
    pub fn new(input: Input) -> Self {
        Self { input, document: Vec::new(), line: Vec::new(), offset: 0, at_line_start: true }
    }

    pub fn next(&mut self) -> Result<Option<Vec<u8>>, CorpusError> {
        loop {
            self.line.clear();
            // One byte more than a document may have shows whether a cut there would part a character.
            let read = self.input.read_line(&mut self.line, MAX_DOCUMENT + 1 - self.document.len())?;
            if read == 0 {
                let last = ended(std::mem::take(&mut self.document));
                return Ok((!last.is_empty()).then_some(last));
            }
            self.refuse_binary()?;
            self.offset += read as u64;
            let whole_line = self.at_line_start;
            self.at_line_start = self.line.ends_with(b"\n");

            let blank = whole_line && self.line.trim_ascii().is_empty();
            let heading = whole_line && is_heading(&self.line);
            if (blank || heading) && self.document.len() >= MIN_DOCUMENT {
                let document = ended(std::mem::take(&mut self.document));
                if heading {
                    self.document.extend_from_slice(&self.line);
                }
                return Ok(Some(document));
            }
            if !(blank && self.document.is_empty()) {
                self.document.extend_from_slice(&self.line);
            }
            if self.document.len() > MAX_DOCUMENT {
                let rest = self.document.split_off(gentle_cut(&self.document, MAX_DOCUMENT));
                return Ok(Some(std::mem::replace(&mut self.document, rest)));
            }
        }
    }

    /// No text has a zero byte, and nearly every binary file has one early.
    fn refuse_binary(&self) -> Result<(), CorpusError> {
        match self.line.iter().position(|byte| *byte == 0) {
            None => Ok(()),
            Some(at) => Err(CorpusError::Binary {
                name: self.input.name().to_owned(),
                evidence: format!("there is a zero byte at offset {}", self.offset + at as u64),
                advice: "give plain text (UTF-8), or JSON lines with a field `text`".to_owned(),
            }),
        }
    }

    #[cfg(test)]
    pub fn buffered(&self) -> usize {
        self.document.capacity() + self.line.capacity()
    }
}

/// A document without the blank space behind it.
fn ended(mut document: Vec<u8>) -> Vec<u8> {
    document.truncate(document.trim_ascii_end().len());
    document
}

fn is_heading(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.len() <= LONGEST_HEADING
        && (line.strip_prefix(b"CHAPTER ").or(line.strip_prefix(b"Chapter ")))
            .and_then(|rest| rest.trim_ascii_start().first())
            .is_some_and(|first| first.is_ascii_digit() || first.is_ascii_uppercase())
}
