//! The value analysis of one function: a set of integers for each value of [`Ssa`].
//!
//! Abstract interpretation on values instead of program points: ascending rounds over the values in
//! reverse postorder, with widening at the phis of loop heads, until nothing changes, then two
//! descending rounds (Cousot and Cousot, "Abstract Interpretation", POPL 1977). What a branch says about
//! a value (`i < n` on this side) is kept beside the value with the block from which on it holds, and
//! met with the value's own set wherever that block dominates the use.
//!
//! Only the values that loop conditions depend on are analysed.

use crate::cfg::EdgeKind;
use crate::domain::{Binary, Compare, Unary, Value, signed};
use crate::order::Order;
use crate::ssa::{Node, Ssa, Term, ValueId, block_id};

/// What a branch says of a value `v`: `v + shift` compares like this with `other`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fact {
    pub(crate) value: ValueId,
    pub(crate) op: Compare,
    /// `None` for zero.
    pub(crate) other: Option<ValueId>,
    /// Added to the value before it is compared.
    shift: u64,
    /// True if the value is zero-extended from 32 to 64 bits before it is compared.
    extended: bool,
}

impl Fact {
    /// Whether it is about the value itself.
    pub(crate) fn is_plain(&self) -> bool {
        self.shift == 0 && !self.extended
    }
}

/// A fact and the block that it holds from.
#[derive(Clone, Copy, Debug)]
struct Site {
    block: u32,
    fact: Fact,
}

/// What is known from outside of the function.
pub(crate) trait Known {
    /// The values of a parameter.
    fn param(&self, index: u32, width: u32) -> Value;
    /// What a load from these addresses gives, if it is known.
    fn load(&self, addr: &Value, offset: u32, bytes: u8, signed: bool, width: u32) -> Option<Value>;
}

/// The result of the analysis.
pub(crate) struct Ranges<'a> {
    pub(crate) ssa: &'a Ssa,
    pub(crate) order: &'a Order,
    known: &'a dyn Known,
    sites: Vec<Vec<Site>>,
    values: Vec<Value>,
    /// Sets found otherwise, which hold as well.
    clamps: Vec<(ValueId, Value)>,
}

/// Facts of one value that are looked at; the rest cost precision only.
const MAX_SITES: usize = 32;
/// Rounds before every change is widened to the end of the type.
const PATIENCE: usize = 12;

impl<'a> Ranges<'a> {
    /// Analyses what the `roots` depend on. `is_head` says which blocks are loop heads.
    pub(crate) fn new(
        ssa: &'a Ssa,
        order: &'a Order,
        known: &'a dyn Known,
        is_head: &dyn Fn(u32) -> bool,
        roots: &[ValueId],
        clamps: Vec<(ValueId, Value)>,
    ) -> Self {
        let mut ranges = Self { ssa, order, known, sites: Vec::new(), values: Vec::new(), clamps };
        ranges.sites = ranges.collect_sites();
        let list = ranges.schedule(roots);
        ranges.values = (0..ssa.nodes.len() as u32).map(|id| Value::top(ssa.bits(id))).collect();
        for id in &list {
            ranges.values[*id as usize] = Value::bottom(ssa.bits(*id));
        }
        ranges.solve(&list, is_head);
        ranges
    }

    /// The set of a value, wherever it is used.
    pub(crate) fn of(&self, id: ValueId) -> Value {
        self.values[id as usize]
    }

    /// The set of a value where it is used in a block.
    pub(crate) fn at(&self, id: ValueId, block: u32) -> Value {
        self.refined(id, block, 2)
    }

    fn refined(&self, id: ValueId, block: u32, depth: u32) -> Value {
        let mut value = self.values[id as usize];
        if depth == 0 {
            return value;
        }
        for site in self.sites[id as usize].iter().take(MAX_SITES) {
            if self.order.dominates(block_id(site.block), block_id(block)) {
                value = self.meet_fact(value, &site.fact, site.block, depth - 1);
            }
        }
        value
    }

    fn meet_fact(&self, value: Value, fact: &Fact, block: u32, depth: u32) -> Value {
        if value.is_bottom() {
            return value;
        }
        let width = if fact.extended { 64 } else { value.width() };
        let other = match fact.other {
            Some(other) => self.refined(other, block, depth),
            None => Value::constant(0, width),
        };
        if other.width() != width {
            return value;
        }
        if fact.extended {
            let wide = Unary::Zext(64).apply(&value);
            let (wide, _) = fact.op.refine(&wide, &other);
            return value.meet(&Unary::Zext(32).apply(&wide));
        }
        if fact.shift == 0 {
            return fact.op.refine(&value, &other).0;
        }
        let shift = Value::constant(fact.shift, width);
        let moved = Binary::Add.apply(&value, &shift);
        let (moved, _) = fact.op.refine(&moved, &other);
        if moved.is_bottom() {
            return Value::bottom(width);
        }
        let mask = crate::domain::mask_of(width);
        let back = |x: u64| x.wrapping_sub(fact.shift) & mask;
        // CAST: bits.
        let (smin, smax) = (moved.smin as u64 & mask, moved.smax as u64 & mask);
        value.meet_wrapped(back(moved.umin), back(moved.umax)).meet_wrapped(back(smin), back(smax))
    }

    /// What holds if a condition is not zero (`holds`) or zero.
    pub(crate) fn facts(&self, cond: ValueId, holds: bool, out: &mut Vec<Fact>) {
        self.facts_to(cond, holds, out, 6);
    }

    fn facts_to(&self, cond: ValueId, holds: bool, out: &mut Vec<Fact>, depth: u32) {
        if depth == 0 {
            return;
        }
        let ssa = self.ssa;
        let zero = |v: ValueId| ssa.constant(v) == Some(0);
        let truth = |v: ValueId| match ssa.node(v) {
            Node::Compare(..) => true,
            Node::Binary(Binary::And | Binary::Or | Binary::Xor, a, b) => {
                matches!(ssa.node(a), Node::Compare(..)) && matches!(ssa.node(b), Node::Compare(..) | Node::Const(1))
            }
            _ => false,
        };
        match ssa.node(cond) {
            Node::Compare(op @ (Compare::Eq | Compare::Ne), a, b) if zero(b) => {
                let op = if holds { op } else { op.negated() };
                // `x == 0` is "not x".
                self.facts_to(a, op == Compare::Ne, out, depth - 1);
            }
            Node::Compare(op, a, b) => {
                let op = if holds { op } else { op.negated() };
                self.push_fact(a, op, Some(b), out);
                self.push_fact(b, op.swapped(), Some(a), out);
            }
            Node::Binary(Binary::And, a, b) if truth(a) && truth(b) => {
                if holds {
                    self.facts_to(a, true, out, depth - 1);
                    self.facts_to(b, true, out, depth - 1);
                }
            }
            Node::Binary(Binary::And, a, b) if ssa.constant(b) == Some(1) && truth(a) => {
                self.facts_to(a, holds, out, depth - 1);
            }
            Node::Binary(Binary::Or, a, b) if !holds => {
                self.facts_to(a, false, out, depth - 1);
                self.facts_to(b, false, out, depth - 1);
            }
            Node::Binary(Binary::Xor, a, b) if ssa.constant(b) == Some(1) && truth(a) => {
                self.facts_to(a, !holds, out, depth - 1);
            }
            _ => self.push_fact(cond, if holds { Compare::Ne } else { Compare::Eq }, None, out),
        }
    }

    fn push_fact(&self, value: ValueId, op: Compare, other: Option<ValueId>, out: &mut Vec<Fact>) {
        let ssa = self.ssa;
        if ssa.constant(value).is_some() {
            return;
        }
        out.push(Fact { value, op, other, shift: 0, extended: false });
        match ssa.node(value) {
            Node::Binary(Binary::Add, x, c) => {
                if let Some(shift) = ssa.constant(c) {
                    out.push(Fact { value: x, op, other, shift, extended: false });
                }
            }
            Node::Binary(Binary::Sub, x, c) => {
                if let Some(shift) = ssa.constant(c) {
                    let mask = crate::domain::mask_of(ssa.bits(x));
                    let shift = shift.wrapping_neg() & mask;
                    out.push(Fact { value: x, op, other, shift, extended: false });
                }
            }
            Node::Unary(Unary::Zext(64), x) => out.push(Fact { value: x, op, other, shift: 0, extended: true }),
            _ => {}
        }
    }

    /// What is known on an edge.
    pub(crate) fn edge_facts(&self, from: u32, kind: EdgeKind) -> Vec<Fact> {
        let mut facts = Vec::new();
        if let Term::Cond(cond) = self.ssa.terms[from as usize] {
            match kind {
                EdgeKind::True => self.facts(cond, true, &mut facts),
                EdgeKind::False => self.facts(cond, false, &mut facts),
                _ => {}
            }
        }
        facts
    }

    fn collect_sites(&self) -> Vec<Vec<Site>> {
        let mut sites = vec![Vec::new(); self.ssa.nodes.len()];
        for (block, preds) in self.ssa.preds.iter().enumerate() {
            if let [(from, kind)] = preds[..] {
                for fact in self.edge_facts(from, kind) {
                    sites[fact.value as usize].push(Site { block: block as u32, fact }); // CAST: petgraph's u32
                }
            }
        }
        sites
    }

    /// The facts that hold in a block and compare two values, the nearest first.
    pub(crate) fn facts_at(&self, block: u32) -> Vec<Fact> {
        /// Dominators that are looked at.
        const REACH: usize = 48;
        let mut out = Vec::new();
        let mut at = Some(block_id(block));
        for _ in 0..REACH {
            let Some(here) = at else { break };
            if let [(from, kind)] = self.ssa.preds[here.index()][..] {
                out.extend(self.edge_facts(from, kind));
            }
            at = self.order.idom(here);
        }
        out
    }

    /// The values to analyse: operands before users, blocks in reverse postorder.
    fn schedule(&self, roots: &[ValueId]) -> Vec<ValueId> {
        let ssa = self.ssa;
        let mut state = vec![0_u8; ssa.nodes.len()];
        let mut list: Vec<ValueId> = Vec::new();
        let mut later: Vec<ValueId> = roots.to_vec();
        let mut stack: Vec<(ValueId, bool)> = Vec::new();
        while let Some(root) = later.pop() {
            stack.push((root, false));
            while let Some((id, done)) = stack.pop() {
                if done {
                    list.push(id);
                    continue;
                }
                if std::mem::replace(&mut state[id as usize], 1) != 0 {
                    continue;
                }
                stack.push((id, true));
                let is_phi = matches!(ssa.node(id), Node::Phi(_));
                ssa.operands(id, |v| if is_phi { later.push(v) } else { stack.push((v, false)) });
                for site in self.sites[id as usize].iter().take(MAX_SITES) {
                    later.extend(site.fact.other);
                }
            }
        }
        let number = |id: &ValueId| self.order.number(block_id(ssa.block[*id as usize])).unwrap_or(u32::MAX);
        list.retain(|id| number(id) != u32::MAX);
        list.sort_by_key(|id| (number(id), !matches!(ssa.node(*id), Node::Phi(_))));
        list
    }

    /// Constants that loops are likely to stop at, ascending.
    fn steps(&self, list: &[ValueId]) -> Vec<u64> {
        const MOST: usize = 64;
        let mut steps = Vec::new();
        for id in list {
            if let Node::Compare(_, a, b) = self.ssa.node(*id) {
                for c in [a, b].into_iter().filter_map(|v| self.ssa.constant(v)) {
                    steps.extend([c.wrapping_sub(1), c, c.wrapping_add(1)]);
                }
            }
            if steps.len() >= MOST {
                break;
            }
        }
        steps.extend([0, 1, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, i64::MAX as u64]); // CAST: bits
        steps.sort_unstable();
        steps.dedup();
        steps
    }

    fn solve(&mut self, list: &[ValueId], is_head: &dyn Fn(u32) -> bool) {
        let steps = self.steps(list);
        let mut updates = vec![0_u8; self.ssa.nodes.len()];
        for round in 0.. {
            let mut changed = false;
            for &id in list {
                let old = self.values[id as usize];
                let new = self.eval(id);
                let joined = old.join(&new);
                if joined == old {
                    continue;
                }
                changed = true;
                let count = &mut updates[id as usize];
                *count = count.saturating_add(1);
                let widens = matches!(self.ssa.node(id), Node::Phi(_)) && is_head(self.ssa.block[id as usize]);
                self.values[id as usize] = if round > 3 * PATIENCE {
                    Value::top(old.width())
                } else if round > PATIENCE {
                    old.widen(&new, &[])
                } else if widens && *count > 2 {
                    let mask = crate::domain::mask_of(old.width());
                    let fitting = &steps[..steps.partition_point(|s| *s <= mask)];
                    old.widen(&new, if *count > 6 { &[] } else { fitting })
                } else {
                    joined
                };
            }
            if !changed {
                break;
            }
        }
        // Each set is right; evaluated from right sets, it stays so.
        for _ in 0..2 {
            for &id in list {
                let new = self.eval(id);
                self.values[id as usize] = self.values[id as usize].meet(&new);
            }
        }
    }

    fn eval(&self, id: ValueId) -> Value {
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
                    _ => op.apply(&x, &y),
                }
            }
            Node::Compare(op, a, b) => {
                let (x, y) = (at(a), at(b));
                match op.decide(&x, &y) {
                    _ if x.is_bottom() || y.is_bottom() => Value::bottom(width),
                    Some(result) => Value::constant(result.into(), width),
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
                args.iter().zip(preds).fold(Value::bottom(width), |all, (arg, (from, kind))| {
                    if self.order.number(block_id(*from)).is_none() {
                        return all;
                    }
                    all.join(&self.on_edge(*arg, *from, *kind))
                })
            }
        };
        self.clamps.iter().filter(|(v, _)| *v == id).fold(value, |value, (_, clamp)| value.meet(clamp))
    }

    /// The set of a value on an edge.
    pub(crate) fn on_edge(&self, id: ValueId, from: u32, kind: EdgeKind) -> Value {
        let facts = self.edge_facts(from, kind);
        let own = facts.iter().filter(|fact| fact.value == id);
        own.fold(self.at(id, from), |value, fact| self.meet_fact(value, fact, from, 1))
    }
}
