//! Loops of one function and how they nest.
//!
//! A *back edge* leads to a block that dominates its source; that block is the *loop head*. The
//! body is found backwards from the back edges, inner loops first, each collapsed into its head
//! once it is known (Tarjan, "Testing Flow Graph Reducibility", 1974; Havlak, "Nesting of Reducible
//! and Irreducible Loops", TOPLAS 1997), so that deep nests stay near linear.
//!
//! Wasm control flow is reducible: every edge that goes back in reverse postorder leads to a loop
//! head. Should one ever not, the loop is kept and marked irreducible, so that nothing that
//! goes round is taken for a straight line.
//!
//! How often they go round is found in [`crate::bounds`].

use petgraph::Direction;
use petgraph::visit::EdgeRef;

use crate::cfg::{BlockId, FlowGraph};
use crate::order::Order;

/// A number that stands for "no loop".
const NONE: u32 = u32::MAX;

/// One loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loop {
    /// The block that every round passes.
    pub head: BlockId,
    /// Byte offset of the `loop` operator.
    pub offset: u64,
    /// The loop around this one, as an index into [`LoopNest::loops`].
    pub parent: Option<usize>,
    /// 1 for an outermost loop.
    pub depth: u32,
    /// Number of blocks, those of inner loops included.
    pub blocks: u32,
    /// The blocks that branch back to the head, in ascending order.
    pub latches: Vec<BlockId>,
    /// True if the loop can be entered past its head. Does not occur in valid wasm.
    pub irreducible: bool,
}

/// All loops of a function, outer ones before inner ones.
#[derive(Clone, Debug, Default)]
pub struct LoopNest {
    /// The loops in reverse postorder of their heads.
    pub loops: Vec<Loop>,
    /// By block index: the loop with this head, or [`NONE`].
    by_head: Vec<u32>,
    /// By block index: the innermost loop around the block, that of a head being its own, or [`NONE`].
    innermost: Vec<u32>,
    own: Vec<Vec<BlockId>>,
}

impl LoopNest {
    /// The loop with this head.
    pub fn loop_of_head(&self, head: BlockId) -> Option<&Loop> {
        self.loops.get(self.index_of_head(head)?)
    }

    /// Index of the innermost loop that a block is in.
    pub fn innermost(&self, block: BlockId) -> Option<usize> {
        self.innermost.get(block.index()).filter(|at| **at != NONE).map(|at| *at as usize)
    }

    /// Index of the loop with this head.
    pub(crate) fn index_of_head(&self, head: BlockId) -> Option<usize> {
        self.by_head.get(head.index()).filter(|at| **at != NONE).map(|at| *at as usize)
    }

    /// The blocks of a loop that are in no loop inside of it, the head included.
    pub(crate) fn own_blocks(&self, at: usize) -> &[BlockId] {
        self.own.get(at).map_or(&[], Vec::as_slice)
    }

    /// Whether a block is in the loop with this index, or in one inside of it.
    pub fn contains(&self, at: usize, block: BlockId) -> bool {
        let mut inner = self.innermost(block);
        while let Some(this) = inner {
            if this == at {
                return true;
            }
            inner = self.loops[this].parent;
        }
        false
    }

    /// Whether an edge from `from` to `to` closes a loop.
    pub fn is_back_edge(&self, from: BlockId, to: BlockId) -> bool {
        self.loop_of_head(to).is_some_and(|l| l.latches.binary_search(&from).is_ok())
    }
}

/// Finds the loops of `graph`.
pub fn find_loops(graph: &FlowGraph, entry: BlockId) -> LoopNest {
    let order = Order::numbers(graph, entry);
    let mut nest = heads(graph, &order, &|_, _| true);
    if find_bodies(graph, &order, &mut nest) {
        return nest;
    }
    find_loops_in(graph, &Order::new(graph, entry))
}

/// Finds the loops of a graph whose order is known.
pub(crate) fn find_loops_in(graph: &FlowGraph, order: &Order) -> LoopNest {
    let mut nest = heads(graph, order, &|head, from| order.dominates(head, from));
    find_bodies(graph, order, &mut nest);
    nest
}

/// The loops as far as their heads and back edges tell.
fn heads(graph: &FlowGraph, order: &Order, dominates: &dyn Fn(BlockId, BlockId) -> bool) -> LoopNest {
    let mut nest = LoopNest::default();
    for (at, &head) in order.rpo.iter().enumerate() {
        let mut latches = Vec::new();
        let mut irreducible = false;
        for edge in graph.edges_directed(head, Direction::Incoming) {
            let from = edge.source();
            if order.number(from).is_some_and(|number| number as usize >= at) {
                irreducible |= !dominates(head, from);
                latches.push(from);
            }
        }
        if !latches.is_empty() {
            latches.sort_unstable();
            latches.dedup();
            if nest.by_head.is_empty() {
                nest.by_head = vec![NONE; graph.node_count()];
                nest.innermost = vec![NONE; graph.node_count()];
            }
            nest.by_head[head.index()] = nest.loops.len() as u32; // CAST: fewer than blocks
            nest.innermost[head.index()] = nest.loops.len() as u32; // CAST: as above
            nest.own.push(vec![head]);
            nest.loops.push(Loop {
                head,
                offset: graph[head].start,
                parent: None,
                depth: 1,
                blocks: 1,
                latches,
                irreducible,
            });
        }
    }
    nest
}

/// Fills in `parent`, `depth` and `blocks`, inner loops first. Whether each head dominates the blocks that branch back to
/// it: a way from the entry past the head comes, backwards, to a block before it. (If that is so for the inner loops,
/// nothing but their heads leads into them, so that collapsing them hides no way.)
fn find_bodies(graph: &FlowGraph, order: &Order, nest: &mut LoopNest) -> bool {
    let mut reducible = true;
    let mut outer: Vec<u32> = (0..order.rpo.len() as u32).collect();
    let mut work = Vec::new();
    for at in (0..nest.loops.len()).rev() {
        let Some(head) = order.number(nest.loops[at].head) else {
            continue;
        };
        let mut blocks = 1;
        let latches = &nest.loops[at].latches;
        work.extend(latches.iter().filter_map(|latch| order.number(*latch)));
        while let Some(block) = work.pop() {
            let block = find(&mut outer, block);
            if block <= head {
                // The head itself, or, in an irreducible loop, a way in past the head.
                reducible &= block == head;
                continue;
            }
            outer[block as usize] = head;
            let id = order.rpo[block as usize];
            match nest.index_of_head(id) {
                Some(inner) => {
                    nest.loops[inner].parent = Some(at);
                    blocks += nest.loops[inner].blocks;
                }
                None => {
                    nest.innermost[id.index()] = at as u32; // CAST: fewer than blocks
                    nest.own[at].push(id);
                    blocks += 1;
                }
            }
            work.extend(graph.neighbors_directed(id, Direction::Incoming).filter_map(|pred| order.number(pred)));
        }
        nest.loops[at].blocks = blocks;
    }
    for at in 0..nest.loops.len() {
        if let Some(parent) = nest.loops[at].parent {
            nest.loops[at].depth = nest.loops[parent].depth + 1;
        }
    }
    reducible
}

/// The outermost head that a block was collapsed into, with path halving.
fn find(outer: &mut [u32], mut at: u32) -> u32 {
    while outer[at as usize] != at {
        outer[at as usize] = outer[outer[at as usize] as usize];
        at = outer[at as usize];
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cfg::{Block, EdgeKind};

    fn nest(nodes: usize, edges: &[(usize, usize)]) -> LoopNest {
        let mut graph = FlowGraph::new();
        for at in 0..nodes {
            graph.add_node(Block { start: at as u64, ..Block::default() });
        }
        for (from, to) in edges {
            graph.add_edge(BlockId::new(*from), BlockId::new(*to), EdgeKind::Jump);
        }
        find_loops(&graph, BlockId::new(0))
    }

    #[test]
    fn straight_line_has_no_loop() {
        assert!(nest(3, &[(0, 1), (1, 2)]).loops.is_empty());
    }

    #[test]
    fn two_inner_loops_in_one() {
        // 1 is the outer head; 2 and 3 are loops of one block each.
        let nest = nest(5, &[(0, 1), (1, 2), (2, 2), (2, 3), (3, 3), (3, 1), (3, 4)]);
        let shape: Vec<_> = nest.loops.iter().map(|l| (l.offset, l.depth, l.parent, l.blocks)).collect();
        assert_eq!(shape, [(1, 1, None, 3), (2, 2, Some(0), 1), (3, 2, Some(0), 1)]);
        assert!(nest.loops.iter().all(|l| !l.irreducible));
        assert!(nest.is_back_edge(BlockId::new(3), BlockId::new(1)));
        assert!(!nest.is_back_edge(BlockId::new(1), BlockId::new(2)));
    }

    #[test]
    fn a_loop_with_two_entries_is_kept() {
        let nest = nest(3, &[(0, 1), (0, 2), (1, 2), (2, 1)]);
        assert_eq!(nest.loops.len(), 1);
        assert!(nest.loops[0].irreducible);
    }

    proptest::proptest! {
        #[test]
        fn without_dominators_the_same_is_found(
            nodes in 1_usize..20,
            edges in proptest::collection::vec((0_usize..20, 0_usize..20), 0..50),
        ) {
            let mut graph = FlowGraph::new();
            for at in 0..nodes {
                graph.add_node(Block { start: at as u64, ..Block::default() });
            }
            for (from, to) in edges {
                graph.add_edge(BlockId::new(from % nodes), BlockId::new(to % nodes), EdgeKind::Jump);
            }
            let entry = BlockId::new(0);
            let found = find_loops(&graph, entry);
            proptest::prop_assert_eq!(found.loops, find_loops_in(&graph, &Order::new(&graph, entry)).loops);
        }
    }

    #[test]
    fn deep_nests_stay_linear() {
        // head i -> head i + 1 -> … and every head has a back edge from the last block.
        let depth = 100_000;
        let edges: Vec<_> = (0..depth).map(|at| (at, at + 1)).chain((1..depth).map(|at| (depth, at))).collect();
        let nest = nest(depth + 1, &edges);
        assert_eq!(nest.loops.len(), depth - 1);
        assert_eq!(nest.loops.last().map(|l| l.depth as usize), Some(depth - 1));
    }
}
