//! The Ablation pane.

use super::*;
use mullion::experiment::Resume;
use mullion::experiment::store::Store;

/// A window whose Ablation pane is in front.
pub fn open() -> Window {
    let mut window = Window::open();
    window.click("Ablation");
    window.until("the first plan is made", |window| window.says("6 runs · "));
    window
}

fn run(id: i64, label: &str, status: Status) -> RunInfo {
    RunInfo { id: RunId(id), label: label.to_owned(), ..run_info(status, &[]) }
}

#[test]
fn fields_change_the_grid_and_what_it_leaves_out_is_said() {
    let mut window = open();
    window.harness.get_by_label("Words").focus();
    window.harness.run_steps(2);
    window.harness.get_by_label("Words").type_text("0, 16");
    window.until("the grid has grown", |window| window.says("10 runs · "));
    assert!(window.says("2 combinations left out"));
    window.harness.get_by_label("Seeds").focus();
    window.harness.run_steps(2);
    window.harness.get_by_label("Seeds").type_text("1..");
    let field = window.harness.get_by_label("Words").rect();
    window.until("the fault is told", |window| window.says("no whole number"));
    assert!(window.says("of the spec: ") && !window.says(".toml:"), "no file is named that is not there");
    assert_eq!(window.harness.get_by_label("Words").rect(), field, "nothing jumps");
    window.harness.get_by_label("Seeds").type_text("3");
    window.until("every run has its seeds", |window| window.says("30 runs · "));
}

#[test]
fn while_the_time_is_measured_the_spec_can_be_changed_and_the_grid_begun() {
    let cancelled = |window: &Window| *lock(&window.workbench.measures_cancelled);
    let mut window = open();
    window.click("Measure the time");
    window.until("it is being measured", |window| window.says("Stop measuring"));
    window.click("Stop measuring");
    window.until("it has ended", |window| cancelled(window) == 1 && window.says("Measure the time"));
    window.click("Measure the time");
    window.until("it is being measured", |window| window.says("Stop measuring"));
    window.harness.get_by_label("Words").focus();
    window.harness.run_steps(2);
    window.harness.get_by_label("Words").type_text("0, 16");
    window.until("the newer text is planned", |window| window.says("10 runs · "));
    window.until("the older one is given up", |window| cancelled(window) == 2);
    window.click("Measure the time");
    window.until("it is being measured", |window| window.says("Stop measuring"));
    window.click("Start the grid");
    window.until("the run has started", |window| lock(&window.workbench.run).is_some());
    window.until("nothing is timed beside it", |window| cancelled(window) == 3);
}

#[test]
fn a_grid_begins_and_another_waits_its_turn() {
    let mut window = open();
    window.click("Start the grid");
    window.until("the run has started", |window| lock(&window.workbench.run).is_some());
    {
        let starts = lock(&window.workbench.starts);
        assert!(starts[0].0.contains("window_bits = [16, 32, 64]") && starts[0].3 == Resume::No, "{}", starts[0].0);
    }
    window.click("Set up");
    window.click("Add to queue");
    window.until("it waits", |window| window.says("1. windows-and-vocabularies"));
    window.click("Set up");
    window.click("Add to queue");
    window.until("another waits", |window| window.says("2. windows-and-vocabularies"));
    let store = window.workbench.store.clone();
    let waiting = || Store::open(&store).and_then(|store| store.waiting()).expect("the store");
    assert_eq!(waiting().len(), 2);
    window.send(Event::Finished(Outcome::Done));
    window.end();
    window.until("the next began by itself", |window| lock(&window.workbench.starts).len() == 2);
    assert_eq!(waiting().len(), 2, "it keeps its place until it is in the store");
    window.send(started());
    window.until("one waits", |window| !window.says("2. windows-and-vocabularies"));
    window.send(Event::Finished(Outcome::Stopped));
    window.end();
    // What was stopped by hand does not go on by itself.
    window.until("it offers to begin", |window| window.says("Begin now"));
    assert_eq!(lock(&window.workbench.starts).len(), 2);
    window.click("Remove windows-and-vocabularies");
    window.until("none waits", |window| !window.says("1. windows-and-vocabularies"));
}

#[test]
fn what_cannot_begin_keeps_its_place() {
    let mut window = open();
    window.click("Start the grid");
    window.until("the run has started", |window| lock(&window.workbench.run).is_some());
    for _ in 0..2 {
        window.click("Set up");
        window.click("Add to queue");
    }
    window.until("two wait", |window| window.says("2. windows-and-vocabularies"));
    *lock(&window.workbench.refuse_start) = Some("the disk is gone".to_owned());
    window.send(Event::Finished(Outcome::Done));
    window.end();
    window.until("that is told", |window| window.says("keeps its place: the disk is gone") && window.says("Begin now"));
    window.harness.run_steps(10);
    let waiting = Store::open(&window.workbench.store).and_then(|store| store.waiting()).expect("the store");
    assert_eq!((waiting.len(), lock(&window.workbench.starts).len()), (2, 1));
    *lock(&window.workbench.refuse_start) = None;
    window.click("Begin now");
    window.until("it has begun", |window| lock(&window.workbench.starts).len() == 2);
    window.send(started());
    window.until("one waits", |window| !window.says("2. windows-and-vocabularies"));
}

/// An experiment that has begun.
fn started() -> Event {
    Event::Started {
        experiment: ExperimentId(2),
        name: "windows-and-vocabularies".to_owned(),
        device: "a device".to_owned(),
        folder: "results/windows-and-vocabularies".into(),
    }
}

#[test]
fn runs_are_reordered_cancelled_and_retried() {
    let mut window = open();
    window.click("Start the grid");
    window.until("the run has started", |window| lock(&window.workbench.run).is_some());
    for (id, label, status) in [
        (1, "going", Status::Running),
        (2, "waiting", Status::Queued),
        (3, "broken", Status::Failed("its loss is not a finite number".to_owned())),
    ] {
        window.send(Event::Run(run(id, label, status)));
    }
    window.until("the runs show", |window| window.says("its loss is not a finite number"));
    window.click("Do waiting earlier");
    window.click("Cancel going");
    window.click("Cancel waiting");
    window.click("Retry broken");
    let expected = [
        Command::Prioritise(RunId(2), 1),
        Command::Cancel(RunId(1)),
        Command::Cancel(RunId(2)),
        Command::Retry(RunId(3)),
    ];
    assert_eq!(window.commands(), expected);
}
