//! `mullion film`: one text under an M1's checkpoints, step by step.

use super::CommandError;
use super::interrupt;
use super::table::Table;
use super::windows::visible;
use crate::app::Frame;
use crate::experiment::film::{self, FrameFile};
use crate::m1::{Network, Trees, file};
use crate::tokenizer::{Control, Materials, Method, inspect};
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

/// Cut where no text is given.
const TEXT: &str = "The three currently living species are: African savanna elephants, African forest elephants, and the Asian elephants.\n";

/// M1s that are kept open: those of one film.
const OPEN: usize = 32;

#[derive(Debug, clap::Args)]
pub struct FilmCommand {
    /// An experiment's folder, as in mullion-results/first-light, or a folder of .m1 files
    experiment: PathBuf,
    /// File to cut, any bytes; without one, a sentence
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
    /// How to cut it, by its name in the paper
    #[arg(long, short, default_value = "EqualInfoAC[b=16, v=256]")]
    method: String,
    /// Every frame as JSON: step, bits/byte, windows with their ends
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// A line per frame as CSV
    #[arg(long)]
    csv: bool,
}

/// A frame in numbers.
#[derive(Serialize)]
struct Line {
    step: u64,
    windows: usize,
    bytes: usize,
    /// Bytes per token.
    ratio: Option<f64>,
    /// Of M1 on held-out text.
    bits_per_byte: Option<f64>,
    /// Byte positions after each window.
    ends: Vec<usize>,
}

impl FilmCommand {
    pub fn run(&self) -> Result<(), CommandError> {
        let method: Method = self.method.parse()?;
        let text = match &self.text {
            Some(path) => std::fs::read(path).map_err(|source| CommandError::Read { path: path.clone(), source })?,
            None => TEXT.as_bytes().to_vec(),
        };
        let frames = film::frames(&self.experiment)?;
        let (reel, stop) = (Reel::default(), interrupt::flag());
        let mut lines = Vec::new();
        let mut cuts = Vec::new();
        for file in &frames {
            let Frame { step, bits_per_byte, view } = reel.frame(file, &text, &method, &stop)?;
            let ends = view.windows.iter().map(|window| window.byte_start + window.byte_len).collect();
            let (windows, bytes, ratio) = (view.windows.len(), text.len(), view.totals.token_ratio);
            let cut = view.windows.iter().map(|window| {
                format!("[{}]", visible(&text[window.byte_start..window.byte_start + window.byte_len], false))
            });
            cuts.push(cut.collect::<String>());
            lines.push(Line { step, windows, bytes, ratio, bits_per_byte, ends });
        }
        let mut out = std::io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, &lines).map_err(std::io::Error::from)?;
            writeln!(out)?;
            return Ok(());
        }
        let number =
            |value: Option<f64>, digits: usize| value.map_or_else(String::new, |value| format!("{value:.digits$}"));
        if self.csv {
            let mut csv = csv::Writer::from_writer(out);
            let failed = |error: csv::Error| std::io::Error::from(error);
            csv.write_record([
                "step",
                "windows",
                "bytes",
                "bytes_per_window",
                "bytes_per_token",
                "bits_per_byte",
                "text",
            ])
            .map_err(failed)?;
            for (line, cut) in lines.iter().zip(&cuts) {
                let mean = (line.windows > 0).then(|| line.bytes as f64 / line.windows as f64);
                let counts = [line.step.to_string(), line.windows.to_string(), line.bytes.to_string()];
                let figures = [number(mean, 4), number(line.ratio, 4), number(line.bits_per_byte, 6), cut.clone()];
                csv.write_record(counts.iter().chain(&figures)).map_err(failed)?;
            }
            csv.flush()?;
            return Ok(());
        }
        let mut table = Table::new(["step", "windows", "bytes/window", "bytes/token", "bits/byte of M1"]);
        for line in &lines {
            let mean = (line.windows > 0).then(|| line.bytes as f64 / line.windows as f64);
            let figures = [number(mean, 3), number(line.ratio, 3), number(line.bits_per_byte, 3)];
            table.row([line.step.to_string(), line.windows.to_string()].into_iter().chain(figures).collect());
        }
        writeln!(out, "{method}, {} frames of {}\n\n{table}", lines.len(), self.experiment.display())?;
        for (line, cut) in lines.iter().zip(&cuts) {
            writeln!(out, "step {}\n{cut}\n", line.step)?;
        }
        Ok(())
    }
}

/// The M1s of a film, each opened once.
#[derive(Default)]
pub struct Reel(Mutex<Vec<Opened>>);

#[derive(Clone)]
struct Opened {
    frame: FrameFile,
    materials: Materials,
    bits_per_byte: Option<f64>,
}

impl Reel {
    /// Cuts a text with a frame's M1.
    ///
    /// # Errors
    /// If the method does not use M1, the frame cannot be read, or the call was cancelled.
    pub fn frame(
        &self,
        frame: &FrameFile,
        text: &[u8],
        method: &Method,
        cancel: &Arc<AtomicBool>,
    ) -> Result<Frame, CommandError> {
        if !method.runs_m1() {
            return Err(CommandError::Usage(format!(
                "{method} does not use M1, so it is the same in every frame: choose a method that does, such as \
                 EqualInfoAC[b=16, v=256]"
            )));
        }
        let Opened { materials, bits_per_byte, .. } = self.open(frame)?;
        let control = Control { cancel: cancel.clone(), progress: None };
        let view = inspect(text, method, &materials, &control)?;
        Ok(Frame { step: frame.step, bits_per_byte, view })
    }

    /// A frame that was opened is good until it is written again.
    fn open(&self, frame: &FrameFile) -> Result<Opened, CommandError> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(opened) = lock().iter().find(|opened| opened.frame == *frame) {
            return Ok(opened.clone());
        }
        let m1 = file::load(&frame.path)?;
        let bits_per_byte = film::bits_per_byte(&m1);
        let materials = Materials::new(Arc::new(Network::new(m1)?), Arc::new(Trees::default()));
        let opened = Opened { frame: frame.clone(), materials, bits_per_byte };
        let mut kept = lock();
        kept.retain(|opened| opened.frame.path != frame.path);
        if kept.len() >= OPEN {
            kept.remove(0);
        }
        kept.push(opened.clone());
        Ok(opened)
    }
}
