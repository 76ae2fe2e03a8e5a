//! Text into files.

use super::MAX_GROUP_BYTES;
use super::check::{self, Check};
use super::codec::{ChunkCodec, CodedChunk, most_coded_bytes};
use super::error::CompressError;
use super::header::Header;
use super::number;
use super::records::{CHUNK, END};
use super::summary::{Summary, Tally};
use sha2::{Digest, Sha256};
use std::io::{self, BufWriter, Read, Write};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

/// Compresses `input`, to its end, into a file with this `header`.
///
/// `codec` is given up to `group` chunks at a time; fewer, where they take much memory. After each group, `progress` is told
/// how many bytes of text there are so far, and stops it all by answering [`ControlFlow::Break`].
///
/// # Errors
/// If `input` cannot be read, `codec` cannot code it, `output` cannot be written, or `progress` said so. By then, `output`
/// may hold the beginning of a file, which no reader takes for a whole one.
pub fn compress<C: ChunkCodec>(
    mut input: impl Read,
    output: impl Write,
    header: &Header,
    codec: &C,
    group: NonZeroUsize,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Summary, CompressError<C::Error>> {
    let mut file = RecordWriter::new(BufWriter::new(output));
    let mut tally = Tally::new(header.tables().len());
    let mut whole = Sha256::new();
    file.record(&[&header.fields()])?;
    loop {
        let chunks = next_group(&mut input, header.chunk_bytes(), group, tally.raw_bytes())?;
        let over = chunks.last().is_none_or(|last| last.len() < header.chunk_bytes());
        let texts: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
        for (text, coded) in texts.iter().zip(encode(codec, &texts, &tally)?) {
            whole.update(text);
            write_chunk(&mut file, &mut tally, text, &coded)?;
        }
        if !chunks.is_empty() && progress(tally.raw_bytes()).is_break() {
            return Err(CompressError::Stopped { raw_bytes: tally.raw_bytes() });
        }
        if over {
            break;
        }
    }
    let mut fields = vec![END];
    number::push(tally.chunks(), &mut fields);
    number::push(tally.raw_bytes(), &mut fields);
    fields.extend(whole.finalize());
    file.record(&[&fields])?;
    Ok(tally.finish(file.finish()?))
}

/// The next chunks, up to as many as a group has. Where one is short, or there is none, the text has ended.
fn next_group<E: std::error::Error>(
    input: &mut impl Read,
    chunk_bytes: usize,
    group: NonZeroUsize,
    before: u64,
) -> Result<Vec<Vec<u8>>, CompressError<E>> {
    let (mut chunks, mut bytes) = (Vec::new(), 0);
    while chunks.len() < group.get() && bytes < MAX_GROUP_BYTES {
        let mut chunk = Vec::new();
        let result = input.by_ref().take(chunk_bytes as u64).read_to_end(&mut chunk);
        bytes += chunk.len() as u64;
        result.map_err(|source| CompressError::Read { at: before + bytes, source })?;
        let over = chunk.len() < chunk_bytes;
        if !chunk.is_empty() {
            chunks.push(chunk);
        }
        if over {
            break;
        }
    }
    Ok(chunks)
}

fn encode<C: ChunkCodec>(
    codec: &C,
    texts: &[&[u8]],
    before: &Tally,
) -> Result<Vec<CodedChunk>, CompressError<C::Error>> {
    let Some(others) = texts.len().checked_sub(1) else {
        return Ok(Vec::new());
    };
    let first = before.chunks();
    let failed =
        |source| CompressError::Encode { first, last: first + others as u64, text_at: before.raw_bytes(), source };
    let coded = codec.encode(texts).map_err(failed)?;
    match coded.len() == texts.len() {
        true => Ok(coded),
        false => Err(CompressError::Count { given: texts.len(), found: coded.len() }),
    }
}

fn write_chunk<W: Write, E: std::error::Error>(
    file: &mut RecordWriter<W>,
    tally: &mut Tally,
    text: &[u8],
    CodedChunk { payload, side }: &CodedChunk,
) -> Result<(), CompressError<E>> {
    let (chunk, raw_bytes, payload_bits, side_bytes) = (tally.chunks(), text.len(), payload.len(), side.len() as u64);
    let most_bytes = most_coded_bytes(raw_bytes);
    if payload_bits.div_ceil(8).max(side_bytes) > most_bytes {
        return Err(CompressError::TooLong { chunk, raw_bytes, payload_bits, side_bytes, most_bytes });
    }
    let mut lengths = vec![CHUNK];
    for number in [chunk, raw_bytes as u64, payload_bits, side_bytes] {
        number::push(number, &mut lengths);
    }
    file.record(&[&lengths, payload.as_bytes(), side, &check::of(text)])?;
    tally.add(raw_bytes, payload_bits, side_bytes);
    Ok(())
}

/// Writes records, each with a check over itself and the check before.
struct RecordWriter<W> {
    output: W,
    at: u64,
    before: Option<Check>,
}

/// What was being written cannot be, after so many bytes.
struct WriteFault {
    at: u64,
    source: io::Error,
}

impl<E: std::error::Error> From<WriteFault> for CompressError<E> {
    fn from(WriteFault { at, source }: WriteFault) -> Self {
        CompressError::Write { at, source }
    }
}

impl<W: Write> RecordWriter<W> {
    fn new(output: W) -> Self {
        Self { output, at: 0, before: None }
    }

    /// Writes a record with these fields.
    fn record(&mut self, fields: &[&[u8]]) -> Result<(), WriteFault> {
        let mut hasher = Sha256::new();
        if let Some(before) = self.before {
            hasher.update(before);
        }
        for field in fields {
            hasher.update(field);
            self.write(field)?;
        }
        let check = check::finish(hasher);
        self.write(&check)?;
        self.before = Some(check);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), WriteFault> {
        self.output.write_all(bytes).map_err(|source| WriteFault { at: self.at, source })?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Sees everything written; how many bytes there are.
    fn finish(mut self) -> Result<u64, WriteFault> {
        self.output.flush().map_err(|source| WriteFault { at: self.at, source })?;
        Ok(self.at)
    }
}
