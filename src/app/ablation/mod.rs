//! The Ablation pane: an experiment is put together over any parameters, its size and time are seen before it begins, and
//! its runs and the experiments behind it are kept in order while it goes.

mod builder;
mod draft;
mod presets;
mod preview;
mod queue;
mod rows;

use crate::app::board::{Action, Board};
use crate::app::export::Export;
use crate::app::live_run::Start;
use crate::app::workbench::Workbench;
use crate::experiment::Resume;
use crate::experiment::store::Waiting;
use crate::gpu::DeviceChoice;
use builder::Builder;
use draft::Draft;
use egui::{Button, CollapsingHeader, ComboBox, Context, RichText, ScrollArea, TextEdit, Ui};
use presets::PRESETS;
use preview::Preview;
use queue::QueueView;
use std::path::PathBuf;
use std::sync::Arc;

/// What is kept between starts.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Kept {
    /// The spec as it was left.
    text: String,
    device: String,
}

/// The pane.
pub struct AblationPane {
    workbench: Arc<dyn Workbench>,
    text: String,
    device: DeviceChoice,
    builder: Builder,
    preview: Preview,
    queue: QueueView,
    view: View,
}

/// The pane's two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    SetUp,
    Queue,
}

impl AblationPane {
    pub fn new(_ctx: &Context, workbench: &Arc<dyn Workbench>, kept: &Kept) -> Self {
        let text = match kept.text.trim() {
            "" => PRESETS[0].text.to_owned(),
            _ => kept.text.clone(),
        };
        let mut pane = Self {
            workbench: Arc::clone(workbench),
            text,
            device: kept.device.parse().unwrap_or_default(),
            builder: Builder::default(),
            preview: Preview::default(),
            queue: QueueView::default(),
            view: View::SetUp,
        };
        pane.builder.read(&pane.text);
        pane.preview.invalidate();
        pane
    }

    pub fn kept(&self) -> Kept {
        Kept { text: self.text.clone(), device: self.device.name().to_owned() }
    }

    /// Looks after the queue in every frame, also while the pane is not seen.
    pub fn tick(&mut self, ctx: &Context, board: &mut Board) {
        self.queue.tick(ctx, &self.workbench, board);
    }

    pub fn show(&mut self, ui: &mut Ui, board: &mut Board) {
        ui.vertical(|ui| {
            ui.horizontal(|ui| {
                ui.selectable_value(&mut self.view, View::SetUp, "Set up")
                    .on_hover_text("Put an experiment together, and see what it takes");
                ui.selectable_value(&mut self.view, View::Queue, "Runs in turn")
                    .on_hover_text("The runs of the experiment that goes, and the experiments that wait");
            });
            ui.separator();
            match self.view {
                View::SetUp => self.set_up(ui, board),
                View::Queue => {
                    ScrollArea::vertical().id_salt("ablation queue").auto_shrink(false).show(ui, |ui| {
                        self.queue.show(ui, &self.workbench, board);
                    });
                }
            }
        });
    }

    fn set_up(&mut self, ui: &mut Ui, board: &mut Board) {
        // What it takes and the start stay in sight, whatever field is scrolled to.
        let of = (self.text.as_str(), self.path(), self.device);
        self.preview.show_total(ui, &self.workbench, of, board);
        self.actions(ui, board);
        ui.separator();
        ScrollArea::vertical().id_salt("ablation").auto_shrink(false).show(ui, |ui| {
            if self.builder.show(ui, &mut self.text) {
                self.preview.invalidate();
            }
            ui.separator();
            self.preview.show_runs(ui);
            self.spec(ui);
        });
    }

    /// Where the spec would lie: beside the program's working folder, so that its relative paths are from there.
    fn path(&self) -> PathBuf {
        std::env::current_dir().unwrap_or_default().join(format!("{}.toml", self.name()))
    }

    fn name(&self) -> String {
        let name = Draft::parse(&self.text).map(|draft| draft.field("", "name"));
        name.filter(|name| !name.is_empty()).unwrap_or_else(|| "experiment".to_owned())
    }

    fn actions(&mut self, ui: &mut Ui, board: &mut Board) {
        let (idle, good) = (!board.run.is_active(), self.preview.is_good());
        ui.horizontal_wrapped(|ui| {
            let label = ui.label("Device");
            let before = self.device;
            ComboBox::from_id_salt("ablation device")
                .width(80.0)
                .selected_text(self.device.name())
                .show_ui(ui, |ui| {
                    for choice in DeviceChoice::ALL {
                        ui.selectable_value(&mut self.device, choice, choice.name());
                    }
                })
                .response
                .labelled_by(label.id);
            if self.device != before {
                self.preview.invalidate();
            }
            let start = ui.add_enabled(idle && good, Button::new(RichText::new("Start the grid").strong()));
            let why = if idle { "The spec is no experiment yet" } else { "An experiment is going: queue this one" };
            if start.on_disabled_hover_text(why).clicked() {
                let text = Some(self.text.clone());
                let start = Start { spec: self.path(), text, device: self.device, resume: Resume::No };
                board.ask(Action::Start(start));
                // The device is the experiment's from now on.
                self.preview.stop_measuring();
                self.view = View::Queue;
            }
            let queue = ui.add_enabled(good, Button::new("Add to queue"));
            let queue = queue.on_hover_text("Puts it behind the experiments that wait; it begins when they have ended");
            if queue.on_disabled_hover_text("The spec is no experiment yet").clicked() {
                let waiting = Waiting {
                    id: 0,
                    name: self.name(),
                    spec: self.text.clone(),
                    path: self.path(),
                    device: self.device.name().to_owned(),
                    resume: false,
                };
                self.queue.add(ui.ctx(), &self.workbench, waiting);
                self.view = View::Queue;
            }
            if ui.button("Save spec…").on_hover_text("Writes it to a file, for mullion run").clicked() {
                let text = self.text.clone();
                board.ask(Action::Export(Export {
                    what: "the experiment's spec".to_owned(),
                    file_name: format!("{}.toml", self.name()),
                    content: Arc::new(move || Ok(text.clone().into_bytes())),
                }));
            }
        });
    }

    fn spec(&mut self, ui: &mut Ui) {
        CollapsingHeader::new("The spec").show(ui, |ui| {
            ui.label(RichText::new("What is typed here holds. A field that is changed above writes it anew.").weak());
            let edit = TextEdit::multiline(&mut self.text)
                .id_salt("spec text")
                .code_editor()
                .desired_width(f32::INFINITY)
                .desired_rows(8);
            let response = ui.add(edit);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::MultilineTextInput, true, "Spec text"));
            if response.changed() {
                self.builder.read(&self.text);
                self.preview.invalidate();
            }
        });
    }
}
