//! The records of a file, one after the other, each checked before it is given out.

use super::check::Check;
use super::codec::{CodedChunk, most_coded_bytes};
use super::error::{Part, Place, Problem, ReadError};
use super::header::Header;
use super::source::{Fault, Source};
use super::summary::{Summary, Tally};
use crate::coding::Bits;
use std::io::Read;

/// What a chunk's record begins with.
pub(super) const CHUNK: u8 = b'C';

/// What the end record begins with.
pub(super) const END: u8 = b'E';

/// The records after the header.
pub(super) struct Records<R> {
    source: Source<R>,
    chunk_bytes: usize,
    tally: Tally,
    /// Whether a chunk was shorter than the others.
    short: bool,
}

/// A record that passed its check.
pub(super) enum Record {
    Chunk(Chunk),
    End(End),
}

/// A chunk that passed its check.
pub(super) struct Chunk {
    pub(super) text: Text,
    pub(super) coded: CodedChunk,
}

/// What is known of a chunk's text before it is decoded.
pub(super) struct Text {
    pub(super) place: Place,
    pub(super) raw_bytes: usize,
    pub(super) check: Check,
}

/// The end of a whole file.
pub(super) struct End {
    /// SHA-256 over the text.
    pub(super) text: [u8; 32],
    pub(super) summary: Summary,
}

impl<R: Read> Records<R> {
    /// The records that follow a header in `input`.
    pub(super) fn new(input: R, header: &Header) -> Self {
        let (at, check) = header.record();
        Self {
            source: Source::after(input, at, check),
            chunk_bytes: header.chunk_bytes(),
            tally: Tally::new(header.tables().len()),
            short: false,
        }
    }

    /// The next record. After the end or an error, there is none.
    pub(super) fn next(&mut self) -> Result<Record, ReadError> {
        let place = Place { chunk: self.tally.chunks(), at: self.source.at(), text_at: self.tally.raw_bytes() };
        match self.source.byte().map_err(|fault| fault.within(Part::Next(place)))? {
            CHUNK => self.chunk(place).map(Record::Chunk),
            END => self.end(place.at).map(Record::End),
            tag => Err(ReadError::Damaged { part: Part::Next(place), problem: Problem::Tag(tag) }),
        }
    }

    fn chunk(&mut self, place: Place) -> Result<Chunk, ReadError> {
        let part = Part::Chunk(place);
        let within = |fault: Fault| fault.within(part);
        let damaged = |problem| ReadError::Damaged { part, problem };

        let index = self.source.number().map_err(within)?;
        if index != place.chunk {
            return Err(damaged(Problem::Index { found: index }));
        }
        if self.short {
            return Err(damaged(Problem::AfterShort));
        }
        let (found, most) = (self.source.number().map_err(within)?, self.chunk_bytes);
        let raw_bytes = usize::try_from(found).ok().filter(|bytes| (1..=most).contains(bytes));
        let raw_bytes = raw_bytes.ok_or_else(|| damaged(Problem::RawLength { found, most }))?;
        let most_bytes = most_coded_bytes(raw_bytes);
        let bits = self.source.number().map_err(within)?;
        if bits.div_ceil(8) > most_bytes {
            return Err(damaged(Problem::PayloadLength { bits, raw_bytes, most_bytes }));
        }
        let bytes = self.source.number().map_err(within)?;
        if bytes > most_bytes {
            return Err(damaged(Problem::SideLength { bytes, raw_bytes, most_bytes }));
        }
        let packed = self.source.bytes(bits.div_ceil(8)).map_err(within)?;
        let side = self.source.bytes(bytes).map_err(within)?;
        let check = self.source.array().map_err(within)?;
        self.source.seal().map_err(within)?;

        // `Bits` clears what is after the last bit.
        let last = packed.last().copied();
        let payload = Bits::from_bytes(packed, bits).ok().filter(|bits| bits.as_bytes().last().copied() == last);
        let payload = payload.ok_or_else(|| damaged(Problem::Padding))?;
        self.short = raw_bytes < self.chunk_bytes;
        self.tally.add(raw_bytes, bits, bytes);
        Ok(Chunk { text: Text { place, raw_bytes, check }, coded: CodedChunk { payload, side } })
    }

    fn end(&mut self, at: u64) -> Result<End, ReadError> {
        let part = Part::End { at };
        let within = |fault: Fault| fault.within(part);
        let chunks = self.source.number().map_err(within)?;
        let raw_bytes = self.source.number().map_err(within)?;
        let text = self.source.array().map_err(within)?;
        self.source.seal().map_err(within)?;
        let (found_chunks, found_raw_bytes) = (self.tally.chunks(), self.tally.raw_bytes());
        if (chunks, raw_bytes) != (found_chunks, found_raw_bytes) {
            let problem = Problem::Totals { chunks, raw_bytes, found_chunks, found_raw_bytes };
            return Err(ReadError::Damaged { part, problem });
        }
        let file_bytes = self.source.at();
        match self.source.is_over().map_err(within)? {
            true => Ok(End { text, summary: self.tally.clone().finish(file_bytes) }),
            false => Err(ReadError::Trailing { at: file_bytes }),
        }
    }
}
