//! Rows in order of a column.

use super::{Cell, Table};
use std::cmp::Ordering;

impl Table {
    /// The places of the rows in order of a column: numbers by value, text as people sort it (`b=16` before `b=128`), and
    /// rows with nothing there last either way. Rows that are equal stay in the table's own order.
    pub fn order(&self, column: usize, descending: bool) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.rows.len()).collect();
        let cell = |place: usize| self.rows.get(place).and_then(|row| row.cells.get(column));
        places.sort_by(|a, b| {
            let (a, b) = (key(cell(*a)), key(cell(*b)));
            match (&a, &b) {
                (Key::Nothing, _) | (_, Key::Nothing) => a.rank().cmp(&b.rank()),
                _ if descending => b.compare(&a),
                _ => a.compare(&b),
            }
        });
        places
    }
}

enum Key<'a> {
    Number(f64),
    Text(&'a str),
    Nothing,
}

fn key(cell: Option<&Cell>) -> Key<'_> {
    match cell {
        Some(Cell::Text(text)) if !text.is_empty() => Key::Text(text),
        Some(cell) => cell.value().map_or(Key::Nothing, Key::Number),
        None => Key::Nothing,
    }
}

impl Key<'_> {
    fn rank(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Text(_) => 1,
            Self::Nothing => 2,
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => natural(a, b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

/// Letters without their case, runs of digits by their value.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (digits_left, digits_right) = (digits(left), digits(right));
        if !digits_left.is_empty() && !digits_right.is_empty() {
            let (x, y) = (digits_left.trim_start_matches('0'), digits_right.trim_start_matches('0'));
            match x.len().cmp(&y.len()).then_with(|| x.cmp(y)) {
                Ordering::Equal => {}
                unequal => return unequal,
            }
            left = left.get(digits_left.len()..).unwrap_or_default();
            right = right.get(digits_right.len()..).unwrap_or_default();
            continue;
        }
        let (mut rest_left, mut rest_right) = (left.chars(), right.chars());
        match (rest_left.next(), rest_right.next()) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) => match x.to_lowercase().cmp(y.to_lowercase()) {
                Ordering::Equal => {}
                unequal => return unequal,
            },
        }
        (left, right) = (rest_left.as_str(), rest_right.as_str());
    }
}

fn digits(text: &str) -> &str {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.get(..end).unwrap_or_default()
}
