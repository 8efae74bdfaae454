//! Text for people: the report on a terminal, and operators in the notation of the text format.

use std::fmt::Write;

use wasmparser::{MemArg, Operator};

use crate::count;
use crate::diag::{Diagnostic, printable};
use crate::limits::PAGE_BYTES;
use crate::report::{Class, FunctionReport, Report, Verdict};

/// Functions that the table shows; the JSON form has them all.
const MAX_ROWS: usize = 40;
/// Longest function name in the table, in characters.
const MAX_NAME: usize = 60;
/// Imports of one module that are listed by name.
const MAX_NAMES: usize = 24;

/// ANSI colours, or nothing.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn with(self, sequence: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{sequence}m{text}\x1b[0m") } else { text.to_owned() }
    }
    fn bold(self, text: &str) -> String {
        self.with("1", text)
    }
    fn good(self, text: &str) -> String {
        self.with("1;32", text)
    }
    fn bad(self, text: &str) -> String {
        self.with("1;31", text)
    }
    fn dim(self, text: &str) -> String {
        self.with("2", text)
    }
    fn hint(self, text: &str) -> String {
        self.with("36", text)
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
    // Neighbours with the same code and the same remedy, missing imports above all, share it.
    for group in report.diagnostics.chunk_by(|a, b| a.code == b.code && a.help == b.help) {
        write_group(out, group, paint)?;
    }
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
    }
    Ok(())
}

fn class_name(class: Class) -> &'static str {
    match class {
        Class::Bounded => "bounded",
        Class::Metered => "metered",
    }
}

fn write_group(out: &mut String, group: &[Diagnostic], paint: Paint) -> std::fmt::Result {
    for d in group {
        writeln!(out, "{}: {}", paint.bad(&format!("error[{}]", d.code)), paint.bold(&d.message))?;
        let function = d.function.as_ref().map(ToString::to_string);
        let offset = d.offset.map(|offset| format!("offset {offset:#x}"));
        let places: Vec<String> = function.into_iter().chain(offset).chain(d.source.clone()).collect();
        if !places.is_empty() {
            writeln!(out, "  {} {}", paint.dim("-->"), places.join(", "))?;
        }
    }
    if let Some(first) = group.first() {
        writeln!(out, "  {} {}", paint.hint("help:"), first.help)?;
    }
    writeln!(out)
}

fn write_needs(out: &mut String, report: &Report, paint: Paint) -> std::fmt::Result {
    let mut row = |head: &str, text: String| writeln!(out, "{} {text}", paint.bold(&format!("{head:13}")));
    row("class", class_name(report.class).to_owned())?;
    for reason in &report.class_reasons {
        let mut text = format!("because {}", reason.message);
        let first = match (&reason.function, reason.offset) {
            (Some(function), Some(offset)) => {
                format!("; first in {function} at offset {offset:#x}")
            }
            (Some(function), None) => format!("; first in {function}"),
            _ => String::new(),
        };
        text.push_str(&first);
        row("", text)?;
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
        "module",
        format!(
            "{}, {}: {}, {}, {}, {} recursive",
            size_text(totals.bytes),
            count(totals.functions as usize, "function"),
            count(totals.operators as usize, "operator"),
            count(totals.blocks as usize, "block"),
            count(totals.loops as usize, "loop"),
            totals.recursive
        ),
    )
}

fn write_functions(out: &mut String, report: &Report, paint: Paint) -> std::fmt::Result {
    let mut rows: Vec<&FunctionReport> = report.functions.iter().collect();
    let hidden = rows.len().saturating_sub(MAX_ROWS);
    if hidden > 0 {
        // The ones that matter most for the class.
        rows.sort_by_key(|f| (std::cmp::Reverse(f.loops.len()), !f.recursive, f.index));
        rows.truncate(MAX_ROWS);
    }
    let head = format!(
        "{:>6} {:>6} {:>5} {:>9} {:>5} {:>8}  {}",
        "index", "blocks", "loops", "max_stack", "calls", "indirect", "name"
    );
    writeln!(out, "{}", paint.bold(&head))?;
    for f in rows {
        let mut name = match &f.name {
            Some(name) if name.chars().count() > MAX_NAME => name.chars().take(MAX_NAME - 1).chain(['…']).collect(),
            Some(name) => name.clone(),
            None => String::new(),
        };
        if f.recursive {
            name.push_str(" (recursive)");
        }
        let line = format!(
            "{:>6} {:>6} {:>5} {:>9} {:>5} {:>8}  {name}",
            f.index,
            f.blocks,
            f.loops.len(),
            f.max_stack,
            f.calls.len(),
            f.indirect_calls.len(),
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    if hidden > 0 {
        let text = format!("and {hidden} more; the JSON report has all, this is the list by loops");
        writeln!(out, "{}", paint.dim(&text))?;
    }
    Ok(())
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
