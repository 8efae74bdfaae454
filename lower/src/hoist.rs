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
    /// Where each op went in [`Func::place_constants`]; memory that is used again.
    moved: Vec<u32>,
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

    /// Puts the loads in at the marks, and moves the temporaries down over the slots that are not used.
    pub(crate) fn place_constants(&mut self) {
        if self.constants.reserved == 0 {
            return;
        }
        // CAST: at most MOST.
        let used = self.constants.entries.iter().map(|(_, loaded)| loaded.len() as u32).max().unwrap_or(0);
        let (from, by) = (self.constants.base + self.constants.reserved, self.constants.reserved - used);
        lower_frame(&mut self.em, from, by);
        let entries = std::mem::take(&mut self.constants.entries);
        let mut moved = std::mem::take(&mut self.constants.moved);
        moved.clear();
        // CAST: slots have 16 bits.
        let (from, by) = (from as u16, by as u16);
        if used == 0 {
            remove_marks(&mut self.em, &entries, from, by, &mut moved);
        } else {
            self.insert_loads(&entries, from, by, &mut moved);
        }
        for label in self.em.labels.iter_mut().filter(|l| l.at != u32::MAX) {
            label.at = moved[label.at as usize];
        }
        (self.constants.entries, self.constants.moved) = (entries, moved);
    }

    /// Puts the loads in at the marks; `moved` gets the new index of each op.
    fn insert_loads(&mut self, entries: &[(usize, Vec<u64>)], from: u16, by: u16, moved: &mut Vec<u32>) {
        let (old, mut insts) = self.em.rewrite();
        insts.reserve(old.len());
        let mut rest = entries.iter().peekable();
        for (i, inst) in old.iter().enumerate() {
            moved.push(insts.len() as u32); // CAST: fewer ops than bytes of wasm
            let mut inst = *inst;
            inst.lower_slots(from, by);
            let Some((_, loaded)) = rest.next_if(|(at, _)| *at == i) else {
                if !is_nothing(&inst) {
                    insts.push(inst);
                }
                continue;
            };
            for (slot, bits) in (self.constants.base..).zip(loaded) {
                let (op, value) = self.constant_op(*bits);
                let mut words = Words::new(op);
                for (field, value) in op.row().fields.iter().zip([slot, value]) {
                    words.put(field.at, value);
                }
                insts.push(Inst { op, words, target: NO_TARGET, ..inst });
            }
        }
        moved.push(insts.len() as u32); // CAST: as above
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

/// Takes the marks out, when there is nothing to load; `moved` gets the new index of each op.
fn remove_marks(em: &mut Emitter, entries: &[(usize, Vec<u64>)], from: u16, by: u16, moved: &mut Vec<u32>) {
    let mut marks = entries.iter().map(|(at, _)| *at).peekable();
    let mut to = 0;
    for i in 0..em.insts.len() {
        moved.push(to as u32); // CAST: as above
        em.insts[i].lower_slots(from, by);
        if marks.next_if_eq(&i).is_some() || is_nothing(&em.insts[i]) {
            continue;
        }
        if to < i {
            em.insts[to] = em.insts[i];
        }
        to += 1;
    }
    moved.push(to as u32); // CAST: as above
    em.insts.truncate(to);
}

/// Whether it is what is left of the function's `zero`, when that has nothing to do.
#[inline]
fn is_nothing(inst: &Inst) -> bool {
    inst.op == Op::Zero && inst.words.get(Op::Zero.row().fields[1].at) == 0
}

/// Slots at and above `from` are to become lower by `by`: for the frame, the labels, and the `zero` that ends there.
fn lower_frame(em: &mut Emitter, from: u32, by: u32) {
    let lowered = |slot: u32| if slot >= from { slot - by } else { slot };
    // The `zero` op at the function's start that the constants' slots are the end of; a later one starts
    // at or above them.
    if let Some(inst) = em.insts.iter_mut().take(2).rfind(|inst| inst.op == Op::Zero) {
        let (dst, count) = (inst.op.row().fields[0].at, inst.op.row().fields[1].at);
        if inst.words.get(dst) + inst.words.get(count) == from {
            inst.words.set(count, inst.words.get(count) - by);
        }
    }
    for label in &mut em.labels {
        // CAST: no higher than before.
        label.height = lowered(label.height.into()) as u16;
    }
    em.frame = lowered(em.frame);
}
