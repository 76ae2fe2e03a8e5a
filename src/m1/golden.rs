//! The golden hash: proof that a device computes a frozen M1's distributions exactly.
//!
//! It covers the distributions (16 bits) at every position of [`TEXTS`] pseudo-random texts of [`LENGTH`] symbols, long enough that attention
//! no longer sees all of a text where the context is the usual one, and that every symbol occurs.

use super::WINDOW_PRECISION;
use super::distribution::from_logits;
use super::integer::engine::Engine;
use super::integer::{Model, reference};
use crate::coding::{ALPHABET, Cdf, Symbol};
use sha2::{Digest, Sha256};

/// Texts that the hash covers.
pub const TEXTS: usize = 4;
/// Symbols of each.
pub const LENGTH: usize = 300;

/// The texts: noise, words, letters, and every symbol in turn.
pub fn texts() -> Vec<Vec<Symbol>> {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut below = |limit: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    let words = b"the window of equal information holds as many bits as every other. ";
    let symbol = |text: usize, i: usize, random: u64| match text {
        0 => random % ALPHABET as u64,
        1 => words[i % words.len()].into(),
        2 => b"  etaoin"[(random % 8) as usize].into(),
        // A step that has no factor in common with their number comes by every symbol.
        _ => (i * 97 % ALPHABET) as u64,
    };
    (0..TEXTS).map(|text| (0..LENGTH).map(|i| symbol(text, i, below(1 << 20)) as Symbol).collect()).collect()
}

/// The hash of distributions that some device computed: `[text][position]`, the begin symbol's
/// position first.
pub fn hash_of<'c>(cdfs: impl IntoIterator<Item = &'c Cdf>) -> String {
    let mut hash = Sha256::new();
    let mut buffer = Vec::new();
    for cdf in cdfs {
        buffer.clear();
        buffer.extend(cdf.bounds().flat_map(u32::to_le_bytes));
        hash.update(&buffer);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The hash by the fast path.
pub fn hash(model: &Model) -> String {
    hash_of_logits(&logits(&Engine::new(model)))
}

/// The hash by the definition itself.
pub fn hash_by_reference(model: &Model) -> String {
    let mut logits = Vec::new();
    for symbols in texts() {
        let mut text = reference::Text::new(model);
        logits.extend(text.push(model.shape.vocabulary));
        symbols.iter().for_each(|&symbol| logits.extend(text.push(usize::from(symbol))));
    }
    hash_of_logits(&logits)
}

fn hash_of_logits(logits: &[i32]) -> String {
    let cdfs: Vec<Cdf> = logits.chunks_exact(ALPHABET).map(|logits| from_logits(logits, WINDOW_PRECISION)).collect();
    hash_of(&cdfs)
}

/// All logits by the fast path, `[text][position][symbol]`.
pub fn logits(engine: &Engine) -> Vec<i32> {
    let mut logits = Vec::new();
    for text in texts() {
        let mut batch = engine.batch();
        let mut path = vec![batch.add(engine.begin(), 0, &[])];
        for (i, &symbol) in text.iter().enumerate() {
            path.push(batch.add(usize::from(symbol), i + 1, &path));
        }
        let evaluated = engine.evaluate(&batch);
        logits.extend(engine.logits(&evaluated, 0..path.len()));
    }
    logits
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_symbol_occurs() {
        let symbols: BTreeSet<Symbol> = texts().into_iter().flatten().collect();
        assert_eq!(symbols, (0..ALPHABET as Symbol).collect());
    }
}
