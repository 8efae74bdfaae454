//! Reports beside each other, and as rows for a spreadsheet.

use std::fmt::Write;

use serde_json::Value;

use crate::report::{FunctionReport, Report};

/// One thing that is worse or better than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The function, or empty for the module.
    pub function: String,
    /// What is measured.
    pub what: &'static str,
    /// Before; `None` for "no bound" or "not there".
    pub before: Option<u64>,
    /// Now.
    pub after: Option<u64>,
    /// Whether it is a regression.
    pub worse: bool,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |value: Option<u64>| value.map_or("no bound".to_owned(), |v| v.to_string());
        let place = if self.function.is_empty() { "module" } else { &self.function };
        write!(
            f,
            "{} {place}: {} was {}, is {}",
            if self.worse { "worse " } else { "better" },
            self.what,
            text(self.before),
            text(self.after)
        )?;
        match (self.before, self.after) {
            (Some(before), Some(after)) if before > 0 => {
                write!(f, " ({:+.1} %)", (after as f64 / before as f64 - 1.0) * 100.0)
            }
            _ => Ok(()),
        }
    }
}

impl Report {
    /// What differs from an earlier report, given as its JSON; functions are matched by name, those without
    /// a name by index. Only what is in both is compared.
    pub fn compare(&self, before: &Value) -> Vec<Change> {
        let mut out = Vec::new();
        let mut add = |function: &str, what, before: Option<u64>, after: Option<u64>| {
            if before != after {
                let worse = match (before, after) {
                    (Some(before), Some(after)) => after > before,
                    (before, _) => before.is_some(),
                };
                out.push(Change { function: function.to_owned(), what, before, after, worse });
            }
        };
        add("", "cost of a run", before["cost"].as_u64(), self.cost);
        let open = |report: &Value| {
            let functions = report["functions"].as_array().map_or(&[][..], Vec::as_slice);
            let loops = functions.iter().flat_map(|f| f["loops"].as_array().map_or(&[][..], Vec::as_slice));
            loops.filter(|l| l["bound"].is_null()).count() as u64
        };
        let now = self.functions.iter().flat_map(|f| &f.loops).filter(|l| l.bound.is_none()).count();
        add("", "loops without a bound", Some(open(before)), Some(now as u64));
        let old = before["functions"].as_array().map_or(&[][..], Vec::as_slice);
        for f in &self.functions {
            let same = |o: &&Value| match &f.name {
                Some(name) => o["name"].as_str() == Some(name),
                None => o["name"].is_null() && o["index"].as_u64() == Some(f.index.into()),
            };
            let Some(o) = old.iter().find(same) else { continue };
            let name = f.name.clone().unwrap_or_else(|| format!("function {}", f.index));
            add(&name, "cost", o["cost"].as_u64(), f.cost);
            add(&name, "max_stack", o["max_stack"].as_u64(), Some(f.max_stack.into()));
            let loops = o["loops"].as_array().map_or(&[][..], Vec::as_slice);
            if loops.len() == f.loops.len() {
                for (o, l) in loops.iter().zip(&f.loops) {
                    add(&name, "rounds of a loop", o["bound"].as_u64(), l.bound);
                }
            }
        }
        out
    }

    /// The functions as comma-separated values, with a line of names.
    pub fn to_csv(&self) -> String {
        let mut out = String::from(
            "index,name,class,operators,blocks,loops,bounded_loops,max_stack,cost,cost_formula,recursive,calls,indirect_calls\n",
        );
        for f in &self.functions {
            // Writing to a string cannot fail.
            let _ = writeln!(
                out,
                "{},{},{},{},{},{},{},{},{},{},{},{},{}",
                f.index,
                quoted(f.name.as_deref().unwrap_or("")),
                f.class_name(),
                f.operators,
                f.blocks,
                f.loops.len(),
                f.loops.iter().filter(|l| l.bound.is_some()).count(),
                f.max_stack,
                f.cost.map_or(String::new(), |c| c.to_string()),
                quoted(f.cost_formula.as_deref().unwrap_or("")),
                f.recursive,
                f.calls.len(),
                f.indirect_calls.len(),
            );
        }
        out
    }
}

impl FunctionReport {
    /// `bounded` if its own loops have bounds and it does not call itself.
    pub fn class_name(&self) -> &'static str {
        if !self.recursive && self.loops.iter().all(|l| l.bound.is_some()) { "bounded" } else { "metered" }
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
