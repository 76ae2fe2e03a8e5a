//! Names of curves, in a column beside the frame: each at the height where its curve ends, or as near as the others allow.

use super::scene::{Anchor, At, Scene};
use super::style::{self, Look, Rgb};
use super::text;

/// What a column says of one curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    pub look: Look,
    pub sample: Sample,
    pub name: String,
    /// Stands before the name: the curve's last value.
    pub value: String,
    /// Where the curve ends; none in a plain list.
    pub end: Option<At>,
}

/// What stands before a name: a piece of what it names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sample {
    /// A stroke with the run's marker on it.
    Curve,
    /// The marker alone.
    Marker,
    /// A stroke alone, of this width.
    Stroke(f64),
    /// Strokes of this length and gap.
    Dashes([f64; 2]),
}

/// A column of labels, laid out before the frame that it stands beside.
pub struct Column {
    labels: Vec<Label>,
    /// The widest value.
    values: f64,
    /// From the frame to the end of the longest name.
    pub width: f64,
}

/// From the frame to the sample of the curve: room for a leader.
const LEADER: f64 = 34.0;
const SAMPLE: f64 = 34.0;
const GAP: f64 = 10.0;
/// Names longer than this are shortened.
const LONGEST_NAME: f64 = 360.0;
/// Between baselines; less where there are many labels, but never so little that they touch.
const LINE: f64 = 30.0;
const TIGHTEST_LINE: f64 = 21.0;

impl Column {
    pub fn new(mut labels: Vec<Label>) -> Self {
        for label in &mut labels {
            label.name = text::fitted(&label.name, style::LABEL, LONGEST_NAME);
        }
        let widest = |text: fn(&Label) -> &str| {
            labels.iter().map(|label| text::width(text(label), style::LABEL)).fold(0.0, f64::max)
        };
        let names = widest(|label| &label.name);
        let values = widest(|label| &label.value);
        let values = if values > 0.0 { values + GAP } else { 0.0 };
        let width = if labels.is_empty() { 0.0 } else { LEADER + SAMPLE + GAP + values + names };
        Self { labels, values, width }
    }

    /// Draws the column with its left edge at `x`, between `top` and `bottom`.
    pub fn draw(mut self, scene: &mut Scene, x: f64, top: f64, bottom: f64) {
        let room = ((bottom - top) / TIGHTEST_LINE) as usize;
        let left_out = self.labels.len().saturating_sub(room);
        self.labels.truncate(room);
        self.labels.sort_by(|one, other| {
            let height = |label: &Label| label.end.map_or(0.0, |[_, y]| y);
            height(one).total_cmp(&height(other))
        });
        let line = ((bottom - top) / self.labels.len().max(1) as f64).clamp(TIGHTEST_LINE, LINE);
        let list_top = |place: usize| top + 0.5 * LINE + line * place as f64;
        let wanted: Vec<f64> = self
            .labels
            .iter()
            .enumerate()
            .map(|(place, label)| label.end.map_or(list_top(place), |[_, y]| y))
            .collect();
        for (label, y) in self.labels.iter().zip(spread(&wanted, line, top, bottom)) {
            let color = label.look.color;
            if let Some([end_x, end_y]) = label.end
                && (end_x - x).abs() < 1.0
            {
                let elbow = vec![[x + 10.0, end_y], [x + LEADER - 4.0, y]];
                scene.path(elbow, style::tint(color, 0.5), 1.0);
            }
            let sample = x + LEADER;
            let [from, to] = [[sample, y], [sample + SAMPLE, y]];
            match label.sample {
                Sample::Curve => scene.path(vec![from, to], color, style::CURVE),
                Sample::Stroke(width) => scene.path(vec![from, to], color, width),
                Sample::Dashes(strokes) => scene.dashes(from, to, color, 1.7, strokes),
                Sample::Marker => {}
            }
            if matches!(label.sample, Sample::Curve | Sample::Marker) {
                scene.marker([sample + 0.5 * SAMPLE, y], label.look);
            }
            let baseline = y + 0.35 * style::LABEL;
            let value = sample + SAMPLE + GAP;
            scene.text(&label.value, [value, baseline], style::LABEL, style::FAINT_INK, Anchor::Start);
            scene.text(&label.name, [value + self.values, baseline], style::LABEL, style::INK, Anchor::Start);
        }
        if left_out > 0 {
            let at = [x + LEADER, bottom + line];
            scene.text(&format!("and {left_out} more"), at, style::LABEL, style::FAINT_INK, Anchor::Start);
        }
    }
}

/// Draws short texts, one at the end of each curve, as far as there is room for them.
pub fn at_ends(scene: &mut Scene, ends: &[(At, String, Rgb)], top: f64, bottom: f64) {
    const MOST: usize = 8;
    let line = style::TICK + 1.0;
    let room = (((bottom - top) / line) as usize).clamp(1, MOST);
    // Of many, some that lie evenly among them, with the first and the last.
    let every = ends.len().saturating_sub(1).div_ceil(room.saturating_sub(1).max(1)).max(1);
    let is_named = |place: usize| place.is_multiple_of(every) && place + every <= ends.len() || place + 1 == ends.len();
    let mut named: Vec<_> = ends.iter().enumerate().filter(|(place, _)| is_named(*place)).map(|(_, end)| end).collect();
    named.sort_by(|(one, ..), (other, ..)| one[1].total_cmp(&other[1]));
    let wanted: Vec<f64> = named.iter().map(|(end, ..)| end[1]).collect();
    for ((end, text, color), y) in named.into_iter().zip(spread(&wanted, line, top, bottom)) {
        scene.path(vec![[end[0] + 3.0, end[1]], [end[0] + 16.0, y]], style::tint(*color, 0.4), 1.0);
        scene.text(text, [end[0] + 20.0, y + 0.35 * style::TICK], style::TICK, style::FAINT_INK, Anchor::Start);
    }
}

/// Heights at least `gap` apart, in order, within `low..=high` as far as they fit, and as near as that allows to those
/// wanted (least squares), which are in order too.
pub fn spread(wanted: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    /// Neighbours that touch and move as one.
    struct Block {
        start: f64,
        members: usize,
        /// Sum of where each member would have the block start.
        wishes: f64,
    }
    let settled = |members: usize, wishes: f64| {
        let last_start = (high - gap * (members - 1) as f64).max(low);
        Block { start: (wishes / members as f64).clamp(low, last_start), members, wishes }
    };
    let mut blocks: Vec<Block> = Vec::new();
    for &height in wanted {
        let mut block = settled(1, height);
        while let Some(above) = blocks.pop_if(|above| above.start + gap * above.members as f64 > block.start) {
            let wishes = above.wishes + block.wishes - gap * (above.members * block.members) as f64;
            block = settled(above.members + block.members, wishes);
        }
        blocks.push(block);
    }
    blocks.iter().flat_map(|block| (0..block.members).map(|member| block.start + gap * member as f64)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn labels_with_room_stay_and_crowded_ones_share_the_way() {
        assert_eq!(spread(&[10.0, 50.0, 90.0], 20.0, 0.0, 100.0), [10.0, 50.0, 90.0]);
        assert_eq!(spread(&[50.0, 50.0, 90.0], 20.0, 0.0, 100.0), [40.0, 60.0, 90.0]);
        assert_eq!(spread(&[99.0, 100.0], 20.0, 0.0, 100.0), [80.0, 100.0]);
        assert_eq!(spread(&[], 20.0, 0.0, 100.0), [0.0; 0]);
    }

    proptest! {
        #[test]
        fn labels_never_touch_and_stay_inside(mut wanted in proptest::collection::vec(-50.0..1050.0_f64, 1..30)) {
            wanted.sort_by(f64::total_cmp);
            let found = spread(&wanted, 20.0, 0.0, 1000.0);
            prop_assert_eq!(found.len(), wanted.len());
            prop_assert!(found.iter().all(|y| (-1e-6..=1000.0 + 1e-6).contains(y)), "{:?}", found);
            prop_assert!(found.iter().zip(&found[1..]).all(|(one, next)| next - one >= 20.0 - 1e-6), "{:?}", found);
        }
    }

    #[test]
    fn of_many_short_texts_the_first_and_last_are_drawn() {
        let ends: Vec<_> = (1..=32).map(|k| ([0.0, f64::from(k)], k.to_string(), style::INK)).collect();
        let mut scene = Scene { title: String::new(), width: 100.0, height: 100.0, marks: Vec::new() };
        at_ends(&mut scene, &ends, 0.0, 100.0);
        let texts: Vec<&str> = scene
            .marks
            .iter()
            .filter_map(|mark| match mark {
                crate::figure::scene::Mark::Text(text) => Some(text.text.as_str()),
                _ => None,
            })
            .collect();
        assert!(texts.len() <= 6 && texts.len() >= 3, "{texts:?}");
        assert_eq!((texts[0], texts[texts.len() - 1]), ("1", "32"));
    }
}
