//! A coder on its way, of either kind, as far as it can be looked into.

use crate::coding::{ArithmeticEncoder, Cdf, Division, Extent, Push, Symbol, WindowEncoder};

/// A coder that is followed.
pub(super) enum Walk {
    Window(WindowEncoder),
    /// A stream, of which `first_bit` bits were settled before the passage.
    Stream {
        encoder: ArithmeticEncoder,
        first_bit: u64,
    },
}

impl Walk {
    pub fn extent(&self) -> Extent {
        match self {
            Self::Window(window) => window.extent(),
            Self::Stream { encoder, .. } => encoder.extent(),
        }
    }

    /// What the next symbols make of where the coder stands.
    pub fn parts<'a>(&'a self, cdf: &'a Cdf) -> Parts<'a> {
        match self {
            Self::Window(window) => Parts::Window { division: window.division(cdf), bits: window.shape().bits() },
            Self::Stream { encoder, .. } => Parts::Stream { encoder, cdf },
        }
    }

    /// Takes the byte, if it fits.
    pub fn push(&mut self, byte: u8, cdf: &Cdf) -> bool {
        match self {
            Self::Window(window) => window.push(byte.into(), cdf) == Push::Fits,
            Self::Stream { encoder, .. } => {
                encoder.push(byte.into(), cdf);
                true
            }
        }
    }

    /// Bits of the passage's code that are settled, whatever comes.
    pub fn settled(&self) -> Vec<bool> {
        match self {
            Self::Window(window) => window.extent().common_bits(window.shape().bits().into()),
            Self::Stream { encoder, first_bit } => encoder.settled_from(*first_bit).collect(),
        }
    }

    /// Bits of the passage's code that are settled from the `from`-th on.
    pub fn settled_from(&self, from: u64) -> String {
        match self {
            Self::Window(_) => binary(self.settled().into_iter().skip(from as usize)),
            Self::Stream { encoder, first_bit } => binary(encoder.settled_from(first_bit + from)),
        }
    }

    /// How many they are.
    pub fn settled_bits(&self) -> u64 {
        match self {
            Self::Window(_) => self.settled().len() as u64,
            Self::Stream { encoder, first_bit } => encoder.settled_bits() - first_bit,
        }
    }

    pub fn pending_bits(&self) -> u64 {
        match self {
            Self::Window(_) => 0,
            Self::Stream { encoder, .. } => encoder.pending_bits(),
        }
    }

    /// How many bits the passage's code would take, if it ended here.
    pub fn used_bits(&self) -> u64 {
        match self {
            Self::Window(window) => window.used_bits().into(),
            Self::Stream { encoder, first_bit } => encoder.finished_bits() - first_bit,
        }
    }

    /// The code of a stream that ends with the passage, from the passage's first bit on; of a window, its code.
    pub fn into_code(self) -> String {
        match self {
            Self::Window(window) => window.finish_at_end().code.binary(),
            Self::Stream { encoder, first_bit } => {
                let bits = encoder.finish();
                binary((first_bit..bits.len()).filter_map(|bit| bits.get(bit)))
            }
        }
    }
}

/// What the next symbols make of where a coder stands.
pub(super) enum Parts<'a> {
    Window { division: Division<'a>, bits: u16 },
    Stream { encoder: &'a ArithmeticEncoder, cdf: &'a Cdf },
}

impl Parts<'_> {
    /// The distribution that is coded with.
    pub fn cdf(&self) -> &Cdf {
        match self {
            Self::Window { division, .. } => division.cdf(),
            Self::Stream { cdf, .. } => cdf,
        }
    }

    pub fn has_end_cell(&self) -> bool {
        matches!(self, Self::Window { division, .. } if division.has_end_cell())
    }

    pub fn part(&self, symbol: Symbol) -> Extent {
        match self {
            Self::Window { division, .. } => division.part(symbol),
            Self::Stream { encoder, cdf } => encoder.part(symbol, cdf),
        }
    }

    /// How many bits a window's code would need with the symbol, if it gets any part.
    pub fn needed_bits(&self, symbol: Symbol) -> Option<u16> {
        match self {
            Self::Window { division, .. } => division.needed_bits(symbol),
            Self::Stream { .. } => None,
        }
    }

    pub fn fits(&self, symbol: Symbol) -> bool {
        match self {
            Self::Window { division, bits } => division.needed_bits(symbol).is_some_and(|needed| needed <= *bits),
            Self::Stream { .. } => true,
        }
    }
}

/// Zeros and ones.
fn binary(bits: impl IntoIterator<Item = bool>) -> String {
    bits.into_iter().map(|bit| if bit { '1' } else { '0' }).collect()
}
