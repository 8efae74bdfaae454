//! A program in the embedded engine: fuel, slices and bounds checks on, as in use.

use super::{Instance, Result};
use kengine::{
    Mode,
    check::Limits,
    host::{Host, HostFn},
    link::Program,
    store::{InstanceId, Store, StoreLimits},
    thread::{Control, Run, Thread, host_sig},
};
use std::rc::Rc;
use testsuite::modules::AnyHost;

/// Fuel of one slice: a few milliseconds.
const SLICE: u64 = 1_000_000;
/// Slots of the value stack.
const STACK: u32 = 1 << 16;

/// The programs import nothing.
struct NoHost;

impl Host for NoHost {
    const FUNCTIONS: &'static [HostFn<Self>] = &[];
}

/// See the module.
pub(crate) struct Cervus {
    store: Store<Rc<Program>>,
    thread: Thread<Rc<Control>>,
    instance: InstanceId,
    run: u32,
    program: Rc<Program>,
}

impl Cervus {
    /// Lowers, checks, links and instantiates.
    ///
    /// # Errors
    /// One of the stages refuses.
    pub(crate) fn new(wasm: &[u8], mode: Mode) -> Result<Self> {
        let image = lower::lower(wasm, &mut lower::Options::default())?;
        Cervus::from_image(image, mode)
    }

    /// Checks, links and instantiates.
    ///
    /// # Errors
    /// As [`Cervus::new`].
    pub(crate) fn from_image(image: Vec<u8>, mode: Mode) -> Result<Self> {
        let program = Program::load(image, &AnyHost, &Limits::default(), mode).map_err(|e| format!("{e:?}"))?;
        let program = Rc::new(program);
        let mut store = Store::new(StoreLimits::default());
        let instance = store.instantiate(program.clone(), &mut |_, _, _| None, &host_sig::<NoHost>);
        let instance = instance.map_err(|e| format!("{e:?}"))?;
        let thread = Thread::new(Rc::default(), STACK, u64::MAX).map_err(|e| format!("{e:?}"))?;
        let run = store.export_func(instance, b"run").ok_or("no export `run`")?;
        Ok(Cervus { store, thread, instance, run, program })
    }

    /// Fuel charged so far.
    pub(crate) fn charged(&self) -> u64 {
        self.thread.used()
    }

    /// Bytes of the executable form.
    pub(crate) fn linked_bytes(&self) -> usize {
        self.program.linked_bytes()
    }

    /// The program.
    pub(crate) fn program(&self) -> &Program {
        &self.program
    }
}

impl Instance for Cervus {
    fn run(&mut self, n: i32) -> Result<i64> {
        // CAST: an i32 stands zero-extended in its slot.
        let args = [u64::from(n as u32)];
        self.thread.start(&self.store, self.instance, self.run, &args).map_err(|e| format!("{e:?}"))?;
        loop {
            match self.thread.run(&mut self.store, &mut NoHost, SLICE) {
                Run::Yield => {}
                // CAST: the result is an i64.
                Run::Done => return Ok(self.thread.results().first().copied().unwrap_or(0) as i64),
                other => return Err(format!("{other:?}").into()),
            }
        }
    }
}
