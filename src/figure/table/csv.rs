//! A table as comma-separated values (RFC 4180), every number with all its digits.

use super::{Cell, Table};

impl Table {
    /// The table with a line of names. A column with deviations is three: the mean, its deviation and the count. What is
    /// missing is empty.
    ///
    /// # Errors
    /// If the text cannot be put together, which memory alone can be the reason of.
    pub fn csv(&self) -> Result<String, String> {
        let spread: Vec<bool> = (0..self.columns.len())
            .map(|column| self.rows.iter().any(|row| matches!(row.cells.get(column), Some(Cell::Spread { .. }))))
            .collect();
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
        let failed = |error: csv::Error| format!("the table could not be written as CSV: {error}");
        let names = self.columns.iter().zip(&spread).flat_map(|(column, spread)| {
            let name = column.name.clone();
            let more = if *spread { vec![format!("{name} deviation"), format!("{name} n")] } else { Vec::new() };
            std::iter::once(name).chain(more)
        });
        writer.write_record(names).map_err(failed)?;
        for row in &self.rows {
            let fields = row.cells.iter().zip(&spread).flat_map(|(cell, spread)| fields(cell, *spread));
            writer.write_record(fields).map_err(failed)?;
        }
        let bytes = writer.into_inner().map_err(|error| format!("the table could not be written as CSV: {error}"))?;
        String::from_utf8(bytes).map_err(|error| format!("the table could not be written as CSV: {error}"))
    }
}

fn fields(cell: &Cell, spread: bool) -> Vec<String> {
    let number = |value: f64| if value.is_finite() { value.to_string() } else { String::new() };
    let mut fields = match cell {
        Cell::Text(text) => vec![text.clone()],
        Cell::Number(value) => vec![number(*value)],
        Cell::Spread { mean, deviation, count } => {
            let deviation = if *count > 1 { number(*deviation) } else { String::new() };
            vec![number(*mean), deviation, count.to_string()]
        }
        Cell::Missing => vec![String::new()],
    };
    fields.resize(if spread { 3 } else { 1 }, String::new());
    fields
}
