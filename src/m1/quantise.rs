//! The one place where floats become an integer distribution (paper 3.3).

use super::exponential::exp;
use crate::coding::Cdf;

/// The softmax of `logits` as a distribution of `precision` bits.
///
/// Probabilities relative to the largest become whole weights out of 2^40; everything after that is [`Cdf::from_weights`].
/// A logit that is not a number counts as a probability of zero; if none is a number, all symbols are equally likely.
///
/// # Panics
/// If `precision` bits cannot hold as many symbols as there are logits.
pub(super) fn quantise(logits: &[f32], precision: u8) -> Cdf {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weight = |logit: f32| (exp(f64::from(logit) - f64::from(largest)) * (1u64 << 40) as f64) as u64;
    let weights: Vec<u64> = logits.iter().map(|&logit| weight(logit)).collect();
    from_weights(&weights, precision)
}

/// [`Cdf::from_weights`] for models, whose alphabet is fixed and whose callers keep to the precisions that hold it.
///
/// # Panics
/// If `precision` bits cannot hold as many symbols as there are weights.
pub(super) fn from_weights(weights: &[u64], precision: u8) -> Cdf {
    match Cdf::from_weights(weights, precision) {
        Ok(cdf) => cdf,
        Err(error) => panic!("a model was asked for an impossible distribution: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_softmax() {
        let logits: Vec<f32> = (0..257).map(|i| (i as f32 * 0.37).sin() * 3.0).collect();
        let cdf = quantise(&logits, 24);
        let sum: f64 = logits.iter().map(|&logit| f64::from(logit).exp()).sum();
        for (symbol, &logit) in logits.iter().enumerate() {
            let expected = f64::from(logit).exp() / sum * f64::from(1 << 24);
            let found = f64::from(cdf.frequency(symbol as u16));
            assert!((found - expected).abs() <= 1.0, "symbol {symbol}: {found}, not {expected}");
        }
    }

    #[test]
    fn logits_that_are_no_numbers_do_no_harm() {
        let mut logits = vec![0.0; 257];
        logits[3] = f32::NAN;
        logits[4] = f32::NEG_INFINITY;
        let cdf = quantise(&logits, 16);
        assert_eq!((cdf.frequency(3), cdf.frequency(4)), (1, 1));
        assert_eq!(quantise(&[f32::NAN; 257], 16), Cdf::uniform(257, 16).unwrap());
        assert_eq!(quantise(&[f32::INFINITY; 257], 16), Cdf::uniform(257, 16).unwrap());
    }

    #[test]
    fn a_constant_added_to_all_logits_changes_nothing() {
        let logits: Vec<f32> = (0..257).map(|i| (i % 16) as f32).collect();
        let shifted: Vec<f32> = logits.iter().map(|logit| logit + 512.0).collect();
        assert_eq!(quantise(&logits, 16), quantise(&shifted, 16));
    }
}
