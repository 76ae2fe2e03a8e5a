//! Models without weights: the whole line from text to figures can run, and be tested, before any M1 is trained.

use super::distribution::from_weights;
use super::{NextSymbol, Session};
use crate::coding::{ALPHABET, Cdf, Symbol};
use sha2::{Digest, Sha256};

/// A model that ignores what came before: every symbol has the same probability always.
///
/// The unigram one, counted on the training split, is the model of the paper's StaticAC (3.3).
#[derive(Debug, Clone)]
pub struct StandIn {
    identity: String,
    counts: [u64; ALPHABET],
}

impl StandIn {
    /// All symbols equally likely.
    pub fn uniform() -> Self {
        Self { identity: Self::UNIFORM.to_owned(), counts: [1; ALPHABET] }
    }

    /// The identity of [`Self::uniform`].
    pub const UNIFORM: &'static str = "uniform";

    /// Symbols as likely as they are frequent.
    pub fn unigram(counts: [u64; ALPHABET]) -> Self {
        let mut hash = Sha256::new();
        counts.iter().for_each(|count| hash.update(count.to_le_bytes()));
        Self { identity: format!("unigram-{}", super::file::short_hex(&hash.finalize())), counts }
    }

    /// [`StandIn::unigram`] with the counts of `symbols`; those that are no symbols are not counted.
    pub fn counted(symbols: impl IntoIterator<Item = Symbol>) -> Self {
        let mut counts = [0; ALPHABET];
        for symbol in symbols {
            if let Some(count) = counts.get_mut(usize::from(symbol)) {
                *count += 1;
            }
        }
        Self::unigram(counts)
    }

    /// The counts, for a file: LEB128 numbers, seven bits a byte, the lowest first.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for mut count in self.counts {
            while count >= 0x80 {
                bytes.push(count as u8 | 0x80);
                count >>= 7;
            }
            bytes.push(count as u8);
        }
        bytes
    }

    /// The stand-in with the counts of [`Self::to_bytes`]; none if these are no counts.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut bytes = bytes.iter();
        let mut counts = [0u64; ALPHABET];
        for count in &mut counts {
            let mut shift = 0;
            loop {
                let byte = *bytes.next()?;
                let part = u64::from(byte & 0x7f);
                *count |= part.checked_shl(shift).filter(|shifted| shifted >> shift == part)?;
                if byte < 0x80 {
                    break;
                }
                shift += 7;
            }
        }
        bytes.next().is_none().then(|| Self::unigram(counts))
    }

    fn cdf(&self, precision: u8) -> Cdf {
        from_weights(&self.counts, precision)
    }
}

impl NextSymbol for StandIn {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn cdfs(&self, prefixes: &[&[Symbol]], precision: u8) -> Vec<Cdf> {
        vec![self.cdf(precision); prefixes.len()]
    }

    fn session(&self, precision: u8) -> Box<dyn Session + '_> {
        Box::new(Constant(self.cdf(precision)))
    }
}

/// The same distribution whatever comes.
#[derive(Clone)]
struct Constant(Cdf);

impl Session for Constant {
    fn cdf(&mut self) -> &Cdf {
        &self.0
    }

    fn push(&mut self, _symbol: Symbol) {}

    fn follow(&mut self, symbols: &[Symbol]) -> Vec<Cdf> {
        vec![self.0.clone(); symbols.len()]
    }

    fn reset(&mut self) {}

    fn fork(&self) -> Box<dyn Session + '_> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coding::END_OF_DOCUMENT;

    #[test]
    fn frequent_symbols_are_likely_and_none_is_impossible() {
        let model = StandIn::counted(b"aaab".iter().map(|&byte| Symbol::from(byte)).chain([END_OF_DOCUMENT, 999]));
        let cdf = &model.cdfs(&[&[]], 16)[0];
        let [a, b] = [b'a', b'b'].map(|byte| cdf.frequency(Symbol::from(byte)));
        assert!(a > 2 * b && b > 10_000, "{a} and {b} of 65536");
        assert_eq!(cdf.frequency(b'c'.into()), 1);
        assert!(cdf.frequency(END_OF_DOCUMENT).abs_diff(b) <= 1);
    }

    #[test]
    fn counts_come_back_from_bytes() {
        let mut counts = [0; ALPHABET];
        (counts[7], counts[256]) = (u64::MAX, 1 << 40);
        let model = StandIn::unigram(counts);
        let bytes = model.to_bytes();
        assert_eq!(StandIn::from_bytes(&bytes).unwrap().identity(), model.identity());
        assert!(StandIn::from_bytes(&bytes[1..]).is_none() && StandIn::from_bytes(&[]).is_none());
        assert!(StandIn::from_bytes(&[0xff; 1000]).is_none() && StandIn::from_bytes(&[0; 258]).is_none());
        // Sums beyond 64 bits are distributions too.
        assert_eq!(model.cdfs(&[&[]], 14)[0].precision(), 14);
    }

    #[test]
    fn identities_tell_counts_apart() {
        let [one, same, other] = [[1; ALPHABET], [1; ALPHABET], [2; ALPHABET]].map(StandIn::unigram);
        assert_eq!(one.identity(), same.identity());
        assert_ne!(one.identity(), other.identity());
        assert!(one.identity().starts_with("unigram-"), "{}", one.identity());
    }
}
