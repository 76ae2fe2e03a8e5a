//! A method that codes every text in exactly one way, and whose payloads are no whole bytes: seven bits of each byte in the
//! payload, and the eighth beside it if any is set.

use crate::coding::{BitWriter, BitsError};
use crate::container::{ChunkCodec, CodedChunk};

pub struct Packed;

#[derive(Debug, thiserror::Error)]
pub enum PackedError {
    #[error(transparent)]
    Bits(#[from] BitsError),
    #[error("that is not how {0} bytes are coded")]
    Other(usize),
}

/// The only way to code a text.
pub fn code(text: &[u8]) -> CodedChunk {
    let mut writer = BitWriter::new();
    text.iter().for_each(|&byte| writer.push(byte.into(), 7));
    let side = if text.is_ascii() { Vec::new() } else { text.iter().map(|byte| byte >> 7).collect() };
    CodedChunk { payload: writer.finish(), side }
}

fn text(chunk: &CodedChunk, raw_bytes: usize) -> Result<Vec<u8>, PackedError> {
    // Before anything of this length is made: it is only announced.
    if chunk.payload.len() != 7 * raw_bytes as u64 {
        return Err(PackedError::Other(raw_bytes));
    }
    let mut reader = chunk.payload.reader();
    let mut high = chunk.side.iter();
    let byte = |_| Ok(reader.read(7)? as u8 | high.next().unwrap_or(&0) << 7);
    let text = (0..raw_bytes).map(byte).collect::<Result<Vec<u8>, BitsError>>()?;
    if code(&text) == *chunk { Ok(text) } else { Err(PackedError::Other(raw_bytes)) }
}

impl ChunkCodec for Packed {
    type Error = PackedError;

    fn encode(&self, chunks: &[&[u8]]) -> Result<Vec<CodedChunk>, PackedError> {
        Ok(chunks.iter().map(|chunk| code(chunk)).collect())
    }

    fn decode(&self, chunks: &[(CodedChunk, usize)]) -> Vec<Result<Vec<u8>, PackedError>> {
        chunks.iter().map(|(chunk, raw_bytes)| text(chunk, *raw_bytes)).collect()
    }
}
