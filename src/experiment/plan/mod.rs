//! What an experiment will take, before it begins: its runs, steps and tokens, and its time as far as anything is known
//! of how fast this device trains such models.

mod rates;

pub use rates::{Key, Rate, Rates, measure};

use super::event::Role;
use super::spec::{BudgetUnit, LeftOut, M1, RunSpec, Spec, Training};
use crate::coding::ALPHABET;
use crate::m1::file::{self, FileError};
use crate::model::{Shape, Size};
use crate::tokenizer::{Method, TrainedKind};

/// Evaluations of one run, its first included; and how much faster scoring a token is than training on it.
const EVALUATIONS: f64 = 13.0;
const SCORING: f64 = 3.0;

/// Seconds, from a low to a high guess.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Span {
    pub low: f64,
    pub high: f64,
}

/// What the time of a run was worked out from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basis {
    /// An earlier run of the same shape on this device.
    Earlier(String),
    /// An earlier run of another shape, scaled by the operations of a step.
    Scaled(String),
    /// A few steps that were timed for this plan.
    Measured,
    /// A few smaller steps that were timed for this plan, scaled by their tokens and operations.
    MeasuredSmaller,
    /// Nothing is known yet of this device.
    Unknown,
}

impl Basis {
    /// In a few words.
    pub fn text(&self) -> String {
        match self {
            Self::Earlier(experiment) => format!("the same model in {experiment}"),
            Self::Scaled(experiment) => format!("scaled from {experiment}"),
            Self::Measured => "timed just now".to_owned(),
            Self::MeasuredSmaller => "timed just now, on smaller steps".to_owned(),
            Self::Unknown => "nothing known yet".to_owned(),
        }
    }
}

/// One run to come.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedRun {
    pub role: Role,
    pub label: String,
    pub method: Option<Method>,
    pub size: String,
    pub steps: u64,
    /// Whether the steps are exact; those of a budget by bytes or FLOPs are settled once the text is tokenised.
    pub settled: bool,
    /// Tokens that are trained on.
    pub tokens: u64,
    /// Seconds; none where nothing is known.
    pub seconds: Option<Span>,
    /// Whether they include making the tokens.
    pub tokenising: bool,
    pub basis: Basis,
}

/// A whole experiment to come.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub name: String,
    pub device: String,
    pub runs: Vec<PlannedRun>,
    pub left_out: Vec<LeftOut>,
    /// Why steps that hang on M1's size leave it out, if they do.
    pub unread_m1: Option<String>,
}

impl Plan {
    /// What `spec` will take on `device`, where models train at `rates`. An M1 in a file is read if steps hang on its size.
    pub fn new(spec: &Spec, device: &str, rates: &Rates) -> Self {
        let mut runs = Vec::new();
        let validation = spec.corpus.validation_bytes as f64;
        if let M1::Train(training) = &spec.m1 {
            let tokens = tokens(training, training.steps);
            let key = Key::new(training, ALPHABET);
            let (seconds, basis) = rates.seconds(&key, tokens as f64 + EVALUATIONS * validation / SCORING);
            runs.push(PlannedRun {
                role: Role::M1,
                label: format!("M1 {}", training.size.name),
                method: None,
                size: training.size.name.to_owned(),
                steps: training.steps,
                settled: true,
                tokens,
                seconds,
                tokenising: true,
                basis,
            });
        }
        let (m1, unread_m1) = match m1_shape(spec) {
            Ok(shape) => (shape, None),
            Err(error) => (None, Some(format!("Steps by FLOPs leave M1 out, as it cannot be read: {error}"))),
        };
        runs.extend(spec.runs.iter().map(|run| planned(run, m1.as_ref(), validation, rates)));
        for method in spec.tokens.iter().flat_map(|tokens| &tokens.methods) {
            runs.push(PlannedRun {
                role: Role::Tokens,
                label: method.to_string(),
                method: Some(method.clone()),
                size: "–".to_owned(),
                steps: 0,
                settled: true,
                tokens: 0,
                seconds: None,
                tokenising: false,
                basis: Basis::Unknown,
            });
        }
        Self { name: spec.name.clone(), device: device.to_owned(), runs, left_out: spec.left_out.clone(), unread_m1 }
    }

    /// Steps of all runs.
    pub fn steps(&self) -> u64 {
        self.runs.iter().fold(0, |sum, run| sum.saturating_add(run.steps))
    }

    /// Tokens that all runs train on.
    pub fn tokens(&self) -> u64 {
        self.runs.iter().fold(0, |sum, run| sum.saturating_add(run.tokens))
    }

    /// Seconds of all runs that train; none if nothing is known of one of them.
    pub fn seconds(&self) -> Option<Span> {
        let trained = self.runs.iter().filter(|run| run.role != Role::Tokens);
        trained.map(|run| run.seconds).try_fold(Span::default(), |sum, span| {
            let span = span?;
            Some(Span { low: sum.low + span.low, high: sum.high + span.high })
        })
    }

    /// What the total rests on and what it leaves out, a sentence each.
    pub fn notes(&self) -> Vec<String> {
        let count = |of: &dyn Fn(&PlannedRun) -> bool| self.runs.iter().filter(|run| of(run)).count();
        let trains = |run: &PlannedRun| run.role != Role::Tokens;
        let said = [
            (
                count(&|run| matches!(run.basis, Basis::Earlier(_))),
                "timed by earlier runs of the same model on this device",
            ),
            (
                count(&|run| matches!(run.basis, Basis::Scaled(_))),
                "scaled from earlier runs of other models on this device, roughly",
            ),
            (count(&|run| run.basis == Basis::Measured), "timed by a few steps just now"),
            (
                count(&|run| run.basis == Basis::MeasuredSmaller),
                "timed by a few steps of at most 4,096 tokens just now, scaled to the whole ones, roughly",
            ),
            (
                count(&|run| run.basis == Basis::Unknown && trains(run)),
                "not timed: no model has been trained on this device yet; measure to time a few steps",
            ),
            (count(&|run| !run.tokenising), "without the time to make tokens, as their methods were never timed"),
            (count(&|run| !run.settled), "with steps that are settled once the text is tokenised"),
        ];
        said.into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} run{} {what}.", if count == 1 { "" } else { "s" }))
            .chain(self.unread_m1.clone())
            .collect()
    }
}

/// Tokens of so many steps; budgets allow for more steps than a number of tokens can count.
fn tokens(training: &Training, steps: u64) -> u64 {
    (training.batch as u64).saturating_mul(training.context as u64).saturating_mul(steps)
}

/// The dimensions of the network that codes, as the runner counts its operations; none of a stand-in.
fn m1_shape(spec: &Spec) -> Result<Option<Shape>, FileError> {
    let counts =
        |run: &RunSpec| run.method.runs_m1() && run.budget.is_some_and(|budget| budget.by == BudgetUnit::Flops);
    Ok(match &spec.m1 {
        M1::Train(training) => Some(training.size.with_vocabulary(ALPHABET)),
        M1::Shipped(shipped) => Size::named(shipped.name).ok().map(|size| size.with_vocabulary(ALPHABET)),
        M1::File(path) if spec.runs.iter().any(counts) => Some(file::load_unproven(path)?.file.model.shape),
        M1::File(_) | M1::StandIn(_) => None,
    })
}

fn planned(run: &RunSpec, m1: Option<&Shape>, validation: f64, rates: &Rates) -> PlannedRun {
    let vocabulary = vocabulary(&run.method);
    let bytes_per_token = rates.bytes_per_token(&run.method).unwrap_or_else(|| nominal_bytes_per_token(&run.method));
    let steps = run.steps(vocabulary, bytes_per_token, m1);
    let tokens = tokens(&run.training, steps);
    let evaluations = EVALUATIONS * validation / bytes_per_token / SCORING;
    let (seconds, basis) = rates.seconds(&Key::new(&run.training, vocabulary), tokens as f64 + evaluations);
    let making = rates.tokenise(&run.method).map(|rate| tokens as f64 * bytes_per_token / rate);
    PlannedRun {
        role: Role::M2,
        label: run.label.clone(),
        method: Some(run.method.clone()),
        size: run.training.size.name.to_owned(),
        steps,
        settled: run.training.steps > 0,
        tokens,
        seconds: seconds.map(|Span { low, high }| {
            let making = making.unwrap_or(0.0);
            Span { low: low + making, high: high + making }
        }),
        tokenising: making.is_some(),
        basis,
    }
}

/// The method's vocabulary, as near as its name tells.
fn vocabulary(method: &Method) -> usize {
    match method {
        Method::SentencePiece | Method::HuggingFace { .. } => 32_000,
        Method::OpenAi(_) => 100_000,
        Method::Trained { pieces, .. } => *pieces as usize,
        method => method.token_width().map_or(ALPHABET, |width| width.vocabulary()),
    }
}

/// Raw bytes of a token where the method was never measured: what the paper's tables have for such tokens, roughly.
fn nominal_bytes_per_token(method: &Method) -> f64 {
    let ratio = match method {
        Method::Bytes | Method::Random { .. } => 1.0,
        Method::SentencePiece | Method::HuggingFace { .. } | Method::OpenAi(_) => return 4.3,
        Method::Trained { kind: TrainedKind::Unigram | TrainedKind::Bpe, .. } => return 4.0,
        Method::StaticAc { .. } | Method::Huffman { .. } => 1.7,
        Method::GZip { .. } => 2.2,
        Method::EqualInfoAc { shape, .. } if shape.bits() <= 16 => 2.2,
        Method::EqualInfoAc { .. } | Method::EqualText { .. } => 3.0,
        Method::Ac { .. } | Method::Ans { .. } | Method::EntropyCut { .. } => 4.0,
    };
    method.token_width().map_or(ratio, |width| ratio * f64::from(width.bits()) / 8.0)
}

#[cfg(test)]
mod tests;
