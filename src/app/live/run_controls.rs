//! Starting, holding and ending an experiment, and how far it is.

use crate::app::file_field::FileField;
use crate::app::format;
use crate::app::live_run::{Followed, Phase, Start};
use crate::experiment::event::{Command, Outcome, Snapshot, Status};
use crate::gpu::DeviceChoice;
use egui::{Button, ProgressBar, RichText, Ui};

/// What the reader asked for in this frame.
pub enum Asked {
    Start(Start),
    Tell(Command),
}

/// The controls' state.
pub struct RunControls {
    pub spec: FileField,
    pub device: DeviceChoice,
    pub resume: bool,
}

impl RunControls {
    pub fn new(spec: String, device: DeviceChoice) -> Self {
        let spec = FileField::new("Experiment", Some(("Experiment specs", &["toml"])), spec);
        Self { spec, device, resume: false }
    }

    /// What is named and chosen here; none without a spec.
    pub fn start(&self) -> Option<Start> {
        let spec = self.spec.value()?;
        Some(Start { spec, text: None, device: self.device, resume: self.resume.into() })
    }

    /// Draws the controls and the progress.
    pub fn show(&mut self, ui: &mut Ui, followed: &Followed) -> Option<Asked> {
        let phase = followed.phase();
        let idle = matches!(phase, Phase::Idle | Phase::Ended);
        ui.add_enabled_ui(idle, |ui| self.spec.show(ui, "a spec such as experiments/first-light.toml"));
        let asked = self.buttons(ui, phase);
        progress(ui, followed);
        asked
    }

    fn buttons(&mut self, ui: &mut Ui, phase: Phase) -> Option<Asked> {
        let idle = matches!(phase, Phase::Idle | Phase::Ended);
        let mut asked = None;
        ui.horizontal_wrapped(|ui| {
            let label = ui.label("Device");
            ui.add_enabled_ui(idle, |ui| {
                egui::ComboBox::from_id_salt("device")
                    .width(92.0)
                    .selected_text(self.device.name())
                    .show_ui(ui, |ui| {
                        for choice in DeviceChoice::ALL {
                            ui.selectable_value(&mut self.device, choice, choice.name()).on_hover_text(meaning(choice));
                        }
                    })
                    .response
                    .labelled_by(label.id)
                    .on_hover_text(meaning(self.device));
                ui.checkbox(&mut self.resume, "Resume the earlier run")
                    .on_hover_text("Go on from the last checkpoint of this experiment instead of starting anew");
            });
            ui.add_space(4.0);
            let ready = self.start();
            let start = Button::new(RichText::new("Start").strong());
            let start = ui.add_enabled(idle && ready.is_some(), start).on_disabled_hover_text(if idle {
                "Name a spec first"
            } else {
                "An experiment is going: stop it first"
            });
            if let Some(ready) = ready.filter(|_| start.clicked()) {
                asked = Some(Asked::Start(ready));
            }
            let (name, command) =
                if phase == Phase::Paused { ("Continue", Command::Resume) } else { ("Pause", Command::Pause) };
            let can_hold = matches!(phase, Phase::Running | Phase::Paused);
            if ui.add_enabled(can_hold, Button::new(name)).clicked() {
                asked = Some(Asked::Tell(command));
            }
            let can_stop = matches!(phase, Phase::Starting | Phase::Running | Phase::Paused);
            let stop = ui.add_enabled(can_stop, Button::new("Stop"));
            if stop.on_hover_text("Saves a checkpoint and ends; the run can be resumed later").clicked() {
                asked = Some(Asked::Tell(Command::Stop));
            }
        });
        asked
    }
}

/// What each device choice means, in a line.
fn meaning(choice: DeviceChoice) -> &'static str {
    match choice {
        DeviceChoice::Auto => "a real GPU if there is one, else the CPU",
        DeviceChoice::Gpu => "a real GPU, or an error",
        DeviceChoice::Cpu => "burn's CPU device",
        DeviceChoice::Software => "a software Vulkan driver: slow, for testing shaders",
    }
}

/// What is going on, the stage, and the bar. Takes the same room in every phase, so that nothing jumps.
fn progress(ui: &mut Ui, followed: &Followed) {
    let snapshot = &followed.snapshot;
    let heading = heading(followed);
    ui.horizontal(|ui| {
        if matches!(followed.phase(), Phase::Starting | Phase::Stopping) {
            ui.spinner();
        }
        ui.label(RichText::new(heading).strong());
        if !snapshot.device.is_empty() && (followed.has_begun() || followed.is_refused()) {
            ui.add(egui::Label::new(RichText::new(&snapshot.device).weak()).truncate()).on_hover_text(&snapshot.device);
        }
    });
    let (fraction, text) = bar(followed);
    // An empty bar would show the round end of its filling.
    let fill = if fraction > 0.0 { ui.visuals().selection.bg_fill } else { egui::Color32::TRANSPARENT };
    ui.add(ProgressBar::new(fraction.clamp(0.0, 1.0)).desired_height(20.0).corner_radius(4).fill(fill).text(text));
}

/// How much of the stage is done, from 0 to 1, and that in words, with the rate and the time left.
pub fn bar(followed: &Followed) -> (f32, String) {
    let snapshot = &followed.snapshot;
    match &snapshot.progress {
        // What was started has not begun, so none of it is done.
        _ if followed.phase() == Phase::Starting => (0.0, String::new()),
        _ if snapshot.outcome == Some(Outcome::Done) => {
            let runs = snapshot.runs.len();
            match Ends::of(snapshot).done {
                done if done == runs => (1.0, "finished".to_owned()),
                done => (done as f32 / runs as f32, format!("{done} of {} done", format::counted(runs as u64, "run"))),
            }
        }
        Some(progress) if progress.total > 0 => {
            let mut text =
                format!("{} of {} {}", format::count(progress.done), format::count(progress.total), progress.unit);
            let running = followed.phase() == Phase::Running;
            if running && progress.rate > 0.0 {
                text += &format!("  ·  {}/s", format::rate(progress.rate));
            }
            if let Some(seconds) = progress.eta_seconds.filter(|_| running) {
                text += &format!("  ·  {} left", format::clock(seconds));
            }
            (progress.done as f32 / progress.total as f32, text)
        }
        _ => (0.0, String::new()),
    }
}

/// What goes on, in a line.
pub fn heading(followed: &Followed) -> String {
    let snapshot = &followed.snapshot;
    let stage = match &snapshot.stage {
        Some((index, count, name)) => format!("stage {index} of {count}: {name}"),
        None => snapshot.name.clone(),
    };
    match (followed.phase(), &snapshot.outcome) {
        (Phase::Idle, _) if followed.is_refused() => "The experiment could not begin".to_owned(),
        (Phase::Ended, _) if followed.is_refused() => {
            format!("The experiment could not begin; {} is still shown", snapshot.name)
        }
        (Phase::Idle, _) => "No experiment yet".to_owned(),
        (Phase::Starting, _) => "Starting: checking the spec, opening the device".to_owned(),
        (Phase::Stopping, _) => "Stopping: saving the checkpoint".to_owned(),
        (Phase::Paused, _) => format!("Paused in {stage}"),
        (Phase::Running, _) => capitalised(&stage),
        (Phase::Ended, Some(Outcome::Done)) => match Ends::of(snapshot).told() {
            Some(told) => format!("{} ended: {told}", snapshot.name),
            None => format!("{} is done", snapshot.name),
        },
        (Phase::Ended, Some(Outcome::Failed(_))) if snapshot.stage.is_none() => {
            format!("{} failed before its first stage", snapshot.name)
        }
        (Phase::Ended, Some(Outcome::Failed(_))) => format!("Failed in {stage}"),
        (Phase::Ended, _) if snapshot.stage.is_none() => {
            format!("{} was stopped before its first stage; it can be resumed", snapshot.name)
        }
        (Phase::Ended, _) => format!("Stopped in {stage}; it can be resumed"),
    }
}

/// How the runs of an experiment ended.
struct Ends {
    all: usize,
    done: usize,
    cancelled: usize,
    failed: usize,
}

impl Ends {
    fn of(snapshot: &Snapshot) -> Self {
        let count = |ended: fn(&Status) -> bool| snapshot.runs.iter().filter(|run| ended(&run.status)).count();
        Self {
            all: snapshot.runs.len(),
            done: count(|status| *status == Status::Done),
            cancelled: count(|status| *status == Status::Stopped),
            failed: count(|status| matches!(status, Status::Failed(_))),
        }
    }

    /// `1 of 4 runs done, 3 cancelled`; none where all are done.
    fn told(&self) -> Option<String> {
        let Self { all, done, cancelled, failed } = *self;
        let others = [(cancelled, "cancelled"), (failed, "failed"), (all - done - cancelled - failed, "not begun")];
        let others = others.iter().filter(|(count, _)| *count > 0).map(|(count, how)| format!(", {count} {how}"));
        (done < all)
            .then(|| format!("{done} of {} done{}", format::counted(all as u64, "run"), others.collect::<String>()))
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + characters.as_str())
}
