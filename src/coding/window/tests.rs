//! Windows over every code there is, over texts of all kinds, and as worked out by hand.

use std::collections::HashSet;

use proptest::prelude::*;

use super::model::{Model, any_code, close, codes, decode, encode, models, open, points, shape};
use super::*;
use crate::coding::{ALPHABET, Cdf, Code, Symbol};

mod literal;
mod words;

const ALL: [Termination; 3] = [Termination::Exact, Termination::Greedy, Termination::Delay];

#[test]
fn shapes_have_bounds_and_know_their_alphabet() {
    assert_eq!(WindowShape::new(7, Termination::Exact), Err(ShapeError::Bits(7)));
    assert_eq!(WindowShape::new(257, Termination::Exact), Err(ShapeError::Bits(257)));
    assert_eq!([8, 9, 256].map(|bits| shape(bits, Termination::Exact).alphabet()), [256, 257, 257]);
}

#[test]
fn an_empty_window_holds_nothing() {
    for termination in ALL {
        let window = WindowEncoder::new(shape(16, termination)).finish();
        assert_eq!((window.symbols, window.used_bits, window.padding_bits()), (0, 0, 16));
    }
}

#[test]
fn windows_of_eight_bits_are_bytes() {
    let model = Model::hashed(1, 256, 16, 20);
    for termination in ALL {
        let shape = shape(8, termination);
        for byte in 0..256 {
            assert_eq!(open(Code::from_u64(byte, 8).unwrap(), shape, &model), (vec![byte as Symbol], vec![1]));
            let window = close(&[byte as Symbol, 0], shape, &model);
            assert_eq!((window.code.to_u64(), window.symbols, window.used_bits), (Some(byte), 1, 8));
        }
    }
}

/// Worked by hand: 256 cells; `a`, `b` and `c` weigh 1, 1 and 2 everywhere.
#[test]
fn a_small_window_comes_out_as_worked_by_hand() {
    let cdf = Cdf::from_weights(&[1, 1, 2], 2).unwrap();
    let walk = |text: &[Symbol]| {
        let mut encoder = WindowEncoder::new(shape(8, Termination::Exact));
        let fits = text.iter().filter(|&&symbol| encoder.push(symbol, &cdf) == Push::Fits).count();
        let full = encoder.is_full();
        let window = encoder.finish();
        (window.code.to_u64().unwrap(), window.used_bits, fits, full)
    };
    // c is cells 128 to 255; ca 128 to 159; caa 128 to 135; caab 130 and 131. Two cells do not serve three
    // symbols, so 130 ends caab and 131 is split: ⌊1·1/4⌋ and ⌊1·2/4⌋ are 0, so only c fits.
    assert_eq!(walk(&[2]), (128, 1, 1, false));
    assert_eq!(walk(&[2, 0, 0]), (128, 5, 3, false));
    assert_eq!(walk(&[2, 0, 0, 1]), (130, 7, 4, false));
    assert_eq!(walk(&[2, 0, 0, 1, 0]), (130, 7, 4, false));
    assert_eq!(walk(&[2, 0, 0, 1, 2]), (131, 8, 5, true));
}

#[test]
fn two_cells_take_only_the_last_symbol_whatever_the_distribution() {
    let model = Model::hashed(9, ALPHABET, 16, 20);
    let (shape, mut seen) = (shape(10, Termination::Exact), 0);
    for code in codes(10) {
        let (text, _) = open(code, shape, &model);
        let mut encoder = WindowEncoder::new(shape);
        for (index, &symbol) in text.iter().enumerate() {
            assert_eq!(encoder.push(symbol, &model.after(&text[..index])), Push::Fits);
        }
        let fits = |symbol| encoder.fits(symbol, &model.after(&text));
        let clear = |symbol: &Symbol| encoder.is_full_for(*symbol, ALPHABET);
        let open: Vec<Symbol> = (0..ALPHABET as Symbol).filter(|symbol| !clear(symbol)).collect();
        match encoder.used_bits() {
            10 => assert!(open.is_empty()),
            9 if open.len() == 1 => {
                seen += 1;
                assert!(open == [256] && fits(256));
            }
            _ => assert_eq!(open.len(), ALPHABET),
        }
    }
    assert!(seen > 20, "{seen}");
}

/// Two cells serve two symbols of one weight, so no window ends before all bits are used.
#[test]
fn windows_of_coin_tosses_are_the_tosses() {
    let model = Model::constant(&[1, 1], 1);
    let tosses = [1, 0, 1, 1, 0, 0, 1, 0, 1];
    for rule in ALL {
        let window = close(&tosses, shape(8, rule), &model);
        let symbols = if rule == Termination::Delay { 7 } else { 8 };
        assert_eq!((window.code.to_u64(), window.symbols), (Some(0b1011_0010), symbols));
    }
}

/// Worked by hand again: these weights make every interval aligned, and `a`s add only zeros.
#[test]
fn a_greedy_window_is_ambiguous_where_symbols_add_only_zeros() {
    let model = Model::constant(&[1, 1, 2], 2);
    let [greedy, delay] = [Termination::Greedy, Termination::Delay].map(|rule| shape(8, rule));
    let code = Code::from_u64(0b1000_0000, 8).unwrap();
    for length in 1..6 {
        // c takes one bit and each a two; c, ca, caa and caaa are all 1 and zeros, and a fourth a needs 9 bits.
        let text = &[2, 0, 0, 0, 0, 0][..length];
        let window = close(text, greedy, &model);
        assert_eq!((window.code, window.symbols), (code, length.min(4)));
        assert_eq!(usize::from(window.used_bits), 2 * length.min(4) - 1);
        let window = close(text, delay, &model);
        assert_eq!((window.code, window.symbols, window.used_bits), (code, 1, 1));
    }
    assert_eq!(open(code, greedy, &model), (vec![2, 0, 0, 0], vec![1, 2, 3, 4]));
    assert_eq!(open(code, delay, &model), (vec![2], vec![1]));
}

/// The codes of one text under one model do not change: they are kept in files. (A second implementation, in another
/// language and with numbers of any size, gives the same.)
#[test]
fn codes_stay_what_they_are() {
    let model = Model::hashed(240_403_626, ALPHABET, 16, 40);
    let points: Vec<_> = (0..24u32).map(|index| (index.wrapping_mul(0x9e37_79b9), 255)).collect();
    let written = |bits, termination| {
        let shape = shape(bits, termination);
        let windows = encode(&model.text(shape, &points, 8), shape, &model);
        let windows = windows.iter().map(|window| format!("{}/{}", window.code.hex(), window.symbols));
        windows.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        written(24, Termination::Exact),
        "00027e/3 d44987/5 ff7578/2 0eb1cb/2 3bf278/4 fb711f/4 4beefa/2 a94237/2"
    );
    assert_eq!(
        written(24, Termination::Greedy),
        "00027f/3 d44987/5 ff7580/2 0eb1cc/2 3bf27a/4 fb7120/4 4bee00/1 fd5e98/2 3b2b00/1"
    );
    assert_eq!(written(40, Termination::Delay), "0002804023/6 bec5a95f14/7 00ac1ce6f3/7 5419d00000/4");
    assert_eq!(written(128, Termination::Exact), "00028040244e66cdfb263fd483ceb853/24");
    assert_eq!(
        written(256, Termination::Greedy),
        "00028040244e66cdfb263fd483cec00000000000000000000000000000000000/24"
    );
}

/// Every code of every short window: decoded to one text, of which the encoder makes that code again, as it closes
/// at any symbol that does not fit.
#[test]
fn exact_codes_and_texts_are_in_bijection() {
    for bits in 8..=12 {
        for (seed, symbols, spread) in [(1, 256, 0), (2, 256, 12), (3, 256, 30), (4, 5, 9), (5, 2, 14), (6, 2, 0)] {
            let (shape, model) = (shape(bits, Termination::Exact), Model::hashed(seed, symbols, 16, spread));
            let mut texts = HashSet::new();
            for code in codes(bits) {
                let (text, candidates) = open(code, shape, &model);
                assert!(!text.is_empty());
                assert_eq!(candidates, [text.len()]);
                let window = close(&text, shape, &model);
                assert_eq!((window.code, window.symbols), (code, text.len()));
                assert!(texts.insert(text), "two codes for one text");
            }
        }
    }
}

/// Every code under the paper's rules: what an encoder can have written is among the candidates.
#[test]
fn greedy_and_delayed_codes_know_who_can_have_written_them() {
    for bits in 8..=11 {
        for (seed, symbols, spread) in [(1, 256, 10), (2, 5, 9), (3, 2, 14), (4, 3, 0)] {
            let model = Model::hashed(seed, symbols, 16, spread);
            let [greedy, delay] = [Termination::Greedy, Termination::Delay].map(|rule| shape(bits, rule));
            for code in codes(bits) {
                let (path, candidates) = open(code, greedy, &model);
                assert!(!path.is_empty());
                for length in 1..=path.len() {
                    let window = close(&path[..length], greedy, &model);
                    assert_eq!(window.symbols, length);
                    assert_eq!(window.code == code, candidates.contains(&length));
                }
                let (text, owner) = open(code, delay, &model);
                assert_eq!(owner, candidates.iter().take(1).copied().collect::<Vec<_>>());
                assert_eq!(text, path[..owner.first().copied().unwrap_or(path.len())]);
            }
        }
    }
}

/// What a decoder that looks ahead can know of a greedy window: its candidates after which `next` does not fit.
fn resolved(code: Code, next: Symbol, shape: WindowShape, model: &Model) -> Vec<usize> {
    let (path, candidates) = open(code, shape, model);
    let closes = |&length: &usize| {
        let text: Vec<Symbol> = path[..length].iter().copied().chain([next]).collect();
        close(&text, shape, model).symbols == length
    };
    candidates.into_iter().filter(closes).collect()
}

proptest! {
    #[test]
    fn exact_and_delayed_windows_decode_to_their_text(
        model in models(), bits in 8..=256u16, points in points(), wild in prop_oneof![Just(0u8), Just(20), Just(255)]
    ) {
        for rule in [Termination::Exact, Termination::Delay] {
            let shape = shape(bits, rule);
            prop_assume!(shape.alphabet() >= model.after(&[]).symbols());
            let text = model.text(shape, &points, wild);
            let windows = encode(&text, shape, &model);
            prop_assert_eq!(decode(&windows, shape, &model, text.len()), text);
            // Only the last window needs the number of symbols, and only under the exact rule.
            let closed = windows.len() - usize::from(rule == Termination::Exact && !windows.is_empty());
            for window in &windows[..closed] {
                let (text, candidates) = open(window.code, shape, &model);
                prop_assert_eq!((text.len(), candidates), (window.symbols, vec![window.symbols]));
            }
        }
    }

    #[test]
    fn greedy_windows_are_among_what_looking_ahead_leaves(
        model in models(), bits in 8..=256u16, points in points(), wild in prop_oneof![Just(0u8), Just(20), Just(255)]
    ) {
        let shape = shape(bits, Termination::Greedy);
        prop_assume!(shape.alphabet() >= model.after(&[]).symbols());
        let text = model.text(shape, &points, wild);
        let mut start = 0;
        for window in encode(&text, shape, &model) {
            let (path, candidates) = open(window.code, shape, &model);
            prop_assert_eq!(&path[..window.symbols], &text[start..][..window.symbols]);
            prop_assert!(candidates.contains(&window.symbols));
            start += window.symbols;
            if let Some(&next) = text.get(start) {
                prop_assert!(resolved(window.code, next, shape, &model).contains(&window.symbols));
            }
        }
    }

    #[test]
    fn any_code_of_any_length_decodes(
        (bits, code) in (8..=256u16).prop_flat_map(|bits| (Just(bits), any_code(bits))), seed: u64, spread in 0..20u64
    ) {
        let model = Model::hashed(seed, 256, 16, spread);
        for rule in ALL {
            let shape = shape(bits, rule);
            let (text, candidates) = open(code, shape, &model);
            prop_assert!(!text.is_empty());
            if rule == Termination::Exact {
                prop_assert_eq!(&candidates, &[text.len()]);
            }
            for length in candidates {
                let window = close(&text[..length], shape, &model);
                prop_assert_eq!((window.code, window.symbols), (code, length));
            }
        }
    }

    /// A sequence that nobody wrote is a text all the same, which the encoder may cut into other windows.
    #[test]
    fn any_sequence_of_exact_codes_is_a_text(
        (bits, codes) in (8..=256u16).prop_flat_map(|bits| (Just(bits), prop::collection::vec(any_code(bits), 0..8))),
        seed: u64
    ) {
        let (shape, model) = (shape(bits, Termination::Exact), Model::hashed(seed, 256, 16, 16));
        let text: Vec<Symbol> = codes.iter().flat_map(|&code| open(code, shape, &model).0).collect();
        let windows = encode(&text, shape, &model);
        prop_assert_eq!(decode(&windows, shape, &model, text.len()), text);
    }
}
