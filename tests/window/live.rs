//! The Live pane.

use super::*;

#[test]
fn the_controls_start_hold_continue_and_stop_the_run() {
    let mut window = Window::open();
    window.click("Resume the earlier run");
    window.start();
    {
        let starts = lock(&window.workbench.starts);
        let (text, path, device, resume) = &starts[0];
        assert_eq!((text.as_str(), *device, *resume), ("name = \"test\"", DeviceChoice::Auto, true));
        assert_eq!(*path, window.folder.path().join("spec.toml"));
    }
    assert!(window.says("the test's device"));
    window.send(Event::Progress(Progress {
        done: 1200,
        total: 4000,
        unit: "steps",
        rate: 33.1,
        eta_seconds: Some(84.0),
    }));
    window.until("the progress shows", |window| window.says("1,200 of 4,000 steps  ·  33.1/s  ·  1:24 left"));

    window.click("Pause");
    assert_eq!(window.commands(), [Command::Pause]);
    window.send(Event::Paused);
    window.until("it is paused", |window| window.says("Paused in stage 1 of 3: train M1"));
    window.click("Continue");
    assert_eq!(window.commands(), [Command::Resume]);
    window.send(Event::Resumed);
    window.until("it goes on", |window| window.says("Stage 1 of 3: train M1"));
    window.click("Stop");
    assert_eq!(window.commands(), [Command::Stop]);
    assert!(window.says("Stopping: saving the checkpoint"));
    window.send(Event::Finished(Outcome::Stopped));
    window.end();
    window.until("it has stopped", |window| window.says("it can be resumed"));
    window.start();
}

#[test]
fn a_start_that_is_refused_shows_the_whole_reason() {
    let mut window = Window::open();
    let reason = "spec.toml, line 3: `stepz` is no key of [m1]; did you mean `steps`?";
    *lock(&window.workbench.refuse_start) = Some(reason.to_owned());
    window.click("Start");
    window.until("the error shows", |window| window.says(reason));
    window.click("Put away");
    assert!(!window.says(reason));
    window.click("Messages");
    assert!(window.says(reason), "errors are never lost");
}

#[test]
fn a_run_that_dies_is_told_and_can_be_resumed() {
    let mut window = Window::open();
    window.start();
    window.send(Event::Message { level: Level::Error, text: "the disk is full".into() });
    window.until("the error shows", |window| window.says("the disk is full"));
    window.end();
    window.until("the end is told", |window| window.says("ended without saying how"));
    assert!(window.says("Failed in stage 1 of 3"));
}

#[test]
fn a_finished_run_shows_its_table_and_its_curves() {
    let mut window = Window::open();
    window.start();
    window.send(Event::Run(run_info(Status::Running, &[])));
    for step in 0..3000 {
        let value = 8.0 / (1.0 + step as f64);
        let point = |series| Event::Point(Point { run: RunId(7), series, step, value });
        window.send(point(Series::TrainBitsPerByte));
        window.send(point(Series::ValidationBitsPerByte));
        window.send(point(Series::TokenRatio));
        window.send(point(Series::Accuracy(0)));
    }
    window.until("the run is in the legend", |window| window.says("EqualInfoAC[b=16, v=65k]"));
    window.click("Log steps");
    assert!(window.says("nothing measured yet"), "the trivial accuracy is not known yet");
    window.click("Above trivial");
    window.until("all three are drawn", |window| !window.says("nothing measured yet"));
    let results =
        [("bits/byte", 2.75), ("uniform bits/byte", 4.25), ("FLOPs/byte", 3.5e6), ("trivial accuracy 0", 0.1)];
    window.send(Event::Run(run_info(Status::Done, &results)));
    window.send(Event::Finished(Outcome::Done));
    window.end();
    window.until("the table comes forward", |window| window.says("test is done") && window.says("2.750"));
    for text in ["EqualInfoAC[b=16, v=65k]", "M2 nano", "done", "4.250", "3.50 M", "results/test"] {
        assert!(window.says(text), "{text}");
    }
    assert!(!window.says("trivial"), "per-position figures belong to the plot");
}
