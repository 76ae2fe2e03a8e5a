//! The one place where a model's answer becomes an integer distribution (paper 3.3).

use super::integer::reference;
use crate::coding::Cdf;

/// The softmax of `logits` (units of 2^−8 bits) as a distribution of `precision` bits.
///
/// # Panics
/// If `precision` bits cannot hold as many symbols as there are logits.
pub(super) fn from_logits(logits: &[i32], precision: u8) -> Cdf {
    from_weights(&reference::weights(logits), precision)
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
        let logits: Vec<i32> = (0..257).map(|i| ((i as f64 * 0.37).sin() * 1500.0) as i32).collect();
        let cdf = from_logits(&logits, 24);
        let probability = |logit: i32| (f64::from(logit) / 256.0).exp2();
        let sum: f64 = logits.iter().map(|&logit| probability(logit)).sum();
        for (symbol, &logit) in logits.iter().enumerate() {
            let expected = probability(logit) / sum * f64::from(1 << 24);
            let found = f64::from(cdf.frequency(symbol as u16));
            // The table has 22 bits, and so its smallest entry below the largest few.
            assert!((found - expected).abs() <= 2.0 + expected * 1e-3, "symbol {symbol}: {found}, not {expected}");
        }
    }

    #[test]
    fn a_constant_added_to_all_logits_changes_nothing() {
        let logits: Vec<i32> = (0..257).map(|i| (i % 16) * 100).collect();
        let shifted: Vec<i32> = logits.iter().map(|logit| logit - 131_072).collect();
        assert_eq!(from_logits(&logits, 16), from_logits(&shifted, 16));
        assert_eq!(from_logits(&[7; 257], 16), Cdf::uniform(257, 16).unwrap());
    }
}
