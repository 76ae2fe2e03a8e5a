//! Segments that end where M1 is unsure (`EntropyCut[h=…, v=…]`): before a symbol whose distribution has more than `h` bits
//! of entropy, the coder starts afresh, at the next whole token; M1's context goes on.
//!
//! So borders fall where something new begins, mostly words, and tokens of a segment depend on nothing in the coder
//! before it. Entropy is computed in integers ([`Cdf::entropy`](crate::coding::Cdf::entropy)), so a decoder sees the same
//! borders, and nothing has to mark them; it codes each segment again to see how many tokens that took.

use super::alone::encode_each;
use super::control::Meter;
use super::trace::{End, Trace, byte_at};
use super::{Control, Encoded, Entropy, Method, TokenWidth, TokenizeError, Tokenizer, WindowSpan};
use crate::coding::{ArithmeticDecoder, ArithmeticEncoder, BitWriter, Cdf, Symbol, pack_tokens, unpack_tokens};
use crate::m1::{NextSymbol, STREAM_PRECISION};
use std::sync::Arc;

/// Symbols that M1 evaluates together, and between two looks at the cancel flag.
const STRIDE: usize = 256;

pub(super) struct EntropyCut {
    method: Method,
    limit: u32,
    width: TokenWidth,
    model: Arc<dyn NextSymbol>,
}

/// One segment on its way.
struct Segment {
    start: usize,
    encoder: ArithmeticEncoder,
}

impl EntropyCut {
    pub fn new(limit: Entropy, width: TokenWidth, model: Arc<dyn NextSymbol>) -> Self {
        Self { method: Method::EntropyCut { limit, width }, limit: limit.fixed_point(), width, model }
    }

    fn cuts_before(&self, cdf: &Cdf) -> bool {
        cdf.entropy() > self.limit
    }

    /// Goes along an example; `each` sees every symbol with its distribution, and whether a segment begins with it.
    fn follow(
        &self,
        example: &[Symbol],
        meter: &mut Meter<'_>,
        mut each: impl FnMut(usize, Symbol, &Cdf, bool),
    ) -> Result<(), TokenizeError> {
        let mut session = self.model.session(STREAM_PRECISION);
        let mut at = 0;
        for piece in example.chunks(STRIDE) {
            for (&symbol, cdf) in piece.iter().zip(session.follow(piece)) {
                each(at, symbol, &cdf, at == 0 || self.cuts_before(&cdf));
                at += 1;
            }
            meter.advance(piece.len())?;
        }
        Ok(())
    }

    fn encode_one(&self, example: &[Symbol], meter: &mut Meter<'_>) -> Result<Encoded, TokenizeError> {
        let (mut writer, mut windows) = (BitWriter::new(), Vec::new());
        let mut open: Option<Segment> = None;
        self.follow(example, meter, |at, symbol, cdf, begins| {
            if begins && let Some(segment) = open.take() {
                windows.push(self.close(segment, at, &mut writer));
            }
            let segment = open.get_or_insert_with(|| Segment { start: at, encoder: ArithmeticEncoder::new() });
            segment.encoder.push(symbol, cdf);
        })?;
        if let Some(segment) = open {
            windows.push(self.close(segment, example.len(), &mut writer));
        }
        let bits = writer.finish();
        let tokens = pack_tokens(&bits, self.width.bits());
        Ok(Encoded { bits: bits.len(), windows, ..Encoded::of_tokens(tokens, example) })
    }

    fn close(&self, segment: Segment, end: usize, writer: &mut BitWriter) -> WindowSpan {
        let (first_bit, code) = (writer.len(), segment.encoder.finish());
        let bits = code.len().next_multiple_of(self.width.bits().into());
        writer.append(&code);
        for _ in code.len()..bits {
            writer.push_bit(false);
        }
        WindowSpan {
            start: segment.start,
            symbols: end - segment.start,
            first_bit,
            bits: bits as u32,
            used_bits: code.len() as u32,
            candidates: 1,
            unresolved: false,
        }
    }
}

impl Tokenizer for EntropyCut {
    fn method(&self) -> &Method {
        &self.method
    }

    fn encode(&self, examples: &[&[Symbol]], control: &Control) -> Result<Vec<Encoded>, TokenizeError> {
        encode_each(&self.method, examples, control, |example, meter| self.encode_one(example, meter))
    }

    fn decode(&self, encoded: &Encoded, control: &Control) -> Result<Vec<Symbol>, TokenizeError> {
        let damaged = TokenizeError::Damaged { what: "the code does not end where the text does" };
        let bits = unpack_tokens(&encoded.tokens, self.width.bits(), encoded.bits)?;
        let mut meter = Meter::new(control);
        let mut session = self.model.session(STREAM_PRECISION);
        let mut symbols = Vec::new();
        let mut border = 0;
        let mut decoder = ArithmeticDecoder::new(&bits);
        let mut encoder = ArithmeticEncoder::new();
        while symbols.len() < encoded.symbols {
            let cdf = session.cdf();
            if !symbols.is_empty() && self.cuts_before(cdf) {
                border += encoder.finished_bits().next_multiple_of(self.width.bits().into());
                decoder = ArithmeticDecoder::at(&bits, border).map_err(|_| damaged.clone())?;
                encoder = ArithmeticEncoder::new();
            }
            let symbol = decoder.next(cdf);
            encoder.push(symbol, cdf);
            symbols.push(symbol);
            meter.advance(1)?;
            if symbols.len() < encoded.symbols {
                session.push(symbol);
            }
        }
        border += encoder.finished_bits().next_multiple_of(self.width.bits().into());
        meter.finish();
        match border == bits.len() {
            true => Ok(symbols),
            false => Err(damaged),
        }
    }

    fn trace(&self, example: &[Symbol], encoded: &Encoded, control: &Control) -> Result<Trace, TokenizeError> {
        let (mut costs, mut ends) = (Vec::with_capacity(example.len()), Vec::<u64>::with_capacity(example.len()));
        let mut window_ends = Vec::with_capacity(encoded.windows.len());
        let mut encoder = ArithmeticEncoder::new();
        let mut window = 0;
        let used = |window: usize| {
            encoded.windows.get(window).map_or(encoded.bits, |window| window.first_bit + u64::from(window.used_bits))
        };
        let first = |window: usize| encoded.windows.get(window).map_or(encoded.bits, |window| window.first_bit);
        self.follow(example, &mut Meter::new(control), |at, symbol, cdf, begins| {
            if begins && at > 0 {
                if let Some(last) = ends.last_mut() {
                    *last = used(window);
                }
                let entropy_bits = f64::from(cdf.entropy()) / f64::from(1 << 16);
                window_ends.push(byte_at(example, at).map_or(End::Text, |next| End::Unsure { next, entropy_bits }));
                encoder = ArithmeticEncoder::new();
                window += 1;
            }
            costs.push(cdf.cost_bits(symbol));
            encoder.push(symbol, cdf);
            ends.push((first(window) + encoder.known_bits()).min(used(window)));
        })?;
        if let Some(last) = ends.last_mut() {
            *last = used(window);
        }
        window_ends.push(End::Text);
        Ok(Trace::of_bits(encoded, self.width, costs, ends, window_ends))
    }
}
