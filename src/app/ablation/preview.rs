//! What the spec will take: runs, steps, tokens and time, worked out in the background as it is edited.

use crate::app::background::{Background, Progress};
use crate::app::board::Board;
use crate::app::workbench::Workbench;
use crate::app::{format, table};
use crate::experiment::plan::{Plan, PlannedRun, Span};
use crate::figure::planned;
use crate::gpu::DeviceChoice;
use egui::{CollapsingHeader, RichText, ScrollArea, Ui};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// Typing rests this long before a plan is made.
const REST: Duration = Duration::from_millis(250);

/// The plan, and the one that is being made.
#[derive(Default)]
pub struct Preview {
    plan: Option<Result<Plan, String>>,
    making: Option<Background<Result<Plan, String>>>,
    changed: Option<Instant>,
    measure: bool,
}

impl Preview {
    /// The text or the device is another now.
    pub fn invalidate(&mut self) {
        self.changed = Some(Instant::now());
    }

    /// The plan of the text as it is now, if it is one.
    pub fn is_good(&self) -> bool {
        self.changed.is_none() && self.making.is_none() && matches!(self.plan, Some(Ok(_)))
    }

    fn refresh(&mut self, ui: &Ui, workbench: &Arc<dyn Workbench>, of: (&str, PathBuf, DeviceChoice), board: &Board) {
        if let Some(making) = &self.making {
            match making.poll() {
                Progress::Waiting => return,
                Progress::Done(plan) => self.plan = Some(plan),
                Progress::Lost => self.plan = Some(Err("Planning failed inside Mullion; please report it.".to_owned())),
            }
            self.making = None;
        }
        let Some(changed) = self.changed else { return };
        let rested = changed.elapsed();
        if rested < REST && !self.measure {
            ui.ctx().request_repaint_after(REST - rested);
            return;
        }
        self.changed = None;
        let measure = std::mem::take(&mut self.measure);
        let (text, path, device) = (of.0.to_owned(), of.1, of.2);
        let workbench = Arc::clone(workbench);
        let work = measure.then(|| board.works.begin("Timing a few training steps"));
        let cancel = work.as_ref().map_or_else(|| Arc::new(AtomicBool::new(false)), |work| work.cancel());
        let make = move || {
            let plan = workbench.plan(&text, &path, device, measure, &cancel);
            drop(work);
            plan
        };
        match Background::start(ui.ctx(), make) {
            Ok(making) => self.making = Some(making),
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
        let runs = plan.runs.len();
        let time =
            plan.seconds().map_or_else(|| "time not known yet".to_owned(), |span| format!("{} of time", range(span)));
        let total = format!(
            "{} {} · {} steps · {} tokens · {time}",
            format::count(runs as u64),
            if runs == 1 { "run" } else { "runs" },
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
        let mut measure = false;
        ui.horizontal_wrapped(|ui| {
            measure = show_measure(ui, self.making.is_none());
            table::export(ui, &planned::title(plan), || planned::table(plan), board);
        });
        if measure {
            self.measure = true;
            self.changed = Some(Instant::now());
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
fn show_measure(ui: &mut Ui, idle: bool) -> bool {
    let measure = ui.add_enabled(idle, egui::Button::new("Measure the time"));
    measure.on_hover_text("Times a few training steps of every model, to say how long the runs take").clicked()
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

/// `3:10 – 4:05`
fn range(Span { low, high }: Span) -> String {
    match (format::clock(low), format::clock(high)) {
        (low, high) if low == high => low,
        (low, high) => format!("{low} – {high}"),
    }
}
