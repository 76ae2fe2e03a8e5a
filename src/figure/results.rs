//! What every run came to, as a table.

use super::table::{Cell, Column, Row, Table};
use crate::experiment::event::{Role, RunInfo};
use crate::experiment::store::is_by_position;
use std::collections::BTreeSet;

/// Results in the order in which readers look for them, with what they are; others follow by name.
const FIRST: [(&str, &str); 6] = [
    ("bits/byte", "M2's loss on held-out text, in bits per raw source byte"),
    ("uniform bits/byte", "What a model costs to which all tokens are equally likely, in bits per raw source byte"),
    ("unigram bits/byte", "What a model costs that knows the tokens' frequencies alone, in bits per raw source byte"),
    ("token ratio", "Raw bytes of held-out text per token"),
    ("bit ratio", "Bits of held-out text (8 a byte) per bit of its tokens"),
    (
        "FLOPs/byte",
        "Operations of inference per raw byte: 2 × M2's parameters × tokens/byte, and 2 × M1's where M1 is run",
    ),
];

/// What the table of an experiment's results is called.
pub fn title(name: &str) -> String {
    if name.is_empty() { "Results".to_owned() } else { format!("Results of {name}") }
}

/// The runs of the experiment of this name with all that was measured once of each.
pub fn table(name: &str, runs: &[RunInfo]) -> Table {
    let results = results(runs);
    let first = [
        Column::new("Run", "The run's name"),
        Column::new("Model", "Which model was trained, and its size"),
        Column::new("Seed", "What the run's random numbers begin with"),
        Column::new("Status", "Where the run stands"),
    ];
    let measured = results.iter().map(|name| {
        let meaning = FIRST.iter().find(|(first, _)| first == name).map_or("", |(_, meaning)| meaning);
        Column::new(*name, meaning)
    });
    Table {
        title: title(name),
        columns: first.into_iter().chain(measured).collect(),
        rows: runs.iter().enumerate().map(|(index, run)| row(index, run, &results)).collect(),
    }
}

fn row(index: usize, run: &RunInfo, results: &[&str]) -> Row {
    let role = match run.role {
        Role::M1 => "M1",
        Role::M2 => "M2",
        Role::Tokens => "tokens",
    };
    let first = [
        Cell::Text(run.label.clone()),
        Cell::Text(format!("{role} {}", run.size)),
        Cell::Text(run.seed.to_string()),
        Cell::Text(run.status.to_string()),
    ];
    let measured = results.iter().map(|name| Cell::number(run.results.get(*name).copied()));
    Row { cells: first.into_iter().chain(measured).collect(), color: Some(index) }
}

/// The results that any run has, without the per-position ones that the learnability plot uses.
fn results(runs: &[RunInfo]) -> Vec<&str> {
    let known: BTreeSet<&str> = runs
        .iter()
        .flat_map(|run| run.results.keys().map(String::as_str))
        .filter(|name| !is_by_position(name))
        .collect();
    let first = FIRST.iter().map(|(name, _)| *name).filter(|name| known.contains(name));
    let rest = known.iter().copied().filter(|name| !FIRST.iter().any(|(first, _)| first == name));
    first.chain(rest).collect()
}
