//! What can go wrong between a name on the command line and a stream of examples.

use std::{io, path::PathBuf};

use thiserror::Error;

/// A failure to read a corpus. Every message says what happened, where, and what to do next.
#[derive(Debug, Error)]
pub enum CorpusError {
    #[error("no corpus is named: write `default` for the text inside the program, or the path of a file or a folder")]
    Unnamed,

    #[error("there is no file or folder `{path}`: check the path, or write `default` for the text inside the program")]
    Missing { path: String },

    #[error("cannot read `{name}`: {source}; check that the file is still there and that you may read it")]
    Unreadable { name: String, source: io::Error },

    #[error("the folder `{path}` holds no text: files ending in {accepted} are read, alone or with .gz or .zst behind")]
    NothingInFolder { path: PathBuf, accepted: String },

    #[error("`{name}` holds no documents: it is empty, or holds only blank space; give a corpus with text in it")]
    Empty { name: String },

    #[error("`{name}` is not text: {evidence}; {advice}")]
    Binary { name: String, evidence: String, advice: String },

    #[error(
        "the {compression} data in `{name}` is broken: {source}; copy or download the file again, or compress it anew \
         (zstd: with a window of at most 128 MiB, `--long=27`)"
    )]
    BrokenCompression { name: String, compression: &'static str, source: io::Error },

    #[error(
        "`{name}`, line {line}, is not a JSON object: {reason}; every line must hold one whole object, such as \
         {{\"text\": \"…\"}}"
    )]
    BrokenJson { name: String, line: u64, reason: String },

    #[error(
        "`{name}`, line {line}, has no text: {reason}; every line must have a field `text` that holds the document as a \
         string"
    )]
    NoText { name: String, line: u64, reason: String },

    #[error("`{name}`, line {line}, is longer than {limit} bytes: cut the document into several lines")]
    LineTooLong { name: String, line: u64, limit: usize },

    #[error("{fraction} is no share of a corpus: the validation split's fraction must lie between 0 and 1")]
    Fraction { fraction: f64 },

    #[error("all {documents} documents of `{name}` fall into the {full} split and none into {empty}: {advice}")]
    EmptySplit { name: String, documents: u64, full: &'static str, empty: &'static str, advice: String },

    #[error("an example must be at least one symbol long")]
    NoExampleLength,

    #[error(
        "the {split} split of `{name}` is too small for one example of {length} symbols: it has {available}; give more \
         text, or choose shorter ones (`context` of M1, `example_bytes` of a run)"
    )]
    TooSmall { name: String, split: &'static str, length: usize, available: u64 },
}
