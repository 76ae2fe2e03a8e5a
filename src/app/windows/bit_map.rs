//! A window's bits between its bytes above and its tokens below: which byte settles which bits, and which bytes straddle a
//! border of tokens (paper, Fig 9).

use crate::app::theme;
use crate::app::visible;
use crate::tokenizer::TokenSpan;
use crate::tokenizer::view::WindowView;
use egui::{Align2, FontId, Rect, Sense, StrokeKind, Ui, pos2, vec2};
use std::ops::Range;

/// Windows of more bits have no map: it would not be readable.
const MOST_BITS: u64 = 64;

/// A bit's cell, in points: as wide as all of the card's width allows, up to this.
const WIDEST_CELL: f32 = 16.0;
const CARD: f32 = 516.0;
const ROW: f32 = 20.0;

/// What the map shows of one window; bits are counted from its first.
pub struct BitMap {
    /// Bytes that settle bits, with those before them that settle none of their own.
    groups: Vec<Group>,
    /// Ids, and the bits of each that lie in the window.
    tokens: Vec<(u32, Range<u64>)>,
    used_bits: u64,
    bits: u64,
}

#[derive(Debug, PartialEq, Eq)]
struct Group {
    bytes: Range<usize>,
    bits: Range<u64>,
    straddles: bool,
}

impl BitMap {
    /// The map of a window, if it has a code that is short enough: `bit_ends` are where its bytes' bits end in the text's
    /// code, `tokens` all of the text's.
    pub fn new(window: &WindowView, bit_ends: &[u64], tokens: &[TokenSpan]) -> Option<Self> {
        let bits = window.used_bits + window.padding;
        if window.code_binary.is_empty() || bits > MOST_BITS {
            return None;
        }
        let within = |bits_of: &Range<u64>| {
            let clip = |bit: u64| bit.saturating_sub(window.first_bit).min(bits);
            clip(bits_of.start)..clip(bits_of.end)
        };
        let from = tokens.partition_point(|token| token.bits.end <= window.first_bit);
        let inside = tokens[from..].iter().map(|token| (token.token, within(&token.bits)));
        let tokens: Vec<(u32, Range<u64>)> = inside.take_while(|(_, bits)| !bits.is_empty()).collect();
        let (mut groups, mut first_byte, mut first_bit) = (Vec::new(), 0, 0);
        for (byte, &end) in bit_ends.iter().enumerate() {
            let end = end.saturating_sub(window.first_bit).min(bits);
            let last = byte + 1 == bit_ends.len();
            if end > first_bit || last {
                let straddles = tokens.iter().any(|(_, token)| first_bit < token.start && token.start < end);
                groups.push(Group { bytes: first_byte..byte + 1, bits: first_bit..end, straddles });
                (first_byte, first_bit) = (byte + 1, end);
            }
        }
        Some(Self { groups, tokens, used_bits: window.used_bits, bits })
    }

    /// Draws the map; `bytes` are the window's, `binary` its code.
    pub fn show(&self, ui: &mut Ui, bytes: &[u8], binary: &str) {
        let cell = (CARD / self.bits as f32).min(WIDEST_CELL);
        let (area, response) = ui.allocate_exact_size(vec2(cell * self.bits as f32, 3.0 * ROW + 6.0), Sense::hover());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, self.in_words(bytes)));
        let visuals = ui.visuals().clone();
        let painter = ui.painter();
        let spanned = |bits: &Range<u64>, row: f32| {
            let [left, right] = [bits.start, bits.end].map(|bit| area.left() + cell * bit as f32);
            let top = area.top() + row * (ROW + 3.0);
            Rect::from_min_max(pos2(left + 1.0, top), pos2(right - 1.0, top + ROW))
        };
        let label = |rect: Rect, text: &str| {
            let longest = (rect.width() / 6.2) as usize;
            let shown = if text.chars().count() <= longest { text } else { "…" };
            let font = FontId::monospace(11.0);
            painter.text(rect.center(), Align2::CENTER_CENTER, shown, font, theme::reading_text(&visuals));
        };
        for (index, group) in self.groups.iter().filter(|group| !group.bits.is_empty()).enumerate() {
            let rect = spanned(&group.bits, 0.0);
            painter.rect_filled(rect, 3.0, theme::window_fill(index, &visuals));
            if group.straddles {
                painter.rect_stroke(rect, 3.0, (1.5, visuals.warn_fg_color), StrokeKind::Inside);
            }
            label(rect, quoted(bytes, &group.bytes).trim_matches(['“', '”']));
        }
        for (bit, digit) in binary.chars().enumerate() {
            let rect = spanned(&(bit as u64..bit as u64 + 1), 1.0);
            let color = if (bit as u64) < self.used_bits { visuals.text_color() } else { visuals.weak_text_color() };
            painter.text(rect.center(), Align2::CENTER_CENTER, digit, FontId::monospace(11.0), color);
        }
        for (id, bits) in &self.tokens {
            let rect = spanned(bits, 2.0);
            painter.rect_filled(rect, 3.0, visuals.widgets.inactive.bg_fill);
            label(rect, &id.to_string());
        }
    }

    /// The map for those who do not see it.
    fn in_words(&self, bytes: &[u8]) -> String {
        let groups = self.groups.iter().map(|Group { bytes: of, bits, straddles }| {
            let straddles = if *straddles { ", across tokens" } else { "" };
            format!("{} settles bits {} to {}{straddles}", quoted(bytes, of), bits.start, bits.end)
        });
        let tokens = self.tokens.iter().map(|(id, bits)| format!("token {id} is bits {} to {}", bits.start, bits.end));
        groups.chain(tokens).collect::<Vec<_>>().join("; ")
    }
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

    #[test]
    fn bytes_across_tokens_straddle_and_those_without_bits_join_the_next() {
        // The second window of 16 bits, in tokens of 8.
        let map = BitMap::new(&window(16, 13, 3), &[16 + 5, 16 + 5, 16 + 11, 16 + 13], &tokens(8, 48)).unwrap();
        let group = |bytes, bits, straddles| Group { bytes, bits, straddles };
        assert_eq!(map.groups, [group(0..1, 0..5, false), group(1..3, 5..11, true), group(3..4, 11..13, false)]);
        assert_eq!(map.tokens, [(2, 0..8), (3, 8..16)]);
        assert!(
            map.in_words(b"the ").contains("“he” settles bits 5 to 11, across tokens; "),
            "{}",
            map.in_words(b"the ")
        );
    }

    #[test]
    fn tokens_that_cross_windows_are_clipped_and_long_windows_have_no_map() {
        let map = BitMap::new(&window(24, 16, 8), &[30, 40], &tokens(16, 96)).unwrap();
        assert_eq!(map.tokens, [(1, 0..8), (2, 8..24)]);
        assert!(BitMap::new(&window(0, 64, 1), &[64], &tokens(8, 72)).is_none());
        let piece = WindowView { code_binary: String::new(), ..window(0, 16, 0) };
        assert!(BitMap::new(&piece, &[16], &tokens(16, 16)).is_none());
    }
}
