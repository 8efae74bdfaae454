//! Why a loop has no bound, and the cheapest way to give it one.

use crate::analysis::LoopFacts;
use crate::diag::{Code, Diagnostic};

/// The finding about a loop without a bound, whose `loop` operator is at `offset`: its exit condition, what of it is
/// unknown, and the remedy that changes least. `function` is the function's own name; `is_open` says that calls from
/// outside reach it, so that ranges can be declared for its parameters.
pub(crate) fn diagnostic(known: &LoopFacts, offset: u64, function: Option<&str>, is_open: bool) -> Diagnostic {
    let mut diagnostic = match (&known.formula, known.needs.as_slice()) {
        (Some(formula), [first, ..]) => {
            let unknown = known.needs.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
            let (unknown, is) = (unknown.join(" and "), if unknown.len() == 1 { "is" } else { "are" });
            let what = if is == "is" { "a parameter" } else { "parameters" };
            Diagnostic::new(
                Code::UndeclaredRange,
                format!("this loop goes round up to `{formula}` times, and {unknown} may be anything"),
            )
            .note(format!("{unknown} {is} {what} without a declared range"), None)
            .help(match is_open {
                true => format!(
                    "declare the range with `--assume '{}<=4096'`, or test it before the loop: \
                     `if ({first} > 4096) return -1;`",
                    qualified(first, function)
                ),
                false => format!(
                    "test it before the loop: `if ({first} > 4096) return -1;`, or in the callers, all of which are in \
                     the module"
                ),
            })
        }
        _ => Diagnostic::new(Code::UnboundedLoop, "this loop has no proven bound").help(match known.condition {
            Some(_) => {
                "count the rounds and leave when there are too many, or claim a bound with `cervus_loop_bound(n)` in \
                 the loop, which the engine enforces; or run the program under the policy `metered`"
            }
            None => {
                "add a counter that is tested in every round, or claim a bound with `cervus_loop_bound(n)` in the \
                 loop, which the engine enforces; or run the program under the policy `metered`"
            }
        }),
    };
    let needs_range = diagnostic.code == Code::UndeclaredRange;
    diagnostic = match &known.condition {
        Some((condition, at)) => {
            // Offset 0: both sides are parameters or variables, which are computed nowhere.
            let stays = diagnostic.note(format!("it goes on while `{condition}`"), Some(*at).filter(|at| *at > 0));
            match needs_range {
                true => stays,
                false => stays.note("not known: that each round brings this closer to its end by a step", None),
            }
        }
        None if needs_range => diagnostic,
        None => diagnostic.note(
            "not known: any exit that every round passes and that compares something that only moves one way",
            None,
        ),
    };
    diagnostic.at(offset)
}

/// A parameter for `--assume`: one without a name of its own, `p0`, with its function, since it is likely to be something
/// quite different in every other one.
fn qualified(param: &str, function: Option<&str>) -> String {
    let has_own_name = !param.strip_prefix('p').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
    match function.filter(|name| !has_own_name && !name.contains('\'')) {
        Some(function) => format!("{function}:{param}"),
        None => param.to_owned(),
    }
}
