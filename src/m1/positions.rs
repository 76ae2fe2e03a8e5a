//! What the network remembers of positions it has seen, so that a prefix costs only its symbols that are new.
//!
//! Prefixes that are asked for mostly extend ones that were asked for before, by a symbol. Attention at a position needs
//! the keys and values of those before it, which depend on nothing after them: they are kept in a trie and found again
//! from the front. What is found is bit for bit what would be computed, so remembering changes no result.
//!
//! Memory is bounded by two generations: when the young one is full it becomes the old one, and the old one is dropped.
//! What is used returns to the young one.

use crate::coding::Symbol;
use std::collections::HashMap;
use std::sync::Arc;

/// Keys and values of one position in every layer, `[layer][keys, then values]`.
pub(super) type Position = Arc<[i8]>;

/// Names a position in the trie. Never given twice, so what hangs on a dropped position is never found again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PositionId(u64);

impl PositionId {
    /// The begin symbol's position, before every text. The trie does not hold it.
    pub const BEGIN: Self = Self(0);
}

type Generation = HashMap<(PositionId, Symbol), (PositionId, Position)>;

/// The trie of remembered positions.
#[derive(Debug)]
pub(super) struct Positions {
    young: Generation,
    old: Generation,
    /// Positions in a full generation.
    capacity: usize,
    last: u64,
}

impl Positions {
    /// Remembers up to `capacity` positions in each of two generations.
    pub fn new(capacity: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), capacity: capacity.max(1), last: PositionId::BEGIN.0 }
    }

    /// As many again, none of them remembered yet.
    pub fn emptied(&self) -> Self {
        Self::new(self.capacity)
    }

    /// The position of `symbol` after `parent`, if it is remembered.
    pub fn get(&mut self, parent: PositionId, symbol: Symbol) -> Option<(PositionId, Position)> {
        let key = (parent, symbol);
        if let Some((id, position)) = self.young.get(&key) {
            return Some((*id, position.clone()));
        }
        let found = self.old.remove(&key)?;
        self.put(key, found.clone());
        Some(found)
    }

    /// Remembers the position of `symbol` after `parent`, and names it.
    pub fn insert(&mut self, parent: PositionId, symbol: Symbol, position: &[i8]) -> PositionId {
        if let Some((id, _)) = self.get(parent, symbol) {
            return id;
        }
        self.last += 1;
        let id = PositionId(self.last);
        self.put((parent, symbol), (id, position.into()));
        id
    }

    fn put(&mut self, key: (PositionId, Symbol), value: (PositionId, Position)) {
        if self.young.len() >= self.capacity {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_it_was_given_where_it_was_put() {
        let mut positions = Positions::new(10);
        let a = positions.insert(PositionId::BEGIN, 1, &[1]);
        let b = positions.insert(a, 1, &[2]);
        assert_ne!(a, b);
        assert_eq!(positions.get(PositionId::BEGIN, 1).unwrap(), (a, vec![1].into()));
        assert_eq!(positions.get(a, 1).unwrap(), (b, vec![2].into()));
        assert_eq!(positions.get(b, 1), None);
        assert_eq!(positions.insert(a, 1, &[2]), b);
    }

    #[test]
    fn memory_is_bounded_and_what_is_used_stays() {
        let mut positions = Positions::new(4);
        let used = positions.insert(PositionId::BEGIN, 0, &[0]);
        for symbol in 1..100 {
            positions.insert(PositionId::BEGIN, symbol, &[symbol as i8]);
            assert_eq!(positions.get(PositionId::BEGIN, 0).unwrap().0, used);
            assert!(positions.young.len() + positions.old.len() <= 8);
        }
        assert_eq!(positions.get(PositionId::BEGIN, 1), None);
    }
}
