//! The numbers that texts and codes are made of.

use crate::coding::Symbol;

mod sealed {
    pub trait Sealed {}
    impl Sealed for u8 {}
    impl Sealed for u16 {}
    impl Sealed for u32 {}
}

/// A symbol of text: `u8` in texts of bytes alone, [`Symbol`] where documents may end.
pub trait TextSymbol: sealed::Sealed + Copy + Default + Send + Sync {
    /// This as a symbol.
    fn symbol(self) -> Symbol;

    /// The symbol as this; `None` if there is no room for it.
    fn from_symbol(symbol: Symbol) -> Option<Self>;

    /// The byte as this.
    fn from_byte(byte: u8) -> Self;
}

impl TextSymbol for u8 {
    #[inline(always)]
    fn symbol(self) -> Symbol {
        self.into()
    }

    fn from_symbol(symbol: Symbol) -> Option<Self> {
        symbol.try_into().ok()
    }

    #[inline(always)]
    fn from_byte(byte: u8) -> Self {
        byte
    }
}

impl TextSymbol for Symbol {
    #[inline(always)]
    fn symbol(self) -> Symbol {
        self
    }

    fn from_symbol(symbol: Symbol) -> Option<Self> {
        Some(symbol)
    }

    #[inline(always)]
    fn from_byte(byte: u8) -> Self {
        byte.into()
    }
}

/// The number of a code: `u16` for windows of up to 16 bits, `u32` for all that have trees.
pub trait CodeNumber: sealed::Sealed + Copy + Default + Send + Sync {
    /// How many bits the number has.
    const BITS: u32;

    /// The number, cut to [`Self::BITS`] bits.
    fn new(number: u32) -> Self;

    /// The number.
    fn number(self) -> u32;
}

impl CodeNumber for u16 {
    const BITS: u32 = u16::BITS;

    #[inline(always)]
    fn new(number: u32) -> Self {
        number as u16
    }

    #[inline(always)]
    fn number(self) -> u32 {
        self.into()
    }
}

impl CodeNumber for u32 {
    const BITS: u32 = u32::BITS;

    #[inline(always)]
    fn new(number: u32) -> Self {
        number
    }

    #[inline(always)]
    fn number(self) -> u32 {
        self
    }
}
