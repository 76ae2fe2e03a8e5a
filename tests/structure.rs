//! Data flows one way: which module may use which. A line of `src/lib.rs`'s order is law here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Each module with those it may use; anything else is an error, so a new edge is a decision and not an accident.
const MAY_USE: [(&str, &[&str]); 14] = [
    ("durable", &[]),
    ("coding", &[]),
    ("container", &["coding"]),
    ("corpus", &["coding"]),
    ("gpu", &[]),
    ("model", &["corpus", "durable", "gpu"]),
    ("train", &["gpu", "model"]),
    ("m1", &["coding", "durable", "model"]),
    ("tokenizer", &["coding", "container", "corpus", "durable", "m1"]),
    ("measure", &["model", "tokenizer"]),
    ("experiment", &["coding", "corpus", "durable", "gpu", "m1", "measure", "model", "tokenizer", "train"]),
    ("figure", &["durable", "experiment"]),
    ("app", &["durable", "experiment", "figure", "gpu", "tokenizer"]),
    (
        "command",
        &[
            "app",
            "coding",
            "container",
            "corpus",
            "durable",
            "experiment",
            "figure",
            "gpu",
            "m1",
            "measure",
            "model",
            "tokenizer",
            "train",
        ],
    ),
];

fn sources(path: &Path, found: &mut Vec<(String, String)>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            sources(&entry.unwrap().path(), found);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        found.push((path.display().to_string(), fs::read_to_string(path).unwrap()));
    }
}

/// The modules that a source text names as `crate::…`, comments and doc links left out.
fn used(text: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    for (start, _) in code.match_indices("crate::") {
        let rest = &code[start + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            panic!("write one `use crate::…` a module, so that edges can be read: {}", &group[..group.len().min(60)]);
        }
        used.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
    }
    used
}

#[test]
fn modules_use_only_what_comes_before_them() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules: BTreeSet<String> = BTreeSet::new();
    for entry in fs::read_dir(&source).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if name == "lib" || name == "main" {
            continue;
        }
        let (_, allowed) = MAY_USE
            .iter()
            .find(|(module, _)| *module == name)
            .unwrap_or_else(|| panic!("the module `{name}` is not in MAY_USE"));
        let mut files = Vec::new();
        sources(&path, &mut files);
        for (file, text) in files {
            // Tests may build what they test from anything.
            let text =
                if file.ends_with("tests.rs") { "" } else { text.split("#[cfg(test)]\nmod tests {").next().unwrap() };
            for module in used(text) {
                assert!(
                    module == name || allowed.contains(&module.as_str()),
                    "{file} uses crate::{module}, but `{name}` may use only {allowed:?}"
                );
            }
        }
        modules.insert(name);
    }
    assert_eq!(modules.len(), MAY_USE.len(), "a module of MAY_USE is gone: {modules:?}");
}

#[test]
fn the_reader_of_edges_reads_them() {
    let text = "use crate::coding::Cdf;\n// crate::app is only named\nfn f() -> crate::gpu::X {}";
    assert_eq!(used(text), BTreeSet::from(["coding".to_owned(), "gpu".to_owned()]));
}
