//! Exit tests by order: a measure that every round makes smaller.
//!
//! While `a < b` holds, `b - a >= 1`. If every way round takes at least `d` off the measure `b - a`, and
//! it starts at `m`, then the loop goes round at most `(m - 1) / d + 1` times; if every way at least
//! halves it, at most `log2(m) + 1` times.

use super::Test;
use super::cases;
use super::lin::{Expander, INFINITE, Leaf, Lin, Sense, Stop, read_range};
use crate::domain::{Binary, Compare};
use crate::ssa::{Node, ValueId, block_id};

/// What was found.
pub(super) struct Found {
    pub(super) rounds: u128,
    /// The measure at the start, if it is the same for each entry.
    pub(super) start: Option<Lin>,
    /// What a round takes off it; 0 if it is halved.
    pub(super) step: i128,
    pub(super) post: bool,
    /// Whether part of the measure was replaced by the end of its range.
    pub(super) settled: bool,
    /// Whether some rounds may take more off it than others.
    pub(super) uneven: bool,
}

/// The measure of a test: at least 1 while the loop stays.
fn measure(expander: &Expander<'_, '_>, op: Compare, a: ValueId, b: ValueId) -> Result<Option<Lin>, Stop> {
    let sense = if op.is_signed() { Sense::Signed } else { Sense::Unsigned };
    let (small, large, or_equal) = match op {
        Compare::LtS | Compare::LtU => (a, b, false),
        Compare::LeS | Compare::LeU => (a, b, true),
        Compare::GtS | Compare::GtU => (b, a, false),
        Compare::GeS | Compare::GeU => (b, a, true),
        Compare::Ne => {
            // `x != 0` is `x > 0` where a step down never passes zero.
            if expander.ranges.ssa.constant(b) != Some(0) {
                return Ok(None);
            }
            (b, a, false)
        }
        Compare::Eq => return Ok(None),
    };
    let difference = expander.expand(large, sense)?.plus(&expander.expand(small, sense)?, -1);
    Ok(Some(difference.shifted(or_equal.into())))
}

/// Replaces what varies but is no phi of the head by the end of its range that makes the measure larger.
fn settle(expander: &Expander<'_, '_>, lin: Lin, test: &Test, head: u32) -> Option<Lin> {
    let ssa = expander.ranges.ssa;
    let is_head_phi = |id: ValueId| matches!(ssa.node(id), Node::Phi(_)) && ssa.block[id as usize] == head;
    let mut out = Lin { hi: lin.hi, lo: lin.hi, ..Lin::constant(0) };
    for ((id, sense), c) in &lin.terms {
        if !expander.varies(*id) || is_head_phi(*id) {
            out = out.plus(&Lin::leaf((*id, *sense)), *c);
        } else {
            let value = expander.ranges.of(*id).meet(&expander.ranges.at(*id, test.block));
            if value.is_bottom() {
                return None;
            }
            let (min, max) = read_range(&value, *sense);
            out = out.shifted((c * min).max(c * max));
        }
    }
    (out.hi < INFINITE).then_some(out)
}

/// An expression of the head's phis after one round.
pub(super) fn after(inner: &Expander<'_, '_>, lin: &Lin, head: u32, way: usize) -> Result<Lin, Stop> {
    let ssa = inner.ranges.ssa;
    let mut out = Lin { terms: Default::default(), lo: lin.lo, hi: lin.hi };
    for (leaf, c) in &lin.terms {
        let (id, sense) = *leaf;
        let is_phi = matches!(ssa.node(id), Node::Phi(_)) && ssa.block[id as usize] == head && inner.varies(id);
        let now = match is_phi {
            true => inner.expand(cases::next_of(inner, id, way).ok_or(Stop::Budget)?, sense)?,
            false => Lin::leaf(*leaf),
        };
        out = out.plus(&now, *c);
    }
    Ok(out)
}

/// `2 * lin` with `2 * (x / 2)` written as `x` less 0 or 1.
fn doubled(inner: &Expander<'_, '_>, lin: &Lin) -> Result<Lin, Stop> {
    let ssa = inner.ranges.ssa;
    let mut out = Lin { terms: Default::default(), lo: lin.lo * 2, hi: lin.hi * 2 };
    for ((id, sense), c) in &lin.terms {
        let not_negative =
            |x| (inner.ranges.deep_at(x, ssa.block[*id as usize]).smin >= 0).then_some((x, Sense::Unsigned));
        let half = |sense| -> Option<(ValueId, Sense)> {
            match ssa.node(*id) {
                Node::Binary(Binary::ShrU, x, k) if ssa.constant(k) == Some(1) => Some((x, Sense::Unsigned)),
                Node::Binary(Binary::DivU, x, k) if ssa.constant(k) == Some(2) => Some((x, Sense::Unsigned)),
                // A negative number keeps its sign: read as unsigned it is no half.
                Node::Binary(Binary::ShrS, x, k) if ssa.constant(k) == Some(1) && sense == Sense::Signed => {
                    Some((x, sense))
                }
                Node::Binary(Binary::ShrS, x, k) if ssa.constant(k) == Some(1) => not_negative(x),
                Node::Binary(Binary::DivS, x, k) if ssa.constant(k) == Some(2) => not_negative(x),
                _ => None,
            }
        };
        match half(*sense) {
            Some((x, sense)) => {
                let mut whole = inner.expand(x, sense)?;
                whole.lo -= 1;
                out = out.plus(&whole, *c);
            }
            None => out = out.plus(&Lin::leaf((*id, *sense)), 2 * c),
        }
    }
    Ok(out)
}

/// Rounds of a loop that stays while the test holds.
pub(super) fn rounds(expander: &Expander<'_, '_>, test: &Test) -> Option<Found> {
    let (lin, settled, post) = measured(expander, test)?;
    let mut is_refuted = false;
    let finely = by_measure(expander, test, lin.clone(), settled, post, &mut is_refuted);
    // Where a way round does not bring the end closer, all of them together seldom do.
    if is_refuted && !expander.ranges.effort().is_thorough {
        return finely;
    }
    finely.or_else(|| {
        let budget = std::cell::Cell::new(2_000);
        let coarse = Expander { coarse: true, choices: Default::default(), budget, ..*expander };
        by_measure(&coarse, test, lin, settled, post, &mut is_refuted)
    })
}

/// Rounds of a loop that stays while both tests hold, which all rounds make: `while (i < n && j < m)` where a round
/// moves one or the other.
pub(super) fn rounds_of_both(expander: &Expander<'_, '_>, one: &Test, other: &Test) -> Option<Found> {
    // Of two numbers that are at least 1 the sum less 1 is.
    let ((x, _, post), (y, _, post_too)) = (measured(expander, one)?, measured(expander, other)?);
    if post != post_too || !one.always || !other.always || one.op == Compare::Ne || other.op == Compare::Ne {
        return None;
    }
    by_measure(expander, one, x.plus(&y, 1).shifted(-1), true, post, &mut false)
}

/// The measure of a test in terms of the head's phis, whether part of it was settled, and whether the test is about
/// the next round.
pub(super) fn measured(expander: &Expander<'_, '_>, test: &Test) -> Option<(Lin, bool, bool)> {
    let at = expander.at?;
    let head = expander.nest.loops[at].head.index() as u32; // CAST: petgraph's u32
    let (a, b, post) = test.states(expander);
    let whole = measure(expander, test.op, a, b).ok()??;
    let lin = settle(expander, whole.clone(), test, head)?;
    let settled = lin.terms.len() != whole.terms.len() || whole.lo != whole.hi;
    Some((lin, settled, post))
}

/// Rounds by a measure. `is_refuted` is set if a way round has been found that takes nothing off it.
fn by_measure(
    expander: &Expander<'_, '_>,
    test: &Test,
    lin: Lin,
    settled: bool,
    post: bool,
    is_refuted: &mut bool,
) -> Option<Found> {
    let at = expander.at?;
    let head = expander.nest.loops[at].head.index() as u32; // CAST: petgraph's u32

    // How much a round takes off, and whether it halves.
    let (mut least, mut furthest) = (INFINITE, 0);
    let mut halves = true;
    let mut some = false;
    let all = cases::each(
        expander,
        &|inner, way| {
            let next = after(inner, &lin, head, way)?;
            let grown = next.plus(&lin, -1);
            // What is moved by a number is not halved.
            let is_counted = grown.terms.is_empty() && grown.lo == grown.hi;
            let twice = if is_counted { None } else { Some(doubled(inner, &next)?) };
            Ok((next, grown, twice))
        },
        &mut |(next, grown_by, twice), inner, case| {
            some = true;
            let (fallen, grown) = inner.evaluate(&grown_by, &case.passed);
            let order = inner.ranges.order;
            let makes = test.always || case.passed.iter().any(|b| order.dominates(block_id(test.block), block_id(*b)));
            if !makes {
                // A round without the test must not undo what the others do.
                halves = false;
                return grown <= 0;
            }
            // After a way that leaves nothing of the measure the loop is left.
            let (_, rest) = inner.evaluate(&next, &case.passed);
            if test.always && rest <= 0 {
                return true;
            }
            least = least.min(-grown);
            furthest = furthest.max(-fallen);
            halves &= twice.is_some();
            if let Some(twice) = twice.filter(|_| halves) {
                let (_, excess) = inner.evaluate(&twice.plus(&lin, -1), &case.passed);
                halves = excess <= 0;
            }
            *is_refuted = least < 1 && !halves;
            !*is_refuted
        },
    );
    if !all || !some {
        return None;
    }
    // Every way is the last.
    let settled = settled || least >= INFINITE;
    if least >= INFINITE {
        (least, halves) = (1 << 64, false);
    }
    // `x != 0` stands for `x > 0` only if a step cannot jump over zero; unsigned numbers cannot, and the
    // expansion has shown that the step does not wrap.
    if test.op == Compare::Ne && lin.terms.iter().any(|((_, sense), _)| *sense == Sense::Signed) {
        return None;
    }

    let (most, start) = at_start(expander, &lin, head)?;
    let linear = (least >= 1).then(|| match (most, post) {
        (..=0, _) => 0,
        (m, false) => (m - 1) / least + 1,
        (m, true) => (m - 1) / least,
    });
    let halved = halves.then(|| match most {
        ..=0 => 0,
        m => i128::from(127 - m.leading_zeros()) + i128::from(!post),
    });
    let (rounds, step) = match (linear, halved) {
        (Some(l), Some(h)) if l <= h => (l, least),
        (_, Some(h)) => (h, 0),
        (Some(l), None) => (l, least),
        (None, None) => return None,
    };
    Some(Found { rounds: rounds.unsigned_abs(), start, step, post, settled, uneven: furthest > least })
}

/// The most that an expression of the head's phis may be where the loop is entered, and what it is there if that is the
/// same for each entry; `None` if there is no most.
pub(super) fn at_start(expander: &Expander<'_, '_>, lin: &Lin, head: u32) -> Option<(i128, Option<Lin>)> {
    let mut most: i128 = -INFINITE;
    let mut start: Option<Lin> = None;
    let mut many = false;
    for (way, (from, _)) in expander.ranges.ssa.preds[head as usize].iter().enumerate() {
        if expander.at.is_some_and(|at| expander.nest.contains(at, block_id(*from))) {
            continue;
        }
        let first = after(expander, lin, head, way).ok()?;
        let (_, hi) = expander.evaluate(&first, &[*from]);
        most = most.max(hi);
        many |= start.as_ref().is_some_and(|s| *s != first);
        start = Some(first);
    }
    // What the variables start with is in their sets, of which more may be known.
    most = most.min(expander.evaluate(lin, &[]).1);
    (most < INFINITE).then_some((most, start.filter(|_| !many)))
}

/// The coefficient of a phi of the loop with this head in an expression, if it is the only one.
pub(super) fn coefficient_of_head(expander: &Expander<'_, '_>, lin: &Lin, head: u32) -> Option<(Leaf, i128)> {
    let ssa = expander.ranges.ssa;
    let mut of_head = lin
        .terms
        .iter()
        .filter(|((id, _), _)| matches!(ssa.node(*id), Node::Phi(_)) && ssa.block[*id as usize] == head);
    match (of_head.next(), of_head.next()) {
        (Some((leaf, c)), None) => Some((*leaf, *c)),
        _ => None,
    }
}
