//! Pieces of words from a vocabulary (`SentencePiece`, `HuggingFace[…]`, `GPT-2`, `cl100k`, `o200k`, `Unigram[v=…]`,
//! `BPE[v=…]`): the tokenizers that the field uses, beside ours.

use super::alone::encode_each;
use super::subword::Subword;
use super::trace::{End, TokenSpan, Trace};
use super::{Control, Encoded, Method, Piece, Reader, TokenizeError, Tokenizer};
use crate::coding::Symbol;
use std::sync::Arc;

pub(super) struct Pieces {
    method: Method,
    subword: Arc<Subword>,
}

impl Pieces {
    pub fn new(method: Method, subword: Arc<Subword>) -> Self {
        Self { method, subword }
    }

    /// Whole bits that name a token.
    fn bits(&self) -> u64 {
        u64::from(usize::BITS - (self.subword.vocabulary() - 1).leading_zeros())
    }

    fn encode_one(&self, example: &[Symbol]) -> Result<Encoded, TokenizeError> {
        let encoding = self.subword.encode(example);
        let lost_bytes = encoding.lost;
        let bits = encoding.ids.len() as u64 * self.bits();
        Ok(Encoded { bits, lost_bytes, ..Encoded::of_tokens(encoding.ids, example) })
    }
}

impl Tokenizer for Pieces {
    fn method(&self) -> &Method {
        &self.method
    }

    fn vocabulary(&self) -> usize {
        self.subword.vocabulary()
    }

    /// ⌈log2 v⌉: with 15 bits for T5's 32,000 pieces, Table 1's token ratio of 4.28 makes its bit ratio of 2.28.
    fn bits_per_token(&self) -> f64 {
        self.bits() as f64
    }

    fn is_lossless(&self) -> bool {
        self.subword.lossless()
    }

    fn identity(&self) -> Option<String> {
        Some(self.subword.identity().to_owned())
    }

    fn encode(&self, examples: &[&[Symbol]], control: &Control) -> Result<Vec<Encoded>, TokenizeError> {
        encode_each(&self.method, examples, control, |example, _| self.encode_one(example))
    }

    fn decode(&self, encoded: &Encoded, _control: &Control) -> Result<Vec<Symbol>, TokenizeError> {
        let symbols = self.subword.decode(&encoded.tokens)?;
        match self.is_lossless() {
            true => encoded.check_length(symbols),
            // What is lost is lost: the text that comes back may be longer or shorter.
            false => Ok(symbols),
        }
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>, TokenizeError> {
        Ok(Box::new(Reading { subword: &self.subword, before: None }))
    }

    fn trace(&self, example: &[Symbol], encoded: &Encoded, _control: &Control) -> Result<Trace, TokenizeError> {
        let encoding = self.subword.encode(example);
        let width = self.bits();
        let (mut costs, mut ends) = (vec![0.0; example.len()], vec![0; example.len()]);
        let mut tokens = Vec::with_capacity(encoding.ids.len());
        for (index, (&token, symbols)) in encoding.ids.iter().zip(&encoding.spans).enumerate() {
            let start = index as u64 * width;
            for (place, symbol) in symbols.clone().enumerate() {
                costs[symbol] = width as f64 / symbols.len() as f64;
                ends[symbol] = start + width * (place as u64 + 1) / symbols.len() as u64;
            }
            tokens.push(TokenSpan { token, bits: start..start + width, symbols: symbols.clone(), window: None });
        }
        // A byte that no token stands for ends where the one before it does.
        let mut before = 0;
        for end in &mut ends {
            before = before.max(*end);
            *end = before;
        }
        debug_assert_eq!(tokens.len(), encoded.tokens.len());
        Ok(Trace { costs, ends, tokens, window_ends: vec![End::Text] })
    }
}

/// Tokens as they come. What a piece stands for hangs on the piece before it at most: at the beginning of a text, T5's lose
/// their space.
struct Reading<'a> {
    subword: &'a Subword,
    before: Option<u32>,
}

impl Reader for Reading<'_> {
    fn push(&mut self, token: u32) -> Result<Vec<Piece>, TokenizeError> {
        let symbols = match self.before.replace(token) {
            None => self.subword.decode(&[token])?,
            Some(before) => {
                let known = self.subword.decode(&[before])?.len();
                self.subword.decode(&[before, token])?.split_off(known)
            }
        };
        Ok(symbols.into_iter().map(Piece::Symbol).collect())
    }
}
