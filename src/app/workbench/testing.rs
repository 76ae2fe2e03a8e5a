//! Whether this machine computes what every other does.

use crate::gpu::DeviceChoice;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// One comparison of the self-test.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What was compared.
    pub what: String,
    pub verdict: Verdict,
    pub seconds: f64,
}

/// How a comparison came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Same,
    Differs,
    Failed(String),
}

/// Opens and tests devices.
pub trait Testing: Send + Sync {
    /// Opens a device and says what it is, why it was chosen and what its own test measured.
    fn device(&self, choice: DeviceChoice) -> Result<String, String>;

    /// Compares the M1s in the box with their golden hashes, on the CPU and on the device. Calls `report` after every
    /// comparison; ends between two of them once `cancel` is set.
    fn self_test(
        &self,
        choice: DeviceChoice,
        report: &mut dyn FnMut(Check),
        cancel: &Arc<AtomicBool>,
    ) -> Result<(), String>;
}
