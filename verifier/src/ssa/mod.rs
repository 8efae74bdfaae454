//! One function body as values, each defined once (SSA): what the value analysis works on.
//!
//! Locals, globals and the operand stack disappear: `local.get i; i32.const 1; i32.add; local.set i`
//! is one [`Node::Binary`] on what `i` was before. Where control flow joins, [`Node::Phi`] chooses by
//! the edge that was taken. The stack slots that compilers keep locals in without optimisation are
//! turned into values by [`slots`].
//!
//! Construction is that of Braun et al. ("Simple and Efficient Construction of Static Single
//! Assignment Form", CC 2013), without its recursion: a phi is made where it is asked for and gets its
//! operands once the whole body has been read; phis with one operand are removed at the end.
//!
//! Work is counted; a body that would take more than a constant times its length is given up
//! ([`build::build`] returns `None`), so that time stays linear whatever the module.

mod arms;
pub(crate) mod build;
pub(crate) mod congruence;
pub(crate) mod events;
pub(crate) mod footprint;
mod layout;
mod ops;
mod read;
mod recast;
pub(crate) mod slots;
mod unoptimised;
mod vars;

use smallvec::SmallVec;

pub(crate) use events::{Event, Events};

use crate::cfg::{BlockId, EdgeKind, FlowGraph};
use crate::domain::{Binary, Compare, Unary};

/// Names a value of one function.
pub(crate) type ValueId = u32;

/// How a value is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Node {
    /// The low bits of the number.
    Const(u64),
    /// A parameter of the function.
    Param(u32),
    /// Anything in the range, both ends included: results of calls and of operators on floats.
    Opaque(u64, u64),
    Unary(Unary, ValueId),
    Binary(Binary, ValueId, ValueId),
    /// 0 or 1.
    Compare(Compare, ValueId, ValueId),
    /// The second value if the first is not zero, else the third.
    Select(ValueId, ValueId, ValueId),
    /// The operand of the edge by which its block was entered: index into [`Ssa::phi_args`].
    Phi(u32),
    /// `bytes` bytes of memory at `addr + offset`, sign-extended or not.
    Load {
        addr: ValueId,
        offset: u32,
        bytes: u8,
        signed: bool,
    },
    /// A mutable global at the entry of the function.
    Global(u32),
}

/// How control leaves a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    /// One way, or none.
    Plain,
    /// By the edges `True` and `False`, as the value is not zero or is.
    Cond(ValueId),
    /// By the arms of a `br_table` with this index.
    Table(ValueId),
}

/// A call by name.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) block: u32,
    pub(crate) callee: u32,
    /// Of the operator.
    pub(crate) offset: u32,
    pub(crate) args: Vec<ValueId>,
}

/// What an operator handles that costs fuel by it: bytes, table elements, pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount {
    pub(crate) block: u32,
    /// Of the operator.
    pub(crate) offset: u32,
    pub(crate) value: ValueId,
}

/// Operands of a phi.
pub(crate) type Args = SmallVec<[ValueId; 4]>;

/// The edges into a block: from where, and of which kind.
pub(crate) type BlockPreds = SmallVec<[(u32, EdgeKind); 2]>;

/// A body as values. Blocks are those of the function's flow graph, by index.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ssa {
    pub(crate) nodes: Vec<Node>,
    /// Bits of each value; 0 if it is no integer.
    pub(crate) width: Vec<u8>,
    /// Block that computes each value.
    pub(crate) block: Vec<u32>,
    /// Offset of the operator that each value comes from.
    pub(crate) offset: Vec<u32>,
    /// Operands of each phi, in the order of [`Ssa::preds`] of its block.
    pub(crate) phi_args: Vec<Args>,
    /// The edges into each block.
    pub(crate) preds: Vec<BlockPreds>,
    /// How each block ends.
    pub(crate) terms: Vec<Term>,
    /// For each target of a `br_table`, by block and number, constants that its index lies between, both included.
    pub(crate) arms: Vec<((u32, u32), (ValueId, ValueId))>,
    /// Loads, stores and other effects of each block, in order.
    pub(crate) events: Events,
    pub(crate) calls: Vec<Call>,
    /// What bulk operations and growing handle.
    pub(crate) amounts: Vec<Amount>,
    /// What leaves the function otherwise: arguments of calls through tables, results, what globals are set to apart
    /// from the stack pointer, operands of bulk and atomic operations and of all that is not followed.
    pub(crate) leaves: Vec<ValueId>,
    /// What the function returns, if it is one value: block and value.
    pub(crate) returned: Vec<(u32, ValueId)>,
    /// True if it may return something else, from a tail call.
    pub(crate) returns_otherwise: bool,
    /// What the stack pointer is set to.
    pub(crate) stack_pointers: Vec<ValueId>,
    /// Loop bounds that the program claims: block, and the claimed number.
    pub(crate) claims: Vec<(u32, ValueId)>,
    /// The local that a phi or a definition belongs to, where there is one, for messages.
    pub(crate) local: Vec<u32>,
    /// What a removed phi was replaced by, or the value itself.
    replaced: Vec<ValueId>,
    /// A constant zero of each width.
    pub(crate) zeros: Vec<ValueId>,
    /// True if values were taken through stack slots.
    pub(crate) uses_slots: bool,
}

/// No local.
pub(crate) const NO_LOCAL: u32 = u32::MAX;

impl Ssa {
    /// Without values, and with memory for so many.
    pub(crate) fn with_capacity(values: usize) -> Self {
        Self {
            nodes: Vec::with_capacity(values),
            width: Vec::with_capacity(values),
            block: Vec::with_capacity(values),
            offset: Vec::with_capacity(values),
            local: Vec::with_capacity(values),
            replaced: Vec::with_capacity(values),
            ..Self::default()
        }
    }

    pub(crate) fn add(&mut self, node: Node, width: u8, block: u32, offset: u32) -> ValueId {
        let id = self.nodes.len() as u32; // CAST: fewer values than twice the bytes of a body
        self.nodes.push(node);
        self.width.push(width);
        self.block.push(block);
        self.offset.push(offset);
        self.local.push(NO_LOCAL);
        self.replaced.push(id);
        id
    }

    /// The value that stands for `id` since phis were removed.
    pub(crate) fn find(&self, mut id: ValueId) -> ValueId {
        while self.replaced[id as usize] != id {
            id = self.replaced[id as usize];
        }
        id
    }

    pub(crate) fn node(&self, id: ValueId) -> Node {
        self.nodes[id as usize]
    }

    /// Bits of an integer value; 64 for others, of which nothing is known anyway.
    pub(crate) fn bits(&self, id: ValueId) -> u32 {
        match self.width[id as usize] {
            0 => 64,
            width => width.into(),
        }
    }

    /// The number, if the value is a constant.
    pub(crate) fn constant(&self, id: ValueId) -> Option<u64> {
        match self.node(id) {
            Node::Const(x) => Some(x),
            _ => None,
        }
    }

    /// Calls `f` with each operand of a value.
    pub(crate) fn operands(&self, id: ValueId, mut f: impl FnMut(ValueId)) {
        match self.node(id) {
            Node::Const(_) | Node::Param(_) | Node::Opaque(..) | Node::Global(_) => {}
            Node::Unary(_, a) => f(a),
            Node::Load { addr, .. } => f(addr),
            Node::Binary(_, a, b) | Node::Compare(_, a, b) => {
                f(a);
                f(b);
            }
            Node::Select(c, a, b) => {
                f(c);
                f(a);
                f(b);
            }
            Node::Phi(phi) => self.phi_args[phi as usize].iter().copied().for_each(f),
        }
    }

    /// Replaces phis whose operands are all the same value (or the phi itself) by that value.
    fn remove_trivial_phis(&mut self) {
        /// Rounds after which the remaining ones stay; they cost precision, not soundness.
        const ROUNDS: usize = 16;
        let mut phis: Vec<ValueId> =
            (0..self.nodes.len() as u32).filter(|id| matches!(self.node(*id), Node::Phi(_))).collect();
        for _ in 0..ROUNDS {
            let mut changed = false;
            // Once from the end, once from the start: what one phi waits for may be before or behind it.
            phis.reverse();
            phis.retain(|id| self.replaced[*id as usize] == *id);
            for &id in &phis {
                let Node::Phi(phi) = self.node(id) else { continue };
                let mut only = None;
                let mut many = false;
                for arg in &self.phi_args[phi as usize] {
                    let arg = self.find(*arg);
                    if arg != id && only != Some(arg) {
                        many = only.is_some();
                        only = Some(arg);
                        if many {
                            break;
                        }
                    }
                }
                if let (Some(only), false) = (only, many) {
                    self.replaced[id as usize] = only;
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        self.rename();
    }

    /// Lets every use name the value that it stands for.
    fn rename(&mut self) {
        for id in 0..self.replaced.len() as u32 {
            let to = self.find(id);
            self.replaced[id as usize] = to;
            if to != id && self.local[to as usize] == NO_LOCAL {
                self.local[to as usize] = self.local[id as usize];
            }
        }
        let to = |id: &mut ValueId| *id = self.replaced[*id as usize];
        for node in &mut self.nodes {
            match node {
                Node::Const(_) | Node::Param(_) | Node::Opaque(..) | Node::Global(_) | Node::Phi(_) => {}
                Node::Unary(_, a) => to(a),
                Node::Load { addr, .. } => to(addr),
                Node::Binary(_, a, b) | Node::Compare(_, a, b) => {
                    to(a);
                    to(b);
                }
                Node::Select(c, a, b) => {
                    to(c);
                    to(a);
                    to(b);
                }
            }
        }
        self.phi_args.iter_mut().flatten().for_each(to);
        for term in &mut self.terms {
            if let Term::Cond(id) | Term::Table(id) = term {
                to(id);
            }
        }
        for event in self.events.iter_mut() {
            match event {
                Event::Load(id) => to(id),
                Event::Store { addr, value, .. } => {
                    to(addr);
                    to(value);
                }
                Event::Effects => {}
            }
        }
        self.calls.iter_mut().flat_map(|call| &mut call.args).for_each(to);
        self.amounts.iter_mut().map(|amount| &mut amount.value).for_each(to);
        self.leaves.iter_mut().chain(&mut self.stack_pointers).for_each(to);
        self.claims.iter_mut().chain(&mut self.returned).map(|(_, value)| value).for_each(to);
    }
}

/// The edges into each block, in a fixed order.
fn preds_of(graph: &FlowGraph) -> Vec<BlockPreds> {
    let mut preds = vec![BlockPreds::new(); graph.node_count()];
    for edge in graph.edge_indices() {
        if let (Some((from, to)), Some(kind)) = (graph.edge_endpoints(edge), graph.edge_weight(edge)) {
            preds[to.index()].push((from.index() as u32, *kind)); // CAST: petgraph indices are u32
        }
    }
    preds
}

/// The block with this index.
pub(crate) fn block_id(index: u32) -> BlockId {
    BlockId::new(index as usize)
}
