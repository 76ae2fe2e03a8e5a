//! The prefix codes of DEFLATE: Huffman codes that are given by the lengths of their words alone (RFC 1951, 3.2.2).
//!
//! Words of one length are consecutive numbers, in the order of their symbols; the first word of a length follows the last of
//! the length before, extended by a zero. So reading bit by bit, one knows a word by its number lying below the end of its
//! length, and its symbol by how far above the first it is.

use super::bits::Reader;

/// The longest words.
const MAX_LENGTH: usize = 15;

/// A code for symbols from 0 on.
#[derive(Debug, Clone)]
pub(super) struct PrefixCode {
    /// How many words each length has; none has length 0.
    counts: [u16; MAX_LENGTH + 1],
    /// The symbols with words, shorter words first.
    symbols: Vec<u16>,
    longest: usize,
}

/// Why lengths are no code's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    /// There are more words than fit.
    Crowded,
    /// Some bits would begin no word.
    Incomplete,
}

/// Why no symbol could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    End,
    NoWord,
}

impl PrefixCode {
    /// The code whose words have these `lengths`, at most 15; 0 is that of a symbol without a word.
    ///
    /// As zlib does, this lets a code be incomplete that has no words at all, or only one, of one bit: it is for symbols that
    /// hardly ever, or never, come.
    pub(super) fn new(lengths: &[u8]) -> Result<Self, Unfit> {
        let mut counts = [0u16; MAX_LENGTH + 1];
        let mut symbols = Vec::with_capacity(lengths.len());
        for length in 1..=MAX_LENGTH {
            let of_length = lengths.iter().enumerate().filter(|&(_, &other)| usize::from(other) == length);
            let before = symbols.len();
            symbols.extend(of_length.map(|(symbol, _)| symbol as u16));
            if let Some(count) = counts.get_mut(length) {
                *count = (symbols.len() - before) as u16;
            }
        }
        let longest = counts.iter().rposition(|&count| count > 0).unwrap_or(0);
        // Words that are still free, at each length.
        let mut free = 1i32;
        for &count in counts.iter().take(longest + 1).skip(1) {
            free = 2 * free - i32::from(count);
            if free < 0 {
                return Err(Unfit::Crowded);
            }
        }
        match free > 0 && longest > 1 {
            true => Err(Unfit::Incomplete),
            false => Ok(Self { counts, symbols, longest }),
        }
    }

    /// Reads a word.
    pub(super) fn read(&self, bits: &mut Reader) -> Result<u16, Unread> {
        let (mut word, mut first, mut shorter) = (0u32, 0u32, 0usize);
        for &count in self.counts.iter().take(self.longest + 1).skip(1) {
            word |= u32::from(bits.bit().ok_or(Unread::End)?);
            // Never below `first`: a smaller number would have been a shorter word.
            let above = word - first;
            if above < u32::from(count) {
                return self.symbols.get(shorter + above as usize).copied().ok_or(Unread::NoWord);
            }
            shorter += usize::from(count);
            first = (first + u32::from(count)) << 1;
            word <<= 1;
        }
        Err(Unread::NoWord)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 1951, 3.2.2: A to H with these lengths.
    #[test]
    fn words_are_those_of_the_standards_example() {
        let code = PrefixCode::new(&[3, 3, 3, 3, 3, 2, 4, 4]).unwrap();
        let words = ["010", "011", "100", "101", "110", "00", "1110", "1111"];
        for (symbol, word) in words.iter().enumerate() {
            let byte = word.bytes().enumerate().fold(0, |byte, (place, bit)| byte | (bit - b'0') << place);
            let stream = [byte];
            let mut bits = Reader::new(&stream, 0);
            assert_eq!(code.read(&mut bits), Ok(symbol as u16));
            assert_eq!(bits.position(), word.len() as u64);
        }
        assert_eq!(code.read(&mut Reader::new(&[], 0)), Err(Unread::End));
    }

    #[test]
    fn lengths_must_make_a_code() {
        assert_eq!(PrefixCode::new(&[1, 1, 1]).unwrap_err(), Unfit::Crowded);
        assert_eq!(PrefixCode::new(&[15; 288]).unwrap_err(), Unfit::Incomplete);
        assert_eq!(PrefixCode::new(&[2]).unwrap_err(), Unfit::Incomplete);
        assert_eq!(PrefixCode::new(&[1, 2]).unwrap_err(), Unfit::Incomplete);
        assert!(PrefixCode::new(&[1, 2, 2]).is_ok());
    }

    #[test]
    fn a_single_word_leaves_bits_that_are_none() {
        let code = PrefixCode::new(&[0, 1]).unwrap();
        assert_eq!(code.read(&mut Reader::new(&[0b0], 0)), Ok(1));
        assert_eq!(code.read(&mut Reader::new(&[0b1], 0)), Err(Unread::NoWord));
        assert_eq!(PrefixCode::new(&[0, 0]).unwrap().read(&mut Reader::new(&[0], 0)), Err(Unread::NoWord));
    }
}
