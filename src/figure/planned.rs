//! The runs that a spec makes, before any of them begins, as a table.

use super::table::{Cell, Column, Row, Table};
use crate::experiment::plan::{Plan, PlannedRun};

/// What the table of a plan is called.
pub fn title(plan: &Plan) -> String {
    match plan.name.as_str() {
        "" => "Planned runs".to_owned(),
        name => format!("Planned runs of {name}"),
    }
}

/// A line for each run of the plan.
pub fn table(plan: &Plan) -> Table {
    let columns = vec![
        Column::new("Run", "The run's name"),
        Column::new("Model", "The size of the model that is trained"),
        Column::new("Steps", "Optimiser steps").decimals(0),
        Column::new("Tokens", "Tokens that are trained on").decimals(0),
        Column::new(
            "Settled",
            "Whether steps and tokens are exact; if not, they are settled once the text is tokenised",
        ),
        Column::new("Least time", "Seconds that the run takes at least").decimals(1),
        Column::new("Most time", "Seconds that the run takes at most").decimals(1),
        Column::new("Time by", "What the time was worked out from"),
    ];
    Table { title: title(plan), columns, rows: plan.runs.iter().map(row).collect() }
}

fn row(run: &PlannedRun) -> Row {
    let cells = vec![
        Cell::Text(run.label.clone()),
        Cell::Text(run.size.clone()),
        Cell::Number(run.steps as f64),
        Cell::Number(run.tokens as f64),
        Cell::Text(if run.settled { "yes" } else { "no" }.to_owned()),
        Cell::number(run.seconds.map(|span| span.low)),
        Cell::number(run.seconds.map(|span| span.high)),
        Cell::Text(run.basis.text()),
    ];
    Row { cells, color: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::event::Role;
    use crate::experiment::plan::{Basis, Span};

    #[test]
    fn a_plan_has_a_line_a_run_and_says_what_is_not_settled() {
        let run = |label: &str, settled, seconds| PlannedRun {
            role: Role::M2,
            label: label.to_owned(),
            method: None,
            size: "nano".to_owned(),
            steps: 12_000,
            settled,
            tokens: 1_234_567,
            seconds,
            tokenising: false,
            basis: Basis::Unknown,
        };
        let runs = vec![run("a", true, Some(Span { low: 1.5, high: 2.0 })), run("b", false, None)];
        let plan =
            Plan { name: "grid".to_owned(), device: "cpu".to_owned(), runs, left_out: Vec::new(), unread_m1: None };
        let csv = table(&plan).csv().unwrap();
        let lines: Vec<&str> = csv.lines().skip(1).collect();
        assert_eq!(
            lines,
            ["a,nano,12000,1234567,yes,1.5,2,nothing known yet", "b,nano,12000,1234567,no,,,nothing known yet"]
        );
    }
}
