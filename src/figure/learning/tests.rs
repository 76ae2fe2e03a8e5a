//! Charts of made-up experiments: what is in them for which options.

use super::*;
use crate::experiment::store::{Mean, TRAINING_BYTES_PER_STEP, held_out_tokens};
use crate::figure::{Data, examples};

fn data() -> Data {
    let mut data =
        examples::experiment("x", &[("Bytes", 1), ("EqualInfoAC[b=16, v=256]", 2), ("EqualInfoAC[b=16, v=65k]", 1)]);
    for run in &mut data.runs {
        run.curves.insert(Series::TrainBitsPerByte, vec![[1.0, 8.0], [2.0, 4.0], [900.0, 2.0]]);
    }
    data
}

fn shown(data: &Data) -> Vec<Shown<'_>> {
    let m1 = data.runs.iter().find(|run| run.info.role == Role::M1);
    data.runs.iter().enumerate().map(|(color, run)| Shown { run, color, m1 }).collect()
}

fn curve<'a>(chart: &'a Chart, name: &str) -> &'a Curve {
    let names: Vec<&str> = chart.curves.iter().map(|curve| curve.name.as_str()).collect();
    chart.curves.iter().find(|curve| curve.name == name).unwrap_or_else(|| panic!("{name} is not among {names:?}"))
}

#[test]
fn the_loss_has_held_out_raw_and_smoothed_curves_and_levels() {
    let data = data();
    let chart = bits_per_byte(&shown(&data), &Options { smoothing: 0.5, ..Options::default() });
    assert_eq!(curve(&chart, "Bytes").points, data.runs[1].curve(Series::ValidationBitsPerByte));
    let raw = curve(&chart, "Bytes, training");
    assert_eq!((raw.style, raw.points.len()), (Style::Faint, 3));
    let smooth = &curve(&chart, "Bytes, training, averaged").points;
    assert!((smooth[1][1] - 16.0 / 3.0).abs() < 1e-12 && smooth[0] == [1.0, 8.0], "{smooth:?}");
    assert!(chart.levels.iter().any(|level| level.name == "uniform, Bytes"));
    assert!(!chart.levels.iter().any(|level| level.name.contains("paper")));
    let plain = bits_per_byte(&shown(&data), &Options { smoothing: 0.0, ..Options::default() });
    assert_eq!(plain.curves.len(), 2 * data.runs.len(), "with nothing smoothed there is no third curve");
}

#[test]
fn the_paper_stands_beside_by_method_and_size() {
    let data = data();
    let options = Options { paper: true, ..Options::default() };
    let chart = bits_per_byte(&shown(&data), &options);
    let level = chart.levels.iter().find(|level| level.name == "paper, C4, 25m: EqualInfoAC[b=16, v=256]").unwrap();
    assert_eq!((level.value, level.color), (1.47, Some(2)));
    let chart = compression_ratio(&shown(&data), &options);
    assert!(
        chart.levels.iter().any(|level| level.name == "paper, C4: EqualInfoAC[b=16, v=65k]" && level.value == 5.31)
    );
}

#[test]
fn colours_do_not_depend_on_what_else_is_drawn() {
    let data = data();
    let all = shown(&data);
    let fewer = compression_ratio(&all[2..], &Options::default());
    assert_eq!(curve(&fewer, "EqualInfoAC[b=16, v=256]").color, 2);
}

#[test]
fn ratios_are_over_the_time_of_m1() {
    let mut data = data();
    let options = Options { over: Over::Bytes, ..Options::default() };
    assert!(compression_ratio(&shown(&data), &options).curves.is_empty(), "nobody knows how many bytes a step has");
    data.runs[0].info.results.insert(TRAINING_BYTES_PER_STEP.to_owned(), 10.0);
    data.runs[1].info.results.insert(TRAINING_BYTES_PER_STEP.to_owned(), 999.0);
    let chart = compression_ratio(&shown(&data), &options);
    assert_eq!(curve(&chart, "Bytes").points[1][0], 600.0, "step 60 of M1, of 10 bytes each");
    assert_eq!((chart.x.unit, chart.x.title.as_str()), (Unit::Bytes, "raw bytes trained on of M1"));
}

#[test]
fn seeds_become_a_mean_with_a_band() {
    let mut data = examples::experiment("x", &[("Bytes", 1), ("Bytes", 1)]);
    data.runs[2].info.seed = 2;
    for point in data.runs[2].curves.get_mut(&Series::ValidationBitsPerByte).unwrap() {
        point[1] += 0.5;
    }
    let chart = bits_per_byte(&shown(&data), &Options::default());
    let joined = curve(&chart, "Bytes (2 seeds)");
    assert_eq!((joined.band.len(), joined.color), (joined.points.len(), 1));
    let ([x, mean], [at, low, high]) = (joined.points[3], joined.band[3]);
    assert!(x == at && low < mean && mean < high);
    let single = bits_per_byte(&shown(&data), &Options { seeds: Seeds::Single, ..Options::default() });
    assert!(single.curves.iter().all(|curve| curve.band.is_empty()));
}

#[test]
fn thinned_curves_are_smoothed_and_joined_by_what_their_stretches_come_to() {
    let mut data = examples::experiment("x", &[("Bytes", 1), ("Bytes", 1)]);
    data.runs[2].info.seed = 2;
    for (run, usual) in data.runs.iter_mut().skip(1).zip([2.0, 3.0]) {
        // Of every eight points one is high: the extremes' middle is far above their mean.
        let extremes = (0..100).flat_map(|k| [[8.0 * f64::from(k), usual], [8.0 * f64::from(k) + 3.0, usual + 80.0]]);
        run.curves.insert(Series::TrainBitsPerByte, extremes.collect());
        let mean = |k| Mean {
            step: 8.0 * f64::from(k) + 7.0,
            count: 8,
            mean: usual + 10.0,
            lowest: usual,
            highest: usual + 80.0,
        };
        run.means.insert(Series::TrainBitsPerByte, (0..100).map(mean).collect());
    }
    let single = bits_per_byte(&shown(&data)[1..2], &Options::default());
    assert_eq!(curve(&single, "Bytes, training").points.len(), 200, "ends and extremes");
    let is = |points: &[[f64; 2]], value: f64| points.iter().all(|[_, y]| (y - value).abs() < 1e-9);
    assert!(is(&curve(&single, "Bytes, training, averaged").points, 12.0));

    let joined = bits_per_byte(&shown(&data), &Options::default());
    let averaged = curve(&joined, "Bytes (2 seeds), training, averaged");
    assert!(is(&averaged.points, 12.5));
    assert!(averaged.band.iter().all(|[_, low, high]| (low - 12.0).abs() < 1e-9 && (high - 13.0).abs() < 1e-9));
    let raw = bits_per_byte(&shown(&data), &Options { smoothing: 0.0, ..Options::default() });
    let raw = curve(&raw, "Bytes (2 seeds), training");
    assert!(is(&raw.points, 12.5));
    assert!(raw.band.iter().all(|[_, low, high]| (*low, *high) == (2.0, 83.0)), "from the lowest point to the highest");
}

#[test]
fn changes_of_the_rate_are_flags() {
    let mut data = data();
    data.runs[1].curves.insert(Series::RateFactor, vec![[300.0, 0.5], [600.0, 0.05]]);
    for chart in [bits_per_byte, learning_rate].map(|chart| chart(&shown(&data), &Options::default())) {
        let flags: Vec<(f64, &str)> = chart.marks.iter().map(|mark| (mark.x, mark.text.as_str())).collect();
        assert_eq!(flags, [(300.0, "learning rate × 0.5"), (600.0, "learning rate × 0.1")]);
    }
}

#[test]
fn accuracies_are_by_position_or_over_time_with_flags() {
    let mut data = examples::learnability(&[(0, &[0.1, 0.5, 0.6]), (1, &[0.2])], &[(0, 0.25)]);
    data.runs[0].info.results.insert(held_out_tokens(0), 1000.0);
    let run = |chart: &Chart| chart.curves[0].points.clone();
    let options = Options { above_trivial: false, ..Options::default() };
    assert_eq!(run(&by_position(&shown(&data), &options)), [[1.0, 0.6], [2.0, 0.2]]);
    let above = by_position(&shown(&data), &Options::default());
    assert_eq!(run(&above).len(), 1, "the trivial accuracy of the second position is not known");
    assert!((run(&above)[0][1] - 0.35).abs() < 1e-12);
    let chart = over_time(&shown(&data), &options);
    assert_eq!(curve(&chart, "position 1").points.len(), 3);
    assert_eq!(chart.marks.len(), 1);
    assert_eq!((chart.marks[0].x, chart.marks[0].text.as_str()), (2.0, "position 1 unlocked"));
}
