//! The window, driven by accessibility labels over a workbench that plays its part.

use egui::accesskit::Role as Control;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use mullion::app::{Shell, WindowOptions, Workbench};
use mullion::experiment::event::{
    Command, Event, ExperimentId, Level, Outcome, Point, Progress, Role, RunId, RunInfo, Series, Status,
};
use mullion::experiment::handle::Handle;
use mullion::gpu::DeviceChoice;
use mullion::tokenizer::Method;
use mullion::tokenizer::view::{End, Totals, WindowView, WindowsView};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// The run's side of a started experiment.
struct FakeRun {
    events: Sender<Event>,
    commands: Receiver<Command>,
    /// Dropping it ends the run's thread.
    alive: Sender<()>,
}

/// What a start was asked for.
type Started = (String, PathBuf, DeviceChoice, bool);

#[derive(Default)]
struct FakeWorkbench {
    cuts: Mutex<Vec<(Vec<u8>, String)>>,
    starts: Mutex<Vec<Started>>,
    run: Mutex<Option<FakeRun>>,
    refuse_start: Mutex<Option<String>>,
    refuse_cut: Mutex<Option<String>>,
    m1: Mutex<String>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no test thread panics while it holds a lock")
}

impl Workbench for FakeWorkbench {
    fn start(&self, text: String, path: PathBuf, device: DeviceChoice, resume: bool) -> Result<Handle, String> {
        if let Some(message) = lock(&self.refuse_start).clone() {
            return Err(message);
        }
        lock(&self.starts).push((text, path, device, resume));
        let (commands, command_receiver) = channel();
        let (event_sender, events) = channel();
        let (alive, end) = channel::<()>();
        let thread = std::thread::spawn(move || {
            let _ = end.recv();
        });
        *lock(&self.run) = Some(FakeRun { events: event_sender, commands: command_receiver, alive });
        Ok(Handle { commands, events, thread })
    }

    fn windows(&self, text: &[u8], method: &Method, _: &Arc<AtomicBool>) -> Result<WindowsView, String> {
        lock(&self.cuts).push((text.to_vec(), method.to_string()));
        match lock(&self.refuse_cut).clone() {
            Some(message) => Err(message),
            None => Ok(cut(text, method)),
        }
    }

    fn m1_description(&self) -> String {
        lock(&self.m1).clone()
    }

    fn use_m1(&self, path: &Path) -> Result<String, String> {
        if !path.ends_with("good.m1") {
            return Err(format!("{} is no M1", path.display()));
        }
        *lock(&self.m1) = "m1-of-the-test".to_owned();
        Ok("m1-of-the-test".to_owned())
    }
}

/// Windows of one byte for every 8 bits: plain arithmetic that a test can follow.
fn cut(text: &[u8], method: &Method) -> WindowsView {
    let window_bits = method.window_bits().expect("the pane asks for windows only");
    let length = usize::from(window_bits / 8);
    let windows: Vec<WindowView> = text
        .chunks(length)
        .enumerate()
        .map(|(index, bytes)| WindowView {
            byte_start: index * length,
            byte_len: bytes.len(),
            first_bit: index as u64 * u64::from(window_bits),
            used_bits: u64::from(window_bits - 3),
            padding: 3,
            code_hex: "beef".to_owned(),
            code_binary: "1011111011101111".to_owned(),
            first_token: 2 * index,
            tokens: vec![190, 239],
            byte_bits: vec![6.5; bytes.len()],
            candidates: if index == 1 { 2 } else { 1 },
            ambiguous: index == 1,
            unresolved: false,
            end: match text.get((index + 1) * length) {
                Some(next) => End::Full { next: *next, cost_bits: 7.5, bits_left: 3 },
                None => End::Text,
            },
        })
        .collect();
    let totals = Totals {
        bytes: text.len(),
        windows: windows.len(),
        tokens: 2 * windows.len(),
        bits: windows.len() as u64 * u64::from(window_bits),
        vocabulary: 256,
        bits_per_token: 8.0,
        token_ratio: Some(1.25),
        bit_ratio: Some(1.5),
        ambiguous: 1,
        unresolved: 0,
        lost_bytes: 0,
    };
    let method = method.clone();
    WindowsView { method, model: Some("fake".to_owned()), windows, tokens: Vec::new(), bit_ends: Vec::new(), totals }
}

struct Window {
    harness: Harness<'static, Option<Shell>>,
    workbench: Arc<FakeWorkbench>,
    folder: tempfile::TempDir,
}

impl Window {
    fn open() -> Self {
        let workbench = Arc::new(FakeWorkbench::default());
        *lock(&workbench.m1) = "uniform".to_owned();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let spec = folder.path().join("spec.toml");
        std::fs::write(&spec, "name = \"test\"").expect("a spec");
        let options = WindowOptions { spec: Some(spec) };
        // Built in the first frame, as only then there is the context that its workers have to wake.
        let bench = workbench.clone();
        let harness = Harness::builder().with_size([1280.0, 720.0]).build_ui_state(
            move |ui, shell: &mut Option<Shell>| {
                shell.get_or_insert_with(|| Shell::new(ui.ctx(), bench.clone(), &options, None)).show(ui);
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
        status,
        results: results.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
    }
}

#[test]
fn a_first_start_cuts_the_first_text_and_says_what_came_of_it() {
    let window = Window::open();
    assert_eq!(window.cuts()[0].1, "EqualInfoAC[b=16, v=256]");
    assert!(window.cuts()[0].0.starts_with(b"Call me Ishmael."));
    for fact in ["1.250 token ratio", "1.500 bit ratio", "3.00 bits mean padding", "1 ambiguous"] {
        assert!(window.says(fact), "{fact}");
    }
    assert!(window.says("No experiment yet"));
}

#[test]
fn moving_the_sliders_and_the_ending_cuts_anew() {
    let mut window = Window::open();
    window.harness.get_by_role_and_label(Control::Slider, "bits a window").set_value_accesskit(64.0);
    window.until("b is 64", |window| window.cuts().last().is_some_and(|cut| cut.1.starts_with("EqualInfoAC[b=64, ")));
    let windows = window.cuts()[0].0.len().div_ceil(8);
    window.until("the new windows show", |window| window.says(&format!("Text in {windows} windows")));
    window.harness.get_by_role_and_label(Control::Slider, "bits a token").set_value_accesskit(16.0);
    window.click("greedy");
    window.until("all three are asked for", |window| {
        let name = window.cuts().last().map(|cut| cut.1.clone()).unwrap_or_default();
        name == "EqualInfoAC[b=64, v=65k, greedy]"
    });
}

#[test]
fn any_method_cuts_by_its_name() {
    let mut window = Window::open();
    window.harness.get_by_role_and_label(Control::ComboBox, "Method").click();
    window.harness.run_steps(4);
    window.click("GPT-2");
    window.until("the text is cut by GPT-2", |window| window.cuts().last().is_some_and(|cut| cut.1 == "GPT-2"));
    assert!(!window.says("bits a window"), "sliders that set nothing are still there");
    let name = |window: &Window| window.harness.get_by_label("Method's name").value();
    assert_eq!(name(&window).as_deref(), Some("GPT-2"));
    window.harness.get_by_label("Method's name").set_text_value_accesskit("EqualInfoAC[b=24, v=256, reset=2]");
    window.until("settings that no slider has are taken", |window| {
        window.cuts().last().is_some_and(|cut| cut.1 == "EqualInfoAC[b=24, v=256, reset=2]")
    });
    window.harness.get_by_label("Method's name").set_text_value_accesskit("EqualInfoAC[b=24]");
    window.until("what is missing is said", |window| window.says("does not say its vocabulary v"));
    window.harness.get_by_role_and_label(Control::ComboBox, "Method").click();
    window.harness.run_steps(4);
    window.click("Equal-Info windows");
    window.until("the sliders are back", |window| window.says("bits a token"));
}

#[test]
fn typed_text_is_cut_anew() {
    let mut window = Window::open();
    window.harness.get_by_label("Text").set_text_value_accesskit("naïve\n");
    window
        .until("the typed text is cut", |window| window.cuts().last().is_some_and(|cut| cut.0 == "naïve\n".as_bytes()));
    window.until("its windows show", |window| window.says("Text in 4 windows"));
}

#[test]
fn a_window_under_the_pointer_or_the_arrow_keys_has_a_card() {
    let mut window = Window::open();
    let text = window.harness.get_by_label_contains("Text in").rect();
    window.harness.hover_at(text.left_top() + egui::vec2(8.0, 12.0));
    window.harness.run_steps(3);
    assert!(window.says("Window 1 of"));
    assert!(window.says("“Ca”"));
    assert!(window.says("13 of 16 bits") && window.says("0xBEEF") && window.says("1011 1110 1110 1111"));
    assert!(window.says("190 239") && window.says("“l” would cost 7.50 bits and 3 bits of the code are left"));
    assert!(!window.says("2 texts have this code, the next window tells which"));

    window.harness.get_by_label_contains("Text in").click();
    window.harness.hover_at(egui::pos2(900.0, 600.0));
    window.harness.run_steps(3);
    let before = window.says("Window 2 of");
    for _ in 0..1000 {
        window.harness.key_press(egui::Key::ArrowLeft);
    }
    window.harness.run_steps(3);
    window.harness.key_press(egui::Key::ArrowRight);
    window.harness.run_steps(3);
    assert!(
        !before && window.says("Window 2 of") && window.says("2 texts have this code, the next window tells which")
    );
}

#[test]
fn files_open_by_path_whatever_they_hold() {
    let mut window = Window::open();
    let broken = window.folder.path().join("broken.bin");
    std::fs::write(&broken, b"a\xFF\xFE").expect("a file");
    let open = |window: &mut Window, path: &Path| {
        window.harness.get_by_label("Open").focus();
        window.harness.get_by_label("Open").set_text_value_accesskit(&path.display().to_string());
        window.harness.run_steps(2);
        window.harness.key_press(egui::Key::Enter);
        window.harness.run_steps(2);
    };
    open(&mut window, &broken);
    window.until("the bytes are cut", |window| window.cuts().last().is_some_and(|cut| cut.0 == b"a\xFF\xFE"));
    assert!(window.says("is not UTF-8 text"));
    window.click("Type a text instead");
    assert!(!window.says("is not UTF-8 text"));

    let missing = window.folder.path().join("missing.txt");
    open(&mut window, &missing);
    window.until("the error shows", |window| window.says("missing.txt cannot be opened"));
}

#[test]
fn another_m1_is_loaded_or_refused_with_its_reason() {
    let mut window = Window::open();
    window.click("Use another M1…");
    for (path, outcome) in [("bad.m1", "bad.m1 is no M1"), ("good.m1", "m1-of-the-test")] {
        window.harness.get_by_label("M1 file").focus();
        window.harness.get_by_label("M1 file").set_text_value_accesskit(path);
        window.harness.run_steps(2);
        window.harness.key_press(egui::Key::Enter);
        window.until(outcome, |window| window.says(outcome));
    }
    window.until("the text is cut with it", |window| window.cuts().len() >= 2);
}

#[test]
fn a_cut_that_fails_says_why_and_keeps_the_windows() {
    let mut window = Window::open();
    *lock(&window.workbench.refuse_cut) = Some("this cannot be cut".to_owned());
    window.click("delay");
    window.until("the error shows", |window| window.says("this cannot be cut"));
    assert!(window.says("Text in "), "the old view stays");
}

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

#[test]
fn closing_in_the_middle_asks_then_stops_and_waits() {
    let mut window = Window::open();
    window.start();
    window.request_close();
    assert!(window.sent_to_the_window_system().contains(&egui::ViewportCommand::CancelClose));
    window.harness.run_steps(3);
    assert!(window.says("An experiment is going"));
    window.click("Keep it open");
    assert!(!window.says("An experiment is going"));

    window.request_close();
    window.harness.run_steps(3);
    window.click("Stop, save and close");
    assert_eq!(window.commands(), [Command::Stop]);
    assert!(window.says("Saving the checkpoint"));
    assert!(!window.sent_to_the_window_system().contains(&egui::ViewportCommand::Close));
    window.send(Event::Finished(Outcome::Stopped));
    window.end();
    let closed = |window: &Window| window.sent_to_the_window_system().contains(&egui::ViewportCommand::Close);
    let deadline = Instant::now() + Duration::from_secs(10);
    while !closed(&window) {
        assert!(Instant::now() < deadline, "the window did not close");
        window.harness.step();
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn closing_with_nothing_going_is_not_held_up() {
    let mut window = Window::open();
    window.request_close();
    assert!(!window.sent_to_the_window_system().contains(&egui::ViewportCommand::CancelClose));
}

#[test]
fn nothing_is_cut_off_and_an_idle_window_rests() {
    for size in [[1280.0, 720.0], [2560.0, 1440.0]] {
        let mut window = Window::open();
        window.harness.set_size(size.into());
        window.harness.run_steps(4);
        let mut controls = 0;
        for node in window.harness.root().children_recursive() {
            let role = node.accesskit_node().role();
            if matches!(
                role,
                Control::Button | Control::CheckBox | Control::ComboBox | Control::Slider | Control::TextInput
            ) {
                let (rect, name) = (node.rect(), node.accesskit_node().label());
                assert!(name.is_some_and(|name| !name.is_empty()), "{role:?} at {rect:?} has no name");
                assert!(
                    rect.min.x >= 0.0 && rect.min.y >= 0.0 && rect.max.x <= size[0] && rect.max.y <= size[1],
                    "{node:?} leaves {size:?}"
                );
                controls += 1;
            }
        }
        assert!(controls >= 18, "{controls}");
        // No repaint is asked for once everything is drawn.
        window.harness.run();
        let delay = window.harness.output().viewport_output[&egui::ViewportId::ROOT].repaint_delay;
        assert!(delay > Duration::from_secs(1), "an idle window draws again after {delay:?}");
    }
}
