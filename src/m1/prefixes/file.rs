//! Trees of distributions on disk, so that a later start is warm.
//!
//! Their contents, in a file of kind `prefixes` ([`crate::m1::tree_file`]): how many symbols distributions have (4 bytes), how
//! many prefixes there are (4), and then for each, in an order in which none comes before the one that is a symbol shorter:
//! the place of that one in this order (4 bytes; 2^32 − 1 for the empty prefix, which has none), the last symbol (2), and
//! the bounds of the distribution from the second to the last but one (2 each). So a prefix takes 518 bytes.

use super::{Kept, Mix, PrefixTree, WrongModel, key};
use crate::coding::{ALPHABET, Cdf};
use crate::m1::WINDOW_PRECISION;
use crate::m1::tree_file::{self, Contents, Kind, TreeFileError};
use std::collections::HashSet;
use std::hash::BuildHasherDefault;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{PoisonError, RwLock};

const KIND: Kind = Kind { name: "prefixes", version: 1 };

/// The place of the prefix that is a symbol shorter, where there is none.
const NONE: u32 = u32::MAX;

impl PrefixTree {
    /// Writes the tree, which is of the model with this identity, to `path`, replacing what is there only once the new file
    /// is whole and on the disk. Nothing is kept meanwhile.
    ///
    /// # Errors
    /// If it is another model's tree, or the file cannot be written. What was at `path` is then still there.
    pub fn save(&self, path: &Path, identity: &str) -> Result<(), TreeFileError> {
        let what = || format!("what was to be written to {}", path.display());
        let other = |WrongModel { holds, wanted }| TreeFileError::OtherModel { what: what(), holds, wanted };
        self.belong_to(identity).map_err(other)?;
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        tree_file::save(path, KIND, identity, kept.length(), |file| kept.write(file))
    }

    /// Reads the tree of the model with this identity from `path`, as far as it fits in `budget` bytes of memory. (Meanwhile,
    /// the file is in memory too.)
    ///
    /// # Errors
    /// If the file cannot be read, or is not a whole and undamaged tree of distributions, or is another model's.
    pub fn load(path: &Path, identity: &str, budget: usize) -> Result<Self, TreeFileError> {
        Self::from_bytes(&tree_file::read(path)?, identity, budget, &path.display().to_string())
    }

    /// [`Self::load`] from the bytes of a file; `what` names it in messages.
    ///
    /// # Errors
    /// As for [`Self::load`].
    pub fn from_bytes(bytes: &[u8], identity: &str, budget: usize, what: &str) -> Result<Self, TreeFileError> {
        let mut contents = tree_file::contents(bytes, KIND, identity, what)?;
        let damaged =
            || TreeFileError::Damaged { what: what.to_owned(), reason: "its numbers do not add up".to_owned() };
        let kept = Kept::read(&mut contents, budget).ok_or_else(damaged)?;
        Ok(Self { model: identity.to_owned().into(), kept: RwLock::new(kept), ..Self::new(budget) })
    }
}

impl Kept {
    fn symbols(&self) -> usize {
        self.cdfs.first().map_or(0, Cdf::symbols)
    }

    /// How many bytes [`Self::write`] writes.
    fn length(&self) -> usize {
        8 + self.cdfs.len() * (4 + 2 * self.symbols())
    }

    fn write(&self, file: &mut dyn Write) -> io::Result<()> {
        let mut keys = vec![0; self.cdfs.len()];
        self.nodes.iter().for_each(|(&key, node)| keys[node.0 as usize] = key);
        file.write_all(&(self.symbols() as u32).to_le_bytes())?;
        file.write_all(&(self.cdfs.len() as u32).to_le_bytes())?;
        for (key, cdf) in keys.into_iter().zip(&self.cdfs) {
            let (parent, symbol) = match key == key_of(NONE, 0) {
                true => (NONE, 0),
                false => ((key >> 16) as u32, key as u16),
            };
            let bounds = cdf.bounds().skip(1).take(cdf.symbols() - 1).map(|bound| bound as u16);
            let numbers = std::iter::once(symbol).chain(bounds);
            file.write_all(&parent.to_le_bytes())?;
            file.write_all(&numbers.flat_map(u16::to_le_bytes).collect::<Vec<u8>>())?;
        }
        Ok(())
    }

    /// The prefixes; `None` if they are not there in full, or something else is.
    fn read(contents: &mut Contents<'_>, budget: usize) -> Option<Self> {
        let (symbols, count) = (contents.u32()?, contents.u32()?);
        // Coders ask for every symbol's bounds.
        if count > 0 && symbols as usize != ALPHABET {
            return None;
        }
        let mut kept = Self::default();
        let mut keys: HashSet<u64, BuildHasherDefault<Mix>> = HashSet::default();
        let mut full = false;
        for place in 0..count {
            let parent = contents.u32()?;
            let numbers = contents.u16s(symbols.try_into().ok()?)?;
            let (&symbol, inner) = numbers.split_first()?;
            let bounds = std::iter::once(0).chain(inner.iter().map(|&bound| bound.into()));
            let bounds = bounds.chain(std::iter::once(1 << WINDOW_PRECISION)).collect();
            let cdf = Cdf::from_bounds(bounds, WINDOW_PRECISION).ok()?;
            let fits = (parent < place && u32::from(symbol) < symbols) || (parent == NONE && symbol == 0);
            let key = key_of(parent, symbol);
            if !(fits && keys.insert(key)) {
                return None;
            }
            // What does not fit in the budget is not kept, and neither is what comes after it, whose place it would take.
            full = full || kept.insert(key, cdf, budget).is_err();
        }
        contents.is_empty().then_some(kept)
    }
}

fn key_of(parent: u32, symbol: u16) -> u64 {
    key((parent != NONE).then_some((super::Node(parent), symbol)))
}

#[cfg(test)]
mod tests {
    use super::super::Node;
    use super::*;
    use crate::coding::Symbol;
    use proptest::prelude::*;

    /// Prefixes hung below each other as `shape` says, with a distribution each.
    fn tree(shape: &[(prop::sample::Index, u8)]) -> PrefixTree {
        let tree = PrefixTree::default();
        let cdf = |place: usize| {
            Cdf::from_weights(&(0..257).map(|symbol| (symbol * place as u64) % 97).collect::<Vec<_>>(), 16).unwrap()
        };
        let mut nodes = vec![tree.keep(None, cdf(1)).unwrap()];
        for (place, (parent, symbol)) in shape.iter().enumerate() {
            let edge = Some((*parent.get(&nodes), Symbol::from(*symbol)));
            nodes.push(tree.keep(edge, cdf(place + 2)).unwrap());
        }
        tree
    }

    fn bytes(tree: &PrefixTree) -> Vec<u8> {
        let (kept, mut bytes) = (tree.kept.read().unwrap(), Vec::new());
        tree_file::write(&mut bytes, KIND, "model", kept.length(), |file| kept.write(file)).unwrap();
        bytes
    }

    fn contents(tree: &PrefixTree) -> Vec<u8> {
        let mut bytes = Vec::new();
        tree.kept.read().unwrap().write(&mut bytes).unwrap();
        bytes
    }

    fn opened(bytes: &[u8]) -> Result<PrefixTree, TreeFileError> {
        PrefixTree::from_bytes(bytes, "model", 512 << 20, "x")
    }

    fn shapes() -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
        prop::collection::vec(any::<(prop::sample::Index, u8)>(), 0..20)
    }

    #[test]
    fn trees_come_back_to_their_model_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prefixes");
        let tree = PrefixTree::default();
        tree.save(&path, "model").unwrap();
        assert_eq!(PrefixTree::load(&path, "model", 1 << 20).unwrap().statistics().prefixes, 0);
        let root = tree.keep(None, Cdf::uniform(257, 16).unwrap()).unwrap();
        tree.save(&path, "model").unwrap();
        let loaded = PrefixTree::load(&path, "model", 1 << 20).unwrap();
        assert_eq!((loaded.read().find(None), loaded.belong_to("model")), (Some(root), Ok(())));
        assert!(matches!(PrefixTree::load(&path, "other", 1 << 20), Err(TreeFileError::OtherModel { .. })));
        assert!(matches!(tree.save(&path, "other"), Err(TreeFileError::OtherModel { .. })));
        assert!(loaded.belong_to("other").is_err());
    }

    proptest! {
        #[test]
        fn prefixes_keep_their_places_and_distributions(shape in shapes(), most in 0..20usize) {
            let tree = tree(&shape);
            let bytes = bytes(&tree);
            let loaded = opened(&bytes).unwrap();
            prop_assert_eq!(loaded.statistics(), tree.statistics());
            let (before, after) = (tree.kept.read().unwrap(), loaded.kept.read().unwrap());
            prop_assert_eq!((&before.cdfs, &before.nodes), (&after.cdfs, &after.nodes));

            let each = before.bytes / before.cdfs.len();
            let part = PrefixTree::from_bytes(&bytes, "model", most * each, "x").unwrap();
            prop_assert_eq!(part.statistics().prefixes, most.min(before.cdfs.len()));
            for (key, node) in &part.kept.read().unwrap().nodes {
                prop_assert_eq!(before.nodes.get(key), Some(node));
            }
        }

        #[test]
        fn no_changed_byte_and_no_cut_is_accepted(shape in shapes(), at: prop::sample::Index, flip in 1u8..) {
            let whole = bytes(&tree(&shape));
            let mut bytes = whole.clone();
            bytes[at.index(whole.len())] ^= flip;
            prop_assert!(opened(&bytes).is_err());
            prop_assert!(opened(&whole[..at.index(whole.len())]).is_err());
        }

        /// What the checksum is right for, but no tree: refused, or a tree all the same.
        #[test]
        fn contents_that_are_no_tree_never_panic(
            shape in shapes(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            like: prop::sample::Index, arbitrary in prop::collection::vec(any::<u8>(), 0..50),
        ) {
            let whole = contents(&tree(&shape));
            let mut changed = whole.clone();
            changes.into_iter().for_each(|(at, byte)| changed[at.index(whole.len())] = byte);
            for contents in [changed, [&whole[..like.index(whole.len())], &arbitrary].concat(), arbitrary] {
                if let Ok(tree) = opened(&tree_file::to_bytes(KIND, "model", &contents)) {
                    let tree = tree.read();
                    let found = (0..257).filter_map(|symbol| tree.find(Some((Node(0), symbol))));
                    prop_assert!(found.map(|node| tree.cdf(node).symbols()).all(|symbols| symbols > 1));
                }
            }
        }
    }
}
