//! The engines that the bench of execution can run, by name.

use super::{Instance, Result, cervus::Cervus, peer::Wasmi};
use kengine::Mode;
use serde::Serialize;

/// Makes an instance of the program with this name and module.
type New = dyn Fn(&str, &[u8]) -> Result<Box<dyn Instance>>;

/// An engine, ready to make instances.
#[derive(Serialize)]
pub(crate) struct Engine {
    pub(crate) name: String,
    /// Version and what was set, for the report.
    pub(crate) settings: String,
    #[serde(skip)]
    new: Box<New>,
}

impl Engine {
    /// An engine whose instances `new` makes.
    pub(crate) fn new(
        name: &str,
        settings: impl Into<String>,
        new: impl Fn(&str, &[u8]) -> Result<Box<dyn Instance>> + 'static,
    ) -> Self {
        Engine { name: name.into(), settings: settings.into(), new: Box::new(new) }
    }

    /// Loads a program.
    ///
    /// # Errors
    /// The engine refuses the module.
    pub(crate) fn instance(&self, name: &str, wasm: &[u8]) -> Result<Box<dyn Instance>> {
        (self.new)(name, wasm)
    }

    fn cervus(name: &str, mode: Mode) -> Self {
        let checks = if kengine::UNCHECKED { "NO fuel, NO bounds checks" } else { "fuel in slices, bounds checks" };
        let settings = format!("dispatch {}, {checks}", mode.name());
        Engine::new(name, settings, move |_, wasm| Ok(Box::new(Cervus::new(wasm, mode)?)))
    }

    fn wasmi(fuel: bool) -> Self {
        let (name, how) = if fuel { ("wasmi-fuel", "fuel") } else { ("wasmi", "no fuel") };
        let settings = format!("2.0, eager, {how}, bounds checks");
        Engine::new(name, settings, move |_, wasm| Ok(Box::new(Wasmi::new(wasm, fuel)?)))
    }

    /// The engine of this name; `mode` is how `cervus` dispatches.
    fn named(name: &str, mode: Mode) -> Result<Self> {
        match name {
            "cervus" => Ok(Engine::cervus(name, mode)),
            "wasmi" => Ok(Engine::wasmi(false)),
            "wasmi-fuel" => Ok(Engine::wasmi(true)),
            #[cfg(feature = "peers")]
            "wasm3" => super::peers::wasm3::engine(),
            #[cfg(feature = "peers")]
            "winch" => super::peers::wasmtime::engine(name, ::wasmtime::Strategy::Winch),
            #[cfg(feature = "peers")]
            "cranelift" => super::peers::wasmtime::engine(name, ::wasmtime::Strategy::Cranelift),
            #[cfg(feature = "peers")]
            "native" => super::peers::native::engine(),
            _ => {
                let mode = name.parse().map_err(|()| format!("no engine and no mode `{name}` in this build"))?;
                Ok(Engine::cervus(name, mode))
            }
        }
    }
}

/// Without other wishes: ours first, which the others are held against.
#[cfg(not(feature = "peers"))]
const USUAL: &[&str] = &["cervus", "wasmi"];
/// Without other wishes: ours first, which the others are held against, and from slow to fast.
#[cfg(feature = "peers")]
const USUAL: &[&str] = &["cervus", "wasm3", "wasmi", "winch", "cranelift", "native"];

/// The engines of these names, or the usual ones; of those, one that this machine cannot build is left out loudly.
///
/// # Errors
/// A name is not known, or what it stands for cannot be built here.
pub(crate) fn list(names: &[String], mode: Mode) -> Result<Vec<Engine>> {
    if !names.is_empty() {
        return names.iter().map(|name| Engine::named(name, mode)).collect();
    }
    let mut engines = Vec::new();
    for name in USUAL {
        match Engine::named(name, mode) {
            Ok(engine) => engines.push(engine),
            Err(error) => println!("SKIPPED: {name}: {error}"),
        }
    }
    Ok(engines)
}
