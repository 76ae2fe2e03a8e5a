//! Many walks down the tree of prefixes at once.
//!
//! A walk goes on by itself while the distributions that it needs are in the tree. Where one is missing, it waits until
//! all others wait too or are done; then the model runs once for all prefixes that are wanted, each of them once.

use super::TokenizeError;
use super::control::Meter;
use crate::coding::{ALPHABET, Cdf, Symbol};
use crate::m1::{Edge, NextSymbol, Node, PrefixTree, TreeReader, WINDOW_PRECISION, WrongModel};
use rayon::prelude::*;
use std::sync::Arc;

/// Walks that are under way at once: enough to fill the model's batches, few enough for it to remember where all are.
const LANES: usize = 256;

/// A lane gives way after about this many symbols, so that the tree is free to grow, and the call can be stopped.
pub(super) const STRIDE: usize = 1 << 15;

/// Where distributions come from: a model, and the tree that keeps them.
pub(super) struct Source {
    model: Arc<dyn NextSymbol>,
    tree: Arc<PrefixTree>,
    /// Symbols that the distributions are narrowed to, if they are not all of the model's.
    narrowed: Option<usize>,
}

impl Source {
    /// Distributions over `alphabet` symbols. Narrowed ones are kept in a tree of their own.
    ///
    /// # Errors
    /// If the tree holds another model's distributions.
    pub fn new(model: Arc<dyn NextSymbol>, tree: Arc<PrefixTree>, alphabet: usize) -> Result<Self, WrongModel> {
        if alphabet < ALPHABET {
            return Ok(Self { model, tree: Arc::default(), narrowed: Some(alphabet) });
        }
        tree.belong_to(model.identity())?;
        Ok(Self { model, tree, narrowed: None })
    }

    /// The distribution after the empty prefix.
    pub fn root(&self) -> Cdf {
        let tree = self.tree.read();
        let kept = tree.find(None).map(|node| tree.cdf(node).clone());
        drop(tree);
        kept.unwrap_or_else(|| self.run(&[&[]]).remove(0))
    }

    fn run(&self, prefixes: &[&[Symbol]]) -> Vec<Cdf> {
        let cdfs = self.model.cdfs(prefixes, WINDOW_PRECISION);
        match self.narrowed {
            Some(alphabet) => cdfs.iter().map(|cdf| cdf.first(alphabet)).collect(),
            None => cdfs,
        }
    }
}

/// A place in the tree of prefixes, which may be one that the tree does not hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Cursor {
    place: Place,
    /// The distribution here, if the tree has no room for it.
    given: Option<Arc<Cdf>>,
}

#[derive(Debug, Clone, Copy, Default)]
enum Place {
    /// The empty prefix, not looked up yet.
    #[default]
    Root,
    /// A prefix that was not looked up yet, by the prefix that is a symbol shorter.
    Below(Node, Symbol),
    /// A prefix in the tree.
    At(Node),
    /// A prefix below one that the tree does not hold.
    Outside,
}

impl Cursor {
    /// Goes back to the empty prefix.
    pub fn restart(&mut self) {
        (self.place, self.given) = (Place::Root, None);
    }

    /// Goes on by a symbol. The distribution here must have been seen.
    #[inline]
    pub fn descend(&mut self, symbol: Symbol) {
        self.place = match self.place {
            Place::At(node) => Place::Below(node, symbol),
            Place::Root | Place::Below(..) | Place::Outside => Place::Outside,
        };
        self.given = None;
    }

    /// The distribution here; `None` if the model must be run for it.
    #[inline]
    pub fn cdf<'a>(&'a mut self, tree: &'a TreeReader<'_>) -> Option<&'a Cdf> {
        if let Some(edge) = self.edge()
            && let Some(node) = tree.find(edge)
        {
            self.place = Place::At(node);
        }
        match self.place {
            Place::At(node) => Some(tree.cdf(node)),
            Place::Root | Place::Below(..) | Place::Outside => self.given.as_deref(),
        }
    }

    /// Where a distribution found for this place belongs in the tree, if the tree reaches here.
    fn edge(&self) -> Option<Edge> {
        match self.place {
            Place::Root => Some(None),
            Place::Below(node, symbol) => Some(Some((node, symbol))),
            Place::At(_) | Place::Outside => None,
        }
    }
}

/// How a walk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// It is done.
    Done,
    /// It gave way to others and can go on.
    Ready,
    /// It needs the distribution at its cursor.
    Waiting,
}

/// A walk.
pub(super) trait Lane: Send {
    /// Goes on as far as the tree's distributions and the stride reach.
    fn advance(&mut self, tree: &TreeReader<'_>) -> Stand;

    /// Where it waits: the cursor, and the prefix that it is at. Asked of walks that wait only.
    fn waiting_at(&mut self) -> Option<(&mut Cursor, &[Symbol])>;

    /// How many symbols are done since this was last asked.
    fn take_done(&mut self) -> usize;
}

/// Walks all `lanes` to their ends and returns them in order.
///
/// # Errors
/// If the call is to stop.
pub(super) fn walk<L: Lane>(
    lanes: impl IntoIterator<Item = L>,
    source: &Source,
    meter: &mut Meter<'_>,
) -> Result<Vec<L>, TokenizeError> {
    let mut upcoming = lanes.into_iter().enumerate();
    let mut active: Vec<(usize, L, Stand)> = Vec::new();
    let mut done: Vec<(usize, L)> = Vec::new();
    loop {
        let free = LANES - active.len();
        active.extend(upcoming.by_ref().take(free).map(|(index, lane)| (index, lane, Stand::Ready)));
        if active.is_empty() {
            done.sort_unstable_by_key(|(index, _)| *index);
            return Ok(done.into_iter().map(|(_, lane)| lane).collect());
        }
        // The tree is opened for one lane at a time and never across a join: a thread that waits for others may be given
        // work that wants to write to it.
        active.par_iter_mut().for_each(|(_, lane, stand)| *stand = lane.advance(&source.tree.read()));

        supply(&mut active, source);
        meter.advance(active.iter_mut().map(|(_, lane, _)| lane.take_done()).sum())?;
        let finished = active.extract_if(.., |(_, _, stand)| *stand == Stand::Done);
        done.extend(finished.map(|(index, lane, _)| (index, lane)));
    }
}

/// Runs the model for the lanes that wait, and gives each what it waits for.
fn supply<L: Lane>(active: &mut [(usize, L, Stand)], source: &Source) {
    let waiting = active.iter_mut().filter(|(_, _, stand)| *stand == Stand::Waiting);
    let mut waiting: Vec<(&mut Cursor, &[Symbol])> = waiting.filter_map(|(_, lane, _)| lane.waiting_at()).collect();
    waiting.sort_unstable_by_key(|(_, prefix)| *prefix);
    let groups: Vec<&mut [(&mut Cursor, &[Symbol])]> = waiting.chunk_by_mut(|(_, a), (_, b)| a == b).collect();
    let prefixes: Vec<&[Symbol]> = groups.iter().map(|group| group[0].1).collect();
    if prefixes.is_empty() {
        return;
    }
    source.tree.count_misses(prefixes.len() as u64);
    let cdfs = source.run(&prefixes);
    for (group, cdf) in groups.into_iter().zip(cdfs) {
        // Equal prefixes may stand at different places: one of them may have found the tree full when another did not.
        let edge = group.iter().find_map(|(cursor, _)| cursor.edge());
        let kept = match edge {
            Some(edge) => source.tree.keep(edge, cdf),
            None => Err(cdf),
        };
        match kept {
            Ok(node) => group.iter_mut().for_each(|(cursor, _)| cursor.place = Place::At(node)),
            Err(cdf) => {
                let cdf = Arc::new(cdf);
                group.iter_mut().for_each(|(cursor, _)| cursor.given = Some(cdf.clone()));
            }
        }
    }
}
