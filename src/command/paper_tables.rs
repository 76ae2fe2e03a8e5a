//! The paper's tables that need no M2, ours beside theirs. Theirs are C4 and an M1 of 1.457 bits/byte: what is to be
//! compared is the order and the gaps, not the digits.

use super::table::Table;
use crate::experiment::event::{Role, RunInfo};
use crate::experiment::spec::PaperTable;
use crate::experiment::store::{UNIFORM_BITS_PER_BYTE, UNIGRAM_BITS_PER_BYTE};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

/// The numbers as printed in the paper, by the methods' names.
#[derive(Debug, Deserialize)]
struct Published {
    source: String,
    table_1: BTreeMap<String, Ratios>,
    table_2_token_ratio: BTreeMap<String, f64>,
    table_3_bits_per_byte: BTreeMap<String, Models>,
    table_12_token_ratio: BTreeMap<String, f64>,
}

#[derive(Debug, Deserialize)]
struct Ratios {
    token_ratio: f64,
    bit_ratio: f64,
}

#[derive(Debug, Deserialize)]
struct Models {
    uniform: f64,
    unigram: f64,
}

static PUBLISHED: LazyLock<Published> = LazyLock::new(|| {
    let json = include_str!("../../assets/paper/tables.json");
    serde_json::from_str(json).unwrap_or_else(|error| panic!("the paper's tables in the program: {error}"))
});

/// A table of the paper with our numbers for the same methods.
pub struct Beside {
    title: String,
    table: Table,
}

impl fmt::Display for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.title, self.table)
    }
}

/// One column of a table: what the paper prints, and which of our results is the same figure.
struct Column {
    heading: &'static str,
    result: &'static str,
    published: BTreeMap<&'static str, f64>,
    digits: usize,
}

/// The table, with our `runs`; methods that were not measured have no number of ours.
pub fn beside_ours(table: PaperTable, runs: &[RunInfo]) -> Beside {
    let plain = |numbers: &'static BTreeMap<String, f64>| {
        numbers.iter().map(|(name, &number)| (name.as_str(), number)).collect()
    };
    let (title, columns) = match table {
        PaperTable::Table1 => {
            let ratios =
                |of: fn(&Ratios) -> f64| PUBLISHED.table_1.iter().map(|(name, row)| (name.as_str(), of(row))).collect();
            let columns = vec![
                Column {
                    heading: "bytes/token",
                    result: "token ratio",
                    published: ratios(|row| row.token_ratio),
                    digits: 2,
                },
                Column { heading: "bit ratio", result: "bit ratio", published: ratios(|row| row.bit_ratio), digits: 2 },
            ];
            ("compression ratios", columns)
        }
        PaperTable::Table2 => {
            let published = plain(&PUBLISHED.table_2_token_ratio);
            let column = Column { heading: "bytes/token", result: "token ratio", published, digits: 2 };
            ("token compression ratios", vec![column])
        }
        PaperTable::Table3 => {
            let models = |of: fn(&Models) -> f64| {
                PUBLISHED.table_3_bits_per_byte.iter().map(|(name, row)| (name.as_str(), of(row))).collect()
            };
            let columns = vec![
                Column {
                    heading: "uniform",
                    result: UNIFORM_BITS_PER_BYTE,
                    published: models(|row| row.uniform),
                    digits: 3,
                },
                Column {
                    heading: "unigram",
                    result: UNIGRAM_BITS_PER_BYTE,
                    published: models(|row| row.unigram),
                    digits: 3,
                },
            ];
            ("bits/byte of the uniform and the unigram model", columns)
        }
        PaperTable::Table12 => {
            let published = plain(&PUBLISHED.table_12_token_ratio);
            let column = Column { heading: "bytes/token", result: "token ratio", published, digits: 2 };
            ("token compression ratios of all methods", vec![column])
        }
    };
    let headings: Vec<String> =
        columns.iter().flat_map(|column| [format!("{}, paper", column.heading), "ours".to_owned()]).collect();
    let mut shown = Table::new(std::iter::once("method").chain(headings.iter().map(String::as_str)));
    for name in order(columns.iter().flat_map(|column| column.published.keys().copied())) {
        // The paper's Equal-Info windows are greedy ones; exact ones are under them, with nothing of the paper's beside.
        for (row, (label, method)) in ours(name, runs).into_iter().enumerate() {
            // Figures of a method by itself, rather than those of what an M2 was trained on.
            let of_method = || runs.iter().filter(|run| run.method.as_deref() == Some(method.as_str()));
            let run = of_method().find(|run| run.role == Role::Tokens).or_else(|| of_method().next());
            let mut cells = vec![label];
            for column in &columns {
                let digits = column.digits;
                let number =
                    |number: Option<f64>| number.map_or("–".to_owned(), |number| format!("{number:.digits$}"));
                cells.push(number(column.published.get(name).copied().filter(|_| row == 0)));
                cells.push(number(run.and_then(|run| run.results.get(column.result).copied())));
            }
            shown.row(cells);
        }
    }
    let number = table.number();
    Beside { title: format!("Table {number} ({title}); the paper's numbers: {}", PUBLISHED.source), table: shown }
}

/// The methods of ours that stand for one of the paper's, with what their rows are called.
fn ours(name: &str, runs: &[RunInfo]) -> Vec<(String, String)> {
    let measured = |method: &str| runs.iter().any(|run| run.method.as_deref() == Some(method));
    let greedy =
        name.strip_suffix(']').filter(|_| name.starts_with("EqualInfoAC")).map(|open| format!("{open}, greedy]"));
    let mut rows = Vec::new();
    if let Some(greedy) = greedy.filter(|greedy| measured(greedy)) {
        rows.push((greedy.clone(), greedy));
    }
    if rows.is_empty() || measured(name) {
        rows.push((name.to_owned(), name.to_owned()));
    }
    rows
}

/// Each name once, as the paper orders them: by coder, then by the numbers in their names.
fn order<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    const CODERS: [&str; 6] = ["Bytes", "SentencePiece", "AC", "StaticAC", "EqualInfoAC", "GZip"];
    let key = |name: &&str| {
        let (coder, settings) = name.split_once('[').unwrap_or((name, ""));
        let coder = CODERS.iter().position(|known| *known == coder);
        let numbers = settings.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse::<u64>().ok());
        let wide = settings.contains("65k");
        (coder, wide, numbers.collect::<Vec<_>>())
    };
    let mut names: Vec<&str> = names.collect();
    names.sort_by_key(key);
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::event::{RunId, Status};
    use crate::tokenizer::Method;

    fn run(method: &str, results: &[(&str, f64)]) -> RunInfo {
        RunInfo {
            id: RunId(1),
            role: Role::Tokens,
            label: method.to_owned(),
            method: Some(method.to_owned()),
            size: "–".to_owned(),
            seed: 1,
            steps: 0,
            priority: 0,
            status: Status::Done,
            results: results.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
        }
    }

    #[test]
    fn every_method_of_the_papers_tables_is_one_of_ours() {
        for name in PUBLISHED
            .table_1
            .keys()
            .chain(PUBLISHED.table_2_token_ratio.keys())
            .chain(PUBLISHED.table_3_bits_per_byte.keys())
            .chain(PUBLISHED.table_12_token_ratio.keys())
        {
            assert_eq!(&name.parse::<Method>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn ours_stand_beside_theirs() {
        let runs = [
            run("SentencePiece", &[(UNIFORM_BITS_PER_BYTE, 4.1), (UNIGRAM_BITS_PER_BYTE, 2.75)]),
            run("EqualInfoAC[b=16, v=256]", &[(UNIFORM_BITS_PER_BYTE, 4.4)]),
            run("EqualInfoAC[b=16, v=256, greedy]", &[(UNIFORM_BITS_PER_BYTE, 4.5)]),
        ];
        let text = beside_ours(PaperTable::Table3, &runs).to_string();
        let row = |name: &str| {
            let row = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {text}"));
            row[name.len()..].split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(row("SentencePiece"), ["3.497", "4.100", "2.443", "2.750"]);
        assert_eq!(row("EqualInfoAC[b=16, v=256, greedy]"), ["3.008", "4.500", "2.976", "–"]);
        assert_eq!(row("EqualInfoAC[b=16, v=256] "), ["–", "4.400", "–", "–"]);
        assert_eq!(row("Bytes"), ["8.000", "–", "4.602", "–"]);
        let names: Vec<&str> =
            text.lines().skip(3).filter_map(|line| line.split('[').next()?.split(' ').next()).collect();
        let mut coders = names.clone();
        coders.dedup();
        assert_eq!(coders, ["Bytes", "SentencePiece", "AC", "StaticAC", "EqualInfoAC", "GZip"]);
    }
}
