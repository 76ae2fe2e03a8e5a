//! A window's code as it comes about, as a table: what `mullion windows --steps` prints.

use super::table::Table;
use super::windows::visible;
use crate::tokenizer::Steps;
use crate::tokenizer::steps::{Coding, Split};

/// A line for each byte, one for the byte after, and the code.
pub fn table(steps: &Steps) -> String {
    let place = match steps.coding {
        Coding::Cells { .. } => "cells left",
        Coding::Interval { .. } => "interval",
        Coding::Register => "register",
    };
    let headings = ["byte", "share", "bits", "rounded", "from", place, "end cell", "pending", "settles"];
    let mut table = Table::new(headings);
    for step in &steps.steps {
        let after = [step.after.low.to_string(), step.after.length.to_string()];
        table.row(row(&step.split, after, step.pending_bits, step.settled.clone()));
    }
    if let Some(next) = &steps.ending.next {
        let settles = match (next.fits, next.needed_bits) {
            (true, _) => "not taken".to_owned(),
            (false, Some(needed)) => format!("needs {needed} bits"),
            (false, None) => "gets nothing".to_owned(),
        };
        table.row(row(next, [next.part.low.to_string(), next.part.length.to_string()], 0, settles));
    }
    let Steps { ending, .. } = steps;
    format!("{table}\ncode {}, of which {} bits are information\n", ending.code, ending.used_bits)
}

fn row(split: &Split, [low, length]: [String; 2], pending: u64, settles: String) -> Vec<String> {
    vec![
        visible(&[split.byte], false),
        format!("{}–{} of 2^{}", split.low, split.high, split.precision),
        format!("{:.2}", split.cost_bits),
        split.rounded_bits.map_or_else(|| "–".to_owned(), |bits| format!("{bits:.2}")),
        low,
        length,
        if split.end_cell { "yes" } else { "no" }.to_owned(),
        pending.to_string(),
        settles,
    ]
}
