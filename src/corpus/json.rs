//! JSON lines: one document a line, in the field `text`, as C4 is published (paper 3.1).

use std::borrow::Cow;

use serde::Deserialize;

use super::{
    CorpusError,
    document::{MAX_DOCUMENT, gentle_cut},
    input::Input,
};

/// The longest line that is read, in bytes: a line must be held whole to be parsed.
pub const MAX_LINE: usize = 256 << 20;

/// All that is read of a line; other fields (C4 has `timestamp` and `url`) are passed over.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

/// The documents of one file of JSON lines. Blank lines and empty texts are passed over.
pub(super) struct JsonDocuments {
    input: Input,
    line: Vec<u8>,
    line_number: u64,
    /// What is left of a text that is longer than a document may be.
    rest: Vec<u8>,
}

impl JsonDocuments {
    pub fn new(input: Input) -> Self {
        Self { input, line: Vec::new(), line_number: 0, rest: Vec::new() }
    }

    pub fn next(&mut self) -> Result<Option<Vec<u8>>, CorpusError> {
        while self.rest.is_empty() {
            self.line.clear();
            let read = self.input.read_line(&mut self.line, MAX_LINE)?;
            if read == 0 {
                return Ok(None);
            }
            self.line_number += 1;
            if read == MAX_LINE && self.line.last() != Some(&b'\n') {
                let name = self.input.name().to_owned();
                return Err(CorpusError::LineTooLong { name, line: self.line_number, limit: MAX_LINE });
            }
            let line = self.line.trim_ascii();
            if !line.is_empty() {
                self.rest = self.text_of(line)?;
            }
        }
        if self.rest.len() <= MAX_DOCUMENT {
            return Ok(Some(std::mem::take(&mut self.rest)));
        }
        let rest = self.rest.split_off(gentle_cut(&self.rest, MAX_DOCUMENT));
        Ok(Some(std::mem::replace(&mut self.rest, rest)))
    }

    fn text_of(&self, line: &[u8]) -> Result<Vec<u8>, CorpusError> {
        let broken = |reason: String| {
            let name = self.input.name().to_owned();
            CorpusError::BrokenJson { name, line: self.line_number, reason }
        };
        match line.first() {
            Some(b'{') => {}
            Some(b'[') => return Err(broken("it begins with `[`, so the file may be one JSON array".to_owned())),
            _ => return Err(broken("it does not begin with `{`".to_owned())),
        }
        match serde_json::from_slice::<Record>(line) {
            Ok(record) => Ok(record.text.into_owned().into_bytes()),
            Err(error) if error.is_data() => Err(CorpusError::NoText {
                name: self.input.name().to_owned(),
                line: self.line_number,
                reason: reason_of(&error),
            }),
            Err(error) => Err(broken(reason_of(&error))),
        }
    }

    #[cfg(test)]
    pub fn buffered(&self) -> usize {
        self.line.capacity() + self.rest.capacity()
    }
}

/// The parser's message with its column, but without its line: it saw one line only, and calls it line 1.
fn reason_of(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rsplit_once(" at line ") {
        Some((reason, _)) => format!("{reason} at column {}", error.column()),
        None => message,
    }
}
