//! Where the calls are that a finding is about: of an import that is missing or not granted, and on the way of a
//! recursion.
//!
//! Calls are kept without their places, since nobody asks for them in a module that is accepted. For a finding the
//! bodies that make such a call are read once more, until each is found.

use std::collections::HashMap;

use wasmparser::{FunctionBody, Operator, Parser, Payload};

use crate::callgraph::CallGraph;
use crate::diag::{Code, Diagnostic};
use crate::module::Outline;
use crate::validate::FunctionFacts;

/// Adds the first call to each finding about an import, and the call that closes the knot to each about a recursion.
pub(crate) fn add(
    wasm: &[u8],
    outline: &Outline<'_>,
    facts: &[FunctionFacts],
    calls: &CallGraph,
    diagnostics: &mut [Diagnostic],
) {
    // By function: the findings about it.
    let mut imports: HashMap<u32, Vec<usize>> = HashMap::new();
    let mut knots: HashMap<u32, usize> = HashMap::new();
    for (at, diagnostic) in diagnostics.iter().enumerate() {
        let Some(function) = &diagnostic.function else { continue };
        if function.index < outline.imported_functions {
            imports.entry(function.index).or_default().push(at);
        } else if diagnostic.code == Code::Recursion {
            knots.insert(function.index, at);
        }
    }
    let mut facts = facts.iter().peekable();
    let mut caller = outline.imported_functions;
    for payload in Parser::new(0).parse_all(wasm) {
        if imports.is_empty() && knots.is_empty() {
            return;
        }
        match payload {
            Ok(Payload::CodeSectionEntry(body)) => {
                let mut knot = knots.remove(&caller);
                // Nothing is known of a broken body, whose operators are read up to where it breaks.
                let known = facts.next_if(|f| f.index == caller);
                if knot.is_none() && known.is_some_and(|f| !f.calls.direct.iter().any(|to| imports.contains_key(to))) {
                    caller += 1;
                    continue;
                }
                let name = outline.function(caller);
                let called = |callee| outline.name(callee).unwrap_or_default();
                let _ = each_call(&body, |callee, offset| {
                    for (callee, at) in callee.and_then(|callee| Some((callee, imports.remove(&callee)?))).into_iter() {
                        for at in at {
                            let text = format!("`{}` is first called in {name}", called(callee));
                            diagnostics[at].add_note(text, Some(offset));
                        }
                    }
                    let closes = callee.is_none_or(|callee| calls.in_one_cycle(caller, callee));
                    if let Some(at) = knot.take_if(|_| closes) {
                        diagnostics[at].add_note("a call on the way", Some(offset));
                    }
                    !imports.is_empty() || knot.is_some()
                });
                caller += 1;
            }
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

/// Calls `each` with the callee, `None` for an indirect call, and the offset of each call, while it says `true`.
fn each_call(body: &FunctionBody<'_>, mut each: impl FnMut(Option<u32>, u64) -> bool) -> wasmparser::Result<()> {
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        let (operator, offset) = reader.read_with_offset()?;
        let callee = match operator {
            Operator::Call { function_index } => Some(function_index),
            Operator::CallIndirect { .. } => None,
            _ => continue,
        };
        if !each(callee, offset) {
            break;
        }
    }
    Ok(())
}
