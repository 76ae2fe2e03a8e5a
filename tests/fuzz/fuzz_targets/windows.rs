//! Windows of any shape under any model: the properties of `src/coding/window/tests.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mullion_fuzz::coding::{BitReader, BitWriter, Code, Push, Symbol, Termination, WindowEncoder, WindowShape};
use mullion_fuzz::model::{MOST_SYMBOLS, Model, close, encode, follow, longer, open};
use mullion_fuzz::{Result, Unstructured, distribution};

fuzz_target!(|data: &[u8]| {
    let _ = run(Unstructured::new(data));
});

fn run(mut fuzz: Unstructured<'_>) -> Result<()> {
    let termination = *fuzz.choose(&[Termination::Exact, Termination::Greedy, Termination::Delay])?;
    let shape = WindowShape::new(fuzz.int_in_range(8..=256)?, termination).expect("8 to 256 bits");
    let symbols = distribution::symbols(&mut fuzz)?.clamp(2, shape.alphabet());
    let model = Model::new(&mut fuzz, symbols)?;
    let limbs: [u64; 4] = fuzz.arbitrary()?;
    let mut writer = BitWriter::new();
    limbs.iter().for_each(|&limb| writer.push(limb, 64));
    let bits = writer.finish();
    any_code(read_code(&mut bits.reader(), shape), shape, &model);
    if termination == Termination::Exact {
        any_sequence(&mut bits.reader(), shape, &model);
    }
    let text = text(fuzz.take_rest(), shape, &model);
    match termination {
        Termination::Exact | Termination::Delay => decodes(&text, shape, &model),
        Termination::Greedy => is_among_what_looking_ahead_leaves(&text, shape, &model),
    }
    Ok(())
}

fn read_code(reader: &mut BitReader<'_>, shape: WindowShape) -> Code {
    Code::read(reader, shape.bits()).expect("there are 256 bits")
}

/// A byte is a symbol: one at a point of its distribution, or one from anywhere.
fn text(bytes: &[u8], shape: WindowShape, model: &Model) -> Vec<Symbol> {
    let (mut text, mut hash) = (Vec::new(), 0);
    let mut encoder = WindowEncoder::new(shape);
    for &byte in &bytes[..bytes.len().min(MOST_SYMBOLS)] {
        let mut cdf = model.cdf(hash);
        let symbol = match byte {
            0..192 => cdf.find((u64::from(byte) * (1 << cdf.precision()) / 192) as u32),
            _ => (usize::from(byte - 192) * 7 % model.symbols()) as Symbol,
        };
        if encoder.push(symbol, &cdf) == Push::Full {
            (encoder, hash) = (WindowEncoder::new(shape), 0);
            cdf = model.cdf(hash);
            assert_eq!(encoder.push(symbol, &cdf), Push::Fits, "an empty window takes any symbol");
        }
        hash = longer(hash, symbol);
        text.push(symbol);
    }
    text
}

fn any_code(code: Code, shape: WindowShape, model: &Model) {
    let Some((text, candidates)) = open(code, shape, model) else {
        return;
    };
    assert!(!text.is_empty());
    if shape.termination() == Termination::Exact {
        assert_eq!(candidates, [text.len()]);
    }
    for length in candidates {
        let window = close(&text[..length], shape, model);
        assert_eq!((window.code, window.symbols), (code, length));
    }
}

/// Codes that nobody wrote are a text all the same, which the encoder may cut into other windows.
fn any_sequence(reader: &mut BitReader<'_>, shape: WindowShape, model: &Model) {
    let mut text = Vec::new();
    while reader.remaining() >= shape.bits().into() && text.len() < MOST_SYMBOLS {
        let (window, _, over) = follow(read_code(reader, shape), shape, model, MOST_SYMBOLS);
        text.extend(window);
        if !over {
            break;
        }
    }
    decodes(&text, shape, model);
}

fn decodes(text: &[Symbol], shape: WindowShape, model: &Model) {
    let windows = encode(text, shape, model);
    let mut start = 0;
    for (index, window) in windows.iter().enumerate() {
        let own = &text[start..][..window.symbols];
        let (found, candidates, over) = follow(window.code, shape, model, window.symbols + 1);
        assert!(found.starts_with(own));
        // Only the last window needs the number of symbols, and only under the exact rule.
        if index + 1 < windows.len() || shape.termination() == Termination::Delay {
            assert!(over && found == own && candidates == [own.len()]);
        }
        start += window.symbols;
    }
    assert_eq!(start, text.len());
}

fn is_among_what_looking_ahead_leaves(text: &[Symbol], shape: WindowShape, model: &Model) {
    let mut start = 0;
    for window in encode(text, shape, model) {
        let own = &text[start..][..window.symbols];
        let (path, candidates, _) = follow(window.code, shape, model, window.symbols);
        assert!(path == own && candidates.contains(&own.len()));
        start += window.symbols;
        if let Some(&next) = text.get(start) {
            let with_next: Vec<Symbol> = own.iter().copied().chain([next]).collect();
            assert_eq!(close(&with_next, shape, model).symbols, own.len(), "the next symbol fits after all");
        }
    }
}
