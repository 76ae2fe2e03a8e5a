//! Trees against the coders and the model that they are compiled from.

use super::testing::{Hashed, hashed, shape, tree};
use super::*;
use crate::coding::{Cdf, END_OF_DOCUMENT, Push, Termination, WindowEncoder};
use crate::m1::{Session, StandIn};
use proptest::prelude::*;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Models of all kinds with trees of windows of all lengths. Of the lopsided ones, windows are long, and some prefixes have
/// no code of their own.
static TREES: LazyLock<Vec<(Box<dyn NextSymbol>, WindowTree)>> = LazyLock::new(|| {
    let text = b"the cat and the dog on the mat and so on and on";
    let unigram = StandIn::counted(text.iter().map(|&byte| byte.into()));
    let bytes = StandIn::counted((0..256).flat_map(|byte| [byte; 3]).chain([b'e'.into(); 3000]));
    let mut models: Vec<(Box<dyn NextSymbol>, u16)> = vec![
        (Box::new(unigram), 16),
        (Box::new(bytes), 14),
        (Box::new(StandIn::uniform()), 8),
        (Box::new(StandIn::uniform()), 17),
        (Box::new(Flattening), 15),
    ];
    for (bits, spread) in [(8, 12), (9, 3), (10, 20), (12, 11), (13, 16), (16, 14), (18, 15)] {
        models.push((Box::new(hashed(bits.into(), spread)), bits));
    }
    models.into_iter().map(|(model, bits)| (tree(&*model, bits), model)).map(|(tree, model)| (model, tree)).collect()
});

/// Knows only the first symbol, and nothing after it: most prefixes of one symbol have so many codes that all fit after it.
struct Flattening;

impl NextSymbol for Flattening {
    fn identity(&self) -> &str {
        "flattening"
    }

    fn cdfs(&self, prefixes: &[&[Symbol]], precision: u8) -> Vec<Cdf> {
        let sharp = hashed(5, 4).cdf(&[], precision);
        let skewed: Vec<u64> = (0..ALPHABET).map(|symbol| if symbol % 50 == 0 { 1 << 20 } else { 1 }).collect();
        let of = |prefix: &&[Symbol]| match prefix.len() {
            0 => Cdf::from_weights(&skewed, precision).unwrap(),
            _ => sharp.clone(),
        };
        prefixes.iter().map(of).collect()
    }

    fn session(&self, _precision: u8) -> Box<dyn Session + '_> {
        unreachable!("trees ask for distributions after prefixes only")
    }
}

/// The windows of a text by the model and the coder.
fn coded(model: &dyn NextSymbol, shape: WindowShape, text: &[Symbol]) -> Vec<CodedWindow> {
    let (mut windows, mut start) = (Vec::new(), 0);
    while start < text.len() {
        let mut encoder = WindowEncoder::new(shape);
        for at in start..text.len() {
            let cdf = model.cdfs(&[&text[start..at]], crate::m1::WINDOW_PRECISION).remove(0);
            let cdf = if cdf.symbols() > shape.alphabet() { cdf.first(shape.alphabet()) } else { cdf };
            if encoder.push(text[at], &cdf) == Push::Full {
                break;
            }
        }
        let window = encoder.finish();
        let code = window.code.to_u64().unwrap() as u32;
        windows.push(CodedWindow { code, symbols: window.symbols, used_bits: window.used_bits });
        start += window.symbols;
    }
    windows
}

/// The plain walk, symbol by symbol, on the tree as it was found.
fn walked(tree: &WindowTree, text: &[Symbol]) -> Vec<u32> {
    let (mut codes, mut at) = (Vec::new(), 0);
    for &symbol in text {
        at = tree.nodes.child(at, symbol).unwrap_or_else(|| {
            codes.push(tree.nodes.low(at));
            tree.nodes.child(0, symbol).unwrap()
        });
    }
    if at > 0 {
        codes.push(tree.nodes.low(at));
    }
    codes
}

/// Texts with runs, repeats and everything.
fn any_text(longest: usize) -> impl Strategy<Value = Vec<Symbol>> {
    let any = || 0..ALPHABET as Symbol;
    let piece = prop_oneof![
        3 => prop::collection::vec(prop::sample::select(b"the cat and dog".to_vec()).prop_map(Symbol::from), 0..40),
        2 => prop::collection::vec(any(), 0..40),
        2 => (any(), 0..300usize).prop_map(|(symbol, count)| vec![symbol; count]),
        1 => prop::collection::vec(any(), 1..9).prop_map(|period| period.repeat(40)),
    ];
    (prop::collection::vec(piece, 0..40), 1..=longest).prop_map(|(pieces, length)| {
        let text: Vec<Symbol> = pieces.concat();
        text.into_iter().cycle().take(length).collect()
    })
}

#[test]
fn shapes_without_a_tree_are_refused() {
    let model = StandIn::uniform();
    let build = |shape: Result<WindowShape, _>| {
        WindowTree::build(&model, shape.unwrap(), &mut |_| true).map(|_| ()).unwrap_err().to_string()
    };
    assert!(build(WindowShape::new(16, Termination::Greedy)).contains("only exact"));
    assert!(build(WindowShape::new(21, Termination::Exact)).contains("up to 20 bits"));
    assert!(build(WindowShape::new(64, Termination::Exact)).contains("PrefixTree"));
    assert!(build(WindowShape::snapped(16, 4)).contains("4 bits early"));
}

#[test]
fn building_stops_when_asked_and_tells_how_far_it_is() {
    let mut told = Vec::new();
    let model = hashed(1, 9);
    let built = WindowTree::build(&model, shape(16), &mut |done| {
        told.push(done);
        done < 100
    });
    assert_eq!(built.map(|_| ()).unwrap_err(), BuildError::Cancelled);
    assert!(told.is_sorted() && told[0] == 0 && told.last().is_some_and(|&done| done >= 100), "{told:?}");
}

#[test]
fn the_model_is_asked_once_for_each_prefix_that_needs_it() {
    let model = hashed(2, 13);
    let tree = tree(&model, 13);
    let asked = model.asked.lock().unwrap();
    let all: HashSet<_> = asked.iter().cloned().collect();
    let needed = tree.prefixes().filter(|prefix| prefix.codes().len() > 2).map(|prefix| prefix.text());
    assert_eq!((all.len(), all), (asked.len(), needed.collect()));
}

#[test]
fn every_code_has_one_text_and_prefixes_are_in_order() {
    for (_, tree) in TREES.iter() {
        let codes = 1 << tree.shape().bits();
        let texts: HashSet<_> = (0..codes).map(|code| tree.text(code).unwrap()).collect();
        assert_eq!(texts.len(), codes as usize);
        assert!((0..codes).step_by(7).all(|code| tree.code_of(&tree.text(code).unwrap()) == Some(code)));
        assert_eq!((tree.text(codes), tree.code_of(&[])), (None, None));
        assert_eq!(tree.code_of(&[ALPHABET as Symbol; 2]), None);

        let order = |prefix: &Prefix<'_>| (prefix.symbols(), prefix.codes().start);
        assert!(tree.prefixes().is_sorted_by_key(|prefix| order(&prefix)));
        let statistics = tree.statistics();
        let count = |counted: &dyn Fn(Prefix<'_>) -> bool| tree.prefixes().filter(|&prefix| counted(prefix)).count();
        assert_eq!(statistics.nodes, count(&|_| true));
        assert_eq!(statistics.inner, count(&|prefix| prefix.children().len() > 0));
        assert_eq!(codes as usize, count(&|prefix| prefix.code().is_some()));
        assert_eq!(Some(statistics.depth), texts.iter().map(Vec::len).max());
    }
    let endless = |tree: &WindowTree| tree.prefixes().filter(|prefix| prefix.code().is_none()).count();
    assert!(TREES.iter().any(|(_, tree)| endless(tree) > 5), "all prefixes have codes: too easy");
}

#[test]
fn prefixes_lead_to_each_other() {
    let (_, tree) = &TREES[0];
    for prefix in tree.prefixes().step_by(31) {
        let text = prefix.text();
        let found = text.iter().try_fold(tree.root(), |prefix, &symbol| prefix.child(symbol)).unwrap();
        assert_eq!((found.text(), found.codes(), found.last()), (text.clone(), prefix.codes(), text.last().copied()));
        assert_eq!(prefix.parent().map(|parent| parent.text()), text.split_last().map(|(_, rest)| rest.to_vec()));
        for child in prefix.children() {
            assert!(child.text().starts_with(&text) && child.symbols() == text.len() + 1);
            assert!(prefix.codes().start <= child.codes().start && child.codes().end <= prefix.codes().end);
        }
    }
}

#[test]
fn every_byte_alone_and_empty_texts_encode() {
    for (_, tree) in TREES.iter() {
        assert_eq!(tree.encode::<u8, u32>(&[]), Ok(vec![]));
        assert_eq!(tree.decode::<u32, u8>(&[], 0), Ok(vec![]));
        assert_eq!(tree.windows::<u8>(&[]), Ok(vec![]));
        for byte in 0..=255u8 {
            let codes: Vec<u32> = tree.encode(&[byte]).unwrap();
            assert_eq!((codes.len(), tree.decode(&codes, 1)), (1, Ok(vec![byte])));
        }
    }
}

#[test]
fn what_cannot_be_encoded_is_refused() {
    let narrow = TREES.iter().find(|(_, tree)| tree.shape().bits() == 17).unwrap();
    assert_eq!(narrow.1.encode::<u8, u16>(b"a"), Err(EncodeError::Narrow { bits: 17, number: 16 }));
    let wrong = |symbol, alphabet| Err(EncodeError::Symbol { index: 1, symbol, alphabet });
    assert_eq!(TREES[0].1.encode::<Symbol, u16>(&[65, 257, 300]), wrong(257, 257));
    assert_eq!(TREES[0].1.encode::<Symbol, u16>(&[65, 0xffff, 300]), wrong(0xffff, 257));
    assert_eq!(TREES[2].1.encode::<Symbol, u16>(&[65, 256]), wrong(256, 256));
    assert!(TREES[2].1.windows::<Symbol>(&[65, 256]).unwrap_err().to_string().contains("end-of-document"));
}

/// Texts where the walks side by side never meet: a tree of pairs of one symbol, and seams at odd places.
#[test]
fn walks_that_never_meet_are_walked_again() {
    let model = StandIn::counted(std::iter::repeat_n(7, 1000));
    let tree = tree(&model, 12);
    for length in [1, 127, 1024, 1025, 16_384, 20_001, 1 << 19] {
        for offset in 0..3 {
            let text: Vec<Symbol> = [vec![9; offset], vec![7; length]].concat();
            let codes = tree.encode::<_, u32>(&text).unwrap();
            assert_eq!(codes, walked(&tree, &text));
            assert_eq!(tree.encode_parallel(&text), Ok(codes));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn codes_are_the_coder_s(index in 0..TREES.len(), mut text in any_text(120)) {
        let (model, tree) = &TREES[index];
        text.retain(|&symbol| usize::from(symbol) < tree.shape().alphabet());
        prop_assert_eq!(tree.windows(&text).unwrap(), coded(&**model, tree.shape(), &text));
    }

    #[test]
    fn likely_texts_are_coded_as_the_coder_codes_them(seed: u64, points: Vec<u16>, bits in 9..=12u16, spread in 0..40u64) {
        let model: Hashed = hashed(seed, spread);
        let (tree, text) = (tree(&model, bits), model.text(&points));
        prop_assert_eq!(tree.windows(&text).unwrap(), coded(&model, tree.shape(), &text));
    }

    #[test]
    fn quick_walks_are_plain_walks_and_decode(index in 0..TREES.len(), mut text in any_text(40_000)) {
        let tree = &TREES[index].1;
        text.retain(|&symbol| usize::from(symbol) < tree.shape().alphabet());
        let codes: Vec<u32> = tree.encode(&text).unwrap();
        prop_assert_eq!(&codes, &walked(tree, &text));
        prop_assert_eq!(&tree.encode_parallel::<_, u32>(&text).unwrap(), &codes);
        prop_assert_eq!(tree.decode::<_, Symbol>(&codes, text.len()).unwrap(), text.clone());
        let windows = tree.windows(&text).unwrap();
        prop_assert!(windows.iter().map(|window| window.code).eq(codes.iter().copied()));
        prop_assert_eq!(windows.iter().map(|window| window.symbols).sum::<usize>(), text.len());

        let bytes: Vec<u8> = text.iter().filter_map(|&symbol| symbol.try_into().ok()).collect();
        let symbols: Vec<Symbol> = bytes.iter().map(|&byte| byte.into()).collect();
        let codes: Vec<u32> = tree.encode(&bytes).unwrap();
        prop_assert_eq!(&codes, &tree.encode::<_, u32>(&symbols).unwrap());
        prop_assert_eq!(&tree.decode::<_, u8>(&codes, bytes.len()).unwrap(), &bytes);
        if tree.shape().bits() <= 16 {
            let narrow: Vec<u16> = tree.encode(&bytes).unwrap();
            prop_assert!(narrow.iter().map(|&code| u32::from(code)).eq(codes));
            prop_assert_eq!(&tree.decode::<_, u8>(&narrow, bytes.len()).unwrap(), &bytes);
        }
    }

    #[test]
    fn damaged_codes_never_panic(
        index in 0..TREES.len(), codes in prop::collection::vec(0..300_000u32, 0..40), symbols in 0..400usize, all: bool
    ) {
        let tree = &TREES[index].1;
        let limit = 1 << tree.shape().bits();
        let codes: Vec<u32> = codes.into_iter().map(|code| if all { code } else { code % limit }).collect();
        let lengths: Vec<usize> = codes.iter().filter_map(|&code| Some(tree.text(code)?.len())).collect();
        let outside = codes.iter().position(|&code| code >= limit);
        let total: usize = lengths.iter().sum();
        let before = lengths.split_last().map_or(0, |(_, before)| before.iter().map(|&length| length.min(symbols)).sum());
        match (tree.decode::<_, Symbol>(&codes, symbols), outside) {
            (Err(DecodeError::Code { window, .. }), Some(first)) => prop_assert_eq!(window, first),
            (Err(DecodeError::Length { wanted, found }), None) => {
                prop_assert_eq!(wanted, symbols);
                prop_assert_eq!(found, if symbols > total { total } else { before });
            }
            (Ok(text), None) => {
                prop_assert!(text.len() == symbols && symbols <= total && (symbols > before || codes.is_empty()));
                let whole: Vec<Symbol> = codes.iter().flat_map(|&code| tree.text(code).unwrap()).collect();
                prop_assert_eq!(&text[..], &whole[..symbols]);
                let ends = text.contains(&END_OF_DOCUMENT);
                match tree.decode::<_, u8>(&codes, symbols) {
                    Ok(bytes) => prop_assert!(!ends && bytes.iter().map(|&byte| Symbol::from(byte)).eq(text)),
                    Err(error) => prop_assert!(ends && matches!(error, DecodeError::EndOfDocument { .. }), "{error}"),
                }
            }
            (other, _) => prop_assert!(false, "{other:?}"),
        }
    }
}
