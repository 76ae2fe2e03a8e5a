//! The file's own shape: what serde reads, with the place of every value, before anything is checked.

use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpecTable {
    pub name: Option<Spanned<String>>,
    pub seed: Option<Spanned<i64>>,
    pub corpus: Option<Spanned<CorpusTable>>,
    pub m1: Option<Spanned<M1Table>>,
    pub m2: Option<Spanned<RunTable>>,
    #[serde(default)]
    pub run: Vec<Spanned<RunTable>>,
    pub grid: Option<Spanned<GridTable>>,
    pub tokens: Option<Spanned<TokensTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokensTable {
    pub methods: Option<Spanned<Vec<Spanned<String>>>>,
    pub example_bytes: Option<Spanned<i64>>,
    pub training_bytes: Option<Spanned<i64>>,
    #[serde(default)]
    pub tables: Vec<Spanned<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CorpusTable {
    pub source: Option<Spanned<OneOrMany>>,
    pub validation: Option<Spanned<f64>>,
    pub validation_bytes: Option<Spanned<i64>>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected \"default\", a path, or a list of paths")]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct M1Table {
    pub shipped: Option<Spanned<String>>,
    pub stand_in: Option<Spanned<String>>,
    pub file: Option<Spanned<String>>,
    pub size: Option<Spanned<String>>,
    pub context: Option<Spanned<i64>>,
    pub batch: Option<Spanned<i64>>,
    pub steps: Option<Spanned<i64>>,
    pub film: Option<Spanned<bool>>,
    pub optimizer: Option<OptimizerTable>,
}

/// A run's keys. [m2] has the same ones, as it holds the runs' defaults, but for `method` and `label`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunTable {
    pub method: Option<Spanned<String>>,
    pub label: Option<Spanned<String>>,
    pub size: Option<Spanned<String>>,
    pub context: Option<Spanned<i64>>,
    pub batch: Option<Spanned<i64>>,
    pub steps: Option<Spanned<i64>>,
    pub seeds: Option<Spanned<Vec<Spanned<i64>>>>,
    pub example_bytes: Option<Spanned<i64>>,
    pub budget: Option<Spanned<BudgetTable>>,
    pub optimizer: Option<OptimizerTable>,
}

impl RunTable {
    /// How it trains.
    pub fn keys(&self) -> TrainingKeys<'_> {
        TrainingKeys { budget: self.budget.as_ref(), ..TrainingKeys::from(self) }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BudgetTable {
    pub by: Option<Spanned<String>>,
    pub amount: Option<Spanned<f64>>,
}

/// The axes of a grid; one that is left out is [m2]'s one value.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GridTable {
    #[serde(default)]
    pub methods: Vec<Spanned<String>>,
    pub window_bits: Option<Spanned<Wholes>>,
    pub vocabulary: Option<Spanned<Wholes>>,
    pub token_bits: Option<Spanned<Wholes>>,
    pub ending: Option<Spanned<Vec<Spanned<String>>>>,
    pub reset: Option<Spanned<Vec<ResetValue>>>,
    pub words: Option<Spanned<Wholes>>,
    pub size: Option<Spanned<Vec<Spanned<String>>>>,
    pub context: Option<Spanned<Wholes>>,
    pub batch: Option<Spanned<Wholes>>,
    pub steps: Option<Spanned<Wholes>>,
    pub budget: Option<Spanned<BudgetTable>>,
    pub base_rate: Option<Spanned<Decimals>>,
    pub seeds: Option<Spanned<Wholes>>,
    pub example_bytes: Option<Spanned<Wholes>>,
}

/// Whole numbers on an axis, listed or as a range.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected whole numbers, such as [8, 16], or a range, such as \"24..64 step 8\"")]
pub(super) enum Wholes {
    One(i64),
    Many(Vec<i64>),
    Text(String),
}

/// Decimal numbers on an axis.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected numbers, such as [0.5, 1.0]")]
pub(super) enum Decimals {
    One(f64),
    Many(Vec<f64>),
    Text(String),
}

/// After how many windows M1 starts afresh.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a number of windows, or \"never\"")]
pub(super) enum ResetValue {
    Windows(i64),
    Word(String),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OptimizerTable {
    pub base_rate: Option<Spanned<f64>>,
    pub warmup_steps: Option<Spanned<i64>>,
    pub cooldown_steps: Option<Spanned<i64>>,
    pub rate_changes: Option<Spanned<Vec<Spanned<RateChangeTable>>>>,
    pub z_loss: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RateChangeTable {
    pub step: Spanned<i64>,
    pub factor: Spanned<f64>,
}

/// The keys that say how a network is trained, wherever they were written.
#[derive(Clone, Copy, Default)]
pub(super) struct TrainingKeys<'a> {
    pub size: Option<&'a Spanned<String>>,
    pub context: Option<&'a Spanned<i64>>,
    pub batch: Option<&'a Spanned<i64>>,
    pub steps: Option<&'a Spanned<i64>>,
    pub budget: Option<&'a Spanned<BudgetTable>>,
    pub base_rate: Option<&'a Spanned<f64>>,
    pub warmup_steps: Option<&'a Spanned<i64>>,
    pub cooldown_steps: Option<&'a Spanned<i64>>,
    pub rate_changes: Option<&'a Spanned<Vec<Spanned<RateChangeTable>>>>,
    pub z_loss: Option<&'a Spanned<f64>>,
}

impl TrainingKeys<'_> {
    /// These keys, and `defaults` where there is none.
    pub fn or(self, defaults: Self) -> Self {
        Self {
            size: self.size.or(defaults.size),
            context: self.context.or(defaults.context),
            batch: self.batch.or(defaults.batch),
            steps: self.steps.or(defaults.steps.filter(|_| self.budget.is_none())),
            // Steps and a budget both say how long: what is nearer to the run holds.
            budget: self.budget.or(defaults.budget.filter(|_| self.steps.is_none())),
            base_rate: self.base_rate.or(defaults.base_rate),
            warmup_steps: self.warmup_steps.or(defaults.warmup_steps),
            cooldown_steps: self.cooldown_steps.or(defaults.cooldown_steps),
            rate_changes: self.rate_changes.or(defaults.rate_changes),
            z_loss: self.z_loss.or(defaults.z_loss),
        }
    }
}

/// M1 and runs hold the same keys in tables of different types.
macro_rules! training_keys {
    ($table:ty) => {
        impl<'a> From<&'a $table> for TrainingKeys<'a> {
            fn from(table: &'a $table) -> Self {
                let optimizer = table.optimizer.as_ref();
                Self {
                    size: table.size.as_ref(),
                    context: table.context.as_ref(),
                    batch: table.batch.as_ref(),
                    steps: table.steps.as_ref(),
                    budget: None,
                    base_rate: optimizer.and_then(|o| o.base_rate.as_ref()),
                    warmup_steps: optimizer.and_then(|o| o.warmup_steps.as_ref()),
                    cooldown_steps: optimizer.and_then(|o| o.cooldown_steps.as_ref()),
                    rate_changes: optimizer.and_then(|o| o.rate_changes.as_ref()),
                    z_loss: optimizer.and_then(|o| o.z_loss.as_ref()),
                }
            }
        }
    };
}

training_keys!(M1Table);
training_keys!(RunTable);
