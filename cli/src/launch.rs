//! From a linked program to a job for the engine: instance, budget, and the calls to make.

use crate::{
    embedded::{Call, Engine, Job, Outcome, SharedControl},
    error::{Error, StopReason},
    host::{GuestHost, LogSink},
    names,
    trace::Trace,
};
use kengine::{
    host::Host,
    image::{Image, Import, KIND_FUNC, NO_INDEX},
    link::Program,
    memory::MAX_PAGES,
    store::{Extern, FuncAddr, InstanceId, InstantiateError, Store, StoreLimits},
    thread::{Thread, host_sig},
};
use std::{
    path::Path,
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Slots of a value stack (2 MiB), if the image does not claim more.
const STACK_SLOTS: u32 = 1 << 18;

/// What a run may use.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bounds {
    /// Units of fuel; `None` for as many as it takes.
    pub(crate) fuel: Option<u64>,
    /// Pages of memory; `None` for as many as there are.
    pub(crate) max_pages: Option<u32>,
    /// Units of fuel that the called function needs at most, if that is known: it counts instead of what the image claims
    /// for all its exports.
    pub(crate) claim: Option<u64>,
}

/// The fuel of a run, and who says that it is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget {
    /// Units; `u64::MAX` for no limit.
    pub(crate) units: u64,
    /// `true`: the program itself, in its image; `false`: the user.
    pub(crate) is_claim: bool,
}

impl Budget {
    /// The least of what the user allows and what is claimed: of the called function, or by the image, where 0 claims
    /// nothing.
    pub(crate) fn new(bounds: Bounds, fuel_claim: u64) -> Self {
        let allowed = bounds.fuel.unwrap_or(u64::MAX);
        let claim = bounds.claim.unwrap_or(fuel_claim);
        let is_claim = (1..=allowed).contains(&claim);
        Budget { units: if is_claim { claim } else { allowed }, is_claim }
    }
}

/// An instance that has not run yet.
pub(crate) struct Guest {
    store: Store<Arc<Program>>,
    instance: InstanceId,
    budget: Budget,
    stack_slots: u32,
}

impl Guest {
    /// Makes an instance.
    ///
    /// # Errors
    /// A message: the instance cannot be made.
    pub(crate) fn new(program: Arc<Program>, bounds: Bounds) -> Result<Self, String> {
        let image = program.image();
        let header = image.header;
        let limits = StoreLimits { max_pages: bounds.max_pages.unwrap_or(MAX_PAGES), ..StoreLimits::default() };
        let mut store = Store::new(limits);
        let mut resolve = |module: &[u8], name: &[u8], kind: u32| match kind {
            KIND_FUNC => GuestHost::find(module, name).map(|(index, _)| Extern::Func(FuncAddr::Host(index))),
            _ => None,
        };
        let instance = store
            .instantiate(Arc::clone(&program), &mut resolve, &host_sig::<GuestHost>)
            .map_err(|error| instantiate_text(&image, error))?;
        let budget = Budget::new(bounds, header.fuel_claim);
        let claimed_slots = u32::try_from(header.stack_claim).unwrap_or(u32::MAX);
        Ok(Guest { store, instance, budget, stack_slots: STACK_SLOTS.max(claimed_slots) })
    }

    /// Index of an exported function.
    #[cfg(test)]
    pub(crate) fn export(&self, name: &str) -> Option<u32> {
        self.store.export_func(self.instance, name.as_bytes())
    }

    /// A job that runs the start function, if there is one, and then makes the call.
    ///
    /// # Errors
    /// A message: no memory.
    pub(crate) fn into_job<H: Host>(self, host: H, call: Call) -> Result<Job<H>, String> {
        let control = SharedControl::default();
        let thread = Thread::new(Arc::clone(&control), self.stack_slots, self.budget.units)
            .map_err(|_| "there is no memory for the value stack")?;
        let start = self.store.start_func(self.instance).map(|func| Call { func, args: Vec::new() });
        Ok(Job::new(self.store, self.instance, thread, control, host, start.into_iter().chain([call])))
    }

    /// As [`Guest::into_job`], for who drives the thread alone, without an engine.
    ///
    /// # Errors
    /// A message: no memory.
    pub(crate) fn into_parts(self) -> Result<Parts, String> {
        let thread = Thread::new(SharedControl::default(), self.stack_slots, self.budget.units)
            .map_err(|_| "there is no memory for the value stack")?;
        Ok(Parts { store: self.store, instance: self.instance, thread })
    }
}

/// An instance and a thread for it.
pub(crate) struct Parts {
    pub(crate) store: Store<Arc<Program>>,
    pub(crate) instance: InstanceId,
    pub(crate) thread: Thread<SharedControl>,
}

/// What a run has given.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Results of the call, one slot each.
    pub(crate) results: Vec<u64>,
    /// Fuel used.
    pub(crate) fuel: u64,
}

/// Runs one call of a program on an engine of its own, until it ends or the user presses Ctrl-C.
///
/// # Errors
/// The instance cannot be made, or the run did not end by returning; the error then holds the place.
pub(crate) fn run(
    path: &Path,
    program: Arc<Program>,
    bounds: Bounds,
    args: Vec<Vec<u8>>,
    log: Box<dyn LogSink>,
    call: Call,
) -> Result<Finished, Error> {
    let failed = |message| Error::Launch { path: path.to_owned(), message };
    let guest = Guest::new(program, bounds).map_err(failed)?;
    let budget = guest.budget;
    let engine = Engine::new();
    let id = engine.reserve();
    let job = guest.into_job(GuestHost { id: id.0, args, log, fault: None }, call).map_err(failed)?;

    let stopper = engine.stopper();
    let asked = AtomicBool::new(false);
    // Without a handler Ctrl-C ends the process at once, which is all right too.
    let _ = ctrlc::set_handler(move || {
        if asked.swap(true, Ordering::Relaxed) {
            process::exit(i32::from(StopReason::CTRL_C));
        }
        stopper.stop(id);
    });
    engine.spawn(id, job);
    let (outcome, job) = engine.wait(id).ok_or_else(|| failed("the engine has lost the program".to_owned()))?;

    let reason = match outcome {
        Outcome::Done(results) => return Ok(Finished { results, fuel: job.thread.used() }),
        Outcome::Trap(code) => StopReason::Trap { code, fault: job.host.fault, budget },
        Outcome::Stopped => StopReason::Interrupted,
    };
    let mut trace = Trace::of(&job.store, &job.thread);
    trace.locate(path);
    Err(Error::Ended { path: path.to_owned(), reason, trace, fuel: job.thread.used() })
}

fn instantiate_text(image: &Image<'_>, error: InstantiateError) -> String {
    match error {
        InstantiateError::Missing(import) => format!("the host does not offer {}", import_name(image, import)),
        InstantiateError::Incompatible(import) => {
            format!("{} has another type on this host", import_name(image, import))
        }
        InstantiateError::Segment(code) => {
            format!("an initial data or element segment does not fit: {}", code.message())
        }
        InstantiateError::OutOfMemory => "there is no memory for the instance".to_owned(),
        InstantiateError::Cancelled => "it was given up half-way, because its task is being ended".to_owned(),
    }
}

/// `module.name` of an import, for messages.
pub(crate) fn import_name(image: &Image<'_>, index: u32) -> String {
    let text = |start, len| {
        image.string(start, len).map_or_else(String::new, |bytes| names::printable(&String::from_utf8_lossy(bytes)))
    };
    let name = |i: Import| format!("`{}.{}`", text(i.module, i.module_len), text(i.name, i.name_len));
    match image.imports().get(index).filter(|_| index != NO_INDEX) {
        Some(import) => name(import),
        None => format!("import {index}"),
    }
}
