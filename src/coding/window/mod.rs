//! Equal-information windows (`EqualInfoAC[b]`; paper, section 3.3 and appendix A.5).
//!
//! Text is coded in windows of exactly `b` bits. A window takes symbols while they fit; then it closes, and both
//! the coder and the model's context start afresh. What "fits" means, and which code a closed window has, depends
//! on the [`Termination`]:
//!
//! * [`Termination::Exact`] is ours, and works on cells: see [`exact`] for the rule and its proofs. Its windows can also be
//!   made to end with words ([`WindowShape::snapped`]), which the paper leaves to future work;
//! * [`Termination::Greedy`] and [`Termination::Delay`] are the paper's, and work on intervals: see [`interval`].
//!
//! Both are a walk down one tree, whose root is the empty window and whose edges are symbols. A [`Place`] is where
//! the walk stands. The encoder steps along the text's symbols until one does not fit; the decoder follows a code.
//!
//! What all three have in common:
//!
//! * *Progress.* The first symbol of a window always fits ([`WindowShape::first_symbol`]), so a text of `s` symbols
//!   takes at most `s` windows.
//! * *Termination.* Each step goes to a place that is strictly smaller, and places are whole numbers of cells or of
//!   units of the interval, so every walk ends.

mod cells;
mod decoder;
mod division;
mod encoder;
mod exact;
mod interval;
#[cfg(test)]
mod model;
mod place;
mod shape;
#[cfg(test)]
mod tests;

pub use cells::Cells;
pub use decoder::{Decoded, WindowDecoder};
pub use division::Division;
pub use encoder::{ClosedWindow, Push, WindowEncoder};
pub use shape::{MAX_SNAP, MAX_WINDOW_BITS, MIN_WINDOW_BITS, ShapeError, Termination, WindowShape};

use place::{Place, Walk};
