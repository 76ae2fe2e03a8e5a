//! Whole figures: everything on the page, nothing on top of something else, and no data that a figure cannot take.

use super::scene::{Anchor, Mark, Scene, Text};
use super::*;
use crate::experiment::event::{Point, Role, Series};
use crate::experiment::store::{NewExperiment, NewRun, UNIFORM_BITS_PER_BYTE};
use proptest::prelude::*;

const FEW: [(&str, usize); 4] =
    [("Bytes", 1), ("AC[v=256]", 1), ("EqualInfoAC[b=16, v=256]", 2), ("EqualInfoAC[b=16, v=65k]", 1)];

fn many() -> Data {
    let labels: Vec<String> = (1..=12)
        .map(|n| format!("EqualInfoAC[b={}, v=256, greedy], 25m, a name that goes on and on, seed {n}", 8 * n))
        .collect();
    let methods: Vec<(&str, usize)> = labels.iter().enumerate().map(|(n, label)| (label.as_str(), n + 1)).collect();
    examples::experiment("twelve-runs-with-long-names", &methods)
}

fn odd() -> Data {
    let mut data = examples::experiment("odd", &[("NaN", 2), ("one point", 2), ("one step", 1), ("equal", 1)]);
    for points in data.runs[1].curves.values_mut() {
        for point in points.iter_mut().step_by(3) {
            point[1] = f64::NAN;
        }
    }
    data.runs[1].info.results.insert("uniform bits/byte".into(), f64::INFINITY);
    for points in data.runs[2].curves.values_mut() {
        points.truncate(1);
    }
    data.runs[4].curves.insert(Series::ValidationBitsPerByte, vec![[3.0, 4.0]; 5]);
    data
}

/// Left, top, right, bottom of a text, in pixels of the page.
fn bounds(text: &Text) -> [f64; 4] {
    let width = text::width(&text.text, text.size);
    let [x, y] = text.at;
    let before = match text.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => 0.5 * width,
        Anchor::End => width,
    };
    let (above, below) = (0.72 * text.size, 0.2 * text.size);
    if text.upright {
        [x - above, y - width + before, x + below, y + before]
    } else {
        [x - before, y - above, x - before + width, y + below]
    }
}

fn check_layout(scene: &Scene, what: &str) {
    let texts: Vec<&Text> = scene
        .marks
        .iter()
        .filter_map(|mark| match mark {
            Mark::Text(text) if !text.text.is_empty() => Some(text),
            _ => None,
        })
        .collect();
    for (place, text) in texts.iter().enumerate() {
        let [left, top, right, bottom] = bounds(text);
        let inside = left >= 0.0 && top >= 0.0 && right <= scene.width && bottom <= scene.height;
        assert!(inside, "{what}: {:?} leaves the page", text.text);
        for other in &texts[..place] {
            let [other_left, other_top, other_right, other_bottom] = bounds(other);
            let apart = right <= other_left || other_right <= left || bottom <= other_top || other_bottom <= top;
            assert!(apart, "{what}: {:?} lies on {:?}", text.text, other.text);
        }
    }
    for mark in &scene.marks {
        let points: &[[f64; 2]] = match mark {
            Mark::Path { points, .. } | Mark::Polygon { points, .. } => points,
            Mark::Circle { centre, .. } => std::slice::from_ref(centre),
            Mark::Text(_) | Mark::Picture(_) => &[],
        };
        let on_page = |[x, y]: &[f64; 2]| (0.0..=scene.width).contains(x) && (0.0..=scene.height).contains(y);
        assert!(points.iter().all(on_page), "{what}: {mark:?} leaves the page");
    }
}

#[test]
fn texts_stay_on_the_page_and_apart() {
    for data in [Data::default(), examples::experiment("first-light", &FEW), many(), odd()] {
        for figure in Figure::ALL {
            check_layout(&figure.scene(&data), &format!("{} of {:?}", figure.file_stem(), data.title));
        }
    }
}

#[test]
fn what_was_not_measured_is_said() {
    let mut untrained = Data { title: "new".into(), runs: vec![examples::run(1, Role::M2, "Bytes")] };
    for data in [&Data::default(), &untrained] {
        for figure in Figure::ALL {
            let svg = figure.svg(data).unwrap();
            assert!(svg.contains("nothing measured yet"), "{figure:?}");
        }
    }
    untrained.runs[0].info.results.insert("token ratio".into(), 1.0);
    let svg = Figure::CompressionRatio.svg(&untrained).unwrap();
    assert!(svg.contains("Bytes") && !svg.contains("nothing measured yet"), "a ratio that is known is drawn");
}

#[test]
fn a_run_with_nothing_but_baselines_is_named_too() {
    let mut run = examples::run(1, Role::M2, "Bytes");
    run.info.results.insert("uniform bits/byte".into(), 8.0);
    let svg = Figure::BitsPerByte.svg(&Data { title: "new".into(), runs: vec![run] }).unwrap();
    assert!(svg.contains(">\nBytes\n</text>") && svg.contains("uniform model"), "{svg}");
    assert!(!svg.contains("unigram model"), "only what is drawn is explained");
}

#[test]
fn every_run_and_its_last_value_are_named() {
    let data = examples::experiment("first-light", &FEW);
    let svg = Figure::BitsPerByte.svg(&data).unwrap();
    for run in &data.runs {
        let [_, value] = data::last(run.curve(Series::ValidationBitsPerByte)).unwrap();
        assert!(svg.contains(&run.info.label), "{}", run.info.label);
        assert!(svg.contains(&format!("{value:.3}")), "{value:.3}");
    }
}

#[test]
fn all_files_are_written_whole() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("figures");
    let data = examples::experiment("first-light", &FEW);
    let written = write_all(&data, &inner).unwrap();
    let mut names: Vec<String> =
        std::fs::read_dir(&inner).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let expected = ["bits-per-byte", "compression-ratio", "learnability"];
    assert_eq!(names, expected.map(|stem| ["png", "svg"].map(|kind| format!("{stem}.{kind}"))).concat());
    assert_eq!(written.len(), 6);
    for path in written {
        let content = std::fs::read(&path).unwrap();
        match path.extension().and_then(|kind| kind.to_str()) {
            Some("svg") => assert!(content.starts_with(b"<svg ") && content.ends_with(b"</svg>\n")),
            _ => assert!(content.starts_with(b"\x89PNG") && content.ends_with(b"IEND\xaeB`\x82")),
        }
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("taken");
    std::fs::write(&file, "a file").unwrap();
    let error = write_all(&Data::default(), &file.join("figures")).unwrap_err();
    assert!(error.to_string().contains("taken"), "{error}");
}

/// A store with an experiment of M1 and one method, which measured something.
fn stored(folder: &Path) -> (Store, ExperimentId) {
    let mut store = Store::open(&folder.join("results.sqlite")).unwrap();
    let experiment = NewExperiment {
        name: "first-light".into(),
        spec: String::new(),
        seed: 1,
        device: "CPU".into(),
        versions: Default::default(),
        folder: folder.to_owned(),
    };
    let experiment = store.create_experiment(&experiment).unwrap();
    for (index, (label, method)) in [("M1 nano", None), ("Bytes, small", Some("Bytes"))].into_iter().enumerate() {
        let role = if method.is_none() { Role::M1 } else { Role::M2 };
        let method = method.map(str::to_owned);
        let new = NewRun { experiment, role, label: label.into(), method, size: "nano".into(), seed: 1, steps: 9 };
        let run = store.create_run(&new).unwrap();
        for (series, step, value) in [(Series::ValidationBitsPerByte, 9, 2.5), (Series::ValidationBitsPerByte, 3, 5.5)]
        {
            store.record(&Point { run, series, step, value: value + index as f64 }).unwrap();
        }
        store.set_result(run, UNIFORM_BITS_PER_BYTE, 8.0).unwrap();
    }
    (store, experiment)
}

#[test]
fn the_store_gives_each_run_its_own_curves() {
    let folder = tempfile::tempdir().unwrap();
    let (store, experiment) = stored(folder.path());
    let data = Data::from_store(&store, experiment).unwrap().unwrap();
    assert_eq!(data.title, "first-light");
    for (index, run) in data.runs.iter().enumerate() {
        let offset = index as f64;
        assert_eq!(run.curve(Series::ValidationBitsPerByte), [[3.0, 5.5 + offset], [9.0, 2.5 + offset]]);
        assert!(run.curve(Series::LearningRate).is_empty());
        assert_eq!(run.result(UNIFORM_BITS_PER_BYTE), Some(8.0));
    }
    assert_eq!(data.runs[1].info.label, "Bytes, small");
}

#[test]
fn an_experiment_is_drawn_from_its_store() {
    let folder = tempfile::tempdir().unwrap();
    let (store, experiment) = stored(folder.path());
    let written = draw_all(&store, experiment, &folder.path().join("figures")).unwrap();
    assert_eq!(written.len(), 6);
    let svg = std::fs::read_to_string(folder.path().join("figures/bits-per-byte.svg")).unwrap();
    assert!(svg.contains("Bytes, small") && svg.contains("3.500") && svg.contains("first-light"), "{svg}");
    let error = draw_all(&store, ExperimentId(7), folder.path()).unwrap_err();
    assert!(error.to_string().contains("holds no experiment number 7"), "{error}");
}

#[test]
fn the_live_panes_charts_are_written_with_their_data() {
    let folder = tempfile::tempdir().unwrap();
    let (store, experiment) = stored(folder.path());
    let figures = folder.path().join("figures");
    let options = learning::Options { over: learning::Over::Bytes, ..learning::Options::default() };
    let written = draw_learning(&store, experiment, &figures, &options, true).unwrap();
    assert_eq!(written.len(), 6 * 3);
    let csv = std::fs::read_to_string(figures.join("bits-per-byte-over-bytes.csv")).unwrap();
    assert!(csv.starts_with("kind,name,raw bytes trained on,bits/byte,low,high\n"), "{csv}");
    let options = learning::Options::default();
    assert_eq!(draw_learning(&store, experiment, &figures, &options, false).unwrap().len(), 6 * 2);
    let svg = std::fs::read_to_string(figures.join("bits-per-byte-over-step.svg")).unwrap();
    assert!(svg.contains("Bytes, small") && svg.contains("3.500") && svg.contains("first-light"), "{svg}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_values_are_drawn(
        curves in proptest::collection::vec(proptest::collection::vec(any::<f64>(), 0..5), 4),
        results in proptest::collection::vec(any::<f64>(), 4),
        label in ".{0,60}",
    ) {
        let mut run = examples::run(1, Role::M2, &label);
        let series =
            [Series::TokenRatio, Series::ValidationBitsPerByte, Series::Accuracy(0), Series::Accuracy(u16::MAX)];
        for (series, values) in series.into_iter().zip(&curves) {
            run.curves.insert(series, values.iter().enumerate().map(|(step, value)| [step as f64, *value]).collect());
        }
        let names = ["token ratio", "uniform bits/byte", "unigram bits/byte", "trivial accuracy 0"];
        run.info.results.extend(names.map(str::to_owned).into_iter().zip(results));
        let data = Data { title: label, runs: vec![run] };
        for figure in Figure::ALL {
            figure.svg(&data).unwrap();
        }
    }
}
