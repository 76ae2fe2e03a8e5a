//! A window beside a large store: the Runs pane, and long curves in the Live pane.

use super::headless::{FrameTime, Headless};
use crate::app::shell::WindowOptions;
use crate::app::workbench::Workbench;
use crate::experiment::event::RunId;
use egui::{Event, Key, Modifiers, PointerButton, Pos2, Vec2, vec2};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Nothing that is waited for may take longer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two frames: about 60 a second.
const PACE: Duration = Duration::from_millis(16);
/// How far the pointer drags a chart in a frame, in points, and for how many frames until it is put down and taken up again.
const DRAG: f32 = 12.0;
const FRAMES_OF_A_DRAG: usize = 36;
/// Drags to the left, before as many to the right.
const DRAGS: usize = 3;
/// How much closer each turn of the wheel looks, and how many turns are made before each half of the frames.
const TURN: f32 = 2.0;
const TURNS: usize = 3;

/// What was measured.
#[derive(Debug, Default)]
pub struct RunsFrames {
    /// From the key that brings the Runs pane forward to the end of the first frame with its rows.
    pub list: Duration,
    /// From the choice of the runs to the end of the first frame with their curves.
    pub curves: Duration,
    /// From the end of a zoom to the end of the first frame with curves as fine as the chart.
    pub closer: Vec<Duration>,
    /// Each frame in which a chart was dragged.
    pub frames: Vec<FrameTime>,
    /// How many times curves were read while it was dragged.
    pub reads: u64,
}

/// Opens the Runs pane, chooses runs, and drags their curves over at least `frames` frames at two closenesses, in a window of
/// `size`.
///
/// # Errors
/// In words, if something that is waited for does not come within a minute.
pub fn runs_frames(
    workbench: &Arc<dyn Workbench>,
    chosen: BTreeSet<RunId>,
    frames: usize,
    size: Vec2,
) -> Result<RunsFrames, String> {
    let mut window = Headless::new(Arc::clone(workbench), &WindowOptions::default(), size);
    let mut found = RunsFrames::default();
    let count = chosen.len();

    let begun = Instant::now();
    window.key(Key::Num8);
    until(&mut window, "the Runs pane has rows", |window| window.shell.runs().rows() > 0)?;
    found.list = begun.elapsed();

    window.key(Key::Num5);
    let begun = Instant::now();
    window.shell.choose(chosen);
    until(&mut window, "the curves are drawn", |window| {
        window.shell.live().stored_runs() == count && window.shell.live().widest_chart().is_some()
    })?;
    found.curves = begun.elapsed();

    while found.frames.len() < frames {
        let chart = window.shell.live().widest_chart().ok_or("no chart is drawn")?;
        for _ in 0..TURNS {
            window.frame(vec![Event::PointerMoved(chart.center()), Event::Zoom(TURN)]);
        }
        let begun = Instant::now();
        until(&mut window, "the curves are as fine as their chart", |window| window.shell.is_fine())?;
        found.closer.push(begun.elapsed());
        let before = window.shell.live().reads();
        let goal = found.frames.len() + frames.div_ceil(2);
        for way in [-1.0, 1.0].into_iter().flat_map(|way| [way; DRAGS]).cycle() {
            if found.frames.len() >= goal {
                break;
            }
            drag(&mut window, chart.center(), way, &mut found.frames);
        }
        found.reads += window.shell.live().reads() - before;
    }
    Ok(found)
}

/// Draws frames until the condition holds.
fn until(window: &mut Headless, what: &str, holds: impl Fn(&Headless) -> bool) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        window.frame(Vec::new());
        if holds(window) {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("waited a minute in vain until {what}"));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Takes the chart up on one side of its middle, drags it to the other, and puts it down; `way` is -1 to the left.
fn drag(window: &mut Headless, center: Pos2, way: f32, frames: &mut Vec<FrameTime>) {
    let mut at = center - vec2(0.5 * way * DRAG * FRAMES_OF_A_DRAG as f32, 0.0);
    let button = |pos, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    window.frame(vec![Event::PointerMoved(at), button(at, true)]);
    for _ in 0..FRAMES_OF_A_DRAG {
        let begun = Instant::now();
        at.x += way * DRAG;
        frames.push(window.frame(vec![Event::PointerMoved(at)]));
        std::thread::sleep(PACE.saturating_sub(begun.elapsed()));
    }
    window.frame(vec![button(at, false)]);
}
