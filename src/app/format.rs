//! Numbers and durations as people read them.

/// A count in groups of three: `65,536`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count with what is counted: `1 run`, `12 runs`; `one` is the singular of a regular noun.
pub fn counted(value: u64, one: &str) -> String {
    format!("{} {one}{}", count(value), if value == 1 { "" } else { "s" })
}

/// Units per second, with as many decimals as mean something.
pub fn rate(value: f64) -> String {
    match value.abs() {
        1e6.. => format!("{:.1} M", value / 1e6),
        1e4.. => format!("{:.1} k", value / 1e3),
        100.0.. => format!("{value:.0}"),
        1.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// Bytes in powers of 1,000: `812 B`, `10.2 KB`, `1.41 GB`.
pub fn bytes(value: u64) -> String {
    match value as f64 {
        v if v < 1e3 => format!("{v} B"),
        v if v < 1e6 => format!("{:.1} KB", v / 1e3),
        v if v < 1e9 => format!("{:.1} MB", v / 1e6),
        v => format!("{:.2} GB", v / 1e9),
    }
}

/// Day and minute of a time of the store: `2026-01-31 23:59` of `2026-01-31T23:59:59Z`.
pub fn minute(time: &str) -> String {
    time.chars().take(16).collect::<String>().replace('T', " ")
}

/// A duration as `0:47`, `12:03` or `3:15:00`; days are counted in hours.
pub fn clock(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "–".to_owned();
    }
    let seconds = seconds.round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(65536), "65,536");
        assert_eq!([counted(1, "run"), counted(1200, "run")], ["1 run", "1,200 runs"]);
        assert_eq!(count(1_234_567), "1,234,567");
    }

    #[test]
    fn times_are_read_to_the_minute() {
        assert_eq!(minute("2026-01-31T23:59:59Z"), "2026-01-31 23:59");
        assert_eq!(minute(""), "");
    }

    #[test]
    fn bytes_take_the_unit_that_fits() {
        assert_eq!(bytes(812), "812 B");
        assert_eq!(bytes(10_240), "10.2 KB");
        assert_eq!(bytes(1_410_000_000), "1.41 GB");
    }

    #[test]
    fn clocks_count_up_to_hours() {
        assert_eq!(clock(47.4), "0:47");
        assert_eq!(clock(723.0), "12:03");
        assert_eq!(clock(11_700.0), "3:15:00");
        assert_eq!(clock(f64::INFINITY), "–");
    }
}
