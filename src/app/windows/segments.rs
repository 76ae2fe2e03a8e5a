//! A stretch of text in the windows or tokens of one lane.

use super::blocks;
use super::lanes::Lane;
use std::ops::Range;

/// Neighbouring bytes of one window, or of one token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// In the text.
    pub bytes: Range<usize>,
    /// None where nothing is cut yet.
    pub unit: Option<Unit>,
}

/// What a segment is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// The place of the window, or of the token, in its block.
    pub index: usize,
    /// Whether it starts, or ends, with this segment, rather than going on in another row.
    pub starts: bool,
    pub ends: bool,
    /// Whether its code stands for more than one text.
    pub ambiguous: bool,
}

/// The segments of `stretch`, in order and without gaps.
pub fn of(text: &[u8], lane: &Lane, stretch: Range<usize>, tokens: bool) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut at = stretch.start;
    while at < stretch.end.min(text.len()) {
        let index = blocks::of(text, at);
        let block = blocks::range(text, index);
        let end = stretch.end.min(block.end);
        let cut = lane.block(index);
        let (next, unit) = match cut.and_then(|cut| unit(cut, at - block.start, tokens)) {
            Some((range, index, ambiguous)) => {
                let next = (block.start + range.end).min(end);
                let (starts, ends) =
                    (block.start + range.start >= stretch.start, block.start + range.end <= stretch.end);
                (next, Some(Unit { index, starts, ends, ambiguous }))
            }
            None => (end, None),
        };
        // However odd a cut is, the walk goes on.
        let next = next.max(at + 1);
        segments.push(Segment { bytes: at..next, unit });
        at = next;
    }
    segments
}

/// The window or token that a byte of a block is in: its bytes, its place, whether it is ambiguous.
fn unit(cut: &super::block_cut::BlockCut, byte: usize, tokens: bool) -> Option<(Range<usize>, usize, bool)> {
    if !tokens {
        let window = cut.window_of(byte)?;
        return Some((cut.range(window), window, cut.view.windows.get(window).is_some_and(|window| window.ambiguous)));
    }
    let (token, run) = cut.token_run(byte, cut.bytes.len())?;
    let mut start = byte;
    while !cut.is_token_border(start) {
        start -= 1;
    }
    Some((start..run.end, token, false))
}

#[cfg(test)]
mod tests {
    use super::super::lanes::Lanes;
    use super::super::text::Text;
    use super::super::{block_cut::BlockCut, cut::Cut, cutter};
    use super::*;
    use crate::m1::StandIn;
    use crate::tokenizer::{Control, Materials, inspect};
    use proptest::prelude::*;
    use std::sync::Arc;

    fn materials() -> Materials {
        Materials { model: Arc::new(StandIn::uniform()), trees: Arc::default(), fitted: Default::default() }
    }

    /// A lane in which every block is cut by the engine.
    fn cut_lane(text: &Text, name: &str) -> Lanes {
        let mut lanes = Lanes::new(&[Cut { named: Some(name.to_owned()), ..Cut::default() }], 0);
        for job in lanes.rest(text) {
            let bytes: Arc<[u8]> = job.text[job.block.clone()].into();
            let view = inspect(&bytes, &job.method, &materials(), &Control::default()).unwrap();
            let cut = BlockCut::new(bytes, view);
            let done = cutter::Done { tally: cut.tally(), cut: Some(Arc::new(cut)) };
            lanes.take(text, cutter::Answer { key: job.key, result: Ok(done) });
        }
        lanes
    }

    #[test]
    fn what_is_not_cut_is_there_all_the_same() {
        let (text, lanes) = (Text::typed("abc"), Lanes::new(&[], 0));
        assert_eq!(of(text.bytes(), lanes.active(), 1..9, false), [Segment { bytes: 1..3, unit: None }]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn borders_are_where_the_engine_puts_them(
            typed in "[a-zé☃ \n]{0,300}", row in 1usize..40, tokens in any::<bool>(),
        ) {
            let text = Text::typed(&typed);
            let name = "EqualInfoAC[b=24, v=256]";
            let lanes = cut_lane(&text, name);
            let view = inspect(text.bytes(), &name.parse().unwrap(), &materials(), &Control::default()).unwrap();
            let mut next = 0;
            for start in (0..text.bytes().len()).step_by(row) {
                for segment in of(text.bytes(), lanes.active(), start..(start + row).min(text.bytes().len()), tokens) {
                    prop_assert_eq!(segment.bytes.start, next);
                    next = segment.bytes.end;
                    let unit = segment.unit.unwrap();
                    if !tokens {
                        let window = &view.windows[unit.index];
                        let range = window.byte_start..window.byte_start + window.byte_len;
                        prop_assert!(range.contains(&segment.bytes.start) && range.contains(&(segment.bytes.end - 1)));
                        prop_assert_eq!(unit.starts, segment.bytes.start == range.start);
                        prop_assert_eq!(unit.ends, segment.bytes.end == range.end);
                    }
                }
            }
            prop_assert_eq!(next, text.bytes().len());
        }
    }
}
