//! The distributions of window prefixes that an experiment's runs have met, kept in its folder: runs of one experiment share
//! them, and a resumed one begins warm. They are a cache: what is lost or damaged is computed again.

use super::RunError;
use super::event::Level;
use super::reporter::Reporter;
use crate::m1::{PrefixTree, TreeFileError, Trees};
use std::path::{Path, PathBuf};

/// Trees that take more than this many bytes are not written: the disk would be slower than M1.
const LARGEST: usize = 64 << 20;

/// Where they are kept.
fn file(folder: &Path, identity: &str) -> PathBuf {
    folder.join(format!("m1.{identity}.prefixes.tree"))
}

/// The trees for the model with this identity, with what was kept of it.
///
/// # Errors
/// Of the store, where it is told that what was kept could not be used.
pub fn open(reporter: &mut Reporter, folder: &Path, identity: &str) -> Result<Trees, RunError> {
    match read(folder, identity) {
        Ok(trees) => Ok(trees),
        Err(error) => {
            reporter.message(Level::Warning, format!("the prefix tree is computed anew: {error}"))?;
            Ok(Trees::default())
        }
    }
}

/// What was kept of the model with this identity; new trees if nothing was.
///
/// # Errors
/// If what was kept cannot be used.
pub fn read(folder: &Path, identity: &str) -> Result<Trees, TreeFileError> {
    let path = file(folder, identity);
    match path.exists() {
        true => PrefixTree::load(&path, identity, PrefixTree::DEFAULT_BUDGET).map(Trees::new),
        false => Ok(Trees::default()),
    }
}

/// Keeps what is known by now, if it has grown since the last time.
///
/// # Errors
/// If the file cannot be written.
pub fn keep(trees: &Trees, folder: &Path, identity: &str, before: usize) -> Result<(), RunError> {
    let statistics = trees.prefixes().statistics();
    if statistics.prefixes > before && statistics.bytes <= LARGEST {
        trees.prefixes().save(&file(folder, identity), identity)?;
    }
    Ok(())
}
