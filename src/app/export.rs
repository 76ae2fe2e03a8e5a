//! Writing a chart or a table to a file: a save dialog where the system has one, and a path field always.

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

/// What is being exported.
#[derive(Default)]
pub struct Exports {
    asked: Option<Export>,
}

impl Exports {
    /// Begins an export.
    pub fn ask(&mut self, ctx: &egui::Context, export: Export) {
        self.asked = Some(export);
        ctx.request_repaint();
    }
}
