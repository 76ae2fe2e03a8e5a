//! Writing a chart or a table to a file: a save dialog where the system has one, and a path field always.

use super::background::{Background, Progress};
use super::board::Board;
use super::file_field::FileField;
use super::theme;
use crate::durable;
use crate::experiment::event::Level;
use egui::{Button, Context, RichText};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Makes a file's content; runs in a worker.
pub type Content = Arc<dyn Fn() -> Result<Vec<u8>, String> + Send + Sync>;

/// Something that can be written to a file.
#[derive(Clone)]
pub struct Export {
    /// What is written, in a few words: `the chart “Bits per byte” as SVG`.
    pub what: String,
    /// A file name with its extension, to begin with.
    pub file_name: String,
    pub content: Content,
}

/// The export that is asked about, if one is.
#[derive(Default)]
pub struct Exports {
    asked: Option<Asked>,
    /// Where the last one went: the next one begins there.
    folder: Option<PathBuf>,
}

struct Asked {
    export: Export,
    path: FileField,
    writing: Option<Background<Result<PathBuf, String>>>,
    error: Option<String>,
}

impl Exports {
    /// Begins an export.
    pub fn ask(&mut self, ctx: &Context, export: Export) {
        let folder = self.folder.clone().or_else(|| std::env::current_dir().ok()).unwrap_or_default();
        let path = folder.join(&export.file_name).display().to_string();
        self.asked = Some(Asked { path: FileField::to_save("File", path), export, writing: None, error: None });
        ctx.request_repaint();
    }

    /// Asks where to, and says what came of it.
    pub fn show(&mut self, ctx: &Context, board: &mut Board) {
        let Some(asked) = &mut self.asked else {
            return;
        };
        if let Some(writing) = &asked.writing {
            match writing.poll() {
                Progress::Waiting => {}
                Progress::Done(Ok(path)) => {
                    board.say(Level::Info, format!("Wrote {} to {}.", asked.export.what, path.display()));
                    self.folder = path.parent().map(Path::to_owned);
                    self.asked = None;
                    return;
                }
                Progress::Done(Err(message)) => {
                    asked.error = Some(message);
                    asked.writing = None;
                }
                Progress::Lost => {
                    asked.error = Some(format!("Making {} failed inside Mullion.", asked.export.what));
                    asked.writing = None;
                }
            }
        }
        let modal = theme::sheet(ctx, "export").show(ctx, |ui| asked.show(ui));
        if modal.inner || modal.should_close() {
            self.asked = None;
        }
    }
}

impl Asked {
    /// Draws the question; true when it was called off.
    fn show(&mut self, ui: &mut egui::Ui) -> bool {
        let mut away = false;
        ui.set_width(560.0);
        ui.heading(format!("Export {}", self.export.what));
        let settled = self.path.show(ui, "where to write it");
        let path = self.path.value();
        let taken = path.as_deref().is_some_and(Path::exists);
        // Kept even where it is empty, so that the question does not jump.
        let note = if taken { "A file of that name is there; it will be replaced." } else { " " };
        ui.label(RichText::new(note).small().color(ui.visuals().warn_fg_color));
        if let Some(error) = &self.error {
            ui.label(RichText::new(error).color(ui.visuals().error_fg_color));
        }
        ui.horizontal(|ui| {
            let name = if taken { "Replace" } else { "Save" };
            let idle = self.writing.is_none();
            let button = ui.add_enabled(idle && path.is_some(), Button::new(RichText::new(name).strong()));
            // A dialog has asked about a file that is there; a path that was typed has not.
            if let Some(path) = path
                && idle
                && (button.clicked() || (settled && !taken))
            {
                self.begin(ui.ctx(), path);
            }
            away = ui.button("Cancel").clicked();
            if !idle {
                ui.spinner();
            }
        });
        away
    }

    fn begin(&mut self, ctx: &Context, path: PathBuf) {
        let content = Arc::clone(&self.export.content);
        self.error = None;
        let writing = Background::start(ctx, move || {
            let bytes = content()?;
            durable::replace(&path, |file| file.write_all(&bytes)).map_err(|error| error.to_string())?;
            Ok(path)
        });
        match writing {
            Ok(writing) => self.writing = Some(writing),
            Err(error) => self.error = Some(format!("The system refused a thread to write with ({error}).")),
        }
    }
}
