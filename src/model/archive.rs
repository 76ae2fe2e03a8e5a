//! The one file format for weights: safetensors with a checked header.
//!
//! Checkpoints and frozen M1s are both archives: arrays by name, of floats or of integers, and a header that says what they are. The header
//! lives in safetensors' metadata, so any tool that reads safetensors reads the arrays:
//!
//! | key | value |
//! |---|---|
//! | `mullion` | JSON: `kind` (`checkpoint`, `m1`), `version` of the header's layout, `header` (the kind's own JSON, as text), and `sha256`, a hex digest over kind, version, header and every array's name, dimensions and bytes, in order of name |

use super::Parameter;
use crate::durable::{self, WriteError};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// Arrays by name, with a header.
#[derive(Debug, Clone, PartialEq)]
pub struct Archive<H, A = Parameter> {
    pub header: H,
    pub arrays: BTreeMap<String, A>,
}

/// What an archive can hold by name.
pub trait Array: Sized {
    fn dims(&self) -> &[usize];
    fn dtype(&self) -> Dtype;
    fn little_endian(&self) -> Vec<u8>;
    /// None if arrays of this kind do not hold numbers of this type.
    fn read(dtype: Dtype, dims: Vec<usize>, bytes: &[u8]) -> Option<Self>;
}

impl Array for Parameter {
    fn dims(&self) -> &[usize] {
        &self.dims
    }

    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn little_endian(&self) -> Vec<u8> {
        self.data.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    fn read(dtype: Dtype, dims: Vec<usize>, bytes: &[u8]) -> Option<Self> {
        let data = bytes.as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
        (dtype == Dtype::F32).then_some(Self { dims, data })
    }
}

/// What an archive is: the word in its `mullion` key and the header versions that this program reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    pub name: &'static str,
    /// The version that is written.
    pub version: u32,
    /// The oldest that is read, and how to get a newer one from an older.
    pub oldest: (u32, &'static str),
}

/// The value of the one metadata key. (One, because safetensors writes several in no fixed order.)
#[derive(Serialize, Deserialize)]
struct Label {
    kind: String,
    version: u32,
    header: String,
    sha256: String,
}

/// An archive that cannot be read. `what` in each message is the file's path.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("could not read {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{what} is not a Mullion {wanted}: {reason}")]
    Foreign { what: String, wanted: &'static str, reason: String },
    #[error(
        "{what} was written by a newer Mullion ({wanted} version {found}, this program reads up to {newest}): update Mullion to open it"
    )]
    Newer { what: String, wanted: &'static str, found: u32, newest: u32 },
    #[error("{what} is a {wanted} of version {found}, and this program reads from version {oldest} on: {remedy}")]
    Older { what: String, wanted: &'static str, found: u32, oldest: u32, remedy: &'static str },
    #[error("{what} is damaged: {reason}. Use another copy, or make it anew")]
    Damaged { what: String, reason: String },
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl<H: Serialize + DeserializeOwned, A: Array> Archive<H, A> {
    /// The archive as bytes; the same content gives the same bytes.
    pub fn to_bytes(&self, kind: Kind) -> Result<Vec<u8>, ArchiveError> {
        let damaged = |reason: String| ArchiveError::Damaged { what: format!("the new {}", kind.name), reason };
        let header = serde_json::to_string(&self.header).map_err(|e| damaged(e.to_string()))?;
        let sha256 = digest(kind.name, kind.version, &header, &self.arrays);
        let label = Label { kind: kind.name.to_owned(), version: kind.version, header, sha256 };
        let label = serde_json::to_string(&label).map_err(|e| damaged(e.to_string()))?;
        let metadata = HashMap::from([("mullion".to_owned(), label)]);
        let bytes: BTreeMap<&String, Vec<u8>> =
            self.arrays.iter().map(|(name, array)| (name, array.little_endian())).collect();
        let views = self
            .arrays
            .iter()
            .map(|(name, array)| Ok((name, TensorView::new(array.dtype(), array.dims().to_vec(), &bytes[name])?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|e| damaged(e.to_string()))?;
        safetensors::serialize(views, Some(metadata)).map_err(|e| damaged(e.to_string()))
    }

    /// Replaces the file at `path`, only once the new one is whole.
    pub fn save(&self, kind: Kind, path: &Path) -> Result<(), ArchiveError> {
        let bytes = self.to_bytes(kind)?;
        Ok(durable::replace(path, |file| file.write_all(&bytes))?)
    }

    pub fn load(kind: Kind, path: &Path) -> Result<Self, ArchiveError> {
        let failed = |source| ArchiveError::Read { path: path.to_owned(), source };
        // A device or a pipe may never end.
        if !std::fs::metadata(path).map_err(failed)?.is_file() {
            return Err(failed(std::io::Error::other("it is no plain file")));
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        Self::from_bytes(kind, &bytes, &path.display().to_string())
    }

    /// Reads an archive and checks kind, version and digest. `what` names it in messages.
    pub fn from_bytes(kind: Kind, bytes: &[u8], what: &str) -> Result<Self, ArchiveError> {
        let foreign = |reason: &str| ArchiveError::Foreign {
            what: what.to_owned(),
            wanted: kind.name,
            reason: reason.to_owned(),
        };
        let damaged = |reason: &str| ArchiveError::Damaged { what: what.to_owned(), reason: reason.to_owned() };
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| {
            // A cut file still has its metadata's start; anything else was never one of ours.
            let ours = bytes.windows(9).take(1 << 16).any(|window| window == b"\"mullion\"");
            if ours {
                damaged(&format!("its contents are cut off or overwritten ({error})"))
            } else {
                foreign("it is no safetensors file")
            }
        })?;
        let label = metadata.metadata().as_ref().and_then(|keys| keys.get("mullion"));
        let label = label.ok_or_else(|| foreign("its header does not name Mullion"))?;
        let Label { kind: found, version, header, sha256 } =
            serde_json::from_str(label).map_err(|e| damaged(&format!("its header cannot be read ({e})")))?;
        if found != kind.name {
            return Err(foreign(&format!("it is a Mullion {found}")));
        }
        if version > kind.version {
            return Err(ArchiveError::Newer {
                what: what.to_owned(),
                wanted: kind.name,
                found: version,
                newest: kind.version,
            });
        }
        let (oldest, remedy) = kind.oldest;
        if version < oldest {
            return Err(ArchiveError::Older {
                what: what.to_owned(),
                wanted: kind.name,
                found: version,
                oldest,
                remedy,
            });
        }
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| damaged(&e.to_string()))?;
        let mut arrays = BTreeMap::new();
        for (name, view) in tensors.iter() {
            let array = A::read(view.dtype(), view.shape().to_vec(), view.data());
            let wrong = || damaged(&format!("the array `{name}` holds numbers of another type ({:?})", view.dtype()));
            arrays.insert(name.to_owned(), array.ok_or_else(wrong)?);
        }
        if sha256 != digest(kind.name, version, &header, &arrays) {
            return Err(damaged("its contents do not match its checksum"));
        }
        let header = serde_json::from_str(&header).map_err(|e| damaged(&format!("its header cannot be read ({e})")))?;
        Ok(Self { header, arrays })
    }
}

fn digest<A: Array>(kind: &str, version: u32, header: &str, arrays: &BTreeMap<String, A>) -> String {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    part(kind.as_bytes());
    part(&version.to_le_bytes());
    part(header.as_bytes());
    for (name, array) in arrays {
        part(name.as_bytes());
        part(&array.dims().iter().flat_map(|d| (*d as u64).to_le_bytes()).collect::<Vec<_>>());
        part(&array.little_endian());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KIND: Kind = Kind { name: "checkpoint", version: 3, oldest: (3, "train again") };

    fn sample() -> Archive<Vec<u64>> {
        let array = |dims: &[usize], start: f32| Parameter {
            dims: dims.to_vec(),
            data: (0..dims.iter().product()).map(|i| start + i as f32).collect(),
        };
        Archive {
            header: vec![1, u64::MAX],
            arrays: BTreeMap::from([("a".to_owned(), array(&[2, 3], 0.5)), ("b".to_owned(), array(&[4], -1.0))]),
        }
    }

    #[test]
    fn comes_back_equal_and_bytes_are_reproducible() {
        let bytes = sample().to_bytes(KIND).unwrap();
        assert_eq!(Archive::from_bytes(KIND, &bytes, "x").unwrap(), sample());
        assert!(sample().to_bytes(KIND).unwrap() == bytes);
    }

    #[test]
    fn foreign_newer_and_other_kinds_are_told_apart() {
        let bytes = sample().to_bytes(KIND).unwrap();
        let read = |kind, bytes: &[u8]| Archive::<Vec<u64>>::from_bytes(kind, bytes, "x").unwrap_err();
        let kind = |name, version| Kind { name, version, oldest: (version, "train again") };
        assert!(matches!(read(kind("checkpoint", 2), &bytes), ArchiveError::Newer { found: 3, .. }));
        assert!(matches!(read(kind("checkpoint", 4), &bytes), ArchiveError::Older { found: 3, oldest: 4, .. }));
        assert!(matches!(read(kind("m1", 3), &bytes), ArchiveError::Foreign { .. }));
        assert!(matches!(read(KIND, b"hello, I am a text file"), ArchiveError::Foreign { .. }));
        assert!(matches!(read(KIND, b""), ArchiveError::Foreign { .. }));
        assert!(matches!(read(KIND, &bytes[..bytes.len() - 5]), ArchiveError::Damaged { .. }));
    }

    proptest! {
        #[test]
        fn no_change_of_any_byte_is_accepted(at in any::<prop::sample::Index>(), flip in 1u8..) {
            let mut bytes = sample().to_bytes(KIND).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            // Only white space inside the JSON header may differ without changing what is said.
            if let Ok(read) = Archive::<Vec<u64>>::from_bytes(KIND, &bytes, "x") {
                prop_assert_eq!(read, sample());
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(Archive::<Vec<u64>>::from_bytes(KIND, &bytes, "x").is_err());
        }
    }
}
