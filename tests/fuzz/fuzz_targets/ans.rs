//! Any distributions and symbols survive asymmetric numeral systems, and any bits decode.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mullion_fuzz::coding::{AnsDecoder, AnsEncoder, Bits, Cdf, Symbol, ans_encode};
use mullion_fuzz::{Result, Unstructured, distribution};

fuzz_target!(|data: &[u8]| {
    let _ = run(Unstructured::new(data));
});

fn run(mut fuzz: Unstructured<'_>) -> Result<()> {
    let cdfs = (0..fuzz.int_in_range(1..=4)?).map(|_| {
        let symbols = distribution::symbols(&mut fuzz)?.max(2);
        distribution::cdf(&mut fuzz, symbols)
    });
    let cdfs = cdfs.collect::<Result<Vec<Cdf>>>()?;
    let cut = fuzz.int_in_range(0..=7)?;
    let bytes = fuzz.take_rest();

    let text: Vec<(Symbol, &Cdf)> =
        bytes.iter().zip(cdfs.iter().cycle()).map(|(&byte, cdf)| (distribution::symbol(byte, cdf), cdf)).collect();
    round_trip(&text);

    let length = (8 * bytes.len() as u64).saturating_sub(cut);
    let bits = Bits::from_bytes(bytes[..length.div_ceil(8) as usize].to_vec(), length).expect("just as many bytes");
    any_bits(&bits, &cdfs);
    Ok(())
}

fn round_trip(text: &[(Symbol, &Cdf)]) {
    let mut encoder = AnsEncoder::new();
    text.iter().for_each(|&(symbol, cdf)| encoder.push(symbol, cdf));
    let bits = encoder.finish();
    assert_eq!(ans_encode(text.iter().copied()), bits);
    let cost: f64 = text.iter().map(|&(symbol, cdf)| cdf.cost_bits(symbol)).sum();
    // Up to 24 bits are lost once, and below 2^-8 a symbol after that. There is no least: while the state is below a symbol's
    // frequency and the symbol is the first of the alphabet, coding it leaves the state as it is.
    let most = cost + 25.0 + text.len() as f64 / 256.0;
    assert!(bits.len() as f64 <= most, "{cost} in {} bits", bits.len());
    let mut decoder = AnsDecoder::new(&bits);
    for &(symbol, cdf) in text {
        assert_eq!(decoder.next(cdf), symbol);
    }
}

/// Any bits are the beginning of some text.
fn any_bits(bits: &Bits, cdfs: &[Cdf]) {
    let mut decoder = AnsDecoder::new(bits);
    let text: Vec<(Symbol, &Cdf)> = cdfs.iter().cycle().take(300).map(|cdf| (decoder.next(cdf), cdf)).collect();
    round_trip(&text);
}
