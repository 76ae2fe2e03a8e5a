//! The pane's charts: built when something that they show has changed, and drawn side by side or one under the other.

use super::choices::Choices;
use super::closer::{Draws, Look};
use super::sources::Sources;
use crate::app::board::Board;
use crate::app::chart::{self, ChartState};
use crate::experiment::event::{RunId, Series};
use crate::figure::chart::Chart;
use crate::figure::learning::{self, Shown};
use egui::{ScrollArea, Ui};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Below this a chart cannot be read; the pane scrolls instead.
const LEAST_HEIGHT: f32 = 150.0;
/// Two charts side by side need this width.
const TWO_COLUMNS: f32 = 480.0;
/// While runs learn, charts are built anew this often at most: building takes time from training.
const BUILT_EVERY: Duration = Duration::from_millis(250);

/// Which charts show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// What the models learn.
    Learning,
    /// What that takes.
    Machine,
}

/// What the charts were built from.
#[derive(PartialEq, Clone)]
struct Built {
    version: u64,
    /// [`Sources::chosen`].
    chosen: u64,
    choices: Choices,
    hidden: BTreeSet<RunId>,
    which: Which,
}

/// The charts as they were last built.
#[derive(Default)]
pub struct Charts {
    built: Option<(Built, Instant)>,
    /// The first is the widest.
    charts: [Chart; 3],
    states: [ChartState; 3],
}

impl Charts {
    /// Builds what has changed, unless that was done a moment ago and nobody but the runs changed anything.
    pub fn update(
        &mut self,
        ctx: &egui::Context,
        sources: &Sources,
        hidden: &BTreeSet<RunId>,
        choices: &Choices,
        which: Which,
    ) {
        let wanted = Built {
            version: sources.version,
            chosen: sources.chosen,
            choices: *choices,
            hidden: hidden.clone(),
            which,
        };
        if let Some((built, at)) = &self.built {
            let by_reader = Built { version: wanted.version, ..built.clone() } != wanted;
            if *built == wanted {
                return;
            }
            if !by_reader && at.elapsed() < BUILT_EVERY {
                return ctx.request_repaint_after(BUILT_EVERY.saturating_sub(at.elapsed()));
            }
        }
        let shown: Vec<Shown<'_>> =
            sources.all().into_iter().filter(|shown| !hidden.contains(&shown.run.info.id)).collect();
        let options = &choices.options;
        self.charts = match which {
            Which::Learning => {
                let accuracy = if choices.over_time { learning::over_time } else { learning::by_position };
                [learning::bits_per_byte, learning::compression_ratio, accuracy].map(|chart| chart(&shown, options))
            }
            Which::Machine => [learning::tokens_per_second, learning::learning_rate, learning::memory]
                .map(|chart| chart(&shown, options)),
        };
        self.built = Some((wanted, Instant::now()));
    }

    /// What the charts show, as far as that is against steps.
    pub fn looks(&self) -> Vec<Look> {
        let Some((Built { which, choices, .. }, _)) = &self.built else { return Vec::new() };
        let draws: [Option<Draws>; 3] = match which {
            Which::Learning => [
                Some(|series| matches!(series, Series::TrainBitsPerByte | Series::ValidationBitsPerByte)),
                Some(|series| series == Series::TokenRatio),
                choices.over_time.then_some(|series| matches!(series, Series::Accuracy(_))),
            ],
            Which::Machine => [
                Some(|series| series == Series::TokensPerSecond),
                Some(|series| series == Series::LearningRate),
                Some(|series| series == Series::MemoryBytes),
            ],
        };
        let views = self.charts.iter().zip(&self.states).map(|(chart, state)| state.in_view(chart));
        views
            .zip(draws)
            .filter_map(|(view, draws)| Some(Look { view: view?, over: choices.options.over, draws: draws? }))
            .collect()
    }

    /// Where the first chart was drawn in the last frame.
    pub fn widest(&self) -> Option<egui::Rect> {
        self.states.first()?.frame()
    }

    /// The first chart over the whole width, the other two below it; one under the other where the pane is narrow.
    pub fn show(&mut self, ui: &mut Ui, room: f32, board: &mut Board) {
        let narrow = ui.available_width() < TWO_COLUMNS;
        let rows = if narrow { 3.0 } else { 2.0 };
        let height = (room / rows - ui.spacing().item_spacing.y).max(LEAST_HEIGHT);
        let [first, second, third] = &self.charts;
        let [one, two, three] = &mut self.states;
        ScrollArea::vertical().id_salt("curves").max_height(room.max(LEAST_HEIGHT)).show(ui, |ui| {
            chart::show(ui, first, one, height, board);
            if narrow {
                chart::show(ui, second, two, height, board);
                chart::show(ui, third, three, height, board);
            } else {
                ui.columns_const(|[left, right]| {
                    chart::show(left, second, two, height, board);
                    chart::show(right, third, three, height, board);
                });
            }
        });
    }
}
