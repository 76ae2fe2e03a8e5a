//! What an experiment's methods learn from its training split before anything is coded: byte counts and vocabularies.

use super::RunError;
use super::event::Level;
use super::reporter::{Next, Reporter};
use super::spec::{M1, Spec, StandInKind};
use super::text::Text;
use crate::tokenizer::{FitError, Fitted, Fitting, Method, Precision, TokenWidth};
use std::path::Path;

/// The methods of all runs, and one that counts bytes if M1 is to.
pub fn methods(spec: &Spec) -> Vec<Method> {
    let runs = spec.runs.iter().map(|run| &run.method);
    let mut methods: Vec<Method> = runs.chain(spec.tokens.iter().flat_map(|tokens| &tokens.methods)).cloned().collect();
    if spec.m1 == M1::StandIn(StandInKind::Unigram) {
        methods.push(counting());
    }
    methods
}

/// A method that counts bytes, for an M1 that is their frequencies.
pub fn counting() -> Method {
    Method::StaticAc { width: TokenWidth::BYTE, precision: Precision::default() }
}

/// Whether a method learns something from the training split before anything is coded.
pub fn learns(method: &Method) -> bool {
    method.counts_symbols() || matches!(method, Method::Trained { .. })
}

/// Whether any of them learns something.
pub fn fits(spec: &Spec) -> bool {
    methods(spec).iter().any(learns)
}

/// What the runs' methods learn from the training split, or bring along; none if it was stopped.
pub fn fit(reporter: &mut Reporter, spec: &Spec, folder: &Path, text: &Text) -> Result<Option<Fitted>, RunError> {
    if fits(spec) {
        reporter.stage("fit tokenizers to the training split")?;
    }
    let mut fitted = Fitted::default();
    let mut failed = None;
    let mut go_on = |fitting: Fitting<'_>| {
        match fitting {
            Fitting::Counting { bytes, of } | Fitting::Reading { bytes, of, .. } => {
                reporter.progress(bytes, of, "bytes")
            }
            Fitting::Choosing { method, seconds } => {
                if seconds == 0.0 {
                    let text = format!("{method}: its pieces are being chosen, which takes a while");
                    failed = reporter.message(Level::Info, text).err();
                }
            }
        }
        let next = match reporter.next() {
            Next::Pause => reporter.hold(None),
            next => Ok(next),
        };
        let go_on = matches!(next, Ok(Next::GoOn)) && failed.is_none();
        failed = failed.take().or(next.err());
        go_on
    };
    let done = fitted.fit(&methods(spec), &text.training(), Some(folder), &mut go_on);
    match (done, failed) {
        (_, Some(error)) => Err(error.into()),
        (Ok(()), None) => Ok(Some(fitted)),
        (Err(FitError::Cancelled), None) => Ok(None),
        (Err(error), None) => Err(error.into()),
    }
}
