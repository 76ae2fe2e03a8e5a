//! The Compare pane.

use super::*;
use mullion::experiment::store::{NewExperiment, NewRun, Store};

/// Two methods of three seeds each, done, with what Compare shows of them.
pub fn store_runs(window: &Window) {
    let path = window.workbench.store.clone();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut store = Store::open(&path).unwrap();
    let spec = "name='two'\nseed=1\ncorpus={source='default',validation=0.1,validation_bytes=2048}\nm1={stand_in='unigram'}\n\
                [m2]\nsize='nano'\ncontext=32\nbatch=4\nsteps=8\nseeds=[1,2,3]\n[[run]]\nmethod='Bytes'\n[[run]]\nmethod='AC[v=256]'\n";
    let new = NewExperiment {
        name: "two".to_owned(),
        spec: spec.to_owned(),
        seed: 1,
        device: "cpu".to_owned(),
        versions: [].into(),
        folder: path.with_file_name("two"),
    };
    let experiment = store.create_experiment(&new).unwrap();
    for (method, bits, flops) in [("Bytes", 2.0, 4e5), ("AC[v=256]", 2.5, 2e5)] {
        for seed in 1..=3 {
            let new = NewRun {
                experiment,
                role: Role::M2,
                label: format!("{method} · seed {seed}"),
                method: Some(method.to_owned()),
                size: "nano".to_owned(),
                seed,
                steps: 8,
            };
            let run = store.create_run(&new).unwrap();
            for (name, value) in
                [("bits/byte", bits + 0.01 * seed as f64), ("FLOPs/byte", flops), ("token ratio", 8.0 / bits)]
            {
                store.set_result(run, name, value).unwrap();
            }
            store.set_status(run, &Status::Done).unwrap();
        }
    }
}

fn open() -> Window {
    let mut window = Window::open();
    window.click("Compare");
    window.until("the store was read", |window| !window.says("Reading the results"));
    window
}

#[test]
fn without_results_it_says_where_they_come_from() {
    assert!(open().says("Nothing was run yet."));
}

#[test]
fn seeds_are_one_row_and_two_rows_are_tested() {
    let mut window = Window::open();
    store_runs(&window);
    window.click("Compare");
    window.until("the experiments are known", |window| window.says("Nothing is chosen yet."));
    window.click("Experiments (0)");
    window.click("Tick all found");
    window.until("the rows have come", |window| window.says("2.0200 ± 0.0100"));
    window.harness.key_press(egui::Key::Escape);
    window.harness.run_steps(3);
    for text in ["2.5200 ± 0.0100", "0.400", "Runs and methods", "Bits/byte against FLOPs/byte"] {
        assert!(window.says(text), "{text}");
    }
    assert!(window.says("Bytes needs 0.5000 bits/byte less than AC[v=256]. That is significant at 0.05"));
    assert!(window.says("degrees of freedom = 4.00"));
    window.harness.get_by_role_and_label(Control::ComboBox, "Second row").click();
    window.harness.run_steps(4);
    window.harness.get_by_label("Bytes  (n = 3)").click();
    window.harness.run_steps(3);
    assert!(window.says("Both are the same row"));
    // A click on a row shows its seeds.
    window.harness.get_all_by_label("M2 nano").next().expect("a row").click();
    window.harness.run_steps(3);
    assert!(window.says("Seeds of Bytes"), "the row's own seeds show");
    assert!(window.says("2.0300"));
    window.click("bytes/step");
    assert!(window.says("Bits/byte against bytes/step"));
    // When more has come, the row that is selected and the two that are tested stay.
    window.harness.get_by_role_and_label(Control::ComboBox, "First row").scroll_to_me();
    window.harness.run_steps(8);
    window.harness.get_by_role_and_label(Control::ComboBox, "First row").click();
    window.harness.run_steps(4);
    window.click("AC[v=256]  (n = 3)");
    window.until("the rows have changed places", |window| window.says("t = 61.237"));
    window.click("Read again");
    window.harness.run_steps(3);
    window.until("it was read", |window| window.says("Seeds of Bytes"));
    assert!(window.says("t = 61.237"));
}
