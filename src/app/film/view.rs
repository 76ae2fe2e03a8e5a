//! A frame's text in its windows, with the boundaries that moved since the frame before.
//!
//! Laid out once per frame, width and theme; a film of few kilobytes takes milliseconds.

use crate::app::theme;
use crate::app::visible::FlowedText;
use egui::epaint::text::cursor::CCursor;
use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, Context, FontId, Galley, Sense, Stroke, Ui, vec2};
use std::collections::BTreeSet;
use std::sync::Arc;

const LINE_HEIGHT: f32 = 22.0;
const TEXT_SIZE: f32 = 14.0;
const CHIP_SIZE: f32 = 10.5;

/// A galley and what it depends on besides the text.
struct LaidOut {
    width: f32,
    dark: bool,
    /// A word laid out at the same time: egui shares it between frames until it rebuilds its glyphs, and a galley from before
    /// would show the wrong ones.
    probe: Arc<Galley>,
    galley: Arc<Galley>,
}

/// One frame, ready to be drawn.
pub struct FrameView {
    visible: FlowedText,
    windows: usize,
    /// Characters of the laid out text that a window begins at where none did in the frame before.
    moved: Vec<usize>,
    layout: Option<LaidOut>,
}

impl FrameView {
    /// `ends` has the byte position after each window, `before` those of the frame before.
    pub fn new(ctx: &Context, bytes: &[u8], ends: &[usize], before: Option<&[usize]>) -> Self {
        let font = FontId::monospace(TEXT_SIZE);
        let visible =
            ctx.fonts_mut(|fonts| FlowedText::new(bytes, ends, |character| fonts.has_glyph(&font, character)));
        let known: BTreeSet<usize> = before.into_iter().flatten().copied().collect();
        let fresh: BTreeSet<usize> = match before {
            Some(_) => {
                ends.iter().enumerate().filter(|(_, end)| !known.contains(end)).map(|(window, _)| window).collect()
            }
            None => BTreeSet::new(),
        };
        let last = ends.len().saturating_sub(1);
        let moved = visible.runs.chunk_by(|a, b| a.window == b.window).filter_map(|runs| {
            let run = runs.last()?;
            (run.window < last && fresh.contains(&run.window)).then_some(run.chars.end)
        });
        Self { moved: moved.collect(), windows: ends.len(), visible, layout: None }
    }

    /// How many boundaries were not there in the frame before.
    pub fn moved(&self) -> usize {
        self.moved.len()
    }

    /// Draws it over the whole width; the height follows.
    pub fn show(&mut self, ui: &mut Ui) {
        let galley = self.laid_out(ui);
        let size = vec2(ui.available_width(), galley.size().y.max(LINE_HEIGHT));
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let (windows, moved) = (self.windows, self.moved.len());
        response.widget_info(|| {
            let label = format!("Text in {windows} windows, {moved} boundaries moved");
            egui::WidgetInfo::labeled(egui::Role::Document, true, label)
        });
        let painter = ui.painter_at(rect.intersect(ui.clip_rect()));
        painter.galley(rect.min, Arc::clone(&galley), theme::reading_text(ui.visuals()));
        let stroke = Stroke::new(2.0, theme::accent(ui.visuals()));
        for &character in &self.moved {
            let place = galley.pos_from_cursor(CCursor::new(character)).translate(rect.min.to_vec2());
            if ui.clip_rect().intersects(place) {
                painter.vline(place.left() - 1.0, place.top() + 1.0..=place.bottom() - 1.0, stroke);
            }
        }
    }

    fn laid_out(&mut self, ui: &Ui) -> Arc<Galley> {
        let (width, dark) = (ui.available_width(), ui.visuals().dark_mode);
        let font = FontId::monospace(TEXT_SIZE);
        let probe = ui.ctx().fonts_mut(|fonts| fonts.layout_no_wrap("Mullion".to_owned(), font, Color32::PLACEHOLDER));
        let layout = match self.layout.take() {
            Some(known) if known.width == width && known.dark == dark && Arc::ptr_eq(&known.probe, &probe) => known,
            _ => {
                let job = self.job(ui.visuals(), width);
                LaidOut { width, dark, probe, galley: ui.ctx().fonts_mut(|fonts| fonts.layout_job(job)) }
            }
        };
        Arc::clone(&self.layout.insert(layout).galley)
    }

    fn job(&self, visuals: &egui::Visuals, width: f32) -> LayoutJob {
        let mut job = LayoutJob::default();
        job.wrap.max_width = width.max(40.0);
        let mut window = None;
        for run in &self.visible.runs {
            let chip = run.chip;
            let format = TextFormat {
                font_id: FontId::monospace(if chip { CHIP_SIZE } else { TEXT_SIZE }),
                color: theme::reading_text(visuals),
                background: theme::window_fill(run.window, visuals),
                line_height: Some(LINE_HEIGHT),
                valign: egui::Align::Center,
                ..Default::default()
            };
            let apart = window.is_some_and(|before| before != run.window);
            job.append(&self.visible.text[run.text.clone()], if apart { 3.0 } else { 0.0 }, format);
            window = Some(run.window);
        }
        job
    }
}
