//! What branches say of values.

use super::{Fact, Ranges, Via};
use crate::cfg::EdgeKind;
use crate::domain::{Binary, Compare, Unary};
use crate::ssa::{Node, Term, ValueId, block_id};

/// Terms of `a && b && …` that are looked at.
const TERMS: usize = 3;
/// Facts of one condition.
const MOST: usize = 48;

impl Ranges<'_> {
    /// What holds if a condition is not zero (`holds`) or zero.
    pub(crate) fn facts(&self, cond: ValueId, holds: bool, out: &mut Vec<Fact>) {
        let most = out.len() + MOST;
        self.facts_to(cond, holds, out, (6, most));
    }

    /// As [`Ranges::facts`], as long as there are no more than `most`, so many steps down.
    fn facts_to(&self, cond: ValueId, holds: bool, out: &mut Vec<Fact>, (depth, most): (u32, usize)) {
        if depth == 0 || out.len() > most {
            return;
        }
        let next = (depth - 1, most);
        let ssa = self.ssa;
        let zero = |v: ValueId| ssa.constant(v) == Some(0);
        let truth = |v: ValueId| self.is_truth(v, 4);
        match ssa.node(cond) {
            Node::Compare(op @ (Compare::Eq | Compare::Ne), a, b) if zero(b) => {
                let op = if holds { op } else { op.negated() };
                // `x == 0` is "not x".
                self.facts_to(a, op == Compare::Ne, out, next);
            }
            Node::Compare(op, a, b) => {
                let op = if holds { op } else { op.negated() };
                self.push_fact(a, op, Some(b), out);
                self.push_fact(b, op.swapped(), Some(a), out);
            }
            // `!x` of a truth value, as it is without optimisation: `(x ^ -1) & 1`.
            Node::Binary(Binary::And, a, one) if let Some(x) = self.inverted(a, one) => {
                self.facts_to(x, !holds, out, next);
            }
            Node::Binary(Binary::And, a, b) if ssa.constant(b) == Some(1) && truth(a) => {
                self.facts_to(a, holds, out, next);
            }
            Node::Binary(Binary::And, a, b) if truth(a) && truth(b) => {
                if holds {
                    self.facts_to(a, true, out, next);
                    self.facts_to(b, true, out, next);
                }
            }
            Node::Binary(Binary::Or, a, b) if !holds => {
                self.facts_to(a, false, out, next);
                self.facts_to(b, false, out, next);
            }
            Node::Binary(Binary::Xor, a, b) if ssa.constant(b) == Some(1) && truth(a) => {
                self.facts_to(a, !holds, out, next);
            }
            // `a && b`, `a || b` as compilers without optimisation write them: if only one way into the
            // block can have given this outcome, it was taken. Not at the head of a loop, where the way in may
            // belong to the round before.
            Node::Phi(phi) if !self.is_entered_from_below(ssa.block[cond as usize]) => {
                // Of numbers it is worth knowing by itself.
                if !truth(cond) {
                    self.push_fact(cond, if holds { Compare::Ne } else { Compare::Eq }, None, out);
                }
                let block = ssa.block[cond as usize];
                let args = &ssa.phi_args[phi as usize];
                let mut able = args
                    .iter()
                    .zip(&ssa.preds[block as usize])
                    .filter(|(arg, _)| ssa.constant(**arg).is_none_or(|x| (x != 0) == holds));
                if let (Some((arg, (from, kind))), None) = (able.next(), able.next()) {
                    self.facts_to(*arg, holds, out, next);
                    if let Term::Cond(test) = ssa.terms[*from as usize]
                        && test != cond
                    {
                        match kind {
                            EdgeKind::True => self.facts_to(test, true, out, next),
                            EdgeKind::False => self.facts_to(test, false, out, next),
                            _ => {}
                        }
                    }
                    let mut at = *from;
                    for _ in 0..TERMS {
                        let [(before, kind)] = ssa.preds[at as usize][..] else { break };
                        if let Term::Cond(test) = ssa.terms[before as usize]
                            && test != cond
                        {
                            match kind {
                                EdgeKind::True => self.facts_to(test, true, out, next),
                                EdgeKind::False => self.facts_to(test, false, out, next),
                                _ => {}
                            }
                        }
                        at = before;
                    }
                }
            }
            Node::Select(test, a, b) => {
                self.push_fact(cond, if holds { Compare::Ne } else { Compare::Eq }, None, out);
                let may = |v: ValueId| ssa.constant(v).is_none_or(|x| (x != 0) == holds);
                if may(a) != may(b) {
                    self.facts_to(test, may(a), out, next);
                    self.facts_to(if may(a) { a } else { b }, holds, out, next);
                }
            }
            _ => self.push_fact(cond, if holds { Compare::Ne } else { Compare::Eq }, None, out),
        }
    }

    /// The truth value of which the last bit is the opposite of that of `id`, cut to `one`.
    fn inverted(&self, id: ValueId, one: ValueId) -> Option<ValueId> {
        let ssa = self.ssa;
        let Node::Binary(Binary::Xor, x, bits) = ssa.node(id) else { return None };
        let is_odd = ssa.constant(bits).is_some_and(|bits| bits & 1 == 1);
        (ssa.constant(one) == Some(1) && is_odd && self.is_truth(x, 4)).then_some(x)
    }

    /// Whether an edge leads to the block from behind it.
    fn is_entered_from_below(&self, block: u32) -> bool {
        let own = self.order.number(block_id(block));
        self.ssa.preds[block as usize].iter().any(|(from, _)| self.order.number(block_id(*from)) >= own)
    }

    /// Whether a value is 0 or 1 by its form.
    fn is_truth(&self, id: ValueId, depth: u32) -> bool {
        let ssa = self.ssa;
        match ssa.node(id) {
            Node::Compare(..) | Node::Const(0 | 1) => true,
            Node::Binary(Binary::And, _, b) if ssa.constant(b) == Some(1) => true,
            Node::Binary(Binary::And | Binary::Or | Binary::Xor, a, b) if depth > 0 => {
                self.is_truth(a, depth - 1) && self.is_truth(b, depth - 1)
            }
            Node::Phi(phi) if depth > 0 => ssa.phi_args[phi as usize].iter().all(|arg| self.is_truth(*arg, depth - 1)),
            _ => false,
        }
    }

    fn push_fact(&self, value: ValueId, op: Compare, other: Option<ValueId>, out: &mut Vec<Fact>) {
        let ssa = self.ssa;
        if ssa.constant(value).is_some() {
            return;
        }
        out.push(Fact { value, op, other, via: Via::Nothing });
        let compare = op;
        let (x, via) = match ssa.node(value) {
            Node::Binary(op @ (Binary::Add | Binary::Sub | Binary::And), x, c) => {
                let y = c;
                let Some(c) = ssa.constant(c) else {
                    match op {
                        Binary::Add if x != y => {
                            out.push(Fact { value: x, op: compare, other, via: Via::Plus(y) });
                            out.push(Fact { value: y, op: compare, other, via: Via::Plus(x) });
                        }
                        Binary::Sub if x != y => out.push(Fact { value: x, op: compare, other, via: Via::Minus(y) }),
                        _ => {}
                    }
                    return;
                };
                let mask = crate::domain::mask_of(ssa.bits(x));
                let via = match op {
                    Binary::Add => Via::Shift(c),
                    Binary::Sub => Via::Shift(c.wrapping_neg() & mask),
                    _ => Via::Mask(c),
                };
                (x, via)
            }
            Node::Binary(Binary::ShrU, x, c) => match ssa.constant(c) {
                // CAST: less than the width.
                Some(c) => (x, Via::Shifted((c % u64::from(ssa.bits(x))) as u32)),
                None => return,
            },
            Node::Unary(Unary::Zext(64), x) => (x, Via::Extended),
            Node::Unary(Unary::SignExtend(bits), x) => (x, Via::SignExtended(bits)),
            _ => return,
        };
        out.push(Fact { value: x, op, other, via });
    }

    /// What is known on an edge that leads to a block.
    pub(crate) fn edge_facts(&self, from: u32, kind: EdgeKind, to: u32) -> &[Fact] {
        match self.ssa.preds[to as usize][..] {
            [_] if self.order.number(block_id(to)).is_some() => {
                let (first, end) = self.told_by[to as usize];
                &self.told[first as usize..end as usize]
            }
            _ => self.other_edge_facts(from, kind),
        }
    }

    /// What is known on an edge, which is kept for edges to blocks where ways meet.
    pub(crate) fn other_edge_facts(&self, from: u32, kind: EdgeKind) -> &[Fact] {
        let cached = match (self.ssa.terms[from as usize], kind) {
            (Term::Cond(_), EdgeKind::True) => &self.known_edges[from as usize][1],
            (Term::Cond(_), EdgeKind::False) => &self.known_edges[from as usize][0],
            (Term::Table(_), EdgeKind::Table(number)) => {
                let Ok(at) = self.ssa.arms.binary_search_by_key(&(from, number), |(of, _)| *of) else { return &[] };
                &self.known_arms[at]
            }
            _ => return &[],
        };
        cached.get_or_init(|| {
            let mut facts = Vec::new();
            self.find_edge_facts(from, kind, &mut facts);
            facts.into()
        })
    }

    /// Puts what is known on an edge behind what is in `out`.
    pub(super) fn find_edge_facts(&self, from: u32, kind: EdgeKind, out: &mut Vec<Fact>) {
        match (self.ssa.terms[from as usize], kind) {
            (Term::Cond(cond), EdgeKind::True) => self.facts(cond, true, out),
            (Term::Cond(cond), EdgeKind::False) => self.facts(cond, false, out),
            (Term::Table(index), EdgeKind::Table(number)) => {
                let arms = &self.ssa.arms;
                let Ok(at) = arms.binary_search_by_key(&(from, number), |(of, _)| *of) else { return };
                let (least, most) = arms[at].1;
                self.push_fact(index, Compare::GeU, Some(least), out);
                self.push_fact(index, Compare::LeU, Some(most), out);
            }
            _ => {}
        }
    }

    /// What loop bounds have shown that holds in a block.
    pub(crate) fn ordered_facts(&self, block: u32) -> impl Iterator<Item = Fact> {
        self.orders_in(block).map(|order| Fact {
            value: order.value,
            op: if order.strict { Compare::LtU } else { Compare::LeU },
            other: Some(order.most),
            via: Via::Nothing,
        })
    }
}
