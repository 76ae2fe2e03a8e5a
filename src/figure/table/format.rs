//! The ways in which a table is written to a file.

use super::Table;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Csv,
    Markdown,
    Latex,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Csv, Self::Markdown, Self::Latex];

    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Markdown => "Markdown",
            Self::Latex => "LaTeX",
        }
    }

    /// How the names of such files end.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Markdown => "md",
            Self::Latex => "tex",
        }
    }

    /// The table in this format.
    ///
    /// # Errors
    /// As [`Table::csv`].
    pub fn write(self, table: &Table) -> Result<String, String> {
        match self {
            Self::Csv => table.csv(),
            Self::Markdown => Ok(table.markdown()),
            Self::Latex => Ok(table.latex()),
        }
    }

    /// A name for a file: letters and digits of the table's title, joined by dashes.
    pub fn file_name(self, title: &str) -> String {
        let words: Vec<String> = title
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        let stem = if words.is_empty() { "table".to_owned() } else { words.join("-") };
        format!("{stem}.{}", self.extension())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_comes_from_the_title() {
        assert_eq!(Format::Latex.file_name("Runs & methods: “b = 16”"), "runs-methods-b-16.tex");
        assert_eq!(Format::Csv.file_name("…"), "table.csv");
    }
}
