//! Compressed files: chunks of text, coded, in a frame that knows when it is damaged.
//!
//! The frame knows bytes and bits only. What codes a chunk is a [`ChunkCodec`]; which one coded a file is said by the file's
//! [`Header`], which [`read_header`] reads so that the caller can get the codec ready. [`compress`] and [`decompress`] stream:
//! neither seeks, and both hold a group of chunks at a time, so memory does not grow with the file. Nothing is written of a
//! chunk before its text has passed its check; but earlier chunks are written by then, so whoever writes a file writes it
//! beside its place and renames it at the end (as [`crate::durable`] does), and whoever writes to a pipe has to look at the
//! outcome.
//!
//! # The format, version 1
//!
//! *Numbers* are whole numbers below 2^64 in LEB128: seven bits a byte, the lowest first, with the highest bit set in all
//! bytes but the last. They are as short as can be: a number of several bytes does not end in a zero byte. *Bits* are packed
//! into ⌈bits / 8⌉ bytes, the first bit highest, with zeros in the places after the last one. SHA-256 is that of FIPS 180-4.
//!
//! A file is a sequence of *records*: one header, any number of chunks, one end, and nothing after it. A record is its
//! fields, in the order below and with nothing between them, and a *check* of 8 bytes:
//!
//! > the first 8 bytes of SHA-256 over the check of the record before (nothing, for the header) and all fields of this one.
//!
//! So a check says that this record is whole and that it follows the one before, back to the header: where a chunk was
//! dropped, repeated, moved or taken from another file, it is found as surely as a flipped bit. (The first chunks of another
//! file with the same header do follow that header; then the first one that is not of that file is found.) The checks are
//! against accidents, not against people: anyone can compute them.
//!
//! | header | |
//! |---|---|
//! | 8 bytes | `89 4d 55 4c 0d 0a 1a 0a`: `MUL` between what transfers as text or as 7 bits would destroy |
//! | number | version: 1 |
//! | number, bytes | length in bytes and UTF-8 of the method's name: 1 to [`MAX_METHOD_BYTES`] |
//! | number, bytes | length in bytes and UTF-8 of the model's identity: 0 (no model) to [`MAX_MODEL_BYTES`] |
//! | number | chunk size, in raw bytes: 1 to [`MAX_CHUNK_BYTES`] |
//! | number, bytes | length in bytes of the method's tables, and the tables: 0 to [`MAX_TABLES_BYTES`]; opaque here |
//!
//! | chunk | |
//! |---|---|
//! | 1 byte | `43` (`C`) |
//! | number | its index: 0 for the first chunk, and one more for each |
//! | number | raw length `r`, in bytes: the chunk size; 1 to the chunk size for the last chunk |
//! | number | payload length, in bits: at most 8 · [`most_coded_bytes`]`(r)` |
//! | number | side length, in bytes: at most [`most_coded_bytes`]`(r)` |
//! | bits | payload: what the method coded |
//! | bytes | side: what the code leaves open, such as the lengths of ambiguous windows; opaque here |
//! | 8 bytes | the first 8 bytes of SHA-256 over the chunk's raw bytes |
//!
//! | end | |
//! |---|---|
//! | 1 byte | `45` (`E`) |
//! | number | how many chunks there are |
//! | number | how many raw bytes they hold |
//! | 32 bytes | SHA-256 over all raw bytes: what `sha256sum` says of the text |
//!
//! An empty text is a header and an end. Under a method that codes every text in one way only, a text has one file: no other
//! choice is left to who writes it. A reader refuses what breaks any of these rules; it checks a length against its bounds
//! before it reads that far, and allocates for what it has read, not for what is announced. After a version that it does not
//! know, it reads nothing.

mod check;
mod codec;
mod error;
mod header;
mod number;
mod read;
mod records;
mod source;
mod summary;
#[cfg(test)]
mod tests;
mod write;

pub use codec::{ChunkCodec, CodedChunk, most_coded_bytes};
pub use error::{CompressError, DecompressError, HeaderError, MismatchError, Part, Place, Problem, ReadError};
pub use header::{Header, MAX_CHUNK_BYTES, MAX_METHOD_BYTES, MAX_MODEL_BYTES, MAX_TABLES_BYTES, VERSION, read_header};
pub use read::{decompress, inspect};
pub use summary::{StoredChunk, Summary};
pub use write::compress;

/// The most that chunks in one group may take together, raw and coded, in bytes: a group ends early where the next chunk
/// would be read beyond that. So memory stays bounded for large chunks too.
const MAX_GROUP_BYTES: u64 = 1 << 28;
