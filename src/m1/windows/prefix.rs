//! Looking through a tree.

use super::nodes::Nodes;
use crate::coding::Symbol;
use std::ops::Range;

/// A prefix in a tree of windows.
#[derive(Debug, Clone, Copy)]
pub struct Prefix<'t> {
    nodes: &'t Nodes,
    node: u32,
}

impl<'t> Prefix<'t> {
    pub(super) fn root(nodes: &'t Nodes) -> Self {
        Self { nodes, node: 0 }
    }

    pub(super) fn all(nodes: &'t Nodes) -> impl Iterator<Item = Self> {
        (0..nodes.len() as u32).map(move |node| Self { nodes, node })
    }

    /// Its symbols.
    pub fn text(&self) -> Vec<Symbol> {
        self.nodes.text(self.node)
    }

    /// How many symbols it has.
    pub fn symbols(&self) -> usize {
        self.nodes.depth(self.node) as usize
    }

    /// Its last symbol; none if it is empty.
    pub fn last(&self) -> Option<Symbol> {
        (self.node > 0).then(|| self.nodes.symbol(self.node))
    }

    /// The codes of the windows that begin with it.
    pub fn codes(&self) -> Range<u32> {
        let low = self.nodes.low(self.node);
        low..low + self.nodes.cells(self.node)
    }

    /// The code that stands for exactly this prefix: the first of [`Self::codes`], or none if every symbol fits after it.
    pub fn code(&self) -> Option<u32> {
        self.nodes.has_end(self.node).then(|| self.nodes.low(self.node))
    }

    /// The prefixes that are a symbol longer, in order.
    pub fn children(&self) -> impl ExactSizeIterator<Item = Self> + use<'t> {
        let nodes = self.nodes;
        nodes.children(self.node).map(move |node| Self { nodes, node })
    }

    /// The prefix with `symbol` appended, if the symbol fits.
    pub fn child(&self, symbol: Symbol) -> Option<Self> {
        Some(Self { nodes: self.nodes, node: self.nodes.child(self.node, symbol)? })
    }

    /// The prefix without its last symbol; none if it is empty.
    pub fn parent(&self) -> Option<Self> {
        (self.node > 0).then(|| Self { nodes: self.nodes, node: self.nodes.parent(self.node) })
    }
}
