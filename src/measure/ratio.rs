//! Compression ratios (paper 3.4).

/// Totals over some text, from which the paper's two ratios follow.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Ratio {
    /// Raw source bytes; end-of-document symbols are not among them.
    pub bytes: u64,
    pub tokens: u64,
    /// What a token costs: the base-2 logarithm of the method's vocabulary (8 for bytes, as in the paper).
    pub bits_per_token: f64,
}

impl Ratio {
    /// Raw bytes per token; also the bytes of one autoregressive step.
    pub fn token_ratio(&self) -> f64 {
        self.bytes as f64 / self.tokens as f64
    }

    /// Source bits over output bits.
    pub fn bit_ratio(&self) -> f64 {
        8.0 * self.bytes as f64 / (self.tokens as f64 * self.bits_per_token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_16_bit_token_for_4_bytes_halves_the_bits() {
        let ratio = Ratio { bytes: 400, tokens: 100, bits_per_token: 16.0 };
        assert_eq!((ratio.token_ratio(), ratio.bit_ratio()), (4.0, 2.0));
    }
}
