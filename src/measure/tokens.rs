//! What a method makes of a text: every figure that needs no M2, added up example by example.

use super::{Ratio, TokenCounts, bits_per_byte};
use crate::tokenizer::{Encoded, Tokenizer};

/// Totals over a text's examples. The bytes are raw source bytes ([`Encoded::raw_bytes`]); ends of documents are coded, and
/// so are in the tokens, but are no bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TokenTotals {
    pub ratio: Ratio,
    pub examples: u64,
    pub windows: u64,
    /// Windows whose code does not say which text it stands for.
    pub ambiguous_windows: u64,
    /// Those where looking ahead does not help.
    pub unresolved_windows: u64,
    /// Bits of windows that are no information.
    pub padding_bits: u64,
    /// Bytes that do not come back.
    pub lost_bytes: u64,
}

impl TokenTotals {
    /// Nothing yet, of `tokenizer`.
    pub fn new(tokenizer: &dyn Tokenizer) -> Self {
        let ratio = Ratio { bits_per_token: tokenizer.bits_per_token(), ..Ratio::default() };
        Self { ratio, ..Self::default() }
    }

    /// Adds an example.
    pub fn add(&mut self, encoded: &Encoded) {
        self.ratio.bytes += encoded.raw_bytes as u64;
        self.ratio.tokens += encoded.tokens.len() as u64;
        self.examples += 1;
        self.windows += encoded.windows.len() as u64;
        for window in &encoded.windows {
            self.ambiguous_windows += u64::from(window.is_ambiguous());
            self.unresolved_windows += u64::from(window.unresolved);
            self.padding_bits += u64::from(window.bits - window.used_bits);
        }
        self.lost_bytes += encoded.lost_bytes as u64;
    }

    /// Bits/byte of the uniform model, log2(v) bits a token (Table 3).
    pub fn uniform_bits_per_byte(&self, vocabulary: usize) -> f64 {
        TokenCounts::uniform_bits_per_byte(vocabulary, self.ratio.tokens, self.ratio.bytes)
    }

    /// Bits/byte of a model that costs `nats_per_token` on average.
    pub fn bits_per_byte(&self, nats_per_token: f64) -> f64 {
        bits_per_byte(nats_per_token, self.ratio.tokens as f64, self.ratio.bytes as f64)
    }

    /// Padding of a window on average, in bits; none without windows.
    pub fn mean_padding(&self) -> Option<f64> {
        (self.windows > 0).then(|| self.padding_bits as f64 / self.windows as f64)
    }

    /// The share of windows that are ambiguous; none without windows.
    pub fn ambiguous_share(&self) -> Option<f64> {
        (self.windows > 0).then(|| self.ambiguous_windows as f64 / self.windows as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::m1::{StandIn, Trees};
    use crate::tokenizer::{Control, Materials, build};
    use std::sync::Arc;

    #[test]
    fn ends_of_documents_are_coded_and_are_no_bytes() {
        let materials = Materials::new(Arc::new(StandIn::uniform()), Arc::new(Trees::default()));
        let tokenizer = build(&"Bytes".parse().unwrap(), &materials).unwrap();
        let mut totals = TokenTotals::new(tokenizer.as_ref());
        for encoded in tokenizer.encode(&[&[97, 98, 99, 256], &[100, 256]], &Control::default()).unwrap() {
            totals.add(&encoded);
        }
        assert_eq!((totals.ratio.bytes, totals.ratio.tokens, totals.examples), (4, 6, 2));
        assert!((totals.uniform_bits_per_byte(257) - 6.0 * 257f64.log2() / 4.0).abs() < 1e-12);
        assert_eq!((totals.mean_padding(), totals.ambiguous_share()), (None, None));
    }

    #[test]
    fn windows_of_uniform_bytes_have_the_padding_that_is_left() {
        let materials = Materials::new(Arc::new(StandIn::uniform()), Arc::new(Trees::default()));
        let tokenizer = build(&"EqualInfoAC[b=12, v=4096, greedy]".parse().unwrap(), &materials).unwrap();
        let mut totals = TokenTotals::new(tokenizer.as_ref());
        for encoded in tokenizer.encode(&[&[65; 100]], &Control::default()).unwrap() {
            totals.add(&encoded);
        }
        // One byte of 8 to 10 bits fits in 12.
        assert_eq!((totals.windows, totals.ratio.token_ratio()), (100, 1.0));
        assert!(totals.mean_padding().is_some_and(|bits| (2.0..=4.0).contains(&bits)), "{totals:?}");
    }
}
