//! The measurements in wasmi.

use super::Repeated;
use crate::common::{Result, peer};
use wasmi::{AsContextMut, Caller, Linker, Memory, Module, Store, TypedFunc, TypedResumableCall, errors::HostError};

/// What `sleep` ends the call with, so that it can be resumed.
#[derive(Debug)]
struct Sleeping;

impl std::fmt::Display for Sleeping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("sleeping")
    }
}

impl HostError for Sleeping {}

/// The state of the host: the guest's memory, looked up once.
type State = Option<Memory>;

fn linker(module: &Module) -> Result<Linker<State>> {
    let mut linker = Linker::new(module.engine());
    linker.func_wrap("host", "nothing", || ())?;
    linker.func_wrap("host", "same", |x: i32| x)?;
    linker.func_wrap("host", "add", |a: i64, b: i64| a.wrapping_add(b))?;
    linker.func_wrap("host", "sum", |caller: Caller<'_, State>, at: u32, len: u32| -> i32 {
        let bytes = caller.data().map(|memory| memory.data(&caller)).unwrap_or_default();
        let bytes = bytes.get(at as usize..at as usize + len as usize).unwrap_or_default();
        bytes.iter().map(|byte| i32::from(*byte)).sum()
    })?;
    linker.func_wrap("host", "sleep", || Err::<(), _>(wasmi::Error::host(Sleeping)))?;
    Ok(linker)
}

fn guest(wasm: &[u8], export: &str) -> Result<(Store<State>, TypedFunc<i32, ()>)> {
    let module = Module::new(&peer::engine(), wasm)?;
    let mut store = Store::new(module.engine(), None);
    let instance = linker(&module)?.instantiate_and_start(&mut store, &module)?;
    *store.data_mut() = instance.get_memory(&store, "memory");
    let func = instance.get_typed_func(&store, export)?;
    Ok((store, func))
}

/// As in our engine.
pub(super) fn turns(wasm: &[u8], export: &str) -> Result<Repeated> {
    let (mut store, func) = guest(wasm, export)?;
    // CAST: counts are small.
    Ok(Box::new(move |count| Ok(func.call(&mut store, (count / 8) as i32)?)))
}

/// Waits of the guest: a host function's error suspends the call, which is resumed.
pub(super) fn waits(wasm: &[u8]) -> Result<Repeated> {
    let (mut store, func) = guest(wasm, "sleep")?;
    Ok(Box::new(move |count| {
        // CAST: counts are small.
        let mut call = func.call_resumable(&mut store, (count / 8) as i32)?;
        loop {
            call = match call {
                TypedResumableCall::Finished(()) => return Ok(()),
                TypedResumableCall::HostTrap(call) => call.resume(store.as_context_mut(), &[])?,
                TypedResumableCall::OutOfFuel(_) => return Err("there is no fuel here".into()),
            };
        }
    }))
}

/// Calls from outside.
pub(super) fn calls(wasm: &[u8]) -> Result<Repeated> {
    let (mut store, func) = guest(wasm, "turns")?;
    Ok(Box::new(move |count| {
        for _ in 0..count {
            func.call(&mut store, 1)?;
        }
        Ok(())
    }))
}

/// New instances of a loaded module, each in a store of its own, to the end of the first call.
pub(super) fn starts(wasm: &[u8]) -> Result<Repeated> {
    let module = Module::new(&peer::engine(), wasm)?;
    let linker = linker(&module)?;
    Ok(Box::new(move |count| {
        for _ in 0..count {
            let mut store = Store::new(module.engine(), None);
            let instance = linker.instantiate_and_start(&mut store, &module)?;
            instance.get_typed_func::<i32, i64>(&store, "run")?.call(&mut store, 1)?;
        }
        Ok(())
    }))
}
