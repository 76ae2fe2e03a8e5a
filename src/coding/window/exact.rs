//! Exact windows: our own rule for closing a window, under which every code is exactly one text.
//!
//! # The rule
//!
//! A window of `b` bits is 2^b *cells*, numbered by the codes. A prefix `P` of the window's text owns a *run* of
//! cells, `[low, low + n)` with `n ≥ 1`; the empty prefix owns all. One more symbol divides the run:
//!
//! 1. If splitting the `n` cells gives every symbol at least one cell, all `n` are split, but for case 3.
//! 2. Otherwise the first cell, `low`, becomes the *end cell* of `P` ("the window ends here"), and the other
//!    `n − 1`, from `low + 1` on, are split.
//! 3. Where windows may end up to `k` bits early so as to end with words ([`super::WindowShape::snapped`]), it is also as
//!    in case 2 if `n ≤ 2^k` and `P` *ends with a word*: `P` is not empty, and its last symbol is a space, tab, line feed,
//!    carriage return, or the end of a document.
//!
//! To split `m` cells by a distribution with bounds `c[0] = 0 < c[1] < … < c[s] = 2^p` is to give symbol `x` the
//! cells from `⌊m·c[x]/2^p⌋` up to `⌊m·c[x+1]/2^p⌋`. A symbol *fits* after `P` if it gets at least one cell: that
//! is its run.
//!
//! When the next symbol does not fit after `P`, the window closes. If `P` or a shorter prefix is one of case 3, the longest
//! of these is the window's text, and the symbols after it go to the next window; otherwise `P` is. When the input ends
//! after `P`, the window closes with `P`. Either way, its code is the `low` of its text.
//!
//! A run of one cell is always one of case 2, so with `k = 0`, which is [`super::Termination::Exact`] by itself, case 3
//! changes nothing: a text of case 3 is one after which nothing fits, with no shorter one to go back to.
//!
//! # Why it is right
//!
//! *Partition.* A run is the disjoint union of its end cell, if it has one, and its symbols' runs: the floors
//! telescope, from `⌊m·0/2^p⌋ = 0` to `⌊m·2^p/2^p⌋ = m`. Whether there is an end cell depends on `n`, `P` and the
//! distribution after `P` alone, which the encoder and the decoder both know.
//!
//! *Every step shrinks.* A symbol's run is smaller than the run it is taken from. In case 1, the `s ≥ 2` symbols
//! have at least one cell each; in cases 2 and 3, the end cell is left out. So a window holds fewer than 2^b symbols.
//! (Far fewer: `m ≥ 2^p` cells give each symbol `⌊m/2^p⌋ ≥ m/2^(p+1)` or more, so each loses as many to another. Splitting
//! them, with or without one that was set aside first, so takes away at least one part in 2^(p+1), and at most
//! `b·ln 2·2^(p+1)` symbols, and one more, bring a run below 2^p. At most 2^p more use it up. With the 16 bits of precision
//! and 257 symbols of M1, that is 256/2^16 of the cells a step.)
//!
//! *Every code decodes to exactly one text.* A code is a cell of the root's run. By partition it lies in exactly
//! one part of each run it is in: it is the end cell, and the text is complete, or it is in exactly one symbol's
//! run, and decoding goes on there. Runs shrink, so decoding ends; and it can only end at an end cell.
//!
//! *Every text encodes, and progress.* The root's distribution has at most `b` bits of precision, so `n = 2^b ≥ 2^p`, and
//! the root is not of case 3: every first symbol fits. Texts of case 3 are not empty. So each window takes at least one
//! symbol, and keeps at least one when it goes back.
//!
//! *What closes full decodes to itself.* A text of case 3 has an end cell. A window that closes with another `P` does so
//! because some symbol does not fit after `P`; then case 1 did not hold (there, all fit), and `P` has an end cell too. The
//! code is that end cell, and it decodes to the window's text, no more, no less. A different text has a different end cell:
//! the texts that have one and the 2^b codes are in bijection.
//!
//! *The end of the input.* The last window may close at a `P` without an end cell. Its code `low` still lies in the
//! runs of `P` and of all prefixes of `P`, and is no end cell of those prefixes (a symbol's run never holds the end
//! cell). So it decodes to a text that begins with `P`, and the number of symbols, which the container keeps, says
//! where to stop.
//!
//! *Ends with a word, where it can.* Runs shrink along a text, so its prefixes of at most 2^k cells, which use `b − k` bits or
//! more, are the last ones. A window that closes full ends with a word if one of them does. Snapping costs the bits that
//! are given back, and one cell of `n` after each word that ends there, whether the window does or not.
//!
//! *Case 3 is rare.* With more symbols than 2^k cells, case 1 does not hold for any run of case 3, so there is an end cell
//! anyway, and every code has the text that it has without snapping. With 257 symbols that is so for `k ≤ 8`: only the
//! encoder then does anything else, and what it writes decodes under the plain rule too.
//!
//! What does *not* hold: that any *sequence* of codes comes back when its text is encoded again. A window of a
//! sequence that no encoder wrote may end where the next window's first symbol would still have fitted, or, with `k > 0`,
//! in the middle of a word after the end of another that it should have gone back to. It decodes to one text all the same;
//! only the encoder would have cut that text into other windows.

use crate::coding::wide::Unsigned;
use crate::coding::{Cdf, Code, Extent, Symbol};

use super::Walk;
use super::shape::ends_word;

/// The cells of one prefix: `[low, low + cells)` out of 2^bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run<U> {
    bits: u16,
    /// Of at most 2^snap cells, a text that ends with a word owns the first.
    snap: u8,
    /// Whether the prefix ends with a word.
    ends_word: bool,
    low: U,
    cells: U,
}

impl<U: Unsigned> Run<U> {
    /// The longest window whose numbers, up to 2^bits, `U` holds.
    pub(super) const MAX_BITS: u32 = U::BITS - 1;

    /// The cells of the empty prefix: all.
    pub(super) fn root(bits: u16, snap: u8) -> Self {
        let low = U::power_of_two(0) - U::power_of_two(0);
        Self { bits, snap, ends_word: false, low, cells: U::power_of_two(bits.into()) }
    }

    /// The first cell: the code of a window that closes here.
    pub(super) fn low(&self) -> U {
        self.low
    }

    /// How many cells there are.
    pub(super) fn cells(&self) -> U {
        self.cells
    }

    /// The cells that are split among the symbols: all, or those after the end cell.
    pub(super) fn split(&self, cdf: &Cdf) -> Self {
        let one = U::power_of_two(0);
        match !self.may_end_early() && every_symbol_fits(self.cells, cdf) {
            true => *self,
            false => Self { low: self.low + one, cells: self.cells - one, ..*self },
        }
    }

    /// The part of these cells that belongs to `symbol`, if there is any.
    pub(super) fn part(&self, symbol: Symbol, cdf: &Cdf) -> Option<Self> {
        let from = self.cells.scale(cdf.low(symbol), cdf.precision());
        let to = self.cells.scale(cdf.high(symbol), cdf.precision());
        let ends_word = ends_word(symbol);
        (from < to).then(|| Self { low: self.low + from, cells: to - from, ends_word, ..*self })
    }
}

/// Whether splitting `cells` cells gives every symbol at least one.
fn every_symbol_fits<U: Unsigned>(cells: U, cdf: &Cdf) -> bool {
    let total = 1u64 << cdf.precision();
    match cells.to_u64() {
        // Two neighbours whose shares are less than one cell together cannot both begin one. With two rare symbols side by
        // side, as there always are, this spares looking at all bounds, which are seldom in the cache.
        Some(cells) if cells < total && cells * u64::from(cdf.rarest_pair()) < total => false,
        Some(cells) if cells < total => {
            let mut starts = cdf.bounds().map(|bound| (cells * u64::from(bound)) >> cdf.precision());
            let mut before = starts.next();
            starts.all(|next| before.replace(next).is_some_and(|before| before < next))
        }
        _ => true,
    }
}

impl<U: Unsigned> Walk for Run<U> {
    fn step(&self, symbol: Symbol, cdf: &Cdf) -> Option<Self> {
        self.split(cdf).part(symbol, cdf)
    }

    fn follow(&self, code: &Code, cdf: &Cdf) -> Option<(Symbol, Self)> {
        let (cell, split) = (U::from_code(code), self.split(cdf));
        if cell < split.low {
            return None;
        }
        let offset = cell - split.low;
        let symbol = cdf.last_where(|bound| split.cells.scale(bound, cdf.precision()) <= offset);
        Some((symbol, split.part(symbol, cdf)?))
    }

    fn is_leaf(&self) -> bool {
        self.cells == U::power_of_two(0)
    }

    /// Two cells are too few for three symbols or more, so they are an end cell and one more, as they are after a word too;
    /// and one cell goes to the last symbol, since `⌊1·c[x]/2^p⌋` is 0 up to the last bound, and 1 there.
    fn goes_on_alike(&self, symbols: usize) -> bool {
        self.is_leaf() || (self.cells == U::power_of_two(1) && symbols > 2)
    }

    fn may_end_early(&self) -> bool {
        self.ends_word && self.cells <= U::power_of_two(self.snap.into())
    }

    fn code(&self) -> Code {
        self.low.to_code(self.bits)
    }

    /// The bits that name a run of this many cells: `b − ⌊log2 n⌋`.
    fn used_bits(&self) -> u16 {
        self.bits + 1 - self.cells.bit_length() as u16
    }

    fn extent(&self) -> Extent {
        Extent::new(self.low, self.cells, self.bits.into())
    }

    fn shared(&self, cdf: &Cdf) -> Extent {
        self.split(cdf).extent()
    }

    fn part_of(&self, symbol: Symbol, cdf: &Cdf) -> Extent {
        let split = self.split(cdf);
        let [from, to] = [cdf.low(symbol), cdf.high(symbol)].map(|bound| split.cells.scale(bound, cdf.precision()));
        Extent::new(split.low + from, to - from, self.bits.into())
    }

    fn needed_with(&self, symbol: Symbol, cdf: &Cdf) -> Option<u16> {
        self.step(symbol, cdf).map(|next| next.used_bits())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::coding::ALPHABET;
    use crate::coding::wide::Wide;
    use crate::coding::window::model::Model;

    #[test]
    fn runs_are_partitions_all_the_way_down() {
        assert_eq!(early_ends_of_partitions(16, 0, ALPHABET, 24), 0);
        // Where there are more symbols than cells, words change nothing.
        assert_eq!(early_ends_of_partitions(14, 8, ALPHABET, 2), 0);
        assert!(early_ends_of_partitions(14, 10, 11, 2) > 10);
    }

    /// All of a window, as a tree: everywhere, the end cell and the symbols' runs make up the run. Counts the end cells where
    /// every symbol would have got a cell without.
    fn early_ends_of_partitions(bits: u16, snap: u8, symbols: usize, spread: u64) -> u32 {
        let model = Model::hashed(16, symbols, bits as u8, spread);
        let (mut ends, mut branching, mut early) = (0u32, 0u32, 0u32);
        let mut places = vec![(Vec::new(), Run::<u64>::root(bits, snap))];
        while let Some((text, run)) = places.pop() {
            if run.is_leaf() {
                ends += 1;
                continue;
            }
            let cdf = model.after(&text);
            let parts = (0..symbols as Symbol).filter_map(|symbol| Some((symbol, run.step(symbol, &cdf)?)));
            let parts: Vec<_> = parts.collect();
            let has_end = parts.len() < symbols || run.step(0, &cdf).is_some_and(|first| first.low > run.low);
            assert!(!has_end || !text.is_empty());
            assert_eq!(run.follow(&run.code(), &cdf).is_none(), has_end);
            let word = text.last().is_some_and(|symbol| [9, 10, 13, 32, 256].contains(symbol));
            let (snapped, all_fit) = (word && run.cells <= 1 << snap, every_symbol_fits(run.cells, &cdf));
            assert_eq!(has_end, snapped || !all_fit);
            early += u32::from(snapped && all_fit);

            let mut next = run.low + u64::from(has_end);
            for &(symbol, part) in &parts {
                assert!(part.low == next && (1..run.cells).contains(&part.cells));
                next += part.cells;
                for cell in [part.low, next - 1] {
                    assert_eq!(run.follow(&cell.to_code(bits), &cdf), Some((symbol, part)));
                }
            }
            assert_eq!(next, run.low + run.cells);
            ends += u32::from(has_end);
            branching += 1;
            places.extend(parts.into_iter().map(|(symbol, part)| ([text.as_slice(), &[symbol]].concat(), part)));
        }
        assert_eq!(ends, 1 << bits);
        assert!(branching > 200, "too small a tree to show anything: {branching} places branch");
        early
    }

    #[test]
    fn from_as_many_cells_as_frequencies_on_every_symbol_fits() {
        let two = Cdf::from_bounds(vec![0, 1 << 15, 1 << 16], 16).unwrap();
        let rare = Cdf::from_weights(&[0, 0, 1, 0, 0], 16).unwrap();
        for cdf in [two, rare] {
            // To the end of 64 bits, where a product with a frequency no longer fits.
            for cells in (16..64).flat_map(|bits| [1u64 << bits, (1 << bits) + 12_345, u64::MAX >> (63 - bits)]) {
                assert!(every_symbol_fits(cells, &cdf), "{cells} cells");
            }
        }
    }

    proptest! {
        /// The rule's first step, by its words.
        #[test]
        fn all_cells_are_split_where_every_symbol_gets_one(
            weights in prop::collection::vec(prop_oneof![Just(0u64), 0..40u64, 0..5000u64], 2..300),
            precision in 9..=16u8,
            cells in prop_oneof![1..600u64, 1..70_000u64],
        ) {
            let cdf = Cdf::from_weights(&weights, precision).unwrap();
            let start = |bound: u32| cells * u64::from(bound) / (1 << precision);
            let every = (0..cdf.symbols() as Symbol).all(|symbol| start(cdf.low(symbol)) < start(cdf.high(symbol)));
            prop_assert_eq!(every_symbol_fits(cells, &cdf), every);
            prop_assert_eq!(every_symbol_fits(u128::from(cells), &cdf), every);
        }

        #[test]
        fn the_three_widths_agree(
            seed: u64, precision in 9..=24u8, spread in 0..40u64, bits in 9..=127u16, snap in 0..=8u8, choices: [u16; 24]
        ) {
            let model = Model::hashed(seed, ALPHABET, precision, spread);
            let narrow = (u32::from(bits) <= Run::<u64>::MAX_BITS).then(|| Run::<u64>::root(bits, snap));
            let (mut narrow, mut middle, mut wide) = (narrow, Run::<u128>::root(bits, snap), Run::<Wide>::root(bits, snap));
            let mut text = Vec::new();
            for choice in choices {
                let cdf = match bits < precision.into() {
                    true => model.after(&text).coarser(bits as u8),
                    false => (*model.after(&text)).clone(),
                };
                let words = [9, 10, 13, 32, 256];
                let symbol = *words.get(usize::from(choice) % 15).unwrap_or(&(choice % ALPHABET as Symbol));
                let (next, next_wide) = (middle.step(symbol, &cdf), wide.step(symbol, &cdf));
                prop_assert_eq!(next.map(|run| run.code()), next_wide.map(|run| run.code()));
                if let Some(run) = narrow {
                    prop_assert_eq!(run.step(symbol, &cdf).map(|run| run.code()), next.map(|run| run.code()));
                }
                let (Some(next), Some(next_wide)) = (next, next_wide) else { break };
                let code = next.code();
                prop_assert_eq!(middle.follow(&code, &cdf), Some((symbol, next)));
                prop_assert_eq!(wide.follow(&code, &cdf), Some((symbol, next_wide)));
                if let Some(run) = &mut narrow {
                    prop_assert_eq!(run.follow(&code, &cdf).map(|(symbol, _)| symbol), Some(symbol));
                    *run = run.step(symbol, &cdf).unwrap();
                    prop_assert_eq!((run.used_bits(), run.is_leaf()), (next.used_bits(), next.is_leaf()));
                }
                prop_assert_eq!((next.used_bits(), next.is_leaf()), (next_wide.used_bits(), next_wide.is_leaf()));
                (middle, wide) = (next, next_wide);
                text.push(symbol);
            }
        }
    }
}
