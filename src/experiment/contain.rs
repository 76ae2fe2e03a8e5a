//! What the failure of one run means for the others: most leave them alone, some would only fail them all.

use super::RunError;
use super::token_file::TokenFileError;
use crate::gpu::read_f32;
use crate::model::archive::ArchiveError;
use crate::train::CheckpointError;
use burn::tensor::{Device, Tensor};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does one run's work; a panic in it is that run's error.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, RunError>) -> Result<T, RunError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(RunError::Panicked(panic_text(panic.as_ref()))))
}

/// What a panic says of itself.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".to_owned())
}

/// Whether the error is the one run's alone, so that the others can go on. A device that has failed is asked whether it
/// still computes; a full disk, a store that cannot be written and a corpus that is gone would fail every run in turn.
pub fn is_of_one_run(error: &RunError, device: &Device) -> bool {
    match error {
        RunError::Diverged { .. } | RunError::Tokenize(_) | RunError::NoValidation | RunError::Size(_) => true,
        RunError::TokenFile(TokenFileError::Empty { .. }) => true,
        RunError::Panicked(_) | RunError::Execution(_) | RunError::Checkpoint(CheckpointError::Device(_)) => {
            answers(device)
        }
        RunError::Checkpoint(CheckpointError::Archive(error)) => matches!(
            error,
            ArchiveError::Foreign { .. }
                | ArchiveError::Newer { .. }
                | ArchiveError::Older { .. }
                | ArchiveError::Damaged { .. }
        ),
        RunError::Checkpoint(_) => true,
        _ => false,
    }
}

/// Whether the device still adds up numbers.
fn answers(device: &Device) -> bool {
    let sum = || read_f32(Tensor::<1>::from_floats([1.0, 2.0, 4.0], device) + 1.0);
    matches!(catch_unwind(AssertUnwindSafe(sum)), Ok(Ok(sum)) if sum == [2.0, 3.0, 5.0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_one_runs_failure_while_the_device_answers() {
        let error = guarded::<()>(|| panic!("index out of bounds")).unwrap_err();
        assert!(error.to_string().contains("index out of bounds"), "{error}");
        assert!(is_of_one_run(&error, &Device::flex()));
        let full = RunError::Io { path: "x".into(), source: std::io::ErrorKind::StorageFull.into() };
        assert!(!is_of_one_run(&full, &Device::flex()));
    }
}
