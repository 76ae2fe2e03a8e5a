//! A model with all that tokenizers need beside it, opened as a command's options say.

use super::CommandError;
use super::m1_choice::M1Choice;
use crate::coding::MIN_WINDOW_BITS;
use crate::corpus::{self, Source, SplitRule};
use crate::m1::windows::MAX_TREE_BITS;
use crate::m1::{Network, NextSymbol, PrefixTree, StandIn, TreeFileError, Trees, WindowTree};
use crate::tokenizer::{
    Control, FitError, Fitted, Fitting, Materials, Method, Passage, Steps, TokenizeError, TrainingText, WindowsView,
    inspect, steps,
};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What methods that learn from a training split learn from.
#[derive(Debug, Clone, clap::Args)]
pub struct TrainingOptions {
    /// Training text for methods that are fitted to one (StaticAC, Huffman, Unigram, BPE, --m1 unigram) and for unigram
    /// models; without it, the built-in corpus. Where a file is compressed, StaticAC and Huffman count its own bytes instead
    #[arg(long, value_name = "FILE|FOLDER")]
    train: Vec<PathBuf>,
    /// Seed of the split of the training text
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Share of the training text's documents that is held out
    #[arg(long, default_value_t = 0.05)]
    validation: f64,
}

impl Default for TrainingOptions {
    fn default() -> Self {
        Self { train: Vec::new(), seed: 1, validation: 0.05 }
    }
}

impl TrainingOptions {
    /// The training text.
    pub fn source(&self) -> Result<Source, CommandError> {
        Ok(match self.train.is_empty() {
            true => Source::default_corpus(),
            false => Source::from_paths(&self.train)?,
        })
    }

    /// The seed of its split and of its order.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Which of its documents are for training.
    pub fn rule(&self) -> SplitRule {
        SplitRule { seed: self.seed, validation: self.validation }
    }
}

/// A model, what is kept of it, and what methods have learned so far from the training text.
pub struct Coder {
    pub model: Arc<dyn NextSymbol>,
    trees: Arc<Trees>,
    fitted: Mutex<Fitted>,
    training: TrainingOptions,
    /// `3m in the box · m1-… · 2.04 bits/byte`
    pub description: String,
    /// The bytes of the model's file; 0 for stand-ins.
    pub model_bytes: u64,
}

impl Coder {
    /// The model that was asked for.
    pub fn open(choice: &M1Choice, training: TrainingOptions) -> Result<Self, CommandError> {
        let stand_in = |model: StandIn, description: &str| Self {
            model: Arc::new(model),
            trees: Arc::default(),
            fitted: Mutex::default(),
            training: training.clone(),
            description: description.to_owned(),
            model_bytes: 0,
        };
        match choice {
            M1Choice::Uniform => Ok(stand_in(StandIn::uniform(), "uniform, a stand-in without weights")),
            M1Choice::Unigram => {
                let mut fitted = Fitted::default();
                fit(&mut fitted, &["StaticAC[v=256]".parse()?], &training, &AtomicBool::new(false))?;
                let unigram = fitted.counted_model()?;
                let coder = stand_in(
                    (*unigram).clone(),
                    "unigram, a stand-in: the bytes of the training text as often as there",
                );
                Ok(Self { fitted: Mutex::new(fitted), ..coder })
            }
            M1Choice::Shipped(_) | M1Choice::File(_) => Self::of_network(choice, training),
        }
    }

    fn of_network(choice: &M1Choice, training: TrainingOptions) -> Result<Self, CommandError> {
        let (m1, name) = choice.open()?;
        let measured = m1.measured.as_ref().map(|measured| format!(" · {:.3} bits/byte", measured.integer));
        let network = Arc::new(Network::new(m1)?);
        let identity = network.identity().to_owned();
        let identity = identity.as_str();
        let description = format!("{name} · {identity}{}", measured.unwrap_or_default());
        // What an experiment, or `mullion dictionary --keep`, left.
        let kept = |kind: &str| choice.tree_path(identity, kind).filter(|path| path.exists());
        // They save time and nothing else: one that cannot be read is said, and done without.
        let warn = |error: TreeFileError| eprintln!("warning: {error}");
        let prefixes = kept("prefixes").map(|path| PrefixTree::load(&path, identity, PrefixTree::DEFAULT_BUDGET));
        let trees = match prefixes {
            Some(Ok(prefixes)) => Trees::new(prefixes),
            Some(Err(error)) => {
                warn(error);
                Trees::default()
            }
            None => Trees::default(),
        };
        for bits in MIN_WINDOW_BITS..=MAX_TREE_BITS {
            if let Some(path) = kept(&format!("b{bits}")) {
                match WindowTree::load(&path, identity) {
                    Ok(windows) => drop(trees.add(windows).map_err(TokenizeError::from)?),
                    Err(error) => warn(error),
                }
            }
        }
        Ok(Self {
            model: network,
            trees: Arc::new(trees),
            fitted: Mutex::default(),
            training,
            description,
            model_bytes: choice.bytes()?,
        })
    }

    /// What these methods are made of. The first time, those that learn from the training text do so.
    pub fn materials<'m>(&self, methods: impl IntoIterator<Item = &'m Method>) -> Result<Materials, CommandError> {
        self.materials_unless(methods, &AtomicBool::new(false))
    }

    fn materials_unless<'m>(
        &self,
        methods: impl IntoIterator<Item = &'m Method>,
        cancel: &AtomicBool,
    ) -> Result<Materials, CommandError> {
        let methods: Vec<Method> = methods.into_iter().cloned().collect();
        // Two that want the same would both learn it: the second one waits instead.
        let mut fitted = self.fitted.lock().unwrap_or_else(PoisonError::into_inner);
        fit(&mut fitted, &methods, &self.training, cancel)?;
        Ok(Materials { model: self.model.clone(), trees: self.trees.clone(), fitted: fitted.clone() })
    }

    /// Cuts `text` and shows how.
    pub fn inspect(&self, text: &[u8], method: &Method, cancel: &Arc<AtomicBool>) -> Result<WindowsView, CommandError> {
        let control = Control { cancel: cancel.clone(), progress: None };
        let materials = self.materials_unless([method], cancel)?;
        Ok(inspect(text, method, &materials, &control)?)
    }

    /// Follows one window of a text through the coder.
    pub fn steps(&self, passage: &Passage, method: &Method, cancel: &Arc<AtomicBool>) -> Result<Steps, CommandError> {
        let control = Control { cancel: cancel.clone(), progress: None };
        let materials = self.materials_unless([method], cancel)?;
        Ok(steps(passage, method, &materials, &control)?)
    }
}

/// Learns what `methods` need that is not there yet; says so on standard error where it takes long.
fn fit(
    fitted: &mut Fitted,
    methods: &[Method],
    options: &TrainingOptions,
    cancel: &AtomicBool,
) -> Result<(), CommandError> {
    let learns = |method: &Method| method.counts_symbols() || matches!(method, Method::Trained { .. });
    let (source, rule) = (options.source()?, options.rule());
    let bytes = match methods.iter().any(|method| learns(method) && !fitted.has(method)) {
        true => corpus::statistics(&source, rule, &mut |_| !cancel.load(Ordering::Relaxed))?.train_bytes,
        false => 0,
    };
    let mut said = Instant::now();
    let mut progress = |fitting: Fitting<'_>| {
        let due = said.elapsed() >= Duration::from_secs(2) && std::io::stderr().is_terminal();
        let text = match fitting {
            Fitting::Counting { bytes, of } => format!("counting bytes: {} %", 100 * bytes / of.max(1)),
            Fitting::Reading { method, bytes, of } => format!("{method}: read {} %", 100 * bytes / of.max(1)),
            Fitting::Choosing { method, .. } => format!("{method}: its pieces are being chosen"),
        };
        if due || matches!(fitting, Fitting::Choosing { seconds: 0.0, .. }) {
            eprintln!("{text}");
            said = Instant::now();
        }
        !cancel.load(Ordering::Relaxed)
    };
    match fitted.fit(methods, &TrainingText { source: &source, rule, bytes }, None, &mut progress) {
        Err(FitError::Cancelled) => Err(TokenizeError::Cancelled.into()),
        done => Ok(done?),
    }
}
