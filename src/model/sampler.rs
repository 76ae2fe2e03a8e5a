//! Which symbol comes next, given the logits: temperature, top-k, top-p and a seed.

use crate::corpus::random::Generator;

/// How symbols are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// What the logits are divided by: 1 draws from the model's own distribution, less from a sharper one, and 0 takes the
    /// most likely symbol every time.
    pub temperature: f64,
    /// Draw from the so many most likely symbols only; all of them if there is no number.
    pub top_k: Option<usize>,
    /// Draw from the fewest most likely symbols only that have this probability together; 1 is all of them.
    pub top_p: f64,
    /// The same seed draws the same symbols from the same logits.
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 1.0, top_k: None, top_p: 1.0, seed: 1 }
    }
}

/// Settings or logits that nothing can be drawn by.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SampleError {
    #[error("the temperature is {0}, but it must be a number from 0 (always the most likely symbol) to 100")]
    Temperature(f64),
    #[error("top-k is 0, which leaves nothing to draw from: give 1 or more, or leave it out for all symbols")]
    TopK,
    #[error("top-p is {0}, but it must be above 0 and at most 1 (all symbols)")]
    TopP(f64),
    #[error(
        "the network's output for symbol {index} is {value}, which is no finite number: its weights have diverged, or its checkpoint is damaged; train it anew with a lower base_rate"
    )]
    NotFinite { index: usize, value: f32 },
    #[error("there are no symbols to draw from")]
    Empty,
}

/// A symbol that was drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawn {
    pub symbol: u32,
    /// What it costs in bits under the model itself, whatever the temperature: −log2 of its probability.
    pub bits: f64,
}

/// Draws symbols, one after the other.
pub struct Sampler {
    sampling: Sampling,
    generator: Generator,
    /// Logits by symbol, most likely first where an order was needed.
    ranked: Vec<(u32, f32)>,
    weights: Vec<f64>,
}

impl Sampler {
    /// # Errors
    /// If the settings make no sense.
    pub fn new(sampling: Sampling) -> Result<Self, SampleError> {
        let Sampling { temperature, top_k, top_p, seed } = sampling;
        if !(0.0..=100.0).contains(&temperature) {
            return Err(SampleError::Temperature(temperature));
        }
        if top_k == Some(0) {
            return Err(SampleError::TopK);
        }
        if !(top_p > 0.0 && top_p <= 1.0) {
            return Err(SampleError::TopP(top_p));
        }
        Ok(Self { sampling, generator: Generator::new(seed), ranked: Vec::new(), weights: Vec::new() })
    }

    /// Draws the next symbol. Of equally likely symbols the first counts as the more likely.
    ///
    /// # Errors
    /// If a logit is no finite number, or there are none.
    pub fn draw(&mut self, logits: &[f32]) -> Result<Drawn, SampleError> {
        if let Some(index) = logits.iter().position(|logit| !logit.is_finite()) {
            return Err(SampleError::NotFinite { index, value: logits[index] });
        }
        let first = (0, *logits.first().ok_or(SampleError::Empty)?);
        let best = logits.iter().zip(0..).fold(first, |best, (&logit, symbol)| match logit > best.1 {
            true => (symbol, logit),
            false => best,
        });
        let nats = logits.iter().map(|&logit| f64::from(logit - best.1).exp()).sum::<f64>().ln() + f64::from(best.1);
        let drawn = |(symbol, logit): (u32, f32)| Drawn {
            symbol,
            bits: ((nats - f64::from(logit)) / std::f64::consts::LN_2).max(0.0),
        };
        if self.sampling.temperature == 0.0 || self.sampling.top_k == Some(1) {
            return Ok(drawn(best));
        }
        self.rank(logits);
        let temperature = self.sampling.temperature;
        self.weights.clear();
        self.weights.extend(self.ranked.iter().map(|(_, logit)| (f64::from(logit - best.1) / temperature).exp()));
        if self.sampling.top_p < 1.0 {
            self.keep_likely();
        }
        let total: f64 = self.weights.iter().sum();
        let mut left = self.generator.uniform_f64() * total;
        for (choice, weight) in self.ranked.iter().zip(&self.weights) {
            if left < *weight {
                return Ok(drawn(*choice));
            }
            left -= weight;
        }
        // Sums of rounded numbers may end a hair short: the last symbol with any weight it is.
        let last = self.ranked.iter().zip(&self.weights).rev().find(|(_, weight)| **weight > 0.0);
        Ok(drawn(last.map_or(best, |(choice, _)| *choice)))
    }

    /// Lists the symbols to draw from, in order where the settings need one.
    fn rank(&mut self, logits: &[f32]) {
        self.ranked.clear();
        self.ranked.extend((0..).zip(logits.iter().copied()));
        let likelier = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if let Some(k) = self.sampling.top_k.filter(|&k| k < logits.len()) {
            self.ranked.select_nth_unstable_by(k - 1, likelier);
            self.ranked.truncate(k);
            self.ranked.sort_unstable_by(likelier);
        } else if self.sampling.top_p < 1.0 {
            self.ranked.sort_unstable_by(likelier);
        }
    }

    /// Cuts the list after the first symbols that have the probability that is wanted.
    fn keep_likely(&mut self) {
        let wanted = self.sampling.top_p * self.weights.iter().sum::<f64>();
        let mut sum = 0.0;
        let enough = self.weights.iter().position(|weight| {
            sum += weight;
            sum >= wanted
        });
        if let Some(last) = enough {
            self.weights.truncate(last + 1);
            self.ranked.truncate(last + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampler(temperature: f64, top_k: Option<usize>, top_p: f64) -> Sampler {
        Sampler::new(Sampling { temperature, top_k, top_p, seed: 5 }).unwrap()
    }

    /// How often each symbol was drawn.
    fn counts(mut sampler: Sampler, logits: &[f32], draws: usize) -> Vec<f64> {
        let mut counts = vec![0.0; logits.len()];
        for _ in 0..draws {
            counts[sampler.draw(logits).unwrap().symbol as usize] += 1.0;
        }
        counts
    }

    /// Pearson's statistic of counts against probabilities.
    fn chi_square(counts: &[f64], probabilities: &[f64]) -> f64 {
        let draws: f64 = counts.iter().sum();
        counts.iter().zip(probabilities).map(|(count, p)| (count - draws * p).powi(2) / (draws * p)).sum()
    }

    #[test]
    fn symbols_come_as_often_as_the_softmax_says() {
        let probabilities: [f64; 5] = [0.4, 0.3, 0.15, 0.1, 0.05];
        let logits = probabilities.map(|p| p.ln() as f32 + 3.0);
        // Four degrees of freedom: 18.5 is passed by chance once in a thousand; the seed is fixed.
        assert!(chi_square(&counts(sampler(1.0, None, 1.0), &logits, 20_000), &probabilities) < 18.5);
    }

    #[test]
    fn a_temperature_is_a_power_of_the_probabilities() {
        let probabilities: [f64; 4] = [0.4, 0.3, 0.2, 0.1];
        let logits = probabilities.map(|p| p.ln() as f32);
        let squares = probabilities.map(|p| p * p / 0.3);
        assert!(chi_square(&counts(sampler(0.5, None, 1.0), &logits, 20_000), &squares) < 16.3);
    }

    #[test]
    fn top_k_draws_from_the_k_most_likely_in_proportion() {
        let logits = [0.1f32, 0.4, 0.2, 0.3].map(f32::ln);
        let drawn = counts(sampler(1.0, Some(2), 1.0), &logits, 20_000);
        assert_eq!((drawn[0], drawn[2]), (0.0, 0.0));
        assert!(chi_square(&[drawn[1], drawn[3]], &[4.0 / 7.0, 3.0 / 7.0]) < 10.8);
    }

    #[test]
    fn top_p_draws_from_the_fewest_that_reach_it() {
        let logits = [0.1f32, 0.4, 0.2, 0.3].map(f32::ln);
        let drawn = counts(sampler(1.0, None, 0.6), &logits, 5_000);
        assert_eq!((drawn[0], drawn[2]), (0.0, 0.0));
        assert!(drawn[1] > drawn[3] && drawn[3] > 0.0);
    }

    #[test]
    fn greedy_and_one_take_the_most_likely_and_the_first_of_equals() {
        for mut sampler in [sampler(0.0, None, 1.0), sampler(1.0, Some(1), 1.0), sampler(3.0, None, 1e-9)] {
            assert_eq!(sampler.draw(&[0.5, 2.0, -1.0]).unwrap().symbol, 1);
            assert_eq!(sampler.draw(&[0.25; 7]).unwrap().symbol, 0);
        }
    }

    #[test]
    fn equal_logits_are_drawn_evenly_and_cost_alike() {
        let drawn = counts(sampler(1.0, None, 1.0), &[-3.5; 8], 16_000);
        assert!(chi_square(&drawn, &[1.0 / 8.0; 8]) < 24.3);
        let bits = sampler(2.0, Some(3), 1.0).draw(&[-3.5; 8]).unwrap().bits;
        assert!((bits - 3.0).abs() < 1e-9);
    }

    #[test]
    fn the_same_seed_draws_the_same_symbols() {
        let logits: Vec<f32> = (0..100).map(|i| (i as f32 * 0.7).sin()).collect();
        let draw = |seed| {
            let mut sampler = Sampler::new(Sampling { top_k: Some(40), seed, ..Sampling::default() }).unwrap();
            (0..50).map(|_| sampler.draw(&logits).unwrap().symbol).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn costs_are_the_models_own_whatever_the_temperature() {
        let logits = [0.5f32, 0.25, 0.25].map(f32::ln);
        let drawn = sampler(0.0, None, 1.0).draw(&logits).unwrap();
        assert!((drawn.bits - 1.0).abs() < 1e-6);
        let mut hot = sampler(100.0, None, 1.0);
        let all: Vec<Drawn> = (0..50).map(|_| hot.draw(&logits).unwrap()).collect();
        assert!(all.iter().any(|drawn| drawn.symbol > 0));
        assert!(all.iter().filter(|drawn| drawn.symbol > 0).all(|drawn| (drawn.bits - 2.0).abs() < 1e-6));
    }

    #[test]
    fn what_cannot_be_drawn_by_is_refused() {
        let refused = |temperature, top_k, top_p| {
            Sampler::new(Sampling { temperature, top_k, top_p, seed: 1 }).err().unwrap().to_string()
        };
        assert!(refused(-0.1, None, 1.0).contains("temperature is -0.1"));
        assert!(refused(f64::NAN, None, 1.0).contains("NaN"));
        assert!(refused(1.0, Some(0), 1.0).contains("top-k is 0"));
        assert!(refused(1.0, None, 0.0).contains("top-p is 0"));
        let error = sampler(1.0, None, 1.0).draw(&[0.0, f32::NAN]).unwrap_err();
        assert!(matches!(error, SampleError::NotFinite { index: 1, .. }));
        assert!(error.to_string().contains("symbol 1 is NaN"));
        assert_eq!(sampler(0.0, None, 1.0).draw(&[]), Err(SampleError::Empty));
        assert!(sampler(1.0, None, 1.0).draw(&[f32::INFINITY]).is_err());
    }
}
