//! From a model to the tree of its windows.

use super::MAX_TREE_BITS;
use super::nodes::{Children, Nodes};
use crate::coding::{ALPHABET, Cdf, Cells, Symbol, Termination, WindowShape};
use crate::m1::{NextSymbol, WINDOW_PRECISION};

/// Prefixes that the model is run for at once: with a distribution of a kibibyte each, some MiB.
const BATCH: usize = 4096;

/// Why a tree could not be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    #[error(
        "only exact windows make a tree that is whole: under the other rules, windows share codes; code {0} windows with \
         a PrefixTree"
    )]
    NotExact(Termination),
    #[error(
        "the tree of all windows of {bits} bits has 2^{bits} nodes: trees are built for up to {MAX_TREE_BITS} bits; code \
         longer windows with a PrefixTree"
    )]
    TooLong { bits: u16 },
    #[error(
        "windows that end up to {snap} bits early with a word are cut by going back, which a tree cannot: code them with a \
         PrefixTree"
    )]
    Snapped { snap: u8 },
    #[error("stopped, as was asked")]
    Cancelled,
}

/// A prefix whose children are yet to be found.
struct Open {
    text: Vec<Symbol>,
    cells: Cells,
}

/// The cells of the empty prefix.
///
/// # Errors
/// If windows of this shape are not exact, end early with words, or are too long.
pub(super) fn all_cells(shape: WindowShape) -> Result<Cells, BuildError> {
    match Cells::all(shape) {
        Some(all) if shape.bits() <= MAX_TREE_BITS => Ok(all),
        _ if shape.termination() != Termination::Exact => Err(BuildError::NotExact(shape.termination())),
        _ if shape.snap() > 0 => Err(BuildError::Snapped { snap: shape.snap() }),
        _ => Err(BuildError::TooLong { bits: shape.bits() }),
    }
}

/// Finds all prefixes, breadth first, running `model` once for each that more symbols fit after.
pub(super) fn build(
    model: &dyn NextSymbol,
    shape: WindowShape,
    progress: &mut dyn FnMut(usize) -> bool,
) -> Result<Nodes, BuildError> {
    let all = all_cells(shape)?;
    let mut found = Children::default();
    let any = Cdf::uniform(ALPHABET, WINDOW_PRECISION).unwrap_or_else(|error| panic!("{error}"));
    let mut done = 0;
    let mut level = vec![Open { text: Vec::new(), cells: all }];
    while !level.is_empty() {
        let mut next = Vec::new();
        for batch in level.chunks(BATCH) {
            if !progress(done) {
                return Err(BuildError::Cancelled);
            }
            let asked = batch.iter().filter(|open| !open.cells.divide_alike());
            let prefixes: Vec<&[Symbol]> = asked.map(|open| &open.text[..]).collect();
            let cdfs = model.cdfs(&prefixes, WINDOW_PRECISION);
            assert_eq!(cdfs.len(), prefixes.len(), "a model answers for every prefix");
            let mut cdfs = cdfs.into_iter();
            for Open { text, cells } in batch {
                let asked = (!cells.divide_alike()).then(|| cdfs.next()).flatten();
                let cdf = asked.as_ref().unwrap_or(&any);
                let narrowed = (cdf.symbols() > shape.alphabet()).then(|| cdf.first(shape.alphabet()));
                let parts = cells.parts(narrowed.as_ref().unwrap_or(cdf));
                found.push(parts.iter().map(|(symbol, part)| (*symbol, part.count() as u32)));
                let inner = parts.into_iter().filter(|(_, part)| part.count() > 1);
                next.extend(inner.map(|(symbol, cells)| Open { text: [&text[..], &[symbol]].concat(), cells }));
            }
            done += prefixes.len();
        }
        level = next;
    }
    progress(done);
    Ok(Nodes::new(shape, found).unwrap_or_else(|malformed| panic!("parts of cells make a tree: {malformed}")))
}
