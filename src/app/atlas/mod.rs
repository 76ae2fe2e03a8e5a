//! The Atlas pane: every code of short windows as a map, coloured by what is known of it.

mod card;
mod controls;
mod map;

use crate::app::board::Board;
use crate::app::errand::{Errand, GoOn, Outcome};
use crate::app::file_field::FileField;
use crate::app::format;
use crate::app::workbench::{CodeFigures, Counted, Workbench};
use crate::experiment::event::RunId;
use crate::experiment::token_accuracy::{ScoredRun, TokenAccuracy};
use crate::figure::heat_map::{Grid, HeatMap, Order, Quantity};
use crate::tokenizer::Atlas;
use crate::tokenizer::atlas::{ATLAS_BITS, CodeCounts, Summary, method_of, read_text};
use egui::{Context, Label, RichText, ScrollArea, Ui, vec2};
use map::{CodeMap, Outlined, SCALE_HEIGHT, show_scale};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// From this width on, the card stands beside the map.
const BESIDE: f32 = 540.0;
/// Width of the card beside the map, at the least.
const CARD: f32 = 236.0;
/// Height of the line under the map.
const READOUT: f32 = 36.0;

/// What is kept between starts.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Kept {
    pub bits: u16,
    pub quantity: Quantity,
    pub order: Order,
    /// An M1's file, or its name; the window's own where it is blank.
    pub m1: String,
    /// What is counted, where that is a file.
    pub counted: String,
}

impl Default for Kept {
    fn default() -> Self {
        Self { bits: 16, quantity: Quantity::Bytes, order: Order::Rows, m1: String::new(), counted: String::new() }
    }
}

/// Which text is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Text {
    Corpus,
    File,
    Typed,
}

/// An atlas that was made.
struct Built {
    atlas: Arc<Atlas>,
    summary: Summary,
    /// The M1 that the window had then, in words.
    window_m1: String,
    map: CodeMap,
}

/// What the search found.
#[derive(Default)]
struct Search {
    text: String,
    /// Codes whose text begins so.
    found: Range<u32>,
    note: Option<String>,
}

type Making = Errand<Result<(Arc<Atlas>, Summary), String>>;

/// Data, with what they are of in words: both come together, or neither does.
struct Of<T> {
    data: T,
    source: String,
}

/// The pane.
pub struct AtlasPane {
    workbench: Arc<dyn Workbench>,
    bits: u16,
    quantity: Quantity,
    order: Order,
    m1: FileField,
    built: Option<Built>,
    figures: Arc<CodeFigures>,
    /// What was counted, and whose accuracy it is, in words.
    counted_of: String,
    accuracy_of: String,
    making: Option<Making>,
    counting: Option<Errand<Result<Of<CodeCounts>, String>>>,
    listing: Option<Errand<Result<Vec<ScoredRun>, String>>>,
    scoring: Option<Errand<Result<Of<TokenAccuracy>, String>>>,
    text: Text,
    count_file: FileField,
    typed: String,
    runs: Option<Vec<ScoredRun>>,
    run: Option<RunId>,
    selected: Option<u32>,
    search: Search,
    /// Why the last request has no answer. What showed before stays.
    error: Option<String>,
    /// Whether it was ever looked at: nothing is computed before.
    opened: bool,
}

impl AtlasPane {
    pub fn new(_ctx: &Context, workbench: &Arc<dyn Workbench>, kept: &Kept) -> Self {
        Self {
            workbench: Arc::clone(workbench),
            bits: kept.bits.clamp(*ATLAS_BITS.start(), *ATLAS_BITS.end()),
            // The others need a text or a run, which a new start does not have.
            quantity: if kept.quantity == Quantity::Cost { Quantity::Cost } else { Quantity::Bytes },
            order: kept.order,
            m1: FileField::new("M1", Some(("frozen M1", &["m1"])), kept.m1.clone()),
            built: None,
            figures: Arc::default(),
            counted_of: String::new(),
            accuracy_of: String::new(),
            making: None,
            counting: None,
            listing: None,
            scoring: None,
            text: Text::Corpus,
            count_file: FileField::new("Text to count", None, kept.counted.clone()),
            typed: String::new(),
            runs: None,
            run: None,
            selected: None,
            search: Search::default(),
            error: None,
            opened: false,
        }
    }

    pub fn kept(&self) -> Kept {
        Kept {
            bits: self.bits,
            quantity: self.quantity,
            order: self.order,
            m1: self.m1.path.clone(),
            counted: self.count_file.path.clone(),
        }
    }

    pub fn show(&mut self, ui: &mut Ui, board: &mut Board) {
        if !self.opened {
            self.opened = true;
            self.make(ui.ctx(), board);
        }
        self.poll(ui.ctx(), board);
        self.show_controls(ui, board);
        if let Some(error) = &self.error {
            ui.label(RichText::new(error).color(ui.visuals().error_fg_color));
        }
        if let Some(making) = &self.making {
            making.show(ui);
        }
        if let Some(counting) = &self.counting {
            counting.show(ui);
        }
        match &self.built {
            None if self.making.is_none() => {
                ui.label("There is no atlas yet: it takes a second or two to run M1 for every window there is.");
                if ui.button("Map all codes").clicked() {
                    self.make(ui.ctx(), board);
                }
            }
            None => {}
            Some(built) => {
                show_summary(ui, built, &self.figures);
                ui.add_space(2.0);
                self.show_map_and_card(ui);
            }
        }
    }

    /// Makes the atlas anew.
    fn make(&mut self, ctx: &Context, board: &Board) {
        let (workbench, bits, m1) = (Arc::clone(&self.workbench), self.bits, self.m1.value());
        self.error = None;
        let making = Errand::start(ctx, &board.works, "Mapping all codes", move |go_on, _| {
            let atlas = workbench.atlas(bits, m1.as_deref(), go_on)?;
            let summary = atlas.summary();
            Ok((atlas, summary))
        });
        keep(making, &mut self.making, &mut self.error);
    }

    /// Counts the text that is chosen.
    fn count(&mut self, ctx: &Context, board: &Board) {
        let Some(built) = &self.built else { return };
        let text = match self.text {
            Text::Corpus => Counted::Corpus,
            Text::Typed => Counted::Text(self.typed.as_bytes().into()),
            Text::File => match self.count_file.value() {
                Some(path) => Counted::Path(path),
                None => {
                    self.error = Some("Name a file or a folder of text to count the codes of.".to_owned());
                    return;
                }
            },
        };
        let source = match &text {
            Counted::Corpus => "the built-in corpus".to_owned(),
            Counted::Path(path) => path.display().to_string(),
            Counted::Text(_) => "the typed text".to_owned(),
        };
        self.error = None;
        let (workbench, atlas) = (Arc::clone(&self.workbench), Arc::clone(&built.atlas));
        let work = move |go_on: GoOn<'_>, _: &_| Ok(Of { data: workbench.count(&atlas, &text, go_on)?, source });
        keep(Errand::start(ctx, &board.works, "Counting codes", work), &mut self.counting, &mut self.error);
    }

    /// Looks for runs whose accuracy by token is known.
    fn list(&mut self, ctx: &Context, board: &Board) {
        let bits = self.built.as_ref().map_or(self.bits, |built| built.atlas.bits());
        let workbench = Arc::clone(&self.workbench);
        let work = move |_: GoOn<'_>, _: &_| {
            let method = method_of(bits).map_err(|error| error.to_string())?;
            workbench.scored_runs(&method.to_string())
        };
        keep(Errand::start(ctx, &board.works, "Looking for runs", work), &mut self.listing, &mut self.error);
    }

    /// Reads the accuracy of the run that is chosen.
    fn score(&mut self, ctx: &Context, board: &Board) {
        let runs = self.runs.iter().flatten();
        let Some(run) = runs.clone().find(|scored| Some(scored.run.id) == self.run).cloned() else { return };
        let source = format!("{}, {}", run.experiment, run.run.label);
        self.error = None;
        let workbench = Arc::clone(&self.workbench);
        let work = move |_: GoOn<'_>, _: &_| Ok(Of { data: workbench.token_accuracy(&run)?, source });
        keep(Errand::start(ctx, &board.works, "Reading a run's accuracy", work), &mut self.scoring, &mut self.error);
    }

    fn poll(&mut self, ctx: &Context, board: &Board) {
        if let Some(answer) = take(&mut self.making, &mut self.error)
            && self.take_atlas(answer.0, answer.1)
        {
            self.find_figures(ctx, board);
        }
        if let Some(Of { data, source }) = take(&mut self.counting, &mut self.error) {
            Arc::make_mut(&mut self.figures).counts = Some(data);
            self.counted_of = source;
            self.recolour();
        }
        if let Some(runs) = take(&mut self.listing, &mut self.error) {
            self.runs = Some(runs);
        }
        if let Some(Of { data, source }) = take(&mut self.scoring, &mut self.error) {
            let fits = self.built.as_ref().map_or(Ok(()), |built| CodeFigures::fit(&data, &built.atlas));
            match fits {
                Ok(()) => {
                    Arc::make_mut(&mut self.figures).accuracy = Some(data);
                    self.accuracy_of = source;
                }
                Err(error) => self.error = Some(error),
            }
            self.recolour();
        }
    }

    /// What the map is coloured by, where a text or a run has to be asked for it and nobody has yet.
    fn find_figures(&mut self, ctx: &Context, board: &Board) {
        if self.quantity == Quantity::Accuracy && self.runs.is_none() {
            self.list(ctx, board);
        }
        if self.quantity == Quantity::Seen && self.figures.counts.is_none() && self.counting.is_none() {
            self.count(ctx, board);
        }
    }

    /// Shows an atlas; says whether its codes are others than those that showed before.
    fn take_atlas(&mut self, atlas: Arc<Atlas>, summary: Summary) -> bool {
        let same = |built: &Built| (built.atlas.bits(), built.atlas.model()) == (atlas.bits(), atlas.model());
        let others = !self.built.as_ref().is_some_and(same);
        if others {
            // What is known of other codes, or is being found out of them, says nothing of these.
            self.figures = Arc::default();
            (self.counting, self.listing, self.scoring) = (None, None, None);
            (self.runs, self.run) = (None, None);
            self.selected = None;
        }
        let heat = heat(&atlas, &self.figures, self.quantity, self.order, String::new());
        let window_m1 = self.workbench.m1_description();
        let map = match self.built.take() {
            Some(mut built) => {
                built.map.replace(heat);
                built.map
            }
            None => CodeMap::new(heat),
        };
        self.built = Some(Built { atlas, summary, window_m1, map });
        self.recolour();
        self.find();
        others
    }

    /// Draws the map anew: what it is coloured by, or where codes lie, has changed.
    fn recolour(&mut self) {
        let note = self.note();
        if let Some(built) = &mut self.built {
            built.map.replace(heat(&built.atlas, &self.figures, self.quantity, self.order, note));
        }
    }

    /// What the map is of, in words.
    fn note(&self) -> String {
        let model = self.built.as_ref().map_or("", |built| built.atlas.model());
        match self.quantity {
            Quantity::Seen if self.figures.counts.is_some() => format!("M1 {model}, in {}", self.counted_of),
            Quantity::Accuracy if self.figures.accuracy.is_some() => format!("M1 {model}, M2 of {}", self.accuracy_of),
            _ => format!("M1 {model}"),
        }
    }

    /// Looks for the text of the search field.
    fn find(&mut self) {
        let Some(atlas) = self.built.as_ref().map(|built| &built.atlas) else { return };
        let search = &mut self.search;
        (search.found, search.note) = (0..0, None);
        if search.text.is_empty() {
            return;
        }
        let text = match read_text(&search.text) {
            Ok(text) => text,
            Err(error) => {
                search.note = Some(error.to_string());
                return;
            }
        };
        search.found = atlas.beginning_with(&text);
        let first = match atlas.first_window(&text) {
            Some(code) => {
                search.note =
                    Some(format!("No code has so long a text: its first window is {}.", card::quoted(atlas, code)));
                Some(code)
            }
            None => {
                let count = search.found.len();
                search.note = Some(match count {
                    0 => "No code's text begins so.".to_owned(),
                    1 => "1 code begins so.".to_owned(),
                    _ => format!("{} codes begin so.", format::count(count as u64)),
                });
                (count > 0).then_some(search.found.start)
            }
        };
        if let Some(code) = first {
            self.select(code);
        }
    }

    fn select(&mut self, code: u32) {
        self.selected = Some(code);
        if let Some(built) = &mut self.built {
            built.map.reveal(code);
        }
    }

    fn show_map_and_card(&mut self, ui: &mut Ui) {
        let room = ui.available_size();
        if room.x >= BESIDE {
            let gap = 14.0;
            ui.horizontal_top(|ui| {
                let width = self.map_width(room.y - SCALE_HEIGHT - READOUT - 18.0, room.x - CARD - gap);
                ui.allocate_ui(vec2(width, room.y), |ui| ui.vertical(|ui| self.show_map(ui, width)));
                ui.add_space(gap - ui.spacing().item_spacing.x);
                ui.vertical(|ui| {
                    ScrollArea::vertical().id_salt("code").auto_shrink(false).show(ui, |ui| self.show_card(ui));
                });
            });
        } else {
            ScrollArea::vertical().id_salt("atlas").auto_shrink(false).show(ui, |ui| {
                let width = self.map_width(f32::INFINITY, ui.available_width());
                self.show_map(ui, width);
                self.show_card(ui);
            });
        }
    }

    /// How wide the map is drawn in a room of this size.
    fn map_width(&self, height: f32, width: f32) -> f32 {
        let aspect = self.built.as_ref().map_or(1.0, |built| built.map.aspect());
        width.min(height / aspect).max(180.0)
    }

    fn show_map(&mut self, ui: &mut Ui, width: f32) {
        let Some(built) = &mut self.built else { return };
        let kin = self.selected.map(|code| {
            let kin = built.atlas.kin(code);
            kin.prefixes.into_iter().chain(kin.longer).collect()
        });
        let outlined =
            Outlined { selected: self.selected, kin: kin.unwrap_or_default(), found: self.search.found.clone() };
        let shown = built.map.show(ui, vec2(width, width * built.map.aspect()), &built.atlas, &outlined);
        let line = match shown.hovered.or(self.selected) {
            Some(code) => card::line(&built.atlas, &self.figures, code),
            None => {
                "Point at a code to read it, click to keep it; wheel or drag zooms, double-click shows all.".to_owned()
            }
        };
        ui.allocate_ui(vec2(width, READOUT), |ui| {
            ui.set_min_height(READOUT);
            ui.add(Label::new(RichText::new(line).small()).wrap());
        });
        show_scale(ui, &built.map.heat().scale, width);
        if let Some(code) = shown.chosen {
            self.select(code);
        }
    }

    fn show_card(&mut self, ui: &mut Ui) {
        let Some(built) = &self.built else { return };
        let Some(code) = self.selected else {
            let how = match self.order {
                Order::Rows if built.atlas.bits() == 16 => {
                    "A row has the codes with the same high byte, from 00 at the top to FF; the low byte is the column."
                }
                Order::Rows => "A row has the codes with the same high bits; the low bits are the column.",
                Order::Hilbert => {
                    "Codes follow one another along Hilbert's curve from the top left: neighbours in order touch, so texts that \
                     begin alike lie in one patch."
                }
            };
            ui.label(RichText::new(how).weak());
            ui.add_space(4.0);
            ui.label(RichText::new("Click a code, or search for a text, to see it and its kin here.").weak());
            return;
        };
        if let Some(chosen) = card::show(ui, &built.atlas, &self.figures, code) {
            self.select(chosen);
        }
    }
}

/// The map of a quantity.
fn heat(atlas: &Atlas, figures: &CodeFigures, quantity: Quantity, order: Order, note: String) -> HeatMap {
    HeatMap::of(quantity, Grid::new(atlas.bits(), order), figures.values(quantity, atlas), note)
}

/// Puts work that was begun in its place, or says why it was not.
fn keep<T>(begun: Result<Errand<T>, String>, place: &mut Option<Errand<T>>, error: &mut Option<String>) {
    match begun {
        Ok(errand) => *place = Some(errand),
        Err(message) => *error = Some(message),
    }
}

/// The answer that has come, if one has; what went wrong is said, unless it was cancelled.
fn take<T: Send + 'static>(errand: &mut Option<Errand<Result<T, String>>>, error: &mut Option<String>) -> Option<T> {
    let running = errand.as_ref()?;
    let cancelled = running.is_cancelled();
    let answer = match running.poll() {
        Outcome::Waiting => return None,
        Outcome::Done(answer) => answer,
        Outcome::Lost(message) => Err(message),
    };
    *errand = None;
    match answer {
        Ok(answer) => Some(answer),
        Err(message) => {
            if !cancelled {
                *error = Some(message);
            }
            None
        }
    }
}

fn show_summary(ui: &mut Ui, built: &Built, figures: &CodeFigures) {
    let Summary { codes, mean_bytes, longest, end_inside, end_documents, .. } = built.summary;
    let count = |number: u32| format::count(number.into());
    let mut facts = vec![
        (count(codes), "codes", "All windows of this many bits: each stands for one text"),
        (format!("{mean_bytes:.2}"), "bytes on average", "Of a code's text, each code counted once"),
        (longest.to_string(), "bytes at most", "Of a code's text"),
        (
            count(end_inside),
            "end inside a character",
            "Codes whose text ends with the first bytes of a character of UTF-8",
        ),
        (count(end_documents), "end a document", "Codes whose text holds the end of a document"),
    ];
    if let Some(counts) = &figures.counts {
        let share = 100.0 * counts.used() as f64 / f64::from(codes);
        facts.push((format!("{share:.1} %"), "of the codes in use", "Met at least once in the text that was counted"));
        let ratio = counts.bytes as f64 / counts.windows.max(1) as f64;
        facts.push((format!("{ratio:.2}"), "bytes a window", "In the text that was counted"));
    }
    if let Some(accuracy) = &figures.accuracy {
        let (seen, right) = accuracy.totals();
        let share = 100.0 * right as f64 / seen.max(1) as f64;
        facts.push((
            format!("{share:.1} %"),
            "predicted right",
            "Of all held-out tokens, by the run's M2 at its last step",
        ));
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(11.0, 2.0);
        ui.spacing_mut().interact_size.y = 18.0;
        for (value, name, hover) in facts {
            let font = egui::TextStyle::Body.resolve(ui.style());
            let mut job = egui::text::LayoutJob::default();
            let strong = ui.visuals().strong_text_color();
            job.append(&value, 0.0, egui::TextFormat::simple(font.clone(), strong));
            job.append(&format!(" {name}"), 0.0, egui::TextFormat::simple(font, ui.visuals().weak_text_color()));
            ui.add(Label::new(job).extend()).on_hover_text(hover);
        }
    });
}

/// The M1's file of the experiment that a run is of, if it trained one.
fn trained_m1(run: &ScoredRun) -> Option<PathBuf> {
    Some(run.path.parent()?.parent()?.join("m1.m1"))
}
