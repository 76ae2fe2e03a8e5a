//! Files into text.

use super::MAX_GROUP_BYTES;
use super::check;
use super::codec::ChunkCodec;
use super::error::{DecompressError, ReadError};
use super::header::Header;
use super::records::{Chunk, End, Record, Records, Text};
use super::summary::{StoredChunk, Summary};
use sha2::{Digest, Sha256};
use std::io::{BufReader, Read, Write};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

/// Decompresses what follows `header`, as [`super::read_header`] read it from the same `input`, to its end.
///
/// `codec` is given up to `group` chunks at a time; fewer, where they take much memory. A chunk's text is written once it
/// has passed its check. After each group, `progress` is told how many bytes of text there are so far, and stops it all by
/// answering [`ControlFlow::Break`].
///
/// # Errors
/// If the file is damaged, cut short or goes on after its end, a chunk does not decode to what was compressed, `input`
/// cannot be read or `output` not be written, or `progress` said so. By then, `output` may hold the text of earlier chunks.
pub fn decompress<C: ChunkCodec>(
    input: impl Read,
    header: &Header,
    mut output: impl Write,
    codec: &C,
    group: NonZeroUsize,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Summary, DecompressError<C::Error>> {
    let mut records = Records::new(BufReader::new(input), header);
    let (mut whole, mut done) = (Sha256::new(), 0);
    loop {
        let (chunks, end) = next_group(&mut records, group)?;
        if !chunks.is_empty() {
            decode(codec, chunks, |text| {
                output.write_all(text).map_err(|source| DecompressError::Write { at: done, source })?;
                whole.update(text);
                done += text.len() as u64;
                Ok(())
            })?;
            if progress(done).is_break() {
                return Err(DecompressError::Stopped { raw_bytes: done });
            }
        }
        if let Some(end) = end {
            if whole.finalize() != end.text {
                return Err(DecompressError::WholeText);
            }
            output.flush().map_err(|source| DecompressError::Write { at: done, source })?;
            return Ok(end.summary);
        }
    }
}

/// Reads what follows `header`, as [`super::read_header`] read it from the same `input`, to its end, and checks all that can
/// be checked without decoding. `each` is told of each chunk.
///
/// # Errors
/// If the file is damaged, cut short or goes on after its end, or `input` cannot be read.
pub fn inspect(input: impl Read, header: &Header, each: &mut dyn FnMut(StoredChunk)) -> Result<Summary, ReadError> {
    let mut records = Records::new(BufReader::new(input), header);
    loop {
        match records.next()? {
            Record::Chunk(Chunk { text: Text { place, raw_bytes, .. }, coded }) => each(StoredChunk {
                index: place.chunk,
                at: place.at,
                raw_bytes,
                payload_bits: coded.payload.len(),
                side_bytes: coded.side.len() as u64,
            }),
            Record::End(End { summary, .. }) => return Ok(summary),
        }
    }
}

/// The next chunks, up to as many as a group has, and the end if it comes before that.
fn next_group<R: Read>(records: &mut Records<R>, group: NonZeroUsize) -> Result<(Vec<Chunk>, Option<End>), ReadError> {
    let (mut chunks, mut bytes) = (Vec::new(), 0);
    while chunks.len() < group.get() && bytes < MAX_GROUP_BYTES {
        match records.next()? {
            Record::Chunk(chunk) => {
                bytes += (chunk.text.raw_bytes + chunk.coded.payload.as_bytes().len() + chunk.coded.side.len()) as u64;
                chunks.push(chunk);
            }
            Record::End(end) => return Ok((chunks, Some(end))),
        }
    }
    Ok((chunks, None))
}

/// Decodes one group, and gives each text to `take` once it has passed its check.
fn decode<C: ChunkCodec>(
    codec: &C,
    chunks: Vec<Chunk>,
    mut take: impl FnMut(&[u8]) -> Result<(), DecompressError<C::Error>>,
) -> Result<(), DecompressError<C::Error>> {
    let (expected, coded): (Vec<Text>, Vec<_>) = chunks
        .into_iter()
        .map(|Chunk { text, coded }| {
            let raw_bytes = text.raw_bytes;
            (text, (coded, raw_bytes))
        })
        .unzip();
    let texts = codec.decode(&coded);
    if texts.len() != coded.len() {
        return Err(DecompressError::Count { given: coded.len(), found: texts.len() });
    }
    for (text, Text { place, raw_bytes, check }) in texts.into_iter().zip(expected) {
        let text = text.map_err(|source| DecompressError::Decode { place, source })?;
        if text.len() != raw_bytes || check::of(&text) != check {
            return Err(DecompressError::Text { place });
        }
        take(&text)?;
    }
    Ok(())
}
