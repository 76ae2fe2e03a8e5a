//! `mullion compress`: any file, as small as a method makes it, and byte for byte again with `mullion decompress`.

use super::CommandError;
use super::coder::{Coder, TrainingOptions};
use super::m1_choice::M1Choice;
use super::meter::Meter;
use super::{interrupt, output};
use crate::container::{self, Header, Summary};
use crate::m1::StandIn;
use crate::tokenizer::{Chunks, Control, Materials, Method, Tokenizer, build, method_list};
use std::fs::File;
use std::io::{self, BufReader, IsTerminal, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What compressed files are called: the text's name, and this.
pub const EXTENSION: &str = "mul";

/// Chunks that are coded side by side: enough for M1 to evaluate many positions at once.
pub const GROUP: NonZeroUsize = NonZeroUsize::new(64).unwrap();

#[derive(Debug, clap::Args)]
#[command(after_long_help = method_list())]
pub struct Compress {
    /// File to compress, any bytes; `-`, or none, is standard input
    file: Option<PathBuf>,
    /// Where to; without it, the file's name and .mul, or standard output where standard input is read. `-` is standard output
    #[arg(long, short, value_name = "FILE.mul")]
    output: Option<PathBuf>,
    /// How, by its name in the paper: any method that gives every byte back. The default is fast, and its tokens are those
    /// that M2 learns from; AC[v=256] makes smaller files, at M1's own speed
    #[arg(long, short, default_value = "EqualInfoAC[b=16, v=65k]")]
    method: String,
    /// An M1 in the box (3m, micro), a .m1 file, or a stand-in (uniform, unigram); without one, 3m
    #[arg(long, value_name = "NAME|FILE.m1")]
    m1: Option<M1Choice>,
    /// Bytes that are coded as one piece, apart from the others: more of them compress better under methods whose context
    /// runs through the text, and each is decoded on one core
    #[arg(long, default_value_t = 65_536, value_name = "BYTES",
          value_parser = clap::value_parser!(u64).range(1..=container::MAX_CHUNK_BYTES as u64))]
    chunk_bytes: u64,
    #[command(flatten)]
    training: TrainingOptions,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

impl Compress {
    pub fn run(&self) -> Result<(), CommandError> {
        let method: Method = self.method.parse()?;
        let input = self.file.clone().filter(|file| file.as_os_str() != "-");
        let target = self.target(input.as_deref());
        match &target {
            Some(path) => output::check_new(path, self.force, &input.as_deref().into_iter().collect::<Vec<_>>())?,
            None if io::stdout().is_terminal() => {
                return Err(CommandError::Usage(
                    "a compressed file is nothing to look at: send it to a file or a pipe, or name one with --output"
                        .to_owned(),
                ));
            }
            None => {}
        }
        let choice = self.m1.clone().unwrap_or_default();
        if choice == M1Choice::Unigram && method.runs_m1() {
            return Err(CommandError::Usage(
                "the stand-in unigram is another one for each training text, which a compressed file does not hold: use \
                 -m 'StaticAC[v=256]', which holds its counts, or another M1"
                    .to_owned(),
            ));
        }
        let coder = Coder::open(&choice, self.training.clone())?;
        let (materials, counted) = self.materials(&method, &coder, input.as_deref())?;
        let tokenizer = build(&method, &materials)?;
        refuse_what_files_cannot_hold(&method, tokenizer.as_ref())?;
        let tables =
            materials.fitted.unigram.as_ref().filter(|_| method.counts_symbols()).map(|unigram| unigram.to_bytes());
        let model = identity(&method, tokenizer.as_ref(), &coder);
        let header = Header::new(method.to_string(), model, self.chunk_bytes as usize, tables.unwrap_or_default())?;

        let size = input.as_deref().map(size_of).transpose()?;
        let control = Control { cancel: interrupt::flag(), progress: None };
        let chunks = Chunks { tokenizer: tokenizer.as_ref(), control: control.clone() };
        let mut meter = Meter::new("compressing", size);
        let reader: Box<dyn Read> = match &input {
            Some(path) => Box::new(BufReader::new(open(path)?)),
            None => Box::new(io::stdin().lock()),
        };
        let mut progress = |done: u64| meter.advance(done, &control.cancel);
        let summary = match &target {
            None => container::compress(reader, io::stdout().lock(), &header, &chunks, GROUP, &mut progress)?,
            Some(path) => {
                output::whole(path, |file| container::compress(reader, file, &header, &chunks, GROUP, &mut progress))?
            }
        };
        meter.finish();
        report(&summary, &method, &coder, counted, target.as_deref());
        Ok(())
    }

    fn target(&self, input: Option<&Path>) -> Option<PathBuf> {
        match (&self.output, input) {
            (Some(path), _) => Some(path.clone()).filter(|path| path.as_os_str() != "-"),
            (None, Some(input)) => {
                let mut name = input.as_os_str().to_owned();
                name.push(".");
                name.push(EXTENSION);
                Some(name.into())
            }
            (None, None) => None,
        }
    }

    /// Static methods code with the frequencies of the file's own bytes, which the compressed file then holds; from a pipe,
    /// with those of the training text.
    fn materials(
        &self,
        method: &Method,
        coder: &Coder,
        input: Option<&Path>,
    ) -> Result<(Materials, Option<&'static str>), CommandError> {
        // Bytes of a pipe are gone once they are counted.
        let Some(path) = input.filter(|path| method.counts_symbols() && path.is_file()) else {
            let counted = method.counts_symbols().then_some("of the training text");
            return Ok((coder.materials([method])?, counted));
        };
        let mut counts = [0u64; crate::coding::ALPHABET];
        let mut file = BufReader::new(open(path)?);
        let mut buffer = [0; 1 << 16];
        loop {
            let read = file.read(&mut buffer).map_err(|source| CommandError::Read { path: path.to_owned(), source })?;
            buffer[..read].iter().for_each(|&byte| counts[usize::from(byte)] += 1);
            if read == 0 {
                break;
            }
        }
        let mut materials = coder.materials([])?;
        materials.fitted.unigram = Some(Arc::new(StandIn::unigram(counts)));
        Ok((materials, Some("of the file itself")))
    }
}

/// # Errors
/// If the method loses bytes, or needs more than a file holds to be decoded.
pub fn refuse_what_files_cannot_hold(method: &Method, tokenizer: &dyn Tokenizer) -> Result<(), CommandError> {
    match method {
        Method::HuggingFace { .. } | Method::Trained { .. } => Err(CommandError::Usage(format!(
            "{method} has a vocabulary of its own, which a compressed file does not hold: choose another method"
        ))),
        _ if !tokenizer.is_lossless() => {
            Err(CommandError::Usage(format!("{method} does not give every byte back: choose another method")))
        }
        _ => Ok(()),
    }
}

/// What the file has to be decoded with: M1's identity, the vocabulary's, or none.
pub fn identity(method: &Method, tokenizer: &dyn Tokenizer, coder: &Coder) -> String {
    match method.runs_m1() {
        true => coder.model.identity().to_owned(),
        false => tokenizer.identity().unwrap_or_default(),
    }
}

pub fn open(path: &Path) -> Result<File, CommandError> {
    let failed = |source| CommandError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    match file.metadata().map_err(failed)?.is_dir() {
        true => Err(failed(io::Error::from(io::ErrorKind::IsADirectory))),
        false => Ok(file),
    }
}

fn size_of(path: &Path) -> Result<u64, CommandError> {
    let size = std::fs::metadata(path).map_err(|source| CommandError::Read { path: path.to_owned(), source })?;
    Ok(size.len())
}

fn report(summary: &Summary, method: &Method, coder: &Coder, counted: Option<&str>, target: Option<&Path>) {
    let Summary { raw_bytes, payload_bits, side_bytes, tables_bytes, framing_bytes, file_bytes, chunks } = *summary;
    let per_byte = |bits: f64| match raw_bytes {
        0 => "–".to_owned(),
        raw => format!("{:.4} bits/byte", bits / raw as f64),
    };
    let place = target.map_or("standard output".to_owned(), |path| path.display().to_string());
    eprintln!("{place}: {method}, {raw_bytes} bytes in {chunks} chunks");
    eprintln!("  payload   {:>12} bytes  {}", payload_bits.div_ceil(8), per_byte(payload_bits as f64));
    if side_bytes > 0 {
        eprintln!("  side      {side_bytes:>12} bytes  where windows end that their codes leave open");
    }
    if let Some(counted) = counted {
        eprintln!("  tables    {tables_bytes:>12} bytes  how often each byte occurs: {counted}");
    }
    eprintln!("  frame     {framing_bytes:>12} bytes  names, lengths, checksums");
    eprintln!("  file      {file_bytes:>12} bytes  {}", per_byte(8.0 * file_bytes as f64));
    if method.runs_m1() && coder.model_bytes > 0 {
        let with_model = file_bytes + coder.model_bytes;
        eprintln!(
            "  with M1   {with_model:>12} bytes  {}: the file and {} ({} bytes), which decoding needs",
            per_byte(8.0 * with_model as f64),
            coder.description,
            coder.model_bytes
        );
    }
}
