//! The control-flow graph of one function: basic blocks of wasm operators, kept in a petgraph graph.
//!
//! Wasm control flow is structured, so the graph is built in one pass while the validator reads
//! the body: a stack of open constructs knows where each label leads. A block that ends in a
//! branch is followed by no block until `else`, `end` of a construct that something branches to,
//! or a conditional branch opens one: code that cannot be reached gets no block.
//!
//! ```text
//!   block                A: block, local.get, br_if   A ─true─► C    A ─false─► B
//!     local.get 0        B: call                      B ─fall─► C
//!     br_if 0            C: end, end
//!     call $f
//!   end
//! end
//! ```
//!
//! The `end` or `loop` operator that carries a label stands at the head of the label's block.

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use smallvec::SmallVec;
use wasmparser::BinaryReader;

use crate::heat::Heat;
use crate::loops::{LoopNest, find_loops};

/// Names a block of one graph.
pub type BlockId = NodeIndex<u32>;

/// Blocks and the edges between them.
pub type FlowGraph = DiGraph<Block, EdgeKind, u32>;

/// A straight run of operators: entered at its start only, left at its end only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Byte offset in the module of the first operator.
    pub start: u64,
    /// Byte offset just past the last operator.
    pub end: u64,
    /// Number of operators. Zero only for the arm of an `if` with nothing in it.
    pub operators: u32,
}

/// Why control passes along an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EdgeKind {
    /// Control runs on into the next block.
    Fall,
    /// `br` and `return`, and the jump over the other arm of an `if`.
    Jump,
    /// The condition was not zero.
    True,
    /// The condition was zero.
    False,
    /// One or more arms of a `br_table`: the target with this number, in the order that they are first named in.
    Table(u32),
}

/// What calls a body makes, each once, and which functions it takes a reference of.
#[derive(Clone, Debug, Default)]
pub(crate) struct BodyCalls {
    pub(crate) direct: Vec<u32>,
    /// `(type index, table index)`.
    pub(crate) indirect: Vec<(u32, u32)>,
    pub(crate) ref_funcs: Vec<u32>,
}

impl BodyCalls {
    fn dedup(&mut self) {
        for list in [&mut self.direct, &mut self.ref_funcs] {
            list.sort_unstable();
            list.dedup();
        }
        self.indirect.sort_unstable();
        self.indirect.dedup();
    }
}

/// An open construct. `label` is the block that a branch to it leads to; for `block` and `if` it
/// is made by the first branch.
struct Frame {
    label: Option<BlockId>,
    is_loop: bool,
    /// The block that ends in this `if`, until `else` takes it.
    if_block: Option<BlockId>,
    /// Number of the `br_table` that last branched here.
    seen_by: u32,
}

/// Builds the graph of one body after the other; the allocations are used again.
#[derive(Default)]
pub(crate) struct CfgBuilder {
    pub(crate) graph: FlowGraph,
    pub(crate) calls: BodyCalls,
    /// Number of branches that lead to a loop's label.
    pub(crate) back_branches: u32,
    frames: SmallVec<[Frame; 16]>,
    /// The block being filled, `None` in code that cannot be reached.
    current: Option<BlockId>,
    br_tables: u32,
    pending: Block,
}

/// Whether the graph needs to hear of an operator with this first byte.
#[inline]
pub(crate) fn is_control(byte: u8) -> bool {
    matches!(byte, 0x00 | 0x02..=0x05 | 0x0b..=0x11 | 0xd2)
}

impl CfgBuilder {
    /// Starts a body whose first operator is at `offset`.
    pub(crate) fn begin(&mut self, offset: u64) {
        self.graph.clear();
        self.frames.clear();
        self.calls = BodyCalls::default();
        self.back_branches = 0;
        self.br_tables = 0;
        self.frames.push(Frame { label: None, is_loop: false, if_block: None, seen_by: 0 });
        self.current = None;
        self.open(offset);
    }

    /// Whether the next operator can be reached.
    #[inline]
    pub(crate) fn is_live(&self) -> bool {
        self.current.is_some()
    }

    /// Index of the block being filled; `None` in code that cannot be reached.
    pub(crate) fn current(&self) -> Option<u32> {
        self.current.map(|block| block.index() as u32) // CAST: petgraph indices are u32
    }

    /// An operator that [`is_control`] does not name.
    #[inline]
    pub(crate) fn straight(&mut self) {
        self.pending.operators += 1;
    }

    /// An operator that [`is_control`] names. It stands at `[at, next)`, and `immediates` reads
    /// what follows its first byte. The body must have been validated up to `next`.
    pub(crate) fn control(
        &mut self,
        byte: u8,
        at: u64,
        next: u64,
        mut immediates: BinaryReader<'_>,
    ) -> wasmparser::Result<()> {
        match byte {
            // block
            0x02 => {
                self.straight();
                self.push(None, false, None);
            }
            // loop
            0x03 => {
                let before = self.close(at);
                if before.is_some() {
                    let head = self.open(at);
                    self.link(before, head, EdgeKind::Fall);
                }
                self.straight();
                self.push(self.current, true, None);
            }
            // if
            0x04 => {
                self.straight();
                let before = self.close(next);
                self.push(None, false, before);
                if before.is_some() {
                    let then = self.open(next);
                    self.link(before, then, EdgeKind::True);
                }
            }
            // else
            0x05 => {
                self.straight();
                let then_end = self.close(next);
                if then_end.is_some() {
                    let join = self.label(0);
                    self.link_to(then_end, join, EdgeKind::Jump);
                }
                let if_block = self.frames.last_mut().and_then(|frame| frame.if_block.take());
                if if_block.is_some() {
                    let other = self.open(next);
                    self.link(if_block, other, EdgeKind::False);
                }
            }
            // end
            0x0b => self.end(at),
            // br
            0x0c => {
                let depth = immediates.read_var_u32()?;
                self.straight();
                self.branch(depth, EdgeKind::Jump);
                self.close(next);
            }
            // br_if
            0x0d => {
                let depth = immediates.read_var_u32()?;
                self.straight();
                self.branch(depth, EdgeKind::True);
                let before = self.close(next);
                if before.is_some() {
                    let after = self.open(next);
                    self.link(before, after, EdgeKind::False);
                }
            }
            // br_table
            0x0e => {
                self.straight();
                if self.is_live() {
                    self.br_tables += 1;
                    // `count` arms and the default; each target gets one edge.
                    let mut targets = 0;
                    for _ in 0..=immediates.read_var_u32()? {
                        let depth = immediates.read_var_u32()?;
                        let now = self.br_tables;
                        if let Some(frame) = self.frame_mut(depth)
                            && frame.seen_by != now
                        {
                            frame.seen_by = now;
                            self.branch(depth, EdgeKind::Table(targets));
                            targets += 1;
                        }
                    }
                }
                self.close(next);
            }
            // return
            0x0f => {
                self.straight();
                let outermost = self.frames.len().saturating_sub(1);
                self.branch(u32::try_from(outermost).unwrap_or(u32::MAX), EdgeKind::Jump);
                self.close(next);
            }
            // unreachable
            0x00 => {
                self.straight();
                self.close(next);
            }
            // call
            0x10 => {
                self.straight();
                if self.is_live() {
                    self.calls.direct.push(immediates.read_var_u32()?);
                }
            }
            // call_indirect
            0x11 => {
                self.straight();
                if self.is_live() {
                    let ty = immediates.read_var_u32()?;
                    self.calls.indirect.push((ty, immediates.read_var_u32()?));
                }
            }
            // ref.func
            0xd2 => {
                self.straight();
                if self.is_live() {
                    self.calls.ref_funcs.push(immediates.read_var_u32()?);
                }
            }
            _ => self.straight(),
        }
        Ok(())
    }

    /// Ends the body, which reaches to `offset`.
    pub(crate) fn finish(&mut self, offset: u64) {
        self.close(offset);
        self.calls.dedup();
    }

    fn end(&mut self, at: u64) {
        let Some(mut frame) = self.frames.pop() else {
            return;
        };
        if frame.is_loop {
            // The label was at the head: control just runs on.
            self.straight();
            return;
        }
        if let Some(if_block) = frame.if_block {
            // No `else`: the condition being zero leads here.
            let join = *frame.label.get_or_insert_with(|| self.graph.add_node(Block::default()));
            self.graph.add_edge(if_block, join, EdgeKind::False);
        }
        if let Some(join) = frame.label {
            let before = self.close(at);
            self.link(before, join, EdgeKind::Fall);
            self.pending = Block { start: at, end: at, operators: 0 };
            self.current = Some(join);
        }
        self.straight();
    }

    fn push(&mut self, label: Option<BlockId>, is_loop: bool, if_block: Option<BlockId>) {
        self.frames.push(Frame { label, is_loop, if_block, seen_by: 0 });
    }

    fn frame_mut(&mut self, depth: u32) -> Option<&mut Frame> {
        let at = self.frames.len().checked_sub(1)?.checked_sub(depth as usize)?;
        self.frames.get_mut(at)
    }

    /// The block that a branch of this depth leads to.
    fn label(&mut self, depth: u32) -> Option<BlockId> {
        let at = self.frames.len().checked_sub(1)?.checked_sub(depth as usize)?;
        let frame = self.frames.get_mut(at)?;
        if frame.label.is_none() {
            frame.label = Some(self.graph.add_node(Block::default()));
        }
        self.back_branches += u32::from(frame.is_loop);
        frame.label
    }

    fn branch(&mut self, depth: u32, kind: EdgeKind) {
        if self.is_live() {
            let target = self.label(depth);
            self.link_to(self.current, target, kind);
        }
    }

    fn open(&mut self, start: u64) -> BlockId {
        let block = self.graph.add_node(Block::default());
        self.pending = Block { start, end: start, operators: 0 };
        self.current = Some(block);
        block
    }

    /// Ends the current block at `end` and returns it.
    fn close(&mut self, end: u64) -> Option<BlockId> {
        let block = self.current.take()?;
        if let Some(weight) = self.graph.node_weight_mut(block) {
            *weight = Block { end, ..self.pending };
        }
        Some(block)
    }

    fn link(&mut self, from: Option<BlockId>, to: BlockId, kind: EdgeKind) {
        if let Some(from) = from {
            self.graph.add_edge(from, to, kind);
        }
    }

    fn link_to(&mut self, from: Option<BlockId>, to: Option<BlockId>, kind: EdgeKind) {
        if let Some(to) = to {
            self.link(from, to, kind);
        }
    }

    /// The entry block of the graph just built.
    pub(crate) fn entry(&self) -> BlockId {
        BlockId::new(0)
    }
}

/// The control-flow graph of one function with what is known about it, for people to look at.
#[derive(Clone, Debug)]
pub struct Cfg {
    /// Index in the function index space.
    pub function: u32,
    /// Name, demangled.
    pub name: Option<String>,
    /// Blocks and edges.
    pub graph: FlowGraph,
    /// The block that a call enters.
    pub entry: BlockId,
    /// The loops and how they nest.
    pub loops: LoopNest,
    /// The first operators of each block as text, by block index.
    pub(crate) listing: Vec<Vec<String>>,
    /// What the analysis and the debug information say, once [`Cfg::annotate`] has filled it in.
    pub(crate) heat: Option<Heat>,
}

impl Cfg {
    pub(crate) fn new(
        function: u32,
        name: Option<String>,
        graph: FlowGraph,
        entry: BlockId,
        listing: Vec<Vec<String>>,
    ) -> Self {
        let loops = find_loops(&graph, entry);
        Self { function, name, graph, entry, loops, listing, heat: None }
    }

    /// The blocks in the order in which they stand in the module.
    pub fn blocks(&self) -> Vec<BlockId> {
        let mut blocks: Vec<BlockId> = self.graph.node_indices().collect();
        blocks.sort_by_key(|block| (self.graph[*block].start, self.graph[*block].end));
        blocks
    }

    /// The first operators of a block in the notation of the text format.
    pub fn operators(&self, block: BlockId) -> &[String] {
        self.listing.get(block.index()).map_or(&[], Vec::as_slice)
    }

    /// Whether the block is the head of a loop.
    pub fn is_loop_head(&self, block: BlockId) -> bool {
        self.loops.loop_of_head(block).is_some()
    }

    /// The edges as `(from, to, kind, whether it is a back edge)`, in the order of the blocks.
    pub fn edges(&self) -> Vec<(BlockId, BlockId, EdgeKind, bool)> {
        let mut edges = Vec::with_capacity(self.graph.edge_count());
        for block in self.blocks() {
            let mut out: Vec<_> = self
                .graph
                .edges(block)
                .map(|edge| {
                    let back = self.loops.is_back_edge(edge.source(), edge.target());
                    (edge.source(), edge.target(), *edge.weight(), back)
                })
                .collect();
            // petgraph lists the newest edge first.
            out.reverse();
            edges.extend(out);
        }
        edges
    }
}
