//! A running experiment as its faces hold it.

use super::event::{Command, Event};
use std::sync::mpsc::{Receiver, Sender};
use std::thread::JoinHandle;

/// The two ends of a running experiment's channels, and its thread.
pub struct Handle {
    pub commands: Sender<Command>,
    pub events: Receiver<Event>,
    pub thread: JoinHandle<()>,
}

impl Handle {
    /// Sends a command. A worker that has already ended has nothing left to be told, so a closed channel is no error.
    pub fn send(&self, command: Command) {
        let _ = self.commands.send(command);
    }
}
