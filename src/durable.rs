//! Files that are whole or not there: written beside, synced, renamed over the old one.
//!
//! A reader, or a run that was killed at any moment, sees either the old file or the new one, never a part.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file that could not be written. The file that stood there before is as it was.
#[derive(Debug, thiserror::Error)]
#[error("could not write {}: {source}{}", path.display(), advice(source))]
pub struct WriteError {
    pub path: PathBuf,
    pub source: io::Error,
}

fn advice(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; the old file, if there was one, is untouched: free some space and try again"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; choose a folder that you may write to"
        }
        io::ErrorKind::NotFound => "; does its folder exist?",
        _ => "",
    }
}

/// Replaces `path` by what `write` writes. On any error the temporary file is removed and `path` left as it was. A link
/// stays, and what it points to is replaced; devices and pipes are refused, as a rename would put a file in their place.
pub fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), WriteError> {
    let failed = |source| WriteError { path: path.to_owned(), source };
    let target = match path.metadata() {
        Ok(there) if !there.is_file() => return Err(failed(io::Error::other("what is there is no plain file"))),
        Ok(_) => path.canonicalize().map_err(failed)?,
        Err(_) => path.to_owned(),
    };
    let path = target.as_path();
    let name = path.file_name().ok_or_else(|| failed(io::Error::other("the path names no file")))?;
    let mut beside_name = name.to_owned();
    beside_name.push(format!(".{}.partial", std::process::id()));
    let beside = path.with_file_name(beside_name);
    let attempt = || -> io::Result<()> {
        let mut file = io::BufWriter::new(File::create(&beside)?);
        write(&mut file)?;
        file.flush()?;
        file.get_ref().sync_all()?;
        fs::rename(&beside, path)?;
        sync_folder(path)
    };
    attempt().map_err(|source| {
        // What is left over is of no use to anyone; the error that matters is the one that is returned.
        let _ = fs::remove_file(&beside);
        failed(source)
    })
}

/// Creates a folder and its parents.
pub fn create_folder(path: &Path) -> Result<(), WriteError> {
    fs::create_dir_all(path).map_err(|source| WriteError { path: path.to_owned(), source })
}

/// Makes the rename itself durable. Folders cannot be opened as files everywhere; there the rename is as durable as the
/// system makes it.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn links_stay_and_devices_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let [target, link] = ["target", "link"].map(|name| folder.path().join(name));
        fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        replace(&link, |file| file.write_all(b"new")).unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"new");
        let error = replace(Path::new("/dev/null"), |file| file.write_all(b"x")).unwrap_err().to_string();
        assert!(error.contains("no plain file"), "{error}");
        assert!(replace(folder.path(), |file| file.write_all(b"x")).is_err());
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept");
        replace(&path, |file| file.write_all(b"old")).unwrap();
        let error = replace(&path, |file| {
            file.write_all(b"half of the n")?;
            Err(io::ErrorKind::StorageFull.into())
        })
        .unwrap_err();
        assert!(error.to_string().contains("free some space"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = replace(&folder.path().join("missing/file"), |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("missing/file"), "{error}");
    }
}
