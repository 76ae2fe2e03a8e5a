//! What tokenizers are made of: a model, what is kept of it, and what was learned from the training split.

use super::subword::{self, Progress, Subword, SubwordError, TrainedKind};
use super::{Method, Precision, TokenWidth, TokenizeError};
use crate::coding::{END_OF_DOCUMENT, Symbol};
use crate::corpus::{CorpusError, Source, Split, SplitRule, split_documents};
use crate::durable::{self, WriteError};
use crate::m1::{NextSymbol, StandIn, Trees};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What tokenizers are made of.
#[derive(Clone)]
pub struct Materials {
    /// What M1-driven methods code with.
    pub model: Arc<dyn NextSymbol>,
    /// What is kept of its distributions.
    pub trees: Arc<Trees>,
    /// What was learned from the training split.
    pub fitted: Fitted,
}

impl Materials {
    /// Materials for all methods that need nothing but a model.
    pub fn new(model: Arc<dyn NextSymbol>, trees: Arc<Trees>) -> Self {
        Self { model, trees, fitted: Fitted::default() }
    }
}

/// What methods learn from a training split, or bring along: byte counts and vocabularies.
#[derive(Clone, Default)]
pub struct Fitted {
    /// The distribution of the training split's symbols, which static methods code with.
    pub unigram: Option<Arc<StandIn>>,
    vocabularies: HashMap<Method, Arc<Subword>>,
}

/// The training split of a corpus: static distributions are counted on it, and vocabularies trained.
#[derive(Debug, Clone, Copy)]
pub struct TrainingText<'a> {
    pub source: &'a Source,
    pub rule: SplitRule,
    /// How many bytes its documents have.
    pub bytes: u64,
}

impl TrainingText<'_> {
    /// A name that no other text has.
    fn identity(&self) -> String {
        let SplitRule { seed, validation } = self.rule;
        format!("corpus {}, {validation} held out under seed {seed}", self.source.identity().digest())
    }

    /// The distribution of its symbols; none if it was stopped.
    fn unigram(&self, progress: &mut dyn FnMut(Fitting<'_>) -> bool) -> Result<Option<StandIn>, CorpusError> {
        let mut counts = [0; crate::coding::ALPHABET];
        let mut bytes = 0;
        for document in split_documents(self.source, self.rule, Split::Train)? {
            let document = document?.bytes;
            document.iter().for_each(|&byte| counts[usize::from(byte)] += 1);
            counts[usize::from(END_OF_DOCUMENT)] += 1;
            bytes += document.len() as u64;
            if !progress(Fitting::Counting { bytes, of: self.bytes }) {
                return Ok(None);
            }
        }
        Ok(Some(StandIn::unigram(counts)))
    }
}

/// How far fitting is.
#[derive(Debug, Clone, PartialEq)]
pub enum Fitting<'a> {
    /// Symbols are counted.
    Counting { bytes: u64, of: u64 },
    /// Bytes of the training split's that a vocabulary has been shown.
    Reading { method: &'a Method, bytes: u64, of: u64 },
    /// Its pieces are being chosen, which takes seconds to minutes, and cannot be stopped.
    Choosing { method: &'a Method, seconds: f64 },
}

/// Why materials could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    #[error("stopped, as was asked")]
    Cancelled,
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    #[error("{method}: {source}")]
    Subword { method: Method, source: SubwordError },
    #[error("{}, which was kept of an earlier run, is damaged ({source}): remove it, and it is made again", path.display())]
    Kept { path: PathBuf, source: SubwordError },
    #[error("{method}: {} could not be read: {source}", path.display())]
    Read { method: Method, path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Fitted {
    /// The distribution of these symbols for static methods, and no vocabulary.
    pub fn counted(symbols: impl IntoIterator<Item = Symbol>) -> Self {
        Self { unigram: Some(Arc::new(StandIn::counted(symbols))), ..Self::default() }
    }

    /// Whether what `method` needs is there.
    pub fn has(&self, method: &Method) -> bool {
        let vocabulary = !matches!(method, Method::Trained { .. }) || self.vocabularies.contains_key(method);
        vocabulary && (!method.counts_symbols() || self.unigram.is_some())
    }

    /// Adds what `methods` need besides: reads vocabularies from their files, counts and trains on `training` where they
    /// want that. A trained vocabulary is kept in `folder` as a `tokenizer.json`, and found there the next time. `progress`
    /// says whether to go on.
    ///
    /// # Errors
    /// If a file or the training text cannot be read, or a vocabulary cannot be had.
    pub fn fit<'m>(
        &mut self,
        methods: impl IntoIterator<Item = &'m Method>,
        training: &TrainingText<'_>,
        folder: Option<&Path>,
        progress: &mut dyn FnMut(Fitting<'_>) -> bool,
    ) -> Result<(), FitError> {
        for method in methods {
            if method.counts_symbols() && self.unigram.is_none() {
                let unigram = training.unigram(progress)?.ok_or(FitError::Cancelled)?;
                self.unigram = Some(Arc::new(unigram));
            }
            if let Method::Trained { kind, pieces } = method
                && !self.vocabularies.contains_key(method)
            {
                let subword = trained(method, *kind, *pieces, training, folder, progress)?;
                self.vocabularies.insert(method.clone(), Arc::new(subword));
            }
            self.open(method)?;
        }
        Ok(())
    }

    /// Reads the vocabulary that a method brings along, if it brings one.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn open(&mut self, method: &Method) -> Result<(), FitError> {
        if self.vocabularies.contains_key(method) {
            return Ok(());
        }
        let subword = match method {
            Method::SentencePiece => Subword::t5(),
            Method::OpenAi(ranks) => Ok(Subword::openai(*ranks)),
            Method::HuggingFace { file } => {
                let path = PathBuf::from(file.as_ref());
                let json = std::fs::read(&path);
                let json = json.map_err(|source| FitError::Read { method: method.clone(), path, source })?;
                Subword::from_json(&json)
            }
            _ => return Ok(()),
        };
        let subword = subword.map_err(|source| FitError::Subword { method: method.clone(), source })?;
        self.vocabularies.insert(method.clone(), Arc::new(subword));
        Ok(())
    }

    /// The distribution of the training split's symbols, as a model to code with.
    ///
    /// # Errors
    /// If none was counted.
    pub fn counted_model(&self) -> Result<Arc<StandIn>, TokenizeError> {
        self.unigram(&Method::StaticAc { width: TokenWidth::BYTE, precision: Precision::default() })
    }

    pub(super) fn unigram(&self, method: &Method) -> Result<Arc<StandIn>, TokenizeError> {
        let missing = || TokenizeError::NotFitted { method: method.clone(), what: "the training split's byte counts" };
        self.unigram.clone().ok_or_else(missing)
    }

    pub(super) fn vocabulary(&self, method: &Method) -> Result<Arc<Subword>, TokenizeError> {
        let missing = || TokenizeError::NotFitted { method: method.clone(), what: "its vocabulary" };
        self.vocabularies.get(method).cloned().ok_or_else(missing)
    }
}

fn trained(
    method: &Method,
    kind: TrainedKind,
    pieces: u32,
    training: &TrainingText<'_>,
    folder: Option<&Path>,
    progress: &mut dyn FnMut(Fitting<'_>) -> bool,
) -> Result<Subword, FitError> {
    let fault = |source| FitError::Subword { method: method.clone(), source };
    let digest = Sha256::digest(training.identity());
    let digest: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let path = folder.map(|folder| folder.join(format!("{kind}-{pieces}-{digest}.tokenizer.json").to_lowercase()));
    if let Some(path) = path.as_ref().filter(|path| path.exists()) {
        let read = std::fs::read(path);
        let json = read.map_err(|source| FitError::Read { method: method.clone(), path: path.clone(), source })?;
        return Subword::from_json(&json).map_err(|source| FitError::Kept { path: path.clone(), source });
    }
    let mut failed = None;
    let documents = split_documents(training.source, training.rule, Split::Train)?;
    let documents = documents.map_while(|document| document.map_err(|error| failed = Some(error)).ok());
    let documents = documents.map(|document| document.bytes);
    let mut told = |told: Progress| {
        progress(match told {
            Progress::Reading { done, total } => Fitting::Reading { method, bytes: done, of: total },
            Progress::Training { elapsed } => Fitting::Choosing { method, seconds: elapsed.as_secs_f64() },
        })
    };
    let json = subword::train(kind, pieces as usize, documents, training.bytes, &mut told);
    if let Some(error) = failed {
        return Err(error.into());
    }
    let json = match json {
        Err(SubwordError::Cancelled) => return Err(FitError::Cancelled),
        trained => trained.map_err(fault)?.json,
    };
    if let Some(path) = path {
        durable::replace(&path, |file| file.write_all(&json))?;
    }
    Subword::from_json(&json).map_err(fault)
}
