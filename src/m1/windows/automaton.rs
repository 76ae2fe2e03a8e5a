//! The tree compiled for encoding: one look-up a symbol, whether a window goes on or closes.
//!
//! A double array. Every node that symbols fit after has a *base*; its child by symbol `s` is in slot `base + s`, labelled
//! `s`. Bases are all different, so a slot labelled `s` at `base + s` can only be that child: the label is all there is to
//! compare. A slot holds the child's own base and code besides, so that a step is one load of 8 bytes. Under a
//! model of text slots are as many as nodes, or hardly more, since nodes with few children go between the children of others;
//! under models without any regularity they were up to 2.1 times as many.
//!
//! Where the symbol does not fit, the window closes and the symbol begins the next one, which it always does: the step then
//! goes to the root's child by that symbol. So each step takes exactly one symbol, with nothing to branch on.
//!
//! Sources: the double array is Aoe's (1989), with the labels of Yata's darts-clone.

use super::nodes::Nodes;
use crate::coding::{ALPHABET, Symbol};

/// The label of a slot that holds no node: no symbol.
const NO_LABEL: Symbol = 0xfff;

/// The base of nodes that nothing fits after: no slot from here on holds a node.
const NOTHING: usize = 0;

/// Slots that were looked at in vain before the search for nodes of this size moves on.
const PATIENCE: usize = 4;

/// A node, as a step needs it: its base in the lowest 32 bits, its label in the next 12, the code of a window that closes
/// here in the highest 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State(u64);

impl State {
    const EMPTY: Self = Self((NO_LABEL as u64) << 32);

    fn new(base: u32, label: Symbol, code: u32) -> Self {
        Self(u64::from(base) | u64::from(label) << 32 | u64::from(code) << 44)
    }

    #[inline(always)]
    fn base(self) -> usize {
        self.0 as u32 as usize
    }

    #[inline(always)]
    fn label(self) -> Symbol {
        (self.0 >> 32) as Symbol & 0xfff
    }

    /// The code of a window that closes here.
    #[inline(always)]
    pub fn code(self) -> u32 {
        (self.0 >> 44) as u32
    }
}

/// The compiled tree.
#[derive(Debug)]
pub(super) struct Automaton {
    slots: Vec<State>,
    /// The children of the root, by symbol; twice as many as there are symbols, so that 9 bits are an index.
    firsts: Box<[State; 512]>,
}

impl Automaton {
    pub fn new(nodes: &Nodes) -> Self {
        let bases = bases(nodes);
        // Each base has room for every symbol after it, so that looking one up never leaves the slots.
        let last = bases.iter().copied().max().unwrap_or(0) as usize;
        let mut slots = vec![State::EMPTY; last + ALPHABET];
        let mut firsts = Box::new([State::EMPTY; 512]);
        for node in 1..nodes.len() as u32 {
            let (parent, symbol) = (nodes.parent(node), nodes.symbol(node));
            let state = State::new(bases[node as usize], symbol, nodes.low(node));
            match parent {
                0 => firsts[usize::from(symbol)] = state,
                _ => slots[bases[parent as usize] as usize + usize::from(symbol)] = state,
            }
        }
        Self { slots, firsts }
    }

    /// The window that `symbol` begins.
    #[inline(always)]
    pub fn first(&self, symbol: Symbol) -> State {
        self.firsts[usize::from(symbol) & 511]
    }

    /// Where `symbol` leads, and whether the window before closed.
    #[inline(always)]
    pub fn step(&self, state: State, symbol: Symbol) -> (State, bool) {
        let child = self.slots[state.base() + usize::from(symbol)];
        let closed = child.label() != symbol;
        // Windows end where no processor could guess.
        (std::hint::select_unpredictable(closed, self.first(symbol), child), closed)
    }

    /// How much memory the slots take, in bytes.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.slots[..]) + size_of_val(&*self.firsts)
    }
}

/// A base for each node. Nodes with many codes come first: they are what text mostly passes through, and so are close
/// together in memory.
fn bases(nodes: &Nodes) -> Vec<u32> {
    let mut inner: Vec<u32> = (1..nodes.len() as u32).filter(|&node| !nodes.children(node).is_empty()).collect();
    inner.sort_by_key(|&node| std::cmp::Reverse(nodes.cells(node)));

    let mut bases = vec![NOTHING as u32; nodes.len()];
    let (mut taken, mut used) = (Set::default(), Set::default());
    (0..ALPHABET).for_each(|slot| taken.insert(slot));
    used.insert(NOTHING);
    // Where to begin to look, by number of children: what had no room for as many will not have it later.
    let mut starts = [ALPHABET; ALPHABET + 1];
    let mut symbols: Vec<usize> = Vec::new();
    for node in inner {
        symbols.clear();
        symbols.extend(nodes.children(node).map(|child| usize::from(nodes.symbol(child))));
        let (first, start) = (symbols[0], &mut starts[symbols.len()]);
        *start = taken.next_absent(*start);
        let mut slot = taken.next_absent(first.max(*start));
        let mut tried = 0;
        let base = loop {
            let base = slot - first;
            if !used.contains(base) && symbols.iter().all(|symbol| !taken.contains(base + symbol)) {
                break base;
            }
            tried += 1;
            if tried % PATIENCE == 0 {
                *start = taken.next_absent(*start + PATIENCE);
            }
            slot = taken.next_absent(slot + 1);
        };
        used.insert(base);
        symbols.iter().for_each(|symbol| taken.insert(base + symbol));
        bases[node as usize] = base as u32;
    }
    bases
}

/// A set of small numbers.
#[derive(Default)]
struct Set {
    words: Vec<u64>,
}

impl Set {
    fn contains(&self, number: usize) -> bool {
        self.words.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    fn insert(&mut self, number: usize) {
        if self.words.len() <= number / 64 {
            self.words.resize(number / 64 + 1, 0);
        }
        self.words[number / 64] |= 1 << (number % 64);
    }

    /// The smallest number that is not in the set, from `number` on.
    fn next_absent(&self, number: usize) -> usize {
        let word = |index: usize| self.words.get(index).copied().unwrap_or(0);
        let mut index = number / 64;
        let mut absent = !word(index) & u64::MAX << (number % 64);
        while absent == 0 {
            index += 1;
            absent = !word(index);
        }
        64 * index + absent.trailing_zeros() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{hashed, nodes};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn steps_are_the_tree_s() {
        for (bits, spread) in [(8, 5), (9, 30), (12, 12), (14, 20), (16, 9)] {
            let tree = nodes(&hashed(u64::from(bits), spread), bits);
            let automaton = Automaton::new(&tree);
            assert!(automaton.slots.len() < 3 * tree.len() + 4 * ALPHABET, "{}", automaton.slots.len());
            let alphabet = tree.shape().alphabet() as Symbol;
            // Down the tree in the automaton's states, which meets every node and tries every symbol.
            let mut open: Vec<(u32, State)> = Vec::new();
            for symbol in 0..alphabet {
                open.push((tree.child(0, symbol).unwrap(), automaton.first(symbol)));
            }
            let mut met = 1;
            while let Some((node, state)) = open.pop() {
                met += 1;
                assert_eq!(state.code(), tree.low(node));
                for symbol in 0..alphabet {
                    match (tree.child(node, symbol), automaton.step(state, symbol)) {
                        (Some(child), (next, false)) => open.push((child, next)),
                        (None, (next, true)) => assert_eq!(next, automaton.first(symbol)),
                        (child, step) => panic!("node {node}, symbol {symbol}: {child:?} but {step:?}"),
                    }
                }
            }
            assert_eq!(met, tree.len());
        }
    }

    proptest! {
        #[test]
        fn sets_hold_what_was_put_in(numbers in prop::collection::btree_set(0..300usize, 0..200), from in 0..400usize) {
            let mut set = Set::default();
            numbers.iter().for_each(|&number| set.insert(number));
            prop_assert!((0..400).all(|number| set.contains(number) == numbers.contains(&number)));
            prop_assert_eq!(Some(set.next_absent(from)), (from..).find(|number| !numbers.contains(number)));
        }
    }
}
