//! The project's random numbers: xoshiro256++ seeded by SplitMix64 (Blackman and Vigna, <https://prng.di.unimi.it>).
//!
//! Our own, because an experiment's record is a seed: the numbers behind it may not change with a library's version,
//! nor with the platform. That is also why [`Generator::normal`] uses no `ln` or `cos` of the platform's.

/// A seeded stream of random numbers, the same on every machine; not for secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generator {
    state: [u64; 4],
}

impl Generator {
    /// The stream that belongs to `seed`; any seed is as good as any other.
    pub fn new(seed: u64) -> Self {
        let mut mixer = seed;
        Self { state: std::array::from_fn(|_| split_mix(&mut mixer)) }
    }

    /// One of many independent streams that share a seed, for instance one for each epoch.
    pub fn for_stream(seed: u64, stream: u64) -> Self {
        let (mut mixed_seed, mut mixed_stream) = (seed, stream);
        Self::new(split_mix(&mut mixed_seed) ^ split_mix(&mut mixed_stream).rotate_left(32))
    }

    /// Goes on where [`Self::state`] was taken. `None` if all words are zero: no generator is ever in that state, and
    /// one that were would give zeros for ever.
    pub fn from_state(state: [u64; 4]) -> Option<Self> {
        state.iter().any(|word| *word != 0).then_some(Self { state })
    }

    /// Everything about the generator, for a checkpoint.
    pub fn state(&self) -> [u64; 4] {
        self.state
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let [s0, s1, s2, s3] = &mut self.state;
        let result = s0.wrapping_add(*s3).rotate_left(23).wrapping_add(*s0);
        let shifted = *s1 << 17;
        *s2 ^= *s0;
        *s3 ^= *s1;
        *s1 ^= *s2;
        *s0 ^= *s3;
        *s2 ^= shifted;
        *s3 = s3.rotate_left(45);
        result
    }

    /// A number from 0 to `n − 1`, each exactly as likely (Lemire's multiplication with rejection); 0 if `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        // Of the 2^64 products, the lowest `2^64 mod n` are one too many for some results: those are drawn again.
        let surplus = n.wrapping_neg().checked_rem(n).unwrap_or(0);
        loop {
            let product = u128::from(self.next_u64()) * u128::from(n);
            if product as u64 >= surplus {
                return (product >> 64) as u64;
            }
        }
    }

    /// A multiple of 2⁻⁵³ in [0, 1).
    pub fn uniform_f64(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// A multiple of 2⁻²⁴ in [0, 1).
    pub fn uniform_f32(&mut self) -> f32 {
        (self.next_u64() >> 40) as f32 * (1.0 / (1_u32 << 24) as f32)
    }

    /// A number of the standard normal distribution (Box–Muller in Marsaglia's polar form, which needs no angles; the
    /// second number of each pair is dropped so that [`Self::state`] stays whole).
    pub fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.uniform_f64() - 1.0, 2.0 * self.uniform_f64() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 && square > 0.0 {
                return x * (-2.0 * natural_logarithm(square) / square).sqrt();
            }
        }
    }
}

/// One step of SplitMix64.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// ln x for a positive normal number, from additions, multiplications and divisions alone: IEEE 754 settles those to
/// the bit, but leaves `f64::ln` to each platform's library.
fn natural_logarithm(x: f64) -> f64 {
    const FRACTION: u64 = (1 << 52) - 1;
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i64 - 1023;
    let mut mantissa = f64::from_bits((bits & FRACTION) | (1023 << 52));
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa /= 2.0;
        exponent += 1;
    }
    // ln m = 2 artanh z with |z| <= 0.172: term k is below 0.172^(2k+1), so eleven terms reach the last bit.
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    let square = z * z;
    let series = (0..11).rev().fold(0.0, |sum, k| sum * square + 1.0 / f64::from(2 * k + 1));
    2.0 * z * series + exponent as f64 * std::f64::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_published_algorithms() {
        let mut mixer = 1234567;
        let published = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431];
        assert_eq!(published, std::array::from_fn(|_| split_mix(&mut mixer)), "SplitMix64");

        let mut generator = Generator::from_state([1, 2, 3, 4]).unwrap();
        let published = [41943041, 58720359, 3588806011781223, 3591011842654386, 9228616714210784205];
        assert_eq!(published, std::array::from_fn(|_| generator.next_u64()), "xoshiro256++");
    }

    #[test]
    fn a_saved_state_goes_on_where_it_was_taken() {
        let mut generator = Generator::new(7);
        generator.normal();
        let mut resumed = Generator::from_state(generator.state()).unwrap();
        for _ in 0..100 {
            assert_eq!(generator.normal().to_bits(), resumed.normal().to_bits());
        }
        assert_eq!(Generator::from_state([0; 4]), None);
    }

    #[test]
    fn streams_of_one_seed_differ() {
        let mut first: Vec<u64> = (0..10)
            .flat_map(|seed| (0..10).map(move |stream| Generator::for_stream(seed, stream).next_u64()))
            .collect();
        first.sort_unstable();
        first.dedup();
        assert_eq!(first.len(), 100);
    }

    #[test]
    fn below_is_even_and_in_range() {
        let mut generator = Generator::new(1);
        let mut counts = [0u32; 6];
        for _ in 0..60_000 {
            counts[generator.below(6) as usize] += 1;
        }
        // Ten standard deviations of a count are about 910.
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 910), "{counts:?}");
        assert_eq!((generator.below(0), generator.below(1)), (0, 0));
        // Without drawing again, every third number below 3·2^62 would come twice as often as the others.
        let every_third = (0..30_000).filter(|_| generator.below(3 << 62).is_multiple_of(3)).count();
        assert!(every_third.abs_diff(10_000) < 820, "{every_third}");
    }

    #[test]
    fn uniform_numbers_fill_the_unit_interval() {
        let mut generator = Generator::new(2);
        let numbers: Vec<f64> =
            (0..10_000).flat_map(|_| [generator.uniform_f64(), f64::from(generator.uniform_f32())]).collect();
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
        let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
    }

    #[test]
    fn normal_numbers_have_the_moments_of_the_normal_distribution() {
        let mut generator = Generator::new(3);
        let numbers: Vec<f64> = (0..100_000).map(|_| generator.normal()).collect();
        let moment = |power: i32| numbers.iter().map(|number| number.powi(power)).sum::<f64>() / numbers.len() as f64;
        assert!(moment(1).abs() < 0.03, "mean {}", moment(1));
        assert!((moment(2) - 1.0).abs() < 0.04, "variance {}", moment(2));
        assert!((moment(4) - 3.0).abs() < 0.3, "fourth moment {}", moment(4));
    }

    #[test]
    fn the_logarithm_is_right_to_the_last_bits() {
        let mut generator = Generator::new(4);
        for _ in 0..10_000 {
            let x = (1.0 - generator.uniform_f64()) * 2f64.powi(generator.below(40) as i32 - 30);
            let (ours, theirs) = (natural_logarithm(x), x.ln());
            assert!((ours - theirs).abs() <= 4e-16 * theirs.abs().max(1.0), "ln {x}: {ours} {theirs}");
        }
    }
}
