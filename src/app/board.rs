//! What the panes share, and what they ask of the window as a whole.

use super::export::Export;
use super::layout::Pane;
use super::live_run::{LiveRun, Start};
use super::works::Works;
use crate::experiment::event::{Level, RunId};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Messages that are kept.
const KEPT: usize = 200;
/// The status bar shows a message for this long.
const NEWS: Duration = Duration::from_secs(12);

/// What a pane asks the window to do once the frame is drawn.
pub enum Action {
    /// Brings a pane to the front.
    Show(Pane),
    /// Starts an experiment. The one before must have ended.
    Start(Start),
    /// Names a spec in the Live pane; nothing is started.
    Spec(PathBuf),
    /// Puts a text into the Windows pane.
    Cut(Arc<[u8]>),
    /// Asks where to and writes it there.
    Export(Export),
}

/// The panes' common ground.
#[derive(Default)]
pub struct Board {
    /// The experiment that goes, or the last one.
    pub run: LiveRun,
    /// Stored runs that were picked to be looked at beside it.
    pub chosen: BTreeSet<RunId>,
    /// What goes on in the background.
    pub works: Works,
    actions: Vec<Action>,
    messages: Vec<(Level, String)>,
    said: Option<Instant>,
}

impl Board {
    /// Asks the window for something; it is done after this frame.
    pub fn ask(&mut self, action: Action) {
        self.actions.push(action);
    }

    /// What was asked for since the last call.
    pub fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    /// Says something in the status bar and in the Status pane.
    pub fn say(&mut self, level: Level, text: impl Into<String>) {
        self.said = Some(Instant::now());
        self.messages.push((level, text.into()));
        if self.messages.len() > KEPT {
            self.messages.remove(0);
        }
    }

    /// What was said a moment ago, for the status bar.
    pub fn just_said(&self) -> Option<&(Level, String)> {
        self.messages.last().filter(|_| self.said.is_some_and(|said| said.elapsed() < NEWS))
    }

    /// What was said, oldest first.
    pub fn messages(&self) -> &[(Level, String)] {
        &self.messages
    }
}
