//! Exit tests by `!=`: arithmetic modulo 2^width, where wrapping is no matter.
//!
//! A loop `while (p != end) p += 12` goes round `(end - p) / 12` times, if the distance modulo 2^32 is a
//! multiple of 12; it is if `end` was made as `p + 12 * n` without wrapping.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use smallvec::SmallVec;

use super::Test;
use super::cases::next_of;
use super::distance::{set_of, without_remainders};
use super::lin::{Expander, Lin, Sense};
use super::paths::{Edge, Path};
use crate::domain::{Binary, Compare, mask_of, signed};
use crate::ranges::Ordered;
use crate::ssa::congruence::Mix;
use crate::ssa::{Node, ValueId, block_id};

/// A sum of multiples of values, modulo 2^width.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sum {
    pub(super) terms: SmallVec<[(ValueId, u64); 4]>,
    pub(super) constant: u64,
}

/// Depth of expressions that are followed.
pub(super) const MAX_DEPTH: u32 = 24;

impl Sum {
    /// A number.
    pub(super) fn number(x: u64) -> Sum {
        Sum { terms: SmallVec::new(), constant: x }
    }

    /// A value as it is.
    pub(super) fn leaf(id: ValueId) -> Sum {
        Sum { terms: SmallVec::from_slice(&[(id, 1)]), constant: 0 }
    }

    /// Values and their multiples.
    pub(super) fn terms(&self) -> &[(ValueId, u64)] {
        &self.terms
    }

    /// The constant part.
    pub(super) fn constant(&self) -> u64 {
        self.constant
    }

    pub(super) fn plus(mut self, other: &Sum, factor: u64) -> Sum {
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
    pub(super) fn cut(mut self, width: u32) -> Sum {
        let mask = mask_of(width);
        self.constant &= mask;
        for term in &mut self.terms {
            term.1 &= mask;
        }
        self.terms.retain(|(_, c)| *c != 0);
        self
    }
}

/// Sums of values as they are seen from one loop, once they have been asked for.
pub(crate) type Sums = RefCell<HashMap<ValueId, Sum, BuildHasherDefault<Mix>>>;

/// A value as a sum. Sums are kept, so that what many are made of is added up once.
pub(super) fn sum(expander: &Expander<'_, '_>, id: ValueId, depth: u32) -> Sum {
    match expander.ranges.ssa.node(id) {
        Node::Const(x) => Sum::number(x),
        Node::Binary(..) | Node::Phi(_) if depth > 0 => {
            if let Some(known) = expander.sums.borrow().get(&id) {
                return known.clone();
            }
            let found = sum_of(expander, id, depth);
            expander.sums.borrow_mut().insert(id, found.clone());
            found
        }
        _ => Sum::leaf(id),
    }
}

fn sum_of(expander: &Expander<'_, '_>, id: ValueId, depth: u32) -> Sum {
    let ssa = expander.ranges.ssa;
    let leaf = || Sum { terms: SmallVec::from_slice(&[(id, 1)]), constant: 0 };
    let go = |v: ValueId| sum(expander, v, depth - 1);
    match ssa.node(id) {
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
        // `x ^ 7` is `7 - x` for `x <= 7`, and `~x` is `-1 - x`.
        Node::Binary(Binary::Xor, a, b) => {
            let value = expander.ranges.at(a, ssa.block[id as usize]);
            match ssa.constant(b) {
                Some(m) if m & m.wrapping_add(1) == 0 && value.umax <= m => {
                    Sum { terms: SmallVec::new(), constant: m }.plus(&go(a), u64::MAX)
                }
                _ => leaf(),
            }
        }
        Node::Binary(Binary::Or, a, b) => {
            let block = ssa.block[id as usize];
            let (x, y) = (expander.ranges.at(a, block), expander.ranges.at(b, block));
            let apart = (x.bits.value | x.bits.mask) & (y.bits.value | y.bits.mask) == 0;
            if apart { go(a).plus(&go(b), 1) } else { leaf() }
        }
        Node::Phi(phi) => {
            let block = ssa.block[id as usize];
            let args = &ssa.phi_args[phi as usize];
            let varies = expander.varies(id);
            match expander.nest.index_of_head(block_id(block)) {
                Some(done) if varies || !is_done(expander, done) => leaf(),
                Some(done) => after_loop(expander, id, done, depth).unwrap_or_else(leaf),
                None if varies => {
                    // A merge whose ways agree.
                    let mut ways = args.iter().map(|arg| go(*arg));
                    match ways.next() {
                        Some(first) if ways.all(|way| way == first) => first,
                        _ => leaf(),
                    }
                }
                None if args.len() == 2 => merge(expander, args, block, depth).unwrap_or_else(leaf),
                None => leaf(),
            }
        }
        _ => leaf(),
    }
}

/// How often a loop goes round, exactly: `(left - step if after the step) / step` times.
#[derive(Clone, Debug)]
pub(crate) struct Exact {
    left: Sum,
    step: u64,
    post: bool,
}

/// Whether the loop is over where the values are looked at.
fn is_done(expander: &Expander<'_, '_>, other: usize) -> bool {
    expander.at.is_some_and(|at| !expander.nest.contains(other, expander.nest.loops[at].head))
}

/// The last value of a head's phi, if the loop's rounds are known.
fn after_loop(expander: &Expander<'_, '_>, id: ValueId, of: usize, depth: u32) -> Option<Sum> {
    let ssa = expander.ranges.ssa;
    let exact = expander.exact.get(of)?.as_ref()?;
    let width = ssa.bits(id);
    let within = Expander {
        at: Some(of),
        head_phis: &[],
        sums: &Sums::default(),
        choices: SmallVec::new(),
        budget: expander.budget.clone(),
        ..*expander
    };
    let moved = super::modular_step(&within, id)?;
    let step = i64::try_from(exact.step).ok()?;
    if moved % step != 0 || exact.left.terms.iter().any(|(v, _)| ssa.bits(*v) != width) {
        return None;
    }
    let head = expander.nest.loops[of].head.index();
    let mut entries =
        ssa.preds[head].iter().enumerate().filter(|(_, (from, _))| !expander.nest.contains(of, block_id(*from)));
    let (Some((way, _)), None) = (entries.next(), entries.next()) else { return None };
    let start = sum(expander, next_of(expander, id, way)?, depth - 1);
    let mut left = exact.left.clone();
    if exact.post {
        left.constant = left.constant.wrapping_sub(exact.step);
    }
    // CAST: modulo 2^64.
    Some(start.plus(&left, (moved / step) as u64).cut(width))
}

/// A merge of two ways that come to the same: where they differ by something that is zero on one of them.
fn merge(expander: &Expander<'_, '_>, args: &[ValueId], block: u32, depth: u32) -> Option<Sum> {
    let ssa = expander.ranges.ssa;
    let width = ssa.bits(*args.first()?);
    let ways: Vec<Sum> = args.iter().map(|arg| sum(expander, *arg, depth - 1).cut(width)).collect();
    let preds = &ssa.preds[block as usize];
    (0..2).find_map(|kept| {
        let other = 1 - kept;
        let (from, kind) = preds[other];
        let apart = ways[kept].clone().plus(&ways[other], u64::MAX).cut(width);
        let mut constant = apart.constant;
        for (v, c) in &apart.terms {
            constant = constant.wrapping_add(expander.ranges.on_edge(*v, from, kind).as_constant()?.wrapping_mul(*c));
        }
        (constant & mask_of(width) == 0).then(|| ways[kept].clone())
    })
}

/// What this test shows of the variable: that it is at most the end, where each round starts. `is_bound` says whether
/// there is a bound by this test; without one, only steps of one are sure to meet the end.
pub(super) fn order(expander: &Expander<'_, '_>, test: &Test, is_bound: bool) -> Option<Ordered> {
    let at = expander.at?;
    let ranges = expander.ranges;
    let head = expander.nest.loops[at].head.index() as u32; // CAST: petgraph's u32
    let (phi, most, post) = test.states(expander);
    let is_phi = matches!(ranges.ssa.node(phi), Node::Phi(_)) && ranges.ssa.block[phi as usize] == head;
    if !is_phi || test.op != Compare::Ne || !test.always || expander.varies(most) {
        return None;
    }
    let step = super::modular_step(expander, phi)?;
    if step < 1 || step != 1 && !is_bound {
        return None;
    }
    // A test at the end of a round that starts with the distance 0 would go all the way round; then there is no bound.
    let is_strict = post && !is_bound;
    // It must start below the end: then no step wraps, because the distance is a multiple of the step.
    for (way, (from, kind)) in ranges.ssa.preds[head as usize].iter().enumerate() {
        if expander.nest.contains(at, block_id(*from)) {
            continue;
        }
        let start = next_of(expander, phi, way)?;
        let (low, high) = (ranges.on_edge(start, *from, *kind), ranges.on_edge(most, *from, *kind));
        let is_below = low.is_bottom() || low.umax < high.umin || low.umax == high.umin && !is_strict;
        if !is_below && ranges.is_ordered(start, most, false, *from).is_none_or(|strict| is_strict && !strict) {
            return None;
        }
    }
    Some(Ordered { block: head, value: phi, most, strict: post })
}

/// What is left to go at each entry of a loop, and what a round takes off.
struct Distances {
    /// With the way that the loop is entered by.
    left: SmallVec<[(Sum, Path); 2]>,
    step: u64,
    post: bool,
    width: u32,
}

/// How often a loop goes round that stays while `a != b`: the most, and a formula; in `exact` how often it does if this is
/// its only exit.
pub(super) fn rounds(
    expander: &Expander<'_, '_>,
    test: &Test,
    exact: &mut Option<Exact>,
) -> Option<(u128, Option<Lin>, i128)> {
    /// Entries, with the ways that they are taken apart into.
    const MOST: usize = 24;
    /// Blocks where ways meet that are looked at, one behind the other.
    const MERGES: usize = 3;
    let mut ways = distances(expander, test)?;
    let is_one_way = ways.left.len() == 1;
    let mut most: Option<(u128, Option<Lin>)> = None;
    let mut open: Vec<(Sum, Path)> = ways.left.drain(..).collect();
    let mut seen = 0;
    while let Some((left, path)) = open.pop() {
        seen += 1;
        if seen > MOST {
            return None;
        }
        let found = from_distance(expander, &left, &path, &ways);
        if is_one_way && seen == 1 && found.is_some() {
            *exact = Some(Exact { left: left.clone(), step: ways.step, post: ways.post });
        }
        let is_good = found.as_ref().is_some_and(|(rounds, _)| *rounds < super::USEFUL);
        // Facts of many branches are dear.
        if !is_good
            && !expander.ranges.is_large()
            && path.edges.len() <= MERGES
            && let Some(apart) = path.split(expander.ranges, expander.nest)
        {
            open.extend(apart.into_iter().map(|path| (along(expander, &left, &path, ways.width), path)));
            continue;
        }
        let (rounds, formula) = found?;
        match &mut most {
            Some((all, kept)) => {
                *all = (*all).max(rounds);
                *kept = None;
            }
            None => most = Some((rounds, formula)),
        }
    }
    let (rounds, formula) = most?;
    Some((rounds, formula, ways.step.into()))
}

/// A sum with what the phis in it are on a way.
fn along(expander: &Expander<'_, '_>, left: &Sum, path: &Path, width: u32) -> Sum {
    let mut out = Sum { terms: SmallVec::new(), constant: left.constant };
    for (id, c) in &left.terms {
        let now = match path.chosen(expander.ranges, *id) {
            Some(arg) => sum(expander, arg, MAX_DEPTH),
            None => Sum { terms: SmallVec::from_slice(&[(*id, 1)]), constant: 0 },
        };
        out = out.plus(&now, *c);
    }
    out.cut(width)
}

/// The distance of the operands of a test, if each round makes it smaller by the same.
fn distances(expander: &Expander<'_, '_>, test: &Test) -> Option<Distances> {
    let at = expander.at?;
    let ssa = expander.ranges.ssa;
    let width = ssa.bits(test.a);
    let head = expander.nest.loops[at].head.index() as u32; // CAST: petgraph's u32
    let (a, b, post) = test.states(expander);
    let distance = sum(expander, a, MAX_DEPTH).plus(&sum(expander, b, MAX_DEPTH), u64::MAX).cut(width);
    let is_head_phi =
        |id: ValueId| matches!(ssa.node(id), Node::Phi(_)) && ssa.block[id as usize] == head && expander.varies(id);
    if distance.terms.iter().any(|(id, _)| expander.varies(*id) && !is_head_phi(*id)) {
        return None;
    }
    // The distance after the phis of the head have taken what comes by an edge.
    let after = |way: usize| -> Option<Sum> {
        let mut out = Sum { terms: SmallVec::new(), constant: distance.constant };
        for (id, c) in &distance.terms {
            let now = match is_head_phi(*id) {
                true => sum(expander, next_of(expander, *id, way)?, MAX_DEPTH),
                false => Sum { terms: SmallVec::from_slice(&[(*id, 1)]), constant: 0 },
            };
            out = out.plus(&now, *c);
        }
        Some(out.cut(width))
    };
    let mut step = None;
    let mut starts: SmallVec<[(Sum, Path); 2]> = SmallVec::new();
    for (way, (from, kind)) in ssa.preds[head as usize].iter().enumerate() {
        let now = after(way)?;
        if !expander.nest.contains(at, block_id(*from)) {
            let edge = Edge { from: *from, kind: *kind, way, to: head };
            starts.push((now, Path::new(SmallVec::from_slice(&[edge]))));
            continue;
        }
        // The same step on every way round.
        let grown = now.plus(&distance, u64::MAX).cut(width);
        if !grown.terms.is_empty() || grown.constant == 0 || step.is_some_and(|s| s != grown.constant) {
            return None;
        }
        step = Some(grown.constant);
    }
    let step = signed(step?, width);
    if step > 0 {
        let zero = Sum { terms: SmallVec::new(), constant: 0 };
        for (start, _) in &mut starts {
            *start = zero.clone().plus(start, u64::MAX).cut(width);
        }
    }
    Some(Distances { left: starts, step: step.unsigned_abs(), post, width })
}

/// The most rounds of a loop that is entered by a way with so much left to go, and a formula.
fn from_distance(
    expander: &Expander<'_, '_>,
    left: &Sum,
    path: &Path,
    ways: &Distances,
) -> Option<(u128, Option<Lin>)> {
    let Distances { step, post, width, .. } = *ways;
    let mask = mask_of(width);
    let left = &without_remainders(expander, left);
    let sets = left.ranges(expander, path);
    let value = set_of(expander, left, &sets, path, width);
    if value.is_bottom() {
        return Some((0, None));
    }
    let mut formula = Lin::constant(signed(left.constant, width).into());
    // The sum without wrapping, at most.
    let mut plain: i128 = signed(left.constant, width).into();
    // And at least.
    let mut least = plain;
    for ((id, c), range) in left.terms.iter().zip(&sets) {
        let c = i128::from(signed(*c, width));
        let (low, high) = (c * i128::from(range.umin), c * i128::from(range.umax));
        plain += low.max(high);
        least += low.min(high);
        formula = formula.plus(&Lin::leaf((*id, Sense::Unsigned)), c);
    }
    let stride = value.stride;
    let whole = stride.residue.is_multiple_of(step) && stride.modulus.is_multiple_of(step);
    // A step that is no power of two meets the end only if it divides the distance; one that is, too, but
    // a distance that it does not divide shows in the low bits.
    if !whole {
        return None;
    }
    let steps = u128::from(value.umax / step);
    // A sum below zero is a distance nearly all the way round, of which the formula knows nothing: there is none, unless
    // the bound is of no use either and the formula is all that can be said.
    let wraps = least < 0 && least + i128::from(mask) < i128::from(value.umax);
    let is_true = plain <= i128::from(mask) && !(wraps && (steps < super::USEFUL || left.terms.is_empty()));
    if post {
        // Tested after the step: a distance of zero at the start means all the way round.
        if value.contains(0) {
            return None;
        }
        return Some((steps - 1, is_true.then(|| formula.shifted(-i128::from(step)))));
    }
    Some((steps, is_true.then_some(formula)))
}

/// `a - b`, if that is the same number in every run.
pub(super) fn difference(expander: &Expander<'_, '_>, a: ValueId, b: ValueId) -> Option<u64> {
    let width = expander.ranges.ssa.bits(a);
    let apart = sum(expander, a, MAX_DEPTH).plus(&sum(expander, b, MAX_DEPTH), u64::MAX).cut(width);
    apart.terms.is_empty().then_some(apart.constant)
}
