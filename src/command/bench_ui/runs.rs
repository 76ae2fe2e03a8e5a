//! The window beside a store of many long runs, which is made for it.

use super::{Figure, percentile};
use crate::app::Workbench;
use crate::app::bench::{RunsFrames, runs_frames};
use crate::command::CommandError;
use crate::command::desk::Desk;
use crate::command::m1_choice::M1Choice;
use crate::durable;
use crate::experiment::event::{Point, Role, RunId, Series, Status};
use crate::experiment::store::{NewExperiment, NewRun, Store, StoreError, TRAINING_BYTES_PER_STEP};
use egui::{Vec2, vec2};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

const LIST: Duration = Duration::from_secs(1);
/// 60 frames a second.
const FRAME: Duration = Duration::from_micros(16_667);
/// Input is answered within this.
const ANSWER: Duration = Duration::from_millis(100);
const CURVES: Duration = Duration::from_secs(1);
/// Runs in a plot.
const CHOSEN: usize = 20;
const SIZES: [Vec2; 2] = [vec2(1280.0, 720.0), vec2(2560.0, 1440.0)];
/// Bytes on the disk for a point, with the summaries; generously.
const BYTES_A_POINT: u64 = 60;
/// Steps between two evaluations.
const EVALUATED: u64 = 1_000;

/// What the store is to hold.
#[derive(Debug, Clone, Copy)]
pub struct Amount {
    pub runs: u64,
    pub points: u64,
}

pub fn measure(amount: Amount, frames: u32) -> Result<Vec<Figure>, CommandError> {
    let folder = std::env::temp_dir().join(format!("mullion-bench-runs-{}", std::process::id()));
    durable::create_folder(&folder)?;
    let measured = within(&folder, amount, frames);
    // Only what this bench has made lies there; what cannot be removed now the system clears away.
    let _ = std::fs::remove_dir_all(&folder);
    measured
}

fn within(folder: &Path, amount: Amount, frames: u32) -> Result<Vec<Figure>, CommandError> {
    let Amount { runs, points } = amount;
    check_room(folder, runs * points * BYTES_A_POINT)?;
    let desk: Arc<dyn Workbench> = Arc::new(Desk::new(folder.to_owned(), &M1Choice::default())?);
    let path = desk.store();
    if let Some(parent) = path.parent() {
        durable::create_folder(parent)?;
    }
    let made = make(&path, amount)?;
    let every = (made.len() / CHOSEN).max(1);
    let chosen: BTreeSet<RunId> = made.into_iter().step_by(every).take(CHOSEN).collect();
    let count = chosen.len();
    let of = format!("{runs} runs of {points} points");
    let mut figures = Vec::new();
    for size in SIZES {
        let measured = runs_frames(&desk, chosen.clone(), frames as usize, size);
        let RunsFrames { list, curves, closer, frames, reads } =
            measured.map_err(|error| CommandError::RunFailed(format!("the window over {of}: {error}")))?;
        let what = format!("{of}, {} × {}: ", size.x, size.y);
        let mut own: Vec<Duration> = frames.iter().map(|frame| frame.own).collect();
        let mut felt: Vec<Duration> = frames.iter().map(|frame| frame.felt).collect();
        eprintln!("{what}{} frames dragged, curves read {reads} times meanwhile", frames.len());
        let slowest = closer.into_iter().max().unwrap_or_default();
        figures.extend([
            Figure::below(format!("{what}the Runs pane opens"), list, LIST),
            Figure::below(format!("{what}curves of {count} runs are drawn"), curves, CURVES),
            Figure::below(format!("{what}they are as fine as the chart after a zoom"), slowest, ANSWER),
            Figure::below(
                format!("{what}a dragged frame's CPU time, 95th percentile"),
                percentile(&mut own, 0.95),
                FRAME,
            ),
            Figure::below(format!("{what}a dragged frame's CPU time, slowest"), percentile(&mut own, 1.0), FRAME),
            Figure::below(format!("{what}a dragged frame, 95th percentile"), percentile(&mut felt, 0.95), FRAME),
        ]);
    }
    Ok(figures)
}

/// Refuses where the disk has too little room, as far as the system tells.
fn check_room(folder: &Path, bytes: u64) -> Result<(), CommandError> {
    let said = Command::new("df").arg("-Pk").arg(folder).output();
    let free = said.ok().and_then(|said| {
        let text = String::from_utf8(said.stdout).ok()?;
        text.lines().nth(1)?.split_whitespace().nth(3)?.parse::<u64>().ok()
    });
    let megabytes = bytes >> 20;
    match free {
        Some(free) if free << 10 < bytes => Err(CommandError::RunFailed(format!(
            "the bench's store takes about {megabytes} MB, and {} has {} MB left; take fewer with --runs and --points",
            folder.display(),
            free >> 10
        ))),
        Some(_) => Ok(()),
        None => {
            eprintln!("the store takes about {megabytes} MB in {}; how much is left is not known", folder.display());
            Ok(())
        }
    }
}

/// Fills a new store: an experiment for each run, as each is a row of the list then.
fn make(path: &Path, Amount { runs, points }: Amount) -> Result<Vec<RunId>, CommandError> {
    let begun = Instant::now();
    let mut made = Vec::new();
    let mut store = Store::open(path)?;
    for run in 0..runs {
        made.push(write_run(&mut store, path, run, points)?);
        if (run + 1).is_multiple_of(50) {
            let megabytes = std::fs::metadata(path).map_or(0, |file| file.len()) >> 20;
            let seconds = begun.elapsed().as_secs_f64();
            eprintln!("{} of {runs} runs written in {seconds:.1} s, {megabytes} MB", run + 1);
        }
    }
    Ok(made)
}

fn write_run(store: &mut Store, path: &Path, number: u64, points: u64) -> Result<RunId, StoreError> {
    let name = format!("run-{number:03}");
    let experiment = store.create_experiment(&NewExperiment {
        name: name.clone(),
        spec: format!("name = \"{name}\"\n"),
        seed: number,
        device: "none: made up by mullion bench ui".to_owned(),
        versions: [].into(),
        folder: path.with_file_name(&name),
    })?;
    let run = store.create_run(&NewRun {
        experiment,
        role: Role::M2,
        label: format!("AC[v={}]", 256 + number),
        method: Some("AC[v=256]".to_owned()),
        size: "micro".to_owned(),
        seed: number,
        steps: points,
    })?;
    let mut noise = Noise(number);
    let end = 1.5 + number as f64 / 500.0;
    for step in 1..=points {
        let smooth = end + 6.0 / (1.0 + step as f64 / 500.0);
        let mut record = |series, value| store.record(&Point { run, series, step, value });
        record(Series::TrainBitsPerByte, smooth + 0.3 * noise.next())?;
        if step.is_multiple_of(EVALUATED) {
            record(Series::ValidationBitsPerByte, smooth + 0.02 * noise.next())?;
            record(Series::Seconds, 0.05 * step as f64)?;
        }
    }
    // All of a run in one transaction: one for each would be a day's work, a single one would be held in memory.
    store.set_result(run, TRAINING_BYTES_PER_STEP, 8_000.0)?;
    store.set_result(run, "bits/byte", end)?;
    store.set_result(run, "FLOPs/byte", 1e6)?;
    store.set_status(run, &Status::Done)?;
    store.set_experiment_status(experiment, &Status::Done)?;
    Ok(run)
}

/// Numbers from -1 to 1 that look like chance, the same every time.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        // The multiplier and the increment of Knuth's MMIX generator.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from((self.0 >> 33) as u32) / f64::from(1u32 << 30) - 1.0
    }
}
