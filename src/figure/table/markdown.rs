//! A table as GitHub-flavoured Markdown whose columns line up in a plain editor too.

use super::Table;

impl Table {
    /// The table under its title, with what its columns mean below.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        if !self.title.is_empty() {
            text += &format!("**{}**\n\n", escaped(&self.title));
        }
        if self.columns.is_empty() {
            return text;
        }
        let right: Vec<bool> = (0..self.columns.len()).map(|column| self.is_of_numbers(column)).collect();
        let names: Vec<String> = self.columns.iter().map(|column| escaped(&column.name)).collect();
        let rows: Vec<Vec<String>> = (0..self.rows.len())
            .map(|row| (0..self.columns.len()).map(|column| escaped(&self.text(row, column))).collect())
            .collect();
        // A rule of fewer dashes is not one everywhere.
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column)).chain(names.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(3)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        text += &line(&names, &widths, &right);
        let rule: Vec<String> = widths
            .iter()
            .zip(&right)
            .map(|(width, right)| if *right { format!("{}:", "-".repeat(width - 1)) } else { "-".repeat(*width) })
            .collect();
        text += &line(&rule, &widths, &right);
        for row in &rows {
            text += &line(row, &widths, &right);
        }
        let mut meanings = self.columns.iter().filter(|column| !column.meaning.is_empty()).peekable();
        if meanings.peek().is_some() {
            text.push('\n');
        }
        for column in meanings {
            text += &format!("- {}: {}\n", escaped(&column.name), escaped(&column.meaning));
        }
        text
    }
}

fn line(cells: &[String], widths: &[usize], right: &[bool]) -> String {
    let padded = cells.iter().zip(widths).zip(right).map(|((cell, width), right)| match right {
        true => format!("{cell:>width$}"),
        false => format!("{cell:<width$}"),
    });
    format!("| {} |\n", padded.collect::<Vec<_>>().join(" | "))
}

/// Text that Markdown takes as it stands; a line break would end the row.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '|' | '\\' | '*' | '_' | '`' | '<' => escaped.extend(['\\', character]),
            '\n' | '\r' => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}
