//! What the paper's models came to: points to lay over ours, on another corpus and another scale.

use crate::measure::flops_per_byte;
use crate::model::Size;
use crate::tokenizer::Method;
use serde::Deserialize;
use std::sync::LazyLock;

/// A model of the paper over a method's tokens.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PaperModel {
    /// The table that the bits/byte stand in.
    pub table: String,
    pub method: String,
    pub size: String,
    /// Raw bytes per token; also the bytes of one autoregressive step.
    pub token_ratio: f64,
    pub bits_per_byte: f64,
    /// Sample standard deviation over `seeds` seeds, where it was published.
    #[serde(default)]
    pub deviation: Option<f64>,
    #[serde(default)]
    pub seeds: Option<usize>,
    /// In what it differs from the others.
    #[serde(default)]
    pub note: Option<String>,
}

#[derive(Deserialize)]
struct Published {
    models: Vec<PaperModel>,
}

static PUBLISHED: LazyLock<Vec<PaperModel>> = LazyLock::new(|| {
    let json = include_str!("../../../assets/paper/models.json");
    let published: Published =
        serde_json::from_str(json).unwrap_or_else(|error| panic!("the paper's models in the program: {error}"));
    published.models
});

/// Every model whose figures are published.
pub fn models() -> &'static [PaperModel] {
    &PUBLISHED
}

/// The sizes of them, smallest first.
pub const SIZES: [&str; 4] = ["25m", "113m", "403m", "2b"];

impl PaperModel {
    /// What to call it: its method, and in what it differs.
    pub fn name(&self) -> String {
        self.note.as_ref().map_or_else(|| self.method.clone(), |note| format!("{}, {note}", self.method))
    }

    /// Our own count for its size, its ratio and the paper's M1 (3m); the paper's tables print that of rounded sizes.
    pub fn flops_per_byte(&self) -> Option<f64> {
        let method: Method = self.method.parse().ok()?;
        let shape = |name: &str| Size::named(name).ok().map(|size| size.with_vocabulary(256));
        let m1 = if method.runs_m1() { Some(shape("3m")?) } else { None };
        Some(flops_per_byte(&shape(&self.size)?, 1.0 / self.token_ratio, m1.as_ref()))
    }
}
