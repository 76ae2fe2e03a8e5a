//! Exact windows with a compiled tree: the model is not run.

use super::control::Meter;
use super::{Encoded, TokenWidth, TokenizeError, WindowSpan};
use crate::coding::{Symbol, WindowShape, pack_codes, unpack_codes};
use crate::m1::windows::WindowTree;
use rayon::prelude::*;

/// Symbols of the examples that are encoded before the call is asked whether to go on.
const BATCH: usize = 1 << 22;

/// Encodes each example by itself. Their symbols are in the windows' alphabet.
///
/// # Errors
/// If the call is to stop.
pub(super) fn encode(
    tree: &WindowTree,
    width: TokenWidth,
    mut examples: &[&[Symbol]],
    meter: &mut Meter<'_>,
) -> Result<Vec<Encoded>, TokenizeError> {
    let mut encoded = Vec::with_capacity(examples.len());
    while !examples.is_empty() {
        let mut symbols = 0;
        let fits = |example: &&&[Symbol]| {
            symbols += example.len();
            symbols <= BATCH
        };
        let count = examples.iter().take_while(fits).count().max(1);
        let (batch, rest) = examples.split_at(count);
        let each = batch.par_iter().map(|example| encode_one(tree, width, example));
        encoded.extend(each.collect::<Result<Vec<_>, _>>()?);
        meter.advance(batch.iter().map(|example| example.len()).sum())?;
        examples = rest;
    }
    Ok(encoded)
}

fn encode_one(tree: &WindowTree, width: TokenWidth, example: &[Symbol]) -> Result<Encoded, TokenizeError> {
    let bits = tree.shape().bits();
    let windows = tree.windows(example)?;
    let codes: Vec<u32> = windows.iter().map(|window| window.code).collect();
    let (mut start, mut first_bit) = (0, 0);
    let spans = windows.iter().map(|window| {
        let span = WindowSpan {
            start,
            symbols: window.symbols,
            first_bit,
            bits: bits.into(),
            used_bits: window.used_bits.into(),
            candidates: 1,
            unresolved: false,
        };
        start += window.symbols;
        first_bit += u64::from(bits);
        span
    });
    let windows = spans.collect();
    let tokens = pack_codes(&codes, bits.into(), width.bits());
    Ok(Encoded { bits: first_bit, windows, ..Encoded::of_tokens(tokens, example) })
}

/// Decodes one example.
///
/// # Errors
/// If the tokens are damaged, or the call is to stop.
pub(super) fn decode(
    tree: &WindowTree,
    width: TokenWidth,
    encoded: &Encoded,
    meter: &mut Meter<'_>,
) -> Result<Vec<Symbol>, TokenizeError> {
    let codes = codes(tree.shape(), width, encoded)?;
    meter.advance(0)?;
    let symbols = tree.decode(&codes, encoded.symbols)?;
    meter.advance(symbols.len())?;
    Ok(symbols)
}

fn codes(shape: WindowShape, width: TokenWidth, encoded: &Encoded) -> Result<Vec<u32>, TokenizeError> {
    let (bits, window) = (encoded.bits, shape.bits());
    let codes = unpack_codes(&encoded.tokens, width.bits(), bits, window.into())?;
    match bits % u64::from(window) {
        0 => Ok(codes),
        _ => Err(TokenizeError::Windows { bits, window }),
    }
}
