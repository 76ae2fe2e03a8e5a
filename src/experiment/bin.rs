//! The bin: experiments that were deleted and can come back, until it is emptied.
//!
//! Deleting only marks the row. Emptying removes folder and rows for good: the folder is renamed aside first, then the rows
//! go, then the folder. Whoever finds a folder that lies aside knows what was decided, so [`finish`] ends what a crash cut
//! off. Only folders directly within the results folder are ever removed.

use super::RunError;
use super::event::ExperimentId;
use super::folder_lock::lock;
use super::store::{Store, StoredExperiment};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// Begins the name of a folder whose experiment is being removed; its number follows.
const ASIDE: &str = ".removed-";

/// What emptying the bin did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Emptied {
    /// How many experiments are gone.
    pub experiments: usize,
    /// What was left, with why and what to do, as sentences.
    pub left: Vec<String>,
}

/// Puts an experiment into the bin. Its folder stays where it is.
///
/// # Errors
/// If the experiment is going, in this process or another, or the store cannot be written to.
pub fn delete(store: &mut Store, id: ExperimentId) -> Result<(), RunError> {
    let found = stored(store, id)?;
    // Held until the row says so: no run begins in between.
    let _lock = held(&found)?;
    Ok(store.set_binned(id, true)?)
}

/// Takes an experiment out of the bin, as it was.
///
/// # Errors
/// If it is gone, or the store cannot be written to.
pub fn restore(store: &mut Store, id: ExperimentId) -> Result<(), RunError> {
    stored(store, id)?;
    Ok(store.set_binned(id, false)?)
}

/// Removes everything in the bin for good, folders and all. What cannot be removed is left whole and named.
///
/// # Errors
/// If the store cannot be read or written to.
pub fn empty(store: &mut Store) -> Result<Emptied, RunError> {
    finish(store)?;
    let mut emptied = Emptied::default();
    for listed in store.listing()?.into_iter().filter(|listed| listed.experiment.deleted.is_some()) {
        let experiment = listed.experiment;
        match remove(store, &experiment) {
            Ok(note) => {
                emptied.experiments += 1;
                emptied.left.extend(note);
            }
            Err(RunError::Store(error)) => return Err(error.into()),
            Err(error) => emptied.left.push(format!("{} stays in the bin: {error}", experiment.title)),
        }
    }
    Ok(emptied)
}

/// Ends what a crash cut off while the bin was emptied; returns how many experiments that were.
///
/// # Errors
/// If the store cannot be read or written to, or a folder cannot be removed.
pub fn finish(store: &mut Store) -> Result<usize, RunError> {
    let results = results_folder(store);
    let io = |source| RunError::Io { path: results.clone(), source };
    let mut finished = 0;
    for entry in std::fs::read_dir(&results).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(id) = name.strip_prefix(ASIDE).and_then(|number| number.parse().ok()).map(ExperimentId) else {
            continue;
        };
        // Another process may be emptying the bin at this moment: it holds the lock, and ends this itself.
        let Ok(_lock) = lock(&path) else { continue };
        // The row's number may be another's by now: that one has its own folder.
        if let Some(found) = store.experiment(id)?.filter(|found| !found.details.folder.exists()) {
            store.forget(found.id)?;
        }
        remove_folder(&path)?;
        finished += 1;
    }
    Ok(finished)
}

/// Removes one experiment; a note says if its folder had to stay.
fn remove(store: &mut Store, experiment: &StoredExperiment) -> Result<Option<String>, RunError> {
    let folder = &experiment.details.folder;
    let lock = held(experiment)?;
    if lock.is_none() {
        store.forget(experiment.id)?;
        return Ok(None);
    }
    if !is_within(&results_folder(store), folder) {
        store.forget(experiment.id)?;
        let (title, folder) = (&experiment.title, folder.display());
        return Ok(Some(format!(
            "the folder of {title} lies outside the results folder and was left: remove {folder} yourself if it is not needed"
        )));
    }
    let aside = results_folder(store).join(format!("{ASIDE}{}", experiment.id.0));
    std::fs::rename(folder, &aside).map_err(|source| RunError::Io { path: folder.clone(), source })?;
    store.forget(experiment.id)?;
    Ok(remove_folder(&aside).err().map(|error| format!("{error}; it is removed when the bin is opened next")))
}

fn remove_folder(path: &Path) -> Result<(), RunError> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(RunError::Io { path: path.to_owned(), source: error }),
        _ => Ok(()),
    }
}

/// Holds the experiment's folder; none if it is gone.
fn held(experiment: &StoredExperiment) -> Result<Option<std::fs::File>, RunError> {
    let folder = &experiment.details.folder;
    if folder.exists() { lock(folder).map(Some) } else { Ok(None) }
}

fn stored(store: &Store, id: ExperimentId) -> Result<StoredExperiment, RunError> {
    store.experiment(id)?.ok_or_else(|| RunError::Unknown { id: id.0, store: store.path().to_owned() })
}

fn results_folder(store: &Store) -> PathBuf {
    let folder = store.path().parent().unwrap_or(Path::new(""));
    if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() }
}

/// Whether `folder` lies directly within `results`.
fn is_within(results: &Path, folder: &Path) -> bool {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (results, folder) = (absolute(results), absolute(folder));
    folder.strip_prefix(&results).is_ok_and(|rest| {
        let mut components = rest.components();
        matches!((components.next(), components.next()), (Some(Component::Normal(_)), None))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::event::{Level, Point, Role, RunId, Series};
    use crate::experiment::store::{NewExperiment, NewRun, Stretch};

    /// A store with an experiment that has a folder, a run, points, results and messages.
    fn store(folder: &Path, name: &str) -> (Store, ExperimentId, RunId) {
        let mut store = Store::open(&folder.join("results.sqlite")).unwrap();
        let own = folder.join(name);
        std::fs::create_dir_all(own.join("run-1")).unwrap();
        std::fs::write(own.join("run-1/m2.checkpoint"), "weights").unwrap();
        let id = store
            .create_experiment(&NewExperiment {
                name: name.to_owned(),
                spec: String::new(),
                seed: 1,
                device: String::new(),
                versions: Default::default(),
                folder: own,
            })
            .unwrap();
        let run = store
            .create_run(&NewRun {
                experiment: id,
                role: Role::M2,
                label: "x".to_owned(),
                method: None,
                size: "nano".to_owned(),
                seed: 1,
                steps: 10,
            })
            .unwrap();
        store.record(&Point { run, series: Series::TrainBitsPerByte, step: 1, value: 2.0 }).unwrap();
        store.set_result(run, "bits/byte", 2.0).unwrap();
        store.log(id, Level::Info, "hello").unwrap();
        (store, id, run)
    }

    #[test]
    fn what_is_deleted_is_out_of_sight_and_comes_back_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (mut store, id, run) = store(folder.path(), "x");
        let before = store.listing().unwrap();
        delete(&mut store, id).unwrap();
        assert!(store.experiments().unwrap().is_empty());
        assert_eq!(store.find_experiment("x").unwrap(), None, "a resume takes nothing from the bin");
        assert!(store.listing().unwrap()[0].experiment.deleted.is_some());
        restore(&mut store, id).unwrap();
        assert_eq!(store.listing().unwrap(), before);
        assert_eq!(store.series(run, Series::TrainBitsPerByte).unwrap(), [[1.0, 2.0]]);
        assert!(matches!(delete(&mut store, ExperimentId(99)), Err(RunError::Unknown { id: 99, .. })));
    }

    #[test]
    fn an_experiment_that_is_going_is_not_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let (mut store, id, _) = store(folder.path(), "x");
        let going = lock(&folder.path().join("x")).unwrap();
        assert!(matches!(delete(&mut store, id), Err(RunError::Busy { .. })));
        drop(going);
        delete(&mut store, id).unwrap();
        let going = lock(&folder.path().join("x")).unwrap();
        let emptied = empty(&mut store).unwrap();
        assert_eq!((emptied.experiments, emptied.left.len()), (0, 1), "{emptied:?}");
        assert!(store.experiment(id).unwrap().is_some() && folder.path().join("x/run-1").exists());
        drop(going);
    }

    #[test]
    fn an_emptied_bin_leaves_nothing_of_its_experiments_and_the_others_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (mut store, gone, run) = store(folder.path(), "gone");
        drop(store);
        let (again, kept, _) = self::store(folder.path(), "kept");
        store = again;
        delete(&mut store, gone).unwrap();
        assert_eq!(empty(&mut store).unwrap(), Emptied { experiments: 1, left: Vec::new() });
        assert!(!folder.path().join("gone").exists() && folder.path().join("kept/run-1").exists());
        assert_eq!(store.listing().unwrap().iter().map(|listed| listed.experiment.id).collect::<Vec<_>>(), [kept]);
        assert!(store.series(run, Series::TrainBitsPerByte).unwrap().is_empty());
        let all = Stretch { run, series: Series::TrainBitsPerByte, steps: 0..=u64::MAX, buckets: 10 };
        assert!(store.thinned(&all).unwrap().points.is_empty());
        assert!(store.messages(gone).unwrap().is_empty());
        assert_eq!(empty(&mut store).unwrap(), Emptied::default());
    }

    #[test]
    fn a_folder_elsewhere_is_left_and_named() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (mut store, id, _) = store(folder.path(), elsewhere.path().join("y").to_str().unwrap());
        delete(&mut store, id).unwrap();
        let emptied = empty(&mut store).unwrap();
        assert!(emptied.experiments == 1 && emptied.left[0].contains("yourself"), "{emptied:?}");
        assert!(elsewhere.path().join("y/run-1").exists());
        assert!(is_within(Path::new("r"), Path::new("r/x")) && !is_within(Path::new("r"), Path::new("r/x/y")));
        assert!(!is_within(Path::new("r"), Path::new("r")) && !is_within(Path::new("r"), Path::new("r/..")));
    }

    #[test]
    fn what_a_crash_cut_off_is_finished() {
        for forgotten in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let (mut store, id, _) = store(folder.path(), "x");
            delete(&mut store, id).unwrap();
            // Killed after the folder was renamed, or after the rows went too.
            let aside = folder.path().join(format!("{ASIDE}{}", id.0));
            std::fs::rename(folder.path().join("x"), &aside).unwrap();
            if forgotten {
                store.forget(id).unwrap();
                // The number is taken by another one, which has a folder of its own.
                drop(store);
                let (again, next, _) = self::store(folder.path(), "next");
                store = again;
                assert_eq!(next, id);
                delete(&mut store, next).unwrap();
            }
            assert_eq!(finish(&mut store).unwrap(), 1);
            assert!(!aside.exists());
            assert_eq!(store.experiment(id).unwrap().is_some(), forgotten);
            assert_eq!(finish(&mut store).unwrap(), 0);
        }
    }
}
