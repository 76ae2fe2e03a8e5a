//! The atlas of a tokenizer's codes: for windows of up to 16 bits, every code with its text, what the text costs under the
//! model, and its kin.
//!
//! Exact windows give every code one text (paper 3.3), and codes lie in the order of their texts: those that begin alike are
//! neighbours. So all that can be asked of a code is a look-up in one long list of texts, and all that can be asked of a text
//! is a search by halving in it. Where a token has as many bits as a window (`EqualInfoAC[b=16, v=65k]`), tokens are codes.

mod spelling;
mod table;

pub use spelling::{SpellingError, read_text, spelled};
pub use table::csv;

use super::{Method, MethodError};
use crate::coding::{ALPHABET, Cdf, END_OF_DOCUMENT, MIN_WINDOW_BITS, ShapeError, Symbol, Termination, WindowShape};
use crate::m1::windows::{BuildError, EncodeError, Prefix};
use crate::m1::{NextSymbol, Trees, WINDOW_PRECISION, WindowTree, WrongModel};
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

/// Bits of the windows that there are atlases of.
pub const ATLAS_BITS: RangeInclusive<u16> = MIN_WINDOW_BITS..=16;

/// Prefixes that the model is run for at once.
const BATCH: usize = 2048;

/// Every code of windows of some bits under one model.
#[derive(Debug)]
pub struct Atlas {
    tree: Arc<WindowTree>,
    /// The texts, one after the other in the order of their codes.
    symbols: Vec<Symbol>,
    /// Where each text begins; one more, the end.
    starts: Vec<u32>,
    /// What each text costs, in bits.
    costs: Vec<f32>,
}

/// How often each code was met in a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeCounts {
    /// By code.
    pub counts: Vec<u64>,
    /// Windows, all together.
    pub windows: u64,
    /// Raw bytes of the text.
    pub bytes: u64,
}

/// The codes in numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    pub codes: u32,
    /// Bytes of a code's text, on average over codes.
    pub mean_bytes: f64,
    /// Bytes of the longest text.
    pub longest: usize,
    /// Codes whose text begins with a part of a character.
    pub begin_inside: u32,
    /// Codes whose text ends in the middle of a character.
    pub end_inside: u32,
    /// Codes whose text holds the end of a document.
    pub end_documents: u32,
}

/// Codes that are related to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kin {
    /// The codes of the texts that it begins with, shortest first. The last one is the text without its last symbol, if that
    /// has a code of its own.
    pub prefixes: Vec<u32>,
    /// The codes of the texts that begin as its own does but for the last symbol, itself among them.
    pub siblings: Range<u32>,
    /// The codes whose texts go on from its own.
    pub longer: Range<u32>,
}

/// Why there is no atlas.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AtlasError {
    #[error("stopped, as was asked")]
    Cancelled,
    #[error("there are atlases of windows of {} to {} bits, and {bits} were asked for", ATLAS_BITS.start(), ATLAS_BITS.end())]
    Bits { bits: u16 },
    #[error(transparent)]
    Shape(#[from] ShapeError),
    #[error(transparent)]
    Build(BuildError),
    #[error(transparent)]
    WrongModel(#[from] WrongModel),
}

impl Atlas {
    /// All windows of `bits` bits under `model`. Their tree is taken from `trees`, or built and left there. `progress` is told
    /// now and then how much of the work is done, of how much, and stops it by returning `false`.
    ///
    /// # Errors
    /// If `bits` are not in [`ATLAS_BITS`], the trees are another model's, or the work was stopped.
    pub fn new(
        model: &dyn NextSymbol,
        trees: &Trees,
        bits: u16,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<Self, AtlasError> {
        if !ATLAS_BITS.contains(&bits) {
            return Err(AtlasError::Bits { bits });
        }
        let shape = WindowShape::new(bits, Termination::Exact)?;
        // The tree takes a run of the model for about every fifth code, the costs one for about every third.
        let (codes, total) = (1u64 << bits, 2u64 << bits);
        let tree = match trees.windows(model, shape) {
            Some(tree) => tree,
            None => {
                let built = WindowTree::build(model, shape, &mut |runs| progress((5 * runs as u64).min(codes), total));
                trees.add(built.map_err(|error| match error {
                    BuildError::Cancelled => AtlasError::Cancelled,
                    other => AtlasError::Build(other),
                })?)?
            }
        };
        let costs = costs(model, &tree, &mut |done| progress(codes + done, total)).ok_or(AtlasError::Cancelled)?;
        let (mut symbols, mut starts) = (Vec::new(), Vec::with_capacity(costs.len() + 1));
        for code in 0..1u32 << bits {
            starts.push(symbols.len() as u32);
            symbols.extend(tree.text(code).unwrap_or_default());
        }
        starts.push(symbols.len() as u32);
        progress(total, total);
        Ok(Self { tree, symbols, starts, costs })
    }

    /// Bits of a code.
    pub fn bits(&self) -> u16 {
        self.tree.shape().bits()
    }

    /// How many codes there are: 2^b.
    pub fn codes(&self) -> u32 {
        1 << self.bits()
    }

    /// The model's identity.
    pub fn model(&self) -> &str {
        self.tree.identity()
    }

    /// The method whose tokens are these codes, as in `EqualInfoAC[b=16, v=65k]`.
    ///
    /// # Errors
    /// If there is none.
    pub fn method(&self) -> Result<Method, MethodError> {
        method_of(self.bits())
    }

    /// The symbols that a code stands for; empty if it is no code.
    pub fn text(&self, code: u32) -> &[Symbol] {
        let at = |index: usize| self.starts.get(index).map_or(self.symbols.len(), |&start| start as usize);
        &self.symbols[at(code as usize)..at(code as usize + 1)]
    }

    /// How many bytes its text has: the end of a document is none.
    pub fn bytes(&self, code: u32) -> usize {
        self.text(code).iter().filter(|&&symbol| symbol < END_OF_DOCUMENT).count()
    }

    /// What its text costs under the model, in bits: −log2 of its probability, before anything is rounded to a window.
    pub fn cost(&self, code: u32) -> f64 {
        self.costs.get(code as usize).copied().unwrap_or(0.0).into()
    }

    /// [`Self::bytes`] of every code.
    pub fn lengths(&self) -> impl Iterator<Item = usize> {
        (0..self.codes()).map(|code| self.bytes(code))
    }

    /// [`Self::cost`] of every code.
    pub fn costs(&self) -> impl Iterator<Item = f64> {
        self.costs.iter().map(|&cost| cost.into())
    }

    /// A code as it is written: in hexadecimal, all digits.
    pub fn hex(&self, code: u32) -> String {
        format!("0x{code:0digits$x}", digits = usize::from(self.bits().div_ceil(4)))
    }

    /// Its bits.
    pub fn binary(&self, code: u32) -> String {
        format!("{code:0digits$b}", digits = usize::from(self.bits()))
    }

    /// The codes whose texts begin with `text`; empty if there are none.
    pub fn beginning_with(&self, text: &[Symbol]) -> Range<u32> {
        let first = self.partition(|other| other < text);
        let last = self.partition(|other| other < text || other.starts_with(text));
        first..last.max(first)
    }

    /// The code that stands for exactly this text, if one does.
    pub fn code_of(&self, text: &[Symbol]) -> Option<u32> {
        let code = self.partition(|other| other < text);
        (code < self.codes() && self.text(code) == text && !text.is_empty()).then_some(code)
    }

    /// The code of the first window of a text that goes on beyond it: of those that the text begins with, the longest. None if
    /// the text ends inside that window.
    pub fn first_window(&self, text: &[Symbol]) -> Option<u32> {
        if !self.beginning_with(text).is_empty() {
            return None;
        }
        (1..text.len()).rev().find_map(|length| self.code_of(&text[..length]))
    }

    /// How many codes, from the first on, have texts for which `holds`; it must hold for none after one for which it does not.
    fn partition(&self, holds: impl Fn(&[Symbol]) -> bool) -> u32 {
        let (mut low, mut high) = (0, self.codes());
        while low < high {
            let middle = low.midpoint(high);
            if holds(self.text(middle)) { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// What is related to a code.
    pub fn kin(&self, code: u32) -> Kin {
        let text = self.text(code);
        let own = self.beginning_with(text);
        Kin {
            prefixes: (1..text.len()).filter_map(|length| self.code_of(&text[..length])).collect(),
            siblings: self.beginning_with(&text[..text.len().saturating_sub(1)]),
            longer: own.start.saturating_add(1).min(own.end)..own.end,
        }
    }

    /// How many bits of a code are information; the rest is padding.
    pub fn used_bits(&self, code: u32) -> u16 {
        let cells = self.beginning_with(self.text(code)).len().max(1);
        self.bits() - cells.ilog2() as u16
    }

    /// Adds the windows of one coding example to `counts`. Symbols that these windows have no code for are left out.
    ///
    /// # Errors
    /// None that callers can cause.
    pub fn count(&self, example: &[Symbol], counts: &mut CodeCounts) -> Result<(), EncodeError> {
        let alphabet = self.tree.shape().alphabet();
        let codable: Vec<Symbol> = example.iter().copied().filter(|&symbol| usize::from(symbol) < alphabet).collect();
        counts.counts.resize(self.codes() as usize, 0);
        for code in self.tree.encode::<_, u32>(&codable)? {
            if let Some(count) = counts.counts.get_mut(code as usize) {
                *count += 1;
            }
            counts.windows += 1;
        }
        counts.bytes += codable.iter().filter(|&&symbol| symbol < END_OF_DOCUMENT).count() as u64;
        Ok(())
    }

    /// The codes in numbers.
    pub fn summary(&self) -> Summary {
        let codes = || 0..self.codes();
        let number = |holds: &dyn Fn(&[Symbol]) -> bool| codes().filter(|&code| holds(self.text(code))).count() as u32;
        Summary {
            codes: self.codes(),
            mean_bytes: codes().map(|code| self.bytes(code)).sum::<usize>() as f64 / f64::from(self.codes()),
            longest: codes().map(|code| self.bytes(code)).max().unwrap_or(0),
            begin_inside: number(&|text| text.first().is_some_and(|symbol| (0x80..0xc0).contains(symbol))),
            end_inside: number(&ends_inside),
            end_documents: number(&|text| text.contains(&END_OF_DOCUMENT)),
        }
    }
}

impl CodeCounts {
    /// How often a code was met.
    pub fn of(&self, code: u32) -> u64 {
        self.counts.get(code as usize).copied().unwrap_or(0)
    }

    /// How many different codes were met.
    pub fn used(&self) -> usize {
        self.counts.iter().filter(|&&count| count > 0).count()
    }
}

/// The method whose tokens are codes of `bits` bits.
///
/// # Errors
/// If there is none.
pub fn method_of(bits: u16) -> Result<Method, MethodError> {
    format!("EqualInfoAC[b={bits}, v={}]", 1u32 << bits.min(31)).parse()
}

/// Whether a text ends in the middle of a character in UTF-8: with its first bytes, and not all of them.
fn ends_inside(text: &[Symbol]) -> bool {
    let wanted = |first: Symbol| match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    let following = text.iter().rev().take_while(|&&symbol| (0x80..0xc0).contains(&symbol)).count();
    let first = text.len().checked_sub(following + 1).and_then(|at| text.get(at));
    first.is_some_and(|&first| following + 1 < wanted(first))
}

/// What the text of each code costs, in bits; none if `go_on`, which is told how many prefixes are done, says to stop.
fn costs(model: &dyn NextSymbol, tree: &WindowTree, go_on: &mut dyn FnMut(u64) -> bool) -> Option<Vec<f32>> {
    let alphabet = tree.shape().alphabet();
    let mut costs = vec![0.0; 1 << tree.shape().bits()];
    let mut level: Vec<(Prefix<'_>, f64)> = vec![(tree.root(), 0.0)];
    let mut done = 0;
    while !level.is_empty() {
        let mut next = Vec::new();
        for batch in level.chunks(BATCH) {
            if !go_on(done) {
                return None;
            }
            let texts: Vec<Vec<Symbol>> = batch.iter().map(|(prefix, _)| prefix.text()).collect();
            let texts: Vec<&[Symbol]> = texts.iter().map(Vec::as_slice).collect();
            for (cdf, (prefix, cost)) in model.cdfs(&texts, WINDOW_PRECISION).iter().zip(batch) {
                let narrowed = (alphabet < ALPHABET).then(|| cdf.first(alphabet));
                let cdf: &Cdf = narrowed.as_ref().unwrap_or(cdf);
                for child in prefix.children() {
                    let Some(last) = child.last() else { continue };
                    let cost = cost + cdf.cost_bits(last);
                    if let Some(place) = child.code().and_then(|code| costs.get_mut(code as usize)) {
                        *place = cost as f32;
                    }
                    if child.children().len() > 0 {
                        next.push((child, cost));
                    }
                }
            }
            done += batch.len() as u64;
        }
        level = next;
    }
    Some(costs)
}

#[cfg(test)]
mod tests;
