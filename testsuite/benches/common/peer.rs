//! wasmi 2 in its fastest configuration on a stable compiler: tail-call dispatch, which its build
//! script picks on this target at opt-level 2 and above, eager translation, no extra checks.

use super::{Instance, Result};
use wasmi::{CompilationMode, Config, Engine, Linker, Module, Store, TypedFunc};

/// An engine so configured, without fuel.
pub(crate) fn engine() -> Engine {
    with_fuel(false)
}

/// An engine that counts fuel or does not.
fn with_fuel(fuel: bool) -> Engine {
    let mut config = Config::default();
    config.compilation_mode(CompilationMode::Eager).consume_fuel(fuel);
    Engine::new(&config)
}

/// A program in wasmi.
pub(crate) struct Wasmi {
    store: Store<()>,
    run: TypedFunc<i32, i64>,
}

impl Wasmi {
    /// Translates and instantiates, with more fuel than any run takes if it is counted.
    ///
    /// # Errors
    /// wasmi refuses the module.
    pub(crate) fn new(wasm: &[u8], fuel: bool) -> Result<Self> {
        let engine = with_fuel(fuel);
        let module = Module::new(&engine, wasm)?;
        let mut store = Store::new(&engine, ());
        if fuel {
            store.set_fuel(u64::MAX)?;
        }
        let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module)?;
        let run = instance.get_typed_func(&store, "run")?;
        Ok(Wasmi { store, run })
    }
}

impl Instance for Wasmi {
    fn run(&mut self, n: i32) -> Result<i64> {
        Ok(self.run.call(&mut self.store, n)?)
    }
}
