//! Files that a command will write: better to hear that they cannot be, before the work than after it.

use super::CommandError;
use crate::durable;
use std::error::Error;
use std::io::{self, Write};
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

/// [`check`], and that no file is lost: not one that is there, unless `force` says so, and never one of the `inputs`.
///
/// # Errors
/// If one would be.
pub fn check_new(path: &Path, force: bool, inputs: &[&Path]) -> Result<(), CommandError> {
    check(path)?;
    let there = path.canonicalize();
    if let Ok(there) = &there
        && inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| input == *there))
    {
        return Err(CommandError::Usage(format!(
            "{} is what is read: name another file with --output",
            path.display()
        )));
    }
    match path.exists() && !force {
        false => Ok(()),
        true => Err(CommandError::Usage(format!(
            "{} is there already: name another file with --output, or write over it with --force",
            path.display()
        ))),
    }
}

/// Writes a file whole or not at all; what goes wrong inside `write` says more than that the file was not written.
///
/// # Errors
/// Of `write`, or if the file cannot be written.
pub fn whole<T, E>(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<T, E>) -> Result<T, CommandError>
where
    E: Error,
    CommandError: From<E>,
{
    let mut outcome = None;
    let written = durable::replace(path, |file| {
        let done = write(file);
        let failed = done.as_ref().err().map(|error| io::Error::other(error.to_string()));
        outcome = Some(done);
        failed.map_or(Ok(()), Err)
    });
    match (outcome, written) {
        (Some(Err(error)), _) => Err(error.into()),
        (Some(Ok(done)), Ok(())) => Ok(done),
        (_, Err(error)) => Err(error.into()),
        (None, Ok(())) => Err(CommandError::RunFailed("nothing was written".to_owned())),
    }
}
