//! The variables of a body while it is being read, and the edges of its graph.

use super::vars::{Entry, Initial, Preds, Span};
use super::{NO_LOCAL, Node, Ssa, ValueId};
use crate::cfg::{BlockId, FlowGraph};

/// Variables: locals, then globals, then what blocks pass on.
pub(super) struct Layout {
    pub(super) locals: Vec<u8>,
    pub(super) params: u32,
    pub(super) globals: Vec<u8>,
    pub(super) carried: Vec<u8>,
    /// Values of locals and globals at the entry, made when asked for.
    pub(super) entry: Vec<Option<ValueId>>,
}

impl Layout {
    pub(super) fn global(&self, global: u32) -> u32 {
        self.locals.len() as u32 + global // CAST: wasmparser allows 50,000
    }

    /// Variables for what a block passes on.
    pub(super) fn carry(&mut self, widths: impl Iterator<Item = u8>) -> u32 {
        let first = self.locals.len() + self.globals.len() + self.carried.len();
        self.carried.extend(widths);
        first as u32 // CAST: fewer than bytes of the body times values of a signature
    }
}

impl Initial for Layout {
    fn initial(&mut self, ssa: &mut Ssa, var: u32) -> ValueId {
        let at = var as usize;
        if let Some(Some(id)) = self.entry.get(at) {
            return *id;
        }
        let width = self.width(var);
        let node = if var < self.params {
            Node::Param(var)
        } else if at < self.locals.len() {
            if width == 0 { Node::Opaque(0, u64::MAX) } else { Node::Const(0) }
        } else {
            Node::Global(var - self.locals.len() as u32)
        };
        let id = ssa.add(node, width, 0, 0);
        if var < self.params {
            ssa.local[id as usize] = var;
        }
        if let Some(slot) = self.entry.get_mut(at) {
            *slot = Some(id);
        }
        id
    }

    fn width(&self, var: u32) -> u8 {
        let mut at = var as usize;
        for list in [&self.locals, &self.globals, &self.carried] {
            match list.get(at) {
                Some(width) => return *width,
                None => at -= list.len(),
            }
        }
        0
    }

    fn local(&self, var: u32) -> u32 {
        if (var as usize) < self.locals.len() { var } else { NO_LOCAL }
    }
}

/// Edges while the graph is being built: a loop's label may get more.
pub(super) struct Growing<'g> {
    pub(super) graph: &'g FlowGraph,
    pub(super) is_loop: &'g [bool],
    pub(super) spans: &'g [Option<Span>],
}

impl Preds for Growing<'_> {
    fn single(&self, block: u32) -> Result<Option<u32>, Entry> {
        if block == 0 {
            return Err(Entry);
        }
        if self.is_loop.get(block as usize) == Some(&true) {
            return Ok(None);
        }
        let id = BlockId::new(block as usize);
        let mut before = self.graph.neighbors_directed(id, petgraph::Direction::Incoming);
        match (before.next(), before.next()) {
            (Some(one), None) => Ok(Some(one.index() as u32)),
            _ => Ok(None),
        }
    }

    fn span(&self, block: u32) -> Option<Span> {
        self.spans.get(block as usize).copied().flatten()
    }
}
