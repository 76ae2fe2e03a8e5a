//! `mullion bench coding`: how fast M1 codes, against named peers, in one run.

mod network;
mod peers;
mod streams;
mod trees;

use super::CommandError;
use super::m1_choice::M1Choice;
use crate::coding::{Termination, WindowShape};
use crate::corpus::{Source, documents};
use crate::gpu::DeviceChoice;
use crate::m1::gpu::GpuModel;
use crate::m1::{Network, NextSymbol, WindowTree};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Bytes of the built-in corpus that stand in where no file is named.
const DEFAULT_BYTES: usize = 1 << 20;

#[derive(Debug, clap::Args)]
pub struct BenchCoding {
    /// Files to code, any bytes; without any, the start of the built-in corpus
    files: Vec<PathBuf>,
    /// An M1 in the box (3m, micro) or a .m1 file; without one, 3m
    #[arg(long, value_name = "NAME|FILE.m1")]
    m1: Option<M1Choice>,
    /// Only this part
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Repetitions; the best of them counts
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// The longest windows whose tree is built, in bits
    #[arg(long, default_value_t = 18, value_parser = clap::value_parser!(u16).range(8..=20))]
    most_bits: u16,
    /// Bytes of the first file that are coded without a tree
    #[arg(long, default_value_t = 65_536, value_parser = clap::value_parser!(u32).range(1..))]
    stream_bytes: u32,
    /// The device whose shaders code the streams, too
    #[arg(long, default_value_t = DeviceChoice::Auto, value_name = "auto|gpu|cpu|software")]
    device: DeviceChoice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// EqualInfoAC[b=16, v=65k] with a warm tree against the field's tokenizers
    Tokenizers,
    /// The integer network against f32 on burn's CPU device
    Network,
    /// Build time and memory of the tree by window size
    Trees,
    /// Windows beyond the tree, and whole texts: cold and warm, by number of streams
    Streams,
}

/// A text to code.
pub struct Text {
    pub name: String,
    pub bytes: Vec<u8>,
}

impl Text {
    fn read(path: &Path) -> Result<Self, CommandError> {
        let bytes = std::fs::read(path).map_err(|source| CommandError::Read { path: path.to_owned(), source })?;
        let name =
            path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        match bytes.is_empty() {
            true => Err(CommandError::Usage(format!("{} is empty: there is nothing to measure on", path.display()))),
            false => Ok(Self { name, bytes }),
        }
    }

    pub fn built_in() -> Result<Self, CommandError> {
        let mut bytes = Vec::new();
        for document in documents(&Source::default_corpus())? {
            bytes.extend(document?.bytes);
            if bytes.len() >= DEFAULT_BYTES {
                break;
            }
        }
        bytes.truncate(DEFAULT_BYTES);
        Ok(Self { name: "built-in corpus".to_owned(), bytes })
    }
}

impl BenchCoding {
    pub fn run(&self) -> Result<(), CommandError> {
        let texts = match self.files.as_slice() {
            [] => vec![Text::built_in()?],
            paths => paths.iter().map(|path| Text::read(path)).collect::<Result<_, _>>()?,
        };
        let (m1, name) = self.m1.clone().unwrap_or_default().open()?;
        let model = m1.model.clone();
        let network = Arc::new(Network::new(m1)?);
        println!("M1 {name}, {}, {} threads\n", network.identity(), rayon::current_num_threads());
        let wanted = |part| self.only.is_none_or(|only| only == part);
        if wanted(Part::Tokenizers) {
            let shape = WindowShape::new(16, Termination::Exact)?;
            let start = Instant::now();
            let tree = WindowTree::build(&*network, shape, &mut |_| true)?;
            println!(
                "Text to token ids and back, one thread, best of {} rounds. Building the tree took {:.2} s, once.\n",
                self.rounds,
                start.elapsed().as_secs_f64()
            );
            let peers = peers::Peers::new()?;
            for text in &texts {
                println!("{}", peers.compare(&tree, "EqualInfoAC[b=16, v=65k]", text, self.rounds.into())?);
            }
        }
        if wanted(Part::Network) {
            let rounds = usize::from(self.rounds).div_ceil(3);
            println!(
                "Networks of two sizes: every position of 32 rows of 256 bytes, all threads, best of {rounds} rounds.\n"
            );
            println!("{}", network::compare(&texts[0].bytes, rounds)?);
        }
        if wanted(Part::Trees) {
            println!("The whole tree of exact windows, built once for each size.\n");
            println!("{}", trees::growth(&network, self.most_bits)?);
        }
        if wanted(Part::Streams) {
            let bytes = self.stream_bytes as usize;
            println!(
                "The first {} bytes of {}, without a whole tree, once cold and once warm.\n",
                bytes.min(texts[0].bytes.len()),
                texts[0].name
            );
            println!("{}", streams::growth(&network, &texts[0], bytes)?);
            let device = self.device.open()?;
            match &device.wgpu {
                None => println!("No GPU: {device}"),
                Some(setup) => {
                    println!("Exact windows cut by our shaders on {device}\n");
                    let gpu = GpuModel::new(&setup.device, &setup.queue, &model)?;
                    println!("{}", streams::on_gpu(&gpu, &network, &texts[0], bytes)?);
                }
            }
        }
        Ok(())
    }
}
