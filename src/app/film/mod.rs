//! The Film pane: the windows of one text, step by step as M1 learns.

mod view;

use crate::app::board::Board;
use crate::app::chart::{self, ChartState};
use crate::app::errand::{Errand, GoOn, Outcome};
use crate::app::file_field::FileField;
use crate::app::workbench::{Frame, Workbench};
use crate::app::{format, labelled};
use crate::experiment::film::FrameFile;
use crate::figure::chart::{Axis, Chart, Curve, Mark, Style, Unit};
use crate::tokenizer::Method;
use egui::{Button, CollapsingHeader, Context, RichText, ScrollArea, Slider, TextEdit, Ui};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use view::FrameView;

/// Cut at the first start: the sentence of the paper's Table 7, after prose.
const FIRST_TEXT: &str = "Call me Ishmael. Some years ago—never mind how long precisely—having little or no money in my purse, and nothing particular to interest me on shore, I thought I would sail about a little and see the watery part of the world.

The three currently living species are: African savanna elephants, African forest elephants, and the Asian elephants.
";
/// Longest text that is cut, in bytes: every frame lays it out anew.
const LONGEST: usize = 16 << 10;
const METHOD: &str = "EqualInfoAC[b=16, v=256]";
/// How often new frames are looked for while an experiment goes.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Height of the chart.
const CHART: f32 = 170.0;

/// What is kept between starts.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Kept {
    pub folder: String,
    pub method: String,
    pub text: String,
    /// Frames a second.
    pub speed: f32,
}

impl Default for Kept {
    fn default() -> Self {
        Self { folder: String::new(), method: METHOD.to_owned(), text: FIRST_TEXT.to_owned(), speed: 2.0 }
    }
}

/// What the frames are of.
#[derive(Debug, Clone, PartialEq)]
struct Of {
    folder: PathBuf,
    method: Method,
    text: Arc<[u8]>,
}

/// What comes from the worker.
enum Came {
    /// All the frames that there are now.
    Listed(Vec<FrameFile>),
    Frame(Box<(FrameFile, Frame)>),
}

/// What has come from the worker. Each reading has its own, so that one that was told to end tells nobody any more.
type Inbox = Arc<Mutex<VecDeque<Came>>>;

/// The pane.
pub struct FilmPane {
    workbench: Arc<dyn Workbench>,
    folder: FileField,
    method: String,
    text: String,
    /// What shows, or is being read.
    of: Option<Of>,
    frames: Vec<(FrameFile, Frame)>,
    reading: Option<Errand<Result<(), String>>>,
    inbox: Inbox,
    looked: Instant,
    /// The frame that shows.
    at: usize,
    drawn: Option<((usize, usize), FrameView)>,
    playing: Option<Instant>,
    speed: f32,
    error: Option<String>,
    chart: ChartState,
    opened: bool,
    /// The experiment that went when the pane last looked.
    followed: PathBuf,
}

impl FilmPane {
    pub fn new(_ctx: &Context, workbench: &Arc<dyn Workbench>, kept: &Kept) -> Self {
        Self {
            workbench: Arc::clone(workbench),
            folder: FileField::new("Film of", None, kept.folder.clone()),
            method: kept.method.clone(),
            text: kept.text.clone(),
            of: None,
            frames: Vec::new(),
            reading: None,
            inbox: Inbox::default(),
            looked: Instant::now(),
            at: 0,
            drawn: None,
            playing: None,
            speed: kept.speed.clamp(0.5, 10.0),
            error: None,
            chart: ChartState::default(),
            opened: false,
            followed: PathBuf::new(),
        }
    }

    pub fn kept(&self) -> Kept {
        let (folder, method, text) = (self.folder.path.clone(), self.method.clone(), self.text.clone());
        Kept { folder, method, text, speed: self.speed }
    }

    pub fn show(&mut self, ui: &mut Ui, board: &mut Board) {
        self.follow(ui.ctx(), board);
        if !self.opened {
            self.opened = true;
            self.read(ui.ctx(), board);
        }
        self.poll(ui.ctx());
        self.show_source(ui, board);
        if let Some(error) = &self.error {
            ui.label(RichText::new(error).color(ui.visuals().error_fg_color));
        }
        if let Some(reading) = &self.reading
            && (self.frames.is_empty() || !board.run.is_active())
        {
            reading.show(ui);
        }
        if self.frames.is_empty() {
            if self.reading.is_none() {
                ui.add_space(6.0);
                ui.label(
                    RichText::new(
                        "A film shows how M1's windows grow as it learns. Name the folder of an experiment that trained an M1, or \
                         start one in Live: its frames appear here as they are made.",
                    )
                    .weak(),
                );
            }
            return;
        }
        self.play(ui.ctx());
        self.show_scrubber(ui);
        ui.separator();
        ScrollArea::vertical().id_salt("film").auto_shrink(false).show(ui, |ui| {
            self.show_frame(ui);
            ui.add_space(8.0);
            let described = self.chart();
            chart::show(ui, &described, &mut self.chart, CHART, board);
        });
    }

    /// Turns to the experiment that goes, when one begins; looks for new frames while it trains.
    fn follow(&mut self, ctx: &Context, board: &Board) {
        let folder = board.run.followed().snapshot.folder.clone();
        if folder != self.followed {
            self.followed.clone_from(&folder);
            // Also one that has ended before the pane was looked at.
            if !folder.as_os_str().is_empty() {
                self.folder.path = folder.display().to_string();
                self.read(ctx, board);
                return;
            }
        }
        let shows = self.of.as_ref().is_some_and(|of| of.folder == folder);
        let live = board.run.is_active() && (shows || self.folder.value() == Some(folder));
        if live {
            ctx.request_repaint_after(LOOK_EVERY);
            if self.reading.is_none() && self.looked.elapsed() >= LOOK_EVERY {
                self.read(ctx, board);
            }
        }
    }

    /// Reads the frames that are not there yet; all of them, where the text, the method or the folder is another.
    fn read(&mut self, ctx: &Context, board: &Board) {
        let Some(folder) = self.folder.value() else { return };
        let method: Method = match self.method.parse() {
            Ok(method) => method,
            Err(error) => {
                self.error = Some(format!("{error}"));
                return;
            }
        };
        let text: Arc<[u8]> = self.text.as_bytes()[..self.text.floor_char_boundary(LONGEST)].into();
        let of = Of { folder, method, text };
        if self.of.as_ref() != Some(&of) {
            self.frames.clear();
            (self.drawn, self.error) = (None, None);
            self.of = Some(of.clone());
        }
        let known: Vec<FrameFile> = self.frames.iter().map(|(file, _)| file.clone()).collect();
        self.looked = Instant::now();
        self.inbox = Inbox::default();
        let live = board.run.is_active();
        let (workbench, inbox) = (Arc::clone(&self.workbench), Arc::clone(&self.inbox));
        let work = move |go_on: GoOn<'_>, cancel: &Arc<std::sync::atomic::AtomicBool>| {
            let files = match workbench.frames(&of.folder) {
                Ok(files) => files,
                // An experiment that has just begun has none yet.
                Err(_) if live => Vec::new(),
                Err(message) => return Err(message),
            };
            let tell = |came| inbox.lock().unwrap_or_else(PoisonError::into_inner).push_back(came);
            tell(Came::Listed(files.clone()));
            let total = files.len() as u64;
            for (index, file) in files.into_iter().enumerate() {
                if !go_on(index as u64, total) {
                    return Ok(());
                }
                if known.contains(&file) {
                    continue;
                }
                let frame = workbench.frame(&file, &of.text, &of.method, cancel)?;
                tell(Came::Frame(Box::new((file, frame))));
            }
            Ok(())
        };
        match Errand::start(ctx, &board.works, "Reading the film", work) {
            Ok(reading) => self.reading = Some(reading),
            Err(message) => self.error = Some(message),
        }
    }

    fn poll(&mut self, ctx: &Context) {
        let came: Vec<Came> = self.inbox.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
        for came in came {
            self.take(came);
            ctx.request_repaint();
        }
        let outcome = self.reading.as_ref().map(|reading| (reading.poll(), reading.is_cancelled()));
        let (answer, cancelled) = match outcome {
            None | Some((Outcome::Waiting, _)) => return,
            Some((Outcome::Done(answer), cancelled)) => (answer, cancelled),
            Some((Outcome::Lost(message), _)) => (Err(message), false),
        };
        self.reading = None;
        if let Err(message) = answer
            && !cancelled
        {
            self.error = Some(message);
        }
    }

    /// Takes over what the worker tells.
    fn take(&mut self, came: Came) {
        // Who watches the latest frame goes on to watch the latest, who watches another stays there.
        let latest = self.at + 1 >= self.frames.len();
        let watched = self.frames.get(self.at).map(|(file, _)| file.clone());
        let before = self.frames.len();
        match came {
            // Frames that are gone, or were written again, are of another training.
            Came::Listed(files) => self.frames.retain(|(file, _)| files.contains(file)),
            Came::Frame(frame) => {
                let place = self.frames.partition_point(|(other, _)| *other < frame.0);
                self.frames.insert(place, *frame);
            }
        }
        if self.frames.len() != before {
            let place = self.frames.iter().position(|(file, _)| Some(file) == watched.as_ref());
            let last = self.frames.len().saturating_sub(1);
            self.at = if latest { last } else { place.unwrap_or(self.at.min(last)) };
            self.drawn = None;
        }
    }

    fn show_source(&mut self, ui: &mut Ui, board: &Board) {
        let mut changed = self.folder.show(ui, "an experiment's folder, or one of .m1 files: Enter reads it");
        ui.horizontal_wrapped(|ui| {
            let label = ui.label("Cut by");
            let field = TextEdit::singleline(&mut self.method).desired_width(230.0);
            let field = ui
                .add(field)
                .labelled_by(label.id)
                .on_hover_text("A method by its name in the paper, one that M1 drives");
            changed |= field.lost_focus();
            let reading = self.reading.is_some();
            changed |=
                ui.add_enabled(!reading, Button::new("Read again")).on_hover_text("Look for new frames").clicked();
        });
        CollapsingHeader::new("Text").id_salt("film text").show(ui, |ui| {
            ScrollArea::vertical().id_salt("film editor").max_height(110.0).show(ui, |ui| {
                let editor = TextEdit::multiline(&mut self.text).desired_rows(4).desired_width(f32::INFINITY);
                changed |= ui.add(editor).accessible_name("Text of the film").changed();
            });
            if self.text.len() > LONGEST {
                ui.label(RichText::new(format!("The first {} bytes are cut.", format::count(LONGEST as u64))).small());
            }
        });
        if changed {
            self.read(ui.ctx(), board);
        }
    }

    /// Goes on to the next frame when it is time.
    fn play(&mut self, ctx: &Context) {
        let Some(since) = self.playing else { return };
        let each = Duration::from_secs_f32(1.0 / self.speed);
        if self.at + 1 >= self.frames.len() {
            self.playing = None;
        } else if since.elapsed() >= each {
            self.at += 1;
            self.playing = Some(Instant::now());
        }
        ctx.request_repaint_after(each.saturating_sub(since.elapsed()));
    }

    fn show_scrubber(&mut self, ui: &mut Ui) {
        let last = self.frames.len() - 1;
        self.at = self.at.min(last);
        ui.horizontal_wrapped(|ui| {
            let (name, hover) = match self.playing {
                Some(_) => ("Pause", "Stay at this frame"),
                None => ("Play", "Show one frame after the other"),
            };
            if ui.button(name).on_hover_text(hover).clicked() {
                let ended = self.at == last;
                self.playing = self.playing.is_none().then(Instant::now);
                if ended && self.playing.is_some() {
                    self.at = 0;
                }
            }
            if ui.add_enabled(self.at > 0, Button::new("Previous")).on_hover_text("The frame before").clicked() {
                (self.at, self.playing) = (self.at - 1, None);
            }
            if ui.add_enabled(self.at < last, Button::new("Next")).on_hover_text("The frame after").clicked() {
                (self.at, self.playing) = (self.at + 1, None);
            }
            ui.spacing_mut().slider_width = 80.0;
            let name = "frames a second";
            labelled::make_room(ui, name, 80.0 + 60.0);
            let slider = ui.add(Slider::new(&mut self.speed, 0.5..=10.0).logarithmic(true));
            slider.labelled_by(ui.label(name).id);
        });
        ui.horizontal(|ui| {
            let label = ui.label("Step");
            let steps: Vec<u64> = self.frames.iter().map(|(file, _)| file.step).collect();
            let written = steps.clone();
            let mut at = self.at;
            ui.spacing_mut().slider_width = (ui.available_width() - 84.0).max(80.0);
            let slider = Slider::new(&mut at, 0..=last)
                .step_by(1.0)
                .custom_formatter(move |at, _| written.get(at as usize).map_or_else(String::new, u64::to_string))
                .custom_parser(move |text| {
                    let step: u64 = text.trim().parse().ok()?;
                    let nearest = (0..steps.len()).min_by_key(|&at| steps[at].abs_diff(step))?;
                    Some(nearest as f64)
                });
            let slider = ui.add(slider).labelled_by(label.id);
            if slider.on_hover_text("Every place is a frame; type a step to go to the nearest").changed() {
                (self.at, self.playing) = (at, None);
            }
        });
    }

    fn show_frame(&mut self, ui: &mut Ui) {
        let Some(of) = &self.of else { return };
        let key = (self.at, self.frames.len());
        if self.drawn.as_ref().is_none_or(|(drawn, _)| *drawn != key) {
            let Some((_, frame)) = self.frames.get(self.at) else { return };
            let before = self.at.checked_sub(1).and_then(|at| self.frames.get(at)).map(|(_, frame)| ends(frame));
            self.drawn = Some((key, FrameView::new(ui.ctx(), &of.text, &ends(frame), before.as_deref())));
        }
        let (Some((_, view)), Some((_, frame))) = (&mut self.drawn, self.frames.get(self.at)) else { return };
        let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"));
        let facts = [
            (format!("{}", frame.step), "steps"),
            (number(frame.bits_per_byte), "bits/byte of M1, held out"),
            (format::count(frame.view.windows.len() as u64), "windows"),
            (number(mean_length(frame)), "bytes a window"),
            (number(frame.view.totals.token_ratio), "bytes a token"),
            (view.moved().to_string(), "boundaries moved"),
        ];
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(11.0, 2.0);
            ui.spacing_mut().interact_size.y = 18.0;
            for (value, name) in facts {
                let font = egui::TextStyle::Body.resolve(ui.style());
                let mut job = egui::text::LayoutJob::default();
                job.append(&value, 0.0, egui::TextFormat::simple(font.clone(), ui.visuals().strong_text_color()));
                job.append(&format!(" {name}"), 0.0, egui::TextFormat::simple(font, ui.visuals().weak_text_color()));
                ui.add(egui::Label::new(job).extend());
            }
        });
        ui.add_space(4.0);
        view.show(ui);
    }

    /// Lengths and ratio against step, with the frame that shows.
    fn chart(&self) -> Chart {
        let curve = |name: &str, color, value: &dyn Fn(&Frame) -> Option<f64>| Curve {
            name: name.to_owned(),
            color,
            style: Style::Joined,
            points: self
                .frames
                .iter()
                .map(|(file, frame)| [file.step as f64, value(frame).unwrap_or(f64::NAN)])
                .collect(),
            band: Vec::new(),
        };
        let step = self.frames.get(self.at).map_or(0, |(file, _)| file.step);
        Chart {
            title: "Windows as M1 learns".to_owned(),
            note: self.method.clone(),
            x: Axis { title: "step of M1".to_owned(), unit: Unit::Count, log: false },
            y: Axis { title: "bytes".to_owned(), unit: Unit::Plain, log: false },
            curves: vec![
                curve("bytes a window", 0, &mean_length),
                curve("bytes a token", 1, &|frame| frame.view.totals.token_ratio),
            ],
            levels: Vec::new(),
            marks: vec![Mark { x: step as f64, y: None, color: None, text: format!("step {step}") }],
        }
    }
}

/// Byte positions after each window.
fn ends(frame: &Frame) -> Vec<usize> {
    frame.view.windows.iter().map(|window| window.byte_start + window.byte_len).collect()
}

/// Bytes of a window on average; none without windows.
fn mean_length(frame: &Frame) -> Option<f64> {
    let windows = frame.view.windows.len();
    (windows > 0).then(|| frame.view.totals.bytes as f64 / windows as f64)
}
