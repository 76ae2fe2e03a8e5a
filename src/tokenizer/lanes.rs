//! Many walks down the tree of prefixes at once.
//!
//! A walk goes on by itself while the distributions that it needs are in the tree. Where one is missing, it waits until
//! all others wait too or are done; then the model runs once for all prefixes that are wanted, each of them once. Where
//! few walks wait, and their texts are known beyond where they are, the model is run for the symbols ahead in the same
//! pass: a pass over one prefix costs nearly as much as one over many, as it reads all weights.

use super::TokenizeError;
use super::control::Meter;
use crate::coding::{ALPHABET, Cdf, Symbol};
use crate::m1::{Edge, NextSymbol, Node, PrefixTree, TreeReader, WINDOW_PRECISION, WrongModel};
use rayon::prelude::*;
use std::sync::Arc;

/// Walks that are under way at once: enough to fill the model's batches, few enough for it to remember where all are.
const LANES: usize = 256;

/// Prefixes that a pass is filled up to with symbols ahead.
const AHEAD: usize = 64;

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

    /// Whether the tree has room for about this many more distributions.
    pub fn has_room_for(&self, prefixes: usize) -> bool {
        self.tree.has_room_for(prefixes)
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

    /// The symbols that are known to follow where it waits, as far as it is likely to need their distributions.
    fn ahead(&self) -> &[Symbol] {
        &[]
    }

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
    let waiting = active.iter_mut().filter(|(_, _, stand)| *stand == Stand::Waiting).map(|(_, lane, _)| lane);
    let waiting: Vec<&mut L> = waiting.collect();
    // Each lane's share of a pass, itself left out.
    let share = AHEAD.checked_div(waiting.len()).map_or(0, |share| share.saturating_sub(1));
    let mut waiting: Vec<Wanted<'_>> = waiting.into_iter().filter_map(|lane| Wanted::of(lane, share)).collect();
    waiting.sort_unstable_by(|a, b| a.prefix.cmp(b.prefix));
    let groups: Vec<&mut [Wanted<'_>]> = waiting.chunk_by_mut(|a, b| a.prefix == b.prefix).collect();
    if groups.is_empty() {
        return;
    }
    let runs: Vec<Vec<Vec<Symbol>>> = groups.iter().map(|group| group[0].runs()).collect();
    let prefixes: Vec<&[Symbol]> = runs.iter().flatten().map(Vec::as_slice).collect();
    source.tree.count_misses(prefixes.len() as u64);
    let mut cdfs = source.run(&prefixes).into_iter();
    for (group, runs) in groups.into_iter().zip(&runs) {
        let mut cdfs = cdfs.by_ref().take(runs.len());
        let Some(cdf) = cdfs.next() else { return };
        // Equal prefixes may stand at different places: one of them may have found the tree full when another did not.
        let edge = group.iter().find_map(|wanted| wanted.cursor.edge());
        let kept = match edge {
            Some(edge) => source.tree.keep(edge, cdf),
            None => Err(cdf),
        };
        match kept {
            Ok(node) => {
                let mut last = node;
                for (&symbol, cdf) in group[0].ahead.iter().zip(&mut cdfs) {
                    match source.tree.keep(Some((last, symbol)), cdf) {
                        Ok(below) => last = below,
                        Err(_) => break,
                    }
                }
                group.iter_mut().for_each(|wanted| wanted.cursor.place = Place::At(node));
            }
            Err(cdf) => {
                let cdf = Arc::new(cdf);
                group.iter_mut().for_each(|wanted| wanted.cursor.given = Some(cdf.clone()));
            }
        }
        // What the tree had no room for is run again if it is needed.
        cdfs.for_each(drop);
    }
}

/// Where a lane waits, and what follows there.
struct Wanted<'l> {
    cursor: &'l mut Cursor,
    prefix: &'l [Symbol],
    ahead: Vec<Symbol>,
}

impl<'l> Wanted<'l> {
    /// With at most `share` of the symbols ahead.
    fn of<L: Lane>(lane: &'l mut L, share: usize) -> Option<Self> {
        let ahead = lane.ahead();
        let ahead = ahead[..ahead.len().min(share)].to_vec();
        lane.waiting_at().map(|(cursor, prefix)| Self { cursor, prefix, ahead })
    }

    /// The prefix, and the prefix with one, two, … of the symbols ahead.
    fn runs(&self) -> Vec<Vec<Symbol>> {
        (0..=self.ahead.len()).map(|ahead| [self.prefix, &self.ahead[..ahead]].concat()).collect()
    }
}
