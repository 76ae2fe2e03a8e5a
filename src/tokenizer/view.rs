//! A text cut open: its windows, its tokens, and what every byte costs. Made for looking at, on the command line and in
//! the window.

pub use super::trace::End;
use super::trace::{TokenSpan, Trace};
use super::{Control, Encoded, Materials, Method, TokenizeError, Tokenizer, WindowSpan, build};
use crate::coding::{Bits, Symbol, unpack_tokens};
use serde::Serialize;

/// A text as a method sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WindowsView {
    pub method: Method,
    /// The model's identity, if the method runs one.
    pub model: Option<String>,
    /// The windows in order; together they are the text. Where tokens are pieces of words, each is a window; other methods
    /// without windows have one, which is all of it.
    pub windows: Vec<WindowView>,
    /// The tokens in order, with the bytes and bits that each stands for.
    pub tokens: Vec<TokenSpan>,
    /// Where each byte's bits end in the code: byte `i` settles the bits from `bit_ends[i − 1]` up to `bit_ends[i]`.
    pub bit_ends: Vec<u64>,
    pub totals: Totals,
}

/// One window.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WindowView {
    /// Its first byte in the text.
    pub byte_start: usize,
    /// How many bytes it has.
    pub byte_len: usize,
    /// Where its code begins in the text's, in bits.
    pub first_bit: u64,
    /// How many bits of its code are information.
    pub used_bits: u64,
    /// How many bits of its code are padding.
    pub padding: u64,
    /// Its code, in hexadecimal; empty where tokens are not pieces of a bit string.
    pub code_hex: String,
    /// Its code, as zeros and ones.
    pub code_binary: String,
    /// The first token that begins in the window, counted from 0 in the text.
    pub first_token: usize,
    /// The ids of the tokens that begin in it.
    pub tokens: Vec<u32>,
    /// What each byte costs in bits by the model alone, before anything is rounded to a window; by an equal share of its
    /// token where there is no model.
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

/// The whole text in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Totals {
    pub bytes: usize,
    pub windows: usize,
    pub tokens: usize,
    /// Bits before the last token is filled up.
    pub bits: u64,
    pub vocabulary: usize,
    /// What a token costs in bits.
    pub bits_per_token: f64,
    /// Bytes per token; none for an empty text.
    pub token_ratio: Option<f64>,
    /// Bits of the text per bit of the tokens (3.4); none for an empty text.
    pub bit_ratio: Option<f64>,
    /// Windows whose code does not say which text it stands for.
    pub ambiguous: usize,
    /// Those where looking ahead does not help.
    pub unresolved: usize,
    /// Bytes that do not come back.
    pub lost_bytes: usize,
}

/// Tokenizes `text` and shows how.
///
/// # Errors
/// If the materials lack what the method needs, or the call was cancelled.
pub fn inspect(
    text: &[u8],
    method: &Method,
    materials: &Materials,
    control: &Control,
) -> Result<WindowsView, TokenizeError> {
    let symbols: Vec<Symbol> = text.iter().map(|&byte| byte.into()).collect();
    let tokenizer = build(method, materials)?;
    let encoded = tokenizer.encode(&[&symbols], control)?.remove(0);
    let trace = tokenizer.trace(&symbols, &encoded, control)?;
    let code = match method.token_width() {
        Some(width) => {
            let vocabulary = width.vocabulary() as u32;
            let pieces: Vec<u32> = encoded.tokens.iter().copied().filter(|&token| token < vocabulary).collect();
            unpack_tokens(&pieces, width.bits(), encoded.bits)?
        }
        None => Bits::default(),
    };
    let pieces = method.token_width().is_none() && *method != Method::Bytes;
    let spans = if pieces { pieces_of(&trace, symbols.len()) } else { spans(&encoded) };
    let first_token = |bit: u64| trace.tokens.partition_point(|token| token.bits.start < bit);
    let windows = spans.iter().enumerate().map(|(index, span)| {
        let from = if index == 0 { 0 } else { first_token(span.first_bit) };
        let to = spans.get(index + 1).map_or(trace.tokens.len(), |next| first_token(next.first_bit));
        let bits = span.first_bit..(span.first_bit + u64::from(span.bits)).min(code.len());
        WindowView {
            byte_start: span.start,
            byte_len: span.symbols,
            first_bit: span.first_bit,
            used_bits: span.used_bits.into(),
            padding: (span.bits - span.used_bits).into(),
            code_hex: hex(&code, bits.clone()),
            code_binary: bits.filter_map(|bit| code.get(bit)).map(|bit| if bit { '1' } else { '0' }).collect(),
            first_token: from,
            tokens: trace.tokens[from..to].iter().map(|token| token.token).collect(),
            byte_bits: trace.costs[span.start..span.start + span.symbols].to_vec(),
            candidates: span.candidates,
            ambiguous: span.is_ambiguous(),
            unresolved: span.unresolved,
            end: match pieces && index + 1 < spans.len() {
                true => End::Piece,
                false => trace.window_ends.get(index).copied().unwrap_or(End::Text),
            },
        }
    });
    let windows: Vec<WindowView> = windows.collect();
    let totals = totals(text, &encoded, tokenizer.as_ref(), &windows);
    let model = method.runs_m1().then(|| materials.model.identity().to_owned());
    Ok(WindowsView { method: method.clone(), model, windows, tokens: trace.tokens, bit_ends: trace.ends, totals })
}

/// One window for each token that stands for something. What no token stands for (spaces that were joined, perhaps) is in
/// the window after it, or at the end of the text in the last.
fn pieces_of(trace: &Trace, symbols: usize) -> Vec<WindowSpan> {
    let mut spans: Vec<WindowSpan> = Vec::new();
    let mut start = 0;
    for token in trace.tokens.iter().filter(|token| !token.symbols.is_empty()) {
        let bits = (token.bits.end - token.bits.start) as u32;
        let (symbols, first_bit) = (token.symbols.end - start, token.bits.start);
        spans.push(WindowSpan { start, symbols, first_bit, bits, used_bits: bits, candidates: 1, unresolved: false });
        start = token.symbols.end;
    }
    if let Some(last) = spans.last_mut() {
        last.symbols = symbols - last.start;
    }
    spans
}

/// The windows, or the one that is the whole text; none for an empty text.
fn spans(encoded: &Encoded) -> Vec<WindowSpan> {
    let whole = WindowSpan {
        start: 0,
        symbols: encoded.symbols,
        first_bit: 0,
        bits: u32::try_from(encoded.bits).unwrap_or(u32::MAX),
        used_bits: u32::try_from(encoded.bits).unwrap_or(u32::MAX),
        candidates: 1,
        unresolved: false,
    };
    match encoded.windows.is_empty() && encoded.symbols > 0 {
        true => vec![whole],
        false => encoded.windows.clone(),
    }
}

fn totals(text: &[u8], encoded: &Encoded, tokenizer: &dyn Tokenizer, windows: &[WindowView]) -> Totals {
    let bits_per_token = tokenizer.bits_per_token();
    let (bytes, tokens) = (text.len(), encoded.tokens.len());
    let ratio = |per_token: f64| (tokens > 0).then(|| bytes as f64 / (tokens as f64 * per_token));
    Totals {
        bytes,
        windows: windows.len(),
        tokens,
        bits: encoded.bits,
        vocabulary: tokenizer.vocabulary(),
        bits_per_token,
        token_ratio: ratio(1.0),
        bit_ratio: ratio(bits_per_token / 8.0),
        ambiguous: windows.iter().filter(|window| window.ambiguous).count(),
        unresolved: windows.iter().filter(|window| window.unresolved).count(),
        lost_bytes: encoded.lost_bytes,
    }
}

/// Bits as a number in hexadecimal, ⌈bits / 4⌉ digits.
fn hex(code: &Bits, bits: std::ops::Range<u64>) -> String {
    let length = bits.end - bits.start;
    let digit =
        |from: u64, to: u64| (from..to).fold(0, |digit, bit| digit << 1 | u32::from(code.get(bit) == Some(true)));
    // The first digit has what is left over of four.
    let first = bits.start + (length + 3) % 4 + u64::from(length > 0);
    let mut digits = Vec::new();
    let (mut from, mut to) = (bits.start, first.min(bits.end));
    while from < to {
        digits.push(char::from_digit(digit(from, to), 16).unwrap_or('?'));
        (from, to) = (to, (to + 4).min(bits.end));
    }
    digits.into_iter().collect()
}
