//! M1 from a training to a file, and a file to text and back, through the real program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a command prints when it succeeds.
fn mullion(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_mullion")).args(arguments).current_dir(folder).output().unwrap();
    let [said, wrong] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{arguments:?}: {wrong}");
    said
}

/// What a command says when it fails.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_mullion")).args(arguments).current_dir(folder).output().unwrap();
    let wrong = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{arguments:?} was accepted");
    assert!(!wrong.contains("panicked"), "{arguments:?}: {wrong}");
    wrong
}

#[test]
fn a_training_freezes_into_a_file_that_codes() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let training = "train-m1 --size nano --steps 30 --context 64 --batch 8 --warmup-steps 1000 --cooldown-steps 10 --device cpu -o a.m1";
    let said = mullion(folder, &training.split(' ').collect::<Vec<_>>());
    assert!(said.contains("a.m1: m1-"), "{said}");

    let freeze = "freeze-m1 mullion-results/m1-a/m1.checkpoint --measure text.txt -o";
    let freeze: Vec<&str> = freeze.split(' ').collect();
    fs::write(folder.join("text.txt"), "It was the best of times, it was the worst of times. ".repeat(60)).unwrap();
    let said = mullion(folder, &[freeze.as_slice(), &["b.m1"]].concat());
    assert!(said.contains("golden hash") && said.contains("bytes of text.txt"), "{said}");
    mullion(folder, &[freeze.as_slice(), &["c.m1"]].concat());
    assert_eq!(fs::read(folder.join("b.m1")).unwrap(), fs::read(folder.join("c.m1")).unwrap(), "freezing is exact");

    let itself = refused(folder, &[freeze.as_slice(), &["mullion-results/m1-a/m1.checkpoint"]].concat());
    assert!(itself.contains("the checkpoint itself"), "{itself}");

    for m1 in ["a.m1", "b.m1", "micro"] {
        for method in ["EqualInfoAC[b=16, v=65k]", "EqualInfoAC[b=40, v=256, delay]", "AC[v=256]"] {
            let said = mullion(folder, &["windows", "text.txt", "--m1", m1, "--method", method, "--check"]);
            assert!(said.contains("came back as they were"), "{said}");
        }
    }
    let said = mullion(folder, &["selftest", "--m1", "b.m1", "--device", "cpu"]);
    assert!(said.contains("the definition itself: the same"), "{said}");
}

#[test]
fn an_m1_that_is_none_is_refused_with_a_reason() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let windows = |m1: &str| refused(folder, &["windows", "--text", "a", "--m1", m1]);
    assert!(windows("4m").contains("3m, micro"));
    assert!(windows("absent.m1").contains("absent.m1"));
    fs::write(folder.join("text.m1"), "this is a text").unwrap();
    assert!(windows("text.m1").contains("not a Mullion m1"));
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/m1/micro.m1");
    let mut bytes = fs::read(shipped).unwrap();
    let half = bytes.len() / 2;
    fs::write(folder.join("cut.m1"), &bytes[..half]).unwrap();
    assert!(windows("cut.m1").contains("is damaged"));
    bytes[half] ^= 1;
    fs::write(folder.join("bent.m1"), &bytes).unwrap();
    assert!(windows("bent.m1").contains("checksum"));
    assert!(refused(folder, &["freeze-m1", "cut.m1", "-o", "x.m1"]).contains("cut.m1"));
}

#[test]
fn a_dictionary_is_written_and_its_tree_read_again() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/m1/micro.m1"), folder.join("own.m1")).unwrap();
    let arguments = "dictionary --m1 own.m1 --bits 12 --keep --hugging-face tokenizer.json";
    let said = mullion(folder, &arguments.split(' ').collect::<Vec<_>>());
    assert!(said.contains("windows of 12 bits") && said.contains("4097 prefixes"), "{said}");
    let json: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("tokenizer.json")).unwrap()).unwrap();
    assert_eq!(json["model"]["vocab"].as_object().unwrap().len(), 1 << 12);

    let is_tree = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "tree");
    let tree = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).find(is_tree).unwrap();
    fs::write(folder.join("text.txt"), "The tree is read again, and windows are the same with it. ".repeat(20))
        .unwrap();
    let windows = ["windows", "text.txt", "--m1", "own.m1", "--method", "EqualInfoAC[b=12, v=4096]", "--table"];
    let with = mullion(folder, &windows);
    let mut bytes = fs::read(&tree).unwrap();
    fs::remove_file(&tree).unwrap();
    assert_eq!(mullion(folder, &windows), with);
    // A tree that was damaged is said, and done without.
    let half = bytes.len() / 2;
    bytes[half] ^= 1;
    fs::write(&tree, bytes).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_mullion")).args(windows).current_dir(folder).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("is damaged"));
    assert_eq!(String::from_utf8_lossy(&output.stdout), with);
}
