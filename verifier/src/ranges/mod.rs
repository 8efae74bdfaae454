//! The value analysis of one function: a set of integers for each value of [`Ssa`].
//!
//! Abstract interpretation on values instead of program points: ascending rounds over the values in
//! reverse postorder, with widening at the phis of loop heads, until nothing changes, then two
//! descending rounds (Cousot and Cousot, "Abstract Interpretation", POPL 1977). What a branch says about
//! a value (`i < n` on this side) is kept beside the value with the block from which on it holds, and
//! met with the value's own set wherever that block dominates the use.
//!
//! Only the values that loop conditions depend on are analysed.

mod facts;
mod follow;
mod ordered;
mod solve;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::rc::Rc;

use crate::cfg::EdgeKind;
use crate::domain::{Binary, Compare, Tnum, Unary, Value, signed};
use crate::effort::Effort;
use crate::order::Order;
use crate::ssa::congruence::Mix;
use crate::ssa::{Node, Ssa, ValueId, block_id};
use solve::{Evaluated, Reads};

/// What a branch says of a value `v`: `v + shift` compares like this with `other`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fact {
    pub(crate) value: ValueId,
    pub(crate) op: Compare,
    /// `None` for zero.
    pub(crate) other: Option<ValueId>,
    via: Via,
}

/// What is done to a value before it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Via {
    Nothing,
    /// Added.
    Shift(u64),
    /// Another value is added.
    Plus(ValueId),
    /// Another value is subtracted.
    Minus(ValueId),
    /// Zero-extended from 32 to 64 bits.
    Extended,
    /// Cut to these bits.
    Mask(u64),
    /// Shifted to the right by so many places, fewer than the width; zeros come in.
    Shifted(u32),
    /// Sign-extended from so many bits.
    SignExtended(u8),
}

impl Fact {
    /// Whether it is about the value itself.
    pub(crate) fn is_plain(&self) -> bool {
        self.via == Via::Nothing
    }
}

/// A fact and the block that it holds from.
#[derive(Clone, Copy, Debug)]
struct Site {
    block: u32,
    /// Of the block, in the dominator tree.
    span: (u32, u32),
    fact: Fact,
}

/// What is known from outside of the function.
pub(crate) trait Known {
    /// The values of a parameter.
    fn param(&self, index: u32, width: u32) -> Value;
    /// What a load from these addresses gives, if it is known.
    fn load(&self, addr: &Value, offset: u32, bytes: u8, signed: bool, width: u32) -> Option<Value>;
    /// How much is spent on the function.
    fn effort(&self) -> &Effort;
}

/// Sets by value, block and edge.
type Asked = HashMap<(ValueId, u32, Option<EdgeKind>), Value, BuildHasherDefault<Mix>>;

/// A list of facts, once asked for.
type Cached = OnceCell<Rc<[Fact]>>;

/// The result of the analysis.
pub(crate) struct Ranges<'a> {
    pub(crate) ssa: &'a Ssa,
    pub(crate) order: &'a Order,
    known: &'a dyn Known,
    effort: &'a Effort,
    /// Sites of all values, by value; where those of each value begin.
    sites: Vec<Site>,
    site_starts: Vec<u32>,
    values: Vec<Value>,
    /// Sets found otherwise, which hold as well.
    clamps: HashMap<ValueId, Value>,
    /// Sets of the operands of phis found otherwise, by phi and number of the edge.
    starts: HashMap<(ValueId, usize), Value>,
    /// By value: how many steps down its operands something is that a branch speaks of, see [`Ranges::deep`].
    near: Vec<u8>,
    /// Facts that hold in a block, by block, once asked for.
    known_facts: Vec<Cached>,
    /// Facts on the edges out of a block, by block and side, once asked for.
    known_edges: Vec<[Cached; 2]>,
    /// The values that are analysed, in the order of evaluation.
    list: Vec<ValueId>,
    reads: Reads,
    /// By place in `list`: the last evaluation and what came of it.
    evaluated: Vec<Evaluated>,
    results: Vec<Value>,
    /// By value: number of the evaluation that changed it last.
    changed_at: Vec<u32>,
    /// Orders that loop bounds have shown.
    orders: Vec<Ordered>,
    /// Head of the loop that is followed round by round: the sets of its values are those of one round.
    followed: Option<u32>,
    /// Sets on edges and in blocks that have been asked for since the analysis came to its end, which do not change
    /// until it goes on: by value, block and edge.
    asked: RefCell<Asked>,
    /// Whether the analysis has come to its end.
    is_settled: bool,
}

/// In the blocks that this one dominates a value is at most another as an unsigned number, or less if `strict`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ordered {
    pub(crate) block: u32,
    pub(crate) value: ValueId,
    pub(crate) most: ValueId,
    pub(crate) strict: bool,
}

impl<'a> Ranges<'a> {
    /// Before anything is analysed: what branches say can be asked for, sets cannot.
    pub(crate) fn new(ssa: &'a Ssa, order: &'a Order, known: &'a dyn Known) -> Self {
        Self {
            ssa,
            order,
            known,
            effort: known.effort(),
            sites: Vec::new(),
            site_starts: Vec::new(),
            values: Vec::new(),
            clamps: HashMap::new(),
            starts: HashMap::new(),
            near: Vec::new(),
            known_facts: vec![Cached::new(); ssa.terms.len()],
            known_edges: vec![Default::default(); ssa.terms.len()],
            list: Vec::new(),
            reads: Reads::default(),
            evaluated: Vec::new(),
            results: Vec::new(),
            changed_at: Vec::new(),
            orders: Vec::new(),
            followed: None,
            asked: RefCell::default(),
            is_settled: false,
        }
    }

    /// Whether the function has so many values that dear steps are left out.
    pub(crate) fn is_large(&self) -> bool {
        self.ssa.nodes.len() > self.effort.large
    }

    /// How much is spent on the function.
    pub(crate) fn effort(&self) -> &'a Effort {
        self.effort
    }

    /// The sets of the values that are analysed, in the order of evaluation.
    pub(crate) fn sets(&self) -> Vec<Value> {
        self.list.iter().map(|id| self.values[*id as usize]).collect()
    }

    /// By value: whether its set is another than it was.
    pub(crate) fn changed(&self, before: &[Value]) -> Vec<bool> {
        let mut changed = vec![false; self.ssa.nodes.len()];
        for (id, old) in self.list.iter().zip(before) {
            changed[*id as usize] = self.values[*id as usize] != *old;
        }
        changed
    }

    /// Says whether the sets may be about to change.
    fn settle(&mut self, is_settled: bool) {
        self.is_settled = is_settled;
        self.asked.get_mut().clear();
    }

    /// Analyses what the `roots` depend on. `is_head` says which blocks are loop heads.
    pub(crate) fn analyse(&mut self, is_head: &dyn Fn(u32) -> bool, roots: &[ValueId]) {
        let ssa = self.ssa;
        (self.sites, self.site_starts) = self.collect_sites();
        self.list = self.schedule(roots);
        self.near = self.distances();
        let (narrow, wide) = (Value::top(32), Value::top(64));
        let initial = |(node, width): (&Node, &u8)| match (node, width) {
            (Node::Const(x), 0) => Value::constant(*x, 64),
            (Node::Const(x), width) => Value::constant(*x, u32::from(*width)),
            (_, 32) => narrow,
            _ => wide,
        };
        self.values = ssa.nodes.iter().zip(&ssa.width).map(initial).collect();
        self.reads.moves = vec![false; ssa.nodes.len()];
        self.reads.read_by = vec![Cell::new(0); ssa.nodes.len()];
        for id in &self.list {
            self.reads.moves[*id as usize] = true;
        }
        self.solve(is_head);
        self.settle(true);
    }

    /// Analyses the same values again with more that is known of some.
    pub(crate) fn again(&mut self, is_head: &dyn Fn(u32) -> bool, clamps: Vec<(ValueId, Value)>) {
        self.settle(false);
        self.clamp(clamps);
        self.solve(is_head);
        self.settle(true);
    }

    /// As [`Ranges::again`], from the sets that have been found: quicker, and not as narrow where something had to
    /// be widened.
    pub(crate) fn narrowed(&mut self, clamps: Vec<(ValueId, Value)>) {
        self.settle(false);
        for (id, clamp) in &clamps {
            self.narrow(*id, *clamp);
        }
        self.clamp(clamps);
        self.descend();
        self.settle(true);
    }

    fn clamp(&mut self, clamps: Vec<(ValueId, Value)>) {
        for (id, clamp) in clamps {
            self.clamps.entry(id).and_modify(|old| *old = old.meet(&clamp)).or_insert(clamp);
        }
    }

    /// Takes in sets of the operands of phis, by phi and number of the edge; whether there are any.
    pub(crate) fn start(&mut self, found: Vec<((ValueId, usize), Value)>) -> bool {
        let any = !found.is_empty();
        for (of, set) in found {
            self.starts.entry(of).and_modify(|old| *old = old.meet(&set)).or_insert(set);
        }
        any
    }

    /// Takes in orders that hold; whether any is new.
    pub(crate) fn order(&mut self, found: Vec<Ordered>) -> bool {
        let before = self.orders.len();
        for order in found {
            if !self.orders.contains(&order) {
                self.orders.push(order);
            }
        }
        self.orders.len() > before
    }

    /// The orders that hold in a block.
    fn orders_in(&self, block: u32) -> impl Iterator<Item = &Ordered> {
        self.orders.iter().filter(move |order| self.order.dominates(block_id(order.block), block_id(block)))
    }

    /// Whether the value is among those that are analysed.
    pub(crate) fn is_analysed(&self, id: ValueId) -> bool {
        self.reads.moves[id as usize]
    }

    /// The set of a value, wherever it is used.
    pub(crate) fn of(&self, id: ValueId) -> Value {
        self.values[id as usize]
    }

    /// The set of a value where it is used in a block.
    pub(crate) fn at(&self, id: ValueId, block: u32) -> Value {
        self.refined(id, block, self.effort.depth)
    }

    fn refined(&self, id: ValueId, block: u32, depth: u32) -> Value {
        self.reads.note(id);
        let mut value = self.values[id as usize];
        if depth == 0 {
            return value;
        }
        let sites = self.sites_of(id);
        if sites.is_empty() || value.is_bottom() {
            return value;
        }
        let Some(span) = self.order.span(block_id(block)) else { return value };
        for site in sites {
            if site.span.0 <= span.0 && span.1 <= site.span.1 {
                value = self.meet_fact(value, &site.fact, site.block, depth - 1);
            }
        }
        value
    }

    fn meet_fact(&self, value: Value, fact: &Fact, block: u32, depth: u32) -> Value {
        if value.is_bottom() {
            return value;
        }
        let width = if fact.via == Via::Extended { 64 } else { value.width() };
        let other = match fact.other {
            // Counts only if it is a constant.
            Some(other) if fact.op == Compare::Ne => self.refined(other, block, 0),
            Some(other) => self.refined(other, block, depth),
            None => Value::constant(0, width),
        };
        if other.width() != width || fact.op == Compare::Ne && other.as_constant().is_none() && !other.is_bottom() {
            return value;
        }
        let by = match fact.via {
            Via::Extended => {
                let wide = Unary::Zext(64).apply(&value);
                let wide = fact.op.refine_left(&wide, &other);
                return value.meet(&Unary::Zext(32).apply(&wide));
            }
            // Where cutting changes something, it tells of the bits that are left.
            Via::Mask(mask) if (value.bits.value | value.bits.mask) & !mask != 0 => {
                let cut = Binary::And.apply(&value, &Value::constant(mask, width));
                let cut = fact.op.refine_left(&cut, &other);
                if cut.is_bottom() {
                    return Value::bottom(width);
                }
                let of_all = crate::domain::mask_of(width);
                let kept = Tnum { value: cut.bits.value & mask, mask: cut.bits.mask & mask | of_all & !mask };
                let bits = value.bits.meet(kept);
                return bits.map_or(Value::bottom(width), |bits| Value { bits, ..value }.reduce());
            }
            Via::Shifted(by) => {
                let moved = Binary::ShrU.apply(&value, &Value::constant(by.into(), width));
                let moved = fact.op.refine_left(&moved, &other);
                if moved.is_bottom() {
                    return Value::bottom(width);
                }
                // What was shifted out may be anything.
                return value.meet_unsigned(moved.umin << by, moved.umax << by | ((1 << by) - 1));
            }
            Via::SignExtended(bits) if value.smin < -(1 << (bits - 1)) || value.smax >= 1 << (bits - 1) => {
                return value;
            }
            Via::Nothing | Via::Mask(_) | Via::SignExtended(_) => return fact.op.refine_left(&value, &other),
            Via::Shift(by) => by,
            Via::Plus(by) => return self.meet_sum(value, fact.op, &other, &self.refined(by, block, depth), false),
            Via::Minus(by) => return self.meet_sum(value, fact.op, &other, &self.refined(by, block, depth), true),
        };
        let shift = Value::constant(by, width);
        let moved = Binary::Add.apply(&value, &shift);
        let moved = fact.op.refine_left(&moved, &other);
        if moved.is_bottom() {
            return Value::bottom(width);
        }
        let mask = crate::domain::mask_of(width);
        let back = |x: u64| x.wrapping_sub(by) & mask;
        // CAST: bits.
        let (smin, smax) = (moved.smin as u64 & mask, moved.smax as u64 & mask);
        value.meet_wrapped(back(moved.umin), back(moved.umax)).meet_wrapped(back(smin), back(smax))
    }

    /// What is known of a value because it compares so with `other` after `by` was added or subtracted.
    fn meet_sum(&self, value: Value, op: Compare, other: &Value, by: &Value, subtracted: bool) -> Value {
        let width = value.width();
        if by.is_bottom() || other.is_bottom() {
            return Value::bottom(width);
        }
        if by.width() != width {
            return value;
        }
        let (there, back) = if subtracted { (Binary::Sub, Binary::Add) } else { (Binary::Add, Binary::Sub) };
        let moved = op.refine_left(&there.apply(&value, by), other);
        if moved.is_bottom() {
            return Value::bottom(width);
        }
        // Of the values of both that are apart by less than a turn, the ends give the ends.
        let mask = crate::domain::mask_of(width);
        let (by_ends, moved_ends) = (
            [(by.umin, by.umax), (by.smin as u64 & mask, by.smax as u64 & mask)],
            [(moved.umin, moved.umax), (moved.smin as u64 & mask, moved.smax as u64 & mask)],
        ); // CAST: bits
        let mut out = value;
        for (least, most) in moved_ends {
            for (from, to) in by_ends {
                let spread = (most.wrapping_sub(least) & mask).checked_add(to.wrapping_sub(from) & mask);
                if spread.is_none_or(|spread| spread >= mask) {
                    continue;
                }
                let (lo, hi) = match back {
                    Binary::Sub => (least.wrapping_sub(to), most.wrapping_sub(from)),
                    _ => (least.wrapping_add(from), most.wrapping_add(to)),
                };
                out = out.meet_wrapped(lo & mask, hi & mask);
            }
        }
        out
    }

    fn collect_sites(&self) -> (Vec<Site>, Vec<u32>) {
        let mut found = Vec::new();
        for (block, preds) in self.ssa.preds.iter().enumerate() {
            let block = block as u32; // CAST: petgraph's u32
            if let ([(from, kind)], Some(span)) = (&preds[..], self.order.span(block_id(block))) {
                found.extend(self.edge_facts(*from, *kind).iter().map(|fact| Site { block, span, fact: *fact }));
            }
        }
        // Sorted by value, by counting.
        let mut starts = vec![0_u32; self.ssa.nodes.len() + 1];
        for site in &found {
            starts[site.fact.value as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut places = vec![0_u32; found.len()];
        let mut next = starts.clone();
        for (at, site) in found.iter().enumerate() {
            let place = &mut next[site.fact.value as usize];
            places[*place as usize] = at as u32; // CAST: fewer than a few for each block
            *place += 1;
        }
        (places.into_iter().map(|at| found[at as usize]).collect(), starts)
    }

    /// Where something is known of a value; of many places the first few.
    fn sites_of(&self, id: ValueId) -> &[Site] {
        let (from, to) = (self.site_starts[id as usize] as usize, self.site_starts[id as usize + 1] as usize);
        &self.sites[from..to.min(from + self.effort.sites)]
    }

    /// The facts that hold in a block and compare two values, the nearest first.
    pub(crate) fn facts_at(&self, block: u32) -> Rc<[Fact]> {
        /// Dominators that are looked at.
        const REACH: usize = 24;
        let known = self.known_facts[block as usize].get_or_init(|| {
            let mut out = Vec::new();
            let mut at = Some(block_id(block));
            for _ in 0..REACH {
                let Some(here) = at else { break };
                if let [(from, kind)] = self.ssa.preds[here.index()][..] {
                    out.extend(self.edge_facts(from, kind).iter().copied());
                }
                at = self.order.idom(here);
            }
            out.into()
        });
        Rc::clone(known)
    }

    /// What [`Ranges::near`] holds; 0 for values that are not analysed.
    fn distances(&self) -> Vec<u8> {
        let mut near = vec![0_u8; self.ssa.nodes.len()];
        let of = |near: &[u8], v: ValueId| match self.ssa.constant(v) {
            Some(_) => u8::MAX,
            None => near[v as usize],
        };
        for &id in &self.list {
            near[id as usize] = match self.ssa.node(id) {
                _ if !self.sites_of(id).is_empty() => 0,
                Node::Select(..) => 0,
                Node::Binary(_, a, b) => of(&near, a).min(of(&near, b)).saturating_add(1),
                Node::Unary(_, a) => of(&near, a).saturating_add(1),
                _ => u8::MAX,
            };
        }
        near
    }

    /// Whether one of the facts is about a value or, so many steps down, its operands.
    fn is_told(&self, id: ValueId, facts: &[Fact], depth: u32) -> bool {
        facts.iter().any(|fact| fact.value == id)
            || depth > 0
                && match self.ssa.node(id) {
                    Node::Binary(_, a, b) => self.is_told(a, facts, depth - 1) || self.is_told(b, facts, depth - 1),
                    Node::Unary(_, a) => self.is_told(a, facts, depth - 1),
                    Node::Select(..) => true,
                    _ => false,
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
            let holds = site.span.0 <= span.0 && span.1 <= site.span.1;
            holds && site.fact.is_plain() && site.fact.other == Some(b) && site.fact.op.implies(op)
        })
    }

    /// The set of a value on an edge.
    pub(crate) fn on_edge(&self, id: ValueId, from: u32, kind: EdgeKind) -> Value {
        self.asked((id, from, Some(kind)), || self.deep(id, from, &self.edge_facts(from, kind), 2))
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
        // Nothing more is known of the operands than where it was computed.
        if u32::from(self.near[id as usize]) > depth && (facts.is_empty() || !self.is_told(id, facts, depth)) {
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
