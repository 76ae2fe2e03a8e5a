//! Trees of windows on disk, so that the model need not be run for them again.
//!
//! Their contents, in a file of kind `windows` ([`crate::m1::tree_file`]): the number of bits (4 bytes), how many prefixes
//! have children (4), how many children there are (4), and then, prefixes breadth first, how many children each has (2 bytes
//! each), the children's last symbols (2 each) and their numbers of codes (4 each). The rest follows from these, and they
//! are checked to be a tree of windows: what is loaded codes every text, and decodes what it coded.

use super::nodes::{Children, Nodes};
use super::{MAX_TREE_BITS, WindowTree};
use crate::coding::{Termination, WindowShape};
use crate::m1::tree_file::{self, Contents, Kind, TreeFileError};
use std::path::Path;

const KIND: Kind = Kind { name: "windows", version: 1 };

impl WindowTree {
    /// Writes the tree to `path`, replacing what is there only once the new file is whole and on the disk.
    ///
    /// # Errors
    /// If the file cannot be written. What was at `path` is then still there.
    pub fn save(&self, path: &Path) -> Result<(), TreeFileError> {
        let contents = self.contents();
        tree_file::save(path, KIND, &self.identity, contents.len(), |file| file.write_all(&contents))
    }

    /// Reads the tree of the model with this identity from `path`.
    ///
    /// # Errors
    /// If the file cannot be read, or is not a whole and undamaged tree of windows, or is another model's.
    pub fn load(path: &Path, identity: &str) -> Result<Self, TreeFileError> {
        Self::from_bytes(&tree_file::read(path)?, identity, &path.display().to_string())
    }

    /// [`Self::load`] from the bytes of a file; `what` names it in messages.
    ///
    /// # Errors
    /// As for [`Self::load`].
    pub fn from_bytes(bytes: &[u8], identity: &str, what: &str) -> Result<Self, TreeFileError> {
        let mut contents = tree_file::contents(bytes, KIND, identity, what)?;
        let damaged = |reason: String| TreeFileError::Damaged { what: what.to_owned(), reason };
        let (shape, found) = read(&mut contents).ok_or_else(|| damaged("its numbers do not add up".to_owned()))?;
        let nodes = Nodes::new(shape, found).map_err(|malformed| damaged(malformed.to_string()))?;
        Ok(Self::compile(identity.to_owned(), nodes))
    }

    fn contents(&self) -> Vec<u8> {
        let Children { counts, symbols, cells } = self.nodes.found();
        let mut bytes = Vec::with_capacity(12 + 2 * counts.len() + 6 * cells.len());
        for number in [self.shape().bits().into(), counts.len() as u32, cells.len() as u32] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend(counts.iter().chain(&symbols).flat_map(|number| number.to_le_bytes()));
        bytes.extend(cells.iter().flat_map(|number| number.to_le_bytes()));
        bytes
    }
}

/// The shape and the children; `None` if they are not there in full, or something else is.
fn read(contents: &mut Contents<'_>) -> Option<(WindowShape, Children)> {
    let bits = u16::try_from(contents.u32()?).ok().filter(|&bits| bits <= MAX_TREE_BITS)?;
    let shape = WindowShape::new(bits, Termination::Exact).ok()?;
    let (prefixes, children) = (contents.u32()? as usize, contents.u32()? as usize);
    let found = Children {
        counts: contents.u16s(prefixes)?,
        symbols: contents.u16s(children)?,
        cells: contents.u32s(children)?,
    };
    contents.is_empty().then_some((shape, found))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{hashed, tree};
    use super::*;
    use crate::m1::NextSymbol;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| bytes(&tree(&hashed(3, 11), 9)));

    fn bytes(tree: &WindowTree) -> Vec<u8> {
        tree_file::to_bytes(KIND, &tree.identity, &tree.contents())
    }

    #[test]
    fn trees_come_back() {
        let folder = tempfile::tempdir().unwrap();
        for bits in [8, 9, 13] {
            let path = folder.path().join(format!("{bits}.windows"));
            let (model, text) = (hashed(bits.into(), 10), b"any text that there is".repeat(9));
            let saved = tree(&model, bits);
            saved.save(&path).unwrap();
            let loaded = WindowTree::load(&path, model.identity()).unwrap();
            assert!(saved.nodes == loaded.nodes && saved.identity == loaded.identity);
            assert_eq!(saved.encode::<_, u16>(&text), loaded.encode(&text));
            assert!(matches!(WindowTree::load(&path, "another"), Err(TreeFileError::OtherModel { .. })));
        }
    }

    proptest! {
        #[test]
        fn no_changed_byte_and_no_cut_is_accepted(at: prop::sample::Index, flip in 1u8..) {
            let mut bytes = WHOLE.clone();
            bytes[at.index(WHOLE.len())] ^= flip;
            prop_assert!(WindowTree::from_bytes(&bytes, "hashed", "x").is_err());
            prop_assert!(WindowTree::from_bytes(&WHOLE[..at.index(WHOLE.len())], "hashed", "x").is_err());
        }

        /// What the checksum is right for, but no tree: refused, or a tree all the same, which codes all texts.
        #[test]
        fn contents_that_are_no_tree_never_panic(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            text in prop::collection::vec(any::<u8>(), 0..100),
            cut: Option<prop::sample::Index>,
        ) {
            let tree = WindowTree::from_bytes(&WHOLE, "hashed", "x").unwrap();
            let mut contents = tree.contents();
            contents.truncate(cut.map_or(contents.len(), |cut| cut.index(contents.len())));
            for (at, byte) in changes {
                if !contents.is_empty() {
                    let at = at.index(contents.len());
                    contents[at] = byte;
                }
            }
            if let Ok(tree) = WindowTree::from_bytes(&tree_file::to_bytes(KIND, "hashed", &contents), "hashed", "x") {
                let codes: Vec<u16> = tree.encode(&text).unwrap();
                prop_assert_eq!(tree.decode::<_, u8>(&codes, text.len()).unwrap(), text);
            }
        }

        #[test]
        fn arbitrary_contents_never_panic(contents in prop::collection::vec(any::<u8>(), 0..200), bits in 0..22u32) {
            let contents = [&bits.to_le_bytes()[..], &contents].concat();
            prop_assert!(WindowTree::from_bytes(&tree_file::to_bytes(KIND, "x", &contents), "x", "x").is_err());
        }
    }
}
