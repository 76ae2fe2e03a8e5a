//! What the spec will take: runs, steps, tokens and time, worked out in the background as it is edited.

use crate::app::background::{Background, Progress};
use crate::app::board::Board;
use crate::app::workbench::Workbench;
use crate::app::works::Work;
use crate::app::{format, table};
use crate::experiment::plan::{Plan, PlannedRun, Span};
use crate::figure::planned;
use crate::gpu::DeviceChoice;
use egui::{CollapsingHeader, RichText, ScrollArea, Ui, vec2};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Typing rests this long before a plan is made.
const REST: Duration = Duration::from_millis(250);
/// Height of what is said of the spec, in points: three lines; more scroll.
const VERDICT: f32 = 58.0;

/// The plan, and the one that is being made.
#[derive(Default)]
pub struct Preview {
    plan: Option<Result<Plan, String>>,
    /// Whether the plan is of the text and the device as they are now.
    current: bool,
    making: Option<Making>,
    changed: Option<Instant>,
    /// Whether steps are to be timed, once the plan is current.
    measure: bool,
    /// Why the time could not be measured. The plan is as good as it was.
    trouble: Option<String>,
}

/// A plan that is being made. Nobody waits for one that is dropped, so it is told to end.
struct Making {
    answer: Background<Result<Plan, String>>,
    cancel: Arc<AtomicBool>,
    /// Whether steps are timed for it.
    measures: bool,
}

impl Drop for Making {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

impl Preview {
    /// The text or the device is another now: what is being made of the one before is given up.
    pub fn invalidate(&mut self) {
        self.changed = Some(Instant::now());
        (self.current, self.measure, self.making, self.trouble) = (false, false, None, None);
    }

    /// Whether the text as it is now makes an experiment. Its steps may still be being timed.
    pub fn is_good(&self) -> bool {
        self.current && matches!(self.plan, Some(Ok(_)))
    }

    /// Ends the timing of steps, if it goes on; what was timed until then comes.
    pub fn stop_measuring(&mut self) {
        self.measure = false;
        if let Some(making) = self.making.as_ref().filter(|making| making.measures) {
            making.cancel.store(true, Ordering::Relaxed);
        }
    }

    fn refresh(&mut self, ui: &Ui, workbench: &Arc<dyn Workbench>, of: (&str, PathBuf, DeviceChoice), board: &Board) {
        let answer = match self.making.as_ref().map(|making| (making.answer.poll(), making.measures)) {
            None | Some((Progress::Waiting, _)) => None,
            Some((Progress::Done(plan), measures)) => Some((plan, measures)),
            Some((Progress::Lost, measures)) => {
                Some((Err("Planning failed inside Mullion; please report it.".to_owned()), measures))
            }
        };
        if let Some((plan, measures)) = answer {
            self.making = None;
            match plan {
                Err(message) if measures => self.trouble = Some(format!("The time was not measured: {message}")),
                plan => (self.plan, self.current) = (Some(plan), true),
            }
        }
        if let Some(changed) = self.changed {
            let rested = changed.elapsed();
            if rested < REST {
                ui.ctx().request_repaint_after(REST - rested);
                return;
            }
            self.changed = None;
            self.make(ui, workbench, of, board, false);
        } else if self.measure && self.current && self.making.is_none() {
            self.measure = false;
            self.make(ui, workbench, of, board, true);
        }
    }

    fn make(
        &mut self,
        ui: &Ui,
        workbench: &Arc<dyn Workbench>,
        of: (&str, PathBuf, DeviceChoice),
        board: &Board,
        measures: bool,
    ) {
        let (text, path, device) = (of.0.to_owned(), of.1, of.2);
        let workbench = Arc::clone(workbench);
        let work = measures.then(|| board.works.begin("Timing a few training steps"));
        let cancel = work.as_ref().map_or_else(Arc::default, Work::cancel);
        let flag = Arc::clone(&cancel);
        let make = move || {
            let plan = workbench.plan(&text, &path, device, measures, &flag);
            drop(work);
            plan.map_err(|message| of_the_text(&message, &path))
        };
        match Background::start(ui.ctx(), make) {
            Ok(answer) => self.making = Some(Making { answer, cancel, measures }),
            Err(error) => self.plan = Some(Err(format!("The system refused a thread to plan in: {error}."))),
        }
    }

    /// Draws the totals, or what is wrong with the spec.
    pub fn show_total(
        &mut self,
        ui: &mut Ui,
        workbench: &Arc<dyn Workbench>,
        of: (&str, PathBuf, DeviceChoice),
        board: &mut Board,
    ) {
        self.refresh(ui, workbench, of, board);
        // The same room whatever is said, so that the fields below stay where they are.
        ui.allocate_ui(vec2(ui.available_width(), VERDICT), |ui| {
            ui.set_min_height(VERDICT);
            ScrollArea::vertical().id_salt("plan").max_height(VERDICT).show(ui, |ui| self.show_verdict(ui));
        });
        let good = self.is_good();
        let measuring = self.making.as_ref().filter(|making| making.measures);
        let mut clicked = false;
        ui.horizontal_wrapped(|ui| {
            clicked = ui.add_enabled_ui(good || measuring.is_some(), |ui| show_measure(ui, measuring)).inner;
            if let Some(Ok(plan)) = &self.plan {
                table::export(ui, &planned::title(plan), || planned::table(plan), board);
            }
        });
        if clicked && measuring.is_some() {
            self.stop_measuring();
        } else if clicked {
            (self.measure, self.trouble) = (true, None);
            ui.ctx().request_repaint();
        }
    }

    fn show_verdict(&self, ui: &mut Ui) {
        let plan = match &self.plan {
            None => {
                ui.weak("Planning…");
                return;
            }
            Some(Err(message)) => {
                ui.label(RichText::new(message).color(ui.visuals().error_fg_color));
                return;
            }
            Some(Ok(plan)) => plan,
        };
        let time =
            plan.seconds().map_or_else(|| "time not known yet".to_owned(), |span| format!("takes {}", range(span)));
        let total = format!(
            "{} · {} steps · {} tokens · {time}",
            format::counted(plan.runs.len() as u64, "run"),
            format::count(plan.steps()),
            format::count(plan.tokens())
        );
        let left_out = match plan.left_out.len() {
            0 => String::new(),
            1 => " · 1 combination left out".to_owned(),
            many => format!(" · {many} combinations left out"),
        };
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(total + &left_out).strong());
            if self.making.is_some() {
                ui.spinner();
            }
        });
        if let Some(trouble) = &self.trouble {
            ui.label(RichText::new(trouble).color(ui.visuals().error_fg_color));
        }
    }

    /// Draws what the time rests on, the runs, and the combinations that make none.
    pub fn show_runs(&self, ui: &mut Ui) {
        let Some(Ok(plan)) = &self.plan else { return };
        let runs = plan.runs.len();
        for note in plan.notes() {
            ui.label(RichText::new(note).weak());
        }
        CollapsingHeader::new(format!("The {runs} runs"))
            .id_salt("planned")
            .default_open(runs <= 12)
            .show(ui, |ui| list(ui, &plan.runs));
        if !plan.left_out.is_empty() {
            CollapsingHeader::new(format!("Left out ({})", plan.left_out.len())).id_salt("left out").show(ui, |ui| {
                for out in plan.left_out.iter().take(200) {
                    ui.label(RichText::new(&out.combination).strong());
                    ui.label(RichText::new(&out.reason).weak());
                }
            });
        }
    }
}

/// The button that times a few steps.
fn show_measure(ui: &mut Ui, measuring: Option<&Making>) -> bool {
    let (name, hover) = match measuring {
        None => ("Measure the time", "Times a few training steps of every model, to say how long the runs take"),
        Some(_) => ("Stop measuring", "Ends after the step that goes on now; what was timed by then holds"),
    };
    let stopping = measuring.is_some_and(|making| making.cancel.load(Ordering::Relaxed));
    ui.add_enabled(!stopping, egui::Button::new(name)).on_hover_text(hover).clicked()
}

fn list(ui: &mut Ui, runs: &[PlannedRun]) {
    let height = ui.text_style_height(&egui::TextStyle::Body);
    ScrollArea::vertical().id_salt("planned runs").max_height(180.0).show_rows(ui, height, runs.len(), |ui, rows| {
        for run in runs.get(rows).unwrap_or_default() {
            let about = if run.settled { "" } else { "about " };
            let time = run.seconds.map_or_else(|| "–".to_owned(), range);
            let text = format!("{}  ·  {about}{} steps  ·  {time}", run.label, format::count(run.steps));
            let hover = format!(
                "{}\nM2 {}, {about}{} tokens\nTime by: {}",
                run.label,
                run.size,
                format::count(run.tokens),
                run.basis.text()
            );
            ui.add(egui::Label::new(text).truncate()).on_hover_text(hover);
        }
    });
}

/// A message about the text that is being edited: it need not be in the file that it would be in.
fn of_the_text(message: &str, path: &Path) -> String {
    let Some(fault) = message.strip_prefix(&format!("{}:", path.display())) else { return message.to_owned() };
    match fault.split_once(": ") {
        Some((line, problem)) if line.parse::<usize>().is_ok() => format!("Line {line} of the spec: {problem}"),
        _ => fault.trim_start().to_owned(),
    }
}

/// `3:10 to 4:05`
fn range(Span { low, high }: Span) -> String {
    match (format::clock(low), format::clock(high)) {
        (low, high) if low == high => low,
        (low, high) => format!("{low} to {high}"),
    }
}
