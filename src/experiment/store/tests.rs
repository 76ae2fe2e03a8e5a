//! The store against kills, strangers, second writers and full disks.

use super::*;
use crate::experiment::event::{ExperimentId, Level, Point, Role, RunId, Series, Status};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub(super) fn open(folder: &tempfile::TempDir) -> Store {
    Store::open(&folder.path().join("results.sqlite")).unwrap()
}

pub(super) fn experiment(name: &str) -> NewExperiment {
    NewExperiment {
        name: name.to_owned(),
        spec: "name = \"é\"\n".to_owned(),
        seed: u64::MAX,
        device: "CPU (flex)".to_owned(),
        versions: BTreeMap::from([("mullion".to_owned(), "0.1.0".to_owned())]),
        folder: "/results/x".into(),
    }
}

pub(super) fn run(experiment: ExperimentId) -> NewRun {
    NewRun {
        experiment,
        role: Role::M2,
        label: "naive".to_owned(),
        method: Some("AC[v=256]".to_owned()),
        size: "nano".to_owned(),
        seed: 3,
        steps: 600,
    }
}

/// A store with one run in it.
pub(super) fn with_run(folder: &tempfile::TempDir) -> (Store, RunId) {
    let mut store = open(folder);
    let experiment = store.create_experiment(&experiment("x")).unwrap();
    let run = store.create_run(&run(experiment)).unwrap();
    (store, run)
}

pub(super) fn point(run: RunId, series: Series, step: u64, value: f64) -> Point {
    Point { run, series, step, value }
}

#[test]
fn everything_comes_back_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(&folder);
    let first = store.create_experiment(&experiment("x")).unwrap();
    let second = store.create_experiment(&experiment("x")).unwrap();
    let id = store.create_run(&run(second)).unwrap();
    store.set_experiment_status(first, &Status::Failed("the disk is full".to_owned())).unwrap();
    store.set_device(second, "NVIDIA").unwrap();
    store.set_status(id, &Status::Paused).unwrap();
    store.set_result(id, UNIFORM_BITS_PER_BYTE, 1.0).unwrap();
    store.set_result(id, UNIFORM_BITS_PER_BYTE, 7.5).unwrap();
    store.set_result(id, &trivial_accuracy(2), f64::NAN).unwrap();
    store.log(second, Level::Warning, "slow").unwrap();
    store.record(&point(id, Series::Accuracy(2), 5, 0.25)).unwrap();
    drop(store);

    let store = open(&folder);
    let found = store.find_experiment("x").unwrap().unwrap();
    assert_eq!((found.id, &found.status), (second, &Status::Queued));
    assert_eq!(found.details, NewExperiment { device: "NVIDIA".to_owned(), ..experiment("x") });
    assert!(found.created.ends_with('Z'), "{}", found.created);
    assert_eq!(store.experiments().unwrap().len(), 2);
    let status = store.experiment(first).unwrap().unwrap().status;
    assert_eq!(status, Status::Failed("the disk is full".to_owned()));
    assert_eq!(store.find_experiment("y").unwrap(), None);

    let runs = store.runs(second).unwrap();
    let [run] = runs.as_slice() else { panic!("{runs:?}") };
    assert_eq!((run.id, run.role, run.label.as_str(), run.seed, run.steps), (id, Role::M2, "naive", 3, 600));
    assert_eq!((run.method.as_deref(), &run.status), (Some("AC[v=256]"), &Status::Paused));
    assert_eq!(run.results["uniform bits/byte"], 7.5);
    assert!(run.results["trivial accuracy 2"].is_nan());
    assert_eq!(store.runs(first).unwrap(), []);

    let messages = store.messages(second).unwrap();
    assert_eq!((messages[0].level, messages[0].text.as_str()), (Level::Warning, "slow"));
    assert_eq!(store.series(id, Series::Accuracy(2)).unwrap(), [[5.0, 0.25]]);
    assert_eq!(store.series_of(id).unwrap(), [Series::Accuracy(2)]);
}

#[test]
fn a_run_cut_back_to_its_checkpoint_measures_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, id) = with_run(&folder);
    let other = store.create_run(&run(ExperimentId(1))).unwrap();
    for step in 1..=10 {
        store.record(&point(id, Series::TrainBitsPerByte, step, 1.0)).unwrap();
        store.record(&point(other, Series::TrainBitsPerByte, step, 1.0)).unwrap();
        if step == 8 {
            store.flush().unwrap();
        }
    }
    store.truncate_after(id, 6).unwrap();
    store.record(&point(id, Series::TrainBitsPerByte, 6, 2.0)).unwrap();
    store.record(&point(id, Series::TrainBitsPerByte, 7, 2.0)).unwrap();
    let expected: Vec<[f64; 2]> = (1..=7).map(|step| [step as f64, if step < 6 { 1.0 } else { 2.0 }]).collect();
    assert_eq!(store.series(id, Series::TrainBitsPerByte).unwrap(), expected);
    drop(store);
    let store = open(&folder);
    assert_eq!(store.series(id, Series::TrainBitsPerByte).unwrap(), expected);
    assert_eq!(store.series(other, Series::TrainBitsPerByte).unwrap().len(), 10);
}

#[test]
fn a_run_cut_back_keeps_the_ratios_that_were_measured_over_the_steps_of_m1() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, id) = with_run(&folder);
    for series in [Series::TokenRatio, Series::Accuracy(0)] {
        store.record(&point(id, series, 900, 2.0)).unwrap();
    }
    store.truncate_after(id, 10).unwrap();
    assert_eq!(store.points(id).unwrap(), [point(id, Series::TokenRatio, 900, 2.0)]);
}

#[test]
fn a_results_folder_can_be_moved() {
    let folder = tempfile::tempdir().unwrap();
    let (before, after) = (folder.path().join("before"), folder.path().join("after"));
    std::fs::create_dir(&before).unwrap();
    let mut store = Store::open(&before.join("x.sqlite")).unwrap();
    let inside = NewExperiment { folder: before.join("x-2"), ..experiment("inside") };
    store.create_experiment(&inside).unwrap();
    store.create_experiment(&experiment("outside")).unwrap();
    assert_eq!(store.find_experiment("inside").unwrap().unwrap().details, inside);
    drop(store);
    std::fs::rename(&before, &after).unwrap();
    let store = Store::open(&after.join("x.sqlite")).unwrap();
    let folder_of = |name: &str| store.find_experiment(name).unwrap().unwrap().details.folder;
    assert_eq!(folder_of("inside"), after.join("x-2"));
    assert_eq!(folder_of("outside"), Path::new("/results/x"));
}

#[test]
fn points_are_committed_after_a_second_and_with_whatever_else_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, id) = with_run(&folder);
    let reader = open(&folder);
    let seen = || reader.series(id, Series::LearningRate).unwrap().len();
    store.record(&point(id, Series::LearningRate, 1, 0.1)).unwrap();
    assert_eq!(seen(), 0);
    store.set_status(id, &Status::Done).unwrap();
    assert_eq!(seen(), 1);
    store.pending.committed = Instant::now() - Duration::from_secs(2);
    store.record(&point(id, Series::LearningRate, 2, 0.1)).unwrap();
    assert_eq!(seen(), 2);
}

#[test]
fn a_point_for_no_run_is_refused_and_hurts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, id) = with_run(&folder);
    store.record(&point(RunId(99), Series::TokenRatio, 1, 1.0)).unwrap();
    assert!(matches!(store.flush().unwrap_err(), StoreError::Sql { .. }));
    assert!(open(&folder).series(id, Series::TokenRatio).unwrap().is_empty());
}

#[test]
fn strangers_are_refused_and_left_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine");
    let refused = |wanted: &str| {
        let before = std::fs::read(&path).unwrap();
        let message = Store::open(&path).err().expect("must be refused").to_string();
        assert!(message.contains(wanted) && message.contains("mine"), "{message}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    };
    std::fs::write(&path, "Dear diary, ".repeat(1000)).unwrap();
    refused("is no Mullion store: it is no SQLite file");
    std::fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE diary (day)").unwrap();
    refused("is no Mullion store: it is another program's");
    std::fs::remove_file(&path).unwrap();
    drop(Store::open(&path).unwrap());
    let newer = Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    refused("was written by a newer Mullion (store version 99");
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let message = Store::open(&folder.path().join("none/x.sqlite")).err().unwrap().to_string();
    assert!(message.contains("none/x.sqlite") && message.contains("may write"), "{message}");
    let message = Store::open(folder.path()).err().unwrap().to_string();
    assert!(message.contains("may write"), "{message}");
}

#[test]
fn a_file_that_became_read_only_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, id) = with_run(&folder);
    // What SQLite answers where the file or its folder is read-only; the tests may run as a user who may write anywhere.
    store.connection.pragma_update(None, "query_only", true).unwrap();
    let error = store.set_status(id, &Status::Done).unwrap_err();
    assert!(matches!(&error, StoreError::NotWritable { .. }), "{error}");
}

#[test]
fn a_full_disk_loses_nothing_that_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, id) = with_run(&folder);
    let pages: i64 = store.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    let limit = |store: &Store, pages: i64| {
        store.connection.pragma_query_value(None, "max_page_count", |row| row.get::<_, i64>(0)).unwrap();
        store
            .connection
            .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get::<_, i64>(0))
            .unwrap();
    };
    limit(&store, pages + 1);
    store.record(&point(id, Series::TokenRatio, 0, 1.0)).unwrap();
    store.flush().unwrap();
    for step in 1..2000 {
        store.pending.committed = Instant::now();
        store.record(&point(id, Series::TokenRatio, step, 1.0)).unwrap();
    }
    let error = store.flush().unwrap_err();
    assert!(
        matches!(error, StoreError::Full { .. }) && error.to_string().contains("free some space and resume"),
        "{error}"
    );
    assert_eq!(open(&folder).series(id, Series::TokenRatio).unwrap(), [[0.0, 1.0]]);
    limit(&store, pages + 1000);
    store.flush().unwrap();
    assert_eq!(open(&folder).series(id, Series::TokenRatio).unwrap().len(), 2000);
}

#[test]
fn a_second_writer_waits_or_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (store, id) = with_run(&folder);
    let mut other = open(&folder);
    store.connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    other.connection.busy_timeout(Duration::from_millis(20)).unwrap();
    let error = other.set_status(id, &Status::Done).unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }) && error.to_string().contains("another program"), "{error}");
    other.connection.busy_timeout(Duration::from_secs(10)).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| other.set_status(id, &Status::Done));
        std::thread::sleep(Duration::from_millis(50));
        store.connection.execute_batch("COMMIT").unwrap();
        waiting.join().unwrap().unwrap();
    });
    assert_eq!(store.runs(ExperimentId(1)).unwrap()[0].status, Status::Done);
}

#[test]
fn many_can_make_the_same_store_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.sqlite");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| Store::open(&path).unwrap().create_experiment(&experiment("x")).unwrap());
        }
    });
    assert_eq!(open(&folder).experiments().unwrap().len(), 8);
}

/// Names the store of [`child_that_writes_until_it_is_killed`].
const CHILD: &str = "MULLION_TEST_STORE";

/// The other half of the test below, which starts it in a process of its own; without the variable it has nothing to do.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let mut store = Store::open(Path::new(&path)).unwrap();
    for step in 0.. {
        store.record(&point(RunId(1), Series::TrainBitsPerByte, step, step as f64)).unwrap();
        if step % 50 == 0 {
            store.flush().unwrap();
            println!("flushed {step}");
        }
    }
}

#[test]
fn kill_9_loses_nothing_that_was_flushed() {
    let folder = tempfile::tempdir().unwrap();
    let (store, id) = with_run(&folder);
    drop(store);
    let module = module_path!().split_once("::").unwrap().1;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("{module}::child_that_writes_until_it_is_killed"), "--nocapture"])
        .env(CHILD, folder.path().join("results.sqlite"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut flushed = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some((_, step)) = line.split_once("flushed ") {
            flushed = step.parse().unwrap();
        }
        if flushed >= 2000 {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let store = open(&folder);
    let points = store.series(id, Series::TrainBitsPerByte).unwrap();
    assert!(flushed >= 2000 && points.len() as u64 > flushed, "{flushed} flushed, {} found", points.len());
    assert!(points.iter().enumerate().all(|(i, point)| *point == [i as f64; 2]));
    let whole: String = store.connection.pragma_query_value(None, "integrity_check", |row| row.get(0)).unwrap();
    assert_eq!(whole, "ok");
}

fn any_series() -> impl Strategy<Value = Series> {
    prop_oneof![
        Just(Series::TrainBitsPerByte),
        Just(Series::ValidationBitsPerByte),
        Just(Series::TokenRatio),
        (0u16..3).prop_map(Series::Accuracy),
        Just(Series::LearningRate),
        Just(Series::TokensPerSecond),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    /// The store holds what a map holds, whatever is flushed and cut in between.
    #[test]
    fn the_store_is_a_map(
        points in prop::collection::vec((any_series(), 0u64..20, any::<f64>(), any::<bool>()), 0..60),
        cut in 0u64..25,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (mut store, id) = with_run(&folder);
        let mut map = BTreeMap::new();
        for (series, step, value, flush) in points {
            store.record(&point(id, series, step, value)).unwrap();
            // SQLite knows no negative zero.
            map.insert((series, step), value + 0.0);
            if flush {
                store.flush().unwrap();
            }
        }
        store.truncate_after(id, cut).unwrap();
        map.retain(|(series, step), _| *step <= cut || *series == Series::TokenRatio);
        let read: BTreeMap<_, _> =
            store.points(id).unwrap().into_iter().map(|point| ((point.series, point.step), point.value)).collect();
        // NaN equals no NaN, but prints alike.
        prop_assert_eq!(format!("{read:?}"), format!("{map:?}"));
    }
}
