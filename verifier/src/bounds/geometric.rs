//! Loops whose variable is shifted, divided, multiplied or loses bits: a logarithm of rounds.

use super::Test;
use super::cases::next_of;
use super::lin::Expander;
use crate::domain::{Binary, Compare, Value, mask_of};
use crate::ssa::{Node, ValueId, block_id};

/// What a round does to the variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// `x >> c`, `x / k` as `k`.
    Divide(u64),
    /// `x * k` without wrapping, `k >= 2`.
    Multiply(u64),
    /// `x << c`, bits fall out at the top.
    ShiftOut(u32),
    /// `x & (x - 1)`.
    DropBit,
    /// `(x - 1) & m`.
    Fall,
    /// `x % y`, and `y` becomes `x`'s divisor: Euclid.
    Remainder,
}

fn change(expander: &Expander<'_, '_>, phi: ValueId, next: ValueId, way: usize) -> Option<Change> {
    let ranges = expander.ranges;
    let ssa = ranges.ssa;
    let block = ssa.block[next as usize];
    let width = ssa.bits(next);
    match ssa.node(next) {
        Node::Binary(Binary::ShrU, x, c) if x == phi => {
            let count = ssa.constant(c)? % u64::from(width);
            (count > 0).then_some(Change::Divide(1 << count))
        }
        Node::Binary(Binary::DivU, x, k) if x == phi => {
            let k = ranges.at(k, block).umin;
            (k > 1).then_some(Change::Divide(k))
        }
        Node::Binary(Binary::ShrS, x, c) if x == phi && ranges.at(x, block).smin >= 0 => {
            let count = ssa.constant(c)? % u64::from(width);
            (count > 0).then_some(Change::Divide(1 << count))
        }
        // A negative number comes to zero as its absolute value does.
        Node::Binary(Binary::DivS, x, k) if x == phi => {
            let k = ranges.at(k, block);
            // CAST: not negative.
            (k.smin > 1).then_some(Change::Divide(k.smin as u64))
        }
        Node::Binary(op @ (Binary::Mul | Binary::Shl), x, k) if x == phi => {
            let k = ssa.constant(k)?;
            let factor = if op == Binary::Mul { k } else { 1 << (k % u64::from(width)) };
            let most = u128::from(ranges.at(x, block).umax) * u128::from(factor);
            if factor < 2 {
                None
            } else if most <= u128::from(mask_of(width)) {
                Some(Change::Multiply(factor))
            } else {
                factor.is_power_of_two().then_some(Change::ShiftOut(factor.trailing_zeros()))
            }
        }
        Node::Binary(Binary::Add, a, b) if a == phi && b == phi => {
            let doubled = u128::from(ranges.at(a, block).umax) * 2;
            Some(if doubled <= u128::from(mask_of(width)) { Change::Multiply(2) } else { Change::ShiftOut(1) })
        }
        Node::Binary(Binary::And, a, b) => {
            let less_one = |x: ValueId| match ssa.node(x) {
                Node::Binary(Binary::Add, y, c) => y == phi && ssa.constant(c) == Some(mask_of(width)),
                Node::Binary(Binary::Sub, y, c) => y == phi && ssa.constant(c) == Some(1),
                _ => false,
            };
            if a == phi && less_one(b) || b == phi && less_one(a) {
                Some(Change::DropBit)
            } else {
                (less_one(a) || less_one(b)).then_some(Change::Fall)
            }
        }
        // `x & -x` is the lowest bit.
        Node::Binary(Binary::Xor | Binary::Sub, a, b) => {
            let lowest = |v: ValueId| match ssa.node(v) {
                Node::Binary(Binary::And, x, y) => {
                    let is_minus = |v: ValueId| match ssa.node(v) {
                        Node::Binary(Binary::Sub, zero, y) => ssa.constant(zero) == Some(0) && y == phi,
                        Node::Binary(Binary::Mul, y, m) => y == phi && ssa.constant(m) == Some(mask_of(width)),
                        _ => false,
                    };
                    x == phi && is_minus(y) || y == phi && is_minus(x)
                }
                _ => false,
            };
            let is_xor = matches!(ssa.node(next), Node::Binary(Binary::Xor, ..));
            (a == phi && lowest(b) || is_xor && b == phi && lowest(a)).then_some(Change::DropBit)
        }
        // Euclid: (x, y) becomes (y, x % y).
        Node::Binary(Binary::RemU, x, y) if y == phi => {
            let is_other = matches!(ssa.node(x), Node::Phi(_)) && ssa.block[x as usize] == ssa.block[phi as usize];
            (is_other && next_of(expander, x, way) == Some(phi)).then_some(Change::Remainder)
        }
        _ => None,
    }
}

/// Rounds of a loop whose test compares a variable that changes so.
pub(super) fn rounds(expander: &Expander<'_, '_>, test: &Test) -> Option<u128> {
    let at = expander.at?;
    let ranges = expander.ranges;
    let ssa = ranges.ssa;
    let head = expander.nest.loops[at].head.index() as u32; // CAST: petgraph's u32
    let (phi, limit, post) = test.states(expander);
    if !matches!(ssa.node(phi), Node::Phi(_)) || ssa.block[phi as usize] != head || expander.varies(limit) {
        return None;
    }
    let width = ssa.bits(phi);
    let mut all = None;
    let mut start = Value::bottom(width);
    let mut bounds = Value::bottom(width);
    for (way, (from, kind)) in ssa.preds[head as usize].iter().enumerate() {
        let next = next_of(expander, phi, way)?;
        if expander.nest.contains(at, block_id(*from)) {
            for next in ways(expander, next)? {
                let this = change(expander, phi, next, way)?;
                all = Some(match (all, this) {
                    (None, this) => this,
                    (Some(Change::Divide(a)), Change::Divide(b)) => Change::Divide(a.min(b)),
                    (Some(Change::Multiply(a)), Change::Multiply(b)) => Change::Multiply(a.min(b)),
                    (Some(a), b) if a == b => a,
                    _ => return None,
                });
            }
        } else {
            start = start.join(&ranges.on_edge(next, *from, *kind));
            bounds = bounds.join(&ranges.at(limit, *from));
        }
    }
    if start.is_bottom() || bounds.is_bottom() {
        return Some(0);
    }
    // Signed tests are the same on numbers that are not negative.
    let plain = |v: &Value| v.smin >= 0;
    let zero = bounds.as_constant() == Some(0);
    let op = test.op;
    if op.is_signed() && !(plain(&start) && plain(&bounds)) {
        return None;
    }
    let down = match op {
        Compare::Ne if zero => Some(0),
        Compare::GtU | Compare::GtS => Some(bounds.umin),
        Compare::GeU | Compare::GeS if bounds.umin > 0 => Some(bounds.umin - 1),
        _ => None,
    };
    let up = match op {
        Compare::LtU | Compare::LtS => Some(u128::from(bounds.umax)),
        Compare::LeU | Compare::LeS => Some(u128::from(bounds.umax) + 1),
        _ => None,
    };
    let tests = match (all?, down, up) {
        (Change::Divide(k), Some(stop), _) => {
            let mut x = start.umax.max(start.smin.unsigned_abs().min(mask_of(width)));
            let mut count = 0;
            while x > stop {
                x /= k;
                count += 1;
            }
            count
        }
        (Change::Multiply(k), _, Some(stop)) if start.umin > 0 => {
            let mut x = u128::from(start.umin);
            let mut count = 0;
            while x < stop {
                x *= u128::from(k);
                count += 1;
            }
            count
        }
        (Change::ShiftOut(by), Some(0), _) if op == Compare::Ne => {
            let low = start.bits.known_low_bits().min(width);
            let zeros = if start.bits.value & mask_of(low.max(1)) == 0 { low } else { 0 };
            u128::from((width - zeros).div_ceil(by))
        }
        // Each round that is followed by another takes 1 at least.
        (Change::Fall, Some(0), _) if !post || start.umin > 0 => u128::from(start.umax),
        (Change::DropBit, Some(0), _) => u128::from((start.bits.value | start.bits.mask).count_ones()),
        (Change::Remainder, Some(0), _) if op == Compare::Ne => {
            // Lamé: the n-th divisor is at least the n-th Fibonacci number.
            let (mut a, mut b, mut count) = (1u128, 1u128, 1);
            while b <= u128::from(start.umax) {
                (a, b) = (b, a + b);
                count += 1;
            }
            count
        }
        _ => return None,
    };
    Some(if post { tests.saturating_sub(1) } else { tests })
}

/// The values that a merge inside the round chooses from.
fn ways(expander: &Expander<'_, '_>, next: ValueId) -> Option<Vec<ValueId>> {
    /// Values of one round.
    const MOST: usize = 16;
    let ssa = expander.ranges.ssa;
    let (mut open, mut out) = (vec![next], Vec::new());
    let mut seen = 0;
    while let Some(id) = open.pop() {
        seen += 1;
        if seen > MOST {
            return None;
        }
        match ssa.node(id) {
            Node::Phi(phi)
                if expander.varies(id) && expander.nest.loop_of_head(block_id(ssa.block[id as usize])).is_none() =>
            {
                open.extend(&ssa.phi_args[phi as usize]);
            }
            Node::Select(_, a, b) if expander.varies(id) => open.extend([a, b]),
            _ => out.push(id),
        }
    }
    Some(out)
}
