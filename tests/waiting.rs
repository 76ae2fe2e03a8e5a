//! `mullion queue` and the tables that commands print, through the real program.

use mullion::experiment::event::{ExperimentId, RunInfo, Status};
use mullion::experiment::store::Store;
use mullion::experiment::{STORE_FILE, lock_folder};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn mullion(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mullion")).args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a command prints that has to succeed.
fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = mullion(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// What a command says that has to fail.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = mullion(folder, arguments);
    let message = text(&output.stderr);
    assert!(!output.status.success(), "{arguments:?} was accepted");
    assert!(!message.contains("panicked"), "{arguments:?}: {message}");
    message
}

/// A folder with a corpus, and specs of these names with a run for each method.
fn folder(names: &[&str], methods: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let line = |number: usize| {
        let document = format!("Window {number} ends where its bits do, and the next one begins. ").repeat(12);
        serde_json::json!({ "text": document }).to_string() + "\n"
    };
    fs::write(folder.path().join("corpus.jsonl"), (0..150).map(line).collect::<String>()).unwrap();
    for name in names {
        let runs: String = methods.iter().map(|method| format!("[[run]]\nmethod = \"{method}\"\n")).collect();
        let spec = format!(
            "name = \"{name}\"\nseed = 1\ncorpus = {{ source = \"corpus.jsonl\", validation = 0.1, validation_bytes = 2048 }}\n\
             m1 = {{ stand_in = \"unigram\" }}\n[m2]\nsize = \"nano\"\ncontext = 32\nbatch = 4\nsteps = 8\n{runs}"
        );
        fs::write(folder.path().join(format!("{name}.toml")), spec).unwrap();
    }
    folder
}

fn waiting(folder: &Path) -> Vec<String> {
    let json: serde_json::Value = serde_json::from_str(&done(folder, &["queue", "list", "--json"])).unwrap();
    json.as_array().unwrap().iter().map(|waiting| waiting["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn experiments_wait_in_an_order_that_can_be_changed() {
    let folder = folder(&["one", "two", "three"], &["Bytes"]);
    let path = folder.path();
    assert!(done(path, &["queue"]).starts_with("nothing waits"));
    assert!(!path.join("mullion-results").exists(), "a list makes nothing");
    fs::write(path.join("broken.toml"), "name = 3").unwrap();
    assert!(refused(path, &["queue", "add", "one.toml", "broken.toml"]).contains("broken.toml"));
    assert!(waiting(path).is_empty(), "all or none");
    done(path, &["queue", "add", "one.toml", "two.toml", "--device", "cpu"]);
    assert_eq!(done(path, &["queue", "add", "three.toml", "--device", "cpu"]), "three waits at place 3\n");
    done(path, &["queue", "move", "3", "1"]);
    assert_eq!(waiting(path), ["three", "one", "two"]);
    assert!(refused(path, &["queue", "move", "4", "1"]).contains("the places are 1 to 3"));
    done(path, &["queue", "remove", "1", "3"]);
    assert_eq!(waiting(path), ["one"]);
    let csv = done(path, &["queue", "--csv"]);
    assert!(
        csv.starts_with("Experiment,Place,Spec,Device,Begins\none,1,") && csv.ends_with("one.toml,cpu,anew\n"),
        "{csv}"
    );
    assert!(done(path, &["queue", "list", "--markdown"]).contains("| one "));
}

#[test]
fn what_waits_is_run_in_turn_and_what_cannot_begin_waits_on() {
    let folder = folder(&["first", "second", "third"], &["Bytes"]);
    let path = folder.path();
    let elsewhere = fs::read_to_string(path.join("second.toml")).unwrap().replace("corpus.jsonl", "missing.jsonl");
    fs::write(path.join("second.toml"), elsewhere).unwrap();
    done(path, &["queue", "add", "first.toml", "second.toml", "third.toml", "--device", "cpu"]);
    // What waits is what the spec said then.
    fs::remove_file(path.join("first.toml")).unwrap();
    let said = refused(path, &["queue", "run"]);
    assert!(said.contains("second could not begin") && said.contains("missing.jsonl"), "{said}");
    assert_eq!(waiting(path), ["second", "third"]);
    done(path, &["queue", "remove", "1"]);
    assert!(done(path, &["queue", "run"]).starts_with("third\n"));
    assert!(waiting(path).is_empty());
    let runs = done(path, &["runs", "--csv"]);
    assert!(runs.lines().filter(|line| line.contains(",done,1,")).count() == 2, "{runs}");
}

/// The runs of the only experiment, in the order in which they were made.
fn runs(path: &Path) -> Vec<RunInfo> {
    Store::open(&path.join("mullion-results").join(STORE_FILE)).unwrap().runs(ExperimentId(1)).unwrap()
}

#[test]
fn runs_of_a_stopped_experiment_are_reordered_left_out_and_taken_in_again() {
    let folder = folder(&["small"], &["Bytes", "AC[v=256]", "GZip[v=256]"]);
    let path = folder.path();
    let run = ["run", "small.toml", "--device", "cpu", "--resume"];
    done(path, &run[..4]);
    assert!(refused(path, &["queue", "hold", "1"]).contains("done already"));
    assert!(refused(path, &["queue", "priority", "9", "1"]).contains("no run number 9"));
    // As if it had been stopped before any of them.
    let mut store = Store::open(&path.join("mullion-results").join(STORE_FILE)).unwrap();
    for run in runs(path) {
        store.queue_again(run.id).unwrap();
    }
    store.set_experiment_status(ExperimentId(1), &Status::Stopped).unwrap();
    let place = store.experiment(ExperimentId(1)).unwrap().unwrap().details.folder;
    let place = path.join(place);
    let going = lock_folder(&place).unwrap();
    assert!(refused(path, &["queue", "priority", "3", "5"]).contains("stop it there first"));
    drop(going);
    done(path, &["queue", "priority", "3", "-5"]);
    done(path, &["queue", "priority", "3", "5"]);
    done(path, &["queue", "hold", "1"]);
    let listed = done(path, &["queue", "runs", "1"]);
    assert!(listed.contains("run 1 is left out"), "{listed}");
    assert!(listed.find("GZip") < listed.find("AC["), "{listed}");
    let output = mullion(path, &run);
    let said = text(&output.stderr);
    assert!(said.find("GZip[v=256]: tokenise") < said.find(" AC[v=256]: tokenise"), "{said}");
    assert_eq!(
        runs(path).iter().map(|run| run.status.clone()).collect::<Vec<_>>(),
        [Status::Stopped, Status::Done, Status::Done]
    );
    done(path, &["runs", "resume", "1", "--device", "cpu", "--no-retry"]);
    assert_eq!(runs(path)[0].status, Status::Stopped);
    done(path, &["queue", "release", "1"]);
    done(path, &run);
    assert!(runs(path).iter().all(|run| run.status == Status::Done));
}

#[test]
fn tables_are_printed_in_every_format() {
    let folder = folder(&["small"], &["Bytes", "AC[v=256]"]);
    let path = folder.path();
    let plan = done(path, &["run", "small.toml", "--device", "cpu", "--plan", "--csv"]);
    assert!(plan.starts_with("Run,Model,Steps,Tokens,Settled,") && plan.lines().count() == 3, "{plan}");
    let results = done(path, &["run", "small.toml", "--device", "cpu", "--csv"]);
    assert!(results.starts_with("Run,Model,Seed,Status,bits/byte,") && results.lines().count() == 3, "{results}");
    assert_eq!(done(path, &["runs", "show", "1", "--csv"]), results);
    assert!(done(path, &["runs", "list", "--latex"]).contains("\\toprule"));
    let cut = ["windows", "--text", "a window", "--m1", "unigram", "--method", "EqualInfoAC[b=16, v=256]"];
    let with = |more: &[&str]| done(path, &[&cut[..], more].concat());
    let windows = with(&["--csv"]);
    assert!(windows.starts_with("Byte,Bytes,Text,Cost,Bits used,") && windows.contains("\n0,"), "{windows}");
    assert_eq!(with(&["--table", "--csv"]), windows);
    assert!(with(&["--steps", "1", "--markdown"]).contains("| Cells left "));
    refused(path, &[&cut[..], &["--json", "--csv"]].concat());
    let tokenize = ["tokenize", "corpus.jsonl", "--method", "Bytes", "--m1", "unigram", "--training-bytes", "0"];
    assert!(done(path, &[&tokenize[..], &["--markdown"]].concat()).contains("| Bytes "));
    assert!(done(path, &[&tokenize[..], &["--latex"]].concat()).contains("\\bottomrule"));
    assert!(done(path, &tokenize).contains("bytes/token"));
}
