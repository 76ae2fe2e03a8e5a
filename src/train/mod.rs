//! Training, one code for M1 and M2: loss, optimiser schedule, step, checkpoint.

pub mod checkpoint;
pub mod loss;
pub mod schedule;
pub mod trainer;

pub use checkpoint::{Checkpoint, CheckpointError, CheckpointOf};
pub use loss::RowScores;
pub use schedule::{Cooldown, RateChange, RateChanges, Schedule};
pub use trainer::{Batch, Trainer};
