//! A text as several methods cut it, in lanes one under another: the same character is in the same column in each.

use super::visible;
use crate::tokenizer::WindowsView;

/// Columns of a row, the lane's number not counted.
const WIDTH: usize = 72;

/// The lanes of `text`, row by row, with a bar where a window begins.
pub fn side_by_side(views: &[WindowsView], text: &[u8]) -> String {
    let starts: Vec<Vec<usize>> =
        views.iter().map(|view| view.windows.iter().map(|w| w.byte_start).collect()).collect();
    let begins = |lane: usize, at: usize| starts[lane].binary_search(&at).is_ok();
    let digits = views.len().to_string().len();
    let mut out = String::new();
    let mut rows = vec![String::new(); views.len()];
    let (mut at, mut width) = (0, 0);
    while at < text.len() {
        // A character that some lane cuts through is shown as its bytes in all.
        let whole = character(&text[at..])
            .filter(|length| (at + 1..at + length).all(|inside| (0..views.len()).all(|lane| !begins(lane, inside))));
        let bytes = &text[at..at + whole.unwrap_or(1)];
        let shown = visible(bytes, false);
        let bars = at > 0 && (0..views.len()).any(|lane| begins(lane, at));
        for (lane, row) in rows.iter_mut().enumerate() {
            match (bars, begins(lane, at)) {
                (true, true) => row.push('│'),
                (true, false) => row.push(' '),
                (false, _) => {}
            }
            row.push_str(&shown);
        }
        width += shown.chars().count() + usize::from(bars);
        at += bytes.len();
        if bytes == b"\n" || width >= WIDTH || at == text.len() {
            for (lane, row) in rows.iter_mut().enumerate() {
                out += &format!("{:>digits$} {row}\n", lane + 1);
                row.clear();
            }
            if at < text.len() {
                out.push('\n');
            }
            width = 0;
        }
    }
    out
}

/// The length of the character that starts `bytes`, if one does.
fn character(bytes: &[u8]) -> Option<usize> {
    let chunk = bytes[..bytes.len().min(4)].utf8_chunks().next()?;
    chunk.valid().chars().next().map(char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::m1::StandIn;
    use crate::tokenizer::{Control, Materials, inspect};
    use std::sync::Arc;

    fn lanes(text: &[u8], methods: &[&str]) -> String {
        let materials =
            Materials { model: Arc::new(StandIn::uniform()), trees: Arc::default(), fitted: Default::default() };
        let view = |name: &&str| inspect(text, &name.parse().unwrap(), &materials, &Control::default()).unwrap();
        side_by_side(&methods.iter().map(view).collect::<Vec<_>>(), text)
    }

    #[test]
    fn the_same_character_is_in_the_same_column_in_every_lane() {
        // By the uniform model a byte costs a little more than 8 bits: two fit in 16 at best, three in 24.
        let shown = lanes(b"abcd\nef", &["EqualInfoAC[b=16, v=256]", "EqualInfoAC[b=24, v=256]", "AC[v=256]"]);
        assert_eq!(shown, "1 ab│c d│⏎\n2 ab c│d ⏎\n3 ab c d ⏎\n\n1 e│f\n2 e│f\n3 e f\n");
    }

    #[test]
    fn a_character_that_one_lane_cuts_is_bytes_in_all() {
        let shown = lanes("aé".as_bytes(), &["EqualInfoAC[b=16, v=256]", "AC[v=256]"]);
        assert_eq!(shown, "1 a⟨C3⟩│⟨A9⟩\n2 a⟨C3⟩ ⟨A9⟩\n");
        assert_eq!(lanes("é".as_bytes(), &["AC[v=256]"]), "1 é\n");
    }
}
