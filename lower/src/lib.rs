//! WebAssembly to Cervus IR images.
//!
//! One pass over the operators of each function ([`read`], [`visit`]) keeps an operand stack of values that
//! need not be in slots yet ([`stack`]), emits ops ([`emit`]) in the forms that suit the operands
//! ([`fuse`]), then places fuel and encodes ([`place`]); at the end the call graph decides which calls
//! are certified ([`depth`]). Functions are taken in runs, which several threads may share out ([`chunk`]); the image
//! does not depend on how. Memory is proportional to the largest functions, one for each thread, besides the image.
//!
//! Nothing here is trusted: the image goes through `kengine::check` like anyone's. [`lower`] expects the module to be
//! valid (it may refuse it, or make an image that the checker refuses, if it is not), which `verifier` sees to;
//! [`validate_and_lower`] sees to it itself, for who wants to load a module and not to know about it.

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

use chunk::{Chunk, Room};
use func::Func;
use kengine::image::{FLAG_FLOAT, NO_INDEX, Name, SectionKind};
use module::Module;
use rayon::{
    BroadcastContext, ThreadPool, ThreadPoolBuilder,
    iter::{IntoParallelIterator, ParallelIterator},
};
use std::{
    cmp::Reverse,
    iter,
    ops::Range,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};
use wasmparser::{
    FuncToValidate, FuncValidatorAllocations, FunctionBody, KnownCustom, Name as WasmName, Parser, Payload,
    ValidPayload, Validator, ValidatorResources, WasmFeatures,
};

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
    Ok(made(wasm, None, options)?.image)
}

/// An image, and what has been seen on the way to it.
#[derive(Debug)]
pub struct Lowered {
    /// The image.
    pub image: Vec<u8>,
    /// Whether there certainly is a loop, in code that can be reached. False says nothing.
    pub has_loops: bool,
    /// No function has more locals and operands together, those of code that cannot be reached included; if it is more
    /// than 32,768, one has so many.
    pub max_slots: u32,
}

/// Validates a module with so many features and lowers it, in one read of the bodies. The image is that of [`lower`].
///
/// # Errors
/// As [`lower`], or the module is not valid. The error is one of those that there are, not always the first: [`lower`] of
/// a valid module says which that is.
pub fn validate_and_lower(wasm: &[u8], features: WasmFeatures, options: &mut Options<'_>) -> Result<Lowered> {
    made(wasm, Some(features), options)
}

fn made(wasm: &[u8], features: Option<WasmFeatures>, options: &mut Options<'_>) -> Result<Lowered> {
    let mut module = Module::default();
    let mut bodies = Vec::new();
    let mut parser = Parser::new(0);
    let mut validator = features.map(|features| {
        parser.set_features(features);
        Validator::new_with_features(features)
    });
    for payload in parser.parse_all(wasm) {
        let payload = payload?;
        let valid = validator.as_mut().map(|validator| validator.payload(&payload)).transpose()?;
        match payload {
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
            Payload::CodeSectionEntry(body) => {
                let to_validate = match valid {
                    Some(ValidPayload::Func(func, _)) => Some(func),
                    _ => None,
                };
                bodies.push(Body { body, to_validate });
            }
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
    let pool = pool(&bodies, options.threads);
    let mut chunks = functions(&module, &bodies, options, pool.as_ref())?;
    let has_loops = chunks.iter().any(|chunk| chunk.has_loops);
    let max_slots = chunks.iter().map(|chunk| chunk.max_slots).max().unwrap_or(0);
    let (mut room, mut placed) = (Room::default(), Vec::with_capacity(bodies.len()));
    for chunk in &mut chunks {
        chunk.settle(&mut module, &mut room, &mut placed);
    }
    if placed.iter().any(|p| p.floats) {
        module.image.header.flags |= FLAG_FLOAT;
    }
    module.image.header.start = module.start.unwrap_or(NO_INDEX);
    let certified = depth::certify(&mut module, &placed);
    write_names(&mut module);
    let got = wasm.len() as u64;
    let finished = module.image.finish_with(room.bytes());
    let limit = || Error::Limit { what: "bytes of the image", got, limit: u32::MAX.into(), func: None };
    let (mut image, places) = finished.ok_or_else(limit)?;
    fill(&mut image, places.clone(), chunks, pool.as_ref());
    depth::mark(&mut image[places[1].clone()], &certified);
    Ok(Lowered { image, has_loops, max_slots })
}

/// The body of a function, with what it takes to validate it if it has not been.
struct Body<'a> {
    body: FunctionBody<'a>,
    to_validate: Option<FuncToValidate<ValidatorResources>>,
}

impl Body<'_> {
    fn byte_len(&self) -> usize {
        self.body.as_bytes().len()
    }
}

/// Writes all chunks to their sections, which stand at `places` of the image.
fn fill(image: &mut [u8], places: [Range<usize>; 4], chunks: Vec<Chunk>, pool: Option<&ThreadPool>) {
    let (mut rest, mut start) = (image, 0);
    // What is left of each section.
    let mut sections = places.map(|place| {
        if place.is_empty() {
            return &mut [][..];
        }
        let (section, behind) = std::mem::take(&mut rest)[place.start - start..].split_at_mut(place.len());
        (rest, start) = (behind, place.end);
        section
    });
    let mut parts = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        let mut lens = chunk.room().bytes().into_iter().map(|(_, len)| len);
        let part = sections.each_mut().map(|left| {
            let (part, behind) = std::mem::take(left).split_at_mut(lens.next().unwrap_or(0));
            *left = behind;
            part
        });
        parts.push((chunk, part));
    }
    match pool {
        Some(pool) => pool.install(|| parts.into_par_iter().for_each(|(chunk, part)| chunk.write(part))),
        None => parts.into_iter().for_each(|(chunk, part)| chunk.write(part)),
    }
}

/// Bytes of bodies in one chunk: enough that its place in the image costs nothing, few enough to share out.
const TOGETHER: usize = 16 << 10;
/// Bytes of bodies below which no thread is started: it would take longer than the work.
const SMALL: usize = 100_000;
/// Locals and operands of a function from which on they are counted, not estimated.
const COUNTED_SLOTS: u32 = 1 << 15;
/// Bytes of a thread's stack: as much as a main thread has.
const STACK: usize = 8 << 20;

/// The threads to share functions out among; `None` if this one does it all.
fn pool(bodies: &[Body<'_>], threads: usize) -> Option<ThreadPool> {
    let total: usize = bodies.iter().map(Body::byte_len).sum();
    // Without further threads this one can do it, too.
    let build = || ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build().ok();
    if threads <= 1 || total < SMALL { None } else { build() }
}

/// Functions that follow each other, with the index of the first among those defined and the bytes of their bodies.
fn runs<'b, 'w>(bodies: &'b [Body<'w>]) -> Vec<(usize, usize, &'b [Body<'w>])> {
    let (mut runs, mut first, mut bytes) = (Vec::new(), 0, 0);
    for (at, body) in (1..).zip(bodies) {
        bytes += body.byte_len();
        if bytes >= TOGETHER || at == bodies.len() {
            runs.push((first, bytes, &bodies[first..at]));
            (first, bytes) = (at, 0);
        }
    }
    runs
}

fn functions(
    module: &Module,
    bodies: &[Body<'_>],
    options: &mut Options<'_>,
    pool: Option<&ThreadPool>,
) -> Result<Vec<Chunk>> {
    let runs = runs(bodies);
    let total: usize = runs.iter().map(|(_, bytes, _)| bytes).sum();
    let progress = Mutex::new((0, options.progress.as_mut()));
    // The first function of a run known to fail: those behind it are not wanted.
    let failed = AtomicUsize::new(usize::MAX);
    // Those that no thread uses now.
    let workers = Mutex::new(Vec::new());
    let one = |(first, bytes, bodies): &(usize, usize, &[Body<'_>])| {
        if failed.load(Ordering::Relaxed) < *first {
            return Ok(Chunk::default());
        }
        let idle = held(&workers).pop();
        let mut worker = idle.unwrap_or_else(|| Worker::new(module));
        // CAST: wasm numbers functions by 32 bits
        let chunk = worker.run(module.imported_funcs + *first as u32, bodies, *bytes);
        held(&workers).push(worker);
        if chunk.is_err() {
            failed.fetch_min(*first, Ordering::Relaxed);
        }
        let (done, tell) = &mut *held(&progress);
        *done += bytes;
        if let Some(tell) = tell {
            tell(*done, total);
        }
        chunk
    };
    let chunks: Vec<Result<Chunk>> = match pool {
        Some(pool) => {
            // The heaviest first, so that no thread has much to do when the others are done.
            let mut order: Vec<usize> = (0..runs.len()).collect();
            order.sort_by_key(|at| Reverse(runs[*at].1));
            let next = AtomicUsize::new(0);
            let some = |_: BroadcastContext<'_>| {
                let taken = iter::from_fn(|| order.get(next.fetch_add(1, Ordering::Relaxed)));
                taken.map(|at| (*at, one(&runs[*at]))).collect::<Vec<_>>()
            };
            let mut done: Vec<(usize, Result<Chunk>)> = pool.broadcast(some).into_iter().flatten().collect();
            done.sort_unstable_by_key(|(at, _)| *at);
            done.into_iter().map(|(_, chunk)| chunk).collect()
        }
        None => runs.iter().map(one).collect(),
    };
    chunks.into_iter().collect()
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What one thread uses again from function to function.
struct Worker<'m> {
    func: Func<'m>,
    scratch: place::Scratch,
    chains: chain::Scratch,
    validation: FuncValidatorAllocations,
}

impl<'m> Worker<'m> {
    fn new(module: &'m Module) -> Self {
        Worker {
            func: Func::new(module),
            scratch: place::Scratch::default(),
            chains: chain::Scratch::default(),
            validation: FuncValidatorAllocations::default(),
        }
    }

    /// Lowers functions from index `first` on; their bodies take so many bytes.
    fn run(&mut self, first: u32, bodies: &[Body<'_>], bytes: usize) -> Result<Chunk> {
        self.func.chunk = Chunk::default();
        self.func.chunk.expect(bytes);
        self.func.has_loops = false;
        for (index, body) in (first..).zip(bodies) {
            match &body.to_validate {
                Some(to_validate) => self.validate_and_read(index, &body.body, to_validate)?,
                None => self.read(index, &body.body)?,
            }
            let func = &mut self.func;
            func.place_constants();
            chain::chain(&mut func.em, &mut self.chains);
            place::place(&mut func.em, &mut self.scratch, &mut func.chunk, &func.module.import_costs, index)?;
        }
        let mut chunk = std::mem::take(&mut self.func.chunk);
        chunk.has_loops = self.func.has_loops;
        Ok(chunk)
    }

    fn read(&mut self, index: u32, body: &FunctionBody<'_>) -> Result<()> {
        let mut locals = body.get_locals_reader()?;
        let mut count = 0u32;
        for _ in 0..locals.get_count() {
            let (n, _) = locals.read()?;
            count = count.saturating_add(n).min(1 << 20);
        }
        self.begin(index, count, body)?;
        read::lower(&mut self.func, body)
    }

    fn validate_and_read(
        &mut self,
        index: u32,
        body: &FunctionBody<'_>,
        to_validate: &FuncToValidate<ValidatorResources>,
    ) -> Result<()> {
        let FuncToValidate { resources, index: _, ty, features } = to_validate;
        // A copy of what all bodies share; the rest is small.
        let to_validate = FuncToValidate { resources: resources.clone(), index, ty: *ty, features: *features };
        let mut validator = to_validate.into_validator(std::mem::take(&mut self.validation));
        let mut reader = body.get_binary_reader();
        reader.set_features(*features);
        validator.read_locals(&mut reader)?;
        let locals = validator.len_locals();
        let (params, _) = self.func.module.func_arity(index);
        self.begin(index, locals.saturating_sub(params as u32), body)?;
        // An operator makes at most so many operands more of those that there are.
        let each = self.func.module.max_results.max(1);
        // CAST: fewer bytes than a module has
        let operands = (body.as_bytes().len() as u32).saturating_mul(each);
        let counts = locals.saturating_add(operands) > COUNTED_SLOTS;
        let counted = read::validate_and_lower(&mut self.func, &mut validator, &mut reader, counts)?;
        self.validation = validator.into_allocations();
        let most = &mut self.func.chunk.max_slots;
        *most = locals.saturating_add(if counts { counted } else { operands }).max(*most);
        Ok(())
    }

    /// Starts a function with so many locals besides its parameters.
    fn begin(&mut self, index: u32, locals: u32, body: &FunctionBody<'_>) -> Result<()> {
        let (params, results) = self.func.module.func_arity(index);
        // CAST: wasmparser allows 1,000 of each.
        self.func.begin(index, params as u32, results as u32, locals, read::may_loop(body))
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
