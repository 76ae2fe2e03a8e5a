//! Where the text and the M1 come from: the editor, files, drops.

use super::text::{FIRST_TEXT, Text};
use crate::app::background::{Background, Progress};
use crate::app::file_field::FileField;
use crate::app::workbench::Workbench;
use egui::{Align, Label, Layout, Panel, RichText, ScrollArea, TextEdit, Ui};
use std::sync::Arc;

/// What has changed in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Another text is there.
    Replaced,
    /// The text was edited.
    Edited,
    /// The M1 is another.
    Model,
}

/// The text, the M1, and the controls over them.
pub struct Source {
    workbench: Arc<dyn Workbench>,
    pub text: Text,
    /// Whether the editor shows.
    pub editing: bool,
    /// What the M1 is called.
    pub m1: String,
    open: FileField,
    opening: Option<Background<Result<Text, String>>>,
    m1_field: FileField,
    m1_open: bool,
    m1_loading: Option<Background<Result<String, String>>>,
    /// Why a file or an M1 was not opened.
    pub error: Option<String>,
}

impl Source {
    pub fn new(workbench: &Arc<dyn Workbench>, editing: bool) -> Self {
        Self {
            text: Text::typed(FIRST_TEXT),
            editing,
            m1: workbench.m1_description(),
            workbench: Arc::clone(workbench),
            open: FileField::new("Open", None, String::new()),
            opening: None,
            m1_field: FileField::new("M1 file", None, String::new()),
            m1_open: false,
            m1_loading: None,
            error: None,
        }
    }

    /// Looks whether files were read, models loaded or files dropped.
    pub fn poll(&mut self, ui: &Ui) -> Option<Change> {
        let dropped = ui.input(|input| input.raw.dropped_files.first().cloned());
        if let Some(file) = dropped {
            let path = file.path().to_owned();
            self.open.path = path.display().to_string();
            self.opening = Background::start(ui.ctx(), move || Text::read(&path)).ok();
        }
        let mut change = None;
        if let Some(read) = take(&mut self.opening, "Opening this file") {
            match read.and_then(|text| text) {
                Ok(text) => {
                    self.text = text;
                    self.error = None;
                    change = Some(Change::Replaced);
                }
                Err(message) => self.error = Some(message),
            }
        }
        if let Some(loaded) = take(&mut self.m1_loading, "Loading this M1") {
            match loaded.and_then(|loaded| loaded) {
                Ok(description) => {
                    self.m1 = description;
                    self.m1_open = false;
                    self.error = None;
                    change = change.or(Some(Change::Model));
                }
                Err(message) => self.error = Some(message),
            }
        }
        change
    }

    /// Draws the controls over the top of the pane.
    pub fn show(&mut self, ui: &mut Ui) -> Option<Change> {
        let frame = egui::Frame::new().inner_margin(egui::Margin { bottom: 6, ..Default::default() });
        let editing = self.editing && self.text.editor().is_some();
        let panel = match editing {
            true => Panel::top("text source").resizable(true).default_size(150.0).min_size(104.0),
            false => Panel::top("text source without editor").resizable(false),
        };
        panel
            .frame(frame)
            .show(ui, |ui| {
                if self.open.show(ui, "a file to cut, or drop one here")
                    && let Some(path) = self.open.value()
                {
                    self.opening = Background::start(ui.ctx(), move || Text::read(&path)).ok();
                }
                self.show_m1(ui);
                self.show_text(ui, editing)
            })
            .inner
    }

    fn show_m1(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            ui.label("M1");
            // From the right: a long description gives way to the buttons, not the buttons to it.
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if self.text.editor().is_some() {
                    ui.toggle_value(&mut self.editing, "Edit").on_hover_text("Shows the text in an editor");
                }
                ui.toggle_value(&mut self.m1_open, "Use another M1…");
                if self.m1_loading.is_some() || self.opening.is_some() {
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

    fn show_text(&mut self, ui: &mut Ui, editing: bool) -> Option<Change> {
        if let Some(note) = self.text.note() {
            ui.label(RichText::new(note).weak());
        }
        let Some(text) = self.text.editor() else {
            if ui.button("Type a text instead").clicked() {
                self.text = Text::typed(FIRST_TEXT);
                self.editing = true;
                return Some(Change::Replaced);
            }
            return None;
        };
        if !editing {
            return None;
        }
        let mut changed = false;
        ScrollArea::vertical().id_salt("editor").auto_shrink(false).show(ui, |ui| {
            let editor = TextEdit::multiline(text).desired_width(f32::INFINITY).min_size(ui.available_size());
            changed = ui.add(editor).accessible_name("Text").changed();
        });
        if changed {
            self.text.take_edit();
        }
        changed.then_some(Change::Edited)
    }
}

/// What a piece of background work has brought, once it is done.
fn take<T: Send + 'static>(work: &mut Option<Background<T>>, what: &str) -> Option<Result<T, String>> {
    let answer = match work.as_ref()?.poll() {
        Progress::Waiting => return None,
        Progress::Done(answer) => Ok(answer),
        Progress::Lost => Err(format!("{what} failed inside Mullion; this is a defect, please report it.")),
    };
    *work = None;
    Some(answer)
}
