//! A model without regularity, and windows opened and closed under it.

use crate::coding::{Cdf, ClosedWindow, Code, Decoded, Push, Symbol, WindowDecoder, WindowEncoder, WindowShape};
use crate::distribution;
use crate::{Result, Unstructured};

/// Sharp distributions make windows of millions of symbols; a case ends here.
pub const MOST_SYMBOLS: usize = 1000;

/// The distribution after a prefix is the fuzzer's weights, turned by as many places as the prefix's hash says, or not turned
/// at all.
pub struct Model {
    weights: Vec<u64>,
    precision: u8,
    turns: bool,
}

impl Model {
    pub fn new(fuzz: &mut Unstructured<'_>, symbols: usize) -> Result<Self> {
        let weights = distribution::weights(fuzz, symbols)?;
        let least = symbols.next_power_of_two().trailing_zeros() as u8;
        Ok(Self { weights, precision: fuzz.int_in_range(least..=24)?, turns: fuzz.arbitrary()? })
    }

    pub fn symbols(&self) -> usize {
        self.weights.len()
    }

    /// The distribution after the prefix with this hash; that of the empty one is 0.
    pub fn cdf(&self, hash: u64) -> Cdf {
        let mut weights = self.weights.clone();
        if self.turns {
            weights.rotate_left((hash % self.weights.len() as u64) as usize);
        }
        Cdf::from_weights(&weights, self.precision).expect("each symbol has room")
    }
}

/// The hash of a prefix with one more symbol.
pub fn longer(hash: u64, symbol: Symbol) -> u64 {
    let mixed = (hash ^ u64::from(symbol + 1)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ mixed >> 29
}

/// One window over the beginning of `text`, as long as the rule lets it be.
pub fn close(text: &[Symbol], shape: WindowShape, model: &Model) -> ClosedWindow {
    let mut encoder = WindowEncoder::new(shape);
    let mut hash = 0;
    for (index, &symbol) in text.iter().enumerate() {
        let cdf = model.cdf(hash);
        let fits = encoder.fits(symbol, &cdf);
        assert!(fits || index > 0, "the first symbol did not fit");
        assert!(!fits || !encoder.is_full_for(symbol, cdf.symbols()), "it was clear that the symbol does not fit");
        assert_eq!(encoder.push(symbol, &cdf), if fits { Push::Fits } else { Push::Full });
        if !fits {
            break;
        }
        assert_eq!(encoder.symbols(), index + 1);
        hash = longer(hash, symbol);
    }
    encoder.finish()
}

/// All windows of a text.
pub fn encode(mut text: &[Symbol], shape: WindowShape, model: &Model) -> Vec<ClosedWindow> {
    let mut windows = Vec::new();
    while !text.is_empty() {
        let window = close(text, shape, model);
        assert!((1..=text.len()).contains(&window.symbols), "no progress");
        assert!(window.used_bits <= shape.bits() && window.code.bits() == shape.bits());
        text = &text[window.symbols..];
        windows.push(window);
    }
    windows
}

/// A code's text and its candidates, or its path where it has none; `None` if it is longer than [`MOST_SYMBOLS`].
pub fn open(code: Code, shape: WindowShape, model: &Model) -> Option<(Vec<Symbol>, Vec<usize>)> {
    let (text, candidates, over) = follow(code, shape, model, MOST_SYMBOLS);
    over.then_some((text, candidates))
}

/// The first symbols of a code's path, `most` at most, the candidates up to there, and whether the window is over.
pub fn follow(code: Code, shape: WindowShape, model: &Model, most: usize) -> (Vec<Symbol>, Vec<usize>, bool) {
    let mut decoder = WindowDecoder::new(shape, code);
    let (mut text, mut hash) = (Vec::new(), 0);
    while !decoder.is_over() && text.len() < most {
        let cdf = model.cdf(hash);
        if decoder.is_certain(cdf.symbols()) {
            let any = Cdf::uniform(cdf.symbols(), cdf.precision()).expect("each symbol has room");
            assert_eq!(decoder.clone().next(&any), decoder.clone().next(&cdf));
        }
        match decoder.next(&cdf) {
            Decoded::Symbol(symbol) => {
                text.push(symbol);
                hash = longer(hash, symbol);
            }
            Decoded::End => assert!(decoder.is_over()),
        }
    }
    assert_eq!(decoder.symbols(), text.len());
    (text, decoder.candidates().to_vec(), decoder.is_over())
}
