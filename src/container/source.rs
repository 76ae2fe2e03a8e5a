//! A stream that is read field by field, with what was read of the current record hashed on the way.

use super::check::{self, Check};
use super::error::{Part, Problem, ReadError};
use super::number;
use sha2::{Digest, Sha256};
use std::io::{self, Read};

/// At most this much is allocated, in bytes, before that much has been read.
const PIECE: usize = 1 << 16;

/// Why a field could not be read.
#[derive(Debug)]
pub(super) enum Fault {
    /// The stream ended.
    End,
    /// There is no number, or not in its shortest form.
    Number,
    /// The fields are not those that were checked.
    Check,
    Read {
        at: u64,
        source: io::Error,
    },
}

impl Fault {
    /// What is said of it, found within a part of the file.
    pub(super) fn within(self, part: Part) -> ReadError {
        match self {
            Fault::End => ReadError::CutShort { part },
            Fault::Number => ReadError::Damaged { part, problem: Problem::Number },
            Fault::Check => ReadError::Damaged { part, problem: Problem::Check },
            Fault::Read { at, source } => ReadError::Read { at, source },
        }
    }
}

/// A stream of records. It never reads further than it is asked to.
pub(super) struct Source<R> {
    input: R,
    at: u64,
    hasher: Sha256,
}

impl<R: Read> Source<R> {
    /// A stream at its first record.
    pub(super) fn new(input: R) -> Self {
        Self { input, at: 0, hasher: Sha256::new() }
    }

    /// A stream at byte `at`, after a record with this check.
    pub(super) fn after(input: R, at: u64, before: Check) -> Self {
        Self { input, at, hasher: Sha256::new_with_prefix(before) }
    }

    /// How many bytes have been read: where in the file the next one is.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// The next byte.
    pub(super) fn byte(&mut self) -> Result<u8, Fault> {
        Ok(self.array::<1>()?[0])
    }

    /// The next number.
    pub(super) fn number(&mut self) -> Result<u64, Fault> {
        number::read(|| self.byte())?.ok_or(Fault::Number)
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let bytes = self.unhashed()?;
        self.hasher.update(bytes);
        Ok(bytes)
    }

    /// The next `length` bytes.
    pub(super) fn bytes(&mut self, length: u64) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::with_capacity(length.min(PIECE as u64) as usize);
        // `read_to_end` makes room as bytes come in.
        let result = self.input.by_ref().take(length).read_to_end(&mut bytes);
        self.at += bytes.len() as u64;
        self.hasher.update(&bytes);
        match result {
            Err(source) => Err(Fault::Read { at: self.at, source }),
            Ok(found) if (found as u64) < length => Err(Fault::End),
            Ok(_) => Ok(bytes),
        }
    }

    /// Ends a record: reads its check and holds it against what was read.
    pub(super) fn seal(&mut self) -> Result<(), Fault> {
        let computed = check::finish(std::mem::take(&mut self.hasher));
        let stored = self.unhashed()?;
        if computed != stored {
            return Err(Fault::Check);
        }
        self.hasher = Sha256::new_with_prefix(stored);
        Ok(())
    }

    /// Whether the stream is at its end. If not, a byte of it is gone.
    pub(super) fn is_over(&mut self) -> Result<bool, Fault> {
        match self.unhashed::<1>() {
            Ok(_) => Ok(false),
            Err(Fault::End) => Ok(true),
            Err(fault) => Err(fault),
        }
    }

    fn unhashed<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        match self.input.read_exact(&mut bytes) {
            Ok(()) => {
                self.at += N as u64;
                Ok(bytes)
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(Fault::End),
            Err(source) => Err(Fault::Read { at: self.at, source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_that_are_only_announced_take_no_memory() {
        let mut source = Source::new(&[7u8; 10][..]);
        assert!(matches!(source.bytes(1 << 60), Err(Fault::End)));
        assert_eq!(source.at(), 10);
    }

    #[test]
    fn no_byte_is_read_ahead() {
        let mut input = &[0xac, 2, 7, 8, 9][..];
        let mut source = Source::new(&mut input);
        assert_eq!((source.number().unwrap(), source.bytes(1).unwrap(), source.at()), (300, vec![7], 3));
        assert_eq!(input, [8, 9]);
    }
}
