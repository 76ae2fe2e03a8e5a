//! Whether two means differ by more than their spread over seeds explains: Welch's t-test (paper 3.8).

use statrs::distribution::{ContinuousCDF, StudentsT};

/// A sample as far as the test needs it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    pub count: usize,
    pub mean: f64,
    /// Sample standard deviation, over `count − 1`; 0 of a single value.
    pub deviation: f64,
}

impl Sample {
    /// Of values; none without values, or where one is no number.
    pub fn of(values: &[f64]) -> Option<Self> {
        let count = values.len();
        if count == 0 || values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let mean = values.iter().sum::<f64>() / count as f64;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let deviation = if count > 1 { (squares / (count - 1) as f64).sqrt() } else { 0.0 };
        Some(Self { count, mean, deviation })
    }

    /// The variance of the mean.
    fn of_mean(&self) -> f64 {
        self.deviation * self.deviation / self.count as f64
    }
}

/// What the test says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Welch {
    pub t: f64,
    /// After Welch and Satterthwaite.
    pub degrees_of_freedom: f64,
    /// Two-sided: how often means of equal populations would be at least this far apart.
    pub p: f64,
}

/// Why there is no test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoTest {
    #[error("each side needs at least two runs that differ in nothing but their seed; here they have {0} and {1}")]
    TooFew(usize, usize),
    #[error("no side varies over its seeds, so there is no spread to hold the difference against")]
    NoSpread,
}

/// Welch's test of two independent samples, whose variances may differ.
///
/// # Errors
/// If a sample has fewer than two values, or neither varies.
pub fn welch(a: &Sample, b: &Sample) -> Result<Welch, NoTest> {
    if a.count < 2 || b.count < 2 {
        return Err(NoTest::TooFew(a.count, b.count));
    }
    let (left, right) = (a.of_mean(), b.of_mean());
    let variance = left + right;
    let squares = left * left / (a.count - 1) as f64 + right * right / (b.count - 1) as f64;
    let (t, degrees_of_freedom) = ((a.mean - b.mean) / variance.sqrt(), variance * variance / squares);
    // Nor is there a test where the spread is so small that its squares vanish.
    let student = StudentsT::new(0.0, 1.0, degrees_of_freedom).map_err(|_| NoTest::NoSpread)?;
    if !t.is_finite() {
        return Err(NoTest::NoSpread);
    }
    Ok(Welch { t, degrees_of_freedom, p: (2.0 * student.sf(t.abs())).min(1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn test(a: &[f64], b: &[f64]) -> Welch {
        welch(&Sample::of(a).unwrap(), &Sample::of(b).unwrap()).unwrap()
    }

    /// R: t.test(extra ~ group, data = sleep) prints t = -1.8608, df = 17.776, p-value = 0.07939.
    #[test]
    fn students_sleep_data() {
        let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let welch = test(&first, &second);
        assert!((welch.t + 1.860_813_467_486_852_3).abs() < 1e-9, "{welch:?}");
        assert!((welch.degrees_of_freedom - 17.776_473_516_178_8).abs() < 1e-9, "{welch:?}");
        assert!((welch.p - 0.079_394_140_187_358_2).abs() < 1e-9, "{welch:?}");
    }

    /// p by Simpson's rule over Student's density, independent of the incomplete beta function.
    fn integrated(t: f64, freedom: f64) -> f64 {
        let density = |x: f64| (1.0 + x * x / freedom).powf(-(freedom + 1.0) / 2.0);
        let area = |to: f64| {
            // x = tan(θ) folds the whole line into a finite stretch.
            let end = to.atan();
            let steps = 20_000;
            let width = end / f64::from(steps);
            let at = |i: i32| {
                let angle = width * f64::from(i);
                if angle.cos() < 1e-12 { 0.0 } else { density(angle.tan()) / (angle.cos() * angle.cos()) }
            };
            (0..steps / 2).map(|i| at(2 * i) + 4.0 * at(2 * i + 1) + at(2 * i + 2)).sum::<f64>() * width / 3.0
        };
        1.0 - area(t.abs()) / area(f64::INFINITY)
    }

    /// Unequal sizes and variances; expected figures from another program, its p by numeric integration.
    #[test]
    fn unequal_samples() {
        let a = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6];
        let b = [27.1, 22.0, 20.8, 23.4, 30.5];
        let welch = test(&a, &b);
        assert!((welch.t - -1.96004544401823).abs() < 1e-9, "{welch:?}");
        assert!((welch.degrees_of_freedom - 6.128019125295068).abs() < 1e-9, "{welch:?}");
        assert!((welch.p - 0.096684452).abs() < 1e-7, "{welch:?}");
        assert!((welch.p - integrated(welch.t, welch.degrees_of_freedom)).abs() < 1e-7, "{welch:?}");
    }

    /// The paper's Table 11 (25m, five seeds): its means differ, whichever two methods are taken.
    #[test]
    fn the_papers_five_seeds_tell_all_methods_apart() {
        let five = |mean, deviation| Sample { count: 5, mean, deviation };
        let (arithmetic, windows) = (five(1.4573, 0.0001), five(1.4724, 0.0044));
        let closest = welch(&windows, &arithmetic).unwrap();
        // By hand: 0.0151 / √((0.0044² + 0.0001²) / 5) and nearly four degrees of freedom.
        assert!((closest.t - 7.671_7).abs() < 1e-3 && (closest.degrees_of_freedom - 4.004).abs() < 1e-2, "{closest:?}");
        assert!(closest.p < 0.05 && (closest.p - integrated(closest.t, closest.degrees_of_freedom)).abs() < 1e-7);
        let rest = [(1.2899, 0.002), (1.1171, 0.0006), (4.6936, 0.0005), (2.0457, 0.0058), (1.8494, 0.0052)];
        for (mean, deviation) in rest {
            assert!(welch(&five(mean, deviation), &windows).unwrap().p < 1e-6);
        }
    }

    #[test]
    fn without_two_values_or_any_spread_there_is_no_test() {
        let one = Sample::of(&[1.0]).unwrap();
        let flat = Sample::of(&[1.0, 1.0]).unwrap();
        let other = Sample::of(&[2.0, 2.0]).unwrap();
        assert_eq!(welch(&one, &flat), Err(NoTest::TooFew(1, 2)));
        assert_eq!(welch(&flat, &other), Err(NoTest::NoSpread));
        assert_eq!((Sample::of(&[]), Sample::of(&[1.0, f64::NAN])), (None, None));
        // One side that varies is enough: R's t.test agrees.
        assert!(welch(&flat, &Sample::of(&[2.0, 3.0]).unwrap()).is_ok());
    }

    proptest! {
        #[test]
        fn the_test_is_symmetric_and_p_is_a_probability(
            a in proptest::collection::vec(-10.0..10.0_f64, 2..8),
            b in proptest::collection::vec(-10.0..10.0_f64, 2..8),
        ) {
            let (there, back) = (test(&a, &b), test(&b, &a));
            prop_assert!((there.t + back.t).abs() <= 1e-12 * there.t.abs() && (there.p - back.p).abs() < 1e-12);
            prop_assert!((0.0..=1.0).contains(&there.p));
            let least = (a.len().min(b.len()) - 1) as f64;
            let most = (a.len() + b.len() - 2) as f64;
            prop_assert!((least - 1e-9..=most + 1e-9).contains(&there.degrees_of_freedom));
        }
    }
}
