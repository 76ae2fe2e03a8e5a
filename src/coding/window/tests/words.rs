//! Windows that end with words: over every code there is, against the rule by its words, and as worked out by hand.

use std::collections::HashSet;

use proptest::prelude::*;

use super::super::model::{Model, any_code, close, codes, decode, encode, open, points, shape, snapped};
use super::super::*;
use crate::coding::{ALPHABET, Code, Symbol};

/// Tab, line feed, carriage return, space, end-of-document.
const WORD_ENDS: [Symbol; 5] = [9, 10, 13, 32, 256];

fn ends_word(text: &[Symbol]) -> bool {
    text.last().is_some_and(|symbol| WORD_ENDS.contains(symbol))
}

#[test]
fn shapes_end_up_to_sixteen_bits_early_but_never_by_all() {
    assert_eq!(WindowShape::snapped(16, 0), WindowShape::new(16, Termination::Exact));
    assert_eq!(snapped(16, 3).snap(), 3);
    assert_ne!(snapped(16, 3), shape(16, Termination::Exact));
    assert!(WindowShape::snapped(8, 7).is_ok() && WindowShape::snapped(256, 16).is_ok());
    assert_eq!(WindowShape::snapped(8, 8), Err(ShapeError::Snap { bits: 8, snap: 8 }));
    assert_eq!(WindowShape::snapped(256, 17), Err(ShapeError::Snap { bits: 256, snap: 17 }));
    assert_eq!(WindowShape::snapped(7, 0), Err(ShapeError::Bits(7)));
    let message = WindowShape::snapped(10, 12).unwrap_err().to_string();
    assert!(message.contains("10 bits") && message.contains("at most 9"), "{message}");
}

/// Worked by hand: 256 cells; symbols 0 to 8 weigh 1 of 16 each, and 9, the tab, the other 7.
#[test]
fn a_small_window_comes_out_as_worked_by_hand() {
    let model = Model::constant(&[1, 1, 1, 1, 1, 1, 1, 1, 1, 7], 4);
    let close = |text: &[Symbol], snap| {
        let window = close(text, snapped(8, snap), &model);
        (window.code.to_u64().unwrap(), window.symbols, window.used_bits)
    };
    // 0 is cells 0 to 15, and 0 tab is 9 to 15. Those 7 do not serve ten symbols, so 9 is the end cell, and 6 are split:
    // 2 gets ⌊6·2/16⌋ = 0 up to ⌊6·3/16⌋ = 1, which is cell 10 alone.
    assert_eq!(close(&[0, 9], 3), (9, 2, 6));
    assert_eq!(close(&[0, 9, 2], 3), (10, 3, 8));
    // Then nothing fits: of 7 ≤ 2^3 cells, the window goes back to the tab's.
    assert_eq!(close(&[0, 9, 2, 1], 3), (9, 2, 6));
    assert_eq!(close(&[0, 9, 2, 1], 2), (10, 3, 8));
    // A tab is cells 144 to 255. With k = 7, 144 ends it though every symbol fits, and 0 gets 145 up to 145 + ⌊111/16⌋.
    assert_eq!(close(&[9, 0], 3), (144, 2, 6));
    assert_eq!(close(&[9, 0], 7), (145, 2, 6));
    assert_eq!(open(Code::from_u64(144, 8).unwrap(), snapped(8, 7), &model), (vec![9], vec![1]));
}

/// The rule by its words, in plain numbers: where each prefix of `text` that fits in a window of at most 64 bits starts, and
/// how many cells it has; the empty one first.
fn runs(text: &[Symbol], shape: WindowShape, model: &Model) -> Vec<(u128, u128)> {
    let mut runs = vec![(0, 1u128 << shape.bits())];
    for (index, &symbol) in text.iter().enumerate() {
        let (mut low, mut cells) = runs[index];
        let mut cdf = (*model.after(&text[..index])).clone();
        if index == 0 && shape.bits() < cdf.precision().into() {
            cdf = cdf.requantised(shape.bits() as u8).unwrap();
        }
        let start = |cells: u128, bound: u32| cells * u128::from(bound) / (1 << cdf.precision());
        let part = |cells, symbol| start(cells, cdf.low(symbol))..start(cells, cdf.high(symbol));
        let all_fit = (0..cdf.symbols() as Symbol).all(|symbol| !part(cells, symbol).is_empty());
        if !all_fit || (ends_word(&text[..index]) && cells <= 1 << shape.snap()) {
            (low, cells) = (low + 1, cells - 1);
        }
        let part = part(cells, symbol);
        if part.is_empty() {
            break;
        }
        runs.push((low + part.start, part.end - part.start));
    }
    runs
}

/// The windows of `text` by the rule's words: codes and numbers of symbols.
fn literally(mut text: &[Symbol], shape: WindowShape, model: &Model) -> Vec<(u64, usize)> {
    let mut windows = Vec::new();
    while !text.is_empty() {
        let runs = runs(text, shape, model);
        let most = runs.len() - 1;
        let early = |&symbols: &usize| ends_word(&text[..symbols]) && runs[symbols].1 <= 1 << shape.snap();
        let symbols = match most < text.len() {
            true => (1..=most).rev().find(early).unwrap_or(most),
            false => most,
        };
        windows.push((runs[symbols].0 as u64, symbols));
        text = &text[symbols..];
    }
    windows
}

/// How many bits each beginning of `text` uses, up to the longest that fits in a window.
fn used_bits(text: &[Symbol], shape: WindowShape, model: &Model) -> Vec<u16> {
    let mut encoder = WindowEncoder::new(shape);
    let after = |(index, &symbol)| {
        let fits = encoder.push(symbol, &model.after(&text[..index])) == Push::Fits;
        fits.then(|| encoder.used_bits())
    };
    text.iter().enumerate().map_while(after).collect()
}

/// Texts in which words end all the time.
fn texts(model: &Model, shape: WindowShape, points: &[(u32, u8)], wild: u8) -> Vec<Symbol> {
    let symbols = model.after(&[]).symbols();
    let word_ends: Vec<Symbol> = WORD_ENDS.into_iter().filter(|&symbol| usize::from(symbol) < symbols).collect();
    let text = model.text(shape, points, wild).into_iter().zip(points);
    text.map(|(symbol, point)| if point.1 % 4 == 3 { word_ends[point.0 as usize % word_ends.len()] } else { symbol })
        .collect()
}

/// Models of alphabets with word ends.
fn models() -> impl Strategy<Value = Model> {
    let symbols = prop_oneof![Just(11usize), Just(40), Just(256), Just(ALPHABET)];
    (any::<u64>(), symbols, 9..=24u8, 0..40u64)
        .prop_map(|(seed, symbols, precision, spread)| Model::hashed(seed, symbols, precision, spread))
}

/// Of windows of `bits` bits, those that may end early.
fn shapes(bits: std::ops::RangeInclusive<u16>) -> impl Strategy<Value = WindowShape> {
    (bits, 1..=MAX_SNAP).prop_map(|(bits, snap)| snapped(bits, (bits - 1).min(snap.into()) as u8))
}

/// Every code of every short window: decoded to one text, of which the encoder makes that code again at the end of the input;
/// and where a window closes full, its code is its text's own.
#[test]
fn codes_and_texts_are_in_bijection() {
    let (mut words, mut early) = (0, 0);
    for (bits, snap) in (8..=12).flat_map(|bits| [1, 3, 5, 7].map(|snap| (bits, snap))) {
        for (seed, symbols, spread) in [(1, 256, 12), (2, 40, 9), (3, 11, 0), (4, 11, 20)] {
            let (shape, model) = (snapped(bits, snap), Model::hashed(seed, symbols, 16, spread));
            let mut texts = HashSet::new();
            for code in codes(bits) {
                let (text, candidates) = open(code, shape, &model);
                assert!(!text.is_empty());
                assert_eq!(candidates, [text.len()]);
                let window = close(&text, shape, &model);
                assert_eq!((window.code, window.symbols), (code, text.len()));

                let cdf = model.after(&text);
                let mut encoder = WindowEncoder::new(shape);
                for (index, &symbol) in text.iter().enumerate() {
                    assert_eq!(encoder.push(symbol, &model.after(&text[..index])), Push::Fits);
                }
                words += u32::from(ends_word(&text));
                // Where every symbol fits after a text that has a code, it ends with a word.
                assert!(ends_word(&text) || (0..symbols as Symbol).any(|symbol| !encoder.fits(symbol, &cdf)));
                let full = encoder.finish();
                early += u32::from(full.symbols < text.len());
                assert_eq!(open(full.code, shape, &model), (text[..full.symbols].to_vec(), vec![full.symbols]));
                assert!(full.symbols == text.len() || ends_word(&text[..full.symbols]));
                assert!(texts.insert(text), "two codes for one text");
            }
        }
    }
    assert!(words > 5000 && early > 5000, "{words} {early}");
}

/// The codes of one text under one model do not change: they are kept in files. (A second implementation, in another
/// language and with numbers of any size, gives the same.)
#[test]
fn codes_stay_what_they_are() {
    let model = Model::hashed(240_403_626, 40, 16, 12);
    let text: Vec<Symbol> = (0..40u32).map(|index| (index.wrapping_mul(0x9e37_79b9) >> 16) as Symbol % 40).collect();
    let written = |bits, snap| {
        let windows = encode(&text, snapped(bits, snap), &model);
        let windows = windows.iter().map(|window| format!("{}/{}", window.code.hex(), window.symbols));
        windows.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        written(24, 0),
        "029d1a/2 7aaf35/2 1aee2b/3 120fe0/2 098fb2/5 0201e7/4 05c76f/3 166312/2 a497c3/3 981562/3 06b3d5/2 1ffb27/3 1c4a4d/3 a8ae71/3"
    );
    assert_eq!(
        written(24, 10),
        "029d1a/2 7aaf35/2 1aee2b/3 120fe0/2 098fae/4 0f9e01/2 07c77e/3 05c76f/3 166312/2 a497c3/3 981562/3 06b3d5/2 1ffb27/3 1c4a4d/3 a8ae71/3"
    );
    assert_eq!(
        written(100, 16),
        "029d264c1173f5b08ed5dc61b/11 05457149f3449c7cacb7480b8/9 f5c3f8e5cd7df57fda7ba83c6/13 0dd56835ba621b4a8cadd65bc/7"
    );
}

proptest! {
    #[test]
    fn windows_are_cut_as_the_rule_says(
        model in models(), shape in shapes(9..=64), points in points(), wild in prop_oneof![Just(20u8), Just(255)]
    ) {
        let text = texts(&model, shape, &points, wild);
        let windows = encode(&text, shape, &model);
        let found: Vec<_> = windows.iter().map(|window| (window.code.to_u64().unwrap(), window.symbols)).collect();
        prop_assert_eq!(found, literally(&text, shape, &model));
    }

    #[test]
    fn windows_decode_to_their_text_and_end_with_words_where_they_can(
        model in models(), shape in shapes(9..=256), points in points(), wild in prop_oneof![Just(20u8), Just(255)]
    ) {
        let text = texts(&model, shape, &points, wild);
        let windows = encode(&text, shape, &model);
        prop_assert_eq!(decode(&windows, shape, &model, text.len()), text.clone());
        let mut start = 0;
        // The last one ends where the text does.
        for window in &windows[..windows.len().saturating_sub(1)] {
            let held = &text[start..][..window.symbols];
            start += window.symbols;
            prop_assert_eq!(open(window.code, shape, &model), (held.to_vec(), vec![window.symbols]));
            let used = used_bits(&text[start - held.len()..], shape, &model);
            let (bits, snap) = (shape.bits(), u16::from(shape.snap()));
            if window.symbols < used.len() {
                prop_assert!(ends_word(held) && window.used_bits + snap >= bits);
            } else if !ends_word(held) {
                // No shorter text that ends with a word is within `snap` bits, by more than rounding.
                let early = |&symbols: &usize| ends_word(&held[..symbols]) && used[symbols - 1] + snap > bits;
                prop_assert_eq!((1..window.symbols).find(early), None);
            }
        }
    }

    /// With more symbols than cells after every word that may be the last, there is an end cell anyway.
    #[test]
    fn up_to_eight_bits_early_codes_are_those_of_plain_windows(
        seed: u64, spread in 0..40u64, (snap, code) in (1..=8u8, any_code(24))
    ) {
        let model = Model::hashed(seed, ALPHABET, 16, spread);
        let plain = open(code, shape(24, Termination::Exact), &model);
        prop_assert_eq!(open(code, snapped(24, snap), &model), plain);
    }

    /// Whoever does not know that the input ends gives symbols back, and loses nothing by it but a window.
    #[test]
    fn a_full_stop_at_the_end_of_the_input_loses_nothing(
        model in models(), shape in shapes(9..=80), points in points()
    ) {
        let text = texts(&model, shape, &points, 20);
        let mut rest = &text[..];
        while !rest.is_empty() {
            let mut encoder = WindowEncoder::new(shape);
            let fits = |index: &usize| encoder.push(rest[*index], &model.after(&rest[..*index])) == Push::Fits;
            let took = (0..rest.len()).take_while(fits).count();
            let window = encoder.finish();
            prop_assert!((1..=took).contains(&window.symbols));
            let (decoded, _) = open(window.code, shape, &model);
            prop_assert_eq!(&decoded[..window.symbols], &rest[..window.symbols]);
            if window.symbols < took {
                prop_assert_eq!(decoded.len(), window.symbols);
            }
            rest = &rest[window.symbols..];
        }
    }

    #[test]
    fn any_code_of_any_length_decodes(
        (shape, code) in shapes(8..=256).prop_flat_map(|shape| (Just(shape), any_code(shape.bits()))),
        seed: u64, spread in 0..20u64
    ) {
        let model = Model::hashed(seed, 40, 16, spread);
        let (text, candidates) = open(code, shape, &model);
        prop_assert_eq!(&candidates, &[text.len()]);
        let window = close(&text, shape, &model);
        prop_assert_eq!((window.code, window.symbols), (code, text.len()));
    }

    /// A sequence that nobody wrote is a text all the same, which the encoder may cut into other windows.
    #[test]
    fn any_sequence_of_codes_is_a_text(
        (shape, codes) in shapes(8..=256)
            .prop_flat_map(|shape| (Just(shape), prop::collection::vec(any_code(shape.bits()), 0..8))),
        seed: u64
    ) {
        let model = Model::hashed(seed, 40, 16, 16);
        let text: Vec<Symbol> = codes.iter().flat_map(|&code| open(code, shape, &model).0).collect();
        let windows = encode(&text, shape, &model);
        prop_assert_eq!(decode(&windows, shape, &model, text.len()), text);
    }
}
