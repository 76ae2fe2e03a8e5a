//! The Live pane.

use super::*;
use mullion::experiment::store::{NewExperiment, NewRun, Store};

#[test]
fn the_controls_start_hold_continue_and_stop_the_run() {
    let mut window = Window::open();
    window.click("Resume the earlier run");
    window.start();
    {
        let starts = lock(&window.workbench.starts);
        let (text, path, device, resume) = &starts[0];
        assert_eq!((text.as_str(), *device, *resume), ("name = \"test\"", DeviceChoice::Auto, Resume::Latest));
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
    assert!(window.harness.query_by_label(reason).is_none(), "the status bar alone says it");
    window.click("Messages");
    assert!(window.says(&format!("Error: {reason}")), "errors are never lost");
}

#[test]
fn a_refused_start_leaves_what_the_run_before_has_left() {
    let mut window = Window::open();
    train(&mut window);
    window.send(Event::Message { level: Level::Info, text: "an earlier message".into() });
    window.send(Event::Run(run_info(Status::Done, &[("bits/byte", 2.75)])));
    window.send(Event::Finished(Outcome::Done));
    window.end();
    window.until("it is done", |window| window.says("test is done") && window.says("2.750"));

    window.retype("Experiment", "no-such-spec.toml");
    window.click("Start");
    window.until("the error shows", |window| window.says("The spec no-such-spec.toml cannot be read"));
    assert!(window.says("could not begin; test is still shown") && window.says("Experiment: could not begin"));
    assert!(window.says("2.750") && window.says("trained 1:40"), "results and figures stay");
    window.click("Curves");
    window.until("curves stay", |window| window.says("Bits per byte: chart of bits/byte"));
    window.click("Messages (1)");
    assert!(window.says("an earlier message") && window.says("no-such-spec.toml cannot be read"));
    window.click("Status");
    let told = "The experiment could not begin: The spec no-such-spec.toml cannot be read";
    assert!(window.harness.query_all_by_label_contains(told).count() >= 2, "in the status bar and among the messages");

    window.click("Live");
    let spec = window.folder.path().join("spec.toml").display().to_string();
    window.retype("Experiment", &spec);
    window.click("Start");
    window.until("another is asked for", |window| lock(&window.workbench.run).is_some());
    assert!(window.says("trained 1:40"), "nothing has begun yet");
    // What is refused by the runner itself, such as a resume without a checkpoint, is no loss either.
    window.send(Event::Finished(Outcome::Failed("there is nothing to resume".into())));
    window.end();
    window.until("it is refused", |window| window.says("there is nothing to resume"));
    assert!(window.says("trained 1:40") && window.says("could not begin; test is still shown"));
    window.start();
    assert!(!window.says("trained 1:40"), "another one has begun");
    assert!(window.harness.query_by_label("there is nothing to resume").is_none());
}

#[test]
fn runs_that_were_cancelled_are_not_called_done() {
    let mut window = Window::open();
    window.start();
    for (id, status) in [(1, Status::Done), (2, Status::Stopped), (3, Status::Stopped), (4, Status::Stopped)] {
        window.send(Event::Run(RunInfo { id: RunId(id), ..run_info(status, &[]) }));
    }
    window.send(Event::Finished(Outcome::Done));
    window.end();
    window.until("it has ended", |window| window.says("test ended: 1 of 4 runs done, 3 cancelled"));
    assert!(!window.says("finished"));
}

#[test]
fn the_spec_is_there_again_after_a_restart() {
    let mut window = Window::open();
    let spec = |window: &Window| window.harness.get_by_role_and_label(Control::TextInput, "Experiment").value();
    window.retype("Experiment", "elsewhere/mine.toml");
    let kept = window.kept();
    let mut window = Window::open_after(Some(kept));
    assert_eq!(spec(&window).as_deref(), Some("elsewhere/mine.toml"));
    window.retype("Experiment", " ");
    let kept = window.kept();
    let window = Window::open_after(Some(kept));
    assert!(spec(&window).is_some_and(|spec| spec.ends_with("spec.toml")), "the first one, where none was named");
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
    window.click("Log x");
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

    window.click("bits/byte, not sorted by it");
    window.click("bits/byte, sorted by it, least first");
    assert!(window.says("bits/byte, sorted by it, most first"));
    window.click("Columns of the table Results of test");
    window.click("uniform bits/byte");
    assert!(!window.says("4.250"), "the column is hidden");
    window.click("Show all");
    assert!(window.says("4.250"));
    window.harness.key_press(egui::Key::Escape);
    window.harness.run_steps(3);
    assert!(window.csv(&["Export the table Results of test"]).starts_with("Run,Model,Seed,Status,bits/byte,"));
}

/// A run that trains, with a few points of everything.
fn train(window: &mut Window) {
    window.start();
    window.send(Event::Run(run_info(Status::Running, &[("training bytes per step", 64.0)])));
    for step in 1..=50 {
        for (series, value) in [
            (Series::TrainBitsPerByte, 8.0 / step as f64),
            (Series::LearningRate, 0.01),
            (Series::TokensPerSecond, 1234.0),
            (Series::MemoryBytes, 5e8),
            (Series::Seconds, 2.0 * step as f64),
        ] {
            window.send(Event::Point(Point { run: RunId(7), series, step, value }));
        }
    }
    let progress = Progress { done: 50, total: 100, unit: "steps", rate: 1.0, eta_seconds: None };
    window.send(Event::Progress(progress));
    window.until("the figures of the run show", |window| window.says("1234 tokens/s"));
}

#[test]
fn the_learning_rate_is_changed_while_a_model_trains() {
    let mut window = Window::open();
    train(&mut window);
    assert!(window.says("500.0 MB") && window.says("trained 1:40"));
    window.click("Learning rate 0.0100");
    window.click("× 0.5");
    assert_eq!(window.commands(), [Command::ScaleRate(0.5)]);
    window.send(Event::Point(Point { run: RunId(7), series: Series::RateFactor, step: 50, value: 0.5 }));
    window.until("the change shows", |window| window.says("× 0.5"));
    // The figures stay those of the run that trained last, however it ended.
    window.send(Event::Run(RunInfo { id: RunId(6), ..run_info(Status::Done, &[]) }));
    window.send(Event::Point(Point { run: RunId(6), series: Series::LearningRate, step: 1, value: 0.5 }));
    window.send(Event::Run(run_info(Status::Stopped, &[])));
    window.send(Event::Stage { index: 2, count: 3, name: "tokenise".into() });
    window.until("nothing trains", |window| window.says("Stage 2 of 3"));
    let button = window.harness.get_by_label("Learning rate 0.0100");
    assert!(button.accesskit_node().is_disabled(), "there is nothing whose rate could be changed");
}

#[test]
fn curves_are_drawn_over_what_was_chosen() {
    let mut window = Window::open();
    train(&mut window);
    window.until("the loss is drawn", |window| window.says("Bits per byte: chart of bits/byte against step"));
    for (name, title) in [("bytes", "raw bytes trained on"), ("seconds", "training time")] {
        window.harness.get_by_role_and_label(Control::ComboBox, "Over").click();
        window.harness.run_steps(4);
        window.click(name);
        let wanted = format!("Bits per byte: chart of bits/byte against {title}");
        window.until("the axis is another", |window| window.says(&wanted));
    }
    window.click("Machine");
    window.until("speed and memory are drawn", |window| {
        window.says("Memory: chart of resident") && window.says("Tokens per second: chart")
    });
    window.click("Curves");
    window.click("More");
    window.click("a curve for each position");
    window.until("accuracies are over time", |window| window.says("Token learnability: nothing measured yet"));
    window.harness.get_by_role_and_label(Control::Slider, "Smoothing").set_value_accesskit(0.5);
    window.until("the weight is another", |window| window.says("moving average, weight 0.50"));
}

#[test]
fn a_chart_is_exported_by_its_menu() {
    let mut window = Window::open();
    train(&mut window);
    window.until("the loss is drawn", |window| window.says("Bits per byte: chart"));
    window.click("Fit Bits per byte to its data");
    window.click("Export Bits per byte");
    window.click("CSV");
    window.until("where to is asked", |window| {
        let field = window.harness.query_by_label("File");
        field.and_then(|field| field.value()).is_some_and(|path| path.ends_with("bits-per-byte.csv"))
    });
    assert!(window.harness.get_by_role_and_label(Control::TextInput, "File").is_focused());
    window.harness.key_press(egui::Key::Escape);
    window.until("Escape closes it", |window| window.harness.query_by_label("Save").is_none());

    let file = window.folder.path().join("loss.csv");
    for again in [false, true] {
        window.click("Export Bits per byte");
        window.click("CSV");
        window.until("where to is asked", |window| window.harness.query_by_label("Save").is_some());
        window.retype("File", &file.display().to_string());
        window.harness.key_press(egui::Key::Enter);
        if again {
            std::fs::write(&file, "of another kind").unwrap();
            window.until("it asks", |window| window.says("loss.csv is there already"));
            window.harness.key_press(egui::Key::Enter);
            window.harness.run_steps(5);
            assert_eq!(std::fs::read_to_string(&file).unwrap(), "of another kind", "Enter alone replaces nothing");
            window.until("it asks again", |window| window.harness.query_by_label("Replace").is_some());
            window.click("Replace");
        }
        window.until("it is written", |window| window.harness.query_by_label("Cancel").is_none());
        assert!(std::fs::read_to_string(&file).is_ok_and(|text| text.contains(',')));
    }
}

#[test]
fn a_long_stored_run_is_drawn_and_looked_at_closer() {
    let mut window = Window::open();
    let path = window.workbench.store.clone();
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("the results' folder");
    let mut store = Store::open(&path).expect("a store");
    let experiment = store
        .create_experiment(&NewExperiment {
            name: "long".to_owned(),
            spec: String::new(),
            seed: 1,
            device: "CPU".to_owned(),
            versions: [].into(),
            folder: path.with_file_name("long"),
        })
        .expect("an experiment");
    let run = store
        .create_run(&NewRun {
            experiment,
            role: Role::M2,
            label: "Bytes".to_owned(),
            method: Some("Bytes".to_owned()),
            size: "nano".to_owned(),
            seed: 1,
            steps: 20_000,
        })
        .expect("a run");
    for step in 1..=20_000 {
        let value = 2.0 + (step % 97) as f64 / 97.0;
        store.record(&Point { run, series: Series::TrainBitsPerByte, step, value }).expect("a point");
    }
    drop(store);
    window.click("Runs");
    window.until("the list shows", |window| window.says("Experiment long"));
    window.click("Look at long");
    window.click("Live");
    window.until("the run is drawn", |window| window.says("Bits per byte: chart of") && window.says("Bytes · long"));
    let chart = window.harness.get_by_label_contains("Bits per byte: chart of").rect();
    for zoom in [8.0, 8.0, 0.125, 4.0] {
        window.harness.hover_at(chart.center());
        window.harness.input_mut().events.push(egui::Event::Zoom(zoom));
        window.harness.run_steps(2);
        window.until("it is as fine as the chart", |window| {
            window.harness.state().as_ref().is_some_and(|shell| shell.is_fine())
        });
    }
    window.click("Fit Bits per byte to its data");
    assert!(window.says("Bits per byte: chart of"));
}
