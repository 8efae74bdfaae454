//! The set of numbers that a sum may be on a way into a loop: from the ranges of its terms, and from what branches say
//! of the same difference written in other words.

use smallvec::SmallVec;

use super::lin::Expander;
use super::modular::{MAX_DEPTH, Sum, sum};
use super::paths::{Edge, Path};
use crate::cfg::EdgeKind;
use crate::domain::{Binary, Compare, Value, mask_of, signed};
use crate::ranges::{Fact, Ranges};
use crate::ssa::{Node, ValueId};

/// A sum in which `x - (x & m)` is written as `x & !m`.
pub(super) struct Masked {
    pub(super) sum: Sum,
    pub(super) terms: SmallVec<[(ValueId, u64); 4]>,
    pub(super) constant: u64,
    /// Values of which only these bits count.
    pub(super) masks: SmallVec<[(ValueId, u64); 2]>,
}

impl Masked {
    /// The sets of all terms, or of those of their bits that count.
    pub(super) fn ranges(&self, expander: &Expander<'_, '_>, path: &Path) -> SmallVec<[Value; 4]> {
        self.terms.iter().map(|(id, _)| self.range(expander, path, *id)).collect()
    }

    /// The set of a term, or of those of its bits that count.
    fn range(&self, expander: &Expander<'_, '_>, path: &Path, id: ValueId) -> Value {
        let range = path.range(expander.ranges, id);
        let ssa = expander.ranges.ssa;
        let (of, mask) = match (self.masks.iter().find(|(v, _)| *v == id), ssa.node(id)) {
            (Some((_, mask)), _) => (id, *mask),
            // A mask of what is compared in other words.
            (None, Node::Binary(Binary::And, x, m)) if ssa.constant(m).is_some() => (x, ssa.constant(m).unwrap_or(0)),
            _ => return range,
        };
        let facts = path.facts(expander.ranges);
        let whole = if of == id { range } else { path.range(expander.ranges, of) };
        let whole = told(expander, path, facts, &sum(expander, of, MAX_DEPTH), whole);
        let cut = Binary::And.apply(&whole, &Value::constant(mask, range.width()));
        if of == id { cut } else { range.meet(&cut) }
    }
}

pub(super) fn without_remainders(expander: &Expander<'_, '_>, sum: &Sum) -> Masked {
    let ssa = expander.ranges.ssa;
    let mut out = Masked { sum: sum.clone(), terms: sum.terms.clone(), constant: sum.constant, masks: SmallVec::new() };
    for (id, c) in &sum.terms {
        let Node::Binary(Binary::And, x, m) = ssa.node(*id) else { continue };
        let (Some(m), mask) = (ssa.constant(m), mask_of(ssa.bits(x))) else { continue };
        // `x & a` less `x & b` where `b` is in `a`: the whole of it is `x & (a & !b)`.
        let whole = out.terms.iter().find(|(v, d)| {
            d.wrapping_add(*c) & mask == 0
                && (*v == x
                    || matches!(ssa.node(*v), Node::Binary(Binary::And, y, a)
                        if y == x && ssa.constant(a).is_some_and(|a| a & m == m && a != m)))
        });
        // The one that is subtracted goes.
        let is_subtracted = |c: u64| signed(c, ssa.bits(x)) < 0;
        if let Some((v, _)) = whole.copied() {
            if is_subtracted(*c) && !out.masks.iter().any(|(w, _)| *w == v) {
                out.terms.retain(|(w, _)| w != id);
                out.masks.push((v, !m & mask));
            }
            continue;
        }
        // `x` is a sum itself, whose terms are there.
        let of = self::sum(expander, x, MAX_DEPTH);
        let rest = Sum { terms: out.terms.clone(), constant: out.constant }.plus(&of, *c).cut(ssa.bits(x));
        if is_subtracted(*c) && out.masks.is_empty() && of.terms.len() > 1 && rest.terms.len() < out.terms.len() {
            let factor = c.wrapping_neg() & mask;
            out.constant = rest.constant;
            out.terms = rest.terms;
            out.terms.retain(|(w, _)| w != id);
            out.terms.push((x, factor));
            out.masks.push((x, !m & mask));
        }
    }
    out
}

/// The numbers that a sum may be whose terms have these `sets`.
pub(super) fn set_of(expander: &Expander<'_, '_>, left: &Masked, sets: &[Value], path: &Path, width: u32) -> Value {
    let ranges = expander.ranges;
    let mask = mask_of(width);
    let mut value = Value::constant(left.constant, width);
    for ((_, c), range) in left.terms.iter().zip(sets) {
        if range.is_bottom() {
            return Value::bottom(width);
        }
        // A number that is subtracted is read as such.
        let negative = signed(*c, width) < 0;
        let term = Binary::Mul.apply(range, &Value::constant(if negative { c.wrapping_neg() } else { *c }, width));
        let op = if negative { Binary::Sub } else { Binary::Add };
        value = op.apply(&value, &term);
    }
    // Of two values one is known to be the greater.
    if let [(x, c), (y, d)] = left.terms.as_slice()
        && left.masks.is_empty()
        && c.wrapping_add(*d) & mask == 0
        && let Some(edge) = path.edges.first()
    {
        let (x, y) = if signed(*c, width) == 1 { (*x, *y) } else { (*y, *x) };
        let unit = [signed(*c, width), signed(*d, width)].contains(&1);
        if unit && let Some(strict) = ranges.is_ordered(y, x, false, edge.from) {
            let most = path.range(ranges, x).umax.saturating_sub(path.range(ranges, y).umin);
            let apart = Value::unsigned_range(strict.into(), most.max(strict.into()), width);
            value = value.meet(&Binary::Add.apply(&apart, &Value::constant(left.constant, width)));
        }
    }
    told(expander, path, path.facts(ranges), &left.sum, value)
}

/// What an operand of a head's phi may be, where the loop is entered by this edge, if it is something else in the
/// words of what was known before: what a loop has left of a counter, as the number that it has counted to.
pub(super) fn start(
    expander: &Expander<'_, '_>,
    arg: ValueId,
    (from, kind, way, to): (u32, EdgeKind, usize, u32),
) -> Option<Value> {
    let ssa = expander.ranges.ssa;
    let width = ssa.bits(arg);
    let of = sum(expander, arg, MAX_DEPTH).cut(width);
    if ssa.constant(arg).is_some() || of == Sum::leaf(arg) {
        return None;
    }
    // The ranges have seen through plain sums.
    if !of.terms().iter().any(|(id, _)| matches!(ssa.node(*id), Node::Binary(Binary::And, ..))) {
        return None;
    }
    let path = Path::new(SmallVec::from_slice(&[Edge { from, kind, way, to }]));
    let masked = without_remainders(expander, &of);
    Some(set_of(expander, &masked, &masked.ranges(expander, &path), &path, width))
}

/// The set of a sum with what branches on the way say of differences: of `a < b` or `a != b`, where the sum is
/// `b - a` or `a - b` but for a few values in small ranges.
fn told(expander: &Expander<'_, '_>, path: &Path, facts: &[Fact], of: &Sum, value: Value) -> Value {
    // What one says may be of use to another before it.
    let once = told_once(expander, path, facts, of, value);
    if once == value { once } else { told_once(expander, path, facts, of, once) }
}

fn told_once(expander: &Expander<'_, '_>, path: &Path, facts: &[Fact], of: &Sum, mut value: Value) -> Value {
    use Compare::{GeS, GeU, GtS, GtU};
    let ranges = expander.ranges;
    let width = value.width();
    let mask = mask_of(width);
    for fact in facts.iter().filter(|fact| fact.is_plain()) {
        if value.is_bottom() || ranges.ssa.bits(fact.value) != width {
            continue;
        }
        // The same is said the other way round.
        let is_said_twice = fact.other.is_some_and(|other| ranges.ssa.constant(other).is_none());
        if fact.op == Compare::Eq || is_said_twice && matches!(fact.op, GtU | GeU | GtS | GeS) {
            continue;
        }
        let other = fact.other.map_or(Sum::number(0), |other| sum(expander, other, MAX_DEPTH));
        let apart = sum(expander, fact.value, MAX_DEPTH).plus(&other, u64::MAX);
        // Says nothing of the sum.
        if !apart.terms().iter().any(|(id, _)| of.terms().iter().any(|(other, _)| id == other)) {
            continue;
        }
        for factor in [1, u64::MAX] {
            let difference = of.clone().plus(&apart, factor).cut(width);
            // The sum is c + (other - value), or c + (value - other), where `c` is in a range.
            let Some((c, more)) = small_range(ranges, path, &difference, width) else { continue };
            let (c, more) = (c as u64 & mask, more as u64); // CAST: modulo the width
            let small = path.range(ranges, fact.value);
            let large = fact.other.map_or(Value::constant(0, width), |other| path.range(ranges, other));
            let (op, small, large) = match factor {
                1 => (fact.op, small, large),
                _ => (fact.op.swapped(), large, small),
            };
            if small.is_bottom() || large.is_bottom() {
                continue;
            }
            let unsigned = large.umax.saturating_sub(small.umin);
            // CAST: a difference of two numbers of the width, as its bits.
            let signed_most = (i128::from(large.smax) - i128::from(small.smin)).clamp(0, mask.into()) as u64;
            let (least, most) = match op {
                Compare::Ne if more == 0 => {
                    value = value.without(c);
                    continue;
                }
                Compare::LtU => (1, unsigned),
                Compare::LeU => (0, unsigned),
                Compare::LtS => (1, signed_most),
                Compare::LeS => (0, signed_most),
                _ => continue,
            };
            if least > most {
                return Value::bottom(width);
            }
            if most.checked_add(more).is_some_and(|spread| spread - least < mask) {
                value =
                    value.meet_wrapped(c.wrapping_add(least) & mask, c.wrapping_add(most).wrapping_add(more) & mask);
            }
        }
    }
    value
}

/// The least number that a sum of a few values may be, and how much more at most; it does not wrap.
fn small_range(ranges: &Ranges<'_>, path: &Path, sum: &Sum, width: u32) -> Option<(i64, i64)> {
    /// Terms that are looked into.
    const MOST: usize = 2;
    let constant: i128 = signed(sum.constant, width).into();
    let (mut lo, mut hi) = (constant, constant);
    if sum.terms.len() > MOST {
        return None;
    }
    for (id, c) in &sum.terms {
        let value = path.range(ranges, *id);
        if value.is_bottom() {
            return None;
        }
        let c = i128::from(signed(*c, width));
        let (a, b) = (c * i128::from(value.umin), c * i128::from(value.umax));
        lo += a.min(b);
        hi += a.max(b);
    }
    // Half of the width at most.
    let top = Value::top(width);
    (lo >= top.smin.into() && hi <= top.smax.into()).then(|| (lo as i64, (hi - lo) as i64)) // CAST: in range
}
