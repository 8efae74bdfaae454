//! Searches that halve `hi - lo`, whatever the two are: arithmetic modulo 2^width, so that neither their order nor
//! their ranges matter.
//!
//! With `u = hi - lo` and `mid = lo + u / 2`, a round makes of `u` either `mid - lo = u / 2` or `hi - mid = u - u / 2`.
//! While `u >= 2` both are less than `u`, and at most half of it, rounded up.

use super::cases::{self, next_of};
use super::lin::{Expander, Key, Stop};
use super::modular::{MAX_DEPTH, Sum, sum};
use super::{Place, Test};
use crate::domain::{Binary, Compare};
use crate::ssa::{Node, ValueId, block_id};

/// Rounds of a loop that stays while the first operand is large enough.
pub(super) fn rounds(expander: &Expander<'_, '_>, test: &Test) -> Option<u128> {
    let at = expander.at?;
    let ranges = expander.ranges;
    let ssa = ranges.ssa;
    let width = ssa.bits(test.a);
    let head = expander.nest.loops[at].head.index() as u32; // CAST: petgraph's u32
    let least = match (test.op, ssa.constant(test.b)) {
        (Compare::GtU, Some(c)) => c.checked_add(1)?,
        (Compare::GeU, Some(c)) => c,
        (Compare::Ne, Some(0)) => 1,
        _ => return None,
    };
    // `u` in terms of the head's phis, of this round or of the next.
    let tested = sum(expander, test.a, MAX_DEPTH);
    let mut size = Sum::number(tested.constant());
    let mut places = (false, false);
    for (id, c) in tested.terms() {
        let id = match test.place(expander, *id) {
            Place::Head => {
                places.0 = true;
                *id
            }
            Place::Next(phi) => {
                places.1 = true;
                phi
            }
            _ => return None,
        };
        size = size.plus(&Sum::leaf(id), *c);
    }
    let size = size.cut(width);
    let ((true, false) | (false, true)) = places else { return None };
    let post = places.1;
    let is_half = |id: ValueId| match ssa.node(id) {
        Node::Binary(Binary::ShrU, x, k) if ssa.constant(k) == Some(1) => {
            sum(expander, x, MAX_DEPTH).cut(width) == size
        }
        Node::Binary(Binary::DivU, x, k) if ssa.constant(k) == Some(2) => {
            sum(expander, x, MAX_DEPTH).cut(width) == size
        }
        _ => false,
    };
    let make = |inner: &Expander<'_, '_>, way: usize| {
        let mut next = Sum::number(size.constant());
        for (id, c) in size.terms() {
            let arg = next_of(inner, *id, way).ok_or(Stop::Budget)?;
            next = next.plus(&chosen(inner, arg, MAX_DEPTH)?, *c);
        }
        Ok(next.cut(width))
    };
    let mut less_one = false;
    let all = cases::each(expander, &make, &mut |next: Sum, _, _| {
        // u / 2
        if let ([(half, 1)], 0) = (next.terms(), next.constant()) {
            return is_half(*half) && least >= 1;
        }
        // u - u / 2, or one less
        let taken = size.clone().plus(&next, u64::MAX).cut(width);
        match (taken.terms(), taken.constant()) {
            ([(half, 1)], 0) => is_half(*half) && least >= 2,
            ([(half, 1)], 1) => {
                less_one = true;
                is_half(*half) && least >= 1
            }
            _ => false,
        }
    });
    if !all {
        return None;
    }
    let mut most = 0;
    for (way, (from, kind)) in ssa.preds[head as usize].iter().enumerate() {
        if expander.nest.contains(at, block_id(*from)) {
            continue;
        }
        let mut start = Sum::number(size.constant());
        for (id, c) in size.terms() {
            start = start.plus(&sum(expander, next_of(expander, *id, way)?, MAX_DEPTH), *c);
        }
        let start = start.cut(width);
        let (low, high) = match start.terms() {
            [] => (start.constant(), start.constant()),
            [(id, 1)] if start.constant() == 0 => {
                let start = ranges.on_edge(*id, *from, *kind);
                (start.umin, start.umax)
            }
            _ => (0, u64::MAX),
        };
        // The first round is made before any test: zero less one wraps.
        if post && less_one && low == 0 {
            return None;
        }
        most = most.max(high);
    }
    // The first so many bits.
    let bits = |x: u64| u128::from((64 - x.leading_zeros()).min(width));
    let tests = if least >= 2 { bits(most.saturating_sub(1)) } else { bits(most) };
    Some(if post { tests.saturating_sub(1) } else { tests })
}

/// A value as a sum on one way round.
fn chosen(inner: &Expander<'_, '_>, id: ValueId, depth: u32) -> Result<Sum, Stop> {
    let ssa = inner.ranges.ssa;
    if depth == 0 || !inner.varies(id) {
        return Ok(sum(inner, id, depth));
    }
    let go = |v: ValueId| chosen(inner, v, depth - 1);
    let block = ssa.block[id as usize];
    Ok(match ssa.node(id) {
        Node::Binary(Binary::Add, a, b) => go(a)?.plus(&go(b)?, 1),
        Node::Binary(Binary::Sub, a, b) => go(a)?.plus(&go(b)?, u64::MAX),
        Node::Select(cond, a, b) => {
            let (key, first) = inner.outcome(cond);
            match inner.choice(key) {
                Some(way) if way == first => go(a)?,
                Some(_) => go(b)?,
                None => return Err(Stop::Choice(key, 2)),
            }
        }
        Node::Phi(phi) if inner.nest.loop_of_head(block_id(block)).is_none() => {
            let args = &ssa.phi_args[phi as usize];
            match inner.choice(Key::Block(block)) {
                Some(way) => go(*args.get(way).ok_or(Stop::Budget)?)?,
                None => return Err(Stop::Choice(Key::Block(block), args.len())),
            }
        }
        _ => sum(inner, id, depth),
    })
}
