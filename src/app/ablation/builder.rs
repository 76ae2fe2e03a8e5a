//! The fields of an experiment: axes, M1, text and budget, each beside what may be typed.

use super::draft::{self, Draft, Kind, value};
use super::presets::PRESETS;
use egui::{ComboBox, Grid, RichText, TextEdit, Ui};
use std::collections::BTreeMap;
use toml::{Table, Value};

/// A field: its section and key, its label, what may stand in it, and how it is read.
type Field = (&'static str, &'static str, &'static str, &'static str, Kind);

const HEAD: [Field; 2] = [
    ("", "name", "Name", "letters, digits, - and _: names the results folder", Kind::Text),
    ("corpus", "source", "Text", "default, or a path, or paths with commas between", Kind::Text),
];

const AXES: [Field; 12] = [
    (
        "grid",
        "window_bits",
        "Window bits b",
        "16, 24..64 step 8, or 16..128 times 2; blank for no windows",
        Kind::Wholes,
    ),
    ("grid", "vocabulary", "Vocabulary v", "256, 65k: powers of two", Kind::Wholes),
    ("grid", "ending", "Ending", "exact, greedy, delay: when a window closes", Kind::Words),
    ("grid", "reset", "Reset of M1", "1, 2, never: after how many windows M1 starts afresh", Kind::Mixed),
    ("grid", "words", "Words", "0, 4: bits that a window may end early, to end with a word", Kind::Wholes),
    ("grid", "methods", "Other methods", "Bytes, SentencePiece, AC[v=256]", Kind::Words),
    ("m2", "size", "Model size", "nano, micro, small, 3m, 25m, 113m, 403m, 2b", Kind::Words),
    ("m2", "context", "Context", "tokens of one example: 128, 256", Kind::Wholes),
    ("m2", "batch", "Batch", "examples of one step: 8, 16", Kind::Wholes),
    ("m2", "example_bytes", "Coding example", "text coded by itself, in bytes: 10240", Kind::Wholes),
    ("grid", "base_rate", "Learning rate", "base rates: 0.5, 1, 2; blank for [m2]'s", Kind::Decimals),
    ("grid", "seeds", "Seeds", "1..5", Kind::Wholes),
];

/// M1s to choose from: a name, a key of [m1] and its value.
const M1S: [(&str, &str, &str); 4] = [
    ("shipped, 3m", "shipped", "3m"),
    ("shipped, micro", "shipped", "micro"),
    ("none: all symbols alike", "stand_in", "uniform"),
    ("none: symbols by frequency", "stand_in", "unigram"),
];

/// What a run's length is counted in.
const BUDGETS: [(&str, &str); 4] =
    [("steps", "steps"), ("tokens", "tokens"), ("bytes", "bytes of text"), ("flops", "FLOPs")];

/// Width of the column of names, in points.
const LABEL: f32 = 104.0;
const GAP: f32 = 12.0;
const LEAST_FIELD: f32 = 120.0;

/// What stands in the fields.
#[derive(Default)]
pub struct Builder {
    typed: BTreeMap<(&'static str, &'static str), String>,
    amount: String,
    preset: Option<usize>,
}

impl Builder {
    /// Fills the fields from a text that was typed or loaded; fields of a text that cannot be read stay as they were.
    pub fn read(&mut self, text: &str) {
        let Some(draft) = Draft::parse(text) else { return };
        for (section, key, ..) in HEAD.iter().chain(&AXES) {
            // A parameter with several values is an axis of the grid.
            let axis = if *section == "m2" { draft.field("grid", key) } else { String::new() };
            let text = if axis.is_empty() { draft.field(section, key) } else { axis };
            self.typed.insert((section, key), text);
        }
        self.amount = length(&draft).1;
    }

    /// Draws the fields over `text`; true when one changed it.
    pub fn show(&mut self, ui: &mut Ui, text: &mut String) -> bool {
        let mut changed = self.presets(ui, text);
        let Some(mut draft) = Draft::parse(text) else {
            ui.label("The spec below is no TOML at the moment: mend it there, or choose a preset.");
            return changed;
        };
        let mut edited = false;
        let room = (ui.available_width() - LABEL - GAP).max(LEAST_FIELD);
        Grid::new("ablation fields").num_columns(2).min_col_width(LABEL).spacing([GAP, 5.0]).show(ui, |ui| {
            for field in &HEAD {
                edited |= self.field(ui, room, &mut draft, field);
            }
            edited |= m1(ui, room, &mut draft);
            for field in &AXES {
                edited |= self.field(ui, room, &mut draft, field);
            }
            edited |= self.budget(ui, room, &mut draft);
        });
        if edited {
            *text = draft.text();
            changed = true;
        }
        changed
    }

    fn presets(&mut self, ui: &mut Ui, text: &mut String) -> bool {
        let mut chosen = None;
        ui.horizontal(|ui| {
            let label = ui.label("Begin with");
            let shown = self.preset.and_then(|at| PRESETS.get(at)).map_or("one of the paper's experiments", |p| p.name);
            ComboBox::from_id_salt("preset")
                .width((ui.available_width() - 8.0).clamp(120.0, 420.0))
                .selected_text(shown)
                .truncate()
                .show_ui(ui, |ui| {
                    for (at, preset) in PRESETS.iter().enumerate() {
                        if ui
                            .selectable_label(self.preset == Some(at), preset.name)
                            .on_hover_text(preset.note)
                            .clicked()
                        {
                            chosen = Some(at);
                        }
                    }
                })
                .response
                .labelled_by(label.id);
        });
        if let Some((at, preset)) = chosen.and_then(|at| Some((at, PRESETS.get(at)?))) {
            self.preset = Some(at);
            preset.text.clone_into(text);
            self.read(text);
        }
        if let Some(preset) = self.preset.and_then(|at| PRESETS.get(at)) {
            ui.label(RichText::new(preset.note).weak());
        }
        chosen.is_some()
    }

    fn field(&mut self, ui: &mut Ui, room: f32, draft: &mut Draft, field: &Field) -> bool {
        let (section, key, name, hint, kind) = *field;
        let label = ui.label(name).on_hover_text(hint);
        let typed = self.typed.entry((section, key)).or_default();
        let empty = typed.is_empty();
        let edit = TextEdit::singleline(typed).id_salt((section, key)).hint_text(hint).desired_width(room);
        let mut edit = ui.add(edit).labelled_by(label.id);
        // An empty field says it itself.
        if !empty {
            edit = edit.on_hover_text(hint);
        }
        let changed = edit.changed();
        ui.end_row();
        if changed {
            let new = value(typed, kind);
            match new {
                // [m2] holds what all runs share, and the grid what differs.
                Some(Value::Array(values)) if section == "m2" && values.len() == 1 => {
                    draft.set("grid", key, None);
                    draft.set("m2", key, values.into_iter().next());
                }
                new if section == "m2" => draft.set("grid", key, new),
                new => draft.set(section, key, new),
            }
        }
        changed
    }

    fn budget(&mut self, ui: &mut Ui, room: f32, draft: &mut Draft) -> bool {
        let (mut by, _) = length(draft);
        let before = by.clone();
        let label = ui.label("Every run").on_hover_text("What all runs have alike: steps, or a matched budget");
        let mut changed = false;
        ui.horizontal(|ui| {
            let amount = (0.45 * room).min(110.0);
            let width = (room - amount - ui.spacing().item_spacing.x).min(130.0);
            let edit = TextEdit::singleline(&mut self.amount).id_salt("amount").desired_width(amount);
            changed |= ui.add(edit).labelled_by(label.id).changed();
            let shown = BUDGETS.iter().find(|(key, _)| *key == by).map_or("steps", |(_, name)| name);
            let combo =
                ComboBox::from_id_salt("budget").selected_text(shown).width(width).truncate().show_ui(ui, |ui| {
                    for (key, name) in BUDGETS {
                        ui.selectable_value(&mut by, key.to_owned(), name);
                    }
                });
            combo.response.on_hover_text(
                "Tokens: as many for each M2. Bytes: as much text, whatever a token holds. FLOPs: as much arithmetic, \
                 M1's included; steps of these two are settled once the text is tokenised.",
            );
        });
        ui.end_row();
        if by != before || changed {
            draft.set("grid", "steps", None);
            draft.set("grid", "budget", None);
            set_length(draft, &by, &self.amount);
            return true;
        }
        false
    }
}

/// What the runs' length is counted in, and how long they are.
fn length(draft: &Draft) -> (String, String) {
    let budget = draft.get("grid", "budget").or_else(|| draft.get("m2", "budget")).and_then(Value::as_table);
    match budget {
        Some(budget) => {
            let by = budget.get("by").and_then(Value::as_str).unwrap_or("tokens").to_owned();
            (by, draft::shown(budget.get("amount")))
        }
        None => ("steps".to_owned(), draft.field("m2", "steps")),
    }
}

fn set_length(draft: &mut Draft, by: &str, amount: &str) {
    let number = amount.trim().replace('_', "");
    let whole = number.parse::<i64>().map(Value::Integer);
    if by == "steps" {
        draft.set("m2", "budget", None);
        // What is no number stays a text: the spec says what it expected.
        draft.set("m2", "steps", Some(whole.unwrap_or(Value::String(amount.to_owned()))));
        return;
    }
    let amount = number.parse::<f64>().map_or_else(|_| Value::String(amount.to_owned()), Value::Float);
    let budget = Table::from_iter([("by".to_owned(), Value::String(by.to_owned())), ("amount".to_owned(), amount)]);
    draft.set("m2", "steps", None);
    draft.set("m2", "budget", Some(Value::Table(budget)));
}

fn m1(ui: &mut Ui, room: f32, draft: &mut Draft) -> bool {
    let label =
        ui.label("M1").on_hover_text("The model that codes the text. It is the same for all runs of an experiment");
    let holds = |key: &str, value: &str| draft.get("m1", key).and_then(Value::as_str) == Some(value);
    let now = M1S.iter().position(|(_, key, value)| holds(key, value));
    let trained = draft.section("m1").is_some_and(|m1| m1.contains_key("size"));
    let shown = match now.and_then(|at| M1S.get(at)) {
        Some((name, ..)) => name,
        None if trained => "trained first, as the spec says",
        None => "as the spec says",
    };
    let mut chosen = None;
    ComboBox::from_id_salt("m1")
        .selected_text(shown)
        .width(room.min(230.0))
        .truncate()
        .show_ui(ui, |ui| {
            for (at, (name, ..)) in M1S.iter().enumerate() {
                if ui.selectable_label(now == Some(at), *name).clicked() {
                    chosen = M1S.get(at);
                }
            }
        })
        .response
        .labelled_by(label.id);
    ui.end_row();
    if let Some((_, key, value)) = chosen {
        draft.set_section("m1", Table::from_iter([((*key).to_owned(), Value::String((*value).to_owned()))]));
    }
    chosen.is_some()
}
