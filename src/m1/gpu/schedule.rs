//! Which lane codes which streams, so that all lanes have as much to do.

use crate::coding::Symbol;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A lane's symbol that is the first of a stream. GPU twin: `STARTS` in `shaders/m1/window.wgsl`.
const STARTS: u16 = 0x8000;
/// What ends a lane's text: a stream that has no symbol. GPU twin: `NO_SYMBOL` there.
pub(super) const END: u16 = 0xffff;

/// One lane's streams, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// None of them is empty.
    pub streams: Vec<usize>,
    pub symbols: usize,
}

/// Shares the streams that are not empty out to at most `lanes` lanes, the longest first, each to the lane with the
/// least to do. Lanes come in falling order of symbols, so those that still have some are always the first.
pub(super) fn plan(streams: &[&[Symbol]], lanes: usize) -> Vec<Plan> {
    let mut order: Vec<usize> = (0..streams.len()).filter(|&stream| !streams[stream].is_empty()).collect();
    order.sort_by_key(|&stream| Reverse(streams[stream].len()));
    let mut plans = vec![Plan { streams: Vec::new(), symbols: 0 }; lanes.min(order.len())];
    let mut least: BinaryHeap<Reverse<(usize, usize)>> = (0..plans.len()).map(|lane| Reverse((0, lane))).collect();
    for stream in order {
        if let Some(Reverse((symbols, lane))) = least.pop() {
            let symbols = symbols + streams[stream].len();
            plans[lane].streams.push(stream);
            plans[lane].symbols = symbols;
            least.push(Reverse((symbols, lane)));
        }
    }
    plans.sort_by_key(|plan| Reverse(plan.symbols));
    plans
}

/// What a lane reads next.
#[derive(Debug, Clone)]
pub(super) struct Reading<'s> {
    streams: &'s [&'s [Symbol]],
    /// The stream that is read, and those after it.
    ahead: Vec<usize>,
    position: usize,
}

impl<'s> Reading<'s> {
    pub fn new(streams: &'s [&'s [Symbol]], plan: &Plan) -> Self {
        Self { streams, ahead: plan.streams.iter().rev().copied().collect(), position: 0 }
    }
}

impl Iterator for Reading<'_> {
    type Item = u16;

    /// A symbol as the shader reads it; there is always one, if only [`END`].
    fn next(&mut self) -> Option<u16> {
        let Some(&stream) = self.ahead.last() else {
            return Some(END);
        };
        let symbol = self.streams[stream][self.position];
        let mark = if self.position == 0 { STARTS } else { 0 };
        self.position += 1;
        if self.position == self.streams[stream].len() {
            self.ahead.pop();
            self.position = 0;
        }
        Some(symbol | mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_have_as_much_to_do_and_read_whole_streams() {
        let texts: Vec<Vec<Symbol>> = [3, 0, 7, 2, 2, 0].map(|length| (0..length).collect()).to_vec();
        let streams: Vec<&[Symbol]> = texts.iter().map(Vec::as_slice).collect();
        let plans = plan(&streams, 2);
        assert_eq!(plans[0], Plan { streams: vec![2], symbols: 7 });
        assert_eq!(plans[1], Plan { streams: vec![0, 3, 4], symbols: 7 });
        let read: Vec<u16> = Reading::new(&streams, &plans[1]).take(9).collect();
        assert_eq!(read, [STARTS, 1, 2, STARTS, 1, STARTS, 1, END, END]);
        assert_eq!(plan(&streams, 9).len(), 4);
        assert_eq!(plan(&[], 9), []);
    }
}
