//! Windows of equal information in which M1 does not start afresh every time (`EqualInfoAC[b=…, v=…, reset=…]`; paper
//! A.2): the coder does, but M1's context goes on, for `k` windows or to the end of the example.
//!
//! A window then means something only after those before it, so windows of one example are coded one after the other. A
//! greedy window that is ambiguous has a [`Hint`]: what the next window begins with depends on what this one is, so a decoder
//! would have to follow every candidate into it, which is not tried.

use super::alone::encode_each;
use super::control::Meter;
use super::reading::Incoming;
use super::resolve::Hint;
use super::trace::{End, Trace, byte_at};
use super::{Control, Encoded, Method, Piece, Reader, Reset, TokenWidth, TokenizeError, Tokenizer, WindowSpan};
use crate::coding::{
    BitWriter, Cdf, ClosedWindow, Code, Decoded, Push, Symbol, Termination, WindowDecoder, WindowEncoder, WindowShape,
    pack_tokens, unpack_tokens,
};
use crate::m1::{NextSymbol, Session, WINDOW_PRECISION};
use std::collections::VecDeque;
use std::sync::Arc;

/// Symbols that M1 evaluates together where its context never starts afresh.
const AHEAD: usize = 64;

pub(super) struct CarriedEqualInfoAc {
    method: Method,
    shape: WindowShape,
    width: TokenWidth,
    /// How many windows M1's context lasts; all of them if there is no number.
    windows: Option<usize>,
    model: Arc<dyn NextSymbol>,
}

impl CarriedEqualInfoAc {
    pub fn new(shape: WindowShape, width: TokenWidth, reset: Reset, model: Arc<dyn NextSymbol>) -> Self {
        let windows = match reset {
            Reset::EveryWindow => Some(1),
            Reset::Every(windows) => Some(windows.get().into()),
            Reset::Never => None,
        };
        Self { method: Method::EqualInfoAc { shape, width, reset }, shape, width, windows, model }
    }

    /// Whether M1 starts afresh in window `index`.
    fn resets_at(&self, index: usize) -> bool {
        self.windows.is_some_and(|windows| index.is_multiple_of(windows))
    }

    /// The distribution over the symbols that windows hold.
    fn narrowed(&self, cdf: &Cdf) -> Cdf {
        match self.shape.alphabet() {
            alphabet if alphabet < cdf.symbols() => cdf.first(alphabet),
            _ => cdf.clone(),
        }
    }

    /// Cuts an example; `each` is told of every window, with the distributions of its symbols and of the one after it,
    /// which may be missing where it is clear that no symbol fits, unless `all` are wanted.
    fn cut(
        &self,
        example: &[Symbol],
        all: bool,
        meter: &mut Meter<'_>,
        mut each: impl FnMut(usize, usize, &ClosedWindow, &[Cdf], &dyn Session),
    ) -> Result<(), TokenizeError> {
        // Ambiguous windows are told by what M1 expects right after them: there, it must not be ahead.
        let ahead = match (self.shape.termination(), self.windows) {
            (Termination::Greedy, _) => 1,
            (_, None) => AHEAD,
            // A context that is thrown away soon is not worth going far ahead in.
            (_, Some(windows)) => (windows * usize::from(self.shape.bits()) / 4).clamp(1, AHEAD),
        };
        let mut text = Ahead::new(self.model.session(WINDOW_PRECISION), example, ahead);
        let (mut start, mut index) = (0, 0);
        while start < example.len() {
            if self.resets_at(index) {
                text.restart(start);
            }
            let mut window = WindowEncoder::new(self.shape);
            let mut cdfs = Vec::new();
            let mut full = false;
            while !full && let Some(&symbol) = example.get(start + window.symbols()) {
                if !all && window.is_full_for(symbol, self.shape.alphabet()) {
                    break;
                }
                let cdf = self.narrowed(text.cdf(start + window.symbols()));
                full = window.push(symbol, &cdf) == Push::Full;
                if !full {
                    text.take(start + window.symbols());
                }
                cdfs.push(cdf);
            }
            let at_end = start + window.symbols() == example.len();
            let closed = if at_end { window.finish_at_end() } else { window.finish() };
            each(index, start, &closed, &cdfs, text.session.as_ref());
            start += closed.symbols;
            text.forget_before(start);
            index += 1;
            meter.advance(closed.symbols)?;
        }
        Ok(())
    }

    /// How many texts have a closed window's code, given the distributions of its symbols and M1 right after it.
    fn candidates(&self, closed: &ClosedWindow, cdfs: &[Cdf], after: &dyn Session) -> usize {
        let mut decoder = WindowDecoder::new(self.shape, closed.code);
        let mut session = after.fork();
        while !decoder.is_over() {
            let decoded = match cdfs.get(decoder.symbols()).filter(|_| decoder.symbols() < closed.symbols) {
                Some(cdf) => decoder.next(cdf),
                None => decoder.next(&self.narrowed(session.cdf())),
            };
            match decoded {
                Decoded::Symbol(symbol) if decoder.symbols() > closed.symbols => session.push(symbol),
                Decoded::Symbol(_) => {}
                Decoded::End => break,
            }
        }
        decoder.candidates().len()
    }

    fn encode_one(&self, example: &[Symbol], meter: &mut Meter<'_>) -> Result<Encoded, TokenizeError> {
        let (mut writer, mut windows, mut hints) = (BitWriter::new(), Vec::new(), Vec::new());
        self.cut(example, false, meter, |window, start, closed, cdfs, after| {
            let candidates = match self.shape.termination() {
                Termination::Greedy => self.candidates(closed, cdfs, after),
                Termination::Exact | Termination::Delay => 1,
            };
            let last = start + closed.symbols == example.len();
            let unresolved = candidates > 1 && !last;
            if unresolved {
                hints.push(Hint { window, symbols: closed.symbols });
            }
            windows.push(WindowSpan {
                start,
                symbols: closed.symbols,
                first_bit: writer.len(),
                bits: self.shape.bits().into(),
                used_bits: closed.used_bits.into(),
                candidates: u32::try_from(candidates).unwrap_or(u32::MAX),
                unresolved,
            });
            closed.code.write(&mut writer);
        })?;
        let bits = writer.finish();
        let tokens = pack_tokens(&bits, self.width.bits());
        Ok(Encoded { bits: bits.len(), windows, hints, ..Encoded::of_tokens(tokens, example) })
    }
}

/// M1 on an example, some symbols ahead of the coder.
struct Ahead<'a> {
    session: Box<dyn Session + 'a>,
    example: &'a [Symbol],
    ahead: usize,
    /// The distributions of the symbols from `first` on that M1 has taken already.
    cdfs: VecDeque<Cdf>,
    first: usize,
}

impl<'a> Ahead<'a> {
    fn new(session: Box<dyn Session + 'a>, example: &'a [Symbol], ahead: usize) -> Self {
        Self { session, example, ahead, cdfs: VecDeque::new(), first: 0 }
    }

    /// Empties M1's context; the text goes on at `start`.
    fn restart(&mut self, start: usize) {
        self.session.reset();
        self.cdfs.clear();
        self.first = start;
    }

    /// The distribution of the symbol at `index`, which is no more than one after those that M1 has taken.
    fn cdf(&mut self, index: usize) -> &Cdf {
        if self.ahead > 1 && index - self.first == self.cdfs.len() {
            let from = &self.example[index..];
            self.cdfs.extend(self.session.follow(&from[..from.len().min(self.ahead)]));
        }
        match self.cdfs.get(index - self.first) {
            Some(_) => &self.cdfs[index - self.first],
            None => self.session.cdf(),
        }
    }

    /// The coder has taken the symbols up to `end`: if M1 is not ahead, it takes the last of them now.
    fn take(&mut self, end: usize) {
        if self.ahead == 1 && end > self.first + self.cdfs.len() {
            self.cdfs.extend(self.session.follow(&self.example[end - 1..end]));
        }
    }

    fn forget_before(&mut self, start: usize) {
        self.cdfs.drain(..(start - self.first).min(self.cdfs.len()));
        self.first = start;
    }
}

impl Tokenizer for CarriedEqualInfoAc {
    fn method(&self) -> &Method {
        &self.method
    }

    fn encode(&self, examples: &[&[Symbol]], control: &Control) -> Result<Vec<Encoded>, TokenizeError> {
        encode_each(&self.method, examples, control, |example, meter| self.encode_one(example, meter))
    }

    fn decode(&self, encoded: &Encoded, control: &Control) -> Result<Vec<Symbol>, TokenizeError> {
        let bits = unpack_tokens(&encoded.tokens, self.width.bits(), encoded.bits)?;
        let (mut reader, window) = (bits.reader(), self.shape.bits());
        let mut meter = Meter::new(control);
        let mut context = Context { session: self.model.session(WINDOW_PRECISION), pending: Vec::new() };
        let mut symbols: Vec<Symbol> = Vec::new();
        let mut index = 0;
        while reader.remaining() > 0 {
            let code =
                Code::read(&mut reader, window).map_err(|_| TokenizeError::Windows { bits: encoded.bits, window })?;
            if self.resets_at(index) {
                context.restart();
            }
            let remaining = encoded.symbols.saturating_sub(symbols.len());
            let last = reader.remaining() == 0;
            let before = symbols.len();
            let hint = encoded.hints.binary_search_by_key(&index, |hint| hint.window).ok();
            let greedy = self.shape.termination() == Termination::Greedy;
            let hint = hint.filter(|_| greedy && !last).map(|found| encoded.hints[found].symbols);
            self.decode_window(&Closed { code, index, remaining, hint, last }, &mut context, &mut symbols)?;
            // Windows fill themselves; only the last may end before its code does, where the symbols are all there.
            if symbols.len() == before || symbols.len() > encoded.symbols || (!last && symbols.len() == encoded.symbols)
            {
                return Err(TokenizeError::Length { wanted: encoded.symbols, found: symbols.len() });
            }
            index += 1;
            meter.advance(symbols.len() - before)?;
        }
        meter.finish();
        encoded.check_length(symbols)
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>, TokenizeError> {
        let context = Context { session: self.model.session(WINDOW_PRECISION), pending: Vec::new() };
        Ok(Box::new(Reading { tokenizer: self, incoming: Incoming::default(), context, index: 0 }))
    }

    fn trace(&self, example: &[Symbol], encoded: &Encoded, control: &Control) -> Result<Trace, TokenizeError> {
        let (mut costs, mut ends, mut window_ends) = (Vec::new(), Vec::new(), Vec::new());
        self.cut(example, true, &mut Meter::new(control), |index, start, closed, cdfs, _| {
            let first_bit = index as u64 * u64::from(self.shape.bits());
            let mut window = WindowEncoder::new(self.shape);
            for (&symbol, cdf) in example[start..].iter().zip(cdfs).take(closed.symbols) {
                costs.push(cdf.cost_bits(symbol));
                window.push(symbol, cdf);
                ends.push(first_bit + u64::from(window.used_bits()));
            }
            let next = start + closed.symbols;
            let next = byte_at(example, next).zip(cdfs.get(closed.symbols));
            window_ends.push(
                next.map_or(End::Text, |(next, cdf)| End::after(&window, next, cdf, closed.padding_bits().into())),
            );
        })?;
        Ok(Trace::of_bits(encoded, self.width, costs, ends, window_ends))
    }
}

impl CarriedEqualInfoAc {
    /// Appends a window's text.
    fn decode_window(
        &self,
        window: &Closed,
        context: &mut Context<'_>,
        symbols: &mut Vec<Symbol>,
    ) -> Result<(), TokenizeError> {
        let Closed { index, remaining, hint, last, .. } = *window;
        let mut decoder = WindowDecoder::new(self.shape, window.code);
        let greedy = self.shape.termination() == Termination::Greedy;
        // The number of all symbols settles the last window, and a hint any other.
        let wanted = if last { Some(remaining) } else { hint };
        while !decoder.is_over() && wanted != Some(decoder.symbols()) {
            let Decoded::Symbol(symbol) = decoder.next(&self.narrowed(context.cdf())) else { break };
            symbols.push(symbol);
            context.push(symbol);
            if decoder.symbols() > remaining {
                return Ok(());
            }
            if greedy && !last && hint.is_none() && decoder.candidates() == [decoder.symbols()] {
                return self.only_candidate(decoder, index, context);
            }
        }
        match self.shape.termination() {
            Termination::Exact => Ok(()),
            _ if last => Ok(()),
            Termination::Delay if decoder.candidates().len() == 1 => Ok(()),
            Termination::Greedy if hint.is_some() && decoder.candidates().last().copied() == hint => Ok(()),
            Termination::Delay | Termination::Greedy => Err(TokenizeError::NoText { window: index }),
        }
    }

    /// Looks whether a greedy window can have ended anywhere else than here, where `context` stays.
    fn only_candidate(
        &self,
        mut decoder: WindowDecoder,
        window: usize,
        context: &mut Context<'_>,
    ) -> Result<(), TokenizeError> {
        context.cdf();
        let mut session = context.session.fork();
        while !decoder.is_over() {
            let cdf = self.narrowed(session.cdf());
            match decoder.next(&cdf) {
                Decoded::Symbol(symbol) => session.push(symbol),
                Decoded::End => break,
            }
        }
        match decoder.candidates().len() {
            1 => Ok(()),
            possible => Err(TokenizeError::Ambiguous { window, possible }),
        }
    }
}

/// A window that is to be decoded.
struct Closed {
    code: Code,
    index: usize,
    /// How many symbols are left for it and those after it.
    remaining: usize,
    /// How many it has, if it is known.
    hint: Option<usize>,
    last: bool,
}

/// M1's context while decoding. Symbols wait until a distribution after them is wanted, which a reset may forestall.
struct Context<'a> {
    session: Box<dyn Session + 'a>,
    pending: Vec<Symbol>,
}

impl Context<'_> {
    fn restart(&mut self) {
        self.pending.clear();
        self.session.reset();
    }

    fn push(&mut self, symbol: Symbol) {
        self.pending.push(symbol);
    }

    fn cdf(&mut self) -> &Cdf {
        for symbol in self.pending.drain(..) {
            self.session.push(symbol);
        }
        self.session.cdf()
    }
}

/// Windows as they come. What a greedy window leaves open is taken as short as it can be: what follows begins there.
struct Reading<'a> {
    tokenizer: &'a CarriedEqualInfoAc,
    incoming: Incoming,
    context: Context<'a>,
    index: usize,
}

impl Reader for Reading<'_> {
    fn push(&mut self, token: u32) -> Result<Vec<Piece>, TokenizeError> {
        self.incoming.push(token, self.tokenizer.width.bits())?;
        let mut pieces = Vec::new();
        while let Some(code) = self.incoming.code(self.tokenizer.shape.bits()) {
            let index = self.index;
            self.index += 1;
            if self.tokenizer.resets_at(index) {
                self.context.restart();
            }
            let mut symbols = Vec::new();
            let window = Closed { code, index, remaining: usize::MAX, hint: None, last: false };
            let decoded = self.tokenizer.decode_window(&window, &mut self.context, &mut symbols);
            pieces.extend(symbols.into_iter().map(Piece::Symbol));
            match decoded {
                Ok(()) | Err(TokenizeError::Ambiguous { .. }) => {}
                Err(TokenizeError::NoText { .. }) => pieces.push(Piece::NoText),
                Err(error) => return Err(error),
            }
        }
        Ok(pieces)
    }

    fn is_at_border(&self) -> bool {
        self.incoming.is_empty()
    }
}
