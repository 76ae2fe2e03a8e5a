//! Truncated SHA-256: the checks of records and of chunks' texts.

use sha2::{Digest, Sha256};

/// The first 8 bytes of a SHA-256: one accident in 2^64 goes unseen.
pub(super) type Check = [u8; 8];

/// The check of what a hasher was given.
pub(super) fn finish(hasher: Sha256) -> Check {
    let [a, b, c, d, e, f, g, h, ..]: [u8; 32] = hasher.finalize().into();
    [a, b, c, d, e, f, g, h]
}

/// The check of some bytes.
pub(super) fn of(bytes: &[u8]) -> Check {
    finish(Sha256::new_with_prefix(bytes))
}
