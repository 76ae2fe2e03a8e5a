//! The coding interval, byte by byte: each bar is what the bytes so far have come down to, split among the symbols that may
//! come next; the part that the next byte takes is blown up to the bar below it.

use crate::app::{format, theme, visible};
use crate::tokenizer::End;
use crate::tokenizer::steps::{Choice, Coding, Split, Step, Steps, Whole};
use egui::text::{LayoutJob, TextFormat};
use egui::{Align2, EventFilter, FontId, Grid, Key, Painter, Pos2, Rect, Response, RichText, Sense, Shape};
use egui::{Slider, Stroke, TextStyle, Ui, Visuals, WidgetInfo, pos2, vec2};

/// The bar of the step that shows, and those of the steps before it, in points.
const TALL: f32 = 40.0;
const LOW: f32 = 22.0;
/// The height in which a part is blown up to a bar.
const ZOOM: f32 = 16.0;
/// How many bars of steps before show.
const EARLIER: usize = 2;
/// Settled bits that are written out; of more, the last ones.
const BITS_SHOWN: usize = 96;

/// Which step shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IntervalState {
    /// How many bytes the coder has taken.
    taken: usize,
}

impl IntervalState {
    /// Goes back to the first step.
    pub fn restart(&mut self) {
        self.taken = 0;
    }
}

/// Draws the step that shows, with what goes from step to step.
pub fn show(ui: &mut Ui, state: &mut IntervalState, steps: &Steps) {
    // With no byte to come, the last step is where the text ends.
    let last = steps.steps.len();
    state.taken = state.taken.min(last);
    controls(ui, state, last);
    ui.add_space(2.0);
    let response = bars(ui, state, steps);
    keys(ui, &response, state, last);
    ui.add_space(4.0);
    numbers(ui, steps, state.taken);
}

fn controls(ui: &mut Ui, state: &mut IntervalState, last: usize) {
    ui.horizontal_wrapped(|ui| {
        let at = state.taken;
        let mut button = |ui: &mut Ui, name: &str, what: &str, enabled: bool, to: usize| {
            if ui.add_enabled(enabled, egui::Button::new(name)).on_hover_text(what).clicked() {
                state.taken = to;
            }
        };
        button(ui, "First", "To the whole interval, before any byte (Home)", at > 0, 0);
        button(ui, "Back", "One byte back (left arrow, once the bars have the focus)", at > 0, at.saturating_sub(1));
        button(ui, "Forward", "One byte on (right arrow, once the bars have the focus)", at < last, at + 1);
        button(ui, "Last", "To where the window ends, and why (End)", at < last, last);
        ui.spacing_mut().slider_width = (ui.available_width() - 150.0).clamp(80.0, 200.0);
        let name = ui.label("Bytes taken");
        ui.add(Slider::new(&mut state.taken, 0..=last)).labelled_by(name.id);
    });
}

fn keys(ui: &Ui, response: &Response, state: &mut IntervalState, last: usize) {
    if response.clicked() {
        response.request_focus();
    }
    if !response.has_focus() {
        return;
    }
    let arrows = EventFilter { horizontal_arrows: true, ..Default::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    ui.input(|input| {
        if input.key_pressed(Key::ArrowLeft) {
            state.taken = state.taken.saturating_sub(1);
        } else if input.key_pressed(Key::ArrowRight) {
            state.taken = (state.taken + 1).min(last);
        } else if input.key_pressed(Key::Home) {
            state.taken = 0;
        } else if input.key_pressed(Key::End) {
            state.taken = last;
        }
    });
}

/// The split that comes after `taken` bytes; none where the text ends.
fn split(steps: &Steps, taken: usize) -> Option<&Split> {
    steps.steps.get(taken).map(|step| &step.split).or(steps.ending.next.as_ref())
}

/// The bars, from earlier steps down to the one that shows.
fn bars(ui: &mut Ui, state: &IntervalState, steps: &Steps) -> Response {
    let earlier = EARLIER.min(state.taken);
    let height = TALL + earlier as f32 * (LOW + ZOOM);
    let (area, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, in_words(steps, state.taken)));
    let visuals = ui.visuals().clone();
    let painter = ui.painter_at(area.expand(2.0));
    let mut top = area.top();
    let mut hovered = None;
    for taken in state.taken - earlier..=state.taken {
        let current = taken == state.taken;
        let bar = Rect::from_min_size(pos2(area.left(), top), vec2(area.width(), if current { TALL } else { LOW }));
        match split(steps, taken) {
            Some(split) => {
                let taken_part = draw_split(&painter, &visuals, bar, split, current);
                if !current {
                    zoom(&painter, &visuals, taken_part, bar, ZOOM);
                }
                let pointer = response.hover_pos().filter(|pointer| bar.contains(*pointer));
                hovered = hovered.or(pointer.map(|pointer| (split, share_at(bar, pointer))));
            }
            None => {
                painter.rect_filled(bar, 3.0, visuals.faint_bg_color);
                let font = TextStyle::Body.resolve(ui.style());
                let color = visuals.weak_text_color();
                painter.text(bar.center(), Align2::CENTER_CENTER, "The text ends here: nothing is split", font, color);
            }
        }
        top = bar.bottom() + ZOOM;
    }
    if response.has_focus() {
        let frame = Stroke::new(1.5, theme::accent(&visuals));
        painter.rect_stroke(area.expand(1.0), 4.0, frame, egui::StrokeKind::Inside);
    }
    match hovered {
        Some((split, share)) => response.on_hover_ui_at_pointer(|ui| describe(ui, split, share)),
        None => response,
    }
}

fn share_at(bar: Rect, pointer: Pos2) -> f64 {
    f64::from((pointer.x - bar.left()) / bar.width())
}

/// Draws a bar, and returns where on it the byte's part lies.
fn draw_split(painter: &Painter, visuals: &Visuals, bar: Rect, split: &Split, current: bool) -> Rect {
    painter.rect_filled(bar, 2.0, visuals.faint_bg_color);
    let across = |[from, to]: [f64; 2]| {
        let [left, right] = [from, to].map(|share| bar.left() + bar.width() * share as f32);
        Rect::from_min_max(pos2(left, bar.top()), pos2(right, bar.bottom()))
    };
    let color = |choice: &Choice, place: usize| match choice.symbol == u16::from(split.byte) {
        true => theme::accent(visuals),
        false => theme::window_fill(place, visuals).gamma_multiply(if current { 1.0 } else { 0.6 }),
    };
    let mut taken = across([0.0, 0.0]);
    for (place, choice) in split.choices.iter().enumerate() {
        if choice.part.is_empty() {
            continue;
        }
        let is_taken = choice.symbol == u16::from(split.byte);
        let mut rect = across(choice.part.shares_of(&split.before));
        if is_taken {
            taken = rect;
            // However small, it can be seen.
            rect = Rect::from_center_size(rect.center(), vec2(rect.width().max(2.0), rect.height()));
        }
        painter.rect_filled(rect.shrink2(vec2(0.5_f32.min(rect.width() / 4.0), 0.0)), 2.0, color(choice, place));
        let label = symbol(choice.symbol);
        let size = if current { 13.0 } else { 11.0 };
        if rect.width() > size * 0.65 * label.chars().count() as f32 + 2.0 {
            let ink = if is_taken { visuals.extreme_bg_color } else { theme::reading_text(visuals) };
            painter.text(rect.center(), Align2::CENTER_CENTER, label, FontId::monospace(size), ink);
        }
    }
    if split.end_cell {
        let one = 1.0 / split.before.length.to_f64();
        let cell = across([0.0, one]);
        let cell = cell.with_max_x(cell.right().max(cell.left() + 2.0));
        painter.rect_filled(cell, 0.0, visuals.warn_fg_color);
        if cell.width() > 24.0 {
            let ink = visuals.extreme_bg_color;
            painter.text(cell.center(), Align2::CENTER_CENTER, "end", FontId::monospace(11.0), ink);
        }
    }
    taken
}

/// Two lines and a tint from a part of `bar` to all of the bar below.
fn zoom(painter: &Painter, visuals: &Visuals, part: Rect, bar: Rect, height: f32) {
    let (top, bottom) = (bar.bottom(), bar.bottom() + height);
    let corners =
        [pos2(part.left(), top), pos2(part.right(), top), pos2(bar.right(), bottom), pos2(bar.left(), bottom)];
    let tint = theme::accent(visuals).gamma_multiply(0.15);
    painter.add(Shape::convex_polygon(corners.to_vec(), tint, Stroke::NONE));
    let line = Stroke::new(1.0, theme::accent(visuals).gamma_multiply(0.7));
    painter.line_segment([corners[0], corners[3]], line);
    painter.line_segment([corners[1], corners[2]], line);
}

/// What lies under the pointer.
fn describe(ui: &mut Ui, split: &Split, share: f64) {
    let within = |choice: &&Choice| {
        let [from, to] = choice.part.shares_of(&split.before);
        (from..to).contains(&share)
    };
    if split.end_cell && share * split.before.length.to_f64() < 1.0 {
        ui.label("The cell set aside for “the window ends here”");
        return;
    }
    match split.choices.iter().filter(|choice| !choice.part.is_empty()).find(within) {
        Some(choice) => {
            let probability = f64::from(choice.frequency) / f64::from(1u32 << split.precision);
            ui.label(RichText::new(symbol(choice.symbol)).monospace().strong());
            ui.label(format!("{:.3} % likely, {:.2} bits", 100.0 * probability, -probability.log2()));
            ui.label(format!("gets {} of {}", whole(&choice.part.length), whole(&split.before.length)));
            if !choice.fits {
                ui.label("does not fit any more");
            }
        }
        None => {
            let rest = f64::from(split.rest.frequency) / f64::from(1u32 << split.precision);
            ui.label(format!("{} rarer symbols, {:.2} % together", split.rest.symbols, 100.0 * rest));
            ui.label(format!("{} of them would fit", split.rest.fitting));
        }
    }
}

/// The figures of a step.
fn numbers(ui: &mut Ui, steps: &Steps, taken: usize) {
    let step = taken.checked_sub(1).and_then(|last| steps.steps.get(last));
    let next = split(steps, taken);
    let bits = settled(ui, steps, taken, step);
    ui.spacing_mut().interact_size.y = 18.0;
    Grid::new("coding interval").num_columns(2).spacing(vec2(14.0, 4.0)).show(ui, |ui| {
        let mut row = |name: &str, what: &str, value: egui::WidgetText| {
            ui.label(RichText::new(name).weak()).on_hover_text(what);
            ui.add(egui::Label::new(value).wrap());
            ui.end_row();
        };
        if let Some(place) = next.map(|next| next.before).or(step.map(|step| step.after)) {
            let (name, what) = match steps.coding {
                Coding::Cells { .. } => ("Cells left", "Codes that a window which begins with these bytes can have"),
                Coding::Interval { .. } => ("Interval", "Where it begins and how long it is, in units of 2^−(b + 32)"),
                Coding::Register => ("Register", "The interval after the settled bits, out of 2^62"),
            };
            let from = format!("{} from {} on", whole(&place.length), whole(&place.low));
            row(name, what, format!("{from}, of 2^{}", place.bits).into());
        }
        let used = step.map_or(0, |step| step.used_bits);
        let cost = format!("{used}{}; the model asks for {:.2}", of_all(steps.coding), steps.cost_after(taken));
        row("Bits used", "What the code would take, were it closed here", cost.into());
        row("Settled", "Bits of the code that no later byte can change; new ones stand out", bits.into());
        if let Some(step) = step.filter(|step| step.pending_bits > 0) {
            let note = format!("{} opposite to the next settled bit", step.pending_bits);
            row("Pending", "The interval straddles a half; the next bit decides these too", note.into());
        }
        if taken == steps.steps.len() {
            row("Ends because", "Why the window takes no more", ending(steps).into());
        }
        match next {
            Some(next) => {
                let share = format!("{} to {} of 2^{}", next.low, next.high, next.precision);
                let name = if taken < steps.steps.len() { "Next byte" } else { "Byte after" };
                row(name, "Its probability's cost, and what it comes to once cells are whole", cost_of(next).into());
                row("Its share", "Its bounds in the cumulative distribution", share.into());
            }
            None => row("Next byte", "There is none", "none: the text ends here".into()),
        }
    });
}

/// The settled bits in fours, with those of the last byte in the accent's colour.
fn settled(ui: &Ui, steps: &Steps, taken: usize, step: Option<&Step>) -> LayoutJob {
    let font = TextStyle::Monospace.resolve(ui.style());
    let plain = TextFormat::simple(font.clone(), ui.visuals().text_color());
    let weak = TextFormat::simple(font.clone(), ui.visuals().weak_text_color());
    let ground = theme::accent(ui.visuals()).gamma_multiply(0.3);
    let new = TextFormat { background: ground, ..TextFormat::simple(font, ui.visuals().strong_text_color()) };
    let bits = steps.settled_after(taken);
    let fresh = bits.len() - step.map_or(0, |step| step.settled.len());
    let hidden = bits.len().saturating_sub(BITS_SHOWN).next_multiple_of(4);
    let mut job = LayoutJob::default();
    if bits.is_empty() {
        job.append("none yet", 0.0, weak);
        return job;
    }
    if hidden > 0 {
        job.append(&format!("{} before, …", format::count(hidden as u64)), 0.0, weak);
    }
    for (index, bit) in bits.char_indices().skip(hidden) {
        let format = if index < fresh { &plain } else { &new };
        if index > 0 && index % 4 == 0 {
            job.append(" ", 0.0, plain.clone());
        }
        job.append(bit.encode_utf8(&mut [0; 4]), 0.0, format.clone());
    }
    job
}

fn of_all(coding: Coding) -> String {
    match coding {
        Coding::Cells { bits } | Coding::Interval { bits } => format!(" of {bits} bits"),
        Coding::Register => " bits".to_owned(),
    }
}

fn cost_of(split: &Split) -> String {
    let cost = format!("{} costs {:.2} bits", symbol(split.byte.into()), split.cost_bits);
    match split.rounded_bits {
        Some(rounded) => format!("{cost}, {rounded:.2} as it is rounded"),
        None => format!("{cost}, and gets nothing of what is left"),
    }
}

/// Why the passage ends, with what the next byte would have needed.
fn ending(steps: &Steps) -> String {
    let Some((why, next)) = steps.ending.why.zip(steps.ending.next.as_ref()) else {
        return match steps.ending.why {
            Some(_) => "the text ends here".to_owned(),
            None => "it does not: these are the first bytes of a longer code".to_owned(),
        };
    };
    let byte = symbol(next.byte.into());
    match why {
        End::Full { .. } => match (steps.coding, next.needed_bits) {
            (Coding::Interval { bits }, Some(needed)) => {
                format!("with {byte} the code would need {needed} bits, and the window has {bits}")
            }
            _ if next.before.length.to_u64() == Some(1) => {
                format!("the one cell that is left is the window's end, and {byte} gets none")
            }
            _ => {
                let (cells, left) = (whole(&next.before.length), next.before.length.log2());
                format!(
                    "{byte} gets none of the {cells} cells that are left, the first of which is the window's end: they are {left:.2} bits"
                )
            }
        },
        End::OnlyZeros { .. } => format!("{byte} would add only zeros, which the padding gives for nothing"),
        End::Word { .. } => {
            format!("a word ends here; what follows, from {byte} on, does not reach the end of its word")
        }
        End::Count => "it has as many symbols as every window".to_owned(),
        End::Unsure { entropy_bits, .. } => format!("M1 is unsure of what comes next: {entropy_bits:.2} bits"),
        End::Piece => "it is a piece of the vocabulary, whole".to_owned(),
        End::Text => "the text ends here".to_owned(),
    }
}

/// A symbol as a reader sees it.
fn symbol(symbol: u16) -> String {
    match u8::try_from(symbol) {
        Ok(byte) => visible::quoted(&[byte]).trim_matches(['“', '”']).to_owned(),
        Err(_) => "end of document".to_owned(),
    }
}

/// A whole number: in groups of three up to 2^53, and as a power of two with two decimals beyond.
fn whole(number: &Whole) -> String {
    match number.to_u64().filter(|number| *number < 1 << 53) {
        Some(number) => format::count(number),
        None => format!("2^{:.2}", number.log2()),
    }
}

/// The step for those who do not see it.
fn in_words(steps: &Steps, taken: usize) -> String {
    let place = format!("Coding interval after {taken} of {} bytes", steps.steps.len());
    match split(steps, taken) {
        Some(split) => format!("{place}: {}", cost_of(split)),
        None => place,
    }
}
