//! How well an M2 predicts each token: a small file beside the checkpoint of a finished run, which the atlas is coloured by.
//!
//! An [`Archive`] of kind `token accuracy`: arrays `token`, `seen` and `right` of whole numbers, an entry for every token of the
//! held-out text in order of token, under a header that says whose they are.

use super::event::RunInfo;
use super::materials::run_folder;
use super::store::{Store, StoreError};
use crate::model::archive::{Archive, ArchiveError, Array, Kind};
use safetensors::Dtype;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file's name in a run's folder.
pub const TOKEN_ACCURACY_FILE: &str = "token-accuracy.safetensors";

/// Larger vocabularies are not kept: the atlas shows none.
pub const LARGEST_VOCABULARY: usize = 1 << 16;

const KIND: Kind = Kind { name: "token accuracy", version: 1, oldest: (1, "train the run anew") };

/// Held-out tokens that were to be predicted, and that were, by token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenAccuracy {
    pub about: About,
    /// (times seen, times predicted right), by token; right is never above seen.
    tallies: BTreeMap<u32, (u32, u32)>,
}

/// Whose predictions they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// How M2 was trained, as its checkpoint has it.
    pub identity: String,
    /// The tokenizer, in the paper's notation.
    pub method: String,
    /// The identity of the M1 that codes.
    pub m1: String,
    pub vocabulary: usize,
    /// Steps that M2 had taken.
    pub step: u64,
}

/// Why there is no accuracy to be had.
#[derive(Debug, thiserror::Error)]
pub enum TokenAccuracyError {
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error("{what} is no list of tokens and how often each was predicted: {problem}. Train the run anew")]
    Malformed { what: String, problem: &'static str },
}

/// Whole numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Numbers {
    dims: Vec<usize>,
    values: Vec<u32>,
}

impl Numbers {
    fn new(values: Vec<u32>) -> Self {
        Self { dims: vec![values.len()], values }
    }
}

impl Array for Numbers {
    fn dims(&self) -> &[usize] {
        &self.dims
    }

    fn dtype(&self) -> Dtype {
        Dtype::U32
    }

    fn little_endian(&self) -> Vec<u8> {
        self.values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    fn read(dtype: Dtype, dims: Vec<usize>, bytes: &[u8]) -> Option<Self> {
        let values = bytes.as_chunks::<4>().0.iter().map(|&b| u32::from_le_bytes(b)).collect();
        (dtype == Dtype::U32 && dims.len() == 1).then_some(Self { dims, values })
    }
}

impl TokenAccuracy {
    /// Nothing predicted yet.
    pub fn new(about: About) -> Self {
        Self { about, tallies: BTreeMap::new() }
    }

    /// Counts a held-out `token` that was predicted, or was not.
    pub fn add(&mut self, token: u32, right: bool) {
        let (seen, hits) = self.tallies.entry(token).or_default();
        *seen = seen.saturating_add(1);
        *hits = hits.saturating_add(u32::from(right));
    }

    /// How often a token was to be predicted, and how often it was.
    pub fn of(&self, token: u32) -> (u32, u32) {
        self.tallies.get(&token).copied().unwrap_or_default()
    }

    /// The share of a token's occurrences that were predicted right; none if it did not occur.
    pub fn share(&self, token: u32) -> Option<f64> {
        let (seen, right) = self.of(token);
        (seen > 0).then(|| f64::from(right) / f64::from(seen))
    }

    /// Held-out tokens, and those predicted right, all together.
    pub fn totals(&self) -> (u64, u64) {
        self.tallies
            .values()
            .fold((0, 0), |(all, hits), &(seen, right)| (all + u64::from(seen), hits + u64::from(right)))
    }

    /// Replaces the file at `path`, once the new one is whole.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), TokenAccuracyError> {
        Ok(self.archive().save(KIND, path)?)
    }

    fn archive(&self) -> Archive<About, Numbers> {
        let seen = self.tallies.values().map(|(seen, _)| *seen);
        let right = self.tallies.values().map(|(_, right)| *right);
        let arrays = [
            ("token", Numbers::new(self.tallies.keys().copied().collect())),
            ("seen", Numbers::new(seen.collect())),
            ("right", Numbers::new(right.collect())),
        ];
        let arrays = arrays.into_iter().map(|(name, numbers)| (name.to_owned(), numbers)).collect();
        Archive { header: self.about.clone(), arrays }
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// If it cannot be read, is something else, or damaged.
    pub fn load(path: &Path) -> Result<Self, TokenAccuracyError> {
        Self::from_archive(Archive::load(KIND, path)?, &path.display().to_string())
    }

    /// Reads the bytes of a file; `what` names it in messages.
    ///
    /// # Errors
    /// As for [`Self::load`].
    pub fn from_bytes(bytes: &[u8], what: &str) -> Result<Self, TokenAccuracyError> {
        Self::from_archive(Archive::from_bytes(KIND, bytes, what)?, what)
    }

    fn from_archive(archive: Archive<About, Numbers>, what: &str) -> Result<Self, TokenAccuracyError> {
        let Archive { header: about, mut arrays } = archive;
        let malformed = |problem| TokenAccuracyError::Malformed { what: what.to_owned(), problem };
        let mut take = |name: &str| arrays.remove(name).map(|numbers| numbers.values);
        let (Some(tokens), Some(seen), Some(right)) = (take("token"), take("seen"), take("right")) else {
            return Err(malformed("an array is missing"));
        };
        if tokens.len() != seen.len() || tokens.len() != right.len() {
            return Err(malformed("its arrays differ in length"));
        }
        if about.vocabulary > LARGEST_VOCABULARY {
            return Err(malformed("its vocabulary is larger than any that is kept"));
        }
        let rising = tokens.windows(2).all(|pair| pair[0] < pair[1]);
        if !rising || tokens.last().is_some_and(|&last| last as usize >= about.vocabulary) {
            return Err(malformed("its tokens are out of order or not in the vocabulary"));
        }
        let tallies: Vec<(u32, u32)> = seen.into_iter().zip(right).collect();
        if tallies.iter().any(|(seen, right)| right > seen) {
            return Err(malformed("a token was right more often than it was seen"));
        }
        Ok(Self { about, tallies: tokens.into_iter().zip(tallies).collect() })
    }
}

/// A run that has told how well it predicts each token.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredRun {
    /// Its experiment's name.
    pub experiment: String,
    pub run: RunInfo,
    /// Its file.
    pub path: PathBuf,
}

/// The runs of the store that left a file, newest first; with `method`, those with that tokenizer.
///
/// # Errors
/// If the store cannot be read.
pub fn scored_runs(store: &Store, method: Option<&str>) -> Result<Vec<ScoredRun>, StoreError> {
    let mut found = Vec::new();
    for experiment in store.experiments()? {
        for run in store.runs(experiment.id)? {
            if method.is_some() && run.method.as_deref() != method {
                continue;
            }
            let path = experiment.details.folder.join(run_folder(run.id)).join(TOKEN_ACCURACY_FILE);
            if path.is_file() {
                found.push(ScoredRun { experiment: experiment.details.name.clone(), run, path });
            }
        }
    }
    found.reverse();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn accuracy() -> TokenAccuracy {
        let about = About {
            identity: "M2 nano over a test".to_owned(),
            method: "EqualInfoAC[b=16, v=65k]".to_owned(),
            m1: "uniform".to_owned(),
            vocabulary: 65_536,
            step: 600,
        };
        let mut accuracy = TokenAccuracy::new(about);
        for (token, right) in [(5, true), (65_535, false), (5, false), (0, true), (5, true)] {
            accuracy.add(token, right);
        }
        accuracy
    }

    fn bytes() -> Vec<u8> {
        accuracy().archive().to_bytes(KIND).unwrap()
    }

    #[test]
    fn what_was_counted_comes_back() {
        let accuracy = accuracy();
        assert_eq!((accuracy.of(5), accuracy.of(6), accuracy.totals()), ((3, 2), (0, 0), (5, 3)));
        assert_eq!((accuracy.share(65_535), accuracy.share(1)), (Some(0.0), None));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(TOKEN_ACCURACY_FILE);
        accuracy.save(&path).unwrap();
        assert_eq!(TokenAccuracy::load(&path).unwrap(), accuracy);
        assert!(TokenAccuracy::load(&folder.path().join("none")).is_err());
    }

    #[test]
    fn numbers_that_contradict_each_other_are_refused() {
        let refused = |change: &dyn Fn(&mut Archive<About, Numbers>)| {
            let mut archive = accuracy().archive();
            change(&mut archive);
            let bytes = archive.to_bytes(KIND).unwrap();
            assert!(matches!(TokenAccuracy::from_bytes(&bytes, "x"), Err(TokenAccuracyError::Malformed { .. })));
        };
        let numbers = |values: &[u32]| Numbers::new(values.to_vec());
        refused(&|archive| _ = archive.arrays.remove("seen"));
        refused(&|archive| _ = archive.arrays.insert("seen".to_owned(), numbers(&[1, 2])));
        refused(&|archive| _ = archive.arrays.insert("token".to_owned(), numbers(&[1, 1, 2])));
        refused(&|archive| _ = archive.arrays.insert("token".to_owned(), numbers(&[1, 2, 65_536])));
        refused(&|archive| _ = archive.arrays.insert("right".to_owned(), numbers(&[0, 4, 0])));
        refused(&|archive| archive.header.vocabulary = usize::MAX);
    }

    proptest! {
        #[test]
        fn no_change_of_any_byte_is_accepted(at in any::<prop::sample::Index>(), flip in 1u8..) {
            let mut bytes = bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            // Only white space inside the JSON header may differ without changing what is said.
            if let Ok(read) = TokenAccuracy::from_bytes(&bytes, "x") {
                prop_assert_eq!(read, accuracy());
            }
        }

        #[test]
        fn arbitrary_bytes_and_cut_files_never_panic(noise in prop::collection::vec(any::<u8>(), 0..400), cut: prop::sample::Index) {
            prop_assert!(TokenAccuracy::from_bytes(&noise, "x").is_err());
            let bytes = bytes();
            prop_assert!(TokenAccuracy::from_bytes(&bytes[..cut.index(bytes.len())], "x").is_err());
        }
    }
}
