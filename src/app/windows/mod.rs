//! The windows pane: a text, how to cut it, and what falls into which window.

mod bit_map;
mod card;
mod cut;
mod text_source;
mod text_view;
mod worker;

pub use self::cut::Cut as Kept;

use self::bit_map::BitMap;
use self::card::Place;
use self::cut::Cut;
use self::text_source::{Head, LONGEST, TextSource};
use self::text_view::{Shown, WindowsView};
use self::worker::{Answer, Request, WindowsWorker};
use crate::app::background::{Background, Progress};
use crate::app::board::Board;
use crate::app::file_field::FileField;
use crate::app::format;
use crate::app::workbench::Workbench;
use crate::tokenizer::view;
use egui::{Align, Key, Label, Layout, Panel, RichText, ScrollArea, TextEdit, Ui};
use std::sync::Arc;

/// A finished cut and its drawing.
struct Drawn {
    view: view::WindowsView,
    bytes: Arc<[u8]>,
    text: WindowsView,
}

/// The pane.
pub struct WindowsPane {
    workbench: Arc<dyn Workbench>,
    worker: Option<WindowsWorker>,
    cut: Cut,
    source: TextSource,
    /// What is to be known about the source: cut short, no UTF-8.
    source_note: Option<String>,
    open: FileField,
    opening: Option<Background<Result<Head, String>>>,
    m1_field: FileField,
    m1_open: bool,
    m1_loading: Option<Background<Result<String, String>>>,
    m1: String,
    drawn: Option<Drawn>,
    /// Why the last request has no answer. The view before it stays.
    error: Option<String>,
    selected: Option<usize>,
}

impl WindowsPane {
    pub fn new(ctx: &egui::Context, workbench: &Arc<dyn Workbench>, kept: &Kept) -> Self {
        let waker = ctx.clone();
        let worker = WindowsWorker::start(Arc::clone(workbench), move || waker.request_repaint());
        let error =
            worker.as_ref().err().map(|error| format!("Text cannot be cut: the system refused a thread ({error})."));
        let pane = Self {
            m1: workbench.m1_description(),
            workbench: Arc::clone(workbench),
            worker: worker.ok(),
            cut: kept.clone().bounded(),
            source: TextSource::Typed(text_source::FIRST_TEXT.to_owned()),
            source_note: None,
            open: FileField::new("Open", None, String::new()),
            opening: None,
            m1_field: FileField::new("M1 file", None, String::new()),
            m1_open: false,
            m1_loading: None,
            drawn: None,
            error,
            selected: None,
        };
        pane.recut();
        pane
    }

    pub fn kept(&self) -> Kept {
        self.cut.clone()
    }

    /// The M1 of the cut that shows.
    pub fn m1(&self) -> &str {
        &self.m1
    }

    /// Whether there is a cut to be seen.
    pub fn has_cut(&self) -> bool {
        self.drawn.is_some()
    }

    pub fn is_busy(&self) -> bool {
        self.worker.as_ref().is_some_and(WindowsWorker::is_busy)
    }

    /// Asks for the text to be cut anew: something that decides the windows has changed.
    pub fn recut(&self) {
        if let (Some(worker), Ok(method)) = (&self.worker, self.cut.method()) {
            worker.request(Request { text: self.source.bytes(), method });
        }
    }

    /// Puts a text in place of the one that shows.
    pub fn take_text(&mut self, bytes: &[u8]) {
        let total = bytes.len() as u64;
        let path = "a text from another pane".into();
        self.take_head(Ok(Head { path, bytes: bytes[..bytes.len().min(LONGEST)].to_vec(), total }));
    }

    pub fn show(&mut self, ui: &mut Ui, _board: &mut Board) {
        self.poll(ui);
        self.show_source(ui);
        self.show_cut(ui);
        self.show_summary(ui);
        if let Some(error) = &self.error {
            ui.label(RichText::new(error).color(ui.visuals().error_fg_color));
        }
        ui.separator();
        self.show_windows(ui);
    }

    fn poll(&mut self, ui: &Ui) {
        if let Some(answer) = self.worker.as_ref().and_then(WindowsWorker::take_answer) {
            self.take(ui, answer);
        }
        if let Some(opening) = &self.opening {
            match opening.poll() {
                Progress::Waiting => {}
                Progress::Done(head) => {
                    self.opening = None;
                    self.take_head(head);
                }
                Progress::Lost => self.opening = None,
            }
        }
        if let Some(loading) = &self.m1_loading {
            match loading.poll() {
                Progress::Waiting => {}
                Progress::Done(loaded) => {
                    self.m1_loading = None;
                    match loaded {
                        Ok(description) => {
                            self.m1 = description;
                            self.m1_open = false;
                            self.error = None;
                            self.recut();
                        }
                        Err(message) => self.error = Some(message),
                    }
                }
                Progress::Lost => {
                    self.m1_loading = None;
                    self.error =
                        Some("Loading this M1 failed inside Mullion; this is a defect, please report it.".to_owned());
                }
            }
        }
    }

    fn take(&mut self, ui: &Ui, answer: Answer) {
        self.m1 = answer.m1;
        match answer.result {
            Ok(view) => {
                let ends: Vec<usize> = view.windows.iter().map(|window| window.byte_start + window.byte_len).collect();
                let ambiguous = view.windows.iter().map(|window| window.ambiguous).collect();
                let text = WindowsView::new(ui.ctx(), &answer.request.text, &ends, ambiguous);
                self.selected = self.selected.filter(|selected| *selected < ends.len());
                self.drawn = Some(Drawn { view, bytes: answer.request.text, text });
                self.error = None;
            }
            Err(message) => self.error = Some(message),
        }
    }

    fn take_head(&mut self, head: Result<Head, String>) {
        match head {
            Ok(head) => {
                let (total, name) = (head.total, head.path.display().to_string());
                self.source = TextSource::from_head(head);
                let shown = self.source.bytes().len() as u64;
                self.source_note = (shown < total).then(|| {
                    format!("The first {} of {} bytes of {name} are shown.", format::count(shown), format::count(total))
                });
                self.error = None;
                self.selected = None;
                self.recut();
            }
            Err(message) => self.error = Some(message),
        }
    }

    fn show_source(&mut self, ui: &mut Ui) {
        let frame = egui::Frame::new().inner_margin(egui::Margin { bottom: 6, ..Default::default() });
        Panel::top("text source").resizable(true).default_size(190.0).min_size(96.0).frame(frame).show(ui, |ui| {
            if self.open.show(ui, "a file to cut: Enter opens it")
                && let Some(path) = self.open.value()
            {
                self.opening = Background::start(ui.ctx(), move || text_source::read_head(&path)).ok();
            }
            self.show_m1(ui);
            if let Some(note) = &self.source_note {
                ui.label(RichText::new(note).small().weak());
            }
            self.show_editor(ui);
        });
    }

    fn show_m1(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            ui.label("M1");
            // From the right: a long description gives way to the button, not the button to it.
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.toggle_value(&mut self.m1_open, "Use another M1…");
                if self.m1_loading.is_some() {
                    ui.spinner();
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(RichText::new(&self.m1).monospace()).truncate()).on_hover_text(&self.m1);
                });
            });
        });
        if self.m1_open
            && self.m1_field.show(ui, "a trained M1: Enter loads it")
            && let Some(path) = self.m1_field.value()
        {
            let workbench = Arc::clone(&self.workbench);
            self.m1_loading = Background::start(ui.ctx(), move || workbench.use_m1(&path)).ok();
        }
    }

    fn show_editor(&mut self, ui: &mut Ui) {
        match &mut self.source {
            TextSource::Typed(text) => {
                let mut changed = false;
                ScrollArea::vertical().id_salt("editor").auto_shrink(false).show(ui, |ui| {
                    let editor = TextEdit::multiline(text).desired_width(f32::INFINITY).min_size(ui.available_size());
                    changed = ui.add(editor).accessible_name("Text").changed();
                });
                if changed {
                    let long = text.len() > LONGEST;
                    self.source_note =
                        long.then(|| format!("The first {} bytes are shown.", format::count(LONGEST as u64)));
                    self.recut();
                }
            }
            TextSource::Bytes { path, .. } => {
                let note = format!("{} is not UTF-8 text: its bytes are cut as they are.", path.display());
                ui.label(note);
                if ui.button("Type a text instead").clicked() {
                    self.source = TextSource::Typed(text_source::FIRST_TEXT.to_owned());
                    self.source_note = None;
                    self.recut();
                }
                // The panel keeps the height that the reader gave it.
                ui.allocate_space(ui.available_size());
            }
        }
    }

    fn show_cut(&mut self, ui: &mut Ui) {
        let before = self.cut.clone();
        ui.add_space(4.0);
        let busy = self.is_busy();
        self.cut.show(ui, busy);
        if self.cut != before {
            self.recut();
        }
    }

    fn show_summary(&self, ui: &mut Ui) {
        let Some(drawn) = &self.drawn else {
            return;
        };
        let (view, totals) = (&drawn.view, &drawn.view.totals);
        let windows = view.windows.len();
        let padding: f64 = view.windows.iter().map(|window| window.padding as f64).sum::<f64>() / windows.max(1) as f64;
        let ratio = |ratio: Option<f64>| ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.3}"));
        let facts = [
            ("windows", format::count(windows as u64)),
            ("tokens", format::count(totals.tokens as u64)),
            ("token ratio", ratio(totals.token_ratio)),
            ("bit ratio", ratio(totals.bit_ratio)),
            ("mean padding", format!("{padding:.2} bits")),
            ("ambiguous", format::count(totals.ambiguous as u64)),
        ];
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(11.0, 2.0);
            ui.spacing_mut().interact_size.y = 18.0;
            for (name, value) in facts {
                ui.add(Label::new(fact(ui, &value, name)).extend());
            }
        });
    }

    fn show_windows(&mut self, ui: &mut Ui) {
        let Some(drawn) = &mut self.drawn else {
            let note = if self.error.is_some() { "No windows." } else { "Cutting the text…" };
            ui.label(RichText::new(note).weak());
            return;
        };
        let selected = &mut self.selected;
        ScrollArea::vertical().id_salt("windows").auto_shrink(false).show(ui, |ui| {
            let shown = drawn.text.show(ui, *selected);
            let moved = select(ui, &shown, selected, drawn.view.windows.len());
            if moved && let Some(rect) = shown.selected {
                ui.scroll_to_rect(rect, None);
            }
            let selected = selected
                .zip(shown.selected)
                .filter(|(_, rect)| shown.response.has_focus() && ui.is_rect_visible(*rect));
            if let Some((index, anchor)) = shown.hovered.or(selected) {
                show_card(ui, &shown, drawn, index, anchor);
            }
        });
    }
}

/// A value and its name as one piece of text, so that lines break between facts only.
fn fact(ui: &Ui, value: &str, name: &str) -> egui::text::LayoutJob {
    let font = egui::TextStyle::Body.resolve(ui.style());
    let mut job = egui::text::LayoutJob::default();
    job.append(value, 0.0, egui::TextFormat::simple(font.clone(), ui.visuals().strong_text_color()));
    job.append(&format!(" {name}"), 0.0, egui::TextFormat::simple(font, ui.visuals().weak_text_color()));
    job
}

/// Click selects, arrow keys walk from window to window, Escape lets go. True when a key moved the selection.
fn select(ui: &Ui, shown: &Shown, selected: &mut Option<usize>, count: usize) -> bool {
    let response = &shown.response;
    if response.clicked() {
        response.request_focus();
        *selected = shown.hovered.map(|(index, _)| index);
    }
    if !response.has_focus() || count == 0 {
        return false;
    }
    let arrows = egui::EventFilter { horizontal_arrows: true, escape: true, ..Default::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    let (left, right, escape) = ui.input(|input| {
        (input.key_pressed(Key::ArrowLeft), input.key_pressed(Key::ArrowRight), input.key_pressed(Key::Escape))
    });
    if escape {
        *selected = None;
        response.surrender_focus();
    } else if right {
        *selected = Some(selected.map_or(0, |index| (index + 1).min(count - 1)));
    } else if left {
        *selected = Some(selected.map_or(0, |index| index.saturating_sub(1)));
    }
    left || right
}

fn show_card(ui: &Ui, shown: &Shown, drawn: &Drawn, index: usize, anchor: egui::Rect) {
    let Some(window) = drawn.view.windows.get(index) else {
        return;
    };
    let end = (window.byte_start + window.byte_len).min(drawn.bytes.len());
    let bytes = &drawn.bytes[window.byte_start.min(end)..end];
    let place = Place { index, count: drawn.view.windows.len() };
    let bit_ends = drawn.view.bit_ends.get(window.byte_start..window.byte_start + window.byte_len).unwrap_or_default();
    let map = BitMap::new(window, bit_ends, &drawn.view.tokens);
    egui::Tooltip::always_open(ui.ctx().clone(), ui.layer_id(), shown.response.id.with("card"), anchor)
        .gap(6.0)
        .width(540.0)
        .show(|ui| card::show(ui, window, bytes, map.as_ref(), &place));
}
