//! Arithmetic coding of whole texts with M1 (`AC[v=…]`; paper 3.3).
//!
//! Every example is coded by itself, in distributions of 14 bits, with M1's context running through it. An encoder knows
//! the text ahead, so M1 evaluates many of its symbols in one pass; a decoder has to go one by one.

use super::control::Meter;
use super::{Control, Encoded, Method, TokenWidth, TokenizeError, Tokenizer, check_symbols, raw_bytes};
use crate::coding::{ArithmeticDecoder, ArithmeticEncoder, Symbol, pack_tokens, unpack_tokens};
use crate::m1::{NextSymbol, STREAM_PRECISION, Session};
use rayon::prelude::*;
use std::sync::Arc;

/// Examples that are under way at once. Each takes memory for M1's context (0.4 MB with the paper's M1).
const LANES: usize = 16;

/// Symbols of an example between two looks at the cancel flag.
const STRIDE: usize = 256;

pub(super) struct Ac {
    method: Method,
    width: TokenWidth,
    model: Arc<dyn NextSymbol>,
}

impl Ac {
    pub fn new(width: TokenWidth, model: Arc<dyn NextSymbol>) -> Self {
        Self { method: Method::Ac { width }, width, model }
    }

    fn encoded(&self, example: &[Symbol], encoder: ArithmeticEncoder) -> Encoded {
        let bits = encoder.finish();
        Encoded {
            tokens: pack_tokens(&bits, self.width.bits()),
            bits: bits.len(),
            symbols: example.len(),
            raw_bytes: raw_bytes(example),
            windows: Vec::new(),
            hints: Vec::new(),
        }
    }
}

/// An example on its way.
struct Lane<'a> {
    example: usize,
    rest: &'a [Symbol],
    encoder: ArithmeticEncoder,
    session: Box<dyn Session + 'a>,
}

impl Lane<'_> {
    /// Codes some more symbols, and returns how many.
    fn advance(&mut self) -> usize {
        let (now, later) = self.rest.split_at(STRIDE.min(self.rest.len()));
        for (&symbol, cdf) in now.iter().zip(self.session.follow(now)) {
            self.encoder.push(symbol, &cdf);
        }
        self.rest = later;
        now.len()
    }
}

impl Tokenizer for Ac {
    fn method(&self) -> &Method {
        &self.method
    }

    fn encode(&self, examples: &[&[Symbol]], control: &Control) -> Result<Vec<Encoded>, TokenizeError> {
        check_symbols(examples, &self.method)?;
        let mut meter = Meter::new(control);
        let mut upcoming = examples.iter().enumerate().map(|(example, rest)| Lane {
            example,
            rest,
            encoder: ArithmeticEncoder::new(),
            session: self.model.session(STREAM_PRECISION),
        });
        let mut lanes: Vec<Lane<'_>> = Vec::new();
        let mut results: Vec<(usize, Encoded)> = Vec::with_capacity(examples.len());
        loop {
            lanes.extend(upcoming.by_ref().take(LANES - lanes.len()));
            if lanes.is_empty() {
                break;
            }
            meter.advance(lanes.par_iter_mut().map(Lane::advance).sum())?;
            for Lane { example, encoder, .. } in lanes.extract_if(.., |lane| lane.rest.is_empty()) {
                results.push((example, self.encoded(examples[example], encoder)));
            }
        }
        meter.finish();
        results.sort_unstable_by_key(|(example, _)| *example);
        Ok(results.into_iter().map(|(_, encoded)| encoded).collect())
    }

    fn decode(&self, encoded: &Encoded, control: &Control) -> Result<Vec<Symbol>, TokenizeError> {
        let bits = unpack_tokens(&encoded.tokens, self.width.bits(), encoded.bits)?;
        let mut meter = Meter::new(control);
        let mut decoder = ArithmeticDecoder::new(&bits);
        let mut session = self.model.session(STREAM_PRECISION);
        let mut symbols = Vec::new();
        while symbols.len() < encoded.symbols {
            let symbol = decoder.next(session.cdf());
            symbols.push(symbol);
            meter.advance(1)?;
            if symbols.len() < encoded.symbols {
                session.push(symbol);
            }
        }
        meter.finish();
        Ok(symbols)
    }
}
