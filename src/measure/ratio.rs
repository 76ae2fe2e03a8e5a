//! Compression ratios (paper 3.4).

/// Totals over some text, from which the paper's two ratios follow.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Ratio {
    /// Raw source bytes; end-of-document symbols are not among them.
    pub bytes: u64,
    pub tokens: u64,
    /// Words of the vocabulary; a token costs its base-2 logarithm in bits.
    pub vocabulary: usize,
}

impl Ratio {
    /// Raw bytes per token; also the bytes of one autoregressive step.
    pub fn token_ratio(&self) -> f64 {
        self.bytes as f64 / self.tokens as f64
    }

    /// Source bits over output bits, where a token of a v-word vocabulary costs log2(v) bits.
    pub fn bit_ratio(&self) -> f64 {
        8.0 * self.bytes as f64 / (self.tokens as f64 * (self.vocabulary as f64).log2())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_16_bit_token_for_4_bytes_halves_the_bits() {
        let ratio = Ratio { bytes: 400, tokens: 100, vocabulary: 65_536 };
        assert_eq!((ratio.token_ratio(), ratio.bit_ratio()), (4.0, 2.0));
    }
}
