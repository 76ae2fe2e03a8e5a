//! What is known of the selected experiment: its spec, where and with what it ran, its results and its log.

use crate::app::board::Board;
use crate::app::format::minute;
use crate::app::table;
use crate::experiment::event::{ExperimentId, Level, Status};
use crate::experiment::store::{Listed, Message, is_by_position};
use crate::figure::results;
use crate::figure::table::short;
use egui::{Grid, Label, RichText, ScrollArea, TextEdit, Ui};

/// What the part shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Tab {
    #[default]
    About,
    Spec,
    Results,
    Log,
}

/// The part's state.
#[derive(Default)]
pub struct Details {
    tab: Tab,
    /// Whose log was asked for last.
    pub asked: Option<ExperimentId>,
}

impl Details {
    pub fn show(&mut self, ui: &mut Ui, listed: &Listed, log: Option<&[Message]>, board: &mut Board) {
        ui.add_space(4.0);
        ui.horizontal_wrapped(|ui| {
            for (tab, name) in
                [(Tab::About, "About"), (Tab::Spec, "Spec"), (Tab::Results, "Results"), (Tab::Log, "Log")]
            {
                ui.selectable_value(&mut self.tab, tab, name);
            }
            if self.tab == Tab::Spec && ui.button("Copy spec").clicked() {
                ui.ctx().copy_text(listed.experiment.details.spec.clone());
            }
            if self.tab == Tab::Results {
                let title = &listed.experiment.title;
                table::export(ui, &results::title(title), || results::table(title, &listed.runs), board);
            }
        });
        let id = (self.tab as u8, listed.experiment.id.0);
        ScrollArea::both().id_salt(id).auto_shrink(false).show(ui, |ui| match self.tab {
            Tab::About => about(ui, listed),
            Tab::Spec => {
                let mut text = listed.experiment.details.spec.as_str();
                let field = TextEdit::multiline(&mut text).code_editor().desired_width(f32::INFINITY);
                let response = ui.add(field);
                response.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::Role::MultilineTextInput, true, "Spec of the selected experiment")
                });
            }
            Tab::Results => show_results(ui, listed),
            Tab::Log => match log {
                None => drop(ui.weak("Reading the log…")),
                Some([]) => drop(ui.weak("It has said nothing.")),
                Some(messages) => messages.iter().for_each(|message| line(ui, message)),
            },
        });
    }
}

fn about(ui: &mut Ui, listed: &Listed) {
    let experiment = &listed.experiment;
    let details = &experiment.details;
    if let Status::Failed(why) = &experiment.status {
        ui.add(Label::new(RichText::new(why).color(ui.visuals().error_fg_color)).wrap());
    }
    Grid::new("about the experiment").num_columns(2).spacing([16.0, 4.0]).show(ui, |ui| {
        let mut fact = |name: &str, text: String| {
            if !text.is_empty() {
                ui.weak(name);
                ui.add(Label::new(text).extend());
                ui.end_row();
            }
        };
        fact("Note", experiment.note.clone());
        fact("Name", details.name.clone());
        fact("Tags", experiment.tags.join(" "));
        fact("Created", minute(&experiment.created));
        fact("Deleted", experiment.deleted.as_deref().map(minute).unwrap_or_default());
        fact("Device", details.device.clone());
        fact("Seed", details.seed.to_string());
        fact("Folder", details.folder.display().to_string());
        for (what, version) in &details.versions {
            fact(what, version.clone());
        }
    });
}

/// Every result but those by position in the window, of which there are hundreds: they are for plots.
fn show_results(ui: &mut Ui, listed: &Listed) {
    for run in &listed.runs {
        let seed = format!("seed {}", run.seed);
        let named = run.label.ends_with(&seed);
        ui.strong(if named { run.label.clone() } else { format!("{}, {seed}", run.label) });
        if let Status::Failed(why) = &run.status {
            ui.add(Label::new(RichText::new(why).color(ui.visuals().error_fg_color)).wrap());
        }
        let shown: Vec<_> = run.results.iter().filter(|(name, _)| !is_by_position(name)).collect();
        if shown.is_empty() {
            ui.weak("no results yet");
        }
        Grid::new(("results", run.id.0)).num_columns(2).spacing([16.0, 4.0]).show(ui, |ui| {
            for (name, value) in shown {
                ui.weak(name);
                ui.label(short(*value));
                ui.end_row();
            }
        });
    }
}

fn line(ui: &mut Ui, message: &Message) {
    let text = RichText::new(format!("{}  {}", minute(&message.at), message.text));
    let text = match message.level {
        Level::Info => text,
        Level::Warning => text.color(ui.visuals().warn_fg_color),
        Level::Error => text.color(ui.visuals().error_fg_color),
    };
    ui.add(Label::new(text).extend());
}
