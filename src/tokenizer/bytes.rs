//! Text as it is: every byte a token (the paper's Bytes baseline, 3.4).

use super::control::Meter;
use super::trace::{End, Spans, Trace};
use super::{Control, Encoded, Method, Piece, Reader, TokenizeError, Tokenizer, check_symbols};
use crate::coding::{ALPHABET, Symbol};

/// Symbols between two looks at the cancel flag.
const STRIDE: usize = 1 << 16;

/// Tokens are symbols: 0 to 255 a byte, 256 end-of-document.
#[derive(Debug)]
pub(super) struct Bytes;

impl Tokenizer for Bytes {
    fn method(&self) -> &Method {
        &Method::Bytes
    }

    fn encode(&self, examples: &[&[Symbol]], control: &Control) -> Result<Vec<Encoded>, TokenizeError> {
        check_symbols(examples, self.method())?;
        let mut meter = Meter::new(control);
        let mut encoded = Vec::with_capacity(examples.len());
        for example in examples {
            let mut tokens = Vec::with_capacity(example.len());
            for piece in example.chunks(STRIDE) {
                tokens.extend(piece.iter().map(|&symbol| u32::from(symbol)));
                meter.advance(piece.len())?;
            }
            encoded.push(Encoded { bits: 8 * tokens.len() as u64, ..Encoded::of_tokens(tokens, example) });
        }
        meter.finish();
        Ok(encoded)
    }

    fn decode(&self, encoded: &Encoded, _control: &Control) -> Result<Vec<Symbol>, TokenizeError> {
        let symbol = |(index, &token): (usize, &u32)| symbol(index, token);
        let symbols: Vec<Symbol> = encoded.tokens.iter().enumerate().map(symbol).collect::<Result<_, _>>()?;
        encoded.check_length(symbols)
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>, TokenizeError> {
        Ok(Box::new(Reading { tokens: 0 }))
    }

    fn trace(&self, example: &[Symbol], encoded: &Encoded, _control: &Control) -> Result<Trace, TokenizeError> {
        let ends: Vec<u64> = (1..=example.len() as u64).map(|end| 8 * end).collect();
        let mut spans = Spans::new(&ends, encoded);
        let tokens = encoded.tokens.iter().zip(&ends).map(|(&token, &end)| spans.next(token, end - 8..end)).collect();
        Ok(Trace { costs: vec![8.0; example.len()], tokens, ends, window_ends: vec![End::Text] })
    }
}

fn symbol(index: usize, token: u32) -> Result<Symbol, TokenizeError> {
    match Symbol::try_from(token) {
        Ok(symbol) if usize::from(symbol) < ALPHABET => Ok(symbol),
        _ => Err(TokenizeError::NoSymbol { index, token }),
    }
}

/// Tokens as they come.
struct Reading {
    tokens: usize,
}

impl Reader for Reading {
    fn push(&mut self, token: u32) -> Result<Vec<Piece>, TokenizeError> {
        let symbol = symbol(self.tokens, token)?;
        self.tokens += 1;
        Ok(vec![Piece::Symbol(symbol)])
    }
}
