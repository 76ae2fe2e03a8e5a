//! Mullion: a workbench for training language models over neurally compressed text (Lester et al. 2024,
//! arXiv:2404.03626).
//!
//! Data flows one way. In the order of the flow: `corpus` (text and its split), `model` and `train` (one network for M1 and
//! M2), `m1` (the frozen coding model), `tokenizer` (every method, over the integers-only `coding`; `container` is the frame of
//! compressed files), `measure`, `experiment` (spec, runner, store), and the faces: `figure`, `app`, `command`. `tests/structure.rs` holds each module to
//! what it may use.

pub mod app;
pub mod coding;
pub mod command;
pub mod container;
pub mod corpus;
pub mod durable;
pub mod experiment;
pub mod figure;
pub mod gpu;
pub mod m1;
pub mod measure;
pub mod model;
pub mod tokenizer;
pub mod train;
