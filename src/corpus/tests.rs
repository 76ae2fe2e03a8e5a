//! The whole way from files to examples, over the default corpus and over files made here.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

use super::*;
use crate::coding::{END_OF_DOCUMENT, Symbol};

const RULE: SplitRule = SplitRule { seed: 1, validation: 0.05 };

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn source(&self, name: &str, content: impl AsRef<[u8]>) -> Source {
        Source::from_paths(&[self.file(name, content)]).unwrap()
    }
}

fn texts(source: &Source) -> Vec<Vec<u8>> {
    documents(source).unwrap().map(|document| document.unwrap().bytes).collect()
}

fn first_error(source: &Source) -> CorpusError {
    match documents(source) {
        Err(error) => error,
        Ok(documents) => {
            let mut documents = documents.skip_while(Result::is_ok);
            let error = documents.next().expect("the source is read without an error").unwrap_err();
            assert!(documents.next().is_none(), "the stream goes on behind its error");
            error
        }
    }
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn zstandard(content: &[u8]) -> Vec<u8> {
    zstd::encode_all(content, 1).unwrap()
}

/// Text of about `length` bytes without blank lines, different for each number.
fn prose(number: usize, length: usize) -> String {
    let sentence = format!("Document {number} has a line that goes on for a while, as lines of prose do.\n");
    sentence.repeat(length.div_ceil(sentence.len())).trim_end().to_owned()
}

fn json_lines(documents: &[String]) -> String {
    documents.iter().map(|text| serde_json::json!({ "text": text, "url": "u" }).to_string() + "\n").collect()
}

fn hash<T: AsRef<[u8]>>(items: impl IntoIterator<Item = T>) -> String {
    let mut hash = Sha256::new();
    for item in items {
        hash.update((item.as_ref().len() as u64).to_le_bytes());
        hash.update(item);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn symbol_bytes(symbols: Vec<Symbol>) -> Vec<u8> {
    symbols.into_iter().flat_map(Symbol::to_le_bytes).collect()
}

#[test]
fn every_format_and_packing_gives_the_same_documents() {
    let folder = Folder::new();
    let wanted: Vec<String> = (0..5).map(|number| prose(number, 3000) + " “é”").collect();
    let plain = format!("\n \n{}\n\n", wanted.join("\n\n"));
    let lines = json_lines(&wanted) + "\n" + &json_lines(&[String::new()]);
    let (half, rest) = lines.split_at(lines.len() / 2);
    let two_members = [gzip(half.as_bytes()), gzip(rest.as_bytes())].concat();
    let two_frames = [zstandard(half.as_bytes()), zstandard(rest.as_bytes())].concat();
    let marked = format!("\u{feff}{plain}");
    for source in [
        folder.source("a.txt", &plain),
        folder.source("a", plain.replace('\n', "\r\n").replace("do.\r\n", "do.\n")),
        folder.source("marked.txt", &marked),
        folder.source("a.txt.gz", gzip(plain.as_bytes())),
        folder.source("a.md.zst", zstandard(plain.as_bytes())),
        folder.source("a.jsonl", &lines),
        folder.source("a.JSON", format!("\u{feff}{lines}")),
        folder.source("a.json.gz", two_members),
        folder.source("a.ndjson.zst", two_frames),
    ] {
        assert_eq!(texts(&source), wanted.iter().map(|text| text.as_bytes()).collect::<Vec<_>>(), "{}", source.name());
    }
}

#[test]
fn documents_are_numbered_over_all_files() {
    let folder = Folder::new();
    folder.file("a.jsonl", json_lines(&[prose(0, 10), prose(1, 10)]));
    folder.file("b.txt", prose(2, 5000) + "\n\n" + &prose(3, 10));
    folder.file("c.txt", "");
    folder.file("d.txt", "last");
    let source = Source::parse(&folder.0.path().display().to_string()).unwrap();
    let places: Vec<(u64, usize)> =
        documents(&source).unwrap().map(Result::unwrap).map(|document| (document.index, document.part)).collect();
    assert_eq!(places, [(0, 0), (1, 0), (2, 1), (3, 1), (4, 3)]);
}

#[test]
fn plain_text_is_parted_at_blank_lines_and_headings_but_not_into_crumbs() {
    let folder = Folder::new();
    let long = prose(0, MIN_DOCUMENT + 100);
    let text = format!(
        "CHAPTER 1. One\nCHAPTER 2. Two\n{long}\n  CHAPTER IX\r\n{long}\nChapter Ten\nshort\n\n\nshort too\n \t\n{long}\n\
         Chapter and verse\n{long}\n\n\nthe end  \n\n"
    );
    let wanted = [
        format!("CHAPTER 1. One\nCHAPTER 2. Two\n{long}"),
        format!("  CHAPTER IX\r\n{long}"),
        format!("Chapter Ten\nshort\n\n\nshort too\n \t\n{long}\nChapter and verse\n{long}"),
        "the end".to_owned(),
    ];
    assert_eq!(texts(&folder.source("a.txt", text)), wanted.map(String::into_bytes));
}

#[test]
fn text_need_not_be_utf8_but_must_be_text() {
    let folder = Folder::new();
    let latin = b"caf\xe9 \xff\xfe\n\x80".to_vec();
    assert_eq!(texts(&folder.source("latin.txt", &latin)), [latin]);
    let mut late_zero = vec![b'a'; 100_000];
    late_zero[70_001] = 0;
    for (content, evidence) in [
        (late_zero, "offset 70001"),
        (gzip(b"text"), ".gz"),
        (zstandard(b"text"), ".zst"),
        (b"PK\x03\x04....".to_vec(), "zip"),
        (b"%PDF-1.7\n".to_vec(), "PDF"),
        (b"\xff\xfea\0b\0".to_vec(), "UTF-8"),
    ] {
        let error = first_error(&folder.source("a.txt", content));
        assert!(matches!(error, CorpusError::Binary { .. }), "{error}");
        assert!(error.to_string().contains(evidence), "{error}");
    }
}

#[test]
fn broken_json_is_reported_with_its_line() {
    let folder = Folder::new();
    let good = "{\"text\": \"a\"}\n";
    let report = |line: &str| first_error(&folder.source("a.jsonl", format!("{good}\n{good}{line}\n{good}")));
    for line in
        ["{\"text\": \"a\"", "{\"text\": \"a\"} x", "\"text\"", "[{\"text\": \"a\"}]", "{", "{\"text\": \"\\ud800\"}"]
    {
        let error = report(line);
        assert!(matches!(&error, CorpusError::BrokenJson { line: 4, .. }), "{line}: {error}");
        assert!(error.to_string().contains("a.jsonl`, line 4,"), "{error}");
        assert!(!error.to_string().contains("line 1"), "{error}");
    }
    for line in ["{\"texts\": \"a\"}", "{\"text\": 5}", "{\"text\": null}", "{}"] {
        let error = report(line);
        assert!(matches!(&error, CorpusError::NoText { line: 4, .. }), "{line}: {error}");
    }
}

#[test]
fn broken_compression_is_reported_behind_what_can_be_read() {
    let folder = Folder::new();
    let lines = json_lines(&(0..4000).map(|number| prose(number, 100)).collect::<Vec<_>>());
    for (name, content, kind) in
        [("a.jsonl.gz", gzip(lines.as_bytes()), "gzip"), ("a.jsonl.zst", zstandard(lines.as_bytes()), "zstd")]
    {
        let cut = folder.source(name, &content[..content.len() - 5]);
        assert!(documents(&cut).unwrap().next().unwrap().is_ok());
        let error = first_error(&cut);
        assert!(
            matches!(&error, CorpusError::BrokenCompression { compression, .. } if *compression == kind),
            "{error}"
        );
        let not_packed = first_error(&folder.source(name, &lines));
        assert!(matches!(not_packed, CorpusError::BrokenCompression { .. }), "{not_packed}");
    }
}

#[test]
fn a_corpus_without_text_is_an_error() {
    let folder = Folder::new();
    for (name, content) in
        [("a.txt", Vec::new()), ("a.txt", b" \n\n\t\n".to_vec()), ("a.jsonl", b"\n\n".to_vec()), ("a.gz", gzip(b""))]
    {
        let error = first_error(&folder.source(name, content));
        assert!(matches!(error, CorpusError::Empty { .. }), "{error}");
    }
    let vanished = folder.source("b.txt", "x");
    fs::remove_file(Path::new(vanished.name())).unwrap();
    assert!(matches!(first_error(&vanished), CorpusError::Unreadable { .. }));
}

#[test]
fn a_huge_document_is_cut_gently() {
    let folder = Folder::new();
    let sentence = "häuser ";
    let huge = sentence.repeat(MAX_DOCUMENT / sentence.len() + 100_000);
    let cuts = texts(&folder.source("a.txt", format!("{huge}x")));
    assert_eq!(cuts.concat(), format!("{huge}x").into_bytes());
    assert_eq!(cuts.len(), 2);
    assert!(cuts[0].len() <= MAX_DOCUMENT && cuts[0].len() > MAX_DOCUMENT - 10 && cuts[0].ends_with(b" "));
    let solid = "é".repeat(MAX_DOCUMENT / 2 + 10);
    for source in
        [folder.source("b.txt", format!("a{solid}")), folder.source("b.jsonl", json_lines(&[format!("a{solid}")]))]
    {
        let cuts = texts(&source);
        assert_eq!(cuts.iter().map(Vec::len).collect::<Vec<_>>(), [MAX_DOCUMENT - 1, 22], "{}", source.name());
        assert!(cuts.iter().all(|cut| std::str::from_utf8(cut).is_ok()));
    }
}

#[test]
fn streaming_a_large_file_holds_little_memory() {
    let folder = Folder::new();
    let line = json_lines(&[prose(0, 16 << 10)]);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let lines = (64 << 20) / line.len() + 1;
    for _ in 0..lines {
        encoder.write_all(line.as_bytes()).unwrap();
    }
    let source = folder.source("large.jsonl.gz", encoder.finish().unwrap());
    let mut documents = documents(&source).unwrap();
    let (mut count, mut bytes) = (0, 0);
    while let Some(document) = documents.next() {
        count += 1;
        bytes += document.unwrap().bytes.len();
        assert!(documents.buffered() < 256 << 10, "{} bytes are held", documents.buffered());
    }
    assert_eq!(count, lines);
    assert!(bytes > 60 << 20, "{bytes}");
}

#[test]
fn the_default_corpus_is_the_one_that_was_published() {
    let documents = texts(&Source::default_corpus());
    assert_eq!(documents.len(), 442);
    assert_eq!(documents.iter().map(Vec::len).sum::<usize>(), 6_023_565);
    // The same rule in another language (Python) gave this hash.
    assert_eq!(hash(&documents), "5462a4a31ca28143");
    assert!(documents[0].starts_with(b"CHAPTER 1. Loomings.\nCall me Ishmael."));
    assert_eq!(documents.iter().filter(|document| document.starts_with(b"CHAPTER ")).count(), 128);
}

#[test]
fn the_default_split_takes_its_share_of_every_part() {
    let source = Source::default_corpus();
    let statistics = statistics(&source, RULE, &mut |_| true).unwrap();
    assert_eq!((statistics.documents, statistics.bytes), (442, 6_023_565));
    assert_eq!((statistics.validation_documents, statistics.validation_bytes), (22, 326_579));
    assert_eq!((statistics.train_documents, statistics.train_bytes), (420, 5_696_986));
    assert_eq!((statistics.shortest, statistics.longest), (2051, 217_083));
    assert_eq!(statistics.parts.len(), 1);
    assert_eq!(statistics.parts[0].validation_bytes, statistics.validation_bytes);
    let held_out = split_documents(&source, RULE, Split::Validation).unwrap().map(|document| document.unwrap().index);
    let mut parts = [0; 3];
    for index in held_out {
        // 128 documents of Moby Dick, 62 addresses, then countries.
        parts[usize::from(index >= 128) + usize::from(index >= 190)] += 1;
    }
    assert_eq!(parts, [6, 4, 12]);
}

#[test]
fn split_packing_and_order_never_change() {
    let source = Source::default_corpus();
    let held_out = split_documents(&source, RULE, Split::Validation).unwrap();
    let split = hash(held_out.map(|document| document.unwrap().bytes));
    let packed = Packing::new(split_documents(&source, RULE, Split::Train).unwrap(), 10_240, Tail::Keep)
        .unwrap()
        .map(|example| symbol_bytes(example.unwrap()));
    let packing = hash(packed);
    let mut examples = ShuffledExamples::new(source, RULE, Split::Train, 1024, 1, 0).unwrap();
    // The first two hashes are those of a second implementation, in Python.
    let order = hash((0..100).map(|_| symbol_bytes(examples.next().unwrap())));
    assert_eq!([split.as_str(), &packing, &order], ["e4e37f1033eb5907", "8259e880639871e6", "bcf0e6f307d430e4"]);
}

#[test]
fn a_documents_side_depends_on_its_content_and_the_seed_alone() {
    let folder = Folder::new();
    let all: Vec<String> = (0..400).map(|number| prose(number, 50)).collect();
    let sides = |rule: SplitRule, documents: &[String]| {
        let source = folder.source("a.jsonl", json_lines(documents));
        let read = |split| split_documents(&source, rule, split).unwrap().map(|document| document.unwrap().bytes);
        (read(Split::Train).collect::<Vec<_>>(), read(Split::Validation).collect::<Vec<_>>())
    };
    let rule = SplitRule { seed: 5, validation: 0.25 };
    let (train, validation) = sides(rule, &all);
    assert_eq!(train.len() + validation.len(), all.len());
    assert!(validation.len().abs_diff(100) < 45, "{}", validation.len());
    assert!(validation.iter().all(|document| rule.side(document) == Split::Validation));
    let mut turned = all.clone();
    turned.reverse();
    turned.extend_from_within(..100);
    let (_, mut turned) = sides(rule, &turned);
    turned.sort();
    turned.dedup();
    let mut sorted = validation.clone();
    sorted.sort();
    assert_eq!(turned, sorted);
    assert_ne!(sides(SplitRule { seed: 6, ..rule }, &all).1, validation);
}

#[test]
fn a_corpus_of_one_document_is_cut_by_bytes() {
    let folder = Folder::new();
    let text = prose(0, 100_000);
    let source = folder.source("a.txt", &text);
    let read = |split| {
        let mut documents = split_documents(&source, RULE, split).unwrap().map(Result::unwrap);
        (documents.next().unwrap().bytes, documents.count())
    };
    let ((train, 0), (validation, 0)) = (read(Split::Train), read(Split::Validation)) else {
        panic!("one document on each side");
    };
    assert_eq!([&train[..], &validation].concat(), text.as_bytes());
    assert!(train.ends_with(b"\n") && (4_900..5_200).contains(&validation.len()), "{}", validation.len());
}

#[test]
fn no_side_is_empty_unless_nothing_can_fill_it() {
    let folder = Folder::new();
    let source = folder.source("a.jsonl", json_lines(&(0..5).map(|number| prose(number, 10)).collect::<Vec<_>>()));
    for (validation, held_out) in [(1e-6, 1), (0.999_999, 4)] {
        let rule = SplitRule { seed: 0, validation };
        let counted = statistics(&source, rule, &mut |_| true).unwrap();
        assert_eq!((counted.validation_documents, counted.train_documents), (held_out, 5 - held_out));
        let held: Vec<_> = split_documents(&source, rule, Split::Validation).unwrap().collect();
        assert_eq!(held.len() as u64, held_out);
    }
    let equal = folder.source("b.jsonl", json_lines(&[prose(0, 10), prose(0, 10)]));
    let error = statistics(&equal, RULE, &mut |_| true).unwrap_err();
    assert!(error.to_string().contains("all equal"), "{error}");
    let tiny = folder.source("c.txt", "x");
    assert!(matches!(split_documents(&tiny, RULE, Split::Train), Err(CorpusError::EmptySplit { .. })));
    for validation in [0.0, 1.0, -0.5, f64::NAN] {
        let refused = split_documents(&source, SplitRule { seed: 0, validation }, Split::Train);
        assert!(matches!(refused, Err(CorpusError::Fraction { .. })));
    }
}

#[test]
fn counting_can_be_broken_off() {
    let mut calls = 0;
    let counted = statistics(&Source::default_corpus(), RULE, &mut |_| {
        calls += 1;
        calls < 3
    });
    assert_eq!(counted.unwrap().documents, 3);
}

#[test]
fn the_validation_sample_is_small_whole_and_from_everywhere() {
    let source = Source::default_corpus();
    let all: Vec<Vec<u8>> =
        split_documents(&source, RULE, Split::Validation).unwrap().map(|document| document.unwrap().bytes).collect();
    assert_eq!(validation_sample(&source, RULE, u64::MAX).unwrap(), all);
    let sample = validation_sample(&source, RULE, 100_000).unwrap();
    let bytes: usize = sample.iter().map(Vec::len).sum();
    assert!((20_000..=100_000).contains(&bytes), "{bytes}");
    let places: Vec<usize> =
        sample.iter().map(|document| all.iter().position(|other| other == document).unwrap()).collect();
    assert!(places.is_sorted() && places[0] < 6 && *places.last().unwrap() > all.len() - 6, "{places:?}");
}

fn packed(documents: &[&str], length: usize, tail: Tail) -> Vec<Vec<Symbol>> {
    let documents = documents.iter().map(|text| Ok(Document { bytes: text.as_bytes().to_vec(), index: 0, part: 0 }));
    Packing::new(documents, length, tail).unwrap().map(Result::unwrap).collect()
}

#[test]
fn documents_are_joined_marked_and_cut() {
    const E: Symbol = END_OF_DOCUMENT;
    const A: Symbol = b'a' as Symbol;
    assert_eq!(packed(&["aa", "a", "aaa"], 4, Tail::Keep), [vec![A, A, E, A], vec![E, A, A, A], vec![E]]);
    assert_eq!(packed(&["aa", "a", "aaa"], 4, Tail::Drop), [[A, A, E, A], [E, A, A, A]]);
    assert_eq!(packed(&["aaa"], 4, Tail::Drop), [[A, A, A, E]]);
    assert_eq!(packed(&["aaaa"], 2, Tail::Drop), [[A, A], [A, A]]);
    assert_eq!(pack_documents(&["aa", "a"]), [A, A, E, A, E]);
    assert!(matches!(Packing::new(std::iter::empty(), 0, Tail::Keep), Err(CorpusError::NoExampleLength)));
}

#[test]
fn no_example_crosses_a_sequence_of_128_documents() {
    let documents = vec!["ab"; 300];
    let kept = packed(&documents, 100, Tail::Keep);
    let lengths: Vec<usize> = kept.iter().map(Vec::len).collect();
    assert_eq!(lengths, [100, 100, 100, 84, 100, 100, 100, 84, 100, 32]);
    assert_eq!(kept.concat(), pack_documents(&documents));
    assert_eq!(packed(&documents, 100, Tail::Drop).len(), 7);
    // A sequence that fills its examples exactly leaves no empty one behind.
    assert_eq!(packed(&documents[..256], 3, Tail::Keep).len(), 256);
}

/// A source of 60 documents that makes 59 examples of 64 symbols or so, and a pool for 10 of them.
fn small(folder: &Folder) -> ShuffledExamples {
    let source = folder.source("a.jsonl", json_lines(&(0..60).map(|number| prose(number, 60)).collect::<Vec<_>>()));
    ShuffledExamples::with_pool(source, RULE, Split::Train, 64, 9, 10 * 128).unwrap()
}

#[test]
fn each_epoch_has_every_example_once_in_an_order_of_its_own() {
    let folder = Folder::new();
    let mut examples = small(&folder);
    let mut epochs: Vec<Vec<Vec<Symbol>>> = vec![Vec::new(); 3];
    while examples.epoch() < 3 {
        let example = examples.next().unwrap();
        assert!(examples.pooled() <= 12 * 128);
        if let Some(epoch) = epochs.get_mut(examples.epoch() as usize) {
            epoch.push(example);
        }
    }
    assert!(epochs[0].len() > 40);
    assert_ne!(epochs[0], epochs[1]);
    epochs.iter_mut().for_each(|epoch| epoch.sort());
    assert_eq!(epochs[0], epochs[1]);
    assert_eq!(epochs[1], epochs[2]);
}

#[test]
fn a_resumed_stream_is_the_uninterrupted_one() {
    let folder = Folder::new();
    let mut examples = small(&folder);
    let mut epochs = vec![0];
    let whole: Vec<Vec<Symbol>> = (0..200)
        .map(|_| {
            let example = examples.next().unwrap();
            epochs.push(examples.epoch());
            example
        })
        .collect();
    assert!(epochs[200] > 1, "the stream is too short to test later epochs");
    for start in (0..200).step_by(7).chain(54..64) {
        let mut skipped = small(&folder);
        skipped.skip(start as u64).unwrap();
        for (i, example) in whole.iter().enumerate().skip(start) {
            assert_eq!(&skipped.next().unwrap(), example, "from {start}");
            assert_eq!((skipped.drawn(), skipped.epoch()), (i as u64 + 1, epochs[i + 1]));
        }
    }
}

#[test]
fn a_split_without_a_whole_example_is_refused() {
    let folder = Folder::new();
    let tiny = folder.source("b.txt", prose(0, 500));
    let error = ShuffledExamples::new(tiny, RULE, Split::Train, 1024, 0, 0).err().unwrap();
    assert!(matches!(error, CorpusError::TooSmall { length: 1024, available: 400..600, .. }), "{error}");
}
