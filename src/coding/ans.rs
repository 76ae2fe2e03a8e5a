//! Asymmetric numeral systems (ANS; Duda 2009, considered in the paper's appendix B.3): a whole stream as one large number.
//!
//! The coder is that of the `constriction` crate. ANS is a stack: what is coded last is decoded first. So the encoder needs
//! the whole text with its distributions, and codes it from its end; the decoder runs forward.
//!
//! # Distributions
//!
//! The coder wants frequencies out of the same power of two for all symbols, 2^24 here: those of a [`Cdf`] with `p` bits of
//! precision are shifted up by `24 − p`, which is exact.
//!
//! # The bits
//!
//! These are kept in files: a change of anything below is a breaking change.
//!
//! The coder's *state* is a number of 64 bits that starts at 1. To code a symbol with frequency `f` and lower bound `c`, out
//! of 2^24:
//!
//! 1. If the state is `f·2^40` or more, its lowest 32 bits are moved out as a *word*.
//! 2. The state `s` becomes `⌊s / f⌋·2^24 + c + (s mod f)`.
//!
//! The string of bits is what the decoder takes, in that order: the state without the one that is its highest bit, then all
//! words, the one that was moved out last first. State and words each begin with their highest bit. There is no padding, and
//! no length.
//!
//! *It can be read.* With words moved out, the state is 2^32 or more (after step 1 it is at least `f·2^8`), so it has 32 to
//! 63 bits after its highest one: as many as make the length of the string, less these, a multiple of 32. A string below 32
//! bits is a state alone. So every string of bits can be read, in exactly one way.
//!
//! *Any bits decode.* A decoder that has used up all words goes on with the state alone, which always gives some symbol.
//!
//! *Ends.* While the state is still 1, a symbol with the lower bound 0 leaves it so: a text that ends in any number of the
//! first symbol costs nothing for them. How many there are is told by the number of symbols, which is kept elsewhere.
//!
//! *Length.* A symbol multiplies the state by `2^24 / f`, but for what lies between `⌊s / f⌋` and `s / f`, which is up to
//! `f / s` of it. While the state is below 2^24, that may be nearly 24 bits, once a text. From 2^32 on, as it is wherever
//! words have been moved out, it is below 2^−8, and 2^−20 or so as a rule.

use constriction::UnwrapInfallible;
use constriction::stream::model::{DecoderModel, EncoderModel, EntropyModel};
use constriction::stream::stack::DefaultAnsCoder;
use constriction::stream::{Decode, Encode};
use std::borrow::Borrow;
use std::num::NonZeroU32;

use super::Symbol;
use super::bits::{BitWriter, Bits};
use super::cdf::{Cdf, MAX_PRECISION};

/// Frequencies are out of 2 to this power.
const PRECISION: usize = MAX_PRECISION as usize;

const WORD_BITS: u32 = u32::BITS;

/// A distribution as the `constriction` crate wants it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Model<'a>(pub(super) &'a Cdf);

/// One symbol's part of its distribution: the lower bound and the frequency, out of 2^24.
#[derive(Clone, Copy, Debug)]
struct Part {
    low: u32,
    frequency: NonZeroU32,
}

impl Part {
    fn of(symbol: Symbol, cdf: &Cdf) -> Self {
        let up = MAX_PRECISION - cdf.precision();
        // No frequency is zero.
        let frequency = NonZeroU32::MIN.saturating_add((cdf.frequency(symbol) << up) - 1);
        Self { low: cdf.low(symbol) << up, frequency }
    }
}

impl EntropyModel<PRECISION> for Model<'_> {
    type Symbol = Symbol;
    type Probability = u32;
}

impl EncoderModel<PRECISION> for Model<'_> {
    fn left_cumulative_and_probability(&self, symbol: impl Borrow<Symbol>) -> Option<(u32, NonZeroU32)> {
        let Part { low, frequency } = Part::of(*symbol.borrow(), self.0);
        Some((low, frequency))
    }
}

impl DecoderModel<PRECISION> for Model<'_> {
    fn quantile_function(&self, quantile: u32) -> (Symbol, u32, NonZeroU32) {
        let symbol = self.0.find(quantile >> (MAX_PRECISION - self.0.precision()));
        let Part { low, frequency } = Part::of(symbol, self.0);
        (symbol, low, frequency)
    }
}

/// To encode a symbol, the coder only asks for its part: whoever has that needs no distribution.
impl EntropyModel<PRECISION> for Part {
    type Symbol = ();
    type Probability = u32;
}

impl EncoderModel<PRECISION> for Part {
    fn left_cumulative_and_probability(&self, _: impl Borrow<()>) -> Option<(u32, NonZeroU32)> {
        Some((self.low, self.frequency))
    }
}

/// Codes a text whose distributions come one after the other: keeps eight bytes a symbol until the text is whole.
#[derive(Clone, Debug, Default)]
pub struct AnsEncoder {
    parts: Vec<Part>,
}

impl AnsEncoder {
    /// An encoder at the start of a text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next symbol, which `cdf` distributes.
    ///
    /// # Panics
    /// If `cdf` has no such symbol.
    pub fn push(&mut self, symbol: Symbol, cdf: &Cdf) {
        self.parts.push(Part::of(symbol, cdf));
    }

    /// Ends the text, and codes it by the rule at the head of this module.
    pub fn finish(self) -> Bits {
        encode(self.parts.into_iter())
    }
}

/// Codes a text whose distributions are all there, as [`AnsEncoder`] does.
///
/// # Panics
/// If a distribution has no such symbol.
pub fn ans_encode<'a>(text: impl DoubleEndedIterator<Item = (Symbol, &'a Cdf)>) -> Bits {
    encode(text.map(|(symbol, cdf)| Part::of(symbol, cdf)))
}

fn encode(parts: impl DoubleEndedIterator<Item = Part>) -> Bits {
    let mut coder = DefaultAnsCoder::from_raw_parts(Vec::new(), 1);
    for part in parts.rev() {
        coder.encode_symbol((), part).unwrap_or_else(|error| panic!("every symbol has a part: {error}"));
    }
    let (words, state) = coder.into_raw_parts();
    let mut writer = BitWriter::new();
    // Never 0: a symbol makes a state smaller only where a word is moved out, and then it is at least 2^32.
    writer.push(state, state.ilog2());
    words.iter().rev().for_each(|&word| writer.push(word.into(), WORD_BITS));
    writer.finish()
}

/// Decodes a text: the inverse of [`AnsEncoder`] and [`ans_encode`].
///
/// The bits do not say where the text ends: whoever keeps them keeps the number of symbols. Decoding never fails, whatever
/// the bits are.
#[derive(Clone, Debug)]
pub struct AnsDecoder {
    coder: DefaultAnsCoder,
}

impl AnsDecoder {
    /// A decoder at the start of `bits`.
    pub fn new(bits: &Bits) -> Self {
        let mut reader = bits.reader();
        let state_bits = match bits.len() {
            short if short < WORD_BITS.into() => short,
            long => u64::from(WORD_BITS) + long % u64::from(WORD_BITS),
        };
        // There are as many, so reading gives all of them, and all words after them.
        let state = 1 << state_bits | reader.read(state_bits as u32).unwrap_or(0);
        let mut words = Vec::with_capacity((reader.remaining() / u64::from(WORD_BITS)) as usize);
        while let Ok(word) = reader.read(WORD_BITS) {
            words.push(word as u32);
        }
        words.reverse();
        Self { coder: DefaultAnsCoder::from_raw_parts(words, state) }
    }

    /// The next symbol, which `cdf` distributes.
    pub fn next(&mut self, cdf: &Cdf) -> Symbol {
        self.coder.decode_symbol(Model(cdf)).unwrap_infallible()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn steps(most: usize) -> impl Strategy<Value = Vec<(Symbol, Cdf)>> {
        let step = (prop::collection::vec(0..40u32, 2..20), 5..=24u8, any::<prop::sample::Index>());
        let step = step.prop_map(|(exponents, precision, symbol)| {
            let weights: Vec<u64> = exponents.iter().map(|exponent| 1 << exponent).collect();
            (symbol.index(weights.len()) as Symbol, Cdf::from_weights(&weights, precision).unwrap())
        });
        prop::collection::vec(step, 0..most)
    }

    fn encode(text: &[(Symbol, Cdf)]) -> Bits {
        let bits = ans_encode(text.iter().map(|(symbol, cdf)| (*symbol, cdf)));
        let mut encoder = AnsEncoder::new();
        text.iter().for_each(|(symbol, cdf)| encoder.push(*symbol, cdf));
        assert_eq!(encoder.finish(), bits);
        bits
    }

    /// The rule at the head of the module, by its words.
    fn literally(text: &[(Symbol, Cdf)]) -> String {
        let (mut state, mut words) = (1u128, Vec::new());
        for (symbol, cdf) in text.iter().rev() {
            let unit = 1 << (24 - cdf.precision());
            let [low, frequency] = [cdf.low(*symbol), cdf.frequency(*symbol)].map(|number| u128::from(number) * unit);
            if state >= frequency << 40 {
                words.push(format!("{:032b}", state % (1 << 32)));
                state >>= 32;
            }
            state = ((state / frequency) << 24) + low + state % frequency;
        }
        let state = format!("{state:b}");
        state[1..].to_owned() + &words.into_iter().rev().collect::<String>()
    }

    fn binary(bits: &Bits) -> String {
        bits.iter().map(|bit| if bit { '1' } else { '0' }).collect()
    }

    #[test]
    fn nothing_takes_no_bits_and_halves_take_one_each() {
        assert!(encode(&[]).is_empty());
        let fair = Cdf::uniform(2, 1).unwrap();
        for length in 0..200 {
            let tosses: Vec<_> = (0..length).map(|index| (Symbol::from(index % 3 == 0), fair.clone())).collect();
            // The last symbol of the text, which is coded first, makes a 1 a state of up to 24 bits.
            assert!(encode(&tosses).len().abs_diff(length) <= 23, "{length}: {}", encode(&tosses).len());
        }
    }

    /// The bits of one text do not change: they are kept in files. (A second implementation, in another language and with
    /// numbers of any size, gives the same.)
    #[test]
    fn bits_stay_what_they_are() {
        let cdf = Cdf::from_weights(&[1, 2, 3, 5, 8, 13], 16).unwrap();
        let text: Vec<_> = (0..40).map(|index| (index * index % 6, cdf.clone())).collect();
        let bits = encode(&text);
        let hex: String = bits.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((bits.len(), hex.as_str()), (150, "0e66ab0411033558266ab0403f5019c2200004"));
    }

    proptest! {
        #[test]
        fn bits_are_as_the_rule_says(text in steps(60)) {
            prop_assert_eq!(binary(&encode(&text)), literally(&text));
        }

        #[test]
        fn decoding_inverts_encoding(text in steps(120)) {
            let bits = encode(&text);
            let mut decoder = AnsDecoder::new(&bits);
            for (symbol, cdf) in &text {
                prop_assert_eq!(decoder.next(cdf), *symbol);
            }
            // All is used up.
            prop_assert_eq!(decoder.coder.into_raw_parts(), (Vec::new(), 1));
        }

        #[test]
        fn any_bits_decode_and_encode_to_themselves(
            bytes in prop::collection::vec(any::<u8>(), 0..40), short in 0..8u64, models in steps(100)
        ) {
            let len = (8 * bytes.len() as u64).saturating_sub(short);
            let bits = Bits::from_bytes(bytes, len).unwrap();
            let mut decoder = AnsDecoder::new(&bits);
            let text: Vec<_> = models.iter().map(|(_, cdf)| (decoder.next(cdf), cdf.clone())).collect();
            // What is left is what was there before the text's end, so coding the text on top of it gives the bits again.
            let (words, state) = decoder.coder.into_raw_parts();
            let mut coder = DefaultAnsCoder::from_raw_parts(words, state);
            for (symbol, cdf) in text.iter().rev() {
                coder.encode_symbol(*symbol, Model(cdf)).unwrap();
            }
            let (words, state) = coder.into_raw_parts();
            let again: String = words.iter().rev().map(|word| format!("{word:032b}")).collect();
            prop_assert_eq!(binary(&bits), format!("{state:b}")[1..].to_owned() + &again);
        }
    }
}
