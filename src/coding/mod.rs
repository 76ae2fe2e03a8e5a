//! From distributions to bits and back, in integers only.
//!
//! Everything here is a pure function of integer distributions ([`Cdf`]): no tensors, no floats on the coding
//! path, so the same distributions give the same bits on every machine. These coders turn text into bits:
//!
//! * [`ArithmeticEncoder`] and [`ArithmeticDecoder`] code a whole stream (`AC` in the paper, section 3.3);
//! * [`WindowEncoder`] and [`WindowDecoder`] code equal-information windows of `b` bits each
//!   (`EqualInfoAC[b]`, section 3.3 and appendix A.5), under one of three rules for closing a window
//!   ([`Termination`]), or so that windows end with words where they can ([`WindowShape::snapped`]);
//! * [`HuffmanCode`] gives each symbol a whole number of bits (appendix B.2);
//! * [`AnsEncoder`] and [`AnsDecoder`] code a whole stream backwards, as one large number (appendix B.3).
//!
//! [`Cdf::entropy`] tells how unsure a model is of the next symbol, so that encoder and decoder can cut text there.
//!
//! [`pack_tokens`] cuts bits into the `N`-bit tokens that the second model is trained on (section 3.4).

#[cfg(test)]
mod against_constriction;
mod ans;
mod arithmetic;
mod bits;
mod cdf;
mod code;
mod entropy;
mod extent;
mod huffman;
mod tokens;
mod whole;
mod wide;
mod window;

pub use ans::{AnsDecoder, AnsEncoder, ans_encode};
pub use arithmetic::{ArithmeticDecoder, ArithmeticEncoder, GrowingDecoder};
pub use bits::{BitReader, BitWriter, Bits, BitsError};
pub use cdf::{Cdf, CdfError, MAX_PRECISION};
pub use code::Code;
pub use entropy::ENTROPY_BIT;
pub use extent::Extent;
pub use huffman::HuffmanCode;
pub use tokens::{MAX_TOKEN_WIDTH, TokenError, pack_codes, pack_tokens, unpack_codes, unpack_tokens};
pub use whole::Whole;
pub use window::{
    Cells, ClosedWindow, Decoded, Division, MAX_SNAP, MAX_WINDOW_BITS, MIN_WINDOW_BITS, Push, ShapeError, Termination,
    WindowDecoder, WindowEncoder, WindowShape,
};

/// One symbol of text: `0..=255` is a byte, [`END_OF_DOCUMENT`] ends a document.
pub type Symbol = u16;

/// The symbol after the last byte of each document (paper, section 3.1).
pub const END_OF_DOCUMENT: Symbol = 256;

/// How many symbols there are: the bytes and [`END_OF_DOCUMENT`].
pub const ALPHABET: usize = 257;
