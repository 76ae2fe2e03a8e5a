//! Examples that are coded each by itself, many at a time.

use super::control::Meter;
use super::{Control, Encoded, Method, TokenizeError, check_symbols};
use crate::coding::Symbol;
use rayon::prelude::*;

/// Examples that are under way at once; between two groups, the call is asked whether to go on.
const GROUP: usize = 16;

/// Codes each example with `encode`, which is given a silent meter to be stopped by.
///
/// # Errors
/// Of `encode`, or if an example has a symbol that the method cannot hold, or the call was cancelled.
pub(super) fn encode_each(
    method: &Method,
    examples: &[&[Symbol]],
    control: &Control,
    encode: impl Fn(&[Symbol], &mut Meter<'_>) -> Result<Encoded, TokenizeError> + Sync,
) -> Result<Vec<Encoded>, TokenizeError> {
    check_symbols(examples, method)?;
    let mut meter = Meter::new(control);
    let mut encoded = Vec::with_capacity(examples.len());
    for group in examples.chunks(GROUP) {
        meter.advance(0)?;
        let each = group.par_iter().map(|example| encode(example, &mut Meter::silent(control)));
        encoded.extend(each.collect::<Result<Vec<_>, _>>()?);
        meter.advance(group.iter().map(|example| example.len()).sum())?;
    }
    meter.finish();
    Ok(encoded)
}
