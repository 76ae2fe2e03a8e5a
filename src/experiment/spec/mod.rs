//! An experiment's specification: one TOML file that the window and the command line both start from.
//!
//! ```toml
//! name = "first-light"                  # letters, digits, - and _; names the results folder
//! seed = 1                              # of the corpus split, of M1 and of the order of examples
//!
//! [corpus]
//! source = "default"                    # the built-in text, or a path, or a list of paths
//! validation = 0.05                     # share of the documents that is held out
//! validation_bytes = 65536              # at most so many held-out raw bytes, of whole documents, that figures are of
//!
//! [m1]                                  # how to train one; or alone `file = "….m1"`, `shipped` or `stand_in = "uniform"`
//! size = "nano"
//! context = 256                         # bytes
//! batch = 16
//! steps = 900
//!
//! film = true                           # keep M1 as it is at every evaluation; without it, for sizes up to 3m
//!
//! [m1.optimizer]                        # optional; what is left out is the paper's (section 3.5)
//! base_rate = 1.0
//! rate_changes = [{ step = 300, factor = 0.5 }]   # after step 300 half of what the schedule says
//!
//! [m2]                                  # defaults of every run
//! size = "nano"
//! context = 128                         # tokens
//! batch = 16
//! steps = 600
//! seeds = [1]
//! example_bytes = 10240                 # text that is coded as one example
//!
//! [[run]]
//! method = "EqualInfoAC[b=16, v=256]"   # and any key of [m2], and `label`
//!
//! [grid]                                # optional: every combination of its values is a run, as a [[run]] is
//! window_bits = "16..64 times 2"        # or a list: [16, 32, 64]
//! vocabulary = [256, 65536]             # or token_bits = [8, 16]
//! ending = ["exact", "greedy"]          # and reset = [1, 2, "never"], words = [0, 4]
//! methods = ["Bytes", "AC[v=256]"]      # methods beside the windows
//! size = ["nano", "micro"]              # and context, batch, steps, base_rate, example_bytes and seeds
//! budget = { by = "bytes", amount = 1e6 } # or "tokens" or "flops", instead of steps; a [[run]] and [m2] can say it too
//!
//! [tokens]                              # optional: methods whose tokens are measured without training an M2
//! methods = ["Bytes", "AC[v=65k]"]
//! example_bytes = 10240
//! training_bytes = 1048576              # training text, to the end of an example, that the unigram model is counted on
//! tables = [1, 3]                       # the paper's, to be printed beside ours
//! ```
//!
//! Paths are relative to the file's folder. An unknown key is an error, so that a misspelt one is never a silent
//! default; every error names the file and the line, and says what was expected.

mod budget;
mod canonical;
mod error;
mod expand;
mod grid;
pub mod ranges;
mod read;
mod table;

pub use budget::{Budget, BudgetUnit, StepCost};
pub use error::SpecError;

use crate::coding::ALPHABET;
use crate::m1::Shipped;
use crate::model::Size;
use crate::tokenizer::Method;
use crate::train::Schedule;
use std::path::{Path, PathBuf};

/// A checked specification, with defaults filled in and runs expanded over their seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Names the results folder: 1 to 64 letters, digits, `-` and `_`.
    pub name: String,
    /// Seeds the corpus split, M1 and the order of examples; a run's own seed is [`RunSpec::seed`].
    pub seed: u64,
    pub corpus: Corpus,
    pub m1: M1,
    /// Whether M1 is kept frozen at every evaluation of its training ([`crate::experiment::film`]); never of one that is not
    /// trained.
    pub film: bool,
    /// One entry for every model that is trained on tokens: the file's runs in its order, each once per seed.
    pub runs: Vec<RunSpec>,
    /// Combinations of [grid] that make no run.
    pub left_out: Vec<LeftOut>,
    /// Methods whose tokens are measured only.
    pub tokens: Option<TokensSpec>,
    /// The specification as its author wrote it, comments and all.
    pub text: String,
}

/// A combination of a grid's values that makes no run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    pub combination: String,
    pub reason: String,
}

/// Where text comes from and how much of it is held out.
#[derive(Debug, Clone, PartialEq)]
pub struct Corpus {
    pub source: Source,
    /// Share of the documents that is held out, above 0 and at most [`MAX_VALIDATION`].
    pub validation: f64,
    /// Raw bytes of held-out text that every figure is measured on.
    pub validation_bytes: u64,
}

/// Which text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The text that Mullion carries with it.
    Default,
    /// Files and folders, absolute; never empty.
    Paths(Vec<PathBuf>),
}

/// The coding model: one in the box, one read from a file, or one that is trained first.
#[derive(Debug, Clone, PartialEq)]
pub enum M1 {
    Shipped(Shipped),
    /// No network at all: a control.
    StandIn(StandInKind),
    /// A frozen M1; an absolute path.
    File(PathBuf),
    Train(Training),
}

/// Models without weights, to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandInKind {
    /// All symbols are equally likely.
    Uniform,
    /// Symbols are as likely as they are frequent in the training split.
    Unigram,
}

impl StandInKind {
    pub const ALL: [Self; 2] = [Self::Uniform, Self::Unigram];

    /// What a spec calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Unigram => "unigram",
        }
    }
}

/// How one network is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Training {
    pub size: Size,
    /// Symbols of one example: bytes for M1, tokens for M2.
    pub context: usize,
    /// Examples in one step.
    pub batch: usize,
    /// Optimiser steps; 0 under a budget by bytes or FLOPs until [`RunSpec::settled`].
    pub steps: u64,
    pub schedule: Schedule,
}

/// One M2: a tokenizer, a training and a seed.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSpec {
    pub method: Method,
    /// What legends and tables call it; no two runs share a label.
    pub label: String,
    pub training: Training,
    /// What its steps follow from, where it was not given them.
    pub budget: Option<Budget>,
    /// Symbols of text that are coded as one example, by itself: 10,240 unless the file says otherwise (paper 3.2).
    pub example_bytes: usize,
    /// Seeds M2's initial weights and the order of its examples.
    pub seed: u64,
}

/// Methods whose tokens are measured, with no M2.
#[derive(Debug, Clone, PartialEq)]
pub struct TokensSpec {
    /// No two are alike.
    pub methods: Vec<Method>,
    /// Symbols of text that are coded as one example, by itself.
    pub example_bytes: usize,
    /// Raw bytes of the training split whose tokens the unigram model is counted on.
    pub training_bytes: u64,
    /// Tables of the paper that are printed beside what is measured.
    pub tables: Vec<PaperTable>,
}

/// A table of the paper that needs no M2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaperTable {
    /// Token and bit compression ratios.
    Table1,
    /// Token compression ratios of the coders.
    Table2,
    /// Bits/byte of the uniform and the unigram model.
    Table3,
    /// Token compression ratios of all methods.
    Table12,
}

impl PaperTable {
    pub const ALL: [Self; 4] = [Self::Table1, Self::Table2, Self::Table3, Self::Table12];

    /// The number that the paper gives it.
    pub fn number(self) -> u64 {
        match self {
            Self::Table1 => 1,
            Self::Table2 => 2,
            Self::Table3 => 3,
            Self::Table12 => 12,
        }
    }
}

/// The largest share of documents that can be held out.
pub const MAX_VALIDATION: f64 = 0.5;

/// Whether M1s of this size are filmed where nothing is said of it: a frame has about as many bytes as M1 has parameters, so
/// the film of the paper's M1 has about 43 MB.
pub fn filmed(size: &Size) -> bool {
    const LARGEST: usize = 4_000_000;
    size.with_vocabulary(ALPHABET).parameters() <= LARGEST
}

impl Spec {
    /// Reads and checks the specification at `path`.
    ///
    /// # Errors
    /// If the file cannot be read, is no TOML, or says something that makes no experiment.
    pub fn load(path: &Path) -> Result<Self, SpecError> {
        let bytes = std::fs::read(path).map_err(|source| SpecError::Read { path: path.to_owned(), source })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let line = error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
            SpecError::NotText { path: path.to_owned(), line }
        })?;
        Self::parse(&text, path)
    }

    /// Checks the specification `text`; `path` names it in messages and its folder resolves relative paths.
    ///
    /// # Errors
    /// If the text is no TOML, or says something that makes no experiment.
    pub fn parse(text: &str, path: &Path) -> Result<Self, SpecError> {
        read::spec(text, path)
    }

    /// The same experiment as a file of its own: absolute where this one's paths were resolved, every default written
    /// out, every run once per seed. Parsing it gives an equal experiment.
    pub fn to_toml(&self) -> String {
        canonical::toml(self)
    }
}

#[cfg(test)]
mod tests;
