//! What the module asks of the host, against what the host offers.
//!
//! What is missing of one module is one finding, since it has one cause: the program was built for another host. A near
//! miss is one of its own, with a suggestion: the same name in another module, or a name at a small edit distance.

use std::collections::{BTreeMap, HashMap};

use wasmparser::TypeRef;

use crate::analysis::Lengths;
use crate::diag::{Code, Diagnostic, printable};
use crate::host::HostSet;
use crate::limits::{MAX_LISTED_IMPORTS, listed, more};
use crate::module::{ImportEntry, Outline, signature_text};
use crate::report::{ImportReport, Policy};

/// First letters of the names of the WASI interfaces that modules import from.
const WASI: &str = "wasi_";
/// Imports that get a suggestion; the search looks at every host function.
const MAX_SUGGESTIONS: usize = 1_000;
/// Longest name that a suggestion is sought for, in bytes.
const MAX_SUGGESTED_BYTES: usize = 64;

/// Missing functions that a finding names.
const MAX_NAMED: usize = 12;

/// A function that the host lacks.
struct Missing<'o, 'a> {
    function: u32,
    import: &'o ImportEntry<'a>,
    signature: String,
}

/// Checks the imports; returns them and the capabilities they need.
pub(crate) fn check(
    outline: &Outline<'_>,
    host: &HostSet,
    policy: &Policy,
    out: &mut Vec<Diagnostic>,
) -> (Vec<ImportReport>, Vec<String>) {
    let mut reports = Vec::with_capacity(outline.imports.len());
    let mut needed: BTreeMap<&str, Vec<(u32, &ImportEntry<'_>)>> = BTreeMap::new();
    // By module, in the order of the first import from each.
    let mut missing: Vec<Vec<Missing<'_, '_>>> = Vec::new();
    let mut missing_of: HashMap<&str, usize> = HashMap::new();
    let mut left_out = 0;
    let mut suggestions = 0;
    let mut next_function = 0;
    for import in &outline.imports {
        let function = next_function;
        let (kind, signature) = describe(import, outline);
        let offered = match import.ty {
            TypeRef::Func(_) | TypeRef::FuncExact(_) => host.get(import.module, import.name),
            _ => None,
        };
        if kind == "function" {
            next_function += 1;
        }
        let fault = match import.ty {
            TypeRef::Func(ty) | TypeRef::FuncExact(ty) => match (offered, outline.func_type(ty)) {
                (None, _) if policy.any_imports => None,
                (None, _) => {
                    suggestions += 1;
                    let near = Some(import).filter(|_| suggestions <= MAX_SUGGESTIONS);
                    let near = near.and_then(|import| suggestion(import, host));
                    if near.is_none() {
                        let at = *missing_of.entry(import.module).or_insert_with(|| {
                            missing.push(Vec::new());
                            missing.len() - 1
                        });
                        missing[at].push(Missing { function, import, signature: signature.clone() });
                    }
                    near.map(|near| no_function(import, &signature).help(format!("did you mean {near}?")))
                }
                (Some(offered), Some(ty)) if offered.params != ty.params() || offered.results != ty.results() => {
                    let has = signature_text(&offered.params, &offered.results);
                    Some(
                        Diagnostic::new(
                            Code::ImportSignature,
                            format!(
                                "{} is imported as {signature}, the host has it as {has}",
                                path(import.module, import.name)
                            ),
                        )
                        .at(import.offset)
                        .help(format!("declare the import as {has}")),
                    )
                }
                _ => None,
            }
            .map(|fault| fault.within(outline.function(function))),
            TypeRef::Memory(_) => Some(not_offered(import, Code::ImportedMemory, "memory", outline)),
            TypeRef::Table(_) => Some(not_offered(import, Code::ImportedTable, "table", outline)),
            TypeRef::Global(_) => Some(not_offered(import, Code::ImportedGlobal, "global", outline)),
            // A tag needs a feature that is not supported, which is said elsewhere.
            TypeRef::Tag(_) => None,
        };
        if let Some(offered) = offered.filter(|offered| !offered.capability.is_empty()) {
            needed.entry(&offered.capability).or_default().push((function, import));
        }
        reports.push(ImportReport {
            module: printable(import.module).into_owned(),
            name: printable(import.name).into_owned(),
            kind,
            signature,
            available: fault.is_none() && offered.is_some(),
            capability: offered.map(|o| o.capability.clone()).filter(|c| !c.is_empty()),
            cost: offered.map(|o| o.cost),
            may_sleep: offered.map(|o| o.may_sleep),
            len_param: offered.and_then(|o| o.len_param),
        });
        match fault.filter(|_| !policy.any_imports) {
            Some(fault) if out.len() < MAX_LISTED_IMPORTS => out.push(fault),
            Some(_) => left_out += 1,
            None => {}
        }
    }
    if left_out > 0 {
        out.push(more(left_out, Code::MissingImport));
    }
    listed(out, missing.iter(), |all| none_of(all, host, outline));
    if let Some(allowed) = policy.allowed.as_ref().filter(|_| !policy.any_imports) {
        for (capability, imports) in &needed {
            if !allowed.iter().any(|name| name == capability) {
                out.push(denied(capability, imports, outline));
            }
        }
    }
    (reports, needed.into_keys().map(str::to_owned).collect())
}

/// The parameter of each function of the host that says how many bytes a call handles, by function index.
pub(crate) fn lengths(outline: &Outline<'_>, host: &HostSet) -> Lengths {
    let functions = outline.imports.iter().filter(|i| matches!(i.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)));
    let length = |import: &ImportEntry<'_>| host.get(import.module, import.name)?.len_param;
    (0..).zip(functions).filter_map(|(at, import)| Some((at, length(import)?))).collect()
}

fn describe(import: &ImportEntry<'_>, outline: &Outline<'_>) -> (&'static str, String) {
    match import.ty {
        TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
            let signature = match outline.func_type(ty) {
                Some(ty) => signature_text(ty.params(), ty.results()),
                None => format!("type {ty}"),
            };
            ("function", signature)
        }
        TypeRef::Table(ty) => ("table", ty.element_type.to_string()),
        TypeRef::Memory(ty) => ("memory", format!("{} pages", ty.initial)),
        TypeRef::Global(ty) => ("global", ty.content_type.to_string()),
        TypeRef::Tag(_) => ("tag", String::new()),
    }
}

fn path(module: &str, name: &str) -> String {
    format!("`{}.{}`", printable(module), printable(name))
}

fn no_function(import: &ImportEntry<'_>, signature: &str) -> Diagnostic {
    let message = format!("the host has no function {} {signature}", path(import.module, import.name));
    Diagnostic::new(Code::MissingImport, message).at(import.offset)
}

/// The finding about functions of one module that the host lacks, of which there is at least one.
fn none_of(all: &[Missing<'_, '_>], host: &HostSet, outline: &Outline<'_>) -> Diagnostic {
    let Missing { function, import, signature } = &all[0];
    let module = printable(import.module);
    let diagnostic = match all.len() {
        1 => no_function(import, signature),
        many => {
            let names = all.iter().take(MAX_NAMED).map(|one| format!("`{}`", printable(one.import.name)));
            let names = names.collect::<Vec<_>>().join(", ");
            let text = match many.saturating_sub(MAX_NAMED) {
                0 => format!("they are {names}"),
                more => format!("they are {names} and {more} more; the JSON form of the report has all"),
            };
            let message = format!("the host does not offer {many} functions that the module imports from `{module}`");
            Diagnostic::new(Code::MissingImport, message).at(import.offset).note(text, None)
        }
    }
    .within(outline.function(*function));
    match host.has_module(import.module) {
        false if import.module.starts_with(WASI) => diagnostic.help(
            "there is no WASI here: build for `wasm32-unknown-unknown` and use the guest crate or header in `usermode/`",
        ),
        false => diagnostic
            .help(format!("the host offers nothing under `{module}`; build for an interface that it has")),
        true => diagnostic,
    }
}

fn suggestion(import: &ImportEntry<'_>, host: &HostSet) -> Option<String> {
    if import.name.len() > MAX_SUGGESTED_BYTES || import.module.len() > MAX_SUGGESTED_BYTES {
        return None;
    }
    host.iter()
        .filter_map(|offered| {
            let in_name = strsim::damerau_levenshtein(import.name, &offered.name);
            let in_module = strsim::damerau_levenshtein(import.module, &offered.module);
            // A third of the name may differ. Another module needs a name that fits exactly,
            // unless the module is only misspelt.
            let name_is_near = in_name <= import.name.len() / 3;
            let module_is_near = in_module <= import.module.len() / 3;
            let near = name_is_near && module_is_near || in_name == 0 && import.name.len() > 3;
            near.then_some((in_name * 4 + in_module, offered))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, offered)| {
            let signature = signature_text(&offered.params, &offered.results);
            format!("{} {signature}", path(&offered.module, &offered.name))
        })
}

fn not_offered(import: &ImportEntry<'_>, code: Code, kind: &str, outline: &Outline<'_>) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        code,
        format!("the host offers no {kind}, the module imports {}", path(import.module, import.name)),
    )
    .at(import.offset);
    if outline.is_object_file {
        diagnostic.help("this is an object file that was not linked: link it with wasm-ld")
    } else {
        diagnostic
    }
}

fn denied(capability: &str, imports: &[(u32, &ImportEntry<'_>)], outline: &Outline<'_>) -> Diagnostic {
    const SHOWN: usize = 4;
    let mut users: Vec<String> =
        imports.iter().take(SHOWN).map(|(_, import)| path(import.module, import.name)).collect();
    if imports.len() > SHOWN {
        users.push(format!("{} more", imports.len() - SHOWN));
    }
    let diagnostic = Diagnostic::new(
        Code::CapabilityDenied,
        format!("the capability `{capability}` is not granted; {} needs it", users.join(", ")),
    )
    .help(format!("grant `{capability}`, or remove the calls that need it"));
    match imports.first() {
        Some((function, first)) => diagnostic.within(outline.function(*function)).at(first.offset),
        None => diagnostic,
    }
}
