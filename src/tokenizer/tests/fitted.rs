//! Vocabularies and distributions that are learned from a training text.

use super::*;
use crate::corpus::{Source, SplitRule};

fn fit(names: &[&str], folder: &std::path::Path) -> Result<Fitted, FitError> {
    let (source, rule) =
        (Source::from_paths(&[folder.join("corpus.txt")]).unwrap(), SplitRule { seed: 1, validation: 0.2 });
    let methods: Vec<Method> = names.iter().map(|name| method(name)).collect();
    let mut fitted = Fitted::default();
    let training = TrainingText { source: &source, rule, bytes: 1000 };
    fitted.fit(&methods, &training, Some(folder), &mut |_| true)?;
    Ok(fitted)
}

fn write_corpus(folder: &std::path::Path) {
    let documents = (0..40).map(|i| format!("document {i} says that the windows of {} are the windows\n", i * i));
    std::fs::write(folder.join("corpus.txt"), documents.collect::<Vec<_>>().join("\n")).unwrap();
}

#[test]
fn trained_vocabularies_code_any_bytes_and_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path());
    let names = ["BPE[v=300]", "Unigram[v=300]", "StaticAC[v=256]"];
    let fitted = fit(&names, folder.path()).unwrap();
    let kept = || std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    assert_eq!(kept().len(), 3, "{:?}", kept());
    let again = fit(&names, folder.path()).unwrap();
    let text: Vec<Symbol> =
        b"the windows \xff\x00 of 49".iter().map(|&byte| byte.into()).chain([END_OF_DOCUMENT]).collect();
    let encode = |fitted: &Fitted, name: &str| {
        let tokenizer = build(&method(name), &Materials { fitted: fitted.clone(), ..MODELS[1].clone() }).unwrap();
        assert!(tokenizer.is_lossless());
        let encoded = tokenizer.encode(&[&text], &Control::default()).unwrap().remove(0);
        check(&encoded, &text, tokenizer.as_ref());
        check_trace(&tokenizer.trace(&text, &encoded, &Control::default()).unwrap(), &encoded, &text);
        assert_eq!(tokenizer.decode(&encoded, &Control::default()).unwrap(), text);
        (tokenizer.vocabulary(), tokenizer.identity(), encoded.tokens)
    };
    for name in names {
        let first = encode(&fitted, name);
        assert_eq!(first, encode(&again, name), "{name}");
        // Words of the corpus are few tokens.
        assert!(first.2.len() < text.len(), "{name}: {:?}", first.2);
    }
    // Another text does not find them.
    std::fs::write(folder.path().join("corpus.txt"), "quite another text\n\nof two documents\n\nor of three\n")
        .unwrap();
    fit(&["BPE[v=258]"], folder.path()).unwrap();
    assert_eq!(kept().len(), 4);
}

#[test]
fn fitting_stops_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path());
    let source = Source::from_paths(&[folder.path().join("corpus.txt")]).unwrap();
    let training = TrainingText { source: &source, rule: SplitRule { seed: 1, validation: 0.2 }, bytes: 1000 };
    for name in ["StaticAC[v=256]", "BPE[v=300]"] {
        let stopped = Fitted::default().fit([&method(name)], &training, None, &mut |_| false);
        assert!(matches!(stopped, Err(FitError::Cancelled)), "{name}: {stopped:?}");
    }
}

#[test]
fn a_vocabulary_of_a_file_is_read_or_named() {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path());
    let path = folder.path().join("vocabulary.json");
    let name = Method::HuggingFace { file: path.to_string_lossy().into_owned().into() };
    let missing = Fitted::default().open(&name).unwrap_err().to_string();
    assert!(missing.contains("vocabulary.json could not be read"), "{missing}");
    std::fs::write(&path, "{\"model\": 3}").unwrap();
    let damaged = Fitted::default().open(&name).unwrap_err().to_string();
    assert!(damaged.contains("tokenizer.json"), "{damaged}");
}
