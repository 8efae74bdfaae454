//! Exit tests by `!=`: arithmetic modulo 2^width, where wrapping is no matter.
//!
//! A loop `while (p != end) p += 12` goes round `(end - p) / 12` times, if the distance modulo 2^32 is a
//! multiple of 12; it is if `end` was made as `p + 12 * n` without wrapping.

use smallvec::SmallVec;

use super::Test;
use super::cases::next_of;
use super::lin::{Expander, Lin, Sense};
use crate::domain::{Binary, Compare, Value, mask_of, signed};
use crate::ssa::{Node, ValueId, block_id};

/// A sum of multiples of values, modulo 2^width.
#[derive(Clone, Debug, PartialEq)]
struct Sum {
    terms: SmallVec<[(ValueId, u64); 4]>,
    constant: u64,
}

/// Depth of expressions that are followed.
const MAX_DEPTH: u32 = 24;

impl Sum {
    fn plus(mut self, other: &Sum, factor: u64) -> Sum {
        for (id, c) in &other.terms {
            let c = c.wrapping_mul(factor);
            match self.terms.binary_search_by_key(id, |(v, _)| *v) {
                Ok(at) => {
                    self.terms[at].1 = self.terms[at].1.wrapping_add(c);
                    if self.terms[at].1 == 0 {
                        self.terms.remove(at);
                    }
                }
                Err(at) => self.terms.insert(at, (*id, c)),
            }
        }
        self.constant = self.constant.wrapping_add(other.constant.wrapping_mul(factor));
        self
    }

    /// Cut to the width.
    fn cut(mut self, width: u32) -> Sum {
        let mask = mask_of(width);
        self.constant &= mask;
        for term in &mut self.terms {
            term.1 &= mask;
        }
        self.terms.retain(|(_, c)| *c != 0);
        self
    }
}

fn sum(expander: &Expander<'_, '_>, id: ValueId, depth: u32) -> Sum {
    let ssa = expander.ranges.ssa;
    let leaf = || Sum { terms: SmallVec::from_slice(&[(id, 1)]), constant: 0 };
    if depth == 0 {
        return leaf();
    }
    let go = |v: ValueId| sum(expander, v, depth - 1);
    match ssa.node(id) {
        Node::Const(x) => Sum { terms: SmallVec::new(), constant: x },
        Node::Binary(Binary::Add, a, b) => go(a).plus(&go(b), 1),
        Node::Binary(Binary::Sub, a, b) => go(a).plus(&go(b), u64::MAX),
        Node::Binary(Binary::Mul, a, b) => match ssa.constant(b) {
            Some(c) => Sum { terms: SmallVec::new(), constant: 0 }.plus(&go(a), c),
            None => leaf(),
        },
        Node::Binary(Binary::Shl, a, b) => match ssa.constant(b) {
            Some(c) => {
                let factor = 1 << (c % u64::from(ssa.bits(id)));
                Sum { terms: SmallVec::new(), constant: 0 }.plus(&go(a), factor)
            }
            None => leaf(),
        },
        Node::Binary(Binary::Or, a, b) => {
            let block = ssa.block[id as usize];
            let (x, y) = (expander.ranges.at(a, block), expander.ranges.at(b, block));
            let apart = (x.bits.value | x.bits.mask) & (y.bits.value | y.bits.mask) == 0;
            if apart { go(a).plus(&go(b), 1) } else { leaf() }
        }
        Node::Phi(phi) if expander.varies(id) => {
            // A merge whose ways agree.
            let block = block_id(ssa.block[id as usize]);
            if expander.nest.loop_of_head(block).is_some() {
                return leaf();
            }
            let mut ways = ssa.phi_args[phi as usize].iter().map(|arg| go(*arg));
            match ways.next() {
                Some(first) if ways.all(|way| way == first) => first,
                _ => leaf(),
            }
        }
        _ => leaf(),
    }
}

/// How often a loop goes round that stays while `a != b`: the most, and a formula.
pub(super) fn rounds(expander: &Expander<'_, '_>, test: &Test) -> Option<(u128, Option<Lin>, i128)> {
    let at = expander.at?;
    let ssa = expander.ranges.ssa;
    let width = ssa.bits(test.a);
    let mask = mask_of(width);
    let head = expander.nest.loops[at].head.index() as u32; // CAST: petgraph's u32
    let (a, b, post) = test.states(expander);
    let distance = sum(expander, a, MAX_DEPTH).plus(&sum(expander, b, MAX_DEPTH), u64::MAX).cut(width);

    let is_head_phi =
        |id: ValueId| matches!(ssa.node(id), Node::Phi(_)) && ssa.block[id as usize] == head && expander.varies(id);
    if distance.terms.iter().any(|(id, _)| expander.varies(*id) && !is_head_phi(*id)) {
        return None;
    }
    let preds = &ssa.preds[head as usize];
    // The same step on every way round.
    let mut step = None;
    let mut most: Option<(u128, Option<Lin>)> = None;
    for (way, (from, _)) in preds.iter().enumerate() {
        let inside = expander.nest.contains(at, block_id(*from));
        let mut other = Sum { terms: SmallVec::new(), constant: distance.constant };
        for (id, c) in &distance.terms {
            let now = match is_head_phi(*id) {
                true => sum(expander, next_of(expander, *id, way)?, MAX_DEPTH),
                false => Sum { terms: SmallVec::from_slice(&[(*id, 1)]), constant: 0 },
            };
            other = other.plus(&now, *c);
        }
        let other = other.cut(width);
        if inside {
            let grown = other.plus(&distance, u64::MAX).cut(width);
            if !grown.terms.is_empty() || grown.constant == 0 || step.is_some_and(|s| s != grown.constant) {
                return None;
            }
            step = Some(grown.constant);
        }
    }
    let step = signed(step?, width);
    for (way, (from, _)) in preds.iter().enumerate() {
        if expander.nest.contains(at, block_id(*from)) {
            continue;
        }
        let mut start = Sum { terms: SmallVec::new(), constant: distance.constant };
        for (id, c) in &distance.terms {
            let now = match is_head_phi(*id) {
                true => sum(expander, next_of(expander, *id, way)?, MAX_DEPTH),
                false => Sum { terms: SmallVec::from_slice(&[(*id, 1)]), constant: 0 },
            };
            start = start.plus(&now, *c);
        }
        // What is left to go.
        let zero = Sum { terms: SmallVec::new(), constant: 0 };
        let left = if step < 0 { start.cut(width) } else { zero.plus(&start, u64::MAX).cut(width) };
        let (rounds, formula) = from_distance(expander, &left, *from, step.unsigned_abs(), post, width, mask)?;
        match &mut most {
            Some((all, kept)) => {
                *all = (*all).max(rounds);
                *kept = None;
            }
            None => most = Some((rounds, formula)),
        }
    }
    let (rounds, formula) = most?;
    Some((rounds, formula, step.unsigned_abs().into()))
}

fn from_distance(
    expander: &Expander<'_, '_>,
    left: &Sum,
    entry: u32,
    step: u64,
    post: bool,
    width: u32,
    mask: u64,
) -> Option<(u128, Option<Lin>)> {
    let ranges = expander.ranges;
    let mut value = Value::constant(left.constant, width);
    let mut formula = Lin::constant(signed(left.constant, width).into());
    // The sum without wrapping, at most.
    let mut plain: i128 = signed(left.constant, width).into();
    for (id, c) in &left.terms {
        let range = ranges.at(*id, entry);
        if range.is_bottom() {
            return Some((0, None));
        }
        // A number that is subtracted is read as such.
        let negative = signed(*c, width) < 0;
        let term = Binary::Mul.apply(&range, &Value::constant(if negative { c.wrapping_neg() } else { *c }, width));
        let op = if negative { Binary::Sub } else { Binary::Add };
        value = op.apply(&value, &term);
        let c = i128::from(signed(*c, width));
        plain += if c > 0 { c * i128::from(range.umax) } else { c * i128::from(range.umin) };
        formula = formula.plus(&Lin::leaf((*id, Sense::Unsigned)), c);
    }
    // `a != b` was tested before: the distance is not zero, or not zero but for a constant.
    for fact in ranges.facts_at(entry).iter().filter(|fact| fact.is_plain()) {
        let excludes = matches!(fact.op, Compare::Ne | Compare::LtU | Compare::LtS | Compare::GtU | Compare::GtS);
        if !excludes || ranges.ssa.bits(fact.value) != width {
            continue;
        }
        let zero = Sum { terms: SmallVec::new(), constant: 0 };
        let other = fact.other.map_or(zero.clone(), |other| sum(expander, other, MAX_DEPTH));
        let apart = sum(expander, fact.value, MAX_DEPTH).plus(&other, u64::MAX);
        for factor in [1, u64::MAX] {
            let difference = left.clone().plus(&apart, factor).cut(width);
            // left = c - factor * apart, and apart is not zero.
            if difference.terms.is_empty() {
                value = value.without(difference.constant & mask);
            }
        }
    }
    if value.is_bottom() {
        return Some((0, None));
    }
    let stride = value.stride;
    let whole = stride.residue % step == 0 && stride.modulus % step == 0;
    // A step that is no power of two meets the end only if it divides the distance; one that is, too, but
    // a distance that it does not divide shows in the low bits.
    if !whole {
        return None;
    }
    let steps = u128::from(value.umax / step);
    if post {
        // Tested after the step: a distance of zero at the start means all the way round.
        if value.contains(0) {
            return None;
        }
        return Some((steps - 1, (plain <= i128::from(mask)).then(|| formula.shifted(-i128::from(step)))));
    }
    Some((steps, (plain <= i128::from(mask)).then_some(formula)))
}

/// `a - b`, if that is the same number in every run.
pub(super) fn difference(expander: &Expander<'_, '_>, a: ValueId, b: ValueId) -> Option<u64> {
    let width = expander.ranges.ssa.bits(a);
    let apart = sum(expander, a, MAX_DEPTH).plus(&sum(expander, b, MAX_DEPTH), u64::MAX).cut(width);
    apart.terms.is_empty().then_some(apart.constant)
}
