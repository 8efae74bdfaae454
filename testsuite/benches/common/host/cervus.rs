//! The measurements in our engine.

use super::Repeated;
use crate::common::Result;
use kengine::{
    Mode,
    check::Limits,
    host::{Host, HostCall, HostFn, HostResult, Prototypes, Wait},
    image::valtype::{I32, I64},
    link::Program,
    store::{Extern, FuncAddr, InstanceId, Store, StoreLimits},
    thread::{Control, Run, Thread, host_sig},
};
use std::rc::Rc;

/// Slots of the value stack.
const STACK: u32 = 1 << 12;

struct Calls;

const fn function(
    name: &'static str,
    params: &'static [u8],
    results: &'static [u8],
    call: fn(&mut Calls, &mut HostCall<'_>) -> HostResult,
) -> HostFn<Calls> {
    HostFn { module: "host", name, params, results, cost: 1, capabilities: 0, may_sleep: true, len_param: None, call }
}

impl Host for Calls {
    const FUNCTIONS: &'static [HostFn<Self>] = &[
        function("nothing", &[], &[], |_, _| HostResult::Done),
        function("same", &[I32], &[I32], |_, _| HostResult::Done),
        function("add", &[I64, I64], &[I64], |_, call| {
            if let [a, b] = call.values {
                *a = a.wrapping_add(*b);
            }
            HostResult::Done
        }),
        function("sum", &[I32, I32], &[I32], |_, call| match call.bytes(call.u32(0), call.u32(1)) {
            Ok(bytes) => {
                let sum = bytes.iter().map(|byte| i32::from(*byte)).sum();
                call.return_i32(sum);
                HostResult::Done
            }
            Err(code) => HostResult::Trap(code),
        }),
        function("sleep", &[], &[], |_, _| HostResult::Block(Wait { timeout_ns: 0 })),
    ];
}

fn load(wasm: &[u8], mode: Mode) -> Result<Rc<Program>> {
    let cost = |_: &str, _: &str| Some((1, 0));
    let image = lower::lower(wasm, &mut lower::Options { host: &cost, ..lower::Options::default() })?;
    let program = Program::load(image, &Prototypes::<Calls>::default(), &Limits::default(), mode);
    Ok(Rc::new(program.map_err(|e| format!("{e:?}"))?))
}

/// An instance in a store of its own, and a thread.
struct Guest {
    store: Store<Rc<Program>>,
    thread: Thread<Rc<Control>>,
    instance: InstanceId,
}

impl Guest {
    fn new(program: Rc<Program>) -> Result<Self> {
        let mut store = Store::new(StoreLimits::default());
        let mut resolve =
            |module: &[u8], name: &[u8], _| Calls::find(module, name).map(|(i, _)| Extern::Func(FuncAddr::Host(i)));
        let instance = store.instantiate(program, &mut resolve, &host_sig::<Calls>).map_err(|e| format!("{e:?}"))?;
        let thread = Thread::new(Rc::default(), STACK, u64::MAX).map_err(|e| format!("{e:?}"))?;
        Ok(Guest { store, thread, instance })
    }

    fn start(&mut self, export: &str, n: u32) -> Result<()> {
        let func = self.store.export_func(self.instance, export.as_bytes()).ok_or("no such export")?;
        Ok(self.thread.start(&self.store, self.instance, func, &[n.into()]).map_err(|e| format!("{e:?}"))?)
    }

    /// Runs to the end in slices of so much fuel; goes on after waits and slices.
    fn run(&mut self, slice: u64) -> Result<()> {
        loop {
            match self.thread.run(&mut self.store, &mut Calls, slice) {
                Run::Done => return Ok(()),
                Run::Yield | Run::Block(_) => {}
                other => return Err(format!("{other:?}").into()),
            }
        }
    }
}

/// Calls in turns of eight by this export.
pub(super) fn turns(wasm: &[u8], mode: Mode, export: &'static str) -> Result<Repeated> {
    let mut guest = Guest::new(load(wasm, mode)?)?;
    Ok(Box::new(move |count| {
        guest.start(export, count / 8)?;
        guest.run(u64::MAX)
    }))
}

/// Waits of the guest: the thread's run ends and is begun again.
pub(super) fn waits(wasm: &[u8], mode: Mode) -> Result<Repeated> {
    turns(wasm, mode, "sleep")
}

/// Slices that end at each turn of a loop.
pub(super) fn slices(wasm: &[u8], mode: Mode) -> Result<Repeated> {
    let mut guest = Guest::new(load(wasm, mode)?)?;
    Ok(Box::new(move |count| {
        guest.start("turns", count)?;
        guest.run(0)
    }))
}

/// Calls from outside, of an export whose index is known.
pub(super) fn calls(wasm: &[u8], mode: Mode) -> Result<Repeated> {
    let mut guest = Guest::new(load(wasm, mode)?)?;
    let func = guest.store.export_func(guest.instance, b"turns").ok_or("no such export")?;
    Ok(Box::new(move |count| {
        for _ in 0..count {
            guest.thread.start(&guest.store, guest.instance, func, &[1]).map_err(|e| format!("{e:?}"))?;
            guest.run(u64::MAX)?;
        }
        Ok(())
    }))
}

/// New instances of a loaded program, each in a store of its own, with its thread, to the end of its first call.
pub(super) fn starts(wasm: &[u8], mode: Mode) -> Result<Repeated> {
    let program = load(wasm, mode)?;
    Ok(Box::new(move |count| {
        for _ in 0..count {
            let mut guest = Guest::new(program.clone())?;
            guest.start("run", 1)?;
            guest.run(u64::MAX)?;
        }
        Ok(())
    }))
}
