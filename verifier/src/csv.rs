//! The functions as comma-separated values (RFC 4180), one row each, for spreadsheets and scripts.

use crate::report::{FunctionReport, Report};
use crate::table::{class_name, unbounded};

/// The first row.
const HEAD: &str = "index,name,class,operators,blocks,loops,unbounded_loops,max_bound,max_stack,cost,recursive,calls,\
                    indirect_calls,host_calls,capabilities,offset";

impl Report {
    /// The functions as CSV with a head row, by index. A figure that is not known is an empty field.
    pub fn to_csv(&self) -> String {
        let mut out = format!("{HEAD}\n");
        for function in &self.functions {
            out.push_str(&row(function));
            out.push('\n');
        }
        out
    }
}

fn row(f: &FunctionReport) -> String {
    let known = |figure: Option<u64>| figure.map_or(String::new(), |figure| figure.to_string());
    let max_bound = match unbounded(f) {
        0 => f.loops.iter().filter_map(|l| l.bound).max(),
        _ => None,
    };
    [
        f.index.to_string(),
        quoted(f.name.as_deref().unwrap_or_default()),
        class_name(f.class).to_owned(),
        f.operators.to_string(),
        f.blocks.to_string(),
        f.loops.len().to_string(),
        unbounded(f).to_string(),
        known(max_bound),
        f.max_stack.to_string(),
        known(f.cost),
        f.recursive.to_string(),
        f.calls.len().to_string(),
        f.indirect_calls.len().to_string(),
        quoted(&f.host_calls.join(" ")),
        quoted(&f.capabilities.join(" ")),
        f.offset.to_string(),
    ]
    .join(",")
}

/// A field as it must be written.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
