//! Files of trees that were computed from a model: checked in every byte before anything is believed.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `mulltree` |
//! | 8 | what kind of tree, in ASCII, filled up with zeros |
//! | 4 | version of the kind's layout |
//! | 8 | length of the whole file |
//! | 4 + … | the model's identity in UTF-8, after its length |
//! | … | the kind's own contents |
//! | 32 | SHA-256 of all that comes before |
//!
//! Numbers are little-endian. A tree can always be computed again from its model, so only the present version of a kind is
//! read.

use crate::durable::{self, WriteError};
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"mulltree";

/// Where the length of the file stands.
const LENGTH: std::ops::Range<usize> = 20..28;

/// Bytes of the digest.
const DIGEST: usize = 32;

/// A kind of tree: its name, of at most 8 letters, and the version of its layout that this program writes and reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub name: &'static str,
    pub version: u32,
}

/// A tree that could not be saved or loaded. `what` in each message is the file's path.
#[derive(Debug, thiserror::Error)]
pub enum TreeFileError {
    #[error("could not read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{what} is no Mullion tree of {wanted}: {reason}")]
    Foreign { what: String, wanted: &'static str, reason: String },
    #[error(
        "{what} was written by a newer Mullion (version {found}; this program reads {known}): update Mullion, or delete the file and it is made anew"
    )]
    Newer { what: String, found: u32, known: u32 },
    #[error(
        "{what} was written by an older Mullion (version {found}; this program reads {known}): delete the file and it is made anew"
    )]
    Older { what: String, found: u32, known: u32 },
    #[error("{what} is damaged: {reason}. Delete the file and it is made anew")]
    Damaged { what: String, reason: String },
    #[error(
        "{what} holds the tree of the model {holds}, not of {wanted}: trees serve only the model that they were made with"
    )]
    OtherModel { what: String, holds: String, wanted: String },
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Writes a file whose contents are `length` bytes long, which `write` writes.
pub(super) fn write(
    file: &mut dyn Write,
    kind: Kind,
    identity: &str,
    length: usize,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut name = [0; 8];
    name.iter_mut().zip(kind.name.bytes()).for_each(|(place, byte)| *place = byte);
    let length = LENGTH.end + 4 + identity.len() + length + DIGEST;
    let mut hashing = Hashing { file, hash: Sha256::new() };
    hashing.write_all(MAGIC)?;
    hashing.write_all(&name)?;
    hashing.write_all(&kind.version.to_le_bytes())?;
    hashing.write_all(&(length as u64).to_le_bytes())?;
    hashing.write_all(&(identity.len() as u32).to_le_bytes())?;
    hashing.write_all(identity.as_bytes())?;
    write(&mut hashing)?;
    let Hashing { file, hash } = hashing;
    file.write_all(&hash.finalize())
}

/// Hashes what it writes.
struct Hashing<'f> {
    file: &'f mut dyn Write,
    hash: Sha256,
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// [`write()`], in place of the file at `path`, only once the new one is whole.
pub(super) fn save(
    path: &Path,
    kind: Kind,
    identity: &str,
    length: usize,
    contents: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), TreeFileError> {
    Ok(durable::replace(path, |file| write(file, kind, identity, length, contents))?)
}

/// Reads a whole file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, TreeFileError> {
    let failed = |source| TreeFileError::Read { path: path.to_owned(), source };
    // A device or a pipe may never end.
    match std::fs::metadata(path).map_err(failed)?.is_file() {
        true => std::fs::read(path).map_err(failed),
        false => Err(failed(io::Error::other("it is no plain file"))),
    }
}

/// Checks a file's kind, version, length, digest and model, and returns what it holds. `what` names it in messages.
pub(super) fn contents<'b>(
    bytes: &'b [u8],
    kind: Kind,
    identity: &str,
    what: &str,
) -> Result<Contents<'b>, TreeFileError> {
    let what = || what.to_owned();
    let foreign = |reason: String| TreeFileError::Foreign { what: what(), wanted: kind.name, reason };
    let damaged = |reason: &str| TreeFileError::Damaged { what: what(), reason: reason.to_owned() };
    let mut header = Contents { rest: bytes };
    if header.take(MAGIC.len()) != Some(MAGIC) {
        return Err(foreign("it begins in another way".to_owned()));
    }
    let name = header.take(8).ok_or_else(|| damaged("it is cut short"))?;
    let name = String::from_utf8_lossy(name.trim_ascii_end());
    let name = name.trim_end_matches('\0');
    if name != kind.name {
        return Err(foreign(format!("it is one of {}", name.escape_default())));
    }
    let version = header.u32().ok_or_else(|| damaged("it is cut short"))?;
    match version.cmp(&kind.version) {
        std::cmp::Ordering::Less => {
            return Err(TreeFileError::Older { what: what(), found: version, known: kind.version });
        }
        std::cmp::Ordering::Greater => {
            return Err(TreeFileError::Newer { what: what(), found: version, known: kind.version });
        }
        std::cmp::Ordering::Equal => {}
    }
    let length = header.take(8).and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
    if length.is_none_or(|length| length > bytes.len() as u64) {
        return Err(damaged("it is cut short"));
    }
    let (before, digest) = bytes.split_at_checked(bytes.len().saturating_sub(DIGEST)).unwrap_or((bytes, &[]));
    if *Sha256::digest(before) != *digest {
        return Err(damaged("its contents do not match its checksum"));
    }
    let mut rest = Contents { rest: before.get(LENGTH.end..).unwrap_or(&[]) };
    let holds = rest.u32().and_then(|length| rest.take(length as usize)).map(String::from_utf8_lossy);
    let holds = holds.ok_or_else(|| damaged("it names no model"))?;
    if holds != identity {
        return Err(TreeFileError::OtherModel { what: what(), holds: holds.into_owned(), wanted: identity.to_owned() });
    }
    Ok(rest)
}

/// Contents that are yet to be read.
#[derive(Debug)]
pub(super) struct Contents<'b> {
    rest: &'b [u8],
}

impl<'b> Contents<'b> {
    /// The next `length` bytes; `None` if there are fewer.
    pub fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    /// The next number of 32 bits.
    pub fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    /// The next `count` numbers of 16 bits.
    pub fn u16s(&mut self, count: usize) -> Option<Vec<u16>> {
        let (numbers, _) = self.take(count.checked_mul(2)?)?.as_chunks();
        Some(numbers.iter().map(|&bytes| u16::from_le_bytes(bytes)).collect())
    }

    /// The next `count` numbers of 32 bits.
    pub fn u32s(&mut self, count: usize) -> Option<Vec<u32>> {
        let (numbers, _) = self.take(count.checked_mul(4)?)?.as_chunks();
        Some(numbers.iter().map(|&bytes| u32::from_le_bytes(bytes)).collect())
    }

    /// Whether all is read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

/// A file as bytes, for tests to damage.
#[cfg(test)]
pub(super) fn to_bytes(kind: Kind, identity: &str, contents: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes, kind, identity, contents.len(), |file| file.write_all(contents)).unwrap();
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KIND: Kind = Kind { name: "trial", version: 3 };

    fn opened(bytes: &[u8]) -> Result<Vec<u8>, TreeFileError> {
        contents(bytes, KIND, "model", "x").map(|contents| contents.rest.to_vec())
    }

    #[test]
    fn contents_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tree");
        save(&path, KIND, "model", 13, |file| file.write_all(b"what it holds")).unwrap();
        assert_eq!(opened(&read(&path).unwrap()).unwrap(), b"what it holds");
        assert!(matches!(read(&folder.path().join("none")), Err(TreeFileError::Read { .. })));
    }

    #[test]
    fn each_kind_of_misfit_is_named() {
        let other = |kind| to_bytes(kind, "model", b"abc");
        let found = |bytes: &[u8]| opened(bytes).unwrap_err();
        assert!(matches!(found(b"hello"), TreeFileError::Foreign { .. }));
        assert!(found(&other(Kind { name: "other", version: 3 })).to_string().contains("one of other"));
        assert!(matches!(found(&other(Kind { version: 4, ..KIND })), TreeFileError::Newer { found: 4, known: 3, .. }));
        assert!(matches!(found(&other(Kind { version: 2, ..KIND })), TreeFileError::Older { found: 2, known: 3, .. }));
        let message = found(&to_bytes(KIND, "someone", b"abc")).to_string();
        assert!(message.contains("someone") && message.contains("model"), "{message}");
        let whole = other(KIND);
        assert!(found(&whole[..whole.len() - 1]).to_string().contains("cut short"));
        assert!(found(&[&whole[..], b"more"].concat()).to_string().contains("checksum"));
    }

    #[test]
    fn numbers_are_read_as_far_as_there_are() {
        let bytes = [1, 0, 2, 0, 3, 0, 0, 0, 9];
        let mut contents = Contents { rest: &bytes };
        assert_eq!(contents.u16s(2), Some(vec![1, 2]));
        assert_eq!(contents.u32s(usize::MAX), None);
        assert_eq!(contents.u32s(1), Some(vec![3]));
        assert_eq!((contents.u32(), contents.is_empty()), (None, false));
    }

    proptest! {
        #[test]
        fn no_changed_byte_and_no_cut_is_accepted(
            contents in prop::collection::vec(any::<u8>(), 0..60), at: prop::sample::Index, flip in 1u8..
        ) {
            let whole = to_bytes(KIND, "model", &contents);
            prop_assert_eq!(opened(&whole).unwrap(), contents);
            let mut bytes = whole.clone();
            bytes[at.index(whole.len())] ^= flip;
            prop_assert!(opened(&bytes).is_err());
            prop_assert!(opened(&whole[..at.index(whole.len())]).is_err());
        }

        #[test]
        fn arbitrary_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200), like in 0..40usize) {
            let whole = to_bytes(KIND, "model", b"");
            bytes.iter_mut().zip(&whole[..like]).for_each(|(byte, like)| *byte = *like);
            prop_assert!(opened(&bytes).is_err());
        }
    }
}
