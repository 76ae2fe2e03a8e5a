//! Panes drawn without a window, to see what a frame of each costs.

mod windows;

pub use windows::windows_frames;
