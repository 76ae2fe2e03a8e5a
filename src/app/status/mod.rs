//! The Status pane: the device and its self-test, M1, memory, what goes on in the background, what was said.

use crate::app::background::{Background, Progress};
use crate::app::board::Board;
use crate::app::format;
use crate::app::live;
use crate::app::live_run::Phase;
use crate::app::table;
use crate::app::workbench::{Check, Verdict, Workbench};
use crate::app::works::Shown;
use crate::experiment::event::{Command, Level};
use crate::figure::table::{Cell, Column, Row, Table};
use crate::gpu::DeviceChoice;
use egui::{ComboBox, Context, Grid, Label, ProgressBar, RichText, ScrollArea, Ui};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often memory and progress are looked at while the pane shows.
const LOOK: Duration = Duration::from_millis(500);

/// What the self-test is called where it is exported.
const SELF_TEST: &str = "Self-test";

/// What is kept between starts.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Kept {
    pub device: String,
}

/// The pane.
pub struct StatusPane {
    workbench: Arc<dyn Workbench>,
    device: DeviceChoice,
    test: Test,
    memory: Option<(Instant, Option<usize>)>,
}

/// The self-test as far as it is.
#[derive(Default)]
struct Test {
    going: Option<Background<Result<(), String>>>,
    found: Arc<Mutex<Found>>,
    error: Option<String>,
}

#[derive(Default)]
struct Found {
    device: Option<String>,
    checks: Vec<Check>,
}

impl StatusPane {
    pub fn new(_ctx: &Context, workbench: &Arc<dyn Workbench>, kept: &Kept) -> Self {
        let device = kept.device.parse().unwrap_or(DeviceChoice::Auto);
        Self { workbench: Arc::clone(workbench), device, test: Test::default(), memory: None }
    }

    pub fn kept(&self) -> Kept {
        Kept { device: self.device.name().to_owned() }
    }

    /// Draws the pane; `m1` is what the Windows pane cuts with.
    pub fn show(&mut self, ui: &mut Ui, board: &mut Board, m1: &str) {
        ui.ctx().request_repaint_after(LOOK);
        ScrollArea::vertical().id_salt("status").auto_shrink(false).show(ui, |ui| {
            self.show_facts(ui, m1);
            heading(ui, "Device and self-test");
            self.show_test(ui, board);
            heading(ui, "In the background");
            show_works(ui, board);
            heading(ui, "Messages");
            show_messages(ui, board);
        });
    }

    fn show_facts(&mut self, ui: &mut Ui, m1: &str) {
        let stale = self.memory.is_none_or(|(looked, _)| looked.elapsed() >= LOOK);
        if stale {
            self.memory = Some((Instant::now(), memory_stats::memory_stats().map(|memory| memory.physical_mem)));
        }
        let memory = match self.memory.and_then(|(_, memory)| memory) {
            Some(bytes) => format!("{} held by Mullion", format::bytes(bytes as u64)),
            None => "the system does not say".to_owned(),
        };
        let store = self.workbench.store();
        Grid::new("facts").num_columns(2).spacing([14.0, 6.0]).show(ui, |ui| {
            for (name, value) in [
                ("M1", m1.to_owned()),
                ("Memory", memory),
                ("Results", store.display().to_string()),
                ("Mullion", format!("{}, {}", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH)),
            ] {
                ui.label(RichText::new(name).weak());
                ui.add(Label::new(&value).truncate()).on_hover_text(&value);
                ui.end_row();
            }
        });
    }

    fn show_test(&mut self, ui: &mut Ui, board: &mut Board) {
        self.poll(board);
        ui.horizontal_wrapped(|ui| {
            let idle = self.test.going.is_none();
            let label = ui.label("Test on");
            ui.add_enabled_ui(idle, |ui| {
                let combo = ComboBox::from_id_salt("test device").selected_text(self.device.name());
                let combo = combo.show_ui(ui, |ui| {
                    for choice in DeviceChoice::ALL {
                        ui.selectable_value(&mut self.device, choice, choice.name());
                    }
                });
                combo.response.labelled_by(label.id);
                let button = ui.button("Run the self-test").on_hover_text(
                    "Does this machine compute M1 exactly as every other? Compares CPU and device with the golden hashes",
                );
                if button.clicked() {
                    self.begin(ui.ctx(), board);
                }
            });
            if !idle {
                ui.spinner();
            }
        });
        let found = self.test.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(device) = &found.device {
            ui.add(Label::new(device).wrap());
        }
        Grid::new("checks").num_columns(3).spacing([14.0, 4.0]).show(ui, |ui| {
            for check in &found.checks {
                let (text, color) = match &check.verdict {
                    Verdict::Same => ("the same".to_owned(), ui.visuals().text_color()),
                    Verdict::Differs => ("DIFFERS".to_owned(), ui.visuals().error_fg_color),
                    Verdict::Failed(error) => (format!("failed: {error}"), ui.visuals().error_fg_color),
                };
                ui.label(&check.what);
                ui.label(RichText::new(text).color(color));
                ui.label(RichText::new(format!("{:.1} s", check.seconds)).weak());
                ui.end_row();
            }
        });
        if !found.checks.is_empty() {
            table::export(ui, SELF_TEST, || checks(&found), board);
        }
        if let Some(error) = &self.test.error {
            ui.label(RichText::new(error).color(ui.visuals().error_fg_color));
        } else if found.device.is_none() && self.test.going.is_none() {
            ui.label(RichText::new("Not tested since the window was opened.").weak());
        }
    }

    fn begin(&mut self, ctx: &Context, board: &mut Board) {
        let found = Arc::new(Mutex::new(Found::default()));
        self.test = Test { found: Arc::clone(&found), ..Test::default() };
        let (workbench, choice, waker) = (Arc::clone(&self.workbench), self.device, ctx.clone());
        let work = board.works.begin("Self-test");
        let going = Background::start(ctx, move || {
            let device = workbench.device(choice)?;
            found.lock().unwrap_or_else(PoisonError::into_inner).device = Some(device);
            let mut report = |check| {
                found.lock().unwrap_or_else(PoisonError::into_inner).checks.push(check);
                waker.request_repaint();
            };
            workbench.self_test(choice, &mut report, &work.cancel())
        });
        match going {
            Ok(going) => self.test.going = Some(going),
            Err(error) => self.test.error = Some(format!("The system refused a thread to test with ({error}).")),
        }
    }

    fn poll(&mut self, board: &mut Board) {
        let Some(going) = &self.test.going else {
            return;
        };
        let ended = match going.poll() {
            Progress::Waiting => return,
            Progress::Done(ended) => ended,
            Progress::Lost => {
                Err("The self-test failed inside Mullion; this is a defect, please report it.".to_owned())
            }
        };
        self.test.going = None;
        let found = self.test.found.lock().unwrap_or_else(PoisonError::into_inner);
        let wrong = found.checks.iter().filter(|check| check.verdict != Verdict::Same).count();
        match (&ended, wrong) {
            (Ok(()), 0) => board.say(
                Level::Info,
                format!("Self-test: {}, all the same.", format::counted(found.checks.len() as u64, "comparison")),
            ),
            (Ok(()), wrong) => board
                .say(Level::Error, format!("Self-test: {} went wrong.", format::counted(wrong as u64, "comparison"))),
            (Err(error), _) => board.say(Level::Error, error.clone()),
        }
        self.test.error = ended.err();
    }
}

/// The comparisons as a table for files.
fn checks(found: &Found) -> Table {
    let columns = vec![
        Column::new("Comparison", "Which M1 was computed, and by what"),
        Column::new("Outcome", "Whether it is what every machine computes"),
        Column::new("Seconds", "How long that took").decimals(1),
    ];
    let row = |check: &Check| {
        let outcome = match &check.verdict {
            Verdict::Same => "the same".to_owned(),
            Verdict::Differs => "differs".to_owned(),
            Verdict::Failed(error) => format!("failed: {error}"),
        };
        Row {
            cells: vec![Cell::Text(check.what.clone()), Cell::Text(outcome), Cell::Number(check.seconds)],
            color: None,
        }
    };
    let title = match &found.device {
        Some(device) => format!("{SELF_TEST} on {device}"),
        None => SELF_TEST.to_owned(),
    };
    Table { title, columns, rows: found.checks.iter().map(row).collect() }
}

fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(8.0);
    ui.separator();
    ui.label(RichText::new(text).strong());
}

fn show_works(ui: &mut Ui, board: &Board) {
    let works = board.works.shown();
    if board.run.is_active() {
        show_experiment(ui, board);
    } else if works.is_empty() {
        ui.label(RichText::new("Nothing.").weak());
    }
    for (index, Shown { name, elapsed, fraction, left, cancelled }) in works.into_iter().enumerate() {
        ui.horizontal(|ui| {
            let button = egui::Button::new("Cancel");
            let cancel = ui.add_enabled(!cancelled, button);
            cancel.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, !cancelled, format!("Cancel {name}")));
            if cancel.clicked() {
                board.works.cancel(index, &name);
            }
            let mut text = format!("{name}  ·  {}", format::clock(elapsed.as_secs_f64()));
            if let Some(left) = left {
                text += &format!("  ·  {} left", format::clock(left.as_secs_f64()));
            }
            if cancelled {
                text += "  ·  ending";
            }
            match fraction {
                Some(fraction) => drop(ui.add(ProgressBar::new(fraction).text(text).corner_radius(4))),
                None => {
                    ui.spinner();
                    ui.label(text);
                }
            }
        });
    }
}

/// The experiment that goes, on its device; stopping it saves what it has.
fn show_experiment(ui: &mut Ui, board: &Board) {
    let stopping = board.run.phase() == Phase::Stopping;
    let (heading, device, fraction, text) = {
        let followed = board.run.followed();
        let (fraction, text) = live::bar(&followed);
        (live::heading(&followed), followed.snapshot.device.clone(), fraction, text)
    };
    ui.horizontal(|ui| {
        let button = ui.add_enabled(!stopping, egui::Button::new("Stop"));
        button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, !stopping, "Stop the experiment"));
        if button.on_hover_text("Saves a checkpoint and ends; it can be resumed").clicked() {
            board.run.send(Command::Stop);
        }
        let text = if text.is_empty() { heading } else { format!("{heading}  ·  {text}") };
        ui.add(ProgressBar::new(fraction.clamp(0.0, 1.0)).text(text).corner_radius(4));
    });
    if !device.is_empty() {
        ui.add(Label::new(RichText::new(format!("on {device}")).weak()).wrap());
    }
}

fn show_messages(ui: &mut Ui, board: &Board) {
    let followed = board.run.followed();
    let said = followed.snapshot.messages.iter().chain(board.messages()).rev();
    let mut any = false;
    for (level, text) in said {
        any = true;
        let color = match level {
            Level::Info => ui.visuals().text_color(),
            Level::Warning => ui.visuals().warn_fg_color,
            Level::Error => ui.visuals().error_fg_color,
        };
        ui.add(Label::new(RichText::new(text).color(color)).wrap().selectable(true));
    }
    if !any {
        ui.label(RichText::new("Nothing was said yet.").weak());
    }
}
