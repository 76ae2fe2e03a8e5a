//! Every tokenizer, over every kind of model, against what it promises.

mod compiled;

use super::*;
use crate::coding::{ALPHABET, Cdf, END_OF_DOCUMENT, Termination};
use crate::m1::freeze::freeze;
use crate::m1::{M1File, Network, PrefixTree, Session, StandIn};
use crate::model::{Parameter, Shape, Weights};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A model whose distributions have nothing to do with each other: each is drawn from a hash of its prefix, and some are
/// so lopsided that symbols cost next to nothing.
struct Hashed;

impl Hashed {
    fn cdf(prefix: &[Symbol], precision: u8) -> Cdf {
        let mut state = 1u64;
        let mut mix = |value: u64| {
            state = (state ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_add(77);
            state
        };
        for &symbol in prefix {
            mix(symbol.into());
        }
        let spread = mix(1) % 30;
        let weights: Vec<u64> = (0..ALPHABET).map(|_| 1u64 << (mix(2) % (spread + 1))).collect();
        Cdf::from_weights(&weights, precision).unwrap()
    }
}

impl NextSymbol for Hashed {
    fn identity(&self) -> &str {
        "hashed"
    }
    fn cdfs(&self, prefixes: &[&[Symbol]], precision: u8) -> Vec<Cdf> {
        prefixes.iter().map(|prefix| Self::cdf(prefix, precision)).collect()
    }
    fn session(&self, precision: u8) -> Box<dyn Session + '_> {
        Box::new(HashedSession { prefix: Vec::new(), cdf: Self::cdf(&[], precision), precision })
    }
}

struct HashedSession {
    prefix: Vec<Symbol>,
    cdf: Cdf,
    precision: u8,
}

impl Session for HashedSession {
    fn cdf(&mut self) -> &Cdf {
        &self.cdf
    }
    fn push(&mut self, symbol: Symbol) {
        self.prefix.push(symbol);
        self.cdf = Hashed::cdf(&self.prefix, self.precision);
    }
    fn follow(&mut self, symbols: &[Symbol]) -> Vec<Cdf> {
        let each = |&symbol: &Symbol| {
            let before = self.cdf.clone();
            self.push(symbol);
            before
        };
        symbols.iter().map(each).collect()
    }
    fn reset(&mut self) {
        *self = Self { prefix: Vec::new(), cdf: Hashed::cdf(&[], self.precision), precision: self.precision };
    }
}

fn network() -> Network {
    let shape = Shape { embed: 8, heads: 2, layers: 1, head_dim: 4, mlp: 8, vocabulary: ALPHABET };
    let mut state = 3u32;
    let mut uniform = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state as f32 / u32::MAX as f32 * 4.0 - 2.0
    };
    let parameters = Weights::layout(&shape)
        .into_iter()
        .map(|(name, dims)| {
            let data = (0..dims.iter().product()).map(|_| uniform()).collect();
            (name, Parameter { dims, data })
        })
        .collect();
    let text: Vec<Symbol> = (0..100).map(|i| i * 37 % 257).collect();
    // The context is so short that windows reach past it.
    let model = freeze(&Weights { shape, parameters }, 5, &[text]).unwrap();
    Network::new(M1File { model, provenance: BTreeMap::new(), measured: None }).unwrap()
}

type ModelAndTrees = (Arc<dyn NextSymbol>, Arc<Trees>);

/// Every model with its trees, shared by all tests: what is in them must not matter.
static MODELS: LazyLock<[ModelAndTrees; 4]> = LazyLock::new(|| {
    let text = b"the quick brown fox jumps over the lazy dog and the cat sat on the mat and so on and on and on";
    let unigram = StandIn::counted(text.iter().map(|&byte| byte.into()));
    let models: [Arc<dyn NextSymbol>; 4] =
        [Arc::new(Hashed), Arc::new(StandIn::uniform()), Arc::new(unigram), Arc::new(network())];
    // The last two trees are too small for all, so that walks go on outside them.
    let mut budgets = [64 << 20, 64 << 20, 4000, 40_000].into_iter();
    models.map(|model| (model, Arc::new(Trees::new(PrefixTree::new(budgets.next().unwrap_or(0))))))
});

fn tokenizer(method: &Method, model: usize) -> Box<dyn Tokenizer> {
    let (model, tree) = &MODELS[model];
    build(method, model.clone(), tree.clone()).unwrap()
}

fn method(name: &str) -> Method {
    name.parse().unwrap()
}

fn any_method() -> impl Strategy<Value = Method> {
    let bits = prop_oneof![3 => 8..=40u64, 1 => 41..=256u64];
    let termination = prop::sample::select(vec![Termination::Exact, Termination::Greedy, Termination::Delay]);
    let windows = (bits, 1..=16u32, termination).prop_map(|(b, n, t)| Method::equal_info(b, 1 << n, t).unwrap());
    prop_oneof![1 => Just(Method::Bytes), 2 => (1..=16u32).prop_map(|n| Method::ac(1 << n).unwrap()), 6 => windows]
}

/// Symbols of text-like and of arbitrary kinds.
fn any_text() -> impl Strategy<Value = Vec<Symbol>> {
    let symbol = prop_oneof![
        4 => prop::sample::select(b"the cat and on".to_vec()).prop_map(Symbol::from),
        2 => 0..ALPHABET as Symbol,
        1 => Just(END_OF_DOCUMENT),
        1 => Just(0),
    ];
    prop::collection::vec(symbol, 0..60)
}

/// What holds for every encoded example, whatever the method.
fn check(encoded: &Encoded, text: &[Symbol], method: &Method) {
    assert_eq!(encoded.symbols, text.len());
    assert_eq!(encoded.raw_bytes, text.iter().filter(|&&symbol| symbol < 256).count());
    assert!(encoded.tokens.iter().all(|&token| (token as usize) < method.vocabulary()));
    if let Some(width) = method.token_width() {
        assert_eq!(encoded.tokens.len() as u64, encoded.bits.div_ceil(width.bits().into()));
    }
    if let Some(bits) = method.window_bits() {
        assert_eq!(encoded.bits, encoded.windows.len() as u64 * u64::from(bits));
        let mut at = 0;
        for (index, window) in encoded.windows.iter().enumerate() {
            assert!(window.start == at && window.symbols > 0 && window.used_bits <= bits, "{window:?}");
            assert!(window.candidates >= 1 && (window.is_ambiguous() || !window.unresolved), "{window:?}");
            assert_eq!(encoded.hints.iter().any(|hint| hint.window == index), window.unresolved);
            at += window.symbols;
        }
        assert_eq!(at, text.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn every_method_gives_every_text_back(
        method in any_method(),
        model in 0..4usize,
        mut texts in prop::collection::vec(any_text(), 1..5),
    ) {
        let alphabet = method.alphabet();
        texts.iter_mut().for_each(|text| text.retain(|&symbol| usize::from(symbol) < alphabet));
        let tokenizer = tokenizer(&method, model);
        let control = Control::default();
        let examples: Vec<&[Symbol]> = texts.iter().map(Vec::as_slice).collect();
        let encoded = tokenizer.encode(&examples, &control).unwrap();
        prop_assert_eq!(encoded.len(), examples.len());
        for (encoded, text) in encoded.iter().zip(&texts) {
            check(encoded, text, &method);
            prop_assert_eq!(&tokenizer.decode(encoded, &control).unwrap(), text);
            // Windows are for looking at: decoding does without.
            let bare = Encoded { windows: Vec::new(), raw_bytes: 0, ..encoded.clone() };
            prop_assert_eq!(&tokenizer.decode(&bare, &control).unwrap(), text);
        }
        for (index, example) in examples.iter().enumerate() {
            prop_assert_eq!(&tokenizer.encode(&[example], &control).unwrap()[0], &encoded[index], "alone");
        }
    }

    #[test]
    fn damaged_tokens_never_panic(
        method in any_method(),
        model in 0..4usize,
        tokens in prop::collection::vec(0..70_000u32, 0..12),
        bits in 0..300u64,
        symbols in 0..50usize,
        hint in 0..20usize,
    ) {
        let hints = vec![Hint { window: 0, symbols: hint }];
        let width = method.token_width().map_or(8, TokenWidth::bits);
        let bits = if bits < 150 { tokens.len() as u64 * u64::from(width) } else { bits };
        let tokens = tokens.into_iter().map(|token| if bits % 3 == 0 { token } else { token % method.vocabulary() as u32 });
        let encoded = Encoded { tokens: tokens.collect(), bits, symbols, raw_bytes: 0, windows: Vec::new(), hints };
        if let Ok(text) = tokenizer(&method, model).decode(&encoded, &Control::default()) {
            prop_assert_eq!(text.len(), symbols);
        }
    }

    #[test]
    fn views_add_up_to_the_text(
        text in prop::collection::vec(prop_oneof![2 => prop::sample::select(b"the cat".to_vec()), 1 => any::<u8>()], 0..50),
        method in any_method(),
        model in 0..4usize,
    ) {
        let (model, tree) = &MODELS[model];
        let view = inspect(&text, &method, model.clone(), tree.clone(), &Control::default()).unwrap();
        let mut at = 0;
        let mut tokens: Vec<u32> = Vec::new();
        for (index, window) in view.windows.iter().enumerate() {
            prop_assert_eq!((window.byte_start, window.first_token), (at, tokens.len()));
            prop_assert_eq!(window.byte_bits.len(), window.byte_len);
            prop_assert_eq!(matches!(window.end, End::Text), index + 1 == view.windows.len());
            if let End::Full { next, .. } | End::OnlyZeros { next, .. } = window.end {
                prop_assert_eq!(next, text[at + window.byte_len]);
            }
            if let Some(bits) = method.window_bits() {
                prop_assert_eq!(window.used_bits + window.padding, u64::from(bits));
                prop_assert_eq!(window.code_binary.len(), usize::from(bits));
            }
            at += window.byte_len;
            tokens.extend(&window.tokens);
        }
        prop_assert_eq!(at, text.len());
        prop_assert_eq!(tokens.len(), view.totals.tokens);
        let symbols: Vec<Symbol> = text.iter().map(|&byte| byte.into()).collect();
        let encoded = build(&method, model.clone(), tree.clone()).unwrap().encode(&[&symbols], &Control::default()).unwrap();
        prop_assert_eq!(&tokens, &encoded[0].tokens);
        prop_assert!(serde_json::to_string(&view).is_ok());
    }
}

use super::view::End;

/// Text that repeats enough to have long windows.
fn sample(len: usize, seed: usize) -> Vec<Symbol> {
    let words = b"the cat and the dog on the mat then so on and on";
    (0..len).map(|i| words[(i * (1 + seed) + i / 7 * seed) % words.len()].into()).collect()
}

#[test]
fn greedy_windows_that_are_ambiguous_are_counted_and_hints_make_them_exact() {
    let tokenizer = tokenizer(&method("EqualInfoAC[b=16, v=256, greedy]"), 2);
    let texts: Vec<Vec<Symbol>> = (0..20).map(|seed| sample(400, seed)).collect();
    let examples: Vec<&[Symbol]> = texts.iter().map(Vec::as_slice).collect();
    let encoded = tokenizer.encode(&examples, &Control::default()).unwrap();
    let windows = || encoded.iter().flat_map(|encoded| &encoded.windows);
    let ambiguous = windows().filter(|window| window.is_ambiguous()).count();
    let unresolved = windows().filter(|window| window.unresolved).count();
    assert!(ambiguous > 0 && unresolved < ambiguous, "{unresolved} of {ambiguous} of {}", windows().count());
    for (encoded, text) in encoded.iter().zip(&texts) {
        assert_eq!(&tokenizer.decode(encoded, &Control::default()).unwrap(), text);
        if let Some(hint) = encoded.hints.first() {
            let bare = Encoded { hints: Vec::new(), ..encoded.clone() };
            let found = tokenizer.decode(&bare, &Control::default());
            assert!(
                matches!(found, Err(TokenizeError::Ambiguous { window, .. }) if window == hint.window),
                "{found:?}"
            );
        }
    }
    assert!(unresolved > 0, "the hints were not tested: {ambiguous} ambiguous windows, all resolved");
}

#[test]
fn exact_and_delay_windows_are_never_ambiguous() {
    for name in ["EqualInfoAC[b=16, v=256]", "EqualInfoAC[b=16, v=256, delay]"] {
        let encoded = tokenizer(&method(name), 0).encode(&[&sample(2000, 3)], &Control::default()).unwrap();
        assert!(encoded[0].windows.len() > 100);
        assert!(encoded[0].windows.iter().all(|window| !window.is_ambiguous()), "{name}");
    }
}

#[test]
fn codes_are_cut_into_tokens_wherever_windows_end() {
    let text = sample(300, 1);
    let [bytes, wide] = ["EqualInfoAC[b=24, v=256]", "EqualInfoAC[b=24, v=65k]"]
        .map(|name| tokenizer(&method(name), 2).encode(&[&text], &Control::default()).unwrap().remove(0));
    let mut expected: String = bytes.windows.iter().map(|window| window.code.binary()).collect();
    let string =
        |tokens: &[u32], width: usize| tokens.iter().map(|token| format!("{token:0width$b}")).collect::<String>();
    assert_eq!(string(&bytes.tokens, 8), expected);
    expected.push_str(&"0".repeat(expected.len() % 16));
    assert_eq!(string(&wide.tokens, 16), expected);
    assert_eq!(bytes.windows, wide.windows);
}

#[test]
fn what_the_tree_holds_changes_nothing() {
    let (model, _) = &MODELS[3];
    let texts: Vec<Vec<Symbol>> = (0..5).map(|seed| sample(200, seed)).collect();
    let examples: Vec<&[Symbol]> = texts.iter().map(Vec::as_slice).collect();
    for name in ["EqualInfoAC[b=32, v=256]", "EqualInfoAC[b=32, v=256, greedy]"] {
        let encode = |tree: &Arc<Trees>| {
            build(&method(name), model.clone(), tree.clone()).unwrap().encode(&examples, &Control::default()).unwrap()
        };
        let roomy = Arc::new(Trees::default());
        let expected = encode(&roomy);
        assert_eq!(encode(&Arc::new(Trees::new(PrefixTree::new(0)))), expected, "no tree at all");
        let before = roomy.prefixes().statistics();
        assert_eq!(encode(&roomy), expected, "a warm tree");
        let after = roomy.prefixes().statistics();
        assert_eq!(after.misses, before.misses, "the model ran again for what the tree holds");
        assert!(after.hits > before.hits && after.prefixes as u64 == before.misses);
    }
}

#[test]
fn a_tree_of_another_model_is_refused() {
    let (hashed, tree) = &MODELS[0];
    let windows = method("EqualInfoAC[b=16, v=256]");
    assert!(build(&windows, hashed.clone(), tree.clone()).is_ok());
    let other = build(&windows, Arc::new(StandIn::uniform()), tree.clone());
    assert!(matches!(other.map(|_| ()), Err(TokenizeError::WrongModel(_))));
}

#[test]
fn calls_stop_when_asked_and_tell_how_far_they_are() {
    for name in ["Bytes", "AC[v=256]", "EqualInfoAC[b=16, v=256]"] {
        let tokenizer = tokenizer(&method(name), 1);
        let text = sample(500, 2);
        let control = Control { cancel: Arc::new(AtomicBool::new(true)), progress: None };
        assert_eq!(tokenizer.encode(&[&text], &control), Err(TokenizeError::Cancelled), "{name}");

        let told = Arc::new(AtomicU64::new(0));
        let progress = told.clone();
        let control = Control {
            progress: Some(Arc::new(move |done| progress.store(done, Ordering::Relaxed))),
            ..Control::default()
        };
        tokenizer.encode(&[&text, &text[..100]], &control).unwrap();
        assert_eq!(told.load(Ordering::Relaxed), 600, "{name}");
    }
}

#[test]
fn symbols_that_a_method_cannot_hold_are_named() {
    let text = [65, END_OF_DOCUMENT, 66];
    let encode = |name, text: &[Symbol]| tokenizer(&method(name), 1).encode(&[&[], text], &Control::default());
    let message = encode("EqualInfoAC[b=8, v=256]", &text).unwrap_err().to_string();
    assert!(message.contains("symbol 1 of example 1 is 256") && message.contains("b=9 or more"), "{message}");
    assert!(encode("EqualInfoAC[b=9, v=256]", &text).is_ok());
    assert!(matches!(encode("AC[v=256]", &[257]), Err(TokenizeError::Symbol { symbol: 257, .. })));
}

#[test]
fn uniform_bytes_take_eight_bits_in_windows_of_eight() {
    let text = sample(100, 1);
    let encoded = tokenizer(&method("EqualInfoAC[b=8, v=256]"), 1).encode(&[&text], &Control::default()).unwrap();
    let symbols: Vec<u32> = text.iter().map(|&symbol| symbol.into()).collect();
    assert_eq!(encoded[0].tokens, symbols);
}

#[test]
fn a_text_costs_what_the_model_says() {
    let text = sample(2000, 1);
    let (model, tree) = &MODELS[2];
    let bytes: Vec<u8> = text.iter().map(|&symbol| symbol as u8).collect();
    let view = inspect(&bytes, &method("AC[v=2]"), model.clone(), tree.clone(), &Control::default()).unwrap();
    let ideal: f64 = view.windows[0].byte_bits.iter().sum();
    let found = view.totals.bits as f64;
    assert!(found >= ideal && found < ideal + 4.0, "{found} bits for {ideal}");
    assert_eq!(view.totals.token_ratio.unwrap() * 8.0, view.totals.bit_ratio.unwrap());
}
