//! An experiment's runs as a queue, through the real runner: order, cancelling, failing, retrying, stopping and resuming.

use mullion::experiment::event::{Command, Event, Level, Outcome, Role, RunId, RunInfo, Status};
use mullion::experiment::spec::Spec;
use mullion::experiment::store::Store;
use mullion::experiment::{Handle, Request, STORE_FILE, start};
use mullion::gpu::DeviceChoice;
use std::fmt::Write;
use std::path::Path;

/// Four small runs; the second can have no row of tokens, as its context is longer than its coding examples.
const SPEC: &str = r#"
name = "queue"
[corpus]
source = "corpus.txt"
validation = 0.2
validation_bytes = 1024
[m1]
stand_in = "uniform"
[m2]
size = "nano"
context = 16
batch = 2
steps = 3
example_bytes = 64
[[run]]
label = "first"
method = "Bytes"
[[run]]
label = "fails"
method = "AC[v=256]"
context = 512
[[run]]
label = "third"
method = "GZip[v=256]"
[[run]]
label = "last"
method = "EqualInfoAC[b=16, v=256]"
"#;

struct Bench {
    folder: tempfile::TempDir,
    spec: String,
}

impl Bench {
    fn new(spec: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut text = String::new();
        for document in 0..40 {
            writeln!(text, "Document {document} is about the number {}.\n\n", document * document).unwrap();
        }
        std::fs::write(folder.path().join("corpus.txt"), text.repeat(4)).unwrap();
        // More documents than one, so that there is something to hold out.
        for copy in 0..20 {
            std::fs::write(folder.path().join(format!("{copy}.txt")), text.repeat(2)).unwrap();
        }
        let sources: Vec<String> = (0..20).map(|copy| format!("\"{copy}.txt\"")).collect();
        let spec = spec.replace("\"corpus.txt\"", &format!("[{}]", sources.join(", ")));
        Self { folder, spec }
    }

    fn results(&self) -> std::path::PathBuf {
        self.folder.path().join("results")
    }

    fn start(&self, resume: bool, retry: bool) -> Handle {
        let spec = Spec::parse(&self.spec, &self.folder.path().join("queue.toml")).unwrap();
        start(Request { spec, device: DeviceChoice::Cpu, results: self.results(), resume: resume.into(), retry })
            .unwrap()
    }

    /// Runs to the end, telling `tell` of every event, and returns the labels of runs in the order in which they began.
    fn follow(&self, handle: Handle, tell: &mut dyn FnMut(&Event, &Handle)) -> (Vec<String>, Outcome, Vec<String>) {
        let (mut order, mut messages) = (Vec::new(), Vec::new());
        let mut outcome = Outcome::Failed("no end was told".to_owned());
        for event in &handle.events {
            tell(&event, &handle);
            match event {
                Event::Run(run) if run.status == Status::Running && order.last() != Some(&run.label) => {
                    order.push(run.label);
                }
                Event::Message { level: Level::Warning | Level::Error, text } => messages.push(text),
                Event::Finished(end) => {
                    outcome = end;
                    break;
                }
                _ => {}
            }
        }
        handle.thread.join().unwrap();
        (order, outcome, messages)
    }

    fn runs(&self) -> Vec<RunInfo> {
        let store = Store::open(&self.results().join(STORE_FILE)).unwrap();
        let experiment = store.find_experiment("queue").unwrap().unwrap();
        store.runs(experiment.id).unwrap()
    }

    fn status(&self, label: &str) -> Status {
        self.runs().into_iter().find(|run| run.label == label).unwrap().status
    }
}

/// Acts once, when the run called `label` is first told with `status`; the queue's runs as told so far are handed over.
fn once(
    label: &'static str,
    status: Status,
    mut act: impl FnMut(&dyn Fn(&str) -> RunId, &Handle),
) -> impl FnMut(&Event, &Handle) {
    let mut known: Vec<RunInfo> = Vec::new();
    let mut done = false;
    move |event, handle| {
        if let Event::Run(run) = event {
            known.retain(|other| other.id != run.id);
            known.push(run.clone());
            if !done && run.label == label && run.status == status {
                done = true;
                act(&|label| known.iter().find(|run| run.label == label).unwrap().id, handle);
            }
        }
    }
}

#[test]
fn a_failed_run_is_contained_and_done_again_when_that_is_asked_for() {
    let bench = Bench::new(SPEC);
    let (order, outcome, messages) = bench.follow(bench.start(false, false), &mut |_, _| ());
    assert_eq!(outcome, Outcome::Done, "{messages:?}");
    assert_eq!(order, ["first", "fails", "third", "last"]);
    let Status::Failed(reason) = bench.status("fails") else { panic!("{:?}", bench.status("fails")) };
    assert!(reason.contains("no example of 512 tokens"), "{reason}");
    assert!(messages.iter().any(|text| text.contains("1 failed: fails")), "{messages:?}");
    for label in ["first", "third", "last"] {
        assert_eq!(bench.status(label), Status::Done);
    }
    // Going on with it leaves the failed one alone, unless it is to be retried.
    let (order, outcome, messages) = bench.follow(bench.start(true, false), &mut |_, _| ());
    assert_eq!((order.len(), outcome), (0, Outcome::Done));
    assert!(messages.iter().any(|text| text.contains("1 failed: fails")), "{messages:?}");
    let (order, outcome, _) = bench.follow(bench.start(true, true), &mut |_, _| ());
    assert_eq!((order, outcome), (vec!["fails".to_owned()], Outcome::Done));
}

#[test]
fn priorities_order_the_queue_and_waiting_runs_can_be_cancelled_and_retried() {
    let bench = Bench::new(&SPEC.replace("context = 512", "context = 16"));
    let mut tell = once("first", Status::Running, |id, handle| {
        handle.send(Command::Prioritise(id("last"), 5));
        handle.send(Command::Cancel(id("fails")));
    });
    // The commands come while the first run is cut into tokens, and are obeyed before its first step.
    let (order, outcome, messages) = bench.follow(bench.start(false, false), &mut tell);
    assert_eq!(outcome, Outcome::Done);
    assert_eq!(order, ["first", "last", "third"]);
    assert!(messages.iter().any(|text| text.contains("1 cancelled: fails")), "{messages:?}");
    assert_eq!(bench.status("fails"), Status::Stopped);
    assert_eq!(bench.runs().iter().find(|run| run.label == "last").unwrap().priority, 5);
    let mut store = Store::open(&bench.results().join(STORE_FILE)).unwrap();
    let id = bench.runs().iter().find(|run| run.label == "fails").unwrap().id;
    store.queue_again(id).unwrap();
    let (order, outcome, _) = bench.follow(bench.start(true, false), &mut |_, _| ());
    assert_eq!((order, outcome), (vec!["fails".to_owned()], Outcome::Done));
    assert_eq!(bench.status("fails"), Status::Done);
}

#[test]
fn the_run_that_goes_is_cancelled_with_a_checkpoint_and_retried_in_place() {
    let bench = Bench::new(&SPEC.replace("context = 512", "context = 16\nsteps = 100000"));
    let mut cancel = once("fails", Status::Running, |id, handle| {
        handle.send(Command::Prioritise(id("third"), 1));
    });
    let mut retried = false;
    let mut tell = |event: &Event, handle: &Handle| {
        cancel(event, handle);
        if let Event::Stage { name, .. } = event {
            if name.starts_with("fails: train") {
                handle.send(Command::Cancel(bench_id(&bench, "fails")));
            } else if name.starts_with("third: train") && !retried {
                retried = true;
                handle.send(Command::Retry(bench_id(&bench, "fails")));
            } else if name.starts_with("last: tokenise") {
                handle.send(Command::Stop);
            }
        }
    };
    let (order, outcome, messages) = bench.follow(bench.start(false, false), &mut tell);
    assert_eq!(outcome, Outcome::Stopped, "{messages:?}");
    // Retried, it is before `last` again and has all its steps to go, until it is cancelled once more.
    assert_eq!(order, ["first", "fails", "third", "fails", "last"]);
    let id = bench_id(&bench, "fails").0;
    assert!(bench.results().join("queue").join(format!("run-{id}")).join("m2.checkpoint").exists());
    assert_eq!(bench.status("fails"), Status::Stopped);
    // Resumed, what was stopped goes on; what was cancelled stays.
    let (order, outcome, _) = bench.follow(bench.start(true, false), &mut |_, _| ());
    assert_eq!((order, outcome), (vec!["last".to_owned()], Outcome::Done));
}

#[test]
fn a_run_that_is_cancelled_while_its_text_is_cut_leaves_the_others_going() {
    let bench = Bench::new(&SPEC.replace("context = 512", "context = 16"));
    let mut cancelled = false;
    let mut tell = |event: &Event, handle: &Handle| {
        if let Event::Stage { name, .. } = event
            && name.starts_with("fails: tokenise")
            && !cancelled
        {
            cancelled = true;
            handle.send(Command::Cancel(bench_id(&bench, "fails")));
        }
    };
    let (order, outcome, messages) = bench.follow(bench.start(false, false), &mut tell);
    assert!(cancelled);
    assert_eq!(outcome, Outcome::Done, "{messages:?}");
    assert_eq!(order, ["first", "fails", "third", "last"]);
    assert!(messages.iter().any(|text| text.contains("1 cancelled: fails")), "{messages:?}");
    assert_eq!(bench.status("fails"), Status::Stopped);
}

fn bench_id(bench: &Bench, label: &str) -> RunId {
    bench.runs().into_iter().find(|run| run.label == label).unwrap().id
}

#[test]
fn budgets_are_settled_once_the_text_is_tokens() {
    let spec = SPEC.replace("steps = 3", "budget = { by = \"bytes\", amount = 400.0 }").replace("context = 512", "");
    let bench = Bench::new(&spec);
    let (_, outcome, messages) = bench.follow(bench.start(false, false), &mut |_, _| ());
    assert_eq!(outcome, Outcome::Done, "{messages:?}");
    let steps = |label: &str| bench.runs().into_iter().find(|run| run.label == label).unwrap().steps;
    // Two rows of 16 tokens a step: a byte each under Bytes, more or less under the others.
    assert!((12..=13).contains(&steps("first")), "{}", steps("first"));
    assert!(bench.runs().iter().all(|run| run.role == Role::M2 && run.steps > 0 && run.steps < 40));
}

#[test]
fn a_plan_is_printed_and_nothing_is_run() {
    let bench =
        Bench::new(&(SPEC.replace("example_bytes = 64", "") + "[grid]\nmethods = [\"Bytes\"]\nseeds = [1, 2]\n"));
    std::fs::write(bench.folder.path().join("queue.toml"), &bench.spec).unwrap();
    let run = |more: &[&str]| {
        let arguments = ["run", "queue.toml", "--device", "cpu", "--out", "results", "--plan"];
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_mullion"));
        let output = command.args(arguments).args(more).current_dir(bench.folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let text = run(&[]);
    assert!(text.contains("6 runs, 18 steps") && text.contains("time: not known"), "{text}");
    let text = run(&["--measure"]);
    assert!(text.contains("timed just now") && !text.contains("time: not known"), "{text}");
    assert!(!Path::new(&bench.results()).exists());
}
