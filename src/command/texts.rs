//! The texts that a command is given: corpora, as an experiment reads them.

use super::CommandError;
use crate::coding::Symbol;
use crate::corpus::{self, Packing, Source, Tail, documents};
use crate::experiment::codable;
use crate::tokenizer::Method;
use std::path::PathBuf;

/// Documents of files and folders, in the formats that corpora have.
pub struct Texts {
    pub source: Source,
    /// Documents.
    pub documents: u64,
    /// Their raw bytes: what every bits/byte is over.
    pub bytes: u64,
}

impl Texts {
    /// Goes through the files once.
    pub fn open(files: &[PathBuf]) -> Result<Self, CommandError> {
        let source = Source::from_paths(files)?;
        if let Some(first) = source.left_out().first() {
            let (count, first) = (source.left_out().len(), first.display());
            eprintln!(
                "warning: {count} files of the folders were left out, as their names do not end like text: {first} …"
            );
        }
        let (mut count, mut bytes) = (0, 0);
        for document in documents(&source)? {
            count += 1;
            bytes += document?.bytes.len() as u64;
        }
        Ok(Self { source, documents: count, bytes })
    }

    /// Examples of so many symbols, as experiments cut them: each document is followed by its end, and 128 are joined. What
    /// the method has no code for, the ends under some, is left out.
    pub fn examples(
        &self,
        symbols: usize,
        method: &Method,
    ) -> Result<impl Iterator<Item = Result<Vec<Symbol>, CommandError>>, CommandError> {
        let method = method.clone();
        let packing = Packing::new(documents(&self.source)?, symbols, Tail::Keep)?;
        Ok(packing.map(move |example| Ok(codable(&method, example?))))
    }

    /// Each document by itself.
    pub fn documents(&self) -> Result<impl Iterator<Item = Result<Vec<u8>, corpus::CorpusError>>, CommandError> {
        Ok(documents(&self.source)?.map(|document| Ok(document?.bytes)))
    }
}
