//! Huffman codes of any distribution: texts come back, no codeword is much longer than it need be, and any bits decode.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mullion_fuzz::coding::{BitWriter, Bits, Cdf, HuffmanCode, Symbol};
use mullion_fuzz::{Result, Unstructured, distribution};

fuzz_target!(|data: &[u8]| {
    let _ = run(Unstructured::new(data));
});

fn run(mut fuzz: Unstructured<'_>) -> Result<()> {
    let symbols = distribution::symbols(&mut fuzz)?.max(2);
    let cdf = distribution::cdf(&mut fuzz, symbols)?;
    let code = HuffmanCode::new(&cdf);
    assert_eq!(code.symbols(), symbols);
    lengths(&code, &cdf);
    let bytes = fuzz.take_rest();
    round_trip(&code, bytes);
    any_bits(&code, bytes);
    Ok(())
}

/// The codewords use up all bits (Kraft), a rarer symbol has none shorter, and the expected length is less than a bit above the
/// entropy.
fn lengths(code: &HuffmanCode, cdf: &Cdf) {
    let symbols = 0..cdf.symbols() as Symbol;
    let shares: u64 = symbols.clone().map(|symbol| 1 << (34 - code.length(symbol))).sum();
    assert_eq!(shares, 1 << 34);
    let mut sorted: Vec<(u32, u32)> =
        symbols.clone().map(|symbol| (cdf.frequency(symbol), code.length(symbol))).collect();
    sorted.sort_by_key(|&(frequency, length)| (frequency, std::cmp::Reverse(length)));
    assert!(sorted.is_sorted_by(|(_, before), (_, after)| before >= after));
    let weight = |symbol: &Symbol| f64::from(cdf.frequency(*symbol)) / f64::from(1u32 << cdf.precision());
    let lost = symbols.map(|symbol| weight(&symbol) * (f64::from(code.length(symbol)) - cdf.cost_bits(symbol)));
    let lost = lost.sum::<f64>();
    assert!((-1e-9..1.0).contains(&lost), "{lost} bits a symbol are lost");
}

fn round_trip(code: &HuffmanCode, bytes: &[u8]) {
    let text: Vec<Symbol> = bytes.iter().map(|&byte| (usize::from(byte) * 3 % code.symbols()) as Symbol).collect();
    let mut writer = BitWriter::new();
    text.iter().for_each(|&symbol| code.encode(symbol, &mut writer));
    let bits = writer.finish();
    assert_eq!(bits.len(), text.iter().map(|&symbol| u64::from(code.length(symbol))).sum::<u64>());
    let mut reader = bits.reader();
    for symbol in text {
        assert_eq!(code.decode(&mut reader), Ok(symbol));
    }
    assert_eq!(reader.remaining(), 0);
}

/// Any bits are codewords up to where one is cut short, and those give the bits again.
fn any_bits(code: &HuffmanCode, bytes: &[u8]) {
    let bits = Bits::from_bytes(bytes.to_vec(), 8 * bytes.len() as u64).expect("whole bytes are bits");
    let mut reader = bits.reader();
    let mut writer = BitWriter::new();
    loop {
        let before = reader.position();
        match code.decode(&mut reader) {
            Ok(symbol) => code.encode(symbol, &mut writer),
            Err(_) => {
                assert_eq!(reader.position(), before);
                break;
            }
        }
        assert_eq!(reader.position(), writer.len());
    }
    assert!(reader.remaining() < 34);
    assert!(writer.finish().iter().eq(bits.iter().take(reader.position() as usize)));
}
