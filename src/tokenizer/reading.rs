//! Tokens into text as they come: what a model writes is read before it has ended.
//!
//! [`super::Tokenizer::decode`] is given all tokens and how many symbols they hold. A model that writes tokens knows neither
//! where it will end nor how many symbols that makes, and what it writes need not be anything an encoder would. A reader
//! takes one token at a time and gives the symbols that every continuation has in common:
//!
//! * where a token is text (Bytes, pieces of words), at once;
//! * Equal-Info windows, as soon as a window's last bit is there; greedy ones a window later, since only what follows says
//!   where they end, and where even that leaves several texts open, the longest is taken;
//! * one code for a whole text (arithmetic coding, Huffman), as far as the bits so far settle its symbols.
//!
//! No token is ever read twice, so a text of n tokens takes time in proportion to n.

use super::TokenizeError;
use crate::coding::{BitWriter, Bits, Code, Symbol, TokenError};
use std::collections::VecDeque;

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// The text goes on with this symbol.
    Symbol(Symbol),
    /// Here is a window whose code no text has; reading goes on after it. Exact windows have no such codes.
    NoText,
}

/// Takes tokens one at a time, and gives their text as soon as it is certain.
pub trait Reader: Send {
    /// Takes the next token; returns what is certain from now on, after what was before.
    ///
    /// # Errors
    /// If the token is outside the method's vocabulary.
    fn push(&mut self, token: u32) -> Result<Vec<Piece>, TokenizeError>;

    /// Whether a text could end here: no window has only some of its bits.
    fn is_at_border(&self) -> bool {
        true
    }
}

/// Bits that tokens brought and nobody has read yet.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    bits: VecDeque<bool>,
    tokens: usize,
}

impl Incoming {
    /// Takes a token of `width` bits.
    pub fn push(&mut self, token: u32, width: u32) -> Result<(), TokenizeError> {
        if token >> width != 0 {
            return Err(TokenError::Vocabulary { index: self.tokens, token, width }.into());
        }
        self.tokens += 1;
        self.bits.extend((0..width).rev().map(|bit| token >> bit & 1 == 1));
        Ok(())
    }

    pub fn is_empty(&self) -> bool {
        self.bits.is_empty()
    }

    pub fn next(&mut self) -> Option<bool> {
        self.bits.pop_front()
    }

    /// The next window's code, once all of it is there.
    pub fn code(&mut self, bits: u16) -> Option<Code> {
        if self.bits.len() < usize::from(bits) {
            return None;
        }
        let code = string(self.bits.drain(..usize::from(bits)));
        Code::read(&mut code.reader(), bits).ok()
    }

    /// All that was not read yet, as a string.
    pub fn ahead(&self) -> Bits {
        string(self.bits.iter().copied())
    }

    /// Drops the first `bits` bits.
    pub fn skip(&mut self, bits: u64) {
        self.bits.drain(..(bits as usize).min(self.bits.len()));
    }
}

fn string(bits: impl Iterator<Item = bool>) -> Bits {
    let mut writer = BitWriter::new();
    bits.for_each(|bit| writer.push_bit(bit));
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coding::END_OF_DOCUMENT;
    use crate::m1::{StandIn, Trees};
    use crate::tokenizer::{Control, Encoded, Fitted, Materials, Method, Tokenizer, build};
    use proptest::prelude::*;
    use std::sync::{Arc, LazyLock};

    const SAMPLE: &str = "It was the best of times, it was the worst of times, it was the age of wisdom … naïve.";

    fn tokenizer(method: &str) -> Box<dyn Tokenizer> {
        let method: Method = method.parse().unwrap();
        let symbols: Vec<Symbol> = SAMPLE.bytes().map(Symbol::from).chain([END_OF_DOCUMENT]).collect();
        let mut fitted = Fitted::counted(symbols.iter().copied());
        fitted.open(&method).unwrap();
        let model = Arc::new(StandIn::counted(symbols));
        build(&method, &Materials { fitted, ..Materials::new(model, Arc::new(Trees::default())) }).unwrap()
    }

    fn encode(tokenizer: &dyn Tokenizer, symbols: &[Symbol]) -> Encoded {
        let alphabet = tokenizer.method().alphabet();
        let symbols: Vec<Symbol> = symbols.iter().copied().filter(|&s| usize::from(s) < alphabet).collect();
        tokenizer.encode(&[&symbols], &Control::default()).unwrap().remove(0)
    }

    fn read(tokenizer: &dyn Tokenizer, tokens: &[u32]) -> Vec<Piece> {
        let mut reader = tokenizer.reader().unwrap();
        tokens.iter().flat_map(|&token| reader.push(token).unwrap()).collect()
    }

    fn symbols(pieces: &[Piece]) -> Vec<Symbol> {
        let symbol = |piece: &Piece| match piece {
            Piece::Symbol(symbol) => *symbol,
            Piece::NoText => panic!("a window without a text"),
        };
        pieces.iter().map(symbol).collect()
    }

    /// Methods, and how many windows may be held back at the end of a text.
    const METHODS: [(&str, usize); 14] = [
        ("Bytes", 0),
        ("GPT-2", 0),
        ("EqualInfoAC[b=16, v=256]", 0),
        ("EqualInfoAC[b=16, v=65k]", 0),
        ("EqualInfoAC[b=24, v=65k]", 1),
        ("EqualInfoAC[b=128, v=65k]", 0),
        ("EqualInfoAC[b=8, v=256]", 0),
        ("EqualInfoAC[b=16, v=256, delay]", 0),
        ("EqualInfoAC[b=16, v=256, greedy]", 1),
        ("EqualInfoAC[b=16, v=256, reset=never]", 0),
        ("EqualInfoAC[b=16, v=256, reset=4]", 0),
        ("AC[v=256]", 0),
        ("StaticAC[v=65k]", 0),
        ("Huffman[v=16]", 0),
    ];

    /// Each method's tokenizer, made once: GPT-2's vocabulary takes a while.
    static TOKENIZERS: LazyLock<Vec<Box<dyn Tokenizer>>> =
        LazyLock::new(|| METHODS.iter().map(|(method, _)| tokenizer(method)).collect());

    fn text() -> impl Strategy<Value = Vec<Symbol>> {
        let likely = prop::sample::select(SAMPLE.as_bytes().to_vec()).prop_map(Symbol::from);
        prop::collection::vec(prop_oneof![9 => likely, 1 => 0..=END_OF_DOCUMENT], 1..60)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn read_as_they_come_tokens_are_what_they_are_all_at_once(text in text()) {
            for ((method, held_back), tokenizer) in METHODS.into_iter().zip(TOKENIZERS.iter()) {
                let encoded = encode(tokenizer.as_ref(), &text);
                // What a greedy window is, its codes may not say.
                if !encoded.hints.is_empty() {
                    continue;
                }
                let decoded = tokenizer.decode(&encoded, &Control::default()).unwrap();
                let read = symbols(&read(tokenizer.as_ref(), &encoded.tokens));
                // The last window may hold more than the text has, and the last token's padding may be a code too.
                let common = read.len().min(decoded.len());
                prop_assert_eq!(&read[..common], &decoded[..common], "{}", method);
                let last = encoded.windows.len().saturating_sub(held_back);
                let sure = match encoded.windows.is_empty() {
                    true => decoded.len(),
                    false => encoded.windows[..last].iter().map(|window| window.symbols).sum(),
                };
                prop_assert!(read.len() >= sure, "{method}: {} of {sure}", read.len());
            }
        }

        #[test]
        fn whatever_a_model_writes_is_read(tokens in prop::collection::vec(0..256u32, 0..60)) {
            for ((method, _), tokenizer) in METHODS.into_iter().zip(TOKENIZERS.iter()) {
                let within = |&token: &u32| token % tokenizer.vocabulary() as u32;
                let pieces = read(tokenizer.as_ref(), &tokens.iter().map(within).collect::<Vec<_>>());
                let exact = ["Bytes", "EqualInfoAC[b=16, v=256]", "AC[v=256]"].contains(&method);
                prop_assert!(!exact || !pieces.contains(&Piece::NoText));
            }
        }
    }

    #[test]
    fn a_window_is_read_when_its_last_token_comes() {
        let tokenizer = tokenizer("EqualInfoAC[b=16, v=256]");
        let encoded = encode(tokenizer.as_ref(), &SAMPLE.bytes().map(Symbol::from).collect::<Vec<_>>());
        let mut reader = tokenizer.reader().unwrap();
        assert!(reader.push(encoded.tokens[0]).unwrap().is_empty());
        assert!(!reader.is_at_border());
        assert_eq!(reader.push(encoded.tokens[1]).unwrap().len(), encoded.windows[0].symbols);
        assert!(reader.is_at_border());
    }

    #[test]
    fn tokens_of_another_vocabulary_are_refused() {
        for (method, token) in
            [("Bytes", 257), ("AC[v=256]", 256), ("EqualInfoAC[b=16, v=256]", 300), ("GPT-2", 60_000)]
        {
            assert!(tokenizer(method).reader().unwrap().push(token).is_err(), "{method}");
        }
    }

    #[test]
    fn methods_that_cannot_be_read_as_they_come_say_so() {
        for method in ["ANS[v=256]", "GZip[v=256]", "Random[v=256]"] {
            let message = tokenizer(method).reader().err().unwrap().to_string();
            assert!(message.contains(method), "{message}");
        }
    }
}
