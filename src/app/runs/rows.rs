//! Which rows the list has, and in which order.

use crate::app::format;
use crate::experiment::event::{ExperimentId, Role, RunInfo};
use crate::experiment::filter::Filter;
use crate::experiment::store::Listed;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// The columns after the tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum Column {
    Name,
    Status,
    Best,
    #[default]
    Created,
    Methods,
    Size,
    Steps,
    Tags,
}

impl Column {
    pub const ALL: [Self; 8] =
        [Self::Name, Self::Status, Self::Best, Self::Created, Self::Methods, Self::Size, Self::Steps, Self::Tags];

    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Status => "Status",
            Self::Best => "Bits/byte",
            Self::Created => "Created",
            Self::Methods => "Methods",
            Self::Size => "Size",
            Self::Steps => "Steps",
            Self::Tags => "Tags",
        }
    }

    pub fn meaning(self) -> &'static str {
        match self {
            Self::Name => "what the experiment is called; its folder keeps the first name",
            Self::Status => "where it stands",
            Self::Best => "the fewest bits per raw byte of held-out text that one of its M2s needs",
            Self::Created => "when it was begun (UTC)",
            Self::Methods => "how its runs turn text into tokens",
            Self::Size => "sizes of its M2s",
            Self::Steps => "optimiser steps of its runs",
            Self::Tags => "your own words for finding it again",
        }
    }

    /// Its first width in points.
    pub fn width(self) -> f32 {
        match self {
            Self::Name => 130.0,
            Self::Status => 64.0,
            Self::Best => 72.0,
            Self::Created => 116.0,
            Self::Methods => 170.0,
            Self::Size => 56.0,
            Self::Steps => 64.0,
            Self::Tags => 90.0,
        }
    }
}

/// A row of the list: an experiment, or one of its runs below it; places in the listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    Experiment(usize),
    Run(usize, usize),
}

/// What decides about rows.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    pub filter: String,
    pub sort: Column,
    pub descending: bool,
    /// Whether the bin is shown instead of what is not in it.
    pub bin: bool,
    pub expanded: BTreeSet<ExperimentId>,
}

/// The rows of a view, in order.
pub fn rows(listed: &[Listed], view: &View) -> Vec<Row> {
    let filter = Filter::parse(&view.filter);
    let shown = |(place, listed): (usize, &Listed)| {
        let right = listed.experiment.deleted.is_some() == view.bin && filter.matches(listed);
        right.then_some(place)
    };
    let mut places: Vec<usize> = listed.iter().enumerate().filter_map(shown).collect();
    places.sort_by(|a, b| {
        let (Some(a), Some(b)) = (listed.get(*a), listed.get(*b)) else { return Ordering::Equal };
        let order = compare(a, b, view.sort).then(a.experiment.id.cmp(&b.experiment.id));
        if view.descending { order.reverse() } else { order }
    });
    let mut rows = Vec::with_capacity(places.len());
    for place in places {
        rows.push(Row::Experiment(place));
        if let Some(listed) = listed.get(place).filter(|listed| view.expanded.contains(&listed.experiment.id)) {
            rows.extend((0..listed.runs.len()).map(|run| Row::Run(place, run)));
        }
    }
    rows
}

fn compare(a: &Listed, b: &Listed, column: Column) -> Ordering {
    match column {
        Column::Best => {
            let best = |listed: &Listed| listed.best_bits_per_byte().unwrap_or(f64::INFINITY);
            best(a).total_cmp(&best(b))
        }
        Column::Steps => most_steps(a).cmp(&most_steps(b)),
        Column::Created => a.experiment.created.cmp(&b.experiment.created),
        _ => experiment_cell(a, column).to_lowercase().cmp(&experiment_cell(b, column).to_lowercase()),
    }
}

fn models(runs: &[RunInfo]) -> impl Iterator<Item = &RunInfo> {
    runs.iter().filter(|run| run.role == Role::M2)
}

/// The most optimiser steps that one of an experiment's M2s takes.
pub fn most_steps(listed: &Listed) -> Option<u64> {
    models(&listed.runs).map(|run| run.steps).max()
}

/// What stands in an experiment's cell.
pub fn experiment_cell(listed: &Listed, column: Column) -> String {
    let experiment = &listed.experiment;
    match column {
        Column::Name => experiment.title.clone(),
        Column::Status => experiment.status.word().to_owned(),
        Column::Best => listed.best_bits_per_byte().map_or_else(|| "–".to_owned(), |best| format!("{best:.3}")),
        Column::Created => format::minute(&experiment.created),
        Column::Methods => distinct(listed.runs.iter().filter_map(|run| run.method.clone())),
        Column::Size => distinct(models(&listed.runs).map(|run| run.size.clone())),
        Column::Steps => most_steps(listed).map_or_else(|| "–".to_owned(), format::count),
        Column::Tags => experiment.tags.join(" "),
    }
}

/// What stands in a run's cell.
pub fn run_cell(run: &RunInfo, column: Column) -> String {
    match column {
        Column::Name => run.label.clone(),
        Column::Status => run.status.word().to_owned(),
        Column::Best => run.results.get("bits/byte").map_or_else(|| "–".to_owned(), |bits| format!("{bits:.3}")),
        Column::Created | Column::Tags => String::new(),
        Column::Methods => run.method.clone().unwrap_or_default(),
        Column::Size => run.size.clone(),
        Column::Steps if run.role == Role::Tokens => "–".to_owned(),
        Column::Steps => format::count(run.steps),
    }
}

fn distinct(words: impl Iterator<Item = String>) -> String {
    let mut distinct: Vec<String> = Vec::new();
    for word in words {
        if !distinct.contains(&word) {
            distinct.push(word);
        }
    }
    distinct.join(", ")
}
