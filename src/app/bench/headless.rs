//! The whole window without a screen.

use crate::app::shell::{Shell, WindowOptions};
use crate::app::workbench::Workbench;
use cpu_time::ThreadTime;
use egui::{Context, Event, Key, Modifiers, RawInput, Rect, Vec2};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What drawing a frame took.
#[derive(Debug, Clone, Copy, Default)]
pub struct FrameTime {
    /// CPU time of the thread that draws, from the input to triangles.
    pub own: Duration,
    /// Time that passed.
    pub felt: Duration,
}

/// A window that is drawn as far as its triangles.
pub struct Headless {
    pub shell: Shell,
    ctx: Context,
    size: Vec2,
    begun: Instant,
}

impl Headless {
    /// A window of this size in points.
    pub fn new(workbench: Arc<dyn Workbench>, options: &WindowOptions, size: Vec2) -> Self {
        let ctx = Context::default();
        let shell = Shell::new(&ctx, workbench, options, None);
        let mut window = Self { shell, ctx, size, begun: Instant::now() };
        // Fonts and layouts of a first frame are made once.
        for _ in 0..3 {
            window.frame(Vec::new());
        }
        window
    }

    /// Draws a frame with this input.
    pub fn frame(&mut self, events: Vec<Event>) -> FrameTime {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(egui::Pos2::ZERO, self.size)),
            time: Some(self.begun.elapsed().as_secs_f64()),
            events,
            ..RawInput::default()
        };
        let (own, felt) = (ThreadTime::now(), Instant::now());
        let mut output = self.ctx.run_ui(input, |ui| self.shell.show(ui));
        let triangles = self.ctx.tessellate(std::mem::take(&mut output.shapes), output.pixels_per_point);
        let time = FrameTime { own: own.elapsed(), felt: felt.elapsed() };
        drop(triangles);
        output.drop_without_applying_deltas();
        time
    }

    /// Presses a key with Ctrl (Cmd on a Mac).
    pub fn key(&mut self, key: Key) {
        self.frame(pressed(key).to_vec());
    }
}

/// A key with Ctrl (Cmd on a Mac), pressed and let go.
pub fn pressed(key: Key) -> [Event; 2] {
    [true, false].map(|pressed| Event::Key {
        key,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::COMMAND,
    })
}
