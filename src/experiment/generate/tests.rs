use super::*;
use crate::experiment::event::{Event, Outcome};
use crate::experiment::spec::Spec;
use crate::experiment::store::Store;
use crate::experiment::{Request as Experiment, Resume, STORE_FILE, start as run};
use crate::gpu::DeviceChoice;
use crate::m1::{StandIn, Trees};
use crate::tokenizer::{Materials, build};
use std::path::Path;

/// Two tiny M2s, trained for a moment.
const SPEC: &str = r#"
name = "tiny"
seed = 1

[corpus]
source = "text.txt"
validation = 0.4
validation_bytes = 1024

[m1]
stand_in = "unigram"

[m2]
size = "nano"
context = 8
batch = 2
steps = 2
example_bytes = 64

[[run]]
method = "EqualInfoAC[b=16, v=256]"

[[run]]
method = "Bytes"
"#;

fn trained(folder: &Path) -> PathBuf {
    let lines: Vec<String> =
        (0..120).map(|line| format!("{{\"text\": \"line {line} of a small corpus, naïve\"}}")).collect();
    std::fs::write(folder.join("text.jsonl"), lines.join("\n")).unwrap();
    let spec = SPEC.replace("text.txt", "text.jsonl");
    let spec = Spec::parse(&spec, &folder.join("spec.toml")).unwrap();
    let results = folder.join("results");
    let request =
        Experiment { spec, device: DeviceChoice::Cpu, results: results.clone(), resume: Resume::No, retry: false };
    let handle = run(request).unwrap();
    let last = handle.events.iter().last();
    assert_eq!(last, Some(Event::Finished(Outcome::Done)));
    handle.thread.join().unwrap();
    results.join(STORE_FILE)
}

fn written(request: Request) -> Vec<Told> {
    let handle = start(request).unwrap();
    let told = handle.told.iter().collect();
    handle.thread.join().unwrap();
    told
}

fn text(told: &[Told], wanted: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for told in told {
        if let Told::Wrote(side, chunk) = told
            && *side == wanted
        {
            for fragment in chunk.tokens.iter().flat_map(|written| &written.text) {
                if let Fragment::Bytes(more) = fragment {
                    bytes.extend(more);
                }
            }
        }
    }
    bytes
}

#[test]
fn trained_runs_write_the_same_text_for_the_same_seed_and_tell_what_it_took() {
    let folder = tempfile::tempdir().unwrap();
    let store = trained(folder.path());
    let writers = writers(&store).unwrap();
    let labels: Vec<&str> = writers.iter().map(|writer| writer.run.label.as_str()).collect();
    assert_eq!(labels, ["EqualInfoAC[b=16, v=256]", "Bytes"]);
    let request = |seed| Request {
        store: store.clone(),
        runs: writers.iter().map(|writer| writer.run.id).collect(),
        prompt: b"line 7 of a".to_vec(),
        tokens: 30,
        sampling: Sampling { seed, ..Sampling::default() },
    };
    let told = written(request(1));
    assert_eq!(told.last(), Some(&Told::Finished(Ended::Done)));
    for side in 0..2 {
        let began = told.iter().find_map(|told| match told {
            Told::Began(at, began) if *at == side => Some(began),
            _ => None,
        });
        let began = began.unwrap();
        assert_eq!((began.context, began.step), (8, 2));
        assert_eq!([began.prompt.clone(), began.left_out.clone()].concat(), b"line 7 of a");
        assert!(began.left_out.is_empty() || side == 0, "bytes are whole windows");
        let figures = told.iter().rev().find_map(|told| match told {
            Told::Wrote(at, chunk) if *at == side => Some(chunk.figures),
            _ => None,
        });
        let figures = figures.unwrap();
        assert_eq!((figures.tokens, figures.bytes), (30, text(&told, side).len() as u64));
        // Barely trained, M2 finds most tokens about equally likely.
        assert!((4.0..9.0).contains(&(figures.bits / 30.0)), "{figures:?}");
        assert!(figures.steps_per_second().unwrap() > 0.0 && figures.bits_per_byte().unwrap() > 0.0);
    }
    assert!(text(&told, 1).len() >= 25, "nearly all tokens of Bytes are bytes");
    let again = written(request(1));
    let other = written(request(2));
    for side in 0..2 {
        assert_eq!(text(&told, side), text(&again, side));
        assert_ne!(text(&told, side), text(&other, side));
    }
    // Runs that are not there, and M1s that changed, are told.
    let missing = written(Request { runs: vec![RunId(99)], ..request(1) });
    assert!(matches!(missing.last(), Some(Told::Finished(Ended::Failed(why))) if why.contains("no run 99")));
    let kept = Store::open(&store).unwrap().experiments().unwrap().remove(0).details.folder.join("resolved.toml");
    let spec = std::fs::read_to_string(&kept).unwrap().replace("\"unigram\"", "\"uniform\"");
    std::fs::write(kept, spec).unwrap();
    let changed = written(request(1));
    assert!(
        matches!(changed.last(), Some(Told::Finished(Ended::Failed(why))) if why.contains("trained on other tokens")),
        "{changed:?}"
    );
}

#[test]
fn a_prompt_is_kept_as_far_as_it_fills_windows() {
    let sample: Vec<Symbol> = b"line 7 of a small corpus".iter().map(|&byte| Symbol::from(byte)).collect();
    let materials = Materials::new(Arc::new(StandIn::counted(sample)), Arc::new(Trees::default()));
    let text = b"a small line of 7 corpora, and then another line of small corpora";
    // Short windows have a code for every text that does not fill them; long ones have not until they are nearly full.
    for (method, tokens, all) in [("EqualInfoAC[b=16, v=256]", 2, true), ("EqualInfoAC[b=128, v=65k]", 8, false)] {
        let tokenizer = build(&method.parse().unwrap(), &materials).unwrap();
        let mut left_out = 0;
        for length in (0..=text.len()).step_by(3) {
            let prompt = Prompt::new(tokenizer.as_ref(), &text[..length], &Arc::default()).unwrap();
            assert_eq!([&prompt.read[..], &prompt.left_out].concat(), text[..length]);
            assert!(prompt.tokens.len().is_multiple_of(tokens), "whole windows");
            let mut reader = tokenizer.reader().unwrap();
            let read: Vec<Piece> = prompt.tokens.iter().flat_map(|&token| reader.push(token).unwrap()).collect();
            let kept: Vec<Piece> = prompt.read.iter().map(|&byte| Piece::Symbol(byte.into())).collect();
            assert_eq!(read, kept);
            left_out = left_out.max(prompt.left_out.len());
        }
        assert_eq!(left_out == 0, all, "{method}: {left_out}");
    }
}

#[test]
fn stopping_ends_it_soon_and_keeps_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = trained(folder.path());
    let runs = writers(&store).unwrap().iter().map(|writer| writer.run.id).collect();
    let request = Request { store, runs, prompt: Vec::new(), tokens: usize::MAX, sampling: Sampling::default() };
    let handle = start(request).unwrap();
    for told in &handle.told {
        if matches!(told, Told::Wrote(..)) {
            handle.cancel.store(true, Ordering::Relaxed);
        }
        assert!(!matches!(told, Told::Opening(1)), "the second run never begins");
        if let Told::Finished(ended) = told {
            assert_eq!(ended, Ended::Stopped);
        }
    }
    handle.thread.join().unwrap();
}

#[test]
fn requests_that_make_no_sense_are_refused_at_once() {
    let request = |tokens, temperature| Request {
        store: PathBuf::from("nowhere"),
        runs: vec![RunId(1)],
        prompt: Vec::new(),
        tokens,
        sampling: Sampling { temperature, ..Sampling::default() },
    };
    assert!(matches!(start(request(0, 1.0)), Err(GenerateError::Length)));
    assert!(matches!(start(request(5, -1.0)), Err(GenerateError::Sample(_))));
    let told = written(request(5, 1.0));
    assert!(matches!(told.last(), Some(Told::Finished(Ended::Failed(why))) if why.contains("first-light.toml")));
}
