//! Bits cut into tokens of N bits (paper, section 3.4).

use super::bits::{BitWriter, Bits};

/// The widest token, in bits: a vocabulary of 65,536.
pub const MAX_TOKEN_WIDTH: u32 = 16;

/// Why tokens are no string of bits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("token {index} is {token}, outside a vocabulary of {}: the tokens belong to another tokenizer", 1u32 << width)]
    Vocabulary { index: usize, token: u32, width: u32 },
    #[error("{bits} bits take {wanted} tokens of {width} bits, but there are {found}: tokens are missing or left over")]
    Count { bits: u64, width: u32, wanted: u64, found: usize },
}

/// Cuts `bits` into tokens of `width` bits each; the last is padded with zeros.
///
/// # Panics
/// If `width` is not 1 to [`MAX_TOKEN_WIDTH`].
pub fn pack_tokens(bits: &Bits, width: u32) -> Vec<u32> {
    assert_width(width);
    let mut reader = bits.reader();
    let mut tokens = Vec::with_capacity(bits.len().div_ceil(u64::from(width)) as usize);
    loop {
        let count = reader.remaining().min(u64::from(width)) as u32;
        match reader.read(count) {
            Ok(piece) if count > 0 => tokens.push((piece << (width - count)) as u32),
            _ => return tokens,
        }
    }
}

/// Joins tokens of `width` bits each into a string of `bit_len` bits. Padding in the last token is dropped,
/// whatever it is: tokens that a model samples need not be padded with zeros.
///
/// # Errors
/// If a token is outside the vocabulary, or the tokens are not as many as `bit_len` bits take.
///
/// # Panics
/// If `width` is not 1 to [`MAX_TOKEN_WIDTH`].
pub fn unpack_tokens(tokens: &[u32], width: u32, bit_len: u64) -> Result<Bits, TokenError> {
    assert_width(width);
    check_count(tokens, width, bit_len)?;
    let mut writer = BitWriter::new();
    for (index, &token) in tokens.iter().enumerate() {
        if token >> width != 0 {
            return Err(TokenError::Vocabulary { index, token, width });
        }
        let count = (bit_len - writer.len()).min(u64::from(width)) as u32;
        writer.push(u64::from(token) >> (width - count), count);
    }
    Ok(writer.finish())
}

/// The tokens of `width` bits each of windows with these codes of `bits` bits each: [`pack_tokens`] of all their bits.
///
/// # Panics
/// If `width` is not 1 to [`MAX_TOKEN_WIDTH`], or `bits` is above 32.
pub fn pack_codes(codes: &[u32], bits: u32, width: u32) -> Vec<u32> {
    assert_width(width);
    assert!(bits <= u32::BITS, "codes of {bits} bits");
    let mut tokens = Vec::with_capacity((codes.len() as u64 * u64::from(bits)).div_ceil(width.into()) as usize);
    let (mut held, mut count) = (0u64, 0);
    for &code in codes {
        (held, count) = (held << bits | u64::from(code), count + bits);
        while count >= width {
            count -= width;
            tokens.push((held >> count) as u32);
            held &= (1 << count) - 1;
        }
    }
    if count > 0 {
        tokens.push((held << (width - count)) as u32);
    }
    tokens
}

/// The codes of `bits` bits each in tokens of `width` bits each that are `bit_len` bits together; bits after the last whole
/// code are left out.
///
/// # Errors
/// As for [`unpack_tokens`].
///
/// # Panics
/// If `width` is not 1 to [`MAX_TOKEN_WIDTH`], or `bits` is not 1 to 32.
pub fn unpack_codes(tokens: &[u32], width: u32, bit_len: u64, bits: u32) -> Result<Vec<u32>, TokenError> {
    assert_width(width);
    assert!((1..=u32::BITS).contains(&bits), "codes of {bits} bits");
    check_count(tokens, width, bit_len)?;
    let mut codes = Vec::with_capacity((bit_len / u64::from(bits)) as usize);
    let (mut held, mut count) = (0u64, 0);
    for (index, &token) in tokens.iter().enumerate() {
        if token >> width != 0 {
            return Err(TokenError::Vocabulary { index, token, width });
        }
        (held, count) = (held << width | u64::from(token), count + width);
        while count >= bits {
            count -= bits;
            codes.push((held >> count) as u32);
            held &= (1 << count) - 1;
        }
    }
    codes.truncate((bit_len / u64::from(bits)) as usize);
    Ok(codes)
}

fn check_count(tokens: &[u32], width: u32, bits: u64) -> Result<(), TokenError> {
    let (wanted, found) = (bits.div_ceil(width.into()), tokens.len());
    match found as u64 == wanted {
        true => Ok(()),
        false => Err(TokenError::Count { bits, width, wanted, found }),
    }
}

fn assert_width(width: u32) {
    assert!((1..=MAX_TOKEN_WIDTH).contains(&width), "tokens of {width} bits: use 1 to {MAX_TOKEN_WIDTH}");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tokens_are_cut_from_the_front_and_the_last_is_padded() {
        let bits = Bits::from_bytes(vec![0b1010_1100, 0b1000_0000], 9).unwrap();
        assert_eq!(pack_tokens(&bits, 4), [0b1010, 0b1100, 0b1000]);
        assert_eq!(pack_tokens(&bits, 16), [0b1010_1100_1000_0000]);
        assert_eq!(pack_tokens(&bits, 1), [1, 0, 1, 0, 1, 1, 0, 0, 1]);
        assert!(pack_tokens(&Bits::default(), 8).is_empty());
    }

    #[test]
    fn padding_is_dropped_and_damage_is_found() {
        assert_eq!(unpack_tokens(&[0xab, 0xff], 8, 12), unpack_tokens(&[0xab, 0xf0], 8, 12));
        let outside = TokenError::Vocabulary { index: 1, token: 256, width: 8 };
        assert_eq!(unpack_tokens(&[0, 256], 8, 16), Err(outside));
        let count = TokenError::Count { bits: 17, width: 8, wanted: 3, found: 2 };
        assert_eq!(unpack_tokens(&[0, 1], 8, 17), Err(count));
    }

    proptest! {
        #[test]
        fn packing_has_an_inverse(bits in prop::collection::vec(any::<bool>(), 0..200), width in 1..=MAX_TOKEN_WIDTH) {
            let mut writer = BitWriter::new();
            bits.iter().for_each(|&bit| writer.push_bit(bit));
            let bits = writer.finish();
            prop_assert_eq!(unpack_tokens(&pack_tokens(&bits, width), width, bits.len()), Ok(bits));
        }

        #[test]
        fn codes_are_packed_as_their_bits_are(
            codes in prop::collection::vec(any::<u32>(), 0..40), bits in 1..=32u32, width in 1..=MAX_TOKEN_WIDTH
        ) {
            let codes: Vec<u32> = codes.into_iter().map(|code| code >> (32 - bits)).collect();
            let mut writer = BitWriter::new();
            codes.iter().for_each(|&code| writer.push(code.into(), bits));
            let string = writer.finish();
            let tokens = pack_codes(&codes, bits, width);
            prop_assert_eq!(&tokens, &pack_tokens(&string, width));
            prop_assert_eq!(&unpack_codes(&tokens, width, string.len(), bits), &Ok(codes));
        }

        #[test]
        fn codes_are_unpacked_as_bits_are(
            tokens in prop::collection::vec(0..70_000u32, 0..40), bits in 1..=32u32, width in 1..=MAX_TOKEN_WIDTH,
            all: bool, short in 0..40u64,
        ) {
            let tokens: Vec<u32> = tokens.into_iter().map(|token| if all { token } else { token % (1 << width) }).collect();
            let bit_len = (tokens.len() as u64 * u64::from(width)).saturating_sub(short);
            match (unpack_tokens(&tokens, width, bit_len), unpack_codes(&tokens, width, bit_len, bits)) {
                (Ok(string), Ok(codes)) => {
                    let mut reader = string.reader();
                    prop_assert!(codes.iter().all(|&code| reader.read(bits) == Ok(code.into())));
                    prop_assert!(reader.remaining() < bits.into());
                }
                (string, codes) => prop_assert_eq!(string.map(|_| ()), codes.map(|_| ())),
            }
        }
    }
}
