//! Where everything lies in a stream: which bits stand for which bytes, and which for none.

use std::ops::Range;

use super::inflate::inflate;
use super::{DeflateError, frame};

/// The longest text that [`map`] maps, in bytes: 64 MiB. A stream of 64 KiB can hold as much.
pub const MAX_MAPPED_BYTES: usize = 1 << 26;

/// A stream taken apart. Its items cover every bit exactly once, and every byte of the text, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map {
    text: Vec<u8>,
    marks: Vec<Mark>,
    /// Length of the stream, in bits.
    bits: u64,
}

/// Bits of a stream that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What they are.
    pub kind: Kind,
    /// Their positions, in DEFLATE's order: bit `i` has weight `2^(i mod 8)` in byte `⌊i/8⌋` of the stream. Never empty.
    pub bits: Range<u64>,
    /// The bytes of the text that they stand for; empty if they stand for none.
    pub text: Range<usize>,
}

/// What bits of a stream are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The header around DEFLATE: 16 bits of zlib.
    Header,
    /// The three bits that a block begins with: whether it is the last, and how it is coded.
    BlockHeader,
    /// The length of a stored block, and its complement: 32 bits.
    StoredLength,
    /// The tables of a block with codes of its own: how long the words of its two codes are.
    CodeLengths,
    /// A byte of a stored block: 8 bits.
    Stored,
    /// A byte, by its word.
    Literal,
    /// `length` bytes (3 to 258), copied from `distance` bytes (1 to 32,768) before: both words with their extra bits.
    Match { length: u16, distance: u16 },
    /// The word that ends a block.
    EndOfBlock,
    /// What is left of a byte, before a stored block's length or at the end.
    Padding,
    /// The footer around DEFLATE: 32 bits of zlib.
    Footer,
}

/// The start of an item. It ends where the next starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// Its first bit in the stream.
    pub(super) bit: u64,
    /// How much text there is before it, in bytes.
    pub(super) byte: usize,
    pub(super) kind: Kind,
}

impl Map {
    /// The text, as our own inflater finds it.
    #[cfg(test)]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Length of the stream, in bits: a multiple of 8.
    #[cfg(test)]
    pub fn bits(&self) -> u64 {
        self.bits
    }

    /// All items, in order.
    pub fn items(&self) -> impl Iterator<Item = Item> {
        (0..self.marks.len()).filter_map(|index| self.item(index))
    }

    #[cfg(test)]
    /// The item that made byte `index` of the text; `None` past its end. All bytes of a match share one.
    pub fn item_of_byte(&self, index: usize) -> Option<Item> {
        if index >= self.text.len() {
            return None;
        }
        // Items without bytes lie before the one that starts at the same byte and has some.
        self.item(self.marks.partition_point(|mark| mark.byte <= index).checked_sub(1)?)
    }

    #[cfg(test)]
    /// The item that has bit `position` of the stream, in DEFLATE's order; `None` past its end.
    pub fn item_at(&self, position: u64) -> Option<Item> {
        if position >= self.bits {
            return None;
        }
        self.item(self.marks.partition_point(|mark| mark.bit <= position).checked_sub(1)?)
    }

    fn item(&self, index: usize) -> Option<Item> {
        let mark = self.marks.get(index)?;
        let (bit, byte) = self.marks.get(index + 1).map_or((self.bits, self.text.len()), |next| (next.bit, next.byte));
        Some(Item { kind: mark.kind, bits: mark.bit..bit, text: mark.byte..byte })
    }
}

/// The bytes of a stream that an item at `bits` touches.
#[cfg(test)]
pub fn bytes_of(bits: Range<u64>) -> Range<usize> {
    let start = (bits.start / 8) as usize;
    match bits.is_empty() {
        true => start..start,
        false => start..bits.end.div_ceil(8) as usize,
    }
}

/// Takes a stream of [`super::compress`] apart, or any other DEFLATE stream. The text is not needed: it comes out.
///
/// Memory is bounded by the stream: the text has at most [`MAX_MAPPED_BYTES`] and at most 1,032 bytes for each of the stream's,
/// and an item, of which there are fewer than bits, takes 24 bytes (twice that while the map grows).
///
/// # Errors
/// If the stream is damaged, cut short or not over at the end of `bytes`, or its text is too long.
pub fn map(bytes: &[u8], bare: bool) -> Result<Map, DeflateError> {
    map_up_to(bytes, bare, MAX_MAPPED_BYTES)
}

/// [`map`], with at most `limit` bytes of text.
pub(super) fn map_up_to(bytes: &[u8], bare: bool, limit: usize) -> Result<Map, DeflateError> {
    let start = frame::open(bytes, bare)?;
    let mut marks = Vec::new();
    if start > 0 {
        marks.push(Mark { bit: 0, byte: 0, kind: Kind::Header });
    }
    let (text, end) = inflate(bytes, start, limit, &mut marks)?;
    frame::close(bytes, end, bare, &text)?;
    if !bare {
        marks.push(Mark { bit: 8 * end as u64, byte: text.len(), kind: Kind::Footer });
    }
    Ok(Map { text, marks, bits: 8 * bytes.len() as u64 })
}
