//! `mullion tokenize`: tokenizers side by side on the same text.

mod explain;
mod row;

use super::CommandError;
use super::coder::{Coder, TrainingOptions};
use super::interrupt;
use super::m1_choice::M1Choice;
use super::meter::Meter;
use super::table::Table;
use super::texts::Texts;
use crate::coding::Symbol;
use crate::corpus::{self, ShuffledExamples, Split};
use crate::experiment::count_tokens;
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
    #[arg(long, conflicts_with_all = ["json", "csv"])]
    explain: bool,
    /// All figures as JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// All figures as CSV
    #[arg(long)]
    csv: bool,
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
        match (self.json, self.csv) {
            (true, _) => row::write_json(&rows, &mut out),
            (_, true) => row::write_csv(&rows, &mut out),
            _ => {
                let Texts { documents, bytes, .. } = texts;
                writeln!(
                    out,
                    "{documents} documents, {bytes} bytes (white space behind documents and blank lines between them left out)\n"
                )?;
                writeln!(out, "{}", table(&rows))?;
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
    let headings = [
        "method",
        "bytes",
        "tokens",
        "bytes/token",
        "bit ratio",
        "uniform",
        "unigram",
        "windows",
        "padding",
        "ambiguous",
        "round trip",
        "MB/s",
    ];
    let mut table = Table::new(headings);
    let optional =
        |figure: Option<f64>, digits: usize| figure.map_or("–".to_owned(), |figure| format!("{figure:.digits$}"));
    for row in rows {
        table.row(vec![
            row.method.clone(),
            row.bytes.to_string(),
            row.tokens.to_string(),
            optional(row.token_ratio, 3),
            optional(row.bit_ratio, 3),
            optional(row.uniform_bits_per_byte, 3),
            optional(row.unigram_bits_per_byte, 3),
            if row.windows == 0 { "–".to_owned() } else { row.windows.to_string() },
            optional(row.mean_padding_bits, 2),
            optional(row.ambiguous_windows.map(|share| 100.0 * share), 1) + if row.windows == 0 { "" } else { " %" },
            row.round_trip.to_string(),
            format!("{:.2}", row.encode_mb_per_second),
        ]);
    }
    table
}
