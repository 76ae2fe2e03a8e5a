//! From documents to examples: each document gets an end-of-document symbol, 128 documents are joined to one sequence,
//! and each sequence is cut into examples of equal length (paper 3.1).

use super::{CorpusError, Document};
use crate::coding::{END_OF_DOCUMENT, Symbol};

/// Documents that are joined before cutting (paper 3.1); no example crosses from one such sequence into the next.
pub const DOCUMENTS_PER_SEQUENCE: usize = 128;

/// What becomes of the symbols behind the last whole example of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// They are a shorter example: nothing of the corpus is lost.
    Keep,
    /// They are left out: every example has the same length, as a batch needs it.
    Drop,
}

/// Turns a stream of documents into a stream of examples, holding one document and one example at a time. Ends behind
/// the first error.
pub struct Packing<D> {
    documents: D,
    length: usize,
    tail: Tail,
    /// The document that is being taken apart, and how many of its symbols are taken.
    current: Option<(Vec<u8>, usize)>,
    example: Vec<Symbol>,
    joined: usize,
    symbols: u64,
    finished: bool,
}

impl<D: Iterator<Item = Result<Document, CorpusError>>> Packing<D> {
    /// Cuts examples of `length` symbols.
    ///
    /// # Errors
    /// When `length` is 0.
    pub fn new(documents: D, length: usize, tail: Tail) -> Result<Self, CorpusError> {
        if length == 0 {
            return Err(CorpusError::NoExampleLength);
        }
        Ok(Self { documents, length, tail, current: None, example: Vec::new(), joined: 0, symbols: 0, finished: false })
    }

    /// Symbols of the documents that were read so far, with their ends.
    pub(super) fn symbols(&self) -> u64 {
        self.symbols
    }

    fn next_example(&mut self) -> Result<Option<Vec<Symbol>>, CorpusError> {
        loop {
            if let Some((bytes, taken)) = &mut self.current {
                let room = self.length - self.example.len();
                let end = bytes.len().min(*taken + room);
                self.example.extend(bytes[*taken..end].iter().map(|byte| Symbol::from(*byte)));
                *taken = end;
                if end == bytes.len() && self.example.len() < self.length {
                    self.example.push(END_OF_DOCUMENT);
                    self.current = None;
                    self.joined += 1;
                }
            } else if self.joined == DOCUMENTS_PER_SEQUENCE {
                self.joined = 0;
                if let Some(tail) = self.take_tail() {
                    return Ok(Some(tail));
                }
            } else {
                match self.documents.next().transpose()? {
                    Some(document) => {
                        self.symbols += document.bytes.len() as u64 + 1;
                        self.current = Some((document.bytes, 0));
                    }
                    None => {
                        self.finished = true;
                        return Ok(self.take_tail());
                    }
                }
            }
            if self.example.len() == self.length {
                // Many of these may wait in a shuffle's pool.
                self.example.shrink_to_fit();
                return Ok(Some(std::mem::take(&mut self.example)));
            }
        }
    }

    fn take_tail(&mut self) -> Option<Vec<Symbol>> {
        let tail = std::mem::take(&mut self.example);
        (self.tail == Tail::Keep && !tail.is_empty()).then_some(tail)
    }
}

impl<D: Iterator<Item = Result<Document, CorpusError>>> Iterator for Packing<D> {
    type Item = Result<Vec<Symbol>, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let next = self.next_example().transpose();
        if !matches!(next, Some(Ok(_))) {
            self.finished = true;
        }
        next
    }
}

/// Documents as one run of symbols, each followed by [`END_OF_DOCUMENT`]; for samples that are scored whole.
pub fn pack_documents<D: AsRef<[u8]>>(documents: &[D]) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    for document in documents {
        symbols.extend(document.as_ref().iter().map(|byte| Symbol::from(*byte)));
        symbols.push(END_OF_DOCUMENT);
    }
    symbols
}
