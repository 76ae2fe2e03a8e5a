//! Who writes, after what, and how tokens are drawn.

use crate::app::labelled;
use crate::experiment::event::RunId;
use crate::experiment::generate::{Sampling, Writer};
use crate::figure::table::short;
use egui::{Button, ComboBox, DragValue, RichText, Slider, TextEdit, Ui};

/// Most tokens that are written at once: more text than anyone scrolls through.
const LONGEST: usize = 8192;
/// Highest temperature of the slider; beyond it little is left of the model.
const HOTTEST: f64 = 2.0;
/// Least width of a list of writers, in points.
const WRITER: f32 = 160.0;
/// Width of a number that can be dragged, in points.
const NUMBER: f32 = 60.0;

/// The settings, kept between starts.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Choices {
    run: Option<RunId>,
    beside: Option<RunId>,
    pub prompt: String,
    temperature: f64,
    /// 0 is all tokens.
    top_k: usize,
    seed: u64,
    pub tokens: usize,
    /// Whether each token's text has a ground of its own.
    pub boundaries: bool,
}

impl Default for Choices {
    fn default() -> Self {
        let prompt = "It was a dark and stormy night; ".to_owned();
        Self { run: None, beside: None, prompt, temperature: 1.0, top_k: 0, seed: 1, tokens: 256, boundaries: true }
    }
}

/// What the pane is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The list of writers is being read for the first time.
    Listing,
    Idle,
    Writing,
    /// Told to stop, and not yet stopped.
    Stopping,
}

/// What a button asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    Generate(Vec<RunId>),
    Stop,
    Copy,
    Cut,
    List,
}

impl Choices {
    /// With values that a damaged or older file may have spoilt put right.
    pub fn bounded(mut self) -> Self {
        self.temperature = if self.temperature.is_finite() { self.temperature.clamp(0.0, HOTTEST) } else { 1.0 };
        self.tokens = self.tokens.clamp(1, LONGEST);
        self
    }

    pub fn sampling(&self) -> Sampling {
        let Self { temperature, top_k, seed, .. } = *self;
        Sampling { temperature, top_k: (top_k > 0).then_some(top_k), seed, ..Sampling::default() }
    }

    /// Chooses the newest experiment's first run, and its byte-level one beside it, where what was chosen is not there (any
    /// more).
    pub fn choose_from(&mut self, writers: &[Writer]) {
        let there = |run: Option<RunId>| run.filter(|run| writers.iter().any(|writer| writer.run.id == *run));
        self.beside = there(self.beside);
        if there(self.run).is_some() {
            return;
        }
        self.run = writers.first().map(|writer| writer.run.id);
        let bytes = writers.iter().find(|writer| {
            writer.run.method.as_deref() == Some("Bytes")
                && writers.first().is_some_and(|first| first.created == writer.created)
        });
        self.beside = bytes.map(|writer| writer.run.id).filter(|run| Some(*run) != self.run);
    }

    /// Draws the settings and the buttons; `text` says whether there is anything to copy.
    pub fn show(&mut self, ui: &mut Ui, writers: &[Writer], standing: Standing, text: bool) -> Option<Asked> {
        if writers.is_empty() {
            return show_empty(ui, standing);
        }
        let mut asked = None;
        ui.horizontal_wrapped(|ui| {
            let widest = ui.available_width() - labelled::width(ui, "Beside") - ui.spacing().item_spacing.x;
            let widest = widest.max(120.0);
            choose(ui, widest, "Writer", "The trained M2 that writes.", writers, &mut self.run, false);
            choose(
                ui,
                widest,
                "Beside",
                "A second M2, which writes the same prompt on after the first has ended: one over Bytes, say, to compare \
                 their speeds.",
                writers,
                &mut self.beside,
                true,
            );
        });
        let label = ui.label("Prompt").on_hover_text(
            "Text that M2 writes on. It is coded by the run's own tokenizer; what fills no whole window at its end is left \
             out, and told.",
        );
        ui.add(
            TextEdit::multiline(&mut self.prompt)
                .desired_rows(2)
                .desired_width(f32::INFINITY)
                .hint_text("Empty: M2 begins as its training rows did, in the middle of a text"),
        )
        .labelled_by(label.id);
        ui.horizontal_wrapped(|ui| self.show_sampling(ui));
        ui.horizontal_wrapped(|ui| {
            match standing {
                Standing::Writing | Standing::Stopping => {
                    let stop = Button::new(if standing == Standing::Stopping { "Stopping…" } else { "Stop writing" });
                    if ui.add_enabled(standing == Standing::Writing, stop).clicked() {
                        asked = Some(Asked::Stop);
                    }
                }
                Standing::Idle | Standing::Listing => {
                    let run = self.run.filter(|run| writers.iter().any(|writer| writer.run.id == *run));
                    let go = ui.add_enabled(run.is_some(), Button::new(RichText::new("Generate text").strong()));
                    if let Some(run) = run.filter(|_| go.clicked()) {
                        asked = Some(Asked::Generate([Some(run), self.beside].into_iter().flatten().collect()));
                    }
                }
            }
            if ui.add_enabled(text, Button::new("Copy text")).clicked() {
                asked = Some(Asked::Copy);
            }
            let cut = ui.add_enabled(text, Button::new("Cut into windows"));
            if cut.on_hover_text("Takes the first text, its prompt with it, to the Windows pane").clicked() {
                asked = Some(Asked::Cut);
            }
            ui.checkbox(&mut self.boundaries, "Token boundaries").on_hover_text(
                "Colours what each token brought. A window of several tokens is read when its last one comes.",
            );
            let look =
                ui.button("Look again").on_hover_text("Reads the list of trained runs from the store once more.");
            if look.clicked() {
                asked = Some(Asked::List);
            }
        });
        asked
    }

    fn show_sampling(&mut self, ui: &mut Ui) {
        let label = ui.label("Temperature").on_hover_text(
            "1 draws from M2's own distribution, less from a sharper one, and 0 takes the most likely token every time.",
        );
        let temperature = Slider::new(&mut self.temperature, 0.0..=HOTTEST).fixed_decimals(2).step_by(0.05);
        ui.add(temperature).labelled_by(label.id);
        labelled::make_room(ui, "Top-k", NUMBER);
        let label =
            ui.label("Top-k").on_hover_text("Draws from the so many most likely tokens only; 0 is all of them.");
        let all = |value: f64, _: std::ops::RangeInclusive<usize>| match value as usize {
            0 => "all".to_owned(),
            k => k.to_string(),
        };
        let parse = |text: &str| if text.trim() == "all" { Some(0.0) } else { text.trim().parse().ok() };
        let top_k = DragValue::new(&mut self.top_k).range(0..=65_536).custom_formatter(all).custom_parser(parse);
        ui.add(top_k).labelled_by(label.id);
        labelled::make_room(ui, "Seed", NUMBER);
        let label = ui.label("Seed").on_hover_text("The same seed writes the same text.");
        ui.add(DragValue::new(&mut self.seed)).labelled_by(label.id);
        labelled::make_room(ui, "Length", 1.6 * NUMBER);
        let label = ui.label("Length").on_hover_text("Tokens that each run writes.");
        ui.add(DragValue::new(&mut self.tokens).range(1..=LONGEST).suffix(" tokens")).labelled_by(label.id);
    }
}

/// A run and the experiment that it is of.
fn short_name(writer: &Writer) -> String {
    format!("{}  ·  {}", writer.run.label, writer.experiment)
}

/// A writer as the lists show it.
fn name(writer: &Writer) -> String {
    let Writer { run, .. } = writer;
    let bits = run.results.get("bits/byte").map(|bits| format!("  ·  {} bits/byte", short(*bits)));
    format!("{}{}", short_name(writer), bits.unwrap_or_default())
}

fn choose(
    ui: &mut Ui,
    widest: f32,
    label: &str,
    meaning: &str,
    writers: &[Writer],
    chosen: &mut Option<RunId>,
    none: bool,
) {
    let writer = chosen.and_then(|run| writers.iter().find(|writer| writer.run.id == run));
    let shown = writer.map_or_else(|| "nobody".to_owned(), short_name);
    let around = 2.0 * ui.spacing().button_padding.x + ui.spacing().icon_width + ui.spacing().icon_spacing;
    let width = (labelled::width(ui, &shown) + around).clamp(WRITER.min(widest), widest);
    labelled::make_room(ui, label, width);
    let named = ui.label(label).on_hover_text(meaning);
    let list = ComboBox::from_id_salt(label).width(width).truncate().selected_text(shown);
    let list = labelled::within(ui, width, |ui| {
        list.show_ui(ui, |ui| {
            if none {
                ui.selectable_value(chosen, None, "nobody");
            }
            for writer in writers {
                ui.selectable_value(chosen, Some(writer.run.id), name(writer));
            }
        })
    });
    let response = list.response.labelled_by(named.id);
    if let Some(writer) = writer {
        response.on_hover_text(name(writer));
    }
}

/// What to do where nothing can write yet.
fn show_empty(ui: &mut Ui, standing: Standing) -> Option<Asked> {
    if standing == Standing::Listing {
        ui.weak("Looking for trained runs…");
        return None;
    }
    ui.label(RichText::new("No trained M2 yet").heading());
    ui.label(
        "M2 writes once it has been trained: open experiments/first-light.toml in the Live pane and press Start. It takes a \
         few minutes, and its runs are here from their first checkpoint on.",
    );
    ui.button("Look again").clicked().then_some(Asked::List)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_from_a_damaged_file_are_put_right() {
        let choices = Choices { temperature: f64::NAN, tokens: 0, ..Choices::default() }.bounded();
        assert_eq!((choices.temperature, choices.tokens), (1.0, 1));
        let hot = Choices { temperature: 9.0, top_k: 0, ..Choices::default() }.bounded().sampling();
        assert_eq!((hot.temperature, hot.top_k), (HOTTEST, None));
    }
}
