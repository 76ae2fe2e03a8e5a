//! A window's bits between its characters above and its tokens below: which character settles which bits, which characters
//! straddle a border of tokens, and which tokens hold bits of several characters (paper, Fig 9).

use crate::app::theme;
use crate::app::visible;
use crate::tokenizer::TokenSpan;
use crate::tokenizer::view::WindowView;
use egui::{Align2, FontId, Label, Painter, Rect, RichText, Sense, StrokeKind, Ui, Visuals, pos2, vec2};
use std::ops::Range;

/// Windows of more bits have no map: it would not be readable.
const MOST_BITS: u64 = 256;

/// A bit's cell, in points: as wide as the width allows within these, in as many lines as it takes.
const NARROWEST_CELL: f32 = 11.0;
const WIDEST_CELL: f32 = 18.0;
/// Characters, bits or tokens, in a line.
const ROW: f32 = 20.0;
const GAP: f32 = 3.0;
const BETWEEN_LINES: f32 = 12.0;
/// Lines break at whole bytes of the code.
const STEP: u64 = 8;

/// What the map shows of one window; bits are counted from its first.
pub struct BitMap {
    /// Characters that settle bits, with those before them that settle none of their own.
    groups: Vec<Group>,
    tokens: Vec<Token>,
    used_bits: u64,
    bits: u64,
}

#[derive(Debug, PartialEq, Eq)]
struct Group {
    /// Bytes of the window, whole characters where they are whole in it.
    bytes: Range<usize>,
    /// How many characters, or bytes that are none, they are.
    characters: usize,
    bits: Range<u64>,
    /// Whether the bits lie in more than one token.
    straddles: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Token {
    id: u32,
    /// Those of its bits that lie in the window.
    bits: Range<u64>,
    /// How many characters have bits in it or wait for one that has.
    characters: usize,
}

impl BitMap {
    /// The map of a window, if it has a code that is short enough: `text` are its bytes, `bit_ends` where their bits end in
    /// the text's code, `tokens` all of the text's.
    pub fn new(window: &WindowView, text: &[u8], bit_ends: &[u64], tokens: &[TokenSpan]) -> Option<Self> {
        let bits = window.used_bits + window.padding;
        if window.code_binary.is_empty() || bits > MOST_BITS {
            return None;
        }
        let clip = |bit: u64| bit.saturating_sub(window.first_bit).min(bits);
        let from = tokens.partition_point(|token| token.bits.end <= window.first_bit);
        let inside = tokens[from..].iter().map(|token| (token.token, clip(token.bits.start)..clip(token.bits.end)));
        let spans: Vec<(u32, Range<u64>)> = inside.take_while(|(_, bits)| !bits.is_empty()).collect();
        let (mut groups, mut first_byte, mut first_bit, mut characters) = (Vec::new(), 0, 0, 0);
        for character in characters_of(text) {
            let Some(&end) = character.end.checked_sub(1).and_then(|last| bit_ends.get(last)) else { break };
            let end = clip(end);
            characters += 1;
            if end > first_bit || character.end == text.len() {
                let straddles = spans.iter().any(|(_, token)| first_bit < token.start && token.start < end);
                groups.push(Group { bytes: first_byte..character.end, characters, bits: first_bit..end, straddles });
                (first_byte, first_bit, characters) = (character.end, end, 0);
            }
        }
        let token = |(id, bits): (u32, Range<u64>)| {
            let inside = |group: &&Group| group.bits.start < bits.end && bits.start < group.bits.end;
            let characters = groups.iter().filter(inside).map(|group: &Group| group.characters).sum();
            Token { id, bits, characters }
        };
        let tokens = spans.into_iter().map(token).collect();
        Some(Self { groups, tokens, used_bits: window.used_bits, bits })
    }

    /// Draws the map over the width that is left, with its legend; `bytes` are the window's, `binary` its code.
    pub fn show(&self, ui: &mut Ui, bytes: &[u8], binary: &str) {
        legend(ui);
        let width = ui.available_width().max(NARROWEST_CELL * STEP as f32);
        let fitting = ((width / NARROWEST_CELL) as u64 / STEP * STEP).max(STEP);
        let (a_line, cell) = match self.bits.max(1) <= fitting {
            true => (self.bits.max(1), (width / self.bits.max(1) as f32).min(WIDEST_CELL)),
            false => (fitting, (width / fitting as f32).min(WIDEST_CELL)),
        };
        let lines = self.bits.div_ceil(a_line).max(1);
        let line_height = 3.0 * ROW + 2.0 * GAP;
        let height = lines as f32 * (line_height + BETWEEN_LINES) - BETWEEN_LINES;
        let (area, response) = ui.allocate_exact_size(vec2(cell * a_line as f32, height), Sense::hover());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, self.in_words(bytes)));
        let drawing = Drawing { painter: ui.painter(), visuals: ui.visuals(), area, cell, a_line };
        for (index, group) in self.groups.iter().filter(|group| !group.bits.is_empty()).enumerate() {
            drawing.group(index, group, quoted(bytes, &group.bytes).trim_matches(['“', '”']));
        }
        let visuals = ui.visuals();
        for (bit, digit) in (0..self.bits).zip(binary.chars()) {
            let color = if bit < self.used_bits { visuals.text_color() } else { visuals.weak_text_color() };
            for rect in drawing.rects(&(bit..bit + 1), 1.0) {
                ui.painter().text(rect.center(), Align2::CENTER_CENTER, digit, FontId::monospace(11.0), color);
            }
        }
        self.tokens.iter().for_each(|token| drawing.token(token));
        let hovered = response.hover_pos().and_then(|pointer| {
            let under = |bits: &Range<u64>, row| drawing.rects(bits, row).iter().any(|rect| rect.contains(pointer));
            let group = self.groups.iter().find(|group| under(&group.bits, 0.0)).map(|group| group.in_words(bytes));
            group.or_else(|| self.tokens.iter().find(|token| under(&token.bits, 2.0)).map(Token::in_words))
        });
        if let Some(words) = hovered {
            response.on_hover_text_at_pointer(words);
        }
    }

    /// The map for those who do not see it.
    fn in_words(&self, bytes: &[u8]) -> String {
        let groups = self.groups.iter().map(|group| group.in_words(bytes));
        groups.chain(self.tokens.iter().map(Token::in_words)).collect::<Vec<_>>().join("; ")
    }
}

impl Group {
    fn in_words(&self, bytes: &[u8]) -> String {
        let straddles = if self.straddles { ", across tokens" } else { "" };
        format!("{} settles bits {} to {}{straddles}", quoted(bytes, &self.bytes), self.bits.start, self.bits.end)
    }
}

impl Token {
    fn in_words(&self) -> String {
        let shared = if self.characters > 1 { format!(", of {} characters", self.characters) } else { String::new() };
        format!("token {} is bits {} to {}{shared}", self.id, self.bits.start, self.bits.end)
    }
}

/// What is drawn how.
fn legend(ui: &mut Ui) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        let swatch = |ui: &mut Ui, warned: bool, filled: bool| {
            let (rect, _) = ui.allocate_exact_size(vec2(16.0, 12.0), Sense::hover());
            let visuals = ui.visuals();
            let fill = if filled { theme::window_fill(0, visuals) } else { visuals.widgets.inactive.bg_fill };
            ui.painter().rect_filled(rect, 3.0, fill);
            if warned {
                ui.painter().rect_stroke(rect, 3.0, (1.5, visuals.warn_fg_color), StrokeKind::Inside);
            }
        };
        let entries = [
            (false, true, "character, over its bits"),
            (true, true, "straddles tokens"),
            (false, false, "token"),
            (true, false, "of several characters"),
        ];
        for (warned, filled, name) in entries {
            swatch(ui, warned, filled);
            ui.add(Label::new(RichText::new(name).small().weak()).extend());
            ui.add_space(4.0);
        }
    });
}

/// Where the map is drawn.
struct Drawing<'a> {
    painter: &'a Painter,
    visuals: &'a Visuals,
    area: Rect,
    cell: f32,
    a_line: u64,
}

impl Drawing<'_> {
    /// Where some bits are in a row (0 characters, 1 bits, 2 tokens): a piece for each line that they are in.
    fn rects(&self, bits: &Range<u64>, row: f32) -> Vec<Rect> {
        if bits.is_empty() {
            return Vec::new();
        }
        let lines = bits.start / self.a_line..=(bits.end - 1) / self.a_line;
        let piece = |line: u64| {
            let first = line * self.a_line;
            let from = bits.start.max(first) - first;
            let to = bits.end.min(first + self.a_line) - first;
            let top = self.area.top() + line as f32 * (3.0 * ROW + 2.0 * GAP + BETWEEN_LINES) + row * (ROW + GAP);
            let [left, right] = [from, to].map(|bit| self.area.left() + self.cell * bit as f32);
            Rect::from_min_max(pos2(left + 1.0, top), pos2(right - 1.0, top + ROW))
        };
        lines.map(piece).collect()
    }

    fn group(&self, index: usize, group: &Group, text: &str) {
        for rect in self.rects(&group.bits, 0.0) {
            self.piece(rect, theme::window_fill(index, self.visuals), group.straddles, text);
        }
    }

    fn token(&self, token: &Token) {
        for rect in self.rects(&token.bits, 2.0) {
            self.piece(rect, self.visuals.widgets.inactive.bg_fill, token.characters > 1, &token.id.to_string());
        }
    }

    fn piece(&self, rect: Rect, fill: egui::Color32, warned: bool, text: &str) {
        self.painter.rect_filled(rect, 3.0, fill);
        if warned {
            self.painter.rect_stroke(rect, 3.0, (1.5, self.visuals.warn_fg_color), StrokeKind::Inside);
        }
        let longest = (rect.width() / 6.2) as usize;
        let shown = if text.chars().count() <= longest { text } else { "…" };
        let (font, ink) = (FontId::monospace(11.0), theme::reading_text(self.visuals));
        self.painter.text(rect.center(), Align2::CENTER_CENTER, shown, font, ink);
    }
}

/// Characters of a text, by their bytes; bytes that are no whole character here stand for themselves.
fn characters_of(text: &[u8]) -> Vec<Range<usize>> {
    let mut characters = Vec::new();
    let mut at = 0;
    for chunk in text.utf8_chunks() {
        let whole = chunk.valid().chars().map(char::len_utf8);
        for length in whole.chain(chunk.invalid().iter().map(|_| 1)) {
            characters.push(at..at + length);
            at += length;
        }
    }
    characters
}

fn quoted(bytes: &[u8], of: &Range<usize>) -> String {
    visible::quoted(bytes.get(of.clone()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::view::End;

    fn window(first_bit: u64, used_bits: u64, padding: u64) -> WindowView {
        WindowView {
            byte_start: 0,
            byte_len: 4,
            first_bit,
            used_bits,
            padding,
            code_hex: "beef".to_owned(),
            code_binary: "1011111011101111".to_owned(),
            first_token: 0,
            tokens: vec![190, 239],
            byte_bits: vec![1.0; 4],
            candidates: 1,
            ambiguous: false,
            unresolved: false,
            end: End::Text,
        }
    }

    fn tokens(width: u64, bits: u64) -> Vec<TokenSpan> {
        let token = |index| TokenSpan {
            token: index as u32,
            bits: index * width..(index + 1) * width,
            symbols: 0..1,
            window: Some(0),
        };
        (0..bits / width).map(token).collect()
    }

    fn group(bytes: Range<usize>, characters: usize, bits: Range<u64>, straddles: bool) -> Group {
        Group { bytes, characters, bits, straddles }
    }

    #[test]
    fn characters_across_tokens_straddle_and_those_without_bits_join_the_next() {
        // The second window of 16 bits, in tokens of 8.
        let map =
            BitMap::new(&window(16, 13, 3), b"the ", &[16 + 5, 16 + 5, 16 + 11, 16 + 13], &tokens(8, 48)).unwrap();
        let groups = [group(0..1, 1, 0..5, false), group(1..3, 2, 5..11, true), group(3..4, 1, 11..13, false)];
        assert_eq!(map.groups, groups);
        let token = |id, bits, characters| Token { id, bits, characters };
        assert_eq!(map.tokens, [token(2, 0..8, 3), token(3, 8..16, 3)]);
        let words = map.in_words(b"the ");
        assert!(words.contains("“he” settles bits 5 to 11, across tokens; "), "{words}");
        assert!(words.ends_with("token 3 is bits 8 to 16, of 3 characters"), "{words}");
    }

    #[test]
    fn a_character_of_several_bytes_is_one_and_a_cut_one_is_its_bytes() {
        // “é” settles bits 3 to 10, by its second byte from 6 on; neither byte alone crosses to the second token.
        let text = "aéb".as_bytes();
        let map = BitMap::new(&window(0, 12, 4), text, &[3, 8, 10, 12], &tokens(8, 16)).unwrap();
        assert_eq!(
            map.groups,
            [group(0..1, 1, 0..3, false), group(1..3, 1, 3..10, true), group(3..4, 1, 10..12, false)]
        );
        assert_eq!(map.tokens.iter().map(|token| token.characters).collect::<Vec<_>>(), [2, 2]);
        let cut = BitMap::new(&window(0, 12, 4), &text[2..], &[8, 12], &tokens(8, 16)).unwrap();
        assert_eq!(cut.groups, [group(0..1, 1, 0..8, false), group(1..2, 1, 8..12, false)]);
        assert_eq!(cut.tokens.iter().map(|token| token.characters).collect::<Vec<_>>(), [1, 1]);
    }

    #[test]
    fn tokens_that_cross_windows_are_clipped_and_long_windows_have_no_map() {
        let map = BitMap::new(&window(24, 16, 8), b"ab", &[30, 40], &tokens(16, 96)).unwrap();
        assert_eq!(
            map.tokens.iter().map(|token| (token.id, token.bits.clone())).collect::<Vec<_>>(),
            [(1, 0..8), (2, 8..24)]
        );
        assert!(BitMap::new(&window(0, 256, 1), b"a", &[64], &tokens(8, 72)).is_none());
        let piece = WindowView { code_binary: String::new(), ..window(0, 16, 0) };
        assert!(BitMap::new(&piece, b"a", &[16], &tokens(16, 16)).is_none());
    }

    #[test]
    fn lines_of_bits_take_pieces() {
        let context = egui::Context::default();
        let painter = Painter::new(context, egui::LayerId::background(), Rect::EVERYTHING);
        let area = Rect::from_min_size(pos2(0.0, 0.0), vec2(160.0, 200.0));
        let drawing = Drawing { painter: &painter, visuals: &Visuals::dark(), area, cell: 10.0, a_line: 16 };
        let across = |bits: Range<u64>| {
            drawing.rects(&bits, 0.0).iter().map(|rect| (rect.left(), rect.right())).collect::<Vec<_>>()
        };
        assert_eq!(across(4..8), [(41.0, 79.0)]);
        assert_eq!(across(12..34), [(121.0, 159.0), (1.0, 159.0), (1.0, 19.0)]);
        assert!(across(3..3).is_empty());
    }
}
