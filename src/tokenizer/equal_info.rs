//! Windows of equal information (`EqualInfoAC[b=…, v=…]`; paper 3.3).
//!
//! Every window is `b` bits and starts afresh, coder and model alike. The windows' codes are joined into one string of
//! bits, which is cut into tokens of N bits; where b is no multiple of N, tokens cross the borders of windows (A.1).
//!
//! Windows are walked through the tree of distributions, and the model is run for what that lacks. Exact windows that have
//! a compiled tree are coded with it instead ([`compiled`]): the same, many times faster.

use super::control::Meter;
use super::lanes::{Cursor, Lane, STRIDE, Source, Stand, walk};
use super::reading::Incoming;
use super::resolve::{Hint, Resolver};
use super::trace::{End, Trace, byte_at};
use super::{
    Control, Encoded, Method, Piece, Reader, Reset, TokenWidth, TokenizeError, Tokenizer, WindowSpan, check_symbols,
    compiled,
};
use crate::coding::{
    BitWriter, Code, Decoded, Push, Symbol, Termination, WindowDecoder, WindowEncoder, WindowShape, pack_tokens,
};
use crate::m1::windows::WindowTree;
use crate::m1::{NextSymbol, TreeReader, Trees};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Symbols beyond those announced at which decoding stops rather than see how many there are.
const SURPLUS: usize = 1 << 16;

/// Symbols ahead that are always run: a window that is longer than most is met one symbol at a time otherwise.
const LEAST_AHEAD: usize = 2;

/// More examples than this keep the model busy by themselves.
const MOST_SCOUTED: usize = 16;

/// A scout walks b² symbols over this: with some 3 bits in a symbol, ten times what it takes to meet the real walk.
const BITS_SQUARED_PER_SCOUTED: usize = 3;

/// Windows that one walk decodes, one after the other.
const WINDOWS_PER_LANE: usize = 32;

pub(super) struct EqualInfoAc {
    method: Method,
    shape: WindowShape,
    width: TokenWidth,
    source: Source,
    model: Arc<dyn NextSymbol>,
    trees: Arc<Trees>,
}

impl EqualInfoAc {
    pub fn new(
        shape: WindowShape,
        width: TokenWidth,
        model: Arc<dyn NextSymbol>,
        trees: Arc<Trees>,
    ) -> Result<Self, TokenizeError> {
        let source = Source::new(model.clone(), trees.prefixes().clone(), shape.alphabet())?;
        let method = Method::EqualInfoAc { shape, width, reset: Reset::EveryWindow };
        Ok(Self { method, shape, width, source, model, trees })
    }

    /// The compiled tree for texts of `symbols` symbols together, if there is one, or is one from now on.
    fn compiled(&self, symbols: usize, meter: &mut Meter<'_>) -> Result<Option<Arc<WindowTree>>, TokenizeError> {
        let mut go_on = || meter.advance(0).is_ok();
        Ok(self.trees.windows_worth(self.model.as_ref(), self.shape, symbols, &mut go_on)?)
    }
}

impl EqualInfoAc {
    /// Fills the tree for a few examples, whose walks alone would leave most of the model's batches empty.
    ///
    /// Every window starts afresh, so walks that begin at different places of a text go on alike from the first border
    /// that they share. Walks that begin here and there at once find most of the prefixes that the real ones come by.
    /// The longer windows are, the fewer borders there are to share: on natural text walks met after about a third of the
    /// square of the windows' length (0.3 · n² symbols of windows of n, for b = 16 to 128), so that is what pieces follow.
    fn scout(&self, examples: &[&[Symbol]], meter: &mut Meter<'_>) -> Result<(), TokenizeError> {
        let symbols = examples.iter().map(|example| example.len()).sum();
        if examples.len() > MOST_SCOUTED || !self.source.has_room_for(symbols) {
            return Ok(());
        }
        let bits = usize::from(self.shape.bits());
        let piece = (bits * bits / BITS_SQUARED_PER_SCOUTED).max(1);
        let pieces = examples.iter().flat_map(|example| match example.len() / piece {
            0 | 1 => example.chunks(usize::MAX).take(0),
            count => example.chunks(example.len().div_ceil(count)).take(count),
        });
        walk(pieces.map(|piece| Encoding::scout(self.shape, piece)), &self.source, meter)?;
        Ok(())
    }
}

impl Tokenizer for EqualInfoAc {
    fn method(&self) -> &Method {
        &self.method
    }

    fn encode(&self, examples: &[&[Symbol]], control: &Control) -> Result<Vec<Encoded>, TokenizeError> {
        check_symbols(examples, &self.method)?;
        let mut meter = Meter::new(control);
        let symbols = examples.iter().map(|example| example.len()).sum();
        if let Some(tree) = self.compiled(symbols, &mut meter)? {
            let encoded = compiled::encode(&tree, self.width, examples, &mut meter)?;
            meter.finish();
            return Ok(encoded);
        }
        self.scout(examples, &mut meter)?;
        let lanes = examples.iter().map(|example| Encoding::new(self.shape, example));
        let lanes = walk(lanes, &self.source, &mut meter)?;
        meter.finish();
        Ok(lanes.into_iter().map(|lane| lane.into_encoded(self.width)).collect())
    }

    fn decode(&self, encoded: &Encoded, control: &Control) -> Result<Vec<Symbol>, TokenizeError> {
        let mut meter = Meter::new(control);
        // The number of symbols may be damaged: a tree is worth building only for as many tokens.
        if let Some(tree) = self.compiled(encoded.symbols.min(encoded.tokens.len()), &mut meter)? {
            let symbols = compiled::decode(&tree, self.width, encoded, &mut meter)?;
            meter.finish();
            return Ok(symbols);
        }
        let codes = encoded.window_codes(&self.method)?;
        let firsts = match self.shape.termination() {
            Termination::Greedy => first_symbols(self.shape, &codes, &self.source),
            Termination::Exact | Termination::Delay => Vec::new(),
        };
        let found = AtomicUsize::new(0);
        let stream = Stream { shape: self.shape, codes: &codes, firsts: &firsts, encoded, found: &found };
        let before_last = codes.len().saturating_sub(1);
        let starts = (0..before_last).step_by(WINDOWS_PER_LANE);
        let lanes = starts.map(|start| Decoding::new(stream, start..before_last.min(start + WINDOWS_PER_LANE)));
        let mut symbols = Vec::new();
        for lane in walk(lanes, &self.source, &mut meter)? {
            symbols.extend(lane.result?);
        }
        // Windows fill themselves; only the last may end before its code does, where the symbols are all there. It holds one
        // at least.
        let wanted = encoded.symbols;
        if !codes.is_empty() && symbols.len() >= wanted {
            return Err(TokenizeError::Length { wanted, found: symbols.len() });
        }
        let remaining = wanted - symbols.len();
        let last = codes.last().map(|&code| Last(Resolver::new(self.shape, code, None, remaining)));
        for Last(resolver) in walk(last, &self.source, &mut meter)? {
            symbols.extend(resolver.into_last_text());
        }
        meter.finish();
        encoded.check_length(symbols)
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>, TokenizeError> {
        Ok(Box::new(Reading { tokenizer: self, incoming: Incoming::default(), held: None }))
    }

    fn trace(&self, example: &[Symbol], encoded: &Encoded, control: &Control) -> Result<Trace, TokenizeError> {
        let lanes = encoded.windows.iter().map(|span| Following::new(self.shape, &example[span.start..], span));
        let (mut costs, mut ends, mut window_ends) = (Vec::new(), Vec::new(), Vec::new());
        for (lane, span) in walk(lanes, &self.source, &mut Meter::new(control))?.into_iter().zip(&encoded.windows) {
            costs.extend(lane.costs);
            ends.extend(lane.ends);
            let next = byte_at(example, span.start + span.symbols);
            window_ends.push(next.and(lane.end).unwrap_or(End::Text));
        }
        Ok(Trace::of_bits(encoded, self.width, costs, ends, window_ends))
    }
}

/// The first symbol of every window, which its code tells whatever follows.
fn first_symbols(shape: WindowShape, codes: &[Code], source: &Source) -> Vec<Symbol> {
    let root = source.root();
    let first = |&code: &Code| match WindowDecoder::new(shape, code).next(&root) {
        Decoded::Symbol(symbol) => Some(symbol),
        Decoded::End => None,
    };
    codes.iter().filter_map(first).collect()
}

/// An example on its way into windows.
struct Encoding<'t> {
    shape: WindowShape,
    text: &'t [Symbol],
    /// Where the open window starts, and how far it has come.
    start: usize,
    position: usize,
    window: WindowEncoder,
    cursor: Cursor,
    /// Counts the texts with the same code as the greedy window that was just closed.
    ambiguity: Option<Resolver>,
    writer: BitWriter,
    spans: Vec<WindowSpan>,
    hints: Vec<Hint>,
    done: usize,
    /// It only comes by prefixes: what it makes of them is thrown away.
    scouts: bool,
}

impl<'t> Encoding<'t> {
    fn new(shape: WindowShape, text: &'t [Symbol]) -> Self {
        Self {
            shape,
            text,
            start: 0,
            position: 0,
            window: WindowEncoder::new(shape),
            cursor: Cursor::default(),
            ambiguity: None,
            writer: BitWriter::new(),
            spans: Vec::new(),
            hints: Vec::new(),
            done: 0,
            scouts: false,
        }
    }

    fn scout(shape: WindowShape, text: &'t [Symbol]) -> Self {
        Self { scouts: true, ..Self::new(shape, text) }
    }

    fn close(&mut self) {
        let window = std::mem::replace(&mut self.window, WindowEncoder::new(self.shape));
        let closed = match self.position == self.text.len() {
            true => window.finish_at_end(),
            false => window.finish(),
        };
        let first_bit = self.writer.len();
        closed.code.write(&mut self.writer);
        self.spans.push(WindowSpan {
            start: self.start,
            symbols: closed.symbols,
            first_bit,
            bits: closed.code.bits().into(),
            used_bits: closed.used_bits.into(),
            candidates: 1,
            unresolved: false,
        });
        self.start += closed.symbols;
        self.position = self.start;
        self.cursor.restart();
        if self.scouts {
            return;
        }
        self.done += closed.symbols;
        if self.shape.termination() == Termination::Greedy {
            let next = self.text.get(self.start).copied();
            self.ambiguity = Some(Resolver::new(self.shape, closed.code, next, usize::MAX));
        }
    }

    /// Notes what the resolver found about the window closed last.
    fn note(&mut self, resolver: &Resolver) {
        let window = self.spans.len() - 1;
        let span = &mut self.spans[window];
        span.candidates = u32::try_from(resolver.candidates()).unwrap_or(u32::MAX);
        span.unresolved = resolver.is_unresolved();
        if span.unresolved {
            self.hints.push(Hint { window, symbols: span.symbols });
        }
    }

    fn into_encoded(self, width: TokenWidth) -> Encoded {
        let bits = self.writer.finish();
        let tokens = pack_tokens(&bits, width.bits());
        Encoded { bits: bits.len(), windows: self.spans, hints: self.hints, ..Encoded::of_tokens(tokens, self.text) }
    }
}

impl Lane for Encoding<'_> {
    fn advance(&mut self, tree: &TreeReader<'_>) -> Stand {
        for _ in 0..STRIDE {
            if let Some(mut resolver) = self.ambiguity.take() {
                match resolver.advance(tree) {
                    Stand::Done => self.note(&resolver),
                    other => {
                        self.ambiguity = Some(resolver);
                        return other;
                    }
                }
            }
            if self.start == self.text.len() {
                return Stand::Done;
            }
            let next = self.text.get(self.position).copied();
            let fitting = next.filter(|&symbol| !self.window.is_full_for(symbol, self.shape.alphabet()));
            let Some(symbol) = fitting else {
                self.close();
                continue;
            };
            let Some(cdf) = self.cursor.cdf(tree) else {
                return Stand::Waiting;
            };
            match self.window.push(symbol, cdf) {
                Push::Fits => {
                    self.cursor.descend(symbol);
                    self.position += 1;
                }
                Push::Full => self.close(),
            }
        }
        Stand::Ready
    }

    fn waiting_at(&mut self) -> Option<(&mut Cursor, &[Symbol])> {
        Some(match &mut self.ambiguity {
            Some(resolver) => resolver.cursor(),
            None => (&mut self.cursor, &self.text[self.start..self.position]),
        })
    }

    fn ahead(&self) -> &[Symbol] {
        if self.ambiguity.is_some() {
            return &[];
        }
        // As far as windows reached so far, on average, and somewhat further; the first is taken for one of 3 bits a symbol.
        let length = self.start.checked_div(self.spans.len()).unwrap_or(usize::from(self.shape.bits()) / 3);
        let left = (length + 1).saturating_sub(self.position - self.start).max(LEAST_AHEAD) + length / 8;
        &self.text[self.position..self.text.len().min(self.position + left)]
    }

    fn take_done(&mut self) -> usize {
        std::mem::take(&mut self.done)
    }
}

/// What is being decoded.
#[derive(Clone, Copy)]
struct Stream<'a> {
    shape: WindowShape,
    codes: &'a [Code],
    /// First symbols of the windows, if they are needed.
    firsts: &'a [Symbol],
    encoded: &'a Encoded,
    /// How many symbols the windows decoded so far have: damaged codes may hold far more than were announced.
    found: &'a AtomicUsize,
}

impl Stream<'_> {
    fn resolver(&self, window: usize) -> Resolver {
        let next = self.firsts.get(window + 1).copied();
        Resolver::new(self.shape, self.codes[window], next, self.encoded.symbols)
    }

    fn hint(&self, window: usize) -> Option<usize> {
        let hints = &self.encoded.hints;
        let found = hints.binary_search_by_key(&window, |hint| hint.window).ok()?;
        Some(hints[found].symbols)
    }
}

/// Some successive windows on their way into text; the stream's last is not among them.
struct Decoding<'a> {
    stream: Stream<'a>,
    windows: std::ops::Range<usize>,
    resolver: Option<Resolver>,
    result: Result<Vec<Symbol>, TokenizeError>,
    done: usize,
}

impl<'a> Decoding<'a> {
    /// `windows` are at least one.
    fn new(stream: Stream<'a>, windows: std::ops::Range<usize>) -> Self {
        Self { resolver: Some(stream.resolver(windows.start)), stream, windows, result: Ok(Vec::new()), done: 0 }
    }
}

impl Lane for Decoding<'_> {
    fn advance(&mut self, tree: &TreeReader<'_>) -> Stand {
        while let Some(mut resolver) = self.resolver.take() {
            let stand = resolver.advance(tree);
            if stand != Stand::Done {
                self.resolver = Some(resolver);
                return stand;
            }
            let window = self.windows.start;
            self.windows.start += 1;
            match (&mut self.result, resolver.into_text(window, self.stream.hint(window))) {
                (Ok(symbols), Ok(text)) => {
                    let (wanted, length) = (self.stream.encoded.symbols, text.len());
                    let found = self.stream.found.fetch_add(length, Ordering::Relaxed) + length;
                    if found > wanted.saturating_add(SURPLUS) {
                        self.result = Err(TokenizeError::Length { wanted, found });
                        return Stand::Done;
                    }
                    self.done += length;
                    symbols.extend(text);
                }
                (result, Err(error)) => {
                    *result = Err(error);
                    return Stand::Done;
                }
                (Err(_), Ok(_)) => return Stand::Done,
            }
            if !self.windows.is_empty() {
                self.resolver = Some(self.stream.resolver(self.windows.start));
            }
        }
        Stand::Done
    }

    fn waiting_at(&mut self) -> Option<(&mut Cursor, &[Symbol])> {
        self.resolver.as_mut().map(Resolver::cursor)
    }

    fn take_done(&mut self) -> usize {
        std::mem::take(&mut self.done)
    }
}

/// The last window on its way into text.
struct Last(Resolver);

impl Lane for Last {
    fn advance(&mut self, tree: &TreeReader<'_>) -> Stand {
        self.0.advance(tree)
    }

    fn waiting_at(&mut self) -> Option<(&mut Cursor, &[Symbol])> {
        Some(self.0.cursor())
    }

    fn take_done(&mut self) -> usize {
        0
    }
}

/// Windows as they come.
struct Reading<'a> {
    tokenizer: &'a EqualInfoAc,
    incoming: Incoming,
    /// A greedy window that waits for the next one.
    held: Option<Code>,
}

impl Reading<'_> {
    fn text(&self, code: Code, next: Option<Symbol>) -> Result<Vec<Piece>, TokenizeError> {
        let EqualInfoAc { shape, source, model, trees, .. } = self.tokenizer;
        let number = code.to_u64().and_then(|number| u32::try_from(number).ok());
        let text = match trees.windows(model.as_ref(), *shape).zip(number) {
            Some((tree, number)) => tree.text(number),
            None => {
                let resolver = Last(Resolver::new(*shape, code, next, usize::MAX));
                let control = Control::default();
                walk([resolver], source, &mut Meter::silent(&control))?
                    .pop()
                    .and_then(|Last(resolver)| resolver.into_longest_text())
            }
        };
        Ok(text.map_or_else(|| vec![Piece::NoText], |text| text.into_iter().map(Piece::Symbol).collect()))
    }
}

impl Reader for Reading<'_> {
    fn push(&mut self, token: u32) -> Result<Vec<Piece>, TokenizeError> {
        let shape = self.tokenizer.shape;
        self.incoming.push(token, self.tokenizer.width.bits())?;
        let mut pieces = Vec::new();
        while let Some(code) = self.incoming.code(shape.bits()) {
            match shape.termination() {
                Termination::Exact | Termination::Delay => pieces.extend(self.text(code, None)?),
                Termination::Greedy => {
                    let next = first_symbols(shape, &[code], &self.tokenizer.source).first().copied();
                    if let Some(held) = self.held.replace(code) {
                        pieces.extend(self.text(held, next)?);
                    }
                }
            }
        }
        Ok(pieces)
    }

    fn is_at_border(&self) -> bool {
        self.incoming.is_empty()
    }
}

/// A window that is followed, and the symbol after it, to see what each costs and where its bits lie.
struct Following<'t> {
    /// The window's symbols, and the one after it.
    text: &'t [Symbol],
    span: &'t WindowSpan,
    window: WindowEncoder,
    cursor: Cursor,
    costs: Vec<f64>,
    ends: Vec<u64>,
    /// Why it ends, where a byte comes after it.
    end: Option<End>,
}

impl<'t> Following<'t> {
    fn new(shape: WindowShape, rest: &'t [Symbol], span: &'t WindowSpan) -> Self {
        Self {
            text: &rest[..rest.len().min(span.symbols + 1)],
            span,
            window: WindowEncoder::new(shape),
            cursor: Cursor::default(),
            costs: Vec::with_capacity(span.symbols),
            ends: Vec::with_capacity(span.symbols),
            end: None,
        }
    }
}

impl Lane for Following<'_> {
    fn advance(&mut self, tree: &TreeReader<'_>) -> Stand {
        for _ in 0..STRIDE {
            let at = self.costs.len();
            let Some(&symbol) = self.text.get(at).filter(|_| self.end.is_none()) else {
                return Stand::Done;
            };
            let Some(cdf) = self.cursor.cdf(tree) else {
                return Stand::Waiting;
            };
            if at == self.span.symbols {
                let bits_left = (self.span.bits - self.span.used_bits).into();
                self.end = byte_at(self.text, at).map(|next| End::after(&self.window, next, cdf, bits_left));
                return Stand::Done;
            }
            let pushed = self.window.push(symbol, cdf);
            debug_assert_eq!(pushed, Push::Fits, "a window holds its own symbols");
            self.costs.push(cdf.cost_bits(symbol));
            self.ends.push(self.span.first_bit + u64::from(self.window.used_bits()));
            self.cursor.descend(symbol);
        }
        Stand::Ready
    }

    fn waiting_at(&mut self) -> Option<(&mut Cursor, &[Symbol])> {
        Some((&mut self.cursor, &self.text[..self.costs.len()]))
    }

    fn ahead(&self) -> &[Symbol] {
        // The distribution after the last symbol is nobody's.
        let at = self.costs.len();
        &self.text[at..self.text.len().saturating_sub(1).max(at)]
    }

    fn take_done(&mut self) -> usize {
        0
    }
}
