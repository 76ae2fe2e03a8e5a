//! The window's frame: top bar, panes, status bar, closing.

use super::cut::Cut;
use super::layout::{self, Pane, Panes};
use super::live_pane::{self, LivePane};
use super::status_bar;
use super::theme;
use super::windows_pane::WindowsPane;
use super::workbench::Workbench;
use crate::experiment::event::Command;
use egui::{
    Align, CentralPanel, Context, Frame, Layout, Margin, Modal, Panel, RichText, ThemePreference, Ui, ViewportCommand,
};
use egui_tiles::Tree;
use std::path::PathBuf;
use std::sync::Arc;

/// Settings are kept under this key. Another shape of [`Kept`] takes another number, so that an older or newer Mullion
/// starts afresh instead of misreading it.
const KEY: &str = "mullion-window-1";

/// What a start of the window can be told.
#[derive(Debug, Clone, Default)]
pub struct WindowOptions {
    /// Stands in the spec field at the start, before the one of the last time.
    pub spec: Option<PathBuf>,
}

/// What is kept between starts.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(default)]
struct Kept {
    layout: Tree<Pane>,
    cut: Cut,
    live: live_pane::Kept,
}

impl Default for Kept {
    fn default() -> Self {
        Self { layout: layout::first(), cut: Cut::default(), live: live_pane::Kept::default() }
    }
}

/// Whether the window is about to close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    No,
    /// The reader is asked what to do with the experiment that is going.
    Asking,
    /// Stop was sent; the window closes when the run has ended.
    Waiting,
    /// Nothing holds it any more.
    Agreed,
}

/// The whole window.
pub struct Shell {
    layout: Tree<Pane>,
    windows: WindowsPane,
    live: LivePane,
    closing: Closing,
    /// The stage that the windows were last cut in: a new stage may bring a better M1.
    seen_stage: Option<usize>,
}

impl Shell {
    /// Builds the window's state and installs the themes.
    pub fn new(
        ctx: &Context,
        workbench: Arc<dyn Workbench>,
        options: &WindowOptions,
        storage: Option<&dyn eframe::Storage>,
    ) -> Self {
        theme::install(ctx);
        let mut kept: Kept = storage.and_then(|storage| eframe::get_value(storage, KEY)).unwrap_or_default();
        if let Some(spec) = &options.spec {
            kept.live.spec = spec.display().to_string();
        }
        Self {
            layout: layout::checked(kept.layout),
            windows: WindowsPane::new(ctx, Arc::clone(&workbench), kept.cut),
            live: LivePane::new(workbench, &kept.live),
            closing: Closing::No,
            seen_stage: None,
        }
    }

    /// Draws one frame.
    pub fn show(&mut self, ui: &mut Ui) {
        let stage = self.live.run().followed().snapshot.stage.as_ref().map(|(index, ..)| *index);
        if stage != self.seen_stage {
            self.seen_stage = stage;
            self.windows.recut();
        }
        self.guard_closing(ui.ctx());
        let bar = |ui: &Ui| Frame::new().fill(ui.visuals().panel_fill).inner_margin(Margin::symmetric(12, 5));
        Panel::top("top bar").frame(bar(ui)).show(ui, |ui| self.show_top_bar(ui));
        Panel::bottom("status bar").frame(bar(ui)).show(ui, |ui| {
            status_bar::show(ui, &self.windows, self.live.run());
        });
        CentralPanel::no_frame().show(ui, |ui| {
            let (windows, live) = (&mut self.windows, &mut self.live);
            let mut panes = Panes(|ui: &mut Ui, pane| match pane {
                Pane::Windows => windows.show(ui),
                Pane::Live => live.show(ui),
            });
            self.layout.ui(&mut panes, ui);
        });
    }

    fn show_top_bar(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            ui.label(RichText::new("Mullion").heading().strong());
            ui.label(RichText::new("language models over neurally compressed text").weak());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let dark = ui.visuals().dark_mode;
                let (name, other) =
                    if dark { ("Light", ThemePreference::Light) } else { ("Dark", ThemePreference::Dark) };
                if ui.button(name).on_hover_text("Switch between light and dark").clicked() {
                    ui.ctx().set_theme(other);
                }
                if ui.button("Reset layout").on_hover_text("Put the panes side by side again").clicked() {
                    self.layout = layout::first();
                }
            });
        });
    }

    /// Holds the window while an experiment would be cut off by closing it.
    fn guard_closing(&mut self, ctx: &Context) {
        let active = self.live.run().is_active();
        if ctx.input(|input| input.viewport().close_requested()) && self.closing != Closing::Agreed && active {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            if self.closing == Closing::No {
                self.closing = Closing::Asking;
            }
        }
        match self.closing {
            Closing::Asking if !active => self.closing = Closing::No,
            Closing::Waiting if !active => self.close(ctx),
            Closing::Asking => self.ask(ctx),
            Closing::Waiting => self.wait(ctx),
            Closing::No | Closing::Agreed => {}
        }
    }

    fn ask(&mut self, ctx: &Context) {
        let modal = Modal::new(egui::Id::unique("closing")).show(ctx, |ui| {
            ui.set_max_width(420.0);
            ui.heading("An experiment is going");
            ui.label(
                "Mullion can save a checkpoint and close. Tick “Resume the earlier run” next time to go on from it.",
            );
            ui.add_space(8.0);
            ui.horizontal(|ui| {
                if ui.button(RichText::new("Stop, save and close").strong()).clicked() {
                    self.live.run().send(Command::Stop);
                    self.closing = Closing::Waiting;
                }
                if ui.button("Keep it open").clicked() {
                    self.closing = Closing::No;
                }
            });
        });
        if modal.should_close() {
            self.closing = Closing::No;
        }
    }

    fn wait(&mut self, ctx: &Context) {
        Modal::new(egui::Id::unique("closing")).show(ctx, |ui| {
            ui.set_max_width(420.0);
            ui.horizontal(|ui| {
                ui.spinner();
                ui.heading("Saving the checkpoint");
            });
            ui.label("The window closes by itself once the run has stopped.");
            ui.add_space(8.0);
            if ui.button("Close now").on_hover_text("What came after the last checkpoint is lost").clicked() {
                self.close(ctx);
            }
        });
    }

    fn close(&mut self, ctx: &Context) {
        self.closing = Closing::Agreed;
        ctx.send_viewport_cmd(ViewportCommand::Close);
    }
}

impl eframe::App for Shell {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.show(ui);
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        let kept = Kept { layout: self.layout.clone(), cut: self.windows.cut(), live: self.live.kept() };
        eframe::set_value(storage, KEY, &kept);
    }
}
