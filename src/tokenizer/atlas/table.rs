//! An atlas as a table, a line per code.

use super::{Atlas, CodeCounts, spelled};
use std::io::Write;

/// The table as CSV: code, code in hexadecimal, text ([`spelled`]), its symbols in hexadecimal, bytes, cost and used bits; with
/// `counts`, how often it was met; with `accuracy`, which says of a code how often it was to be predicted and how often it
/// was, those two.
///
/// # Errors
/// If `out` cannot be written to.
pub fn csv(
    atlas: &Atlas,
    counts: Option<&CodeCounts>,
    accuracy: Option<&dyn Fn(u32) -> (u64, u64)>,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    let headings = ["code", "hex", "text", "symbols", "bytes", "cost_bits", "used_bits"].into_iter();
    let seen = counts.map(|_| "seen");
    let predicted = accuracy.map(|_| ["to_predict", "predicted_right"]);
    table.write_record(headings.chain(seen).chain(predicted.into_iter().flatten()))?;
    for code in 0..atlas.codes() {
        let text = atlas.text(code);
        let symbols: Vec<String> = text.iter().map(|symbol| format!("{symbol:02x}")).collect();
        let mut row = vec![
            code.to_string(),
            atlas.hex(code),
            spelled(text),
            symbols.join(" "),
            atlas.bytes(code).to_string(),
            format!("{:.4}", atlas.cost(code)),
            atlas.used_bits(code).to_string(),
        ];
        row.extend(counts.map(|counts| counts.of(code).to_string()));
        if let Some(accuracy) = accuracy {
            let (tried, right) = accuracy(code);
            row.extend([tried.to_string(), right.to_string()]);
        }
        table.write_record(row)?;
    }
    table.flush()
}
