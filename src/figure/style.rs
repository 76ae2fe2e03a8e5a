//! Colours, type sizes and strokes of every figure, in pixels of the finished page.

/// Red, green, blue.
pub type Rgb = (u8, u8, u8);

/// Colours in the order in which runs take them: Okabe and Ito's, which readers with any of the common colour-vision
/// deficiencies can tell apart. The window uses the same, so a run keeps its colour from the screen to the page.
pub const PALETTE: [Rgb; 8] = [
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (230, 159, 0),
    (86, 180, 233),
    (90, 90, 90),
    (150, 130, 20),
];

/// From low to high on maps: viridis, which rises evenly in lightness.
pub const SEQUENCE: [Rgb; 9] = [
    (68, 1, 84),
    (71, 44, 122),
    (59, 81, 139),
    (44, 113, 142),
    (33, 144, 141),
    (39, 173, 129),
    (92, 200, 99),
    (170, 220, 50),
    (253, 231, 37),
];

pub const PAPER: Rgb = (255, 255, 255);
/// Titles and labels.
pub const INK: Rgb = (28, 28, 30);
/// Subtitles, numbers on axes.
pub const FAINT_INK: Rgb = (92, 92, 98);
pub const AXIS: Rgb = (150, 150, 156);
pub const GRID: Rgb = (229, 229, 233);

pub const TITLE: f64 = 32.0;
pub const SUBTITLE: f64 = 20.0;
pub const PANEL_TITLE: f64 = 21.0;
pub const AXIS_TITLE: f64 = 19.0;
pub const TICK: f64 = 17.0;
pub const LABEL: f64 = 18.0;

/// Stroke of a curve; axes, grids and baselines are thinner.
pub const CURVE: f64 = 3.0;
pub const MARKER: f64 = 6.0;

/// The shape that stands on a run's curve beside its colour. Their number and the number of colours have no common
/// factor, so that the first forty runs all differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
    Inverted,
}

const MARKERS: [Marker; 5] = [Marker::Circle, Marker::Square, Marker::Triangle, Marker::Diamond, Marker::Inverted];

/// How a run is drawn, by its place in the experiment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    pub color: Rgb,
    pub marker: Marker,
}

impl Look {
    pub fn of(index: usize) -> Self {
        Self { color: PALETTE[index % PALETTE.len()], marker: MARKERS[index % MARKERS.len()] }
    }
}

/// `color` let down with paper: 0 leaves it, 1 is paper.
pub fn tint(color: Rgb, share: f64) -> Rgb {
    let mix = |ink: u8, paper: u8| (f64::from(ink) + (f64::from(paper) - f64::from(ink)) * share).round() as u8;
    (mix(color.0, PAPER.0), mix(color.1, PAPER.1), mix(color.2, PAPER.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_runs_look_different() {
        let looks: Vec<Look> = (0..40).map(Look::of).collect();
        for (place, look) in looks.iter().enumerate() {
            assert!(!looks[..place].contains(look), "run {place} looks like another");
        }
    }

    #[test]
    fn a_tint_goes_from_the_colour_to_paper() {
        assert_eq!(tint(PALETTE[1], 0.0), PALETTE[1]);
        assert_eq!(tint(PALETTE[1], 1.0), PAPER);
        assert_eq!(tint((0, 100, 200), 0.5), (128, 178, 228));
    }
}
