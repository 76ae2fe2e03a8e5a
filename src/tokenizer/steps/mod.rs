//! A window's code as it comes about: what each byte makes of the coding interval, and which bits that settles.
//!
//! Encoding again, with the coder's own arithmetic, and writing down all that it goes through: so the last step stands
//! where the window's code comes from. Exact windows go from run of cells to smaller run of cells; greedy and delayed
//! windows from interval to smaller interval; `AC` and its kin through a register that doubles whenever a bit is settled.

mod passage;
mod step;
#[cfg(test)]
mod tests;
mod walk;

pub use crate::coding::{Extent, Whole};
pub use passage::{MOST_STEPS, Passage};
pub use step::{Choice, Coding, Ending, Rest, Split, Step, Steps};

use super::control::Meter;
use super::trace::End;
use super::{Control, Materials, Method, TokenizeError};
use crate::coding::{ArithmeticEncoder, Cdf, ENTROPY_BIT, Symbol, WindowEncoder, WindowShape};
use crate::m1::{NextSymbol, STREAM_PRECISION, WINDOW_PRECISION};
use walk::Walk;

/// Symbols that a model takes between two looks at the cancel flag.
const STRIDE: usize = 256;

/// Why a text cannot be followed byte by byte.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StepsError {
    #[error(
        "{0} does not code by narrowing an interval, so there are no steps to show: choose a method of EqualInfoAC, AC, StaticAC, EqualText or EntropyCut"
    )]
    NoInterval(Method),
    #[error("byte {at} of these {bytes} does not fit: they are not one window of {method}")]
    NoWindow { method: Method, at: usize, bytes: usize },
    #[error(transparent)]
    Tokenize(#[from] TokenizeError),
}

/// Follows a passage of text through a method's coder.
///
/// # Errors
/// If the method has no interval to show, the materials lack what it needs, the passage is not one window of it, or the
/// call was cancelled.
pub fn steps(
    passage: &Passage,
    method: &Method,
    materials: &Materials,
    control: &Control,
) -> Result<Steps, StepsError> {
    let model = materials.model.as_ref();
    match *method {
        Method::EqualInfoAc { shape, .. } => in_window(passage, method, shape, model, control),
        Method::Ac { precision, .. } => in_stream(passage, method, model, precision.bits(), true, control),
        Method::StaticAc { precision, .. } => {
            let unigram = materials.fitted.unigram(method)?;
            in_stream(passage, method, unigram.as_ref(), precision.bits(), true, control)
        }
        Method::EqualText { .. } => in_stream(passage, method, model, WINDOW_PRECISION, false, control),
        Method::EntropyCut { .. } => in_stream(passage, method, model, STREAM_PRECISION, false, control),
        _ => Err(StepsError::NoInterval(method.clone())),
    }
}

/// The distribution of each symbol of a passage and of the one after it. `each` sees those of what comes before.
fn distributions(
    passage: &Passage,
    model: &dyn NextSymbol,
    precision: u8,
    control: &Control,
    mut each: impl FnMut(Symbol, &Cdf),
) -> Result<Vec<Cdf>, TokenizeError> {
    let mut meter = Meter::silent(control);
    let mut session = model.session(precision);
    let mut symbols = |bytes: &[u8], each: &mut dyn FnMut(Symbol, Cdf)| {
        for piece in bytes.chunks(STRIDE) {
            let piece: Vec<Symbol> = piece.iter().map(|&byte| byte.into()).collect();
            for (&symbol, cdf) in piece.iter().zip(session.follow(&piece)) {
                each(symbol, cdf);
            }
            meter.advance(piece.len())?;
        }
        Ok::<(), TokenizeError>(())
    };
    symbols(&passage.before, &mut |symbol, cdf| each(symbol, &cdf))?;
    let mut cdfs = Vec::with_capacity(passage.bytes.len() + 1);
    symbols(&passage.bytes, &mut |_, cdf| cdfs.push(cdf))?;
    cdfs.push(session.cdf().clone());
    Ok(cdfs)
}

fn in_window(
    passage: &Passage,
    method: &Method,
    shape: WindowShape,
    model: &dyn NextSymbol,
    control: &Control,
) -> Result<Steps, StepsError> {
    let cdfs = distributions(passage, model, WINDOW_PRECISION, control, |_, _| {})?;
    let narrowed = |cdf: &Cdf| match shape.alphabet() < cdf.symbols() {
        true => cdf.first(shape.alphabet()),
        false => cdf.clone(),
    };
    let cdfs: Vec<Cdf> = cdfs.iter().map(narrowed).collect();
    let mut window = Walk::Window(WindowEncoder::new(shape));
    let bytes = passage.bytes.len();
    let no_window = |at| StepsError::NoWindow { method: method.clone(), at, bytes };
    let steps = follow(&passage.bytes, &cdfs, &mut window).map_err(no_window)?;
    let next = passage.next.zip(cdfs.last()).map(|(byte, cdf)| (Split::new(&window, byte, cdf), byte, cdf));
    let Walk::Window(window) = window else { return Err(StepsError::NoInterval(method.clone())) };
    let closed = window.clone().finish_at_end();
    if closed.symbols != bytes {
        return Err(no_window(closed.symbols));
    }
    let bits_left = closed.padding_bits().into();
    let why = next.as_ref().map_or(End::Text, |(_, byte, cdf)| End::after(&window, *byte, cdf, bits_left));
    let ending = Ending {
        why: Some(why),
        next: next.map(|(split, ..)| split),
        code: closed.code.binary(),
        used_bits: closed.used_bits.into(),
    };
    let coding = Coding::of(shape);
    Ok(Steps { method: method.clone(), coding, steps, ending })
}

/// `through`: the code began with what comes before, and not with the passage.
fn in_stream(
    passage: &Passage,
    method: &Method,
    model: &dyn NextSymbol,
    precision: u8,
    through: bool,
    control: &Control,
) -> Result<Steps, StepsError> {
    let mut encoder = ArithmeticEncoder::new();
    let cdfs = distributions(passage, model, precision, control, |symbol, cdf| {
        if through {
            encoder.push(symbol, cdf);
        }
    })?;
    let first_bit = encoder.settled_bits();
    let mut walk = Walk::Stream { encoder, first_bit };
    let steps = follow(&passage.bytes, &cdfs, &mut walk).map_err(|at| StepsError::NoWindow {
        method: method.clone(),
        at,
        bytes: passage.bytes.len(),
    })?;
    let next = passage.next.zip(cdfs.last()).map(|(byte, cdf)| Split::new(&walk, byte, cdf));
    let why = match (method, passage.next, cdfs.last()) {
        (_, None, _) => Some(End::Text),
        (Method::EqualText { .. }, ..) => Some(End::Count),
        (Method::EntropyCut { .. }, Some(next), Some(cdf)) => {
            Some(End::Unsure { next, entropy_bits: f64::from(cdf.entropy()) / f64::from(ENTROPY_BIT) })
        }
        _ => None,
    };
    let code = if why.is_some() { walk.into_code() } else { walk.settled_from(0) };
    let used_bits = code.len() as u64;
    let ending = Ending { why, next, code, used_bits };
    Ok(Steps { method: method.clone(), coding: Coding::Register, steps, ending })
}

/// The steps along `bytes`, of which `cdfs` are the distributions.
///
/// # Errors
/// The place of the first byte that does not fit.
fn follow(bytes: &[u8], cdfs: &[Cdf], walk: &mut Walk) -> Result<Vec<Step>, usize> {
    let mut settled = walk.settled_bits();
    let each = bytes.iter().zip(cdfs).enumerate().map(|(at, (&byte, cdf))| {
        let split = Split::new(walk, byte, cdf);
        if !walk.push(byte, cdf) {
            return Err(at);
        }
        let before = std::mem::replace(&mut settled, walk.settled_bits());
        Ok(Step {
            split,
            after: walk.extent(),
            settled: walk.settled_from(before),
            settled_bits: settled,
            pending_bits: walk.pending_bits(),
            used_bits: walk.used_bits(),
        })
    });
    each.collect()
}
