//! Two measures, of which the second counts only while the first stands still; and a variable that only moves one way.
//!
//! A nest that was written, or compiled, as one loop (`if (++j == 20) { j = 0; i++; }`, a jump into a loop that the
//! compiler turned into a variable for where to go on) makes progress in one of two ways: a round takes at least `d` off
//! the measure `m` of an exit test, or leaves `m` no larger and moves a second variable `y` in one direction.
//!
//! Why it holds. Order the pairs `(m, y)` lexicographically. A round of the first kind makes the test, so `m >= 1`
//! when it does, and `m` never grows: there are at most `n = (m0 - 1) / d + 1` of them. `y` is in `[lo, hi]` each time
//! that control is at the head, as the value analysis has shown. Between two rounds of the first kind all are of the
//! second, and each brings another number to the head, further in the same direction: there are at most `hi - lo` in a
//! row, in `n + 1` rows. Together at most `n + (n + 1) * (hi - lo)` rounds. What a round of the first kind does to `y` is
//! no matter. Numbers here are those of [`lin`](super::lin), so no step wraps.
//!
//! With `n = 0` that is a variable which every round moves one way: at most `(hi - lo) / d` rounds, whatever the exits.

use super::Test;
use super::cases::{self, next_of};
use super::lin::{Expander, INFINITE, Lin, Sense, Stop, read_range};
use super::linear::{after, at_start, measured};
use crate::domain::Compare;
use crate::ssa::{ValueId, block_id};

/// A phi of the head and where it stays.
struct Second {
    phi: ValueId,
    sense: Sense,
    span: i128,
}

/// Variables whose range is no use: what only the width of a type bounds.
const WIDEST: i128 = 1 << 20;

/// The phis of the head that stay in a small range.
fn seconds<'e>(expander: &'e Expander<'_, '_>) -> impl Iterator<Item = Second> + 'e {
    /// Phis that are looked at.
    const MOST: usize = 8;
    let all = expander.head_phis.iter().filter_map(|phi| {
        let value = expander.ranges.of(*phi);
        if value.is_bottom() || value.as_constant().is_some() || !expander.ranges.is_analysed(*phi) {
            return None;
        }
        let sense = if value.smin >= 0 { Sense::Unsigned } else { Sense::Signed };
        let (lo, hi) = read_range(&value, sense);
        (hi - lo < WIDEST).then_some(Second { phi: *phi, sense, span: hi - lo })
    });
    all.take(MOST)
}

/// What a round adds to a phi of the head.
fn grown(inner: &Expander<'_, '_>, of: &Second, way: usize) -> Result<Lin, Stop> {
    let next = next_of(inner, of.phi, way).ok_or(Stop::Budget)?;
    Ok(inner.expand(next, of.sense)?.plus(&inner.expand(of.phi, of.sense)?, -1))
}

/// Rounds of a loop by a variable that all of them move one way.
pub(super) fn rounds_of_range(expander: &Expander<'_, '_>) -> Option<u128> {
    let found = seconds(expander).filter_map(|second| {
        expander.budget.set(4_000);
        let (least, most) = cases::step(expander, second.phi, second.sense)?;
        let by = least.max(-most);
        (1..INFINITE).contains(&by).then(|| (second.span / by).unsigned_abs())
    });
    found.min()
}

/// Rounds of a loop that stays while the test holds, where each round takes something off its measure or moves a
/// variable one way.
pub(super) fn rounds(expander: &Expander<'_, '_>, test: &Test) -> Option<u128> {
    let at = expander.at?;
    let ssa = expander.ranges.ssa;
    let test = &match (test.op, ssa.constant(test.a), ssa.constant(test.b)) {
        // Only zero is less.
        (Compare::Ne, _, Some(0)) => Test { op: Compare::GtU, ..*test },
        (Compare::Ne, Some(0), _) => Test { op: Compare::LtU, ..*test },
        (Compare::Ne, ..) => return None,
        _ => *test,
    };
    let head = expander.nest.loops[at].head.index() as u32; // CAST: petgraph's u32
    expander.budget.set(4_000);
    let (lin, _, post) = measured(expander, test)?;
    if lin.terms.is_empty() {
        return None;
    }
    let (most, _) = at_start(expander, &lin, head)?;
    let found = seconds(expander).flat_map(|second| {
        let both = [1, -1].map(|direction| by_both(expander, test, (&lin, most, post), &second, direction));
        both.into_iter().flatten()
    });
    found.min()
}

/// The rounds by a measure, with what it is at most at the start and whether the test is about the next round, and by a
/// variable that otherwise moves in a direction, 1 or -1.
fn by_both(
    expander: &Expander<'_, '_>,
    test: &Test,
    (lin, most, post): (&Lin, i128, bool),
    second: &Second,
    direction: i128,
) -> Option<u128> {
    let head = expander.nest.loops[expander.at?].head.index() as u32; // CAST: petgraph's u32
    let order = expander.ranges.order;
    expander.budget.set(4_000);
    let mut least = INFINITE;
    let make = |inner: &Expander<'_, '_>, way: usize| {
        let next = after(inner, lin, head, way)?;
        Ok((next, grown(inner, second, way)?))
    };
    let all = cases::each(expander, &make, &mut |(next, moved): (Lin, Lin), inner, case| {
        let (_, rises) = inner.evaluate(&next.plus(lin, -1), &case.passed);
        if rises > 0 {
            return false;
        }
        let makes = test.always || case.passed.iter().any(|b| order.dominates(block_id(test.block), block_id(*b)));
        if makes && rises <= -1 {
            least = least.min(-rises);
            return true;
        }
        let (lo, hi) = inner.evaluate(&moved, &case.passed);
        if direction > 0 { lo >= 1 } else { hi <= -1 }
    });
    // Without a round of the first kind another rule would have found more.
    if !all || least >= INFINITE {
        return None;
    }
    let first = match (most, post) {
        (..=0, _) => 0,
        (most, false) => (most - 1) / least + 1,
        (most, true) => (most - 1) / least,
    };
    let all = first.checked_add(first.checked_add(1)?.checked_mul(second.span)?)?;
    Some(all.unsigned_abs())
}
