//! The verifier: looks at a wasm module in user space and reports what it found.
//!
//! First stage of the pipeline `wasm → verifier → lower → check → link → run`. Nothing that this
//! crate says is trusted by the engine, which checks the lowered image again; it is here to find
//! out as much as possible and to explain it.
//!
//! # What is proved
//!
//! For an accepted module:
//!
//! - It is valid by the wasm specification with the features of [`features`] and nothing else.
//! - The host has every import, with the same signature, and every capability is granted, if the
//!   policy names the granted ones.
//! - Its initial memory is within the policy, and each function and signature within [`limits`].
//! - A module of class [`Class::Bounded`] has a bound for every loop and no recursion, through tables
//!   included; so each of its runs ends by itself. That holds for all functions, called or not.
//! - A loop's bound holds for each entry of the loop, if the host keeps to the declared ranges
//!   ([`Assumption`]). A bound that rests on more says so: on no stray store into a stack slot
//!   ([`LoopReport::assumes_no_wild_writes`]: not through a pointer from elsewhere, and, in code that was
//!   not optimised, not by an index that leaves its array; likewise on nothing writing to data that its
//!   segment calls read-only), or on the program's own claim ([`Method::Claim`]). The engine's fuel enforces
//!   what is claimed, whatever it rests on.
//!
//! # What is not
//!
//! - Cost is not found here but on the image, by `lower::cost`, from the bounds found here.
//!   `max_stack` is operands and locals, before lowering.
//! - Memory safety: the engine's run-time checks give that, for any bytes.
//! - The functions of a table are not told apart by table or place: an indirect call may reach
//!   every function of its signature whose reference may be stored anywhere.
//!
//! Memory is bounded by the largest bodies, one for each thread ([`Policy::threads`]), plus the report, which is the
//! same for any number of threads. Time does not depend on how often loops go round; validation is linear in the
//! module, and the value analysis of a function with loops has budgets for each of its searches.
//!
//! # Examples
//!
//! ```
//! use verifier::{HostSet, Policy, verify};
//!
//! let report = verify(b"\0asm\x01\0\0\0", &HostSet::default(), &Policy::default());
//! assert!(report.accepted());
//!
//! let report = verify(b"#include <stdio.h>", &HostSet::default(), &Policy::default());
//! assert_eq!(report.diagnostics[0].code.as_str(), "W0102");
//! ```
#![forbid(unsafe_code)]

pub mod cfg;
pub mod diag;
pub mod domain;
pub mod limits;
pub mod loops;
pub mod order;

mod amounts;
mod analysis;
mod assume;
mod bounds;
mod callgraph;
mod callsite;
mod compare;
mod csv;
mod dot;
mod effort;
mod error;
mod features;
mod graph_json;
mod heat;
mod host;
mod html;
mod imports;
mod module;
mod print;
mod ranges;
mod render;
mod report;
mod side_by_side;
mod sniff;
mod source;
mod ssa;
mod summary;
mod svg;
mod table;
mod unbounded;
mod validate;

pub use amounts::Amount;
pub use bounds::Method;
pub use cfg::Cfg;
pub use compare::{Change, Comparison};
pub use diag::{Code, Diagnostic, FunctionRef, Note};
pub use error::Error;
pub use features::features;
pub use host::{HostImport, HostSet};
pub use html::html_report;
pub use module::{claims_bounds, code_bytes};
pub use report::{
    Assumption, Class, ClassPolicy, ClassReason, FunctionReport, ImportReport, IndirectCallReport, LoopReport,
    MemoryReport, Policy, Report, TableReport, Totals, Verdict,
};
pub use source::{Place, Sources};

use std::collections::{BTreeSet, HashMap};

use analysis::{Found, LoopFacts};
use callgraph::CallGraph;
use module::{Outline, signature_text};
use validate::FunctionFacts;

/// Looks at a module and reports. Never panics and never fails: what is wrong is in the report.
pub fn verify(wasm: &[u8], host: &HostSet, policy: &Policy) -> Report {
    verify_with_progress(wasm, host, policy, &mut |_, _| {})
}

/// As [`verify`], and calls `progress` now and then, from whatever thread, with what is done and what there is in
/// all: first in bytes, then again in operators of functions whose loops are looked at.
pub fn verify_with_progress(
    wasm: &[u8],
    host: &HostSet,
    policy: &Policy,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Report {
    if let Some(diagnostic) = sniff::wrong_file(wasm) {
        return Report::not_a_module(wasm.len(), diagnostic);
    }
    let outline = Outline::read(wasm);
    let scan = validate::scan(wasm, &outline, policy.threads, progress);
    let is_valid = scan.diagnostics.is_empty();
    let mut diagnostics = scan.diagnostics;
    let (imports, capabilities) = imports::check(&outline, host, policy, &mut diagnostics);
    limits::check(&outline, &scan.functions, policy, &mut diagnostics);

    let calls = CallGraph::new(&outline, &scan.functions);
    let found = match is_valid && !policy.skip_bounds {
        true => {
            let lengths = imports::lengths(&outline, host);
            analysis::run(wasm, &outline, &scan.functions, &calls, &lengths, policy, progress)
        }
        false => Found::default(),
    };
    let functions = Functions { outline: &outline, facts: &scan.functions, calls: &calls, loops: found.loops };
    let class_reasons = functions.class_reasons(is_valid);
    let class = if class_reasons.is_empty() { Class::Bounded } else { Class::Metered };
    // An invalid module is rejected for that; that it is not bounded would only distract.
    if policy.class == ClassPolicy::Bounded && is_valid {
        functions.check_bounded(&mut diagnostics);
    }

    callsite::add(wasm, &outline, &scan.functions, &calls, &mut diagnostics);
    let mut functions: Vec<FunctionReport> = scan.functions.iter().map(|facts| functions.report(facts)).collect();
    summary::complete(&mut functions, &imports);
    let totals = totals(wasm, &functions);
    Report {
        verdict: if diagnostics.is_empty() { Verdict::Accepted } else { Verdict::Rejected },
        class,
        cost: None,
        class_reasons: if class == Class::Bounded {
            vec![ClassReason {
                kind: "none",
                message: match totals.loops {
                    0 => "no function has a loop and none can call itself".to_owned(),
                    _ => "every loop has a bound and no function can call itself".to_owned(),
                },
                function: None,
                offset: None,
                source: None,
            }]
        } else {
            class_reasons
        },
        notes: notes(&functions, policy.skip_bounds),
        unused_assumptions: match is_valid {
            true => assume::unused(&outline, &calls, &policy.assumptions),
            false => Vec::new(),
        },
        totals,
        memory: outline.memory.as_ref().map(|m| MemoryReport { min: m.min, max: m.max }),
        tables: outline
            .tables
            .iter()
            .map(|table| TableReport {
                element: table.element_type.to_string(),
                min: table.initial,
                max: table.maximum,
            })
            .collect(),
        imports,
        capabilities,
        diagnostics,
        functions,
        amounts: found.amounts,
    }
}

/// Whether nothing is wrong with what a module declares besides its bodies: imports, capabilities, memory, signatures.
///
/// True if a valid module, of which no function has more than [`limits::MAX_FRAME_SLOTS`] locals and operands, is accepted
/// by [`verify`] with the policy class [`ClassPolicy::Metered`]. Of a module that is not valid it says nothing. It is for
/// who validates by other means and wants the report only if something is wrong.
pub fn accepts_declarations(wasm: &[u8], host: &HostSet, policy: &Policy) -> bool {
    if sniff::wrong_file(wasm).is_some() {
        return false;
    }
    let outline = Outline::read_first_sections(wasm);
    let mut diagnostics = Vec::new();
    imports::check(&outline, host, policy, &mut diagnostics);
    limits::check(&outline, &[], policy, &mut diagnostics);
    diagnostics.is_empty()
}

/// The control-flow graph of one function.
///
/// # Errors
///
/// When the bytes are not a module, the module has no such function, the function is imported, or
/// the function or a section before it is not valid.
pub fn function_cfg(wasm: &[u8], function_index: u32) -> Result<Cfg, Error> {
    let mut found = None;
    function_cfgs(wasm, &[function_index], &mut |cfg| found = Some(cfg))?;
    // Without an error the graph was given out.
    found.ok_or(Error::NoSuchFunction { index: function_index, count: 0 })
}

/// The control-flow graphs of several functions, each given to `each` in the order of the module, which is read once.
///
/// # Errors
///
/// As [`function_cfg`]; graphs of functions before the one at fault have been given out by then.
pub fn function_cfgs(wasm: &[u8], functions: &[u32], each: &mut dyn FnMut(Cfg)) -> Result<(), Error> {
    if let Some(diagnostic) = sniff::wrong_file(wasm) {
        return Err(Error::Rejected(Box::new(diagnostic)));
    }
    let outline = Outline::read(wasm);
    let count = u32::try_from(outline.functions.len()).unwrap_or(u32::MAX);
    if let Some(&index) = functions.iter().find(|index| **index < outline.imported_functions) {
        return Err(Error::Imported { function: outline.function(index) });
    }
    let mut wanted: BTreeSet<u32> = functions.iter().copied().collect();
    validate::graphs_of(wasm, &outline, &mut wanted, each).map_err(Error::Rejected)?;
    match wanted.first() {
        Some(&index) => Err(Error::NoSuchFunction { index, count }),
        None => Ok(()),
    }
}

/// What the passes found out about the functions.
struct Functions<'r, 'a> {
    outline: &'r Outline<'a>,
    facts: &'r [FunctionFacts],
    calls: &'r CallGraph,
    /// By function index; none for functions without loops and for those that were given up.
    loops: HashMap<u32, Vec<LoopFacts>>,
}

impl Functions<'_, '_> {
    /// What is known of the loop with this number in a function.
    fn loop_facts(&self, function: u32, at: usize) -> Option<&LoopFacts> {
        self.loops.get(&function)?.get(at)
    }

    /// The loops of a function that have no bound, by number.
    fn unbounded(&self, facts: &FunctionFacts) -> Vec<usize> {
        let rounds = |at| self.loop_facts(facts.index, at).and_then(|l| l.rounds);
        (0..facts.loops.loops.len()).filter(|at| rounds(*at).is_none()).collect()
    }

    /// Why the module is not bounded; empty if it is.
    fn class_reasons(&self, is_valid: bool) -> Vec<ClassReason> {
        let mut reasons = Vec::new();
        if !is_valid {
            reasons.push(ClassReason {
                kind: "invalid",
                message: "the module is not valid, so nothing is proved about all of it".to_owned(),
                function: None,
                offset: None,
                source: None,
            });
        }
        let open: Vec<(&FunctionFacts, Vec<usize>)> =
            self.facts.iter().map(|f| (f, self.unbounded(f))).filter(|(_, loops)| !loops.is_empty()).collect();
        if let Some((first, loops)) = open.first() {
            let all: usize = open.iter().map(|(_, loops)| loops.len()).sum();
            let in_functions = count(open.len(), "function");
            reasons.push(ClassReason {
                kind: "loop",
                message: format!("{} in {in_functions} without a proven bound", count(all, "loop")),
                function: Some(self.outline.function(first.index)),
                offset: first.loops.loops.get(loops[0]).map(|l| l.offset),
                source: None,
            });
        }
        if let Some(first) = self.calls.cycles.first() {
            let recursive = self.facts.iter().filter(|f| self.calls.is_recursive(f.index)).count();
            reasons.push(ClassReason {
                kind: "recursion",
                message: format!(
                    "{} can call {}: {}",
                    count(recursive, "function"),
                    if recursive == 1 { "itself" } else { "themselves" },
                    self.calls.cycle_text(*first, self.outline)
                ),
                function: Some(self.outline.function(*first)),
                offset: self.facts.iter().find(|f| f.index == *first).map(|f| f.offset),
                source: None,
            });
        }
        reasons
    }

    /// The diagnostics of the policy `bounded`: one for each loop without a bound, and one for each knot
    /// of calls.
    fn check_bounded(&self, out: &mut Vec<Diagnostic>) {
        let open = self.facts.iter().flat_map(|f| self.unbounded(f).into_iter().map(move |at| (f, at)));
        limits::listed(out, open, |(f, at)| self.unbounded_loop(f, at));
        limits::listed(out, self.calls.cycles.iter(), |first| {
            let diagnostic = Diagnostic::new(
                Code::Recursion,
                format!("functions can call themselves: {}", self.calls.cycle_text(*first, self.outline)),
            )
            .within(self.outline.function(*first));
            match self.facts.iter().find(|f| f.index == *first) {
                Some(f) => diagnostic.at(f.offset),
                None => diagnostic,
            }
        });
    }

    /// What is known about a loop that has no bound, and the cheapest way to give it one.
    fn unbounded_loop(&self, f: &FunctionFacts, at: usize) -> Diagnostic {
        let known = self.loop_facts(f.index, at).cloned().unwrap_or_default();
        let function = self.outline.function(f.index);
        let is_open = self.calls.is_open(f.index);
        unbounded::diagnostic(&known, f.loops.loops[at].offset, function.name.as_deref(), is_open).within(function)
    }

    fn report(&self, facts: &FunctionFacts) -> FunctionReport {
        let outline = self.outline;
        let one = |(at, l): (usize, &loops::Loop)| {
            let known = self.loop_facts(facts.index, at).cloned().unwrap_or_default();
            LoopReport {
                offset: l.offset,
                bound: known.rounds,
                total: known.total,
                method: known.method,
                formula: known.formula,
                tested_at: known.condition.as_ref().map(|(_, offset)| *offset).filter(|offset| *offset > 0),
                condition: known.condition.map(|(text, _)| text),
                needs: known.needs,
                assumes_no_wild_writes: known.assumes,
                round_cost: None,
                latches: l.latches.iter().filter_map(|b| facts.latch(*b)).collect(),
                source: None,
                depth: l.depth,
                blocks: l.blocks,
            }
        };
        FunctionReport {
            index: facts.index,
            name: outline.name(facts.index),
            offset: facts.offset,
            operators: facts.operators,
            blocks: facts.blocks,
            loops: facts.loops.loops.iter().enumerate().map(one).collect(),
            max_stack: facts.max_stack,
            recursive: self.calls.is_recursive(facts.index),
            calls: facts.calls.direct.clone(),
            indirect_calls: facts
                .calls
                .indirect
                .iter()
                .filter_map(|(ty, table)| {
                    let ty = outline.func_type(*ty)?;
                    Some(IndirectCallReport {
                        table: *table,
                        signature: signature_text(ty.params(), ty.results()),
                        targets: self.calls.targets(ty),
                    })
                })
                .collect(),
            cost: None,
            cost_formula: None,
            class: Class::Metered,
            host_calls: Vec::new(),
            capabilities: Vec::new(),
        }
    }
}

/// What the reader should know about the bounds.
fn notes(functions: &[FunctionReport], skipped: bool) -> Vec<String> {
    let loops = || functions.iter().flat_map(|f| &f.loops);
    let mut notes = Vec::new();
    if skipped && loops().next().is_some() {
        notes.push("loop bounds were not looked for: every loop counts as unbounded".to_owned());
    }
    match loops().filter(|l| l.assumes_no_wild_writes).count() {
        0 => {}
        n => notes.push(format!(
            "{} on no stray pointer or index changing a local variable; fuel enforces it",
            if n == 1 { "1 bound rests".to_owned() } else { format!("{n} bounds rest") }
        )),
    }
    match loops().filter(|l| l.method == Some(Method::Claim)).count() {
        0 => {}
        n => notes.push(format!("{} claimed by the program and not proved; fuel enforces it", count(n, "bound"))),
    }
    notes
}

fn totals(wasm: &[u8], functions: &[FunctionReport]) -> Totals {
    let sum = |of: fn(&FunctionReport) -> u64| functions.iter().map(of).sum();
    Totals {
        bytes: wasm.len() as u64,
        code_bytes: module::code_bytes(wasm),
        functions: functions.len() as u64,
        operators: sum(|f| u64::from(f.operators)),
        blocks: sum(|f| u64::from(f.blocks)),
        loops: sum(|f| f.loops.len() as u64),
        bounded_loops: sum(|f| f.loops.iter().filter(|l| l.bound.is_some()).count() as u64),
        recursive: sum(|f| u64::from(f.recursive)),
    }
}

/// `1 loop`, `2 loops`.
pub(crate) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// As [`count`].
pub(crate) fn count_u64(n: u64, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
