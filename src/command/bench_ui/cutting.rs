//! Cutting 4 KB anew, as a moved slider asks for it.

use super::Figure;
use crate::app::Cutting;
use crate::command::CommandError;
use crate::command::bench_coding::Text;
use crate::command::desk::Desk;
use crate::command::m1_choice::M1Choice;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

const BOUND: Duration = Duration::from_millis(100);
const BYTES: usize = 4096;
/// The window sizes that a slider passes, in bits; each comes up for the first time.
const WINDOW_BITS: [u16; 7] = [8, 16, 20, 24, 32, 64, 128];

pub fn measure() -> Result<Vec<Figure>, CommandError> {
    let desk = Desk::new(std::env::temp_dir(), &M1Choice::default())?;
    let text = Text::built_in()?.bytes;
    let text = text.get(..BYTES).unwrap_or(&text);
    let failed = |error: String| CommandError::RunFailed(format!("the text could not be cut: {error}"));
    let cut = |bits: u16| -> Result<Duration, CommandError> {
        let method = format!("EqualInfoAC[b={bits}, v=256]").parse()?;
        let begun = Instant::now();
        desk.windows(text, &method, &Arc::new(AtomicBool::new(false))).map_err(failed)?;
        Ok(begun.elapsed())
    };
    WINDOW_BITS
        .into_iter()
        .map(|bits| Ok(Figure::below(format!("4 KB cut for the first time with b={bits}, 3m M1"), cut(bits)?, BOUND)))
        .collect()
}
