//! For tests: a model without regularity, and windows opened and closed under it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use proptest::prelude::*;

use super::{ClosedWindow, Decoded, Push, Termination, WindowDecoder, WindowEncoder, WindowShape};
use crate::coding::{ALPHABET, BitWriter, Cdf, Code, Symbol};

/// A model that depends on the whole prefix, by hashing it: no regularity for a coder to lean on.
pub(super) struct Model {
    rule: Rule,
    known: RefCell<HashMap<Vec<Symbol>, Rc<Cdf>>>,
}

#[derive(Debug)]
enum Rule {
    Constant(Cdf),
    /// Weights are 2^0 to 2^spread: 0 is uniform; from about 12 on, some symbols cost next to nothing.
    Hashed {
        seed: u64,
        symbols: usize,
        precision: u8,
        spread: u64,
    },
}

impl fmt::Debug for Model {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rule.fmt(formatter)
    }
}

impl Model {
    pub(super) fn hashed(seed: u64, symbols: usize, precision: u8, spread: u64) -> Self {
        Self { rule: Rule::Hashed { seed, symbols, precision, spread }, known: RefCell::default() }
    }

    /// The same distribution everywhere.
    pub(super) fn constant(weights: &[u64], precision: u8) -> Self {
        Self { rule: Rule::Constant(Cdf::from_weights(weights, precision).unwrap()), known: RefCell::default() }
    }

    pub(super) fn after(&self, prefix: &[Symbol]) -> Rc<Cdf> {
        if let Some(cdf) = self.known.borrow().get(prefix) {
            return Rc::clone(cdf);
        }
        let cdf = Rc::new(match self.rule {
            Rule::Constant(ref cdf) => cdf.clone(),
            Rule::Hashed { seed, symbols, precision, spread } => {
                let mut state = prefix.iter().fold(seed, |state, &symbol| scrambled(state ^ u64::from(symbol + 1)));
                let weights: Vec<u64> = (0..symbols)
                    .map(|_| {
                        state = scrambled(state);
                        1 << (state % (spread + 1))
                    })
                    .collect();
                Cdf::from_weights(&weights, precision).unwrap()
            }
        });
        self.known.borrow_mut().insert(prefix.to_vec(), Rc::clone(&cdf));
        cdf
    }

    /// A text that the model finds likely, window by window: each symbol is at a random point of its distribution,
    /// and one of `wild` in 256 is from anywhere.
    pub(super) fn text(&self, shape: WindowShape, points: &[(u32, u8)], wild: u8) -> Vec<Symbol> {
        let (mut text, mut start) = (Vec::new(), 0);
        let mut encoder = WindowEncoder::new(shape);
        for &(point, kind) in points {
            let mut cdf = self.after(&text[start..]);
            let symbol = match kind < wild {
                true => (point as usize % cdf.symbols()) as Symbol,
                false => cdf.find(point >> (32 - cdf.precision())),
            };
            if encoder.push(symbol, &cdf) == Push::Full {
                encoder = WindowEncoder::new(shape);
                start = text.len();
                cdf = self.after(&[]);
                encoder.push(symbol, &cdf);
            }
            text.push(symbol);
        }
        text
    }
}

/// SplitMix64.
pub(super) fn scrambled(state: u64) -> u64 {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ state >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ state >> 31
}

/// One window over the beginning of `text`, as long as the rule lets it be.
pub(super) fn close(text: &[Symbol], shape: WindowShape, model: &Model) -> ClosedWindow {
    let mut encoder = WindowEncoder::new(shape);
    for (index, &symbol) in text.iter().enumerate() {
        let cdf = model.after(&text[..index]);
        let fits = encoder.fits(symbol, &cdf);
        assert!(fits || index > 0, "the first symbol did not fit");
        assert!(!fits || !encoder.is_full_for(symbol, cdf.symbols()), "it was clear that the symbol does not fit");
        assert_eq!(encoder.push(symbol, &cdf), if fits { Push::Fits } else { Push::Full });
        if !fits {
            return encoder.finish();
        }
        assert_eq!(encoder.symbols(), index + 1);
    }
    encoder.finish_at_end()
}

pub(super) fn encode(mut text: &[Symbol], shape: WindowShape, model: &Model) -> Vec<ClosedWindow> {
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

/// The text of one code and its candidates; of its path, where it has none.
pub(super) fn open(code: Code, shape: WindowShape, model: &Model) -> (Vec<Symbol>, Vec<usize>) {
    let mut decoder = WindowDecoder::new(shape, code);
    let mut text = Vec::new();
    while !decoder.is_over() {
        let cdf = model.after(&text);
        if decoder.is_certain(cdf.symbols()) {
            let any = Cdf::uniform(cdf.symbols(), cdf.precision()).unwrap();
            assert_eq!(decoder.clone().next(&any), decoder.clone().next(&cdf));
        }
        match decoder.next(&cdf) {
            Decoded::Symbol(symbol) => text.push(symbol),
            Decoded::End => assert!(decoder.is_over()),
        }
    }
    assert_eq!(decoder.next(&model.after(&text)), Decoded::End);
    assert_eq!(decoder.symbols(), text.len());
    (text, decoder.candidates().to_vec())
}

pub(super) fn decode(windows: &[ClosedWindow], shape: WindowShape, model: &Model, symbols: usize) -> Vec<Symbol> {
    let mut text: Vec<Symbol> = windows.iter().flat_map(|window| open(window.code, shape, model).0).collect();
    text.truncate(symbols);
    text
}

pub(super) fn shape(bits: u16, termination: Termination) -> WindowShape {
    WindowShape::new(bits, termination).unwrap()
}

pub(super) fn snapped(bits: u16, snap: u8) -> WindowShape {
    WindowShape::snapped(bits, snap).unwrap()
}

/// Every code of `bits` bits, of at most 16.
pub(super) fn codes(bits: u16) -> impl Iterator<Item = Code> {
    (0..1u64 << bits).map(move |number| Code::from_u64(number, bits).unwrap())
}

/// Models of every kind: sharp and flat, small alphabets and whole ones, fine and coarse.
pub(super) fn models() -> impl Strategy<Value = Model> {
    let symbols = prop_oneof![2..6usize, Just(256), Just(ALPHABET)];
    (any::<u64>(), symbols, 9..=24u8, 0..40u64)
        .prop_map(|(seed, symbols, precision, spread)| Model::hashed(seed, symbols, precision, spread))
}

pub(super) fn any_code(bits: u16) -> impl Strategy<Value = Code> {
    any::<[u64; 4]>().prop_map(move |limbs| {
        let mut writer = BitWriter::new();
        limbs.iter().for_each(|&limb| writer.push(limb, 64));
        Code::read(&mut writer.finish().reader(), bits).unwrap()
    })
}

pub(super) fn points() -> impl Strategy<Value = Vec<(u32, u8)>> {
    prop::collection::vec(any::<(u32, u8)>(), 0..60)
}
