//! One block as one method cut it, ready to be drawn and looked into.

use super::histogram::{self, Measure};
use crate::tokenizer::view::{WindowView, WindowsView};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// A block cut open. Positions in [`BlockCut::view`] are in the block; those that functions take are too.
pub struct BlockCut {
    /// The block's bytes, as they were when it was cut.
    pub bytes: Arc<[u8]>,
    pub view: WindowsView,
    /// The token that each byte's first bit is in, by place.
    tokens: Vec<u32>,
}

impl BlockCut {
    pub fn new(bytes: Arc<[u8]>, view: WindowsView) -> Self {
        let mut token = 0;
        let mut first_bit = 0;
        let token_of = |end: &u64| {
            while view.tokens.get(token).is_some_and(|span| span.bits.end <= first_bit) && token + 1 < view.tokens.len()
            {
                token += 1;
            }
            first_bit = *end;
            token as u32
        };
        let tokens = view.bit_ends.iter().map(token_of).collect();
        Self { bytes, view, tokens }
    }

    /// The window that a byte is in, by place, if the byte is in one.
    pub fn window_of(&self, byte: usize) -> Option<usize> {
        let index = self.view.windows.partition_point(|window| window.byte_start <= byte).checked_sub(1)?;
        self.range(index).contains(&byte).then_some(index)
    }

    /// The bytes of a window.
    pub fn range(&self, window: usize) -> Range<usize> {
        self.view.windows.get(window).map_or(0..0, |window| window.byte_start..window.byte_start + window.byte_len)
    }

    /// The bytes from `byte` on, up to `most`, that begin in one token, and which token it is.
    pub fn token_run(&self, byte: usize, most: usize) -> Option<(usize, Range<usize>)> {
        let token = *self.tokens.get(byte)?;
        let most = most.min(self.tokens.len());
        let length = self.tokens.get(byte..most)?.iter().take_while(|other| **other == token).count();
        Some((token as usize, byte..byte + length))
    }

    /// Whether a token ends before a byte.
    pub fn is_token_border(&self, byte: usize) -> bool {
        byte == 0 || self.tokens.get(byte) != self.tokens.get(byte - 1)
    }

    /// Where inside a byte's bits tokens end, from 0 to 1: what straddles (paper, Fig 9).
    pub fn straddled(&self, byte: usize) -> impl Iterator<Item = f32> + '_ {
        let bits = self.bits(byte);
        let first = self.tokens.get(byte).map_or(usize::MAX, |token| *token as usize);
        let spans = self.view.tokens.get(first..).unwrap_or_default();
        let ends = spans.iter().map(|span| span.bits.end).take_while({
            let end = bits.end;
            move |border| *border < end
        });
        ends.map(move |border| (border - bits.start) as f32 / (bits.end - bits.start) as f32)
    }

    /// The bits that a byte settles.
    pub fn bits(&self, byte: usize) -> Range<u64> {
        let end = self.view.bit_ends.get(byte).copied().unwrap_or_default();
        let before = byte.checked_sub(1).and_then(|before| self.view.bit_ends.get(before)).copied();
        before.unwrap_or_default().min(end)..end
    }

    /// What a byte costs in bits.
    pub fn cost(&self, byte: usize) -> Option<f64> {
        let window: &WindowView = self.view.windows.get(self.window_of(byte)?)?;
        window.byte_bits.get(byte - window.byte_start).copied()
    }

    /// The ids of the tokens that have a say in a byte's bits; of a byte without bits, the one it waits for.
    pub fn token_ids(&self, byte: usize) -> Vec<u32> {
        let Some(first) = self.tokens.get(byte).map(|token| *token as usize) else {
            return Vec::new();
        };
        let end = self.bits(byte).end;
        let spans = self.view.tokens.get(first..).unwrap_or_default();
        let later = spans.iter().skip(1).take_while(|span| span.bits.start < end);
        spans.iter().take(1).chain(later).map(|span| span.token).collect()
    }

    /// The block in numbers.
    pub fn tally(&self) -> Tally {
        let totals = &self.view.totals;
        let counts = |measure| histogram::count(measure, &self.view.windows);
        Tally {
            blocks: 1,
            bytes: totals.bytes as u64,
            windows: totals.windows as u64,
            tokens: totals.tokens as u64,
            token_bits: totals.tokens as f64 * totals.bits_per_token,
            padding: self.view.windows.iter().map(|window| window.padding).sum(),
            ambiguous: totals.ambiguous as u64,
            unresolved: totals.unresolved as u64,
            lost_bytes: totals.lost_bytes as u64,
            lengths: counts(Measure::Bytes),
            used: counts(Measure::UsedBits),
            paddings: counts(Measure::Padding),
        }
    }
}

/// Blocks in numbers, added up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    pub blocks: u64,
    pub bytes: u64,
    pub windows: u64,
    pub tokens: u64,
    /// What the tokens cost in bits.
    pub token_bits: f64,
    pub padding: u64,
    pub ambiguous: u64,
    pub unresolved: u64,
    pub lost_bytes: u64,
    /// How many windows there are of each length in bytes.
    pub lengths: BTreeMap<u32, u64>,
    /// Of each number of bits used.
    pub used: BTreeMap<u32, u64>,
    /// Of each number of bits of padding.
    pub paddings: BTreeMap<u32, u64>,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.blocks += other.blocks;
        self.bytes += other.bytes;
        self.windows += other.windows;
        self.tokens += other.tokens;
        self.token_bits += other.token_bits;
        self.padding += other.padding;
        self.ambiguous += other.ambiguous;
        self.unresolved += other.unresolved;
        self.lost_bytes += other.lost_bytes;
        let pairs = [(&mut self.lengths, &other.lengths), (&mut self.used, &other.used)];
        for (counts, others) in pairs.into_iter().chain([(&mut self.paddings, &other.paddings)]) {
            others.iter().for_each(|(value, count)| *counts.entry(*value).or_default() += count);
        }
    }

    /// Bytes per token; none without tokens.
    pub fn token_ratio(&self) -> Option<f64> {
        (self.tokens > 0).then(|| self.bytes as f64 / self.tokens as f64)
    }

    /// Bits of the text per bit of the tokens; none without tokens.
    pub fn bit_ratio(&self) -> Option<f64> {
        (self.token_bits > 0.0).then(|| 8.0 * self.bytes as f64 / self.token_bits)
    }

    /// Bits of padding in a window, on average.
    pub fn mean_padding(&self) -> f64 {
        self.padding as f64 / self.windows.max(1) as f64
    }
}

#[cfg(test)]
pub mod testing {
    use super::*;
    use crate::tokenizer::TokenSpan;
    use crate::tokenizer::view::{End, Totals};

    /// Windows of three bytes with 16 bits each, and two tokens a window; each byte settles 5 or 6 bits.
    pub fn cut(bytes: &[u8]) -> BlockCut {
        let windows: Vec<WindowView> = bytes
            .chunks(3)
            .enumerate()
            .map(|(index, bytes)| WindowView {
                byte_start: 3 * index,
                byte_len: bytes.len(),
                first_bit: 16 * index as u64,
                used_bits: 15,
                padding: 1,
                code_hex: "beef".to_owned(),
                code_binary: "1011111011101111".to_owned(),
                first_token: 2 * index,
                tokens: vec![190, 239],
                byte_bits: vec![5.0; bytes.len()],
                candidates: 1,
                ambiguous: false,
                unresolved: false,
                end: End::Text,
            })
            .collect();
        let bit_ends = (0..bytes.len() as u64).map(|byte| 16 * (byte / 3) + [5, 10, 16][(byte % 3) as usize]).collect();
        let token = |index: u64| TokenSpan {
            token: 100 + index as u32,
            bits: 8 * index..8 * index + 8,
            symbols: 0..1,
            window: Some(index as usize / 2),
        };
        let totals = Totals {
            bytes: bytes.len(),
            windows: windows.len(),
            tokens: 2 * windows.len(),
            bits: 16 * windows.len() as u64,
            vocabulary: 256,
            bits_per_token: 8.0,
            token_ratio: Some(1.5),
            bit_ratio: Some(1.5),
            ambiguous: 0,
            unresolved: 0,
            lost_bytes: 0,
        };
        let tokens = (0..2 * windows.len() as u64).map(token).collect();
        let method = crate::tokenizer::Method::Bytes;
        BlockCut::new(bytes.into(), WindowsView { method, model: None, windows, tokens, bit_ends, totals })
    }
}

#[cfg(test)]
mod tests {
    use super::testing::cut;
    use super::*;

    #[test]
    fn bytes_find_their_windows_and_tokens() {
        let cut = cut(b"abcdefg");
        assert_eq!([0, 2, 3, 6, 7].map(|byte| cut.window_of(byte)), [Some(0), Some(0), Some(1), Some(2), None]);
        // The first token has bits 0 to 8: byte 0 has 0 to 5, byte 1 has 5 to 10 and straddles, byte 2 begins in the next.
        assert_eq!(cut.token_run(0, 7), Some((0, 0..2)));
        assert_eq!(cut.token_run(2, 7), Some((1, 2..3)));
        assert_eq!(cut.token_run(0, 1), Some((0, 0..1)));
        assert_eq!(cut.token_run(7, 9), None);
        assert_eq!((cut.token_ids(0), cut.token_ids(1), cut.token_ids(2)), (vec![100], vec![100, 101], vec![101]));
        assert_eq!(cut.straddled(1).collect::<Vec<_>>(), [0.6]);
        assert_eq!(cut.straddled(2).count() + cut.straddled(0).count(), 0);
        assert!(cut.is_token_border(2) && cut.is_token_border(3) && !cut.is_token_border(1));
        assert_eq!(cut.cost(4), Some(5.0));
    }

    #[test]
    fn tallies_of_blocks_add_up() {
        let (one, two) = (cut(b"abcdefg").tally(), cut(b"abc").tally());
        let mut both = one.clone();
        both.add(&two);
        assert_eq!((both.blocks, both.bytes, both.windows, both.tokens), (2, 10, 4, 8));
        assert_eq!((both.token_ratio(), both.bit_ratio(), both.mean_padding()), (Some(1.25), Some(1.25), 1.0));
        assert_eq!(both.lengths.into_iter().collect::<Vec<_>>(), [(1, 1), (3, 3)]);
        assert_eq!((Tally::default().token_ratio(), Tally::default().mean_padding()), (None, 0.0));
    }
}
