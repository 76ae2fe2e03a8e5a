//! The card of one window: what it holds, what it cost, what it became, and why it ends.

use super::bit_map::BitMap;
use crate::app::theme;
use crate::app::visible;
use crate::tokenizer::view::{End, WindowView};
use egui::{Color32, FontId, Grid, RichText, Ui, pos2, vec2};

/// Bytes that the card lists one by one; a long window would outgrow the screen.
const LISTED_BYTES: usize = 32;
const BYTES_A_LINE: usize = 16;
/// A window has at most this many bits; of a longer code, the beginning is shown.
const LONGEST_CODE: usize = 256;
/// Hexadecimal digits that fit in a line: 256 bits have 64. Of a longer code, the first are shown.
const LONGEST_HEX: usize = 64;
const FIRST_HEX: usize = 48;
/// Token ids that the card lists.
const LISTED_TOKENS: usize = 24;
const TOKENS_A_LINE: usize = 10;
/// Groups of four binary digits a line.
const GROUPS_A_LINE: usize = 12;
/// Bytes of a text that are written out; methods without windows have one that is the whole text.
const LONGEST_TEXT: usize = 160;
/// Characters up to which the text of a window is written large.
const LARGE_TEXT: usize = 40;

/// What the card needs to know besides the window.
pub struct Place {
    /// From 0, in its block.
    pub index: usize,
    /// How many the block has.
    pub count: usize,
    /// The block, from 1, where the text has several.
    pub block: Option<usize>,
    /// Where the block begins in the text.
    pub start: usize,
}

/// Draws the card. `bytes` are the window's own.
pub fn show(ui: &mut Ui, window: &WindowView, bytes: &[u8], map: Option<&BitMap>, place: &Place) {
    ui.set_max_width(520.0);
    ui.spacing_mut().item_spacing = vec2(12.0, 4.0);
    ui.spacing_mut().interact_size.y = 18.0;
    ui.horizontal(|ui| {
        let block = place.block.map_or_else(String::new, |block| format!(" in block {block}"));
        ui.label(RichText::new(format!("Window {} of {}{block}", place.index + 1, place.count)).strong());
        if window.ambiguous {
            ui.label(RichText::new(ambiguity(window, place)).color(ui.visuals().warn_fg_color));
        }
    });
    let text = match bytes.get(..LONGEST_TEXT).filter(|_| bytes.len() > LONGEST_TEXT) {
        Some(beginning) => format!("{}…", visible::quoted(beginning)),
        None => visible::quoted(bytes),
    };
    let size = if text.chars().count() > LARGE_TEXT { 13.0 } else { 16.0 };
    ui.label(RichText::new(text).font(FontId::monospace(size)).color(ui.visuals().strong_text_color()));
    ui.add_space(2.0);
    Grid::new("window card").num_columns(2).spacing(vec2(14.0, 4.0)).show(ui, |ui| {
        row(ui, "Bytes", &format!("{} from byte {}", bytes.len(), place.start + window.byte_start));
        row(ui, "Ends because", &ending(window));
        row(ui, "Bits used", &format!("{} of {}", window.used_bits, bits(window.used_bits + window.padding)));
        row(ui, "Padding", &bits(window.padding));
        // Pieces of a vocabulary have an id and no code.
        if !window.code_hex.is_empty() {
            row_mono(ui, "Code", &format!("0x{}", shortened(&window.code_hex.to_uppercase())));
            row_mono(ui, "Binary", &grouped(&window.code_binary));
        }
        row_mono(ui, tokens_name(window), &tokens(window));
        row_mono(ui, "Hex", &hex(bytes));
    });
    if let Some(map) = map {
        ui.add_space(4.0);
        map.show(ui, bytes, &window.code_binary);
    }
    ui.add_space(4.0);
    ui.label(RichText::new("Cost of each byte, in bits").small().weak());
    costs(ui, bytes, &window.byte_bits);
}

fn bits(count: u64) -> String {
    if count == 1 { "1 bit".to_owned() } else { format!("{count} bits") }
}

fn row(ui: &mut Ui, name: &str, value: &str) {
    ui.label(RichText::new(name).weak());
    ui.label(value);
    ui.end_row();
}

fn row_mono(ui: &mut Ui, name: &str, value: &str) {
    ui.label(RichText::new(name).weak());
    ui.label(RichText::new(value).monospace());
    ui.end_row();
}

fn hex(bytes: &[u8]) -> String {
    listed(bytes.iter().map(|byte| format!("{byte:02X}")), LISTED_BYTES, BYTES_A_LINE)
}

/// Digits of a code; of one too long for a line, the first, and how many more there are.
fn shortened(digits: &str) -> String {
    match digits.get(..FIRST_HEX).filter(|_| digits.len() > LONGEST_HEX) {
        Some(first) => format!("{first}… {} more", digits.len() - FIRST_HEX),
        None => digits.to_owned(),
    }
}

/// Binary digits in fours.
fn grouped(binary: &str) -> String {
    let groups = binary.as_bytes().chunks(4).map(|group| group.iter().copied().map(char::from).collect());
    listed(groups, LONGEST_CODE / 4, GROUPS_A_LINE)
}

/// Items in lines; those past `most` are counted.
fn listed(items: impl ExactSizeIterator<Item = String>, most: usize, a_line: usize) -> String {
    let more = items.len().saturating_sub(most);
    let items: Vec<String> = items.take(most).collect();
    let lines: Vec<String> = items.chunks(a_line).map(|line| line.join(" ")).collect();
    let text = lines.join("\n");
    if more > 0 { format!("{text}\nand {more} more") } else { text }
}

fn tokens_name(window: &WindowView) -> &'static str {
    if window.tokens.len() == 1 { "Token" } else { "Tokens" }
}

fn tokens(window: &WindowView) -> String {
    if window.tokens.is_empty() {
        return "none begins in this window".to_owned();
    }
    listed(window.tokens.iter().map(u32::to_string), LISTED_TOKENS, TOKENS_A_LINE)
}

/// How far the code leaves open which text it stands for.
fn ambiguity(window: &WindowView, place: &Place) -> String {
    let settled = match window.unresolved {
        true => "and the next window does not tell which",
        false if place.index + 1 == place.count => "the length of the whole text tells which",
        false => "the next window tells which",
    };
    format!("ambiguous: {} texts have this code, {settled}", window.candidates)
}

/// One sentence on why the window ends where it does.
pub fn ending(window: &WindowView) -> String {
    let quoted = |byte: u8| visible::quoted(&[byte]);
    match window.end {
        End::Text => "the text ends here".to_owned(),
        End::Full { next, cost_bits, bits_left: 0 } => {
            format!("{} would cost {cost_bits:.2} bits and none is left", quoted(next))
        }
        End::Full { next, cost_bits, bits_left } => {
            format!("{} would cost {cost_bits:.2} bits and {} of the code are left", quoted(next), bits(bits_left))
        }
        End::OnlyZeros { next, .. } => {
            format!("{} would add only zeros, which the padding gives for nothing", quoted(next))
        }
        End::Word { next } => {
            format!("a word ends here; what follows, from {} on, does not reach the end of its word", quoted(next))
        }
        End::Piece => "it is a piece of the vocabulary, whole".to_owned(),
        End::Count => "it has as many symbols as every window".to_owned(),
        End::Unsure { next, entropy_bits } => {
            format!("M1 is unsure of what comes next ({entropy_bits:.2} bits of entropy): {}", quoted(next))
        }
    }
}

/// A bar for each byte, with the byte under it and its cost above.
fn costs(ui: &mut Ui, bytes: &[u8], costs: &[f64]) {
    const WIDTH: f32 = 26.0;
    const HEIGHT: f32 = 34.0;
    let shown = bytes.len().min(costs.len()).min(LISTED_BYTES);
    let highest = costs.iter().take(shown).copied().fold(1.0, f64::max);
    let small = FontId::monospace(10.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(2.0, 6.0);
        for (byte, cost) in bytes.iter().zip(costs).take(shown) {
            let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, HEIGHT + 30.0), egui::Sense::hover());
            let byte_name = visible::quoted(&[*byte]);
            response.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{byte_name} cost {cost:.2} bits"))
            });
            let text = ui.visuals().text_color();
            let bar = HEIGHT * (*cost / highest) as f32;
            let ground = rect.bottom() - 15.0;
            let filled = egui::Rect::from_min_max(
                pos2(rect.left() + 6.0, ground - bar.max(1.0)),
                pos2(rect.right() - 6.0, ground),
            );
            let painter = ui.painter();
            painter.rect_filled(filled, 1.0, theme::accent(ui.visuals()));
            let above = pos2(rect.center().x, filled.top() - 1.0);
            painter.text(above, egui::Align2::CENTER_BOTTOM, format!("{cost:.1}"), small.clone(), text);
            let (shown, color) = byte_under_bar(*byte, text, theme::mark(ui.visuals()));
            painter.text(
                pos2(rect.center().x, rect.bottom()),
                egui::Align2::CENTER_BOTTOM,
                shown,
                FontId::monospace(12.0),
                color,
            );
        }
    });
    if bytes.len() > shown {
        ui.label(RichText::new(format!("and {} more bytes", bytes.len() - shown)).small().weak());
    }
}

fn byte_under_bar(byte: u8, text: Color32, mark: Color32) -> (String, Color32) {
    match byte {
        b' ' => ("·".to_owned(), text),
        b'\n' => ("\\n".to_owned(), text),
        b'\t' => ("\\t".to_owned(), text),
        byte if byte.is_ascii_graphic() => (char::from(byte).to_string(), text),
        byte => (format!("{byte:02X}"), mark),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_codes_break_into_lines() {
        assert_eq!(grouped("0011111110100010"), "0011 1111 1010 0010");
        let long = grouped(&"01".repeat(128));
        assert_eq!(long.lines().count(), 6);
        assert_eq!(long.chars().filter(char::is_ascii_digit).count(), 256);
    }

    #[test]
    fn long_windows_are_cut_short_and_say_so() {
        assert_eq!(hex(b"A\n"), "41 0A");
        assert!(hex(&[7; 60]).ends_with("07\nand 28 more"));
        assert_eq!(hex(&[7; 60]).lines().count(), 3);
    }
}
