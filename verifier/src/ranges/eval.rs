//! The set of one value from those of its operands, where it is computed, in a block and on an edge.

use super::{Fact, Ranges};
use crate::cfg::EdgeKind;
use crate::domain::{Binary, Compare, Value, signed};
use crate::ssa::{Node, ValueId, block_id};

impl Ranges<'_> {
    pub(super) fn eval(&self, id: ValueId) -> Value {
        let ssa = self.ssa;
        let width = ssa.bits(id);
        let block = ssa.block[id as usize];
        let at = |v: ValueId| self.at(v, block);
        let value = match ssa.node(id) {
            Node::Const(x) => Value::constant(x, width),
            Node::Param(index) => self.known.param(index, width),
            Node::Opaque(min, max) => Value::unsigned_range(min, max.min(crate::domain::mask_of(width)), width),
            Node::Global(_) => Value::top(width),
            Node::Unary(op, a) => op.apply(&at(a)),
            Node::Binary(op, a, b) => {
                let (x, y) = (at(a), at(b));
                match op {
                    // `x - x` and `x ^ x`.
                    Binary::Sub | Binary::Xor if a == b && !x.is_bottom() => Value::constant(0, width),
                    Binary::Add | Binary::Sub if let Some(stopped) = self.stopped(op, a, b, block) => {
                        op.apply(&x, &y).meet(&stopped)
                    }
                    Binary::Sub => op.apply(&x, &y).meet(&self.ordered_difference(a, b, block)),
                    Binary::Add | Binary::ShrU | Binary::ShrS | Binary::DivU | Binary::DivS => {
                        op.apply(&x, &y).meet(&self.middle(id, block))
                    }
                    _ => op.apply(&x, &y),
                }
            }
            Node::Compare(op, a, b) => {
                let (x, y) = (at(a), at(b));
                match op.decide(&x, &y) {
                    _ if x.is_bottom() || y.is_bottom() => Value::bottom(width),
                    Some(result) => Value::constant(result.into(), width),
                    None if self.is_said(a, op, b, block) => Value::constant(1, width),
                    None if self.is_said(a, op.negated(), b, block) => Value::constant(0, width),
                    None => Value::unsigned_range(0, 1, width),
                }
            }
            Node::Select(cond, a, b) => {
                let side = |v: ValueId, holds: bool| {
                    let mut facts = Vec::new();
                    self.facts(cond, holds, &mut facts);
                    let own = facts.iter().filter(|fact| fact.value == v);
                    own.fold(at(v), |value, fact| self.meet_fact(value, fact, block, 1))
                };
                let test = at(cond);
                match test.as_constant() {
                    _ if test.is_bottom() => Value::bottom(width),
                    Some(0) => side(b, false),
                    _ if !test.contains(0) => side(a, true),
                    _ => side(a, true).join(&side(b, false)),
                }
            }
            Node::Load { addr, offset, bytes, signed: is_signed } => {
                let bits = u32::from(bytes) * 8;
                let by_size = match (is_signed, width) {
                    (true, _) => Value::signed_range(signed(1 << (bits - 1), bits), (1 << (bits - 1)) - 1, width),
                    (false, _) if bits >= width => Value::top(width),
                    (false, _) => Value::unsigned_range(0, crate::domain::mask_of(bits), width),
                };
                match self.known.load(&at(addr), offset, bytes, is_signed, width) {
                    Some(known) => by_size.meet(&known),
                    None => by_size,
                }
            }
            Node::Phi(phi) => {
                let preds = &ssa.preds[block as usize];
                let args = &ssa.phi_args[phi as usize];
                let mut all = Value::bottom(width);
                for (way, (arg, (from, kind))) in args.iter().zip(preds).enumerate() {
                    if self.order.number(block_id(*from)).is_some() {
                        let value = self.on_edge(*arg, *from, *kind);
                        let start = if self.starts.is_empty() { None } else { self.starts.get(&(id, way)) };
                        all = all.join(&start.map_or(value, |start| value.meet(start)));
                    }
                    // More says no more.
                    if all.is_top() {
                        break;
                    }
                }
                all
            }
        };
        self.clamps.get(&id).map_or(value, |clamp| value.meet(clamp))
    }

    /// Whether a branch before the block says so of two values.
    pub(super) fn is_said(&self, a: ValueId, op: Compare, b: ValueId, block: u32) -> bool {
        let sites = self.sites_of(a);
        if sites.is_empty() {
            return false;
        }
        let Some(span) = self.order.span(block_id(block)) else { return false };
        sites.iter().any(|site| {
            let (fact, holds) = (self.fact(site), site.span.0 <= span.0 && span.1 <= site.span.1);
            holds && fact.is_plain() && fact.other == Some(b) && fact.op.implies(op)
        })
    }

    /// The set of a value on an edge.
    pub(crate) fn on_edge(&self, id: ValueId, from: u32, kind: EdgeKind) -> Value {
        if let Some(x) = self.ssa.constant(id) {
            return Value::constant(x, self.ssa.bits(id));
        }
        self.asked((id, from, Some(kind)), || self.deep(id, from, self.other_edge_facts(from, kind), 2))
    }

    /// What `find` finds, or has found.
    fn asked(&self, of: (ValueId, u32, Option<EdgeKind>), find: impl FnOnce() -> Value) -> Value {
        /// Sets that are kept, so that a function takes no more than a few megabytes for them.
        const MOST: usize = 1 << 16;
        if !self.is_settled || self.ssa.constant(of.0).is_some() {
            return find();
        }
        if let Some(found) = self.asked.borrow().get(&of) {
            return *found;
        }
        let found = find();
        let mut asked = self.asked.borrow_mut();
        if asked.len() < MOST {
            asked.insert(of, found);
        }
        found
    }

    /// The set of a value where it is used in a block, computed again from what is known of its operands
    /// there: they are the ones that it was made from, because its definition dominates the block and
    /// theirs dominates its own.
    pub(crate) fn deep_at(&self, id: ValueId, block: u32) -> Value {
        self.asked((id, block, None), || self.deep(id, block, &[], 3))
    }

    fn deep(&self, id: ValueId, block: u32, facts: &[Fact], depth: u32) -> Value {
        let own = facts.iter().filter(|fact| fact.value == id);
        let value = own.fold(self.at(id, block), |value, fact| self.meet_fact(value, fact, block, 1));
        if depth == 0 || value.as_constant().is_some() || value.is_bottom() {
            return value;
        }
        // Nothing more is known of the operands than where it was computed; a step further down, seldom.
        if !self.effort.is_thorough
            && block == self.ssa.block[id as usize]
            && (facts.is_empty() || !self.is_told(id, facts, depth))
        {
            return value;
        }
        let near = self.near.get(self.place[id as usize] as usize).map_or(0, |near| u32::from(*near));
        if near > depth && (facts.is_empty() || !self.is_told(id, facts, depth)) {
            return value;
        }
        let go = |v: ValueId| self.deep(v, block, facts, depth - 1);
        match self.ssa.node(id) {
            Node::Binary(op, a, b) if a != b => value.meet(&op.apply(&go(a), &go(b))),
            Node::Unary(op, a) => value.meet(&op.apply(&go(a))),
            Node::Select(cond, a, b) => value.meet(&self.select(cond, go(a), a, go(b), b, block)),
            _ => value,
        }
    }

    /// What a `select` gives in a block where its operands have these values.
    pub(crate) fn select(&self, cond: ValueId, x: Value, a: ValueId, y: Value, b: ValueId, block: u32) -> Value {
        let test = self.at(cond, block);
        let side = |value: Value, id: ValueId, holds: bool| {
            let mut facts = Vec::new();
            self.facts(cond, holds, &mut facts);
            let own = facts.iter().filter(|fact| fact.value == id);
            own.fold(value, |value, fact| self.meet_fact(value, fact, block, 1))
        };
        match test.as_constant() {
            _ if test.is_bottom() => Value::bottom(x.width()),
            Some(0) => y,
            _ if !test.contains(0) => x,
            _ => side(x, a, true).join(&side(y, b, false)),
        }
    }
}
