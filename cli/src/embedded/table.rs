//! The programs of an engine and their states. Everything here happens under the engine's lock.

use super::{
    ProgramId, SharedControl, State,
    job::{Job, Outcome, Step},
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, VecDeque},
    time::Instant,
};

/// See the module.
#[derive(Debug)]
pub(super) struct Table<H> {
    programs: BTreeMap<ProgramId, Program<H>>,
    /// The runnable programs in the order of their turns.
    queue: VecDeque<ProgramId>,
    /// When sleepers wake; an entry counts only while its program sleeps until just then.
    timers: BinaryHeap<Reverse<(Instant, ProgramId)>>,
    last_id: u32,
    closed: bool,
}

#[derive(Debug)]
struct Program<H> {
    state: State,
    control: SharedControl,
    /// `None` while a worker has it.
    job: Option<Job<H>>,
    outcome: Option<Outcome>,
}

impl<H> Default for Table<H> {
    fn default() -> Self {
        Table {
            programs: BTreeMap::new(),
            queue: VecDeque::new(),
            timers: BinaryHeap::new(),
            last_id: 0,
            closed: false,
        }
    }
}

impl<H> Table<H> {
    pub(super) fn reserve(&mut self) -> ProgramId {
        self.last_id += 1;
        ProgramId(self.last_id)
    }

    pub(super) fn insert(&mut self, id: ProgramId, job: Job<H>) {
        let control = job.control();
        self.programs.insert(id, Program { state: State::Runnable, control, job: Some(job), outcome: None });
        self.queue.push_back(id);
    }

    pub(super) fn state(&self, id: ProgramId) -> Option<State> {
        self.programs.get(&id).map(|program| program.state)
    }

    /// Takes a finished program out.
    pub(super) fn remove(&mut self, id: ProgramId) -> Option<(Outcome, Job<H>)> {
        let program = self.programs.remove(&id)?;
        Some((program.outcome?, program.job?))
    }

    /// The program whose turn it is, for a worker to run.
    pub(super) fn take(&mut self) -> Option<(ProgramId, Job<H>)> {
        let id = self.queue.pop_front()?;
        let program = self.programs.get_mut(&id)?;
        program.state = State::Running;
        Some((id, program.job.take()?))
    }

    /// Takes a program back from a worker.
    pub(super) fn put(&mut self, id: ProgramId, job: Job<H>, step: Step) {
        let Some(program) = self.programs.get_mut(&id) else { return };
        program.job = Some(job);
        program.state = match step {
            // A stop that came while the slice was ending must not wait for the timer.
            Step::Sleep(until) if !program.control.stopped() => {
                self.timers.push(Reverse((until, id)));
                State::Sleeping(until)
            }
            Step::Again | Step::Sleep(_) => {
                self.queue.push_back(id);
                State::Runnable
            }
            Step::End(outcome) => {
                program.outcome = Some(outcome);
                State::Finished
            }
        };
    }

    /// Makes sleepers runnable whose time has come; returns how many.
    pub(super) fn wake(&mut self, now: Instant) -> usize {
        let mut woken = 0;
        while let Some(Reverse((until, id))) = self.timers.peek().copied().filter(|Reverse((until, _))| *until <= now) {
            self.timers.pop();
            woken += usize::from(self.wake_one(id, |state| state == State::Sleeping(until)));
        }
        woken
    }

    /// When the next sleeper wakes.
    pub(super) fn next_timer(&self) -> Option<Instant> {
        self.timers.peek().map(|Reverse((until, _))| *until)
    }

    pub(super) fn stop(&mut self, id: ProgramId) {
        if let Some(program) = self.programs.get(&id) {
            program.control.stop();
        }
        self.wake_one(id, |state| matches!(state, State::Sleeping(_)));
    }

    /// Makes a program runnable if its state is like this; returns whether it was.
    fn wake_one(&mut self, id: ProgramId, asleep: impl Fn(State) -> bool) -> bool {
        match self.programs.get_mut(&id) {
            Some(program) if asleep(program.state) => {
                program.state = State::Runnable;
                self.queue.push_back(id);
                true
            }
            _ => false,
        }
    }

    /// Stops everything; workers leave when they see it.
    pub(super) fn close(&mut self) {
        self.closed = true;
        for program in self.programs.values() {
            program.control.stop();
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }
}
