//! The second pass over a valid module: values and loop bounds, function by function.
//!
//! Callers come before callees, so that the parameters of a function that only the module itself calls
//! have the ranges of the arguments that it is given. What the host can call (exports, functions in
//! tables, the start function) and what can call itself takes any arguments, apart from what the user
//! declares ([`Assumption`]).
//!
//! A function without loops is not looked at, unless the arguments of its calls are wanted, those of the host's
//! functions among them, which charge for the bytes that they handle, or what its bulk operations handle; in a module
//! of more than [`MAX_FOLLOWED_OPERATORS`] they are not, and parameters may be anything there; its functions
//! are looked at side by side. Everything about a function is dropped before the thread takes the next one.

use std::collections::HashMap;

use wasmparser::{FunctionBody, Parser, Payload, ValType};

use crate::amounts::{self, Amount};
use crate::assume;
use crate::bounds::{self, Findings, LoopBound, Method, Subject};
use crate::callgraph::CallGraph;
use crate::domain::{Value, mask_of, signed};
use crate::effort::Effort;
use crate::loops::{LoopNest, find_loops_in};
use crate::module::Outline;
use crate::order::Order;
use crate::ranges::Known;
use crate::report::{Assumption, Policy};
use crate::side_by_side::{self, Progress};
use crate::ssa::build::{ModuleTypes, build, width_of};
use crate::ssa::footprint::Footprint;
use crate::ssa::{self, Call, Ssa, ValueId, block_id, congruence, slots};
use crate::validate::FunctionFacts;
use wasmparser::FuncType;

/// Name of the function whose calls claim a loop bound, as import or export.
pub(crate) const CLAIM: &str = "cervus_loop_bound";

/// Rounds of following stack slots and finding out that a computed index may reach one.
const SLOT_ROUNDS: usize = 4;

/// Operators of a module up to which the arguments of calls are followed into functions.
const MAX_FOLLOWED_OPERATORS: usize = 1 << 17;

/// Operators of a function up to which it is found out what it writes through its parameters.
const MAX_SUMMED_OPERATORS: usize = 1 << 12;

/// What is known about one loop, in words.
#[derive(Clone, Debug, Default)]
pub(crate) struct LoopFacts {
    pub(crate) rounds: Option<u64>,
    pub(crate) total: Option<u64>,
    pub(crate) method: Option<Method>,
    pub(crate) formula: Option<String>,
    /// The condition on which it stays, and where it is tested.
    pub(crate) condition: Option<(String, u64)>,
    pub(crate) assumes: bool,
    /// Parameters that need a declared range.
    pub(crate) needs: Vec<String>,
}

/// What functions say about each other.
#[derive(Default)]
struct Exchange {
    /// Parameters, by callee, over all calls.
    params: HashMap<u32, Vec<Value>>,
    /// What functions return, where that is one integer and was looked at: least and most, without sign.
    results: HashMap<u32, (u64, u64)>,
}

/// Of the functions of the host: which parameter says how many bytes a call handles, by function index.
pub(crate) type Lengths = HashMap<u32, u32>;

/// What is found out about a module.
#[derive(Default)]
pub(crate) struct Found {
    /// The loops of each function that has some, by function index; in the order of the function's nest.
    pub(crate) loops: HashMap<u32, Vec<LoopFacts>>,
    /// What operators handle that costs fuel by it, by function index and offset of the operator.
    pub(crate) amounts: HashMap<(u32, u32), Amount>,
}

impl Found {
    fn add(&mut self, function: u32, found: FoundIn) {
        self.loops.insert(function, found.loops);
        self.amounts.extend(found.amounts.into_iter().map(|(offset, amount)| ((function, offset), amount)));
    }
}

/// The same of one function.
struct FoundIn {
    loops: Vec<LoopFacts>,
    amounts: Vec<(u32, Amount)>,
}

/// Looks at the functions with loops, at those with bulk operations or calls of a function in `lengths`, and at their
/// callers.
pub(crate) fn run(
    wasm: &[u8],
    outline: &Outline<'_>,
    facts: &[FunctionFacts],
    calls: &CallGraph,
    lengths: &Lengths,
    policy: &Policy,
    progress: &mut Progress<'_>,
) -> Found {
    let mut out = Found::default();
    let has_amounts =
        |f: &FunctionFacts| f.handles_amounts || f.calls.direct.iter().any(|callee| lengths.contains_key(callee));
    if facts.iter().all(|f| f.loops.loops.is_empty() && !has_amounts(f)) {
        return out;
    }
    let mut bodies: Vec<FunctionBody<'_>> = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload {
            Ok(Payload::CodeSectionEntry(body)) => bodies.push(body),
            Ok(_) => {}
            Err(_) => return out,
        }
    }
    let by_index: HashMap<u32, usize> = facts.iter().enumerate().map(|(at, f)| (f.index, at)).collect();
    // Whose arguments are worth knowing. In a large module nearly everything calls something with loops.
    let follows_calls = facts.iter().map(|f| f.operators as usize).sum::<usize>() <= MAX_FOLLOWED_OPERATORS;
    let has_grow = facts.iter().any(|f| f.grows_memory);
    let mut module =
        Module { outline, has_grow, follows_calls, lengths, footprints: HashMap::new(), results: HashMap::new() };
    let body_of = |function: u32| bodies.get(function.checked_sub(outline.imported_functions)? as usize);
    if follows_calls {
        for function in calls.callees_first() {
            let Some(f) = by_index.get(function).map(|at| &facts[*at]) else { continue };
            if !calls.is_recursive(*function)
                && f.operators as usize <= MAX_SUMMED_OPERATORS
                && let Some(found) = body_of(*function).and_then(|body| footprint(&module, f, body))
            {
                module.footprints.insert(*function, found);
            }
        }
    }
    let mut wanted = vec![false; outline.functions.len()];
    for function in calls.callees_first() {
        let Some(f) = by_index.get(function).map(|at| &facts[*at]) else { continue };
        let takes = outline.signature(*function).is_some_and(|ty| ty.params().iter().any(|ty| width_of(*ty) != 0));
        let uses =
            !f.loops.loops.is_empty() || has_amounts(f) || f.calls.direct.iter().any(|callee| wanted[*callee as usize]);
        wanted[*function as usize] =
            follows_calls && takes && uses && !calls.is_open(*function) && !calls.is_recursive(*function);
    }
    let total: usize = facts.iter().map(|f| f.operators as usize).sum();
    // Callers first.
    let mut jobs: Vec<Job<'_, '_>> = Vec::new();
    for function in calls.callees_first().iter().rev() {
        let Some(facts) = by_index.get(function).map(|at| &facts[*at]) else { continue };
        let calls_wanted = facts.calls.direct.iter().any(|callee| wanted[*callee as usize]);
        if facts.loops.loops.is_empty() && !calls_wanted && !has_amounts(facts) {
            continue;
        }
        if let Some(body) = body_of(*function) {
            jobs.push(Job { facts, body });
        }
    }
    let one = |module: &Module<'_, '_>, job: &Job<'_, '_>, exchange: &mut Exchange| {
        let function = job.facts.index;
        let known = KnownParams {
            module,
            params: match wanted[function as usize] {
                true => exchange.params.get(&function).cloned().unwrap_or_default(),
                false => declared(outline, function, &policy.assumptions, calls.is_open(function)),
            },
            is_called: !wanted[function as usize],
        };
        let found = analyse(module, job, &known, &wanted, exchange);
        if found.is_none() {
            // Given up: nothing is known about what it passes on either.
            for callee in job.facts.calls.direct.iter().filter(|callee| wanted[**callee as usize]) {
                let Some(ty) = outline.signature(*callee) else { continue };
                exchange.params.insert(*callee, ty.params().iter().map(|ty| any(*ty)).collect());
            }
        }
        Some((function, found?))
    };
    if !follows_calls {
        // Of these functions none says anything about another.
        let found = side_by_side::map(
            &jobs,
            policy.threads,
            || (),
            |(), job| one(&module, job, &mut Exchange::default()),
            |job| job.facts.operators as usize,
            progress,
        );
        found.into_iter().flatten().for_each(|(function, found)| out.add(function, found));
        return out;
    }
    let mut exchange = Exchange::default();
    let mut done = 0;
    for job in &jobs {
        if let Some((function, found)) = one(&module, job, &mut exchange) {
            out.add(function, found);
        }
        done += job.facts.operators as usize;
        progress(done, total);
    }
    // What callees return is known now, for those that were to be told what they are given before.
    module.results = std::mem::take(&mut exchange.results);
    for job in &jobs {
        let is_open = out.loops.get(&job.facts.index).is_some_and(|loops| loops.iter().any(|of| of.rounds.is_none()));
        if is_open
            && job.facts.calls.direct.iter().any(|callee| module.results.contains_key(callee))
            && let Some((function, found)) = one(&module, job, &mut exchange)
        {
            out.add(function, found);
        }
    }
    out
}

/// A function to look at.
struct Job<'f, 'a> {
    facts: &'f FunctionFacts,
    body: &'f FunctionBody<'a>,
}

fn any(ty: ValType) -> Value {
    Value::top(match width_of(ty) {
        0 => 64,
        width => width.into(),
    })
}

/// What the user declares about the parameters of a function that the host calls.
fn declared(outline: &Outline<'_>, function: u32, assumptions: &[Assumption], is_open: bool) -> Vec<Value> {
    let Some(ty) = outline.signature(function) else { return Vec::new() };
    let mut values: Vec<Value> = ty.params().iter().map(|ty| any(*ty)).collect();
    if !is_open {
        return values;
    }
    for assumption in assumptions {
        for (index, value) in values.iter_mut().enumerate() {
            let index = index as u32; // CAST: at most 1,000
            if assume::is_about(outline, assumption, function, index) {
                *value = value.meet(&assumption.values(value.width()));
            }
        }
    }
    values
}

fn analyse(
    module: &Module<'_, '_>,
    job: &Job<'_, '_>,
    known: &KnownParams<'_, '_>,
    wanted: &[bool],
    exchange: &mut Exchange,
) -> Option<FoundIn> {
    let outline = module.outline;
    let memory_bytes = module.memory_bytes();
    let function = job.facts.index;
    let (mut plain, cfg) = build(module, (function, job.facts.blocks), job.body)?;
    let order = Order::new(&cfg.graph, cfg.entry());
    let nest = find_loops_in(&cfg.graph, &order);
    let is_head = |block: u32| nest.loop_of_head(block_id(block)).is_some_and(|of| !of.irreducible);
    let is_any_head = |block: u32| nest.loop_of_head(block_id(block)).is_some();
    let name = |local: u32| outline.local_name(function, local);
    let footprint_of = |callee| module.footprints.get(&callee);
    let mut frame = slots::frame(&plain, &footprint_of, &is_any_head);
    // The blocks whose branches matter; all, if arguments of calls are followed.
    let mut tested: Option<Vec<u32>> = None;
    let mut outlook = None;
    let is_wanted = |call: &&Call| wanted.get(call.callee as usize) == Some(&true);
    let is_host = |call: &&Call| module.lengths.contains_key(&call.callee);
    // Where a loop has no bound nobody asks what a bulk operation costs.
    let has_amounts = !plain.amounts.is_empty() && nest.loops.is_empty();
    if !has_amounts && !plain.calls.iter().any(|call| is_wanted(&call) || is_host(&call)) {
        let subject = Subject { graph: &cfg.graph, order: &order, nest: &nest, ssa: &plain, known, memory_bytes };
        let is_slot = |id: ValueId| frame.as_ref().is_some_and(|frame| frame.is_loaded(id));
        match bounds::hopeless(&subject, &is_slot) {
            Ok(findings) => {
                let loops = findings.loops.iter();
                let loops = loops.map(|bound| describe(bound, &plain, &nest, &findings, &name)).collect();
                return Some(FoundIn { loops, amounts: Vec::new() });
            }
            Err(found) => {
                tested = (!module.follows_calls).then(|| found.tested());
                outlook = Some(found);
            }
        }
    }
    // Looking for equal values takes some rounds over all of them.
    let effort = module.effort();
    let unifies = plain.nodes.len() <= effort.unified;
    if unifies {
        outlook = None;
        congruence::unify(&mut plain, &order, &is_head, tested.as_deref());
        frame = slots::frame(&plain, &footprint_of, &is_any_head);
    }
    let most = if unifies { SLOT_ROUNDS } else { 1 };
    let mut rounds = 0;
    loop {
        let last = rounds == most || frame.as_ref().is_none_or(slots::Frame::is_empty);
        let promoted = match &frame {
            Some(frame) if !last => {
                let mut ssa = plain.clone();
                slots::promote(&mut ssa, &order, frame).map(|()| {
                    if unifies {
                        congruence::unify(&mut ssa, &order, &is_head, tested.as_deref());
                    }
                    ssa
                })
            }
            _ => None,
        };
        let ssa = promoted.as_ref().unwrap_or(&plain);
        let subject = Subject { graph: &cfg.graph, order: &order, nest: &nest, ssa, known, memory_bytes };
        let mut more: Vec<ValueId> = Vec::new();
        let passed = ssa.calls.iter().filter(is_wanted);
        // What calls of the host and bulk operations handle.
        let handled: Vec<ssa::Amount> =
            amounts::of_calls(ssa, module.lengths).chain(ssa.amounts.iter().copied()).collect();
        more.extend(handled.iter().map(|amount| amount.value));
        more.extend(passed.clone().flat_map(|call| call.args.iter().copied()));
        let checked = ssa.uses_slots && !last;
        if let (Some(frame), true) = (&frame, checked) {
            more.extend(frame.stores.iter().flat_map(|store| store.indices.iter().map(|index| ssa.find(*index))));
        }
        if module.follows_calls && !ssa.returns_otherwise {
            more.extend(ssa.returned.iter().map(|(_, value)| *value));
        }
        let same = outlook.take().filter(|_| promoted.is_none());
        let findings = bounds::find(&subject, &more, same);
        if let (Some(frame), true) = (&mut frame, checked)
            && reached(frame, ssa, &findings)
        {
            rounds += 1;
            continue;
        }
        for call in passed {
            let values = call.args.iter().map(|arg| findings.ranges.at(*arg, call.block));
            match exchange.params.entry(call.callee) {
                std::collections::hash_map::Entry::Occupied(mut entry) => {
                    for (all, value) in entry.get_mut().iter_mut().zip(values) {
                        *all = all.join(&value);
                    }
                }
                std::collections::hash_map::Entry::Vacant(entry) => {
                    entry.insert(values.collect());
                }
            }
        }
        if module.follows_calls
            && let Some(result) = result(ssa, &findings)
        {
            exchange.results.insert(function, result);
        }
        let found = |of: &ssa::Amount| (of.offset, Amount::new(of, ssa, &nest, &findings.ranges, &name));
        let amounts = handled.iter().map(found).collect();
        let loops = findings.loops.iter().map(|bound| describe(bound, ssa, &nest, &findings, &name)).collect();
        return Some(FoundIn { loops, amounts });
    }
}

/// Least and most of what a function returns, if that says more than its type.
fn result(ssa: &Ssa, findings: &Findings<'_>) -> Option<(u64, u64)> {
    let (_, first) =
        ssa.returned.first().filter(|(_, first)| !ssa.returns_otherwise && ssa.width[*first as usize] != 0)?;
    let none = Value::bottom(ssa.bits(*first));
    let all = ssa.returned.iter().fold(none, |all, (block, value)| all.join(&findings.ranges.at(*value, *block)));
    // One that never returns says nothing of what follows its calls.
    (!all.is_bottom() && (all.umin, all.umax) != (0, mask_of(all.width()))).then_some((all.umin, all.umax))
}

/// Gives up the slots that stores with a computed index may reach; whether there were any.
fn reached(frame: &mut slots::Frame, ssa: &Ssa, findings: &Findings<'_>) -> bool {
    let mut any = false;
    for at in 0..frame.stores.len() {
        let store = &frame.stores[at];
        let (mut least, mut most) = (0_i128, 0_i128);
        let mut dead = false;
        for index in &store.indices {
            let value = findings.ranges.at(ssa.find(*index), store.block);
            dead |= value.is_bottom();
            least += i128::from(value.smin);
            most += i128::from(value.smax);
        }
        if !dead {
            any |= frame.give_up(at, least, most);
        }
    }
    any
}

fn describe(bound: &LoopBound, ssa: &Ssa, _: &LoopNest, _: &Findings<'_>, name: &dyn Fn(u32) -> String) -> LoopFacts {
    use crate::bounds::Formula;
    let test = bound.test.filter(|test| test.a != test.b);
    let condition = test.map(|test| {
        let offset = ssa.offset[test.a as usize].max(ssa.offset[test.b as usize]);
        let mut text = String::new();
        bounds::write_value(&mut text, ssa, test.a, name, 4);
        text.extend([" ", test.op.symbol(), " "]);
        bounds::write_value(&mut text, ssa, test.b, name, 4);
        (text, u64::from(offset))
    });
    let needs = match (&bound.formula, bound.rounds) {
        (Some(formula), None) => formula.params(ssa),
        _ => Vec::new(),
    };
    LoopFacts {
        rounds: bound.rounds,
        total: bound.total,
        method: bound.method.filter(|_| bound.rounds.is_some() || bound.formula.is_some()),
        formula: bound.formula.as_ref().filter(|f| !Formula::is_constant(f)).map(|f| f.text(ssa, name)),
        condition,
        assumes: bound.assumes && bound.rounds.is_some(),
        needs: needs.into_iter().map(name).collect(),
    }
}

/// What a function writes through its parameters, if it takes addresses.
fn footprint(module: &Module<'_, '_>, function: &FunctionFacts, body: &FunctionBody<'_>) -> Option<Footprint> {
    let params = module.outline.signature(function.index)?.params();
    if !params.contains(&ValType::I32) {
        return None;
    }
    let known = |callee| module.footprints.get(&callee);
    let (mut ssa, cfg) = build(module, (function.index, function.blocks), body)?;
    // Parameters that are kept in stack slots.
    if let Some(frame) = slots::frame(&ssa, &known, &|_| true).filter(slots::Frame::is_plain) {
        let order = Order::new(&cfg.graph, cfg.entry());
        slots::promote(&mut ssa, &order, &frame)?;
    }
    Some(Footprint::new(&ssa, params.len(), &known))
}

/// The module as the analysis sees it.
struct Module<'o, 'a> {
    outline: &'o Outline<'a>,
    has_grow: bool,
    /// Whether the arguments of calls are followed into functions.
    follows_calls: bool,
    lengths: &'o Lengths,
    /// What functions write through their parameters, by function, where that is known.
    footprints: HashMap<u32, Footprint>,
    /// What functions return, by function, where more than the type is known: least and most, without sign.
    results: HashMap<u32, (u64, u64)>,
}

impl Module<'_, '_> {
    fn effort(&self) -> &'static Effort {
        if self.follows_calls { &Effort::ALL } else { &Effort::SHARED }
    }

    /// Bytes that the memory may have at most.
    fn memory_bytes(&self) -> u64 {
        const PAGE: u64 = crate::limits::PAGE_BYTES;
        match &self.outline.memory {
            Some(memory) if !self.has_grow && !memory.imported => memory.min * PAGE,
            Some(memory) => memory.max.unwrap_or(65_536).min(65_536) * PAGE,
            None => 0,
        }
    }
}

impl ModuleTypes for Module<'_, '_> {
    fn func_type(&self, ty: u32) -> Option<&FuncType> {
        self.outline.func_type(ty)
    }

    fn signature(&self, function: u32) -> Option<&FuncType> {
        self.outline.signature(function)
    }

    fn constant_global(&self, global: u32) -> Option<u64> {
        self.outline.globals.get(global as usize)?.constant
    }

    fn global_width(&self, global: u32) -> u8 {
        self.outline.globals.get(global as usize).map_or(0, |g| width_of(g.ty))
    }

    fn globals(&self) -> u32 {
        self.outline.globals.len() as u32 // CAST: wasmparser allows 1,000,000
    }

    fn returned(&self, function: u32) -> Option<(u64, u64)> {
        self.results.get(&function).copied()
    }

    fn is_claim(&self, function: u32) -> bool {
        self.outline.claims.contains(&function)
    }
}

struct KnownParams<'m, 'a> {
    module: &'m Module<'m, 'a>,
    params: Vec<Value>,
    /// False if no call has been seen and none can come from outside: the function never runs.
    is_called: bool,
}

impl Known for KnownParams<'_, '_> {
    fn effort(&self) -> &Effort {
        self.module.effort()
    }

    fn param(&self, index: u32, width: u32) -> Value {
        match self.params.get(index as usize) {
            Some(value) if value.width() == width => *value,
            None if !self.is_called && self.params.is_empty() => Value::top(width),
            _ => Value::top(width),
        }
    }

    fn load(&self, addr: &Value, offset: u32, bytes: u8, is_signed: bool, width: u32) -> Option<Value> {
        /// Places of a table that are looked at.
        const PLACES: u64 = 1024;
        if addr.is_bottom() || addr.width() != 32 {
            return None;
        }
        let step = addr.stride.modulus.max(1);
        if (addr.umax - addr.umin) / step > PLACES {
            return None;
        }
        let mut all = Value::bottom(width);
        let mut at = addr.umin;
        loop {
            let bits = self.module.outline.constant_data(at + u64::from(offset), bytes)?;
            let bits = if is_signed { signed(bits, u32::from(bytes) * 8) as u64 } else { bits };
            all = all.join(&Value::constant(bits & mask_of(width), width));
            at = at.checked_add(step)?;
            if at > addr.umax {
                return Some(all);
            }
        }
    }
}
