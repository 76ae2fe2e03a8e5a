//! The Runs pane, over a store that is really there.

use super::*;
use mullion::experiment::store::{NewExperiment, NewRun, Store};

/// A window beside a store of three experiments, with the Runs pane in front.
pub fn open() -> Window {
    let mut window = Window::open();
    let path = window.workbench.store.clone();
    let results = path.parent().unwrap().to_owned();
    std::fs::create_dir_all(&results).unwrap();
    let mut store = Store::open(&path).unwrap();
    for (name, bits, status) in [
        ("alpha", 2.5, Status::Done),
        ("beta", 1.5, Status::Stopped),
        ("gamma", 3.5, Status::Failed("the disk is full".to_owned())),
    ] {
        let folder = results.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("m2.checkpoint"), "weights").unwrap();
        let id = store
            .create_experiment(&NewExperiment {
                name: name.to_owned(),
                spec: format!("name = \"{name}\"\n{SPEC}"),
                seed: 1,
                device: "the store's device".to_owned(),
                versions: [("mullion".to_owned(), "0.1.0".to_owned())].into(),
                folder,
            })
            .unwrap();
        store.set_experiment_status(id, &status).unwrap();
        store.log(id, Level::Info, &format!("{name} has begun")).unwrap();
        for method in ["Bytes", "AC[v=256]"] {
            let run = store
                .create_run(&NewRun {
                    experiment: id,
                    role: Role::M2,
                    label: format!("{name} {method}"),
                    method: Some(method.to_owned()),
                    size: "nano".to_owned(),
                    seed: 1,
                    steps: 1000,
                })
                .unwrap();
            store.set_result(run, "bits/byte", bits).unwrap();
        }
    }
    drop(store);
    window.click("Runs");
    window.until("the list shows", |window| window.says("Experiment gamma"));
    window
}

const SPEC: &str = r#"[corpus]
source = "default"
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
[[run]]
method = "Bytes"
"#;

/// Experiments from top to bottom.
fn order(window: &Window) -> Vec<String> {
    let mut found: Vec<(f32, String)> = ["alpha", "beta", "gamma"]
        .into_iter()
        .filter_map(|name| {
            let label = format!("Experiment {name}");
            let node = window.harness.query_by_label(&label)?;
            Some((node.rect().top(), name.to_owned()))
        })
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.into_iter().map(|(_, name)| name).collect()
}

#[test]
fn a_first_look_says_what_will_be_here() {
    let mut window = Window::open();
    window.click("Runs");
    window.until("the hint shows", |window| window.says("Nothing has run yet."));
}

#[test]
fn the_list_is_sorted_by_its_headings_and_filtered_by_words() {
    let mut window = open();
    window.click("Sort by Bits/byte");
    assert_eq!(order(&window), ["beta", "alpha", "gamma"]);
    window.click("Sort by Bits/byte");
    assert_eq!(order(&window), ["gamma", "alpha", "beta"]);
    window.harness.get_by_role_and_label(Control::TextInput, "Filter").focus();
    window.harness.step();
    window.harness.get_by_role_and_label(Control::TextInput, "Filter").type_text("status:failed");
    window.harness.run_steps(3);
    assert_eq!(order(&window), ["gamma"]);
    assert!(window.says("1 of 3"));
}

#[test]
fn ticked_runs_are_chosen_and_an_experiment_ticks_all_of_its_runs() {
    let mut window = open();
    window.click("Look at alpha");
    assert!(window.says("Untick all (2)"));
    window.click("Show the runs of beta");
    window.click("Look at beta Bytes, beta");
    assert!(window.says("Untick all (3)"));
    window.click("Untick all (3)");
    assert!(!window.says("Untick all"));
}

#[test]
fn what_is_deleted_can_be_undone_restored_and_removed_for_good() {
    let mut window = open();
    let checkpoint = window.folder.path().join("results/alpha/m2.checkpoint");
    window.click("Experiment alpha");
    window.click("Delete");
    window.until("it is in the bin", |window| window.says("alpha is in the bin.") && !window.says("Experiment alpha"));
    window.click("Undo");
    window.until("it is back", |window| window.says("Experiment alpha"));

    window.click("Experiment alpha");
    window.click("Delete");
    window.until("it is in the bin", |window| window.says("Bin (1)"));
    window.click("Bin (1)");
    assert_eq!(order(&window), ["alpha"]);
    window.click("Experiment alpha");
    window.click("Restore");
    window.until("it is back", |window| window.says("Bin (0)"));
    window.click("Bin (0)");

    window.click("Experiment alpha");
    window.click("Delete");
    window.until("it is in the bin", |window| window.says("Bin (1)"));
    window.click("Bin (1)");
    window.click("Empty bin…");
    assert!(checkpoint.exists(), "nothing is removed before the answer");
    window.click("Cancel");
    window.click("Empty bin…");
    window.click("Remove for good");
    window.until("it is gone", |window| window.says("Bin (0)") && window.says("2 of 2"));
    assert!(!checkpoint.parent().unwrap().exists());
}

#[test]
fn a_selected_experiment_is_named_anew_and_tagged_and_read() {
    let mut window = open();
    window.click("Experiment beta");
    assert!(window.says("the store's device"));
    window.click("Log");
    window.until("the log shows", |window| window.says("beta has begun"));
    window.click("Tags…");
    window.harness.get_by_role_and_label(Control::TextInput, "Tags").focus();
    window.harness.step();
    window.harness.get_by_role_and_label(Control::TextInput, "Tags").type_text("paper b16");
    window.harness.run_steps(2);
    window.click("Set tags");
    window.until("the tags show", |window| window.says("b16 paper"));
    window.click("Rename…");
    // The field has the focus and the old name is selected: what is typed takes its place.
    window.harness.event(egui::Event::Text("anew".into()));
    window.harness.run_steps(2);
    window.harness.key_press(egui::Key::Enter);
    window.until("the name shows", |window| window.says("Experiment anew"));

    window.click("Note…");
    window.harness.event(egui::Event::Text("worth a look".into()));
    window.harness.run_steps(2);
    click_at(&mut window, egui::pos2(20.0, 700.0));
    assert!(window.says("What was typed is not kept yet"), "nothing that was typed is lost");
    window.click("Keep note");
    window.click("About");
    window.until("the note shows", |window| window.says("worth a look"));
    window.click("Note…");
    click_at(&mut window, egui::pos2(20.0, 700.0));
    assert!(!window.says("Keep note"), "nothing was typed: the sheet goes");
}

fn click_at(window: &mut Window, pos: egui::Pos2) {
    let button = |pressed| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    for event in [egui::Event::PointerMoved(pos), button(true), button(false)] {
        window.harness.event(event);
        window.harness.step();
    }
    window.harness.run_steps(3);
}

#[test]
fn what_is_hidden_is_not_acted_on() {
    let mut window = open();
    window.click("Experiment beta");
    assert!(window.says("Duplicate"));
    window.retype("Filter", "alpha");
    assert!(!window.says("Duplicate"), "the filter hides it");
    window.retype("Filter", " ");
    assert!(!window.says("Duplicate"));

    window.click("Experiment beta");
    window.click("Delete");
    window.until("it is in the bin", |window| window.says("Bin (1)"));
    window.click("Bin (1)");
    window.click("Experiment beta");
    window.click("Undo");
    window.until("the bin is empty", |window| window.says("Bin (0)"));
    assert!(window.harness.query_by_label("Restore").is_none());
}

#[test]
fn a_resume_goes_on_with_the_selected_one_and_a_copy_starts_nothing() {
    let mut window = open();
    window.click("Experiment beta");
    window.click("Duplicate");
    let copy = window.folder.path().join("results/specs/beta-2.toml");
    window.until("the copy is written", |_| copy.exists());
    window.until("the Live pane has it", |window| window.says("The copy is"));
    assert!(lock(&window.workbench.starts).is_empty());
    window.click("Runs");
    window.click("Resume");
    window.until("it has started", |window| !lock(&window.workbench.starts).is_empty());
    let starts = lock(&window.workbench.starts);
    let (text, path, _, resume) = &starts[0];
    assert_eq!(*resume, Resume::Retrying(ExperimentId(2)));
    assert!(text.starts_with("name = \"beta\"") && path.ends_with("beta/spec.toml"), "{text} {}", path.display());
}
