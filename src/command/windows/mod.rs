//! `mullion windows`: a text with its window boundaries by one method or several, and why each window ends.

mod side_by_side;

use super::CommandError;
use super::coder::{Coder, TrainingOptions};
use super::m1_choice::M1Choice;
use super::table::{Table, TableFormat};
use crate::app::{steps_table, windows_table};
use crate::coding::Symbol;
use crate::figure::table::Format;
use crate::tokenizer::view::{End, WindowView};
use crate::tokenizer::{Control, Materials, Method, Passage, Steps, WindowsView, build, method_list};
use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
#[command(after_long_help = method_list())]
pub struct Windows {
    /// Text to cut
    #[arg(long, short, conflicts_with = "file")]
    text: Option<String>,
    /// File to cut, any bytes; `-` is standard input
    #[arg(required_unless_present = "text")]
    file: Option<PathBuf>,
    /// How to cut it, by its name in the paper: EqualInfoAC[b=16, v=65k], EqualInfoAC[b=24, v=256, greedy], AC[v=256], GZip[v=256] …; several are
    /// printed in lanes one under another
    #[arg(long, short, default_value = "EqualInfoAC[b=16, v=256]")]
    method: Vec<String>,
    /// An M1 in the box (3m, micro), a .m1 file, or a stand-in (uniform, unigram); without one, 3m
    #[arg(long, value_name = "NAME|FILE.m1")]
    m1: Option<M1Choice>,
    #[command(flatten)]
    training: TrainingOptions,
    /// Everything about every window, as JSON; an array of several methods
    #[arg(long, conflicts_with_all = ["table", "table_format"])]
    json: bool,
    /// A line per window: bytes, bits, code, tokens, and why it ends; without it, --csv, --markdown and --latex write that
    /// too, of the whole codes and all tokens
    #[arg(long)]
    table: bool,
    #[command(flatten)]
    format: TableFormat,
    /// Go through the code of window N (counted from 1) byte by byte: the cells or the interval that are left, what each byte
    /// gets of them, the bits that it settles; with --json, the likely symbols too
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with_all = ["table", "check"])]
    steps: Option<u64>,
    /// Decode the tokens again and compare, byte for byte
    #[arg(long, conflicts_with_all = ["json", "table", "table_format"])]
    check: bool,
}

impl Windows {
    pub fn run(&self) -> Result<(), CommandError> {
        let methods: Vec<Method> = self.method.iter().map(|name| name.parse()).collect::<Result<_, _>>()?;
        let text = self.read()?;
        let coder = Coder::open(&self.m1.clone().unwrap_or_default(), self.training.clone())?;
        if self.check {
            for method in &methods {
                check(&text, method, &coder.materials([method])?)?;
                println!("{method}: {} bytes came back as they were", text.len());
            }
            return Ok(());
        }
        let inspect = |method| coder.inspect(&text, method, &Arc::default());
        let views: Vec<WindowsView> = methods.iter().map(inspect).collect::<Result<_, _>>()?;
        let mut out = std::io::stdout().lock();
        if let Some(window) = self.steps {
            let [view] = views.as_slice() else {
                return Err(CommandError::Usage(
                    "--steps goes through one method's window: give one --method".to_owned(),
                ));
            };
            let steps = steps_of(&coder, view, &text, window)?;
            match (self.json, self.format.chosen()) {
                (true, _) => {
                    serde_json::to_writer_pretty(&mut out, &steps).map_err(std::io::Error::from)?;
                    writeln!(out)?;
                }
                (false, Some(_)) => write!(out, "{}", self.format.write(&steps_table(&steps))?)?,
                (false, None) => write!(out, "{}", super::steps::table(&steps))?,
            }
            return Ok(());
        }
        if self.json {
            match views.as_slice() {
                [view] => serde_json::to_writer_pretty(&mut out, view),
                views => serde_json::to_writer_pretty(&mut out, views),
            }
            .map_err(std::io::Error::from)?;
            writeln!(out)?;
            return Ok(());
        }
        if self.format.chosen() == Some(Format::Csv) && views.len() > 1 {
            return Err(CommandError::Usage("--csv is one table: give one --method".to_owned()));
        }
        if self.format.chosen().is_some() {
            for view in &views {
                write!(out, "{}", self.format.write(&windows_table(view, &text))?)?;
            }
            return Ok(());
        }
        for (index, view) in views.iter().enumerate() {
            let number = if views.len() > 1 { format!("{}  ", index + 1) } else { String::new() };
            match view.method.runs_m1() {
                true => writeln!(out, "{number}{} with M1 {}", view.method, coder.description)?,
                false => writeln!(out, "{number}{}", view.method)?,
            }
            writeln!(out, "{}\n", totals(view))?;
            if self.table {
                write!(out, "{}", table(view, &text))?;
            }
        }
        match views.as_slice() {
            _ if self.table => {}
            [view] => writeln!(out, "{}", marked(view, &text, out.is_terminal()))?,
            views => write!(out, "{}", side_by_side::side_by_side(views, &text))?,
        }
        Ok(())
    }

    fn read(&self) -> Result<Vec<u8>, CommandError> {
        match (&self.text, &self.file) {
            (Some(text), _) => Ok(text.clone().into_bytes()),
            (None, Some(path)) if path.as_os_str() == "-" => {
                let mut text = Vec::new();
                let read = std::io::stdin().lock().read_to_end(&mut text);
                read.map_err(|source| CommandError::Read { path: "standard input".into(), source })?;
                Ok(text)
            }
            (None, Some(path)) => {
                std::fs::read(path).map_err(|source| CommandError::Read { path: path.clone(), source })
            }
            (None, None) => Err(CommandError::Usage("give a text (--text) or a file".to_owned())),
        }
    }
}

/// The steps of window `number` of a text, counted from 1.
///
/// # Errors
/// If there is no such window, or the method has no interval to go through.
fn steps_of(coder: &Coder, view: &WindowsView, text: &[u8], number: u64) -> Result<Steps, CommandError> {
    let index = usize::try_from(number - 1).unwrap_or(usize::MAX);
    let missing = || format!("there is no window {number}: {} cuts this text into {}", view.method, view.windows.len());
    let passage = Passage::of(view, text, index).ok_or_else(|| CommandError::Usage(missing()))?;
    coder.steps(&passage, &view.method, &Arc::default())
}

/// Encodes and decodes `text`.
///
/// # Errors
/// If it does not come back as it was.
fn check(text: &[u8], method: &Method, materials: &Materials) -> Result<(), CommandError> {
    let tokenizer = build(method, materials)?;
    let symbols: Vec<Symbol> = text.iter().map(|byte| Symbol::from(*byte)).collect();
    for encoded in tokenizer.encode(&[&symbols], &Control::default())? {
        let decoded = tokenizer.decode(&encoded, &Control::default())?;
        if let Some(at) = (0..symbols.len().max(decoded.len())).find(|i| symbols.get(*i) != decoded.get(*i)) {
            let why = match tokenizer.is_lossless() {
                true => "Please report this as a bug".to_owned(),
                false => format!("It normalises text: {} bytes do not come back", encoded.lost_bytes),
            };
            return Err(CommandError::RunFailed(format!("{method}: byte {at} came back otherwise. {why}")));
        }
    }
    Ok(())
}

fn totals(view: &WindowsView) -> String {
    let totals = &view.totals;
    let ratio = |ratio: Option<f64>| ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.3}"));
    let mut text = format!(
        "{} bytes, {} windows, {} tokens of {} bits; token ratio {}, bit ratio {}",
        totals.bytes,
        totals.windows,
        totals.tokens,
        (totals.bits_per_token * 1000.0).round() / 1000.0,
        ratio(totals.token_ratio),
        ratio(totals.bit_ratio)
    );
    if totals.ambiguous > 0 {
        text += &format!(
            "; {} windows ambiguous by their code, {} of them even with look-ahead",
            totals.ambiguous, totals.unresolved
        );
    }
    text
}

/// The text with a bar between windows, or on a terminal with alternating colours.
fn marked(view: &WindowsView, text: &[u8], colours: bool) -> String {
    let mut out = String::new();
    for (index, window) in view.windows.iter().enumerate() {
        let bytes = &text[window.byte_start..window.byte_start + window.byte_len];
        match (colours, index % 2) {
            (true, 0) => out += &format!("\x1b[30;46m{}\x1b[0m", visible(bytes, true)),
            (true, _) => out += &format!("\x1b[30;43m{}\x1b[0m", visible(bytes, true)),
            (false, 0) if index == 0 => out += &visible(bytes, true),
            (false, _) => out += &format!("│{}", visible(bytes, true)),
        }
    }
    out
}

/// Bytes as text in which nothing is hidden: spaces dotted, ends of lines marked (and kept, where `lines`), bytes that are
/// no UTF-8 in hexadecimal.
pub fn visible(bytes: &[u8], lines: bool) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                ' ' => out.push('·'),
                '\n' if lines => out += "⏎\n",
                '\n' => out.push('⏎'),
                '\t' => out.push('→'),
                control if control.is_control() || is_invisible(control) => {
                    out += &format!("⟨{:02X}⟩", u32::from(control))
                }
                other => out.push(other),
            }
        }
        chunk.invalid().iter().for_each(|byte| out += &format!("⟨{byte:02X}⟩"));
    }
    out
}

/// Characters that show nothing themselves and change how others are shown: joiners, marks and overrides of direction.
fn is_invisible(character: char) -> bool {
    matches!(u32::from(character), 0xAD | 0x61C | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF)
}

fn table(view: &WindowsView, text: &[u8]) -> Table {
    let mut table = Table::new(["text", "byte", "bytes", "bits used", "padding", "code", "tokens", "why it ends"]);
    for window in &view.windows {
        let WindowView { byte_start, byte_len, .. } = *window;
        let bytes = &text[byte_start..byte_start + byte_len];
        // Methods without windows have one row, which is the whole text.
        let short = |text: String| match text.chars().count() {
            0..=48 => text,
            _ => text.chars().take(47).chain(['…']).collect(),
        };
        let tokens: Vec<String> = window.tokens.iter().take(17).map(u32::to_string).collect();
        table.row(vec![
            short(visible(bytes, false)),
            byte_start.to_string(),
            byte_len.to_string(),
            window.used_bits.to_string(),
            window.padding.to_string(),
            short(window.code_hex.clone()),
            short(tokens.join(" ")),
            why(window),
        ]);
    }
    table
}

fn why(window: &WindowView) -> String {
    let ambiguous =
        if window.ambiguous { format!(" ({} texts have this code)", window.candidates) } else { String::new() };
    let end = match window.end {
        End::Text => "the text ends".to_owned(),
        End::Full { next, cost_bits, bits_left } => {
            format!("{} would cost {cost_bits:.1} bits, {bits_left} left", visible(&[next], false))
        }
        End::OnlyZeros { next, .. } => format!("{} would add only zeros", visible(&[next], false)),
        End::Word { next } => {
            format!("a word ends here; from {} on, the rest had no room for its end", visible(&[next], false))
        }
        End::Piece => "it is a piece of the vocabulary".to_owned(),
        End::Count => "it has as many symbols as every window".to_owned(),
        End::Unsure { entropy_bits, .. } => format!("M1 is unsure of what comes next: {entropy_bits:.2} bits"),
    };
    end + &ambiguous
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_hidden() {
        assert_eq!(visible("\u{202e}x".as_bytes(), false), "⟨202E⟩x");
        assert_eq!(visible(b"a b\n\tc\xff\x00\xc3\xa9", false), "a·b⏎→c⟨FF⟩⟨00⟩é");
    }
}
