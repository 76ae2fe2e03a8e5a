//! Codes and texts, one for one.

use super::*;
use crate::m1::StandIn;
use crate::tokenizer::{Control, Materials, build};
use proptest::prelude::*;
use std::sync::LazyLock;

/// Letters of a sentence, some of them common: windows of 12 bits hold from one to three.
fn model() -> StandIn {
    let sentence = "the theatre of the éléphants is in the ␄ north\n".repeat(40);
    StandIn::counted(sentence.bytes().map(Symbol::from).chain(0..=256))
}

static TREES: LazyLock<Trees> = LazyLock::new(Trees::default);
static ATLAS: LazyLock<Atlas> = LazyLock::new(|| Atlas::new(&model(), &TREES, 12, &mut |_, _| true).unwrap());

fn symbols(text: &str) -> Vec<Symbol> {
    text.bytes().map(Symbol::from).collect()
}

#[test]
fn every_text_is_coded_with_its_own_code() {
    let atlas = &*ATLAS;
    let materials = Materials::new(Arc::new(model()), Arc::new(Trees::default()));
    let tokenizer = build(&atlas.method().unwrap(), &materials).unwrap();
    let texts: Vec<&[Symbol]> = (0..atlas.codes()).map(|code| atlas.text(code)).collect();
    let encoded = tokenizer.encode(&texts, &Control::default()).unwrap();
    for (code, encoded) in encoded.iter().enumerate() {
        assert_eq!(encoded.tokens, [code as u32], "{}", spelled(texts[code]));
        assert_eq!(atlas.code_of(texts[code]), Some(code as u32));
        assert_eq!(encoded.windows[0].used_bits, u32::from(atlas.used_bits(code as u32)));
    }
    assert!(texts.windows(2).all(|pair| pair[0] < pair[1]), "codes are in the order of their texts");
}

#[test]
fn costs_are_those_of_the_symbols_one_by_one() {
    let atlas = &*ATLAS;
    let model = model();
    let cdf = model.cdfs(&[&[]], WINDOW_PRECISION).remove(0);
    for code in 0..atlas.codes() {
        let cost: f64 = atlas.text(code).iter().map(|&symbol| cdf.cost_bits(symbol)).sum();
        assert!((cost - atlas.cost(code)).abs() < 1e-4, "{code}: {cost} and {}", atlas.cost(code));
    }
}

#[test]
fn a_code_has_its_kin() {
    let atlas = &*ATLAS;
    let code = atlas.code_of(&symbols("th")).unwrap();
    let kin = atlas.kin(code);
    assert_eq!(kin.prefixes.iter().map(|&code| atlas.text(code).to_vec()).collect::<Vec<_>>(), [symbols("t")]);
    assert!(kin.siblings.contains(&code) && kin.siblings.clone().all(|code| atlas.text(code)[0] == Symbol::from(b't')));
    assert!(kin.longer.len() > 5 && kin.longer.clone().all(|longer| atlas.text(longer).starts_with(&symbols("th"))));
    assert_eq!(atlas.beginning_with(&[]), 0..atlas.codes());
    assert_eq!(atlas.beginning_with(&symbols("th")), code..kin.longer.end);
    assert!(atlas.beginning_with(&symbols("the theatre")).is_empty());
    let first = atlas.first_window(&symbols("the theatre")).unwrap();
    assert!(symbols("the theatre").starts_with(atlas.text(first)) && atlas.text(first).len() >= 2);
    assert_eq!(atlas.first_window(&symbols("t")), None, "its window may go on");
    assert!(atlas.text(atlas.codes()).is_empty() && atlas.code_of(&[]).is_none());
}

#[test]
fn counting_counts_every_window() {
    let mut counts = CodeCounts::default();
    let text = symbols("the north of the theatre");
    ATLAS.count(&text, &mut counts).unwrap();
    ATLAS.count(&[256, 97], &mut counts).unwrap();
    assert_eq!((counts.bytes, counts.counts.iter().sum::<u64>()), (text.len() as u64 + 1, counts.windows));
    assert_eq!(counts.of(ATLAS.tree.encode::<_, u32>(&text).unwrap()[0]).min(1), 1);
    assert!(counts.used() as u64 <= counts.windows && counts.of(u32::MAX) == 0);
    // Windows of 8 bits have no code for the end of a document.
    let bytes = Atlas::new(&model(), &Trees::default(), 8, &mut |_, _| true).unwrap();
    let mut counts = CodeCounts::default();
    bytes.count(&[256, 97], &mut counts).unwrap();
    assert_eq!((counts.windows, counts.bytes, bytes.text(97).to_vec()), (1, 1, vec![97]));
}

#[test]
fn characters_that_are_cut_are_counted() {
    let inside = |text: &[u8]| ends_inside(&text.iter().map(|&byte| byte.into()).collect::<Vec<_>>());
    assert!(inside(b"a\xc3") && inside(b"\xe2\x82") && inside(b"\xf0\x9f\x98"));
    assert!(
        !inside(b"a") && !inside("é".as_bytes()) && !inside("☃".as_bytes()) && !inside(b"\x82\x83") && !inside(b"\xff")
    );
    let summary = ATLAS.summary();
    assert_eq!(summary.codes, 4096);
    assert!(summary.end_inside > 0 && summary.begin_inside > 0 && summary.end_documents > 0, "{summary:?}");
    assert!(summary.mean_bytes > 1.5 && summary.longest >= 3, "{summary:?}");
}

#[test]
fn work_can_be_stopped_and_is_done_once() {
    let trees = Trees::default();
    let mut told = Vec::new();
    let stopped = Atlas::new(&model(), &trees, 9, &mut |done, total| {
        told.push((done, total));
        done < total / 2
    });
    assert_eq!(stopped.map(|_| ()), Err(AtlasError::Cancelled));
    assert!(told.windows(2).all(|pair| pair[0].0 <= pair[1].0) && told.iter().all(|(done, total)| done <= total));
    assert!(Atlas::new(&model(), &trees, 9, &mut |_, _| true).is_ok());
    let shape = WindowShape::new(9, Termination::Exact).unwrap();
    assert!(trees.windows(&model(), shape).is_some(), "the tree is there for all who code");
    assert!(matches!(Atlas::new(&model(), &trees, 17, &mut |_, _| true), Err(AtlasError::Bits { bits: 17 })));
    assert!(matches!(Atlas::new(&StandIn::uniform(), &trees, 10, &mut |_, _| true), Err(AtlasError::WrongModel(_))));
}

#[test]
fn the_table_has_a_line_for_every_code() {
    let mut counts = CodeCounts::default();
    ATLAS.count(&symbols("the the the"), &mut counts).unwrap();
    let mut out = Vec::new();
    csv(&ATLAS, Some(&counts), Some(&|code| (u64::from(code), 1)), &mut out).unwrap();
    let mut table = csv::Reader::from_reader(out.as_slice());
    assert_eq!(table.headers().unwrap().iter().next_back(), Some("predicted_right"));
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 4096);
    for (code, row) in rows.iter().enumerate() {
        assert_eq!(row[0].parse::<usize>(), Ok(code));
        assert_eq!(read_text(&row[2]).unwrap(), ATLAS.text(code as u32));
        assert_eq!(row[7].parse::<u64>(), Ok(counts.of(code as u32)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn searching_finds_what_begins_so(text in prop::collection::vec(0..=256u16, 0..4)) {
        let found = ATLAS.beginning_with(&text);
        for code in 0..ATLAS.codes() {
            prop_assert_eq!(found.contains(&code), ATLAS.text(code).starts_with(&text));
        }
    }
}
