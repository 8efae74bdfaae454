//! Promises about parameters that nothing in the module matches: a slip of the pen, which must not pass in silence.

use crate::callgraph::CallGraph;
use crate::diag::printable;
use crate::module::Outline;
use crate::report::Assumption;

/// Parameters that a message lists.
const MAX_LISTED: usize = 8;

/// A sentence for each promise that is about no parameter of a function that can be reached from outside: other
/// functions get their arguments from calls that the analysis sees, and promises do not count there.
pub(crate) fn unused(outline: &Outline<'_>, calls: &CallGraph, assumptions: &[Assumption]) -> Vec<String> {
    let matching =
        |assumption: &Assumption| open_params(outline, calls).any(|(f, p)| is_about(outline, assumption, f, p));
    assumptions.iter().filter(|assumption| !matching(assumption)).map(|a| why(outline, calls, a)).collect()
}

/// Whether a promise is about this parameter of this function.
pub(crate) fn is_about(outline: &Outline<'_>, assumption: &Assumption, function: u32, param: u32) -> bool {
    let name = &assumption.param;
    if assumption.function.as_ref().is_some_and(|function_name| !outline.is_called(function, function_name)) {
        return false;
    }
    // A name counts before a number: another parameter may be called `p1` in the source.
    let params = 0..outline.params(function);
    let is_name = |param| outline.local_name(function, param) == *name;
    is_name(param) || format!("p{param}") == *name && !params.into_iter().any(is_name)
}

/// Function and parameter, for all parameters that a caller outside chooses.
fn open_params<'o>(outline: &'o Outline<'_>, calls: &'o CallGraph) -> impl Iterator<Item = (u32, u32)> + 'o {
    // CAST: indices of functions and parameters are 32 bits wide.
    let functions = outline.imported_functions..outline.functions.len() as u32;
    functions.filter(|function| calls.is_open(*function)).flat_map(|function| {
        let params = outline.signature(function).map_or(0, |ty| ty.params().len() as u32);
        (0..params).map(move |param| (function, param))
    })
}

fn why(outline: &Outline<'_>, calls: &CallGraph, assumption: &Assumption) -> String {
    let param = printable(&assumption.param);
    let known = match &assumption.function {
        Some(name) => {
            let mut all = outline.imported_functions..outline.functions.len() as u32; // CAST: as above
            let Some(function) = all.find(|function| outline.is_called(*function, name)) else {
                return format!("no function is called `{}`", printable(name));
            };
            if !calls.is_open(function) {
                return format!(
                    "`{}` is called only from inside the module, ranges are declared for calls from outside",
                    printable(name)
                );
            }
            format!("`{}` has no parameter `{param}`", printable(name))
        }
        None => format!("no function that can be called from outside has a parameter `{param}`"),
    };
    let wanted = |function: u32| assumption.function.as_ref().is_none_or(|name| outline.is_called(function, name));
    let mut names: Vec<String> = Vec::new();
    for (function, param) in open_params(outline, calls).filter(|(function, _)| wanted(*function)) {
        let local = outline.local_name(function, param);
        let name = outline.name(function).map_or(local.clone(), |function| format!("{function}:{local}"));
        if !names.contains(&name) {
            names.push(name);
        }
        if names.len() > MAX_LISTED {
            break;
        }
    }
    let more = if names.len() > MAX_LISTED { ", …" } else { "" };
    match names.get(..names.len().min(MAX_LISTED)) {
        Some(shown @ [_, ..]) => format!("{known}; there are {}{more}", shown.join(", ")),
        _ => known,
    }
}
