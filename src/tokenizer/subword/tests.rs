use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::coding::END_OF_DOCUMENT;

fn symbols(text: &[u8]) -> Vec<Symbol> {
    text.iter().map(|&byte| byte.into()).collect()
}

fn ids(subword: &Subword, text: &str) -> Vec<u32> {
    subword.encode(&symbols(text.as_bytes())).ids
}

fn special(id: u32, content: &str) -> Value {
    json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
        "special": true})
}

/// A vocabulary trained on a little text.
fn trained(kind: TrainedKind) -> Vec<u8> {
    let text = "It's 12 o'clock, and all is well; that is what they say.\n\n  The end, naïve café.\n".repeat(3);
    train(kind, 270, [text.into_bytes()].into_iter(), 0, &mut |_| true).unwrap().json
}

/// In the manner of Llama: metaspaces, and bytes for what is no piece.
fn llama() -> Value {
    let mut vocab = json!({"<unk>": 0, "<s>": 1, "</s>": 2, "▁": 3, "a": 4, "b": 5, "▁a": 6, "ab": 7, "é": 8, "<": 9});
    for byte in 0..256 {
        vocab[format!("<0x{byte:02X}>")] = json!(10 + byte);
    }
    json!({
        "version": "1.0",
        "added_tokens": [special(0, "<unk>"), special(1, "<s>"), special(2, "</s>")],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
        "decoder": {"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
        "model": {"type": "BPE", "unk_token": "<unk>", "byte_fallback": true, "fuse_unk": true, "vocab": vocab,
            "merges": ["▁ a", "a b"]},
    })
}

/// In the manner of BERT: words and what they go on with, all in lower case.
fn bert() -> Value {
    let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "##b", "the", ".", "[", "]", "sep"];
    let vocab: Value = pieces.iter().enumerate().map(|(id, piece)| (piece.to_string(), json!(id))).collect();
    json!({
        "version": "1.0",
        "added_tokens": [special(0, "[PAD]"), special(1, "[UNK]"), special(2, "[CLS]"), special(3, "[SEP]")],
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
            "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocab},
    })
}

fn read(json: &Value) -> Result<Subword, SubwordError> {
    Subword::from_json(&serde_json::to_vec(json).unwrap())
}

/// One of each sort.
static ALL: LazyLock<Vec<Subword>> = LazyLock::new(|| {
    let mut prefixed: Value = serde_json::from_slice(&trained(TrainedKind::Bpe)).unwrap();
    prefixed["pre_tokenizer"]["add_prefix_space"] = json!(true);
    let mut split: Value = serde_json::from_slice(&trained(TrainedKind::Bpe)).unwrap();
    split["pre_tokenizer"] = json!({"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": r"\s+|\w+"}, "behavior": "Isolated", "invert": false},
        {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]});
    let trained = [TrainedKind::Unigram, TrainedKind::Bpe].map(|kind| Subword::from_json(&trained(kind)).unwrap());
    let read = [llama(), bert(), prefixed, split].map(|json| read(&json).unwrap());
    [Subword::t5().unwrap()].into_iter().chain(Ranks::ALL.map(Subword::openai)).chain(trained).chain(read).collect()
});

fn t5() -> &'static Subword {
    &ALL[0]
}

#[test]
fn t5_s_ids_are_the_documented_ones() {
    assert_eq!(ids(t5(), "Hello world"), [8774, 296]);
    let translate = "translate English to German: The house is wonderful.";
    assert_eq!(ids(t5(), translate), [13959, 1566, 12, 2968, 10, 37, 629, 19, 1627, 5]);
    let summarize = "summarize: studies have shown that owning a dog is good for you";
    assert_eq!(ids(t5(), summarize), [21603, 10, 2116, 43, 2008, 24, 293, 53, 3, 9, 1782, 19, 207, 21, 25]);
    assert_eq!((t5().vocabulary(), t5().end_of_document(), t5().lossless()), (32_000, 1, false));
}

#[test]
fn t5_loses_line_breaks_spaces_and_braces_and_says_how_much() {
    for (text, decoded, lost) in [
        ("Hello world", "Hello world", 0),
        ("one\ntwo", "one two", 1),
        ("a  b", "a b", 1),
        (" a", "a", 1),
        ("{", "\u{FFFD}", 1),
        ("x\u{FB01}x", "xfix", 3),
    ] {
        let encoding = t5().encode(&symbols(text.as_bytes()));
        assert_eq!(t5().decode(&encoding.ids).unwrap(), symbols(decoded.as_bytes()), "{text:?}");
        assert_eq!(encoding.lost, lost, "{text:?}: {encoding:?}");
    }
}

#[test]
fn what_each_kind_says_of_itself() {
    let described: Vec<_> =
        ALL.iter().map(|subword| (subword.vocabulary(), subword.end_of_document(), subword.lossless())).collect();
    let expected = [
        (32_000, 1, false),
        (50_257, 50_256, true),
        (100_258, 100_257, true),
        (200_000, 199_999, true),
        (270, 269, true),
        (270, 269, true),
        (266, 2, false),
        (11, 3, false),
        (270, 269, false),
        (270, 269, true),
    ];
    assert_eq!(described, expected);
    assert_eq!(t5().identity(), "t5-3166cd247de7");
    assert_eq!(ALL[2].identity(), "openai-cl100k_base");
    let identities: std::collections::HashSet<_> = ALL.iter().map(Subword::identity).collect();
    assert_eq!(identities.len(), ALL.len());
}

#[test]
fn without_a_special_token_for_it_the_end_of_a_document_is_one_id_more() {
    let mut json = llama();
    json["added_tokens"] = json!([special(0, "<unk>")]);
    let subword = read(&json).unwrap();
    assert_eq!((subword.end_of_document(), subword.vocabulary()), (266, 267));
    assert_eq!(subword.encode(&[END_OF_DOCUMENT]).ids, [266]);
}

#[test]
fn special_tokens_written_out_are_text() {
    let names = ["<|endoftext|>", "</s>", "<extra_id_0>", "<pad>", "<unk>", "<s>", "[SEP]", "[UNK]", "<|fim_prefix|>"];
    let specials: Vec<Vec<u32>> = ALL
        .iter()
        .map(|subword| {
            let ids = 0..subword.vocabulary() as u32;
            ids.filter(|&id| names.iter().any(|name| subword.text_of(id) == name.as_bytes())).collect()
        })
        .collect();
    for name in names {
        for text in [name.to_owned(), format!("a{name}b {name} {name}"), format!("\u{10FFFE} {name}")] {
            for (subword, specials) in ALL.iter().zip(&specials) {
                let ids = ids(subword, &text);
                assert!(!ids.iter().any(|id| specials.contains(id)), "{} of {text:?}: {ids:?}", subword.identity());
                assert!(!specials.is_empty(), "{}", subword.identity());
            }
        }
    }
}

#[test]
fn lossless_kinds_give_hard_texts_back() {
    let texts: [&[u8]; 12] = [
        b"",
        b"\0",
        b"\xFF",
        &(0..=u8::MAX).collect::<Vec<_>>(),
        &[b'a'; 5000],
        &[b' '; 5000],
        &[0x80; 5000],
        "e\u{301}\u{302}a\u{300} Z\u{351}\u{343}".as_bytes(),
        "שלום עולם مرحبا بالعالم".as_bytes(),
        &"日本語😀".as_bytes()[1..11],
        b"\xC0\xAF\xED\xA0\x80\xF5\x80",
        "\u{10FFFE} <|endoftext|>\u{FFFD}".as_bytes(),
    ];
    for subword in ALL.iter().filter(|subword| subword.lossless()) {
        for text in texts {
            let encoding = subword.encode(&symbols(text));
            assert_eq!(encoding.lost, 0, "{} of {text:?}", subword.identity());
            assert!(subword.decode(&encoding.ids).unwrap() == symbols(text), "{} of {text:?}", subword.identity());
        }
    }
}

#[test]
fn invalid_bytes_are_byte_tokens_or_one_unknown_token() {
    let source = symbols(b"a\xFF\x80b");
    assert_eq!(ALL[6].encode(&source).ids, [6, 10 + 0xFF, 10 + 0x80, 3, 5]);
    let encoding = t5().encode(&source);
    assert_eq!(encoding.ids.iter().filter(|&&id| id == 2).count(), 1, "{encoding:?}");
    // Both bytes, and the space before `b` that was not there.
    assert_eq!(encoding.lost, 3, "{encoding:?}");
    assert_eq!(ALL[1].encode(&source).spans, [0..1, 1..2, 2..3, 3..4]);
}

/// Text is cut after U+10FFFE. What is added before the cut makes up for what is lost after it.
#[test]
fn what_comes_back_in_another_token_is_not_lost() {
    let subword = read(&json!({
        "version": "1.0",
        "added_tokens": [special(0, "<unk>")],
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "decoder": {"type": "BPEDecoder", "suffix": "</w>"},
        "model": {"type": "BPE", "unk_token": "<unk>", "end_of_word_suffix": "</w>", "merges": [],
            "vocab": {"<unk>": 0, "a": 1, "\u{10FFFE}</w>": 2, "b</w>": 3}},
    }));
    let (subword, source) = (subword.unwrap(), symbols("a\u{10FFFE} b ".as_bytes()));
    let encoding = subword.encode(&source);
    assert_eq!((encoding.ids.as_slice(), encoding.lost), ([1, 2, 3].as_slice(), 0));
    assert_eq!(subword.decode(&encoding.ids).unwrap(), source);
    assert_eq!(subword.encode(&source[..source.len() - 1]).lost, 3);
}

#[test]
fn cutting_a_long_text_does_not_change_t5_s_ids() {
    let words = ["word", " another", " x1", "  two", " ½", "\nline", " e\u{301}", ", and", " 日本"];
    let mut state = 1u32;
    let text: String = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        words[(state >> 24) as usize % words.len()]
    })
    .take(20_000)
    .collect();
    let Engine::Json { tokenizer, .. } = &t5().engine else { panic!("T5 is a tokenizer.json") };
    let whole = tokenizer.encode(text.as_str(), false).unwrap();
    assert!(text.len() > 5 * PART && until_space(&text).len() < 2 * PART);
    assert!(ids(t5(), &text) == whole.get_ids());
}

#[test]
fn hiding_special_tokens_and_leaving_ids_out_changes_no_other_ids_of_t5() {
    let whole = Tokenizer::from_bytes(T5).unwrap();
    let texts = [
        "The house is wonderful.",
        "a  b\n\nc\td",
        "½ \u{FB01} Ⅷ ＡＢＣ",
        "{x} <y> ~^`",
        "naïve Gefühl, ça va? Această țară",
        "日本語 שלום",
        "e\u{301} \u{200B}\u{AD}x",
        " ▁ ▁▁x",
        "\u{0}\u{1}\u{7f}",
        "http://x.y/?q=1&r=%20#z",
    ];
    for text in texts {
        assert_eq!(ids(t5(), text), whole.encode(text, false).unwrap().get_ids(), "{text:?}");
    }
}

#[test]
fn threads_may_share_a_tokenizer() {
    let sources: Vec<_> =
        (0..64).map(|i| symbols(format!("Example {i} of {}, it's \u{e9}.", i * 37).as_bytes())).collect();
    for subword in ALL.iter() {
        let encode = |sources: &[Vec<Symbol>]| sources.iter().map(|source| subword.encode(source)).collect::<Vec<_>>();
        let alone = encode(&sources);
        let together = std::thread::scope(|scope| {
            let threads: Vec<_> = sources.chunks(16).map(|chunk| scope.spawn(move || encode(chunk))).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(alone, together, "{}", subword.identity());
    }
}

#[test]
fn damaged_files_say_what_is_wrong() {
    let error = |json: &Value| read(json).map(|_| ()).unwrap_err().to_string();
    assert!(Subword::from_json(b"{").unwrap_err().to_string().starts_with("this is no tokenizer.json: EOF"));
    assert!(error(&json!([1])).contains("no JSON object"));
    assert!(error(&json!({})).contains("has no model"));
    assert!(error(&json!({"model": {"type": "Magic"}})).contains("`Magic`"));
    assert!(error(&json!({"model": {"type": "BPE", "vocab": {}}})).contains("no pieces"));
    assert!(error(&json!({"model": {"type": "BPE", "vocab": {"a": -1}}})).contains("entry `a`"));
    assert!(error(&json!({"model": {"type": "BPE", "vocab": {"a": 4_000_000_000u32}}})).contains("id 4000000000"));
    assert!(error(&json!({"model": {"type": "Unigram", "vocab": [["a"]]}})).contains("entry 0"));
    assert!(
        error(&json!({"version": "1.0", "model": {"type": "Unigram", "vocab": [["a", 0.5]]}}))
            .contains("unknown token")
    );
    let mut llama = llama();
    llama["model"]["merges"] = json!(["a b", ["a", "c"]]);
    assert!(error(&llama).contains("merge 1 of the tokenizer.json names `c`"));
    llama["model"]["merges"] = json!([]);
    llama["pre_tokenizer"] =
        json!({"type": "Split", "pattern": {"Regex": "("}, "behavior": "Isolated", "invert": false});
    assert!(error(&llama).contains("does not take"));
}

/// Bytes as they come: text of many scripts, special tokens, binary, characters cut in the middle.
fn sources() -> impl Strategy<Value = Vec<Symbol>> {
    let text = "[ab .é<\\[\\]\n]{0,6}|\\PC{0,4}|[ \n\t]{0,5}|(the |sep|</s>|<unk>|\\[SEP\\]|<\\|endoftext\\|>)";
    let part = prop_oneof![
        4 => text.prop_map(|text| symbols(text.as_bytes())),
        1 => prop::collection::vec(0..=256u16, 0..6),
        1 => "\\PC{2}".prop_map(|text| symbols(&text.as_bytes()[1..])),
        1 => Just(vec![END_OF_DOCUMENT]),
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn lost_is_zero_exactly_if_the_text_comes_back(source in sources()) {
        for subword in ALL.iter() {
            let encoding = subword.encode(&source);
            let decoded = subword.decode(&encoding.ids).unwrap();
            prop_assert_eq!(encoding.lost == 0, decoded == source, "{}: {:?}", subword.identity(), encoding);
            prop_assert!(!subword.lossless() || encoding.lost == 0, "{}: {:?}", subword.identity(), encoding);
            prop_assert!(encoding.ids.iter().all(|&id| (id as usize) < subword.vocabulary()));
        }
    }

    #[test]
    fn spans_are_in_order_and_those_of_lossless_kinds_are_the_text(source in sources()) {
        for subword in ALL.iter() {
            let encoding = subword.encode(&source);
            prop_assert_eq!(encoding.ids.len(), encoding.spans.len());
            let mut done = 0;
            for (span, &id) in encoding.spans.iter().zip(&encoding.ids) {
                prop_assert!(span.start >= done && span.end >= span.start && span.end <= source.len());
                if subword.lossless() {
                    prop_assert_eq!(span.start, done);
                    prop_assert_eq!(subword.decode(&[id]).unwrap(), &source[span.clone()]);
                }
                done = span.end;
            }
            prop_assert!(!subword.lossless() || done == source.len());
        }
    }

    #[test]
    fn only_ends_of_documents_have_their_id(source in sources()) {
        for subword in ALL.iter() {
            let encoding = subword.encode(&source);
            let ends = encoding.spans.iter().zip(&encoding.ids).filter(|&(_, &id)| id == subword.end_of_document());
            let ends: Vec<_> = ends.map(|(span, _)| span.clone()).collect();
            let expected = (0..source.len()).filter(|&at| source[at] == END_OF_DOCUMENT).map(|at| at..at + 1);
            prop_assert_eq!(ends, expected.collect::<Vec<_>>(), "{}", subword.identity());
        }
    }

    #[test]
    fn the_words_ids_are_those_of_the_whole_tokenizer(text in "([a-zA-Z']{0,5}[ \n\t]{0,3}[0-9.,]{0,3}\\PC{0,2}){0,6}") {
        for subword in &ALL[4..6] {
            let Engine::Json { tokenizer, feed } = &subword.engine else { panic!("trained ones are tokenizer.jsons") };
            prop_assert_eq!(*feed, Feed::Words);
            let whole = tokenizer.encode(text.as_str(), false).unwrap();
            prop_assert_eq!(ids(subword, &text), whole.get_ids());
        }
    }

    #[test]
    fn any_bytes_are_a_tokenizer_or_an_error(json in "\\{(\"(model|vocab|type|added_tokens)\":[\\[\\]{}0-9a\",]{0,9}){0,3}\\}") {
        prop_assert!(Subword::from_json(json.as_bytes()).is_err());
    }
}
