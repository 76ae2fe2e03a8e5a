//! Models that know nothing but token frequencies (paper Table 3): what a trained M2 must beat to have learned anything.

use super::bits_per_byte;

/// How often each token occurs in the training split, overall and by position in the window.
#[derive(Debug, Clone)]
pub struct TokenCounts {
    vocabulary: usize,
    total: u64,
    counts: Vec<u64>,
    /// By position in the window: counts of each token there.
    by_position: Vec<Vec<u32>>,
}

impl TokenCounts {
    /// Counts nothing yet, for windows of `positions` tokens (1 where the method has no windows).
    pub fn new(vocabulary: usize, positions: usize) -> Self {
        Self {
            vocabulary,
            total: 0,
            counts: vec![0; vocabulary],
            by_position: vec![vec![0; vocabulary]; positions.max(1)],
        }
    }

    /// Counts training tokens with their positions in the window.
    pub fn add(&mut self, tokens: impl Iterator<Item = (u32, usize)>) {
        for (token, position) in tokens {
            self.total += 1;
            self.counts[token as usize] += 1;
            let position = position.min(self.by_position.len() - 1);
            self.by_position[position][token as usize] += 1;
        }
    }

    /// How many tokens were counted.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Bits/byte of the uniform model: log2(v) bits a token.
    pub fn uniform_bits_per_byte(vocabulary: usize, tokens: u64, bytes: u64) -> f64 {
        bits_per_byte((vocabulary as f64).ln(), tokens as f64, bytes as f64)
    }

    /// Cost of one token in nats under training frequencies with one added to every count, so that a token never seen in
    /// training costs much but not infinitely much.
    pub fn unigram_nats(&self, token: u32) -> f64 {
        let count = self.counts[token as usize] + 1;
        ((self.total + self.vocabulary as u64) as f64 / count as f64).ln()
    }

    /// The commonest training token at each position: the best guess of a model that knows the position alone.
    pub fn commonest_by_position(&self) -> Vec<u32> {
        let commonest = |counts: &Vec<u32>| {
            // The first of equals, so that the answer does not depend on the order of counting.
            let best = counts.iter().copied().max().unwrap_or(0);
            counts.iter().position(|count| *count == best).unwrap_or(0) as u32
        };
        self.by_position.iter().map(commonest).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_over_bytes_is_eight_bits() {
        assert!((TokenCounts::uniform_bits_per_byte(256, 10, 10) - 8.0).abs() < 1e-12);
        assert!((TokenCounts::uniform_bits_per_byte(65_536, 10, 40) - 4.0).abs() < 1e-12);
    }

    #[test]
    fn unigram_costs_are_those_of_smoothed_counts() {
        let mut counts = TokenCounts::new(2, 1);
        counts.add([(0, 0), (0, 0), (1, 0)].into_iter());
        // (2+1)/5 and (1+1)/5
        assert!((counts.unigram_nats(0) + 0.6f64.ln()).abs() < 1e-12);
        assert!((counts.unigram_nats(1) + 0.4f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn each_position_has_its_own_commonest_token() {
        let mut counts = TokenCounts::new(4, 2);
        counts.add([(3, 0), (1, 1), (3, 0), (1, 1), (2, 1)].into_iter());
        assert_eq!(counts.commonest_by_position(), [3, 1]);
    }
}
