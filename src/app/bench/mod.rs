//! Panes and the whole window drawn without a screen, to see what a frame costs.

mod headless;
mod runs;
mod windows;

pub use headless::{FrameTime, Headless, pressed};
pub use runs::{RunsFrames, runs_frames};
pub use windows::windows_frames;
