//! What follows for a function from what it calls: its class, the host functions, the capabilities.

use std::collections::BTreeSet;

use crate::report::{Class, FunctionReport, ImportReport};

/// Fills in `class`, `host_calls` and `capabilities` of each function.
pub(crate) fn complete(functions: &mut [FunctionReport], imports: &[ImportReport]) {
    let host: Vec<&ImportReport> = imports.iter().filter(|import| import.kind == "function").collect();
    for function in functions.iter_mut() {
        let called = || function.calls.iter().filter_map(|callee| host.get(*callee as usize));
        let names: Vec<String> = called().map(|import| format!("{}.{}", import.module, import.name)).collect();
        let capabilities: BTreeSet<String> = called().filter_map(|import| import.capability.clone()).collect();
        function.host_calls = names;
        function.capabilities = capabilities.into_iter().collect();
    }
    classify(functions);
}

/// A function is metered if it has an unbounded loop or calls itself, and so is each that can call one that is.
fn classify(functions: &mut [FunctionReport]) {
    let count = functions.iter().map(|f| f.index as usize + 1).max().unwrap_or(0);
    // By function index: those that call it.
    let mut callers: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut metered = vec![false; functions.len()];
    let mut work = Vec::new();
    for (at, function) in functions.iter().enumerate() {
        for callee in &function.calls {
            if let Some(list) = callers.get_mut(*callee as usize) {
                list.push(at);
            }
        }
        if function.recursive || function.loops.iter().any(|l| l.bound.is_none()) {
            metered[at] = true;
            work.push(at);
        }
    }
    // Which functions an indirect call reaches is not in the report: it may be a metered one, if there is any.
    if !work.is_empty() {
        for (at, function) in functions.iter().enumerate() {
            if !metered[at] && function.indirect_calls.iter().any(|call| call.targets > 0) {
                metered[at] = true;
                work.push(at);
            }
        }
    }
    while let Some(at) = work.pop() {
        for caller in &callers[functions[at].index as usize] {
            if !std::mem::replace(&mut metered[*caller], true) {
                work.push(*caller);
            }
        }
    }
    for (function, metered) in functions.iter_mut().zip(metered) {
        function.class = if metered { Class::Metered } else { Class::Bounded };
    }
}
