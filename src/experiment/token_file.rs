//! M2's training examples on disk: rows of `context` tokens as little-endian u16, and a sidecar that says how they were made.
//!
//! Memory does not grow with the corpus, a resumed run finds its data as it left it, and any program can read the file.

use crate::corpus::random::Generator;
use crate::durable::{self, WriteError};
use crate::train::Batch;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What the sidecar says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenFileInfo {
    /// How the tokens were made: method, M1, corpus, coding-example size, seed.
    pub identity: String,
    /// Tokens in a row.
    pub context: usize,
    /// Rows.
    pub examples: u64,
    /// Tokens and raw bytes of all coding examples, of which the rows are a part (see [`super::m2`]).
    pub tokens: u64,
    pub bytes: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum TokenFileError {
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("could not use the token file {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error(
        "the corpus gave no example of {context} tokens: use more text, a smaller context, or larger coding examples"
    )]
    Empty { context: usize },
}

/// Rows being written; the file gets its name once it is whole.
pub struct TokenFileWriter {
    path: PathBuf,
    partial: PathBuf,
    file: BufWriter<File>,
    context: usize,
    examples: u64,
}

impl TokenFileWriter {
    pub fn create(path: &Path, context: usize) -> Result<Self, TokenFileError> {
        let partial = path.with_extension("u16.partial");
        let file = File::create(&partial).map_err(|source| WriteError { path: partial.clone(), source })?;
        Ok(Self { path: path.to_owned(), partial, file: BufWriter::new(file), context, examples: 0 })
    }

    /// Appends one row of `context` tokens.
    pub fn push(&mut self, row: &[u32]) -> Result<(), TokenFileError> {
        debug_assert_eq!(row.len(), self.context);
        let bytes: Vec<u8> = row.iter().flat_map(|token| (*token as u16).to_le_bytes()).collect();
        self.file.write_all(&bytes).map_err(|source| WriteError { path: self.partial.clone(), source })?;
        self.examples += 1;
        Ok(())
    }

    pub fn examples(&self) -> u64 {
        self.examples
    }

    /// Syncs the rows, writes the sidecar last: a file with a sidecar is whole.
    pub fn finish(self, identity: String, tokens: u64, bytes: u64) -> Result<TokenFile, TokenFileError> {
        if self.examples == 0 {
            return Err(TokenFileError::Empty { context: self.context });
        }
        let written = |source| WriteError { path: self.partial.clone(), source };
        let file = self.file.into_inner().map_err(|e| written(e.into_error()))?;
        file.sync_all().map_err(written)?;
        std::fs::rename(&self.partial, &self.path).map_err(written)?;
        let info = TokenFileInfo { identity, context: self.context, examples: self.examples, tokens, bytes };
        let json = serde_json::to_vec_pretty(&info).map_err(|e| written(e.into()))?;
        durable::replace(&sidecar(&self.path), |file| file.write_all(&json))?;
        TokenFile::open_with(&self.path, info)
    }
}

fn sidecar(path: &Path) -> PathBuf {
    path.with_extension("json")
}

/// A whole token file.
#[derive(Debug)]
pub struct TokenFile {
    pub info: TokenFileInfo,
    path: PathBuf,
    file: File,
}

impl TokenFile {
    /// The file at `path`, if it is there, whole, and made as `identity` says.
    pub fn find(path: &Path, identity: &str) -> Option<Self> {
        let info: TokenFileInfo = serde_json::from_slice(&std::fs::read(sidecar(path)).ok()?).ok()?;
        let length = std::fs::metadata(path).ok()?.len();
        let whole = info.identity == identity && length == info.examples * info.context as u64 * 2;
        if whole { Self::open_with(path, info).ok() } else { None }
    }

    fn open_with(path: &Path, info: TokenFileInfo) -> Result<Self, TokenFileError> {
        let file = File::open(path).map_err(|source| TokenFileError::Io { path: path.to_owned(), source })?;
        Ok(Self { info, path: path.to_owned(), file })
    }

    fn read_row(&mut self, index: u64, ids: &mut Vec<u32>) -> Result<(), TokenFileError> {
        let mut bytes = vec![0u8; self.info.context * 2];
        let mut read = || {
            self.file.seek(SeekFrom::Start(index * bytes.len() as u64))?;
            self.file.read_exact(&mut bytes)
        };
        read().map_err(|source| TokenFileError::Io { path: self.path.clone(), source })?;
        ids.extend(bytes.chunks_exact(2).map(|b| u32::from(u16::from_le_bytes([b[0], b[1]]))));
        Ok(())
    }
}

/// Batches in a seeded order: every epoch visits each row once, shuffled anew. The order is a function of the seed and
/// the rows drawn so far, so a resumed run goes on exactly where it was.
pub struct ShuffledRows {
    file: TokenFile,
    seed: u64,
    drawn: u64,
    epoch: Option<u64>,
    order: Vec<u32>,
}

impl ShuffledRows {
    pub fn new(file: TokenFile, seed: u64, drawn: u64) -> Self {
        Self { file, seed, drawn, epoch: None, order: Vec::new() }
    }

    /// Rows drawn so far.
    pub fn drawn(&self) -> u64 {
        self.drawn
    }

    pub fn next_batch(&mut self, batch: usize) -> Result<Batch, TokenFileError> {
        let mut ids = Vec::with_capacity(batch * self.file.info.context);
        for _ in 0..batch {
            let rows = self.file.info.examples;
            let epoch = self.drawn / rows;
            if self.epoch != Some(epoch) {
                let mut generator = Generator::new(self.seed ^ epoch.wrapping_mul(0x9e37_79b9_7f4a_7c15));
                self.order = (0..rows as u32).collect();
                for i in (1..self.order.len()).rev() {
                    self.order.swap(i, generator.below(i as u64 + 1) as usize);
                }
                self.epoch = Some(epoch);
            }
            let row = self.order[(self.drawn % rows) as usize];
            self.file.read_row(u64::from(row), &mut ids)?;
            self.drawn += 1;
        }
        Ok(Batch { batch, length: self.file.info.context, ids })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &Path) -> TokenFile {
        let mut writer = TokenFileWriter::create(path, 3).unwrap();
        for row in 0..5u32 {
            writer.push(&[row, 65_535, 7]).unwrap();
        }
        writer.finish("made by a test".to_owned(), 15, 40).unwrap()
    }

    #[test]
    fn every_epoch_visits_every_row_once_and_resumes_anywhere() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train.u16");
        let mut rows = ShuffledRows::new(file(&path), 4, 0);
        let drawn: Vec<Vec<u32>> = (0..10).map(|_| rows.next_batch(1).unwrap().ids).collect();
        for epoch in drawn.chunks(5) {
            let mut firsts: Vec<u32> = epoch.iter().map(|row| row[0]).collect();
            firsts.sort();
            assert_eq!(firsts, [0, 1, 2, 3, 4]);
        }
        assert_ne!(drawn[..5], drawn[5..]);
        let mut resumed = ShuffledRows::new(TokenFile::find(&path, "made by a test").unwrap(), 4, 7);
        assert_eq!(resumed.next_batch(1).unwrap().ids, drawn[7]);
    }

    #[test]
    fn a_cut_or_foreign_file_is_not_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train.u16");
        file(&path);
        assert!(TokenFile::find(&path, "made otherwise").is_none());
        std::fs::write(&path, [0; 29]).unwrap();
        assert!(TokenFile::find(&path, "made by a test").is_none());
    }

    #[test]
    fn no_rows_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let writer = TokenFileWriter::create(&folder.path().join("train.u16"), 8).unwrap();
        assert!(matches!(writer.finish(String::new(), 0, 0), Err(TokenFileError::Empty { context: 8 })));
    }
}
