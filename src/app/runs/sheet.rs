//! Sheets that ask: a name, a note, tags, and whether the bin may be emptied.

use super::worker::Ask;
use crate::app::format;
use crate::app::theme;
use crate::experiment::event::ExperimentId;
use egui::text::{CCursor, CCursorRange};
use egui::{Button, Context, Key, RichText, ScrollArea, TextEdit, Ui};

/// What is asked, with what stands in the field.
pub enum Asked {
    Title(ExperimentId, String),
    Note(ExperimentId, String),
    Tags(ExperimentId, String),
    /// How many experiments are in the bin.
    EmptyBin(usize),
    /// Something was refused, and why.
    Failed(String),
}

/// A sheet that is open.
pub struct Sheet {
    asked: Asked,
    /// What stood in the field at first.
    before: String,
    /// Whether it is drawn for the first time: then the field takes the focus.
    fresh: bool,
    /// Whether what was typed was about to be lost.
    warned: bool,
}

/// What the reader has answered.
pub enum Answer {
    Open,
    Cancel,
    Do(Ask),
}

impl Asked {
    /// What stands in the field, if there is one.
    fn text(&self) -> &str {
        match self {
            Self::Title(_, text) | Self::Note(_, text) | Self::Tags(_, text) => text,
            Self::EmptyBin(_) | Self::Failed(_) => "",
        }
    }
}

impl Sheet {
    pub fn new(asked: Asked) -> Self {
        Self { before: asked.text().to_owned(), asked, fresh: true, warned: false }
    }

    pub fn show(&mut self, ctx: &Context) -> Answer {
        let mut answer = Answer::Open;
        let modal = theme::sheet(ctx, "runs sheet").show(ctx, |ui| {
            ui.set_width(380.0_f32.min(ui.ctx().content_rect().width() - 60.0));
            if let Some(given) = self.asked.contents(ui, self.fresh) {
                answer = given;
            }
            if self.warned {
                let warning = "What was typed is not kept yet: keep it, or cancel.";
                ui.label(RichText::new(warning).color(ui.visuals().warn_fg_color));
            }
        });
        self.fresh = false;
        // A click beside the sheet is easily made; nothing that was typed is lost by it.
        if modal.should_close() && matches!(answer, Answer::Open) {
            self.warned = self.asked.text() != self.before;
            if !self.warned {
                answer = Answer::Cancel;
            }
        }
        answer
    }
}

impl Asked {
    fn contents(&mut self, ui: &mut Ui, fresh: bool) -> Option<Answer> {
        match self {
            Self::Title(id, text) => {
                let done = field(ui, "New name", "What it is called in lists; its folder keeps the first name.", text, fresh);
                let ready = !text.trim().is_empty();
                buttons(ui, "Rename", ready, done).map(|said| said.then(|| Ask::Title(*id, text.clone())))
            }
            Self::Tags(id, text) => {
                let done = field(ui, "Tags", "Words with spaces between them; find them with tag:word.", text, fresh);
                buttons(ui, "Set tags", true, done).map(|said| said.then(|| Ask::Tags(*id, text.clone())))
            }
            Self::Note(id, text) => {
                let label = ui.heading("Note");
                ScrollArea::vertical().max_height(200.0).show(ui, |ui| {
                    let edit = TextEdit::multiline(text).desired_rows(5).desired_width(f32::INFINITY);
                    let response = ui.add(edit).labelled_by(label.id);
                    if fresh {
                        response.request_focus();
                    }
                });
                buttons(ui, "Keep note", true, false).map(|said| said.then(|| Ask::Note(*id, text.clone())))
            }
            Self::EmptyBin(count) => {
                ui.heading("Empty the bin?");
                ui.label(format!(
                    "{} with folders, checkpoints and all that was measured will be removed for good. This cannot be undone.",
                    format::counted(*count as u64, "experiment")
                ));
                buttons(ui, "Remove for good", true, false).map(|said| said.then_some(Ask::EmptyBin))
            }
            Self::Failed(text) => {
                ui.heading("That was not done");
                ui.label(text.as_str());
                ui.add_space(8.0);
                ui.button("Close").clicked().then_some(None)
            }
        }
        .map(|ask| ask.map_or(Answer::Cancel, Answer::Do))
    }
}

/// A heading and a line to write in; true when Enter was pressed. At first all that stands in it is selected.
fn field(ui: &mut Ui, heading: &str, hint: &str, text: &mut String, fresh: bool) -> bool {
    let label = ui.heading(heading);
    ui.weak(hint);
    let mut output = TextEdit::singleline(text).desired_width(f32::INFINITY).show(ui);
    let response = output.response.response.labelled_by(label.id);
    if fresh {
        let all = CCursorRange::two(CCursor::new(0), CCursor::new(text.chars().count()));
        output.state.cursor.set_char_range(Some(all));
        output.state.store(ui.ctx(), response.id);
        response.request_focus();
    }
    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

/// Some once answered: whether to do it.
fn buttons(ui: &mut Ui, what: &str, ready: bool, entered: bool) -> Option<bool> {
    ui.add_space(8.0);
    let mut said = (entered && ready).then_some(true);
    ui.horizontal(|ui| {
        if ui.add_enabled(ready, Button::new(RichText::new(what).strong())).clicked() {
            said = Some(true);
        }
        if ui.button("Cancel").clicked() {
            said = Some(false);
        }
    });
    said
}
