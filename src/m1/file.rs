//! A frozen M1 on disk (`.m1`): its weights, its context and where they come from, as an [`Archive`] of kind `m1`.

use crate::model::archive::{Archive, ArchiveError, Kind};
use crate::model::{Shape, Weights, WeightsError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

const KIND: Kind = Kind { name: "m1", version: 1 };

/// A frozen M1.
#[derive(Debug, Clone, PartialEq)]
pub struct M1File {
    pub weights: Weights,
    /// Symbols after which the model starts afresh: the context it was trained with.
    pub context: usize,
    /// Where the weights come from: corpus, seed, steps, loss and whatever else tells.
    pub provenance: BTreeMap<String, String>,
}

/// Why a frozen M1 could not be saved or loaded.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(
        "{what} holds no weights that make up an M1: {problem}. Use another copy, or train M1 again with `mullion train-m1`"
    )]
    Weights { what: String, problem: WeightsError },
}

/// The header: everything but the numbers.
#[derive(Serialize, Deserialize)]
struct Header {
    shape: Shape,
    context: usize,
    provenance: BTreeMap<String, String>,
}

/// Writes `file` to `path`, replacing what is there only when the new file is whole and on the disk.
///
/// # Errors
/// If the weights are not those of a decoder, or the file cannot be written, as on a full disk. What was at `path` is
/// then still there.
pub fn save(path: &Path, file: &M1File) -> Result<(), FileError> {
    let what = || format!("what was to be written to {}", path.display());
    file.weights.check().map_err(|problem| FileError::Weights { what: what(), problem })?;
    Ok(file.archive().save(KIND, path)?)
}

/// Reads a frozen M1.
///
/// # Errors
/// If the file cannot be read, or is not a whole and undamaged frozen M1 of a version that this program knows.
pub fn load(path: &Path) -> Result<M1File, FileError> {
    opened(Archive::load(KIND, path)?, &path.display().to_string())
}

/// Reads a frozen M1 from the bytes of its file; `what` names it in messages.
///
/// # Errors
/// As for [`load`].
pub fn from_bytes(bytes: &[u8], what: &str) -> Result<M1File, FileError> {
    opened(Archive::from_bytes(KIND, bytes, what)?, what)
}

fn opened(archive: Archive<Header>, what: &str) -> Result<M1File, FileError> {
    let Archive { header: Header { shape, context, provenance }, arrays } = archive;
    let weights = Weights { shape, parameters: arrays };
    weights.check().map_err(|problem| FileError::Weights { what: what.to_owned(), problem })?;
    Ok(M1File { weights, context, provenance })
}

impl M1File {
    fn archive(&self) -> Archive<Header> {
        let header = Header { shape: self.weights.shape, context: self.context, provenance: self.provenance.clone() };
        Archive { header, arrays: self.weights.parameters.clone() }
    }

    /// `m1-` and a hash of everything that the distributions depend on: weights and context, not provenance.
    pub fn identity(&self) -> String {
        let Shape { embed, heads, layers, head_dim, mlp, vocabulary } = self.weights.shape;
        let mut hash = Sha256::new();
        for number in [embed, heads, layers, head_dim, mlp, vocabulary, self.context] {
            hash.update((number as u64).to_le_bytes());
        }
        for (name, parameter) in &self.weights.parameters {
            hash.update(name);
            parameter.data.iter().for_each(|value| hash.update(value.to_le_bytes()));
        }
        format!("m1-{}", short_hex(&hash.finalize()))
    }
}

/// The first 12 hexadecimal digits of a hash: what names are made of.
pub(super) fn short_hex(hash: &[u8]) -> String {
    hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
