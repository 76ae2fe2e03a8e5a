//! The frozen coding model: what comes next, as integer distributions (paper 3.2 and 3.3).
//!
//! A coder asks a [`NextSymbol`] model for the distribution of the next symbol given the symbols so far. The model is a
//! trained [`Network`], read from a `.m1` [`file`](mod@file), or a [`StandIn`] that needs no training. Either way the answer is a
//! [`Cdf`] of integers and depends on nothing but the model and the symbols: not on the batch it was computed in, the
//! number of threads, the machine, or what was asked before. The paper's section 3.7 tells what happens otherwise: a text
//! coded on one machine does not decode on another.
//!
//! [`PrefixTree`] keeps the distributions of window prefixes, so that each is computed once; [`WindowTree`] compiles all
//! windows of a length, so that coding does without the model. [`Trees`] holds both, for all who share a model.

mod distribution;
pub mod file;
pub mod freeze;
pub mod golden;
pub mod gpu;
pub mod integer;
mod network;
mod positions;
mod prefixes;
mod shipped;
mod stand_in;
mod tree_file;
mod trees;
mod widest;
pub mod windows;

pub use file::{FileError, M1File, Measured};
pub use network::Network;
pub use prefixes::{Edge, Node, PrefixTree, TreeReader, TreeStatistics, WrongModel};
pub use shipped::{SHIPPED, Shipped};
pub use stand_in::StandIn;
pub use tree_file::TreeFileError;
pub use trees::{Trees, UnaskedError};
pub use windows::WindowTree;

use crate::coding::{Cdf, Symbol};

/// Precision of the distributions that windows are coded with, in bits.
pub const WINDOW_PRECISION: u8 = 16;

/// Precision of the distributions that whole texts are arithmetic-coded with, in bits (paper 3.3).
pub const STREAM_PRECISION: u8 = 14;

/// A model that says how likely each symbol is to come next.
///
/// Every `precision` is in bits, from 9 to 24; there are 257 symbols, so fewer bits cannot hold them.
pub trait NextSymbol: Send + Sync {
    /// A name that two models share only if all their distributions are equal: `uniform`, `unigram-` and a hash of the
    /// counts, or `m1-` and a hash of the weights.
    fn identity(&self) -> &str;

    /// The distributions after each of `prefixes`, computed together and in parallel. Each is a function of its own
    /// prefix only.
    fn cdfs(&self, prefixes: &[&[Symbol]], precision: u8) -> Vec<Cdf>;

    /// A running text, empty as yet.
    fn session(&self, precision: u8) -> Box<dyn Session + '_>;
}

/// A running text. Its distributions are those of [`NextSymbol::cdfs`], bit for bit, but a further symbol costs one step
/// rather than a whole prefix.
pub trait Session: Send {
    /// The distribution of the next symbol.
    fn cdf(&mut self) -> &Cdf;

    /// Appends a symbol.
    fn push(&mut self, symbol: Symbol);

    /// Appends `symbols`, and returns the distribution of each as it was before it: what an encoder needs, which knows
    /// the text, and several times faster than one by one.
    fn follow(&mut self, symbols: &[Symbol]) -> Vec<Cdf>;

    /// Makes the text empty.
    fn reset(&mut self);

    /// The same text a second time, to go on with otherwise.
    fn fork(&self) -> Box<dyn Session + '_>;
}

#[cfg(test)]
mod tests;
