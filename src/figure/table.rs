//! One description of a table, for the window and for files.

/// A table as data.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    pub title: String,
    pub columns: Vec<Column>,
    /// As many cells as columns each.
    pub rows: Vec<Row>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(String),
    Number(f64),
    /// A mean and its sample standard deviation over so many seeds.
    Spread {
        mean: f64,
        deviation: f64,
        count: usize,
    },
    Missing,
}
