//! The spec of an experiment that has run, as the beginning of another.

use super::RunError;
use super::spec::Spec;
use super::store::StoredExperiment;
use std::collections::BTreeSet;
use std::path::Path;

/// A spec that no experiment has been started from yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    pub name: String,
    /// The specification, which means the same in whatever folder it is put.
    pub text: String,
}

/// The longest name that a spec may give.
const LONGEST: usize = 64;

/// The experiment's spec under a name that is not among `taken`: as its author wrote it where that means the same in every
/// folder, else with its paths made absolute.
///
/// # Errors
/// If the kept spec cannot be read by this version of Mullion.
pub fn duplicate(experiment: &StoredExperiment, taken: &BTreeSet<String>) -> Result<Duplicate, RunError> {
    let written = &experiment.details.spec;
    let name = new_name(&experiment.details.name, taken);
    let here = experiment.details.folder.join("spec.toml");
    let text =
        if experiment.resolved.is_empty() || is_movable(written, &here) { written } else { &experiment.resolved };
    let text = renamed(text, &name);
    // What cannot be started is said now and not at the start.
    Spec::parse(&text, &here)?;
    Ok(Duplicate { name, text })
}

/// Whether a spec names no paths that depend on its folder.
fn is_movable(text: &str, here: &Path) -> bool {
    let parsed = |path: &Path| Spec::parse(text, path).ok();
    let elsewhere = here.with_file_name("elsewhere").join("spec.toml");
    matches!((parsed(here), parsed(&elsewhere)), (Some(one), Some(other)) if one == other)
}

/// `name-2`, `name-3`, …: the first that is free.
fn new_name(name: &str, taken: &BTreeSet<String>) -> String {
    let stem = match name.rsplit_once('-') {
        Some((stem, number)) if !stem.is_empty() && number.parse::<u32>().is_ok() => stem,
        _ => name,
    };
    let mut number = 2u64;
    loop {
        let ending = format!("-{number}");
        let kept: String = stem.chars().take(LONGEST - ending.len()).collect();
        let new = kept + &ending;
        if !taken.contains(&new) {
            return new;
        }
        number += 1;
    }
}

/// The text with another name: the top table's `name` line is replaced, all else stays as it is.
fn renamed(text: &str, name: &str) -> String {
    let mut in_top_table = true;
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        in_top_table &= !line.trim_start().starts_with('[');
        let key = line.split_once('=').map(|(key, _)| key.trim().trim_matches(['"', '\'']));
        lines.push(if in_top_table && key == Some("name") { format!("name = \"{name}\"") } else { line.to_owned() });
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::event::{ExperimentId, Status};
    use crate::experiment::store::NewExperiment;

    fn experiment(text: &str) -> StoredExperiment {
        let spec = Spec::parse(text, Path::new("/elsewhere/spec.toml")).unwrap();
        StoredExperiment {
            id: ExperimentId(1),
            details: NewExperiment {
                name: spec.name.clone(),
                spec: text.to_owned(),
                seed: spec.seed,
                device: String::new(),
                versions: Default::default(),
                folder: "/results/x".into(),
            },
            created: String::new(),
            status: Status::Done,
            title: String::new(),
            note: String::new(),
            tags: Vec::new(),
            deleted: None,
            resolved: spec.to_toml(),
        }
    }

    const TEXT: &str = r#"# Mine
name = "x"
[corpus]
source = "default"
validation = 0.1
validation_bytes = 4096
[m1]
size = "nano"
context = 64
batch = 4
steps = 40
[m2]
size = "nano"
context = 32
batch = 4
steps = 40
[[run]]
method = "Bytes"
"#;

    #[test]
    fn a_copy_keeps_its_author_s_words_under_a_free_name() {
        let copy = duplicate(&experiment(TEXT), &BTreeSet::from(["x".to_owned(), "x-2".to_owned()])).unwrap();
        assert_eq!(copy.name, "x-3");
        assert_eq!(copy.text, TEXT.replace("name = \"x\"", "name = \"x-3\""));
        assert_eq!(new_name("x-3", &BTreeSet::from(["x-2".to_owned()])), "x-3");
        assert_eq!(new_name(&"x".repeat(64), &BTreeSet::new()).len(), 64);
    }

    #[test]
    fn a_copy_reads_the_text_that_its_original_read() {
        let text = TEXT.replace("\"default\"", "\"corpus.txt\"");
        let copy = duplicate(&experiment(&text), &BTreeSet::new()).unwrap();
        assert!(copy.text.contains("/elsewhere/corpus.txt"), "{}", copy.text);
        let (from, to) = (
            Spec::parse(&text, Path::new("/elsewhere/spec.toml")).unwrap(),
            Spec::parse(&copy.text, Path::new("/x")).unwrap(),
        );
        assert_eq!((from.corpus, from.m1, from.runs), (to.corpus, to.m1, to.runs));
    }
}
