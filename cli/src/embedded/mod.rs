//! The embedded engine: programs on a small pool of worker threads.
//!
//! It is the state machine that the kernel's workqueue drives, on threads in place of work items:
//!
//! ```text
//!            ┌────────── Yield, next call ──────────┐
//!            ▼                                      │
//! spawn ► Runnable ── a worker takes it ──► Running ┼─ Done, Trap, Stopped ─► Finished
//!            ▲                                      │
//!            └── time is up, stop ── Sleeping ◄── Block
//! ```
//!
//! Runnable programs stand in one queue, first in, first out, and run for a slice of about a
//! millisecond, so n programs that spin get a n-th of the pool each. A sleeping program holds no
//! worker. The lock is held only to move programs between states, never while one runs.

mod job;
mod slice;
mod table;

pub(crate) use job::{Call, Job, Outcome};

use job::Step;
use kengine::{host::Host, thread::Control};
use std::{
    num::NonZero,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Instant,
};
use table::Table;

/// Workers of an engine at most: the guests of one command do not take the machine over.
const MAX_WORKERS: usize = 2;

/// Number of a program in its engine, from 1 on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct ProgramId(pub(crate) u32);

/// What a program is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// Waits for a worker.
    Runnable,
    /// A worker runs it.
    Running,
    /// Waits until then.
    Sleeping(Instant),
    /// Has ended.
    Finished,
}

/// See the module. Dropping it stops all programs and waits for the workers.
#[derive(Debug)]
pub(crate) struct Engine<H: Host + Send> {
    shared: Arc<Shared<H>>,
    workers: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared<H> {
    table: Mutex<Table<H>>,
    /// Told of work: a program became runnable, a timer was set, or the engine closes.
    work: Condvar,
    /// Told of each program that has ended.
    finished: Condvar,
}

impl<H> Shared<H> {
    fn lock(&self) -> MutexGuard<'_, Table<H>> {
        // A panic under the lock has been reported by its thread; the table is never left half changed.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<H: Host + Send> Engine<H> {
    /// An engine with as many workers as suit this machine.
    pub(crate) fn new() -> Self {
        Self::with_workers(thread::available_parallelism().map_or(1, NonZero::get).min(MAX_WORKERS))
    }

    /// An engine with this many workers.
    pub(crate) fn with_workers(count: usize) -> Self {
        let shared =
            Arc::new(Shared { table: Mutex::new(Table::default()), work: Condvar::new(), finished: Condvar::new() });
        let workers = (0..count)
            .map(|_| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || work(&shared))
            })
            .collect();
        Engine { shared, workers }
    }

    /// A number for a program to come.
    pub(crate) fn reserve(&self) -> ProgramId {
        self.shared.lock().reserve()
    }

    /// Queues a program under a reserved number.
    pub(crate) fn spawn(&self, id: ProgramId, job: Job<H>) {
        self.shared.lock().insert(id, job);
        self.shared.work.notify_one();
    }

    /// Waits for the end of a program and takes it out of the engine; `None` if there is none of this number.
    pub(crate) fn wait(&self, id: ProgramId) -> Option<(Outcome, Job<H>)> {
        let mut table = self.shared.lock();
        while table.state(id)? != State::Finished {
            table = self.shared.finished.wait(table).unwrap_or_else(PoisonError::into_inner);
        }
        table.remove(id)
    }

    /// A handle to stop programs with, from any thread.
    pub(crate) fn stopper(&self) -> Stopper<H> {
        Stopper(Arc::clone(&self.shared))
    }

    /// What a program is doing.
    #[cfg(test)]
    pub(crate) fn state(&self, id: ProgramId) -> Option<State> {
        self.shared.lock().state(id)
    }
}

impl<H: Host + Send> Drop for Engine<H> {
    fn drop(&mut self) {
        self.shared.lock().close();
        self.shared.work.notify_all();
        for worker in self.workers.drain(..) {
            // A worker that has panicked has said so.
            let _ = worker.join();
        }
    }
}

/// Stops programs of an engine.
#[derive(Debug)]
pub(crate) struct Stopper<H>(Arc<Shared<H>>);

impl<H> Stopper<H> {
    /// Stops a program: a running one at its next poll, a waiting one at once.
    pub(crate) fn stop(&self, id: ProgramId) {
        self.0.lock().stop(id);
        self.0.work.notify_one();
    }
}

/// What a worker does until the engine closes.
fn work<H: Host + Send>(shared: &Shared<H>) {
    let mut table = shared.lock();
    loop {
        if table.is_closed() {
            return;
        }
        for _ in 0..table.wake(Instant::now()) {
            shared.work.notify_one();
        }
        if let Some((id, mut job)) = table.take() {
            drop(table);
            let step = job.slice();
            table = shared.lock();
            let ended = matches!(step, Step::End(_));
            table.put(id, job, step);
            if ended {
                shared.finished.notify_all();
            } else {
                // There is a new program in the queue, or a new timer to wait for.
                shared.work.notify_one();
            }
            continue;
        }
        table = match table.next_timer() {
            Some(until) => {
                let timeout = until.saturating_duration_since(Instant::now());
                shared.work.wait_timeout(table, timeout).unwrap_or_else(PoisonError::into_inner).0
            }
            None => shared.work.wait(table).unwrap_or_else(PoisonError::into_inner),
        };
    }
}

/// The control block of a program, shared with whoever may stop it.
pub(crate) type SharedControl = Arc<Control>;

#[cfg(test)]
mod tests;
