//! Numbers as people type them for an axis: `8, 16, 24..64 step 8`, `16..128 times 2`, `256, 65k`.

/// The most values that an axis can have.
pub const MAX_VALUES: usize = 256;

/// The whole numbers that `text` lists, in its order, each once. Ranges include their ends; `k` stands for 1,024s, and 65k,
/// as in the paper, for 65,536.
///
/// # Errors
/// Of what could not be read, and how it is written.
pub fn whole_numbers(text: &str) -> Result<Vec<u64>, String> {
    let mut found = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        for value in range(part)? {
            if !found.contains(&value) {
                found.push(value);
            }
            if found.len() > MAX_VALUES {
                return Err(format!("`{text}` has more than {MAX_VALUES} values; use a larger step"));
            }
        }
    }
    Ok(found)
}

/// The decimal numbers that `text` lists, each once.
///
/// # Errors
/// Of what could not be read.
pub fn decimals(text: &str) -> Result<Vec<f64>, String> {
    let mut found = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let value: f64 = part.parse().map_err(|_| format!("`{part}` is no number; write them as in 0.5, 1, 2"))?;
        if !found.contains(&value) {
            found.push(value);
        }
    }
    Ok(found)
}

fn range(part: &str) -> Result<Vec<u64>, String> {
    let Some((first, rest)) = part.split_once("..") else {
        return Ok(vec![number(part)?]);
    };
    let (last, step, times) = match (rest.split_once("step"), rest.split_once("times")) {
        (Some((last, step)), _) => (last, number(step)?, false),
        (None, Some((last, times))) => (last, number(times)?, true),
        (None, None) => (rest, 1, false),
    };
    let (first, last) = (number(first)?, number(last)?);
    if first > last || step == 0 || times && (step < 2 || first == 0) {
        return Err(format!("`{part}` is an empty or endless range; write it as in 24..64 step 8, or 16..128 times 2"));
    }
    let next = |value: &u64| if times { value.checked_mul(step) } else { value.checked_add(step) };
    // One more than are allowed, so that the caller sees that there are too many.
    Ok(std::iter::successors(Some(first), next).take_while(|value| *value <= last).take(MAX_VALUES + 1).collect())
}

fn number(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = |digits: &str| {
        digits.parse::<u64>().map_err(|_| {
            format!("`{text}` is no whole number; write them as in 8, 16, 24..64 step 8, or 16..128 times 2")
        })
    };
    match text.strip_suffix(['k', 'K']) {
        Some("65") => Ok(1 << 16),
        Some(thousands) => digits(thousands)?.checked_mul(1024).ok_or_else(|| format!("`{text}` is too large")),
        None => digits(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_ranges_and_steps_read_as_they_are_typed() {
        assert_eq!(whole_numbers("8, 16, 24..64 step 8").unwrap(), [8, 16, 24, 32, 40, 48, 56, 64]);
        assert_eq!(whole_numbers("16..128 times 2, 65k, 4k").unwrap(), [16, 32, 64, 128, 65_536, 4096]);
        assert_eq!(whole_numbers(" 3..5 ,4,").unwrap(), [3, 4, 5]);
        assert_eq!(whole_numbers("").unwrap(), [0u64; 0]);
        assert_eq!(decimals("0.5, 1,2").unwrap(), [0.5, 1.0, 2.0]);
    }

    #[test]
    fn what_is_no_range_is_named() {
        for text in ["a", "9..3", "1..9 step 0", "0..9 times 2", "1..9 times 1", "-1", "1..", "99999999999999999999k"] {
            let message = whole_numbers(text).unwrap_err();
            assert!(message.contains(text) || message.contains("no whole number"), "{text}: {message}");
        }
        assert!(whole_numbers("1..100000").unwrap_err().contains("more than 256"));
        assert!(decimals("1, x").unwrap_err().contains("`x`"));
    }
}
