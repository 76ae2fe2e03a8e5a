//! The Generate pane: trained M2s write, one or two in turn, and their tokens become text as they come.

mod controls;
mod following;
mod page;
mod speeds;

pub use self::controls::Choices as Kept;

use self::controls::{Asked, Choices, Standing};
use self::following::Following;
use self::page::Page;
use crate::app::background::{Background, Progress};
use crate::app::board::{Action, Board};
use crate::app::table::{self, TableState};
use crate::app::workbench::Workbench;
use crate::experiment::event::{RunId, Status};
use crate::experiment::generate::{Ended, Request, Told, Writer};
use egui::{RichText, ScrollArea, Ui, vec2};
use std::sync::Arc;

/// Two texts stand side by side from this width on, else one above the other.
const TWO_COLUMNS: f32 = 520.0;
/// Least height of a text.
const LEAST_TEXT: f32 = 150.0;
/// Around the rows of the table of speeds, in points: its title, the names of its columns, and the bar that scrolls across.
const AROUND_ROWS: f32 = 48.0 + table::HEADER;

/// The pane.
pub struct GeneratePane {
    workbench: Arc<dyn Workbench>,
    choices: Choices,
    writers: Vec<Writer>,
    listing: Option<Background<Result<Vec<Writer>, String>>>,
    /// Whether the list of writers was ever asked for.
    listed: bool,
    /// Runs of the live experiment that were done when the list was last asked for.
    done: usize,
    following: Option<Following>,
    pages: Vec<Page>,
    /// How the last text ended, where it did not end well.
    error: Option<String>,
    stopped: bool,
    table: TableState,
}

impl GeneratePane {
    pub fn new(_ctx: &egui::Context, workbench: &Arc<dyn Workbench>, kept: &Kept) -> Self {
        Self {
            workbench: Arc::clone(workbench),
            choices: kept.clone().bounded(),
            writers: Vec::new(),
            listing: None,
            listed: false,
            done: 0,
            following: None,
            pages: Vec::new(),
            error: None,
            stopped: false,
            table: TableState::default(),
        }
    }

    pub fn kept(&self) -> Kept {
        self.choices.clone()
    }

    pub fn show(&mut self, ui: &mut Ui, board: &mut Board) {
        self.look_for_writers(ui, board);
        self.poll();
        let standing = match (&self.following, self.listing.is_some() || !self.listed) {
            (Some(following), _) if following.is_stopping() => Standing::Stopping,
            (Some(_), _) => Standing::Writing,
            (None, true) if self.writers.is_empty() => Standing::Listing,
            (None, _) => Standing::Idle,
        };
        ScrollArea::vertical().id_salt("generate").auto_shrink(false).show(ui, |ui| {
            let text = self.pages.iter().any(|page| !page.is_empty());
            match self.choices.show(ui, &self.writers, standing, text) {
                Some(Asked::Generate(runs)) => self.generate(ui, board, runs),
                Some(Asked::Stop) => {
                    if let Some(following) = &self.following {
                        following.stop();
                    }
                }
                Some(Asked::Copy) => ui.copy_text(self.text()),
                Some(Asked::Cut) => {
                    if let Some(page) = self.pages.first() {
                        board.ask(Action::Cut(page.bytes().into()));
                    }
                }
                Some(Asked::List) => self.list(ui),
                None => {}
            }
            if let Some(error) = &self.error {
                ui.label(RichText::new(error).color(ui.visuals().error_fg_color));
            }
            self.show_texts(ui, board);
        });
    }

    /// Asks for the list of writers at first, and whenever a run of the live experiment is done.
    fn look_for_writers(&mut self, ui: &Ui, board: &Board) {
        let done = board.run.followed().snapshot.runs.iter().filter(|run| run.status == Status::Done).count();
        if self.listing.is_none() && (!self.listed || done != self.done) {
            self.done = done;
            self.list(ui);
        }
        match self.listing.as_ref().map(Background::poll) {
            None | Some(Progress::Waiting) => return,
            Some(Progress::Done(Ok(writers))) => {
                self.writers = writers;
                self.choices.choose_from(&self.writers);
            }
            Some(Progress::Done(Err(error))) => self.error = Some(error),
            Some(Progress::Lost) => self.error = Some("The list of trained runs could not be read.".to_owned()),
        }
        self.listing = None;
    }

    fn list(&mut self, ui: &Ui) {
        self.listed = true;
        let workbench = Arc::clone(&self.workbench);
        match Background::start(ui.ctx(), move || workbench.writers()) {
            Ok(listing) => self.listing = Some(listing),
            Err(error) => self.error = Some(format!("The system refused a thread to list runs on: {error}.")),
        }
    }

    fn generate(&mut self, ui: &Ui, board: &mut Board, runs: Vec<RunId>) {
        (self.error, self.stopped) = (None, false);
        self.pages = runs.iter().map(|run| Page::new(self.writer(*run))).collect();
        let request = Request {
            store: self.workbench.store(),
            prompt: self.choices.prompt.clone().into_bytes(),
            tokens: self.choices.tokens,
            sampling: self.choices.sampling(),
            runs,
        };
        let work = board.works.begin(format!("Writing {} tokens", self.choices.tokens));
        match Following::start(ui.ctx(), &self.workbench, request, work) {
            Ok(following) => self.following = Some(following),
            Err(error) => self.error = Some(error),
        }
    }

    fn writer(&self, run: RunId) -> Option<Writer> {
        self.writers.iter().find(|writer| writer.run.id == run).cloned()
    }

    fn poll(&mut self) {
        let Some(following) = &self.following else { return };
        let (told, over) = following.take();
        let mut ended = None;
        for told in told {
            match told {
                Told::Opening(side) => self.page(side, Page::open),
                Told::Began(side, began) => self.page(side, |page| page.begin(*began)),
                Told::Wrote(side, chunk) => self.page(side, |page| page.write(chunk)),
                Told::Finished(how) => ended = Some(how),
            }
        }
        match (ended, over) {
            (Some(Ended::Failed(why)), _) => self.error = Some(why),
            (Some(Ended::Stopped), _) => self.stopped = true,
            (None, true) => self.error = Some("Writing broke off without a reason. Generate again.".to_owned()),
            (Some(Ended::Done), _) => {}
            (None, false) => return,
        }
        self.following = None;
    }

    fn page(&mut self, side: usize, change: impl FnOnce(&mut Page)) {
        if let Some(page) = self.pages.get_mut(side) {
            change(page);
        }
    }

    /// All that was written, as text; what is no character as bytes in hexadecimal.
    fn text(&self) -> String {
        let texts: Vec<String> = self.pages.iter().map(Page::text).collect();
        texts.join("\n\n")
    }

    fn show_texts(&mut self, ui: &mut Ui, board: &mut Board) {
        if self.pages.is_empty() {
            return;
        }
        let table = speeds::table(&self.pages);
        if !table.rows.is_empty() {
            ui.add_space(4.0);
            let height = AROUND_ROWS + (table::ROW + ui.spacing().item_spacing.y) * table.rows.len() as f32;
            ui.allocate_ui(vec2(ui.available_width(), height), |ui| table::show(ui, &table, &mut self.table, board));
        }
        ui.separator();
        let boundaries = self.choices.boundaries;
        let side_by_side = self.pages.len() > 1 && ui.available_width() >= TWO_COLUMNS;
        let columns = if side_by_side { self.pages.len() } else { 1 };
        let rows = if side_by_side { 1 } else { self.pages.len() };
        let height = (ui.available_height() / rows as f32 - 8.0).max(LEAST_TEXT);
        let pages = &mut self.pages;
        ui.columns(columns, |columns| {
            let last = columns.len() - 1;
            for (side, page) in pages.iter_mut().enumerate() {
                page.show(&mut columns[side.min(last)], side, height, boundaries);
            }
        });
        if self.stopped {
            ui.weak("Stopped; what was written stays.");
        }
    }
}
