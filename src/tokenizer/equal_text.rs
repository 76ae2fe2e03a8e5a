//! Windows of equal text (`EqualText[n=…, v=…]`; paper B.1): `n` symbols in, as many tokens out as they take.
//!
//! In each window, coder and M1 start afresh, as in windows of equal information; its code is filled up with zeros to a
//! whole number of tokens. A decoder counts symbols, and codes them again to see how many tokens they took, so windows
//! need nothing between them; for a reader who cannot do that, `delimited` puts a token of its own, `v`, after each.

use super::control::Meter;
use super::lanes::{Cursor, Lane, STRIDE, Source, Stand, walk};
use super::trace::{End, Spans, Trace, byte_at};
use super::{Control, Encoded, Method, TokenWidth, TokenizeError, Tokenizer, WindowSpan, check_symbols};
use crate::coding::{ALPHABET, ArithmeticDecoder, ArithmeticEncoder, Bits, Symbol, pack_tokens, unpack_tokens};
use crate::m1::{NextSymbol, TreeReader, Trees};
use std::sync::Arc;

/// Windows that one walk codes, one after the other.
const WINDOWS_PER_LANE: usize = 32;

pub(super) struct EqualText {
    method: Method,
    symbols: usize,
    width: TokenWidth,
    delimited: bool,
    source: Source,
}

impl EqualText {
    pub fn new(
        method: Method,
        symbols: usize,
        width: TokenWidth,
        delimited: bool,
        model: Arc<dyn NextSymbol>,
        trees: &Trees,
    ) -> Result<Self, TokenizeError> {
        Ok(Self { method, symbols, width, delimited, source: Source::new(model, trees.prefixes().clone(), ALPHABET)? })
    }

    fn delimiter(&self) -> Option<u32> {
        self.delimited.then_some(1 << self.width.bits())
    }

    fn assemble(&self, example: &[Symbol], codes: &[Bits]) -> Encoded {
        let width = u64::from(self.width.bits());
        let mut windows = Vec::with_capacity(codes.len());
        let (mut tokens, mut start, mut first_bit) = (Vec::new(), 0, 0);
        for code in codes {
            tokens.extend(pack_tokens(code, self.width.bits()));
            tokens.extend(self.delimiter());
            let bits = code.len().next_multiple_of(width);
            let symbols = self.symbols.min(example.len() - start);
            windows.push(WindowSpan {
                start,
                symbols,
                first_bit,
                bits: bits as u32,
                used_bits: code.len() as u32,
                candidates: 1,
                unresolved: false,
            });
            start += symbols;
            first_bit += bits;
        }
        Encoded { bits: first_bit, windows, ..Encoded::of_tokens(tokens, example) }
    }

    /// Whether the tokens have a delimiter after each window, if they are to have any; windows end at these bits.
    fn is_delimited_at(&self, borders: &[u64], tokens: &[u32]) -> bool {
        let width = u64::from(self.width.bits());
        let after = |(window, border): (usize, &u64)| tokens.get((border / width) as usize + window).copied();
        self.delimiter().is_none_or(|delimiter| {
            let all = borders.iter().enumerate().all(|window| after(window) == Some(delimiter));
            all && tokens.iter().filter(|&&token| token == delimiter).count() == borders.len()
        })
    }

    /// The tokens without delimiters.
    fn code(&self, encoded: &Encoded) -> Result<Bits, TokenizeError> {
        let bare: Vec<u32> = match self.delimiter() {
            Some(delimiter) => encoded.tokens.iter().copied().filter(|&token| token != delimiter).collect(),
            None => encoded.tokens.clone(),
        };
        Ok(unpack_tokens(&bare, self.width.bits(), encoded.bits)?)
    }
}

impl Tokenizer for EqualText {
    fn method(&self) -> &Method {
        &self.method
    }

    fn vocabulary(&self) -> usize {
        self.width.vocabulary() + usize::from(self.delimited)
    }

    fn bits_per_token(&self) -> f64 {
        (self.vocabulary() as f64).log2()
    }

    fn encode(&self, examples: &[&[Symbol]], control: &Control) -> Result<Vec<Encoded>, TokenizeError> {
        check_symbols(examples, &self.method)?;
        let mut meter = Meter::new(control);
        let stretch = self.symbols * WINDOWS_PER_LANE;
        let lanes = examples.iter().enumerate().flat_map(|(index, example)| {
            example.chunks(stretch).map(move |text| Encoding::new(index, text, self.symbols))
        });
        let mut codes: Vec<Vec<Bits>> = vec![Vec::new(); examples.len()];
        for lane in walk(lanes, &self.source, &mut meter)? {
            codes[lane.example].extend(lane.codes);
        }
        meter.finish();
        Ok(examples.iter().zip(&codes).map(|(example, codes)| self.assemble(example, codes)).collect())
    }

    fn decode(&self, encoded: &Encoded, control: &Control) -> Result<Vec<Symbol>, TokenizeError> {
        let bits = self.code(encoded)?;
        let mut meter = Meter::new(control);
        let lane = Decoding {
            bits: &bits,
            width: self.width.bits().into(),
            per_window: self.symbols,
            wanted: encoded.symbols,
            symbols: Vec::new(),
            start: 0,
            window: Window::at(&bits, 0)?,
            borders: Vec::new(),
            cursor: Cursor::default(),
            damaged: false,
            done: 0,
        };
        let Some(lane) = walk([lane], &self.source, &mut meter)?.pop().filter(|lane| !lane.damaged) else {
            return Err(TokenizeError::Damaged { what: "the code ends before the text does" });
        };
        meter.finish();
        let Decoding { symbols, window, mut borders, .. } = lane;
        if !symbols.is_empty() {
            borders.push(window.end(self.width.bits().into()));
        }
        if borders.last().copied().unwrap_or(0) != bits.len() {
            return Err(TokenizeError::Damaged { what: "the code does not end where the text does" });
        }
        if !self.is_delimited_at(&borders, &encoded.tokens) {
            return Err(TokenizeError::Damaged { what: "delimiters stand elsewhere than after the windows" });
        }
        encoded.check_length(symbols)
    }

    fn trace(&self, example: &[Symbol], encoded: &Encoded, control: &Control) -> Result<Trace, TokenizeError> {
        let mut meter = Meter::new(control);
        let lanes = encoded.windows.iter().map(|window| {
            let text = &example[window.start..window.start + window.symbols];
            (window, Encoding { trace: Some(Vec::new()), ..Encoding::new(0, text, self.symbols) })
        });
        let (windows, lanes): (Vec<&WindowSpan>, Vec<Encoding<'_>>) = lanes.unzip();
        let (mut costs, mut ends, mut window_ends) = (Vec::new(), Vec::new(), Vec::new());
        for (window, lane) in windows.iter().zip(walk(lanes, &self.source, &mut meter)?) {
            for (cost, known) in lane.trace.unwrap_or_default() {
                costs.push(cost);
                ends.push(window.first_bit + known.min(window.used_bits.into()));
            }
            if let Some(last) = ends.last_mut() {
                *last = window.first_bit + u64::from(window.used_bits);
            }
            window_ends.push(match byte_at(example, window.start + window.symbols) {
                Some(_) => End::Count,
                None => End::Text,
            });
        }
        let mut spans = Spans::new(&ends, encoded);
        let (width, delimiter) = (u64::from(self.width.bits()), self.delimiter());
        let mut at = 0;
        let tokens = encoded.tokens.iter().map(|&token| {
            let bits = at..at + if Some(token) == delimiter { 0 } else { width };
            at = bits.end;
            spans.next(token, bits)
        });
        let tokens = tokens.collect();
        Ok(Trace { tokens, costs, ends, window_ends })
    }
}

/// Some successive windows on their way into codes.
struct Encoding<'t> {
    example: usize,
    text: &'t [Symbol],
    per_window: usize,
    /// Where the open window starts, and how far it has come.
    start: usize,
    position: usize,
    encoder: ArithmeticEncoder,
    cursor: Cursor,
    codes: Vec<Bits>,
    /// What each symbol costs, and up to which bit of its window the symbols so far have a say, if that is asked for.
    trace: Option<Vec<(f64, u64)>>,
    done: usize,
}

impl<'t> Encoding<'t> {
    fn new(example: usize, text: &'t [Symbol], per_window: usize) -> Self {
        Self {
            example,
            text,
            per_window,
            start: 0,
            position: 0,
            encoder: ArithmeticEncoder::new(),
            cursor: Cursor::default(),
            codes: Vec::new(),
            trace: None,
            done: 0,
        }
    }
}

impl Lane for Encoding<'_> {
    fn advance(&mut self, tree: &TreeReader<'_>) -> Stand {
        for _ in 0..STRIDE {
            let open = self.position - self.start;
            if open == self.per_window || (self.position == self.text.len() && open > 0) {
                self.codes.push(std::mem::take(&mut self.encoder).finish());
                self.done += open;
                self.start = self.position;
                self.cursor.restart();
            }
            let Some(&symbol) = self.text.get(self.position) else {
                return Stand::Done;
            };
            let Some(cdf) = self.cursor.cdf(tree) else {
                return Stand::Waiting;
            };
            self.encoder.push(symbol, cdf);
            if let Some(trace) = &mut self.trace {
                trace.push((cdf.cost_bits(symbol), self.encoder.known_bits()));
            }
            self.cursor.descend(symbol);
            self.position += 1;
        }
        Stand::Ready
    }

    fn waiting_at(&mut self) -> Option<(&mut Cursor, &[Symbol])> {
        Some((&mut self.cursor, &self.text[self.start..self.position]))
    }

    fn take_done(&mut self) -> usize {
        std::mem::take(&mut self.done)
    }
}

/// A window that is decoded: its text is coded again beside, to see where its code ends.
struct Window<'a> {
    first_bit: u64,
    decoder: ArithmeticDecoder<'a>,
    encoder: ArithmeticEncoder,
}

impl<'a> Window<'a> {
    fn at(bits: &'a Bits, first_bit: u64) -> Result<Self, TokenizeError> {
        let decoder = ArithmeticDecoder::at(bits, first_bit)?;
        Ok(Self { first_bit, decoder, encoder: ArithmeticEncoder::new() })
    }

    /// Where the tokens of its text end.
    fn end(&self, width: u64) -> u64 {
        self.first_bit + self.encoder.finished_bits().next_multiple_of(width)
    }
}

/// An example on its way into text.
struct Decoding<'a> {
    bits: &'a Bits,
    width: u64,
    per_window: usize,
    wanted: usize,
    symbols: Vec<Symbol>,
    /// Where the open window's text starts.
    start: usize,
    window: Window<'a>,
    /// Where the codes of the windows before it end.
    borders: Vec<u64>,
    cursor: Cursor,
    /// Whether the code ended before the text did.
    damaged: bool,
    done: usize,
}

impl Lane for Decoding<'_> {
    fn advance(&mut self, tree: &TreeReader<'_>) -> Stand {
        for _ in 0..STRIDE {
            if self.symbols.len() >= self.wanted {
                return Stand::Done;
            }
            if self.symbols.len() - self.start == self.per_window {
                let border = self.window.end(self.width);
                let Ok(window) = Window::at(self.bits, border) else {
                    self.damaged = true;
                    return Stand::Done;
                };
                self.borders.push(border);
                self.window = window;
                self.start = self.symbols.len();
                self.cursor.restart();
            }
            let Some(cdf) = self.cursor.cdf(tree) else {
                return Stand::Waiting;
            };
            let symbol = self.window.decoder.next(cdf);
            self.window.encoder.push(symbol, cdf);
            self.cursor.descend(symbol);
            self.symbols.push(symbol);
            self.done += 1;
        }
        Stand::Ready
    }

    fn waiting_at(&mut self) -> Option<(&mut Cursor, &[Symbol])> {
        Some((&mut self.cursor, &self.symbols[self.start..]))
    }

    fn take_done(&mut self) -> usize {
        std::mem::take(&mut self.done)
    }
}
