//! Frames of the whole window while an M2 trains on the same cores.

use super::{Figure, percentile};
use crate::app::bench::{Headless, pressed};
use crate::app::{WindowOptions, Workbench};
use crate::command::CommandError;
use crate::command::desk::Desk;
use crate::command::m1_choice::M1Choice;
use crate::durable;
use egui::{Event, Key, Modifiers, MouseWheelUnit, pos2, vec2};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const FRAME: Duration = Duration::from_millis(8);
const ANSWER: Duration = Duration::from_millis(100);
const SIZE: egui::Vec2 = vec2(1280.0, 720.0);
/// Between two frames: about 60 a second.
const PACE: Duration = Duration::from_millis(16);
/// A run that has not begun to train by then will not.
const PATIENCE: Duration = Duration::from_secs(60);

/// Trains for longer than any measurement takes; it is stopped after it.
const SPEC: &str = r#"
name = "bench-ui"
seed = 1
[corpus]
source = "default"
validation = 0.05
validation_bytes = 65536
[m1]
shipped = "micro"
[m2]
size = "micro"
context = 128
batch = 16
steps = 100000
[[run]]
method = "EqualInfoAC[b=16, v=256]"
"#;

pub fn measure(frames: u32) -> Result<Vec<Figure>, CommandError> {
    let folder = std::env::temp_dir().join(format!("mullion-bench-ui-{}", std::process::id()));
    durable::create_folder(&folder)?;
    let measured = within(&folder, frames);
    // Only what this bench has made lies there; what cannot be removed now the system clears away.
    let _ = std::fs::remove_dir_all(&folder);
    measured
}

fn within(folder: &Path, frames: u32) -> Result<Vec<Figure>, CommandError> {
    let spec = folder.join("spec.toml");
    durable::replace(&spec, |file| file.write_all(SPEC.as_bytes()))?;
    let desk: Arc<dyn Workbench> = Arc::new(Desk::new(folder.join("results"), &M1Choice::default())?);
    let mut window = Headless::new(desk, &WindowOptions { spec: Some(spec), ..WindowOptions::default() }, SIZE);
    window.key(Key::Enter);
    let begun = Instant::now();
    while !window.shell.is_training() {
        if begun.elapsed() > PATIENCE || !window.shell.faults().is_empty() {
            let faults = window.shell.faults().join("; ");
            let text = format!("the bench's run did not begin to train within a minute: {faults}");
            return Err(CommandError::RunFailed(text));
        }
        window.frame(Vec::new());
        std::thread::sleep(PACE);
    }
    let (mut own, mut felt) = (Vec::new(), Vec::new());
    for frame in 0..frames {
        let begun = Instant::now();
        let time = window.frame(hands(frame));
        own.push(time.own);
        felt.push(time.felt);
        std::thread::sleep(PACE.saturating_sub(begun.elapsed()));
    }
    let trains = window.shell.is_training();
    stop(&mut window);
    if !trains {
        return Err(CommandError::RunFailed("the bench's run ended before the frames were measured".to_owned()));
    }
    Ok(vec![
        Figure::below("a frame's own CPU time while M2 trains, 95th percentile", percentile(&mut own, 0.95), FRAME),
        Figure::below("input answered while M2 trains, 95th percentile", percentile(&mut felt, 0.95), ANSWER),
        Figure::below("input answered while M2 trains, slowest", percentile(&mut felt, 1.0), ANSWER),
    ])
}

/// What a reader does with both hands: moves over everything, scrolls, and brings the panes forward in turn.
fn hands(frame: u32) -> Vec<Event> {
    const PANES: [Key; 9] =
        [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];
    let turn = f64::from(frame) / 40.0;
    let at = pos2(SIZE.x * (0.5 + 0.48 * (3.0 * turn).sin()) as f32, SIZE.y * (0.5 + 0.48 * (2.0 * turn).cos()) as f32);
    let mut events = vec![Event::PointerMoved(at)];
    if frame.is_multiple_of(5) {
        let delta = vec2(0.0, if frame.is_multiple_of(2) { -40.0 } else { 40.0 });
        events.push(Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta,
            phase: egui::TouchPhase::Move,
            modifiers: Modifiers::NONE,
            source: egui::MouseWheelSource::Wheel,
        });
    }
    if frame.is_multiple_of(20) {
        events.extend(pressed(PANES[(frame / 20) as usize % PANES.len()]));
    }
    events
}

/// Stops the run and waits until it has saved what it has.
fn stop(window: &mut Headless) {
    window.shell.stop();
    let begun = Instant::now();
    while window.shell.is_running() && begun.elapsed() < PATIENCE {
        window.frame(Vec::new());
        std::thread::sleep(PACE);
    }
}
