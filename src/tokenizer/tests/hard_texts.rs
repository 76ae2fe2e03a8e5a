//! Texts that tokenizers stumble over, through every lossless method.

use super::*;

/// One of every lossless kind.
fn methods() -> Vec<Method> {
    let more = [
        "GPT-2",
        "EqualInfoAC[b=8, v=256]",
        "EqualInfoAC[b=24, v=65k, greedy]",
        "EqualInfoAC[b=32, v=256, delay]",
        "EqualInfoAC[b=16, v=256, reset=2]",
        "EqualInfoAC[b=16, v=256, greedy, reset=never]",
        "EqualInfoAC[b=40, v=256, words=6]",
        "EqualText[n=3, v=65k, delimited]",
        "Huffman[v=256, m1]",
        "GZip[v=65k, bare]",
    ];
    let trained = ["HuggingFace", "Unigram", "BPE", "SentencePiece"];
    let plain = names().filter(|name| trained.iter().all(|kind| !name.starts_with(kind)));
    plain.chain(more).map(method).collect()
}

fn comes_back(text: &[u8], model: usize) {
    let symbols: Vec<Symbol> = text.iter().map(|&byte| byte.into()).collect();
    for method in methods() {
        let tokenizer = tokenizer(&method, model);
        let encoded = tokenizer.encode(&[&symbols], &Control::default()).unwrap().remove(0);
        let back = tokenizer.decode(&encoded, &Control::default()).unwrap();
        assert!(
            back == symbols,
            "{method} with model {model}: {:?}…",
            String::from_utf8_lossy(&text[..text.len().min(40)])
        );
        let packed = Packed::new(&encoded, tokenizer.as_ref()).unwrap();
        let unpacked = packed.unpack(symbols.len(), tokenizer.as_ref()).unwrap();
        assert!(tokenizer.decode(&unpacked, &Control::default()).unwrap() == symbols, "{method}, packed");
    }
}

#[test]
fn hard_texts_come_back_under_every_method() {
    let all: Vec<u8> = (0..=255).collect();
    let texts: [&[u8]; 9] = [
        b"",
        b"\x00",
        &all,
        &[b'a'; 3000],
        &[0; 500],
        "e\u{301}\u{308}\u{327} Z\u{310}\u{321} \u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{fb01}\u{2028}\u{feff}"
            .as_bytes(),
        "\u{202e}עברית ثم عربية\u{202c} and back, 日本語も".as_bytes(),
        b"\xff\xfe\xc3(\xe2\x82\xf0\x9f\x98 cut \xed\xa0\x80 surrogates",
        b"<|endoftext|></s><extra_id_0><pad>\r\n\t  \n\n  ",
    ];
    for text in texts {
        comes_back(text, 2);
        comes_back(text, 3);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_bytes_come_back_under_every_method(text in prop::collection::vec(any::<u8>(), 0..200), model in 0..4usize) {
        comes_back(&text, model);
    }
}

/// A single line of 10 MB, under the methods that do not run a network on every byte of it.
#[test]
fn ten_megabytes_in_one_line_come_back() {
    let words = b"a line without an end that goes on and on, and on; ";
    let text: Vec<Symbol> = words.iter().cycle().take(10 << 20).map(|&byte| byte.into()).collect();
    for name in ["Bytes", "cl100k", "GZip[v=256]", "EqualInfoAC[b=16, v=65k]", "StaticAC[v=256]"] {
        let tokenizer = tokenizer(&method(name), 2);
        let encoded = tokenizer.encode(&[&text], &Control::default()).unwrap().remove(0);
        assert!(tokenizer.decode(&encoded, &Control::default()).unwrap() == text, "{name}");
    }
}

#[test]
fn what_is_not_fitted_is_named() {
    let bare = Materials { fitted: Fitted::default(), ..MODELS[1].clone() };
    for name in ["StaticAC[v=256]", "Huffman[v=256]", "BPE[v=8192]", "SentencePiece"] {
        let message = build(&method(name), &bare).map(|_| ()).unwrap_err().to_string();
        assert!(message.contains(name) && message.contains("was not given"), "{message}");
    }
}
