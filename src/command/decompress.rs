//! `mullion decompress`: what `mullion compress` made, byte for byte as it was, or an error that says which chunk is wrong.

use super::coder::{Coder, TrainingOptions};
use super::compress::{EXTENSION, GROUP, identity, open, refuse_what_files_cannot_hold};
use super::m1_choice::M1Choice;
use super::meter::Meter;
use super::{CommandError, interrupt, output};
use crate::container::{self, Header, Summary};
use crate::m1::{SHIPPED, StandIn};
use crate::tokenizer::{Chunks, Control, Method, build};
use std::io::{self, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, clap::Args)]
pub struct Decompress {
    /// Compressed file; `-`, or none, is standard input
    file: Option<PathBuf>,
    /// Where to; without it, the file's name without .mul, or standard output where standard input is read. `-` is standard
    /// output
    #[arg(long, short, value_name = "FILE", conflicts_with = "info")]
    output: Option<PathBuf>,
    /// The M1 that the file was made with; without one, the M1s in the box are tried
    #[arg(long, value_name = "NAME|FILE.m1", conflicts_with = "info")]
    m1: Option<M1Choice>,
    /// Say what the file was made with and what it consists of, and check all that can be checked without decoding
    #[arg(long)]
    info: bool,
    /// Write over a file that is there
    #[arg(long, conflicts_with = "info")]
    force: bool,
}

impl Decompress {
    pub fn run(&self) -> Result<(), CommandError> {
        let input = self.file.clone().filter(|file| file.as_os_str() != "-");
        let mut reader: Box<dyn Read> = match &input {
            Some(path) => Box::new(BufReader::new(open(path)?)),
            None => Box::new(io::stdin().lock()),
        };
        let header = container::read_header(&mut reader)?;
        if self.info {
            return info(&header, reader);
        }
        let target = self.target(input.as_deref())?;
        if let Some(path) = &target {
            output::check_new(path, self.force, &input.as_deref().into_iter().collect::<Vec<_>>())?;
        }
        let method: Method = header.method().parse()?;
        let coder = self.coder(&header, &method)?;
        let mut materials = coder.materials([&method].into_iter().filter(|method| !method.counts_symbols()))?;
        if method.counts_symbols() {
            let unigram = StandIn::from_bytes(header.tables()).ok_or_else(|| {
                CommandError::RunFailed("the file's table of byte counts is damaged: get another copy".to_owned())
            })?;
            materials.fitted.unigram = Some(Arc::new(unigram));
        }
        let tokenizer = build(&method, &materials)?;
        refuse_what_files_cannot_hold(&method, tokenizer.as_ref())?;
        header.expect(&method.to_string(), &identity(&method, tokenizer.as_ref(), &coder))?;

        let control = Control { cancel: interrupt::flag(), progress: None };
        let chunks = Chunks { tokenizer: tokenizer.as_ref(), control: control.clone() };
        let mut meter = Meter::new("decompressing", None);
        let mut progress = |done: u64| meter.advance(done, &control.cancel);
        let summary = match &target {
            None => container::decompress(reader, &header, io::stdout().lock(), &chunks, GROUP, &mut progress)?,
            Some(path) => {
                output::whole(path, |file| container::decompress(reader, &header, file, &chunks, GROUP, &mut progress))?
            }
        };
        meter.finish();
        if let Some(path) = &target {
            eprintln!("{}: {} bytes, as they were", path.display(), summary.raw_bytes);
        }
        Ok(())
    }

    fn target(&self, input: Option<&Path>) -> Result<Option<PathBuf>, CommandError> {
        match (&self.output, input) {
            (Some(path), _) => Ok(Some(path.clone()).filter(|path| path.as_os_str() != "-")),
            (None, Some(input)) if input.extension().is_some_and(|extension| extension == EXTENSION) => {
                Ok(Some(input.with_extension("")))
            }
            (None, Some(input)) => Err(CommandError::Usage(format!(
                "{} does not end in .{EXTENSION}, so its text has no name: name a file with --output",
                input.display()
            ))),
            (None, None) => match io::stdin().is_terminal() {
                true => Err(CommandError::Usage("name a compressed file, or send one to standard input".to_owned())),
                false => Ok(None),
            },
        }
    }

    /// The M1 that was named, or the one in the box that made the file.
    fn coder(&self, header: &Header, method: &Method) -> Result<Coder, CommandError> {
        let training = TrainingOptions::default();
        if let Some(choice) = &self.m1 {
            return Coder::open(choice, training);
        }
        if !method.runs_m1() || header.model() == StandIn::UNIFORM {
            return Coder::open(&M1Choice::Uniform, training);
        }
        for shipped in SHIPPED {
            if shipped.open_unproven()?.file.identity() == header.model() {
                return Coder::open(&M1Choice::Shipped(shipped), training);
            }
        }
        Err(CommandError::Usage(format!(
            "the file was made with the M1 {}, which is not in the box: give its .m1 file with --m1",
            header.model()
        )))
    }
}

fn info(header: &Header, reader: impl Read) -> Result<(), CommandError> {
    let model = if header.model().is_empty() { "none" } else { header.model() };
    let mut out = io::stdout().lock();
    writeln!(out, "method     {}", header.method())?;
    writeln!(out, "model      {model}")?;
    writeln!(out, "chunks of  {} bytes", header.chunk_bytes())?;
    let mut longest = 0;
    let summary = container::inspect(reader, header, &mut |chunk| longest = longest.max(chunk.payload_bits))?;
    let Summary { raw_bytes, chunks, payload_bits, side_bytes, tables_bytes, framing_bytes, file_bytes } = summary;
    writeln!(out, "text       {raw_bytes} bytes in {chunks} chunks, the longest {longest} bits")?;
    writeln!(out, "payload    {payload_bits} bits")?;
    writeln!(out, "side       {side_bytes} bytes")?;
    writeln!(out, "tables     {tables_bytes} bytes")?;
    writeln!(out, "frame      {framing_bytes} bytes")?;
    writeln!(out, "file       {file_bytes} bytes; every record is whole and in its place")?;
    Ok(())
}
