//! Every table of every pane can be exported.

use super::*;

#[test]
fn the_list_of_runs_is_written_as_it_shows_to_a_path_that_is_typed() {
    let mut window = runs::open();
    window.click("Show the runs of beta");
    let csv = window.csv(&["Export the table Runs"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].starts_with("Experiment,Run,Number,Status,Bits/byte,Created,"), "{csv}");
    assert_eq!(lines.len(), 1 + 3 + 2, "{csv}");
    let of_run = lines.iter().position(|line| line.starts_with("beta,beta Bytes,")).expect("the run's line");
    assert!(
        lines[of_run].contains(",1.5,") && lines[..of_run].iter().any(|line| line.starts_with("beta,,2,stopped,1.5,"))
    );

    window.click("Export the table Runs");
    window.click("Save as LaTeX…");
    let path = window.folder.path().join("list.tex");
    window.harness.get_by_label("File").set_text_value_accesskit(&path.display().to_string());
    window.harness.run_steps(2);
    window.click("Save");
    window.until("the file is there", |_| path.exists());
    let latex = std::fs::read_to_string(&path).expect("the file");
    assert!(latex.contains("\\toprule") && latex.contains("beta Bytes"), "{latex}");
}

#[test]
fn the_results_of_an_experiment_in_runs_are_a_table() {
    let mut window = runs::open();
    window.click("Experiment alpha");
    window.click("Results");
    let csv = window.csv(&["Export the table Results of alpha"]);
    assert!(csv.starts_with("Run,Model,Seed,Status,bits/byte\nalpha Bytes,M2 nano,1,queued,2.5\n"), "{csv}");
}

#[test]
fn the_lanes_and_their_windows_are_tables() {
    let mut window = Window::open();
    let lanes = window.csv(&["Export tables of the text", "Lanes"]);
    assert!(lanes.lines().nth(1).is_some_and(|line| line.starts_with("\"EqualInfoAC[b=16, v=256]\",")), "{lanes}");
    let windows = window.csv(&["Export tables of the text", "Windows of EqualInfoAC[b=16, v=256]"]);
    assert!(windows.starts_with("Byte,Bytes,Text,Cost,"), "{windows}");
    assert!(windows.lines().nth(1).is_some_and(|line| line.starts_with("0,")) && windows.lines().count() > 10);
}

#[test]
fn planned_runs_the_queue_and_what_waits_are_tables() {
    let mut window = ablation::open();
    let planned = window.csv(&["Export the table Planned runs of windows-and-vocabularies"]);
    assert_eq!(planned.lines().count(), 1 + 6, "{planned}");
    window.click("Start the grid");
    window.until("the run has started", |window| lock(&window.workbench.run).is_some());
    window.send(Event::Run(run_info(Status::Failed("its loss is not a finite number".to_owned()), &[])));
    window.click("Set up");
    window.click("Add to queue");
    window.until("it waits", |window| window.says("1. windows-and-vocabularies"));
    let runs = window.csv(&["Export the table Runs in turn"]);
    assert!(runs.contains(",failed,0,") && runs.contains("its loss is not a finite number"), "{runs}");
    let waiting = window.csv(&["Export the table Waiting experiments"]);
    assert!(waiting.lines().nth(1).is_some_and(|line| line.starts_with("windows-and-vocabularies,1,")), "{waiting}");
    window.send(Event::Finished(Outcome::Done));
    window.end();
}

#[test]
fn a_test_of_two_rows_and_the_self_test_are_tables() {
    let mut window = Window::open();
    compare::store_runs(&window);
    window.click("Compare");
    window.until("the experiments are known", |window| window.says("Nothing is chosen yet."));
    window.click("Experiments (0)");
    window.click("Tick all found");
    window.until("two rows are tested", |window| window.says("Export the table Welch's test"));
    window.harness.key_press(egui::Key::Escape);
    window.harness.run_steps(3);
    window.harness.get_by_label("Export the table Welch's test").scroll_to_me();
    window.harness.run_steps(3);
    let test = window.csv(&["Export the table Welch's test"]);
    assert!(test.starts_with("Row,n,Mean,Deviation,t,Degrees of freedom,p\n") && test.lines().count() == 3, "{test}");
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Num9);
    window.harness.run_steps(3);
    window.click("Run the self-test");
    window.until("the test has ended", |window| window.says("1 comparison went wrong"));
    let checks = window.csv(&["Export the table Self-test"]);
    assert!(checks.contains(",the same,") && checks.contains(",differs,"), "{checks}");
}
