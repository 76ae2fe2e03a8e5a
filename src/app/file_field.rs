//! A path that can be typed or chosen.
//!
//! The dialog runs in a thread of its own: it may stay open for minutes, and the window goes on. Where no dialog
//! service runs (a bare X server, a container) the field alone does all, and says so.

use super::background::{Background, Progress};
use egui::{Context, Key, TextEdit, Ui};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A dialog that is gone this soon was never seen by anybody: no service shows one.
const NEVER_SHOWN: Duration = Duration::from_millis(700);

const NO_DIALOG: &str =
    "No file dialog service answered (xdg-desktop-portal or zenity): type the path here and press Enter.";

const BROWSE: &str = "Browse…";

/// A filter for the dialog: a name and file extensions.
pub type Filter = (&'static str, &'static [&'static str]);

/// The field's state.
pub struct FileField {
    /// Names the field on screen and for assistive technology.
    label: &'static str,
    filter: Option<Filter>,
    /// Whether the path is one to write to, which need not be there yet.
    saves: bool,
    /// What stands in the field.
    pub path: String,
    dialog: Option<(Instant, Background<Option<PathBuf>>)>,
    note: Option<&'static str>,
    /// Whether it takes the focus when it is next drawn.
    focus: bool,
}

impl FileField {
    pub fn new(label: &'static str, filter: Option<Filter>, path: String) -> Self {
        Self { label, filter, saves: false, path, dialog: None, note: None, focus: false }
    }

    /// A path to write to.
    pub fn to_save(label: &'static str, path: String) -> Self {
        Self { saves: true, ..Self::new(label, None, path) }
    }

    /// Has the field take the focus.
    pub fn focus(&mut self) {
        self.focus = true;
    }

    /// Draws label, field and button over the width that is left. True when a path was settled: Enter was pressed in the
    /// field, or a file was chosen in the dialog.
    pub fn show(&mut self, ui: &mut Ui, hint: &str) -> bool {
        let mut settled = self.poll();
        ui.horizontal(|ui| {
            let label = ui.label(self.label);
            let width = ui.available_width() - button_width(ui, BROWSE) - ui.spacing().item_spacing.x;
            let field = TextEdit::singleline(&mut self.path).hint_text(hint).desired_width(width.max(80.0));
            let response = ui.add(field).labelled_by(label.id);
            if std::mem::take(&mut self.focus) {
                response.request_focus();
            }
            settled |= response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let button = egui::Button::new(BROWSE);
            let browse = ui.add_enabled(self.dialog.is_none(), button).on_hover_text("Choose a file in a dialog");
            if browse.clicked() {
                self.open_dialog(ui.ctx());
            }
        });
        if let Some(note) = self.note {
            ui.label(egui::RichText::new(note).small().color(ui.visuals().warn_fg_color));
        }
        settled
    }

    /// What stands in the field, as a path; none when it is blank.
    pub fn value(&self) -> Option<PathBuf> {
        let trimmed = self.path.trim();
        (!trimmed.is_empty()).then(|| PathBuf::from(trimmed))
    }

    fn open_dialog(&mut self, ctx: &Context) {
        let mut dialog = rfd::FileDialog::new().set_title(self.label);
        if let Some((name, extensions)) = self.filter {
            dialog = dialog.add_filter(name, extensions).add_filter("All files", &["*"]);
        }
        if let Some(folder) = self.value().as_deref().and_then(std::path::Path::parent)
            && folder.is_dir()
        {
            dialog = dialog.set_directory(folder);
        }
        let saves = self.saves;
        if let Some(name) = self.value().as_deref().and_then(std::path::Path::file_name).filter(|_| saves) {
            dialog = dialog.set_file_name(name.to_string_lossy());
        }
        match Background::start(ctx, move || if saves { dialog.save_file() } else { dialog.pick_file() }) {
            Ok(answer) => {
                self.note = None;
                self.dialog = Some((Instant::now(), answer));
            }
            Err(_) => self.note = Some(NO_DIALOG),
        }
    }

    fn poll(&mut self) -> bool {
        let Some((opened, answer)) = &self.dialog else {
            return false;
        };
        let chosen = match answer.poll() {
            Progress::Waiting => return false,
            Progress::Done(chosen) => chosen,
            Progress::Lost => None,
        };
        if chosen.is_none() && opened.elapsed() < NEVER_SHOWN {
            self.note = Some(NO_DIALOG);
        }
        self.dialog = None;
        match chosen {
            Some(path) => {
                self.path = path.display().to_string();
                true
            }
            None => false,
        }
    }
}

fn button_width(ui: &Ui, text: &str) -> f32 {
    let font = egui::TextStyle::Button.resolve(ui.style());
    let text = ui.painter().layout_no_wrap(text.to_owned(), font, egui::Color32::PLACEHOLDER);
    text.size().x + 2.0 * ui.spacing().button_padding.x
}
