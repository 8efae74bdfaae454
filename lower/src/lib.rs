//! WebAssembly to Cervus IR images.
//!
//! One pass over the operators of each function ([`read`], [`visit`]) keeps an operand stack of values that
//! need not be in slots yet ([`stack`]), emits ops ([`emit`]) in the forms that suit the operands
//! ([`fuse`]), then places fuel and encodes ([`place`]); at the end the call graph decides which calls
//! are certified ([`depth`]). Functions are taken in runs, which several threads may share out ([`chunk`]); the image
//! does not depend on how. Memory is proportional to the largest functions, one for each thread, besides the image.
//!
//! Nothing here is trusted: the image goes through `kengine::check` like anyone's. The module is
//! expected to be valid ([`lower`] may refuse it, or make an image that the checker refuses, if it is
//! not), which `verifier` sees to.

#![forbid(unsafe_code)]

mod chain;
mod chunk;
pub mod cost;
mod depth;
mod emit;
mod error;
mod func;
mod fuse;
mod hoist;
mod module;
mod place;
mod read;
mod stack;
mod visit;

pub use error::{Error, Result};
pub use module::HostCost;

use chunk::Chunk;
use func::Func;
use kengine::image::{FLAG_FLOAT, NO_INDEX, Name, SectionKind};
use module::Module;
use place::Placed;
use rayon::{
    ThreadPoolBuilder,
    iter::{IndexedParallelIterator, ParallelIterator},
    slice::ParallelSlice,
};
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};
use wasmparser::{FunctionBody, KnownCustom, Name as WasmName, Parser, Payload};

/// What [`lower`] needs to know besides the module.
pub struct Options<'a> {
    /// Cost and capabilities of an imported function; `None` if the host does not have it, in which
    /// case both are 0 and the image will only load where that is what the loader expects.
    pub host: HostCost<'a>,
    /// Called with bytes of bodies done and in all, now and then, from whatever thread.
    pub progress: Option<&'a mut (dyn FnMut(usize, usize) + Send)>,
    /// Threads to use at most, the caller's own included; 0 counts as 1. The image does not depend on it.
    pub threads: usize,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { host: &|_, _| None, progress: None, threads: 1 }
    }
}

/// Lowers a valid module to an image.
///
/// # Errors
/// [`Error`]: what the image format or this crate does not support, with its place.
pub fn lower(wasm: &[u8], options: &mut Options<'_>) -> Result<Vec<u8>> {
    let mut module = Module::default();
    let mut bodies = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::TypeSection(types) => module.types(types)?,
            Payload::ImportSection(imports) => module.imports(imports, options.host)?,
            Payload::FunctionSection(funcs) => {
                for ty in funcs {
                    module.funcs.push(ty?);
                }
                module.referenced.resize(module.funcs.len(), false);
            }
            Payload::TableSection(tables) => module.tables(tables)?,
            Payload::MemorySection(memories) => module.memories(memories)?,
            Payload::GlobalSection(globals) => module.globals(globals)?,
            Payload::ExportSection(exports) => module.exports(exports)?,
            Payload::StartSection { func, .. } => module.start = Some(func),
            Payload::ElementSection(elements) => module.elements(elements)?,
            Payload::DataSection(data) => module.data(data)?,
            Payload::CodeSectionEntry(body) => bodies.push(body),
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    names_of(&mut module, names);
                }
            }
            Payload::TagSection(section) => {
                let offset = section.range().start;
                return Err(Error::Unsupported { feature: "exception handling".into(), func: None, offset });
            }
            Payload::ModuleSection { unchecked_range, .. } | Payload::ComponentSection { unchecked_range, .. } => {
                let offset = unchecked_range.start;
                return Err(Error::Unsupported { feature: "the component model".into(), func: None, offset });
            }
            _ => {}
        }
    }
    module.referenced.resize(module.funcs.len(), false);
    let placed = functions(&mut module, &bodies, options)?;
    if placed.iter().any(|p| p.floats) {
        module.image.header.flags |= FLAG_FLOAT;
    }
    module.image.header.start = module.start.unwrap_or(NO_INDEX);
    depth::certify(&mut module, &placed);
    write_names(&mut module);
    let got = wasm.len() as u64;
    module.image.finish().ok_or(Error::Limit { what: "bytes of the image", got, limit: u32::MAX.into(), func: None })
}

/// Functions of one chunk: enough that its place in the image costs nothing, few enough to share out.
const TOGETHER: usize = 64;
/// Bytes of bodies below which no thread is started: it would take longer than the work.
const SMALL: usize = 100_000;
/// Bytes of a thread's stack: as much as a main thread has.
const STACK: usize = 8 << 20;

fn functions(module: &mut Module, bodies: &[FunctionBody<'_>], options: &mut Options<'_>) -> Result<Vec<Placed>> {
    let total: usize = bodies.iter().map(|body| body.as_bytes().len()).sum();
    let progress = Mutex::new((0, options.progress.as_mut()));
    // The first chunk known to fail: those behind it are not wanted.
    let failed = AtomicUsize::new(usize::MAX);
    let shared = &*module;
    let one = |worker: &mut Worker<'_>, (at, bodies): (usize, &[FunctionBody<'_>])| {
        if failed.load(Ordering::Relaxed) < at {
            return Ok(Chunk::default());
        }
        let first = shared.imported_funcs + (at * TOGETHER) as u32; // CAST: wasm numbers functions by 32 bits
        let chunk = worker.run(first, bodies);
        if chunk.is_err() {
            failed.fetch_min(at, Ordering::Relaxed);
        }
        let (done, tell) = &mut *progress.lock().unwrap_or_else(PoisonError::into_inner);
        *done += bodies.iter().map(|body| body.as_bytes().len()).sum::<usize>();
        if let Some(tell) = tell {
            tell(*done, total);
        }
        chunk
    };
    let scratch = || Worker::new(shared);
    let pool = match options.threads {
        0 | 1 => None,
        _ if total < SMALL => None,
        // Without further threads this one does it all.
        threads => ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build().ok(),
    };
    let chunks: Vec<Result<Chunk>> = match pool {
        Some(pool) => pool.install(|| bodies.par_chunks(TOGETHER).enumerate().map_init(scratch, one).collect()),
        None => {
            let mut worker = scratch();
            bodies.chunks(TOGETHER).enumerate().map(|chunk| one(&mut worker, chunk)).collect()
        }
    };
    let mut placed = Vec::with_capacity(bodies.len());
    Chunk::make_room(chunks.iter().flatten(), module);
    for chunk in chunks {
        chunk?.append(module, &mut placed);
    }
    Ok(placed)
}

/// What one thread uses again from function to function.
struct Worker<'m> {
    func: Func<'m>,
    scratch: place::Scratch,
    chains: chain::Scratch,
}

impl<'m> Worker<'m> {
    fn new(module: &'m Module) -> Self {
        Worker { func: Func::new(module), scratch: place::Scratch::default(), chains: chain::Scratch::default() }
    }

    /// Lowers functions from index `first` on.
    fn run(&mut self, first: u32, bodies: &[FunctionBody<'_>]) -> Result<Chunk> {
        let func = &mut self.func;
        func.chunk.expect(bodies.iter().map(|body| body.as_bytes().len()).sum());
        for (index, body) in (first..).zip(bodies) {
            let (params, results) = func.module.func_arity(index);
            let mut locals = body.get_locals_reader()?;
            let mut count = 0u32;
            for _ in 0..locals.get_count() {
                let (n, _) = locals.read()?;
                count = count.saturating_add(n).min(1 << 20);
            }
            let loops = read::has_loop(body)?;
            func.begin(index, params as u32, results as u32, count, loops)?;
            read::lower(func, body)?;
            func.place_constants();
            chain::chain(&mut func.em, &mut self.chains);
            place::place(&mut func.em, &mut self.scratch, &mut func.chunk, &func.module.import_costs, index)?;
        }
        Ok(std::mem::take(&mut func.chunk))
    }
}

/// Function names of the name section; a broken one is ignored, as the specification asks.
fn names_of(module: &mut Module, names: wasmparser::NameSectionReader<'_>) {
    for name in names.into_iter().flatten() {
        if let WasmName::Function(map) = name {
            module.names.extend(map.into_iter().flatten().map(|n| (n.index, n.name.to_string())));
        }
    }
}

fn write_names(module: &mut Module) {
    let mut names = std::mem::take(&mut module.names);
    names.sort();
    names.dedup_by_key(|(func, _)| *func);
    for (func, text) in names {
        let bytes = module.image.section(SectionKind::NameBytes);
        let name = bytes.len() as u32; // CAST: modules are shorter than 4 GiB
        bytes.extend(text.bytes());
        let record = Name { func, name, name_len: text.len() as u32, reserved: 0 };
        module.image.push(SectionKind::Name, record.to_bytes());
    }
}
