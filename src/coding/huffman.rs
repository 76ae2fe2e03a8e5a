//! Huffman codes over the frequencies of a distribution (paper, appendix B.2).
//!
//! Each symbol gets a whole number of bits: the code is optimal among those, and its expected length is less than one bit
//! above the entropy. It can be built once, from counts of symbols, or anew from the model's distribution before each
//! symbol, by encoder and decoder alike. So it must be quick to build, and the same on every machine.
//!
//! # The code
//!
//! *Lengths* are those of Huffman's tree: the two lightest are joined until one is left. Ties are broken so:
//!
//! * of symbols with equal frequencies, the *higher* symbol is joined first;
//! * of a symbol and a joined node that weigh the same, the symbol is joined first;
//! * of joined nodes that weigh the same, the one that was made first is joined first.
//!
//! The second rule makes the longest codeword as short as it can be in an optimal code. The first one makes the higher of two
//! symbols with equal frequencies get a codeword that is no shorter than the lower's.
//!
//! *Codewords* are canonical: in order of their lengths, and among equal lengths of their symbols, they are the lowest
//! numbers that continue no earlier codeword.
//!
//! # Why it is right
//!
//! *Two queues.* Sorted symbols are one queue. Joined nodes are made in order of their weights, so they are another, and the
//! lightest of all is at the front of one of the two. Nodes are so joined in a fixed order. Parents are made in that order
//! too, so depth never rises along it: in the sorted order, codewords never get longer. The number of symbols of each depth
//! is therefore all that the tree need say (Moffat and Katajainen 1995 do all this in one array, as is done here).
//!
//! *Lengths.* A node of height `h` weighs at least `F(h + 2)`, with the Fibonacci numbers F(1) = F(2) = 1. For it has a
//! child of height `h − 1`, and that one has one of height `h − 2`; the other child is joined later than the latter, so it
//! weighs at least as much. The root weighs at most 2^24 < F(37), so no codeword has more than 34 bits.

use super::Symbol;
use super::bits::{BitReader, BitWriter, BitsError};
use super::cdf::Cdf;

/// No codeword is longer, in bits.
const MAX_LENGTH: usize = 34;

/// A canonical Huffman code for one distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HuffmanCode {
    lengths: Box<[u8]>,
    /// The symbols in order of their codewords.
    order: Box<[Symbol]>,
    levels: [Level; MAX_LENGTH + 1],
}

/// The codewords of one length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Level {
    /// The lowest of them, as a number.
    first: u64,
    /// How many shorter codewords there are.
    before: u32,
    count: u32,
}

impl HuffmanCode {
    /// The code for the frequencies of `cdf`, by the rules at the head of this module.
    pub fn new(cdf: &Cdf) -> Self {
        let sorted = Sorted::new(cdf);
        let counts = counts(sorted.frequencies());

        let mut levels = [Level::default(); MAX_LENGTH + 1];
        let (mut first, mut before) = (0, 0);
        for (level, count) in levels.iter_mut().zip(counts) {
            *level = Level { first, before, count };
            first = (first + u64::from(count)) << 1;
            before += count;
        }

        // The heaviest symbols get the shortest codewords.
        let mut lengths = vec![0; cdf.symbols()].into_boxed_slice();
        let mut heaviest = sorted.heaviest_first();
        for (length, &count) in counts.iter().enumerate() {
            for symbol in heaviest.by_ref().take(count as usize) {
                lengths[usize::from(symbol)] = length as u8;
            }
        }

        let mut order = vec![0; cdf.symbols()].into_boxed_slice();
        let mut next = levels.map(|level| level.before);
        for (symbol, &length) in lengths.iter().enumerate() {
            let next = &mut next[usize::from(length)];
            order[*next as usize] = symbol as Symbol;
            *next += 1;
        }
        Self { lengths, order, levels }
    }

    /// How many symbols there are.
    pub fn symbols(&self) -> usize {
        self.lengths.len()
    }

    /// How many bits the codeword of `symbol` has: 1 to 34.
    ///
    /// # Panics
    /// If there is no such symbol.
    pub fn length(&self, symbol: Symbol) -> u32 {
        self.lengths[usize::from(symbol)].into()
    }

    /// Appends the codeword of `symbol`.
    ///
    /// # Panics
    /// If there is no such symbol.
    pub fn encode(&self, symbol: Symbol, writer: &mut BitWriter) {
        writer.push(self.codeword(symbol), self.length(symbol));
    }

    /// Reads the codeword of one symbol. Any bits begin with one, if they are long enough.
    ///
    /// # Errors
    /// If the bits end inside a codeword; then none is read.
    pub fn decode(&self, reader: &mut BitReader<'_>) -> Result<Symbol, BitsError> {
        let mut ahead = reader.clone();
        let mut word = 0;
        for level in &self.levels[1..] {
            word = word << 1 | ahead.read(1)?;
            // Shorter codewords are no beginnings of this word, so it is not below the first of its length.
            let index = word - level.first;
            if index < u64::from(level.count) {
                *reader = ahead;
                return Ok(self.order[level.before as usize + index as usize]);
            }
        }
        unreachable!("the codewords of a code use up all bits, and none is longer than {MAX_LENGTH}")
    }

    /// The codeword of `symbol`, as a number of [`Self::length`] bits.
    fn codeword(&self, symbol: Symbol) -> u64 {
        let level = &self.levels[usize::from(self.lengths[usize::from(symbol)])];
        let peers = &self.order[level.before as usize..][..level.count as usize];
        // Symbols rise within a length.
        level.first + peers.partition_point(|&peer| peer < symbol) as u64
    }
}

/// The symbols, from the one that is joined first to the heaviest.
struct Sorted {
    /// The frequency, then the complement of the symbol.
    keys: Vec<u64>,
}

impl Sorted {
    fn new(cdf: &Cdf) -> Self {
        let mut keys = Vec::with_capacity(cdf.symbols());
        let mut low = 0;
        cdf.bounds().skip(1).enumerate().for_each(|(symbol, high)| {
            keys.push(u64::from(high - low) << Symbol::BITS | u64::from(!(symbol as Symbol)));
            low = high;
        });
        keys.sort_unstable();
        Self { keys }
    }

    fn frequencies(&self) -> Vec<u32> {
        self.keys.iter().map(|key| (key >> Symbol::BITS) as u32).collect()
    }

    fn heaviest_first(&self) -> impl Iterator<Item = Symbol> + '_ {
        self.keys.iter().rev().map(|&key| !(key as Symbol))
    }
}

/// How many codewords of each length there are, given the frequencies in rising order, of which there are two or more.
fn counts(mut nodes: Vec<u32>) -> [u32; MAX_LENGTH + 1] {
    // Both queues in one array. Symbols wait from `symbol` on, with their frequencies. Joined nodes wait from `joined` up to
    // `made`, with their weights; those before have a parent, whose index stands in their place. Every join takes two
    // nodes, of which fewer than `made` are joined ones, so the new node's place is that of a symbol that was taken.
    let root = nodes.len() - 2;
    let (mut symbol, mut joined) = (0, 0);
    for made in 0..=root {
        let mut lightest = |nodes: &mut [u32]| {
            let from_symbols = symbol < nodes.len() && (joined == made || nodes[symbol] <= nodes[joined]);
            if from_symbols {
                symbol += 1;
                nodes[symbol - 1]
            } else {
                joined += 1;
                std::mem::replace(&mut nodes[joined - 1], made as u32)
            }
        };
        let weight = lightest(&mut nodes) + lightest(&mut nodes);
        nodes[made] = weight;
    }

    // From parents to depths, the root first: a parent is made after its children. Each joined node takes one place at its
    // depth and gives two one deeper; places that are not taken are the symbols'.
    let mut joined_at = [0u32; MAX_LENGTH + 1];
    nodes[root] = 0;
    joined_at[0] = 1;
    for node in (0..root).rev() {
        let depth = nodes[nodes[node] as usize] + 1;
        nodes[node] = depth;
        joined_at[depth as usize] += 1;
    }
    std::array::from_fn(|depth| match depth {
        0 => 0,
        _ => 2 * joined_at[depth - 1] - joined_at[depth],
    })
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    use proptest::prelude::*;

    use super::*;
    use crate::coding::{Bits, ENTROPY_BIT};

    fn code(frequencies: &[u64], precision: u8) -> HuffmanCode {
        assert_eq!(frequencies.iter().sum::<u64>(), 1 << precision);
        HuffmanCode::new(&Cdf::from_weights(frequencies, precision).unwrap())
    }

    fn lengths(code: &HuffmanCode) -> Vec<u32> {
        (0..code.symbols()).map(|symbol| code.length(symbol as Symbol)).collect()
    }

    fn codewords(code: &HuffmanCode) -> Vec<String> {
        let word = |symbol| format!("{:0width$b}", code.codeword(symbol), width = code.length(symbol) as usize);
        (0..code.symbols()).map(|symbol| word(symbol as Symbol)).collect()
    }

    /// Lengths by the rules' words: a tree, and a heap of what is not joined yet.
    fn naive_lengths(cdf: &Cdf) -> Vec<u32> {
        let symbols = cdf.symbols();
        let leaf = |symbol: usize| Reverse((cdf.frequency(symbol as Symbol), false, symbols - symbol, symbol));
        let mut heap: BinaryHeap<_> = (0..symbols).map(leaf).collect();
        let mut parents = vec![0; symbols];
        while let (Some(Reverse(first)), Some(Reverse(second))) = (heap.pop(), heap.pop()) {
            let made = parents.len();
            parents.push(made);
            (parents[first.3], parents[second.3]) = (made, made);
            if made + 2 < 2 * symbols {
                heap.push(Reverse((first.0 + second.0, true, made, made)));
            }
        }
        let depth = |node: usize| {
            std::iter::successors(Some(node), |&node| Some(parents[node]).filter(|&parent| parent != node)).count() - 1
        };
        (0..symbols).map(|symbol| depth(symbol) as u32).collect()
    }

    /// Distributions of every kind: few symbols and many, with frequencies that are often equal, and far apart.
    fn cdfs() -> impl Strategy<Value = Cdf> {
        let weight = prop_oneof![Just(0u64), 1..4u64, 0..100u64, (0..40u32).prop_map(|exponent| 1 << exponent)];
        (prop::collection::vec(weight, 2..300), 9..=24u8)
            .prop_map(|(weights, precision)| Cdf::from_weights(&weights, precision).unwrap())
    }

    /// Worked by hand. Of four ones, d and c are joined, then b and a; the twos, f and e, are joined before those.
    #[test]
    fn a_small_code_comes_out_as_worked_by_hand() {
        let six = code(&[1, 1, 1, 1, 2, 2], 3);
        assert_eq!(lengths(&six), [3, 3, 3, 3, 2, 2]);
        assert_eq!(codewords(&six), ["100", "101", "110", "111", "00", "01"]);
        // c and b are joined, then a to them: the lowest of equals is the shortest.
        let four = code(&[1, 1, 1, 5], 3);
        assert_eq!(codewords(&four), ["10", "110", "111", "0"]);
        assert_eq!(codewords(&code(&[1, 1], 1)), ["0", "1"]);

        let mut writer = BitWriter::new();
        [3, 0, 2, 1, 3].iter().for_each(|&symbol| four.encode(symbol, &mut writer));
        assert_eq!(writer.finish().iter().map(u8::from).collect::<Vec<_>>(), [0, 1, 0, 1, 1, 1, 1, 1, 0, 0]);
    }

    /// Each frequency is just more than all that is joined before it, as 1, 1, 1, 3, 4, 7, 11, …: the deepest tree.
    #[test]
    fn the_rarest_symbols_get_the_longest_codewords_there_are() {
        let mut frequencies = vec![1, 1, 1, 3];
        while frequencies.len() < 34 {
            frequencies.push(frequencies.iter().rev().take(2).sum());
        }
        let rest = (1 << 24) - frequencies[..33].iter().sum::<u64>();
        assert!(rest >= frequencies[33]);
        frequencies[33] = rest;
        let code = code(&frequencies, 24);
        assert_eq!(lengths(&code).into_iter().max(), Some(33));
        let mut writer = BitWriter::new();
        (0..34).for_each(|symbol| code.encode(symbol, &mut writer));
        let bits = writer.finish();
        let mut reader = bits.reader();
        assert!((0..34).all(|symbol| code.decode(&mut reader) == Ok(symbol)) && reader.remaining() == 0);
    }

    #[test]
    fn bits_that_end_inside_a_codeword_are_refused() {
        let code = code(&[1, 1, 1, 5], 3);
        let bits = Bits::from_bytes(vec![0b0110_0000], 3).unwrap();
        let mut reader = bits.reader();
        assert_eq!(code.decode(&mut reader), Ok(3));
        assert_eq!(code.decode(&mut reader), Err(BitsError::End { at: 3, wanted: 1, len: 3 }));
        assert_eq!(reader.position(), 1);
        assert!(code.decode(&mut Bits::default().reader()).is_err());
    }

    #[test]
    fn as_many_symbols_as_there_can_be_are_coded() {
        let code = HuffmanCode::new(&Cdf::uniform(1 << 16, 24).unwrap());
        assert!(lengths(&code).iter().all(|&length| length == 16));
        assert_eq!(code.codeword(0xabcd), 0xabcd);
    }

    proptest! {
        #[test]
        fn lengths_are_those_of_the_tree_by_the_rules(cdf in cdfs()) {
            let code = HuffmanCode::new(&cdf);
            prop_assert_eq!(lengths(&code), naive_lengths(&cdf));
        }

        #[test]
        fn no_codeword_begins_another_and_none_is_missing(cdf in cdfs()) {
            let code = HuffmanCode::new(&cdf);
            let kraft: u64 = lengths(&code).iter().map(|length| 1 << (MAX_LENGTH as u32 - length)).sum();
            prop_assert_eq!(kraft, 1 << MAX_LENGTH);
            let mut words = codewords(&code);
            words.sort();
            prop_assert!(words.windows(2).all(|pair| !pair[1].starts_with(&pair[0])));
        }

        /// In order of length and symbol, each codeword is the lowest number after the one before: that is canonical.
        #[test]
        fn codewords_are_canonical(cdf in cdfs()) {
            let code = HuffmanCode::new(&cdf);
            let mut order: Vec<(u32, Symbol)> = lengths(&code).into_iter().zip(0..).collect();
            order.sort();
            let mut next = 0;
            for (length, symbol) in order {
                let place = MAX_LENGTH as u32 - length;
                prop_assert_eq!(code.codeword(symbol) << place, next);
                next += 1 << place;
            }
        }

        #[test]
        fn the_expected_length_is_within_a_bit_of_the_entropy(cdf in cdfs()) {
            let code = HuffmanCode::new(&cdf);
            let weighed = |symbol: usize| u64::from(cdf.frequency(symbol as Symbol) * code.length(symbol as Symbol));
            let total: u64 = (0..cdf.symbols()).map(weighed).sum();
            let expected = (total * u64::from(ENTROPY_BIT)) >> cdf.precision();
            // Both are rounded, and the entropy may be 2·10⁻⁵ bits, less than two units, too high.
            let entropy = u64::from(cdf.entropy());
            prop_assert!(entropy <= expected + 3 && expected <= entropy + u64::from(ENTROPY_BIT), "{entropy} {expected}");
        }

        #[test]
        fn equal_frequencies_get_lengths_that_differ_by_a_bit_at_most_and_rise(cdf in cdfs()) {
            let code = HuffmanCode::new(&cdf);
            for high in 1..cdf.symbols() as Symbol {
                for low in 0..high {
                    let (short, long) = (code.length(low), code.length(high));
                    match cdf.frequency(low).cmp(&cdf.frequency(high)) {
                        std::cmp::Ordering::Equal => prop_assert!(short <= long && long <= short + 1),
                        std::cmp::Ordering::Less => prop_assert!(short >= long),
                        std::cmp::Ordering::Greater => prop_assert!(short <= long),
                    }
                }
            }
        }

        #[test]
        fn any_stream_comes_back(
            steps in prop::collection::vec((cdfs(), any::<prop::sample::Index>()), 0..20)
        ) {
            let steps: Vec<_> = steps
                .iter()
                .map(|(cdf, symbol)| (HuffmanCode::new(cdf), symbol.index(cdf.symbols()) as Symbol))
                .collect();
            let mut writer = BitWriter::new();
            steps.iter().for_each(|(code, symbol)| code.encode(*symbol, &mut writer));
            let bits = writer.finish();
            prop_assert_eq!(bits.len(), steps.iter().map(|(code, symbol)| u64::from(code.length(*symbol))).sum::<u64>());
            let mut reader = bits.reader();
            for (code, symbol) in &steps {
                prop_assert_eq!(code.decode(&mut reader), Ok(*symbol));
            }
            prop_assert_eq!(reader.remaining(), 0);
        }

        #[test]
        fn any_bits_decode_to_symbols_that_encode_to_them(cdf in cdfs(), bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let code = HuffmanCode::new(&cdf);
            let bits = Bits::from_bytes(bytes.clone(), 8 * bytes.len() as u64).unwrap();
            let (mut reader, mut writer) = (bits.reader(), BitWriter::new());
            while let Ok(symbol) = code.decode(&mut reader) {
                code.encode(symbol, &mut writer);
            }
            prop_assert!(reader.remaining() < MAX_LENGTH as u64);
            prop_assert_eq!(writer.len(), reader.position());
            prop_assert!(bits.iter().zip(writer.finish().iter()).all(|(given, written)| given == written));
        }
    }
}
