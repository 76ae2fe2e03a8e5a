//! Training and validation: one rule, by document and by content.
//!
//! A document's side follows from a hash of its content and the seed alone. So it stays where it is when documents are
//! added, removed or put in another order, equal documents are never on both sides, and M1 and M2 can share one split
//! without a list of it (paper 3.1: both train on the same training split; the validation split is unseen by both).
//!
//! Where a small corpus would leave a side empty, that side gets the document whose draw is nearest to it.
//! A corpus of one document is cut by bytes instead: its beginning is for training, its end for validation.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    CorpusError, Document, Documents, Source,
    document::{documents, gentle_cut},
};

/// Bytes that are read ahead, at most, to find out whether both sides have documents.
const READ_AHEAD: usize = 16 << 20;

/// One of the two sides of a [`SplitRule`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    Train,
    Validation,
}

impl Split {
    /// The name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "training",
            Self::Validation => "validation",
        }
    }
}

/// How a corpus is parted: a seed, and the share of its documents that is kept for validation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SplitRule {
    pub seed: u64,
    /// Share of the documents (not exactly of the bytes), above 0 and below 1; reading by the rule checks it.
    pub validation: f64,
}

impl SplitRule {
    /// Where a document of these bytes belongs, in a corpus of more than one document.
    pub fn side(&self, bytes: &[u8]) -> Split {
        self.side_of_lot(self.lot(bytes))
    }

    /// The document's draw, evenly spread over [0, 1): the fraction from which on it goes to validation.
    fn lot(&self, bytes: &[u8]) -> f64 {
        let digest = Sha256::new()
            .chain_update(b"mullion split 1\n")
            .chain_update(self.seed.to_le_bytes())
            .chain_update(bytes)
            .finalize();
        let high = digest.iter().take(8).fold(0u64, |word, byte| word << 8 | u64::from(*byte));
        (high >> 11) as f64 / (1u64 << 53) as f64
    }

    fn side_of_lot(&self, lot: f64) -> Split {
        if lot < self.validation { Split::Validation } else { Split::Train }
    }

    /// Parts a corpus's only document; `None` if it is too short to leave something on both sides.
    fn cut(&self, bytes: &[u8]) -> Option<usize> {
        let wanted = bytes.len() as f64 * (1.0 - self.validation);
        let limit = (wanted.round() as usize).min(bytes.len().checked_sub(1)?);
        Some(gentle_cut(bytes, limit)).filter(|cut| *cut > 0)
    }
}

/// A source's documents with their sides.
///
/// It ends with an error if all documents were on one side: a run must not find out at its end that it has nothing to
/// validate on, so read the validation split first.
pub(super) struct SidedDocuments {
    documents: Documents,
    rule: SplitRule,
    name: String,
    /// Documents that were read ahead until both sides had one, last first.
    ahead: Vec<(Split, Document)>,
    finished: bool,
    train: u64,
    validation: u64,
    lowest_lot: f64,
    highest_lot: f64,
}

impl SidedDocuments {
    pub fn new(source: &Source, rule: SplitRule) -> Result<Self, CorpusError> {
        if !(rule.validation > 0.0 && rule.validation < 1.0) {
            return Err(CorpusError::Fraction { fraction: rule.validation });
        }
        let mut sided = Self {
            documents: documents(source)?,
            rule,
            name: source.name().to_owned(),
            ahead: Vec::new(),
            finished: false,
            train: 0,
            validation: 0,
            lowest_lot: 1.0,
            highest_lot: 0.0,
        };
        let mut bytes = 0;
        let mut whole = false;
        while bytes < READ_AHEAD && (sided.train == 0 || sided.validation == 0) {
            match sided.documents.next().transpose()? {
                Some(document) => {
                    bytes += document.bytes.len();
                    let document = sided.with_side(document);
                    sided.ahead.push(document);
                }
                None => {
                    whole = true;
                    break;
                }
            }
        }
        if whole {
            match sided.ahead.len() {
                0 => return Err(CorpusError::Empty { name: sided.name }),
                1 => sided.ahead = sided.halves()?,
                _ => sided.fill_empty_side(),
            }
        }
        sided.ahead.reverse();
        Ok(sided)
    }

    /// Gives the side that no document fell to the document that is nearest to it (and its equals), unless all are equal.
    fn fill_empty_side(&mut self) {
        let (nearest, side) = match (self.train, self.validation) {
            (0, _) => (self.highest_lot, Split::Train),
            (_, 0) => (self.lowest_lot, Split::Validation),
            _ => return,
        };
        if self.lowest_lot == self.highest_lot {
            return;
        }
        for (given, document) in &mut self.ahead {
            if self.rule.lot(&document.bytes) == nearest {
                *given = side;
            }
        }
        let count = |side| self.ahead.iter().filter(|(given, _)| *given == side).count() as u64;
        (self.train, self.validation) = (count(Split::Train), count(Split::Validation));
    }

    /// The only document, cut in two.
    fn halves(&mut self) -> Result<Vec<(Split, Document)>, CorpusError> {
        let Some((_, mut document)) = self.ahead.pop() else { return Ok(Vec::new()) };
        let Some(cut) = self.rule.cut(&document.bytes) else {
            return Err(self.one_sided(1, Split::Validation));
        };
        let rest = document.bytes.split_off(cut);
        let behind = Document { bytes: rest, index: document.index + 1, part: document.part };
        (self.train, self.validation) = (1, 1);
        Ok(vec![(Split::Train, document), (Split::Validation, behind)])
    }

    fn with_side(&mut self, document: Document) -> (Split, Document) {
        let lot = self.rule.lot(&document.bytes);
        self.lowest_lot = self.lowest_lot.min(lot);
        self.highest_lot = self.highest_lot.max(lot);
        let side = self.rule.side_of_lot(lot);
        match side {
            Split::Train => self.train += 1,
            Split::Validation => self.validation += 1,
        }
        (side, document)
    }

    /// Says why one side has no documents, and which fraction would give it one.
    fn one_sided(&self, documents: u64, empty: Split) -> CorpusError {
        let full = if empty == Split::Train { Split::Validation } else { Split::Train };
        let advice = if documents == 1 {
            "give more text".to_owned()
        } else if self.lowest_lot == self.highest_lot {
            "they are all equal; give other documents".to_owned()
        } else {
            // Just beyond the nearest document's lot, with digits enough to stay before the next one's, nearly always.
            let fraction = match empty {
                Split::Validation => (self.lowest_lot * 1e4).floor() / 1e4 + 1e-4,
                Split::Train => ((self.highest_lot * 1e4).floor() / 1e4).max(1e-4),
            };
            let bound = if empty == Split::Validation { "at least" } else { "at most" };
            format!("choose a validation fraction of {bound} {fraction:.4}, another split seed, or more text")
        };
        CorpusError::EmptySplit { name: self.name.clone(), documents, full: full.name(), empty: empty.name(), advice }
    }

    fn end(&mut self) -> Option<CorpusError> {
        self.finished = true;
        match (self.train, self.validation) {
            (0, documents) => Some(self.one_sided(documents, Split::Train)),
            (documents, 0) => Some(self.one_sided(documents, Split::Validation)),
            _ => None,
        }
    }
}

impl Iterator for SidedDocuments {
    type Item = Result<(Split, Document), CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        if let Some(ahead) = self.ahead.pop() {
            return Some(Ok(ahead));
        }
        match self.documents.next() {
            Some(Ok(document)) => Some(Ok(self.with_side(document))),
            Some(Err(error)) => {
                self.finished = true;
                Some(Err(error))
            }
            None => self.end().map(Err),
        }
    }
}

/// The documents on one side of a split.
pub struct SplitDocuments {
    documents: SidedDocuments,
    split: Split,
}

/// Reads the documents on one side of a split.
///
/// # Errors
/// At once when the rule's share is none, or the source cannot be opened or is empty. The iterator yields other errors where they come up; the last
/// may be that one of the sides has no documents.
pub fn split_documents(source: &Source, rule: SplitRule, split: Split) -> Result<SplitDocuments, CorpusError> {
    Ok(SplitDocuments { documents: SidedDocuments::new(source, rule)?, split })
}

impl Iterator for SplitDocuments {
    type Item = Result<Document, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.documents.next()? {
                Ok((side, document)) if side == self.split => return Some(Ok(document)),
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
