//! The code of one window: a string of 8 to 256 bits, which is also a number.

use std::fmt;

use super::bits::{BitReader, BitWriter, BitsError};

/// How many 64-bit limbs a code has.
pub(super) const CODE_LIMBS: usize = 4;

/// The code of one window. Codes compare by length, then as numbers, which is also their order as strings.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    bits: u16,
    /// The number, highest limb first.
    limbs: [u64; CODE_LIMBS],
}

impl Code {
    /// The code of `bits` bits that is this number; `None` if the number is too large, or `bits` above 256.
    pub fn from_u64(value: u64, bits: u16) -> Option<Self> {
        let fits = bits <= 64 * CODE_LIMBS as u16 && (bits >= 64 || value >> bits == 0);
        fits.then_some(Self { bits, limbs: [0, 0, 0, value] })
    }

    /// The code of `bits` bits that is this number, lowest limb first.
    pub(super) fn from_limbs(mut limbs: [u64; CODE_LIMBS], bits: u16) -> Self {
        limbs.reverse();
        Self { bits, limbs }
    }

    /// The number, lowest limb first.
    pub(super) fn limbs(&self) -> [u64; CODE_LIMBS] {
        let mut limbs = self.limbs;
        limbs.reverse();
        limbs
    }

    /// How many bits the code has.
    pub fn bits(&self) -> u16 {
        self.bits
    }

    /// Bit `index`, from 0, the highest: the order in which bits are written.
    ///
    /// # Panics
    /// If `index` is not below [`Self::bits`].
    pub fn bit(&self, index: u16) -> bool {
        assert!(index < self.bits, "bit {index} of a code of {} bits", self.bits);
        let place = usize::from(self.bits - 1 - index);
        self.limbs[CODE_LIMBS - 1 - place / 64] >> (place % 64) & 1 == 1
    }

    /// The number, if the code has at most 64 bits.
    pub fn to_u64(&self) -> Option<u64> {
        (self.bits <= 64).then_some(self.limbs[CODE_LIMBS - 1])
    }

    /// The number in hexadecimal, ⌈bits / 4⌉ digits.
    pub fn hex(&self) -> String {
        let digits: String = self.limbs.iter().map(|limb| format!("{limb:016x}")).collect();
        digits[digits.len() - usize::from(self.bits.div_ceil(4))..].to_owned()
    }

    /// The bits as zeros and ones.
    pub fn binary(&self) -> String {
        (0..self.bits).map(|index| if self.bit(index) { '1' } else { '0' }).collect()
    }

    /// Appends the bits.
    pub fn write(&self, writer: &mut BitWriter) {
        for (count, limb) in pieces(self.bits) {
            writer.push(self.limbs[limb], count);
        }
    }

    /// Reads a code of `bits` bits.
    ///
    /// # Errors
    /// If fewer are left.
    ///
    /// # Panics
    /// If `bits` is above 256.
    pub fn read(reader: &mut BitReader<'_>, bits: u16) -> Result<Self, BitsError> {
        assert!(bits <= 64 * CODE_LIMBS as u16, "codes have at most 256 bits, not {bits}");
        let mut limbs = [0; CODE_LIMBS];
        for (count, limb) in pieces(bits) {
            limbs[limb] = reader.read(count)?;
        }
        Ok(Self { bits, limbs })
    }
}

/// The limbs that `bits` bits take, highest first, and how many of them each holds.
fn pieces(bits: u16) -> impl Iterator<Item = (u32, usize)> {
    let bits = u32::from(bits);
    let used = bits.div_ceil(64);
    (0..used).rev().map(move |limb| ((bits - 64 * limb).min(64), CODE_LIMBS - 1 - limb as usize))
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.binary())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Code({} bits, 0x{})", self.bits, self.hex())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_show_as_many_digits_as_they_have() {
        let code = Code::from_u64(0b1_0010_1100, 9).unwrap();
        assert_eq!((code.hex(), code.binary(), code.to_string()), ("12c".into(), "100101100".into(), code.binary()));
        assert_eq!((code.bit(0), code.bit(1), code.bit(8)), (true, false, false));
        assert_eq!(format!("{code:?}"), "Code(9 bits, 0x12c)");
        assert_eq!(Code::from_u64(1, 256).unwrap().hex(), format!("{:064x}", 1));
        assert_eq!((Code::from_u64(512, 9), Code::from_u64(0, 257)), (None, None));
        assert_eq!(Code::from_u64(u64::MAX, 64).unwrap().to_u64(), Some(u64::MAX));
        assert_eq!(Code::from_u64(7, 65).unwrap().to_u64(), None);
    }

    proptest! {
        #[test]
        fn codes_are_written_and_read_as_strings(limbs: [[u64; CODE_LIMBS]; 2], bits in 8..=256u16, before in 0..8u32) {
            let [code, other] = limbs.map(|limbs| {
                let mut writer = BitWriter::new();
                limbs.iter().for_each(|&limb| writer.push(limb, 64));
                Code::read(&mut writer.finish().reader(), bits).unwrap()
            });
            let mut writer = BitWriter::new();
            writer.push(0, before);
            code.write(&mut writer);
            let written = writer.finish();
            let string: String = written.iter().skip(before as usize).map(|bit| if bit { '1' } else { '0' }).collect();
            prop_assert_eq!(code.binary(), string);

            let mut reader = written.reader();
            reader.read(before).unwrap();
            prop_assert_eq!(Code::read(&mut reader, bits).unwrap(), code);
            prop_assert!(Code::read(&mut reader, bits).is_err());
            prop_assert_eq!(Code::from_limbs(code.limbs(), bits), code);
            prop_assert_eq!(code.cmp(&other), code.binary().cmp(&other.binary()));
            prop_assert_eq!(code.to_u64(), u64::from_str_radix(&code.binary(), 2).ok().filter(|_| bits <= 64));
        }
    }
}
