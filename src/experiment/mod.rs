//! Experiments: what to run (spec), running it (runner), what it says (events) and what is kept of it (store).

pub mod bin;
pub mod compare;
mod contain;
mod duplicate;
mod error;
pub mod event;
pub mod film;
pub mod filter;
mod fitting;
mod folder_lock;
pub mod generate;
pub mod handle;
pub mod m1;
mod m2;
mod made_with;
mod materials;
pub mod plan;
mod queue;
mod reporter;
mod runner;
pub mod spec;
pub mod store;
mod text;
pub mod token_accuracy;
mod token_file;
mod token_runs;
mod tokens;
mod training;
mod trees;

pub use duplicate::{Duplicate, duplicate};
pub use error::RunError;
pub use folder_lock::lock as lock_folder;
pub use handle::Handle;
pub use m1::CALIBRATION_EXAMPLES;
pub use runner::{Request, Resume, STORE_FILE, start};
pub use tokens::{codable, count_tokens};

use contain::panic_text;
