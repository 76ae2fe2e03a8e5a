//! The paper's coder by its own words, slow and in exact fractions, against the one in use.
//!
//! "Bytes are coded one at a time until one more byte would need more than b bits", where the bits needed are the smallest k
//! such that some aligned interval of k bits lies wholly inside the coder's current interval (section 3.3).

use proptest::prelude::*;

use super::super::model::{Model, close, points, shape};
use super::super::*;
use crate::coding::Symbol;

/// `[low, high)` out of 2^places, without any rounding.
#[derive(Clone, Copy)]
struct Fractions {
    low: u128,
    high: u128,
    places: u32,
}

impl Fractions {
    /// The bits needed, and the start of the lowest aligned interval that shows it, padded to `bits` bits; `None` if more
    /// than `bits` are needed.
    fn needed(&self, bits: u32) -> Option<(u32, u64)> {
        let inside = |count: u32, index: u128| {
            let place = self.places - count;
            self.low <= index << place && (index + 1) << place <= self.high
        };
        (0..=bits).find_map(|count| {
            let found = (0..1 << count).find(|&index| inside(count, index))?;
            Some((count, (found as u64) << (bits - count)))
        })
    }
}

/// What the bits needed and the code are after each symbol of `text`, for as long as they fit in `bits` bits.
fn literally(text: &[Symbol], bits: u32, model: &Model) -> Vec<(u32, u64)> {
    let mut at = Fractions { low: 0, high: 1 << bits, places: bits };
    let mut fitting = Vec::new();
    for (index, &symbol) in text.iter().enumerate() {
        let cdf = model.after(&text[..index]);
        let [from, to] = [cdf.low(symbol), cdf.high(symbol)].map(|bound| (at.high - at.low) * u128::from(bound));
        let low = at.low << cdf.precision();
        at = Fractions { low: low + from, high: low + to, places: at.places + u32::from(cdf.precision()) };
        match at.needed(bits) {
            Some(needed) => fitting.push(needed),
            None => break,
        }
    }
    fitting
}

proptest! {
    #[test]
    fn greedy_and_delayed_windows_are_those_of_the_papers_words(
        seed: u64, symbols in 2..8usize, precision in 3..=5u8, spread in 0..8u64, bits in 8..=11u16, points in points(),
        wild in prop_oneof![Just(20u8), Just(255)]
    ) {
        let model = Model::hashed(seed, symbols, precision, spread);
        let [greedy, delay] = [Termination::Greedy, Termination::Delay].map(|rule| shape(bits, rule));
        let mut text = model.text(greedy, &points, wild);
        // Up to here the coder in use, which has 32 bits more than a code, rounds nothing.
        text.truncate(usize::from(bits + 32) / usize::from(precision));
        let fitting = literally(&text, bits.into(), &model);
        let seen = |window: ClosedWindow| (window.code.to_u64().unwrap(), window.symbols, u32::from(window.used_bits));

        if let Some(&(needed, code)) = fitting.last() {
            prop_assert_eq!(seen(close(&text, greedy, &model)), (code, fitting.len(), needed));
            // Symbols that add only zeros are not emitted (A.5).
            let shortest = fitting.iter().position(|&(_, earlier)| earlier == code).unwrap();
            prop_assert_eq!(seen(close(&text, delay, &model)), (code, shortest + 1, fitting[shortest].0));
        }
        // The first symbol always fits.
        prop_assert_eq!(fitting.is_empty(), text.is_empty());
    }
}
