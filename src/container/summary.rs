//! What a compressed file consists of.

/// What a compressed file consists of. Writing, reading and inspecting the same file give the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The text, in bytes.
    pub raw_bytes: u64,
    /// Chunks.
    pub chunks: u64,
    /// The codes, in bits.
    pub payload_bits: u64,
    /// What the codes leave open, in bytes.
    pub side_bytes: u64,
    /// The method's tables, in bytes.
    pub tables_bytes: u64,
    /// Names, lengths and checks, in bytes: all that the frame adds.
    pub framing_bytes: u64,
    /// The whole file, in bytes: all of the above, with each chunk's payload in whole bytes.
    pub file_bytes: u64,
}

/// A chunk as it is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredChunk {
    /// Its index, from 0.
    pub index: u64,
    /// Where in the file it begins, in bytes.
    pub at: u64,
    /// Its text, in bytes.
    pub raw_bytes: usize,
    /// Its code, in bits.
    pub payload_bits: u64,
    /// What its code leaves open, in bytes.
    pub side_bytes: u64,
}

/// Sums up a file as it is written or read.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    summary: Summary,
    payload_bytes: u64,
}

impl Tally {
    /// No chunks yet.
    pub(super) fn new(tables_bytes: usize) -> Self {
        Self { summary: Summary { tables_bytes: tables_bytes as u64, ..Summary::default() }, payload_bytes: 0 }
    }

    /// Chunks so far.
    pub(super) fn chunks(&self) -> u64 {
        self.summary.chunks
    }

    /// Bytes of text so far.
    pub(super) fn raw_bytes(&self) -> u64 {
        self.summary.raw_bytes
    }

    /// Counts a chunk.
    pub(super) fn add(&mut self, raw_bytes: usize, payload_bits: u64, side_bytes: u64) {
        self.summary.chunks += 1;
        self.summary.raw_bytes += raw_bytes as u64;
        self.summary.payload_bits += payload_bits;
        self.summary.side_bytes += side_bytes;
        self.payload_bytes += payload_bits.div_ceil(8);
    }

    /// The sum, of a file of so many bytes.
    pub(super) fn finish(self, file_bytes: u64) -> Summary {
        let contents = self.payload_bytes + self.summary.side_bytes + self.summary.tables_bytes;
        Summary { framing_bytes: file_bytes - contents, file_bytes, ..self.summary }
    }
}
