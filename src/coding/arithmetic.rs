//! Arithmetic coding of a whole stream (`AC` in the paper, section 3.3).
//!
//! The coder of Witten, Neal and Cleary (1987), with registers wide enough (62 bits) that rounding costs nothing
//! one could measure. The interval of the text so far is `[low, high]`, both ends included, seen through a
//! register that slides along the bits:
//!
//! * a half that holds the whole interval settles one bit, and the register doubles that half;
//! * an interval inside the middle two quarters settles no bit yet, but the next settled bit will be followed by
//!   its opposite: that is counted in `pending`, and the register doubles those two quarters.
//!
//! After that, the interval is longer than a quarter, 2^60, so every symbol, with a frequency of at least 1 out
//! of at most 2^24, gets a part that is not empty: coding always goes on, and so does decoding, on any bits.
//! Encoder and decoder narrow the interval by the same function, so the decoder follows the encoder exactly.

use super::Symbol;
use super::bits::{BitReader, BitWriter, Bits, BitsError};
use super::cdf::Cdf;
use super::extent::Extent;
use std::collections::VecDeque;

const REGISTER_BITS: u32 = 62;
const TOP: u64 = (1 << REGISTER_BITS) - 1;
const HALF: u64 = 1 << (REGISTER_BITS - 1);
const QUARTER: u64 = HALF / 2;

/// `[low, high]`, both ends included.
#[derive(Clone, Copy, Debug)]
struct Interval {
    low: u64,
    high: u64,
}

/// The part of the register that holds the interval, and that one doubling blows up to the whole register.
#[derive(Clone, Copy)]
enum Part {
    Lower,
    Upper,
    Middle,
}

impl Part {
    /// Where the part begins: a point `x` of the part moves to `2 (x − start)`.
    fn start(self) -> u64 {
        match self {
            Part::Lower => 0,
            Part::Upper => HALF,
            Part::Middle => QUARTER,
        }
    }
}

impl Interval {
    const WHOLE: Self = Self { low: 0, high: TOP };

    /// How far from `low` the symbols from `bound` on begin.
    fn offset(self, bound: u32, precision: u8) -> u64 {
        let length = u128::from(self.high - self.low) + 1;
        ((length * u128::from(bound)) >> precision) as u64
    }

    /// The part of the interval that belongs to `symbol`.
    fn of(self, symbol: Symbol, cdf: &Cdf) -> Self {
        Self {
            low: self.low + self.offset(cdf.low(symbol), cdf.precision()),
            high: self.low + self.offset(cdf.high(symbol), cdf.precision()) - 1,
        }
    }

    fn extent(self) -> Extent {
        Extent::new(self.low, self.high - self.low + 1, REGISTER_BITS)
    }

    /// Doubles once, if a half or the middle holds the interval.
    fn double(&mut self) -> Option<Part> {
        let part = match *self {
            Self { high, .. } if high < HALF => Part::Lower,
            Self { low, .. } if low >= HALF => Part::Upper,
            Self { low, high } if low >= QUARTER && high < HALF + QUARTER => Part::Middle,
            _ => return None,
        };
        self.low = (self.low - part.start()) << 1;
        self.high = (self.high - part.start()) << 1 | 1;
        Some(part)
    }
}

/// Codes a stream of symbols into one string of bits.
#[derive(Clone, Debug)]
pub struct ArithmeticEncoder {
    interval: Interval,
    pending: u64,
    writer: BitWriter,
}

impl Default for ArithmeticEncoder {
    fn default() -> Self {
        Self { interval: Interval::WHOLE, pending: 0, writer: BitWriter::new() }
    }
}

impl ArithmeticEncoder {
    /// An encoder at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bits are settled; [`Self::finish`] adds the pending ones and two more at most.
    pub fn settled_bits(&self) -> u64 {
        self.writer.len()
    }

    /// How far into the string the symbols so far have a say: the settled bits, and the pending ones, which the next bit
    /// to be settled will settle too. What comes after is up to later symbols, and to [`Self::finish`].
    pub fn known_bits(&self) -> u64 {
        self.writer.len() + self.pending
    }

    /// How many bits [`Self::finish`] would give now.
    pub fn finished_bits(&self) -> u64 {
        self.known_bits() + self.last_bits().len() as u64
    }

    /// How many bits are pending: the next bit to be settled will be followed by as many of its opposite.
    pub fn pending_bits(&self) -> u64 {
        self.pending
    }

    /// The settled bits from bit `from` on.
    pub fn settled_from(&self, from: u64) -> impl Iterator<Item = bool> + '_ {
        (from..self.writer.len()).filter_map(|bit| self.writer.written().get(bit))
    }

    /// The interval in the register, which shows what follows the settled and the pending bits. For looking at.
    pub fn extent(&self) -> Extent {
        self.interval.extent()
    }

    /// The part of [`Self::extent`] that `symbol` would get, before bits are settled and the register doubles it.
    ///
    /// # Panics
    /// If `cdf`, which distributes it, has no such symbol.
    pub fn part(&self, symbol: Symbol, cdf: &Cdf) -> Extent {
        self.interval.of(symbol, cdf).extent()
    }

    /// Codes the next symbol, which `cdf` distributes.
    ///
    /// # Panics
    /// If `cdf` has no such symbol.
    pub fn push(&mut self, symbol: Symbol, cdf: &Cdf) {
        self.interval = self.interval.of(symbol, cdf);
        while let Some(part) = self.interval.double() {
            match part {
                Part::Lower => self.settle(false),
                Part::Upper => self.settle(true),
                Part::Middle => self.pending += 1,
            }
        }
    }

    /// Ends the stream with the fewest bits whose every continuation lies inside the interval, so that whatever
    /// follows the string (padding, the next string) does not matter to the decoder.
    pub fn finish(mut self) -> Bits {
        self.last_bits().iter().for_each(|&bit| self.settle(bit));
        self.writer.finish()
    }

    /// What is settled last, besides the pending bits: nothing only where no bits are pending.
    fn last_bits(&self) -> &'static [bool] {
        match self.interval {
            Interval { low: 0, high: TOP } if self.pending == 0 => &[],
            Interval { low: 0, .. } => &[false],
            Interval { high: TOP, .. } => &[true],
            // No part holds the interval, so it crosses the middle and holds one of the inner quarters whole.
            Interval { low, .. } if low <= QUARTER => &[false, true],
            _ => &[true, false],
        }
    }

    fn settle(&mut self, bit: bool) {
        self.writer.push_bit(bit);
        for _ in 0..std::mem::take(&mut self.pending) {
            self.writer.push_bit(!bit);
        }
    }
}

/// Decodes a stream of symbols: the inverse of [`ArithmeticEncoder`].
///
/// The bits do not say where the stream ends: whoever keeps them keeps the number of symbols. Past the end of
/// the bits, zeros are read; decoding never fails, on no bits at all.
#[derive(Clone, Debug)]
pub struct ArithmeticDecoder<'a> {
    interval: Interval,
    /// The bits under the register, as a number inside the interval.
    value: u64,
    reader: BitReader<'a>,
}

impl<'a> ArithmeticDecoder<'a> {
    /// A decoder at the start of `bits`.
    pub fn new(bits: &'a Bits) -> Self {
        Self::from_reader(bits.reader())
    }

    /// A decoder of a stream that begins at bit `position` of `bits`, from 0.
    ///
    /// # Errors
    /// If `bits` end before.
    pub fn at(bits: &'a Bits, position: u64) -> Result<Self, BitsError> {
        bits.reader_at(position).map(Self::from_reader)
    }

    fn from_reader(reader: BitReader<'a>) -> Self {
        let mut decoder = Self { interval: Interval::WHOLE, value: 0, reader };
        for _ in 0..REGISTER_BITS {
            decoder.shift();
        }
        decoder
    }

    /// The next symbol, which `cdf` distributes.
    pub fn next(&mut self, cdf: &Cdf) -> Symbol {
        let target = self.value - self.interval.low;
        let symbol = cdf.last_where(|bound| self.interval.offset(bound, cdf.precision()) <= target);
        self.interval = self.interval.of(symbol, cdf);
        while let Some(part) = self.interval.double() {
            self.value -= part.start();
            self.shift();
        }
        symbol
    }

    fn shift(&mut self) {
        self.value = self.value << 1 | u64::from(self.reader.read_bit().unwrap_or(false));
    }
}

/// Decodes a code that is still being written: as far as every continuation of it agrees.
///
/// [`ArithmeticDecoder`] reads zeros past the end of the bits. Here the bits that are not there yet are any: a symbol is
/// given once the code with zeros for them and the code with ones have it in common.
#[derive(Clone, Debug)]
pub struct GrowingDecoder {
    interval: Interval,
    /// The bits under the register, zeros for those that are not there yet.
    value: u64,
    /// How many are not there yet.
    open: u32,
    /// Bits past the register, first come first.
    later: VecDeque<bool>,
}

impl Default for GrowingDecoder {
    fn default() -> Self {
        Self { interval: Interval::WHOLE, value: 0, open: REGISTER_BITS, later: VecDeque::new() }
    }
}

impl GrowingDecoder {
    /// A decoder of no bits as yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next bit.
    pub fn push_bit(&mut self, bit: bool) {
        match self.open {
            0 => self.later.push_back(bit),
            open => {
                self.open = open - 1;
                self.value |= u64::from(bit) << self.open;
            }
        }
    }

    /// The next symbol, which `cdf` distributes; none if the bits so far leave it open.
    pub fn next(&mut self, cdf: &Cdf) -> Option<Symbol> {
        let symbol_of = |value: u64| {
            let target = value - self.interval.low;
            cdf.last_where(|bound| self.interval.offset(bound, cdf.precision()) <= target)
        };
        // Symbols before this one were the same with zeros as with ones, so both values are inside the interval.
        let symbol = symbol_of(self.value);
        if self.open > 0 && symbol_of(self.value | ((1 << self.open) - 1)) != symbol {
            return None;
        }
        self.interval = self.interval.of(symbol, cdf);
        while let Some(part) = self.interval.double() {
            self.value = (self.value - part.start()) << 1;
            match self.later.pop_front() {
                Some(bit) => self.value |= u64::from(bit),
                None => self.open += 1,
            }
        }
        Some(symbol)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Distributions that change from symbol to symbol, and a stream of symbols.
    fn stream() -> impl Strategy<Value = Vec<(Symbol, Cdf)>> {
        let step = (prop::collection::vec(0..40u32, 2..20), 5..=24u8, any::<prop::sample::Index>());
        let step = step.prop_map(|(exponents, precision, symbol)| {
            let weights: Vec<u64> = exponents.iter().map(|exponent| 1 << exponent).collect();
            (symbol.index(weights.len()) as Symbol, Cdf::from_weights(&weights, precision).unwrap())
        });
        prop::collection::vec(step, 0..120)
    }

    fn encode(stream: &[(Symbol, Cdf)]) -> Bits {
        let mut encoder = ArithmeticEncoder::new();
        stream.iter().for_each(|(symbol, cdf)| encoder.push(*symbol, cdf));
        encoder.finish()
    }

    #[test]
    fn nothing_takes_no_bits_and_halves_take_one_each() {
        assert!(encode(&[]).is_empty());
        let fair = Cdf::uniform(2, 1).unwrap();
        let bits = encode(&[1, 0, 1, 1].map(|symbol| (symbol, fair.clone())));
        assert_eq!(bits.iter().map(u8::from).collect::<Vec<_>>(), [1, 0, 1, 1]);
    }

    #[test]
    fn symbols_that_straddle_the_middle_settle_late() {
        // The middle of three symbols holds the middle two quarters, so nothing is settled until the end.
        let cdf = Cdf::from_weights(&[1, 2, 1], 2).unwrap();
        let mut encoder = ArithmeticEncoder::new();
        (0..5).for_each(|_| encoder.push(1, &cdf));
        assert_eq!([encoder.settled_bits(), encoder.known_bits(), encoder.finished_bits()], [0, 5, 6]);
        assert_eq!(encoder.clone().finish().iter().map(u8::from).collect::<Vec<_>>(), [0, 1, 1, 1, 1, 1]);
        encoder.push(0, &cdf);
        let bits = encoder.finish();
        assert_eq!(bits.iter().map(u8::from).collect::<Vec<_>>(), [0, 1, 1, 1, 1, 1, 0]);
        let mut decoder = ArithmeticDecoder::new(&bits);
        assert_eq!([(); 6].map(|()| decoder.next(&cdf)), [1, 1, 1, 1, 1, 0]);
    }

    proptest! {
        #[test]
        fn decoding_inverts_encoding_whatever_follows(
            stream in stream(), tail in prop::collection::vec(any::<bool>(), 0..80)
        ) {
            let bits = encode(&stream);
            let mut longer = BitWriter::new();
            longer.append(&bits);
            tail.iter().for_each(|&bit| longer.push_bit(bit));
            for bits in [bits, longer.finish()] {
                let mut decoder = ArithmeticDecoder::new(&bits);
                for (symbol, cdf) in &stream {
                    prop_assert_eq!(decoder.next(cdf), *symbol);
                }
            }
        }

        /// What is given before the end is what comes out at the end; and at the end, all is given.
        #[test]
        fn a_growing_code_gives_what_the_whole_code_gives(stream in stream()) {
            let bits = encode(&stream);
            let mut growing = GrowingDecoder::new();
            let mut found = 0;
            for bit in bits.iter() {
                growing.push_bit(bit);
                while let Some((symbol, cdf)) = stream.get(found)
                    && let Some(next) = growing.next(cdf)
                {
                    prop_assert_eq!(next, *symbol);
                    found += 1;
                }
            }
            while let Some((symbol, cdf)) = stream.get(found)
                && let Some(next) = growing.next(cdf)
            {
                prop_assert_eq!(next, *symbol);
                found += 1;
            }
            // An ended code's every continuation lies inside the interval.
            prop_assert_eq!(found, stream.len());
        }

        #[test]
        fn it_is_known_how_long_the_string_would_be(stream in stream()) {
            let mut encoder = ArithmeticEncoder::new();
            prop_assert_eq!((encoder.known_bits(), encoder.finished_bits()), (0, 0));
            for (symbol, cdf) in &stream {
                encoder.push(*symbol, cdf);
                prop_assert_eq!(encoder.finished_bits(), encoder.clone().finish().len());
                // Ending adds one bit or two to those known, or none where the interval is all of the register.
                prop_assert!((encoder.known_bits()..=encoder.known_bits() + 2).contains(&encoder.finished_bits()));
                prop_assert!((encoder.settled_bits()..=encoder.finished_bits()).contains(&encoder.known_bits()));
            }
        }

        /// Whatever follows, the settled bits stay, and the pending ones are the opposite of the bit settled before them.
        #[test]
        fn known_bits_take_one_form_or_its_opposite(stream in stream(), tails in [stream(), stream()]) {
            let mut encoder = ArithmeticEncoder::new();
            stream.iter().for_each(|(symbol, cdf)| encoder.push(*symbol, cdf));
            let (settled, known) = (encoder.settled_bits() as usize, encoder.known_bits() as usize);
            let mut seen = Vec::new();
            for tail in tails {
                let mut encoder = encoder.clone();
                tail.iter().for_each(|(symbol, cdf)| encoder.push(*symbol, cdf));
                let bits: Vec<bool> = encoder.finish().iter().take(known + 1).collect();
                if bits.len() == known + 1 && known > settled {
                    prop_assert!(bits[settled + 1..].iter().all(|&bit| bit != bits[settled]));
                }
                seen.push(bits);
            }
            prop_assert_eq!(&seen[0][..settled], &seen[1][..settled]);
        }

        /// A string's every continuation decodes, so strings can follow one another.
        #[test]
        fn streams_in_one_string_are_found_by_their_lengths(streams in prop::collection::vec(stream(), 0..4)) {
            let mut writer = BitWriter::new();
            streams.iter().for_each(|stream| writer.append(&encode(stream)));
            let bits = writer.finish();
            let mut position = 0;
            for stream in &streams {
                let mut decoder = ArithmeticDecoder::at(&bits, position).unwrap();
                let mut encoder = ArithmeticEncoder::new();
                for (symbol, cdf) in stream {
                    prop_assert_eq!(decoder.next(cdf), *symbol);
                    encoder.push(*symbol, cdf);
                }
                position += encoder.finished_bits();
            }
            prop_assert_eq!(position, bits.len());
            prop_assert!(ArithmeticDecoder::at(&bits, position + 1).is_err());
        }

        #[test]
        fn no_more_than_two_bits_are_lost(stream in stream()) {
            let cost: f64 = stream.iter().map(|(symbol, cdf)| cdf.cost_bits(*symbol)).sum();
            let bits = encode(&stream).len() as f64;
            prop_assert!(cost - 1e-6 <= bits && bits <= cost + 2.0, "{cost} bits of information in {bits}");
        }

        #[test]
        fn any_bits_decode_and_encode_to_their_own_beginning(
            bytes in prop::collection::vec(any::<u8>(), 0..40), weights in prop::collection::vec(0..1000u64, 2..20)
        ) {
            let bits = Bits::from_bytes(bytes.clone(), 8 * bytes.len() as u64).unwrap();
            let cdf = Cdf::from_weights(&weights, 10).unwrap();
            let mut decoder = ArithmeticDecoder::new(&bits);
            let stream: Vec<_> = (0..100).map(|_| (decoder.next(&cdf), cdf.clone())).collect();
            let settled = {
                let mut encoder = ArithmeticEncoder::new();
                stream.iter().for_each(|(symbol, cdf)| encoder.push(*symbol, cdf));
                let settled = encoder.settled_bits() as usize;
                encoder.finish().iter().take(settled).collect::<Vec<_>>()
            };
            let zeros = std::iter::repeat(false);
            prop_assert_eq!(bits.iter().chain(zeros).take(settled.len()).collect::<Vec<_>>(), settled);
        }
    }
}
