//! An experiment's runs as a queue: the one with the highest priority is next, and among equals the one that was written
//! first. A run that failed by its own doing, or was cancelled, is held: it waits for nothing but to be retried.

use super::event::{Role, RunId, RunInfo, Status};
use std::collections::BTreeSet;

/// The runs, M1's among them, as they were last told.
#[derive(Debug, Default)]
pub struct Queue {
    runs: Vec<RunInfo>,
    held: BTreeSet<RunId>,
    going: Option<RunId>,
    cancelled: bool,
}

impl Queue {
    pub fn new(runs: Vec<RunInfo>, held: BTreeSet<RunId>) -> Self {
        Self { runs, held, going: None, cancelled: false }
    }

    /// The run that is to be done next; M1's is none of the queue's, as all others need it first.
    pub fn next(&self) -> Option<&RunInfo> {
        let waiting = self.runs.iter().filter(|run| run.role != Role::M1 && self.waits(run));
        waiting.min_by_key(|run| (-i128::from(run.priority), run.id))
    }

    fn waits(&self, run: &RunInfo) -> bool {
        run.status != Status::Done && !self.held.contains(&run.id) && self.going != Some(run.id)
    }

    /// Whether the run will come without being asked for.
    pub fn is_waiting(&self, run: RunId) -> bool {
        self.get(run).is_some_and(|run| self.waits(run))
    }

    pub fn get(&self, run: RunId) -> Option<&RunInfo> {
        self.runs.iter().find(|known| known.id == run)
    }

    /// The run as the queue knows it, to be changed.
    pub fn get_mut(&mut self, run: RunId) -> Option<&mut RunInfo> {
        self.runs.iter_mut().find(|known| known.id == run)
    }

    /// Takes over what is now known of a run, but for its priority, which only the queue knows.
    pub fn keep(&mut self, run: &mut RunInfo) {
        if let Some(known) = self.get_mut(run.id) {
            run.priority = known.priority;
            known.clone_from(run);
        }
    }

    pub fn begin(&mut self, run: RunId) {
        self.going = Some(run);
        self.cancelled = false;
    }

    /// Ends the run that goes; whether it was cancelled.
    pub fn end(&mut self) -> bool {
        self.going = None;
        std::mem::take(&mut self.cancelled)
    }

    pub fn going(&self) -> Option<RunId> {
        self.going
    }

    /// Marks the run that goes to be ended.
    pub fn cancel_going(&mut self) {
        self.cancelled = self.going.is_some();
    }

    pub fn is_going_cancelled(&self) -> bool {
        self.cancelled
    }

    /// Lets a run wait no more, until it is released.
    pub fn hold(&mut self, run: RunId) {
        self.held.insert(run);
    }

    pub fn release(&mut self, run: RunId) {
        self.held.remove(&run);
    }

    pub fn is_held(&self, run: RunId) -> bool {
        self.held.contains(&run)
    }

    /// Runs that failed, and runs that were cancelled.
    pub fn left_behind(&self) -> (Vec<&RunInfo>, Vec<&RunInfo>) {
        let undone = self.runs.iter().filter(|run| run.status != Status::Done && self.is_held(run.id));
        undone.partition(|run| matches!(run.status, Status::Failed(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn run(id: i64, priority: i64, status: Status) -> RunInfo {
        RunInfo {
            id: RunId(id),
            role: if id == 0 { Role::M1 } else { Role::M2 },
            label: format!("run {id}"),
            method: None,
            size: "nano".to_owned(),
            seed: 1,
            steps: 1,
            priority,
            status,
            results: BTreeMap::new(),
        }
    }

    #[test]
    fn the_highest_priority_is_next_and_the_first_among_equals() {
        let runs = vec![
            run(0, 9, Status::Queued),
            run(1, 0, Status::Done),
            run(2, 0, Status::Queued),
            run(3, 5, Status::Stopped),
            run(4, 5, Status::Failed("the device was lost".to_owned())),
            run(5, 7, Status::Failed("diverged".to_owned())),
        ];
        let mut queue = Queue::new(runs, BTreeSet::from([RunId(5)]));
        let mut order = Vec::new();
        while let Some(next) = queue.next().cloned() {
            queue.begin(next.id);
            order.push(next.id.0);
            if next.id == RunId(3) {
                queue.release(RunId(5));
            }
            queue.end();
            queue.keep(&mut RunInfo { status: Status::Done, ..next });
        }
        assert_eq!(order, [3, 5, 4, 2]);
    }
}
