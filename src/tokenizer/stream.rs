//! One code for a whole example: `AC` and `StaticAC` (paper 3.3), `Huffman` (B.2) and `ANS` (B.3).
//!
//! Every example is coded by itself, and the model's context runs through it: M1, or, where the method is static, the one
//! distribution that the training split's symbols have. The coder is the method's. An encoder knows the text ahead, so
//! M1 evaluates many of its symbols in one pass; a decoder has to go one by one.

use super::control::Meter;
use super::reading::Incoming;
use super::trace::{End, Trace};
use super::{Control, Encoded, Method, Piece, Reader, TokenWidth, TokenizeError, Tokenizer, check_symbols};
use crate::coding::{
    AnsDecoder, AnsEncoder, ArithmeticDecoder, ArithmeticEncoder, BitReader, BitWriter, Bits, Cdf, GrowingDecoder,
    HuffmanCode, Symbol, pack_tokens, unpack_tokens,
};
use crate::m1::{NextSymbol, Session};
use rayon::prelude::*;
use std::sync::Arc;

/// Examples that are under way at once. Each takes memory for M1's context (0.4 MB with the paper's M1).
const LANES: usize = 16;

/// Symbols of an example between two looks at the cancel flag.
const STRIDE: usize = 256;

/// Which coder turns distributions and symbols into bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coder {
    Arithmetic,
    Huffman,
    Ans,
}

pub(super) struct Stream {
    method: Method,
    width: TokenWidth,
    coder: Coder,
    precision: u8,
    model: Arc<dyn NextSymbol>,
}

impl Stream {
    pub fn new(method: Method, width: TokenWidth, coder: Coder, precision: u8, model: Arc<dyn NextSymbol>) -> Self {
        Self { method, width, coder, precision, model }
    }

    fn encoder(&self) -> Encoder {
        match self.coder {
            Coder::Arithmetic => Encoder::Arithmetic(ArithmeticEncoder::new()),
            Coder::Huffman => Encoder::Huffman(BitWriter::new(), Codes::default()),
            Coder::Ans => Encoder::Ans(AnsEncoder::new()),
        }
    }

    fn encoded(&self, example: &[Symbol], encoder: Encoder) -> Encoded {
        let bits = encoder.finish();
        Encoded { bits: bits.len(), ..Encoded::of_tokens(pack_tokens(&bits, self.width.bits()), example) }
    }
}

/// The Huffman code of the last distribution: static ones are made once.
#[derive(Default)]
struct Codes {
    last: Option<Box<(Cdf, HuffmanCode)>>,
}

impl Codes {
    fn of(&mut self, cdf: &Cdf) -> &HuffmanCode {
        if self.last.as_ref().is_none_or(|last| last.0 != *cdf) {
            self.last = None;
        }
        &self.last.get_or_insert_with(|| Box::new((cdf.clone(), HuffmanCode::new(cdf)))).1
    }
}

enum Encoder {
    Arithmetic(ArithmeticEncoder),
    Huffman(BitWriter, Codes),
    Ans(AnsEncoder),
}

impl Encoder {
    fn push(&mut self, symbol: Symbol, cdf: &Cdf) {
        match self {
            Self::Arithmetic(encoder) => encoder.push(symbol, cdf),
            Self::Huffman(writer, codes) => codes.of(cdf).encode(symbol, writer),
            Self::Ans(encoder) => encoder.push(symbol, cdf),
        }
    }

    /// Up to where in the code the symbols so far have a say; none where the code is made from its end (ANS).
    fn known_bits(&self) -> Option<u64> {
        match self {
            Self::Arithmetic(encoder) => Some(encoder.known_bits()),
            Self::Huffman(writer, _) => Some(writer.len()),
            Self::Ans(_) => None,
        }
    }

    fn finish(self) -> Bits {
        match self {
            Self::Arithmetic(encoder) => encoder.finish(),
            Self::Huffman(writer, _) => writer.finish(),
            Self::Ans(encoder) => encoder.finish(),
        }
    }
}

enum Decoder<'a> {
    Arithmetic(ArithmeticDecoder<'a>),
    Huffman(BitReader<'a>, Codes),
    Ans(AnsDecoder),
}

impl Decoder<'_> {
    fn next(&mut self, cdf: &Cdf) -> Result<Symbol, TokenizeError> {
        match self {
            Self::Arithmetic(decoder) => Ok(decoder.next(cdf)),
            Self::Huffman(reader, codes) => Ok(codes.of(cdf).decode(reader)?),
            Self::Ans(decoder) => Ok(decoder.next(cdf)),
        }
    }
}

/// An example on its way.
struct Lane<'a> {
    example: usize,
    rest: &'a [Symbol],
    encoder: Encoder,
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

impl Tokenizer for Stream {
    fn method(&self) -> &Method {
        &self.method
    }

    fn encode(&self, examples: &[&[Symbol]], control: &Control) -> Result<Vec<Encoded>, TokenizeError> {
        check_symbols(examples, &self.method)?;
        let mut meter = Meter::new(control);
        let mut upcoming = examples.iter().enumerate().map(|(example, rest)| Lane {
            example,
            rest,
            encoder: self.encoder(),
            session: self.model.session(self.precision),
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
        let mut decoder = match self.coder {
            Coder::Arithmetic => Decoder::Arithmetic(ArithmeticDecoder::new(&bits)),
            Coder::Huffman => Decoder::Huffman(bits.reader(), Codes::default()),
            Coder::Ans => Decoder::Ans(AnsDecoder::new(&bits)),
        };
        let mut session = self.model.session(self.precision);
        // Arithmetic coding says where a code ends by coding its text again.
        let mut again = ArithmeticEncoder::new();
        let mut symbols = Vec::new();
        while symbols.len() < encoded.symbols {
            let symbol = decoder.next(session.cdf())?;
            symbols.push(symbol);
            if self.coder == Coder::Arithmetic {
                again.push(symbol, session.cdf());
            }
            meter.advance(1)?;
            if symbols.len() < encoded.symbols {
                session.push(symbol);
            }
        }
        meter.finish();
        let left = match &decoder {
            Decoder::Arithmetic(_) => again.finished_bits() != bits.len(),
            Decoder::Huffman(reader, _) => reader.remaining() > 0,
            // Any bits are the code of a text of any length.
            Decoder::Ans(_) => false,
        };
        match left {
            true => Err(TokenizeError::Damaged { what: "the code does not end where the text does" }),
            false => Ok(symbols),
        }
    }

    /// ANS is not read so: its code begins with a state as long as the whole code makes it.
    fn reader(&self) -> Result<Box<dyn Reader + '_>, TokenizeError> {
        let growing = match self.coder {
            Coder::Arithmetic => Growing::Arithmetic(GrowingDecoder::new()),
            Coder::Huffman => Growing::Huffman(Codes::default()),
            Coder::Ans => return Err(TokenizeError::NotAsTheyCome { method: self.method.clone() }),
        };
        let (width, session) = (self.width.bits(), self.model.session(self.precision));
        Ok(Box::new(Reading { width, growing, incoming: Incoming::default(), session }))
    }

    fn trace(&self, example: &[Symbol], encoded: &Encoded, control: &Control) -> Result<Trace, TokenizeError> {
        let mut meter = Meter::new(control);
        let (mut encoder, mut session) = (self.encoder(), self.model.session(self.precision));
        let (mut costs, mut ends) = (Vec::with_capacity(example.len()), Vec::with_capacity(example.len()));
        let mut spent = 0.0;
        for piece in example.chunks(STRIDE) {
            for (&symbol, cdf) in piece.iter().zip(session.follow(piece)) {
                let cost = cdf.cost_bits(symbol);
                spent += cost;
                costs.push(cost);
                encoder.push(symbol, &cdf);
                // ANS mixes its symbols' bits: where they would lie, were each written for itself.
                ends.push(encoder.known_bits().unwrap_or(spent as u64).min(encoded.bits));
            }
            meter.advance(piece.len())?;
        }
        if let Some(last) = ends.last_mut() {
            *last = encoded.bits;
        }
        Ok(Trace::of_bits(encoded, self.width, costs, ends, vec![End::Text]))
    }
}

/// A decoder of a code that is still being written.
enum Growing {
    Arithmetic(GrowingDecoder),
    Huffman(Codes),
}

/// Tokens as they come.
struct Reading<'a> {
    width: u32,
    growing: Growing,
    incoming: Incoming,
    session: Box<dyn Session + 'a>,
}

impl Reading<'_> {
    /// The next symbol, if the bits so far settle it.
    fn next(&mut self) -> Option<Symbol> {
        match &mut self.growing {
            Growing::Arithmetic(decoder) => decoder.next(self.session.cdf()),
            Growing::Huffman(codes) => {
                let ahead = self.incoming.ahead();
                let mut reader = ahead.reader();
                // A codeword that is not all there is read with the next token.
                let symbol = codes.of(self.session.cdf()).decode(&mut reader).ok()?;
                self.incoming.skip(reader.position());
                Some(symbol)
            }
        }
    }
}

impl Reader for Reading<'_> {
    fn push(&mut self, token: u32) -> Result<Vec<Piece>, TokenizeError> {
        self.incoming.push(token, self.width)?;
        if let Growing::Arithmetic(decoder) = &mut self.growing {
            while let Some(bit) = self.incoming.next() {
                decoder.push_bit(bit);
            }
        }
        let mut pieces = Vec::new();
        while let Some(symbol) = self.next() {
            self.session.push(symbol);
            pieces.push(Piece::Symbol(symbol));
        }
        Ok(pieces)
    }
}
