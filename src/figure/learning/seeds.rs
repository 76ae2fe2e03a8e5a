//! Runs that differ in their seed alone, as one curve with its spread.

use super::{Seeds, Shown};
use crate::experiment::event::{Role, RunInfo, Series};
use crate::experiment::store::{TRAINING_BYTES_PER_STEP, UNIFORM_BITS_PER_BYTE};
use crate::figure::RunCurves;
use crate::figure::data::drawable;
use std::collections::BTreeMap;

/// Runs that are drawn as one.
pub struct Group<'a> {
    pub name: String,
    pub color: usize,
    pub runs: Vec<Shown<'a>>,
}

/// The runs, together where they differ in their seed alone and that is asked for. A run that was made twice with the
/// same seed stays by itself, as in [`crate::experiment::compare::groups`].
pub fn groups<'a>(shown: &[Shown<'a>], seeds: Seeds) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for &run in shown {
        let joins = |group: &&mut Group<'_>| {
            seeds != Seeds::Single && group.runs.iter().all(|other| differ_in_seed_alone(other.run, run.run))
        };
        match groups.iter_mut().find(joins) {
            Some(group) => group.runs.push(run),
            None => groups.push(Group { name: run.run.info.label.clone(), color: run.color, runs: vec![run] }),
        }
    }
    for group in &mut groups {
        if let (Some(first), count @ 2..) = (group.runs.first(), group.runs.len()) {
            group.name = format!("{} ({count} seeds)", first.run.info.label_without_seed());
        }
    }
    groups
}

/// Results that follow from a run's settings and not from its seed: they are of the held-out text, cut by its method and M1.
const SETTLED: [&str; 4] = [UNIFORM_BITS_PER_BYTE, "token ratio", "validation bytes", "validation tokens"];

/// Seeds train on other parts of the text, of about as many bytes a token; another batch or context is further off.
const NEAR: f64 = 0.2;

/// Whether two runs differ in their seed, and in nothing else as far as the runs themselves tell: experiments of one name
/// may have other settings, and specifications are not at hand where charts are drawn. So what follows from the settings
/// is compared instead; what one of the two has not measured yet keeps nothing apart.
fn differ_in_seed_alone(one: &RunCurves, other: &RunCurves) -> bool {
    let (a, b) = (&one.info, &other.info);
    let called = |info: &RunInfo| (info.method.clone(), info.size.clone(), info.label_without_seed());
    let agree = |name: &str, tolerance: f64| match (one.result(name), other.result(name)) {
        (Some(a), Some(b)) => are_close(a, b, tolerance),
        _ => true,
    };
    // The seeds of the others split the text, too, so they were measured on two texts.
    [a.role, b.role] == [Role::M2; 2]
        && a.seed != b.seed
        && a.steps == b.steps
        && called(a) == called(b)
        && SETTLED.iter().all(|name| agree(name, ROUNDING))
        && agree(TRAINING_BYTES_PER_STEP, NEAR)
        && have_one_schedule(one, other)
}

/// Whether two runs learn at the same rates, where both have noted them at the same step: before anyone changed them by
/// hand at the first, and at the last where nobody did.
fn have_one_schedule(one: &RunCurves, other: &RunCurves) -> bool {
    let rates = [one, other].map(|run| run.curve(Series::LearningRate));
    let steered = [one, other].iter().any(|run| !run.curve(Series::RateFactor).is_empty());
    let agree = |pair: [Option<&[f64; 2]>; 2]| match pair {
        [Some([at, a]), Some([then, b])] if at == then => are_close(*a, *b, ROUNDING),
        _ => true,
    };
    agree(rates.map(|rates| rates.first())) && (steered || agree(rates.map(|rates| rates.last())))
}

const ROUNDING: f64 = 1e-9;

/// Whether two values differ by no more than a share of them.
fn are_close(a: f64, b: f64, share: f64) -> bool {
    (a - b).abs() <= share * a.abs().max(b.abs())
}

/// A value of a run at a step, as it is joined with those of other seeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    pub step: f64,
    pub x: f64,
    pub value: f64,
    /// Of the points that it stands for; the value itself where it is one.
    pub lowest: f64,
    pub highest: f64,
}

impl Sample {
    fn is_drawable(&self) -> bool {
        [self.x, self.value, self.lowest, self.highest].into_iter().all(drawable)
    }

    /// On the line to a later one.
    fn towards(&self, later: &Self, step: f64) -> Self {
        let share = if later.step > self.step { (step - self.step) / (later.step - self.step) } else { 0.0 };
        let between = |of: fn(&Self) -> f64| of(self) + share * (of(later) - of(self));
        Self {
            step,
            x: between(|sample| sample.x),
            value: between(|sample| sample.value),
            lowest: between(|sample| sample.lowest),
            highest: between(|sample| sample.highest),
        }
    }
}

/// One curve of several runs: `[x, mean]` at every step that any of them measured, and `[x, low, high]` where at least two
/// did.
pub fn joined(curves: &[Vec<Sample>], seeds: Seeds) -> (Vec<[f64; 2]>, Vec<[f64; 3]>) {
    let mut by_step: BTreeMap<u64, Vec<Sample>> = BTreeMap::new();
    for sample in curves.iter().flatten().filter(|sample| sample.is_drawable()) {
        by_step.entry(sample.step as u64).or_default().push(*sample);
    }
    gathered(by_step.into_values(), seeds)
}

/// As [`joined`], of curves of which only some steps are known, not the same of each, as they were thinned or noted when a
/// clock said so: between two a curve is taken for a
/// straight line. Mean and deviation are then those of the stretches' means, the band of a range is from the lowest to the
/// highest point of any run.
pub fn joined_between(curves: &[Vec<Sample>], seeds: Seeds) -> (Vec<[f64; 2]>, Vec<[f64; 3]>) {
    let curves: Vec<Vec<Sample>> =
        curves.iter().map(|curve| curve.iter().copied().filter(Sample::is_drawable).collect()).collect();
    let mut steps: Vec<u64> = curves.iter().flatten().map(|sample| sample.step as u64).collect();
    steps.sort_unstable();
    steps.dedup();
    let mut rest: Vec<&[Sample]> = curves.iter().map(Vec::as_slice).collect();
    let at_steps = steps.into_iter().map(|step| {
        let step = step as f64;
        rest.iter_mut()
            .filter_map(|rest| {
                loop {
                    match rest {
                        [one, other, ..] if other.step <= step => *rest = rest.get(1..).unwrap_or_default(),
                        [one, other, ..] if one.step <= step => return Some(one.towards(other, step)),
                        [last] if last.step == step => return Some(*last),
                        _ => return None,
                    }
                }
            })
            .collect()
    });
    gathered(at_steps, seeds)
}

/// Mean and band of each step's samples.
fn gathered(at_steps: impl Iterator<Item = Vec<Sample>>, seeds: Seeds) -> (Vec<[f64; 2]>, Vec<[f64; 3]>) {
    let (mut mean, mut band) = (Vec::new(), Vec::new());
    for samples in at_steps.filter(|samples| !samples.is_empty()) {
        let count = samples.len() as f64;
        let average = |of: fn(&Sample) -> f64| samples.iter().map(of).sum::<f64>() / count;
        let (x, y) = (average(|sample| sample.x), average(|sample| sample.value));
        mean.push([x, y]);
        if samples.len() > 1 {
            let deviation = samples.iter().map(|sample| (sample.value - y).powi(2)).sum::<f64>() / (count - 1.0);
            band.push(match seeds {
                Seeds::Deviation => [x, y - deviation.sqrt(), y + deviation.sqrt()],
                Seeds::Range | Seeds::Single => [
                    x,
                    samples.iter().map(|sample| sample.lowest).fold(f64::INFINITY, f64::min),
                    samples.iter().map(|sample| sample.highest).fold(f64::NEG_INFINITY, f64::max),
                ],
            });
        }
    }
    (mean, band)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::examples;

    fn seeded(id: i64, label: &str, seed: u64) -> RunCurves {
        let mut run = examples::run(id, Role::M2, label);
        run.info.method = Some("Bytes".to_owned());
        run.info.seed = seed;
        run
    }

    #[test]
    fn what_follows_from_settings_keeps_runs_of_one_name_apart() {
        let mut runs: Vec<RunCurves> = (1..=4).map(|id| seeded(id, "Bytes · x", id.cast_unsigned())).collect();
        let grouped = |runs: &[RunCurves]| -> Vec<Vec<i64>> {
            let shown: Vec<Shown<'_>> = runs.iter().map(|run| Shown { run, color: 0, m1: None }).collect();
            let ids = |group: Group<'_>| group.runs.iter().map(|run| run.run.info.id.0).collect();
            groups(&shown, Seeds::Range).into_iter().map(ids).collect()
        };
        assert_eq!(grouped(&runs), [[1, 2, 3, 4]], "before anything is measured, names tell");
        // The first and the third have a base rate of 1, the others of 2; the third is over other text.
        for (run, rate) in runs.iter_mut().zip([1.0, 2.0, 1.0, 2.0]) {
            run.curves.insert(Series::LearningRate, vec![[1.0, rate], [50.0 + rate, 0.5]]);
        }
        assert_eq!(grouped(&runs), [[1, 3], [2, 4]]);
        for (run, bits) in runs.iter_mut().zip([4.6, 4.6, 4.7, 4.6]) {
            run.info.results.insert(UNIFORM_BITS_PER_BYTE.to_owned(), bits);
        }
        // Each seed meets other text.
        for (run, bytes) in runs.iter_mut().zip([2048.0, 2010.0, 2048.0, 2060.0]) {
            run.info.results.insert(TRAINING_BYTES_PER_STEP.to_owned(), bytes);
        }
        assert_eq!(grouped(&runs), [vec![1], vec![2, 4], vec![3]]);
        // A cool-down shows at the end, unless it was somebody's hand.
        runs[3].curves.insert(Series::LearningRate, vec![[1.0, 2.0], [52.0, 0.1]]);
        assert_eq!(grouped(&runs).len(), 4);
        runs[3].curves.insert(Series::RateFactor, vec![[40.0, 0.2]]);
        assert_eq!(grouped(&runs).len(), 3);
        runs[3].info.results.insert(TRAINING_BYTES_PER_STEP.to_owned(), 4096.0);
        assert_eq!(grouped(&runs).len(), 4, "its batch is twice as large");
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

    fn at(step: f64, x: f64, value: f64) -> Sample {
        Sample { step, x, value, lowest: value, highest: value }
    }

    #[test]
    fn between_steps_a_thinned_curve_is_a_straight_line() {
        let wide = |sample: Sample| Sample { lowest: sample.value - 1.0, highest: sample.value + 2.0, ..sample };
        let curves = [
            vec![at(0.0, 0.0, 4.0), at(4.0, 40.0, 8.0)].into_iter().map(wide).collect(),
            vec![at(2.0, 20.0, 10.0), at(4.0, 40.0, 10.0), at(6.0, 60.0, 1.0)],
        ];
        let (mean, band) = joined_between(&curves, Seeds::Range);
        assert_eq!(mean, [[0.0, 4.0], [20.0, 8.0], [40.0, 9.0], [60.0, 1.0]]);
        assert_eq!(band, [[20.0, 5.0, 10.0], [40.0, 7.0, 10.0]]);
        assert_eq!(joined_between(&[], Seeds::Range), (Vec::new(), Vec::new()));
    }

    #[test]
    fn curves_of_the_same_steps_are_joined_alike_either_way() {
        let curve = |salt: f64| (0..50).map(|i| at(f64::from(i), f64::from(i), (f64::from(i) + salt).sin())).collect();
        let curves: Vec<Vec<Sample>> = [0.0, 1.0, 2.5].into_iter().map(curve).collect();
        for seeds in [Seeds::Range, Seeds::Deviation] {
            assert_eq!(joined(&curves, seeds), joined_between(&curves, seeds));
        }
    }

    #[test]
    fn the_band_is_where_two_runs_were_measured() {
        let curves = [vec![at(1.0, 10.0, 2.0), at(2.0, 20.0, 4.0)], vec![at(1.0, 12.0, 6.0), at(2.0, 22.0, f64::NAN)]];
        let (mean, band) = joined(&curves, Seeds::Range);
        assert_eq!(mean, [[11.0, 4.0], [20.0, 4.0]]);
        assert_eq!(band, [[11.0, 2.0, 6.0]]);
        let (_, band) = joined(&curves, Seeds::Deviation);
        let deviation = 8_f64.sqrt();
        assert_eq!(band, [[11.0, 4.0 - deviation, 4.0 + deviation]]);
    }
}
