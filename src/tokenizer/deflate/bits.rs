//! Reading bits in DEFLATE's order: from the least significant of each byte.

/// A place in a stream of bits.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    stream: &'a [u8],
    /// Bits before it.
    position: u64,
}

impl<'a> Reader<'a> {
    /// Before byte `byte` of `stream`.
    pub(super) fn new(stream: &'a [u8], byte: usize) -> Self {
        Self { stream, position: 8 * byte as u64 }
    }

    /// How many bits there are before this place.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// The next bit; `None` at the end.
    pub(super) fn bit(&mut self) -> Option<u16> {
        let byte = self.stream.get(usize::try_from(self.position / 8).ok()?)?;
        let bit = byte >> (self.position % 8) & 1;
        self.position += 1;
        Some(bit.into())
    }

    /// The next `count` bits, at most 16, as a number: the first is the least significant. `None` if there are fewer.
    pub(super) fn number(&mut self, count: u8) -> Option<u16> {
        (0..count).try_fold(0, |number, place| Some(number | self.bit()? << place))
    }

    /// Goes on to the next whole byte. Returns whether there were bits to skip.
    pub(super) fn align(&mut self) -> bool {
        let before = self.position;
        self.position = self.position.next_multiple_of(8);
        self.position > before
    }
}
