//! `mullion train-m1`: the coding model alone, on any corpus, into a file.

use super::CommandError;
use super::output;
use super::progress::{self, duration};
use super::run::{DEFAULT_RESULTS, stop_on_interrupt};
use crate::experiment::event::Outcome;
use crate::experiment::spec::{self, Spec};
use crate::experiment::store::Store;
use crate::experiment::{Request, STORE_FILE, start};
use crate::gpu::DeviceChoice;
use crate::m1::file;
use crate::model::Size;
use crate::train::{Cooldown, Schedule};
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(Debug, clap::Args)]
pub struct TrainM1 {
    /// Text to train on: files or folders (plain text, JSON lines, C4's json.gz; .gz and .zst of each). Without any, the
    /// built-in public-domain corpus
    corpus: Vec<PathBuf>,
    /// Where the frozen M1 goes
    #[arg(long, short, value_name = "FILE.m1")]
    output: PathBuf,
    /// Model size: nano, micro, small (for CPUs), 3m (the paper's M1) or larger
    #[arg(long, default_value = "micro")]
    size: String,
    /// Bytes of one training example
    #[arg(long, default_value_t = 256)]
    context: usize,
    /// Examples in a step
    #[arg(long, default_value_t = 16)]
    batch: usize,
    /// Optimiser steps
    #[arg(long, default_value_t = 2000)]
    steps: u64,
    /// The learning rate is base-rate / sqrt(max(step, warmup-steps)), times each parameter's root mean square
    #[arg(long, default_value_t = 1.0)]
    base_rate: f64,
    /// Steps during which the learning rate stays flat
    #[arg(long, default_value_t = 10_000)]
    warmup_steps: u64,
    /// Over this many last steps the learning rate goes to zero
    #[arg(long, default_value_t = 0)]
    cooldown_steps: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Share of the documents that is held out
    #[arg(long, default_value_t = 0.05)]
    validation: f64,
    /// Where to train
    #[arg(long, default_value_t = DeviceChoice::Auto, value_name = "auto|gpu|cpu|software")]
    device: DeviceChoice,
    /// Results folder for the curve and the checkpoints
    #[arg(long, default_value = DEFAULT_RESULTS, value_name = "FOLDER")]
    out: PathBuf,
    /// Go on from the last checkpoint of the same training
    #[arg(long)]
    resume: bool,
}

impl TrainM1 {
    pub fn run(&self) -> Result<(), CommandError> {
        let begun = Instant::now();
        let stem = self.output.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let spec = self.spec(&format!("m1-{stem}"))?;
        output::check(&self.output)?;
        if self.cooldown_steps > self.steps {
            let (last, all) = (self.cooldown_steps, self.steps);
            return Err(CommandError::Usage(format!("--cooldown-steps {last} is more than --steps {all}")));
        }
        let handle = start(Request {
            spec,
            device: self.device,
            results: self.out.clone(),
            resume: self.resume.into(),
            retry: false,
        })?;
        stop_on_interrupt(handle.commands.clone());
        let (id, outcome) = progress::follow(handle)?;
        if outcome == Outcome::Stopped {
            return Err(CommandError::Stopped("the same command with --resume".to_owned()));
        }
        let store = Store::open(&self.out.join(STORE_FILE))?;
        let lost = || CommandError::Usage(format!("the store in {} lost this training", self.out.display()));
        let frozen = store.experiment(id)?.ok_or_else(lost)?.details.folder.join("m1.m1");
        let m1 = file::load(&frozen)?;
        file::save(&self.output, &m1)?;
        println!("{}: {}", self.output.display(), m1.identity());
        let bits = store.runs(id)?.first().and_then(|run| run.results.get("bits/byte").copied());
        if let Some(bits) = bits {
            println!("{bits:.3} bits/byte on held-out text");
        }
        println!("done in {}", duration(begun.elapsed().as_secs_f64()));
        Ok(())
    }

    /// A spec that trains M1 and nothing else: the same runner, store and checkpoints as every experiment.
    fn spec(&self, name: &str) -> Result<Spec, CommandError> {
        let absolute = |path: &PathBuf| {
            std::path::absolute(path).map_err(|source| CommandError::Read { path: path.clone(), source })
        };
        let source = match self.corpus.as_slice() {
            [] => spec::Source::Default,
            paths => spec::Source::Paths(paths.iter().map(absolute).collect::<Result<_, _>>()?),
        };
        let training = spec::Training {
            size: Size::named(&self.size)?,
            context: self.context,
            batch: self.batch,
            steps: self.steps,
            schedule: Schedule {
                base_rate: self.base_rate,
                warmup_steps: self.warmup_steps,
                cooldown: Cooldown::last(self.cooldown_steps, self.steps),
                ..Schedule::default()
            },
        };
        let corpus = spec::Corpus { source, validation: self.validation, validation_bytes: 65_536 };
        let m1 = spec::M1::Train(training);
        let spec = Spec {
            name: name.to_owned(),
            seed: self.seed,
            corpus,
            m1,
            film: spec::filmed(&training.size),
            runs: Vec::new(),
            left_out: Vec::new(),
            tokens: None,
            text: String::new(),
        };
        // The options have to be what a spec may say, and are kept as one.
        Ok(Spec::parse(&spec.to_toml(), Path::new("these options, as a spec"))?)
    }
}
