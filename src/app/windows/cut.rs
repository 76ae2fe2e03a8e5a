//! How the windows pane cuts its text: windows of equal information by sliders, or any method by its name.

use crate::tokenizer::{Method, MethodError, names};
use egui::{ComboBox, RichText, Slider, TextEdit, Ui};

/// Two sliders side by side need this width.
const TWO_SLIDERS: f32 = 540.0;

/// What the methods are called that the sliders set.
const SLIDERS: &str = "Equal-Info windows";

/// How a window's end is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum Ending {
    #[default]
    Exact,
    Greedy,
    Delay,
}

/// How to cut: kept between starts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Cut {
    /// Bits of a window, 8 to 256.
    pub window_bits: u16,
    /// Bits of a token, 1 to 16.
    pub token_bits: u8,
    pub ending: Ending,
    /// Another method, by its name; then the rest waits.
    pub named: Option<String>,
}

impl Default for Cut {
    fn default() -> Self {
        Self { window_bits: 16, token_bits: 8, ending: Ending::Exact, named: None }
    }
}

impl Cut {
    /// The same within its bounds, whatever a settings file held.
    pub fn bounded(self) -> Self {
        Self { window_bits: self.window_bits.clamp(8, 256), token_bits: self.token_bits.clamp(1, 16), ..self }
    }

    /// By its name in the paper's notation.
    pub fn method(&self) -> Result<Method, MethodError> {
        if let Some(name) = &self.named {
            return name.parse();
        }
        let ending = match self.ending {
            Ending::Exact => "",
            Ending::Greedy => ", greedy",
            Ending::Delay => ", delay",
        };
        format!("EqualInfoAC[b={}, v={}{ending}]", self.window_bits, 1u32 << self.token_bits).parse()
    }

    /// The method's whole name in the paper's notation; as it was typed where it is none.
    pub fn name(&self) -> String {
        match (self.method(), &self.named) {
            (Ok(method), _) => method.to_string(),
            (Err(_), Some(typed)) => typed.clone(),
            (Err(error), None) => error.to_string(),
        }
    }

    /// The controls. `busy` shows that a cut is under way.
    pub fn show(&mut self, ui: &mut Ui, busy: bool) {
        ui.horizontal_wrapped(|ui| {
            self.show_kind(ui);
            if self.named.is_none() {
                self.show_ending(ui);
            }
            if let Some(name) = &mut self.named {
                ui.add(TextEdit::singleline(name).desired_width(300.0).font(egui::TextStyle::Monospace))
                    .on_hover_text("A method by its name; change its settings here")
                    .widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Method's name"));
            }
            if busy {
                ui.add(egui::Spinner::new().size(14.0));
            }
        });
        match (&self.named, self.method()) {
            (None, _) => self.show_sliders(ui),
            (Some(_), Err(error)) => {
                ui.label(RichText::new(error.to_string()).color(ui.visuals().error_fg_color));
            }
            (Some(_), Ok(_)) => {}
        }
    }

    fn show_kind(&mut self, ui: &mut Ui) {
        let kind = self.named.as_ref().map_or(SLIDERS, |name| name.split('[').next().unwrap_or(name).trim());
        let label = ui.label("Method");
        let combo = ComboBox::from_id_salt("method").width(190.0).height(420.0).selected_text(kind.to_owned());
        let shown = combo.show_ui(ui, |ui| {
            ui.selectable_value(&mut self.named, None, SLIDERS);
            // Windows of equal information by name have settings that no slider has: `reset`, `words`.
            for name in names() {
                ui.selectable_value(&mut self.named, Some(name.to_owned()), name);
            }
        });
        shown
            .response
            .labelled_by(label.id)
            .on_hover_text("What cuts the text: windows, or any tokenizer of the paper");
    }

    fn show_sliders(&mut self, ui: &mut Ui) {
        let narrow = ui.available_width() < TWO_SLIDERS;
        let sliders = |ui: &mut Ui| {
            ui.add(Slider::new(&mut self.window_bits, 8..=256).text("bits a window"))
                .on_hover_text("b: every window is compressed into this many bits");
            ui.add(Slider::new(&mut self.token_bits, 1..=16).text("bits a token"))
                .on_hover_text("N: the bits of the windows are cut into tokens of this width; the vocabulary is 2^N");
        };
        match narrow {
            true => ui.vertical(sliders),
            false => ui.horizontal(sliders),
        };
    }

    fn show_ending(&mut self, ui: &mut Ui) {
        ui.label("Ending");
        for (ending, name, meaning) in [
            (Ending::Exact, "exact", "Every code is one text: no bits are lost and none is ambiguous"),
            (Ending::Greedy, "greedy", "The paper's: takes all that fits; some codes are ambiguous"),
            (Ending::Delay, "delay", "The paper's: unambiguous, at a lower ratio"),
        ] {
            ui.selectable_value(&mut self.ending, ending, name).on_hover_text(meaning);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_are_named_in_the_papers_notation_and_bounded() {
        let name = |cut: Cut| cut.method().map(|method| method.to_string());
        assert_eq!(name(Cut::default()).as_deref(), Ok("EqualInfoAC[b=16, v=256]"));
        let odd = Cut { window_bits: 9999, token_bits: 0, ending: Ending::Delay, named: None }.bounded();
        assert_eq!(name(odd.clone()).as_deref(), Ok("EqualInfoAC[b=256, v=2, delay]"));
        let named = Cut { named: Some("gpt-2".to_owned()), ..odd };
        assert_eq!(name(named).as_deref(), Ok("GPT-2"));
    }
}
