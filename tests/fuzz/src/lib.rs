//! What the fuzz targets share: Mullion's modules that know bytes and bits only, and how a fuzzer's bytes become distributions,
//! texts and files.

#[path = "../../../src/coding/mod.rs"]
pub mod coding;
#[path = "../../../src/container/mod.rs"]
pub mod container;

pub mod distribution;
pub mod forge;
pub mod model;
pub mod packed;

pub use libfuzzer_sys::arbitrary::{Result, Unstructured};
