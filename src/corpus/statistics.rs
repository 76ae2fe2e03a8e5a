//! What a corpus holds, and how a split parts it.

use serde::{Deserialize, Serialize};

use super::{CorpusError, Source, Split, SplitRule, split::SidedDocuments};

/// Counts of a source, in documents and in their bytes (without the blank lines between them).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    pub documents: u64,
    pub bytes: u64,
    pub train_documents: u64,
    pub train_bytes: u64,
    pub validation_documents: u64,
    pub validation_bytes: u64,
    /// Bytes of the shortest document and of the longest; 0 before there is one.
    pub shortest: u64,
    pub longest: u64,
    /// The same counts for each file, in the source's order.
    pub parts: Vec<PartStatistics>,
}

/// One file's contribution.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartStatistics {
    pub name: String,
    pub train_documents: u64,
    pub train_bytes: u64,
    pub validation_documents: u64,
    pub validation_bytes: u64,
}

impl Statistics {
    fn add(&mut self, part: usize, side: Split, bytes: u64) {
        self.shortest = if self.documents == 0 { bytes } else { self.shortest.min(bytes) };
        self.longest = self.longest.max(bytes);
        self.documents += 1;
        self.bytes += bytes;
        let part = &mut self.parts[part];
        let counts = match side {
            Split::Train => {
                [(&mut self.train_documents, &mut self.train_bytes), (&mut part.train_documents, &mut part.train_bytes)]
            }
            Split::Validation => [
                (&mut self.validation_documents, &mut self.validation_bytes),
                (&mut part.validation_documents, &mut part.validation_bytes),
            ],
        };
        for (documents_of, bytes_of) in counts {
            *documents_of += 1;
            *bytes_of += bytes;
        }
    }
}

/// Reads a source once and counts. `watch` is told the bytes counted after each document; when it answers `false`, the
/// counts so far are returned.
///
/// # Errors
/// When the source cannot be read, or one side of the split has no documents.
pub fn statistics(
    source: &Source,
    rule: SplitRule,
    watch: &mut dyn FnMut(u64) -> bool,
) -> Result<Statistics, CorpusError> {
    let names = source.identity().parts.iter().map(|part| part.name.clone());
    let parts = names.map(|name| PartStatistics { name, ..PartStatistics::default() }).collect();
    let mut statistics = Statistics { parts, ..Statistics::default() };
    for next in SidedDocuments::new(source, rule)? {
        let (side, document) = next?;
        statistics.add(document.part, side, document.bytes.len() as u64);
        if !watch(statistics.bytes) {
            break;
        }
    }
    Ok(statistics)
}
