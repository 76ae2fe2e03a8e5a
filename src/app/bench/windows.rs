//! Frames of the Windows pane over a long text.

use crate::app::board::Board;
use crate::app::theme;
use crate::app::windows::{Kept, WindowsPane};
use crate::app::workbench::Workbench;
use cpu_time::ThreadTime;
use egui::{CentralPanel, Context, Event, Modifiers, MouseWheelUnit, RawInput, Rect, pos2, vec2};
use std::sync::Arc;
use std::time::{Duration, Instant};

const SIZE: egui::Vec2 = vec2(1280.0, 720.0);
/// Three lanes: windows, a vocabulary, bytes.
const LANES: [&str; 3] = ["EqualInfoAC[b=16, v=256]", "EqualInfoAC[b=32, v=65k]", "Bytes"];
/// How long the first blocks may take to be cut before frames are measured without them.
const PATIENCE: Duration = Duration::from_secs(30);
/// How far the wheel turns each frame, in points: a new row every few frames, now and then another block.
const WHEEL: f32 = -70.0;

/// The CPU time of each of `frames` frames in which the pane scrolls through `text` in three lanes, from the input to
/// triangles. Blocks are cut by `workbench` meanwhile, as in the window.
pub fn windows_frames(workbench: &Arc<dyn Workbench>, text: &Arc<[u8]>, frames: usize) -> Vec<Duration> {
    let ctx = Context::default();
    theme::install(&ctx);
    let mut pane = WindowsPane::new(&ctx, workbench, &Kept::of_methods(&LANES));
    pane.take_text(text);
    let (mut board, begun) = (Board::default(), Instant::now());
    let mut frame = |pane: &mut WindowsPane, events: Vec<Event>| {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(egui::Pos2::ZERO, SIZE)),
            time: Some(begun.elapsed().as_secs_f64()),
            events,
            ..RawInput::default()
        };
        let started = ThreadTime::now();
        let mut output = ctx.run_ui(input, |ui| {
            CentralPanel::default().show(ui, |ui| pane.show(ui, &mut board));
        });
        let triangles = ctx.tessellate(std::mem::take(&mut output.shapes), output.pixels_per_point);
        let elapsed = started.elapsed();
        drop(triangles);
        output.drop_without_applying_deltas();
        elapsed
    };
    let waiting = Instant::now();
    while waiting.elapsed() < PATIENCE {
        frame(&mut pane, vec![Event::PointerMoved(pos2(SIZE.x / 2.0, SIZE.y * 0.75))]);
        if pane.has_cut() && !pane.is_busy() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let wheel = || Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, WHEEL),
        phase: egui::TouchPhase::Move,
        modifiers: Modifiers::NONE,
        source: egui::MouseWheelSource::Wheel,
    };
    (0..frames).map(|_| frame(&mut pane, vec![wheel()])).collect()
}
