//! Made-up experiments that the tests draw.

use super::data::{Data, RunCurves};
use crate::experiment::event::{Role, RunId, RunInfo, Series, Status};
use std::collections::BTreeMap;

/// A run with nothing measured.
pub fn run(id: i64, role: Role, label: &str) -> RunCurves {
    let info = RunInfo {
        id: RunId(id),
        role,
        label: label.into(),
        method: (role == Role::M2).then(|| label.into()),
        size: "nano".into(),
        seed: 1,
        steps: 900,
        priority: 0,
        status: Status::Done,
        results: BTreeMap::new(),
    };
    RunCurves { info, curves: BTreeMap::new(), means: BTreeMap::new() }
}

/// One run with accuracies by position over steps 1, 2, …, and trivial accuracies by position.
pub fn learnability(accuracies: &[(u16, &[f64])], trivial: &[(u16, f64)]) -> Data {
    let mut run = run(1, Role::M2, "EqualInfoAC[b=16, v=256]");
    for (position, values) in accuracies {
        let points = values.iter().enumerate().map(|(step, value)| [step as f64 + 1.0, *value]).collect();
        run.curves.insert(Series::Accuracy(*position), points);
    }
    for (position, value) in trivial {
        run.info.results.insert(format!("trivial accuracy {position}"), *value);
    }
    Data { title: "example".into(), runs: vec![run] }
}

/// An experiment of M1 and one run for each method, with curves of plausible shape.
pub fn experiment(title: &str, methods: &[(&str, usize)]) -> Data {
    let decay = |step: f64, from: f64, to: f64| to + (from - to) * (-step / 180.0).exp();
    let over = |every: usize, value: &dyn Fn(f64) -> f64| -> Vec<[f64; 2]> {
        (0..=900).step_by(every).map(|step| [step as f64, value(step as f64)]).collect()
    };
    let mut m1 = run(0, Role::M1, "M1 nano");
    m1.curves.insert(Series::ValidationBitsPerByte, over(30, &|step| decay(step, 7.9, 2.35)));
    m1.info.results.insert("uniform bits/byte".into(), 8.0);
    m1.info.results.insert("unigram bits/byte".into(), 4.6);
    let mut runs = vec![m1];
    for (index, (label, positions)) in methods.iter().enumerate() {
        let mut run = run(index as i64 + 1, Role::M2, label);
        let worth = index as f64 / methods.len() as f64;
        let best = if *label == "Bytes" { 1.0 } else { 1.6 + 2.1 * worth };
        run.curves.insert(Series::TokenRatio, over(60, &|step| decay(step, 1.0, best)));
        let end = 2.5 + 1.4 * worth;
        let wobble = move |step: f64| 0.03 * (step * (0.3 + worth)).sin();
        run.curves.insert(Series::ValidationBitsPerByte, over(45, &|step| decay(step, 6.0, end) + wobble(step)));
        run.info.results.insert("uniform bits/byte".into(), 8.0 / best + 1.8);
        run.info.results.insert("unigram bits/byte".into(), 7.4 / best + 1.5);
        for position in 0..*positions as u16 {
            let reached = 0.34 / (1.0 + 0.9 * f64::from(position)) * (1.0 - 0.4 * worth);
            run.curves.insert(Series::Accuracy(position), over(45, &|step| decay(step, 0.01, reached)));
            run.info.results.insert(format!("trivial accuracy {position}"), 0.03 / (1.0 + f64::from(position)));
        }
        runs.push(run);
    }
    Data { title: title.into(), runs }
}
