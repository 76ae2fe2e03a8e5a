//! The card of one code: its text, its bits, what it costs, how often it was seen, and its kin.

use crate::app::format;
use crate::app::workbench::CodeFigures;
use crate::tokenizer::Atlas;
use crate::tokenizer::atlas::spelled;
use egui::{Button, FontId, Grid, RichText, Ui, vec2};

/// Kin of one kind that are listed.
const LISTED: usize = 24;
/// Neighbours on either side.
const NEIGHBOURS: u32 = 4;

/// A code's text as it is shown: in one line, spaces dotted.
pub fn quoted(atlas: &Atlas, code: u32) -> String {
    format!("“{}”", shown(&spelled(atlas.text(code))))
}

/// A spelled text with its spaces dotted, and the characters by their numbers that the window's fonts may not have.
pub fn shown(spelled: &str) -> String {
    let mut shown = String::with_capacity(spelled.len());
    for character in spelled.chars() {
        match character {
            ' ' => shown.push('·'),
            '\0'..='\u{17f}' | '\u{391}'..='\u{3c9}' | '\u{410}'..='\u{44f}' | '\u{2013}'..='\u{201e}' | '…' => {
                shown.push(character);
            }
            other => shown += &format!("\\u{{{:X}}}", u32::from(other)),
        }
    }
    shown
}

/// A code in one line: what the pointer is on.
pub fn line(atlas: &Atlas, figures: &CodeFigures, code: u32) -> String {
    let mut line = format!(
        "{} {} · {} · {:.2} bits under M1",
        atlas.hex(code),
        quoted(atlas, code),
        format::counted(atlas.bytes(code) as u64, "byte"),
        atlas.cost(code)
    );
    if let Some(counts) = &figures.counts {
        line += &format!(" · seen {} ×", format::count(counts.of(code)));
    }
    if let Some(accuracy) = &figures.accuracy {
        line += &format!(" · {}", predicted(accuracy.of(code)));
    }
    line
}

fn predicted((seen, right): (u32, u32)) -> String {
    match seen {
        0 => "not in the held-out text".to_owned(),
        _ => format!("predicted {right} of {seen}, {:.0} %", 100.0 * f64::from(right) / f64::from(seen)),
    }
}

/// Draws the card; a code that was chosen among the kin.
pub fn show(ui: &mut Ui, atlas: &Atlas, figures: &CodeFigures, code: u32) -> Option<u32> {
    let strong = ui.visuals().strong_text_color();
    ui.label(RichText::new(quoted(atlas, code)).font(FontId::monospace(18.0)).color(strong));
    Grid::new("code card").num_columns(2).spacing(vec2(14.0, 4.0)).show(ui, |ui| {
        let mut row = |name: &str, value: String, hover: &str| {
            ui.label(RichText::new(name).weak()).on_hover_text(hover);
            ui.label(RichText::new(value).monospace());
            ui.end_row();
        };
        row("Code", format!("{} = {code}", atlas.hex(code)), "The token's id, in hexadecimal and as a number");
        row("Binary", grouped(&atlas.binary(code)), "The window's bits");
        let symbols: Vec<String> = atlas.text(code).iter().map(|symbol| format!("{symbol:02X}")).collect();
        row("Symbols", symbols.join(" "), "The text's bytes in hexadecimal; 100 is the end of a document");
        row("Length", format::counted(atlas.bytes(code) as u64, "byte"), "Bytes of its text");
        row(
            "Cost",
            format!("{:.2} bits", atlas.cost(code)),
            "What its text costs under M1: −log2 of its probability, before anything is rounded to a window",
        );
        let used = atlas.used_bits(code);
        row("Bits used", format!("{used} of {}", atlas.bits()), "The rest is padding");
        if let Some(counts) = &figures.counts {
            let (count, share) = (counts.of(code), counts.of(code) as f64 / counts.windows.max(1) as f64);
            row("Seen", format!("{} ×, {:.3} %", format::count(count), 100.0 * share), "In the text that was counted");
        }
        if let Some(accuracy) = &figures.accuracy {
            row("M2", predicted(accuracy.of(code)), "How often M2 found it the likeliest where it came next");
        }
    });
    let kin = atlas.kin(code);
    let mut chosen = None;
    let own = kin.longer.clone();
    let mut listed = |ui: &mut Ui, name: &str, hover: &str, count: usize, codes: &mut dyn Iterator<Item = u32>| {
        if count == 0 {
            return;
        }
        ui.add_space(4.0);
        ui.label(RichText::new(name).small().weak()).on_hover_text(hover);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
            for code in codes.take(LISTED) {
                let text = RichText::new(quoted(atlas, code)).monospace().size(12.0);
                let button = ui.add(Button::new(text).min_size(vec2(0.0, 22.0)));
                if button.on_hover_text(line(atlas, figures, code)).clicked() {
                    chosen = Some(code);
                }
            }
            if count > LISTED {
                ui.label(RichText::new(format!("and {} more", format::count((count - LISTED) as u64))).small().weak());
            }
        });
    };
    let prefixes = &kin.prefixes;
    listed(
        ui,
        "Its beginnings",
        "Codes of the texts that it begins with",
        prefixes.len(),
        &mut prefixes.iter().copied(),
    );
    let title = format!("Goes on in {}", format::counted(own.len() as u64, "code"));
    listed(ui, &title, "Codes whose text begins with this one's and goes on", own.len(), &mut own.clone());
    let siblings = kin.siblings.clone().filter(|other| !own.contains(other) && *other != code);
    let parent = prefixes.last().map_or("nothing".to_owned(), |&parent| quoted(atlas, parent));
    let title = format!("Others after {parent}: {}", format::count(siblings.clone().count() as u64));
    let hover = "Codes whose text begins as this one's does but for its last byte";
    listed(ui, &title, hover, siblings.clone().count(), &mut siblings.clone());
    let near = code.saturating_sub(NEIGHBOURS)..code.saturating_add(NEIGHBOURS + 1).min(atlas.codes());
    let mut near = near.filter(|&other| other != code);
    listed(ui, "Neighbours in code order", "The codes just before and after it", NEIGHBOURS as usize, &mut near);
    chosen
}

fn grouped(binary: &str) -> String {
    let groups: Vec<&str> =
        binary.as_bytes().rchunks(4).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_fonts_lack_are_numbers() {
        assert_eq!(shown("a é—␄中"), "a·é—\\u{2404}\\u{4E2D}");
    }

    #[test]
    fn bits_stand_in_fours_from_the_right() {
        assert_eq!(grouped("110100101"), "1 1010 0101");
    }
}
