//! One description of a table, for the window and for files.
//!
//! A cell looks the same on the screen, in Markdown and in LaTeX; CSV alone has every digit, for programs to read.

mod csv;
mod format;
mod latex;
mod markdown;
mod order;
mod text;

pub use format::Format;
pub use text::short;

/// A table as data.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    pub title: String,
    pub columns: Vec<Column>,
    /// As many cells as columns each.
    pub rows: Vec<Row>,
}

/// One column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// What stands in it, with its unit: shown under the pointer, and written below exported tables.
    pub meaning: String,
    /// Decimals of its numbers; none writes as many as mean something.
    pub decimals: Option<usize>,
}

/// One row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    pub cells: Vec<Cell>,
    /// Place in the palette of the run that the row is of.
    pub color: Option<usize>,
}

/// What stands in a cell.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Cell {
    Text(String),
    Number(f64),
    /// A mean and its sample standard deviation over so many seeds.
    Spread {
        mean: f64,
        deviation: f64,
        count: usize,
    },
    #[default]
    Missing,
}

impl Column {
    pub fn new(name: impl Into<String>, meaning: impl Into<String>) -> Self {
        Self { name: name.into(), meaning: meaning.into(), decimals: None }
    }

    /// With that many decimals.
    pub fn decimals(self, decimals: usize) -> Self {
        Self { decimals: Some(decimals), ..self }
    }
}

impl Cell {
    /// A number that may be missing.
    pub fn number(value: Option<f64>) -> Self {
        value.map_or(Self::Missing, Self::Number)
    }

    /// What it is sorted by; none without a number.
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Number(value) | Self::Spread { mean: value, .. } => Some(*value).filter(|value| value.is_finite()),
            Self::Text(_) | Self::Missing => None,
        }
    }

    /// Whether it stands at the right, as numbers do.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Number(_) | Self::Spread { .. })
    }
}

impl Table {
    /// Whether a column holds numbers and no text; its gaps do not count.
    pub fn is_of_numbers(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.cells.get(column));
        let text = cells.clone().any(|cell| matches!(cell, Cell::Text(_)));
        !text && cells.any(Cell::is_number)
    }

    /// The table with these rows and columns of it, in these orders; places that it does not have are left out.
    pub fn part(&self, rows: &[usize], columns: &[usize]) -> Self {
        let row = |row: &Row| Row {
            cells: columns.iter().map(|place| row.cells.get(*place).cloned().unwrap_or_default()).collect(),
            color: row.color,
        };
        Self {
            title: self.title.clone(),
            columns: columns.iter().filter_map(|place| self.columns.get(*place).cloned()).collect(),
            rows: rows.iter().filter_map(|place| self.rows.get(*place)).map(row).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
