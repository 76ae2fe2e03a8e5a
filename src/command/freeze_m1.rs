//! `mullion freeze-m1`: from a training checkpoint to a `.m1` file.

use super::CommandError;
use super::output;
use crate::coding::{END_OF_DOCUMENT, Symbol};
use crate::corpus::random::Generator;
use crate::corpus::{CorpusError, Packing, Source, Tail, documents};
use crate::experiment::CALIBRATION_EXAMPLES;
use crate::m1::freeze::{float_bits_per_byte, freeze, integer_bits_per_byte};
use crate::m1::{M1File, Measured, file, golden};
use crate::train::Checkpoint;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(Debug, clap::Args)]
pub struct FreezeM1 {
    /// The checkpoint of a training of M1: m1.checkpoint in its results folder
    checkpoint: PathBuf,
    /// Where the frozen M1 goes
    #[arg(long, short, value_name = "FILE.m1")]
    output: PathBuf,
    /// Positions that M1 sees; without it, the bytes of one example in its training
    #[arg(long)]
    context: Option<usize>,
    /// Text like what M1 was trained on, to measure its ranges on: files or folders. Without any, the built-in corpus
    #[arg(long, value_name = "PATH", num_args = 1..)]
    calibrate: Vec<PathBuf>,
    /// Held-out text to compare the float and the integer network on: files or folders
    #[arg(long, value_name = "PATH", num_args = 1..)]
    measure: Vec<PathBuf>,
    /// Bytes of it to measure on
    #[arg(long, default_value_t = 1 << 20)]
    measure_bytes: u64,
}

impl FreezeM1 {
    pub fn run(&self) -> Result<(), CommandError> {
        let begun = Instant::now();
        output::check(&self.output)?;
        let same = |path: &Path| path.canonicalize().ok();
        if same(&self.output).is_some_and(|output| same(&self.checkpoint) == Some(output)) {
            return Err(CommandError::Usage(format!(
                "{} is the checkpoint itself: name another file for the frozen M1",
                self.output.display()
            )));
        }
        let (header, weights) = Checkpoint::weights(&self.checkpoint)?;
        let context = self.context.or(header.context).ok_or_else(|| {
            CommandError::Usage(format!(
                "{} does not tell the context it was trained with ({}): say it with --context",
                self.checkpoint.display(),
                header.identity
            ))
        })?;
        let source = match self.calibrate.as_slice() {
            [] => Source::default_corpus(),
            paths => Source::from_paths(paths)?,
        };
        let text = sample(&source, context, header.seed)?;
        let model = freeze(&weights, context, &text)?;
        let provenance = BTreeMap::from([
            ("frozen with".to_owned(), format!("mullion {}", env!("CARGO_PKG_VERSION"))),
            ("training".to_owned(), format!("{}, {} steps", header.identity, header.step)),
            ("calibrated on".to_owned(), source.identity().digest().to_string()),
        ]);
        let measured = match self.measure.as_slice() {
            [] => None,
            paths => {
                let source = Source::from_paths(paths)?;
                let packing = Packing::new(documents(&source)?, context, Tail::Keep)?;
                let (mut rows, mut bytes) = (Vec::new(), 0);
                for row in packing {
                    let row = row?;
                    bytes += row.iter().filter(|&&symbol| symbol < END_OF_DOCUMENT).count() as u64;
                    rows.push(row);
                    if bytes >= self.measure_bytes {
                        break;
                    }
                }
                let float = float_bits_per_byte(&weights, &rows)?;
                let integer = integer_bits_per_byte(&model, &rows);
                println!(
                    "{bytes} bytes of {}: {float:.4} bits/byte in floats, {integer:.4} in integers ({:+.2} %)",
                    source.name(),
                    (integer / float - 1.0) * 100.0
                );
                // A path would say where it was measured, not on what.
                let name =
                    paths.iter().filter_map(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned());
                Some(Measured::new(name.collect::<Vec<_>>().join(", "), bytes, float, integer))
            }
        };
        let frozen = M1File { model, provenance, measured };
        file::save(&self.output, &frozen)?;
        println!("{}: {}, golden hash {}", self.output.display(), frozen.identity(), golden::hash(&frozen.model));
        println!("done in {}", super::progress::duration(begun.elapsed().as_secs_f64()));
        Ok(())
    }
}

/// Examples of `context` symbols from everywhere in the text, each as likely as any other (Vitter's reservoir).
fn sample(source: &Source, context: usize, seed: u64) -> Result<Vec<Vec<Symbol>>, CorpusError> {
    let mut generator = Generator::new(seed);
    let mut sample: Vec<Vec<Symbol>> = Vec::new();
    for (i, row) in Packing::new(documents(source)?, context, Tail::Keep)?.enumerate() {
        let row = row?;
        match sample.len() < CALIBRATION_EXAMPLES {
            true => sample.push(row),
            false => {
                let at = generator.below(i as u64 + 1) as usize;
                if let Some(place) = sample.get_mut(at) {
                    *place = row;
                }
            }
        }
    }
    Ok(sample)
}
