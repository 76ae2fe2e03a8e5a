//! Stored curves looked at closer and from afar, over a store that is really there.

use super::closer::Look;
use super::sources::Sources;
use crate::app::board::Board;
use crate::app::chart::InView;
use crate::experiment::event::{Point, Role, RunId, Series};
use crate::experiment::store::{NewExperiment, NewRun, Store, TRAINING_BYTES_PER_STEP};
use crate::figure::learning::Over;
use egui::Context;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const LAST: u64 = 30_000;
const SERIES: Series = Series::TrainBitsPerByte;

struct Stage {
    sources: Sources,
    board: Board,
    ctx: Context,
    path: PathBuf,
    raw: Vec<[f64; 2]>,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// A chosen run of [`LAST`] steps, of which the overview has been read.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.sqlite");
        let mut store = Store::open(&path).unwrap();
        let experiment = store
            .create_experiment(&NewExperiment {
                name: "x".to_owned(),
                spec: String::new(),
                seed: 1,
                device: "CPU".to_owned(),
                versions: [].into(),
                folder: folder.path().join("x"),
            })
            .unwrap();
        let new = NewRun {
            experiment,
            role: Role::M2,
            label: "Bytes".to_owned(),
            method: Some("Bytes".to_owned()),
            size: "nano".to_owned(),
            seed: 1,
            steps: LAST,
        };
        let run = store.create_run(&new).unwrap();
        for step in 1..=LAST {
            let value = (step.wrapping_mul(2_654_435_761) % 10_007) as f64;
            store.record(&Point { run, series: SERIES, step, value }).unwrap();
            if step.is_multiple_of(500) {
                store.record(&Point { run, series: Series::Seconds, step, value: 0.1 * step as f64 }).unwrap();
            }
        }
        store.set_result(run, TRAINING_BYTES_PER_STEP, 8.0).unwrap();
        let raw = store.series(run, SERIES).unwrap();
        let mut board = Board::default();
        board.chosen.insert(run);
        let sources = Sources::default();
        let mut stage = Self { sources, board, ctx: Context::default(), path, raw, _folder: folder };
        stage.look(&[]);
        stage.settle(&[]);
        assert_eq!(stage.sources.stored_runs(), 1);
        stage
    }

    /// What a frame does.
    fn look(&mut self, looks: &[Look]) {
        self.sources.choose(&self.ctx, &self.path, looks, &mut self.board);
    }

    /// Draws frames until everything is there.
    fn settle(&mut self, looks: &[Look]) {
        let begun = Instant::now();
        loop {
            self.look(looks);
            if self.sources.is_fine() {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "waited in vain");
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(self.board.messages().is_empty(), "{:?}", self.board.messages());
    }

    fn curve(&self) -> Vec<[f64; 2]> {
        self.sources.all()[0].run.curve(SERIES).to_vec()
    }

    fn part(curve: &[[f64; 2]], from: f64, to: f64) -> Vec<[f64; 2]> {
        curve.iter().copied().filter(|point| (from..=to).contains(&point[0])).collect()
    }

    /// Whether every point between two steps is there.
    fn is_whole(&self, from: f64, to: f64) -> bool {
        Self::part(&self.curve(), from, to) == Self::part(&self.raw, from, to)
    }
}

fn at(over: Over, from: f64, to: f64) -> Look {
    let view = InView { range: (from, to), log: false, width: 500.0 };
    Look { view, over, draws: |series| series == SERIES }
}

#[test]
fn an_overview_is_short_and_keeps_ends_and_extremes() {
    let stage = Stage::new();
    let (curve, raw) = (stage.curve(), &stage.raw);
    assert!(curve.len() < 2500 && curve.len() > 1000, "{}", curve.len());
    assert_eq!((curve.first(), curve.last()), (raw.first(), raw.last()));
    for extreme in [f64::min, f64::max] {
        let of = |curve: &[[f64; 2]]| curve.iter().map(|point| point[1]).reduce(extreme);
        assert_eq!(of(&curve), of(raw));
    }
    let shown = stage.sources.all()[0].run;
    assert_eq!(shown.means(SERIES).iter().map(|mean| u64::from(mean.count)).sum::<u64>(), LAST);
    assert!(shown.means(Series::Seconds).is_empty(), "few points are all there");
}

#[test]
fn a_closer_look_reads_what_is_shown_and_a_look_from_afar_is_the_overview_at_once() {
    let mut stage = Stage::new();
    let overview = stage.curve();
    for (over, scale) in [(Over::Step, 1.0), (Over::Bytes, 8.0), (Over::Seconds, 0.1)] {
        let look = [at(over, scale * 10_000.0, scale * 10_400.0)];
        stage.look(&look);
        assert_eq!(stage.curve(), overview, "the coarse curve stays until the fine one is there");
        assert!(!stage.sources.is_fine());
        stage.settle(&look);
        assert!(stage.is_whole(9_900.0, 10_500.0), "every point, and what a pan would show next, over {over:?}");
        let curve = stage.curve();
        let far = |curve: &[[f64; 2]]| (Stage::part(curve, 0.0, 9_000.0), Stage::part(curve, 12_000.0, 1e9));
        assert_eq!(far(&curve), far(&overview));
        assert!(curve.windows(2).all(|pair| pair[0][0] < pair[1][0]));
        let counts: u64 = stage.sources.all()[0].run.means(SERIES).iter().map(|mean| u64::from(mean.count)).sum();
        assert_eq!(counts, LAST, "every point is in one stretch");

        let version = stage.sources.version;
        stage.settle(&[at(over, scale * 10_010.0, scale * 10_410.0)]);
        assert_eq!(stage.sources.version, version, "a small pan reads nothing");
        stage.look(&[at(over, 0.0, scale * LAST as f64)]);
        assert_eq!(stage.curve(), overview);
    }
}

#[test]
fn what_nobody_looks_at_any_more_is_dropped_and_can_be_asked_for_again() {
    let mut stage = Stage::new();
    let overview = stage.curve();
    let (there, elsewhere) = ([at(Over::Step, 5_000.0, 5_300.0)], [at(Over::Step, 20_000.0, 20_300.0)]);
    stage.look(&there);
    stage.settle(&elsewhere);
    assert!(stage.is_whole(20_000.0, 20_300.0));
    let before = |curve: &[[f64; 2]]| Stage::part(curve, 0.0, 19_000.0);
    assert_eq!(before(&stage.curve()), before(&overview), "the newest wish alone");
    stage.look(&there);
    let afar = [at(Over::Step, 0.0, LAST as f64)];
    stage.look(&afar);
    assert_eq!(stage.curve(), overview, "at once, though something is being read");
    stage.settle(&afar);
    assert_eq!(stage.curve(), overview);
    stage.settle(&there);
    assert!(stage.is_whole(5_000.0, 5_300.0));
}

#[test]
fn a_logarithmic_axis_is_finest_at_its_left_end() {
    let mut stage = Stage::new();
    let view = InView { range: (1.0, LAST as f64), log: true, width: 600.0 };
    let look = [Look { view, over: Over::Step, draws: |series| series == SERIES }];
    stage.settle(&look);
    assert!(stage.is_whole(1.0, 63.0), "{:?}", Stage::part(&stage.curve(), 1.0, 63.0));
    assert!(stage.curve().len() < 12_000, "{}", stage.curve().len());
    let counts: u64 = stage.sources.all()[0].run.means(SERIES).iter().map(|mean| u64::from(mean.count)).sum();
    assert_eq!(counts, LAST, "every point is in one stretch");
}

#[test]
fn a_store_that_is_gone_is_told_once() {
    let mut stage = Stage::new();
    stage.path = stage.path.join("no-such-folder").join("results.sqlite");
    stage.board.chosen.insert(RunId(99));
    stage.sources = Sources::default();
    let begun = Instant::now();
    while stage.board.messages().is_empty() && begun.elapsed() < Duration::from_secs(10) {
        stage.look(&[]);
        std::thread::sleep(Duration::from_millis(1));
    }
    for _ in 0..20 {
        stage.look(&[at(Over::Step, 0.0, 10.0)]);
    }
    assert_eq!(stage.board.messages().len(), 1);
}
