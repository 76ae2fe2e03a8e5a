//! The command palette: type a few letters, press Enter.

use super::commands::Command;
use super::theme;
use egui::{Context, Key, Modifiers, RichText, ScrollArea, TextEdit, Ui};

/// Open or not, and what was typed.
#[derive(Default)]
pub struct Palette {
    open: Option<Typed>,
}

#[derive(Default)]
struct Typed {
    text: String,
    /// Place in what matches.
    at: usize,
}

impl Palette {
    pub fn open(&mut self) {
        self.open = Some(Typed::default());
    }

    /// Draws it if it is open; the command that was chosen.
    pub fn show(&mut self, ctx: &Context) -> Option<Command> {
        let typed = self.open.as_mut()?;
        let modal = theme::sheet(ctx, "palette").show(ctx, |ui| typed.show(ui));
        let chosen = modal.inner;
        if chosen.is_some() || modal.should_close() {
            self.open = None;
        }
        chosen
    }
}

impl Typed {
    fn show(&mut self, ui: &mut Ui) -> Option<Command> {
        ui.set_width(460.0);
        // Taken before the field sees them: it would move its own cursor.
        let (down, up, enter) = ui.input_mut(|input| {
            let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
            (pressed(Key::ArrowDown), pressed(Key::ArrowUp), pressed(Key::Enter))
        });
        let edit = TextEdit::singleline(&mut self.text).hint_text("a command").desired_width(f32::INFINITY);
        let field = ui.add(edit);
        field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Command"));
        field.request_focus();
        if field.changed() {
            self.at = 0;
        }
        let found: Vec<Command> =
            Command::all().filter(|command| *command != Command::Palette && command.matches(&self.text)).collect();
        let last = found.len().saturating_sub(1);
        self.at = (self.at + usize::from(down)).saturating_sub(usize::from(up)).min(last);
        let mut chosen = found.get(self.at).copied().filter(|_| enter);
        ScrollArea::vertical().auto_shrink([false, false]).max_height(340.0).min_scrolled_height(340.0).show(
            ui,
            |ui| {
                for (place, command) in found.iter().enumerate() {
                    let row = ui.horizontal(|ui| {
                        let clicked = ui.selectable_label(place == self.at, command.name()).clicked();
                        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                            ui.label(RichText::new(ui.ctx().format_shortcut(&command.shortcut())).weak());
                        });
                        clicked
                    });
                    if place == self.at && (down || up) {
                        row.response.scroll_to_me(None);
                    }
                    if row.inner {
                        chosen = Some(*command);
                    }
                }
                if found.is_empty() {
                    ui.label(RichText::new("No command has these words.").weak());
                }
            },
        );
        chosen
    }
}
