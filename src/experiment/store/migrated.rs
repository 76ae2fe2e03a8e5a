//! Old stores brought up to date, and what people say of their experiments.

use super::tests::{experiment, open, point, run, with_run};
use super::*;
use crate::experiment::event::{ExperimentId, Level, Point, RunId, Series, Status};

/// A store as version 1 of the file had it, with an experiment, a run, a long curve with a hole, a result and a message.
fn first_version(path: &Path) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(schema::FIRST).unwrap();
    connection.pragma_update(None, "application_id", 0x4D75_6C6C).unwrap();
    connection.pragma_update(None, "user_version", 1).unwrap();
    connection
        .execute_batch(
            "INSERT INTO experiments (id, name, spec, seed, device, versions, folder, created, status, failure) VALUES
                 (3, 'old', 'name = \"old\"', -1, 'CPU', '{\"mullion\":\"0.0.1\"}', 'old', '2026-01-31T23:59:59Z', 'failed', 'why');
             INSERT INTO runs VALUES (5, 3, 'M2', 'Bytes', 'Bytes', 'nano', 7, 5000, 'done', '');
             INSERT INTO points SELECT 5, 1, 0, value, (value * 7919) % 1009 FROM
                 (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 5000) SELECT value FROM n)
                 WHERE value != 300;
             INSERT INTO points VALUES (5, 1, 0, 300, NULL);
             INSERT INTO results VALUES (5, 'bits/byte', 2.5);
             INSERT INTO messages (experiment, level, text) VALUES (3, 'info', 'hello');",
        )
        .unwrap();
}

#[test]
fn a_store_of_the_first_version_keeps_everything_and_gains_its_summaries() {
    let folder = tempfile::tempdir().unwrap();
    first_version(&folder.path().join("results.sqlite"));
    let mut store = open(&folder);
    let listed = store.listing().unwrap();
    let [Listed { experiment, runs }] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!((experiment.id, experiment.title.as_str(), experiment.details.seed), (ExperimentId(3), "old", u64::MAX));
    assert_eq!(experiment.status, Status::Failed("why".to_owned()));
    assert_eq!((experiment.note.as_str(), experiment.tags.len(), &experiment.deleted), ("", 0, &None));
    assert_eq!(experiment.details.folder, folder.path().join("old"));
    assert_eq!((runs[0].id, runs[0].seed, runs[0].results["bits/byte"]), (RunId(5), 7, 2.5));
    assert_eq!(store.messages(experiment.id).unwrap()[0].text, "hello");
    let raw = store.series(RunId(5), Series::TrainBitsPerByte).unwrap();
    assert_eq!(raw.len(), 5000);
    let stretch = Stretch { run: RunId(5), series: Series::TrainBitsPerByte, steps: 0..=u64::MAX, buckets: 20 };
    let Thinned { points: thinned, means, .. } = store.thinned(&stretch).unwrap();
    assert_eq!(means.iter().map(|mean| mean.count).sum::<u32>(), 4999, "all but the one that is no number");
    assert!((20..120).contains(&thinned.len()), "{}", thinned.len());
    let highest = |curve: &[[f64; 2]]| curve.iter().map(|point| point[1]).fold(f64::MIN, f64::max);
    assert_eq!(highest(&thinned), highest(&raw));
    // It goes on as any other.
    store.record(&point(RunId(5), Series::TrainBitsPerByte, 5001, 1e6)).unwrap();
    store.flush().unwrap();
    let thinned = store.thinned(&stretch).unwrap().points;
    assert_eq!(thinned.last(), Some(&[5001.0, 1e6]));
}

#[test]
fn titles_notes_and_tags_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, _) = with_run(&folder);
    let id = ExperimentId(1);
    assert_eq!(store.experiment(id).unwrap().unwrap().title, "x");
    store.set_title(id, "Windows of 16 bits").unwrap();
    store.set_note(id, "too short; again with 10,000 steps").unwrap();
    store.set_tags(id, &["b16".to_owned(), "a b16".to_owned(), " ".to_owned()]).unwrap();
    store.set_resolved(id, "name = \"x\"").unwrap();
    drop(store);
    let found = open(&folder).find_experiment("x").unwrap().unwrap();
    assert_eq!(found.title, "Windows of 16 bits");
    assert_eq!(found.note, "too short; again with 10,000 steps");
    assert_eq!(found.tags, ["a", "b16"]);
    assert_eq!(found.resolved, "name = \"x\"");
}

#[test]
fn a_listing_is_what_the_single_questions_answer() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(&folder);
    for name in ["a", "b", "c"] {
        let id = store.create_experiment(&experiment(name)).unwrap();
        for _ in 0..3 {
            let id = store.create_run(&run(id)).unwrap();
            store.set_result(id, "bits/byte", id.0 as f64).unwrap();
        }
        store.log(id, Level::Info, "hello").unwrap();
    }
    let listed = store.listing().unwrap();
    assert_eq!(listed.len(), 3);
    for Listed { experiment, runs } in listed {
        assert_eq!(store.experiment(experiment.id).unwrap(), Some(experiment.clone()));
        assert_eq!(store.runs(experiment.id).unwrap(), runs);
    }
}

#[test]
fn a_reader_sees_that_another_has_written() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, run) = with_run(&folder);
    let reader = open(&folder);
    let before = reader.state().unwrap();
    assert_eq!(reader.state().unwrap(), before);
    store.record(&Point { run, series: Series::TokenRatio, step: 1, value: 1.0 }).unwrap();
    store.flush().unwrap();
    assert_ne!(reader.state().unwrap(), before);
}
