//! Stored runs side by side: which of them differ in nothing but their seed, what each group of them came to, which are
//! worth their cost, and whether two of them really differ.

mod groups;
pub mod paper;
mod read;
mod verdict;

pub use crate::measure::pareto::{Better, front};
pub use crate::measure::significance::{NoTest, Sample, Welch};
pub use groups::{Group, groups, place_of};
pub use read::{StoredRun, read};
pub use verdict::{SIGNIFICANT, Verdict};

use super::event::{Role, RunInfo, Status};
use super::store::{TRAINING_BYTES_PER_STEP, TRAINING_SECONDS, UNIFORM_BITS_PER_BYTE, UNIGRAM_BITS_PER_BYTE};

/// A figure that runs are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    TokenRatio,
    BitRatio,
    Uniform,
    Unigram,
    BitsPerByte,
    FlopsPerByte,
    BytesPerStep,
    TrainingBytesPerStep,
    TrainingSeconds,
}

impl Quantity {
    pub const ALL: [Self; 9] = [
        Self::BitsPerByte,
        Self::TokenRatio,
        Self::BitRatio,
        Self::Uniform,
        Self::Unigram,
        Self::FlopsPerByte,
        Self::BytesPerStep,
        Self::TrainingBytesPerStep,
        Self::TrainingSeconds,
    ];

    /// What a run has of it, if it was measured. What grows while a model learns counts once the run is done.
    pub fn of(self, run: &RunInfo) -> Option<f64> {
        let result = |name: &str| run.results.get(name).copied().filter(|value| value.is_finite());
        let final_result = |name| result(name).filter(|_| run.status == Status::Done);
        match self {
            Self::TokenRatio => result("token ratio"),
            Self::BitRatio => result("bit ratio"),
            Self::Uniform => result(UNIFORM_BITS_PER_BYTE),
            Self::Unigram => result(UNIGRAM_BITS_PER_BYTE),
            Self::BitsPerByte => final_result("bits/byte"),
            Self::FlopsPerByte => result("FLOPs/byte"),
            Self::BytesPerStep => match run.role {
                Role::M1 => Some(1.0),
                Role::M2 => result("token ratio"),
                Role::Tokens => None,
            },
            Self::TrainingBytesPerStep => result(TRAINING_BYTES_PER_STEP),
            Self::TrainingSeconds => final_result(TRAINING_SECONDS),
        }
    }
}

#[cfg(test)]
mod tests;
