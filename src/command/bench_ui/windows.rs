//! Frames of the Windows pane over 10 MB in three lanes.

use super::{Figure, percentile};
use crate::app::Workbench;
use crate::app::bench::windows_frames;
use crate::command::CommandError;
use crate::command::bench_coding::Text;
use crate::command::desk::Desk;
use crate::command::m1_choice::M1Choice;
use std::sync::Arc;
use std::time::Duration;

const BOUND: Duration = Duration::from_millis(4);
const BYTES: usize = 10 << 20;

pub fn measure(frames: u32) -> Result<Vec<Figure>, CommandError> {
    let desk: Arc<dyn Workbench> = Arc::new(Desk::new(std::env::temp_dir(), &M1Choice::default())?);
    let text: Arc<[u8]> = Text::built_in()?.bytes.into_iter().cycle().take(BYTES).collect();
    let mut times = windows_frames(&desk, &text, frames as usize);
    Ok(vec![
        Figure::below(
            "a frame's CPU time over 10 MB in three lanes, 95th percentile",
            percentile(&mut times, 0.95),
            BOUND,
        ),
        Figure::below("a frame's CPU time over 10 MB in three lanes, slowest", percentile(&mut times, 1.0), BOUND),
    ])
}
