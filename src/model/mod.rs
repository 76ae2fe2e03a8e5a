//! The network: one decoder for M1 and M2 (paper 3.2, 3.5, Table 4), its sizes, initialisation and weight files.

pub mod archive;
pub mod decoder;
pub mod random_weights;
pub mod relative;
pub mod shape;
pub mod weights;

pub use decoder::Decoder;
pub use shape::{SIZES, Shape, Size, UnknownSize};
pub use weights::{Parameter, Weights, WeightsError};
