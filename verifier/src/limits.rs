//! Every limit, with its unit and where it comes from.
//!
//! Those marked `wasmparser` are the ones that the engines agreed on
//! (<https://webassembly.github.io/spec/js-api/#limits>); wasmparser enforces them and this table
//! only repeats them for people. The others are enforced here.

use crate::diag::{Code, Diagnostic};
use crate::module::Outline;
use crate::report::Policy;
use crate::validate::FunctionFacts;

/// One limit, for documentation and for messages.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// What is limited.
    pub what: &'static str,
    /// The largest value that is accepted.
    pub max: u64,
    /// What `max` counts.
    pub unit: &'static str,
    /// Who set the limit.
    pub origin: &'static str,
}

/// Operand stack plus locals of one function. A frame of the image has at most 65,535 slots, of
/// which lowering keeps some for itself.
pub const MAX_FRAME_SLOTS: u32 = 65_000;

/// Parameters plus results of one signature.
pub const MAX_SIGNATURE_VALUES: usize = 1_000;

/// Bytes in a page of linear memory.
pub const PAGE_BYTES: u64 = 65_536;

/// Errors of one kind that a report lists before it says "and N more".
pub const MAX_LISTED: usize = 20;

/// Imports with a fault of their own that a report lists; a hostile module has a million.
pub const MAX_LISTED_IMPORTS: usize = 100;

/// The limits on a module.
pub const LIMITS: &[Limit] = &[
    Limit { what: "types", max: 1_000_000, unit: "entries", origin: "wasmparser" },
    Limit { what: "functions", max: 1_000_000, unit: "entries", origin: "wasmparser" },
    Limit { what: "imports", max: 1_000_000, unit: "entries", origin: "wasmparser" },
    Limit { what: "exports", max: 1_000_000, unit: "entries", origin: "wasmparser" },
    Limit { what: "globals", max: 1_000_000, unit: "entries", origin: "wasmparser" },
    Limit { what: "element segments", max: 100_000, unit: "entries", origin: "wasmparser" },
    Limit { what: "data segments", max: 100_000, unit: "entries", origin: "wasmparser" },
    Limit { what: "import and export names", max: 100_000, unit: "bytes", origin: "wasmparser" },
    Limit { what: "function body", max: 7_654_321, unit: "bytes", origin: "wasmparser" },
    Limit { what: "locals of a function", max: 50_000, unit: "values", origin: "wasmparser" },
    Limit { what: "tables", max: 100_000, unit: "entries", origin: "wasmparser" },
    Limit { what: "initial table size", max: 10_000_000, unit: "elements", origin: "wasmparser" },
    Limit { what: "memories", max: 1, unit: "entries", origin: "feature set" },
    Limit { what: "memory", max: 65_536, unit: "pages", origin: "specification" },
    Limit {
        what: "operand stack plus locals of a function",
        max: MAX_FRAME_SLOTS as u64,
        unit: "slots",
        origin: "image format",
    },
    Limit {
        what: "parameters plus results of a signature",
        max: MAX_SIGNATURE_VALUES as u64,
        unit: "values",
        origin: "image format",
    },
];

/// Whether a validation error is one of the agreed limits rather than a broken rule. wasmparser
/// has no separate error kind for them.
pub(crate) fn is_limit_message(message: &str) -> bool {
    message.contains("exceeds limit")
        || message.contains("locals exceed maximum")
        || message.contains("size is out of bounds")
        || message.contains("implementation limit")
}

/// Checks the limits that wasmparser does not.
pub(crate) fn check(outline: &Outline<'_>, functions: &[FunctionFacts], policy: &Policy, out: &mut Vec<Diagnostic>) {
    if let (Some(max_pages), Some(memory)) = (policy.max_pages, &outline.memory) {
        let max_pages = u64::from(max_pages);
        if memory.min > max_pages {
            out.push(
                Diagnostic::new(
                    Code::TooMuchMemory,
                    format!(
                        "the memory starts with {} pages ({} KiB), the policy allows {max_pages} ({} KiB)",
                        memory.min,
                        memory.min * (PAGE_BYTES / 1024),
                        max_pages * (PAGE_BYTES / 1024),
                    ),
                )
                .at(memory.offset)
                .help(format!("allow {} pages, or shrink static data and stack of the program", memory.min)),
            );
        }
    }

    let too_wide = outline.types.iter().enumerate().filter_map(|(index, ty)| {
        let ty = ty.as_ref()?;
        let values = ty.func.params().len() + ty.func.results().len();
        (values > MAX_SIGNATURE_VALUES).then_some((index, values, ty.offset))
    });
    listed(out, too_wide, |(index, values, offset)| {
        Diagnostic::new(
            Code::SignatureTooLarge,
            format!("type {index} has {values} parameters and results, the limit is {MAX_SIGNATURE_VALUES}"),
        )
        .at(offset)
    });

    let too_large = functions.iter().filter(|f| f.max_stack > MAX_FRAME_SLOTS);
    listed(out, too_large, |f| {
        Diagnostic::new(
            Code::FrameTooLarge,
            format!("operand stack and locals need {} slots, the limit is {MAX_FRAME_SLOTS}", f.max_stack),
        )
        .within(outline.function(f.index))
        .at(f.offset)
    });
}

/// Pushes at most [`MAX_LISTED`] diagnostics and then the number of those left out.
pub(crate) fn listed<T>(
    out: &mut Vec<Diagnostic>,
    items: impl Iterator<Item = T>,
    mut make: impl FnMut(T) -> Diagnostic,
) {
    let mut code = None;
    let mut left_out = 0_usize;
    for (at, item) in items.enumerate() {
        if at < MAX_LISTED {
            let diagnostic = make(item);
            code = Some(diagnostic.code);
            out.push(diagnostic);
        } else {
            left_out += 1;
        }
    }
    if let Some(code) = code.filter(|_| left_out > 0) {
        out.push(more(left_out, code));
    }
}

/// "and N more".
pub(crate) fn more(left_out: usize, code: Code) -> Diagnostic {
    Diagnostic::new(Code::MoreErrors, format!("and {left_out} more of {code} ({})", code.title()))
}
