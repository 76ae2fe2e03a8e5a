//! What the pane shows as tables, for files: the lanes in figures, their windows, and the code of one window byte by byte.

use super::blocks;
use super::card::ending;
use super::lanes::{Lane, Lanes};
use crate::app::visible::quoted;
use crate::figure::table::{Cell, Column, Row, Table};
use crate::tokenizer::Steps;
use crate::tokenizer::steps::{Coding, Split};
use crate::tokenizer::view::{WindowView, WindowsView};

/// The lanes in figures, of as much of the text as each has cut.
pub fn lanes(lanes: &Lanes) -> Table {
    let columns = vec![
        Column::new("Method", "How the text is cut, by the method's name in the paper"),
        Column::new("Bytes", "Bytes of the text that are cut").decimals(0),
        Column::new("Windows", "Windows that they are cut into").decimals(0),
        Column::new("Tokens", "Tokens that they make").decimals(0),
        Column::new("Token ratio", "Bytes per token"),
        Column::new("Bit ratio", "Bits of the text (8 a byte) per bit of its tokens"),
        Column::new("Mean padding", "Bits of padding in a window").decimals(2),
        Column::new("Ambiguous", "Windows whose code does not say which text it stands for").decimals(0),
        Column::new("Bytes lost", "Bytes that do not come back").decimals(0),
    ];
    let row = |lane: &Lane| {
        let total = lane.total();
        let count = |count: u64| Cell::Number(count as f64);
        let cells = vec![
            Cell::Text(lane.name()),
            count(total.bytes),
            count(total.windows),
            count(total.tokens),
            Cell::number(total.token_ratio()),
            Cell::number(total.bit_ratio()),
            Cell::number((total.windows > 0).then(|| total.mean_padding())),
            count(total.ambiguous),
            count(total.lost_bytes),
        ];
        Row { cells, color: None }
    };
    Table { title: "Lanes".to_owned(), columns, rows: lanes.all().iter().map(row).collect() }
}

/// The windows of a lane in the blocks of the text that it keeps as they are now.
pub fn of_lane(lane: &Lane, text: &[u8]) -> Table {
    let mut table = empty(&lane.name());
    let method = lane.cut.method().ok();
    for block in 0..blocks::count(text) {
        let range = blocks::range(text, block);
        let start = range.start;
        // What was cut before the last change is drawn for a while; it is nothing to write down.
        let cut = lane.block(block).filter(|cut| text.get(range) == Some(&*cut.bytes));
        if let Some(cut) = cut.filter(|cut| method.as_ref() == Some(&cut.view.method)) {
            table.rows.extend(rows(&cut.view, &cut.bytes, start));
        }
    }
    table
}

/// The windows of a text, with all of their codes and tokens.
pub fn of_text(view: &WindowsView, text: &[u8]) -> Table {
    Table { rows: rows(view, text, 0).collect(), ..empty(&view.method.to_string()) }
}

fn empty(method: &str) -> Table {
    let columns = vec![
        Column::new("Byte", "Where the window begins in the text, from 0").decimals(0),
        Column::new("Bytes", "How long it is").decimals(0),
        Column::new("Text", "Its bytes: spaces dotted, what is no character escaped"),
        Column::new("Cost", "What its bytes cost in bits by the model, before anything is rounded").decimals(2),
        Column::new("Bits used", "Bits of its code that are information").decimals(0),
        Column::new("Padding", "Bits of its code that are padding").decimals(0),
        Column::new("Code", "Its code in hexadecimal"),
        Column::new("Tokens", "The ids of the tokens that begin in it"),
        Column::new("Texts", "How many texts have its code").decimals(0),
        Column::new("Why it ends", ""),
    ];
    Table { title: format!("Windows of {method}"), columns, rows: Vec::new() }
}

fn rows<'a>(view: &'a WindowsView, bytes: &'a [u8], start: usize) -> impl Iterator<Item = Row> + 'a {
    let row = move |window: &WindowView| {
        let own = bytes.get(window.byte_start..window.byte_start + window.byte_len).unwrap_or_default();
        let tokens: Vec<String> = window.tokens.iter().map(u32::to_string).collect();
        let cells = vec![
            Cell::Number((start + window.byte_start) as f64),
            Cell::Number(window.byte_len as f64),
            Cell::Text(quoted(own)),
            Cell::Number(window.byte_bits.iter().sum()),
            Cell::Number(window.used_bits as f64),
            Cell::Number(window.padding as f64),
            if window.code_hex.is_empty() { Cell::Missing } else { Cell::Text(format!("0x{}", window.code_hex)) },
            Cell::Text(tokens.join(" ")),
            Cell::Number(window.candidates.into()),
            Cell::Text(ending(window)),
        ];
        Row { cells, color: None }
    };
    view.windows.iter().map(row)
}

/// The code of a window as it comes about: a line for each byte, and one for the byte after it, which it does not take.
pub fn steps(steps: &Steps) -> Table {
    let (from, place) = match steps.coding {
        Coding::Cells { .. } => ("The first cell that is left", "Cells left"),
        Coding::Interval { .. } => ("Where the interval begins, in its smallest parts", "Interval"),
        Coding::Register => ("Where the register's interval begins", "Register"),
    };
    let columns = vec![
        Column::new("Text", "The byte that comes"),
        Column::new("Low", "Where its share of the distribution begins").decimals(0),
        Column::new("High", "Where its share of the distribution ends").decimals(0),
        Column::new("Of", "What the shares add up to").decimals(0),
        Column::new("Cost", "−log2 of its probability by the model, in bits").decimals(2),
        Column::new("Rounded", "What it costs in what is split, in bits").decimals(2),
        Column::new("From", from),
        Column::new(place, "What the byte has left of it"),
        Column::new("End cell", "Whether a cell was set aside for the window's end"),
        Column::new("Pending", "Bits that the next settled one is followed by").decimals(0),
        Column::new("Settles", "Bits of the code that it settles, or why it is not taken"),
    ];
    let taken = steps.steps.iter().map(|step| {
        let after = [step.after.low.to_string(), step.after.length.to_string()];
        step_row(&step.split, after, Cell::Number(step.pending_bits as f64), step.settled.clone())
    });
    let next = steps.ending.next.iter().map(|next| {
        let why = match (next.fits, next.needed_bits) {
            (true, _) => "not taken".to_owned(),
            (false, Some(needed)) => format!("needs {needed} bits"),
            (false, None) => "gets nothing".to_owned(),
        };
        step_row(next, [next.part.low.to_string(), next.part.length.to_string()], Cell::Missing, why)
    });
    let title = format!("Steps of a window of {}", steps.method);
    Table { title, columns, rows: taken.chain(next).collect() }
}

/// Positions are text: a register's have more digits than a number keeps.
fn step_row(split: &Split, [low, length]: [String; 2], pending: Cell, settles: String) -> Row {
    let cells = vec![
        Cell::Text(quoted(&[split.byte])),
        Cell::Number(split.low.into()),
        Cell::Number(split.high.into()),
        Cell::Number((1u64 << split.precision) as f64),
        Cell::Number(split.cost_bits),
        Cell::number(split.rounded_bits),
        Cell::Text(low),
        Cell::Text(length),
        Cell::Text(if split.end_cell { "yes" } else { "no" }.to_owned()),
        pending,
        Cell::Text(settles),
    ];
    Row { cells, color: None }
}

#[cfg(test)]
mod tests {
    use super::super::block_cut::testing::cut;
    use super::super::cut::Cut;
    use super::super::cutter::{Answer, Done};
    use super::super::text::Text;
    use super::*;
    use std::sync::Arc;

    #[test]
    fn only_windows_of_the_text_as_it_is_are_written() {
        let text = Text::typed("ab\u{e9}cd");
        let mut all = Lanes::new(&[Cut::default()], 0);
        assert!(of_lane(all.active(), text.bytes()).rows.is_empty());
        let job = all.wanted(&text, &(0..1)).remove(0);
        let mut block = cut(text.bytes());
        block.view.method = all.active().cut.method().unwrap();
        let done = Done { tally: block.tally(), cut: Some(Arc::new(block)) };
        all.take(&text, Answer { key: job.key, result: Ok(done) });
        let table = of_lane(all.active(), text.bytes());
        assert_eq!(table.rows.len(), 2);
        let csv = table.csv().unwrap();
        assert_eq!(csv.lines().nth(1), Some("0,3,“ab\\xC3”,15,15,1,0xbeef,190 239,1,the text ends here"));
        assert_eq!(csv.lines().nth(2).map(|line| line.starts_with("3,3,“\\xA9cd”")), Some(true));
        assert!(of_lane(all.active(), b"other!").rows.is_empty(), "the text was changed since");
        assert_eq!(lanes(&all).text(0, 1), "6");
        all.set(Cut { window_bits: 32, ..Cut::default() });
        assert!(of_lane(all.active(), text.bytes()).rows.is_empty(), "the windows are of other settings");
    }
}
