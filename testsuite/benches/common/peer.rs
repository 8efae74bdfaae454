//! wasmi 2 in its fastest configuration on a stable compiler: tail-call dispatch, which its build
//! script picks on this target at opt-level 2 and above, eager translation, no fuel, no extra checks.

use super::{Instance, Result};
use wasmi::{CompilationMode, Config, Engine, Linker, Module, Store, TypedFunc};

/// An engine so configured.
pub(crate) fn engine() -> Engine {
    let mut config = Config::default();
    config.compilation_mode(CompilationMode::Eager).consume_fuel(false);
    Engine::new(&config)
}

/// A program in wasmi.
pub(crate) struct Wasmi {
    store: Store<()>,
    run: TypedFunc<i32, i64>,
}

impl Wasmi {
    /// Translates and instantiates.
    ///
    /// # Errors
    /// wasmi refuses the module.
    pub(crate) fn new(wasm: &[u8]) -> Result<Self> {
        let engine = engine();
        let module = Module::new(&engine, wasm)?;
        let mut store = Store::new(&engine, ());
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
