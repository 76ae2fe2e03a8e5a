//! One line at the foot: the M1 that cuts, the run, what the windows pane is at.

use super::board::Board;
use super::live_run::Phase;
use super::windows::WindowsPane;
use crate::experiment::event::{Level, Outcome};
use egui::{Align, Label, Layout, RichText, Ui};

pub fn show(ui: &mut Ui, windows: &WindowsPane, board: &Board) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(format!("M1 {}", windows.m1())).small());
        ui.separator();
        if windows.is_busy() {
            ui.label(RichText::new("cutting…").small());
            ui.separator();
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let followed = board.run.followed();
            let state = match followed.phase() {
                Phase::Idle | Phase::Ended if followed.is_refused() => "could not begin",
                Phase::Idle => "idle",
                Phase::Starting => "starting",
                Phase::Running => "running",
                Phase::Paused => "paused",
                Phase::Stopping => "stopping",
                Phase::Ended => match followed.snapshot.outcome {
                    Some(Outcome::Done) => "done",
                    Some(Outcome::Stopped) => "stopped",
                    Some(Outcome::Failed(_)) => "failed",
                    None => "ended",
                },
            };
            ui.label(RichText::new(format!("Experiment: {state}")).small());
            if let Some((level, text)) = board.just_said().or_else(|| followed.snapshot.messages.last()) {
                let color = match level {
                    Level::Info => ui.visuals().weak_text_color(),
                    Level::Warning => ui.visuals().warn_fg_color,
                    Level::Error => ui.visuals().error_fg_color,
                };
                ui.separator();
                ui.add(Label::new(RichText::new(text).small().color(color)).truncate()).on_hover_text(text);
            }
        });
    });
}
