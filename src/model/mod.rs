//! The network: one decoder for M1 and M2 (paper 3.2, 3.5, Table 4), its sizes, initialisation, weight files, and writing with it step by step.

pub mod archive;
pub mod decoder;
pub mod random_weights;
pub mod relative;
pub mod sampler;
pub mod shape;
pub mod stepper;
pub mod weights;

pub use decoder::Decoder;
pub use relative::BUCKETS;
pub use sampler::{Drawn, SampleError, Sampler, Sampling};
pub use shape::{SIZES, Shape, Size, UnknownSize};
pub use stepper::{Stepper, UnknownSymbol};
pub use weights::{Parameter, Weights, WeightsError};
