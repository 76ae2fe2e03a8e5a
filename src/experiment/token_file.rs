//! M2's training rows on disk, and a sidecar that says how they were made.
//!
//! A row is `1 + context` little-endian numbers, u16 or, for vocabularies above 65,536, u32: the row's phase (how many bits
//! into a window its first token begins; 0 where there are no windows), then its tokens. Memory does not grow with the corpus, a resumed run finds its data as it left
//! it, and any program can read the file.

use crate::corpus::random::Generator;
use crate::durable::{self, WriteError};
use crate::train::Batch;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A killed tokenisation loses at most about this much work.
const SYNC_EVERY: Duration = Duration::from_secs(4);

/// What the sidecar says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenFileInfo {
    /// How the tokens were made: method, M1, corpus, coding-example size, seed.
    pub identity: String,
    /// Tokens in a row.
    pub context: usize,
    /// Bytes of a number: 2 or 4.
    #[serde(default = "narrow")]
    pub number_bytes: usize,
    pub rows: u64,
    /// Coding examples drawn from the training split, and the tokens and raw bytes of all of them: the rows are cut from
    /// these (see [`super::m2`]).
    pub drawn: u64,
    pub tokens: u64,
    pub bytes: u64,
}

/// One training row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Bits into its window at which the first token begins.
    pub phase: usize,
    pub tokens: Vec<u32>,
}

fn narrow() -> usize {
    2
}

/// Bytes of a number that names any token of a vocabulary.
pub fn number_bytes(vocabulary: usize) -> usize {
    if vocabulary <= 1 << 16 { 2 } else { 4 }
}

impl TokenFileInfo {
    fn row_bytes(&self) -> u64 {
        (self.number_bytes * (1 + self.context)) as u64
    }
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

/// Rows being written; the file gets its name once it is whole, and what is there is kept when the writer is killed.
pub struct TokenFileWriter {
    path: PathBuf,
    partial: PathBuf,
    file: BufWriter<File>,
    pub info: TokenFileInfo,
    synced: Instant,
}

impl TokenFileWriter {
    /// Begins a file at `path`, or goes on with one that was begun with the same identity and left unfinished.
    pub fn open(path: &Path, identity: &str, context: usize, number_bytes: usize) -> Result<Self, TokenFileError> {
        let partial = path.with_extension("partial");
        let written = |source| WriteError { path: partial.clone(), source };
        let begun = read_info(&progress(path)).filter(|info| {
            (info.identity.as_str(), info.context, info.number_bytes) == (identity, context, number_bytes)
        });
        let info = begun
            .filter(|info| std::fs::metadata(&partial).is_ok_and(|file| file.len() >= info.rows * info.row_bytes()));
        let identity = identity.to_owned();
        let fresh = TokenFileInfo { identity, context, number_bytes, rows: 0, drawn: 0, tokens: 0, bytes: 0 };
        if info.is_none() {
            // What it says of other rows must not be taken for what it says of those that come now.
            match std::fs::remove_file(progress(path)) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(written(source).into()),
                _ => {}
            }
        }
        let info = info.unwrap_or(fresh);
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(&partial).map_err(written)?;
        // Rows beyond the last record of progress are made again.
        let length = info.rows * info.row_bytes();
        file.set_len(length).and_then(|()| file.seek(SeekFrom::Start(length))).map_err(written)?;
        Ok(Self { path: path.to_owned(), partial, file: BufWriter::new(file), info, synced: Instant::now() })
    }

    /// Appends one row of `context` tokens.
    pub fn push(&mut self, phase: usize, tokens: &[u32]) -> Result<(), TokenFileError> {
        debug_assert_eq!(tokens.len(), self.info.context);
        let values = std::iter::once(phase as u32).chain(tokens.iter().copied());
        let bytes: Vec<u8> =
            values.flat_map(|value| value.to_le_bytes().into_iter().take(self.info.number_bytes)).collect();
        self.file.write_all(&bytes).map_err(|source| WriteError { path: self.partial.clone(), source })?;
        self.info.rows += 1;
        Ok(())
    }

    /// Makes everything so far durable, if the last time was some seconds ago. Call it between coding examples, when
    /// [`Self::info`] accounts for all of them.
    pub fn sync_if_due(&mut self) -> Result<(), TokenFileError> {
        if self.synced.elapsed() < SYNC_EVERY { Ok(()) } else { self.sync() }
    }

    pub fn sync(&mut self) -> Result<(), TokenFileError> {
        let written = |source| WriteError { path: self.partial.clone(), source };
        self.file.flush().map_err(written)?;
        self.file.get_ref().sync_all().map_err(written)?;
        write_info(&progress(&self.path), &self.info)?;
        self.synced = Instant::now();
        Ok(())
    }

    /// Gives the file its name and writes the sidecar last: a file with a sidecar is whole.
    pub fn finish(mut self) -> Result<TokenFile, TokenFileError> {
        if self.info.rows == 0 {
            return Err(TokenFileError::Empty { context: self.info.context });
        }
        self.sync()?;
        std::fs::rename(&self.partial, &self.path)
            .map_err(|source| WriteError { path: self.partial.clone(), source })?;
        write_info(&sidecar(&self.path), &self.info)?;
        // It has served; if it stays, the sidecar takes precedence.
        let _ = std::fs::remove_file(progress(&self.path));
        TokenFile::open_with(&self.path, self.info)
    }
}

fn sidecar(path: &Path) -> PathBuf {
    path.with_extension("json")
}

fn progress(path: &Path) -> PathBuf {
    path.with_extension("progress.json")
}

fn read_info(path: &Path) -> Option<TokenFileInfo> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

fn write_info(path: &Path, info: &TokenFileInfo) -> Result<(), TokenFileError> {
    let failed = |source: serde_json::Error| WriteError { path: path.to_owned(), source: source.into() };
    let json = serde_json::to_vec_pretty(info).map_err(failed)?;
    Ok(durable::replace(path, |file| file.write_all(&json))?)
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
        let info = read_info(&sidecar(path))?;
        let length = std::fs::metadata(path).ok()?.len();
        let whole = info.identity == identity && length == info.rows * info.row_bytes();
        if whole { Self::open_with(path, info).ok() } else { None }
    }

    fn open_with(path: &Path, info: TokenFileInfo) -> Result<Self, TokenFileError> {
        let file = File::open(path).map_err(|source| TokenFileError::Io { path: path.to_owned(), source })?;
        Ok(Self { info, path: path.to_owned(), file })
    }

    fn row(&mut self, index: u64) -> Result<Row, TokenFileError> {
        let at = SeekFrom::Start(index * self.info.row_bytes());
        let read = self.file.seek(at).and_then(|_| read_row(&mut self.file, &self.info));
        read.map_err(|source| TokenFileError::Io { path: self.path.clone(), source })
    }

    /// Every row in the order of the file.
    pub fn for_each_row(&self, mut each: impl FnMut(Row)) -> Result<(), TokenFileError> {
        let failed = |source| TokenFileError::Io { path: self.path.clone(), source };
        let mut file = BufReader::new(File::open(&self.path).map_err(failed)?);
        for _ in 0..self.info.rows {
            each(read_row(&mut file, &self.info).map_err(failed)?);
        }
        Ok(())
    }
}

fn read_row(file: &mut impl Read, info: &TokenFileInfo) -> io::Result<Row> {
    let mut bytes = vec![0u8; info.row_bytes() as usize];
    file.read_exact(&mut bytes)?;
    let value = |bytes: &[u8]| bytes.iter().rev().fold(0u32, |value, byte| value << 8 | u32::from(*byte));
    let mut values = bytes.chunks_exact(info.number_bytes).map(value);
    let phase = values.next().unwrap_or(0) as usize;
    Ok(Row { phase, tokens: values.collect() })
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
            let rows = self.file.info.rows;
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
            ids.extend(self.file.row(u64::from(row))?.tokens);
            self.drawn += 1;
        }
        Ok(Batch { batch, length: self.file.info.context, ids })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &Path) -> TokenFile {
        let mut writer = TokenFileWriter::open(path, "made by a test", 3, 2).unwrap();
        for row in 0..5u32 {
            writer.push(8, &[row, 65_535, 7]).unwrap();
        }
        writer.finish().unwrap()
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

    /// Three rows synced, a fourth not, and then killed.
    fn unfinished(path: &Path) {
        let mut writer = TokenFileWriter::open(path, "made by a test", 3, 2).unwrap();
        for row in 0..3u32 {
            writer.push(8, &[row, 65_535, 7]).unwrap();
        }
        writer.info.drawn = 2;
        writer.sync().unwrap();
        writer.push(8, &[99, 99, 99]).unwrap();
    }

    #[test]
    fn an_unfinished_file_goes_on_from_its_last_sync() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train.u16");
        unfinished(&path);
        assert!(TokenFile::find(&path, "made by a test").is_none());
        let mut writer = TokenFileWriter::open(&path, "made by a test", 3, 2).unwrap();
        assert_eq!((writer.info.rows, writer.info.drawn), (3, 2));
        for row in 3..5u32 {
            writer.push(8, &[row, 65_535, 7]).unwrap();
        }
        let mut rows = Vec::new();
        writer.finish().unwrap().for_each_row(|row| rows.push(row)).unwrap();
        let expected: Vec<Row> = (0..5).map(|row| Row { phase: 8, tokens: vec![row, 65_535, 7] }).collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn rows_of_another_making_are_never_taken_for_ones_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train.u16");
        unfinished(&path);
        // Another making writes more rows, and is killed before it could sync.
        let mut writer = TokenFileWriter::open(&path, "made otherwise", 3, 2).unwrap();
        for _ in 0..10_000 {
            writer.push(0, &[5, 5, 5]).unwrap();
        }
        drop(writer);
        assert_eq!(TokenFileWriter::open(&path, "made by a test", 3, 2).unwrap().info.rows, 0);
    }

    #[test]
    fn an_unfinished_file_of_another_making_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train.u16");
        unfinished(&path);
        assert_eq!(TokenFileWriter::open(&path, "made otherwise", 3, 2).unwrap().info.rows, 0);
        assert_eq!(TokenFileWriter::open(&path, "made by a test", 3, 2).unwrap().info.rows, 0);
    }

    #[test]
    fn large_vocabularies_have_wide_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train.u32");
        assert_eq!((number_bytes(65_536), number_bytes(65_537)), (2, 4));
        let mut writer = TokenFileWriter::open(&path, "", 2, 4).unwrap();
        writer.push(3, &[199_999, 65_536]).unwrap();
        let mut rows = Vec::new();
        writer.finish().unwrap().for_each_row(|row| rows.push(row)).unwrap();
        assert_eq!(rows, [Row { phase: 3, tokens: vec![199_999, 65_536] }]);
        // Two bytes a number would read other tokens: another making.
        assert_eq!(TokenFileWriter::open(&path, "", 2, 2).unwrap().info.rows, 0);
    }

    #[test]
    fn a_cut_or_foreign_file_is_not_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train.u16");
        file(&path);
        assert!(TokenFile::find(&path, "made otherwise").is_none());
        std::fs::write(&path, [0; 39]).unwrap();
        assert!(TokenFile::find(&path, "made by a test").is_none());
    }

    #[test]
    fn no_rows_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let writer = TokenFileWriter::open(&folder.path().join("train.u16"), "", 8, 2).unwrap();
        assert!(matches!(writer.finish(), Err(TokenFileError::Empty { context: 8 })));
    }
}
