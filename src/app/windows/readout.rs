//! One byte in all lanes, in words.

use super::blocks;
use super::lanes::{Lane, Lanes};
use crate::app::{format, visible};

/// Token ids that are listed for one byte.
const LISTED: usize = 4;

/// What a byte is, and in every lane its window, its tokens and its cost.
pub fn of(text: &[u8], lanes: &Lanes, byte: usize) -> String {
    let Some(value) = text.get(byte) else {
        return String::new();
    };
    let start = blocks::whole_up_to(text, byte);
    let whole = visible::whole_character(&text[start..]).filter(|character| start + character.len_utf8() > byte);
    let character = match whole {
        Some(character) => visible::quoted(character.encode_utf8(&mut [0; 4]).as_bytes()),
        None => "no character".to_owned(),
    };
    let mut words = format!("Byte {}: {value:02X}, {character}", format::count(byte as u64));
    for (index, lane) in lanes.all().iter().enumerate() {
        let number = if lanes.all().len() > 1 { format!("{}: ", index + 1) } else { String::new() };
        words += &format!("  ·  {number}{}", in_lane(text, lane, byte));
    }
    words
}

fn in_lane(text: &[u8], lane: &Lane, byte: usize) -> String {
    let index = blocks::of(text, byte);
    let at = byte - blocks::range(text, index).start;
    let Some((cut, window)) = lane.block(index).and_then(|cut| Some((cut, cut.window_of(at)?))) else {
        return "not cut yet".to_owned();
    };
    let window = match lane.windows_before(index) {
        Some(before) => format!("window {}", format::count(before + window as u64 + 1)),
        None => format!("window {} of block {}", format::count(window as u64 + 1), index + 1),
    };
    let ids = cut.token_ids(at);
    let listed: Vec<String> = ids.iter().take(LISTED).map(u32::to_string).collect();
    let more = if ids.len() > LISTED { " …" } else { "" };
    let tokens = match ids.len() {
        0 => String::new(),
        1 => format!(", token {}", listed[0]),
        _ => format!(", tokens {}{more}", listed.join(" ")),
    };
    let cost = cut.cost(at).map(|cost| format!(", {cost:.2} bits")).unwrap_or_default();
    format!("{window}{tokens}{cost}")
}

#[cfg(test)]
mod tests {
    use super::super::block_cut::testing::cut;
    use super::super::cutter::{Answer, Done};
    use super::super::text::Text;
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_byte_is_told_in_every_lane() {
        let text = Text::typed("aé");
        let mut lanes = Lanes::new(&[Default::default(), Default::default()], 0);
        let job = lanes.rest(&text).pop_front().unwrap();
        let cut = cut(text.bytes());
        let done = Done { tally: cut.tally(), cut: Some(Arc::new(cut)) };
        lanes.take(&text, Answer { key: job.key, result: Ok(done) });
        let words = of(text.bytes(), &lanes, 1);
        assert_eq!(words, "Byte 1: C3, “é”  ·  1: window 1, tokens 100 101, 5.00 bits  ·  2: not cut yet");
        assert!(of(text.bytes(), &lanes, 2).starts_with("Byte 2: A9, “é”"));
        assert!(of(b"a\xFF", &lanes, 1).starts_with("Byte 1: FF, no character"));
        assert_eq!(of(text.bytes(), &lanes, 3), "");
    }
}
