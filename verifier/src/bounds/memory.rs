//! Loops that read through a pointer which only moves one way, such as `while (*p) p++`: an access past the end of
//! memory traps, and below the start is past the end, so the rounds are bounded by the size of memory.

use super::lin::{Expander, Sense};
use super::{Subject, Test, cases, modular};
use crate::domain::{Binary, Compare, Value, mask_of, signed};
use crate::loops::Loop;
use crate::ssa::{Event, Node, Ssa, ValueId, block_id};

/// Rounds until the pointer leaves memory.
/// `sums` says whether to look into addresses that are sums, too.
pub(super) fn rounds(
    expander: &Expander<'_, '_>,
    subject: &Subject<'_>,
    of: &Loop,
    sums: bool,
) -> Option<(u128, Test)> {
    let at = expander.at?;
    let mut best: Option<(u128, Test)> = None;
    for (addr, offset, block) in each_round(subject, at) {
        let Some(step) = step(expander, addr, of.head.index() as u32, sums) else { continue };
        if step == 0 || !may_leave(subject, offset, step.unsigned_abs()) {
            continue;
        }
        // From where the first access may be, to the other end.
        let limit = subject.memory_bytes.saturating_sub(offset.into());
        let first = first(expander, addr, of.head.index(), at).unwrap_or(Value::top(32));
        let way = if step > 0 { limit.saturating_sub(first.umin) } else { limit.min(first.umax) };
        let rounds = u128::from(way) / u128::from(step.unsigned_abs()) + 1;
        if best.as_ref().is_none_or(|(least, _)| rounds < *least) {
            best = Some((rounds, Test { block, op: Compare::LtU, a: addr, b: addr, always: true }));
        }
    }
    best
}

/// Whether an address of 32 bits that moves by this passes the end of memory, or goes from the start to beyond the end,
/// before it comes back: if what moves is less than what memory leaves free.
pub(super) fn may_leave(subject: &Subject<'_>, offset: u32, step: u64) -> bool {
    subject.memory_bytes.saturating_sub(offset.into()) + step <= u64::from(u32::MAX)
}

/// Loads and stores that every round of a loop makes: address, offset, block.
pub(super) fn each_round<'s>(
    subject: &'s Subject<'_>,
    at: usize,
) -> impl Iterator<Item = (ValueId, u32, u32)> + use<'s> {
    let ssa = subject.ssa;
    let (order, latches) = (subject.order, &subject.nest.loops[at].latches);
    let own = subject.nest.own_blocks(at).iter().filter(|block| {
        // CAST: petgraph's u32.
        !ssa.events.of(block.index() as u32).is_empty() && latches.iter().all(|latch| order.dominates(**block, *latch))
    });
    own.flat_map(move |block| {
        let block = block.index() as u32; // CAST: petgraph's u32
        let events = ssa.events.of(block).iter();
        events.filter_map(move |event| access(ssa, event).map(|(addr, offset)| (addr, offset, block)))
    })
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

/// How much an address moves in each round: upward at least by this, or by just this.
fn step(expander: &Expander<'_, '_>, addr: ValueId, head: u32, sums: bool) -> Option<i64> {
    if let Some((phi, moved)) = pointer(expander, addr, head) {
        return super::modular_step(expander, phi).or_else(|| {
            // With something added it could come back to the start without a step back.
            if moved != 0 {
                return None;
            }
            let (least, _) = cases::step(expander, phi, Sense::Unsigned)?;
            i64::try_from(least).ok().filter(|least| *least >= 1)
        });
    }
    // A sum, such as `base + 4 * i`.
    let ssa = expander.ranges.ssa;
    if !sums || ssa.width[addr as usize] != 32 {
        return None;
    }
    let mut all: i64 = 0;
    for (id, c) in modular::sum(expander, addr, modular::MAX_DEPTH).cut(32).terms() {
        if expander.varies(*id) {
            let is_phi = matches!(ssa.node(*id), Node::Phi(_)) && ssa.block[*id as usize] == head;
            let step = super::modular_step(expander, *id).filter(|_| is_phi)?;
            all = all.wrapping_add(step.wrapping_mul(signed(*c, 32)));
        }
    }
    // CAST: modulo the width.
    Some(signed(all as u64 & mask_of(32), 32))
}

/// Where the first round's access is, if the address is a phi of the head.
fn first(expander: &Expander<'_, '_>, addr: ValueId, head: usize, at: usize) -> Option<Value> {
    let (phi, moved) = pointer(expander, addr, head as u32)?; // CAST: petgraph's u32
    let mut first = Value::bottom(32);
    for (way, (from, kind)) in expander.ranges.ssa.preds[head].iter().enumerate() {
        if !expander.nest.contains(at, block_id(*from)) {
            let start = expander.ranges.on_edge(cases::next_of(expander, phi, way)?, *from, *kind);
            first = first.join(&Binary::Add.apply(&start, &Value::constant(moved, 32)));
        }
    }
    Some(first)
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
