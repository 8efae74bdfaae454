//! The official 1.0 suite for the guest: one file of images and calls, each with what the embedded engine makes of it.
//!
//! The kernel makes an instance for every run, so calls that build on one another cannot be replayed as the scripts
//! mean them: both engines make each call in a new instance, and must agree on values, trap and fuel. Whether those
//! values are right is what the embedded engine's own run of the scripts (`tests/spec.rs`) shows. Modules that
//! import something are closed first ([`super::closed`]). Calls of an export whose name is empty are counted and left out.
//!
//! ```text
//! file   = "CVS1" record*
//! record = 'M' text:u16+bytes image:u32+bytes
//!        | 'C' entry:u16+bytes params:u8+u64* slots:u32 outcome:u8 trap:u8 fuel:u64 results:u8+u64*     of the last 'M'
//!        | 'E' modules:u32 calls:u32                                                                     at the end
//! ```
//!
//! All numbers are little-endian; `kmod/tests/suite.c` reads them.

use super::{Result, closed};
use crate::{
    pipeline,
    spec::{SUITES, value},
};
use kengine::{
    Mode,
    host::{Host, HostFn},
    link::Program,
    store::{InstantiateError, Store, StoreLimits},
    thread::{Control, Run, Thread, host_sig},
};
use std::{collections::HashMap, fs, path::Path, sync::Arc};
use wast::{
    Wast, WastDirective, WastExecute, WastInvoke,
    lexer::Lexer,
    parser::{self, ParseBuffer},
    token::Id,
};

/// Fuel of one call, in both engines: far more than any call of the suite needs.
const FUEL: u64 = 1 << 32;
/// Slots of the value stack.
const SLOTS: u32 = 8192;
/// Pages that memories may have.
const PAGES: u32 = 1024;
/// The suite.
const NAME: &str = "wasm-v1";

/// Offers nothing.
struct Nothing;

impl Host for Nothing {
    const FUNCTIONS: &'static [HostFn<Self>] = &[];
}

/// What came of a call.
enum Outcome {
    Done(Vec<u64>),
    Trapped(u8),
    /// There was no instance.
    Refused,
}

/// A module that the kernel can load.
struct Module {
    program: Arc<Program>,
    text: String,
    image: Vec<u8>,
    calls: Vec<u8>,
    count: u32,
}

/// The file being made.
#[derive(Default)]
struct Maker {
    modules: Vec<Module>,
    closed: usize,
    nameless: usize,
}

/// Writes the file; a sentence on what is in it.
///
/// # Errors
/// A script cannot be read, or a module of the suite does not come through.
pub(super) fn write(path: &Path) -> Result<String> {
    let suite = SUITES.iter().find(|suite| suite.name() == NAME).ok_or("no suite of that name")?;
    let mut maker = Maker::default();
    for file in suite.files() {
        let name = file.name();
        maker.script(name, file.raw()).map_err(|error| format!("{name}: {error}"))?;
    }
    let mut bytes = b"CVS1".to_vec();
    let (mut modules, mut calls) = (0_u32, 0_u32);
    // A module that is never called shows that it loads.
    for module in &maker.modules {
        bytes.push(b'M');
        put_text(&mut bytes, module.text.as_bytes())?;
        bytes.extend(u32::try_from(module.image.len())?.to_le_bytes());
        bytes.extend(&module.image);
        bytes.extend(&module.calls);
        modules += 1;
        calls += module.count;
    }
    bytes.push(b'E');
    bytes.extend(modules.to_le_bytes());
    bytes.extend(calls.to_le_bytes());
    fs::write(path, &bytes)?;
    Ok(format!(
        "official suite {NAME}: {modules} modules with {calls} calls for the kernel, {} of them with imports made their own; \
         left out: {} calls of an export whose name is empty",
        maker.closed, maker.nameless
    ))
}

impl Maker {
    fn script(&mut self, name: &str, text: &str) -> Result<()> {
        let mut lexer = Lexer::new(text);
        lexer.allow_confusing_unicode(true);
        let buffer = ParseBuffer::new_with_lexer(lexer)?;
        let script: Wast<'_> = parser::parse(&buffer)?;
        // The last module, and those with names, by their place in `self.modules`.
        let mut current = None;
        let mut named = HashMap::new();
        for directive in script.directives {
            let line = directive.span().linecol_in(text).0 + 1;
            match directive {
                WastDirective::Module(mut module) => {
                    let id = module.name().map(|id: Id<'_>| id.name().to_owned());
                    current = Some(self.module(format!("{name}:{line}"), &module.encode()?)?);
                    if let Some(id) = id {
                        named.insert(id, current);
                    }
                }
                WastDirective::Invoke(invoke)
                | WastDirective::AssertReturn { exec: WastExecute::Invoke(invoke), .. }
                | WastDirective::AssertTrap { exec: WastExecute::Invoke(invoke), .. }
                | WastDirective::AssertExhaustion { call: invoke, .. } => {
                    let module = match invoke.module {
                        Some(id) => named.get(id.name()).copied().flatten(),
                        None => current,
                    };
                    // To the kernel no name is a default one.
                    if invoke.name.is_empty() {
                        self.nameless += 1;
                    } else if let Some(module) = module.and_then(|index: usize| self.modules.get_mut(index)) {
                        module.call(&invoke)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn module(&mut self, text: String, wasm: &[u8]) -> Result<usize> {
        let closed = closed::close(wasm).map_err(|error| format!("{text}: {error}"))?;
        self.closed += usize::from(closed.is_some());
        let image =
            pipeline::image(closed.as_deref().unwrap_or(wasm)).map_err(|refusal| format!("{text}: {refusal}"))?;
        let program = pipeline::load(&image, Mode::default()).map_err(|error| format!("{text}: {error:?}"))?;
        self.modules.push(Module { program, text, image, calls: Vec::new(), count: 0 });
        Ok(self.modules.len() - 1)
    }
}

impl Module {
    /// Makes a call in a new instance and writes it down.
    fn call(&mut self, invoke: &WastInvoke<'_>) -> Result<()> {
        let args: Option<Vec<u64>> = invoke.args.iter().map(value::slot).collect();
        let args = args.ok_or("an argument of an unsupported type")?;
        let claim = self.program.image().header.stack_claim;
        let slots = SLOTS.max(u32::try_from(claim)?);
        let (outcome, fuel) = run(&self.program, invoke.name, &args, slots)?;
        let out = &mut self.calls;
        out.push(b'C');
        put_text(out, invoke.name.as_bytes())?;
        put_values(out, &args)?;
        out.extend(slots.to_le_bytes());
        let (kind, trap, results) = match outcome {
            Outcome::Done(results) => (0, 0, results),
            Outcome::Trapped(trap) => (1, trap, Vec::new()),
            Outcome::Refused => (2, 0, Vec::new()),
        };
        out.extend([kind, trap]);
        out.extend(fuel.to_le_bytes());
        put_values(out, &results)?;
        self.count += 1;
        Ok(())
    }
}

/// A call by the embedded engine, start function first, as `kengine::ffi` has it; what came of it and the fuel.
fn run(program: &Arc<Program>, name: &str, args: &[u64], slots: u32) -> Result<(Outcome, u64)> {
    let mut store = Store::new(StoreLimits { max_pages: PAGES, ..StoreLimits::default() });
    let instance = match store.instantiate(program.clone(), &mut |_: &[u8], _: &[u8], _| None, &host_sig::<Nothing>) {
        Ok(instance) => instance,
        Err(InstantiateError::Segment(_)) => return Ok((Outcome::Refused, 0)),
        Err(error) => return Err(format!("no instance: {error:?}").into()),
    };
    let func = store.export_func(instance, name.as_bytes()).ok_or_else(|| format!("no function {name}"))?;
    let mut thread = Thread::new(Arc::<Control>::default(), slots, FUEL).map_err(|_| "no memory")?;
    let starts = store.start_func(instance).map(|start| (start, &[][..]));
    for (func, values) in starts.into_iter().chain([(func, args)]) {
        if thread.start(&store, instance, func, values).is_err() {
            return Ok((Outcome::Refused, 0));
        }
        loop {
            match thread.run(&mut store, &mut Nothing, u64::MAX) {
                Run::Done => break,
                Run::Trap(code) => return Ok((Outcome::Trapped(code as u8), thread.used())),
                Run::Yield => {}
                Run::Block(_) | Run::Stopped => return Err("blocked or stopped by nobody".into()),
            }
        }
    }
    Ok((Outcome::Done(thread.results().to_vec()), thread.used()))
}

fn put_text(out: &mut Vec<u8>, text: &[u8]) -> Result<()> {
    out.extend(u16::try_from(text.len())?.to_le_bytes());
    out.extend(text);
    Ok(())
}

fn put_values(out: &mut Vec<u8>, values: &[u64]) -> Result<()> {
    out.push(u8::try_from(values.len())?);
    values.iter().for_each(|value| out.extend(value.to_le_bytes()));
    Ok(())
}
