//! Every tokenizer, over every kind of model, against what it promises.

mod compiled;
mod fitted;
mod hard_texts;

use super::*;
use crate::coding::{ALPHABET, Cdf, Decoded, END_OF_DOCUMENT, Termination, WindowDecoder};
use crate::m1::freeze::freeze;
use crate::m1::{M1File, Network, NextSymbol, PrefixTree, Session, StandIn, Trees};
use crate::model::{Parameter, Shape, Weights};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

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

#[derive(Clone)]
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
    fn fork(&self) -> Box<dyn Session + '_> {
        Box::new(self.clone())
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

const TEXT: &[u8] = b"the quick brown fox jumps over the lazy dog and the cat sat on the mat and so on and on and on";

/// Every model with its trees, shared by all tests: what is in them must not matter.
static MODELS: LazyLock<[Materials; 4]> = LazyLock::new(|| {
    let unigram = StandIn::counted(TEXT.iter().map(|&byte| byte.into()));
    let models: [Arc<dyn NextSymbol>; 4] =
        [Arc::new(Hashed), Arc::new(StandIn::uniform()), Arc::new(unigram), Arc::new(network())];
    // The last two trees are too small for all, so that walks go on outside them.
    let mut budgets = [64 << 20, 64 << 20, 4000, 40_000].into_iter();
    models.map(|model| with(model, Trees::new(PrefixTree::new(budgets.next().unwrap_or(0)))))
});

/// Vocabularies that need no training, and byte counts.
static FITTED: LazyLock<Fitted> = LazyLock::new(|| {
    let mut fitted = Fitted::counted(TEXT.iter().map(|&byte| byte.into()));
    for name in ["SentencePiece", "GPT-2", "cl100k", "o200k"] {
        fitted.open(&method(name)).unwrap();
    }
    fitted
});

fn with(model: Arc<dyn NextSymbol>, trees: Trees) -> Materials {
    Materials { model, trees: Arc::new(trees), fitted: FITTED.clone() }
}

fn tokenizer(method: &Method, model: usize) -> Box<dyn Tokenizer> {
    build(method, &MODELS[model]).unwrap()
}

fn method(name: &str) -> Method {
    name.parse().unwrap()
}

/// Every lossless method.
fn any_method() -> impl Strategy<Value = Method> {
    let bits = prop_oneof![3 => 8..=40u64, 1 => 41..=256u64];
    let termination = prop::sample::select(vec!["", ", greedy", ", delay"]);
    let reset = prop::sample::select(vec!["", "", "", ", reset=2", ", reset=3", ", reset=never"]);
    let v = (1..=16u32).prop_map(|n| 1u32 << n);
    let p = prop::sample::select(vec!["", ", p=12", ", p=18", ", p=24"]);
    let windows = (bits, v.clone(), termination, reset.clone());
    let snapped = (17..=60u32, v.clone(), reset, 1..=16u32);
    let names = prop_oneof![
        1 => prop::sample::select(vec!["Bytes", "GPT-2", "cl100k", "o200k"]).prop_map(str::to_owned),
        2 => (v.clone(), p.clone()).prop_map(|(v, p)| format!("AC[v={v}{p}]")),
        1 => (v.clone(), p.clone()).prop_map(|(v, p)| format!("StaticAC[v={v}{p}]")),
        1 => (v.clone(), p).prop_map(|(v, p)| format!("ANS[v={v}{p}]")),
        1 => v.clone().prop_map(|v| format!("Huffman[v={v}]")),
        1 => v.clone().prop_map(|v| format!("Huffman[v={v}, m1]")),
        1 => v.clone().prop_map(|v| format!("GZip[v={v}]")),
        1 => v.clone().prop_map(|v| format!("GZip[v={v}, bare]")),
        1 => v.clone().prop_map(|v| format!("Random[v={v}]")),
        2 => (v.clone(), 1..=12u32).prop_map(|(v, n)| format!("EqualText[n={n}, v={v}]")),
        2 => (v.clone(), 1..=12u32).prop_map(|(v, n)| format!("EqualText[n={n}, v={v}, delimited]")),
        2 => (v, 1..=79u32).prop_map(|(v, h)| format!("EntropyCut[h={}.{}, v={v}]", h / 10, h % 10 + 1 - (h % 10) / 9)),
        8 => windows.prop_map(|(b, v, t, r)| format!("EqualInfoAC[b={b}, v={v}{t}{r}]")),
        2 => snapped.prop_map(|(b, v, r, k)| format!("EqualInfoAC[b={b}, v={v}{r}, words={k}]")),
    ];
    names.prop_map(|name| method(&name))
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
fn check(encoded: &Encoded, text: &[Symbol], tokenizer: &dyn Tokenizer) {
    let method = tokenizer.method();
    assert_eq!(encoded.symbols, text.len());
    assert_eq!(encoded.raw_bytes, text.iter().filter(|&&symbol| symbol < 256).count());
    assert_eq!(encoded.lost_bytes, 0);
    assert!(encoded.tokens.iter().all(|&token| (token as usize) < tokenizer.vocabulary()));
    let delimited = matches!(method, Method::EqualText { delimited: true, .. });
    if let Some(width) = method.token_width().filter(|_| !delimited) {
        assert_eq!(encoded.tokens.len() as u64, encoded.bits.div_ceil(width.bits().into()));
    }
    if let Some(bits) = method.window_bits() {
        assert_eq!(encoded.bits, encoded.windows.len() as u64 * u64::from(bits));
        assert!(encoded.windows.iter().all(|window| window.bits == u32::from(bits)));
    }
    if !encoded.windows.is_empty() {
        let (mut at, mut bit) = (0, 0);
        for (index, window) in encoded.windows.iter().enumerate() {
            assert!(window.start == at && window.symbols > 0 && window.used_bits <= window.bits, "{window:?}");
            assert!(window.first_bit == bit, "{window:?}");
            assert!(window.candidates >= 1 && (window.is_ambiguous() || !window.unresolved), "{window:?}");
            assert_eq!(encoded.hints.iter().any(|hint| hint.window == index), window.unresolved);
            at += window.symbols;
            bit += u64::from(window.bits);
        }
        assert_eq!((at, bit), (text.len(), encoded.bits));
    }
}

/// What holds for the trace of every encoded example.
fn check_trace(trace: &Trace, encoded: &Encoded, text: &[Symbol]) {
    assert_eq!((trace.costs.len(), trace.ends.len()), (text.len(), text.len()));
    assert!(trace.costs.iter().all(|cost| cost.is_finite() && *cost >= 0.0));
    assert!(trace.ends.is_sorted() && trace.ends.iter().all(|&end| end <= encoded.bits));
    assert_eq!(trace.tokens.iter().map(|token| token.token).collect::<Vec<_>>(), encoded.tokens);
    assert!(text.is_empty() || trace.window_ends.len() == encoded.windows.len().max(1));
    let (mut bit, mut symbol) = (0, 0);
    for token in &trace.tokens {
        assert_eq!(token.bits.start, bit);
        bit = token.bits.end;
        assert!(token.symbols.start >= symbol && token.symbols.end <= text.len(), "{token:?}");
        symbol = token.symbols.start;
        assert!(token.window.is_none_or(|window| window < encoded.windows.len()));
    }
    assert_eq!(bit, encoded.bits);
    for symbol in trace.straddling() {
        let in_tokens = trace.tokens.iter().filter(|token| token.symbols.contains(&symbol)).count();
        assert!(in_tokens > 1, "symbol {symbol} is in {in_tokens} tokens");
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
            check(encoded, text, tokenizer.as_ref());
            check_trace(&tokenizer.trace(text, encoded, &control).unwrap(), encoded, text);
            let packed = Packed::new(encoded, tokenizer.as_ref());
            if text.iter().all(|&symbol| symbol < END_OF_DOCUMENT) {
                let unpacked = packed.unwrap().unpack(text.len(), tokenizer.as_ref()).unwrap();
                prop_assert_eq!(&tokenizer.decode(&unpacked, &control).unwrap(), text);
            }
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
        let tokenizer = tokenizer(&method, model);
        let vocabulary = tokenizer.vocabulary() as u32;
        let tokens = tokens.into_iter().map(|token| if bits % 3 == 0 { token } else { token % vocabulary }).collect();
        let encoded = Encoded { bits, symbols, hints, ..Encoded::of_tokens(tokens, &[]) };
        if let Ok(text) = tokenizer.decode(&encoded, &Control::default()) {
            prop_assert_eq!(text.len(), symbols);
        }
    }

    #[test]
    fn views_add_up_to_the_text(
        text in prop::collection::vec(prop_oneof![2 => prop::sample::select(b"the cat".to_vec()), 1 => any::<u8>()], 0..50),
        method in any_method(),
        model in 0..4usize,
    ) {
        let view = inspect(&text, &method, &MODELS[model], &Control::default()).unwrap();
        let mut at = 0;
        let mut tokens: Vec<u32> = Vec::new();
        for (index, window) in view.windows.iter().enumerate() {
            prop_assert_eq!((window.byte_start, window.first_token), (at, tokens.len()));
            prop_assert_eq!(window.byte_bits.len(), window.byte_len);
            prop_assert_eq!(matches!(window.end, End::Text), index + 1 == view.windows.len());
            if let End::Full { next, .. } | End::OnlyZeros { next, .. } = window.end {
                prop_assert_eq!(next, text[at + window.byte_len]);
            }
            if matches!(method, Method::OpenAi(_)) {
                prop_assert_eq!(window.tokens.len(), 1);
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
        let encoded = tokenizer(&method, model).encode(&[&symbols], &Control::default()).unwrap();
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

/// By their codes alone, not by what encoders say of them.
#[test]
fn exact_and_delay_windows_are_never_ambiguous() {
    let text = sample(2000, 3);
    for (name, greedy) in [("", false), (", delay", false), (", words=4", false), (", greedy", true)] {
        let method = method(&format!("EqualInfoAC[b=16, v=256{name}]"));
        let Method::EqualInfoAc { shape, .. } = method else { panic!("{method} has no windows") };
        let encoded = tokenizer(&method, 2).encode(&[&text], &Control::default()).unwrap().remove(0);
        assert!(encoded.windows.len() > 100);
        let cdf = MODELS[2].model.cdfs(&[&[]], 16).remove(0);
        let several = encoded.window_codes(&method).unwrap().into_iter().filter(|&code| {
            let mut decoder = WindowDecoder::new(shape, code);
            while !decoder.is_over() && decoder.next(&cdf) != Decoded::End {}
            decoder.candidates().len() != 1
        });
        assert_eq!(several.count() > 0, greedy, "{method}");
    }
}

/// Windows in which M1 goes on are those in which it starts afresh, up to where it would have.
#[test]
fn m1_starts_afresh_when_the_name_says_so() {
    let text = sample(600, 2);
    let encode = |tokenizer: &dyn Tokenizer| tokenizer.encode(&[&text], &Control::default()).unwrap().remove(0);
    for rule in ["", ", greedy", ", delay", ", words=6"] {
        let with = |reset: &str| method(&format!("EqualInfoAC[b=24, v=256{rule}{reset}]"));
        let Method::EqualInfoAc { shape, width, .. } = with("") else { panic!("no windows") };
        for (model, materials) in MODELS.iter().enumerate() {
            let every = carried::CarriedEqualInfoAc::new(shape, width, Reset::EveryWindow, materials.model.clone());
            let (walked, every) = (encode(tokenizer(&with(""), model).as_ref()), encode(&every));
            let spans = |encoded: &Encoded| {
                let of = |w: &WindowSpan| (w.start, w.symbols, w.first_bit, w.used_bits, w.candidates);
                encoded.windows.iter().map(of).collect::<Vec<_>>()
            };
            assert_eq!((&walked.tokens, spans(&walked)), (&every.tokens, spans(&every)), "{rule} with model {model}");
        }
        // With a model that sees its context, the third window is the first that differs.
        let [second, never] = [", reset=2", ", reset=never"].map(|reset| encode(tokenizer(&with(reset), 0).as_ref()));
        assert_eq!(second.windows[..2], never.windows[..2], "{rule}");
        assert_ne!(second.tokens, never.tokens, "{rule}");
        let every = encode(tokenizer(&with(""), 0).as_ref());
        assert_eq!(every.windows[..1], second.windows[..1], "{rule}");
        assert_ne!(every.tokens[3..], second.tokens[3..], "{rule}");
    }
}

#[test]
fn carried_greedy_windows_need_their_hints() {
    let method = method("EqualInfoAC[b=16, v=256, greedy, reset=never]");
    let text = sample(600, 1);
    let tokenizer = tokenizer(&method, 2);
    let encoded = tokenizer.encode(&[&text], &Control::default()).unwrap().remove(0);
    let first = encoded.hints.first().expect("no window is ambiguous: nothing is tested").window;
    let bare = Encoded { hints: Vec::new(), ..encoded };
    let found = tokenizer.decode(&bare, &Control::default());
    assert!(matches!(found, Err(TokenizeError::Ambiguous { window, .. }) if window == first), "{found:?}");
}

#[test]
fn codes_of_more_text_than_was_announced_are_stopped_early() {
    let tokenizer = tokenizer(&method("EqualInfoAC[b=64, v=256]"), 2);
    let encoded = tokenizer.encode(&[&sample(300_000, 1)], &Control::default()).unwrap().remove(0);
    let cut = Encoded { symbols: 100, ..encoded };
    let found = tokenizer.decode(&cut, &Control::default());
    assert!(matches!(found, Err(TokenizeError::Length { wanted: 100, found: ..100_000 })), "{found:?}");
}

#[test]
fn codes_are_cut_into_tokens_wherever_windows_end() {
    let text = sample(300, 1);
    let [bytes, wide] = ["EqualInfoAC[b=24, v=256]", "EqualInfoAC[b=24, v=65k]"]
        .map(|name| tokenizer(&method(name), 2).encode(&[&text], &Control::default()).unwrap().remove(0));
    let codes = bytes.window_codes(&method("EqualInfoAC[b=24, v=256]")).unwrap();
    let mut expected: String = codes.iter().map(|code| code.binary()).collect();
    let string =
        |tokens: &[u32], width: usize| tokens.iter().map(|token| format!("{token:0width$b}")).collect::<String>();
    assert_eq!(string(&bytes.tokens, 8), expected);
    expected.push_str(&"0".repeat(expected.len() % 16));
    assert_eq!(string(&wide.tokens, 16), expected);
    assert_eq!(bytes.windows, wide.windows);
}

#[test]
fn what_the_tree_holds_changes_nothing() {
    let model = &MODELS[3].model;
    let texts: Vec<Vec<Symbol>> = (0..5).map(|seed| sample(200, seed)).collect();
    let examples: Vec<&[Symbol]> = texts.iter().map(Vec::as_slice).collect();
    for name in ["EqualInfoAC[b=32, v=256]", "EqualInfoAC[b=32, v=256, greedy]"] {
        let encode = |tree: &Arc<Trees>| {
            let materials = Materials::new(model.clone(), tree.clone());
            build(&method(name), &materials).unwrap().encode(&examples, &Control::default()).unwrap()
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
    let windows = method("EqualInfoAC[b=16, v=256]");
    assert!(build(&windows, &MODELS[0]).is_ok());
    let other = build(&windows, &Materials { model: Arc::new(StandIn::uniform()), ..MODELS[0].clone() });
    assert!(matches!(other.map(|_| ()), Err(TokenizeError::WrongModel(_))));
}

#[test]
fn calls_stop_when_asked_and_tell_how_far_they_are() {
    for name in names()
        .filter(|name| !name.starts_with("HuggingFace") && !name.starts_with("Unigram") && !name.starts_with("BPE"))
    {
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
    assert!(message.contains("symbol 1 of example 1 is 256") && message.contains("b=9 bits or more"), "{message}");
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
    let bytes: Vec<u8> = text.iter().map(|&symbol| symbol as u8).collect();
    let view = inspect(&bytes, &method("AC[v=2]"), &MODELS[2], &Control::default()).unwrap();
    let ideal: f64 = view.windows[0].byte_bits.iter().sum();
    let found = view.totals.bits as f64;
    assert!(found >= ideal && found < ideal + 4.0, "{found} bits for {ideal}");
    assert_eq!(view.totals.token_ratio.unwrap() * 8.0, view.totals.bit_ratio.unwrap());
}
