//! A cell in words, the same on the screen as in Markdown and LaTeX.

use super::{Cell, Column, Table};

/// What stands where there is nothing.
const MISSING: &str = "–";

impl Table {
    /// What stands in a cell.
    pub fn text(&self, row: usize, column: usize) -> String {
        match (self.rows.get(row).and_then(|row| row.cells.get(column)), self.columns.get(column)) {
            (Some(cell), Some(column)) => cell.text(column),
            _ => MISSING.to_owned(),
        }
    }
}

impl Cell {
    /// What it says in `column`.
    pub fn text(&self, column: &Column) -> String {
        let number = |value: f64| match column.decimals {
            Some(decimals) if value.is_finite() => format!("{value:.decimals$}"),
            _ => short(value),
        };
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(value) => number(*value),
            Self::Spread { mean, deviation, count } if *count > 1 => {
                format!("{} ± {}", number(*mean), number(*deviation))
            }
            Self::Spread { mean, .. } => number(*mean),
            Self::Missing => MISSING.to_owned(),
        }
    }
}

/// A measured value with three significant decimals, and a power of ten once it is large.
pub fn short(value: f64) -> String {
    if !value.is_finite() {
        return MISSING.to_owned();
    }
    let magnitude = value.abs();
    match magnitude {
        1e15.. => format!("{value:.2e}"),
        1e12.. => format!("{:.2} T", value / 1e12),
        1e9.. => format!("{:.2} G", value / 1e9),
        1e6.. => format!("{:.2} M", value / 1e6),
        1e4.. => format!("{:.1} k", value / 1e3),
        100.0.. => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}
