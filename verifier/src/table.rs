//! The tables of the report: the functions, and their loops with the bound and how it was found.

use std::fmt::Write;

use crate::print::Paint;
use crate::report::{Class, FunctionReport, LoopReport, Report};

/// Functions that the table shows; the JSON form and the CSV form have them all.
const MAX_FUNCTIONS: usize = 40;
/// Loops that are listed, those without a bound first.
const MAX_LOOPS: usize = 24;
/// Longest function name in a table, in characters.
const MAX_NAME: usize = 60;
/// Longest condition or formula in a table, in characters.
const MAX_CONDITION: usize = 100;

/// Writes the table of functions.
pub(crate) fn write_functions(out: &mut String, report: &Report, paint: Paint) -> std::fmt::Result {
    let mut rows: Vec<&FunctionReport> = report.functions.iter().collect();
    let hidden = rows.len().saturating_sub(MAX_FUNCTIONS);
    if hidden > 0 {
        // The ones that matter most for the class.
        rows.sort_by_key(|f| {
            (std::cmp::Reverse(unbounded(f)), !f.recursive, std::cmp::Reverse(f.loops.len()), f.index)
        });
        rows.truncate(MAX_FUNCTIONS);
    }
    let has_cost = report.functions.iter().any(|f| f.cost.is_some());
    let cost = |text: &str| if has_cost { format!(" {text:>12}") } else { String::new() };
    let head = format!(
        "{:>6} {:>6} {:>5} {:>9} {:>9}{} {:>5} {:>8}  {:7}  name",
        "index",
        "blocks",
        "loops",
        "unbounded",
        "max_stack",
        cost("cost"),
        "calls",
        "indirect",
        "class"
    );
    writeln!(out, "{}", paint.bold(&head))?;
    for f in rows {
        let mut name = short(f.name.as_deref().unwrap_or_default(), MAX_NAME);
        if f.recursive {
            name.push_str(" (recursive)");
        }
        if !f.host_calls.is_empty() {
            let capabilities = match f.capabilities.as_slice() {
                [] => String::new(),
                needed => format!(" [{}]", needed.join(", ")),
            };
            name.push_str(&format!(" → {}{capabilities}", short(&f.host_calls.join(", "), MAX_NAME)));
        }
        let line = format!(
            "{:>6} {:>6} {:>5} {:>9} {:>9}{} {:>5} {:>8}  {:7}  {name}",
            f.index,
            f.blocks,
            f.loops.len(),
            unbounded(f),
            f.max_stack,
            cost(&f.cost.map_or("-".to_owned(), |cost| cost.to_string())),
            f.calls.len(),
            f.indirect_calls.len(),
            class_name(f.class),
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    if hidden > 0 {
        let text = format!("and {hidden} more; --json and --csv have all, this is the list by unbounded loops");
        writeln!(out, "{}", paint.dim(&text))?;
    }
    Ok(())
}

/// Writes the table of loops.
pub(crate) fn write_loops(out: &mut String, report: &Report, paint: Paint) -> std::fmt::Result {
    let mut rows: Vec<(&FunctionReport, &LoopReport)> =
        report.functions.iter().flat_map(|f| f.loops.iter().map(move |l| (f, l))).collect();
    if rows.is_empty() {
        return Ok(());
    }
    rows.sort_by_key(|(f, l)| (l.bound.is_some(), f.index, l.offset));
    let hidden = rows.len().saturating_sub(MAX_LOOPS);
    rows.truncate(MAX_LOOPS);
    writeln!(out)?;
    writeln!(
        out,
        "{}",
        paint.bold(&format!("{:>10} {:>10} {:>10}  {:10}  loop", "bound", "in all", "round cost", "found by"))
    )?;
    for (f, l) in rows {
        let number = |rounds: Option<u64>| rounds.map_or("-".to_owned(), |rounds| rounds.to_string());
        let bound = l.bound.map_or("unbounded".to_owned(), |rounds| rounds.to_string());
        let place = match &l.source {
            Some(source) => format!("{source} (offset {:#x})", l.offset),
            None => format!("offset {:#x}", l.offset),
        };
        let name = f.name.as_deref().map_or_else(|| format!("function {}", f.index), |name| short(name, MAX_NAME));
        let line = format!(
            "{bound:>10} {:>10} {:>10}  {:10}  {name} at {place}{}",
            number(l.total),
            number(l.round_cost),
            l.bound.and(l.method).map_or("-", |method| method.text()),
            l.why()
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    if hidden > 0 {
        let text = format!("and {hidden} more; --json has all, this is the list of those without a bound first");
        writeln!(out, "{}", paint.dim(&text))?;
    }
    Ok(())
}

impl LoopReport {
    /// Where the bound comes from, or what stands in the way of one; begins with a separator, or is empty.
    pub(crate) fn why(&self) -> String {
        let code = |text: &str| format!("`{}`", short(text, MAX_CONDITION));
        match (self.bound, &self.formula, &self.condition) {
            (Some(_), Some(formula), _) => format!(", as {}", code(formula)),
            (Some(_), None, _) => String::new(),
            (None, Some(formula), _) if !self.needs.is_empty() => {
                format!(", {} times, and {} may be anything", code(formula), self.needs.join(" and "))
            }
            (None, _, Some(condition)) => format!(", while {}", code(condition)),
            (None, _, None) => ", no test of a counter in every round".to_owned(),
        }
    }
}

/// The loops of a function that have no bound.
pub(crate) fn unbounded(f: &FunctionReport) -> usize {
    f.loops.iter().filter(|l| l.bound.is_none()).count()
}

pub(crate) fn class_name(class: Class) -> &'static str {
    match class {
        Class::Bounded => "bounded",
        Class::Metered => "metered",
    }
}

fn short(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max - 1).chain(['…']).collect()
}
