//! Runs that differ in their seed alone, as one curve with its spread.

use super::{Seeds, Shown};
use crate::figure::data::drawable;
use std::collections::BTreeMap;

/// Runs that are drawn as one.
pub struct Group<'a> {
    pub name: String,
    pub color: usize,
    pub runs: Vec<Shown<'a>>,
}

/// The runs, together where they differ in their seed alone and that is asked for. A run that was made twice with the
/// same seed stays by itself.
pub fn groups<'a>(shown: &[Shown<'a>], seeds: Seeds) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for &run in shown {
        let joins = |group: &&mut Group<'_>| {
            let alike = group.runs.first().is_some_and(|first| same_but_for_seed(*first, run));
            seeds != Seeds::Single && alike && group.runs.iter().all(|other| other.run.info.seed != run.run.info.seed)
        };
        match groups.iter_mut().find(joins) {
            Some(group) => group.runs.push(run),
            None => groups.push(Group { name: run.run.info.label.clone(), color: run.color, runs: vec![run] }),
        }
    }
    for group in &mut groups {
        if let (Some(first), count @ 2..) = (group.runs.first(), group.runs.len()) {
            group.name = format!("{} ({count} seeds)", without_seed(&first.run.info.label));
        }
    }
    groups
}

fn same_but_for_seed(one: Shown<'_>, other: Shown<'_>) -> bool {
    let key = |shown: Shown<'_>| {
        let info = &shown.run.info;
        (info.role, info.method.clone(), info.size.clone(), info.steps, without_seed(&info.label))
    };
    key(one) == key(other)
}

/// The label without the seed that a spec with several seeds adds to it.
fn without_seed(label: &str) -> String {
    label.split(" · ").filter(|part| !part.starts_with("seed ")).collect::<Vec<_>>().join(" · ")
}

/// One curve of several runs: `[x, mean]` at every step that any of them measured, and `[x, low, high]` where at least two
/// did. The curves are given as `[step, x, value]`.
pub fn joined(curves: &[Vec<[f64; 3]>], seeds: Seeds) -> (Vec<[f64; 2]>, Vec<[f64; 3]>) {
    let mut by_step: BTreeMap<u64, Vec<[f64; 2]>> = BTreeMap::new();
    for [step, x, value] in curves.iter().flatten().filter(|[_, x, value]| drawable(*x) && drawable(*value)) {
        by_step.entry(*step as u64).or_default().push([*x, *value]);
    }
    let (mut mean, mut band) = (Vec::new(), Vec::new());
    for points in by_step.into_values() {
        let count = points.len() as f64;
        let average = |place: usize| points.iter().map(|point| point[place]).sum::<f64>() / count;
        let (x, y) = (average(0), average(1));
        mean.push([x, y]);
        if points.len() > 1 {
            let values = || points.iter().map(|[_, value]| *value);
            let deviation = (values().map(|value| (value - y).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
            band.push(match seeds {
                Seeds::Deviation => [x, y - deviation, y + deviation],
                Seeds::Range | Seeds::Single => {
                    [x, values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max)]
                }
            });
        }
    }
    (mean, band)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::event::Role;
    use crate::figure::{RunCurves, examples};

    fn seeded(id: i64, label: &str, seed: u64) -> RunCurves {
        let mut run = examples::run(id, Role::M2, label);
        run.info.method = Some("Bytes".to_owned());
        run.info.seed = seed;
        run
    }

    #[test]
    fn runs_that_differ_in_their_seed_alone_are_one() {
        let runs = [
            seeded(1, "Bytes · seed 1", 1),
            seeded(2, "Bytes · micro · seed 1", 1),
            seeded(3, "Bytes · seed 2", 2),
            seeded(4, "Bytes · seed 2", 2),
        ];
        let shown: Vec<Shown<'_>> =
            runs.iter().enumerate().map(|(color, run)| Shown { run, color, m1: None }).collect();
        let named = |seeds| -> Vec<(String, usize, usize)> {
            groups(&shown, seeds).into_iter().map(|group| (group.name, group.color, group.runs.len())).collect()
        };
        assert_eq!(
            named(Seeds::Range),
            [
                ("Bytes (2 seeds)".to_owned(), 0, 2),
                ("Bytes · micro · seed 1".to_owned(), 1, 1),
                ("Bytes · seed 2".to_owned(), 3, 1),
            ]
        );
        assert_eq!(named(Seeds::Single).len(), 4);
    }

    #[test]
    fn the_band_is_where_two_runs_were_measured() {
        let curves = [vec![[1.0, 10.0, 2.0], [2.0, 20.0, 4.0]], vec![[1.0, 12.0, 6.0], [2.0, 22.0, f64::NAN]]];
        let (mean, band) = joined(&curves, Seeds::Range);
        assert_eq!(mean, [[11.0, 4.0], [20.0, 4.0]]);
        assert_eq!(band, [[11.0, 2.0, 6.0]]);
        let (_, band) = joined(&curves, Seeds::Deviation);
        let deviation = 8_f64.sqrt();
        assert_eq!(band, [[11.0, 4.0 - deviation, 4.0 + deviation]]);
    }
}
