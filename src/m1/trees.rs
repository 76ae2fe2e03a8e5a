//! What is kept of one model's distributions, for all that code with it.

use super::windows::{BuildError, MAX_TREE_BITS, WindowTree};
use super::{NextSymbol, PrefixTree, WrongModel};
use crate::coding::{Termination, WindowShape};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The longest windows whose tree is built unasked, in bits: about 13,000 runs of the model.
const MAX_UNASKED_BITS: u16 = 16;

/// The tree is built once this many symbols were to be coded. So much text meets nine in ten of the prefixes that the model is
/// run for in a tree of 16 bits (12,054 of 13,301 under a 5-gram model; 8,521 at a quarter of the length), so the tree costs
/// the model hardly more, and text is coded many times faster from then on.
const WORTH_A_TREE: usize = 256 << 10;

/// The distributions of prefixes, and the trees of windows by their number of bits.
#[derive(Debug, Default)]
pub struct Trees {
    prefixes: Arc<PrefixTree>,
    windows: Mutex<BTreeMap<u16, Windows>>,
}

#[derive(Debug)]
enum Windows {
    /// So many symbols were to be coded so far.
    Wanted(usize),
    /// A thread is building them; others do without rather than wait: one that waits inside a join might be given the
    /// builder's own work.
    UnderWay,
    Built(Arc<WindowTree>),
}

impl Trees {
    /// Trees that begin with these distributions, and no windows.
    pub fn new(prefixes: PrefixTree) -> Self {
        Self { prefixes: Arc::new(prefixes), windows: Mutex::default() }
    }

    /// The distributions of prefixes.
    pub fn prefixes(&self) -> &Arc<PrefixTree> {
        &self.prefixes
    }

    /// Adds a tree of windows, one that was loaded perhaps. From then on, windows of its shape are coded with it.
    ///
    /// # Errors
    /// If these are another model's trees.
    pub fn add(&self, tree: WindowTree) -> Result<Arc<WindowTree>, WrongModel> {
        self.prefixes.belong_to(tree.identity())?;
        let tree = Arc::new(tree);
        self.lock().insert(tree.shape().bits(), Windows::Built(tree.clone()));
        Ok(tree)
    }

    /// The windows of `shape` under `model`, if their tree is there.
    pub fn windows(&self, model: &dyn NextSymbol, shape: WindowShape) -> Option<Arc<WindowTree>> {
        match self.lock().get(&shape.bits()) {
            Some(Windows::Built(tree)) if tree.shape() == shape && tree.identity() == model.identity() => {
                Some(tree.clone())
            }
            _ => None,
        }
    }

    /// [`Self::windows`] for coding `symbols` symbols more: builds the tree once it is worth it, unless another thread is at
    /// it. `go_on` is asked now and then.
    ///
    /// # Errors
    /// If `go_on` says no, or these are another model's trees.
    pub fn windows_worth(
        &self,
        model: &dyn NextSymbol,
        shape: WindowShape,
        symbols: usize,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Arc<WindowTree>>, UnaskedError> {
        let found = self.windows(model, shape);
        let exact = shape.termination() == Termination::Exact && shape.snap() == 0;
        let unasked = shape.bits() <= MAX_UNASKED_BITS && exact;
        if found.is_some() || !unasked {
            return Ok(found);
        }
        self.prefixes.belong_to(model.identity())?;
        let Some(turn) = Turn::take(self, shape.bits(), symbols) else { return Ok(None) };
        let built = WindowTree::build(model, shape, &mut |_| go_on());
        drop(turn);
        match built {
            Ok(tree) => Ok(Some(self.add(tree)?)),
            Err(BuildError::Cancelled) => Err(UnaskedError::Cancelled),
            Err(BuildError::NotExact(_) | BuildError::Snapped { .. } | BuildError::TooLong { .. }) => Ok(None),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u16, Windows>> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const _: () = assert!(MAX_UNASKED_BITS <= MAX_TREE_BITS);

/// Why windows are not coded with a tree, nor otherwise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnaskedError {
    #[error("stopped, as was asked")]
    Cancelled,
    #[error(transparent)]
    WrongModel(#[from] WrongModel),
}

/// The right to build the tree of windows of some bits, given back when dropped.
struct Turn<'t> {
    trees: &'t Trees,
    bits: u16,
}

impl<'t> Turn<'t> {
    /// Takes the right if nobody has it, and the tree is worth it with `symbols` symbols more.
    fn take(trees: &'t Trees, bits: u16, symbols: usize) -> Option<Self> {
        let mut windows = trees.lock();
        let Windows::Wanted(wanted) = windows.entry(bits).or_insert(Windows::Wanted(0)) else { return None };
        *wanted = wanted.saturating_add(symbols);
        (*wanted >= WORTH_A_TREE).then(|| {
            windows.insert(bits, Windows::UnderWay);
            Self { trees, bits }
        })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.trees.lock().remove(&self.bits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::m1::StandIn;

    fn shape(bits: u16, termination: Termination) -> WindowShape {
        WindowShape::new(bits, termination).unwrap()
    }

    #[test]
    fn trees_are_built_once_and_where_it_is_worth_it() {
        let (model, trees) = (StandIn::uniform(), Trees::default());
        let exact = shape(12, Termination::Exact);
        let worth = |shape, symbols| trees.windows_worth(&model, shape, symbols, &mut || true).unwrap();
        assert!(worth(exact, 1000).is_none());
        assert!(worth(shape(12, Termination::Greedy), WORTH_A_TREE).is_none());
        assert!(worth(shape(17, Termination::Exact), WORTH_A_TREE).is_none());
        assert!(trees.windows(&model, exact).is_none());
        let built = worth(exact, WORTH_A_TREE).unwrap();
        assert!(Arc::ptr_eq(&built, &worth(exact, 1).unwrap()));
        assert!(Arc::ptr_eq(&built, &trees.windows(&model, exact).unwrap()));
        assert!(trees.windows(&model, shape(12, Termination::Delay)).is_none());
        let words = WindowShape::snapped(12, 2).unwrap();
        assert!(trees.windows(&model, words).is_none() && worth(words, WORTH_A_TREE).is_none());
        assert!(trees.windows(&StandIn::unigram([3; 257]), exact).is_none());
    }

    #[test]
    fn many_short_texts_are_worth_a_tree_too() {
        let (model, trees) = (StandIn::uniform(), Trees::default());
        let exact = shape(12, Termination::Exact);
        let texts = (0..100).map(|_| trees.windows_worth(&model, exact, WORTH_A_TREE / 10, &mut || true).unwrap());
        assert_eq!(texts.take_while(Option::is_none).count(), 10);
    }

    #[test]
    fn what_was_stopped_can_be_built_later() {
        let (model, trees) = (StandIn::uniform(), Trees::default());
        let exact = shape(12, Termination::Exact);
        let stopped = trees.windows_worth(&model, exact, WORTH_A_TREE, &mut || false);
        assert_eq!(stopped.map(|_| ()), Err(UnaskedError::Cancelled));
        assert!(trees.windows_worth(&model, exact, WORTH_A_TREE, &mut || true).unwrap().is_some());
    }

    /// A thread that builds a tree may be asked for the same tree meanwhile.
    #[test]
    fn nobody_waits_for_a_tree() {
        let (model, trees) = (StandIn::uniform(), Trees::default());
        let exact = shape(12, Termination::Exact);
        let mut others = Vec::new();
        let built = trees.windows_worth(&model, exact, WORTH_A_TREE, &mut || {
            others.push(trees.windows_worth(&model, exact, WORTH_A_TREE, &mut || true).unwrap());
            true
        });
        assert!(built.unwrap().is_some());
        assert!(!others.is_empty() && others.iter().all(Option::is_none));
    }

    #[test]
    fn trees_of_other_models_are_refused() {
        let trees = Trees::default();
        let exact = shape(9, Termination::Exact);
        let tree = |model: &StandIn| WindowTree::build(model, exact, &mut |_| true).unwrap();
        trees.add(tree(&StandIn::uniform())).unwrap();
        assert!(trees.add(tree(&StandIn::unigram([3; 257]))).is_err());
        let other = StandIn::unigram([3; 257]);
        let worth = trees.windows_worth(&other, exact, WORTH_A_TREE, &mut || true);
        assert!(matches!(worth, Err(UnaskedError::WrongModel(_))));
    }
}
