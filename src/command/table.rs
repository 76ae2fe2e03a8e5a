//! Tables on the command line: in plain text, columns as wide as their widest cell and numbers to the right; or in the formats
//! that the window's Export menus write.

use super::CommandError;
use crate::figure::table::{self as figure, Format};

/// How a command prints its table, if not for eyes.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
#[group(id = "table_format", multiple = false)]
pub struct TableFormat {
    /// The table as comma-separated values with all digits
    #[arg(long)]
    csv: bool,
    /// The table in Markdown
    #[arg(long)]
    markdown: bool,
    /// The table in LaTeX, for the package booktabs
    #[arg(long)]
    latex: bool,
}

impl TableFormat {
    /// The format that was asked for.
    pub fn chosen(self) -> Option<Format> {
        match self {
            Self { csv: true, .. } => Some(Format::Csv),
            Self { markdown: true, .. } => Some(Format::Markdown),
            Self { latex: true, .. } => Some(Format::Latex),
            _ => None,
        }
    }

    /// The table in the format that was asked for, in plain text without one.
    pub fn write(self, table: &figure::Table) -> Result<String, CommandError> {
        match self.chosen() {
            Some(format) => format.write(table).map_err(CommandError::RunFailed),
            None => Ok(Table::from(table).to_string()),
        }
    }
}

/// Rows of cells under headings. The first column is text, the others are figures.
pub struct Table {
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new<'a>(headings: impl IntoIterator<Item = &'a str>) -> Self {
        Self { headings: headings.into_iter().map(str::to_owned).collect(), rows: Vec::new() }
    }

    pub fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.headings.len());
        self.rows.push(cells);
    }
}

impl From<&figure::Table> for Table {
    fn from(table: &figure::Table) -> Self {
        let mut plain = Self::new(table.columns.iter().map(|column| column.name.as_str()));
        for row in 0..table.rows.len() {
            plain.row((0..table.columns.len()).map(|column| table.text(row, column)).collect());
        }
        plain
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all = || std::iter::once(&self.headings).chain(&self.rows);
        let widths: Vec<usize> =
            (0..self.headings.len()).map(|i| all().map(|row| row[i].chars().count()).max().unwrap_or(0)).collect();
        for (index, row) in all().enumerate() {
            for (i, (cell, width)) in row.iter().zip(&widths).enumerate() {
                match i {
                    0 => write!(f, "{cell:<width$}")?,
                    _ => write!(f, "  {cell:>width$}")?,
                }
            }
            writeln!(f)?;
            if index == 0 {
                writeln!(f, "{}", "─".repeat(widths.iter().sum::<usize>() + 2 * (widths.len() - 1)))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(["method", "bits/byte"]);
        table.row(vec!["Bytes".to_owned(), "8.000".to_owned()]);
        table.row(vec!["EqualInfoAC[b=16, v=256]".to_owned(), "3.1".to_owned()]);
        let lengths: Vec<usize> = table.to_string().lines().map(|line| line.chars().count()).collect();
        assert!(lengths.iter().all(|length| *length == lengths[0]), "{table}");
    }
}
