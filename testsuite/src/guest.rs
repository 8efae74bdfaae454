//! One instance of a module that imports nothing, and all that a run of it leaves behind.

use crate::pipeline;
use kengine::{
    Form,
    host::{Host, HostFn},
    link::Program,
    store::{Extern, InstanceId, Store, StoreLimits},
    thread::{Control, Run, Thread, host_sig},
    trap::TrapCode,
};
use std::{
    hash::{DefaultHasher, Hasher},
    sync::Arc,
};

/// Slots of the value stack.
const STACK_SLOTS: u32 = 1 << 16;

/// A host without functions.
#[derive(Debug)]
pub struct NoHost;

impl Host for NoHost {
    const FUNCTIONS: &'static [HostFn<Self>] = &[];
}

/// How a call ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// It returned, one slot for each result.
    Done(Vec<u64>),
    /// It trapped.
    Trap(TrapCode),
}

/// Everything about a run that must not depend on dispatch mode and slices.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Effect {
    /// How it ended.
    pub end: End,
    /// Fuel used by the call.
    pub fuel: u64,
    /// Pages of memory after it.
    pub pages: u32,
    /// Hash of memory.
    pub memory: u64,
    /// Exported globals in the order of their exports.
    pub globals: Vec<u64>,
}

/// See the module.
#[derive(Debug)]
pub struct Guest {
    store: Store<Arc<Program>>,
    thread: Thread<Arc<Control>>,
    instance: InstanceId,
}

impl Guest {
    /// Checks, links and instantiates an image; the start function is run too.
    ///
    /// # Errors
    /// What went wrong, as text.
    pub fn new(image: &[u8], form: impl Into<Form>) -> Result<Guest, String> {
        let program = pipeline::load(image, form).map_err(|error| format!("{error:?}"))?;
        Guest::of(program, StoreLimits::default(), STACK_SLOTS)
    }

    /// Instantiates a program.
    ///
    /// # Errors
    /// As [`Guest::new`].
    pub fn of(program: Arc<Program>, limits: StoreLimits, stack_slots: u32) -> Result<Guest, String> {
        let mut store = Store::new(limits);
        let instance = store.instantiate(program, &mut |_, _, _| None, &host_sig::<NoHost>);
        let instance = instance.map_err(|error| format!("{error:?}"))?;
        let thread = Thread::new(Arc::default(), stack_slots, u64::MAX).map_err(|error| format!("{error:?}"))?;
        Ok(Guest { store, thread, instance })
    }

    /// Runs the start function, if there is one, with a fuel budget.
    ///
    /// # Errors
    /// The trap that ended it.
    pub fn start(&mut self, budget: u64) -> Result<(), TrapCode> {
        let Some(start) = self.store.start_func(self.instance) else { return Ok(()) };
        match self.call(start, &[], budget, &mut || u64::MAX) {
            End::Done(_) => Ok(()),
            End::Trap(code) => Err(code),
        }
    }

    /// The store, to look at.
    pub fn store(&self) -> &Store<Arc<Program>> {
        &self.store
    }

    /// The instance.
    pub fn instance(&self) -> InstanceId {
        self.instance
    }

    /// Index of an exported function.
    pub fn func(&self, name: &str) -> Option<u32> {
        self.store.export_func(self.instance, name.as_bytes())
    }

    /// Word of the image's CODE section where the last run stands: after a trap, what trapped.
    pub fn word(&self) -> Option<u32> {
        let mut word = None;
        let program = self.store.program(self.instance)?;
        self.thread.backtrace(&self.store, |frame| word = word.or_else(|| program.word(frame.place)));
        word
    }

    /// Fuel used by all calls so far.
    pub fn used(&self) -> u64 {
        self.thread.used()
    }

    /// Calls a function with a fuel budget; `slice` says how long each slice is.
    pub fn call(&mut self, func: u32, args: &[u64], budget: u64, slice: &mut dyn FnMut() -> u64) -> End {
        self.thread.set_budget(self.thread.used().saturating_add(budget));
        if let Err(code) = self.thread.start(&self.store, self.instance, func, args) {
            return End::Trap(code);
        }
        loop {
            match self.thread.run(&mut self.store, &mut NoHost, slice()) {
                Run::Done => return End::Done(self.thread.results().to_vec()),
                Run::Yield => {}
                Run::Trap(code) => return End::Trap(code),
                Run::Block(_) | Run::Stopped => unreachable!("nobody stops this run, and no host function blocks it"),
            }
        }
    }

    /// Calls an exported function and looks at everything.
    ///
    /// # Panics
    /// There is no such export.
    pub fn effect(&mut self, name: &str, args: &[u64], budget: u64, slice: &mut dyn FnMut() -> u64) -> Effect {
        let func = self.func(name).unwrap_or_else(|| panic!("no export `{name}`"));
        let before = self.used();
        let end = self.call(func, args, budget, slice);
        self.seen(end, before)
    }

    /// What stands in the instance after a call.
    fn seen(&self, end: End, before: u64) -> Effect {
        let memory = self.store.memory(self.instance);
        let mut hasher = DefaultHasher::new();
        hasher.write(memory.map_or(&[], |memory| memory.bytes()));
        Effect {
            end,
            fuel: self.used() - before,
            pages: memory.map_or(0, |memory| memory.pages()),
            memory: hasher.finish(),
            globals: self.globals(),
        }
    }

    /// Exported globals in the order of their exports.
    pub fn globals(&self) -> Vec<u64> {
        let image = self.store.program(self.instance).map(|program| program.image());
        let exports = image
            .iter()
            .flat_map(|image| image.exports().iter().filter_map(|export| image.string(export.name, export.name_len)));
        let globals = exports.filter_map(|name| match self.store.export(self.instance, name) {
            Some(Extern::Global(global)) => Some(self.store.global(global)),
            _ => None,
        });
        globals.collect()
    }
}
