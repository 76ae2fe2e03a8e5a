//! The worker's one way out and in: what it measures goes to the store and to its face together, and the face's commands
//! are obeyed at the same points.

use super::RunError;
use super::event::{Command, Event, ExperimentId, Level, Point, Progress, Role, RunId, RunInfo, Series, Status};
use super::queue::Queue;
use super::store::{Store, StoreError};
use crate::tokenizer::Control;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// Progress is sent at most this often.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);
/// The rate is measured over this long.
const RATE_WINDOW: Duration = Duration::from_secs(10);

/// What the work should do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    GoOn,
    /// Save, then call [`Reporter::hold`].
    Pause,
    /// Save, then end.
    Stop,
}

/// Sends events, records them, takes commands.
pub struct Reporter {
    pub store: Store,
    pub experiment: ExperimentId,
    pub queue: Queue,
    events: Sender<Event>,
    commands: Commands,
    stages: (usize, usize),
    meter: Meter,
    /// What came of [`Command::ScaleRate`] since it was last taken.
    rate_factor: Option<f64>,
    /// Stop was asked for.
    stopping: bool,
    /// What went wrong while a command was obeyed; told at the next occasion.
    fault: Option<StoreError>,
}

/// The face's commands, with a flag that a stop raises at once, for work that looks at the channel only now and then.
pub struct Commands {
    received: Receiver<Command>,
    cancel: Arc<AtomicBool>,
    /// The run that goes, so that its cancellation is a stop to it; [`NONE`] between runs.
    going: Arc<AtomicI64>,
    stopped: Arc<AtomicBool>,
}

/// No run's id.
const NONE: i64 = i64::MIN;

impl Commands {
    /// # Errors
    /// If the system gives no thread to watch with.
    pub fn new(commands: Receiver<Command>) -> Result<Self, RunError> {
        let (sender, received) = channel();
        let cancel = Arc::new(AtomicBool::new(false));
        let (going, stopped) = (Arc::new(AtomicI64::new(NONE)), Arc::new(AtomicBool::new(false)));
        let (raise, current, stop) = (cancel.clone(), going.clone(), stopped.clone());
        let watch = move || {
            for command in commands {
                match command {
                    Command::Stop => {
                        stop.store(true, Ordering::SeqCst);
                        raise.store(true, Ordering::SeqCst);
                    }
                    Command::Cancel(run) if run.0 == current.load(Ordering::SeqCst) => {
                        raise.store(true, Ordering::SeqCst);
                    }
                    _ => {}
                }
                if sender.send(command).is_err() {
                    break;
                }
            }
        };
        let spawned = std::thread::Builder::new().name("commands".to_owned()).spawn(watch);
        spawned.map_err(|source| RunError::Io { path: "a thread for commands".into(), source })?;
        Ok(Self { received, cancel, going, stopped })
    }
}

impl Reporter {
    pub fn new(
        store: Store,
        experiment: ExperimentId,
        events: Sender<Event>,
        commands: Commands,
        queue: Queue,
        stages: usize,
    ) -> Self {
        Self {
            store,
            experiment,
            queue,
            events,
            commands,
            stages: (0, stages),
            meter: Meter::default(),
            rate_factor: None,
            stopping: false,
            fault: None,
        }
    }

    /// A face that has gone away stops nothing: the store has everything.
    pub fn send(&self, event: Event) {
        let _ = self.events.send(event);
    }

    /// A hold on work that may take long: a stop ends it at once.
    pub fn control(&self) -> Control {
        Control { cancel: self.commands.cancel.clone(), progress: None }
    }

    /// Begins the next stage.
    pub fn stage(&mut self, name: &str) -> Result<(), StoreError> {
        self.stages.0 += 1;
        self.meter = Meter::default();
        self.tell_fault()?;
        self.store.flush()?;
        self.send(Event::Stage { index: self.stages.0, count: self.stages.1, name: name.to_owned() });
        Ok(())
    }

    /// Begins a run of the queue.
    pub fn begin(&mut self, run: RunId) {
        self.queue.begin(run);
        self.commands.going.store(run.0, Ordering::SeqCst);
    }

    /// Ends the run that goes, all of whose stages are `until` then; whether it was cancelled.
    pub fn end(&mut self, until: usize) -> bool {
        self.commands.going.store(NONE, Ordering::SeqCst);
        // What was raised for this run alone is no stop to the next. A command that came while text was cut raised it, and
        // is obeyed only later: by then the run is over.
        let stopped = self.commands.stopped.load(Ordering::SeqCst);
        let raised = self.commands.cancel.swap(stopped, Ordering::SeqCst) && !stopped;
        self.stages.0 = until;
        self.queue.end() || raised
    }

    /// Stages that have begun or were passed over.
    pub fn stages_begun(&self) -> usize {
        self.stages.0
    }

    /// Whether all is to end.
    pub fn is_stopping(&self) -> bool {
        self.stopping
    }

    /// Counts stages that are already done (a resumed experiment) without announcing them.
    pub fn skip_stages(&mut self, count: usize) {
        self.stages.0 += count;
    }

    pub fn progress(&mut self, done: u64, total: u64, unit: &'static str) {
        if let Some(progress) = self.meter.progress(done, total, unit) {
            self.send(Event::Progress(progress));
        }
    }

    pub fn point(&mut self, run: &RunInfo, series: Series, step: u64, value: f64) -> Result<(), StoreError> {
        let point = Point { run: run.id, series, step, value };
        self.store.record(&point)?;
        self.send(Event::Point(point));
        Ok(())
    }

    /// Records a figure that is measured once.
    pub fn result(&mut self, run: &mut RunInfo, name: &str, value: f64) -> Result<(), StoreError> {
        self.store.set_result(run.id, name, value)?;
        run.results.insert(name.to_owned(), value);
        self.queue.keep(run);
        Ok(())
    }

    pub fn status(&mut self, run: &mut RunInfo, status: Status) -> Result<(), StoreError> {
        self.tell_fault()?;
        self.store.set_status(run.id, &status)?;
        run.status = status;
        self.queue.keep(run);
        self.send(Event::Run(run.clone()));
        Ok(())
    }

    /// Settles how many steps a run takes.
    pub fn steps(&mut self, run: &mut RunInfo, steps: u64) -> Result<(), StoreError> {
        self.store.set_steps(run.id, steps)?;
        run.steps = steps;
        self.queue.keep(run);
        Ok(())
    }

    /// Sets a run that is not done aside until it is retried.
    pub fn hold_run(&mut self, run: &mut RunInfo, status: Status) -> Result<(), StoreError> {
        self.store.hold(run.id, &status)?;
        run.status = status;
        self.queue.hold(run.id);
        self.queue.keep(run);
        self.send(Event::Run(run.clone()));
        Ok(())
    }

    fn tell_fault(&mut self) -> Result<(), StoreError> {
        self.fault.take().map_or(Ok(()), Err)
    }

    pub fn message(&mut self, level: Level, text: impl Into<String>) -> Result<(), StoreError> {
        let text = text.into();
        self.store.log(self.experiment, level, &text)?;
        self.send(Event::Message { level, text });
        Ok(())
    }

    /// What the commands that came since the last call say, if any did; the last one wins, but a stop is never overtaken.
    pub fn next(&mut self) -> Next {
        let mut next = Next::GoOn;
        while let Ok(command) = self.commands.received.try_recv() {
            match command {
                Command::Stop => self.stopping = true,
                Command::Pause => next = Next::Pause,
                Command::Resume => next = Next::GoOn,
                Command::ScaleRate(factor) => self.scale_rate(factor),
                Command::Cancel(_) | Command::Retry(_) | Command::Prioritise(..) => self.obey(command),
            }
        }
        if self.stopping || self.queue.is_going_cancelled() { Next::Stop } else { next }
    }

    /// Changes the queue as the command says.
    fn obey(&mut self, command: Command) {
        if let Err(fault) = self.change_queue(command) {
            self.fault.get_or_insert(fault);
        }
    }

    fn change_queue(&mut self, command: Command) -> Result<(), StoreError> {
        let (Command::Cancel(id) | Command::Retry(id) | Command::Prioritise(id, _)) = command else {
            return Ok(());
        };
        let Some(run) = self.queue.get(id) else { return Ok(()) };
        let mut run = run.clone();
        match command {
            Command::Cancel(_) if run.role == Role::M1 => {
                let text = format!("{} cannot be cancelled, as all other runs need it; stop the experiment", run.label);
                return self.message(Level::Warning, text);
            }
            Command::Cancel(_) if self.queue.going() == Some(id) => self.queue.cancel_going(),
            Command::Cancel(_) if self.queue.is_waiting(id) => {
                self.hold_run(&mut run, Status::Stopped)?;
                self.message(Level::Info, format!("{} was cancelled; it can be retried", run.label))?;
            }
            Command::Retry(_) if self.queue.is_held(id) && run.status != Status::Done => {
                self.store.queue_again(id)?;
                self.queue.release(id);
                self.stages.1 += stages_of(&run);
                self.status(&mut run, Status::Queued)?;
            }
            Command::Prioritise(_, priority) => {
                self.store.set_priority(id, priority)?;
                if let Some(known) = self.queue.get_mut(id) {
                    known.priority = priority;
                    let known = known.clone();
                    self.send(Event::Run(known));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn scale_rate(&mut self, factor: f64) {
        if factor.is_finite() && factor > 0.0 {
            self.rate_factor = Some(self.rate_factor.unwrap_or(1.0) * factor);
        }
    }

    /// What the learning rate is to be multiplied by, if that was asked for since the last call.
    pub fn take_rate_factor(&mut self) -> Option<f64> {
        self.rate_factor.take()
    }

    /// Holds until resumed ([`Next::GoOn`]) or stopped. A face that has gone away cannot resume, so that stops, too.
    pub fn hold(&mut self, run: Option<&mut RunInfo>) -> Result<Next, StoreError> {
        let mut run = run;
        if let Some(run) = &mut run {
            self.status(run, Status::Paused)?;
        }
        self.store.flush()?;
        self.send(Event::Paused);
        let next = loop {
            match self.commands.received.recv() {
                Ok(Command::Resume) => break Next::GoOn,
                Ok(Command::Pause) => {}
                Ok(Command::ScaleRate(factor)) => self.scale_rate(factor),
                Ok(Command::Stop) | Err(_) => {
                    self.stopping = true;
                    break Next::Stop;
                }
                Ok(command) => {
                    self.obey(command);
                    if self.queue.is_going_cancelled() {
                        break Next::Stop;
                    }
                }
            }
        };
        self.send(Event::Resumed);
        self.meter = Meter::default();
        if let (Some(run), Next::GoOn) = (run, next) {
            self.status(run, Status::Running)?;
        }
        Ok(next)
    }
}

/// Stages that a run of the queue goes through.
pub fn stages_of(run: &RunInfo) -> usize {
    match run.role {
        Role::M1 | Role::Tokens => 1,
        Role::M2 => 2,
    }
}

/// Rate over the last seconds, and the time left at that rate.
#[derive(Default)]
struct Meter {
    marks: VecDeque<(Instant, u64)>,
    sent: Option<Instant>,
}

impl Meter {
    /// What to send, unless something was sent a moment ago; the end is always sent.
    fn progress(&mut self, done: u64, total: u64, unit: &'static str) -> Option<Progress> {
        let now = Instant::now();
        if done != total && self.sent.is_some_and(|sent| now - sent < PROGRESS_EVERY) {
            return None;
        }
        self.sent = Some(now);
        self.marks.push_back((now, done));
        while self.marks.len() > 2 && now - self.marks[0].0 > RATE_WINDOW {
            self.marks.pop_front();
        }
        let (start, before) = self.marks[0];
        let seconds = (now - start).as_secs_f64();
        let rate = if seconds > 0.0 { done.saturating_sub(before) as f64 / seconds } else { 0.0 };
        // A total that nobody knows has no end to wait for.
        let eta_seconds = (rate > 0.0 && total > 0).then(|| total.saturating_sub(done) as f64 / rate);
        Some(Progress { done, total, unit, rate, eta_seconds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_meter_sends_first_and_last_and_knows_the_time_left() {
        let mut meter = Meter::default();
        assert!(meter.progress(0, 100, "steps").is_some());
        assert_eq!(meter.progress(1, 100, "steps"), None);
        std::thread::sleep(Duration::from_millis(120));
        let progress = meter.progress(50, 100, "steps").unwrap();
        let eta = progress.eta_seconds.unwrap();
        assert!((eta - 50.0 / progress.rate).abs() < 1e-9 && progress.rate > 0.0, "{progress:?}");
        assert!(meter.progress(100, 100, "steps").is_some());
    }
}
