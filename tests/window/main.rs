//! The window, driven by accessibility labels over a workbench that plays its part.

mod ablation;
mod atlas;
mod compare;
mod fake;
mod film;
mod generate;
mod live;
mod runs;
mod shell;
mod steps;
mod tables;
mod windows;

use egui::accesskit::Role as Control;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use fake::{FakeRun, FakeWorkbench, lock};
use mullion::app::{Shell, WindowOptions};
use mullion::experiment::Resume;
use mullion::experiment::event::{
    Command, Event, ExperimentId, Level, Outcome, Point, Progress, Role, RunId, RunInfo, Series, Status,
};
use mullion::gpu::DeviceChoice;
use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

/// What a window keeps between starts.
#[derive(Default)]
struct Kept(BTreeMap<String, String>);

impl eframe::Storage for Kept {
    fn get_string(&self, key: &str) -> Option<String> {
        self.0.get(key).cloned()
    }

    fn set_string(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), value);
    }

    fn remove_string(&mut self, key: &str) {
        self.0.remove(key);
    }

    fn flush(&mut self) {}
}

struct Window {
    harness: Harness<'static, Option<Shell>>,
    workbench: Arc<FakeWorkbench>,
    folder: tempfile::TempDir,
}

impl Window {
    fn open() -> Self {
        Self::open_after(None)
    }

    /// Opened again, with what an earlier window has kept; no spec is named on the command line then.
    fn open_after(kept: Option<Kept>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = folder.path().join("results").join("mullion.sqlite");
        let workbench = Arc::new(FakeWorkbench { store, ..FakeWorkbench::default() });
        *lock(&workbench.m1) = "uniform".to_owned();
        let spec = folder.path().join("spec.toml");
        std::fs::write(&spec, "name = \"test\"").expect("a spec");
        let options = match kept {
            Some(_) => WindowOptions { first_spec: Some(spec), ..WindowOptions::default() },
            None => WindowOptions { spec: Some(spec), ..WindowOptions::default() },
        };
        // Built in the first frame, as only then there is the context that its workers have to wake.
        let bench = workbench.clone();
        let harness = Harness::builder().with_size([1280.0, 720.0]).build_ui_state(
            move |ui, shell: &mut Option<Shell>| {
                let kept = kept.as_ref().map(|kept| kept as &dyn eframe::Storage);
                shell.get_or_insert_with(|| Shell::new(ui.ctx(), bench.clone(), &options, kept)).show(ui);
            },
            None,
        );
        let mut window = Self { harness, workbench, folder };
        window.until("the first text is cut", |window| window.cuts().len() == 1 && !window.says("Cutting the text…"));
        window
    }

    /// Steps until the condition holds; workers answer in their own time.
    fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !holds(self) {
            assert!(Instant::now() < deadline, "waited in vain until {what}");
            self.harness.step();
            std::thread::sleep(Duration::from_millis(2));
        }
        self.harness.step();
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run_steps(3);
    }

    /// What a table's Export menu puts on the clipboard as CSV; `path` is what is clicked up to its formats.
    fn csv(&mut self, path: &[&str]) -> String {
        path.iter().for_each(|label| self.click(label));
        self.harness.get_by_label("Copy as CSV").click();
        for _ in 0..4 {
            self.harness.step();
            for command in &self.harness.output().platform_output.commands {
                if let egui::OutputCommand::CopyText(text) = command {
                    return text.clone();
                }
            }
        }
        panic!("nothing was put on the clipboard");
    }

    fn says(&self, text: &str) -> bool {
        self.harness.query_all_by_label_contains(text).next().is_some()
    }

    fn cuts(&self) -> MutexGuard<'_, Vec<(Vec<u8>, String)>> {
        lock(&self.workbench.cuts)
    }

    fn start(&mut self) {
        self.click("Start");
        self.until("the run has started", |window| lock(&window.workbench.run).is_some());
        self.send(Event::Started {
            experiment: ExperimentId(1),
            name: "test".into(),
            device: "the test's device".into(),
            folder: "results/test".into(),
        });
        self.send(Event::Stage { index: 1, count: 3, name: "train M1".into() });
        self.until("the stage shows", |window| window.says("Stage 1 of 3: train M1"));
    }

    fn send(&self, event: Event) {
        let run = lock(&self.workbench.run);
        run.as_ref().expect("a run").events.send(event).expect("the window follows the run");
    }

    fn commands(&self) -> Vec<Command> {
        lock(&self.workbench.run).as_ref().expect("a run").commands.try_iter().collect()
    }

    /// Ends the run's thread.
    fn end(&self) {
        let FakeRun { alive, events, .. } = lock(&self.workbench.run).take().expect("a run");
        drop((alive, events));
    }

    /// What the window would keep if it closed now.
    fn kept(&mut self) -> Kept {
        let mut kept = Kept::default();
        let shell = self.harness.state_mut().as_mut().expect("the window is built");
        eframe::App::save(shell, &mut kept);
        kept
    }

    /// Types over what stands in a field.
    fn retype(&mut self, field: &str, text: &str) {
        self.harness.get_by_role_and_label(Control::TextInput, field).focus();
        self.harness.run_steps(2);
        self.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        self.harness.get_by_role_and_label(Control::TextInput, field).type_text(text);
        self.harness.run_steps(3);
    }

    fn request_close(&mut self) {
        let viewport = self.harness.input_mut().viewports.get_mut(&egui::ViewportId::ROOT);
        viewport.expect("the root viewport").events.push(egui::ViewportEvent::Close);
        self.harness.step();
    }

    fn sent_to_the_window_system(&self) -> Vec<egui::ViewportCommand> {
        self.harness.output().viewport_output[&egui::ViewportId::ROOT].commands.clone()
    }
}

fn run_info(status: Status, results: &[(&str, f64)]) -> RunInfo {
    RunInfo {
        id: RunId(7),
        role: Role::M2,
        label: "EqualInfoAC[b=16, v=65k]".into(),
        method: None,
        size: "nano".into(),
        seed: 1,
        steps: 100,
        priority: 0,
        status,
        results: results.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
    }
}
