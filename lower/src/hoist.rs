//! Constants of loops: those without an immediate form stand in slots of their own while a loop runs.
//!
//! A function that may have loops reserves [`MOST`] slots between its locals and its temporaries. The first time
//! that an op inside an outermost loop asks for such a constant, it gets one of them, and the constant is loaded
//! where that loop is entered ([`Func::loop_entry`] leaves a mark there). At the end of the
//! function [`Func::place_constants`] puts the loads in and closes the gap that unused slots leave.

use crate::{
    emit::{Emitter, Inst, NO_TARGET},
    func::Func,
    stack::Value,
};
use kengine::op::{Op, Words};

/// Slots that a function may have for constants.
pub(crate) const MOST: u32 = 16;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Constants {
    /// First slot, and how many are reserved.
    pub(crate) base: u32,
    pub(crate) reserved: u32,
    /// Entry of each outermost loop: index of the mark, and what to load there, to one slot after the other.
    entries: Vec<(usize, Vec<u64>)>,
    /// Open loops.
    depth: u32,
    /// By ops that go in [`Func::place_constants`], in order: its place, and how many ops more there are from behind it on,
    /// those before it included.
    cuts: Vec<(usize, isize)>,
}

impl Constants {
    pub(crate) fn reset(&mut self, base: u32, reserved: u32) {
        (self.base, self.reserved, self.depth) = (base, reserved, 0);
        self.entries.clear();
    }
}

impl Func<'_> {
    /// A loop is entered; everything is at home.
    pub(crate) fn loop_entry(&mut self) {
        if self.constants.depth == 0 && self.constants.reserved > 0 {
            self.constants.entries.push((self.em.insts.len(), Vec::new()));
            self.em.mark();
        }
        self.constants.depth += 1;
    }

    pub(crate) fn loop_end(&mut self) {
        self.constants.depth -= 1;
    }

    /// The slot that holds a constant in the present loop, if it can have one.
    pub(crate) fn hoisted(&mut self, bits: u64) -> Option<Value> {
        let constants = &mut self.constants;
        if constants.depth == 0 {
            return None;
        }
        let (_, loaded) = constants.entries.last_mut()?;
        let index = match loaded.iter().position(|b| *b == bits) {
            Some(index) => index,
            None if loaded.len() < constants.reserved as usize => {
                loaded.push(bits);
                loaded.len() - 1
            }
            None => return None,
        };
        // CAST: at most MOST, and slots have 16 bits.
        Some(Value::Local((constants.base + index as u32) as u16))
    }

    /// Puts the loads in at the marks, and moves the temporaries down over the slots that are not used: of ops that is
    /// noted only, in [`Emitter::lowered`].
    #[inline(never)]
    pub(crate) fn place_constants(&mut self) {
        if self.constants.reserved == 0 {
            return;
        }
        // CAST: at most MOST.
        let used = self.constants.entries.iter().map(|(_, loaded)| loaded.len() as u32).max().unwrap_or(0);
        let (from, by) = (self.constants.base + self.constants.reserved, self.constants.reserved - used);
        let entries = std::mem::take(&mut self.constants.entries);
        let mut cuts = std::mem::take(&mut self.constants.cuts);
        cuts.clear();
        if let Some(nothing) = lower_frame(&mut self.em, from, by) {
            cuts.push((nothing, -1));
        }
        let mut grown = -(cuts.len() as isize); // CAST: none or one
        for (at, loaded) in &entries {
            grown += loaded.len() as isize - 1; // CAST: at most MOST
            cuts.push((*at, grown));
        }
        if used == 0 {
            remove(&mut self.em.insts, &cuts);
        } else {
            self.insert_loads(&entries, &cuts);
        }
        if !cuts.is_empty() {
            for label in self.em.labels.iter_mut().filter(|l| l.at != u32::MAX) {
                let before = cuts.partition_point(|(cut, _)| *cut < label.at as usize);
                let moved = before.checked_sub(1).and_then(|last| cuts.get(last)).map_or(0, |(_, moved)| *moved);
                // CAST: fewer ops than bytes of wasm.
                label.at = label.at.wrapping_add_signed(moved as i32);
            }
        }
        (self.constants.entries, self.constants.cuts) = (entries, cuts);
    }

    /// Puts the loads in at the marks, the last of `cuts`; those before go.
    fn insert_loads(&mut self, entries: &[(usize, Vec<u64>)], cuts: &[(usize, isize)]) {
        let (old, mut insts) = self.em.rewrite();
        insts.reserve(old.len());
        let mut from = 0;
        let none = Vec::new();
        let gone = cuts.iter().take(cuts.len() - entries.len()).map(|(at, _)| (at, &none));
        for (at, loaded) in gone.chain(entries.iter().map(|(at, loaded)| (at, loaded))) {
            insts.extend_from_slice(&old[from..*at]);
            for (slot, bits) in (self.constants.base..).zip(loaded) {
                let (op, value) = self.constant_op(*bits);
                let mut words = Words::new(op);
                for (field, value) in op.row().fields.iter().zip([slot, value]) {
                    words.put(field.at, value);
                }
                insts.push(Inst { op, words, target: NO_TARGET, ..old[*at] });
            }
            from = at + 1;
        }
        insts.extend_from_slice(&old[from..]);
        self.em.rewritten(old, insts);
    }

    /// The op that loads a constant to a slot, and its operand.
    pub(crate) fn constant_op(&mut self, bits: u64) -> (Op, u32) {
        match (u32::try_from(bits), i32::try_from(bits as i64)) {
            (Ok(value), _) => (Op::ConstU, value),
            // CAST: the field's bits.
            (_, Ok(value)) => (Op::ConstS, value as u32),
            _ => (Op::ConstPool, self.pool_index(bits)),
        }
    }
}

/// Takes the ops at these places out.
fn remove(insts: &mut Vec<Inst>, cuts: &[(usize, isize)]) {
    let Some((first, _)) = cuts.first() else { return };
    let mut to = *first;
    let ends = cuts.iter().skip(1).map(|(at, _)| *at).chain([insts.len()]);
    for ((at, _), end) in cuts.iter().zip(ends) {
        insts.copy_within(at + 1..end, to);
        to += end - (at + 1);
    }
    insts.truncate(to);
}

/// Slots at and above `from` are to become lower by `by`: done for the frame, the labels, and the `zero` that ends there,
/// noted for the ops. Gives the place of that `zero` if nothing is left of it.
fn lower_frame(em: &mut Emitter, from: u32, by: u32) -> Option<usize> {
    em.lowered = (from as u16, by as u16); // CAST: slots have 16 bits
    let lowered = |slot: u32| if slot >= from { slot - by } else { slot };
    for label in &mut em.labels {
        // CAST: no higher than before.
        label.height = lowered(label.height.into()) as u16;
    }
    em.frame = lowered(em.frame);
    // The `zero` op at the function's start that the constants' slots are the end of; a later one starts
    // at or above them.
    let (at, inst) = em.insts.iter_mut().enumerate().take(2).rfind(|(_, inst)| inst.op == Op::Zero)?;
    let (dst, count) = (inst.op.row().fields[0].at, inst.op.row().fields[1].at);
    if inst.words.get(dst) + inst.words.get(count) == from {
        inst.words.set(count, inst.words.get(count) - by);
    }
    (inst.words.get(count) == 0).then_some(at)
}
