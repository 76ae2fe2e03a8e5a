//! Where the panes are: side by side at first, then wherever they are dragged.

use egui::{Ui, Visuals, WidgetText};
use egui_tiles::{Behavior, SimplificationOptions, TabState, TileId, Tiles, Tree, UiResponse};

/// The panes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Pane {
    Windows,
    Atlas,
    Film,
    Generate,
    Live,
    Ablation,
    Compare,
    Runs,
    Status,
}

impl Pane {
    /// In the order of a first start: what looks at text on the left, what looks at experiments on the right.
    pub const ALL: [Pane; 9] = [
        Self::Windows,
        Self::Atlas,
        Self::Film,
        Self::Generate,
        Self::Live,
        Self::Ablation,
        Self::Compare,
        Self::Runs,
        Self::Status,
    ];

    /// How many of [`Pane::ALL`] stand on the left.
    const LEFT: usize = 4;

    pub fn name(self) -> &'static str {
        match self {
            Self::Windows => "Windows",
            Self::Atlas => "Atlas",
            Self::Film => "Film",
            Self::Generate => "Generate",
            Self::Live => "Live",
            Self::Ablation => "Ablation",
            Self::Compare => "Compare",
            Self::Runs => "Runs",
            Self::Status => "Status",
        }
    }

    /// What it is for, in a few words.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Windows => "a text in its windows and tokens, by any methods side by side",
            Self::Atlas => "all codes of short windows, as a map",
            Self::Film => "the windows of a text while M1 learns",
            Self::Generate => "text that a trained M2 writes",
            Self::Live => "the experiment that goes, as it learns",
            Self::Ablation => "grids of runs, planned and queued",
            Self::Compare => "runs and methods side by side, with the paper's",
            Self::Runs => "everything that has run, kept and found again",
            Self::Status => "device, M1, memory, background work, messages",
        }
    }
}

/// The layout of a first start.
pub fn first() -> Tree<Pane> {
    let mut tiles = Tiles::default();
    let (left, right) = Pane::ALL.split_at(Pane::LEFT);
    let columns = [left, right]
        .into_iter()
        .map(|panes| {
            let panes = panes.iter().map(|pane| tiles.insert_pane(*pane)).collect();
            tiles.insert_tab_tile(panes)
        })
        .collect();
    let root = tiles.insert_horizontal_tile(columns);
    Tree::new(egui::Id::unique("panes"), root, tiles)
}

/// A kept layout if it still has every pane exactly once, else the first one.
pub fn checked(kept: Tree<Pane>) -> Tree<Pane> {
    let count =
        |pane| kept.tiles.tiles().filter(|tile| matches!(tile, egui_tiles::Tile::Pane(p) if *p == pane)).count();
    if kept.root().is_some() && Pane::ALL.into_iter().all(|pane| count(pane) == 1) { kept } else { first() }
}

/// Brings a pane to the front of its tabs.
pub fn bring_forward(tree: &mut Tree<Pane>, pane: Pane) {
    tree.make_active(|_, tile| matches!(tile, egui_tiles::Tile::Pane(found) if *found == pane));
}

/// Draws the panes with a closure.
pub struct Panes<F>(pub F);

impl<F: FnMut(&mut Ui, Pane)> Behavior<Pane> for Panes<F> {
    fn pane_ui(&mut self, ui: &mut Ui, _tile: TileId, pane: &mut Pane) -> UiResponse {
        egui::Frame::new().fill(ui.visuals().panel_fill).inner_margin(10).show(ui, |ui| {
            ui.set_min_size(ui.available_size());
            (self.0)(ui, *pane);
        });
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, pane: &Pane) -> WidgetText {
        pane.name().into()
    }

    fn tab_hover_cursor_icon(&self) -> egui::CursorIcon {
        egui::CursorIcon::PointingHand
    }

    fn tab_bar_height(&self, _style: &egui::Style) -> f32 {
        28.0
    }

    fn tab_title_spacing(&self, _visuals: &Visuals) -> f32 {
        14.0
    }

    fn gap_width(&self, _style: &egui::Style) -> f32 {
        4.0
    }

    fn min_size(&self) -> f32 {
        320.0
    }

    fn tab_bar_color(&self, visuals: &Visuals) -> egui::Color32 {
        if visuals.dark_mode { egui::Color32::from_gray(20) } else { egui::Color32::from_gray(232) }
    }

    fn tab_outline_stroke(&self, _: &Visuals, _: &Tiles<Pane>, _: TileId, _: &TabState) -> egui::Stroke {
        egui::Stroke::NONE
    }

    fn simplification_options(&self) -> SimplificationOptions {
        // Every pane keeps its tab bar: it is the handle to drag it by.
        SimplificationOptions { all_panes_must_have_tabs: true, ..Default::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_layout_that_lost_a_pane_is_replaced() {
        let whole = checked(first());
        assert_eq!(whole, first());
        let mut broken = first();
        let live = broken.tiles.find_pane(&Pane::Live);
        if let Some(live) = live {
            broken.tiles.remove(live);
        }
        assert_ne!(broken, first());
        assert_eq!(checked(broken), first());
        assert_eq!(checked(Tree::empty(egui::Id::unique("panes"))), first());
    }
}
