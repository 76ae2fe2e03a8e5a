//! The film of an M1: a frozen M1 for every evaluation of its training, so that the windows of a text can be watched as they
//! grow.
//!
//! A frame is an ordinary `.m1` file, `film/m1-<step>.m1` in the experiment's folder; its provenance says at which step it was
//! frozen, and what M1 cost on held-out text then. Frames stand at the steps of evaluations, a function of the spec alone, so
//! a run that was stopped and resumed leaves the same ones.

use super::RunError;
use crate::durable;
use crate::m1::{M1File, file};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The frames' folder within an experiment's.
pub const FILM_FOLDER: &str = "film";

/// What a frame's provenance calls the step.
const STEP: &str = "step";
/// What a frame's provenance calls M1's bits per raw byte on held-out text.
const BITS_PER_BYTE: &str = "held-out bits/byte";

/// A frame that lies in a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FrameFile {
    /// Steps that M1 had taken.
    pub step: u64,
    pub path: PathBuf,
    /// When it was written, where the system tells. A run that is resumed, or one that takes the folder's name after another
    /// was deleted, writes other frames to the same paths.
    pub modified: Option<SystemTime>,
}

/// Why there is no film.
#[derive(Debug, thiserror::Error)]
pub enum FilmError {
    #[error("{} cannot be read: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error(
        "{} has no frames: an experiment that trains an M1 leaves them in `film` as it goes, unless its [m1] says film = false",
        path.display()
    )]
    None { path: PathBuf },
}

/// Keeps a frame, and says how many bytes it took.
///
/// # Errors
/// If it cannot be written.
pub fn keep(experiment: &Path, step: u64, bits_per_byte: f64, mut m1: M1File) -> Result<u64, RunError> {
    let folder = experiment.join(FILM_FOLDER);
    durable::create_folder(&folder)?;
    m1.provenance.insert(STEP.to_owned(), step.to_string());
    m1.provenance.insert(BITS_PER_BYTE.to_owned(), format!("{bits_per_byte:.6}"));
    let path = folder.join(format!("m1-{step}.m1"));
    file::save(&path, &m1)?;
    std::fs::metadata(&path).map(|file| file.len()).map_err(|source| RunError::Io { path, source })
}

/// What M1 cost on held-out text when this frame was frozen, in bits per raw byte, if it says so.
pub fn bits_per_byte(m1: &M1File) -> Option<f64> {
    m1.provenance.get(BITS_PER_BYTE)?.parse().ok().filter(|bits: &f64| bits.is_finite())
}

/// Removes the frames past `step`, which M1 will come to again.
///
/// # Errors
/// If they are there and cannot be removed.
pub fn truncate_after(experiment: &Path, step: u64) -> Result<(), RunError> {
    let folder = experiment.join(FILM_FOLDER);
    if !folder.is_dir() {
        return Ok(());
    }
    let failed = |path: &Path, source| RunError::Io { path: path.to_owned(), source };
    for frame in files(&folder).map_err(|source| failed(&folder, source))? {
        if frame.step > step {
            std::fs::remove_file(&frame.path).map_err(|source| failed(&frame.path, source))?;
        }
    }
    Ok(())
}

/// The frames of an experiment's folder, or of a folder of `.m1` files, in order of their steps.
///
/// # Errors
/// If the folder cannot be read, or has none.
pub fn frames(folder: &Path) -> Result<Vec<FrameFile>, FilmError> {
    let within = folder.join(FILM_FOLDER);
    let looked = if within.is_dir() { within.as_path() } else { folder };
    let frames = files(looked).map_err(|source| FilmError::Read { path: looked.to_owned(), source })?;
    if frames.is_empty() { Err(FilmError::None { path: folder.to_owned() }) } else { Ok(frames) }
}

/// The files whose names end in a number and `.m1`.
fn files(folder: &Path) -> io::Result<Vec<FrameFile>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "m1")
            && let Some(step) = path.file_stem().and_then(|stem| step(&stem.to_string_lossy()))
        {
            // Also of what a link leads to.
            let modified = std::fs::metadata(&path).and_then(|file| file.modified()).ok();
            found.push(FrameFile { step, path, modified });
        }
    }
    found.sort();
    Ok(found)
}

/// The number at the end of a frame's name.
fn step(stem: &str) -> Option<u64> {
    let digits = stem.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (name, number) = stem.split_at(stem.len() - digits);
    // `m1.m1` is what the film leads to, and no frame.
    let apart = !name.ends_with(char::is_alphanumeric);
    number.parse().ok().filter(|_| apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(path: PathBuf) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, b"").unwrap();
    }

    fn steps(folder: &Path) -> Vec<u64> {
        frames(folder).unwrap().into_iter().map(|frame| frame.step).collect()
    }

    #[test]
    fn frames_are_found_in_the_order_of_their_steps() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["m1-1000.m1", "m1-75.m1", "m1-0.m1", "notes.txt", "m1.m1", "m1-75.m1.99.partial"] {
            touch(folder.path().join(FILM_FOLDER).join(name));
        }
        assert_eq!(steps(folder.path()), [0, 75, 1000]);
        assert_eq!(steps(&folder.path().join(FILM_FOLDER)), [0, 75, 1000], "any folder of M1s will do");
        truncate_after(folder.path(), 75).unwrap();
        assert_eq!(steps(folder.path()), [0, 75]);
        assert!(folder.path().join(FILM_FOLDER).join("m1.m1").exists(), "only frames are removed");
    }

    #[test]
    fn a_frame_that_was_written_again_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m1-5.m1");
        touch(path.clone());
        let before = frames(folder.path()).unwrap();
        assert_eq!(frames(folder.path()).unwrap(), before);
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(before[0].modified.unwrap() + std::time::Duration::from_secs(1)).unwrap();
        let after = frames(folder.path()).unwrap();
        assert!(after[0].path == before[0].path && after != before);
    }

    #[test]
    fn folders_without_frames_say_what_makes_them() {
        let folder = tempfile::tempdir().unwrap();
        let message = frames(folder.path()).unwrap_err().to_string();
        assert!(message.contains("film = false"), "{message}");
        assert!(frames(&folder.path().join("missing")).is_err());
        truncate_after(folder.path(), 0).unwrap();
        assert_eq!((step("m1-18446744073709551616"), step("m1"), step("7")), (None, None, Some(7)));
    }
}
