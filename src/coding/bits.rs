//! Strings of bits, first bit in the highest place of the first byte.

/// A string of bits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bits {
    /// ⌈len / 8⌉ bytes; the places after the last bit are zero, so equal strings have equal bytes.
    bytes: Vec<u8>,
    len: u64,
}

/// Why a string of bits could not be made or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BitsError {
    #[error("{bits} bits take {} bytes, but {bytes} were given: the data is cut short or the length is wrong", bits.div_ceil(8))]
    Length { bits: u64, bytes: usize },
    #[error("{wanted} bits were wanted at bit {at}, but the string ends after {len}: the data is cut short")]
    End { at: u64, wanted: u64, len: u64 },
}

impl Bits {
    /// The first `len` bits of `bytes`, which must be just long enough; the places after them are cleared.
    pub fn from_bytes(mut bytes: Vec<u8>, len: u64) -> Result<Self, BitsError> {
        if bytes.len() as u64 != len.div_ceil(8) {
            return Err(BitsError::Length { bits: len, bytes: bytes.len() });
        }
        if let (Some(last), used @ 1..) = (bytes.last_mut(), len % 8) {
            *last &= 0xff << (8 - used);
        }
        Ok(Self { bytes, len })
    }

    /// How many bits there are.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bits in ⌈len / 8⌉ bytes, the last one padded with zeros.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bit `index`, from 0; `None` past the end.
    pub fn get(&self, index: u64) -> Option<bool> {
        (index < self.len).then(|| self.bytes[(index / 8) as usize] >> (7 - index % 8) & 1 == 1)
    }

    /// All bits in order.
    pub fn iter(&self) -> impl Iterator<Item = bool> + '_ {
        let bits = self.bytes.iter().flat_map(|byte| (0..8).map(move |place| byte >> (7 - place) & 1 == 1));
        bits.take(usize::try_from(self.len).unwrap_or(usize::MAX))
    }

    /// A reader at the first bit.
    pub fn reader(&self) -> BitReader<'_> {
        BitReader { bits: self, position: 0 }
    }

    /// A reader at bit `position`, from 0; at the very end, nothing is left to read.
    ///
    /// # Errors
    /// If the string ends before.
    pub fn reader_at(&self, position: u64) -> Result<BitReader<'_>, BitsError> {
        match position <= self.len {
            true => Ok(BitReader { bits: self, position }),
            false => Err(BitsError::End { at: position, wanted: 0, len: self.len }),
        }
    }
}

/// Builds a string of bits from its front.
#[derive(Clone, Debug, Default)]
pub struct BitWriter {
    bits: Bits,
}

impl BitWriter {
    /// An empty string.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bits are written.
    pub fn len(&self) -> u64 {
        self.bits.len
    }

    /// Whether no bit is written.
    pub fn is_empty(&self) -> bool {
        self.bits.is_empty()
    }

    /// What is written so far.
    pub fn written(&self) -> &Bits {
        &self.bits
    }

    /// Appends one bit.
    pub fn push_bit(&mut self, bit: bool) {
        self.push(u64::from(bit), 1);
    }

    /// Appends the lowest `count` bits of `value` (at most 64), the highest of them first.
    pub fn push(&mut self, value: u64, count: u32) {
        debug_assert!(count <= 64, "a u64 has no {count} bits");
        let mut left = count;
        while left > 0 {
            let free = match self.bits.len % 8 {
                0 => {
                    self.bits.bytes.push(0);
                    8
                }
                used => 8 - used as u32,
            };
            let take = free.min(left);
            left -= take;
            let piece = (value >> left & ((1 << take) - 1)) as u8;
            if let Some(last) = self.bits.bytes.last_mut() {
                *last |= piece << (free - take);
            }
            self.bits.len += u64::from(take);
        }
    }

    /// Appends a whole string.
    pub fn append(&mut self, bits: &Bits) {
        let mut left = bits.len;
        for &byte in &bits.bytes {
            let count = left.min(8) as u32;
            self.push(u64::from(byte) >> (8 - count), count);
            left -= u64::from(count);
        }
    }

    /// The string written.
    pub fn finish(self) -> Bits {
        self.bits
    }
}

/// Reads a string of bits from its front.
#[derive(Clone, Debug)]
pub struct BitReader<'a> {
    bits: &'a Bits,
    position: u64,
}

impl BitReader<'_> {
    /// How many bits have been read.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// How many bits are left.
    pub fn remaining(&self) -> u64 {
        self.bits.len - self.position
    }

    /// The next bit; `None` at the end.
    pub fn read_bit(&mut self) -> Option<bool> {
        let bit = self.bits.get(self.position)?;
        self.position += 1;
        Some(bit)
    }

    /// The next `count` bits (at most 64) as a number, the first of them highest.
    ///
    /// # Errors
    /// If fewer are left; then none is read.
    pub fn read(&mut self, count: u32) -> Result<u64, BitsError> {
        debug_assert!(count <= 64, "a u64 has no {count} bits");
        if u64::from(count) > self.remaining() {
            return Err(BitsError::End { at: self.position, wanted: u64::from(count), len: self.bits.len });
        }
        let (mut value, mut left) = (0u64, count);
        while left > 0 {
            let ahead = 8 - (self.position % 8) as u32;
            let take = ahead.min(left);
            let byte = self.bits.bytes[(self.position / 8) as usize];
            value = value << take | u64::from(byte >> (ahead - take)) & ((1 << take) - 1);
            self.position += u64::from(take);
            left -= take;
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_bit_is_the_highest() {
        let mut writer = BitWriter::new();
        writer.push_bit(true);
        writer.push(0b0_1100_0011, 9);
        let bits = writer.finish();
        assert_eq!(bits.as_bytes(), [0b1011_0000, 0b1100_0000]);
        assert_eq!(bits.iter().map(u8::from).collect::<Vec<_>>(), [1, 0, 1, 1, 0, 0, 0, 0, 1, 1]);
        assert_eq!((bits.get(9), bits.get(10)), (Some(true), None));
    }

    #[test]
    fn bytes_of_the_wrong_length_are_refused_and_the_rest_is_cleared() {
        assert_eq!(Bits::from_bytes(vec![0xff; 2], 17), Err(BitsError::Length { bits: 17, bytes: 2 }));
        assert_eq!(Bits::from_bytes(vec![0xff; 2], 8), Err(BitsError::Length { bits: 8, bytes: 2 }));
        assert_eq!(Bits::from_bytes(vec![0xff; 2], 11).unwrap().as_bytes(), [0xff, 0xe0]);
    }

    #[test]
    fn reading_past_the_end_reads_nothing() {
        let bits = Bits::from_bytes(vec![0xa0], 3).unwrap();
        let mut reader = bits.reader();
        assert_eq!(reader.read(4), Err(BitsError::End { at: 0, wanted: 4, len: 3 }));
        assert_eq!((reader.read(3), reader.remaining(), reader.read_bit()), (Ok(0b101), 0, None));
        assert_eq!(bits.reader_at(1).map(|mut reader| reader.read(2)), Ok(Ok(0b01)));
        assert_eq!(bits.reader_at(3).map(|reader| reader.remaining()), Ok(0));
        assert_eq!(bits.reader_at(4).map(|_| ()), Err(BitsError::End { at: 4, wanted: 0, len: 3 }));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(pieces in prop::collection::vec((any::<u64>(), 0..=64u32), 0..40)) {
            let kept = |value: u64, count: u32| value & 1u64.checked_shl(count).map_or(u64::MAX, |unit| unit - 1);
            let mut writer = BitWriter::new();
            let mut joined = BitWriter::new();
            for &(value, count) in &pieces {
                writer.push(value, count);
                let mut piece = BitWriter::new();
                piece.push(value, count);
                joined.append(&piece.finish());
            }
            let bits = writer.finish();
            prop_assert_eq!(&joined.finish(), &bits);
            prop_assert_eq!(bits.len(), pieces.iter().map(|&(_, count)| u64::from(count)).sum::<u64>());
            prop_assert_eq!(Bits::from_bytes(bits.as_bytes().to_vec(), bits.len()).unwrap(), bits.clone());
            let mut reader = bits.reader();
            for (value, count) in pieces {
                prop_assert_eq!(reader.read(count), Ok(kept(value, count)));
            }
            prop_assert_eq!(reader.remaining(), 0);
        }
    }
}
