//! What one writer has written, as it comes: each token's text on a ground of its own.

use crate::app::format;
use crate::app::theme;
use crate::app::visible::FlowedText;
use crate::experiment::generate::{Began, Chunk, Figures, Fragment, Writer};
use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, FontId, Galley, Label, RichText, ScrollArea, Ui};
use std::sync::Arc;

const TEXT_SIZE: f32 = 14.0;
const CHIP_SIZE: f32 = 10.5;
const LINE_HEIGHT: f32 = 21.0;

/// One writer's text.
pub struct Page {
    writer: Option<Writer>,
    pub began: Option<Began>,
    pub figures: Figures,
    opening: bool,
    stretches: Vec<Stretch>,
    layout: Option<LaidOut>,
}

/// Text up to a mark.
#[derive(Default)]
struct Stretch {
    bytes: Vec<u8>,
    /// Where the tokens' texts end in the bytes.
    ends: Vec<usize>,
    /// What stands after the bytes, in words.
    mark: Option<&'static str>,
}

/// A layout and what it depends on besides the text.
struct LaidOut {
    width: f32,
    dark: bool,
    boundaries: bool,
    /// Shared by egui until it rebuilds its glyph atlas; a galley from before then would show the wrong glyphs.
    probe: Arc<Galley>,
    galley: Arc<Galley>,
}

impl Page {
    pub fn new(writer: Option<Writer>) -> Self {
        let figures = Figures::default();
        Self { writer, began: None, figures, opening: false, stretches: Vec::new(), layout: None }
    }

    /// The writer is being opened.
    pub fn open(&mut self) {
        self.opening = true;
    }

    pub fn begin(&mut self, began: Began) {
        self.began = Some(began);
        self.layout = None;
    }

    pub fn write(&mut self, chunk: Chunk) {
        self.figures = chunk.figures;
        self.layout = None;
        for fragment in chunk.tokens.iter().flat_map(|written| &written.text) {
            if self.stretches.last().is_none_or(|stretch| stretch.mark.is_some()) {
                self.stretches.push(Stretch::default());
            }
            let Some(stretch) = self.stretches.last_mut() else { continue };
            match fragment {
                Fragment::Bytes(bytes) => {
                    stretch.bytes.extend(bytes);
                    stretch.ends.push(stretch.bytes.len());
                }
                Fragment::EndOfDocument => stretch.mark = Some("end of document"),
                Fragment::NoText => stretch.mark = Some("no text"),
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.began.is_none()
    }

    /// Prompt and text; what is no character as chips are.
    pub fn text(&self) -> String {
        let plain = |bytes: &[u8]| FlowedText::new(bytes, &[bytes.len()], |_| true).text;
        let mut text = self.began.as_ref().map(|began| plain(&began.prompt)).unwrap_or_default();
        for stretch in &self.stretches {
            text.push_str(&plain(&stretch.bytes));
            if let Some(mark) = stretch.mark {
                text.push_str(&format!("⟨{mark}⟩\n"));
            }
        }
        text
    }

    /// Prompt and text, byte by byte. Documents end as they do in a text file: with a line.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.began.as_ref().map(|began| began.prompt.clone()).unwrap_or_default();
        for stretch in &self.stretches {
            bytes.extend(&stretch.bytes);
            if stretch.mark.is_some() && bytes.last().is_some_and(|last| *last != b'\n') {
                bytes.push(b'\n');
            }
        }
        bytes
    }

    /// Draws its heading and its text, `height` points together.
    pub fn show(&mut self, ui: &mut Ui, side: usize, height: f32, boundaries: bool) {
        let top = ui.cursor().top();
        let label = match (&self.began, &self.writer) {
            (Some(began), _) => began.run.label.clone(),
            (None, Some(writer)) => writer.run.label.clone(),
            (None, None) => String::new(),
        };
        ui.label(RichText::new(label).strong().color(theme::run_color(side, ui.visuals())));
        match &self.began {
            None if self.opening => {
                ui.horizontal(|ui| {
                    ui.spinner();
                    ui.weak("Reading its checkpoint and M1…");
                });
            }
            None => drop(ui.weak("Waits for its turn.")),
            Some(began) => self.show_heading(ui, began),
        }
        let left = (height - (ui.cursor().top() - top)).max(60.0);
        let galley = self.laid_out(ui, boundaries);
        ScrollArea::vertical()
            .id_salt(("written", side))
            .max_height(left)
            .stick_to_bottom(true)
            .auto_shrink(false)
            .show(ui, |ui| {
                if !galley.is_empty() {
                    ui.add(Label::new(galley).selectable(true));
                }
            });
    }

    fn show_heading(&self, ui: &mut Ui, began: &Began) {
        let rate = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), format::rate);
        let bytes = self.figures.bytes_per_second();
        let tokens =
            bytes.zip(self.figures.bytes_per_token()).map(|(bytes, each)| bytes / each).filter(|rate| rate.is_finite());
        let speeds = format!("{} tokens/s  ·  {} bytes/s", rate(tokens), rate(bytes));
        ui.label(RichText::new(speeds).monospace()).on_hover_text(
            "Tokens written and bytes of text read a second, by M2 and tokenizer together. Two runs write one after the \
             other, so that each has all cores.",
        );
        let alone = format!("without the tokenizer's time: {} tokens/s", rate(self.figures.steps_per_second()));
        ui.label(RichText::new(alone).small().weak()).on_hover_text("Steps of M2 alone, each of which writes a token.");
        ui.label(
            RichText::new(format!(
                "M2 {} after {} steps, context {} tokens",
                began.run.size,
                format::count(began.step),
                began.context
            ))
            .small()
            .weak(),
        )
        .on_hover_text(format!(
            "Run {} of {}. M2 was trained on rows of {} tokens: when it has written so many, it begins again after the last \
             half of them.",
            began.run.id.0, began.experiment, began.context
        ));
        if !began.left_out.is_empty() {
            let shown = crate::app::visible::quoted(&began.left_out);
            let note =
                format!("The prompt's last {} bytes fill no window and are left out: {shown}", began.left_out.len());
            ui.label(RichText::new(note).small().weak());
        }
        for note in &began.notes {
            ui.label(RichText::new(note).small().color(ui.visuals().warn_fg_color));
        }
    }

    fn laid_out(&mut self, ui: &Ui, boundaries: bool) -> Arc<Galley> {
        let (width, dark) = (ui.available_width() - 10.0, ui.visuals().dark_mode);
        let font = FontId::monospace(TEXT_SIZE);
        let probe = ui.ctx().fonts_mut(|fonts| fonts.layout_no_wrap("Mullion".to_owned(), font, Color32::PLACEHOLDER));
        if let Some(known) = &self.layout
            && (known.width, known.dark, known.boundaries) == (width, dark, boundaries)
            && Arc::ptr_eq(&known.probe, &probe)
        {
            return Arc::clone(&known.galley);
        }
        let job = self.job(ui, width, boundaries);
        let galley = ui.ctx().fonts_mut(|fonts| fonts.layout_job(job));
        self.layout = Some(LaidOut { width, dark, boundaries, probe, galley: Arc::clone(&galley) });
        galley
    }

    fn job(&self, ui: &Ui, width: f32, boundaries: bool) -> LayoutJob {
        let visuals = ui.visuals();
        let format = |size: f32, color: Color32| TextFormat {
            font_id: FontId::monospace(size),
            color,
            line_height: Some(LINE_HEIGHT),
            valign: egui::Align::Center,
            ..Default::default()
        };
        let written = format(TEXT_SIZE, theme::reading_text(visuals));
        let chip = TextFormat { background: visuals.code_bg_color, ..format(CHIP_SIZE, theme::reading_text(visuals)) };
        let prompt = format(TEXT_SIZE, visuals.weak_text_color());
        let mut job = LayoutJob::default();
        job.wrap.max_width = width.max(40.0);
        let font = FontId::monospace(TEXT_SIZE);
        let visible = |bytes: &[u8], ends: &[usize]| {
            ui.ctx().fonts_mut(|fonts| FlowedText::new(bytes, ends, |character| fonts.has_glyph(&font, character)))
        };
        if let Some(began) = &self.began {
            let text = visible(&began.prompt, &[began.prompt.len()]);
            job.append(&text.text, 0.0, prompt.clone());
        }
        let mut tokens = 0;
        for stretch in &self.stretches {
            let whole = [stretch.bytes.len()];
            let text = visible(&stretch.bytes, if boundaries { &stretch.ends } else { &whole });
            for run in &text.runs {
                let mut format = if run.chip { chip.clone() } else { written.clone() };
                if boundaries {
                    format.background = theme::window_fill(tokens + run.window, visuals);
                }
                let space = if run.chip { 2.0 } else { 0.0 };
                job.append(&text.text[run.text.clone()], space, format);
            }
            tokens += stretch.ends.len();
            if let Some(mark) = stretch.mark {
                job.append(mark, 4.0, TextFormat { color: visuals.weak_text_color(), ..chip.clone() });
                job.append("\n", 0.0, written.clone());
            }
        }
        job
    }
}
