//! Exit tests on what grows with a variable: `i * i <= n`, `i >> k == 0`, and plain `i <= n` where no branch says it.
//!
//! While `f(i) <= limit` holds and `f` grows with `i`, `i` is at most the largest number that satisfies it. What has to
//! be seen to is that `f` does not wrap: a step must not carry `i` past the numbers for which `f` is too large to
//! those for which its low bits are small again.

use super::Test;
use super::cases;
use super::lin::{Expander, Sense};
use crate::domain::{Binary, Compare, Value, mask_of};
use crate::ssa::{Node, ValueId, block_id};

/// What is computed from the variable.
enum Growing {
    Square,
    /// Shifted right by so many places at most.
    Shifted(u32),
}

/// Rounds of a loop that stays while the test holds, whose first operand grows with a variable.
pub(super) fn rounds(expander: &Expander<'_, '_>, test: &Test) -> Option<u128> {
    let at = expander.at?;
    let ranges = expander.ranges;
    let ssa = ranges.ssa;
    let width = ssa.bits(test.a);
    let head = expander.nest.loops[at].head.index() as u32; // CAST: petgraph's u32
    if expander.varies(test.b) {
        return None;
    }
    let (x, growing) = match ssa.node(test.a) {
        Node::Binary(Binary::Mul, x, y) if x == y => (x, Growing::Square),
        Node::Binary(Binary::ShrU, x, k) if !expander.varies(k) => {
            let most = entering(expander, at, k).umax;
            (x, Growing::Shifted(u32::try_from(most).ok().filter(|most| *most < width)?))
        }
        // By itself, of which the tests of a loop that goes on by a flag do not tell the analysis that it stays small.
        _ => (test.a, Growing::Shifted(0)),
    };
    let limit = entering(expander, at, test.b);
    if limit.is_bottom() {
        return Some(0);
    }
    let not_negative = limit.smin >= 0;
    let limit = match test.op {
        Compare::LeU => limit.umax,
        Compare::LtU => limit.umax.checked_sub(1)?,
        // The square as a signed number may be negative; but not where it is small enough, see below.
        Compare::LeS if not_negative => limit.umax,
        Compare::LtS if not_negative && limit.umax > 0 => limit.umax - 1,
        Compare::Eq => limit.umax,
        _ => return None,
    };
    let most = match growing {
        Growing::Square => u128::from(limit.isqrt()),
        Growing::Shifted(by) => ((u128::from(limit) + 1) << by) - 1,
    };
    // The variable, as a phi of the head: itself, what it will be, or that and a constant.
    let (phi, _, post) = Test { a: x, ..*test }.states(expander);
    if !matches!(ssa.node(phi), Node::Phi(_)) || ssa.block[phi as usize] != head {
        return None;
    }
    let plain = cases::step(expander, phi, Sense::Unsigned).filter(|(least, step)| *least >= 1 && *step <= 1 << 32);
    let (least, step) = plain.or_else(|| {
        let step = super::modular_step(expander, phi).filter(|step| *step > 0)?;
        Some((step.into(), step.into()))
    })?;
    if least < 1 || step > 1 << 32 {
        return None;
    }
    let (least, step) = (least.unsigned_abs(), step.unsigned_abs());
    let mut start = Value::bottom(width);
    for (way, (from, kind)) in ssa.preds[head as usize].iter().enumerate() {
        if !expander.nest.contains(at, block_id(*from)) {
            start = start.join(&ranges.on_edge(cases::next_of(expander, phi, way)?, *from, *kind));
        }
    }
    if start.is_bottom() {
        return Some(0);
    }
    // The first number that is too large: what the loop starts with, or a step further than one that is not.
    let beyond = u128::from(start.umax).max(most) + if post { 2 * step } else { step };
    let top = match growing {
        Growing::Square => beyond.checked_mul(beyond)?,
        Growing::Shifted(_) => beyond,
    };
    let signed = test.op.is_signed();
    if top > u128::from(mask_of(width)) >> u32::from(signed) {
        return None;
    }
    let tests = match most.checked_sub(start.umin.into()) {
        Some(apart) => apart / least + 1,
        None => 0,
    };
    Some(if post { tests.saturating_sub(1) } else { tests })
}

/// What a value that does not vary may be where the loop is entered.
fn entering(expander: &Expander<'_, '_>, at: usize, id: ValueId) -> Value {
    let head = expander.nest.loops[at].head.index();
    let mut all = Value::bottom(expander.ranges.ssa.bits(id));
    for (from, kind) in &expander.ranges.ssa.preds[head] {
        if !expander.nest.contains(at, block_id(*from)) {
            all = all.join(&expander.ranges.on_edge(id, *from, *kind));
        }
    }
    all
}
