//! A text cut open: its windows, and what every byte costs. Made for looking at, on the command line and in the window.

use super::control::Meter;
use super::lanes::{Cursor, Lane, STRIDE, Source, Stand, walk};
use super::{Control, Encoded, Method, TokenizeError, WindowSpan, build};
use crate::coding::{Bits, Push, Symbol, WindowEncoder, WindowShape, unpack_tokens};
use crate::m1::{NextSymbol, STREAM_PRECISION, TreeReader, Trees};
use serde::Serialize;
use std::sync::Arc;

/// A text as a method sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WindowsView {
    pub method: Method,
    /// The model's identity.
    pub model: String,
    /// The windows in order; together they are the text. Methods without windows have one, which is all of it.
    pub windows: Vec<WindowView>,
    pub totals: Totals,
}

/// One window.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WindowView {
    /// Its first byte in the text.
    pub byte_start: usize,
    /// How many bytes it has.
    pub byte_len: usize,
    /// How many bits of its code are information.
    pub used_bits: u64,
    /// How many bits of its code are padding.
    pub padding: u64,
    /// Its code, in hexadecimal.
    pub code_hex: String,
    /// Its code, as zeros and ones.
    pub code_binary: String,
    /// The first token that begins in the window, counted from 0 in the text.
    pub first_token: usize,
    /// The ids of the tokens that begin in it.
    pub tokens: Vec<u32>,
    /// What each byte costs in bits by the model alone, before anything is rounded to a window.
    pub byte_bits: Vec<f64>,
    /// How many texts have the window's code.
    pub candidates: u32,
    /// Whether that is more than one.
    pub ambiguous: bool,
    /// Whether looking ahead to the next window does not help.
    pub unresolved: bool,
    /// Why it ends.
    pub end: End,
}

/// Why a window ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum End {
    /// The text does.
    Text,
    /// The next byte, which would cost `cost_bits`, does not fit: `bits_left` are left.
    Full { next: u8, cost_bits: f64, bits_left: u64 },
    /// Bytes from the next one on would add only zeros, and are left to the next window (delay).
    OnlyZeros { next: u8, cost_bits: f64 },
}

/// The whole text in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Totals {
    pub bytes: usize,
    pub windows: usize,
    pub tokens: usize,
    /// Bits before the last token is filled up.
    pub bits: u64,
    pub vocabulary: usize,
    /// Bytes per token; none for an empty text.
    pub token_ratio: Option<f64>,
    /// Bits of the text per bit of the tokens (3.4); none for an empty text.
    pub bit_ratio: Option<f64>,
    /// Windows whose code does not say which text it stands for.
    pub ambiguous: usize,
    /// Those where looking ahead does not help.
    pub unresolved: usize,
}

/// Tokenizes `text` and shows how.
///
/// # Errors
/// If `trees` are another model's, or the call was cancelled.
pub fn inspect(
    text: &[u8],
    method: &Method,
    model: Arc<dyn NextSymbol>,
    trees: Arc<Trees>,
    control: &Control,
) -> Result<WindowsView, TokenizeError> {
    let symbols: Vec<Symbol> = text.iter().map(|&byte| byte.into()).collect();
    let tokenizer = build(method, model.clone(), trees.clone())?;
    let encoded = tokenizer.encode(&[&symbols], control)?.remove(0);
    let windows = match *method {
        Method::Bytes => whole(&encoded, vec![8.0; text.len()], &Bits::default()),
        Method::Ac { width } => {
            let bits = unpack_tokens(&encoded.tokens, width.bits(), encoded.bits)?;
            whole(&encoded, stream_costs(&symbols, model.as_ref(), control)?, &bits)
        }
        Method::EqualInfoAc { shape, .. } => {
            let source = Source::new(model.clone(), trees.prefixes().clone(), shape.alphabet())?;
            let mut meter = Meter::new(control);
            let costs = encoded.windows.iter().map(|span| Costs::new(shape, &symbols[span.start..], span.symbols));
            let costs = walk(costs, &source, &mut meter)?;
            let windows = encoded.windows.iter().zip(costs).enumerate();
            windows.map(|(index, (span, costs))| window(index, span, costs, &encoded, method)).collect()
        }
    };
    let (bytes, tokens) = (text.len(), encoded.tokens.len());
    let ratio = |per_token: f64| (tokens > 0).then(|| bytes as f64 / (tokens as f64 * per_token));
    let totals = Totals {
        bytes,
        windows: windows.len(),
        tokens,
        bits: encoded.bits,
        vocabulary: method.vocabulary(),
        token_ratio: ratio(1.0),
        bit_ratio: ratio(method.bits_per_token() / 8.0),
        ambiguous: windows.iter().filter(|window| window.ambiguous).count(),
        unresolved: windows.iter().filter(|window| window.unresolved).count(),
    };
    Ok(WindowsView { method: *method, model: model.identity().to_owned(), windows, totals })
}

/// The one window of a method without windows; none for an empty text.
fn whole(encoded: &Encoded, byte_bits: Vec<f64>, code: &Bits) -> Vec<WindowView> {
    let window = WindowView {
        byte_start: 0,
        byte_len: encoded.symbols,
        used_bits: encoded.bits,
        padding: 0,
        code_hex: code.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect(),
        code_binary: code.iter().map(|bit| if bit { '1' } else { '0' }).collect(),
        first_token: 0,
        tokens: encoded.tokens.clone(),
        byte_bits,
        candidates: 1,
        ambiguous: false,
        unresolved: false,
        end: End::Text,
    };
    (encoded.symbols > 0).then_some(window).into_iter().collect()
}

fn window(index: usize, span: &WindowSpan, costs: Costs<'_>, encoded: &Encoded, method: &Method) -> WindowView {
    let bits = usize::from(span.code.bits());
    let width = method.token_width().map_or(bits, |width| width.bits() as usize);
    let [from, to] = [index, index + 1].map(|window| (window * bits).div_ceil(width).min(encoded.tokens.len()));
    WindowView {
        byte_start: span.start,
        byte_len: span.symbols,
        used_bits: span.used_bits.into(),
        padding: (span.code.bits() - span.used_bits).into(),
        code_hex: span.code.hex(),
        code_binary: span.code.binary(),
        first_token: from,
        tokens: encoded.tokens[from..to].to_vec(),
        end: costs.end((span.code.bits() - span.used_bits).into()),
        byte_bits: costs.bits,
        candidates: span.candidates,
        ambiguous: span.is_ambiguous(),
        unresolved: span.unresolved,
    }
}

fn stream_costs(symbols: &[Symbol], model: &dyn NextSymbol, control: &Control) -> Result<Vec<f64>, TokenizeError> {
    let mut meter = Meter::new(control);
    let mut session = model.session(STREAM_PRECISION);
    let mut costs = Vec::with_capacity(symbols.len());
    for piece in symbols.chunks(256) {
        costs.extend(piece.iter().zip(session.follow(piece)).map(|(&symbol, cdf)| cdf.cost_bits(symbol)));
        meter.advance(piece.len())?;
    }
    Ok(costs)
}

/// Walks along a window, and to the symbol after it, to see what each costs.
struct Costs<'t> {
    /// The window's symbols, and the one after it.
    text: &'t [Symbol],
    /// How many are the window's.
    symbols: usize,
    window: WindowEncoder,
    cursor: Cursor,
    bits: Vec<f64>,
    /// The cost of the symbol after the window, and whether it would fit.
    next: Option<(f64, bool)>,
}

impl<'t> Costs<'t> {
    fn new(shape: WindowShape, rest: &'t [Symbol], symbols: usize) -> Self {
        Self {
            text: &rest[..rest.len().min(symbols + 1)],
            symbols,
            window: WindowEncoder::new(shape),
            cursor: Cursor::default(),
            bits: Vec::with_capacity(symbols),
            next: None,
        }
    }

    fn end(&self, bits_left: u64) -> End {
        // Windows that are looked at hold bytes only.
        let next = self.text.get(self.symbols).and_then(|&symbol| u8::try_from(symbol).ok());
        match (next, self.next) {
            (Some(next), Some((cost_bits, true))) => End::OnlyZeros { next, cost_bits },
            (Some(next), Some((cost_bits, false))) => End::Full { next, cost_bits, bits_left },
            _ => End::Text,
        }
    }
}

impl Lane for Costs<'_> {
    fn advance(&mut self, tree: &TreeReader<'_>) -> Stand {
        for _ in 0..STRIDE {
            let at = self.bits.len();
            let Some(&symbol) = self.text.get(at).filter(|_| self.next.is_none()) else {
                return Stand::Done;
            };
            let Some(cdf) = self.cursor.cdf(tree) else {
                return Stand::Waiting;
            };
            let cost = cdf.cost_bits(symbol);
            if at == self.symbols {
                self.next = Some((cost, self.window.fits(symbol, cdf)));
                return Stand::Done;
            }
            let pushed = self.window.push(symbol, cdf);
            debug_assert_eq!(pushed, Push::Fits, "a window holds its own symbols");
            self.bits.push(cost);
            self.cursor.descend(symbol);
        }
        Stand::Ready
    }

    fn waiting_at(&mut self) -> Option<(&mut Cursor, &[Symbol])> {
        Some((&mut self.cursor, &self.text[..self.bits.len()]))
    }

    fn take_done(&mut self) -> usize {
        0
    }
}
