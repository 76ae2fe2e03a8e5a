//! Distributions that the fuzzer chooses.

use crate::coding::{ALPHABET, Cdf, MAX_PRECISION, Symbol};
use crate::{Result, Unstructured};

/// How many symbols: few, the bytes, or all.
pub fn symbols(fuzz: &mut Unstructured<'_>) -> Result<usize> {
    Ok(match fuzz.int_in_range(0..=9)? {
        0 => 256,
        1 => ALPHABET,
        few => few,
    })
}

/// Weights of all scales, `count` of them: the fuzzer's for the first few, and those over again.
pub fn weights(fuzz: &mut Unstructured<'_>, count: usize) -> Result<Vec<u64>> {
    let chosen: Vec<u64> =
        (0..fuzz.int_in_range(1..=20)?).map(|_| Ok(fuzz.arbitrary::<u8>()?.into())).collect::<Result<_>>()?;
    // A byte is two bits of a number and where they stand, so that a byte reaches from nothing to 2^63.
    let weight = |byte: &u64| if *byte == 0 { 0 } else { (1 + byte % 4) << (byte / 4).min(60) };
    Ok(chosen.iter().map(weight).cycle().take(count).collect())
}

/// A distribution over `symbols` symbols, of up to [`ALPHABET`].
pub fn cdf(fuzz: &mut Unstructured<'_>, symbols: usize) -> Result<Cdf> {
    let least = symbols.next_power_of_two().trailing_zeros() as u8;
    let precision = fuzz.int_in_range(least.max(1)..=MAX_PRECISION)?;
    let cdf = Cdf::from_weights(&weights(fuzz, symbols)?, precision);
    Ok(cdf.expect("any weights make a distribution where each symbol has room"))
}

/// A byte as a symbol: the ends of the alphabet are as likely as all that lies between.
pub fn symbol(byte: u8, cdf: &Cdf) -> Symbol {
    let last = cdf.symbols() - 1;
    let symbol = match byte {
        0..64 => 0,
        64..128 => last,
        _ => usize::from(byte - 128) * 2 % cdf.symbols(),
    };
    symbol as Symbol
}
