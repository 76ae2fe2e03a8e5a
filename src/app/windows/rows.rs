//! Where the rows of a text begin: rows of cells, one cell a byte, shared by all lanes.
//!
//! A row ends after a line, else after the last space that fits, else where it is full; never inside a character. Finding
//! the rows reads the text once, 10 MB in a few hundredths of a second, so long texts have it done in a worker.

use super::blocks;
use std::ops::Range;

/// The rows of one text at one width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// The first byte of each row, then the length of the text.
    starts: Vec<u32>,
    cells: usize,
}

impl Rows {
    /// Breaks a text into rows of at most `cells` bytes, which is 4 or more so that every character fits.
    pub fn new(text: &[u8], cells: usize) -> Self {
        let cells = cells.max(4);
        let mut starts = Vec::with_capacity(text.len() / cells + 2);
        starts.push(0);
        let mut at = 0;
        while at < text.len() {
            at = end_of_row(text, at, cells);
            // Texts of 4 GB are never opened (`text::LONGEST`).
            starts.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
        Self { starts, cells }
    }

    /// Bytes that fit in a row.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// Bytes of all rows.
    pub fn len(&self) -> usize {
        self.starts.last().map_or(0, |end| *end as usize)
    }

    /// How many rows there are.
    pub fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The bytes of a row; empty past the last.
    pub fn range(&self, row: usize) -> Range<usize> {
        let end = self.starts.last().copied().unwrap_or_default();
        let start = |row: usize| self.starts.get(row).copied().unwrap_or(end) as usize;
        start(row)..start(row + 1)
    }

    /// The row that a byte is in; of the end of the text, the last.
    pub fn of(&self, byte: usize) -> usize {
        let after = self.starts.partition_point(|start| *start as usize <= byte);
        after.saturating_sub(1).min(self.count().saturating_sub(1))
    }
}

fn end_of_row(text: &[u8], start: usize, cells: usize) -> usize {
    let full = (start + cells).min(text.len());
    let row = &text[start..full];
    if let Some(line) = row.iter().position(|byte| *byte == b'\n') {
        return start + line + 1;
    }
    if full == text.len() {
        return full;
    }
    // A word longer than a third of a row is broken instead.
    let third = cells - cells / 3;
    match row.iter().rposition(|byte| *byte == b' ').filter(|space| *space >= third) {
        Some(space) => start + space + 1,
        None => blocks::whole_up_to(text, full).max(start + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str, cells: usize) -> Vec<&str> {
        let rows = Rows::new(text.as_bytes(), cells);
        (0..rows.count()).map(|row| &text[rows.range(row)]).collect()
    }

    #[test]
    fn rows_end_with_lines_words_and_characters() {
        assert_eq!(shown("one two\nthree four five", 12), ["one two\n", "three four ", "five"]);
        assert_eq!(shown("abcdefghijkl", 5), ["abcde", "fghij", "kl"]);
        assert_eq!(shown("aé☃é☃é", 4), ["aé", "☃", "é", "☃", "é"]);
        assert!(shown("", 10).is_empty());
    }

    proptest! {
        #[test]
        fn every_byte_is_in_one_row_in_order(text in proptest::collection::vec(any::<u8>(), 0..600), cells in 1usize..50) {
            let rows = Rows::new(&text, cells);
            let mut next = 0;
            for row in 0..rows.count() {
                let range = rows.range(row);
                prop_assert_eq!(range.start, next);
                prop_assert!(!range.is_empty() && range.len() <= rows.cells());
                prop_assert_eq!(rows.of(range.start), row);
                prop_assert_eq!(rows.of(range.end - 1), row);
                next = range.end;
            }
            prop_assert_eq!(next, text.len());
            prop_assert!(rows.range(rows.count()).is_empty());
        }
    }
}
