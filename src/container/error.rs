//! What can be wrong with compressed files, with making them and with reading them.

use super::header::{MAX_CHUNK_BYTES, MAX_METHOD_BYTES, MAX_MODEL_BYTES, MAX_TABLES_BYTES, VERSION};
use std::fmt;
use std::io;

/// A chunk and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its index, from 0.
    pub chunk: u64,
    /// Where in the compressed file it begins, in bytes.
    pub at: u64,
    /// Where in the text it begins, in bytes.
    pub text_at: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { chunk, at, text_at } = self;
        write!(formatter, "chunk {chunk} (from byte {at} of the file, which is byte {text_at} of the text)")
    }
}

/// A part of a compressed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Header,
    Chunk(Place),
    /// The first byte after a record, which tells whether a chunk or the end follows.
    Next(Place),
    End {
        /// Where in the file it begins, in bytes.
        at: u64,
    },
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Header => formatter.write_str("in its header"),
            Part::Chunk(place) => write!(formatter, "in {place}"),
            Part::Next(place) => write!(formatter, "where {place} or the end record should begin"),
            Part::End { at } => write!(formatter, "in its end record (from byte {at} of the file)"),
        }
    }
}

/// What does not hold in a part of a compressed file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("its check does not hold")]
    Check,
    #[error("a length or a count is no number in its shortest form")]
    Number,
    #[error("the byte {0:#04x} begins neither a chunk nor the end")]
    Tag(u8),
    #[error("it is numbered {found}, so chunks are missing, repeated or out of order")]
    Index { found: u64 },
    #[error("it announces {found} raw bytes, but chunks of this file hold 1 to {most}")]
    RawLength { found: u64, most: usize },
    #[error("a chunk before it is shorter than the others, as only the last one may be")]
    AfterShort,
    #[error("it announces a code of {bits} bits, but {raw_bytes} raw bytes never take more than {most_bytes} bytes")]
    PayloadLength { bits: u64, raw_bytes: usize, most_bytes: u64 },
    #[error("it announces {bytes} side bytes, but {raw_bytes} raw bytes never take more than {most_bytes}")]
    SideLength { bytes: u64, raw_bytes: usize, most_bytes: u64 },
    #[error("bits after the end of its code are set")]
    Padding,
    #[error(
        "it counts {chunks} chunks of {raw_bytes} raw bytes, but {found_chunks} of {found_raw_bytes} came before it"
    )]
    Totals { chunks: u64, raw_bytes: u64, found_chunks: u64, found_raw_bytes: u64 },
    #[error("the {field} takes {found} bytes, but it takes {least} to {most}")]
    FieldLength { field: &'static str, found: u64, least: usize, most: usize },
    #[error("the {field} is no UTF-8")]
    Utf8 { field: &'static str },
    #[error("there is no version {0}")]
    Version(u64),
    #[error(transparent)]
    Header(#[from] HeaderError),
}

/// Why numbers and names make no header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    #[error("a method's name takes 1 to {MAX_METHOD_BYTES} bytes, not {0}")]
    Method(usize),
    #[error("a model's identity takes at most {MAX_MODEL_BYTES} bytes, not {0}")]
    Model(usize),
    #[error("chunks of {0} bytes are not supported: use 1 to {MAX_CHUNK_BYTES}")]
    ChunkBytes(u64),
    #[error("a method's tables take at most {MAX_TABLES_BYTES} bytes, not {0}")]
    Tables(usize),
}

/// A file was made with something else than what is to decompress it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MismatchError {
    #[error("the compressed file was made by method {made:?}, not {given:?}: decompress it with method {made:?}")]
    Method { made: String, given: String },
    #[error(
        "the compressed file was made with {}, but {} was given: {}",
        model(made),
        model(given),
        if made.is_empty() { "give none" } else { "give the one that it was made with" }
    )]
    Model { made: String, given: String },
}

fn model(identity: &str) -> String {
    match identity {
        "" => "no model".to_owned(),
        _ => format!("model {identity:?}"),
    }
}

/// What is wrong with a compressed file, found without decoding anything.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("could not read the compressed file after byte {at}: {source}")]
    Read { at: u64, source: io::Error },
    #[error(
        "this is no compressed file of Mullion, or it was changed on its way, as by a transfer in text mode: give a file that \
         `mullion compress` wrote, and copy it as binary"
    )]
    Foreign,
    #[error(
        "the compressed file is of version {found}, and this program knows versions up to {VERSION}: use a newer Mullion (or, if \
         none is that new, another copy: the file is damaged)"
    )]
    Newer { found: u64 },
    #[error("the compressed file is cut short: it stops {part}. Get a whole copy")]
    CutShort { part: Part },
    #[error("the compressed file is damaged {part}: {problem}. Get another copy, or compress the text anew")]
    Damaged { part: Part, problem: Problem },
    #[error(
        "the compressed file is whole up to byte {at}, but something follows there: cut it off if you know how it came there, or \
         get another copy"
    )]
    Trailing { at: u64 },
}

/// Why a text could not be compressed. What has been written by then is no whole file.
#[derive(Debug, thiserror::Error)]
pub enum CompressError<E: std::error::Error + 'static> {
    #[error("could not read the text to compress after byte {at}: {source}")]
    Read { at: u64, source: io::Error },
    #[error("could not compress chunks {first} to {last} (text from byte {text_at} on): {source}")]
    Encode { first: u64, last: u64, text_at: u64, source: E },
    #[error("the method coded {found} chunks where it was given {given}: please report this as a bug")]
    Count { given: usize, found: usize },
    #[error(
        "the method coded chunk {chunk}, of {raw_bytes} bytes, into {payload_bits} bits and {side_bytes} bytes beside them, of which \
         neither may take more than {most_bytes} bytes: use another method, or please report this as a bug"
    )]
    TooLong { chunk: u64, raw_bytes: usize, payload_bits: u64, side_bytes: u64, most_bytes: u64 },
    #[error("could not write the compressed file after byte {at}: {source}")]
    Write { at: u64, source: io::Error },
    #[error("compressing was stopped after {raw_bytes} bytes of text; what has been written is no whole file")]
    Stopped { raw_bytes: u64 },
}

/// Why a file could not be decompressed. The text of earlier chunks may have been written by then.
#[derive(Debug, thiserror::Error)]
pub enum DecompressError<E: std::error::Error + 'static> {
    #[error(transparent)]
    File(#[from] ReadError),
    #[error("could not decode {place}: {source}")]
    Decode { place: Place, source: E },
    #[error(
        "{place} decodes to another text than was compressed, though the file is undamaged: the model or the program differs from \
         the one that made the file. Give the same model, check this machine with `mullion selftest`, or use the version of Mullion \
         that made the file"
    )]
    Text { place: Place },
    #[error(
        "every chunk decodes to what was compressed, but all together are another text than the end of the file says: whatever wrote \
         the file has a bug, so compress the text anew"
    )]
    WholeText,
    #[error("the method decoded {found} chunks where it was given {given}: please report this as a bug")]
    Count { given: usize, found: usize },
    #[error("could not write the text after byte {at}: {source}")]
    Write { at: u64, source: io::Error },
    #[error("decompressing was stopped after {raw_bytes} bytes of text; the rest is missing")]
    Stopped { raw_bytes: u64 },
}
