//! A control-flow graph as DOT text, for graphviz and everything that reads its language.
//!
//! A block shows its byte range, its number of operators and the first few of them. Loops are
//! coloured by their bounds; back edges are dashed and red, and do not take part in the ranking.

use std::fmt::Write;

use crate::cfg::{BlockId, Cfg, EdgeKind};

/// Colours shared with the SVG form.
pub(crate) const ENTRY_FILL: &str = "#d8e8f8";
pub(crate) const LOOP_FILL: &str = "#ffd8a8";
pub(crate) const EXIT_FILL: &str = "#e8e8e8";
pub(crate) const PLAIN_FILL: &str = "#ffffff";
pub(crate) const EDGE_COLOUR: &str = "#404040";
pub(crate) const BACK_COLOUR: &str = "#d02020";

impl Cfg {
    /// The graph in the DOT language.
    pub fn to_dot(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_dot(&mut out);
        out
    }

    fn write_dot(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "digraph \"{}\" {{", escape(&self.title()))?;
        writeln!(out, "  label=\"{}\"; labelloc=t;", escape(&self.title()))?;
        writeln!(out, "  node [shape=box, style=filled, fontname=monospace, fontsize=10];")?;
        writeln!(out, "  edge [fontname=monospace, fontsize=9];")?;
        for block in self.blocks() {
            // `\l` ends a line and aligns it to the left.
            let mut label = String::new();
            for line in self.block_lines(block) {
                label.push_str(&escape(&line));
                label.push_str("\\l");
            }
            writeln!(out, "  b{} [label=\"{label}\", fillcolor=\"{}\"];", block.index(), self.fill(block))?;
        }
        for (from, to, kind, back) in self.edges() {
            let mut attributes = Vec::new();
            if let Some(label) = edge_label(kind) {
                attributes.push(format!("label=\"{label}\""));
            }
            if back {
                attributes.push(format!("color=\"{BACK_COLOUR}\", style=dashed, constraint=false"));
            }
            let attributes = match attributes.join(", ") {
                list if list.is_empty() => list,
                list => format!(" [{list}]"),
            };
            writeln!(out, "  b{} -> b{}{attributes};", from.index(), to.index())?;
        }
        writeln!(out, "}}")
    }

    /// `function 3 fib`.
    pub(crate) fn title(&self) -> String {
        match &self.name {
            Some(name) => format!("function {} {name}", self.function),
            None => format!("function {}", self.function),
        }
    }

    /// What a block shows: range and size, then its first operators.
    pub(crate) fn block_lines(&self, block: BlockId) -> Vec<String> {
        let at = self.graph[block];
        let mut lines = vec![format!(
            "{:#x}..{:#x} {}{}",
            at.start,
            at.end,
            crate::count(at.operators as usize, "operator"),
            self.loops.loop_of_head(block).map_or(String::new(), |l| format!(", loop depth {}", l.depth)),
        )];
        if let Some(heat) = &self.heat {
            lines.extend(heat.lines(block).map(str::to_owned));
        }
        let listed = self.operators(block);
        lines.extend(listed.iter().cloned());
        if let hidden @ 1.. = (at.operators as usize).saturating_sub(listed.len()) {
            lines.push(format!("… {hidden} more"));
        }
        lines
    }

    pub(crate) fn fill(&self, block: BlockId) -> &'static str {
        if let Some(fill) = self.heat.as_ref().and_then(|heat| heat.fill(block)) {
            fill
        } else if self.is_loop_head(block) {
            LOOP_FILL
        } else if block == self.entry {
            ENTRY_FILL
        } else if self.graph.neighbors(block).next().is_none() {
            EXIT_FILL
        } else {
            PLAIN_FILL
        }
    }
}

/// What is written on an edge; control that just runs on needs no word.
pub(crate) fn edge_label(kind: EdgeKind) -> Option<&'static str> {
    match kind {
        EdgeKind::Fall | EdgeKind::Jump => None,
        EdgeKind::True => Some("true"),
        EdgeKind::False => Some("false"),
        EdgeKind::Table(_) => Some("table"),
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
