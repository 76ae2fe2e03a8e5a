//! M1 in integers: from byte ids to a distribution with 32-bit integer arithmetic alone, so that every device gives the
//! same bits (paper 3.7 tells what floats did).
//!
//! # The arithmetic
//!
//! Everything is a 32-bit integer; `a ⊕ s` stands for *round and shift*, `⌊(a + ⌊2^s / 2⌋) / 2^s⌋`. A *scale* is a pair
//! (multiplier `m < 2^16`, shift `e`) for the factor `m · 2^(−16−e)`: `a ⊗ (m, e) = (⌊(a·m + 2^15) / 2^16⌋ · 2^max(−e, 0)) ⊕
//! max(e, 0)`. (`a·m` has more than 32 bits, but splits exactly: `⌊a/2^16⌋·m + ⌊((a mod 2^16)·m + 2^15)/2^16⌋`.) `clamp8`
//! limits to −127…127.
//!
//! For the position `p` of a text (0 is the begin symbol, which stands before every text), with weights as [`Model`] has
//! them:
//!
//! ```text
//! x          = embed[input]                                                      the stream, any unit
//! each block:
//!   a        = norm(x, attention_norm)                                           8 bits
//!   q, k, v  = clamp8(W·a ⊗ scale)                                               8 bits
//!   head h, visible position j, distance d = p − j:
//!     s_j    = q·k_j ⊗ score[h] + relative[h][bucket(d)]                         log2 units of 2^−8
//!     w_j    = exp2(max s − s_j) ⊕ 9                                             at most 2^13
//!     n      = bits of Σ w,  r = ⌊(2^31 − 1) / (Σ w scaled to 16 bits)⌋
//!     mixed  = clamp8(((Σ w_j·v_j ⊗ (r, 0)) ⊕ (n − 9)) · mix ⊕ mix_shift)
//!   x        = limit(x + (output·mixed ⊗ scale))                                 limit: ±2^26
//!   a        = norm(x, mlp_norm)
//!   g        = clamp(gate·a ⊗ scale, 0, 2^15 − 1),  u = clamp(up·a ⊗ scale, ±(2^15 − 1))
//!   x        = limit(x + (down·clamp8(g·u ⊗ hidden) ⊗ scale))
//! logits     = head·norm(x, final_norm) ⊗ scale                                  log2 units of 2^−8
//! weights    = exp2(max logits − logits), then Cdf::from_weights
//!
//! norm(x, (c, t)):   M = max |x|,  b = bits of M,  y = x ⊕ (b − 15), or x · 2^(15 − b)          15 bits
//!                    S = max(Σ ⌊y² / 2^k⌋, 1),  k = max(⌈log2 d⌉ − 1, 0);  z even with 2^30 ≤ S·2^z < 2^32
//!                    i = ⌊2^30 / ⌊√(S·2^z)⌋⌋;  result clamp8((y·i ⊕ (20 − z/2)) · c ⊕ t)
//! exp2(d):           ⌊T[d mod 256] / 2^⌊d/256⌋⌋,  T[f] = 2^22 · 2^(−f/256) rounded
//! ```
//!
//! Position `p` sees the begin symbol and the last `context − 1` positions, itself included: the stream goes on for as long
//! as a text does, and attention's cost stays bounded. (In a trial with the float network of a micro M1 trained at 256, on 64 KB
//! of C4 in rows of 1,024: 2.4705 bits/byte, just as when it sees everything, and 2.4876 when it starts afresh every 256.)
//!
//! [`reference`](mod@reference) is this definition, one position at a time in 64-bit integers, checked to stay within 32 bits;
//! [`engine`] is the fast twin; the shaders in `shaders/m1/` are the twins on the GPU. [`Model::check`] refuses weights with
//! which any of this could overflow.

mod attention;
pub mod engine;
mod exponential;
mod linear;
mod model;
mod norm;
pub mod reference;
mod requantise;

pub use model::{Block, Linear, Model, ModelError, Norm, Scale};
pub(crate) use norm::square_shift;

/// Bits after the point of a logit: it counts 2^−8 of a bit.
pub const LOGIT_FRACTION: u32 = 8;
/// The stream is kept within ± this.
pub(crate) const STREAM_LIMIT: i32 = 1 << 26;
/// `exp2(0)` is 2 to this.
pub(crate) const EXP2_BITS: u32 = 22;
/// What attention takes off `exp2`'s bits, so that a thousand weighted values fit in 30 bits.
pub(crate) const ATTENTION_SHIFT: u32 = 9;
/// Largest context: 127 · 2^13 · 1024 < 2^30.
pub const MOST_CONTEXT: usize = 1024;
/// Largest width of the stream: norm's products stay below 2^31.
pub const MOST_EMBED: usize = 4096;
/// Largest inner dimension of a product: 127 · 127 · 65,536 < 2^30.
pub const MOST_INPUTS: usize = 65_536;

#[cfg(test)]
pub(crate) mod tests;
