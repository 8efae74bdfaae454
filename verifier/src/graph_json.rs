//! A control-flow graph as JSON: for tools that draw or search graphs themselves.

use serde_json::{Value, json};

use crate::cfg::{Cfg, EdgeKind};
use crate::report::FunctionReport;
use crate::source::Sources;

impl Cfg {
    /// The report on the function as in [`Report::to_json`](crate::Report::to_json), with `graph`: the blocks in the
    /// order of their bytes, each with its range, its runs at most in one run of the function (`null` if there is no
    /// bound), the loop that it is the head of (by byte offset), the source position and the edges to other blocks.
    pub fn to_json(&self, function: &FunctionReport, sources: &Sources<'_>) -> Value {
        let blocks = self.blocks();
        // By block index: its place in the list.
        let mut number = vec![0; blocks.len()];
        for (at, block) in blocks.iter().enumerate() {
            number[block.index()] = at;
        }
        let mut edges: Vec<Vec<Value>> = vec![Vec::new(); blocks.len()];
        for (from, to, kind, back) in self.edges() {
            edges[number[from.index()]].push(json!({ "to": number[to.index()], "kind": name(kind), "back": back }));
        }
        let list: Vec<Value> = blocks
            .iter()
            .zip(edges)
            .map(|(block, edges)| {
                let at = self.graph[*block];
                let place = sources.places(at.start).into_iter().next();
                json!({
                    "start": at.start,
                    "end": at.end,
                    "operators": at.operators,
                    "runs": self.heat.as_ref().and_then(|heat| heat.runs(*block)),
                    "loop": self.loops.loop_of_head(*block).map(|of| of.offset),
                    "source": place.map(|place| place.to_string()),
                    "edges": edges,
                })
            })
            .collect();
        // Only maps with odd keys fail to serialise, and the report has none.
        let mut value = serde_json::to_value(function).unwrap_or_default();
        value["graph"] = json!({ "entry": number[self.entry.index()], "blocks": list });
        value
    }
}

fn name(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Fall => "fall",
        EdgeKind::Jump => "jump",
        EdgeKind::True => "true",
        EdgeKind::False => "false",
        EdgeKind::Table(_) => "table",
    }
}
