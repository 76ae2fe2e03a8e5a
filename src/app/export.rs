//! Writing a chart or a table to a file: a save dialog where the system has one, and a path field always.

use super::background::{Background, Progress};
use super::board::Board;
use super::file_field::FileField;
use super::theme;
use crate::durable;
use crate::experiment::event::Level;
use egui::{Button, Context, Key, RichText, ScrollArea, vec2};
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
    writing: Option<Background<Result<PathBuf, Refused>>>,
    error: Option<String>,
    /// The file that is there already and may be replaced, if the reader says so.
    taken: Option<PathBuf>,
}

/// Why nothing was written.
enum Refused {
    /// A file of that name is there.
    Taken(PathBuf),
    Failed(String),
}

/// Height of what is said below the path, so that nothing jumps when something is.
const NOTE: f32 = 38.0;

impl Exports {
    /// Begins an export.
    pub fn ask(&mut self, ctx: &Context, export: Export) {
        let folder = self.folder.clone().or_else(|| std::env::current_dir().ok()).unwrap_or_default();
        let mut path = FileField::to_save("File", folder.join(&export.file_name).display().to_string());
        path.focus();
        self.asked = Some(Asked { path, export, writing: None, error: None, taken: None });
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
                Progress::Done(Err(refused)) => {
                    match refused {
                        Refused::Taken(path) => asked.taken = Some(path),
                        Refused::Failed(message) => asked.error = Some(message),
                    }
                    asked.writing = None;
                    asked.path.focus();
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
        let entered = settled && ui.input(|input| input.key_pressed(Key::Enter));
        let path = self.path.value();
        if self.taken.is_some() && self.taken != path {
            self.taken = None;
        }
        ui.allocate_ui(vec2(ui.available_width(), NOTE), |ui| {
            ui.set_min_height(NOTE);
            self.show_note(ui);
        });
        ui.horizontal(|ui| {
            let idle = self.writing.is_none();
            let name = if self.taken.is_some() { "Replace" } else { "Save" };
            let button = Button::new(RichText::new(name).strong()).min_size(vec2(84.0, 0.0));
            let button = ui.add_enabled(idle && path.is_some(), button);
            if let Some(path) = path.filter(|_| idle) {
                // A dialog has asked about a file that is there; a path that was typed has not. Enter alone replaces nothing.
                let replaces = button.clicked() && self.taken.is_some() || settled && !entered;
                if button.clicked() || settled {
                    self.begin(ui.ctx(), path, replaces);
                }
            }
            away = ui.button("Cancel").clicked();
            if !idle {
                ui.spinner();
            }
        });
        away
    }

    /// What keeps it from being written, if anything does.
    fn show_note(&self, ui: &mut egui::Ui) {
        let (text, color) = match (&self.error, &self.taken) {
            (Some(error), _) => (error.clone(), ui.visuals().error_fg_color),
            (None, Some(path)) => {
                let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
                let text = format!("{name} is there already. Replace it, or type another name.");
                (text, ui.visuals().warn_fg_color)
            }
            (None, None) => return,
        };
        ScrollArea::vertical().id_salt("export note").max_height(NOTE).show(ui, |ui| {
            ui.label(RichText::new(text).color(color));
        });
    }

    fn begin(&mut self, ctx: &Context, path: PathBuf, replaces: bool) {
        let content = Arc::clone(&self.export.content);
        (self.error, self.taken) = (None, None);
        let writing = Background::start(ctx, move || {
            if !replaces && path.is_file() {
                return Err(Refused::Taken(path));
            }
            let bytes = content().map_err(Refused::Failed)?;
            durable::replace(&path, |file| file.write_all(&bytes))
                .map_err(|error| Refused::Failed(error.to_string()))?;
            Ok(path)
        });
        match writing {
            Ok(writing) => self.writing = Some(writing),
            Err(error) => self.error = Some(format!("The system refused a thread to write with ({error}).")),
        }
    }
}
