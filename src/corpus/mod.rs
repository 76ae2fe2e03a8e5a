//! Where bytes come from: sources, formats, documents, splits, and examples (paper 3.1).
//!
//! Data flows one way, and streams: a [`Source`] names files (or the text inside the program), [`documents`] reads
//! them one document at a time, [`SplitRule`] sends each document to training or to validation, [`Packing`] joins
//! documents and cuts them into examples, and [`ShuffledExamples`] mixes the examples, epoch after epoch.
//!
//! Everything is a function of the content, the seed and the fraction: the same source gives the same split, the same
//! examples and the same order on every machine and in every run, and a count finds its place again. Memory is
//! bounded by one document ([`MAX_DOCUMENT`]), one JSON line ([`MAX_LINE`]) and the shuffle's pool ([`POOL_BYTES`]),
//! never by the corpus.

mod document;
mod error;
mod input;
mod json;
mod packing;
pub mod random;
mod sample;
mod shuffle;
mod source;
mod split;
mod statistics;
#[cfg(test)]
mod tests;
mod text;

pub use document::{Document, Documents, MAX_DOCUMENT, documents};
pub use error::CorpusError;
pub use json::MAX_LINE;
pub use packing::{DOCUMENTS_PER_SEQUENCE, Packing, Tail, pack_documents};
pub use sample::validation_sample;
pub use shuffle::{POOL_BYTES, ShuffledExamples};
pub use source::{Identity, PartIdentity, Source};
pub use split::{Split, SplitDocuments, SplitRule, split_documents};
pub use statistics::{PartStatistics, Statistics, statistics};
pub use text::MIN_DOCUMENT;
