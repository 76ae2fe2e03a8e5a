//! What is wrong with a specification, and where.

use crate::tokenizer::edit_distance;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A specification that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    #[error("could not read the spec {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{}:{line}: this is not text; a spec is a UTF-8 file in TOML", path.display())]
    NotText { path: PathBuf, line: usize },
    #[error(transparent)]
    Invalid(#[from] Fault),
}

/// One thing that a specification says wrongly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    pub path: PathBuf,
    /// Counted from 1.
    pub line: usize,
    /// What is there, and what was expected.
    pub problem: String,
    /// The line itself; empty where the problem is that something is missing.
    pub excerpt: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, self.problem)?;
        if !self.excerpt.is_empty() {
            write!(f, "\n{:>5} | {}", self.line, self.excerpt)?;
        }
        Ok(())
    }
}

/// The text that is being read: turns places in it into lines for messages.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub text: &'a str,
    pub path: &'a Path,
}

impl Place<'_> {
    /// The fault `problem` at the bytes `span`.
    pub fn fault(&self, span: &Range<usize>, problem: impl Into<String>) -> SpecError {
        let line = self.line(span);
        let excerpt = self.text.lines().nth(line - 1).unwrap_or_default().trim_end().to_owned();
        Fault { path: self.path.to_owned(), line, problem: problem.into(), excerpt }.into()
    }

    /// The line, from 1, on which `span` begins.
    pub fn line(&self, span: &Range<usize>) -> usize {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }

    /// A fault of the whole file, such as a section that is missing from it.
    pub fn missing(&self, problem: impl Into<String>) -> SpecError {
        Fault { path: self.path.to_owned(), line: 1, problem: problem.into(), excerpt: String::new() }.into()
    }

    /// What the TOML reader found, in our words.
    pub fn toml_fault(&self, error: &toml::de::Error) -> SpecError {
        let span = error.span().unwrap_or_default();
        let mut problem = error.message().trim_end().to_owned();
        for (theirs, ours) in [
            ("expected i64", "expected a whole number"),
            ("expected f64", "expected a number"),
            ("expected a sequence", "expected a list"),
            ("expected struct SpecTable", "expected a spec"),
            ("expected struct TokensTable", "expected methods, example_bytes, training_bytes and tables"),
            ("expected struct GridTable", "expected a section with keys of its own: [grid]"),
            ("expected struct BudgetTable", "expected { by = \"bytes\", amount = 1e6 } or the like"),
            ("expected struct RunTable", "expected a section with keys of its own, such as [m2] or [[run]]"),
            ("expected struct M1Table", "expected a section with keys of its own: [m1]"),
            ("expected struct CorpusTable", "expected a section with keys of its own: [corpus]"),
            (
                "expected struct OptimizerTable",
                "expected base_rate, warmup_steps, cooldown_steps, rate_changes and z_loss",
            ),
            ("expected struct RateChangeTable", "expected a step and a factor, such as { step = 300, factor = 0.5 }"),
        ] {
            problem = problem.replace(theirs, ours);
        }
        if let Some((unknown, known)) = unknown_key(&problem) {
            let meant = nearest(unknown, &known).map_or(String::new(), |key| format!(" (did you mean `{key}`?)"));
            problem = format!("there is no key `{unknown}` here{meant}; expected one of {}", known.join(", "));
        }
        self.fault(&span, problem)
    }
}

/// Takes serde's "unknown field `a`, expected one of `b`, `c`" apart.
fn unknown_key(message: &str) -> Option<(&str, Vec<&str>)> {
    let rest = message.strip_prefix("unknown field ")?;
    let mut quoted = rest.split('`').skip(1).step_by(2);
    Some((quoted.next()?, quoted.collect()))
}

/// The known key that is at most a third of its letters away from the unknown one.
fn nearest<'a>(unknown: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = known.iter().map(|key| (edit_distance(unknown, key), *key)).min()?;
    (near.0 <= near.1.len().div_ceil(3)).then_some(near.1)
}
