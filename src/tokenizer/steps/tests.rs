//! Steps against what the tokenizers themselves make of the same texts.

use super::*;
use crate::m1::{StandIn, Trees};
use crate::tokenizer::{Fitted, inspect};
use proptest::prelude::*;
use std::sync::{Arc, LazyLock};

const TEXT: &[u8] = b"the quick brown fox jumps over the lazy dog, and the cat sat on the mat \xc3\xa9\xff\x00";

/// Letters that cost little and others that cost much.
static MATERIALS: LazyLock<Materials> = LazyLock::new(|| {
    let symbols = || TEXT.iter().map(|&byte| Symbol::from(byte));
    let model = Arc::new(StandIn::counted(symbols()));
    Materials { model, trees: Arc::new(Trees::default()), fitted: Fitted::counted(symbols()) }
});

fn all_steps(text: &[u8], name: &str) -> Vec<(Passage, Steps, crate::tokenizer::view::WindowView)> {
    let method: Method = name.parse().unwrap();
    let view = inspect(text, &method, &MATERIALS, &Control::default()).unwrap();
    let each = view.windows.iter().enumerate().map(|(index, window)| {
        let passage = Passage::of(&view, text, index).unwrap();
        let steps = steps(&passage, &method, &MATERIALS, &Control::default()).unwrap();
        (passage, steps, window.clone())
    });
    each.collect()
}

fn any_text() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![6 => prop::sample::select(TEXT.to_vec()), 1 => any::<u8>()];
    prop::collection::vec(byte, 0..70)
}

#[test]
fn an_exact_window_goes_from_all_cells_to_its_code() {
    let (_, steps, window) = all_steps(TEXT, "EqualInfoAC[b=16, v=256]").remove(0);
    assert_eq!(steps.coding, Coding::Cells { bits: 16 });
    let first = &steps.steps[0].split;
    assert_eq!((first.before.length.to_string(), first.end_cell), ("65536".to_owned(), false));
    let last = &steps.steps[window.byte_len - 1];
    assert_eq!(last.after.low.to_u64(), u64::from_str_radix(&window.code_hex, 16).ok());
    let next = steps.ending.next.as_ref().unwrap();
    assert_eq!((next.before, next.fits, next.end_cell, next.byte), (last.after, false, true, TEXT[window.byte_len]));
    assert!(next.part.is_empty() && next.needed_bits.is_none() && next.rounded_bits.is_none());
    assert!(first.choices.len() >= 12 && first.choices.is_sorted_by_key(|choice| choice.symbol));
}

#[test]
fn what_is_no_window_is_refused_in_words() {
    let passage = Passage { bytes: TEXT.to_vec(), ..Passage::default() };
    let of = |name: &str| steps(&passage, &name.parse().unwrap(), &MATERIALS, &Control::default()).unwrap_err();
    assert!(matches!(of("EqualInfoAC[b=16, v=256]"), StepsError::NoWindow { at: 1..8, bytes: 76, .. }));
    assert!(of("GZip[v=256]").to_string().starts_with("GZip[v=256] does not code by narrowing an interval"));
    let control = Control::default();
    control.cancel.store(true, std::sync::atomic::Ordering::Relaxed);
    let stopped = steps(&passage, &"AC[v=256]".parse().unwrap(), &MATERIALS, &control);
    assert_eq!(stopped, Err(StepsError::Tokenize(TokenizeError::Cancelled)));
}

#[test]
fn steps_are_written_as_json_with_numbers_in_full() {
    let (_, steps, _) = all_steps(TEXT, "EqualInfoAC[b=128, v=256]").remove(0);
    let json = serde_json::to_value(&steps).unwrap();
    assert_eq!(json["coding"], serde_json::json!({ "kind": "cells", "bits": 128 }));
    assert_eq!(json["steps"][0]["before"]["length"], "340282366920938463463374607431768211456");
    assert_eq!(json["ending"]["why"]["why"], "full");
}

#[test]
fn of_a_long_stream_the_first_part_is_followed() {
    let text = TEXT.repeat(60);
    let (passage, steps, window) = all_steps(&text, "StaticAC[v=256]").remove(0);
    assert_eq!((steps.steps.len(), steps.ending.why, passage.next), (MOST_STEPS, None, Some(text[MOST_STEPS])));
    assert!(window.code_binary.starts_with(&steps.ending.code) && steps.ending.code.len() > 10_000);
    assert!(steps.steps.iter().any(|step| step.pending_bits > 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// Whatever the rule, the steps end where the tokenizer's window does, and never take a settled bit back.
    #[test]
    fn the_last_step_is_the_code_of_the_window(
        text in any_text(),
        bits in 8..=64u16,
        kind in prop::sample::select(vec!["", ", greedy", ", delay", ", reset=2", ", greedy, reset=never", ", words=6"]),
    ) {
        for (passage, steps, window) in all_steps(&text, &format!("EqualInfoAC[b={bits}, v=256{kind}]")) {
            prop_assert_eq!(steps.steps.len(), window.byte_len);
            prop_assert_eq!(&steps.ending.code, &window.code_binary);
            prop_assert_eq!((steps.ending.used_bits, steps.ending.why), (window.used_bits, Some(window.end)));
            prop_assert!(window.code_binary.starts_with(&steps.settled_after(usize::MAX)));
            let mut before: Option<&Step> = None;
            for ((step, &byte), &cost) in steps.steps.iter().zip(&passage.bytes).zip(&window.byte_bits) {
                prop_assert_eq!((step.split.byte, step.split.cost_bits, step.split.part), (byte, cost, step.after));
                prop_assert!(step.split.fits && step.split.rounded_bits.is_some_and(|bits| bits > 0.0));
                prop_assert!(before.is_none_or(|before| before.after == step.split.before));
                let named: u32 = step.split.choices.iter().map(|choice| choice.frequency).sum();
                prop_assert_eq!(named + step.split.rest.frequency, 1 << step.split.precision);
                prop_assert!(step.split.choices.iter().any(|choice| choice.symbol == u16::from(byte)));
                before = Some(step);
            }
            let spent: f64 = steps.steps.iter().filter_map(|step| step.split.rounded_bits).sum();
            prop_assert!(before.is_none_or(|last| (spent - last.after.information()).abs() < 1e-6));
            let next = steps.ending.next.as_ref();
            prop_assert_eq!(next.map(|next| next.byte), text.get(window.byte_start + window.byte_len).copied());
            if let crate::tokenizer::End::Full { cost_bits, .. } = window.end {
                prop_assert!(next.is_some_and(|next| !next.fits && next.cost_bits == cost_bits));
                prop_assert!(next.is_some_and(|next| next.needed_bits.is_none_or(|needed| needed > bits)));
            }
        }
    }

    #[test]
    fn the_last_step_is_the_code_of_the_stream(
        text in any_text(),
        method in prop::sample::select(vec!["AC[v=256]", "StaticAC[v=256]", "EqualText[n=5, v=256]", "EntropyCut[h=4.5, v=256]"]),
    ) {
        for (_, steps, window) in all_steps(&text, method) {
            prop_assert_eq!(steps.coding, Coding::Register);
            prop_assert_eq!(&steps.ending.code, &window.code_binary[..window.used_bits as usize]);
            prop_assert_eq!(steps.ending.why, Some(window.end));
            prop_assert!(steps.ending.code.starts_with(&steps.settled_after(usize::MAX)));
            let last = steps.steps.last().map(|step| step.used_bits);
            prop_assert_eq!(last.unwrap_or(0), window.used_bits);
            let costs: Vec<f64> = steps.steps.iter().map(|step| step.split.cost_bits).collect();
            prop_assert_eq!(costs, window.byte_bits);
        }
    }

    /// Cut anywhere, a stream is followed as if from its beginning.
    #[test]
    fn parts_of_a_stream_settle_their_parts_of_the_code(text in any_text(), cut in 0..70usize) {
        let (method, control) = ("AC[v=65k]".parse().unwrap(), Control::default());
        let cut = cut.min(text.len());
        let first = Passage { bytes: text[..cut].to_vec(), next: text.get(cut).copied(), ..Passage::default() };
        let second = Passage { start: cut, before: text[..cut].to_vec(), bytes: text[cut..].to_vec(), next: None };
        let whole = Passage { bytes: text, ..Passage::default() };
        let of = |passage| steps(passage, &method, &MATERIALS, &control).unwrap();
        let (first, second, whole) = (of(&first), of(&second), of(&whole));
        if cut < whole.steps.len() {
            prop_assert_eq!(first.ending.code + &second.ending.code, whole.ending.code);
            prop_assert_eq!(second.steps.last().map(|step| step.after), whole.steps.last().map(|step| step.after));
        }
    }
}
