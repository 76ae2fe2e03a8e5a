//! The lanes: one method each, with what it has cut so far.

use super::block_cut::{BlockCut, Tally};
use super::cut::Cut;
use super::cutter::{Answer, Job, Key};
use super::recent::Recent;
use super::{blocks, text::Text};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

/// Lanes that a reader can add. Each costs a row of text for every row of text.
pub const MOST: usize = 12;

/// Blocks of each lane that are kept to be drawn; a view shows one or two.
const KEPT_BLOCKS: usize = 12;

/// One method over the text.
pub struct Lane {
    id: u64,
    /// How it cuts.
    pub cut: Cut,
    /// Counts what makes cuts out of date: other settings, another M1.
    stamp: u64,
    cuts: Recent<((u64, u64), Arc<BlockCut>)>,
    tallies: BTreeMap<usize, ((u64, u64), Tally)>,
    total: Tally,
    /// Why the last block that was asked for has no cut. What was drawn before stays.
    error: Option<String>,
}

impl Lane {
    fn new(id: u64, cut: Cut) -> Self {
        Self {
            id,
            cut: cut.bounded(),
            stamp: 0,
            cuts: Recent::new(KEPT_BLOCKS),
            tallies: BTreeMap::new(),
            total: Tally::default(),
            error: None,
        }
    }

    /// The lane's method by name, or why it has none.
    pub fn name(&self) -> String {
        self.cut.name()
    }

    /// A block as it was last cut, which may be before the last change of settings.
    pub fn block(&self, block: usize) -> Option<&Arc<BlockCut>> {
        self.cuts.get(block).map(|(_, cut)| cut)
    }

    /// All that was cut with the present settings, in numbers.
    pub fn total(&self) -> &Tally {
        &self.total
    }

    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// How many windows come before a block, if all blocks before it are cut.
    pub fn windows_before(&self, block: usize) -> Option<u64> {
        let before = self.tallies.range(..block);
        let (blocks, windows) = before.fold((0, 0), |(blocks, sum), (_, (_, tally))| (blocks + 1, sum + tally.windows));
        (blocks == block).then_some(windows)
    }

    fn stamp(&self, text: &Text, block: usize) -> (u64, u64) {
        (self.stamp, text.version(block))
    }

    fn job(&self, text: &Text, block: usize) -> Option<Job> {
        let method = self.cut.method().ok()?;
        let range = blocks::range(text.bytes(), block);
        let key = Key { lane: self.id, block, stamp: self.stamp(text, block) };
        (!range.is_empty()).then(|| Job { key, text: Arc::clone(text.bytes()), block: range, method })
    }

    /// What was cut so far is out of date. It is drawn until its successor is there.
    fn outdate(&mut self) {
        self.stamp += 1;
        self.tallies.clear();
        self.total = Tally::default();
        self.error = None;
    }

    fn sum(&mut self) {
        self.total = Tally::default();
        self.tallies.values().for_each(|(_, tally)| self.total.add(tally));
    }
}

/// All lanes, in the order they are drawn.
pub struct Lanes {
    list: Vec<Lane>,
    /// The one whose windows the cursor walks, whose costs the strip shows, and whose settings are open.
    active: usize,
    next_id: u64,
}

impl Lanes {
    /// Lanes with these settings; at least one.
    pub fn new(cuts: &[Cut], active: usize) -> Self {
        let mut lanes = Self { list: Vec::new(), active: 0, next_id: 0 };
        for cut in cuts.iter().take(MOST) {
            lanes.add(cut.clone());
        }
        if lanes.list.is_empty() {
            lanes.add(Cut::default());
        }
        lanes.activate(active);
        lanes
    }

    /// Adds a lane at the end and makes it the active one.
    pub fn add(&mut self, cut: Cut) {
        self.list.push(Lane::new(self.next_id, cut));
        self.next_id += 1;
        self.active = self.list.len() - 1;
    }

    /// Takes a lane away, unless it is the only one.
    pub fn remove(&mut self, index: usize) {
        if self.list.len() > 1 && index < self.list.len() {
            self.list.remove(index);
            if self.active > index || self.active == self.list.len() {
                self.active -= 1;
            }
        }
    }

    /// Swaps a lane with the one after it.
    pub fn swap_with_next(&mut self, index: usize) {
        if index + 1 < self.list.len() {
            self.list.swap(index, index + 1);
            match self.active {
                active if active == index => self.active = index + 1,
                active if active == index + 1 => self.active = index,
                _ => {}
            }
        }
    }

    pub fn activate(&mut self, index: usize) {
        self.active = index.min(self.list.len() - 1);
    }

    pub fn all(&self) -> &[Lane] {
        &self.list
    }

    pub fn active_index(&self) -> usize {
        self.active
    }

    pub fn active(&self) -> &Lane {
        &self.list[self.active]
    }

    pub fn cuts(&self) -> Vec<Cut> {
        self.list.iter().map(|lane| lane.cut.clone()).collect()
    }

    /// Gives the active lane other settings, if they are others.
    pub fn set(&mut self, cut: Cut) {
        let lane = &mut self.list[self.active];
        if lane.cut != cut {
            lane.cut = cut;
            lane.outdate();
        }
    }

    /// Everything must be cut anew: the M1 is another.
    pub fn outdate(&mut self) {
        self.list.iter_mut().for_each(Lane::outdate);
    }

    /// Another text is there; nothing of the one before is worth drawing.
    pub fn forget(&mut self) {
        for lane in &mut self.list {
            lane.outdate();
            lane.cuts.clear();
        }
    }

    /// The text was edited: numbers of blocks that changed no longer count.
    pub fn edited(&mut self, text: &Text) {
        let blocks = blocks::count(text.bytes());
        for lane in &mut self.list {
            let stamp = lane.stamp;
            lane.tallies.retain(|block, (of, _)| *block < blocks && *of == (stamp, text.version(*block)));
            lane.cuts.retain(|block| block < blocks);
            lane.error = None;
            lane.sum();
        }
    }

    /// Puts an answer where it belongs, if it is not out of date.
    pub fn take(&mut self, text: &Text, answer: Answer) {
        let Key { lane, block, stamp } = answer.key;
        let Some(lane) = self.list.iter_mut().find(|other| other.id == lane) else {
            return;
        };
        if stamp != lane.stamp(text, block) {
            return;
        }
        match answer.result {
            Ok(done) => {
                if let Some(cut) = done.cut {
                    lane.cuts.put(block, (stamp, cut));
                }
                if lane.tallies.insert(block, (stamp, done.tally.clone())).is_none() {
                    lane.total.add(&done.tally);
                } else {
                    lane.sum();
                }
                lane.error = None;
            }
            Err(message) => lane.error = Some(message),
        }
    }

    /// What is to be cut so that the blocks of a view can be drawn: the active lane's first, then the others', then the
    /// blocks around them.
    pub fn wanted(&mut self, text: &Text, view: &Range<usize>) -> Vec<Job> {
        let around = view.start.saturating_sub(1)..(view.end + 1).min(blocks::count(text.bytes()));
        self.list.iter_mut().for_each(|lane| lane.cuts.touch(&around));
        let active = std::iter::once(self.active).chain((0..self.list.len()).filter(|lane| *lane != self.active));
        let order: Vec<usize> = active.collect();
        let near = around.clone().filter(|block| !view.contains(block));
        let mut jobs = Vec::new();
        for block in view.clone().chain(near) {
            for lane in order.iter().map(|lane| &self.list[*lane]) {
                let stamp = lane.stamp(text, block);
                let known = lane.cuts.get(block).is_some_and(|(of, _)| *of == stamp);
                // What failed is asked for again when something has changed.
                if !known && lane.error.is_none() {
                    jobs.extend(lane.job(text, block));
                }
            }
        }
        jobs
    }

    /// Every block of every lane whose numbers are not known yet.
    pub fn rest(&self, text: &Text) -> VecDeque<Job> {
        let blocks = 0..blocks::count(text.bytes());
        let missing = blocks.flat_map(|block| self.list.iter().map(move |lane| (lane, block)));
        let missing = missing.filter(|(lane, block)| !lane.tallies.contains_key(block));
        missing.filter_map(|(lane, block)| lane.job(text, block)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::block_cut::testing::cut;
    use super::super::cutter::Done;
    use super::*;

    fn answer(job: &Job) -> Answer {
        let cut = cut(&job.text[job.block.clone()]);
        Answer { key: job.key, result: Ok(Done { tally: cut.tally(), cut: Some(Arc::new(cut)) }) }
    }

    fn text(blocks: usize) -> Text {
        Text::typed(&"a".repeat(blocks * blocks::BLOCK))
    }

    #[test]
    fn the_active_lanes_view_is_wanted_first_and_only_what_is_not_known() {
        let text = text(5);
        let mut lanes = Lanes::new(&[Cut::default(), Cut::default()], 1);
        let order = |jobs: &[Job]| jobs.iter().map(|job| (job.key.lane, job.key.block)).collect::<Vec<_>>();
        let jobs = lanes.wanted(&text, &(2..3));
        assert_eq!(order(&jobs), [(1, 2), (0, 2), (1, 1), (0, 1), (1, 3), (0, 3)]);
        lanes.take(&text, answer(&jobs[0]));
        assert_eq!(order(&lanes.wanted(&text, &(2..3)))[0], (0, 2));
        assert_eq!((lanes.active().total().blocks, lanes.active().windows_before(2)), (1, None));
        assert_eq!(lanes.rest(&text).len(), 9);
    }

    #[test]
    fn other_settings_keep_the_drawing_and_drop_the_numbers_and_late_answers() {
        let text = text(1);
        let mut lanes = Lanes::new(&[], 0);
        let jobs = lanes.wanted(&text, &(0..1));
        lanes.take(&text, answer(&jobs[0]));
        assert_eq!(lanes.active().windows_before(1), Some(blocks::BLOCK.div_ceil(3) as u64));
        lanes.set(Cut { window_bits: 32, ..Cut::default() });
        assert!(lanes.active().block(0).is_some() && lanes.active().total().blocks == 0);
        lanes.take(&text, answer(&jobs[0]));
        assert_eq!(lanes.active().total().blocks, 0, "it was cut with the settings before");
        assert_eq!(lanes.wanted(&text, &(0..1)).len(), 1);
    }

    #[test]
    fn an_edit_recuts_only_the_blocks_it_changed() {
        let mut text = text(3);
        let mut lanes = Lanes::new(&[], 0);
        for job in lanes.wanted(&text, &(0..3)) {
            lanes.take(&text, answer(&job));
        }
        if let Some(edited) = text.editor() {
            edited.replace_range(blocks::BLOCK..blocks::BLOCK + 1, "b");
        }
        text.take_edit();
        lanes.edited(&text);
        assert_eq!(lanes.active().total().blocks, 2);
        let blocks: Vec<_> = lanes.wanted(&text, &(0..3)).iter().map(|job| job.key.block).collect();
        assert_eq!(blocks, [1]);
    }

    #[test]
    fn a_failure_is_told_and_not_asked_for_again_until_something_changes() {
        let text = text(1);
        let mut lanes = Lanes::new(&[], 0);
        let jobs = lanes.wanted(&text, &(0..1));
        lanes.take(&text, Answer { key: jobs[0].key, result: Err("no".to_owned()) });
        assert_eq!(lanes.active().error(), Some("no"));
        assert!(lanes.wanted(&text, &(0..1)).is_empty());
        lanes.outdate();
        assert_eq!(lanes.wanted(&text, &(0..1)).len(), 1);
    }

    #[test]
    fn lanes_are_added_moved_and_removed_and_one_stays() {
        let mut lanes = Lanes::new(&[Cut::default(), Cut { window_bits: 32, ..Cut::default() }], 0);
        lanes.swap_with_next(0);
        assert_eq!((lanes.active_index(), lanes.all()[0].cut.window_bits), (1, 32));
        lanes.remove(0);
        assert_eq!((lanes.active_index(), lanes.all().len()), (0, 1));
        lanes.remove(0);
        assert_eq!(lanes.cuts(), [Cut::default()]);
    }
}
