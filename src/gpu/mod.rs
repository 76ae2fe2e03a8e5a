//! Devices: which one trains, why that one, and whether it computes what it should.

pub mod device;
pub mod kernel;
pub mod matrix_peak;
pub mod read_back;
pub mod self_test;

pub use device::{ChosenDevice, DeviceChoice, DeviceError};
pub use matrix_peak::{MatrixPeak, matrix_peak};
pub use read_back::read_f32;
pub use self_test::{SelfTest, SelfTestError};
