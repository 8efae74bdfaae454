//! Which of two values is the greater, where their ranges do not say, and what follows for differences and middles.

use super::{Fact, Ranges};
use crate::domain::{Binary, Compare, Value};
use crate::ssa::{Node, ValueId, block_id};

impl Ranges<'_> {
    /// Whether it is certain that `a <= b` (`Some(false)`) or `a < b` (`Some(true)`): a branch says so, or
    /// `a` is a part of `b`.
    pub(crate) fn is_ordered(&self, a: ValueId, b: ValueId, signed: bool, block: u32) -> Option<bool> {
        self.is_ordered_to(a, b, signed, block, 3)
    }

    fn is_ordered_to(&self, a: ValueId, b: ValueId, signed: bool, block: u32, depth: u32) -> Option<bool> {
        let ssa = self.ssa;
        let part = match ssa.node(a) {
            Node::Binary(Binary::ShrU | Binary::DivU | Binary::And | Binary::RemU, x, y) => {
                x == b || y == b && matches!(ssa.node(a), Node::Binary(Binary::And, ..))
            }
            Node::Binary(Binary::ShrS | Binary::DivS | Binary::RemS, x, y) => {
                x == b && self.at(b, block).smin >= 0 && self.at(y, block).smin >= 0
            }
            _ => false,
        };
        if part && (!signed || self.at(b, block).smin >= 0) {
            return Some(false);
        }
        if depth > 0 && (!signed || self.at(b, block).smin >= 0) {
            // Less than something that is at most `b`.
            let ways = self.orders_in(block).filter(|order| order.value == a);
            for order in ways {
                let rest = match order.most == b {
                    true => Some(false),
                    false => self.is_ordered_to(order.most, b, false, block, depth - 1),
                };
                if let Some(strict) = rest {
                    return Some(strict || order.strict || self.is_apart(a, b, block));
                }
            }
            // `b` is a sum that does not wrap.
            if let Node::Binary(Binary::Add, x, c) = ssa.node(b)
                && let Some(c) = ssa.constant(c)
                && self.at(x, block).umax <= crate::domain::mask_of(ssa.bits(b)) - c
                && (a == x || self.is_ordered_to(a, x, false, block, depth - 1).is_some())
            {
                return Some(c > 0);
            }
        }
        // The greater of it and something else.
        if let Node::Select(cond, x, y) = ssa.node(b) {
            let (le, lt) = if signed { (Compare::LeS, Compare::LtS) } else { (Compare::LeU, Compare::LtU) };
            let at_least = |v: ValueId, holds: bool| {
                let mut facts = Vec::new();
                self.facts(cond, holds, &mut facts);
                let says = |f: &Fact| f.is_plain() && f.value == a && f.other == Some(v) && (f.op == le || f.op == lt);
                v == a || facts.iter().any(says)
            };
            if at_least(x, true) && at_least(y, false) {
                return Some(false);
            }
        }
        // The lesser of it and something else.
        if let Node::Select(cond, x, y) = ssa.node(a) {
            let at_most = |v: ValueId, holds: bool| {
                let mut facts = Vec::new();
                self.facts(cond, holds, &mut facts);
                let (le, lt) = if signed { (Compare::LeS, Compare::LtS) } else { (Compare::LeU, Compare::LtU) };
                let says = |f: &Fact| f.is_plain() && f.value == v && f.other == Some(b) && (f.op == le || f.op == lt);
                let own = facts.iter().filter(|fact| fact.value == b);
                let whole = own.fold(self.at(b, block), |value, fact| self.meet_fact(value, fact, block, 1));
                v == b || facts.iter().any(says) || le.decide(&self.at(v, block), &whole) == Some(true)
            };
            if at_most(x, true) && at_most(y, false) {
                return Some(false);
            }
        }
        // At most half of a number that is not zero, and one more.
        if let Node::Binary(Binary::Add, half, one) = ssa.node(a)
            && ssa.constant(one) == Some(1)
            && let Node::Binary(op @ (Binary::ShrU | Binary::DivU | Binary::ShrS | Binary::DivS), x, by) =
                ssa.node(half)
            && x == b
        {
            let (least, by) = (self.at(b, block), self.at(by, block));
            let not_negative = least.smin >= 0;
            let halves = match op {
                Binary::ShrU | Binary::ShrS => by.umin >= 1 && by.umax < u64::from(ssa.bits(b)),
                _ => by.umin >= 2 && (by.smin >= 2 || op == Binary::DivU),
            };
            let is_signed = matches!(op, Binary::ShrS | Binary::DivS);
            if halves && least.umin >= 1 && (not_negative || !signed && !is_signed) {
                return Some(false);
            }
        }
        let (le, lt) = if signed { (Compare::LeS, Compare::LtS) } else { (Compare::LeU, Compare::LtU) };
        let facts = self.facts_at(block);
        let says = |op| facts.iter().any(|f| f.is_plain() && f.value == a && f.other == Some(b) && f.op == op);
        match (says(lt), says(le)) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => self.are_ordered_phis(a, b, signed),
        }
    }

    /// Whether a branch says that the two are not equal.
    fn is_apart(&self, a: ValueId, b: ValueId, block: u32) -> bool {
        let facts = self.facts_at(block);
        facts.iter().any(|f| f.is_plain() && f.op == Compare::Ne && f.value == a && f.other == Some(b))
    }

    /// As [`Ranges::is_ordered`], for two phis of one block, or one and a value that is known before it: by every
    /// edge into the block.
    fn are_ordered_phis(&self, a: ValueId, b: ValueId, signed: bool) -> Option<bool> {
        let ssa = self.ssa;
        let phi_block = |id: ValueId| matches!(ssa.node(id), Node::Phi(_)).then(|| ssa.block[id as usize]);
        let before = |id: ValueId, block: u32| {
            let made = ssa.block[id as usize];
            ssa.constant(id).is_none() && made != block && self.order.dominates(block_id(made), block_id(block))
        };
        let block = match (phi_block(a), phi_block(b)) {
            (Some(x), Some(y)) if x == y => x,
            (Some(x), _) if before(b, x) => x,
            (_, Some(y)) if before(a, y) => y,
            _ => return None,
        };
        if self.followed == Some(block) {
            return None;
        }
        let on_way = |id: ValueId, way: usize| match ssa.node(id) {
            Node::Phi(phi) if ssa.block[id as usize] == block => ssa.phi_args[phi as usize].get(way).copied(),
            _ => Some(id),
        };
        let (le, lt) = if signed { (Compare::LeS, Compare::LtS) } else { (Compare::LeU, Compare::LtU) };
        let mut strict = true;
        for (way, (from, kind)) in ssa.preds[block as usize].iter().enumerate() {
            let (x, y) = (on_way(a, way)?, on_way(b, way)?);
            if x == y {
                strict = false;
                continue;
            }
            let (on_edge, before) = (self.other_edge_facts(*from, *kind), self.facts_at(*from));
            let facts = || on_edge.iter().chain(before.iter());
            let says = |op| facts().any(|f| f.is_plain() && f.value == x && f.other == Some(y) && f.op == op);
            let (v, w) = (self.on_edge(x, *from, *kind), self.on_edge(y, *from, *kind));
            if says(lt) || lt.decide(&v, &w) == Some(true) || v.is_bottom() {
                continue;
            }
            if says(le) || le.decide(&v, &w) == Some(true) {
                strict = false;
                continue;
            }
            return None;
        }
        Some(strict)
    }

    /// What is known of a counter that stops: `a + (a < b)`, `a - (a > b)`.
    pub(super) fn stopped(&self, op: Binary, a: ValueId, counted: ValueId, block: u32) -> Option<Value> {
        let (compare, other) = match self.ssa.node(counted) {
            Node::Compare(compare, x, y) if x == a => (compare, y),
            Node::Compare(compare, x, y) if y == a => (compare.swapped(), x),
            _ => return None,
        };
        let (value, limit) = (self.at(a, block), self.at(other, block));
        if value.is_bottom() || limit.is_bottom() || limit.width() != value.width() {
            return None;
        }
        let moves = compare.refine_left(&value, &limit);
        let stays = compare.negated().refine_left(&value, &limit);
        Some(match moves.is_bottom() {
            true => stays,
            false => op.apply(&moves, &Value::constant(1, value.width())).join(&stays),
        })
    }

    /// What is known of `a - b` because `b <= a`.
    pub(super) fn ordered_difference(&self, a: ValueId, b: ValueId, block: u32) -> Value {
        let (x, y) = (self.at(a, block), self.at(b, block));
        let width = x.width();
        if self.ssa.constant(b).is_some() || x.is_bottom() || y.is_bottom() {
            return Value::top(width);
        }
        let mut out = Value::top(width);
        if let Some(strict) = self.is_ordered(b, a, false, block) {
            out = out.meet_unsigned(strict.into(), x.umax.saturating_sub(y.umin));
        }
        if let Some(strict) = self.is_ordered(b, a, true, block)
            && let Some(most) = x.smax.checked_sub(y.smin).filter(|most| *most <= Value::top(width).smax)
        {
            out = out.meet_signed(strict.into(), most);
        }
        out
    }

    /// What is known of a value because it is the middle of two: `lo + (hi - lo) / 2`, `(lo + hi) / 2`.
    pub(super) fn middle(&self, id: ValueId, block: u32) -> Value {
        let ssa = self.ssa;
        let width = ssa.bits(id);
        let half = |v: ValueId| match ssa.node(v) {
            Node::Binary(Binary::ShrU | Binary::ShrS, x, c) if ssa.constant(c) == Some(1) => Some(x),
            Node::Binary(Binary::DivU | Binary::DivS, x, c) if ssa.constant(c) == Some(2) => Some(x),
            _ => None,
        };
        let between = |lo: ValueId, hi: ValueId, plain: bool| -> Value {
            let (x, y) = (self.at(lo, block), self.at(hi, block));
            let mut out = Value::top(width);
            if x.is_bottom() || y.is_bottom() || !plain {
                return out;
            }
            if x.smin >= 0 && y.smin >= 0 {
                // Then both orders are the same.
                let strict = [false, true].into_iter().find_map(|signed| self.is_ordered(lo, hi, signed, block));
                if let Some(strict) = strict {
                    out = out.meet_unsigned(x.umin, y.umax.saturating_sub(strict.into()));
                }
            } else if let Some(strict) = self.is_ordered(lo, hi, true, block) {
                // Rounding toward zero may pass `lo` upward, never `hi`.
                let most = y.smax.saturating_sub(i64::from(strict && y.smax > 0));
                out = out.meet_signed(x.smin, most.max(x.smin));
            }
            out
        };
        // Neither a sum nor a difference of the two wraps.
        let fits = |a: ValueId, b: ValueId| {
            let (x, y) = (self.at(a, block), self.at(b, block));
            let top = Value::top(width);
            x.smin.checked_add(y.smin).is_some_and(|min| min >= top.smin)
                && x.smax.checked_add(y.smax).is_some_and(|max| max <= top.smax)
        };
        match ssa.node(id) {
            Node::Binary(Binary::Add, a, b) => {
                for (lo, h) in [(a, b), (b, a)] {
                    if let Some(Node::Binary(Binary::Sub, hi, low)) = half(h).map(|x| ssa.node(x))
                        && low == lo
                        && self.at(lo, block).smin >= 0
                    {
                        return between(lo, hi, true);
                    }
                }
                Value::top(width)
            }
            _ => match half(id).map(|x| ssa.node(x)) {
                Some(Node::Binary(Binary::Add, a, b)) if fits(a, b) => between(a, b, true).meet(&between(b, a, true)),
                _ => Value::top(width),
            },
        }
    }
}
