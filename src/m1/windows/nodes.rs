//! The texts of all windows of one shape, as a tree in breadth-first order.

use crate::coding::{Symbol, WindowShape};
use std::ops::Range;

/// The children of every prefix that more symbols fit after, breadth first: all that a tree consists of, which is what
/// files keep. Everything else in [`Nodes`] follows from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Children {
    /// How many there are, by prefix.
    pub counts: Vec<u16>,
    /// The last symbol of each, child after child.
    pub symbols: Vec<Symbol>,
    /// How many cells each owns.
    pub cells: Vec<u32>,
}

impl Children {
    /// Appends the children of the next prefix, in order of their symbols.
    pub fn push(&mut self, children: impl Iterator<Item = (Symbol, u32)>) {
        let before = self.symbols.len();
        for (symbol, cells) in children {
            self.symbols.push(symbol);
            self.cells.push(cells);
        }
        self.counts.push((self.symbols.len() - before) as u16);
    }
}

/// Why [`Children`] make no tree of windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    #[error("it has children of fewer or more prefixes than there are")]
    Prefixes,
    #[error("the children of prefix {0} are out of order or no symbols")]
    Symbols(usize),
    #[error("the children of prefix {0} do not share out its codes")]
    Cells(usize),
}

/// A tree of windows. Node 0 is the empty prefix; a node's children follow one another, and come after those of the nodes
/// before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Nodes {
    shape: WindowShape,
    parents: Vec<u32>,
    symbols: Vec<Symbol>,
    /// The first of the codes that begin with the prefix, and how many there are.
    lows: Vec<u32>,
    cells: Vec<u32>,
    /// How many symbols the prefix has.
    depths: Vec<u32>,
    /// Where the children start; one more entry than there are nodes.
    children: Vec<u32>,
    /// The prefix that is the text of each code.
    owners: Vec<u32>,
}

impl Nodes {
    /// The tree with these children. `shape` has at most [`super::MAX_TREE_BITS`] bits.
    ///
    /// # Errors
    /// If they are not the tree of windows of any model.
    pub fn new(shape: WindowShape, found: Children) -> Result<Self, Malformed> {
        let Children { counts, symbols: found_symbols, cells: found_cells } = found;
        let codes = 1u32 << shape.bits();
        // Each node but those without an end cell owns a code, and without one are only nodes with all symbols as children.
        let nodes = found_symbols.len() + 1;
        if found_cells.len() + 1 != nodes || nodes > 2 * codes as usize {
            return Err(Malformed::Prefixes);
        }
        let mut tree = Self {
            shape,
            parents: vec![0; nodes],
            symbols: vec![0; nodes],
            lows: vec![0; nodes],
            cells: vec![codes; nodes],
            depths: vec![0; nodes],
            children: Vec::with_capacity(nodes + 1),
            owners: vec![0; codes as usize],
        };
        tree.symbols[1..].copy_from_slice(&found_symbols);
        tree.cells[1..].copy_from_slice(&found_cells);
        let (mut counts, mut next) = (counts.iter(), 1);
        for node in 0..nodes {
            // Breadth first, a node comes after the node that it is a child of.
            if node >= next && node > 0 {
                return Err(Malformed::Prefixes);
            }
            tree.children.push(next as u32);
            let count = match tree.cells[node] {
                1 => 0,
                _ => usize::from(*counts.next().ok_or(Malformed::Prefixes)?),
            };
            next += count;
            if next > nodes {
                return Err(Malformed::Prefixes);
            }
            tree.adopt(node, next - count..next)?;
        }
        if counts.next().is_some() || next != nodes {
            return Err(Malformed::Prefixes);
        }
        tree.children.push(next as u32);
        Ok(tree)
    }

    /// Makes `children` the children of `node`.
    fn adopt(&mut self, node: usize, children: Range<usize>) -> Result<(), Malformed> {
        let symbols = &self.symbols[children.clone()];
        let rising = symbols.windows(2).all(|pair| pair[0] < pair[1]);
        let known = symbols.last().is_none_or(|&symbol| usize::from(symbol) < self.shape.alphabet());
        let every = symbols.len() == self.shape.alphabet();
        if !(rising && known) {
            return Err(Malformed::Symbols(node));
        }
        let parted: u64 = self.cells[children.clone()].iter().map(|&cells| u64::from(cells)).sum();
        let some = self.cells[children.clone()].iter().all(|&cells| cells > 0);
        let end = match u64::from(self.cells[node]).checked_sub(parted) {
            Some(0) if some && every => 0,
            Some(1) if some && node > 0 => 1,
            _ => return Err(Malformed::Cells(node)),
        };
        if end == 1 {
            self.owners[self.lows[node] as usize] = node as u32;
        }
        let mut low = self.lows[node] + end;
        for child in children {
            self.parents[child] = node as u32;
            self.depths[child] = self.depths[node] + 1;
            self.lows[child] = low;
            low += self.cells[child];
        }
        Ok(())
    }

    /// How the windows are.
    #[inline]
    pub fn shape(&self) -> WindowShape {
        self.shape
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.parents.len()
    }

    /// The node that is a symbol shorter; of the root, itself.
    #[inline]
    pub fn parent(&self, node: u32) -> u32 {
        self.parents[node as usize]
    }

    /// The last symbol; of the root, 0.
    #[inline]
    pub fn symbol(&self, node: u32) -> Symbol {
        self.symbols[node as usize]
    }

    /// The code of a window that closes here.
    #[inline]
    pub fn low(&self, node: u32) -> u32 {
        self.lows[node as usize]
    }

    /// How many codes begin with the prefix.
    #[inline]
    pub fn cells(&self, node: u32) -> u32 {
        self.cells[node as usize]
    }

    /// How many symbols the prefix has.
    #[inline]
    pub fn depth(&self, node: u32) -> u32 {
        self.depths[node as usize]
    }

    /// The nodes one symbol on.
    pub fn children(&self, node: u32) -> Range<u32> {
        self.children[node as usize]..self.children[node as usize + 1]
    }

    /// The node one symbol on, if that symbol fits.
    pub fn child(&self, node: u32, symbol: Symbol) -> Option<u32> {
        let children = self.children(node);
        let symbols = &self.symbols[children.start as usize..children.end as usize];
        symbols.binary_search(&symbol).ok().map(|index| children.start + index as u32)
    }

    /// Whether the prefix is the whole text of a code, which is then [`Self::low`].
    pub fn has_end(&self, node: u32) -> bool {
        self.owners[self.low(node) as usize] == node
    }

    /// The node whose text a code stands for, if there is such a code.
    #[inline]
    pub fn owner(&self, code: u32) -> Option<u32> {
        self.owners.get(code as usize).copied()
    }

    /// How many bits of the code are information, of a window that closes here: `b − ⌊log2 cells⌋`.
    #[inline]
    pub fn used_bits(&self, node: u32) -> u16 {
        self.shape.bits() - self.cells(node).ilog2() as u16
    }

    /// How much memory the tree takes, in bytes.
    pub fn bytes(&self) -> usize {
        let numbers = [&self.parents, &self.lows, &self.cells, &self.depths, &self.children, &self.owners];
        let symbols = size_of_val(&self.symbols[..]);
        symbols + numbers.iter().map(|numbers| size_of_val(&numbers[..])).sum::<usize>()
    }

    /// The symbols of the prefix.
    pub fn text(&self, node: u32) -> Vec<Symbol> {
        let mut text = vec![0; self.depth(node) as usize];
        let mut at = node;
        for symbol in text.iter_mut().rev() {
            *symbol = self.symbol(at);
            at = self.parent(at);
        }
        text
    }

    /// What files keep.
    pub fn found(&self) -> Children {
        let counts = (0..self.len()).filter(|&node| self.cells[node] > 1);
        Children {
            counts: counts.map(|node| (self.children[node + 1] - self.children[node]) as u16).collect(),
            symbols: self.symbols[1..].to_vec(),
            cells: self.cells[1..].to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{hashed, nodes, shape};
    use super::*;

    fn found() -> Children {
        nodes(&hashed(1, 13), 10).found()
    }

    fn refused(change: impl FnOnce(&mut Children)) -> Malformed {
        let mut children = found();
        change(&mut children);
        Nodes::new(shape(10), children).unwrap_err()
    }

    #[test]
    fn children_make_the_tree_again() {
        for bits in [8, 9, 12] {
            let tree = nodes(&hashed(bits.into(), 10), bits);
            assert!(Nodes::new(shape(bits), tree.found()).unwrap() == tree);
        }
    }

    #[test]
    fn children_that_make_no_tree_are_refused() {
        let inner = found().counts.len();
        assert_eq!(refused(|children| children.counts.truncate(inner - 1)), Malformed::Prefixes);
        assert_eq!(refused(|children| children.counts.push(1)), Malformed::Prefixes);
        assert_eq!(refused(|children| children.counts[inner - 1] += 1), Malformed::Prefixes);
        assert_eq!(refused(|children| children.counts[0] = 0), Malformed::Cells(0));
        assert_eq!(refused(|children| children.cells.truncate(9)), Malformed::Prefixes);
        assert_eq!(refused(|children| children.cells.resize(3000, 1)), Malformed::Prefixes);
        assert_eq!(refused(|children| children.symbols.swap(3, 4)), Malformed::Symbols(0));
        assert_eq!(refused(|children| children.symbols[256] = 257), Malformed::Symbols(0));
        assert_eq!(refused(|children| children.cells[7] += 1), Malformed::Cells(0));
        assert_eq!(refused(|children| children.cells[7] = 0), Malformed::Cells(0));
        assert_eq!(Nodes::new(shape(9), found()).unwrap_err(), Malformed::Prefixes);
        assert_eq!(Nodes::new(shape(11), found()).unwrap_err(), Malformed::Cells(0));
        assert_eq!(Nodes::new(shape(10), Children::default()).unwrap_err(), Malformed::Prefixes);
    }
}
