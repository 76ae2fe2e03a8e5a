//! The command line as a person meets it: good input, bad input, kills and resumes, through the real program.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn mullion(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mullion")).args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs a command that must fail, and checks that its message says each of `said`.
fn refused(folder: &Path, arguments: &[&str], said: &[&str]) {
    let output = mullion(folder, arguments);
    let message = text(&output.stderr);
    assert!(!output.status.success(), "{arguments:?} was accepted");
    assert!(!message.contains("panicked"), "{arguments:?}: {message}");
    for words in said {
        assert!(message.contains(words), "{arguments:?} does not say `{words}`: {message}");
    }
}

/// Text with something to learn in it, as JSON lines.
fn write_corpus(folder: &Path) {
    let words = ["window", "code", "bit", "token", "model", "byte", "prefix", "learns", "text", "of", "the", "a"];
    let mut state = 7u64;
    let mut lines = String::new();
    for _ in 0..150 {
        let mut document = String::new();
        for _ in 0..60 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            document += words[(state >> 40) as usize % words.len()];
            document.push(' ');
        }
        lines += &serde_json::json!({ "text": document }).to_string();
        lines.push('\n');
    }
    fs::write(folder.join("corpus.jsonl"), lines).unwrap();
}

const SPEC: &str = r#"
name = "small"
seed = 3
[corpus]
source = "corpus.jsonl"
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
[m2.optimizer]
rate_changes = [{ step = 2, factor = 0.5 }]
[[run]]
method = "EqualInfoAC[b=16, v=256]"
[[run]]
method = "EqualInfoAC[b=24, v=65k, greedy]"
steps = 3
context = 16
[[run]]
method = "EqualInfoAC[b=8, v=16, delay]"
steps = 4
[[run]]
method = "AC[v=256]"
steps = 4
example_bytes = 256
[[run]]
method = "Bytes"
steps = 4
"#;

/// Every recorded point but times, speeds and memory, which are never the same, and every result.
fn recorded(results: &Path) -> Vec<String> {
    use mullion::experiment::event::Series;
    let store = mullion::experiment::store::Store::open(&results.join("mullion.sqlite")).unwrap();
    let experiment = store.find_experiment("small").unwrap().unwrap();
    let mut all = Vec::new();
    for run in store.runs(experiment.id).unwrap() {
        for point in store.points(run.id).unwrap() {
            if !matches!(point.series, Series::TokensPerSecond | Series::Seconds | Series::MemoryBytes) {
                all.push(format!("{} {:?} {} {:x}", run.label, point.series, point.step, point.value.to_bits()));
            }
        }
        let lasting =
            run.results.iter().filter(|(name, _)| !["training seconds", "tokenise bytes/s"].contains(&name.as_str()));
        all.extend(lasting.map(|(name, value)| format!("{} {name} {:x}", run.label, value.to_bits())));
    }
    all
}

/// Files of the experiment whose path says `what`, with their bytes.
fn kept(results: &Path, what: &str) -> Vec<(String, Vec<u8>)> {
    let experiment = results.join("small");
    let mut found = Vec::new();
    for entry in fs::read_dir(&experiment).unwrap() {
        let folder = entry.unwrap().path();
        for file in fs::read_dir(&folder).into_iter().flatten() {
            let path = file.unwrap().path();
            let name = path.strip_prefix(&experiment).unwrap().display().to_string();
            if name.contains(what) {
                found.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn run_whole(folder: &Path, out: &str) {
    let output = mullion(folder, &["run", "small.toml", "--device", "cpu", "--out", out]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    for label in [
        "M1 nano",
        "EqualInfoAC[b=16, v=256]",
        "EqualInfoAC[b=24, v=65k, greedy]",
        "EqualInfoAC[b=8, v=16, delay]",
        "Bytes",
    ] {
        assert!(table.contains(label), "{table}");
    }
    for figure in ["compression-ratio", "learnability", "bits-per-byte"] {
        for kind in ["svg", "png"] {
            let path = folder.join(out).join("small").join(figure).with_extension(kind);
            assert!(fs::metadata(&path).unwrap().len() > 1000, "{}", path.display());
        }
    }
}

/// Starts a run and kills it, with SIGKILL, at the first line of progress that `at` accepts.
fn kill_at(folder: &Path, resume: bool, at: &str) {
    let mut arguments = vec!["run", "small.toml", "--device", "cpu", "--out", "killed"];
    arguments.extend(resume.then_some("--resume"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_mullion"))
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let found = lines.map_while(Result::ok).any(|line| line.contains(at));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(found, "the run ended before it said `{at}`");
}

#[test]
fn a_killed_run_resumes_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_corpus(folder);
    fs::write(folder.join("small.toml"), SPEC).unwrap();
    run_whole(folder, "whole");

    kill_at(folder, false, "M1 nano: step 12");
    kill_at(folder, true, "EqualInfoAC[b=16, v=256]: step 8");
    kill_at(folder, true, "EqualInfoAC[b=8, v=16, delay]: tokenise");
    let output = mullion(folder, &["run", "small.toml", "--device", "cpu", "--out", "killed", "--resume"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(recorded(&folder.join("killed")), recorded(&folder.join("whole")));

    let (films, accuracies) = (kept(&folder.join("killed"), "film"), kept(&folder.join("killed"), "token-accuracy"));
    assert!(films.len() >= 10 && films == kept(&folder.join("whole"), "film"), "{} frames", films.len());
    assert!(accuracies.len() == 5 && accuracies == kept(&folder.join("whole"), "token-accuracy"));

    let resume = ["run", "small.toml", "--device", "cpu", "--out", "killed", "--resume"];
    let again = mullion(folder, &resume);
    assert!(again.status.success() && text(&again.stderr).contains("complete already"), "{}", text(&again.stderr));
    fs::write(folder.join("small.toml"), SPEC.replace("seed = 3", "seed = 4")).unwrap();
    refused(folder, &resume, &["another spec"]);
}

#[test]
fn a_damaged_checkpoint_is_named_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_corpus(folder);
    fs::write(folder.join("small.toml"), SPEC.replace("steps = 40", "steps = 4000")).unwrap();
    // Checkpoints come every few seconds: an interrupted run has one at once.
    let mut child = Command::new(env!("CARGO_BIN_EXE_mullion"))
        .args(["run", "small.toml", "--device", "cpu", "--out", "killed"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let checkpoint = folder.join("killed/small/m1.checkpoint");
    for line in BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok) {
        if line.contains("steps/s") && checkpoint.exists() {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let resume = ["run", "small.toml", "--device", "cpu", "--out", "killed", "--resume"];
    let whole = fs::read(&checkpoint).unwrap();
    for damaged in [whole[..whole.len() / 2].to_vec(), [&whole[..whole.len() - 9], b"changed it".as_slice()].concat()] {
        fs::write(&checkpoint, &damaged).unwrap();
        refused(folder, &resume, &["m1.checkpoint", "damaged"]);
        assert!(fs::read(&checkpoint).unwrap() == damaged);
    }
    fs::write(&checkpoint, b"something else").unwrap();
    refused(folder, &resume, &["m1.checkpoint", "not a Mullion checkpoint"]);
}

#[test]
fn a_bad_corpus_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("broken.jsonl"), "{\"text\": \"one\"}\n{\"text\": \"two\"}\n{\"text\": oops}\n").unwrap();
    fs::write(folder.join("other.jsonl"), "{\"title\": \"one\"}\n").unwrap();
    fs::write(folder.join("empty.txt"), "").unwrap();
    fs::write(folder.join("binary.txt"), [0u8, 1, 2, 255].repeat(5000)).unwrap();
    fs::write(folder.join("cut.txt.gz"), b"\x1f\x8b\x08\x00\x00").unwrap();
    fs::create_dir(folder.join("nothing")).unwrap();
    for (source, said) in [
        ("missing.txt", vec!["missing.txt"]),
        ("broken.jsonl", vec!["broken.jsonl", "3"]),
        ("other.jsonl", vec!["other.jsonl", "text"]),
        ("empty.txt", vec!["empty"]),
        ("binary.txt", vec!["binary.txt", "binary"]),
        ("cut.txt.gz", vec!["cut.txt.gz"]),
        ("nothing", vec!["nothing"]),
    ] {
        refused(folder, &["train-m1", source, "-o", "x.m1", "--device", "cpu", "--steps", "1"], &said);
        fs::write(folder.join("bad.toml"), SPEC.replace("corpus.jsonl", source)).unwrap();
        refused(folder, &["run", "bad.toml", "--device", "cpu"], &said);
    }
    assert!(!folder.join("x.m1").exists());
}

#[test]
fn a_bad_spec_is_refused_with_line_and_expectation() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (from, to, said) in [
        ("batch = 4", "bacth = 4", vec!["bad.toml:", "bacth", "batch"]),
        ("steps = 40", "steps = 0", vec!["bad.toml:", "steps"]),
        ("size = \"nano\"", "size = \"tiny\"", vec!["bad.toml:", "tiny", "micro"]),
        ("b=16, v=256", "b=300, v=256", vec!["bad.toml:", "300", "256"]),
        ("b=16, v=256", "b=16, v=300", vec!["bad.toml:", "300"]),
        ("seed = 3", "seed = \"three\"", vec!["bad.toml:3"]),
        ("[m2]", "[m2", vec!["bad.toml:"]),
    ] {
        fs::write(folder.join("bad.toml"), SPEC.replacen(from, to, 1)).unwrap();
        refused(folder, &["run", "bad.toml"], &said);
    }
    refused(folder, &["run", "missing.toml"], &["missing.toml"]);
    assert!(!folder.join("mullion-results").exists(), "a bad spec made a results folder");
}

#[test]
fn windows_show_every_byte_and_say_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let bytes: Vec<u8> = b"She sells sea shells \xff\xfe by the \xc3\xa9 shore.\n\0\t".to_vec();
    fs::write(folder.join("odd"), &bytes).unwrap();
    for method in [
        "EqualInfoAC[b=16, v=65k]",
        "EqualInfoAC[b=37, v=8, delay]",
        "EqualInfoAC[b=16, v=256, greedy]",
        "AC[v=256]",
        "Bytes",
    ] {
        let output = mullion(folder, &["windows", "odd", "--method", method, "--json"]);
        assert!(output.status.success(), "{method}: {}", text(&output.stderr));
        let view: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let lengths: u64 = view["windows"].as_array().unwrap().iter().map(|w| w["byte_len"].as_u64().unwrap()).sum();
        assert_eq!(lengths, bytes.len() as u64, "{method}");
        assert_eq!(view["method"], method);
        let checked = mullion(folder, &["windows", "odd", "--method", method, "--check"]);
        assert!(checked.status.success() && text(&checked.stdout).contains("43 bytes came back"), "{method}");
    }
    assert!(text(&mullion(folder, &["windows", "odd"]).stdout).contains('│'));
    let several = ["windows", "--text", "ab", "-m", "Bytes", "-m", "EqualInfoAC[b=16, v=256]"];
    let lanes = text(&mullion(folder, &several).stdout);
    assert!(lanes.contains("1  Bytes\n") && lanes.lines().filter(|line| line.ends_with('b')).count() == 2, "{lanes}");
    let json = mullion(folder, &[several.as_slice(), &["--json"]].concat()).stdout;
    let views: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!((&views[0]["method"], views.as_array().map(Vec::len)), (&"Bytes".into(), Some(2)));
    let shown = text(&mullion(folder, &["windows", "odd", "--method", "Bytes"]).stdout);
    for mark in ["⟨FF⟩⟨FE⟩", "é", "⟨00⟩", "→", "⏎"] {
        assert!(shown.contains(mark), "{shown}");
    }
    assert!(!shown.contains('\u{fffd}'));
    refused(folder, &["windows", "--text", "x", "--method", "EqualInfoAC[b=7, v=256]"], &["8", "256"]);
    refused(folder, &["windows", "--text", "x", "--method", "EqualinfoAC"], &["EqualInfoAC"]);
    refused(folder, &["windows", "absent"], &["absent"]);
    refused(folder, &["windows", "odd", "--m1", "odd"], &["odd", "not a Mullion m1"]);
}

#[test]
fn a_foreign_store_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_corpus(folder);
    fs::write(folder.join("small.toml"), SPEC).unwrap();
    fs::create_dir(folder.join("results")).unwrap();
    fs::write(folder.join("results/mullion.sqlite"), "someone's notes, not a database at all").unwrap();
    refused(folder, &["run", "small.toml", "--device", "cpu", "--out", "results"], &["mullion.sqlite"]);
    assert_eq!(
        fs::read_to_string(folder.join("results/mullion.sqlite")).unwrap(),
        "someone's notes, not a database at all"
    );
    fs::write(folder.join("file"), "").unwrap();
    refused(folder, &["run", "small.toml", "--device", "cpu", "--out", "file"], &["file"]);
}
