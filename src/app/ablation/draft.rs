//! A spec under construction: the TOML text is what counts, and the builder's fields read and write its values.
//!
//! Whatever the fields do not know, such as [[run]]s and optimizer tables, is kept as it is; comments are lost when a field
//! is changed, as the text is written anew then.

use toml::{Table, Value};

/// Sections in the order in which they are written.
const SECTIONS: [&str; 6] = ["corpus", "m1", "m2", "grid", "run", "tokens"];

/// How a field's text becomes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text, or several paths with commas between.
    Text,
    /// Whole numbers and ranges.
    Wholes,
    /// Whole numbers and words.
    Mixed,
    /// Decimal numbers.
    Decimals,
    /// Words, each of which may have commas in brackets.
    Words,
}

/// The parsed text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft(Table);

impl Draft {
    /// None while the text is no TOML.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// The value at `section` and `key` as a field shows it; blank where there is none. The section "" is the file's head.
    pub fn field(&self, section: &str, key: &str) -> String {
        shown(self.get(section, key))
    }

    pub fn get(&self, section: &str, key: &str) -> Option<&Value> {
        match section {
            "" => self.0.get(key),
            section => self.0.get(section)?.as_table()?.get(key),
        }
    }

    /// Sets a value; none removes the key, and the section with its last key.
    pub fn set(&mut self, section: &str, key: &str, value: Option<Value>) {
        if section.is_empty() {
            match value {
                Some(value) => drop(self.0.insert(key.to_owned(), value)),
                None => drop(self.0.remove(key)),
            }
            return;
        }
        let inner = self.0.entry(section.to_owned()).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(table) = inner {
            match value {
                Some(value) => drop(table.insert(key.to_owned(), value)),
                None => drop(table.remove(key)),
            }
            if table.is_empty() {
                self.0.remove(section);
            }
        }
    }

    /// Replaces a whole section.
    pub fn set_section(&mut self, section: &str, table: Table) {
        self.0.insert(section.to_owned(), Value::Table(table));
    }

    /// The section, if there is one.
    pub fn section(&self, section: &str) -> Option<&Table> {
        self.0.get(section)?.as_table()
    }

    /// The draft as a file.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (key, value) in self.0.iter().filter(|(key, value)| !is_section(key, value)) {
            text += &format!("{key} = {value}\n");
        }
        let known = SECTIONS.iter().filter_map(|name| self.0.get_key_value(*name));
        let others = self.0.iter().filter(|(key, _)| !SECTIONS.contains(&key.as_str()));
        for (name, value) in known.chain(others).filter(|(key, value)| is_section(key, value)) {
            match value {
                Value::Table(table) => text += &section(&format!("[{name}]"), table),
                Value::Array(tables) => {
                    let tables = tables.iter().filter_map(Value::as_table);
                    tables.for_each(|table| text += &section(&format!("[[{name}]]"), table));
                }
                _ => {}
            }
        }
        text
    }
}

fn is_section(key: &str, value: &Value) -> bool {
    value.is_table() || key == "run" && value.is_array()
}

fn section(heading: &str, table: &Table) -> String {
    let keys = table.iter().map(|(key, value)| format!("{key} = {value}\n"));
    format!("\n{heading}\n{}", keys.collect::<String>())
}

/// A value as it would be typed; blank where there is none.
pub fn shown(value: Option<&Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(values)) => values.iter().map(|value| shown(Some(value))).collect::<Vec<_>>().join(", "),
        // 20000, not 20000.0, and 1e18 in place of all its digits.
        Some(Value::Float(number)) if number.abs() >= 1e12 => format!("{number:e}"),
        Some(Value::Float(number)) => number.to_string(),
        Some(value) => value.to_string(),
    }
}

/// What a field's text stands for; none where it is blank. What is no number stays a text, so that the spec's own message
/// says what was expected.
pub fn value(text: &str, kind: Kind) -> Option<Value> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let parts = split(text);
    let whole = |part: &String| part.parse::<i64>().map(Value::Integer);
    Some(match kind {
        Kind::Text if parts.len() == 1 => Value::String(text.to_owned()),
        Kind::Text | Kind::Words => Value::Array(parts.into_iter().map(Value::String).collect()),
        Kind::Wholes => match parts.iter().map(whole).collect() {
            Ok(numbers) => Value::Array(numbers),
            Err(_) => Value::String(text.to_owned()),
        },
        Kind::Mixed => {
            let values = parts.into_iter().map(|part| whole(&part).unwrap_or(Value::String(part)));
            Value::Array(values.collect())
        }
        Kind::Decimals => match parts.iter().map(|part| part.parse().map(Value::Float)).collect() {
            Ok(numbers) => Value::Array(numbers),
            Err(_) => Value::String(text.to_owned()),
        },
    })
}

/// Splits at commas outside of brackets.
fn split(text: &str) -> Vec<String> {
    let mut depth = 0;
    let parts = text.split(|c| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        c == ',' && depth <= 0
    });
    parts.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::presets::PRESETS;
    use super::*;

    #[test]
    fn a_draft_written_anew_is_the_same_experiment() {
        for preset in PRESETS {
            let draft = Draft::parse(preset.text).unwrap();
            assert_eq!(Draft::parse(&draft.text()).unwrap(), draft, "{}", draft.text());
        }
    }

    #[test]
    fn numbers_are_shown_as_they_are_typed() {
        let draft = Draft::parse("[a]\nx = 20000.0\ny = [0.5, 1.0, 2]\nz = 1e18").unwrap();
        assert_eq!(["x", "y", "z"].map(|key| draft.field("a", key)), ["20000", "0.5, 1, 2", "1e18"]);
    }

    #[test]
    fn fields_become_the_values_that_a_spec_reads() {
        let mut draft = Draft::parse("name = 'x'").unwrap();
        draft.set("grid", "methods", value("Bytes, EqualInfoAC[b=16, v=256]", Kind::Words));
        draft.set("grid", "window_bits", value("16..64 step 8", Kind::Wholes));
        draft.set("grid", "reset", value("1, never", Kind::Mixed));
        draft.set("grid", "seeds", value("1, 2", Kind::Wholes));
        assert_eq!(
            draft.text(),
            "name = \"x\"\n\n[grid]\nmethods = [\"Bytes\", \"EqualInfoAC[b=16, v=256]\"]\nreset = [1, \"never\"]\n\
             seeds = [1, 2]\nwindow_bits = \"16..64 step 8\"\n"
        );
        assert_eq!(draft.field("grid", "methods"), "Bytes, EqualInfoAC[b=16, v=256]");
        for key in ["methods", "reset", "seeds", "window_bits"] {
            draft.set("grid", key, value(" ", Kind::Words));
        }
        assert_eq!(draft.text(), "name = \"x\"\n");
    }
}
