//! The report as one page of HTML that needs nothing else: findings, tables, and the graphs as inline SVG.

use std::fmt::Write;

use crate::cfg::Cfg;
use crate::heat::legend;
use crate::report::{FunctionReport, Report, Verdict};
use crate::table::{class_name, unbounded};

const STYLE: &str = "\
body{font:14px/1.45 system-ui,sans-serif;margin:2em auto;max-width:90em;padding:0 1em;color:#1c1c1c;background:#fff}\
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}\
table{border-collapse:collapse}td,th{padding:.15em .7em;text-align:right;border-bottom:1px solid #e0e0e0}\
th{background:#f4f4f4;position:sticky;top:0}.t{text-align:left;overflow-wrap:anywhere}\
pre{background:#f6f6f6;padding:.8em;overflow-x:auto;font-size:13px}\
.scroll{overflow-x:auto}.accepted,.bounded{color:#146c2e}.rejected,.unbounded{color:#b3261e}.metered{color:#8a5300}\
summary{cursor:pointer;padding:.3em 0}details{border-top:1px solid #e0e0e0}svg{background:#fff}\
.legend span{display:inline-block;margin-right:1.2em}\
.legend i{display:inline-block;width:1em;height:1em;border:1px solid #404040;vertical-align:-.15em;margin-right:.4em}";

/// The page. `graphs` are those of functions of the report; the first few are shown open.
pub fn html_report(report: &Report, title: &str, graphs: &[Cfg]) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_page(&mut out, report, title, graphs);
    out
}

fn write_page(out: &mut String, report: &Report, title: &str, graphs: &[Cfg]) -> std::fmt::Result {
    let title = escape(title);
    writeln!(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body>")?;
    let verdict = match report.verdict {
        Verdict::Accepted => "accepted",
        Verdict::Rejected => "rejected",
    };
    let class = class_name(report.class);
    writeln!(
        out,
        "<h1>{title}: <span class=\"{verdict}\">{verdict}</span>, class <span class=\"{class}\">{class}</span></h1>"
    )?;
    writeln!(out, "<ul>")?;
    for reason in &report.class_reasons {
        let place = reason.source.as_ref().map_or(String::new(), |source| format!(" ({source})"));
        writeln!(out, "<li>{}{}</li>", escape(&reason.message), escape(&place))?;
    }
    for note in &report.notes {
        writeln!(out, "<li>{}</li>", escape(note))?;
    }
    let totals = &report.totals;
    writeln!(
        out,
        "<li>{} functions, {} operators, {} loops of which {} bounded; capabilities: {}</li></ul>",
        totals.functions,
        totals.operators,
        totals.loops,
        totals.bounded_loops,
        escape(&if report.capabilities.is_empty() { "none".to_owned() } else { report.capabilities.join(", ") }),
    )?;
    if !report.diagnostics.is_empty() {
        writeln!(out, "<h2>Findings</h2><pre>{}</pre>", escape(report.diagnostics_text(false).trim_end()))?;
    }
    write_functions(out, report, graphs)?;
    write_loops(out, report)?;
    write_graphs(out, report, graphs)?;
    writeln!(out, "</body></html>")
}

fn write_functions(out: &mut String, report: &Report, graphs: &[Cfg]) -> std::fmt::Result {
    writeln!(
        out,
        "<h2>Functions</h2><div class=\"scroll\"><table><tr><th>index<th class=\"t\">name<th>class<th>blocks"
    )?;
    writeln!(
        out,
        "<th>loops<th>unbounded<th>max stack<th>cost<th class=\"t\">host calls<th class=\"t\">capabilities</tr>"
    )?;
    for f in &report.functions {
        let name = escape(f.name.as_deref().unwrap_or_default());
        let name = match graphs.iter().any(|graph| graph.function == f.index) {
            true => format!("<a href=\"#f{}\">{}</a>", f.index, if name.is_empty() { "graph" } else { &name }),
            false => name,
        };
        let class = class_name(f.class);
        writeln!(
            out,
            "<tr><td>{}<td class=\"t\">{name}{}<td class=\"{class}\">{class}<td>{}<td>{}<td>{}<td>{}<td>{}\
             <td class=\"t\">{}<td class=\"t\">{}</tr>",
            f.index,
            if f.recursive { " (recursive)" } else { "" },
            f.blocks,
            f.loops.len(),
            unbounded(f),
            f.max_stack,
            f.cost.map_or("-".to_owned(), |cost| cost.to_string()),
            escape(&f.host_calls.join(", ")),
            escape(&f.capabilities.join(", ")),
        )?;
    }
    writeln!(out, "</table></div>")
}

fn write_loops(out: &mut String, report: &Report) -> std::fmt::Result {
    if report.totals.loops == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "<h2>Loops</h2><div class=\"scroll\"><table><tr><th class=\"t\">function<th class=\"t\">place<th>bound"
    )?;
    writeln!(out, "<th>in all<th class=\"t\">found by<th class=\"t\">why</tr>")?;
    for (f, l) in report.functions.iter().flat_map(|f| f.loops.iter().map(move |l| (f, l))) {
        let place = match &l.source {
            Some(source) => format!("{source} ({:#x})", l.offset),
            None => format!("{:#x}", l.offset),
        };
        writeln!(
            out,
            "<tr><td class=\"t\">{}<td class=\"t\">{}<td{}>{}<td>{}<td class=\"t\">{}<td class=\"t\">{}</tr>",
            escape(&label(f)),
            escape(&place),
            if l.bound.is_none() { " class=\"unbounded\"" } else { "" },
            l.bound.map_or("unbounded".to_owned(), |bound| bound.to_string()),
            l.total.map_or("-".to_owned(), |total| total.to_string()),
            l.bound.and(l.method).map_or("-", |method| method.text()),
            escape(l.why().trim_start_matches(", ")),
        )?;
    }
    writeln!(out, "</table></div>")
}

fn write_graphs(out: &mut String, report: &Report, graphs: &[Cfg]) -> std::fmt::Result {
    /// Graphs that are open when the page is.
    const OPEN: usize = 4;
    if graphs.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>Control flow</h2><p class=\"legend\">")?;
    for (colour, meaning) in legend() {
        writeln!(out, "<span><i style=\"background:{colour}\"></i>{}</span>", escape(&meaning))?;
    }
    writeln!(out, "<span>dashed red: back to the head of a loop</span></p>")?;
    for (at, graph) in graphs.iter().enumerate() {
        let open = if at < OPEN { " open" } else { "" };
        writeln!(out, "<details id=\"f{}\"{open}><summary>{}</summary>", graph.function, escape(&graph.title()))?;
        writeln!(out, "<div class=\"scroll\">{}</div></details>", graph.svg_element())?;
    }
    if let hidden @ 1.. = report.functions.len().saturating_sub(graphs.len()) {
        writeln!(out, "<p>{hidden} more functions have no picture here.</p>")?;
    }
    Ok(())
}

fn label(f: &FunctionReport) -> String {
    match &f.name {
        Some(name) => format!("{} {name}", f.index),
        None => f.index.to_string(),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
