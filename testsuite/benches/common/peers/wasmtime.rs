//! wasmtime's two compilers, held to what the interpreters do: each access of memory is checked by an instruction.
//!
//! By default wasmtime reserves 4 GiB for each memory and lets the processor's page tables find accesses out of
//! bounds, for nothing; a kernel cannot give each program 4 GiB of its own address space. There is no fuel and no
//! other way to interrupt the guest.

use crate::common::{Instance, Result, engines::Engine};
use wasmtime::{Config, Module, Store, Strategy, TypedFunc};

/// An engine with this compiler.
///
/// # Errors
/// It does not work on this machine with these settings.
pub(crate) fn engine(name: &str, strategy: Strategy) -> Result<Engine> {
    let mut config = Config::new();
    config
        .strategy(strategy)
        // Winch knows no other way to trap than a signal; its checks of addresses are instructions all the same.
        .signals_based_traps(strategy == Strategy::Winch)
        .memory_reservation(0)
        .memory_guard_size(0)
        .guard_before_linear_memory(false)
        .consume_fuel(false);
    let engine = wasmtime::Engine::new(&config).map_err(|e| format!("{e:#}"))?;
    let signals = if strategy == Strategy::Winch { "by" } else { "without" };
    let settings =
        format!("wasmtime 48, no fuel, explicit bounds checks: reservation and guard of 0, traps {signals} signals");
    Ok(Engine::new(name, settings, move |_, wasm| Ok(Box::new(Wasmtime::new(&engine, wasm)?))))
}

struct Wasmtime {
    store: Store<()>,
    run: TypedFunc<i32, i64>,
}

impl Wasmtime {
    fn new(engine: &wasmtime::Engine, wasm: &[u8]) -> Result<Self> {
        let module = Module::new(engine, wasm).map_err(|e| format!("{e:#}"))?;
        let mut store = Store::new(engine, ());
        let instance = wasmtime::Instance::new(&mut store, &module, &[]).map_err(|e| format!("{e:#}"))?;
        let run = instance.get_typed_func(&mut store, "run").map_err(|e| format!("{e:#}"))?;
        Ok(Wasmtime { store, run })
    }
}

impl Instance for Wasmtime {
    fn run(&mut self, n: i32) -> Result<i64> {
        self.run.call(&mut self.store, n).map_err(|e| format!("{e:#}").into())
    }
}
