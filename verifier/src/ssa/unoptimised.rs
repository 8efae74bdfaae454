//! Whether a body comes from a compiler that did not optimise, and what that says of its frame.
//!
//! Such a compiler keeps each variable of the source in an object of its own in the frame, from the first parameter
//! downward, and computes an index in full before it adds it to where the array begins. So a store with an index that
//! stays in its array, as "no wild writes" has it, does not go below what the index is added to, nor into the place of
//! a parameter. Optimised code says neither: `a[i + 1]` is stored from `a + 4` upward, with `i` from -1.
//!
//! The signs are strong, not proof: no loop carries a value outside of memory, and every parameter is stored once at
//! the entry, the first at the highest address, and used nowhere else. What is inferred by them is marked like all that
//! rests on the assumption. Above the array only the places of parameters are known not to be of it: others may be
//! elements of it that are reached without an index.

use super::slots::Slot;
use super::{Event, Node, Ssa, Term, ValueId};
use crate::domain::Binary;

/// The slots of the parameters, ascending, if the body is not optimised. `is_head` says which blocks are loop heads,
/// `slot_of` gives the place in the frame that a store goes to.
pub(super) fn params(
    ssa: &Ssa,
    is_head: &dyn Fn(u32) -> bool,
    slot_of: &dyn Fn(ValueId, u32, u8) -> Option<Slot>,
) -> Option<Vec<Slot>> {
    let mut uses = vec![0_u32; ssa.nodes.len()];
    for id in (0..ssa.nodes.len() as u32).filter(|id| ssa.find(*id) == *id) {
        if matches!(ssa.node(id), Node::Phi(_)) && is_head(ssa.block[id as usize]) {
            return None;
        }
        ssa.operands(id, |v| uses[v as usize] += 1);
    }
    for event in ssa.events.iter() {
        if let Event::Store { addr, value, .. } = *event {
            uses[addr as usize] += 1;
            uses[value as usize] += 1;
        }
    }
    for term in &ssa.terms {
        if let Term::Cond(test) | Term::Table(test) = term {
            uses[*test as usize] += 1;
        }
    }
    let passed = ssa.calls.iter().flat_map(|call| &call.args);
    passed.chain(&ssa.leaves).chain(&ssa.stack_pointers).for_each(|v| uses[*v as usize] += 1);
    let mut stored: Vec<(u32, Slot)> = Vec::new();
    // The entry is the first block.
    for event in ssa.events.of(0) {
        if let Event::Store { addr, offset, bytes, value } = *event
            && let Node::Param(index) = ssa.node(value)
        {
            stored.push((index, slot_of(addr, offset, bytes)?));
        }
    }
    stored.sort_unstable();
    let is_stored = |index: u32| stored.iter().any(|(param, _)| *param == index);
    let all_stored = (0..ssa.nodes.len() as u32).filter(|id| ssa.find(*id) == *id).all(|id| match ssa.node(id) {
        Node::Param(index) if ssa.width[id as usize] != 0 => uses[id as usize] == 1 && is_stored(index),
        _ => true,
    });
    let mut slots: Vec<Slot> = stored.into_iter().map(|(_, slot)| slot).collect();
    slots.reverse();
    (all_stored && slots.is_sorted()).then_some(slots)
}

/// Whether an index counts downward by its form.
pub(super) fn is_negated(ssa: &Ssa, index: ValueId) -> bool {
    matches!(ssa.node(index), Node::Binary(Binary::Sub, zero, _) if ssa.constant(zero) == Some(0))
}
