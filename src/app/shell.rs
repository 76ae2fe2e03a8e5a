//! The window's frame: top bar, panes, status bar, closing.

use super::ablation::{self, AblationPane};
use super::atlas::{self, AtlasPane};
use super::board::{Action, Board};
use super::commands;
use super::compare::{self, ComparePane};
use super::export::Exports;
use super::film::{self, FilmPane};
use super::generate::{self, GeneratePane};
use super::help;
use super::layout::{self, Pane, Panes};
use super::live::{self, LivePane};
use super::live_run::Phase;
use super::palette::Palette;
use super::runs::{self, RunsPane};
use super::status::{self, StatusPane};
use super::status_bar;
use super::theme;
use super::windows::{self, WindowsPane};
use super::workbench::Workbench;
use crate::experiment::event::{Command, Level, RunId};
use egui::{Align, CentralPanel, Context, Frame, Layout, Margin, Panel, RichText, Ui, ViewportCommand};
use egui_tiles::Tree;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// Settings are kept under this key. Another shape of [`Kept`] takes another number, so that an older or newer Mullion
/// starts afresh instead of misreading it.
const KEY: &str = "mullion-window-2";

/// What a start of the window can be told.
#[derive(Debug, Clone, Default)]
pub struct WindowOptions {
    /// Stands in the spec field at the start, instead of the one of the last time.
    pub spec: Option<PathBuf>,
    /// Stands there where the last time left none.
    pub first_spec: Option<PathBuf>,
    /// Say on standard output when the first frame is painted ([`PAINTED`]) and when the text is cut ([`LOADED`]), then
    /// close.
    pub until_loaded: bool,
}

/// Said once the first frame is on the screen.
pub const PAINTED: &str = "painted";
/// Said once the M1 is loaded and the first text is cut.
pub const LOADED: &str = "loaded";

/// What is kept between starts.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(default)]
struct Kept {
    layout: Tree<Pane>,
    windows: windows::Kept,
    atlas: atlas::Kept,
    film: film::Kept,
    generate: generate::Kept,
    live: live::Kept,
    ablation: ablation::Kept,
    compare: compare::Kept,
    runs: runs::Kept,
    status: status::Kept,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            layout: layout::first(),
            windows: windows::Kept::default(),
            atlas: atlas::Kept::default(),
            film: film::Kept::default(),
            generate: generate::Kept::default(),
            live: live::Kept::default(),
            ablation: ablation::Kept::default(),
            compare: compare::Kept::default(),
            runs: runs::Kept::default(),
            status: status::Kept::default(),
        }
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
    workbench: Arc<dyn Workbench>,
    board: Board,
    exports: Exports,
    palette: Palette,
    help: bool,
    layout: Tree<Pane>,
    windows: WindowsPane,
    atlas: AtlasPane,
    film: FilmPane,
    generate: GeneratePane,
    live: LivePane,
    ablation: AblationPane,
    compare: ComparePane,
    runs: RunsPane,
    status: StatusPane,
    closing: Closing,
    /// Frames drawn so far, while a start is timed.
    timed: Option<u32>,
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
        let first = options.first_spec.as_ref().filter(|_| kept.live.spec.trim().is_empty());
        if let Some(spec) = options.spec.as_ref().or(first) {
            kept.live.spec = spec.display().to_string();
        }
        Self {
            board: Board::default(),
            exports: Exports::default(),
            palette: Palette::default(),
            help: false,
            layout: layout::checked(kept.layout),
            windows: WindowsPane::new(ctx, &workbench, &kept.windows),
            atlas: AtlasPane::new(ctx, &workbench, &kept.atlas),
            film: FilmPane::new(ctx, &workbench, &kept.film),
            generate: GeneratePane::new(ctx, &workbench, &kept.generate),
            live: LivePane::new(ctx, &workbench, &kept.live),
            ablation: AblationPane::new(ctx, &workbench, &kept.ablation),
            compare: ComparePane::new(ctx, &workbench, &kept.compare),
            runs: RunsPane::new(ctx, &workbench, &kept.runs),
            status: StatusPane::new(ctx, &workbench, &kept.status),
            workbench,
            closing: Closing::No,
            timed: options.until_loaded.then_some(0),
            seen_stage: None,
        }
    }

    /// Whether an experiment goes.
    pub fn is_running(&self) -> bool {
        self.board.run.is_active()
    }

    /// Whether it has begun to train.
    pub fn is_training(&self) -> bool {
        self.is_running() && !self.board.run.followed().snapshot.curves.is_empty()
    }

    /// Why the experiment could not be started or ended early, as far as that is so.
    pub fn faults(&self) -> Vec<String> {
        self.board.run.followed().errors.clone()
    }

    /// Tells the experiment to save a checkpoint and end.
    pub fn stop(&self) {
        self.board.run.send(Command::Stop);
    }

    /// Whether the stored curves that Live shows are as fine as its charts.
    pub fn is_fine(&self) -> bool {
        self.live.is_fine()
    }

    pub(super) fn live(&self) -> &LivePane {
        &self.live
    }

    pub(super) fn runs(&self) -> &RunsPane {
        &self.runs
    }

    /// Chooses stored runs to be looked at, as ticks in the Runs pane do.
    pub(super) fn choose(&mut self, runs: BTreeSet<RunId>) {
        self.board.chosen = runs;
    }

    /// Draws one frame.
    pub fn show(&mut self, ui: &mut Ui) {
        let stage = self.board.run.followed().snapshot.stage.as_ref().map(|(index, ..)| *index);
        if stage != self.seen_stage {
            self.seen_stage = stage;
            self.windows.recut();
        }
        // A window that is about to close begins nothing.
        if self.closing == Closing::No {
            self.ablation.tick(ui.ctx(), &mut self.board);
        }
        // It may have been asked for in any pane.
        if let Some(reason) = self.board.run.take_refusal() {
            self.board.say(Level::Error, format!("The experiment could not begin: {reason}"));
        }
        self.time_start(ui.ctx());
        self.guard_closing(ui.ctx());
        let bar = |ui: &Ui| Frame::new().fill(ui.visuals().panel_fill).inner_margin(Margin::symmetric(12, 5));
        Panel::top("top bar").frame(bar(ui)).show(ui, |ui| self.show_top_bar(ui));
        Panel::bottom("status bar").frame(bar(ui)).show(ui, |ui| {
            status_bar::show(ui, &self.windows, &self.board);
        });
        CentralPanel::no_frame().show(ui, |ui| {
            let board = &mut self.board;
            let mut panes = Panes(|ui: &mut Ui, pane| match pane {
                Pane::Windows => self.windows.show(ui, board),
                Pane::Atlas => self.atlas.show(ui, board),
                Pane::Film => self.film.show(ui, board),
                Pane::Generate => self.generate.show(ui, board),
                Pane::Live => self.live.show(ui, board),
                Pane::Ablation => self.ablation.show(ui, board),
                Pane::Compare => self.compare.show(ui, board),
                Pane::Runs => self.runs.show(ui, board),
                Pane::Status => self.status.show(ui, board, self.windows.m1()),
            });
            self.layout.ui(&mut panes, ui);
        });
        let chosen = self.palette.show(ui.ctx());
        let commands = commands::Command::pressed(ui.ctx()).into_iter().chain(chosen);
        commands.for_each(|command| self.obey(ui.ctx(), command));
        help::show(ui.ctx(), &mut self.help);
        self.exports.show(ui.ctx(), &mut self.board);
        for action in self.board.take_actions() {
            self.carry_out(ui.ctx(), action);
        }
    }

    /// Does what a key or the palette has asked for.
    fn obey(&mut self, ctx: &Context, command: commands::Command) {
        use commands::Command as Told;
        match command {
            Told::Palette => self.palette.open(),
            Told::Help => self.help = !self.help,
            Told::Show(pane) => layout::bring_forward(&mut self.layout, pane),
            Told::OtherTheme => theme::switch(ctx),
            Told::ResetLayout => self.layout = layout::first(),
            Told::Larger => egui::gui_zoom::zoom_in(ctx),
            Told::Smaller => egui::gui_zoom::zoom_out(ctx),
            Told::UsualSize => ctx.set_zoom_factor(1.0),
            Told::Start => match self.live.start() {
                Some(start) if !self.board.run.is_active() => self.board.ask(Action::Start(start)),
                Some(_) => self.board.say(Level::Warning, "An experiment is going: stop it first."),
                None => self.board.say(Level::Warning, "Name a spec in Live first."),
            },
            Told::PauseOrContinue => match self.board.run.phase() {
                Phase::Running => self.board.run.send(Command::Pause),
                Phase::Paused => self.board.run.send(Command::Resume),
                _ => self.board.say(Level::Warning, "No experiment is going."),
            },
            Told::Stop if self.board.run.is_active() => self.board.run.send(Command::Stop),
            Told::Stop => self.board.say(Level::Warning, "No experiment is going."),
            Told::Close => ctx.send_viewport_cmd(ViewportCommand::Close),
        }
    }

    /// Does what a pane has asked for.
    fn carry_out(&mut self, ctx: &Context, action: Action) {
        match action {
            Action::Show(pane) => layout::bring_forward(&mut self.layout, pane),
            // What was asked for twice in one frame begins once.
            Action::Start(_) if self.board.run.is_active() => {}
            Action::Start(start) => {
                self.board.run.start(Arc::clone(&self.workbench), start, ctx);
            }
            Action::Spec(path) => self.live.name_spec(&path),
            Action::Cut(text) => {
                self.windows.take_text(&text);
                layout::bring_forward(&mut self.layout, Pane::Windows);
            }
            Action::Export(export) => self.exports.ask(ctx, export),
        }
    }

    /// Says how far a start is that is timed. The first frame is painted when the second one begins.
    fn time_start(&mut self, ctx: &Context) {
        let Some(frames) = &mut self.timed else {
            return;
        };
        *frames += 1;
        ctx.request_repaint();
        if *frames == 2 {
            println!("{PAINTED}");
        }
        if *frames >= 2 && self.windows.has_cut() {
            println!("{LOADED}");
            self.timed = None;
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
    }

    fn show_top_bar(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            ui.label(RichText::new("Mullion").heading().strong());
            ui.label(RichText::new("language models over neurally compressed text").weak());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let name = if ui.visuals().dark_mode { "Light" } else { "Dark" };
                let mut button = |name: &str, command: commands::Command| {
                    let shortcut = ui.ctx().format_shortcut(&command.shortcut());
                    ui.button(name)
                        .on_hover_text(format!("{} ({shortcut})", command.name()))
                        .clicked()
                        .then_some(command)
                };
                let told = [
                    button(name, commands::Command::OtherTheme),
                    button("Help", commands::Command::Help),
                    button("Commands", commands::Command::Palette),
                    button("Reset layout", commands::Command::ResetLayout),
                ];
                told.into_iter().flatten().for_each(|command| self.obey(ui.ctx(), command));
            });
        });
    }

    /// Holds the window while an experiment would be cut off by closing it.
    fn guard_closing(&mut self, ctx: &Context) {
        let active = self.board.run.is_active();
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
        let modal = theme::sheet(ctx, "closing").show(ctx, |ui| {
            ui.set_max_width(420.0);
            ui.heading("An experiment is going");
            ui.label(
                "Mullion can save a checkpoint and close. Next time, tick “Resume the earlier run” in Live or press Resume in \
                 Runs to go on from it.",
            );
            ui.add_space(8.0);
            ui.horizontal(|ui| {
                if ui.button(RichText::new("Stop, save and close").strong()).clicked() {
                    self.board.run.send(Command::Stop);
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
        theme::sheet(ctx, "closing").show(ctx, |ui| {
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
        let kept = Kept {
            layout: self.layout.clone(),
            windows: self.windows.kept(),
            atlas: self.atlas.kept(),
            film: self.film.kept(),
            generate: self.generate.kept(),
            live: self.live.kept(),
            ablation: self.ablation.kept(),
            compare: self.compare.kept(),
            runs: self.runs.kept(),
            status: self.status.kept(),
        };
        eframe::set_value(storage, KEY, &kept);
    }
}
