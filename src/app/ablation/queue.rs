//! The queue: the runs of the experiment that goes, and the experiments that wait behind it.

use super::rows;
use crate::app::background::{Background, Progress};
use crate::app::board::{Action, Board};
use crate::app::live_run::{Phase, Start};
use crate::app::workbench::Workbench;
use crate::app::{format, table, theme};
use crate::durable;
use crate::experiment::Resume;
use crate::experiment::event::{Command, Level, Role, RunId, RunInfo, Status};
use crate::experiment::store::{Store, StoreError, Waiting};
use crate::figure::turns;
use egui::{Color32, Context, RichText, ScrollArea, Ui};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

type Listed = Result<Vec<Waiting>, String>;
type Change = Box<dyn FnOnce(&mut Store) -> Result<(), StoreError> + Send>;

/// Least height of the list of runs before it scrolls, and what is left below it for the waiting experiments, in points.
const RUNS: f32 = 220.0;
const BELOW: f32 = 200.0;

const LOST: &str = "The queue's worker failed inside Mullion: this is a defect, please report it.";

/// What is known of the waiting experiments, and what is being done to them.
#[derive(Default)]
pub struct QueueView {
    waiting: Vec<Waiting>,
    error: Option<String>,
    working: Option<Background<Listed>>,
    /// Changes that wait until the one before is done, so that they come in the order in which they were asked for.
    changes: VecDeque<Change>,
    /// The waiting experiment that was told to begin; it leaves the list once it is in the store.
    starting: Option<(i64, Start)>,
    /// Runs of the experiment that ended, being queued again.
    retrying: Option<Background<Result<(), String>>>,
    asked: bool,
    /// The run that went when the list was last drawn.
    going: Option<RunId>,
    /// Whether an experiment went in the last frame.
    was_active: bool,
    /// One is to begin by itself, once the list is known.
    next: bool,
}

impl QueueView {
    /// Looks after the waiting experiments, whether or not the pane is seen: when one ends, the next begins.
    pub fn tick(&mut self, ctx: &Context, workbench: &Arc<dyn Workbench>, board: &mut Board) {
        self.poll(ctx, workbench);
        if !self.asked {
            self.asked = true;
            self.list(ctx, workbench);
        }
        self.see_start(ctx, workbench, board);
        let active = board.run.is_active();
        // What was stopped by hand was stopped for a reason, and what failed would most likely fail the next one, too: then
        // that waits for a hand.
        let done = board.run.followed().is_done();
        if self.was_active && !active && done {
            self.next = true;
        }
        self.was_active = active;
        let settled = self.working.is_none() && self.changes.is_empty() && self.starting.is_none();
        if self.next && !active && settled && self.retrying.is_none() {
            self.next = false;
            if let Some(first) = self.waiting.first().cloned() {
                self.begin(board, first);
            }
        }
        let retried = self.retrying.as_ref().map(Background::poll);
        match retried {
            None | Some(Progress::Waiting) => {}
            Some(done) => {
                self.retrying = None;
                let experiment = board.run.followed().snapshot.experiment;
                match (done, board.run.origin().zip(experiment)) {
                    (Progress::Done(Ok(())), Some((origin, experiment))) if !active => {
                        board.ask(Action::Start(Start { resume: Resume::Exactly(experiment), ..origin }));
                    }
                    (Progress::Done(Err(error)), _) => self.error = Some(error),
                    (Progress::Lost, _) => self.error = Some(LOST.to_owned()),
                    _ => {}
                }
            }
        }
    }

    /// Reads the list; where nothing ever ran there is no store, and none is made.
    fn list(&mut self, ctx: &Context, workbench: &Arc<dyn Workbench>) {
        let path = workbench.store();
        let work = move || match path.exists() {
            true => Store::open(&path).and_then(|store| store.waiting()).map_err(|error| error.to_string()),
            false => Ok(Vec::new()),
        };
        match Background::start(ctx, work) {
            Ok(working) => self.working = Some(working),
            Err(error) => self.error = Some(format!("The system refused a thread for the queue: {error}.")),
        }
    }

    /// Puts an experiment at the end of those that wait.
    pub fn add(&mut self, ctx: &Context, workbench: &Arc<dyn Workbench>, new: Waiting) {
        self.change(ctx, workbench, move |store| store.wait(&new).map(drop));
    }

    fn begin(&mut self, board: &mut Board, waiting: Waiting) {
        board.say(Level::Info, format!("The waiting experiment {} begins.", waiting.name));
        let device = waiting.device.parse().unwrap_or_default();
        let start = Start { spec: waiting.path, text: Some(waiting.spec), device, resume: waiting.resume.into() };
        board.ask(Action::Start(start.clone()));
        self.starting = Some((waiting.id, start));
    }

    /// Takes a waiting experiment off the list once it has begun; one that could not begin stays.
    fn see_start(&mut self, ctx: &Context, workbench: &Arc<dyn Workbench>, board: &mut Board) {
        let Some((id, start)) = &self.starting else { return };
        let (id, same) = (*id, board.run.origin().is_some_and(|origin| origin == *start));
        let begun = {
            let followed = board.run.followed();
            followed.has_begun() && followed.snapshot.experiment.is_some()
        };
        let active = board.run.is_active();
        if same && begun {
            self.starting = None;
            self.change(ctx, workbench, move |store| store.wait_no_more(id).map(drop));
        } else if !active {
            self.starting = None;
            let reason = board.run.take_refusal();
            let reason = reason.unwrap_or_else(|| "another one was begun instead".to_owned());
            let text = format!("The waiting experiment could not begin and keeps its place: {reason}");
            board.say(Level::Error, text);
        }
    }

    fn poll(&mut self, ctx: &Context, workbench: &Arc<dyn Workbench>) {
        self.take_list();
        if self.working.is_none()
            && let Some(change) = self.changes.pop_front()
        {
            self.work(ctx, workbench, change);
        }
    }

    fn take_list(&mut self) {
        let Some(working) = &self.working else { return };
        match working.poll() {
            Progress::Waiting => return,
            Progress::Done(Ok(waiting)) => {
                self.waiting = waiting;
                self.error = None;
            }
            Progress::Done(Err(error)) => self.error = Some(error),
            Progress::Lost => self.error = Some(LOST.to_owned()),
        }
        self.working = None;
    }

    /// Changes the list in the store and reads it again.
    fn change(
        &mut self,
        ctx: &Context,
        workbench: &Arc<dyn Workbench>,
        change: impl FnOnce(&mut Store) -> Result<(), StoreError> + Send + 'static,
    ) {
        self.changes.push_back(Box::new(change));
        self.poll(ctx, workbench);
    }

    fn work(&mut self, ctx: &Context, workbench: &Arc<dyn Workbench>, change: Change) {
        let path = workbench.store();
        let work = move || {
            let mut store = open(&path)?;
            change(&mut store).and_then(|()| store.waiting()).map_err(|error| error.to_string())
        };
        match Background::start(ctx, work) {
            Ok(working) => self.working = Some(working),
            Err(error) => self.error = Some(format!("The system refused a thread for the queue: {error}.")),
        }
    }

    /// Draws both lists.
    pub fn show(&mut self, ui: &mut Ui, workbench: &Arc<dyn Workbench>, board: &mut Board) {
        if let Some(error) = &self.error {
            ui.label(RichText::new(error).color(ui.visuals().error_fg_color));
        }
        self.show_runs(ui, workbench, board);
        ui.add_space(6.0);
        self.show_waiting(ui, workbench, board);
    }

    fn show_runs(&mut self, ui: &mut Ui, workbench: &Arc<dyn Workbench>, board: &mut Board) {
        let phase = board.run.phase();
        let (mut runs, fraction, name) = {
            let followed = board.run.followed();
            let snapshot = &followed.snapshot;
            let fraction = snapshot.progress.as_ref().filter(|p| p.total > 0).map(|p| p.done as f32 / p.total as f32);
            (snapshot.runs.clone(), fraction, snapshot.name.clone())
        };
        // In the order in which they are done. What is over keeps its place: a row that moved would put another one under the
        // pointer.
        runs.sort_by_key(|run| (run.role != Role::M1, -i128::from(run.priority), run.id));
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("Experiment").strong());
            ui.label(RichText::new(&name).weak());
            controls(ui, board, phase);
            if !runs.is_empty() {
                table::export(ui, "Runs in turn", || turns::runs(&name, &runs), board);
            }
        });
        if runs.is_empty() {
            ui.weak("No experiment has begun. Start one under Set up; its runs come here, in their order.");
            return;
        }
        let going = runs.iter().find(|run| is_going(run)).map(|run| run.id);
        let turned = going.is_some() && self.going != going;
        self.going = going;
        let active = matches!(phase, Phase::Running | Phase::Paused);
        let mut told = Vec::new();
        let mut retry = None;
        let height = (ui.clip_rect().height() - BELOW).max(RUNS);
        ScrollArea::vertical().id_salt("runs in turn").max_height(height).show(ui, |ui| {
            let wide = rows::head(ui, &["Retry", "Earlier", "Later", "Cancel"]);
            for run in &runs {
                let waits = active && run.role != Role::M1 && run.status == Status::Queued;
                let can_cancel = waits || active && run.role != Role::M1 && is_going(run);
                let undone = matches!(run.status, Status::Failed(_) | Status::Stopped);
                let can_retry = undone && run.role != Role::M1 && (active || phase == Phase::Ended);
                let row = rows::Row { state: state(run, fraction), name: &run.label, note: note(run) };
                let label = &run.label;
                let button = |sign, name, offered| rows::Button { sign, name, offered, enabled: true };
                let buttons = [
                    button("Retry", format!("Retry {label}"), can_retry),
                    button("Earlier", format!("Do {label} earlier"), waits),
                    button("Later", format!("Do {label} later"), waits),
                    button("Cancel", format!("Cancel {label}"), can_cancel),
                ];
                let (response, pressed) = rows::show(ui, wide, row, color(ui, run), &buttons);
                match pressed {
                    Some(0) if active => told.push(Command::Retry(run.id)),
                    Some(0) => retry = Some(run.id),
                    Some(1) => told.push(Command::Prioritise(run.id, run.priority + 1)),
                    Some(2) => told.push(Command::Prioritise(run.id, run.priority - 1)),
                    Some(_) => told.push(Command::Cancel(run.id)),
                    None => {}
                }
                if turned && is_going(run) {
                    response.scroll_to_me(None);
                }
                response.on_hover_text(match &run.status {
                    Status::Failed(reason) => format!("{}: {reason}", run.label),
                    _ => format!("{}: {} steps", run.label, format::count(run.steps)),
                });
                if let Status::Failed(reason) = &run.status {
                    ui.label(RichText::new(reason).weak());
                }
            }
        });
        told.into_iter().for_each(|command| board.run.send(command));
        if let Some(run) = retry {
            self.retry(ui.ctx(), workbench, run);
        }
    }

    /// Queues a run of the experiment that has ended again; the experiment is gone on with after that.
    fn retry(&mut self, ctx: &Context, workbench: &Arc<dyn Workbench>, run: RunId) {
        let path = workbench.store();
        let work = move || open(&path)?.queue_again(run).map_err(|error| error.to_string());
        match Background::start(ctx, work) {
            Ok(retrying) => self.retrying = Some(retrying),
            Err(error) => self.error = Some(format!("The system refused a thread for the queue: {error}.")),
        }
    }

    fn show_waiting(&mut self, ui: &mut Ui, workbench: &Arc<dyn Workbench>, board: &mut Board) {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("Waiting experiments").strong());
            if !self.waiting.is_empty() {
                table::export(ui, "Waiting experiments", || turns::waiting(&self.waiting), board);
            }
        });
        if self.waiting.is_empty() {
            ui.weak("None. While an experiment goes, Add to queue puts the next one here; it begins by itself.");
            return;
        }
        let idle = !board.run.is_active() && self.starting.is_none();
        let free = self.working.is_none() && self.starting.is_none();
        let ids: Vec<i64> = self.waiting.iter().map(|waiting| waiting.id).collect();
        let (mut moved, mut removed, mut begun) = (None, None, None);
        let signs: &[&str] =
            if idle { &["Begin now", "Earlier", "Later", "Remove"] } else { &["Earlier", "Later", "Remove"] };
        let wide = rows::fits(ui, signs);
        for (at, waiting) in self.waiting.iter().enumerate() {
            let name = &waiting.name;
            let button = |sign, name, offered| rows::Button { sign, name, offered, enabled: free };
            let buttons = [
                button("Begin now", "Begin now".to_owned(), at == 0),
                button("Earlier", format!("Move {name} earlier"), at > 0),
                button("Later", format!("Move {name} later"), at + 1 < ids.len()),
                button("Remove", format!("Remove {name}"), true),
            ];
            let text = format!("{}. {name}", at + 1);
            let row = rows::Row { state: String::new(), name: &text, note: String::new() };
            // One can be begun by hand only while nothing goes.
            let skipped = usize::from(!idle);
            let buttons = buttons.get(skipped..).unwrap_or_default();
            let (response, pressed) = rows::show(ui, wide, row, ui.visuals().text_color(), buttons);
            response.on_hover_text(waiting.path.display().to_string());
            match pressed.map(|pressed| pressed + skipped) {
                Some(0) => begun = Some(waiting.clone()),
                Some(1) => moved = Some((at, at - 1)),
                Some(2) => moved = Some((at, at + 1)),
                Some(_) => removed = Some(waiting.id),
                None => {}
            }
        }
        if let Some(id) = removed {
            self.change(ui.ctx(), workbench, move |store| store.wait_no_more(id).map(drop));
        }
        if let Some((from, to)) = moved {
            let mut order = ids;
            order.swap(from, to);
            self.change(ui.ctx(), workbench, move |store| store.wait_in_order(&order));
        }
        if let Some(waiting) = begun {
            self.begin(board, waiting);
        }
    }
}

/// Pause, continue and stop of the whole experiment.
fn controls(ui: &mut Ui, board: &Board, phase: Phase) {
    match phase {
        Phase::Running if ui.button("Pause all").clicked() => board.run.send(Command::Pause),
        Phase::Paused if ui.button("Continue all").clicked() => board.run.send(Command::Resume),
        _ => {}
    }
    let can_stop = matches!(phase, Phase::Running | Phase::Paused);
    if can_stop && ui.button("Stop all").on_hover_text("Saves a checkpoint and ends; can be resumed").clicked() {
        board.run.send(Command::Stop);
    }
}

fn is_going(run: &RunInfo) -> bool {
    matches!(run.status, Status::Running | Status::Paused)
}

/// Where a run stands, in a word; `fraction` is how much of the stage that goes is done.
fn state(run: &RunInfo, fraction: Option<f32>) -> String {
    match &run.status {
        Status::Running | Status::Paused => {
            fraction.map_or_else(|| "going".to_owned(), |fraction| format!("going, {:.0}%", 100.0 * fraction))
        }
        Status::Failed(_) => "failed".to_owned(),
        Status::Queued => "waits".to_owned(),
        Status::Stopped => "stopped".to_owned(),
        Status::Done => "done".to_owned(),
    }
}

/// The priority, where someone gave one.
fn note(run: &RunInfo) -> String {
    match run.priority {
        0 => String::new(),
        priority => format!("{priority:+}"),
    }
}

fn color(ui: &Ui, run: &RunInfo) -> Color32 {
    match &run.status {
        Status::Failed(_) => ui.visuals().error_fg_color,
        _ if is_going(run) => theme::accent(ui.visuals()),
        _ => ui.visuals().text_color(),
    }
}

/// The store, in a folder that is made if it is not there yet.
fn open(path: &Path) -> Result<Store, String> {
    if let Some(folder) = path.parent() {
        durable::create_folder(folder).map_err(|error| error.to_string())?;
    }
    Store::open(path).map_err(|error| error.to_string())
}
