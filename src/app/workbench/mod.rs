//! What the window asks of the rest of Mullion: the one door between the panes and the engine.
//!
//! Panes never touch a model: they hold an `Arc<dyn Workbench>` and call it from worker threads, so every method may take
//! long unless it says otherwise. Errors are whole sentences, ready to be shown.

mod cutting;
mod filming;
mod generating;
mod mapping;
mod running;
mod testing;

pub use cutting::Cutting;
pub use filming::{Filming, Frame};
pub use generating::Generating;
pub use mapping::{CodeFigures, Counted, Mapping};
pub use running::Running;
pub use testing::{Check, Testing, Verdict};

/// All that the panes need.
pub trait Workbench: Cutting + Running + Generating + Mapping + Filming + Testing {}

impl<T: Cutting + Running + Generating + Mapping + Filming + Testing> Workbench for T {}
