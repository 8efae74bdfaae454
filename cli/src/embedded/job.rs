//! A program as the engine runs it: a store with its instance, a thread, the host's state for it, and calls to make.

use super::{SharedControl, slice::Slice};
use kengine::{
    host::Host,
    link::Program,
    store::{InstanceId, Store},
    thread::{Run, Thread},
    trap::TrapCode,
};
use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

/// A call of a function, one slot per argument.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Call {
    pub(crate) func: u32,
    pub(crate) args: Vec<u64>,
}

/// How a program ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// The last call returned, with these results.
    Done(Vec<u64>),
    /// It trapped.
    Trap(TrapCode),
    /// It was stopped from outside.
    Stopped,
}

/// What to do with a program after a slice.
#[derive(Debug)]
pub(super) enum Step {
    /// It has more to do.
    Again,
    /// It has more to do from then on.
    Sleep(Instant),
    /// It has ended.
    End(Outcome),
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Job<H> {
    pub(crate) store: Store<Arc<Program>>,
    pub(crate) thread: Thread<SharedControl>,
    pub(crate) host: H,
    control: SharedControl,
    instance: InstanceId,
    /// Calls that have not begun.
    calls: VecDeque<Call>,
    started: bool,
    slice: Slice,
}

impl<H> Job<H> {
    /// A program that makes these calls one after the other on one thread, whose control block is `control`.
    pub(crate) fn new(
        store: Store<Arc<Program>>,
        instance: InstanceId,
        thread: Thread<SharedControl>,
        control: SharedControl,
        host: H,
        calls: impl IntoIterator<Item = Call>,
    ) -> Self {
        let calls = calls.into_iter().collect();
        Job { store, thread, host, control, instance, calls, started: false, slice: Slice::default() }
    }

    pub(super) fn control(&self) -> SharedControl {
        Arc::clone(&self.control)
    }
}

impl<H: Host> Job<H> {
    /// Runs for one slice.
    pub(super) fn slice(&mut self) -> Step {
        if !self.started
            && let Err(code) = self.next_call()
        {
            return Step::End(Outcome::Trap(code));
        }
        let (used, began) = (self.thread.used(), Instant::now());
        let run = self.thread.run(&mut self.store, &mut self.host, self.slice.fuel());
        let now = Instant::now();
        match run {
            Run::Yield => {
                self.slice.measured(self.thread.used().saturating_sub(used), now - began);
                Step::Again
            }
            Run::Block(wait) => match now.checked_add(Duration::from_nanos(wait.timeout_ns)) {
                Some(until) => Step::Sleep(until),
                None => Step::Again,
            },
            Run::Done if self.calls.is_empty() => Step::End(Outcome::Done(self.thread.results().to_vec())),
            Run::Done => {
                self.started = false;
                Step::Again
            }
            Run::Trap(code) => Step::End(Outcome::Trap(code)),
            Run::Stopped => Step::End(Outcome::Stopped),
        }
    }

    fn next_call(&mut self) -> Result<(), TrapCode> {
        self.started = true;
        match self.calls.pop_front() {
            Some(call) => self.thread.start(&self.store, self.instance, call.func, &call.args),
            None => Ok(()),
        }
    }
}
