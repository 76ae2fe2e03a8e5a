//! `mullion tokenize`: tokenizers side by side on the same text.

mod explain;
mod row;

use super::CommandError;
use super::coder::{Coder, TrainingOptions};
use super::interrupt;
use super::m1_choice::M1Choice;
use super::meter::Meter;
use super::table::Table as Plain;
use super::texts::Texts;
use crate::coding::Symbol;
use crate::corpus::{self, ShuffledExamples, Split};
use crate::experiment::count_tokens;
use crate::figure::table::{self as figure, Cell, Column, Table};
use crate::measure::{TokenCounts, TokenTotals};
use crate::tokenizer::{Control, Method, TokenizeError, Tokenizer, build, method_list};
use rayon::prelude::*;
use row::{RoundTrip, Row, Unigram};
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Examples that are coded side by side.
const GROUP: usize = 64;

#[derive(Debug, clap::Args)]
#[command(after_long_help = method_list())]
pub struct Tokenize {
    /// Text files, JSON lines (.json, .jsonl), any of them as .gz or .zst, or folders of such
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A tokenizer by its name in the paper; once for each
    #[arg(long, short, required = true)]
    method: Vec<String>,
    /// An M1 in the box (3m, micro), a .m1 file, or a stand-in (uniform, unigram); without one, 3m
    #[arg(long, value_name = "NAME|FILE.m1")]
    m1: Option<M1Choice>,
    /// Symbols that are coded as one example, by itself (10,240 in the paper)
    #[arg(long, default_value_t = 10_240, value_name = "SYMBOLS", value_parser = clap::value_parser!(u64).range(1..=1 << 24))]
    example_bytes: u64,
    #[command(flatten)]
    training: TrainingOptions,
    /// Training text whose tokens the unigram model is counted on; 0 for no unigram model
    #[arg(long, default_value_t = 1 << 20, value_name = "BYTES")]
    training_bytes: u64,
    /// Do not decode everything again to see whether it comes back
    #[arg(long)]
    no_round_trip: bool,
    /// Say of each figure which bytes, tokens and model it is of
    #[arg(long, conflicts_with_all = ["json", "csv", "markdown", "latex"])]
    explain: bool,
    /// All figures as JSON
    #[arg(long, conflicts_with_all = ["csv", "markdown", "latex"])]
    json: bool,
    /// All figures as CSV
    #[arg(long, conflicts_with_all = ["markdown", "latex"])]
    csv: bool,
    /// The table in Markdown
    #[arg(long, conflicts_with = "latex")]
    markdown: bool,
    /// The table in LaTeX, for the package booktabs
    #[arg(long)]
    latex: bool,
}

impl Tokenize {
    pub fn run(&self) -> Result<(), CommandError> {
        let methods = self.method.iter().map(|name| name.parse()).collect::<Result<Vec<Method>, _>>()?;
        let texts = Texts::open(&self.files)?;
        let coder = Coder::open(&self.m1.clone().unwrap_or_default(), self.training.clone())?;
        let materials = coder.materials(&methods)?;
        let control = Control { cancel: interrupt::flag(), progress: None };
        let training_bytes = self.there_to_count(&control)?;
        let mut rows = Vec::new();
        for method in &methods {
            let tokenizer = build(method, &materials)?;
            rows.push(self.measure(tokenizer.as_ref(), &texts, training_bytes, &coder, &control)?);
        }
        let mut out = std::io::stdout().lock();
        match self {
            Self { json: true, .. } => row::write_json(&rows, &mut out),
            Self { csv: true, .. } => row::write_csv(&rows, &mut out),
            Self { markdown: true, .. } => Ok(write!(out, "{}", table(&rows).markdown())?),
            Self { latex: true, .. } => Ok(write!(out, "{}", table(&rows).latex())?),
            _ => {
                let Texts { documents, bytes, .. } = texts;
                writeln!(
                    out,
                    "{documents} documents, {bytes} bytes (white space behind documents and blank lines between them left out)\n"
                )?;
                writeln!(out, "{}", Plain::from(&table(&rows)))?;
                for row in &rows {
                    if let Some(loss) = row.loss() {
                        writeln!(out, "{}: {loss}", row.method)?;
                    }
                }
                if self.explain {
                    writeln!(out, "\n{}", explain::figures(&rows, &texts, training_bytes, &coder, self))?;
                }
                Ok(())
            }
        }
    }

    fn measure(
        &self,
        tokenizer: &dyn Tokenizer,
        texts: &Texts,
        training_bytes: u64,
        coder: &Coder,
        control: &Control,
    ) -> Result<Row, CommandError> {
        let method = tokenizer.method();
        let unigram = self.unigram(tokenizer, training_bytes, control)?;
        let counts = unigram.as_ref().map(|(counts, _)| counts);
        let mut totals = TokenTotals::new(tokenizer);
        let (mut nats, mut seconds, mut proven) = (0.0, 0.0, true);
        let mut meter = Meter::new(&method.to_string(), Some(texts.bytes));
        let mut examples = texts.examples(self.example_bytes as usize, method)?;
        loop {
            let group = examples.by_ref().take(GROUP).collect::<Result<Vec<Vec<Symbol>>, _>>()?;
            if group.is_empty() {
                break;
            }
            let lanes: Vec<&[Symbol]> = group.iter().map(Vec::as_slice).collect();
            let begun = Instant::now();
            let encoded = tokenizer.encode(&lanes, control)?;
            seconds += begun.elapsed().as_secs_f64();
            for encoded in &encoded {
                totals.add(encoded);
                if let Some(counts) = counts {
                    nats += encoded.tokens.iter().map(|token| counts.unigram_nats(*token)).sum::<f64>();
                }
            }
            if !self.no_round_trip {
                let back = encoded.par_iter().zip(&lanes).map(|(encoded, example)| {
                    Ok(tokenizer.decode(encoded, control).map_err(CommandError::from)? == *example)
                });
                proven &= back.collect::<Result<Vec<bool>, CommandError>>()?.into_iter().all(|same| same);
            }
            if meter.advance(totals.ratio.bytes, &control.cancel).is_break() {
                return Err(TokenizeError::Cancelled.into());
            }
        }
        meter.finish();
        let round_trip = match (self.no_round_trip, tokenizer.is_lossless()) {
            (true, _) => RoundTrip::NotTried,
            (false, true) if proven => RoundTrip::Proven,
            (false, true) => {
                return Err(CommandError::RunFailed(format!(
                    "{method}: the text does not come back, though the method promises it; please report this as a bug"
                )));
            }
            (false, false) => self.loss(tokenizer, texts, control)?,
        };
        let counted = unigram.as_ref().map(|(counts, bytes)| Unigram {
            training_bytes: *bytes,
            training_tokens: counts.total(),
            nats_per_token: nats / totals.ratio.tokens as f64,
        });
        Ok(Row::new(tokenizer, &totals, counted, round_trip, totals.ratio.bytes as f64 / seconds / 1e6, coder))
    }

    /// How many bytes of training text there are for the unigram models, at most as many as were asked for.
    fn there_to_count(&self, control: &Control) -> Result<u64, CommandError> {
        if self.training_bytes == 0 {
            return Ok(0);
        }
        let (source, rule) = (self.training.source()?, self.training.rule());
        let there = corpus::statistics(&source, rule, &mut |_| !control.cancel.load(Ordering::Relaxed))?.train_bytes;
        Ok(self.training_bytes.min(there))
    }

    /// Counts the tokens of so many bytes of training text, to the end of an example, and says of how many it was.
    fn unigram(
        &self,
        tokenizer: &dyn Tokenizer,
        wanted: u64,
        control: &Control,
    ) -> Result<Option<(TokenCounts, u64)>, CommandError> {
        if wanted == 0 {
            return Ok(None);
        }
        let (source, rule) = (self.training.source()?, self.training.rule());
        let (symbols, method) = (self.example_bytes as usize, tokenizer.method());
        let mut examples = ShuffledExamples::new(source, rule, Split::Train, symbols, self.training.seed(), 0)?;
        let mut meter = Meter::new(&format!("{method}: training text"), Some(wanted));
        let mut go_on = |bytes| Ok(meter.advance(bytes, &control.cancel).is_continue());
        match count_tokens(tokenizer, &mut examples, wanted, control, &mut go_on)? {
            None => Err(TokenizeError::Cancelled.into()),
            counted => {
                meter.finish();
                Ok(counted)
            }
        }
    }

    /// What a method that normalises text loses, document by document.
    fn loss(&self, tokenizer: &dyn Tokenizer, texts: &Texts, control: &Control) -> Result<RoundTrip, CommandError> {
        let (mut documents, mut bytes) = (0, 0);
        for document in texts.documents()? {
            let symbols: Vec<Symbol> = document?.into_iter().map(Symbol::from).collect();
            for encoded in tokenizer.encode(&[&symbols], control)? {
                let same = tokenizer.decode(&encoded, control)? == symbols;
                if same != (encoded.lost_bytes == 0) {
                    return Err(CommandError::RunFailed(format!(
                        "{}: {} bytes were counted as lost, but decoding says otherwise; please report this as a bug",
                        tokenizer.method(),
                        encoded.lost_bytes
                    )));
                }
                documents += u64::from(!same);
                bytes += encoded.lost_bytes as u64;
            }
        }
        Ok(RoundTrip::Lost { documents, of: texts.documents, bytes })
    }
}

fn table(rows: &[Row]) -> Table {
    let columns = vec![
        Column::new("method", "the tokenizer"),
        Column::new("bytes", "raw bytes of the text").decimals(0),
        Column::new("tokens", "tokens that they make").decimals(0),
        Column::new("bytes/token", "raw bytes per token").decimals(3),
        Column::new("bit ratio", "bits of the text (8 a byte) per bit of its tokens").decimals(3),
        Column::new("uniform", "bits/byte where all tokens are equally likely").decimals(3),
        Column::new("unigram", "bits/byte of a model that knows the tokens' frequencies alone").decimals(3),
        Column::new("windows", "windows that the text is cut into").decimals(0),
        Column::new("padding", "bits of padding in a window").decimals(2),
        Column::new("ambiguous", "windows whose code does not say which text it stands for"),
        Column::new("round trip", "whether the text came back"),
        Column::new("MB/s", "millions of raw bytes encoded a second").decimals(2),
    ];
    let row = |row: &Row| {
        let count = |count: u64| Cell::Number(count as f64);
        let ambiguous = row.ambiguous_windows.map(|share| format!("{:.1} %", 100.0 * share));
        let cells = vec![
            Cell::Text(row.method.clone()),
            count(row.bytes),
            count(row.tokens),
            Cell::number(row.token_ratio),
            Cell::number(row.bit_ratio),
            Cell::number(row.uniform_bits_per_byte),
            Cell::number(row.unigram_bits_per_byte),
            if row.windows == 0 { Cell::Missing } else { count(row.windows) },
            Cell::number(row.mean_padding_bits),
            ambiguous.map_or(Cell::Missing, Cell::Text),
            Cell::Text(row.round_trip.to_string()),
            Cell::Number(row.encode_mb_per_second),
        ];
        figure::Row { cells, color: None }
    };
    Table { title: "Tokenizers on the same text".to_owned(), columns, rows: rows.iter().map(row).collect() }
}
