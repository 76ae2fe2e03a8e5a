//! The exponential function, the same on every machine.
//!
//! `f64::exp` calls the platform's mathematics library, and libraries differ in the last bit: enough to change a
//! distribution and lose a text. Additions, multiplications and their order, as here, are fixed by IEEE 754.

/// `e^x` for `x <= 0`, with a relative error below 1e-15; below -700 it is that of -700, which is as good as zero. Not a
/// number counts as -700.
#[inline(always)]
pub(super) fn exp(x: f64) -> f64 {
    /// ln 2 in two parts; the first has so few digits that whole multiples of it are exact.
    const LN_2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
    /// Adding and taking away 1.5 · 2^52 rounds to a whole number.
    const ROUND: f64 = 6_755_399_441_055_744.0;

    // x = n · ln 2 + r with |r| <= ln 2 / 2, so e^x = 2^n · e^r.
    let x = if x > -700.0 { x } else { -700.0 };
    let rounded = x * std::f64::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = (x - n * LN_2[0]) - n * LN_2[1];
    // Taylor's series to the thirteenth power.
    let mut sum = 1.0 / 6_227_020_800.0;
    for factorial in
        [479_001_600.0, 39_916_800.0, 3_628_800.0, 362_880.0, 40_320.0, 5_040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0, 1.0]
    {
        sum = sum * r + 1.0 / factorial;
    }
    // The last bits of `rounded` are n; added to the exponent of e^r, they multiply it by 2^n. (This much, in place of a
    // conversion to whole numbers, lets vector instructions do several at once.)
    f64::from_bits(sum.to_bits().wrapping_add(rounded.to_bits() << 52))
}

#[cfg(test)]
mod tests {
    use super::exp;

    #[test]
    fn agrees_with_the_library_to_the_last_digits() {
        for step in 0..70_000 {
            let x = -f64::from(step) * 0.01;
            let error = (exp(x) / x.exp() - 1.0).abs();
            assert!(error < 1e-15, "e^{x}: off by {error:e}");
        }
    }

    #[test]
    fn bits_are_pinned() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-1.0).to_bits(), 0x3fd7_8b56_362c_ef38);
        assert_eq!(exp(f64::NEG_INFINITY), exp(-700.0));
        assert_eq!(exp(f64::NAN), exp(-700.0));
    }
}
