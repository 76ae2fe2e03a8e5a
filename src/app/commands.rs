//! Everything that the window can be told at any time: one list, from which the palette, the shortcuts and the help sheet
//! are made.

use super::layout::Pane;
use egui::{Context, Key, KeyboardShortcut, Modifiers};

/// What can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Palette,
    Help,
    Show(Pane),
    OtherTheme,
    ResetLayout,
    Larger,
    Smaller,
    UsualSize,
    Start,
    PauseOrContinue,
    Stop,
    Close,
}

/// The digits that bring panes forward, in their order.
const DIGITS: [Key; Pane::ALL.len()] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

impl Command {
    /// All of them, in the order in which they are listed.
    pub fn all() -> impl Iterator<Item = Self> {
        let panes = Pane::ALL.into_iter().map(Self::Show);
        let window = [Self::OtherTheme, Self::ResetLayout, Self::Larger, Self::Smaller, Self::UsualSize, Self::Close];
        let run = [Self::Start, Self::PauseOrContinue, Self::Stop];
        [Self::Palette, Self::Help].into_iter().chain(panes).chain(run).chain(window)
    }

    pub fn name(self) -> String {
        match self {
            Self::Palette => "Find a command".to_owned(),
            Self::Help => "Help and shortcuts".to_owned(),
            Self::Show(pane) => format!("Show the pane {}: {}", pane.name(), pane.meaning()),
            Self::OtherTheme => "Switch between light and dark".to_owned(),
            Self::ResetLayout => "Put all panes back in their places".to_owned(),
            Self::Larger => "Larger type".to_owned(),
            Self::Smaller => "Smaller type".to_owned(),
            Self::UsualSize => "Usual type size".to_owned(),
            Self::Start => "Start the experiment that is named in Live".to_owned(),
            Self::PauseOrContinue => "Pause or continue the experiment".to_owned(),
            Self::Stop => "Stop the experiment, with a checkpoint".to_owned(),
            Self::Close => "Close the window".to_owned(),
        }
    }

    pub fn shortcut(self) -> KeyboardShortcut {
        let control = |key| KeyboardShortcut::new(Modifiers::COMMAND, key);
        match self {
            Self::Palette => control(Key::K),
            Self::Help => KeyboardShortcut::new(Modifiers::NONE, Key::F1),
            Self::Show(pane) => control(DIGITS[pane as usize]),
            Self::OtherTheme => control(Key::T),
            Self::ResetLayout => KeyboardShortcut::new(Modifiers::COMMAND | Modifiers::SHIFT, Key::R),
            Self::Larger => control(Key::Plus),
            Self::Smaller => control(Key::Minus),
            Self::UsualSize => control(Key::Num0),
            Self::Start => control(Key::Enter),
            Self::PauseOrContinue => KeyboardShortcut::new(Modifiers::NONE, Key::F6),
            Self::Stop => KeyboardShortcut::new(Modifiers::SHIFT, Key::F6),
            Self::Close => control(Key::Q),
        }
    }

    /// Those whose shortcuts were pressed, taken out of the input so that no field sees them too.
    pub fn pressed(ctx: &Context) -> Vec<Self> {
        // egui itself sees to type sizes.
        let own = Self::all().filter(|command| !matches!(command, Self::Larger | Self::Smaller | Self::UsualSize));
        let mut own: Vec<Self> = own.collect();
        // A shortcut without modifiers would take the keys of the one with Shift first.
        own.sort_by_key(|command| !command.shortcut().modifiers.shift);
        ctx.input_mut(|input| own.into_iter().filter(|c| input.consume_shortcut(&c.shortcut())).collect())
    }

    /// Whether every word that was typed stands in the name, in any order.
    pub fn matches(self, typed: &str) -> bool {
        let name = self.name().to_lowercase();
        typed.to_lowercase().split_whitespace().all(|word| name.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_a_shortcut_or_a_name() {
        let all: Vec<Command> = Command::all().collect();
        for (place, command) in all.iter().enumerate() {
            for other in &all[..place] {
                assert_ne!(command.shortcut(), other.shortcut(), "{command:?} and {other:?}");
                assert_ne!(command.name(), other.name());
            }
        }
        assert!(Pane::ALL.into_iter().all(|pane| all.contains(&Command::Show(pane))));
    }

    #[test]
    fn words_in_any_order_find_a_command() {
        assert!(Command::Show(Pane::Atlas).matches("atlas show"));
        assert!(Command::OtherTheme.matches("DARK"));
        assert!(!Command::OtherTheme.matches("dark atlas"));
    }
}
