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
//! - A module of class [`Class::Bounded`] has no loop and no recursion, through tables included;
//!   so each of its runs ends by itself. That holds for all functions, called or not.
//!
//! # What is not
//!
//! - Loop bounds: every loop counts as unbounded for now, and the report says so.
//! - Cost: no figure yet. `max_stack` is operands and locals, before lowering.
//! - Memory safety: the engine's run-time checks give that, for any bytes.
//! - The functions of a table are not told apart by table or place: an indirect call may reach
//!   every function of its signature whose reference may be stored anywhere.
//!
//! Time is linear in the module (near linear for the loops of one function) and memory is bounded
//! by the largest body plus the report.
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

mod callgraph;
mod dot;
mod error;
mod features;
mod host;
mod imports;
mod module;
mod print;
mod report;
mod sniff;
mod svg;
mod validate;

pub use cfg::Cfg;
pub use diag::{Code, Diagnostic, FunctionRef};
pub use error::Error;
pub use features::features;
pub use host::{HostImport, HostSet};
pub use report::{
    Class, ClassPolicy, ClassReason, FunctionReport, ImportReport, IndirectCallReport, LoopReport, MemoryReport,
    Policy, Report, TableReport, Totals, Verdict,
};

use callgraph::CallGraph;
use module::{Outline, signature_text};
use validate::FunctionFacts;

/// Said in every report that has loops, until the loop analysis is there.
const LOOPS_NOTE: &str = "loop bounds are not analysed yet: every loop counts as unbounded, whatever it does";

/// Looks at a module and reports. Never panics and never fails: what is wrong is in the report.
pub fn verify(wasm: &[u8], host: &HostSet, policy: &Policy) -> Report {
    verify_with_progress(wasm, host, policy, &mut |_, _| {})
}

/// As [`verify`], and calls `progress` with the bytes done and the bytes in all now and then. A
/// module that needs unsupported features is read more than once, so that the first number may
/// start over.
pub fn verify_with_progress(
    wasm: &[u8],
    host: &HostSet,
    policy: &Policy,
    progress: &mut dyn FnMut(usize, usize),
) -> Report {
    if let Some(diagnostic) = sniff::wrong_file(wasm) {
        return Report::not_a_module(wasm.len(), diagnostic);
    }
    let outline = Outline::read(wasm);
    let scan = validate::scan(wasm, &outline, progress);
    let is_valid = scan.diagnostics.is_empty();
    let mut diagnostics = scan.diagnostics;
    let (imports, capabilities) = imports::check(&outline, host, policy, &mut diagnostics);
    limits::check(&outline, &scan.functions, policy, &mut diagnostics);

    let calls = CallGraph::new(&outline, &scan.functions);
    let class_reasons = class_reasons(&outline, &scan.functions, &calls, is_valid);
    let class = if class_reasons.is_empty() { Class::Bounded } else { Class::Metered };
    // An invalid module is rejected for that; that it is not bounded would only distract.
    if policy.class == ClassPolicy::Bounded && is_valid {
        check_bounded(&outline, &scan.functions, &calls, &mut diagnostics);
    }

    let functions: Vec<FunctionReport> =
        scan.functions.into_iter().map(|facts| function_report(facts, &outline, &calls)).collect();
    let totals = totals(wasm, &functions);
    Report {
        verdict: if diagnostics.is_empty() { Verdict::Accepted } else { Verdict::Rejected },
        class,
        class_reasons: if class == Class::Bounded {
            vec![ClassReason {
                kind: "none",
                message: "no function has a loop and none can call itself".to_owned(),
                function: None,
                offset: None,
            }]
        } else {
            class_reasons
        },
        notes: if totals.loops > 0 { vec![LOOPS_NOTE.to_owned()] } else { Vec::new() },
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
    }
}

/// The control-flow graph of one function.
///
/// # Errors
///
/// When the bytes are not a module, the module has no such function, the function is imported, or
/// the function or a section before it is not valid.
pub fn function_cfg(wasm: &[u8], function_index: u32) -> Result<Cfg, Error> {
    if let Some(diagnostic) = sniff::wrong_file(wasm) {
        return Err(Error::Rejected(Box::new(diagnostic)));
    }
    let outline = Outline::read(wasm);
    if function_index < outline.imported_functions {
        return Err(Error::Imported { function: outline.function(function_index) });
    }
    validate::graph_of(wasm, &outline, function_index).map_err(Error::Rejected)?.ok_or_else(|| Error::NoSuchFunction {
        index: function_index,
        count: u32::try_from(outline.functions.len()).unwrap_or(u32::MAX),
    })
}

/// Why the module is not bounded; empty if it is.
fn class_reasons(
    outline: &Outline<'_>,
    functions: &[FunctionFacts],
    calls: &CallGraph,
    is_valid: bool,
) -> Vec<ClassReason> {
    let mut reasons = Vec::new();
    if !is_valid {
        reasons.push(ClassReason {
            kind: "invalid",
            message: "the module is not valid, so nothing is proved about all of it".to_owned(),
            function: None,
            offset: None,
        });
    }
    let with_loops = functions.iter().filter(|f| !f.loops.loops.is_empty());
    if let Some(first) = with_loops.clone().next() {
        let loops: usize = with_loops.clone().map(|f| f.loops.loops.len()).sum();
        reasons.push(ClassReason {
            kind: "loop",
            message: format!(
                "{} in {} without a proven bound",
                count(loops, "loop"),
                count(with_loops.count(), "function")
            ),
            function: Some(outline.function(first.index)),
            offset: first.loops.loops.first().map(|l| l.offset),
        });
    }
    if let Some(first) = calls.cycles.first() {
        let recursive = functions.iter().filter(|f| calls.is_recursive(f.index)).count();
        reasons.push(ClassReason {
            kind: "recursion",
            message: format!(
                "{} can call {}: {}",
                count(recursive, "function"),
                if recursive == 1 { "itself" } else { "themselves" },
                calls.cycle_text(*first, outline)
            ),
            function: Some(outline.function(*first)),
            offset: functions.iter().find(|f| f.index == *first).map(|f| f.offset),
        });
    }
    reasons
}

/// The diagnostics of the policy `bounded`: one for each function with loops, and one for each
/// knot of calls.
fn check_bounded(outline: &Outline<'_>, functions: &[FunctionFacts], calls: &CallGraph, out: &mut Vec<Diagnostic>) {
    let with_loops = functions.iter().filter(|f| !f.loops.loops.is_empty());
    limits::listed(out, with_loops, |f| {
        let mut message = "the policy demands the class bounded, and this loop has no proven bound".to_owned();
        if let more @ 1.. = f.loops.loops.len() - 1 {
            message.push_str(&format!(" (and {} of this function)", count_more(more, "loop")));
        }
        Diagnostic::new(Code::UnboundedLoop, message)
            .within(outline.function(f.index))
            .at(f.loops.loops[0].offset)
            .help(format!("{}; {LOOPS_NOTE}", Code::UnboundedLoop.help()))
    });
    limits::listed(out, calls.cycles.iter(), |first| {
        let diagnostic = Diagnostic::new(
            Code::Recursion,
            format!(
                "the policy demands the class bounded, and functions call themselves: {}",
                calls.cycle_text(*first, outline)
            ),
        )
        .within(outline.function(*first));
        match functions.iter().find(|f| f.index == *first) {
            Some(f) => diagnostic.at(f.offset),
            None => diagnostic,
        }
    });
}

fn function_report(facts: FunctionFacts, outline: &Outline<'_>, calls: &CallGraph) -> FunctionReport {
    FunctionReport {
        index: facts.index,
        name: outline.name(facts.index),
        offset: facts.offset,
        operators: facts.operators,
        blocks: facts.blocks,
        loops: facts
            .loops
            .loops
            .iter()
            .map(|l| LoopReport { offset: l.offset, bound: None, source: None, depth: l.depth, blocks: l.blocks })
            .collect(),
        max_stack: facts.max_stack,
        recursive: calls.is_recursive(facts.index),
        calls: facts.calls.direct,
        indirect_calls: facts
            .calls
            .indirect
            .iter()
            .filter_map(|(ty, table)| {
                let ty = outline.func_type(*ty)?;
                Some(IndirectCallReport {
                    table: *table,
                    signature: signature_text(ty.params(), ty.results()),
                    targets: calls.targets(ty),
                })
            })
            .collect(),
        cost: None,
    }
}

fn totals(wasm: &[u8], functions: &[FunctionReport]) -> Totals {
    let sum = |of: fn(&FunctionReport) -> u64| functions.iter().map(of).sum();
    Totals {
        bytes: wasm.len() as u64,
        functions: functions.len() as u64,
        operators: sum(|f| u64::from(f.operators)),
        blocks: sum(|f| u64::from(f.blocks)),
        loops: sum(|f| f.loops.len() as u64),
        recursive: sum(|f| u64::from(f.recursive)),
    }
}

/// `1 loop`, `2 loops`.
pub(crate) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// `1 more loop`, `2 more loops`.
fn count_more(n: usize, what: &str) -> String {
    if n == 1 { format!("1 more {what}") } else { format!("{n} more {what}s") }
}
