//! Random modules from wasm-smith, with wasmi as the oracle; and images with random damage.
//!
//! Every module must pass all stages, and what its exports do must be what they do in wasmi: results, traps, memory and
//! exported globals, in every form. Where wasmi itself panics only the forms are compared, and that is counted; any other
//! panic ends the run, with the seed. An image with flipped bits must be refused, or run without harm: it may do
//! what it likes inside its own frame, memory and fuel.

use crate::{
    guest::{End, Guest},
    pipeline,
};
use arbitrary::Unstructured;
use kengine::{
    Form,
    image::{Image, KIND_FUNC, KIND_GLOBAL, KIND_MEMORY, valtype},
    store::StoreLimits,
    trap::TrapCode,
};
use std::{
    cell::Cell,
    hash::{DefaultHasher, Hasher},
    panic::{self, AssertUnwindSafe},
    time::{Duration, Instant},
};
use wasmi::{Extern, Val};
use wasmparser::{Operator, Parser, Payload};

/// Loop turns and calls that a module may make before it traps, by wasm-smith's own counting.
const TURNS: u32 = 2_000;
/// Fuel of one call: more than [`TURNS`] can use.
const BUDGET: u64 = 50_000_000;
/// Fuel of one call of a damaged image.
const DAMAGED_BUDGET: u64 = 200_000;
const LIMITS: StoreLimits = StoreLimits { max_pages: 64, max_table_elems: 10_000, max_all_table_elems: u32::MAX };
const STACK_SLOTS: u32 = 1 << 16;

/// A trap before any call: a segment that does not fit. wasmi says which, where we only look that there is one.
const INSTANTIATION: &str = "instantiation";

/// What the features are that Cervus has.
fn config() -> wasm_smith::Config {
    wasm_smith::Config {
        bulk_memory_enabled: true,
        canonicalize_nans: true,
        compact_imports_enabled: false,
        exceptions_enabled: false,
        export_everything: true,
        extended_const_enabled: false,
        gc_enabled: false,
        max_imports: 0,
        max_instructions: 400,
        max_memories: 1,
        max_memory32_bytes: 64 << 16,
        max_table_elements: 10_000,
        max_tables: 3,
        memory64_enabled: false,
        memory_max_size_required: true,
        min_funcs: 1,
        multi_value_enabled: true,
        reference_types_enabled: true,
        relaxed_simd_enabled: false,
        simd_enabled: false,
        table_max_size_required: true,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..wasm_smith::Config::default()
    }
}

/// A module from a seed; `None` if the seed gives none.
fn module(seed: u64) -> Option<Vec<u8>> {
    let mut random = fastrand::Rng::with_seed(seed);
    let bytes: Vec<u8> = (0..random.usize(64..8192)).map(|_| random.u8(..)).collect();
    let mut module = wasm_smith::Module::new(config(), &mut Unstructured::new(&bytes)).ok()?;
    module.ensure_termination(TURNS).ok()?;
    Some(module.to_bytes())
}

/// Whether the bits of a NaN may show: wasm-smith makes those of arithmetic canonical, but not those that a conversion
/// between the float types passes on, where Cervus has canonical ones and wasmi keeps the payload.
fn passes_nans_on(wasm: &[u8]) -> bool {
    operators(wasm).any(|op| matches!(op, Operator::F64PromoteF32 | Operator::F32DemoteF64))
}

/// Whether `select` takes the result of `ref.is_null`: wasmi 2.0 gives the wrong operand if the reference is a local variable.
fn selects_by_null(wasm: &[u8]) -> bool {
    let mut is_null = false;
    operators(wasm).any(|op| {
        let selects = is_null && matches!(op, Operator::Select | Operator::TypedSelect { .. });
        is_null = matches!(op, Operator::RefIsNull);
        selects
    })
}

/// The operators of all bodies.
fn operators(wasm: &[u8]) -> impl Iterator<Item = Operator<'_>> {
    let bodies = Parser::new(0).parse_all(wasm).filter_map(|payload| match payload {
        Ok(Payload::CodeSectionEntry(body)) => body.get_operators_reader().ok(),
        _ => None,
    });
    bodies.flat_map(|body| body.into_iter().flatten())
}

/// What a call came to, as far as two engines must agree.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Seen {
    /// Results as slots; references only as null or not.
    Done(Vec<u64>),
    Trap(String),
}

/// State after all calls.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct State {
    pages: u32,
    memory: u64,
    globals: Vec<u64>,
}

/// An exported function: name, parameters, results.
type Signature = (String, Vec<u8>, Vec<u8>);

fn exports(image: &Image<'_>, kind: u32) -> Vec<(String, u32)> {
    let named = image.exports().iter().filter(|e| e.kind == kind);
    named.filter_map(|e| Some((String::from_utf8(image.string(e.name, e.name_len)?.to_vec()).ok()?, e.index))).collect()
}

fn functions(image: &Image<'_>) -> Vec<Signature> {
    let signature = |(name, index): (String, u32)| {
        let sig = image.sigs().get(image.funcs().get(index)?.sig)?;
        let (params, results) = image.sig_types(&sig)?.split_at(sig.params.into());
        Some((name, params.to_vec(), results.to_vec()))
    };
    exports(image, KIND_FUNC).into_iter().filter_map(signature).collect()
}

/// Arguments of a call, from its function's place and type alone, so that both engines get the same.
fn arguments(params: &[u8], turn: u64) -> Vec<u64> {
    let mut random = fastrand::Rng::with_seed(turn);
    let one = |ty: &u8| match *ty {
        valtype::I32 | valtype::F32 => u64::from(random.u32(..) >> random.u32(0..32)),
        valtype::I64 | valtype::F64 => random.u64(..) >> random.u32(0..64),
        _ => 0,
    };
    params.iter().map(one).collect()
}

/// A slot as both engines see it: NaNs are one, references are null or not.
fn comparable(ty: u8, slot: u64) -> u64 {
    match ty {
        valtype::F32 if f32::from_bits(slot as u32).is_nan() => u64::from(f32::NAN.to_bits()),
        valtype::F64 if f64::from_bits(slot).is_nan() => f64::NAN.to_bits(),
        valtype::FUNCREF | valtype::EXTERNREF => u64::from(slot != 0),
        _ => slot,
    }
}

/// Whether a trap depends on an engine's limits, after which nothing can be compared.
fn is_limit(text: &str) -> bool {
    text == TrapCode::StackOverflow.message() || text == TrapCode::OutOfFuel.message()
}

/// Runs all exports in Cervus.
fn here(image: &[u8], functions: &[Signature], form: Form) -> Result<(Vec<Seen>, State), String> {
    let program = pipeline::load(image, form).map_err(|error| format!("the checker: {error:?}"))?;
    let mut guest = match Guest::of(program, LIMITS, STACK_SLOTS) {
        Ok(guest) => guest,
        // Segments that do not fit: a trap, as the specification has it.
        Err(_) => return Ok((vec![Seen::Trap(INSTANTIATION.into())], State::default())),
    };
    let mut seen = Vec::new();
    if let Err(code) = guest.start(BUDGET) {
        seen.push(Seen::Trap(code.message().into()));
        return Ok((seen, State::default()));
    }
    for (turn, (name, params, results)) in (0..).zip(functions) {
        let index = guest.func(name).ok_or("an export is gone")?;
        let end = guest.call(index, &arguments(params, turn), BUDGET, &mut || u64::MAX);
        seen.push(match end {
            End::Done(slots) => Seen::Done(slots.iter().zip(results).map(|(s, ty)| comparable(*ty, *s)).collect()),
            End::Trap(code) => Seen::Trap(code.message().into()),
        });
        if matches!(seen.last(), Some(Seen::Trap(text)) if is_limit(text)) {
            return Ok((seen, State::default()));
        }
    }
    let memory = guest.store().memory(guest.instance());
    let parsed = Image::parse(image).map_err(|error| format!("{error:?}"))?;
    let types =
        exports(&parsed, KIND_GLOBAL).into_iter().map(|(_, i)| parsed.globals().get(i).map_or(0, |g| g.ty as u8));
    let state = State {
        pages: memory.map_or(0, |m| m.pages()),
        memory: hash(memory.map_or(&[], |m| m.bytes())),
        globals: guest.globals().into_iter().zip(types).map(|(slot, ty)| comparable(ty, slot)).collect(),
    };
    Ok((seen, state))
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// Runs all exports in wasmi.
fn there(wasm: &[u8], image: &Image<'_>, functions: &[Signature]) -> Result<(Vec<Seen>, State), String> {
    let engine = wasmi::Engine::default();
    let module = wasmi::Module::new(&engine, wasm).map_err(|error| format!("wasmi: {error}"))?;
    let mut store = wasmi::Store::new(&engine, ());
    let instance = match wasmi::Linker::new(&engine).instantiate_and_start(&mut store, &module) {
        Ok(instance) => instance,
        Err(error) => return Ok((vec![Seen::Trap(message(&error))], State::default())),
    };
    let mut seen = Vec::new();
    for (turn, (name, params, results)) in (0..).zip(functions) {
        let func = instance.get_func(&store, name).ok_or("an export is gone")?;
        let args: Vec<Val> = params.iter().zip(arguments(params, turn)).map(|(ty, slot)| value(*ty, slot)).collect();
        let mut out: Vec<Val> = results.iter().map(|ty| value(*ty, 0)).collect();
        let end = func.call(&mut store, &args, &mut out);
        seen.push(match end {
            Ok(()) => Seen::Done(out.iter().zip(results).map(|(v, ty)| comparable(*ty, slot(v))).collect()),
            Err(error) => Seen::Trap(message(&error)),
        });
        if matches!(seen.last(), Some(Seen::Trap(text)) if is_limit(text)) {
            return Ok((seen, State::default()));
        }
    }
    let memory = exports(image, KIND_MEMORY).first().and_then(|(name, _)| instance.get_memory(&store, name));
    let global = |(name, _): (String, u32)| match instance.get_export(&store, &name) {
        Some(Extern::Global(global)) => {
            let value = global.get(&store);
            comparable(type_of(&value), slot(&value))
        }
        _ => 0,
    };
    let state = State {
        pages: memory.map_or(0, |m| m.size(&store) as u32),
        memory: hash(memory.map_or(&[], |m| m.data(&store))),
        globals: exports(image, KIND_GLOBAL).into_iter().map(global).collect(),
    };
    Ok((seen, state))
}

thread_local! {
    /// What is being tried, for the message of a panic.
    static SEED: Cell<u64> = const { Cell::new(0) };
    /// Whether wasmi is being asked.
    static IS_ASKED: Cell<bool> = const { Cell::new(false) };
    /// Whether the last panic came from its sources.
    static IS_THEIRS: Cell<bool> = const { Cell::new(false) };
}

/// As [`there`]; `None` if wasmi panics. In a build that does not unwind that ends the process.
///
/// # Panics
/// Something else than wasmi panics.
fn asked(wasm: &[u8], image: &Image<'_>, functions: &[Signature]) -> Option<Result<(Vec<Seen>, State), String>> {
    IS_ASKED.set(true);
    // Nothing that a panic leaves half done is looked at again.
    let answer = panic::catch_unwind(AssertUnwindSafe(|| there(wasm, image, functions)));
    IS_ASKED.set(false);
    match answer {
        Ok(answer) => Some(answer),
        Err(_) if IS_THEIRS.get() => None,
        Err(panic) => panic::resume_unwind(panic),
    }
}

/// Makes panics say the seed, and those of wasmi no more than where they come from.
fn name_seeds() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let seed = SEED.get();
        let place = info.location().filter(|at| IS_ASKED.get() && at.file().contains("/wasmi"));
        IS_THEIRS.set(place.is_some());
        match place {
            Some(at) => println!("seed {seed}: wasmi panics at {at}"),
            None => {
                println!("seed {seed}: a panic");
                usual(info);
            }
        }
    }));
}

/// wasmi's trap in the specification's words, which both engines use.
fn message(error: &wasmi::Error) -> String {
    use wasmi::TrapCode as Theirs;
    let code = match error.as_trap_code() {
        Some(Theirs::UnreachableCodeReached) => TrapCode::Unreachable,
        Some(Theirs::MemoryOutOfBounds) => TrapCode::MemoryOutOfBounds,
        Some(Theirs::TableOutOfBounds) => TrapCode::TableOutOfBounds,
        Some(Theirs::IndirectCallToNull) => TrapCode::IndirectCallToNull,
        Some(Theirs::IntegerDivisionByZero) => TrapCode::IntegerDivideByZero,
        Some(Theirs::IntegerOverflow) => TrapCode::IntegerOverflow,
        Some(Theirs::BadConversionToInteger) => TrapCode::InvalidConversionToInteger,
        Some(Theirs::StackOverflow) => TrapCode::StackOverflow,
        Some(Theirs::BadSignature) => TrapCode::BadSignature,
        Some(_) => TrapCode::OutOfFuel,
        None => return INSTANTIATION.into(),
    };
    code.message().into()
}

fn value(ty: u8, slot: u64) -> Val {
    match ty {
        valtype::I32 => Val::I32(slot as i32),
        valtype::I64 => Val::I64(slot as i64),
        valtype::F32 => Val::F32(wasmi::F32::from_bits(slot as u32)),
        valtype::F64 => Val::F64(wasmi::F64::from_bits(slot)),
        valtype::FUNCREF => Val::default_for_ty(wasmi::ValType::FuncRef),
        _ => Val::default_for_ty(wasmi::ValType::ExternRef),
    }
}

fn slot(value: &Val) -> u64 {
    match value {
        Val::I32(v) => u64::from(*v as u32),
        Val::I64(v) => *v as u64,
        Val::F32(v) => u64::from(v.to_bits()),
        Val::F64(v) => v.to_bits(),
        Val::FuncRef(v) => u64::from(!v.is_null()),
        Val::ExternRef(v) => u64::from(!v.is_null()),
        _ => 0,
    }
}

fn type_of(value: &Val) -> u8 {
    match value {
        Val::F32(_) => valtype::F32,
        Val::F64(_) => valtype::F64,
        Val::FuncRef(_) => valtype::FUNCREF,
        Val::ExternRef(_) => valtype::EXTERNREF,
        _ => valtype::I64,
    }
}

/// Where two runs part; `None` if they agree. An engine's limit ends the comparison. An element index
/// past the table's end has a name of its own here, and wasmi's for tables there.
fn difference(ours: &(Vec<Seen>, State), theirs: &(Vec<Seen>, State)) -> Option<String> {
    for (turn, (a, b)) in ours.0.iter().zip(&theirs.0).enumerate() {
        let same = match (a, b) {
            (Seen::Trap(a), Seen::Trap(b)) => {
                if is_limit(a) || is_limit(b) {
                    return None;
                }
                let table = TrapCode::TableOutOfBounds.message();
                a == b || a == INSTANTIATION || (a == TrapCode::UndefinedElement.message() && b == table)
            }
            (Seen::Trap(text), _) | (_, Seen::Trap(text)) if is_limit(text) => return None,
            _ => a == b,
        };
        if !same {
            return Some(format!("call {turn}: {a:?} here, {b:?} in wasmi"));
        }
    }
    (ours.1 != theirs.1).then(|| format!("{:?} here, {:?} in wasmi", ours.1, theirs.1))
}

/// Flips some bytes of an image, and runs what the checker lets through. Returns whether it did.
fn damaged(image: &[u8], random: &mut fastrand::Rng) -> bool {
    let mut image = image.to_vec();
    for _ in 0..random.usize(1..4) {
        let at = random.usize(..image.len());
        image[at] ^= 1 << random.u32(0..8);
    }
    let Some(form) = Form::all().nth(random.usize(..Form::all().count())) else { return false };
    let Ok(program) = pipeline::load(&image, form) else { return false };
    let functions = functions(&program.image());
    let Ok(mut guest) = Guest::of(program, LIMITS, STACK_SLOTS) else { return true };
    if guest.start(DAMAGED_BUDGET).is_ok() {
        for (turn, (name, params, _)) in (0..).zip(&functions) {
            if let Some(index) = guest.func(name) {
                guest.call(index, &arguments(params, turn), DAMAGED_BUDGET, &mut || 1000);
            }
        }
    }
    true
}

/// What a run has done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    /// Modules run in all forms.
    pub modules: u64,
    /// Of those, not compared with wasmi, which panicked.
    pub wasmi_panics: u64,
    /// Damaged images tried.
    pub damaged: u64,
    /// Of those, let through by the checker.
    pub accepted: u64,
}

/// One seed.
///
/// # Errors
/// What went wrong.
pub fn one(seed: u64, count: &mut Count) -> Result<(), String> {
    let Some(wasm) = module(seed) else { return Ok(()) };
    let image = pipeline::image(&wasm).map_err(|refusal| refusal.to_string())?;
    let parsed = Image::parse(&image).map_err(|error| format!("{error:?}"))?;
    let functions = functions(&parsed);
    let theirs = asked(&wasm, &parsed, &functions).transpose()?;
    count.wasmi_panics += u64::from(theirs.is_none());
    let theirs = theirs.filter(|_| !passes_nans_on(&wasm) && !selects_by_null(&wasm));
    let mut first = None;
    for form in Form::all() {
        let ours = here(&image, &functions, form)?;
        if let Some(difference) = theirs.as_ref().and_then(|theirs| difference(&ours, theirs)) {
            return Err(format!("{form}: {difference}"));
        }
        let first = first.get_or_insert_with(|| ours.clone());
        if *first != ours {
            return Err(format!("{form}: {ours:?}, but {first:?} in another form"));
        }
    }
    count.modules += 1;
    let mut random = fastrand::Rng::with_seed(!seed);
    for _ in 0..20 {
        count.damaged += 1;
        count.accepted += u64::from(damaged(&image, &mut random));
    }
    Ok(())
}

/// Goes on for that long, or until stopped, with the seeds from `first` on; false if something went wrong. Prints the seed
/// of a failure.
pub fn run(first: u64, time: Option<Duration>) -> bool {
    name_seeds();
    let start = Instant::now();
    let mut count = Count::default();
    let mut last = start;
    for turn in 0.. {
        let seed = first.wrapping_add(turn);
        SEED.set(seed);
        if time.is_some_and(|time| start.elapsed() >= time) {
            break;
        }
        if let Err(error) = one(seed, &mut count) {
            println!("seed {seed}: {error}");
            return false;
        }
        if last.elapsed() > Duration::from_secs(10) {
            last = Instant::now();
            println!("{count:?}");
        }
    }
    println!("{count:?}");
    count.modules > 0 && count.accepted > 0
}
