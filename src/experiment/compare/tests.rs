use super::*;
use crate::experiment::event::{RunId, Status};
use crate::experiment::spec::Spec;
use crate::experiment::store::{NewExperiment, NewRun, Store};
use std::collections::BTreeMap;
use std::path::Path;

const SPEC: &str = "name='NAME'\nseed=SEED\ncorpus={source='default',validation=0.1,validation_bytes=2048}\n\
    m1={stand_in='unigram'}\n[m2]\nsize='nano'\ncontext=32\nbatch=4\nsteps=8\n";

/// An experiment of runs of (entry of the spec, label, method, seed, bits/byte).
fn add(store: &mut Store, name: &str, seed: u64, entries: &str, runs: &[(&str, &str, u64, f64)]) -> Vec<RunId> {
    let spec = SPEC.replace("NAME", name).replace("SEED", &seed.to_string()) + entries;
    let new = NewExperiment {
        name: name.to_owned(),
        spec,
        seed,
        device: "cpu".to_owned(),
        versions: BTreeMap::new(),
        folder: store.path().with_file_name(name),
    };
    let experiment = store.create_experiment(&new).unwrap();
    let mut ids = Vec::new();
    for (label, method, seed, bits) in runs {
        let new = NewRun {
            experiment,
            role: Role::M2,
            label: (*label).to_owned(),
            method: Some((*method).to_owned()),
            size: "nano".to_owned(),
            seed: *seed,
            steps: 8,
        };
        let id = store.create_run(&new).unwrap();
        store.set_result(id, "bits/byte", *bits).unwrap();
        store.set_status(id, &Status::Done).unwrap();
        ids.push(id);
    }
    ids
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("mullion.sqlite")).unwrap();
    (folder, store)
}

fn seeds(groups: &[Group]) -> Vec<(String, Vec<u64>)> {
    groups.iter().map(|group| (group.label.clone(), group.runs().map(|run| run.seed).collect())).collect()
}

const BYTES: &str = "[[run]]\nmethod='Bytes'\nseeds=[1,2]\n";

#[test]
fn runs_that_differ_in_their_seed_alone_are_one_across_experiments_too() {
    let (_folder, mut store) = store();
    add(&mut store, "a", 3, BYTES, &[("Bytes · seed 1", "Bytes", 1, 2.0), ("Bytes · seed 2", "Bytes", 2, 2.2)]);
    add(&mut store, "b", 3, "[[run]]\nmethod='Bytes'\nseeds=[7]\nlabel='mine'\n", &[("mine", "Bytes", 7, 2.4)]);
    let groups = groups(read(&store, |_, _| true).unwrap());
    assert_eq!(seeds(&groups), [("Bytes".to_owned(), vec![1, 2, 7])]);
    assert_eq!(groups[0].experiments(), ["a", "b"]);
    let sample = groups[0].sample(Quantity::BitsPerByte).unwrap();
    assert!(sample.count == 3 && (sample.mean - 2.2).abs() < 1e-12 && (sample.deviation - 0.2).abs() < 1e-12);
}

#[test]
fn another_setting_another_split_and_a_repeated_seed_are_rows_of_their_own() {
    let (_folder, mut store) = store();
    let one = &[("Bytes", "Bytes", 1, 2.0)][..];
    let entry = "[[run]]\nmethod='Bytes'\n";
    add(&mut store, "a", 3, entry, one);
    add(&mut store, "longer", 3, "[[run]]\nmethod='Bytes'\nsteps=9\n", one);
    add(&mut store, "split", 4, entry, one);
    add(&mut store, "again", 3, entry, one);
    let groups = groups(read(&store, |_, _| true).unwrap());
    assert_eq!(groups.len(), 4, "{:?}", seeds(&groups));
    assert_eq!(groups[0].is_on_the_same_text(&groups[3]), Some(true));
    assert_eq!(groups[0].is_on_the_same_text(&groups[2]), Some(false));
}

#[test]
fn paths_that_are_written_alike_in_two_projects_are_two_texts() {
    let (_folder, mut store) = store();
    let entry = "[[run]]\nmethod='Bytes'\nseeds=[SEED]\n";
    let runs = |seed| [("Bytes", "Bytes", seed, 2.0)];
    for (project, seed) in [("one", 1), ("other", 2), ("one", 3)] {
        add(&mut store, project, 3, &entry.replace("SEED", &seed.to_string()), &runs(seed));
        let experiment = store.experiments().unwrap().pop().unwrap();
        let written = experiment.details.spec.replace("'default'", "'text.txt'");
        let resolved = Spec::parse(&written, &Path::new("/home").join(project).join("spec.toml")).unwrap();
        store.set_resolved(experiment.id, &resolved.to_toml()).unwrap();
    }
    let found = groups(read(&store, |_, _| true).unwrap());
    assert_eq!(seeds(&found), [("Bytes".to_owned(), vec![1, 3]), ("Bytes".to_owned(), vec![2])]);
    assert_eq!(found[0].is_on_the_same_text(&found[1]), Some(false));
}

#[test]
fn whose_paths_nobody_resolved_nobody_knows_the_text_of() {
    let (_folder, mut store) = store();
    let entry = "[[run]]\nmethod='HuggingFace[words.json]'\n[[run]]\nmethod='Bytes'\n";
    for name in ["a", "b"] {
        add(&mut store, name, 3, entry, &[("Bytes", "Bytes", if name == "a" { 1 } else { 2 }, 2.0)]);
    }
    let spec = store.experiments().unwrap()[0].details.spec.clone();
    assert!(Spec::parse(&spec, Path::new("/a/spec.toml")).is_ok(), "it is the paths that are not known");
    let found = groups(read(&store, |_, _| true).unwrap());
    assert_eq!(found.len(), 2, "{:?}", seeds(&found));
    assert_eq!(found[0].is_on_the_same_text(&found[1]), None);
}

#[test]
fn m1s_of_two_seeds_were_measured_on_two_texts() {
    let (_folder, mut store) = store();
    for seed in [1, 2] {
        let training = "size='nano'\ncontext=32\nbatch=4\nsteps=8\n";
        let spec = SPEC.replace("SEED", &seed.to_string()).replace("NAME", "m1");
        let spec = spec.replace("m1={stand_in='unigram'}\n", &format!("[m1]\n{training}"));
        let folder = store.path().with_file_name(format!("m1-{seed}"));
        let (device, versions) = ("cpu".to_owned(), BTreeMap::new());
        let new = NewExperiment { name: "m1".to_owned(), spec, seed, device, versions, folder };
        let experiment = store.create_experiment(&new).unwrap();
        let (label, size) = ("M1 nano".to_owned(), "nano".to_owned());
        store.create_run(&NewRun { experiment, role: Role::M1, label, method: None, size, seed, steps: 8 }).unwrap();
    }
    let found = groups(read(&store, |_, _| true).unwrap());
    assert_eq!(found.len(), 2, "{:?}", seeds(&found));
    assert_eq!(found[0].is_on_the_same_text(&found[1]), Some(false));
}

#[test]
fn without_a_readable_spec_names_tell_what_belongs_together() {
    let (_folder, mut store) = store();
    let runs = [("x · seed 1", "Bytes", 1, 2.0), ("x · seed 2", "Bytes", 2, 2.0), ("y", "Bytes", 3, 2.0)];
    add(&mut store, "a", 3, "no = spec", &runs);
    let groups = groups(read(&store, |_, _| true).unwrap());
    assert_eq!(seeds(&groups), [("x".to_owned(), vec![1, 2]), ("y".to_owned(), vec![3])]);
}

#[test]
fn only_what_is_wanted_is_read_and_only_finished_runs_have_bits() {
    let (_folder, mut store) = store();
    let ids =
        add(&mut store, "a", 3, BYTES, &[("Bytes · seed 1", "Bytes", 1, 2.0), ("Bytes · seed 2", "Bytes", 2, 2.2)]);
    store.set_status(ids[1], &Status::Stopped).unwrap();
    store.set_result(ids[1], "token ratio", 1.0).unwrap();
    let groups = |wanted: &[RunId]| groups(read(&store, |_, run| wanted.contains(&run.id)).unwrap());
    assert_eq!(groups(&ids)[0].values(Quantity::BitsPerByte), [(1, 2.0)]);
    assert_eq!(groups(&ids)[0].values(Quantity::BytesPerStep), [(2, 1.0)]);
    assert_eq!(seeds(&groups(&ids[1..])), [("Bytes · seed 2".to_owned(), vec![2])]);
    assert!(groups(&[]).is_empty());
}

#[test]
fn a_verdict_says_which_is_better_and_how_sure_that_is() {
    let (_folder, mut store) = store();
    let entries = "[[run]]\nmethod='Bytes'\nseeds=[1,2,3]\n[[run]]\nmethod='AC[v=256]'\nseeds=[1,2,3]\n[[run]]\nmethod='AC[v=65k]'\n";
    let mut runs = Vec::new();
    for (label, seed, bits) in [("Bytes", 1, 2.0), ("Bytes", 2, 2.01), ("Bytes", 3, 1.99)] {
        runs.push((label, "Bytes", seed, bits));
    }
    for (seed, bits) in [(1, 2.5), (2, 2.51), (3, 2.49)] {
        runs.push(("AC[v=256]", "AC[v=256]", seed, bits));
    }
    runs.push(("AC[v=65k]", "AC[v=65k]", 1, 2.0));
    add(&mut store, "a", 3, entries, &runs);
    let groups = groups(read(&store, |_, _| true).unwrap());
    assert_eq!(groups.len(), 3);
    let verdict = Verdict::between(&groups[1], &groups[0]);
    let welch = verdict.test.unwrap();
    // 0.5 / √(2 × 0.01² / 3), and twice two degrees of freedom, as both deviations are 0.01.
    assert!((welch.t - 61.237).abs() < 1e-2 && (welch.degrees_of_freedom - 4.0).abs() < 1e-9, "{welch:?}");
    let sentence = verdict.sentence();
    assert!(
        sentence.starts_with("Bytes needs 0.5000 bits/byte less than AC[v=256]. That is significant"),
        "{sentence}"
    );
    let alone = Verdict::between(&groups[0], &groups[2]);
    assert_eq!(alone.test, Err(NoTest::TooFew(3, 1)));
    assert!(alone.sentence().contains("here they have 3 and 1"), "{}", alone.sentence());
    let same = Verdict::between(&groups[0], &groups[0]);
    assert!(same.sentence().contains("not significant"), "{}", same.sentence());
}

#[test]
fn the_papers_models_have_costs_close_to_the_papers() {
    let models = paper::models();
    assert!(models.len() >= 60 && models.iter().all(|model| paper::SIZES.contains(&model.size.as_str())));
    for model in models {
        assert!(model.flops_per_byte().is_some_and(|flops| flops > 1e6), "{model:?}");
    }
    // Table 15 prints 24.80 and 11.69 with rounded sizes.
    for (method, printed) in [("EqualInfoAC[b=16, v=256]", 24.8), ("SentencePiece", 11.69)] {
        let model = models.iter().find(|model| model.method == method && model.size == "25m").unwrap();
        let ours = model.flops_per_byte().unwrap() / 1e6;
        assert!((ours / printed - 1.0).abs() < 0.03, "{method}: {ours}");
    }
}
