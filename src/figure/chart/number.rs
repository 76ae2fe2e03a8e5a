//! Numbers as axes and hover texts write them, by their unit.

use super::Unit;

/// A number on an axis whose neighbours are `distance` away: with as many decimals as that needs.
pub fn on_axis(value: f64, unit: Unit, distance: f64) -> String {
    match unit {
        Unit::Share => format!("{} %", decimal(100.0 * value, decimals(100.0 * distance))),
        Unit::Seconds => clock(value, distance),
        Unit::Bytes => scaled(value, distance, &[(1e12, " TB"), (1e9, " GB"), (1e6, " MB"), (1e3, " KB"), (1.0, " B")]),
        Unit::Count if value.fract().abs() > 1e-6 => String::new(),
        Unit::Count if value.abs() < 1e4 => decimal(value, 0),
        Unit::Plain if value.abs() < 1e5 => decimal(value, decimals(distance)),
        Unit::Count | Unit::Plain => scaled(value, distance, &[(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]),
    }
}

/// A number by itself, with as many digits as mean something.
pub fn alone(value: f64, unit: Unit) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    match unit {
        Unit::Share => format!("{:.2} %", 100.0 * value),
        Unit::Seconds => clock(value, if value.abs() < 60.0 { 0.1 } else { 1.0 }),
        Unit::Bytes => on_axis(value, unit, value.abs() / 1000.0),
        Unit::Count => grouped(value.round()),
        Unit::Plain => match value.abs() {
            0.0 => "0".to_owned(),
            1e5.. => on_axis(value, unit, value.abs() / 1000.0),
            100.0.. => format!("{value:.1}"),
            0.01.. => format!("{value:.4}"),
            _ => format!("{value:.3e}"),
        },
    }
}

/// Decimals that tell values `distance` apart.
fn decimals(distance: f64) -> usize {
    if distance > 0.0 && distance.is_finite() { (-distance.log10() - 1e-9).ceil().clamp(0.0, 12.0) as usize } else { 0 }
}

fn decimal(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let is_zero = !text.bytes().any(|digit| (b'1'..=b'9').contains(&digit));
    if value < 0.0 && !is_zero { format!("−{text}") } else { text }
}

/// The value in the largest of these units that it reaches.
fn scaled(value: f64, distance: f64, units: &[(f64, &str)]) -> String {
    let reached = units.iter().find(|(unit, _)| value.abs() >= *unit).or(units.last());
    let (unit, name) = reached.copied().unwrap_or((1.0, ""));
    if value == 0.0 {
        return "0".to_owned();
    }
    format!("{}{name}", decimal(value / unit, decimals(distance / unit)))
}

/// Seconds as `2.5 s`, `0:47`, `12:03` or `3:15:00`.
fn clock(value: f64, distance: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    let seconds = value.abs();
    if seconds == 0.0 {
        return "0".to_owned();
    }
    if distance < 1.0 || seconds < 10.0 {
        return format!("{sign}{} s", decimal(seconds, decimals(distance)));
    }
    let whole = seconds.round() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    match hours {
        0 => format!("{sign}{minutes}:{seconds:02}"),
        _ => format!("{sign}{hours}:{minutes:02}:{seconds:02}"),
    }
}

fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    let sign = if value < 0.0 { "−" } else { "" };
    format!("{sign}{}", groups.join(","))
}

/// The least round step of at least `least` in the unit: 1, 2 or 5 times a power of ten, or what a clock has.
pub fn round_step(least: f64, unit: Unit) -> f64 {
    const CLOCK: [f64; 14] =
        [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0];
    if unit == Unit::Seconds
        && least >= 0.5
        && let Some(step) = CLOCK.into_iter().find(|step| *step >= least * (1.0 - 1e-9))
    {
        return step;
    }
    // Beyond the clock's steps whole hours are round.
    let base = if unit == Unit::Seconds && least > 1.0 { 3600.0 } else { 1.0 };
    let least = least / base;
    let power = 10_f64.powf(least.log10().floor());
    let multiple = [1.0, 2.0, 5.0].into_iter().find(|multiple| multiple * power >= least * (1.0 - 1e-9));
    let step = base * multiple.unwrap_or(10.0) * power;
    if unit == Unit::Count { step.max(1.0) } else { step }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_on_axes_are_as_long_as_they_have_to_be() {
        let on = |value, unit, distance| on_axis(value, unit, distance);
        assert_eq!(on(1.25, Unit::Plain, 0.05), "1.25");
        assert_eq!(on(-2.0, Unit::Plain, 1.0), "−2");
        assert_eq!(on(2_500_000.0, Unit::Plain, 500_000.0), "2.5M");
        assert_eq!(on(15_000.0, Unit::Count, 5_000.0), "15k");
        assert_eq!(on(2_000.0, Unit::Count, 1_000.0), "2000");
        assert_eq!(on(1.5, Unit::Count, 0.5), "");
        assert_eq!(on(0.051, Unit::Share, 0.01), "5 %");
        assert_eq!(on(0.0, Unit::Bytes, 1e6), "0");
        assert_eq!(on(1_500_000.0, Unit::Bytes, 500_000.0), "1.5 MB");
        assert_eq!(on(90.0, Unit::Seconds, 30.0), "1:30");
        assert_eq!(on(0.25, Unit::Seconds, 0.05), "0.25 s");
        assert_eq!(on(7200.0, Unit::Seconds, 3600.0), "2:00:00");
    }

    #[test]
    fn a_number_alone_has_the_digits_that_mean_something() {
        let texts = [1234567.0, 0.0, 0.00012, f64::NAN].map(|value| alone(value, Unit::Plain));
        assert_eq!(texts, ["1.235M", "0", "1.200e-4", "–"]);
        assert_eq!(alone(1234567.0, Unit::Count), "1,234,567");
        assert_eq!(alone(0.1234, Unit::Share), "12.34 %");
        assert_eq!(alone(123_456.0, Unit::Bytes), "123.5 KB");
    }

    #[test]
    fn steps_are_round_in_their_unit() {
        assert_eq!(round_step(0.013, Unit::Plain), 0.02);
        assert_eq!(round_step(0.3, Unit::Count), 1.0);
        assert_eq!(round_step(40.0, Unit::Seconds), 60.0);
        assert_eq!(round_step(8000.0, Unit::Seconds), 18_000.0);
        assert_eq!(round_step(0.03, Unit::Seconds), 0.05);
    }
}
