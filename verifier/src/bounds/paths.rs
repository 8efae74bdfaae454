//! What is known of a value on a way into a loop.
//!
//! `if (n >= 4) { four at a time } one at a time`: the second loop is entered where two ways meet, and what holds on
//! each, that something is left to do, is known before they meet only. So an entry is taken apart into the ways that
//! lead to it, and each is looked at by itself.

use std::cell::{OnceCell, RefCell};

use smallvec::SmallVec;

use crate::cfg::EdgeKind;
use crate::domain::Value;
use crate::loops::LoopNest;
use crate::ranges::{Fact, Ranges};
use crate::ssa::{Node, ValueId, block_id};

/// An edge on a way, into a block where ways meet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) from: u32,
    pub(super) kind: EdgeKind,
    /// Which of the edges into the block.
    pub(super) way: usize,
    pub(super) to: u32,
}

/// A way into a loop: its last edge first. Between two edges lies a chain of blocks with one edge into each.
pub(super) struct Path {
    pub(super) edges: SmallVec<[Edge; 4]>,
    /// What has been asked for: ranges, and facts. The sets of the function must not change meanwhile.
    ranges: RefCell<SmallVec<[(ValueId, Value); 4]>>,
    facts: OnceCell<Vec<Fact>>,
}

/// Depth of expressions that are computed again.
const MAX_DEPTH: u32 = 4;

impl Path {
    /// The way that ends with these edges, the last one first.
    pub(super) fn new(edges: SmallVec<[Edge; 4]>) -> Self {
        Self { edges, ranges: RefCell::default(), facts: OnceCell::new() }
    }

    /// The values that an integer may have where the loop is entered this way.
    pub(super) fn range(&self, ranges: &Ranges<'_>, id: ValueId) -> Value {
        if let Some((_, known)) = self.ranges.borrow().iter().find(|(of, _)| *of == id) {
            return *known;
        }
        let found = self.range_to(ranges, id, MAX_DEPTH);
        self.ranges.borrow_mut().push((id, found));
        found
    }

    /// Each set that is met holds: the way is the last part of every run that comes by it, and what dominates a
    /// block on it was computed before that for the last time.
    fn range_to(&self, ranges: &Ranges<'_>, id: ValueId, depth: u32) -> Value {
        let ssa = ranges.ssa;
        let made = block_id(ssa.block[id as usize]);
        let mut value = ranges.of(id);
        if depth == 0 || value.as_constant().is_some() || value.is_bottom() {
            return value;
        }
        for edge in &self.edges {
            if ranges.order.dominates(made, block_id(edge.from)) {
                value = value.meet(&ranges.on_edge(id, edge.from, edge.kind));
            }
        }
        let go = |v: ValueId| self.range_to(ranges, v, depth - 1);
        match ssa.node(id) {
            Node::Binary(op, a, b) if a != b => value.meet(&op.apply(&go(a), &go(b))),
            Node::Unary(op, a) => value.meet(&op.apply(&go(a))),
            Node::Compare(op, a, b) => match op.decide(&go(a), &go(b)) {
                Some(holds) => value.meet(&Value::constant(holds.into(), value.width())),
                None => value,
            },
            Node::Select(cond, a, _) if go(cond).umin > 0 => value.meet(&go(a)),
            Node::Select(cond, _, b) if go(cond).as_constant() == Some(0) => value.meet(&go(b)),
            Node::Select(cond, a, b) => match self.edges.first() {
                Some(edge) if ranges.order.dominates(made, block_id(edge.from)) => {
                    value.meet(&ranges.select(cond, go(a), a, go(b), b, edge.from))
                }
                _ => value,
            },
            _ => match self.chosen(ranges, id) {
                Some(arg) => value.meet(&go(arg)),
                None => value,
            },
        }
    }

    /// What a phi of a block on the way is, if the way comes into the block by one of these edges.
    pub(super) fn chosen(&self, ranges: &Ranges<'_>, id: ValueId) -> Option<ValueId> {
        let Node::Phi(phi) = ranges.ssa.node(id) else { return None };
        let block = ranges.ssa.block[id as usize];
        // The first edge leads into the loop.
        let edge = self.edges.iter().skip(1).find(|edge| edge.to == block)?;
        ranges.ssa.phi_args[phi as usize].get(edge.way).copied()
    }

    /// What branches on the way, and before it, say.
    pub(super) fn facts(&self, ranges: &Ranges<'_>) -> &[Fact] {
        self.facts.get_or_init(|| self.find_facts(ranges))
    }

    fn find_facts(&self, ranges: &Ranges<'_>) -> Vec<Fact> {
        let mut out = Vec::new();
        for edge in &self.edges {
            out.extend_from_slice(ranges.edge_facts(edge.from, edge.kind, edge.to));
        }
        if let Some(edge) = self.edges.last() {
            out.extend_from_slice(ranges.facts_at(edge.from));
        }
        if let Some(edge) = self.edges.first() {
            out.extend(ranges.ordered_facts(edge.from));
        }
        out
    }

    /// The ways that meet before this one; none at the head of a loop or the entry of the function.
    pub(super) fn split(&self, ranges: &Ranges<'_>, nest: &LoopNest) -> Option<Vec<Path>> {
        /// Blocks of a chain.
        const CHAIN: usize = 16;
        /// Ways that meet.
        const WAYS: usize = 8;
        let mut at = self.edges.last()?.from;
        for _ in 0..CHAIN {
            let preds = &ranges.ssa.preds[at as usize];
            if nest.loop_of_head(block_id(at)).is_some() || preds.len() > WAYS {
                return None;
            }
            match preds[..] {
                [] => return None,
                [(before, _)] => at = before,
                _ => {
                    let reached = |from: u32| ranges.order.number(block_id(from)).is_some();
                    let ways = preds.iter().enumerate().filter(|(_, (from, _))| reached(*from));
                    let ways = ways.map(|(way, (from, kind))| {
                        let mut edges = self.edges.clone();
                        edges.push(Edge { from: *from, kind: *kind, way, to: at });
                        Path::new(edges)
                    });
                    return Some(ways.collect());
                }
            }
        }
        None
    }
}
