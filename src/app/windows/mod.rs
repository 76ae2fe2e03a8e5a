//! The windows pane: a text in lanes, one for each method, and what falls into which window.
//!
//! ```text
//! source ── text          where the text comes from
//! lanes ─── recent        what each lane has cut, block by block
//!   └ cutter ──► Workbench::windows, off this thread
//! interlinear ── rows, geometry, segments, cells, glyphs, cursor     the lanes drawn in step
//! readout, detail ── card, interval, histogram, bit_map              one byte, one window
//! tables                                                             all of it, for files
//! ```

mod bit_map;
mod block_cut;
mod blocks;
mod card;
mod cursor;
mod cut;
mod cutter;
mod detail;
mod geometry;
mod glyphs;
mod histogram;
mod interlinear;
mod interval;
mod lane_list;
mod lanes;
mod readout;
mod recent;
mod rows;
mod segments;
mod source;
mod stepping;
mod tables;
mod text;

pub use tables::{of_text as windows_table, steps as steps_table};

use self::cut::Cut;
use self::cutter::Cutter;
use self::detail::{Selected, Tab, Tabs};
use self::interlinear::{Interlinear, Look, Scene, Shown};
use self::lanes::Lanes;
use self::rows::Rows;
use self::source::{Change, Source};
use crate::app::background::{Background, Progress};
use crate::app::board::Board;
use crate::app::format;
use crate::app::table;
use crate::app::workbench::Workbench;
use crate::figure::table::Table;
use egui::{Label, Panel, RichText, ScrollArea, Ui};
use std::sync::Arc;

/// Bytes up to which rows are found at once; it takes a few thousandths of a second.
const QUICK: usize = 1 << 20;

/// What is above the text takes no more than this share of the pane's height.
const MOST_ABOVE: f32 = 0.6;

/// The look into a window leaves the text at least this height, in points.
const LEAST_TEXT: f32 = 96.0;

/// What is kept between starts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Kept {
    pub(in crate::app) lanes: Vec<Cut>,
    active: usize,
    look: Look,
    editing: bool,
    detail: Option<Tab>,
}

impl Default for Kept {
    fn default() -> Self {
        Self { lanes: vec![Cut::default()], active: 0, look: Look::default(), editing: true, detail: None }
    }
}

impl Kept {
    /// Lanes with the methods of these names.
    pub(in crate::app) fn of_methods(names: &[&str]) -> Self {
        let lane = |name: &&str| Cut { named: Some((*name).to_owned()), ..Cut::default() };
        Self { lanes: names.iter().map(lane).collect(), ..Self::default() }
    }
}

/// The pane.
pub struct WindowsPane {
    workbench: Arc<dyn Workbench>,
    cutter: Option<Cutter>,
    source: Source,
    lanes: Lanes,
    look: Look,
    detail: Option<Tab>,
    tabs: Tabs,
    interlinear: Interlinear,
    rows: Arc<Rows>,
    /// Rows of a long text or another width, to come.
    finding: Option<Background<Rows>>,
    /// Whether the rows are another text's.
    stale: bool,
    /// Why nothing can be cut at all.
    error: Option<String>,
}

impl WindowsPane {
    pub fn new(ctx: &egui::Context, workbench: &Arc<dyn Workbench>, kept: &Kept) -> Self {
        let waker = ctx.clone();
        let cutter = Cutter::start(workbench, move || waker.request_repaint());
        let error =
            cutter.as_ref().err().map(|error| format!("Text cannot be cut: the system refused a thread ({error})."));
        Self {
            source: Source::new(workbench, kept.editing),
            workbench: Arc::clone(workbench),
            cutter: cutter.ok(),
            lanes: Lanes::new(&kept.lanes, kept.active),
            look: kept.look,
            detail: kept.detail,
            tabs: Tabs::default(),
            interlinear: Interlinear::default(),
            rows: Arc::new(Rows::new(&[], 1)),
            finding: None,
            stale: true,
            error,
        }
    }

    pub fn kept(&self) -> Kept {
        Kept {
            lanes: self.lanes.cuts(),
            active: self.lanes.active_index(),
            look: self.look,
            editing: self.source.editing,
            detail: self.detail,
        }
    }

    /// The M1 that cuts.
    pub fn m1(&self) -> &str {
        &self.source.m1
    }

    /// Whether there is a cut to be seen.
    pub fn has_cut(&self) -> bool {
        self.lanes.active().total().blocks > 0
    }

    pub fn is_busy(&self) -> bool {
        self.cutter.as_ref().is_some_and(Cutter::is_busy)
    }

    /// Asks for everything to be cut anew: the M1 may be another.
    pub fn recut(&mut self) {
        self.take(Change::Model);
    }

    /// Puts a text in place of the one that shows.
    pub fn take_text(&mut self, bytes: &Arc<[u8]>) {
        self.source.text = text::Text::new(Arc::clone(bytes), "This text", bytes.len() as u64);
        self.take(Change::Replaced);
    }

    pub fn show(&mut self, ui: &mut Ui, board: &mut Board) {
        if let Some(change) = self.source.poll(ui) {
            self.take(change);
        }
        if let Some(cutter) = &self.cutter {
            let answers = cutter.take_answers();
            if !answers.is_empty() {
                self.source.m1 = self.workbench.m1_description();
            }
            answers.into_iter().for_each(|answer| self.lanes.take(&self.source.text, answer));
        }
        // Many lanes and long errors scroll, rather than take the text's place.
        let most = MOST_ABOVE * ui.available_height();
        ScrollArea::vertical().id_salt("above the text").max_height(most).auto_shrink([false, true]).show(ui, |ui| {
            if let Some(change) = self.source.show(ui) {
                self.take(change);
            }
            self.show_lanes(ui, board);
            self.show_errors(ui);
        });
        self.show_detail(ui, board);
        self.show_text(ui);
    }

    fn take(&mut self, change: Change) {
        match change {
            Change::Replaced => {
                self.lanes.forget();
                self.interlinear.rewind();
                self.stale = true;
            }
            Change::Edited => {
                self.lanes.edited(&self.source.text);
                self.stale = true;
            }
            Change::Model => {
                self.lanes.outdate();
                self.tabs.stepping.forget();
            }
        }
        // What is left to cut is something else now.
        if let Some(cutter) = &self.cutter {
            cutter.drop_rest();
        }
    }

    fn show_lanes(&mut self, ui: &mut Ui, board: &mut Board) {
        ui.add_space(2.0);
        let mut changed = lane_list::show(ui, &mut self.lanes);
        let mut cut = self.lanes.active().cut.clone();
        cut.show(ui, self.is_busy());
        changed |= cut != self.lanes.active().cut;
        self.lanes.set(cut);
        lane_list::show_facts(ui, &self.lanes, self.source.text.bytes().len() as u64);
        ui.horizontal_wrapped(|ui| {
            changed |= lane_list::show_add(ui, &mut self.lanes);
            ui.separator();
            let colours = "What colours and borders stand for. Orange ticks: a token ends inside that byte's bits";
            for (tokens, name) in [(false, "Windows"), (true, "Tokens")] {
                let name = RichText::new(name);
                let response = ui.selectable_label(self.look.tokens == tokens, name).on_hover_text(colours);
                if response.accessible_name(if tokens { "Colour tokens" } else { "Colour windows" }).clicked() {
                    self.look.tokens = tokens;
                }
            }
            ui.separator();
            ui.toggle_value(&mut self.look.hex, "Hex").on_hover_text("Every byte in hexadecimal, under its character");
            let strip =
                "What each byte costs in the open lane, by its model; orange: more than the 8 bits of a raw byte";
            ui.toggle_value(&mut self.look.surprisal, "Surprisal").on_hover_text(strip);
            self.show_export(ui, board);
            self.show_rest(ui, board);
        });
        if changed && let Some(cutter) = &self.cutter {
            cutter.drop_rest();
        }
    }

    /// The menu of all that can be written to a file.
    fn show_export(&self, ui: &mut Ui, board: &mut Board) {
        let lane = self.lanes.active();
        let windows = format!("Windows of {}", lane.name());
        let lanes = || tables::lanes(&self.lanes);
        let of_lane = || tables::of_lane(lane, self.source.text.bytes());
        let mut all: Vec<(&str, &dyn Fn() -> Table)> = vec![("Lanes", &lanes), (&windows, &of_lane)];
        let steps = || self.tabs.stepping.steps().map(tables::steps).unwrap_or_default();
        if self.detail == Some(Tab::Steps) && self.tabs.stepping.steps().is_some() {
            all.push(("Steps of the window", &steps));
        }
        table::export_one_of(ui, "the text", &all, board);
    }

    /// The button that cuts the whole text, or how far that is.
    fn show_rest(&self, ui: &mut Ui, board: &mut Board) {
        let Some(cutter) = &self.cutter else {
            return;
        };
        if let Some((done, total)) = cutter.rest() {
            ui.separator();
            let left = board.works.shown().into_iter().find(|work| work.name == REST).and_then(|work| work.left);
            let left = left.map(|left| format!(", {} left", format::clock(left.as_secs_f64()))).unwrap_or_default();
            ui.spinner();
            ui.label(format!("{} of {} blocks{left}", format::count(done), format::count(total)));
            if ui.button("Cancel").on_hover_text("What is cut so far stays").clicked() {
                cutter.drop_rest();
            }
            return;
        }
        let text = self.source.text.bytes().len() as u64;
        if self.lanes.all().iter().any(|lane| lane.total().bytes < text && lane.error().is_none())
            && blocks::count(self.source.text.bytes()) > 1
        {
            ui.separator();
            let hint = "Cuts every block in every lane, so that the figures are of the whole text";
            if ui.button("Cut all").on_hover_text(hint).clicked() {
                cutter.cut_rest(self.lanes.rest(&self.source.text), board.works.begin(REST));
            }
        }
    }

    fn show_errors(&self, ui: &mut Ui) {
        let color = ui.visuals().error_fg_color;
        for error in [&self.error, &self.source.error].into_iter().flatten() {
            ui.label(RichText::new(error).color(color));
        }
        for (index, lane) in self.lanes.all().iter().enumerate() {
            if let Some(error) = lane.error() {
                ui.label(RichText::new(format!("Lane {}: {error}", index + 1)).color(color));
            }
        }
    }

    fn selected(&self) -> Option<Selected> {
        let cursor = self.interlinear.cursor?;
        Selected::at(&self.source.text, &self.lanes, self.lanes.active_index(), cursor)
    }

    fn readout(&self) -> Option<String> {
        let byte = self.interlinear.focus()?;
        Some(readout::of(self.source.text.bytes(), &self.lanes, byte)).filter(|words| !words.is_empty())
    }

    /// One byte in words, and the open look into its window.
    fn show_detail(&mut self, ui: &mut Ui, board: &mut Board) {
        let selected = self.selected();
        let frame = egui::Frame::new().inner_margin(egui::Margin { top: 4, ..Default::default() });
        let panel = match self.detail {
            Some(_) => {
                let most = (ui.available_height() - LEAST_TEXT).max(90.0);
                Panel::bottom("window detail").resizable(true).default_size(230.0).min_size(90.0).max_size(most)
            }
            None => Panel::bottom("window detail closed").resizable(false),
        };
        panel.frame(frame).show(ui, |ui| {
            let hint =
                "Point at a byte, or click the text and walk with the arrow keys; Ctrl walks from window to window";
            let words = self.readout();
            let words = RichText::new(words.as_deref().unwrap_or(hint)).small();
            ui.add(Label::new(words).truncate());
            detail::show_tabs(ui, &mut self.detail, selected.as_ref());
            if let Some(tab) = self.detail {
                self.tabs.show(ui, tab, selected.as_ref(), &self.lanes, &self.workbench, board);
            }
        });
    }

    fn show_text(&mut self, ui: &mut Ui) {
        self.find_rows(ui);
        let text = Arc::clone(self.source.text.bytes());
        if text.is_empty() {
            ui.label(RichText::new("Type a text above, open a file, or drop one here.").weak());
            return;
        }
        if self.lanes.active().total().blocks == 0 && self.lanes.active().error().is_none() {
            // The text shows all the same.
            ui.label(RichText::new("Cutting the text…").small().weak());
        }
        let spoken = self.readout().unwrap_or_default();
        let scene = Scene { text: &text, rows: &self.rows, lanes: &self.lanes, look: self.look, spoken: &spoken };
        let shown = self.interlinear.show(ui, &scene);
        if let Some(lane) = shown.lane {
            self.lanes.activate(lane);
        }
        self.show_tooltip(ui, &shown);
        if ui.input(|input| !input.raw.hovered_files.is_empty()) {
            let at = shown.response.rect.center();
            let font = egui::TextStyle::Heading.resolve(ui.style());
            let color = ui.visuals().strong_text_color();
            ui.painter().rect_filled(shown.response.rect, 4.0, ui.visuals().panel_fill.gamma_multiply(0.85));
            ui.painter().text(at, egui::Align2::CENTER_CENTER, "Drop the file to cut it", font, color);
        }
        if let Some(cutter) = &self.cutter {
            let last = shown.bytes.end.saturating_sub(1).max(shown.bytes.start);
            let view = blocks::of(&text, shown.bytes.start)..blocks::of(&text, last) + 1;
            cutter.want(self.lanes.wanted(&self.source.text, &view));
        }
    }

    /// The card of the window under the pointer; of the cursor's too while keys walk and no card is open below.
    fn show_tooltip(&self, ui: &Ui, shown: &Shown) {
        let hovered = shown.hovered.and_then(|(spot, anchor)| {
            Some((Selected::at(&self.source.text, &self.lanes, spot.lane, spot.byte)?, anchor))
        });
        let walked = || {
            let anchor = shown.cursor.filter(|_| shown.response.has_focus() && self.detail.is_none())?;
            Some((self.selected()?, anchor))
        };
        if let Some((selected, anchor)) = hovered.or_else(walked) {
            egui::Tooltip::always_open(ui.ctx().clone(), ui.layer_id(), shown.response.id.with("card"), anchor)
                .gap(6.0)
                .width(540.0)
                .show(|ui| selected.show_card(ui, true));
        }
    }

    /// Sees to it that the rows are this text's at this width. Those of a long text take a worker; what was there shows
    /// meanwhile.
    fn find_rows(&mut self, ui: &Ui) {
        let text = self.source.text.bytes();
        if let Some(finding) = &self.finding {
            match finding.poll() {
                Progress::Waiting => return,
                Progress::Done(rows) => {
                    // A text may have been replaced meanwhile.
                    if rows.len() == text.len() && !self.stale {
                        self.interlinear.rebase(&self.rows, &rows);
                        self.rows = Arc::new(rows);
                    }
                }
                Progress::Lost => {}
            }
            self.finding = None;
        }
        let cells = interlinear::cells(ui.available_width(), self.lanes.all().len(), self.look, text.len());
        if !self.stale && self.rows.cells() == cells {
            return;
        }
        if text.len() <= QUICK {
            let rows = Rows::new(text, cells);
            self.interlinear.rebase(&self.rows, &rows);
            self.rows = Arc::new(rows);
        } else {
            if self.stale {
                // Enough to fill any screen until all rows are found.
                let beginning = blocks::whole_up_to(text, QUICK / 4);
                self.rows = Arc::new(Rows::new(&text[..beginning], cells));
            }
            let text = Arc::clone(text);
            self.finding = Background::start(ui.ctx(), move || Rows::new(&text, cells)).ok();
        }
        self.stale = false;
    }
}

/// What cutting the whole text is called among the background works.
const REST: &str = "Cutting the whole text";
