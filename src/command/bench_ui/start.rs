//! From the start of the program to the first frame on the screen, and to a text that is cut.

use super::Figure;
use crate::app::{LOADED, PAINTED};
use crate::command::CommandError;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PAINT: Duration = Duration::from_secs(1);
const LOAD: Duration = Duration::from_secs(3);
/// The middle one counts: the first start finds cold disks.
const STARTS: usize = 3;

pub fn measure() -> Result<Vec<Figure>, CommandError> {
    let (first, loaded) = ("first paint after the start", "3m M1 and the first text loaded after the start");
    if ["DISPLAY", "WAYLAND_DISPLAY"].into_iter().all(|name| std::env::var_os(name).is_none()) {
        let why = "no display";
        return Ok(vec![Figure::unmeasured(first, why, PAINT), Figure::unmeasured(loaded, why, LOAD)]);
    }
    let mut paints = Vec::new();
    let mut loads = Vec::new();
    for _ in 0..STARTS {
        let (paint, load) = start()?;
        paints.push(paint);
        loads.push(load);
    }
    Ok(vec![
        Figure::below(first, super::percentile(&mut paints, 0.5), PAINT),
        Figure::below(loaded, super::percentile(&mut loads, 0.5), LOAD),
    ])
}

/// Starts this very program's window in a process of its own and listens to what it says.
fn start() -> Result<(Duration, Duration), CommandError> {
    let failed = |error: std::io::Error| CommandError::RunFailed(format!("the window could not be started: {error}"));
    let begun = Instant::now();
    let mut window = Command::new(std::env::current_exe().map_err(failed)?)
        .args(["window", "--until-loaded"])
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let (mut painted, mut loaded) = (None, None);
    if let Some(said) = window.stdout.take() {
        for line in BufReader::new(said).lines() {
            match line.map_err(failed)?.as_str() {
                PAINTED => painted = Some(begun.elapsed()),
                LOADED => loaded = Some(begun.elapsed()),
                _ => {}
            }
        }
    }
    window.wait().map_err(failed)?;
    painted.zip(loaded).ok_or_else(|| CommandError::RunFailed("the window closed before its text was cut".to_owned()))
}
