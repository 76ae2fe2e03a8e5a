//! `mullion dictionary`: every window of a size, its code and its text.

use super::CommandError;
use super::m1_choice::M1Choice;
use super::output;
use crate::coding::{Termination, WindowShape};
use crate::durable;
use crate::m1::{Network, NextSymbol, WindowTree};
use std::path::PathBuf;
use std::time::Instant;

#[derive(Debug, clap::Args)]
pub struct Dictionary {
    /// An M1 in the box (3m, micro) or a .m1 file; without one, 3m
    #[arg(long, value_name = "NAME|FILE.m1")]
    m1: Option<M1Choice>,
    /// Bits of a window
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(8..=20))]
    bits: u16,
    /// Write the dictionary as a Hugging Face tokenizer, token ids being codes
    #[arg(long, value_name = "tokenizer.json")]
    hugging_face: Option<PathBuf>,
    /// Keep the tree of windows: beside the M1's file, or in the user's cache folder for one in the box. `mullion windows` and
    /// the window find it there, and need not build it
    #[arg(long)]
    keep: bool,
}

impl Dictionary {
    pub fn run(&self) -> Result<(), CommandError> {
        self.hugging_face.as_deref().map_or(Ok(()), output::check)?;
        let choice = self.m1.clone().unwrap_or_default();
        let (m1, name) = choice.open()?;
        let network = Network::new(m1)?;
        let shape = WindowShape::new(self.bits, Termination::Exact)?;
        let start = Instant::now();
        let tree = WindowTree::build(&network, shape, &mut |_| true)?;
        let statistics = tree.statistics();
        println!(
            "windows of {} bits under M1 {name}, {}: {} prefixes, {} of them with children, the longest text {} symbols, {:.1} MB, built in {:.2} s",
            self.bits,
            network.identity(),
            statistics.nodes,
            statistics.inner,
            statistics.depth,
            statistics.bytes as f64 / 1e6,
            start.elapsed().as_secs_f64()
        );
        if self.keep {
            let path = choice.tree_path(network.identity(), &format!("b{}", self.bits)).ok_or_else(|| {
                CommandError::Usage(
                    "there is no cache folder to keep the tree in: set XDG_CACHE_HOME, or name a .m1 file".to_owned(),
                )
            })?;
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                durable::create_folder(folder)?;
            }
            tree.save(&path)?;
            println!("tree: {}", path.display());
        }
        if let Some(path) = &self.hugging_face {
            tree.save_hugging_face(path)?;
            println!("Hugging Face tokenizer: {}", path.display());
        }
        Ok(())
    }
}
