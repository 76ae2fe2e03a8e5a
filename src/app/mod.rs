//! The workbench window.
//!
//! It sees the engine only through [`Workbench`] and through the events of a running experiment: no pane touches a
//! model, and nothing that can take long runs on the thread that draws. A pane asks a worker, keeps drawing what it has,
//! and is woken when there is something new; an idle window draws nothing.
//!
//! ```text
//! shell ─┬─ windows_pane ── windows_worker ──► Workbench::windows
//!        │     └ cut, windows_view, window_card, bit_map, visible, text_source
//!        └─ live_pane ───── live_run ────────► Workbench::start, events
//!              └ run_controls, plots, results_table
//! ```

mod background;
mod bit_map;
mod cut;
mod decimate;
mod file_field;
mod format;
mod launch;
mod layout;
mod live_pane;
mod live_run;
mod plot_axes;
mod plots;
mod results_table;
mod run_controls;
mod shell;
mod status_bar;
mod text_source;
mod theme;
mod visible;
mod window_card;
mod windows_pane;
mod windows_view;
mod windows_worker;
mod workbench;

pub use launch::{AppError, run_window};
pub use shell::{Shell, WindowOptions};
pub use workbench::Workbench;
