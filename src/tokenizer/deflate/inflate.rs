//! An inflater (RFC 1951) that notes where everything lies. It takes what zlib takes, and refuses what zlib refuses.
//!
//! It reads bit by bit, and takes about three times as long as zlib on text.

use super::DeflateError;
use super::bits::Reader;
use super::map::{Kind, Mark};
use super::prefix_code::{PrefixCode, Unfit, Unread};

/// The word that ends a block. Below it, words are bytes; above, lengths.
const END_OF_BLOCK: u16 = 256;
/// A block may have codes for so many lengths and bytes, and for so many distances.
const MAX_LITERAL_WORDS: u16 = 286;
const MAX_DISTANCE_WORDS: u16 = 30;
/// In this order a block gives the lengths of the words that its tables are written in.
const TABLE_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// What the words for lengths, from 257 on, or those for distances stand for: a number and up, extra bits adding to it.
struct Numbers {
    least: &'static [u16],
    extra_bits: &'static [u8],
}

const LENGTHS: Numbers = Numbers {
    least: &[
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ],
    extra_bits: &[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0],
};
const DISTANCES: Numbers = Numbers {
    least: &[
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
        6145, 8193, 12289, 16385, 24577,
    ],
    extra_bits: &[0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13],
};

/// Inflates the stream that begins at byte `start` of `stream`, to at most `limit` bytes. Adds a mark to `marks` for each item.
/// Returns the text, and the byte after the last that DEFLATE needs.
pub(super) fn inflate(
    stream: &[u8],
    start: usize,
    limit: usize,
    marks: &mut Vec<Mark>,
) -> Result<(Vec<u8>, usize), DeflateError> {
    let bits = Reader::new(stream, start);
    let mut inflater = Inflater { bits, length: stream.len(), limit, text: Vec::new(), marks };
    while !inflater.block()? {}
    inflater.align();
    Ok((inflater.text, (inflater.bits.position() / 8) as usize))
}

struct Inflater<'a, 'b> {
    bits: Reader<'a>,
    /// Length of the stream, in bytes.
    length: usize,
    limit: usize,
    text: Vec<u8>,
    marks: &'b mut Vec<Mark>,
}

/// The codes of a block: for bytes and lengths, and for distances.
struct Codes {
    literals: PrefixCode,
    distances: PrefixCode,
}

impl Inflater<'_, '_> {
    /// Reads a block. Returns whether it is the last.
    fn block(&mut self) -> Result<bool, DeflateError> {
        self.mark(Kind::BlockHeader);
        let last = self.number(1, "the header of a block")? == 1;
        match self.number(2, "the header of a block")? {
            0 => self.stored()?,
            1 => {
                let codes = self.fixed_codes()?;
                self.compressed(&codes)?;
            }
            2 => {
                self.mark(Kind::CodeLengths);
                let codes = self.own_codes()?;
                self.compressed(&codes)?;
            }
            _ => return Err(self.invalid("invalid block type")),
        }
        Ok(last)
    }

    fn stored(&mut self) -> Result<(), DeflateError> {
        self.align();
        self.mark(Kind::StoredLength);
        let length = self.number(16, "the length of a stored block")?;
        let complement = self.number(16, "the length of a stored block")?;
        if length != !complement {
            return Err(self.invalid("invalid stored block lengths"));
        }
        for _ in 0..length {
            self.mark(Kind::Stored);
            let byte = self.number(8, "a stored block")?;
            self.put(byte as u8)?;
        }
        Ok(())
    }

    /// Reads the words of a block up to its end.
    fn compressed(&mut self, codes: &Codes) -> Result<(), DeflateError> {
        loop {
            let start = self.here();
            let word = self.word(&codes.literals, "a block", "invalid literal or length code")?;
            if let Ok(byte) = u8::try_from(word) {
                self.marks.push(Mark { kind: Kind::Literal, ..start });
                self.put(byte)?;
                continue;
            }
            if word == END_OF_BLOCK {
                self.marks.push(Mark { kind: Kind::EndOfBlock, ..start });
                return Ok(());
            }
            let length = self.with_extra_bits(&LENGTHS, word - END_OF_BLOCK - 1, "invalid literal or length code")?;
            let word = self.word(&codes.distances, "a match", "invalid distance code")?;
            let distance = self.with_extra_bits(&DISTANCES, word, "invalid distance code")?;
            self.marks.push(Mark { kind: Kind::Match { length, distance }, ..start });
            let Some(from) = self.text.len().checked_sub(distance.into()) else {
                return Err(self.invalid("invalid distance too far back"));
            };
            // One by one: a match may reach into what it makes.
            for index in from..from + usize::from(length) {
                let byte = self.text.get(index).copied().unwrap_or_default();
                self.put(byte)?;
            }
        }
    }

    fn fixed_codes(&self) -> Result<Codes, DeflateError> {
        let literals = [[8; 144].as_slice(), &[9; 112], &[7; 24], &[8; 8]].concat();
        self.codes(&literals, &[5; 32])
    }

    /// Reads the tables of a block with codes of its own.
    fn own_codes(&mut self) -> Result<Codes, DeflateError> {
        const PART: &str = "the tables of a block";
        let literals = 257 + self.number(5, PART)?;
        let distances = 1 + self.number(5, PART)?;
        let given = 4 + self.number(4, PART)?;
        if literals > MAX_LITERAL_WORDS || distances > MAX_DISTANCE_WORDS {
            return Err(self.invalid("too many length or distance symbols"));
        }
        let mut lengths = [0; TABLE_ORDER.len()];
        for &symbol in TABLE_ORDER.iter().take(given.into()) {
            let length = self.number(3, PART)?;
            if let Some(place) = lengths.get_mut(symbol) {
                *place = length as u8;
            }
        }
        // One word, or none, can be a code, but not here: it cannot write the tables of a block that ends.
        let table = PrefixCode::new(&lengths).map_err(|_| self.invalid("invalid code lengths set"))?;

        let (literals, all) = (usize::from(literals), usize::from(literals + distances));
        let mut lengths = Vec::with_capacity(all);
        while lengths.len() < all {
            let word = self.word(&table, PART, "invalid code lengths set")?;
            let (length, times) = match word {
                16 => match lengths.last() {
                    Some(&before) => (before, 3 + self.number(2, PART)?),
                    None => return Err(self.invalid("invalid bit length repeat")),
                },
                17 => (0, 3 + self.number(3, PART)?),
                18 => (0, 11 + self.number(7, PART)?),
                length => (length as u8, 1),
            };
            lengths.resize(lengths.len() + usize::from(times), length);
        }
        if lengths.len() > all {
            return Err(self.invalid("invalid bit length repeat"));
        }
        if lengths.get(usize::from(END_OF_BLOCK)) == Some(&0) {
            return Err(self.invalid("invalid code: missing end-of-block"));
        }
        let (literals, distances) = lengths.split_at(literals);
        self.codes(literals, distances)
    }

    fn codes(&self, literals: &[u8], distances: &[u8]) -> Result<Codes, DeflateError> {
        let refuse = |reason| move |_: Unfit| self.invalid(reason);
        Ok(Codes {
            literals: PrefixCode::new(literals).map_err(refuse("invalid literal and length code set"))?,
            distances: PrefixCode::new(distances).map_err(refuse("invalid distances set"))?,
        })
    }

    fn word(&mut self, code: &PrefixCode, part: &'static str, reason: &'static str) -> Result<u16, DeflateError> {
        code.read(&mut self.bits).map_err(|unread| match unread {
            Unread::End => self.truncated(part),
            Unread::NoWord => self.invalid(reason),
        })
    }

    /// The number that a word and the extra bits after it stand for.
    fn with_extra_bits(&mut self, numbers: &Numbers, word: u16, reason: &'static str) -> Result<u16, DeflateError> {
        let word = usize::from(word);
        match (numbers.least.get(word), numbers.extra_bits.get(word)) {
            (Some(least), Some(&extra)) => Ok(least + self.number(extra, "a match")?),
            _ => Err(self.invalid(reason)),
        }
    }

    fn number(&mut self, count: u8, part: &'static str) -> Result<u16, DeflateError> {
        self.bits.number(count).ok_or_else(|| self.truncated(part))
    }

    fn put(&mut self, byte: u8) -> Result<(), DeflateError> {
        if self.text.len() >= self.limit {
            return Err(DeflateError::Unmapped { limit: self.limit });
        }
        self.text.push(byte);
        Ok(())
    }

    /// Skips to the next whole byte.
    fn align(&mut self) {
        let start = self.here();
        if self.bits.align() {
            self.marks.push(start);
        }
    }

    fn mark(&mut self, kind: Kind) {
        let start = self.here();
        self.marks.push(Mark { kind, ..start });
    }

    /// A mark for what begins here. Its kind is padding until it turns out otherwise.
    fn here(&self) -> Mark {
        Mark { bit: self.bits.position(), byte: self.text.len(), kind: Kind::Padding }
    }

    fn invalid(&self, reason: &'static str) -> DeflateError {
        DeflateError::Invalid { byte: (self.bits.position() / 8) as usize, reason: reason.into() }
    }

    fn truncated(&self, part: &'static str) -> DeflateError {
        DeflateError::Truncated { part, length: self.length }
    }
}
