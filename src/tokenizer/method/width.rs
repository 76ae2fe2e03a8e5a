//! How many bits a token has.

use super::MethodError;
use crate::coding::MAX_TOKEN_WIDTH;
use std::fmt;

/// Bits of a token: 1 to 16.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenWidth(u8);

impl TokenWidth {
    /// Tokens of 8 bits: a vocabulary of 256.
    pub const BYTE: Self = Self(8);

    /// Tokens of `bits` bits.
    ///
    /// # Errors
    /// If `bits` is not 1 to 16.
    pub fn new(bits: u32) -> Result<Self, MethodError> {
        match u8::try_from(bits) {
            Ok(width) if (1..=MAX_TOKEN_WIDTH).contains(&bits) => Ok(Self(width)),
            _ => Err(MethodError::Vocabulary { given: 1u64.checked_shl(bits).unwrap_or(u64::MAX) }),
        }
    }

    /// Tokens of a vocabulary of `v`.
    ///
    /// # Errors
    /// If `v` is not a power of two from 2 to 65,536.
    pub fn of_vocabulary(v: u64) -> Result<Self, MethodError> {
        match v.is_power_of_two() && (2..=1 << MAX_TOKEN_WIDTH).contains(&v) {
            true => Ok(Self(v.trailing_zeros() as u8)),
            false => Err(MethodError::Vocabulary { given: v }),
        }
    }

    /// How many bits a token has.
    pub fn bits(self) -> u32 {
        self.0.into()
    }

    /// How many tokens there are.
    pub fn vocabulary(self) -> usize {
        1 << self.0
    }
}

impl fmt::Display for TokenWidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            16 => f.write_str("65k"),
            _ => self.vocabulary().fmt(f),
        }
    }
}

/// What would be possible near an impossible vocabulary.
pub(super) fn nearest(given: u64) -> String {
    match given {
        0..=2 => "the nearest is 2".to_owned(),
        65_536.. => "the nearest is 65536 (65k)".to_owned(),
        _ => format!("the nearest are {} and {}", 1u64 << given.ilog2(), 2u64 << given.ilog2()),
    }
}
