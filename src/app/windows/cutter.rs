//! Cuts blocks off the UI thread.
//!
//! Each frame the pane says which blocks it wants, most wanted first; that list replaces the one before. Work on a block
//! that nobody wants any more is cancelled, so that scrolling and sliders are answered at once. When nothing is wanted,
//! the workers go on with cutting the whole text, if the reader asked for that.

use super::block_cut::{BlockCut, Tally};
use crate::app::workbench::Workbench;
use crate::app::works::Work;
use crate::tokenizer::Method;
use std::collections::VecDeque;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Threads at most; each lane's block is one's work.
const MOST_WORKERS: usize = 4;

/// Which cut of which block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    pub lane: u64,
    pub block: usize,
    /// What decides the cut besides: the lane's settings and the block's edits, counted.
    pub stamp: (u64, u64),
}

/// A block to be cut.
#[derive(Clone)]
pub struct Job {
    pub key: Key,
    pub text: Arc<[u8]>,
    pub block: Range<usize>,
    pub method: Method,
}

/// What became of a job.
pub struct Answer {
    pub key: Key,
    pub result: Result<Done, String>,
}

/// A block that was cut.
pub struct Done {
    pub tally: Tally,
    /// To be drawn; none where only the numbers are wanted.
    pub cut: Option<Arc<BlockCut>>,
}

/// The rest of the text, cut for its numbers.
struct Rest {
    jobs: VecDeque<Job>,
    total: u64,
    work: Work,
}

#[derive(Default)]
struct Queue {
    /// Most wanted first.
    wanted: Vec<Job>,
    /// What is being cut, and whether it is wanted for drawing.
    running: Vec<(Key, bool, Arc<AtomicBool>)>,
    rest: Option<Rest>,
    answers: Vec<Answer>,
    closed: bool,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
}

impl Shared {
    /// The queue holds plain values that are whole between statements, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The workers' end in the pane. Dropping it cancels what runs and ends the threads.
pub struct Cutter {
    shared: Arc<Shared>,
}

impl Cutter {
    /// Starts the threads. `notify` is called after every answer, from one of them.
    ///
    /// # Errors
    /// The operating system refuses even one thread.
    pub fn start(workbench: &Arc<dyn Workbench>, notify: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        let cutter = Self { shared: Arc::new(Shared { queue: Mutex::default(), wake: Condvar::new() }) };
        let notify: Arc<dyn Fn() + Send + Sync> = Arc::new(notify);
        let workers = std::thread::available_parallelism().map_or(1, |count| count.get().min(MOST_WORKERS));
        for index in 0..workers {
            let (shared, workbench, notify) = (Arc::clone(&cutter.shared), Arc::clone(workbench), Arc::clone(&notify));
            let spawned = std::thread::Builder::new()
                .name(format!("windows {index}"))
                .spawn(move || serve(&shared, workbench.as_ref(), notify.as_ref()));
            // Fewer threads than cores will do.
            if index == 0 {
                spawned?;
            }
        }
        Ok(cutter)
    }

    /// Says which blocks are wanted, most wanted first, in place of what was wanted before.
    pub fn want(&self, mut jobs: Vec<Job>) {
        let mut queue = self.shared.lock();
        for (key, drawn, cancel) in &queue.running {
            if *drawn && !jobs.iter().any(|job| job.key == *key) {
                cancel.store(true, Ordering::Relaxed);
            }
        }
        let runs = |key: &Key| {
            let mut running = queue.running.iter();
            running.any(|(running, drawn, cancel)| *drawn && running == key && !cancel.load(Ordering::Relaxed))
        };
        let answered = |key: &Key| queue.answers.iter().any(|answer| answer.key == *key);
        jobs.retain(|job| !runs(&job.key) && !answered(&job.key));
        let wake = !jobs.is_empty();
        queue.wanted = jobs;
        drop(queue);
        if wake {
            self.shared.wake.notify_all();
        }
    }

    /// Cuts all of these for their numbers, as time allows; in place of what was asked for before.
    pub fn cut_rest(&self, jobs: VecDeque<Job>, work: Work) {
        let total = jobs.len() as u64;
        work.progress(0, total);
        self.shared.lock().rest = (total > 0).then_some(Rest { jobs, total, work });
        self.shared.wake.notify_all();
    }

    /// Gives up cutting the rest.
    pub fn drop_rest(&self) {
        self.shared.lock().rest = None;
    }

    /// How much of the rest is done: blocks, of how many.
    pub fn rest(&self) -> Option<(u64, u64)> {
        self.shared.lock().rest.as_ref().map(|rest| (rest.total - rest.jobs.len() as u64, rest.total))
    }

    /// What was answered since the last call.
    pub fn take_answers(&self) -> Vec<Answer> {
        std::mem::take(&mut self.shared.lock().answers)
    }

    /// Whether an answer that is to be drawn is still to come.
    pub fn is_busy(&self) -> bool {
        let queue = self.shared.lock();
        !queue.wanted.is_empty() || queue.running.iter().any(|(_, drawn, _)| *drawn)
    }
}

impl Drop for Cutter {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.closed = true;
        for (_, _, cancel) in &queue.running {
            cancel.store(true, Ordering::Relaxed);
        }
        drop(queue);
        self.shared.wake.notify_all();
    }
}

/// The next job, whether it is to be drawn, and the flag that ends it early.
fn next(queue: &mut Queue) -> Option<(Job, bool, Arc<AtomicBool>)> {
    let (job, drawn, cancel) = match queue.wanted.is_empty() {
        false => (queue.wanted.remove(0), true, Arc::default()),
        true => {
            let rest = queue.rest.as_mut()?;
            let cancel = rest.work.cancel();
            let job = rest.jobs.pop_front().filter(|_| !cancel.load(Ordering::Relaxed));
            if job.is_none() {
                queue.rest = None;
            }
            (job?, false, cancel)
        }
    };
    queue.running.push((job.key, drawn, Arc::clone(&cancel)));
    Some((job, drawn, cancel))
}

fn serve(shared: &Shared, workbench: &dyn Workbench, notify: &dyn Fn()) {
    loop {
        let (job, drawn, cancel) = {
            let mut queue = shared.lock();
            loop {
                if queue.closed {
                    return;
                }
                match next(&mut queue) {
                    Some(next) => break next,
                    None => queue = shared.wake.wait(queue).unwrap_or_else(PoisonError::into_inner),
                }
            }
        };
        // A defect in the coder must cost one answer, not the pane.
        let result = catch_unwind(AssertUnwindSafe(|| cut(workbench, &job, drawn, &cancel))).unwrap_or_else(|_| {
            Err("Cutting this text failed inside Mullion; this is a defect, please report it.".to_owned())
        });
        let mut queue = shared.lock();
        queue.running.retain(|(_, _, other)| !Arc::ptr_eq(other, &cancel) || !drawn);
        if !drawn {
            // Workers on the rest share its flag: one of them is done.
            let index = queue.running.iter().position(|(key, drawn, _)| !drawn && *key == job.key);
            index.map(|index| queue.running.swap_remove(index));
            if let Some(rest) = &queue.rest {
                rest.work.progress(rest.total - rest.jobs.len() as u64, rest.total);
            }
        }
        // A cancelled job has no answer: nobody wants it.
        if !cancel.load(Ordering::Relaxed) {
            queue.answers.push(Answer { key: job.key, result });
        }
        drop(queue);
        notify();
    }
}

fn cut(workbench: &dyn Workbench, job: &Job, drawn: bool, cancel: &Arc<AtomicBool>) -> Result<Done, String> {
    let bytes: Arc<[u8]> = job.text.get(job.block.clone()).unwrap_or_default().into();
    let view = workbench.windows(&bytes, &job.method, cancel)?;
    let cut = BlockCut::new(bytes, view);
    Ok(Done { tally: cut.tally(), cut: drawn.then(|| Arc::new(cut)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(block: usize) -> Job {
        let key = Key { lane: 1, block, stamp: (0, 0) };
        Job { key, text: b"text"[..].into(), block: 0..4, method: Method::Bytes }
    }

    /// A cutter without threads: what they would take is taken by hand.
    fn idle() -> Cutter {
        Cutter { shared: Arc::new(Shared { queue: Mutex::default(), wake: Condvar::new() }) }
    }

    fn take(cutter: &Cutter) -> Option<(usize, bool, Arc<AtomicBool>)> {
        next(&mut cutter.shared.lock()).map(|(job, drawn, cancel)| (job.key.block, drawn, cancel))
    }

    #[test]
    fn the_newest_wishes_count_and_what_nobody_wants_is_cancelled() {
        let cutter = idle();
        cutter.want(vec![job(5), job(6)]);
        let (block, _, first) = take(&cutter).expect("a job");
        assert_eq!(block, 5);
        cutter.want(vec![job(5), job(7)]);
        assert!(!first.load(Ordering::Relaxed), "it is wanted still");
        assert_eq!(take(&cutter).map(|(block, ..)| block), Some(7), "what runs is not begun again");
        cutter.want(vec![job(9)]);
        assert!(first.load(Ordering::Relaxed), "it was scrolled away");
        assert!(cutter.is_busy());
    }

    #[test]
    fn the_rest_is_cut_when_nothing_is_wanted_until_it_is_cancelled() {
        let (cutter, works) = (idle(), crate::app::works::Works::default());
        let work = works.begin("Cutting the whole text");
        let cancel = work.cancel();
        cutter.cut_rest([job(0), job(1), job(2)].into(), work);
        cutter.want(vec![job(8)]);
        let taken: Vec<_> =
            [take(&cutter), take(&cutter)].into_iter().flatten().map(|(block, drawn, _)| (block, drawn)).collect();
        assert_eq!(taken, [(8, true), (0, false)]);
        assert_eq!(cutter.rest(), Some((1, 3)));
        cancel.store(true, Ordering::Relaxed);
        assert!(take(&cutter).is_none() && cutter.rest().is_none() && works.shown().is_empty());
    }
}
