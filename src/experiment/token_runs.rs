//! Runs without an M2: a method's tokens are measured on the held-out text, and the unigram model on training text.

use super::RunError;
use super::event::{RunInfo, Status};
use super::m2::Shared;
use super::reporter::{Next, Reporter};
use super::spec::TokensSpec;
use super::tokens::{codable, count_tokens, encode_examples, record};
use crate::corpus;
use crate::measure::TokenCounts;
use crate::tokenizer::{self, Method, TokenizeError, Tokenizer};

/// Measures a method; false if it was stopped before its end.
pub fn measure(
    reporter: &mut Reporter,
    run: &mut RunInfo,
    spec: &TokensSpec,
    method: &Method,
    shared: &Shared,
) -> Result<bool, RunError> {
    reporter.stage(&format!("measure {method}"))?;
    reporter.status(run, Status::Running)?;
    let tokenizer = tokenizer::build(method, &shared.materials)?;
    let counts = match count(reporter, run, spec, tokenizer.as_ref(), shared) {
        Ok(Some(counts)) => counts,
        Ok(None) | Err(RunError::Tokenize(TokenizeError::Cancelled)) => {
            reporter.status(run, Status::Stopped)?;
            return Ok(false);
        }
        Err(error) => return Err(error),
    };
    let symbols = codable(method, corpus::pack_documents(&shared.text.validation));
    let mut nats = 0.0;
    let control = reporter.control();
    let measured = encode_examples(tokenizer.as_ref(), &symbols, spec.example_bytes, &control, |encoded| {
        nats += encoded.tokens.iter().map(|token| counts.unigram_nats(*token)).sum::<f64>();
    });
    let measured = match measured {
        Err(TokenizeError::Cancelled) => {
            reporter.status(run, Status::Stopped)?;
            return Ok(false);
        }
        measured => measured?,
    };
    let per_token = nats / measured.ratio.tokens as f64;
    record(reporter, run, tokenizer.as_ref(), &measured, per_token)?;
    reporter.status(run, Status::Done)?;
    Ok(true)
}

/// Counts the tokens of training text; none if it was stopped.
fn count(
    reporter: &mut Reporter,
    run: &mut RunInfo,
    spec: &TokensSpec,
    tokenizer: &dyn Tokenizer,
    shared: &Shared,
) -> Result<Option<TokenCounts>, RunError> {
    let wanted = spec.training_bytes.min(shared.text.statistics.train_bytes);
    let mut examples = shared.text.shuffled(spec.example_bytes, run.seed, 0)?;
    let control = reporter.control();
    let counted = count_tokens(tokenizer, &mut examples, wanted, &control, &mut |bytes| {
        reporter.progress(bytes.min(wanted), wanted, "bytes of training text");
        Ok(match reporter.next() {
            Next::Pause => reporter.hold(Some(run))? != Next::Stop,
            next => next != Next::Stop,
        })
    })?;
    let Some((counts, bytes)) = counted else { return Ok(None) };
    reporter.result(run, "training bytes", bytes as f64)?;
    reporter.result(run, "training tokens", counts.total() as f64)?;
    Ok(Some(counts))
}
