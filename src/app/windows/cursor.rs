//! Walking through a text by keys.

use super::blocks;
use super::lanes::Lane;
use super::rows::Rows;
use egui::{InputState, Key};

/// A step that a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Byte { forward: bool },
    Window { forward: bool },
    Row { down: bool },
    Page { down: bool },
    RowStart,
    RowEnd,
    TextStart,
    TextEnd,
}

/// The steps that were asked for in this frame.
pub fn steps(input: &InputState) -> Vec<Step> {
    let with_ctrl = input.modifiers.command;
    let step = |key, step| (0..input.num_presses(key)).map(move |_| step);
    let across = |forward| if with_ctrl { Step::Window { forward } } else { Step::Byte { forward } };
    step(Key::ArrowLeft, across(false))
        .chain(step(Key::ArrowRight, across(true)))
        .chain(step(Key::ArrowUp, Step::Row { down: false }))
        .chain(step(Key::ArrowDown, Step::Row { down: true }))
        .chain(step(Key::PageUp, Step::Page { down: false }))
        .chain(step(Key::PageDown, Step::Page { down: true }))
        .chain(step(Key::Home, if with_ctrl { Step::TextStart } else { Step::RowStart }))
        .chain(step(Key::End, if with_ctrl { Step::TextEnd } else { Step::RowEnd }))
        .collect()
}

/// Where a step leads from a byte. `page` is how many rows a page has.
pub fn after(step: Step, text: &[u8], rows: &Rows, lane: &Lane, cursor: usize, page: usize) -> usize {
    let last = text.len().saturating_sub(1);
    let row = rows.of(cursor);
    let by_rows = |rows_on: isize| {
        let target = row.saturating_add_signed(rows_on).min(rows.count().saturating_sub(1));
        let bytes = rows.range(target);
        (bytes.start + cursor - rows.range(row).start).min(bytes.end.saturating_sub(1))
    };
    let page = page.max(1) as isize;
    let to = match step {
        Step::Byte { forward: true } => cursor + 1,
        Step::Byte { forward: false } => cursor.saturating_sub(1),
        Step::Window { forward: true } => window(text, lane, cursor).end,
        Step::Window { forward: false } => match window(text, lane, cursor).start {
            start if start == cursor => window(text, lane, cursor.saturating_sub(1)).start,
            start => start,
        },
        Step::Row { down } => by_rows(if down { 1 } else { -1 }),
        Step::Page { down } => by_rows(if down { page } else { -page }),
        Step::RowStart => rows.range(row).start,
        Step::RowEnd => rows.range(row).end.saturating_sub(1),
        Step::TextStart => 0,
        Step::TextEnd => last,
    };
    to.min(last)
}

/// The window around a byte; where nothing is cut yet, the rest of the block, which is cut once the cursor is there.
fn window(text: &[u8], lane: &Lane, byte: usize) -> std::ops::Range<usize> {
    let index = blocks::of(text, byte);
    let block = blocks::range(text, index);
    let found = lane.block(index).and_then(|cut| Some(cut.range(cut.window_of(byte - block.start)?)));
    found.map_or(byte..block.end, |window| block.start + window.start..block.start + window.end)
}

#[cfg(test)]
mod tests {
    use super::super::block_cut::testing::cut;
    use super::super::cutter::{Answer, Done};
    use super::super::lanes::Lanes;
    use super::super::text::Text;
    use super::*;
    use std::sync::Arc;

    #[test]
    fn keys_walk_by_byte_window_row_and_page_and_stay_in_the_text() {
        let text = Text::typed("abcdefghij\nklmnop\nq");
        let mut lanes = Lanes::new(&[], 0);
        for job in lanes.rest(&text) {
            let cut = cut(&job.text);
            let done = Done { tally: cut.tally(), cut: Some(Arc::new(cut)) };
            lanes.take(&text, Answer { key: job.key, result: Ok(done) });
        }
        let rows = Rows::new(text.bytes(), 20);
        let go = |from, step| after(step, text.bytes(), &rows, lanes.active(), from, 2);
        assert_eq!([go(4, Step::Byte { forward: true }), go(0, Step::Byte { forward: false })], [5, 0]);
        // The windows have three bytes.
        let (on, back) = (Step::Window { forward: true }, Step::Window { forward: false });
        assert_eq!([go(4, on), go(4, back), go(3, back), go(0, back), go(18, on)], [6, 3, 0, 0, 18]);
        assert_eq!([go(8, Step::Row { down: true }), go(12, Step::Row { down: false })], [17, 1]);
        assert_eq!([go(2, Step::Page { down: true }), go(18, Step::Page { down: false })], [18, 0]);
        assert_eq!([go(12, Step::RowStart), go(12, Step::RowEnd)], [11, 17]);
        assert_eq!([go(12, Step::TextStart), go(12, Step::TextEnd)], [0, 18]);
    }

    #[test]
    fn an_empty_text_and_one_that_is_not_cut_can_be_walked() {
        let lanes = Lanes::new(&[], 0);
        let rows = Rows::new(b"", 20);
        assert_eq!(after(Step::TextEnd, b"", &rows, lanes.active(), 0, 5), 0);
        assert_eq!(after(Step::Row { down: true }, b"", &rows, lanes.active(), 0, 5), 0);
        let rows = Rows::new(b"abc", 20);
        assert_eq!(after(Step::Window { forward: true }, b"abc", &rows, lanes.active(), 1, 5), 2);
    }
}
