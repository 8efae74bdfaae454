//! The call graph: who can call whom, and who can come back to itself.
//!
//! Nodes are the functions and, between them, one node for each signature that is called
//! indirectly: caller → signature → every function of that signature whose reference may be
//! stored. That keeps the graph linear where direct edges for indirect calls would be quadratic.
//!
//! ```text
//!   f ──call──► g            f ──call_indirect──► (i32) ──► h
//!                                                       └──► k
//! ```
//!
//! A reference may be stored if an element segment, a global, a table initialiser or a reachable
//! `ref.func` names the function; an exported function counts as well when the host can reach a
//! table, a reference global, or passes references. Host functions never call back into the
//! module. Recursive are the functions in a strongly connected component with a cycle (Kosaraju's
//! algorithm as petgraph has it, which does not recurse itself).

use std::collections::{HashMap, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use wasmparser::FuncType;

use crate::module::{Outline, signature_text};
use crate::validate::FunctionFacts;

/// What the call graph says about the module.
pub(crate) struct CallGraph {
    graph: DiGraph<(), ()>,
    functions: usize,
    /// Signature of each signature node, in order.
    signatures: Vec<FuncType>,
    /// By function index: the number of its component, if that has a cycle.
    cycle_of: Vec<Option<u32>>,
    /// How many functions a call by this signature may reach.
    targets: HashMap<FuncType, u32>,
    /// The first function of each component with a cycle, in ascending order.
    pub(crate) cycles: Vec<u32>,
    /// The functions, callees before their callers (in a cycle in any order).
    callees_first: Vec<u32>,
    /// By function index: whether the host or a call through a table can reach it.
    open: Vec<bool>,
}

impl CallGraph {
    pub(crate) fn new(outline: &Outline<'_>, facts: &[FunctionFacts]) -> Self {
        let functions = outline.functions.len();
        let edges: usize = facts.iter().map(|f| f.calls.direct.len() + f.calls.indirect.len()).sum();
        let mut graph = DiGraph::with_capacity(functions, edges);
        for _ in 0..functions {
            graph.add_node(());
        }
        let mut signatures = Vec::new();
        let mut node_of: HashMap<&FuncType, NodeIndex> = HashMap::new();
        for function in facts {
            let from = NodeIndex::new(function.index as usize);
            for callee in &function.calls.direct {
                if (*callee as usize) < functions {
                    graph.add_edge(from, NodeIndex::new(*callee as usize), ());
                }
            }
            for (ty, _table) in &function.calls.indirect {
                let Some(ty) = outline.func_type(*ty) else {
                    continue;
                };
                let node = *node_of.entry(ty).or_insert_with(|| {
                    signatures.push(ty.clone());
                    graph.add_node(())
                });
                graph.add_edge(from, node, ());
            }
        }

        let mut is_target = vec![false; functions];
        let by_body = facts.iter().flat_map(|f| f.calls.ref_funcs.iter());
        let by_export = outline.exported.iter().filter(|_| outline.references_escape);
        for index in outline.referenced.iter().chain(by_body).chain(by_export) {
            if let Some(slot) = is_target.get_mut(*index as usize) {
                *slot = true;
            }
        }
        let mut open = is_target.clone();
        for index in outline.exported.iter().copied().chain(outline.start) {
            if let Some(slot) = open.get_mut(index as usize) {
                *slot = true;
            }
        }
        let mut targets: HashMap<FuncType, u32> = HashMap::new();
        for index in (0..functions).filter(|index| is_target[*index]) {
            let Some(ty) = outline.signature(index as u32) else {
                continue;
            };
            if let Some(node) = node_of.get(ty) {
                graph.add_edge(*node, NodeIndex::new(index), ());
                *targets.entry(ty.clone()).or_default() += 1;
            }
        }

        let mut cycle_of = vec![None; functions];
        let mut cycles = Vec::new();
        let mut callees_first = Vec::with_capacity(functions);
        for component in kosaraju_scc(&graph) {
            callees_first
                .extend(component.iter().map(|node| node.index()).filter(|at| *at < functions).map(|at| at as u32));
            let is_cycle = match component.as_slice() {
                [one] => graph.contains_edge(*one, *one),
                _ => true,
            };
            let members = component.iter().map(|node| node.index()).filter(|at| *at < functions);
            let Some(first) = members.clone().min().filter(|_| is_cycle) else {
                continue;
            };
            for member in members {
                cycle_of[member] = Some(first as u32);
            }
            cycles.push(first as u32);
        }
        cycles.sort_unstable();
        Self { graph, functions, signatures, cycle_of, targets, cycles, callees_first, open }
    }

    /// Whether the function can, through any calls, call itself.
    pub(crate) fn is_recursive(&self, function: u32) -> bool {
        self.cycle_of.get(function as usize).is_some_and(Option::is_some)
    }

    /// The functions, callees before their callers.
    pub(crate) fn callees_first(&self) -> &[u32] {
        &self.callees_first
    }

    /// Whether the host or a call through a table can reach the function.
    pub(crate) fn is_open(&self, function: u32) -> bool {
        self.open.get(function as usize).copied().unwrap_or(true)
    }

    /// How many functions an indirect call with this signature may reach.
    pub(crate) fn targets(&self, ty: &FuncType) -> u32 {
        self.targets.get(ty).copied().unwrap_or(0)
    }

    /// A shortest way from a recursive function back to itself, as text: `a → b → a`.
    pub(crate) fn cycle_text(&self, function: u32, outline: &Outline<'_>) -> String {
        let start = NodeIndex::new(function as usize);
        let mut from: HashMap<NodeIndex, NodeIndex> = HashMap::new();
        let mut queue = VecDeque::from([start]);
        let in_cycle = |node: NodeIndex| {
            node.index() >= self.functions || self.cycle_of[node.index()] == self.cycle_of[start.index()]
        };
        let last = 'search: loop {
            let Some(node) = queue.pop_front() else {
                return self.node_text(start, outline);
            };
            for next in self.graph.neighbors(node) {
                if next == start {
                    break 'search node;
                }
                if in_cycle(next) && !from.contains_key(&next) {
                    from.insert(next, node);
                    queue.push_back(next);
                }
            }
        };
        let mut path = vec![self.node_text(start, outline)];
        let mut at = last;
        while at != start {
            path.push(self.node_text(at, outline));
            at = from[&at];
        }
        path.push(self.node_text(start, outline));
        path.reverse();
        const SHOWN: usize = 12;
        if path.len() > SHOWN {
            let hidden = path.len() - SHOWN;
            path.splice(SHOWN / 2..SHOWN / 2 + hidden, [format!("… {hidden} more …")]);
        }
        path.join(" → ")
    }

    fn node_text(&self, node: NodeIndex, outline: &Outline<'_>) -> String {
        match node.index().checked_sub(self.functions).and_then(|at| self.signatures.get(at)) {
            Some(ty) => format!("call_indirect {}", signature_text(ty.params(), ty.results())),
            None => match outline.name(node.index() as u32) {
                Some(name) => format!("`{name}`"),
                None => format!("function {}", node.index()),
            },
        }
    }
}
