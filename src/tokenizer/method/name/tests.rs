use super::*;
use proptest::prelude::*;

fn message(name: &str) -> String {
    name.parse::<Method>().unwrap_err().to_string()
}

#[test]
fn names_are_the_papers() {
    let ours = ["AC[v=2]", "AC[v=256, p=24]", "StaticAC[v=65k]", "GZip[v=65k, bare]", "Huffman[v=256, m1]"];
    let windows = [
        "EqualInfoAC[b=16, v=65k]",
        "EqualInfoAC[b=24, v=65k, greedy]",
        "EqualInfoAC[b=128, v=4096, delay]",
        "EqualInfoAC[b=16, v=256, greedy, reset=2]",
        "EqualInfoAC[b=16, v=256, reset=never]",
        "EqualInfoAC[b=32, v=256, words=6]",
        "EqualInfoAC[b=32, v=256, reset=4, words=6]",
        "EqualText[n=12, v=256, delimited]",
        "HuggingFace[My Folder/tokenizer, v2.json]",
    ];
    for name in names().chain(ours).chain(windows) {
        assert_eq!(name.parse::<Method>().unwrap().to_string(), name);
    }
    assert_eq!(names().count(), KINDS.len());
}

#[test]
fn reading_is_lenient() {
    let method = Method::equal_info(16, 65_536, Termination::Greedy).unwrap();
    for name in ["EqualInfoAC[b=16,v=65536,greedy]", " equalinfoac [ greedy, v = 65k , b=16 ] "] {
        assert_eq!(name.parse().as_ref(), Ok(&method), "{name}");
    }
    for (name, printed) in [
        ("EqualInfoAC[b=16, v=256, exact, reset=1]", "EqualInfoAC[b=16, v=256]"),
        ("bytes", "Bytes"),
        ("gpt-2", "GPT-2"),
        ("ac[v=64k, p=14]", "AC[v=65k]"),
        ("bpe[v=32k]", "BPE[v=32768]"),
        ("EntropyCut[v=256, h=3.250]", "EntropyCut[h=3.25, v=256]"),
        ("EntropyCut[v=256, h=4]", "EntropyCut[h=4, v=256]"),
    ] {
        assert_eq!(name.parse::<Method>().unwrap().to_string(), printed);
    }
}

#[test]
fn errors_say_what_would_be_right() {
    for (name, expected) in [
        ("lzma", "the methods are Bytes · SentencePiece"),
        ("EqualInfAC[b=16, v=256]", "is EqualInfoAC[b=16, v=256] meant?"),
        ("GPT2", "is GPT-2 meant?"),
        ("EqualInfoAC[b=16, v=256", "is not closed"),
        ("EqualInfoAC[v=256]", "does not say its window size b"),
        ("AC", "does not say its vocabulary v"),
        ("AC[b=16, v=256]", "`b=16` is not a setting of AC; write it as AC[v=256]"),
        ("AC[v=256, v=2]", "says `v=2` twice"),
        ("AC[v=256, p=11]", "p is 12 to 24"),
        ("Bytes[v=256]", "`v=256` is not a setting of Bytes"),
        ("EqualInfoAC[b=16, v=256, lazy]", "`lazy` is not a setting"),
        ("EqualInfoAC[b=16, v=256, greedy, delay]", "exact, greedy and delay together"),
        ("EqualInfoAC[b=16, v=256, greedy, words=2]", "leave out"),
        ("EqualInfoAC[b=16, v=256, words=40]", "words=40 is impossible"),
        ("EqualInfoAC[b=16, v=256, words=0]", "leave it out for none"),
        ("EqualInfoAC[b=16, v=256, reset=0]", "reset=0 is impossible"),
        ("EqualInfoAC[b=16, v=256, reset=often]", "`often` is not a number"),
        ("AC[v=1000]", "the nearest are 512 and 1024"),
        ("AC[v=1]", "the nearest is 2"),
        ("AC[v=131072]", "the nearest is 65536"),
        ("EqualInfoAC[b=7, v=256]", "b is 8 to 256"),
        ("EqualInfoAC[b=65552, v=256]", "windows of b=65552 bits are impossible"),
        ("AC[v=many]", "`many` is not a number"),
        ("AC[v=33k]", "`33k` is not a number"),
        ("AC[v=+256]", "`+256` is not a number"),
        ("EntropyCut[h=99999, v=256]", "a limit of h=99999 bits"),
        ("EntropyCut[h=+2, v=256]", "`+2` is not a number of bits"),
        ("BPE[v=100]", "v is 257 to 1000000"),
        ("EqualText[n=0, v=256]", "n is 1 to 256"),
        ("EntropyCut[h=9, v=256]", "h is 0.001 to 8.009"),
        ("EntropyCut[h=2.5555, v=256]", "at most three digits"),
        ("EntropyCut[v=256]", "does not say its limit"),
        ("HuggingFace", "does not say its tokenizer.json"),
    ] {
        assert!(message(name).contains(expected), "{name}: {}", message(name));
    }
}

#[test]
fn numbers_follow_from_the_name() {
    let method: Method = "EqualInfoAC[b=24, v=256]".parse().unwrap();
    assert_eq!((method.window_bits(), method.tokens_per_window()), (Some(24), Some(3)));
    let crossing: Method = "EqualInfoAC[b=24, v=65k]".parse().unwrap();
    assert_eq!(crossing.tokens_per_window(), None);
    assert_eq!(Method::Bytes.token_width(), None);
    assert_eq!("EqualInfoAC[b=8, v=256]".parse::<Method>().unwrap().alphabet(), 256);
}

fn any_method() -> impl Strategy<Value = String> {
    let termination = prop::sample::select(vec!["", ", greedy", ", delay"]);
    let reset = prop_oneof![
        Just(String::new()),
        Just(", reset=never".to_owned()),
        (2..=65_535u32).prop_map(|k| format!(", reset={k}"))
    ];
    let v = (1..=15u32).prop_map(|n| 1u32 << n);
    prop_oneof![
        (8..=256u32, v.clone(), termination, reset).prop_map(|(b, v, t, r)| format!("EqualInfoAC[b={b}, v={v}{t}{r}]")),
        (17..=256u32, v.clone(), 1..=16u32).prop_map(|(b, v, k)| format!("EqualInfoAC[b={b}, v={v}, words={k}]")),
        (v.clone(), 15..=24u8).prop_map(|(v, p)| format!("AC[v={v}, p={p}]")),
        (v.clone(), 1..=256u32).prop_map(|(v, n)| format!("EqualText[n={n}, v={v}]")),
        (v, 1..=9u32, 1..=7u32).prop_map(|(v, tenth, whole)| format!("EntropyCut[h={whole}.{tenth}, v={v}]")),
        (257..=1_000_000u32).prop_map(|v| format!("Unigram[v={v}]")),
    ]
}

proptest! {
    #[test]
    fn every_method_comes_back_from_its_name(name in any_method()) {
        let method: Method = name.parse().unwrap();
        prop_assert_eq!(method.to_string(), name);
        let json = serde_json::to_string(&method).unwrap();
        prop_assert_eq!(serde_json::from_str::<Method>(&json).unwrap(), method);
    }

    #[test]
    fn no_name_panics(name in "(Bytes|AC|EqualInfoAC|EntropyCut|BPE)?\\[?([bvhp]=[0-9k.]{0,22},? ?|greedy|reset=|,){0,4}\\]?.{0,3}") {
        let _ = name.parse::<Method>();
    }
}
