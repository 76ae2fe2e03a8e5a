//! Token learnability: accuracy by the token's position in its window (paper section 6.2 and Fig 10).

/// Hits and tries by position in the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PositionAccuracy {
    right: Vec<u64>,
    seen: Vec<u64>,
}

impl PositionAccuracy {
    pub fn new(positions: usize) -> Self {
        Self { right: vec![0; positions.max(1)], seen: vec![0; positions.max(1)] }
    }

    pub fn add(&mut self, position: usize, right: bool) {
        let position = position.min(self.seen.len() - 1);
        self.seen[position] += 1;
        self.right[position] += u64::from(right);
    }

    /// Tokens seen at each position.
    pub fn seen(&self) -> &[u64] {
        &self.seen
    }

    /// Share of right predictions at each position; none where no token was seen.
    pub fn by_position(&self) -> Vec<Option<f64>> {
        self.right
            .iter()
            .zip(&self.seen)
            .map(|(right, seen)| (*seen > 0).then(|| *right as f64 / *seen as f64))
            .collect()
    }
}

/// Position in its window of the token that begins `bit` bits into a run of windows of (bits, bits of a token): how many
/// whole tokens lie before it in the window in which it begins. Without windows every token is at position 0.
pub fn position_in_window(bit: usize, window: Option<(usize, usize)>) -> usize {
    window.map_or(0, |(bits, width)| bit % bits / width)
}

/// Accuracy at each position of always guessing the commonest training token there: the "trivial" part of an accuracy.
/// (The paper subtracts the best accuracy of M2's own first 2,000 steps, which short runs never reach the end of.)
pub fn trivial_accuracy(commonest: &[u32], tokens: impl Iterator<Item = (u32, usize)>) -> PositionAccuracy {
    let mut accuracy = PositionAccuracy::new(commonest.len());
    for (token, position) in tokens {
        let position = position.min(commonest.len() - 1);
        accuracy.add(position, commonest[position] == token);
    }
    accuracy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_that_cross_windows_belong_where_they_begin() {
        let positions = |window| (0..6).map(|i| position_in_window(16 * i, window)).collect::<Vec<_>>();
        assert_eq!(positions(Some((48, 16))), [0, 1, 2, 0, 1, 2]);
        // b = 24: bits 0, 16, 32 (8 in the second window), 48, …
        assert_eq!(positions(Some((24, 16))), [0, 1, 0, 0, 1, 0]);
        assert_eq!(positions(None), [0; 6]);
    }

    #[test]
    fn positions_are_counted_apart() {
        let tokens = [(5, 0), (1, 1), (5, 0), (2, 1), (4, 0), (1, 1), (5, 0), (1, 1)];
        let accuracy = trivial_accuracy(&[5, 1], tokens.into_iter());
        assert_eq!(accuracy.by_position(), [Some(0.75), Some(0.75)]);
        assert_eq!(PositionAccuracy::new(2).by_position(), [None, None]);
    }
}
