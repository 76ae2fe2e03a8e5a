//! A table as LaTeX with the rules of the package booktabs.

use super::Table;

impl Table {
    /// A `table` float: the title is its caption, what the columns mean stands below in small. It needs
    /// `\usepackage{booktabs}`.
    pub fn latex(&self) -> String {
        let columns = self.columns.len();
        let right: Vec<bool> = (0..columns).map(|column| self.is_of_numbers(column)).collect();
        let names: Vec<String> = self.columns.iter().map(|column| escaped(&column.name)).collect();
        let rows: Vec<Vec<String>> =
            (0..self.rows.len()).map(|row| (0..columns).map(|column| self.latex_cell(row, column)).collect()).collect();
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column)).chain(names.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let alignment: String = right.iter().map(|right| if *right { 'r' } else { 'l' }).collect();
        let mut text = "% \\usepackage{booktabs}\n\\begin{table}\n  \\centering\n".to_owned();
        if !self.title.is_empty() {
            text += &format!("  \\caption{{{}}}\n", escaped(&self.title));
        }
        text += &format!("  \\begin{{tabular}}{{{alignment}}}\n    \\toprule\n");
        text += &line(&names, &widths, &right);
        text += "    \\midrule\n";
        for row in &rows {
            text += &line(row, &widths, &right);
        }
        text += "    \\bottomrule\n  \\end{tabular}\n";
        let meanings: Vec<String> = self
            .columns
            .iter()
            .filter(|column| !column.meaning.is_empty())
            .map(|column| format!("{}: {}.", escaped(&column.name), escaped(column.meaning.trim_end_matches('.'))))
            .collect();
        if !meanings.is_empty() {
            text += &format!("\n  \\smallskip\n  {{\\footnotesize {}}}\n", meanings.join("\n  "));
        }
        text + "\\end{table}\n"
    }

    fn latex_cell(&self, row: usize, column: usize) -> String {
        let text = self.text(row, column);
        let number = self.rows.get(row).and_then(|row| row.cells.get(column)).is_some_and(super::Cell::is_number);
        match text.strip_prefix('-') {
            Some(magnitude) if number => format!("$-${}", escaped(magnitude)),
            _ => escaped(&text),
        }
    }
}

fn line(cells: &[String], widths: &[usize], right: &[bool]) -> String {
    let padded: Vec<String> = cells
        .iter()
        .zip(widths)
        .zip(right)
        .map(|((cell, width), right)| if *right { format!("{cell:>width$}") } else { format!("{cell:<width$}") })
        .collect();
    let line = padded.join(" & ");
    // After `\\`, a bracket or a star would be taken for its argument.
    let guard = if line.starts_with(['[', '*']) { "{}" } else { "" };
    format!("    {guard}{line} \\\\\n")
}

/// Text that LaTeX sets as it stands.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => escaped.push_str(r"\textbackslash{}"),
            '~' => escaped.push_str(r"\textasciitilde{}"),
            '^' => escaped.push_str(r"\textasciicircum{}"),
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', character]),
            '<' => escaped.push_str("$<$"),
            '>' => escaped.push_str("$>$"),
            '±' => escaped.push_str(r"$\pm$"),
            '−' => escaped.push_str("$-$"),
            '×' => escaped.push_str(r"$\times$"),
            '·' => escaped.push_str(r"$\cdot$"),
            '≤' => escaped.push_str(r"$\le$"),
            '≥' => escaped.push_str(r"$\ge$"),
            '→' => escaped.push_str(r"$\to$"),
            '–' => escaped.push_str("--"),
            '\n' | '\r' => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}
