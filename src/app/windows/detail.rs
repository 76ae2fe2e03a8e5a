//! The detail area: the window under the cursor, looked into in one way or another.

use super::bit_map::BitMap;
use super::block_cut::BlockCut;
use super::card::{self, Place};
use super::histogram::{self, HistogramState, Measure};
use super::lanes::{Lane, Lanes};
use super::stepping::Stepping;
use super::{blocks, text::Text};
use crate::app::board::Board;
use crate::app::workbench::Workbench;
use crate::tokenizer::Passage;
use crate::tokenizer::view::WindowView;
use egui::{RichText, ScrollArea, Ui};
use std::ops::Range;
use std::sync::Arc;

/// Ways to look into a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Tab {
    Card,
    Steps,
    Lengths,
    Map,
}

impl Tab {
    const ALL: [Self; 4] = [Self::Card, Self::Steps, Self::Lengths, Self::Map];

    fn name(self) -> &'static str {
        match self {
            Self::Card => "Card",
            Self::Steps => "Steps",
            Self::Lengths => "Lengths",
            Self::Map => "Map",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Card => "Its bytes, bits, code and tokens, what each byte costs, and why it ends",
            Self::Steps => "How its code comes about, byte by byte: the coding interval, forward and back",
            Self::Lengths => "How many windows have which length, in every lane, as far as the text is cut",
            Self::Map => "Which character settles which bits, and which bits make which token (the paper's Fig 9)",
        }
    }
}

/// The window that is looked into, with the block it was cut in.
pub struct Selected {
    /// The lane, from 0.
    pub lane: usize,
    /// The block, from 0, and how many there are.
    pub block: usize,
    pub blocks: usize,
    /// Where the block begins in the text.
    pub start: usize,
    /// Its view names the method that cut it.
    pub cut: Arc<BlockCut>,
    /// The window's place in the block.
    pub window: usize,
}

impl Selected {
    /// The window of a lane that a byte of the text is in, if it is cut.
    pub fn at(text: &Text, lanes: &Lanes, lane: usize, byte: usize) -> Option<Self> {
        let bytes = text.bytes();
        let block = (byte < bytes.len()).then(|| blocks::of(bytes, byte))?;
        let start = blocks::range(bytes, block).start;
        let cut = Arc::clone(lanes.all().get(lane)?.block(block)?);
        let window = cut.window_of(byte - start)?;
        Some(Self { lane, block, blocks: blocks::count(bytes), start, cut, window })
    }

    /// The window as the engine saw it; positions are in the block.
    pub fn view(&self) -> Option<&WindowView> {
        self.cut.view.windows.get(self.window)
    }

    /// Its bytes' places in the block.
    pub fn range(&self) -> Range<usize> {
        self.cut.range(self.window)
    }

    pub fn bytes(&self) -> &[u8] {
        self.cut.bytes.get(self.range()).unwrap_or_default()
    }

    /// It, with what the coder needs to know around it.
    fn passage(&self) -> Option<Passage> {
        Passage::of(&self.cut.view, &self.cut.bytes, self.window)
    }

    fn map(&self) -> Option<BitMap> {
        let ends = self.cut.view.bit_ends.get(self.range()).unwrap_or_default();
        BitMap::new(self.view()?, self.bytes(), ends, &self.cut.view.tokens)
    }

    /// Draws its card; with a map where there is room for one.
    pub fn show_card(&self, ui: &mut Ui, with_map: bool) {
        let block = (self.blocks > 1).then_some(self.block + 1);
        let place = Place { index: self.window, count: self.cut.view.windows.len(), block, start: self.start };
        if let Some(window) = self.view() {
            card::show(ui, window, self.bytes(), self.map().filter(|_| with_map).as_ref(), &place);
        }
    }
}

/// Draws the tabs; the open one closes the area when it is clicked again.
pub fn show_tabs(ui: &mut Ui, open: &mut Option<Tab>, selected: Option<&Selected>) {
    ui.horizontal_wrapped(|ui| {
        for tab in Tab::ALL {
            if ui.selectable_label(*open == Some(tab), tab.name()).on_hover_text(tab.meaning()).clicked() {
                *open = (*open != Some(tab)).then_some(tab);
            }
        }
        let of = match selected {
            Some(selected) => format!("of window {} in lane {}", selected.window + 1, selected.lane + 1),
            None => "of a window: click one".to_owned(),
        };
        ui.label(RichText::new(of).small().weak());
    });
}

/// What the tabs remember between frames.
#[derive(Default)]
pub struct Tabs {
    pub stepping: Stepping,
    histogram: HistogramState,
}

impl Tabs {
    /// Draws the open tab.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        tab: Tab,
        selected: Option<&Selected>,
        lanes: &Lanes,
        workbench: &Arc<dyn Workbench>,
        board: &mut Board,
    ) {
        // Without a scroll area, the panel would shrink to what it shows.
        let area = ScrollArea::vertical().id_salt(("detail", tab.name())).auto_shrink(false);
        match tab {
            Tab::Card | Tab::Map => show_window(ui, tab, selected),
            Tab::Steps => {
                let window = selected.and_then(|selected| Some((selected.passage()?, &selected.cut.view.method)));
                area.show(ui, |ui| self.stepping.show(ui, workbench, window));
            }
            Tab::Lengths => {
                let height = ui.available_height();
                let counted = |measure| counted(lanes, measure);
                area.show(ui, |ui| histogram::show(ui, &mut self.histogram, counted, height, board));
            }
        }
    }
}

fn show_window(ui: &mut Ui, tab: Tab, selected: Option<&Selected>) {
    ScrollArea::both().id_salt("detail").auto_shrink(false).show(ui, |ui| {
        let Some(selected) = selected else {
            ui.label(RichText::new("Click a window, or walk to one with the arrow keys.").weak());
            return;
        };
        match (tab, selected.map(), selected.view()) {
            (Tab::Map, Some(map), Some(window)) => map.show(ui, selected.bytes(), &window.code_binary),
            (Tab::Map, ..) => {
                ui.label(RichText::new("Windows without a code, or with more than 256 bits, have no map.").weak());
            }
            _ => selected.show_card(ui, false),
        }
    });
}

/// The windows of every lane, by what is counted.
fn counted(lanes: &Lanes, measure: Measure) -> Vec<histogram::Lane> {
    let lane = |(color, lane): (usize, &Lane)| {
        let total = lane.total();
        let counts = match measure {
            Measure::Bytes => &total.lengths,
            Measure::UsedBits => &total.used,
            Measure::Padding => &total.paddings,
        };
        histogram::Lane { name: lane.name(), color, counts: counts.clone() }
    };
    lanes.all().iter().enumerate().map(lane).collect()
}
