//! Plain-text tables: columns as wide as their widest cell, numbers to the right.

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
