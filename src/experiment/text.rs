//! An experiment's text: the corpus, its split, and the held-out part that every figure is measured on.

use super::RunError;
use super::event::Level;
use super::reporter::{Next, Reporter};
use super::spec::{self, Spec};
use crate::corpus::{self, CorpusError, ShuffledExamples, Source, Split, SplitRule, Statistics};

/// The text of an experiment, read once at its start.
pub struct Text {
    pub source: Source,
    pub rule: SplitRule,
    pub statistics: Statistics,
    /// Held-out documents.
    pub validation: Vec<Vec<u8>>,
}

impl Text {
    /// Goes through the corpus once; none if that was stopped.
    pub fn read(reporter: &mut Reporter, spec: &Spec) -> Result<Option<Self>, RunError> {
        reporter.stage("read the corpus")?;
        let source = match &spec.corpus.source {
            spec::Source::Default => Source::default_corpus(),
            spec::Source::Paths(paths) => Source::from_paths(paths)?,
        };
        let rule = SplitRule { seed: spec.seed, validation: spec.corpus.validation };
        let mut stopped = false;
        let statistics = corpus::statistics(&source, rule, &mut |bytes| {
            reporter.progress(bytes, 0, "bytes");
            stopped = reporter.next() == Next::Stop;
            !stopped
        });
        if stopped {
            return Ok(None);
        }
        let statistics = statistics?;
        let validation = corpus::validation_sample(&source, rule, spec.corpus.validation_bytes)?;
        let sampled: usize = validation.iter().map(Vec::len).sum();
        if sampled == 0 {
            return Err(RunError::NoValidation);
        }
        let Statistics { documents, bytes, validation_documents, validation_bytes, .. } = &statistics;
        reporter.message(
            Level::Info,
            format!(
                "corpus {}: {documents} documents, {bytes} bytes; {validation_documents} documents ({validation_bytes} \
                 bytes) are held out, {sampled} bytes of them measured on",
                source.identity()
            ),
        )?;
        Ok(Some(Self { source, rule, statistics, validation }))
    }

    /// Names the corpus and its split: what was trained on one text never goes on with another.
    pub fn identity(&self) -> String {
        format!("corpus {}, {} held out under seed {}", self.source.identity(), self.rule.validation, self.rule.seed)
    }

    /// Training examples in a seeded order, from the one after the first `drawn` on.
    pub fn shuffled(&self, symbols: usize, seed: u64, drawn: u64) -> Result<ShuffledExamples, CorpusError> {
        ShuffledExamples::new(self.source.clone(), self.rule, Split::Train, symbols, seed, drawn)
    }
}
