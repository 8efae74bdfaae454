//! Text for people: the report on a terminal, and operators in the notation of the text format.

use std::fmt::Write;

use wasmparser::{MemArg, Operator};

use crate::count;
use crate::diag::printable;
use crate::limits::PAGE_BYTES;
use crate::render::diagnostics_text;
use crate::report::{Report, Verdict};
use crate::table::{class_name, write_functions, write_loops};

/// Imports of one module that are listed by name.
const MAX_NAMES: usize = 24;

/// ANSI colours, or nothing.
#[derive(Clone, Copy)]
pub(crate) struct Paint(pub(crate) bool);

impl Paint {
    pub(crate) fn with(self, sequence: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{sequence}m{text}\x1b[0m") } else { text.to_owned() }
    }
    pub(crate) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }
    pub(crate) fn good(self, text: &str) -> String {
        self.with("1;32", text)
    }
    pub(crate) fn bad(self, text: &str) -> String {
        self.with("1;31", text)
    }
    pub(crate) fn dim(self, text: &str) -> String {
        self.with("2", text)
    }
}

/// The report as text.
pub(crate) fn report_text(report: &Report, colour: bool) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_report(&mut out, report, Paint(colour));
    out
}

fn write_report(out: &mut String, report: &Report, paint: Paint) -> std::fmt::Result {
    out.push_str(&diagnostics_text(&report.diagnostics, paint.0));
    match report.verdict {
        Verdict::Accepted => {
            writeln!(out, "{}, class {}", paint.good("accepted"), paint.bold(class_name(report.class)))?
        }
        Verdict::Rejected => writeln!(out, "{}, {}", paint.bad("rejected"), count(report.diagnostics.len(), "error"))?,
    }
    if report.totals.functions == 0 && report.imports.is_empty() && report.memory.is_none() {
        return Ok(());
    }
    writeln!(out)?;
    write_needs(out, report, paint)?;
    if !report.functions.is_empty() {
        writeln!(out)?;
        write_functions(out, report, paint)?;
        write_loops(out, report, paint)?;
    }
    Ok(())
}

fn write_needs(out: &mut String, report: &Report, paint: Paint) -> std::fmt::Result {
    let mut row = |head: &str, text: String| writeln!(out, "{} {text}", paint.bold(&format!("{head:13}")));
    row("class", class_name(report.class).to_owned())?;
    for reason in &report.class_reasons {
        let mut text = format!("because {}", reason.message);
        let first = match (&reason.function, reason.offset) {
            (Some(function), Some(offset)) => {
                let source = reason.source.as_ref().map_or(String::new(), |source| format!(" ({source})"));
                format!("; first in {function} at offset {offset:#x}{source}")
            }
            (Some(function), None) => format!("; first in {function}"),
            _ => String::new(),
        };
        text.push_str(&first);
        row("", text)?;
    }
    if let Some(cost) = report.cost {
        row("cost", format!("at most {cost} fuel for one run of any export"))?;
    }
    for note in &report.notes {
        row("", format!("note: {note}"))?;
    }
    match &report.memory {
        Some(memory) => {
            let limit = match memory.max {
                Some(max) => format!("may grow to {max}"),
                None => "may grow without a limit of its own".to_owned(),
            };
            let size = size_text(memory.min.saturating_mul(PAGE_BYTES));
            row("memory", format!("{} ({size}), {limit}", count_pages(memory.min)))?;
        }
        None => row("memory", "none".to_owned())?,
    }
    if !report.tables.is_empty() {
        let tables: Vec<String> = report
            .tables
            .iter()
            .take(MAX_NAMES)
            .map(|t| match t.max {
                Some(max) => format!("{} {}..{max}", t.element, t.min),
                None => format!("{} {}..", t.element, t.min),
            })
            .collect();
        row("tables", tables.join(", "))?;
    }
    let capabilities = match report.capabilities.as_slice() {
        [] => "none".to_owned(),
        all => all.join(", "),
    };
    row("capabilities", capabilities)?;
    if !report.imports.is_empty() {
        let mut names: Vec<String> = report
            .imports
            .iter()
            .take(MAX_NAMES)
            .map(|i| format!("{}.{}{}", i.module, i.name, if i.available { "" } else { " (not offered)" }))
            .collect();
        if report.imports.len() > MAX_NAMES {
            names.push(format!("{} more", report.imports.len() - MAX_NAMES));
        }
        row("imports", names.join(", "))?;
    }
    let totals = &report.totals;
    row(
        "code",
        format!(
            "{} of {} in {}: {}, {}, {} ({} bounded), {} recursive",
            size_text(totals.code_bytes),
            size_text(totals.bytes),
            count(totals.functions as usize, "function"),
            count(totals.operators as usize, "operator"),
            count(totals.blocks as usize, "block"),
            count(totals.loops as usize, "loop"),
            totals.bounded_loops,
            totals.recursive
        ),
    )
}

fn count_pages(pages: u64) -> String {
    if pages == 1 { "1 page".to_owned() } else { format!("{pages} pages") }
}

fn size_text(bytes: u64) -> String {
    match bytes {
        0..=9_999 => format!("{bytes} bytes"),
        10_000..=9_999_999 => format!("{} KiB", bytes / 1024),
        _ => format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)),
    }
}

/// An operator in the notation of the text format.
pub(crate) fn operator_text(operator: &Operator<'_>) -> String {
    let name = mnemonic(operator);
    let arguments = match operator {
        Operator::I32Const { value } => value.to_string(),
        Operator::I64Const { value } => value.to_string(),
        Operator::F32Const { value } => f32::from_bits(value.bits()).to_string(),
        Operator::F64Const { value } => f64::from_bits(value.bits()).to_string(),
        Operator::LocalGet { local_index: index }
        | Operator::LocalSet { local_index: index }
        | Operator::LocalTee { local_index: index }
        | Operator::GlobalGet { global_index: index }
        | Operator::GlobalSet { global_index: index }
        | Operator::TableGet { table: index }
        | Operator::TableSet { table: index }
        | Operator::Call { function_index: index }
        | Operator::RefFunc { function_index: index }
        | Operator::Br { relative_depth: index }
        | Operator::BrIf { relative_depth: index } => index.to_string(),
        Operator::CallIndirect { type_index, table_index: 0 } => format!("(type {type_index})"),
        Operator::CallIndirect { type_index, table_index } => {
            format!("{table_index} (type {type_index})")
        }
        Operator::BrTable { targets } => {
            const SHOWN: usize = 6;
            let mut list: Vec<String> =
                targets.targets().take(SHOWN).map_while(Result::ok).map(|t| t.to_string()).collect();
            if targets.len() as usize > SHOWN {
                list.push(format!("… {} arms", targets.len()));
            }
            list.push(targets.default().to_string());
            list.join(" ")
        }
        other => access(other).map_or(String::new(), |at| format!("offset={}", at.offset)),
    };
    let text = if arguments.is_empty() { name } else { format!("{name} {arguments}") };
    printable(&text).into_owned()
}

/// The place that a load or store accesses.
fn access(operator: &Operator<'_>) -> Option<MemArg> {
    use Operator as O;
    match *operator {
        O::I32Load { memarg }
        | O::I64Load { memarg }
        | O::F32Load { memarg }
        | O::F64Load { memarg }
        | O::I32Load8S { memarg }
        | O::I32Load8U { memarg }
        | O::I32Load16S { memarg }
        | O::I32Load16U { memarg }
        | O::I64Load8S { memarg }
        | O::I64Load8U { memarg }
        | O::I64Load16S { memarg }
        | O::I64Load16U { memarg }
        | O::I64Load32S { memarg }
        | O::I64Load32U { memarg }
        | O::I32Store { memarg }
        | O::I64Store { memarg }
        | O::F32Store { memarg }
        | O::F64Store { memarg }
        | O::I32Store8 { memarg }
        | O::I32Store16 { memarg }
        | O::I64Store8 { memarg }
        | O::I64Store16 { memarg }
        | O::I64Store32 { memarg } => Some(memarg),
        _ => None,
    }
}

/// `visit_i32_load8_u` is `i32.load8_u`: wasmparser's names differ only in the first dot.
fn mnemonic(operator: &Operator<'_>) -> String {
    macro_rules! names {
        ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($arity:tt)*))*) => {
            match operator {
                $(Operator::$op { .. } => stringify!($visit),)*
                _ => "visit_unknown",
            }
        };
    }
    let name: &str = wasmparser::for_each_operator!(names);
    let name = name.trim_start_matches("visit_");
    match name.split_once('_') {
        Some((
            group @ ("i32" | "i64" | "f32" | "f64" | "local" | "global" | "table" | "memory" | "ref" | "data" | "elem"),
            rest,
        )) => format!("{group}.{rest}"),
        _ if name == "typed_select" => "select".to_owned(),
        _ => name.to_owned(),
    }
}
