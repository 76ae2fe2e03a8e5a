//! Welch's t-test between two groups, with what it means in words.

use super::{Group, NoTest, Quantity, Sample, Welch};
use crate::measure::significance::welch;

/// A difference with a smaller p is called significant (paper 3.8).
pub const SIGNIFICANT: f64 = 0.05;

/// Whether two groups differ in bits/byte.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The names of both.
    pub labels: [String; 2],
    /// Bits/byte of both; none where no run is done.
    pub samples: [Option<Sample>; 2],
    pub test: Result<Welch, NoTest>,
    same_text: Option<bool>,
}

impl Verdict {
    /// Tests bits/byte of `a` against those of `b`.
    pub fn between(a: &Group, b: &Group) -> Self {
        let samples = [a, b].map(|group| group.sample(Quantity::BitsPerByte));
        let test = match &samples {
            [Some(a), Some(b)] => welch(a, b),
            [a, b] => {
                let count = |sample: &Option<Sample>| sample.map_or(0, |sample| sample.count);
                Err(NoTest::TooFew(count(a), count(b)))
            }
        };
        Self { labels: [a.label.clone(), b.label.clone()], samples, test, same_text: a.is_on_the_same_text(b) }
    }

    /// What it means, in whole sentences.
    pub fn sentence(&self) -> String {
        let [a, b] = &self.labels;
        let test = match (&self.test, &self.samples) {
            (Ok(Welch { p, .. }), [Some(left), Some(right)]) => {
                let difference = left.mean - right.mean;
                let (less, more) = if difference < 0.0 { (a, b) } else { (b, a) };
                let size = difference.abs();
                if *p < SIGNIFICANT {
                    format!(
                        "{less} needs {size:.4} bits/byte less than {more}. That is significant at {SIGNIFICANT}: if only \
                         seeds differed, means would be this far apart in {} of such comparisons.",
                        share(*p)
                    )
                } else {
                    format!(
                        "{less} needs {size:.4} bits/byte less than {more}, which is not significant at {SIGNIFICANT}: seeds \
                         alone would put means this far apart in {} of such comparisons. More seeds may tell them apart.",
                        share(*p)
                    )
                }
            }
            (Err(why), _) => format!("Welch's test cannot be done: {why}. Run the same with other `seeds`."),
            (Ok(_), _) => String::new(),
        };
        match self.same_text {
            Some(false) => {
                format!("{test} They were measured on different held-out text, so the difference may be the text's.")
            }
            _ => test,
        }
    }
}

fn share(p: f64) -> String {
    match 100.0 * p {
        percent if percent < 0.01 => "less than 0.01 %".to_owned(),
        percent if percent < 1.0 => format!("{percent:.2} %"),
        percent => format!("{percent:.0} %"),
    }
}
