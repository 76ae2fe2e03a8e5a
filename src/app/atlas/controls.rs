//! What the atlas is of, and what it is coloured by.

use super::{AtlasPane, Text, trained_m1};
use crate::app::board::{Action, Board};
use crate::app::export::{Content, Export};
use crate::figure::heat_map::{Order, Quantity};
use crate::figure::table::Format;
use crate::tokenizer::atlas::ATLAS_BITS;
use egui::{ComboBox, RichText, TextEdit, Ui};
use std::sync::Arc;

impl AtlasPane {
    pub(super) fn show_controls(&mut self, ui: &mut Ui, board: &mut Board) {
        let before = (self.bits, self.quantity, self.order);
        ui.horizontal_wrapped(|ui| {
            let label = ui.label("Coloured by");
            let shown = ComboBox::from_id_salt("coloured by").selected_text(self.quantity.name()).width(110.0);
            let shown = shown.show_ui(ui, |ui| {
                for quantity in Quantity::ALL {
                    ui.selectable_value(&mut self.quantity, quantity, quantity.name()).on_hover_text(quantity.meaning());
                }
            });
            shown.response.labelled_by(label.id);
            let label = ui.label("Bits a code");
            let shown = ComboBox::from_id_salt("bits a code").selected_text(self.bits.to_string()).width(48.0);
            let shown = shown.show_ui(ui, |ui| {
                for bits in ATLAS_BITS {
                    ui.selectable_value(&mut self.bits, bits, bits.to_string());
                }
            });
            shown.response.labelled_by(label.id);
            let mut hilbert = self.order == Order::Hilbert;
            ui.checkbox(&mut hilbert, "Hilbert order").on_hover_text(
                "Lay codes out along Hilbert's curve, where codes that follow one another touch; otherwise the high byte is the \
                 row and the low byte the column",
            );
            self.order = if hilbert { Order::Hilbert } else { Order::Rows };
            if let Some(built) = &mut self.built
                && ui.add_enabled(built.map.is_zoomed(), egui::Button::new("Show all")).clicked()
            {
                built.map.show_all();
            }
            ui.add_enabled_ui(self.built.is_some(), |ui| {
                ui.menu_button("Export", |ui| self.show_exports(ui, board)).response.on_hover_text("The map, or the table of all codes");
            });
        });
        self.show_m1(ui, board);
        match self.quantity {
            Quantity::Bytes | Quantity::Cost => {}
            Quantity::Seen => self.show_counting(ui, board),
            Quantity::Accuracy => self.show_runs(ui, board),
        }
        self.show_search(ui);
        if self.bits != before.0 {
            self.make(ui.ctx(), board);
        }
        if (self.quantity, self.order) != (before.1, before.2) {
            self.find_figures(ui.ctx(), board);
            self.recolour();
        }
    }

    fn show_m1(&mut self, ui: &mut Ui, board: &mut Board) {
        if self.m1.show(ui, "the Windows pane's; or 3m, micro, a .m1 file: Enter maps it") {
            self.make(ui.ctx(), board);
        }
        let current = self.workbench.m1_description();
        let stale = self.m1.value().is_none() && self.built.as_ref().is_some_and(|built| built.window_m1 != current);
        if stale && self.making.is_none() {
            ui.horizontal_wrapped(|ui| {
                let text = "The Windows pane has another M1 by now.";
                ui.label(RichText::new(text).color(ui.visuals().warn_fg_color));
                if ui.button("Map it").clicked() {
                    self.make(ui.ctx(), board);
                }
            });
        }
    }

    fn show_counting(&mut self, ui: &mut Ui, board: &mut Board) {
        ui.horizontal_wrapped(|ui| {
            ui.label("Seen in");
            let texts = [
                (Text::Corpus, "built-in corpus", "The text that Mullion carries with it"),
                (Text::File, "file or folder", "Plain text, JSON lines, C4's json.gz, as experiments read them"),
                (Text::Typed, "typed text", "A text of your own"),
            ];
            for (text, name, hover) in texts {
                ui.radio_value(&mut self.text, text, name).on_hover_text(hover);
            }
            if ui.add_enabled(self.counting.is_none() && self.built.is_some(), egui::Button::new("Count")).clicked() {
                self.count(ui.ctx(), board);
            }
        });
        match self.text {
            Text::Corpus => {}
            Text::File => {
                if self.count_file.show(ui, "a file or a folder: Enter counts it") {
                    self.count(ui.ctx(), board);
                }
            }
            Text::Typed => {
                let editor = TextEdit::multiline(&mut self.typed).desired_rows(2).desired_width(f32::INFINITY);
                ui.add(editor.hint_text("Type or paste a text, then press Count")).accessible_name("Text to count in");
            }
        }
    }

    fn show_runs(&mut self, ui: &mut Ui, board: &mut Board) {
        let runs = self.runs.clone().unwrap_or_default();
        let before = self.run;
        ui.horizontal_wrapped(|ui| {
            let label = ui.label("M2 of run");
            let name = |id| runs.iter().find(|scored| Some(scored.run.id) == id).map(named);
            let shown =
                ComboBox::from_id_salt("run").selected_text(name(self.run).unwrap_or_else(|| "choose one".to_owned()));
            let shown = shown.width(220.0).truncate().show_ui(ui, |ui| {
                for scored in &runs {
                    ui.selectable_value(&mut self.run, Some(scored.run.id), named(scored));
                }
            });
            shown.response.labelled_by(label.id);
            if ui.button("Look again").on_hover_text("Look for runs that have ended since").clicked() {
                self.list(ui.ctx(), board);
            }
            let chosen = runs.iter().find(|scored| Some(scored.run.id) == self.run).and_then(trained_m1);
            if let Some(path) = chosen
                && self.figures.accuracy.is_none()
                && self.scoring.is_none()
                && ui.button("Map the run's own M1").on_hover_text(path.display().to_string()).clicked()
            {
                self.m1.path = path.display().to_string();
                self.make(ui.ctx(), board);
            }
        });
        if runs.is_empty() && self.listing.is_none() {
            let method =
                crate::tokenizer::atlas::method_of(self.bits).map(|method| method.to_string()).unwrap_or_default();
            ui.label(
                RichText::new(format!(
                    "No run over {method} has ended yet: start one, and look again once M2 is trained."
                ))
                .weak(),
            );
        }
        if self.run != before {
            self.score(ui.ctx(), board);
        }
    }

    fn show_search(&mut self, ui: &mut Ui) {
        ui.horizontal_wrapped(|ui| {
            let label = ui.label("Begins with");
            let field = TextEdit::singleline(&mut self.search.text).desired_width(150.0).hint_text("a text");
            let field = ui.add(field).labelled_by(label.id);
            let field = field.on_hover_text("Escapes: \\n, \\t, \\\\, \\x41, \\u{e9}; \\e is the end of a document");
            if field.changed() {
                self.find();
            }
            if let Some(note) = &self.search.note {
                ui.label(RichText::new(note).small());
            }
        });
    }

    fn show_exports(&self, ui: &mut Ui, board: &mut Board) {
        let Some(built) = &self.built else { return };
        let name = format!("atlas-b{}-{}", built.atlas.bits(), built.atlas.model());
        let heat = Arc::new(built.map.heat().clone());
        let svg = Arc::clone(&heat);
        let (atlas, figures) = (Arc::clone(&built.atlas), Arc::clone(&self.figures));
        let written = |format: Format| -> Content {
            let (atlas, figures) = (Arc::clone(&atlas), Arc::clone(&figures));
            Arc::new(move || format.write(&figures.table(&atlas)).map(String::into_bytes))
        };
        let (markdown, latex) = (written(Format::Markdown), written(Format::Latex));
        let exports: [(&str, &str, Content); 5] = [
            ("Map as PNG", "png", Arc::new(move || heat.png().map_err(|error| error.to_string()))),
            (
                "Map as SVG",
                "svg",
                Arc::new(move || svg.svg().map(String::into_bytes).map_err(|error| error.to_string())),
            ),
            (
                "Table as CSV",
                "csv",
                Arc::new(move || {
                    let mut table = Vec::new();
                    figures.write_csv(&atlas, &mut table).map_err(|error| error.to_string())?;
                    Ok(table)
                }),
            ),
            ("Table as Markdown", Format::Markdown.extension(), markdown),
            ("Table as LaTeX", Format::Latex.extension(), latex),
        ];
        for (label, extension, content) in exports {
            if ui.button(label).clicked() {
                let what = format!("the atlas: {}", label.to_lowercase());
                board.ask(Action::Export(Export { what, file_name: format!("{name}.{extension}"), content }));
                ui.close();
            }
        }
    }
}

fn named(scored: &crate::experiment::token_accuracy::ScoredRun) -> String {
    format!("{} · {} · seed {} (run {})", scored.experiment, scored.run.size, scored.run.seed, scored.run.id.0)
}
