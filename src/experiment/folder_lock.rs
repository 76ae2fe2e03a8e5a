//! Who works in an experiment's folder: one process at a time.

use super::RunError;
use std::fs::{File, TryLockError};
use std::path::Path;

/// Holds the experiment's folder for this process until the file is dropped; the system lets go of it however the process ends.
///
/// # Errors
/// If another process holds it, or the folder is not there.
pub fn lock(folder: &Path) -> Result<File, RunError> {
    let path = folder.join("lock");
    let io = |source| RunError::Io { path: path.clone(), source };
    let file = File::create(&path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(RunError::Busy { folder: folder.to_owned() }),
        Err(TryLockError::Error(source)) => Err(io(source)),
    }
}
