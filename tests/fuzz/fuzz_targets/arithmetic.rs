//! Any distributions and symbols survive arithmetic coding, at the cost they have; any bits decode.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mullion_fuzz::coding::{ArithmeticDecoder, ArithmeticEncoder, BitWriter, Bits, Cdf};
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
    let tail: [u8; 9] = fuzz.arbitrary()?;
    let rest = fuzz.take_rest();

    round_trip(&cdfs, rest, &tail);
    any_bits(&cdfs, rest);
    Ok(())
}

/// Each byte is a symbol, under one distribution after the other.
fn round_trip(cdfs: &[Cdf], text: &[u8], tail: &[u8]) {
    let symbols = || text.iter().zip(cdfs.iter().cycle()).map(|(&byte, cdf)| (distribution::symbol(byte, cdf), cdf));
    let mut encoder = ArithmeticEncoder::new();
    let mut cost = 0.0;
    for (symbol, cdf) in symbols() {
        encoder.push(symbol, cdf);
        cost += cdf.cost_bits(symbol);
    }
    let settled = encoder.settled_bits();
    let bits = encoder.finish();
    assert!(settled <= bits.len());
    assert!(cost - 1e-6 <= bits.len() as f64 && bits.len() as f64 <= cost + 2.001, "{cost} in {} bits", bits.len());
    let mut longer = BitWriter::new();
    longer.append(&bits);
    tail.iter().for_each(|&byte| longer.push(byte.into(), 7));
    for bits in [bits, longer.finish()] {
        let mut decoder = ArithmeticDecoder::new(&bits);
        for (symbol, cdf) in symbols() {
            assert_eq!(decoder.next(cdf), symbol);
        }
    }
}

/// Any bits are some text, whose code begins as they do.
fn any_bits(cdfs: &[Cdf], bytes: &[u8]) {
    let bits = Bits::from_bytes(bytes.to_vec(), 8 * bytes.len() as u64).expect("whole bytes are bits");
    let mut decoder = ArithmeticDecoder::new(&bits);
    let mut encoder = ArithmeticEncoder::new();
    for cdf in cdfs.iter().cycle().take(300) {
        encoder.push(decoder.next(cdf), cdf);
    }
    let settled = encoder.settled_bits();
    let again = encoder.finish();
    for index in 0..settled {
        assert_eq!(again.get(index), Some(bits.get(index).unwrap_or(false)), "bit {index}");
    }
}
