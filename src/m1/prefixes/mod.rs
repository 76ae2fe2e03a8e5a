//! Distributions kept by window prefix, so that the model runs once for each.
//!
//! The model starts afresh in every window, so what comes next depends only on the symbols that the window has so far:
//! the distributions form a tree over prefixes. Its top is what nearly every window needs; once it is there, coding is a
//! walk down the tree. It is shared by all texts and threads that use the same model, and its memory is bounded: when it
//! is full, further distributions are used but not kept.
//!
//! A distribution over 257 symbols takes 514 bytes, and about 100 more to be found: some 880,000 in the default budget. A tree
//! can be saved and loaded ([`PrefixTree::save`]), so that a later start is warm.

mod file;

use super::WINDOW_PRECISION;
use crate::coding::{Cdf, Symbol};
use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard};

/// A prefix whose distribution is in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node(u32);

/// Where a prefix hangs in the tree: at its root (the empty prefix), or below the prefix that is a symbol shorter.
pub type Edge = Option<(Node, Symbol)>;

/// The distributions of window prefixes, in [`WINDOW_PRECISION`] bits.
#[derive(Debug)]
pub struct PrefixTree {
    model: OnceLock<String>,
    budget: usize,
    kept: RwLock<Kept>,
    hits: AtomicU64,
    misses: AtomicU64,
}

#[derive(Debug, Default)]
struct Kept {
    cdfs: Vec<Cdf>,
    nodes: HashMap<u64, Node, BuildHasherDefault<Mix>>,
    bytes: usize,
}

impl Kept {
    /// Appends a prefix that is not there yet.
    fn insert(&mut self, key: u64, cdf: Cdf, budget: usize) -> Result<Node, Cdf> {
        // What the distribution takes itself, and about what the two tables take for it.
        let bytes = cdf.bytes() + 2 * (size_of::<Cdf>() + size_of::<(u64, Node)>());
        let alike = self.cdfs.first().is_none_or(|first| first.symbols() == cdf.symbols());
        match u32::try_from(self.cdfs.len()) {
            Ok(next) if self.bytes + bytes <= budget && alike && cdf.precision() == WINDOW_PRECISION => {
                self.cdfs.push(cdf);
                self.bytes += bytes;
                self.nodes.insert(key, Node(next));
                Ok(Node(next))
            }
            _ => Err(cdf),
        }
    }
}

/// What a tree holds and how it has served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeStatistics {
    /// Prefixes whose distribution is kept.
    pub prefixes: usize,
    /// Memory they take, in bytes.
    pub bytes: usize,
    /// Distributions that were there when they were needed.
    pub hits: u64,
    /// Distributions that the model was run for.
    pub misses: u64,
}

/// A tree that holds another model's distributions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "this prefix tree holds the distributions of the model {holds}, not of {wanted}: make a new tree for each model"
)]
pub struct WrongModel {
    pub holds: String,
    pub wanted: String,
}

impl Default for PrefixTree {
    /// A tree of at most [`PrefixTree::DEFAULT_BUDGET`].
    fn default() -> Self {
        Self::new(Self::DEFAULT_BUDGET)
    }
}

impl PrefixTree {
    /// Memory that a tree may take where nothing else is said: 512 MiB.
    pub const DEFAULT_BUDGET: usize = 512 << 20;

    /// An empty tree that takes at most `budget` bytes of memory.
    pub fn new(budget: usize) -> Self {
        Self {
            model: OnceLock::new(),
            budget,
            kept: RwLock::default(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// Makes this the tree of the model with this identity, the first time; checks that it is, from then on.
    ///
    /// # Errors
    /// If it is another model's tree.
    pub fn belong_to(&self, identity: &str) -> Result<(), WrongModel> {
        let holds = self.model.get_or_init(|| identity.to_owned());
        match holds == identity {
            true => Ok(()),
            false => Err(WrongModel { holds: holds.clone(), wanted: identity.to_owned() }),
        }
    }

    /// Opens the tree for a walk. Nothing is kept while a reader is open, so walks should be short.
    pub fn read(&self) -> TreeReader<'_> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        TreeReader { kept, hits: Cell::new(0), all_hits: &self.hits }
    }

    /// Keeps the distribution of the prefix at `edge` if there is room; if there is none, gives it back.
    ///
    /// # Errors
    /// The distribution, if the tree is full, or it is none in [`WINDOW_PRECISION`] bits over as many symbols as the others.
    pub fn keep(&self, edge: Edge, cdf: Cdf) -> Result<Node, Cdf> {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        match kept.nodes.get(&key(edge)) {
            Some(node) => Ok(*node),
            None => kept.insert(key(edge), cdf, self.budget),
        }
    }

    /// Whether about this many more prefixes can be kept.
    pub fn has_room_for(&self, prefixes: usize) -> bool {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        // An empty tree tells nothing of how much a prefix takes; the memory of a byte-level model's is taken.
        let each = kept.bytes.checked_div(kept.cdfs.len()).unwrap_or(1 << 10);
        kept.bytes.saturating_add(prefixes.saturating_mul(each)) <= self.budget
    }

    /// Notes that the model was run for `misses` distributions.
    pub fn count_misses(&self, misses: u64) {
        self.misses.fetch_add(misses, Ordering::Relaxed);
    }

    /// What the tree holds and how it has served.
    pub fn statistics(&self) -> TreeStatistics {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        TreeStatistics {
            prefixes: kept.cdfs.len(),
            bytes: kept.bytes,
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
        }
    }
}

/// A tree open for a walk.
#[derive(Debug)]
pub struct TreeReader<'a> {
    kept: RwLockReadGuard<'a, Kept>,
    /// Prefixes found, which are added to the tree's count at the end of the walk: threads would wait for each other if
    /// they shared one at every step.
    hits: Cell<u64>,
    all_hits: &'a AtomicU64,
}

impl TreeReader<'_> {
    /// The prefix at `edge`, if it is kept.
    #[inline]
    pub fn find(&self, edge: Edge) -> Option<Node> {
        let node = *self.kept.nodes.get(&key(edge))?;
        self.hits.set(self.hits.get() + 1);
        Some(node)
    }

    /// The distribution after a prefix.
    #[inline]
    pub fn cdf(&self, node: Node) -> &Cdf {
        &self.kept.cdfs[node.0 as usize]
    }
}

impl Drop for TreeReader<'_> {
    fn drop(&mut self) {
        self.all_hits.fetch_add(self.hits.get(), Ordering::Relaxed);
    }
}

/// An edge as one number: symbols have 16 bits.
fn key(edge: Edge) -> u64 {
    match edge {
        None => u64::MAX,
        Some((Node(node), symbol)) => u64::from(node) << 16 | u64::from(symbol),
    }
}

/// A hash for keys that nobody chooses with ill intent: one multiplication, its two halves mixed.
#[derive(Debug, Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(self.0 ^ u64::from(byte)));
    }

    fn write_u64(&mut self, value: u64) {
        let product = u128::from(value ^ 0x2545_f491_4f6c_dd1d) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cdf(first: u32) -> Cdf {
        Cdf::from_bounds(vec![0, first, 1 << 16], 16).unwrap()
    }

    #[test]
    fn keeps_each_prefix_once_and_finds_it_again() {
        let tree = PrefixTree::default();
        let root = tree.keep(None, cdf(1)).unwrap();
        let child = tree.keep(Some((root, 0)), cdf(2)).unwrap();
        let grandchild = tree.keep(Some((child, 0)), cdf(3)).unwrap();
        assert_eq!(tree.keep(Some((child, 0)), cdf(3)), Ok(grandchild));
        let reader = tree.read();
        assert_eq!(reader.find(None), Some(root));
        assert_eq!(reader.find(Some((root, 0))), Some(child));
        assert_eq!(reader.find(Some((root, 1))), None);
        assert_eq!(reader.cdf(grandchild), &cdf(3));
        assert_eq!(tree.statistics().prefixes, 3);
    }

    #[test]
    fn memory_is_bounded_and_a_full_tree_gives_back() {
        let tree = PrefixTree::new(1000);
        let root = tree.keep(None, cdf(1)).unwrap();
        let full = (0..100).map(|symbol| tree.keep(Some((root, symbol)), cdf(7))).find_map(Result::err);
        assert_eq!(full, Some(cdf(7)));
        let statistics = tree.statistics();
        assert!(statistics.bytes <= 1000 && statistics.prefixes > 2, "{statistics:?}");
        assert!(tree.has_room_for(0) && !tree.has_room_for(statistics.prefixes), "{statistics:?}");
        assert!(PrefixTree::default().has_room_for(1000) && !PrefixTree::new(0).has_room_for(1));
        assert_eq!(tree.keep(None, cdf(1)), Ok(root));
    }

    #[test]
    fn distributions_unlike_the_others_are_given_back() {
        let tree = PrefixTree::default();
        let fine = Cdf::uniform(257, 24).unwrap();
        assert_eq!(tree.keep(None, fine.clone()), Err(fine));
        let root = tree.keep(None, cdf(1)).unwrap();
        let wide = Cdf::uniform(257, 16).unwrap();
        assert_eq!(tree.keep(Some((root, 0)), wide.clone()), Err(wide));
        assert!(tree.keep(Some((root, 0)), cdf(2)).is_ok());
    }

    #[test]
    fn belongs_to_one_model() {
        let tree = PrefixTree::default();
        assert_eq!(tree.belong_to("m1-a"), Ok(()));
        assert_eq!(tree.belong_to("m1-a"), Ok(()));
        let message = tree.belong_to("m1-b").unwrap_err().to_string();
        assert!(message.contains("m1-a") && message.contains("m1-b"), "{message}");
    }

    #[test]
    fn counts_hits_and_misses() {
        let tree = PrefixTree::default();
        assert_eq!(tree.read().find(None), None);
        tree.count_misses(1);
        let root = tree.keep(None, cdf(1)).unwrap();
        let reader = tree.read();
        assert_eq!(
            (reader.find(None), reader.find(None), reader.find(Some((root, 1)))),
            (Some(root), Some(root), None)
        );
        drop(reader);
        let TreeStatistics { hits, misses, .. } = tree.statistics();
        assert_eq!((hits, misses), (2, 1));
    }
}
