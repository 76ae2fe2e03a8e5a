//! The workbench window.
//!
//! It sees the engine only through [`Workbench`], the events of a running experiment and the store: no pane touches a
//! model, and nothing that can take long runs on the thread that draws. A pane asks a worker, keeps drawing what it has,
//! and is woken when there is something new; an idle window draws nothing.
//!
//! ```text
//! shell ── layout ─┬─ windows, atlas, film, generate      what looks at text
//!   │              └─ live, ablation, compare, runs, status   what looks at experiments
//!   ├─ board       what panes share: the run that goes, chosen runs, background work, messages, requests
//!   ├─ commands    all that can be told at any time: palette, shortcuts and help are made of it
//!   ├─ workbench   the door to the engine, one trait a concern
//!   └─ chart, table, export, theme, file_field, …         what panes are made of
//! ```

mod ablation;
mod atlas;
mod background;
pub mod bench;
mod board;
mod chart;
mod commands;
mod compare;
mod errand;
mod export;
mod file_field;
mod film;
mod format;
mod generate;
mod help;
mod labelled;
mod launch;
mod layout;
mod live;
mod live_run;
mod palette;
mod runs;
mod shell;
mod status;
mod status_bar;
mod table;
mod theme;
mod visible;
mod windows;
mod workbench;
mod works;

pub use launch::{AppError, run_window};
pub use shell::{LOADED, PAINTED, Shell, WindowOptions};
pub use windows::{steps_table, windows_table};
pub use workbench::{
    Check, CodeFigures, Counted, Cutting, Filming, Frame, Generating, Mapping, Running, Testing, Verdict, Workbench,
};
