//! Orders on the blocks of a graph: reverse postorder and dominators.
//!
//! Terms. *Reverse postorder* (rpo) numbers the blocks so that an edge leads to a higher number
//! unless it goes back. `a` *dominates* `b` if every path from the entry to `b` passes `a`; the
//! closest such `a` other than `b` is the *immediate dominator* (`idom`) of `b`.
//!
//! Dominators are found by the algorithm of Lengauer and Tarjan ("A Fast Algorithm for Finding
//! Dominators in a Flowgraph", TOPLAS 1979) in its simple form, O(edges · log blocks). petgraph has
//! `dominators::simple_fast`, which the tests use as oracle; it is quadratic in the worst case, and
//! the worst case is `block … br_if 0 br_if 0 … end`, which a module of 8 MB can hold two million
//! times. A verifier must not stand still on that.

use petgraph::Direction;

use crate::cfg::{BlockId, FlowGraph};

/// A number that stands for "none".
const NONE: u32 = u32::MAX;

/// Reverse postorder and immediate dominators of the blocks that the entry reaches.
#[derive(Clone, Debug)]
pub struct Order {
    /// Blocks by rpo number; the entry is number 0.
    pub rpo: Vec<BlockId>,
    /// By block index: the rpo number, or `u32::MAX` for a block that cannot be reached.
    number: Vec<u32>,
    /// By rpo number: the rpo number of the immediate dominator; the entry's is its own.
    idom: Vec<u32>,
    /// By rpo number: when a walk over the dominator tree enters and leaves the block.
    span: Vec<(u32, u32)>,
}

impl Order {
    /// Orders the blocks of `graph` that `entry` reaches.
    pub fn new(graph: &FlowGraph, entry: BlockId) -> Self {
        let (tree, rpo) = Tree::new(graph, entry);
        let mut number = vec![NONE; graph.node_count()];
        for (at, block) in rpo.iter().enumerate() {
            number[block.index()] = at as u32;
        }
        let mut order = Self { rpo, number, idom: Vec::new(), span: Vec::new() };
        order.idom = order.dominators(graph, &tree);
        order.span = tree_spans(&order.idom);
        order
    }

    /// The numbers alone: it knows of no block that dominates another.
    pub(crate) fn numbers(graph: &FlowGraph, entry: BlockId) -> Self {
        let count = graph.node_count();
        let mut rpo = Vec::with_capacity(count);
        let mut number = vec![NONE; count];
        // Of a block whose successors are not all finished; then it has its postorder number.
        const SEEN: u32 = NONE - 1;
        let mut stack = Vec::with_capacity(count);
        stack.push(entry);
        while let Some(block) = stack.last().copied() {
            match number[block.index()] {
                NONE => {
                    number[block.index()] = SEEN;
                    stack.extend(graph.neighbors(block).filter(|succ| number[succ.index()] == NONE));
                }
                SEEN => {
                    stack.pop();
                    number[block.index()] = rpo.len() as u32; // CAST: petgraph indices are u32
                    rpo.push(block);
                }
                _ => {
                    stack.pop();
                }
            }
        }
        rpo.reverse();
        for (at, block) in rpo.iter().enumerate() {
            number[block.index()] = at as u32; // CAST: as above
        }
        Self { rpo, number, idom: Vec::new(), span: Vec::new() }
    }

    /// The rpo number of a block that can be reached.
    pub fn number(&self, block: BlockId) -> Option<u32> {
        self.number.get(block.index()).copied().filter(|at| *at != NONE)
    }

    /// The immediate dominator; `None` for the entry and for blocks that cannot be reached.
    pub fn idom(&self, block: BlockId) -> Option<BlockId> {
        let at = self.number(block)?;
        let idom = *self.idom.get(at as usize)?;
        (idom != at).then(|| self.rpo[idom as usize])
    }

    /// When a walk over the dominator tree enters and leaves a block that can be reached: it dominates those whose
    /// span is inside of its own.
    pub(crate) fn span(&self, block: BlockId) -> Option<(u32, u32)> {
        self.span.get(self.number(block)? as usize).copied()
    }

    /// Whether `a` dominates `b`. A block dominates itself.
    pub fn dominates(&self, a: BlockId, b: BlockId) -> bool {
        let (Some(a), Some(b)) = (self.number(a), self.number(b)) else {
            return false;
        };
        match (self.span.get(a as usize), self.span.get(b as usize)) {
            (Some(a), Some(b)) => a.0 <= b.0 && b.1 <= a.1,
            _ => false,
        }
    }

    /// Lengauer-Tarjan. Everything below is by preorder number.
    fn dominators(&self, graph: &FlowGraph, tree: &Tree) -> Vec<u32> {
        let count = self.rpo.len();
        let Tree { preorder, parent, pre } = tree;

        let mut semi: Vec<u32> = (0..count as u32).collect();
        let mut idom = vec![0_u32; count];
        let mut forest = Forest::new(count);
        // Blocks whose semidominator is this one, as linked lists.
        let mut bucket_head = vec![NONE; count];
        let mut bucket_next = vec![NONE; count];

        for w in (1..count).rev() {
            for pred in graph.neighbors_directed(preorder[w], Direction::Incoming) {
                let pred = pre[pred.index()];
                if pred == NONE {
                    continue;
                }
                let best = forest.eval(pred, &semi);
                semi[w] = semi[w].min(semi[best as usize]);
            }
            let home = semi[w] as usize;
            bucket_next[w] = bucket_head[home];
            bucket_head[home] = w as u32;
            forest.link(parent[w], w as u32);

            let mut v = std::mem::replace(&mut bucket_head[parent[w] as usize], NONE);
            while v != NONE {
                let best = forest.eval(v, &semi);
                idom[v as usize] = if semi[best as usize] < semi[v as usize] { best } else { parent[w] };
                v = bucket_next[v as usize];
            }
        }
        for w in 1..count {
            if idom[w] != semi[w] {
                idom[w] = idom[idom[w] as usize];
            }
        }

        let number = |pre: usize| self.number[preorder[pre].index()];
        let mut by_rpo = vec![0_u32; count];
        for (at, idom) in idom.iter().enumerate() {
            by_rpo[number(at) as usize] = number(*idom as usize);
        }
        by_rpo
    }
}

/// A depth-first tree of the blocks that the entry reaches.
struct Tree {
    /// Blocks in the order in which they are first seen.
    preorder: Vec<BlockId>,
    /// By preorder number: that of the parent; the entry's is its own.
    parent: Vec<u32>,
    /// By block index: the preorder number, or [`NONE`].
    pre: Vec<u32>,
}

impl Tree {
    /// The tree, and the blocks in reverse postorder of it.
    fn new(graph: &FlowGraph, entry: BlockId) -> (Self, Vec<BlockId>) {
        let count = graph.node_count();
        let mut tree =
            Self { preorder: Vec::with_capacity(count), parent: Vec::with_capacity(count), pre: vec![NONE; count] };
        let mut postorder = Vec::with_capacity(count);
        let mut finished = vec![false; count];
        // Blocks with their parents' preorder numbers; one that stands here twice is the child of the later.
        let mut stack = Vec::with_capacity(count);
        stack.push((entry, 0));
        while let Some((block, parent)) = stack.last().copied() {
            let at = block.index();
            if tree.pre[at] == NONE {
                let me = tree.preorder.len() as u32;
                tree.pre[at] = me;
                tree.preorder.push(block);
                tree.parent.push(parent);
                stack.extend(graph.neighbors(block).filter(|succ| tree.pre[succ.index()] == NONE).map(|b| (b, me)));
            } else {
                stack.pop();
                if !std::mem::replace(&mut finished[at], true) {
                    postorder.push(block);
                }
            }
        }
        postorder.reverse();
        (tree, postorder)
    }
}

/// The forest of Lengauer and Tarjan: finds the smallest semidominator on the way to the root.
struct Forest {
    ancestor: Vec<u32>,
    best: Vec<u32>,
    path: Vec<u32>,
}

impl Forest {
    fn new(count: usize) -> Self {
        Self { ancestor: vec![NONE; count], best: (0..count as u32).collect(), path: Vec::new() }
    }

    fn link(&mut self, parent: u32, child: u32) {
        self.ancestor[child as usize] = parent;
    }

    fn eval(&mut self, v: u32, semi: &[u32]) -> u32 {
        // The path up to, not including, the root's child; then compressed from the top down.
        let mut at = v;
        while self.ancestor[at as usize] != NONE {
            self.path.push(at);
            at = self.ancestor[at as usize];
        }
        let root = at;
        let mut above = None;
        while let Some(node) = self.path.pop() {
            if let Some(above) = above {
                let candidate: u32 = self.best[above as usize];
                if semi[candidate as usize] < semi[self.best[node as usize] as usize] {
                    self.best[node as usize] = candidate;
                }
                self.ancestor[node as usize] = root;
            }
            above = Some(node);
        }
        self.best[v as usize]
    }
}

/// Enter and leave times of a walk over the dominator tree, so that "dominates" is an interval
/// test.
fn tree_spans(idom: &[u32]) -> Vec<(u32, u32)> {
    let count = idom.len();
    let mut first_child = vec![NONE; count];
    let mut next_sibling = vec![NONE; count];
    for at in (1..count).rev() {
        let parent = idom[at] as usize;
        next_sibling[at] = first_child[parent];
        first_child[parent] = at as u32;
    }
    let mut span = vec![(0, 0); count];
    let mut clock = 0;
    let mut at = if count == 0 { NONE } else { 0 };
    let mut down = true;
    while at != NONE {
        let node = at as usize;
        if down {
            span[node].0 = clock;
            clock += 1;
            if first_child[node] != NONE {
                at = first_child[node];
                continue;
            }
        }
        span[node].1 = clock;
        clock += 1;
        if at == 0 {
            break;
        }
        if next_sibling[node] != NONE {
            at = next_sibling[node];
            down = true;
        } else {
            at = idom[node];
            down = false;
        }
    }
    span
}

#[cfg(test)]
mod tests {
    use petgraph::algo::dominators::simple_fast;
    use proptest::prelude::*;

    use super::*;
    use crate::cfg::{Block, EdgeKind};

    fn graph(nodes: u32, edges: &[(u32, u32)]) -> FlowGraph {
        let mut graph = FlowGraph::new();
        for _ in 0..nodes {
            graph.add_node(Block::default());
        }
        for (from, to) in edges {
            graph.add_edge(BlockId::new((from % nodes) as usize), BlockId::new((to % nodes) as usize), EdgeKind::Jump);
        }
        graph
    }

    proptest! {
        #[test]
        fn dominators_agree_with_petgraph(
            nodes in 1_u32..40,
            edges in proptest::collection::vec((0_u32..40, 0_u32..40), 0..120),
        ) {
            let graph = graph(nodes, &edges);
            let entry = BlockId::new(0);
            let order = Order::new(&graph, entry);
            let oracle = simple_fast(&graph, entry);
            let numbers = Order::numbers(&graph, entry);
            prop_assert_eq!((&numbers.rpo, &numbers.number), (&order.rpo, &order.number));
            for block in graph.node_indices() {
                prop_assert_eq!(order.idom(block), oracle.immediate_dominator(block));
                for other in graph.node_indices() {
                    let expected = oracle.dominators(block).is_some_and(|mut all| all.any(|b| b == other));
                    prop_assert_eq!(order.dominates(other, block), expected);
                }
            }
        }
    }

    /// The shape that a quadratic algorithm stands still on.
    #[test]
    fn many_branches_to_one_label() {
        let count = 300_000;
        let edges: Vec<_> =
            (0..count - 1).map(|at| (at, at + 1)).chain((0..count - 1).map(|at| (at, count - 1))).collect();
        let graph = graph(count, &edges);
        let order = Order::new(&graph, BlockId::new(0));
        assert_eq!(order.idom(BlockId::new(count as usize - 1)), Some(BlockId::new(0)));
    }
}
