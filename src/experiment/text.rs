//! An experiment's text: the corpus, its split, and the held-out part that every figure is measured on.

use super::RunError;
use super::event::Level;
use super::reporter::{Next, Reporter};
use super::spec::{self, Spec};
use crate::corpus::{self, CorpusError, ShuffledExamples, Source, Split, SplitRule, Statistics};
use crate::tokenizer::TrainingText;

/// The text of an experiment, read once at its start.
pub struct Text {
    pub source: Source,
    pub rule: SplitRule,
    pub statistics: Statistics,
    /// Held-out documents.
    pub validation: Vec<Vec<u8>>,
}

impl Text {
    /// The corpus that a spec names: its files are there and can be opened.
    pub fn open(spec: &Spec) -> Result<Source, CorpusError> {
        match &spec.corpus.source {
            spec::Source::Default => Ok(Source::default_corpus()),
            spec::Source::Paths(paths) => Source::from_paths(paths),
        }
    }

    /// How it is split.
    pub fn rule(spec: &Spec) -> SplitRule {
        SplitRule { seed: spec.seed, validation: spec.corpus.validation }
    }

    /// Goes through the corpus; none if that was stopped.
    pub fn read(reporter: &mut Reporter, spec: &Spec, source: Source) -> Result<Option<Self>, RunError> {
        reporter.stage("read the corpus")?;
        let left_out = source.left_out();
        if let Some(first) = left_out.first() {
            let (count, first) = (left_out.len(), first.display());
            let text = format!(
                "{count} files of the corpus folders were left out, as their names do not end like text: {first} …"
            );
            reporter.message(Level::Warning, text)?;
        }
        let rule = Self::rule(spec);
        let mut stopped = false;
        let mut failed = None;
        let statistics = corpus::statistics(&source, rule, &mut |bytes| {
            reporter.progress(bytes, 0, "bytes");
            let next = match reporter.next() {
                Next::Pause => reporter.hold(None),
                next => Ok(next),
            };
            stopped = !matches!(next, Ok(Next::GoOn));
            failed = next.err();
            !stopped
        });
        if let Some(error) = failed {
            return Err(error.into());
        }
        if stopped {
            return Ok(None);
        }
        let statistics = statistics?;
        let budget = spec.corpus.validation_bytes;
        // One document alone may be longer than all that was asked for.
        let validation = beginnings(corpus::validation_sample(&source, rule, budget)?, budget as usize);
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
        let SplitRule { seed, validation } = self.rule;
        format!("corpus {}, {validation} held out under seed {seed}", self.source.identity().digest())
    }

    /// The training split.
    pub fn training(&self) -> TrainingText<'_> {
        TrainingText { source: &self.source, rule: self.rule, bytes: self.statistics.train_bytes }
    }

    /// At most about `bytes` of the held-out text.
    pub fn sample(&self, bytes: usize) -> Vec<Vec<u8>> {
        beginnings(self.validation.clone(), bytes)
    }

    /// Training examples in a seeded order, from the one after the first `drawn` on.
    pub fn shuffled(&self, symbols: usize, seed: u64, drawn: u64) -> Result<ShuffledExamples, CorpusError> {
        ShuffledExamples::new(self.source.clone(), self.rule, Split::Train, symbols, seed, drawn)
    }
}

/// The beginning of each document, in proportion, so that all of them have about `bytes`; all of it, if that is less.
fn beginnings(mut documents: Vec<Vec<u8>>, bytes: usize) -> Vec<Vec<u8>> {
    let total: usize = documents.iter().map(Vec::len).sum();
    if total > bytes {
        for document in &mut documents {
            document.truncate((document.len() as u128 * bytes as u128).div_ceil(total as u128) as usize);
        }
    }
    documents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_keep_to_their_budget() {
        let documents = vec![vec![1; 1000], vec![2; 3000]];
        let lengths = |bytes| beginnings(documents.clone(), bytes).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lengths(400), [100, 300]);
        assert_eq!(lengths(5000), [1000, 3000]);
    }
}
