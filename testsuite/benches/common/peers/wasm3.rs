//! wasm3 0.5: its C sources from the package `pywasm3`, compiled by `clang -O3` and loaded.
//!
//! The flags are those of the package itself without its debugging. Functions are compiled when the module is
//! loaded, as in the other engines; there is no fuel. Memory accesses are checked.
//!
//! It takes the table of a `call_indirect` for a single byte, where linkers leave five for a number: modules are
//! encoded anew for it, each number as short as it can be.

use super::{build, cache, version};
use crate::common::{Instance, Result, engines::Engine};
use libloading::Library;
use std::{
    ffi::{CStr, c_char, c_void},
    path::PathBuf,
    process::Command,
    ptr,
    rc::Rc,
};
use wasm_encoder::{
    Module,
    reencode::{Reencode, RoundtripReencoder},
};

/// As on the package index.
const VERSION: &str = "0.5.0";
/// Bytes of the value stack.
const STACK: u32 = 1 << 20;

/// A null pointer, or what went wrong.
type M3Result = *const c_char;
type Object = *mut c_void;

/// The functions of `wasm3.h` that are needed.
#[derive(Clone, Copy)]
struct Api {
    new_environment: unsafe extern "C" fn() -> Object,
    free_environment: unsafe extern "C" fn(Object),
    new_runtime: unsafe extern "C" fn(Object, u32, Object) -> Object,
    free_runtime: unsafe extern "C" fn(Object),
    parse_module: unsafe extern "C" fn(Object, *mut Object, *const u8, u32) -> M3Result,
    load_module: unsafe extern "C" fn(Object, Object) -> M3Result,
    compile_module: unsafe extern "C" fn(Object) -> M3Result,
    find_function: unsafe extern "C" fn(*mut Object, Object, *const c_char) -> M3Result,
    call: unsafe extern "C" fn(Object, u32, *const *const c_void) -> M3Result,
    get_results: unsafe extern "C" fn(Object, u32, *const *mut c_void) -> M3Result,
}

impl Api {
    fn of(library: &Library) -> Result<Self> {
        macro_rules! api {
            ($($field:ident = $symbol:literal),*) => {
                // SAFETY: the types are those of `wasm3.h` in this version; `Wasm3` keeps the library loaded.
                Api { $($field: unsafe { *library.get(concat!($symbol, "\0"))? }),* }
            };
        }
        Ok(api! {
            new_environment = "m3_NewEnvironment",
            free_environment = "m3_FreeEnvironment",
            new_runtime = "m3_NewRuntime",
            free_runtime = "m3_FreeRuntime",
            parse_module = "m3_ParseModule",
            load_module = "m3_LoadModule",
            compile_module = "m3_CompileModule",
            find_function = "m3_FindFunction",
            call = "m3_Call",
            get_results = "m3_GetResults"
        })
    }
}

/// The engine.
///
/// # Errors
/// `pip`, `tar` or `clang` is missing or fails.
pub(crate) fn engine() -> Result<Engine> {
    let path = library()?;
    // SAFETY: the library is the one just built, and has no initialisers.
    let library = Rc::new(unsafe { Library::new(path)? });
    let api = Api::of(&library)?;
    let settings = format!("{VERSION}, no fuel, bounds checks; {} -O3", version("clang"));
    Ok(Engine::new("wasm3", settings, move |_, wasm| Ok(Box::new(Wasm3::new(api, library.clone(), wasm)?))))
}

/// The shared library, built if it is not there yet.
fn library() -> Result<PathBuf> {
    let dir = cache()?;
    let library = dir.join(format!("wasm3-{VERSION}.so"));
    if !library.is_file() {
        let spec = format!("pywasm3=={VERSION}");
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", &spec]);
        build(pip.current_dir(&dir))?;
        build(Command::new("tar").arg("xzf").arg(format!("pywasm3-{VERSION}.tar.gz")).current_dir(&dir))?;
        let sources = std::fs::read_dir(dir.join(format!("pywasm3-{VERSION}/wasm3")))?.flatten();
        let sources = sources.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "c"));
        let mut clang = Command::new("clang");
        clang.args(["-O3", "-fomit-frame-pointer", "-fno-stack-check", "-fno-stack-protector", "-DNDEBUG"]);
        clang.args(["-shared", "-fPIC", "-Wl,-Bsymbolic", "-w", "-lm", "-o"]).arg(&library).args(sources);
        build(&mut clang)?;
    }
    Ok(library)
}

/// A program; the module is kept because wasm3 reads it where it lies.
struct Wasm3 {
    api: Api,
    environment: Object,
    runtime: Object,
    function: Object,
    _wasm: Vec<u8>,
    _library: Rc<Library>,
}

impl Wasm3 {
    fn new(api: Api, library: Rc<Library>, wasm: &[u8]) -> Result<Self> {
        let mut this = Wasm3 {
            api,
            environment: ptr::null_mut(),
            runtime: ptr::null_mut(),
            function: ptr::null_mut(),
            _wasm: short(wasm)?,
            _library: library,
        };
        let mut module = ptr::null_mut();
        // SAFETY: calls as `wasm3.h` asks for, in its order; the objects and the module's bytes live until `drop`.
        unsafe {
            this.environment = (api.new_environment)();
            this.runtime = (api.new_runtime)(this.environment, STACK, ptr::null_mut());
            let len = u32::try_from(this._wasm.len())?;
            check((api.parse_module)(this.environment, &raw mut module, this._wasm.as_ptr(), len))?;
            check((api.load_module)(this.runtime, module))?;
            check((api.compile_module)(module))?;
            check((api.find_function)(&raw mut this.function, this.runtime, c"run".as_ptr()))?;
        }
        Ok(this)
    }
}

/// The same module with no number longer than it must be.
fn short(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut module = Module::new();
    RoundtripReencoder.parse_core_module(&mut module, wasmparser::Parser::new(0), wasm)?;
    Ok(module.finish())
}

impl Instance for Wasm3 {
    fn run(&mut self, n: i32) -> Result<i64> {
        let mut result = 0_i64;
        // SAFETY: every program's `run` takes an i32 and gives an i64; the places for both outlive the calls.
        unsafe {
            check((self.api.call)(self.function, 1, &(&raw const n).cast()))?;
            check((self.api.get_results)(self.function, 1, &(&raw mut result).cast()))?;
        }
        Ok(result)
    }
}

impl Drop for Wasm3 {
    fn drop(&mut self) {
        // SAFETY: both are ours, and nobody uses them after; the runtime frees its module.
        unsafe {
            (self.api.free_runtime)(self.runtime);
            (self.api.free_environment)(self.environment);
        }
    }
}

fn check(result: M3Result) -> Result<()> {
    if result.is_null() {
        return Ok(());
    }
    // SAFETY: results of wasm3 are constant strings.
    Err(unsafe { CStr::from_ptr(result) }.to_string_lossy().into())
}
