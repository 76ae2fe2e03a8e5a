//! The Runs pane's hold on the store: a thread that reads and writes it, so that no frame waits for a disk.

use crate::durable;
use crate::experiment::bin;
use crate::experiment::event::{ExperimentId, Level};
use crate::experiment::store::{Listed, Message, Store};
use crate::experiment::{Duplicate, duplicate};
use egui::Context;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the pane asks for.
pub enum Ask {
    /// Reads the list again if the store has changed, and the log of the experiment that is looked at.
    Look(Option<ExperimentId>),
    Title(ExperimentId, String),
    Note(ExperimentId, String),
    Tags(ExperimentId, String),
    Delete(ExperimentId),
    Restore(ExperimentId),
    EmptyBin,
    Duplicate(ExperimentId),
}

/// What the worker has found, as of its last answer.
#[derive(Default)]
pub struct Found {
    /// None before the first answer; empty where there is no store yet.
    pub listed: Option<Arc<Vec<Listed>>>,
    /// Counts the lists.
    pub revision: u64,
    /// The log of the experiment that is looked at.
    pub log: Option<(ExperimentId, Arc<Vec<Message>>)>,
    /// What to tell the reader, once.
    pub news: Vec<News>,
    /// Why the store cannot be read; gone once it can.
    pub error: Option<String>,
}

/// Something that happened.
pub enum News {
    Said(Level, String),
    Deleted(ExperimentId, String),
    /// A copy of a spec was written there.
    Duplicated(PathBuf),
}

/// The pane's end of it.
pub struct Worker {
    asks: Option<Sender<Ask>>,
    found: Arc<Mutex<Found>>,
}

impl Worker {
    /// Starts the thread; it ends when the pane is gone.
    pub fn start(ctx: &Context, store: PathBuf) -> Self {
        let (asks, asked) = channel();
        let found = Arc::new(Mutex::new(Found::default()));
        let (shared, ctx) = (Arc::clone(&found), ctx.clone());
        let thread = std::thread::Builder::new().name("runs".to_owned()).spawn(move || {
            serve(&asked, &shared, &store, &ctx);
        });
        if let Err(error) = thread {
            lock(&found).error =
                Some(format!("The system refused a thread ({error}): close something and start again."));
        }
        Self { asks: Some(asks), found }
    }

    pub fn ask(&self, ask: Ask) {
        // A worker that has died said why in `error`.
        if let Some(asks) = &self.asks {
            let _ = asks.send(ask);
        }
    }

    pub fn found(&self) -> MutexGuard<'_, Found> {
        lock(&self.found)
    }
}

/// What it guards is whole between statements, so a poisoned lock is as good as any.
fn lock(found: &Mutex<Found>) -> MutexGuard<'_, Found> {
    found.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The store as the worker has it open.
struct Open {
    store: Store,
    /// [`Store::state`] at the last list.
    state: Option<i64>,
}

fn serve(asked: &Receiver<Ask>, shared: &Mutex<Found>, path: &Path, ctx: &Context) {
    let mut open = None;
    while let Ok(ask) = asked.recv() {
        let answering = AssertUnwindSafe(|| answer(ask, &mut open, path, shared));
        let answered = catch_unwind(answering).unwrap_or_else(|_| {
            // Whatever state the store's connection is in: the next wish opens it anew.
            open = None;
            Err("Mullion failed while it read or changed the runs: this is a defect, please report it.".to_owned())
        });
        let mut found = lock(shared);
        let changed = match answered {
            Ok(changed) => found.error.take().is_some() || changed,
            Err(error) => found.error.replace(error.clone()).as_ref() != Some(&error),
        };
        drop(found);
        if changed {
            ctx.request_repaint();
        }
    }
}

/// Does what was asked; true if there is something new to show.
fn answer(ask: Ask, slot: &mut Option<Open>, path: &Path, shared: &Mutex<Found>) -> Result<bool, String> {
    if slot.is_none() {
        if !path.exists() {
            let mut found = lock(shared);
            let first = found.listed.is_none();
            found.listed.get_or_insert_default();
            return Ok(first);
        }
        let mut store = Store::open(path).map_err(|error| error.to_string())?;
        if let Err(error) = bin::finish(&mut store) {
            tell(shared, News::Said(Level::Warning, error.to_string()));
        }
        *slot = Some(Open { store, state: None });
    }
    let Some(open) = slot else { return Ok(false) };
    let store = &mut open.store;
    let looked_at = match ask {
        Ask::Look(id) => return look(open, id, shared),
        Ask::Title(id, title) => store.set_title(id, title.trim()).map(|()| None).map_err(|error| error.to_string()),
        Ask::Note(id, note) => store.set_note(id, note.trim()).map(|()| None).map_err(|error| error.to_string()),
        Ask::Tags(id, tags) => store.set_tags(id, &[tags]).map(|()| None).map_err(|error| error.to_string()),
        Ask::Delete(id) => {
            let title = store.experiment(id).ok().flatten().map(|found| found.title).unwrap_or_default();
            bin::delete(store, id).map(|()| Some(News::Deleted(id, title))).map_err(|error| error.to_string())
        }
        Ask::Restore(id) => bin::restore(store, id).map(|()| None).map_err(|error| error.to_string()),
        Ask::EmptyBin => bin::empty(store)
            .map(|emptied| {
                emptied.left.into_iter().for_each(|left| tell(shared, News::Said(Level::Warning, left)));
                None
            })
            .map_err(|error| error.to_string()),
        Ask::Duplicate(id) => copy(store, id).map(|path| Some(News::Duplicated(path))),
    };
    match looked_at {
        Ok(news) => news.into_iter().for_each(|news| tell(shared, news)),
        // It is of this one wish and not of the store.
        Err(error) => tell(shared, News::Said(Level::Error, error)),
    }
    open.state = None;
    look(open, None, shared)?;
    Ok(true)
}

fn tell(shared: &Mutex<Found>, news: News) {
    lock(shared).news.push(news);
}

/// Reads what has changed.
fn look(open: &mut Open, id: Option<ExperimentId>, shared: &Mutex<Found>) -> Result<bool, String> {
    let state = open.store.state().map_err(|error| error.to_string())?;
    let same = open.state == Some(state);
    if !same {
        let listed = open.store.listing().map_err(|error| error.to_string())?;
        let mut found = lock(shared);
        found.listed = Some(Arc::new(listed));
        found.revision += 1;
        open.state = Some(state);
    }
    let Some(id) = id else { return Ok(!same) };
    let known = lock(shared).log.as_ref().is_some_and(|(known, _)| *known == id);
    if same && known {
        return Ok(false);
    }
    let messages = open.store.messages(id).map_err(|error| error.to_string())?;
    lock(shared).log = Some((id, Arc::new(messages)));
    Ok(true)
}

/// Writes a copy of an experiment's spec beside the results, under a name that nothing has.
fn copy(store: &Store, id: ExperimentId) -> Result<PathBuf, String> {
    let listed = store.listing().map_err(|error| error.to_string())?;
    let folder = store.path().parent().unwrap_or(Path::new("")).join("specs");
    let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut taken: std::collections::BTreeSet<String> =
        files.filter_map(|file| Some(file.path().file_stem()?.to_string_lossy().into_owned())).collect();
    taken.extend(listed.iter().map(|listed| listed.experiment.details.name.clone()));
    let found = listed.into_iter().find(|listed| listed.experiment.id == id);
    let original = found.ok_or_else(|| "The experiment is gone: it was removed elsewhere.".to_owned())?;
    let Duplicate { name, text } = duplicate(&original.experiment, &taken).map_err(|error| error.to_string())?;
    let path = folder.join(format!("{name}.toml"));
    let written =
        durable::create_folder(&folder).and_then(|()| durable::replace(&path, |file| file.write_all(text.as_bytes())));
    written.map_err(|error| format!("The copy could not be written to {}: {error}", path.display()))?;
    Ok(path)
}
