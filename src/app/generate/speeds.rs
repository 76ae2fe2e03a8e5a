//! How fast the writers are, as a table.

use super::page::Page;
use crate::experiment::generate::Began;
use crate::figure::table::{Cell, Column, Row, Table};

/// A run's name, with its experiment where the other one is called the same.
fn name(pages: &[Page], began: &Began) -> String {
    let label = &began.run.label;
    let alike = pages.iter().filter_map(|page| page.began.as_ref()).filter(|other| other.run.label == *label).count();
    if alike > 1 { format!("{label} · {}", began.experiment) } else { label.clone() }
}

/// Both writers' figures; only of those that have begun.
pub fn table(pages: &[Page]) -> Table {
    let column = |name: &str, meaning: &str, decimals| Column { name: name.into(), meaning: meaning.into(), decimals };
    let columns = vec![
        column("Run", "The run whose M2 writes", None),
        column("M2's tokens/s", "Tokens per second that M2 writes, on the CPU, without the tokenizer's time", Some(0)),
        column("Bytes/s", "Bytes of text per second, M2 and tokenizer together", Some(0)),
        column("Bytes/token", "Bytes of text that a written token stands for", Some(2)),
        column(
            "Bits/byte",
            "Of what was sampled, under M2 itself: mean −log2 of the tokens' probabilities, per byte of their text",
            Some(3),
        ),
        column("Tokenizer", "Share of the time that turning tokens into text took, in percent", Some(1)),
        column("Tokens", "Tokens written", Some(0)),
        column("Bytes", "Bytes that could be read of them", Some(0)),
    ];
    let number = |value: Option<f64>| value.map_or(Cell::Missing, Cell::Number);
    let row = |(side, page): (usize, &Page)| {
        let (began, figures) = (page.began.as_ref()?, page.figures);
        let cells = vec![
            Cell::Text(name(pages, began)),
            number(figures.steps_per_second()),
            number(figures.bytes_per_second()),
            number(figures.bytes_per_token()),
            number(figures.bits_per_byte()),
            number(figures.reading_share().map(|share| 100.0 * share)),
            Cell::Number(figures.tokens as f64),
            Cell::Number(figures.bytes as f64),
        ];
        Some(Row { cells, color: Some(side) })
    };
    Table { title: "Speed of writing".to_owned(), columns, rows: pages.iter().enumerate().filter_map(row).collect() }
}
