//! What goes in which order, as tables: the runs of an experiment, and the experiments that wait.

use super::table::{Cell, Column, Row, Table};
use crate::experiment::event::{RunInfo, Status};
use crate::experiment::store::Waiting;

/// The runs of an experiment in this order.
pub fn runs<'a>(name: &str, runs: impl IntoIterator<Item = &'a RunInfo>) -> Table {
    let columns = vec![
        Column::new("Run", "The run's name"),
        Column::new("Number", "What the run is called on the command line").decimals(0),
        Column::new("Status", "Where the run stands"),
        Column::new("Priority", "How early the run's turn is: the highest goes first").decimals(0),
        Column::new("Steps", "Optimiser steps").decimals(0),
        Column::new("Reason", "Why a run that failed did"),
    ];
    let row = |run: &RunInfo| Row {
        cells: vec![
            Cell::Text(run.label.clone()),
            Cell::Number(run.id.0 as f64),
            Cell::Text(run.status.word().to_owned()),
            Cell::Number(run.priority as f64),
            Cell::Number(run.steps as f64),
            match &run.status {
                Status::Failed(reason) => Cell::Text(reason.clone()),
                _ => Cell::Missing,
            },
        ],
        color: None,
    };
    let title = match name {
        "" => "Runs in turn".to_owned(),
        name => format!("Runs in turn of {name}"),
    };
    Table { title, columns, rows: runs.into_iter().map(row).collect() }
}

/// The experiments that wait, in the order in which they begin.
pub fn waiting(waiting: &[Waiting]) -> Table {
    let columns = vec![
        Column::new("Experiment", "The name in its spec"),
        Column::new("Place", "When its turn is, counted from 1").decimals(0),
        Column::new("Spec", "Where its spec lies; the spec's relative paths are from there"),
        Column::new("Device", "Where it trains"),
        Column::new("Begins", "Whether an earlier experiment of that spec is gone on with"),
    ];
    let row = |(index, waiting): (usize, &Waiting)| Row {
        cells: vec![
            Cell::Text(waiting.name.clone()),
            Cell::Number((index + 1) as f64),
            Cell::Text(waiting.path.display().to_string()),
            Cell::Text(waiting.device.clone()),
            Cell::Text(if waiting.resume { "goes on" } else { "anew" }.to_owned()),
        ],
        color: None,
    };
    Table { title: "Waiting experiments".to_owned(), columns, rows: waiting.iter().enumerate().map(row).collect() }
}
