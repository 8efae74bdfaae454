//! Loops that read through a pointer which only moves up, such as `while (*p) p++`: an access past the
//! end of memory traps, so the rounds are bounded by the size of memory.

use super::lin::{Expander, Sense};
use super::{Subject, Test, cases};
use crate::domain::{Binary, Compare, Value};
use crate::loops::Loop;
use crate::ssa::{Event, Node, Ssa, ValueId, block_id};

/// Rounds until the pointer leaves memory.
pub(super) fn rounds(expander: &Expander<'_, '_>, subject: &Subject<'_>, of: &Loop) -> Option<(u128, Test)> {
    let at = expander.at?;
    let ssa = subject.ssa;
    let mut best: Option<(u128, Test)> = None;
    for &block in subject.nest.own_blocks(at) {
        // Only what every round passes.
        if !of.latches.iter().all(|latch| subject.order.dominates(block, *latch)) {
            continue;
        }
        for event in ssa.events.get(block.index()).into_iter().flatten() {
            let Some((addr, offset)) = access(ssa, event) else { continue };
            let Some((phi, moved)) = pointer(expander, addr, of.head.index() as u32) else { continue };
            let Some(step) = super::modular_step(expander, phi).or_else(|| {
                let (least, _) = cases::step(expander, phi, Sense::Unsigned)?;
                i64::try_from(least).ok()
            }) else {
                continue;
            };
            // An address of 32 bits that moves up by less than memory can leave free passes the end before
            // it wraps.
            let limit = subject.memory_bytes.saturating_sub(offset.into());
            if step < 1 || limit + step.unsigned_abs() > u64::from(u32::MAX) {
                continue;
            }
            // The lowest address that the first access may have.
            let mut first = u64::MAX;
            for (way, (from, kind)) in ssa.preds[of.head.index()].iter().enumerate() {
                if !subject.nest.contains(at, block_id(*from)) {
                    let start = cases::next_of(expander, phi, way)?;
                    let start = expander.ranges.on_edge(start, *from, *kind);
                    first = first.min(Binary::Add.apply(&start, &Value::constant(moved, 32)).umin);
                }
            }
            let rounds = u128::from(limit.saturating_sub(first)) / u128::from(step.unsigned_abs()) + 1;
            let block = block.index() as u32; // CAST: petgraph's u32
            if best.as_ref().is_none_or(|(least, _)| rounds < *least) {
                best = Some((rounds, Test { block, op: Compare::LtU, a: addr, b: addr, always: true }));
            }
        }
    }
    best
}

/// Where a load or store goes: address and offset.
fn access(ssa: &Ssa, event: &Event) -> Option<(ValueId, u32)> {
    match *event {
        Event::Load(id) => match ssa.node(id) {
            Node::Load { addr, offset, .. } => Some((addr, offset)),
            _ => None,
        },
        Event::Store { addr, offset, .. } => Some((addr, offset)),
        Event::Effects => None,
    }
}

/// The phi of the head that an address is, and the constant that is added to it.
fn pointer(expander: &Expander<'_, '_>, addr: ValueId, head: u32) -> Option<(ValueId, u64)> {
    let ssa = expander.ranges.ssa;
    if ssa.width[addr as usize] != 32 {
        return None;
    }
    let is_phi = |id: ValueId| matches!(ssa.node(id), Node::Phi(_)) && ssa.block[id as usize] == head;
    match ssa.node(addr) {
        Node::Binary(Binary::Add, x, c) if is_phi(x) => Some((x, ssa.constant(c)?)),
        _ => is_phi(addr).then_some((addr, 0)),
    }
}
