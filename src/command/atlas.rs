//! `mullion atlas`: every code of short windows, its text, how often it is met, how well it is predicted; as a table, as a map,
//! or one by one.

use super::CommandError;
use super::coder::{Coder, TrainingOptions};
use super::interrupt;
use super::m1_choice::M1Choice;
use super::output;
use super::run::DEFAULT_RESULTS;
use super::table::Table;
use crate::app::{CodeFigures, Counted};
use crate::corpus::{self, Packing, Source, Tail, documents};
use crate::durable;
use crate::experiment::STORE_FILE;
use crate::experiment::store::Store;
use crate::experiment::token_accuracy::{TokenAccuracy, scored_runs};
use crate::figure::heat_map::{Grid, HeatMap, Order, Quantity};
use crate::figure::table::Format;
use crate::tokenizer::atlas::{AtlasError, CodeCounts, read_text, spelled};
use crate::tokenizer::{Atlas, TokenizeError};
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Symbols of a coding example, as experiments have them (paper 3.2).
const EXAMPLE: usize = 10_240;

/// Codes that `--text` lists.
const LISTED: usize = 24;

#[derive(Debug, clap::Args)]
pub struct AtlasCommand {
    /// An M1 in the box (3m, micro), a .m1 file, or a stand-in (uniform, unigram); without one, 3m
    #[arg(long, value_name = "NAME|FILE.m1")]
    m1: Option<M1Choice>,
    /// Bits of a window and of its code
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(8..=16))]
    bits: u16,
    /// Count how often each code is met in this text; `default` is the built-in corpus
    #[arg(long, value_name = "FILE|FOLDER")]
    count: Option<PathBuf>,
    /// Take M2's accuracy from this finished run, by its number in the store
    #[arg(long, value_name = "NUMBER")]
    run: Option<i64>,
    /// Results folder that the run is in
    #[arg(long, default_value = DEFAULT_RESULTS, value_name = "FOLDER")]
    out: PathBuf,
    /// What the map is coloured by; without it, by accuracy with --run, by frequency with --count, else by length
    #[arg(long, value_enum)]
    colour: Option<Colour>,
    /// Lay codes out along Hilbert's curve, where neighbours in order touch, instead of high byte by low byte
    #[arg(long)]
    hilbert: bool,
    /// Write the table of all codes
    #[arg(long, value_name = "FILE.csv")]
    csv: Option<PathBuf>,
    /// Write the table of all codes in Markdown
    #[arg(long, value_name = "FILE.md")]
    markdown: Option<PathBuf>,
    /// Write the table of all codes in LaTeX, for the package booktabs
    #[arg(long, value_name = "FILE.tex")]
    latex: Option<PathBuf>,
    /// Write the map as a picture
    #[arg(long, value_name = "FILE.png")]
    png: Option<PathBuf>,
    /// Write the map as a picture
    #[arg(long, value_name = "FILE.svg")]
    svg: Option<PathBuf>,
    /// Show one code and its kin: 0x1234, or a decimal number
    #[arg(long, value_name = "CODE", value_parser = number, conflicts_with = "text")]
    code: Option<u32>,
    /// Show the codes whose text begins with this; \n, \t, \\, \x41 and \u{e9} are escapes, \e is the end of a document
    #[arg(long)]
    text: Option<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Colour {
    Length,
    Cost,
    Frequency,
    Accuracy,
}

/// A code as people write it.
fn number(text: &str) -> Result<u32, String> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let code = digits.map_or_else(|| text.parse().ok(), |digits| u32::from_str_radix(digits, 16).ok());
    code.ok_or_else(|| "expected a code such as 0x1234 or 4660".to_owned())
}

impl AtlasCommand {
    pub fn run(&self) -> Result<(), CommandError> {
        for path in [&self.csv, &self.markdown, &self.latex, &self.png, &self.svg].into_iter().flatten() {
            output::check(path)?;
        }
        let quantity = self.quantity()?;
        let stop = interrupt::flag();
        let mut go_on = |_: u64, _: u64| !stop.load(Ordering::Relaxed);
        let coder = Coder::open(&self.m1.clone().unwrap_or_default(), TrainingOptions::default())?;
        let atlas = open(&coder, self.bits, &mut go_on)?;
        let counts = match &self.count {
            None => None,
            Some(path) if path.as_os_str() == "default" => Some(count(&atlas, &Counted::Corpus, &mut go_on)?),
            Some(path) => Some(count(&atlas, &Counted::Path(path.clone()), &mut go_on)?),
        };
        let accuracy = self.run.map(|run| self.accuracy(run, &atlas)).transpose()?;
        let figures = CodeFigures { counts, accuracy };
        let mut out = std::io::stdout().lock();
        writeln!(out, "codes of {} bits under M1 {}", self.bits, coder.description)?;
        writeln!(out, "{}", summary(&atlas, figures.counts.as_ref()))?;
        if let Some(accuracy) = &figures.accuracy {
            let (tokens, right) = accuracy.totals();
            writeln!(
                out,
                "{right} of {tokens} held-out tokens predicted right by {} at step {}",
                accuracy.about.method, accuracy.about.step
            )?;
        }
        let heat_map = || {
            let note = match quantity {
                Quantity::Seen => self.count.as_ref().map_or_else(String::new, |path| match path.to_str() {
                    Some("default") => "in the built-in corpus".to_owned(),
                    _ => format!("in {}", path.display()),
                }),
                Quantity::Accuracy => figures.accuracy.as_ref().map_or_else(String::new, |accuracy| {
                    format!("M2 of run {} at step {}", self.run.unwrap_or_default(), accuracy.about.step)
                }),
                Quantity::Bytes | Quantity::Cost => format!("{} codes", atlas.codes()),
            };
            let note = format!("M1 {} · {note}", coder.description);
            let values = figures.values(quantity, &atlas);
            let order = if self.hilbert { Order::Hilbert } else { Order::Rows };
            HeatMap::of(quantity, Grid::new(self.bits, order), values, note)
        };
        if let Some(path) = &self.csv {
            durable::replace(path, |file| figures.write_csv(&atlas, file))?;
            writeln!(out, "table: {}", path.display())?;
        }
        for (path, format) in [(&self.markdown, Format::Markdown), (&self.latex, Format::Latex)] {
            if let Some(path) = path {
                let table = format.write(&figures.table(&atlas)).map_err(CommandError::RunFailed)?;
                durable::replace(path, |file| file.write_all(table.as_bytes()))?;
                writeln!(out, "table: {}", path.display())?;
            }
        }
        if let Some(path) = &self.png {
            let png = heat_map().png()?;
            durable::replace(path, |file| file.write_all(&png))?;
            writeln!(out, "map: {}", path.display())?;
        }
        if let Some(path) = &self.svg {
            let svg = heat_map().svg()?;
            durable::replace(path, |file| file.write_all(svg.as_bytes()))?;
            writeln!(out, "map: {}", path.display())?;
        }
        if let Some(code) = self.code {
            if code >= atlas.codes() {
                let last = atlas.hex(atlas.codes() - 1);
                return Err(CommandError::Usage(format!(
                    "--code {code:#x} is no code of {} bits: the last is {last}",
                    self.bits
                )));
            }
            writeln!(out, "\n{}", kin(&atlas, code, &figures))?;
        }
        if let Some(text) = &self.text {
            let text = read_text(text).map_err(|error| CommandError::Usage(format!("--text: {error}")))?;
            let found = atlas.beginning_with(&text);
            let mut table = headed(&figures);
            let all = found.len();
            found.take(LISTED).for_each(|code| table.row(row(&atlas, &figures, code)));
            match atlas.first_window(&text) {
                Some(code) => {
                    table.row(row(&atlas, &figures, code));
                    writeln!(out, "\nno code has so long a text; its first window is\n{table}")?;
                }
                None => writeln!(out, "\n{all} codes begin with “{}”\n{table}", spelled(&text))?,
            }
            if all > LISTED {
                writeln!(out, "and {} more", all - LISTED)?;
            }
        }
        Ok(())
    }

    fn quantity(&self) -> Result<Quantity, CommandError> {
        let lacks = |what: &str| Err(CommandError::Usage(format!("this colour needs {what}")));
        match self.colour {
            None if self.run.is_some() => Ok(Quantity::Accuracy),
            None if self.count.is_some() => Ok(Quantity::Seen),
            None | Some(Colour::Length) => Ok(Quantity::Bytes),
            Some(Colour::Cost) => Ok(Quantity::Cost),
            Some(Colour::Frequency) if self.count.is_none() => lacks("a text to count in: add --count FILE"),
            Some(Colour::Accuracy) if self.run.is_none() => lacks("a finished run: add --run NUMBER"),
            Some(Colour::Frequency) => Ok(Quantity::Seen),
            Some(Colour::Accuracy) => Ok(Quantity::Accuracy),
        }
    }

    fn accuracy(&self, run: i64, atlas: &Atlas) -> Result<TokenAccuracy, CommandError> {
        let store = Store::open(&self.out.join(STORE_FILE))?;
        let scored = scored_runs(&store, None)?;
        let known: Vec<String> =
            scored.iter().map(|scored| format!("{} ({})", scored.run.id.0, scored.run.label)).collect();
        let scored = scored.into_iter().find(|scored| scored.run.id.0 == run).ok_or_else(|| {
            let known = if known.is_empty() { "none did".to_owned() } else { known.join(", ") };
            CommandError::Usage(format!(
                "run {run} in {} left no accuracy by token; those that did: {known}",
                self.out.display()
            ))
        })?;
        let accuracy = TokenAccuracy::load(&scored.path)?;
        CodeFigures::fit(&accuracy, atlas).map_err(CommandError::Usage)?;
        Ok(accuracy)
    }
}

/// The atlas under a coder's model.
pub fn open(coder: &Coder, bits: u16, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<Atlas, CommandError> {
    let materials = coder.materials([])?;
    Ok(Atlas::new(materials.model.as_ref(), &materials.trees, bits, progress)?)
}

/// How often each code is met in a text, in coding examples as experiments have them.
pub fn count(
    atlas: &Atlas,
    text: &Counted,
    progress: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<CodeCounts, CommandError> {
    let mut counts = CodeCounts::default();
    let source = match text {
        Counted::Corpus => Source::default_corpus(),
        Counted::Path(path) => Source::from_paths(std::slice::from_ref(path))?,
        Counted::Text(text) => {
            for example in corpus::pack_documents(&[text]).chunks(EXAMPLE) {
                atlas.count(example, &mut counts).map_err(TokenizeError::from)?;
                if !progress(counts.bytes, text.len() as u64) {
                    return Err(AtlasError::Cancelled.into());
                }
            }
            return Ok(counts);
        }
    };
    for example in Packing::new(documents(&source)?, EXAMPLE, Tail::Keep)? {
        atlas.count(&example?, &mut counts).map_err(TokenizeError::from)?;
        if !progress(counts.bytes, 0) {
            return Err(AtlasError::Cancelled.into());
        }
    }
    Ok(counts)
}

/// The codes in numbers.
fn summary(atlas: &Atlas, counts: Option<&CodeCounts>) -> String {
    let summary = atlas.summary();
    let mut text = format!(
        "{} codes, {:.2} bytes on average, {} at most; {} end in the middle of a character and {} begin in one; {} hold the end \
         of a document",
        summary.codes,
        summary.mean_bytes,
        summary.longest,
        summary.end_inside,
        summary.begin_inside,
        summary.end_documents
    );
    if let Some(counts) = counts {
        let used = counts.used();
        text += &format!(
            "\n{} bytes in {} windows use {used} codes, {:.1} % of all",
            counts.bytes,
            counts.windows,
            100.0 * used as f64 / f64::from(summary.codes)
        );
    }
    text
}

fn headed(figures: &CodeFigures) -> Table {
    let mut headings = vec!["text", "code", "bytes", "bits under M1", "bits used"];
    headings.extend(figures.counts.is_some().then_some("seen"));
    headings.extend(figures.accuracy.is_some().then_some("predicted right"));
    Table::new(headings)
}

fn row(atlas: &Atlas, figures: &CodeFigures, code: u32) -> Vec<String> {
    let mut cells = vec![
        format!("“{}”", spelled(atlas.text(code))),
        atlas.hex(code),
        atlas.bytes(code).to_string(),
        format!("{:.2}", atlas.cost(code)),
        atlas.used_bits(code).to_string(),
    ];
    cells.extend(figures.counts.as_ref().map(|counts| counts.of(code).to_string()));
    cells.extend(figures.accuracy.as_ref().map(|accuracy| {
        let (seen, right) = accuracy.of(code);
        format!("{right} of {seen}")
    }));
    cells
}

/// A code and its kin.
fn kin(atlas: &Atlas, code: u32, figures: &CodeFigures) -> String {
    let kin = atlas.kin(code);
    let listed = |codes: &mut dyn Iterator<Item = u32>| {
        let mut table = headed(figures);
        codes.take(LISTED).for_each(|code| table.row(row(atlas, figures, code)));
        table.to_string()
    };
    let more = |codes: usize| if codes > LISTED { format!("and {} more\n", codes - LISTED) } else { String::new() };
    let mut text = format!("{} = {}\n{}", atlas.hex(code), atlas.binary(code), listed(&mut std::iter::once(code)));
    if !kin.prefixes.is_empty() {
        text += &format!("\nits beginnings\n{}", listed(&mut kin.prefixes.iter().copied()));
    }
    if !kin.longer.is_empty() {
        text += &format!("\ntexts that go on from it\n{}{}", listed(&mut kin.longer.clone()), more(kin.longer.len()));
    }
    let neighbours = code.saturating_sub(3)..code.saturating_add(4).min(atlas.codes());
    text += &format!("\nneighbours in code order\n{}", listed(&mut neighbours.filter(|&other| other != code)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_write_them() {
        assert_eq!((number("0x1234"), number("4660"), number("0XfF")), (Ok(0x1234), Ok(4660), Ok(255)));
        assert!(number("").is_err() && number("0x").is_err() && number("-1").is_err() && number("12g").is_err());
    }
}
