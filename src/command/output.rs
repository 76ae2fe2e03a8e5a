//! Files that a command will write: better to hear that they cannot be, before the work than after it.

use super::CommandError;
use std::path::Path;

/// # Errors
/// If `path` names something that is no plain file, or its folder does not exist.
pub fn check(path: &Path) -> Result<(), CommandError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder.is_some_and(|folder| !folder.is_dir()) || path.exists() && !path.is_file() {
        false => Ok(()),
        true => Err(CommandError::Usage(format!(
            "{} cannot be written: its folder has to exist, and it has to name a plain file",
            path.display()
        ))),
    }
}
