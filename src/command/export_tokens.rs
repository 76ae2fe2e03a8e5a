//! `mullion export-tokens`: token ids for other programs.

use super::CommandError;
use super::coder::{Coder, TrainingOptions};
use super::m1_choice::M1Choice;
use super::meter::Meter;
use super::texts::Texts;
use super::{interrupt, output};
use crate::coding::Symbol;
use crate::corpus::Identity;
use crate::durable;
use crate::m1::NextSymbol;
use crate::tokenizer::{Control, Method, TokenizeError, Tokenizer, build, method_list};
use npyz::WriterBuilder;
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Examples that are coded side by side.
const GROUP: usize = 64;

#[derive(Debug, clap::Args)]
#[command(after_long_help = method_list())]
pub struct ExportTokens {
    /// Text files, JSON lines (.json, .jsonl), any of them as .gz or .zst, or folders of such
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// How, by its name in the paper
    #[arg(long, short, default_value = "EqualInfoAC[b=16, v=65k]")]
    method: String,
    /// Where to: .npy for NumPy, anything else for raw little-endian numbers. Beside it goes FILE.json, which says how they
    /// were made
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Bits of a number; without it, 16 where the vocabulary allows, else 32
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(["16", "32"]))]
    bits: Option<String>,
    /// An M1 in the box (3m, micro), a .m1 file, or a stand-in (uniform, unigram); without one, 3m
    #[arg(long, value_name = "NAME|FILE.m1")]
    m1: Option<M1Choice>,
    /// Symbols that are coded as one example, by itself (10,240 in the paper)
    #[arg(long, default_value_t = 10_240, value_name = "SYMBOLS", value_parser = clap::value_parser!(u64).range(1..=1 << 24))]
    example_bytes: u64,
    #[command(flatten)]
    training: TrainingOptions,
    /// Write over files that are there
    #[arg(long)]
    force: bool,
}

/// What the sidecar says.
#[derive(Debug, Serialize)]
struct Sidecar<'a> {
    made_by: String,
    method: String,
    /// M1's identity, if the method runs M1.
    model: Option<String>,
    /// The vocabulary's identity, if there is one.
    vocabulary_identity: Option<String>,
    /// Ids are below it.
    vocabulary: usize,
    /// `u16` or `u32`, little-endian.
    number: String,
    format: &'static str,
    tokens: u64,
    /// Raw source bytes that the tokens stand for.
    bytes: u64,
    documents: u64,
    /// Bytes of the source that do not come back.
    lost_bytes: u64,
    /// Symbols that are coded as one example.
    example_symbols: u64,
    /// How many tokens each example has, in the order of the file.
    tokens_of_examples: Vec<usize>,
    /// Whether a document's end is coded, as a symbol after its last byte.
    ends_of_documents: bool,
    /// The files, with hashes of their contents.
    corpus: &'a Identity,
    /// The training text of methods that are fitted to one.
    fitted_to: Option<FittedTo>,
}

#[derive(Debug, Serialize)]
struct FittedTo {
    corpus: Identity,
    seed: u64,
    /// The share of its documents that was held out.
    validation: f64,
    /// A hash of the byte counts, where the method codes with them.
    counts: Option<String>,
}

impl ExportTokens {
    pub fn run(&self) -> Result<(), CommandError> {
        let method: Method = self.method.parse()?;
        if self.output.as_os_str() == "-" {
            return Err(CommandError::Usage(
                "tokens and their sidecar are two files: name one with --output".to_owned(),
            ));
        }
        let inputs: Vec<&Path> = self.files.iter().map(PathBuf::as_path).collect();
        for path in [&self.output, &self.beside("json")] {
            output::check_new(path, self.force, &inputs)?;
        }
        let texts = Texts::open(&self.files)?;
        let coder = Coder::open(&self.m1.clone().unwrap_or_default(), self.training.clone())?;
        let materials = coder.materials([&method])?;
        let tokenizer = build(&method, &materials)?;
        let narrow = tokenizer.vocabulary() <= 1 << 16;
        let wide = match self.bits.as_deref() {
            Some("16") if !narrow => {
                return Err(CommandError::Usage(format!(
                    "{method} has {} tokens, which 16 bits cannot number: leave out --bits, or say 32",
                    tokenizer.vocabulary()
                )));
            }
            Some(bits) => bits == "32",
            None => !narrow,
        };
        let npy = self.output.extension().is_some_and(|extension| extension == "npy");
        // The head of an .npy file says how many numbers follow, so they are written beside it first.
        let raw = self.beside("numbers.partial");
        let written = self.write_numbers(tokenizer.as_ref(), &texts, &raw, wide);
        let outcome = written.and_then(|totals| {
            // New numbers never stand beside what was said of old ones.
            match std::fs::remove_file(self.beside("json")) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(source.into()),
                _ => {}
            }
            self.finish(&raw, npy, wide, totals.tokens)?;
            Ok(totals)
        });
        // Nothing to anyone once the file is there, or will not be.
        let _ = std::fs::remove_file(&raw);
        let totals = outcome?;
        let fits = method.counts_symbols() || matches!(method, Method::Trained { .. });
        let sidecar = Sidecar {
            made_by: format!("mullion {}", env!("CARGO_PKG_VERSION")),
            method: method.to_string(),
            model: method.runs_m1().then(|| coder.model.identity().to_owned()),
            vocabulary_identity: tokenizer.identity(),
            vocabulary: tokenizer.vocabulary(),
            number: if wide { "u32".to_owned() } else { "u16".to_owned() },
            format: if npy { "npy" } else { "raw" },
            tokens: totals.tokens,
            bytes: totals.bytes,
            documents: texts.documents,
            lost_bytes: totals.lost_bytes,
            example_symbols: self.example_bytes,
            tokens_of_examples: totals.of_examples,
            ends_of_documents: method.alphabet() > 256,
            corpus: texts.source.identity(),
            fitted_to: match fits {
                false => None,
                true => Some(FittedTo {
                    corpus: self.training.source()?.identity().clone(),
                    seed: self.training.seed(),
                    validation: self.training.rule().validation,
                    counts: materials.fitted.unigram.as_ref().map(|unigram| unigram.identity().to_owned()),
                }),
            },
        };
        let json = serde_json::to_vec_pretty(&sidecar).map_err(io::Error::from)?;
        let path = self.beside("json");
        durable::replace(&path, |file| file.write_all(&json))?;
        let (tokens, bytes) = (totals.tokens, totals.bytes);
        let (output, path) = (self.output.display(), path.display());
        Ok(writeln!(io::stdout(), "{output}: {tokens} tokens of {bytes} bytes, {method}; {path}")?)
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.output.as_os_str().to_owned();
        name.push(".");
        name.push(ending);
        name.into()
    }

    fn write_numbers(
        &self,
        tokenizer: &dyn Tokenizer,
        texts: &Texts,
        path: &Path,
        wide: bool,
    ) -> Result<Totals, CommandError> {
        let failed = |source| durable::WriteError { path: path.to_owned(), source };
        let mut file = BufWriter::new(File::create(path).map_err(failed)?);
        let control = Control { cancel: interrupt::flag(), progress: None };
        let mut meter = Meter::new(&tokenizer.method().to_string(), Some(texts.bytes));
        let mut totals = Totals::default();
        let mut examples = texts.examples(self.example_bytes as usize, tokenizer.method())?;
        loop {
            let group = examples.by_ref().take(GROUP).collect::<Result<Vec<Vec<Symbol>>, _>>()?;
            if group.is_empty() {
                break;
            }
            let lanes: Vec<&[Symbol]> = group.iter().map(Vec::as_slice).collect();
            for encoded in tokenizer.encode(&lanes, &control)? {
                let width = if wide { 4 } else { 2 };
                for token in &encoded.tokens {
                    file.write_all(&token.to_le_bytes()[..width]).map_err(failed)?;
                }
                totals.tokens += encoded.tokens.len() as u64;
                totals.bytes += encoded.raw_bytes as u64;
                totals.lost_bytes += encoded.lost_bytes as u64;
                totals.of_examples.push(encoded.tokens.len());
            }
            if meter.advance(totals.bytes, &control.cancel).is_break() {
                return Err(TokenizeError::Cancelled.into());
            }
        }
        file.flush().map_err(failed)?;
        meter.finish();
        Ok(totals)
    }

    /// Puts the numbers, behind a head if it is an .npy file, where they belong.
    fn finish(&self, raw: &Path, npy: bool, wide: bool, tokens: u64) -> Result<(), CommandError> {
        let mut numbers = File::open(raw).map_err(|source| CommandError::Read { path: raw.to_owned(), source })?;
        Ok(durable::replace(&self.output, |file| match (npy, wide) {
            (false, _) => io::copy(&mut numbers, file).map(drop),
            (true, false) => write_npy::<u16, 2>(&mut numbers, file, tokens, u16::from_le_bytes),
            (true, true) => write_npy::<u32, 4>(&mut numbers, file, tokens, u32::from_le_bytes),
        })?)
    }
}

#[derive(Default)]
struct Totals {
    tokens: u64,
    bytes: u64,
    lost_bytes: u64,
    of_examples: Vec<usize>,
}

fn write_npy<T: npyz::AutoSerialize, const N: usize>(
    numbers: &mut impl Read,
    file: &mut dyn Write,
    tokens: u64,
    number: impl Fn([u8; N]) -> T,
) -> io::Result<()> {
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(&[tokens]).writer(file).begin_nd()?;
    let mut numbers = io::BufReader::new(numbers);
    let mut bytes = [0; N];
    for _ in 0..tokens {
        numbers.read_exact(&mut bytes)?;
        writer.push(&number(bytes))?;
    }
    writer.finish()
}
