//! The op buffer of one function: ops with symbolic branch targets, and the checker's state.
//!
//! [`Emitter`] tracks what the checker will track: the height `h` (slots `[0, h)` are initialised)
//! and what the accumulator holds. It also knows the last op of the current block, which the
//! peepholes of [`crate::fuse`] may take back or rewrite.

use kengine::{
    isa::{At, Effects, Field, Kind},
    op::{Op, Row, Words},
};
use smallvec::SmallVec;

/// A branch target, bound to a position later.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Label(pub(crate) u32);

/// What is known of a label.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LabelInfo {
    /// Index of the op it stands before; `u32::MAX` until bound.
    pub(crate) at: u32,
    /// Slots that are initialised on every edge to it.
    pub(crate) height: u16,
    /// Whether a branch goes to it.
    pub(crate) used: bool,
}

/// An op of the buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inst {
    pub(crate) op: Op,
    /// Fields; a branch target's is filled in at the end.
    pub(crate) words: Words,
    /// Target label, or index of the branch table; `u32::MAX` if there is neither.
    pub(crate) target: u32,
    /// Byte offset of the operator in the wasm file.
    pub(crate) wasm: u32,
    /// The same of what may trap or branches in a chain's second word, if the first has its own.
    pub(crate) second: Option<u32>,
    /// State before the op, to which taking it back returns.
    pub(crate) before: Before,
}

/// No target.
pub(crate) const NO_TARGET: u32 = u32::MAX;

impl Inst {
    /// Slots that stand initialised before the op, numbered as when it was made.
    pub(crate) fn height(&self) -> u16 {
        self.before.height
    }
}

/// What the checker knows between two ops.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Before {
    height: u16,
    acc: Option<u16>,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Emitter {
    pub(crate) insts: Vec<Inst>,
    pub(crate) labels: Vec<LabelInfo>,
    /// Arms of branch tables, the default last.
    pub(crate) tables: Vec<Vec<Label>>,
    /// Slots `[0, height)` are initialised.
    pub(crate) height: u32,
    /// Slot whose value the accumulator holds, too.
    pub(crate) acc: Option<u16>,
    /// Highest slot used, plus one.
    pub(crate) frame: u32,
    /// Slots from the first number on will be lower by the second, at most the first: those of ops, which still have the
    /// old numbers.
    pub(crate) lowered: (u16, u16),
    /// Offset that new ops are attributed to.
    pub(crate) wasm: u32,
    /// First op of the current block.
    block: usize,
    /// Empty, with memory to rewrite `insts` to.
    spare: Vec<Inst>,
}

/// Whether the fields are the 16-bit places A, B and C, as far as there are any.
#[inline(always)]
fn is_dense(row: &Row) -> bool {
    row.fields.last().is_none_or(|field| field.at as usize == row.fields.len())
}

/// The words of an op with these field values, in the row's order; `first`, if there is one, stands before `rest`.
#[inline(always)]
pub(crate) fn words_of(op: Op, first: Option<u32>, rest: &[u32]) -> Words {
    let row = op.row();
    let mut words = Words::new(op);
    if is_dense(row) {
        let mut shift = 16;
        let mut put = |value: u32| {
            words.first |= u64::from(value & 0xffff) << shift;
            shift += 16;
        };
        if let Some(first) = first {
            put(first);
        }
        // There are three such places.
        rest.iter().take(3).for_each(|value| put(*value));
    } else {
        let mut fields = row.fields.iter();
        if let Some(first) = first
            && let Some(field) = fields.next()
        {
            words.put(field.at, first);
        }
        for (field, value) in fields.zip(rest) {
            words.put(field.at, *value);
        }
    }
    words
}

impl Emitter {
    /// Starts over for another function.
    pub(crate) fn reset(&mut self, params: u32) {
        self.insts.clear();
        self.labels.clear();
        self.tables.clear();
        self.height = params;
        self.acc = None;
        self.frame = params;
        self.lowered = (u16::MAX, 0);
        self.block = 0;
    }

    /// Takes the ops, and an empty buffer to write them to anew; [`Emitter::rewritten`] gives both back.
    pub(crate) fn rewrite(&mut self) -> (Vec<Inst>, Vec<Inst>) {
        (std::mem::take(&mut self.insts), std::mem::take(&mut self.spare))
    }

    /// The ops are now those in `new`.
    pub(crate) fn rewritten(&mut self, mut old: Vec<Inst>, new: Vec<Inst>) {
        old.clear();
        (self.insts, self.spare) = (new, old);
    }

    /// Appends an op with these field values, in the row's order; targets are given as label or table.
    #[inline]
    pub(crate) fn op(&mut self, op: Op, values: &[u32], target: u32) {
        debug_assert_eq!(op.row().fields.len(), values.len(), "{}", op.row().name);
        let words = words_of(op, None, values);
        self.append(Inst { op, words, target, wasm: self.wasm, second: None, before: Before::default() });
    }

    /// Appends an op whose first field is `dst`, the others `inputs`.
    #[inline]
    pub(crate) fn op_to(&mut self, op: Op, dst: u32, inputs: &[u32]) {
        debug_assert_eq!(op.row().fields.len(), inputs.len() + 1, "{}", op.row().name);
        let words = words_of(op, Some(dst), inputs);
        let (target, wasm) = (NO_TARGET, self.wasm);
        self.append(Inst { op, words, target, wasm, second: None, before: Before::default() });
    }

    /// The words of an op, with slots as [`Emitter::lowered`] wants them.
    #[inline]
    pub(crate) fn final_words(&self, inst: &Inst, row: &Row) -> Words {
        let (from, by) = self.lowered;
        let mut words = inst.words;
        if by == 0 {
            return words;
        }
        // Marks are the highest bits of their lanes.
        let high = words.at_least(row.slots, from);
        words.first -= (high.first >> 15) * u64::from(by);
        words.ext -= (high.ext >> 15) * u64::from(by);
        words
    }

    /// Slots that stand initialised before an op, as [`Emitter::lowered`] wants them.
    pub(crate) fn final_height(&self, inst: &Inst) -> u16 {
        let (from, by) = self.lowered;
        if inst.height() >= from { inst.height() - by } else { inst.height() }
    }

    /// What is known now. Heights are at most a frame of this crate, or the function ends in an error.
    #[inline]
    fn before(&self) -> Before {
        Before { height: self.height as u16, acc: self.acc }
    }

    /// Appends an op and takes over its effects.
    pub(crate) fn append(&mut self, mut inst: Inst) {
        inst.before = self.before();
        self.insts.push(inst);
        self.take_over(inst.op, inst.words);
    }

    /// Takes over the effects of the last op.
    #[inline]
    fn take_over(&mut self, op: Op, words: Words) {
        let row = op.row();
        // Before ops are joined, one slot is written at most.
        let lane = match row.writes.first() {
            None => row.field(Kind::SrcDst).map(|field| field.at.lane()),
            lane => lane,
        };
        if row.has(Kind::Count) {
            self.count(row, words);
        } else if let Some(lane) = lane {
            let slot = words.lane(lane);
            debug_assert!(u32::from(slot) <= self.height, "{}: hole at s{slot}, height {}", row.name, self.height);
            let end = u32::from(slot) + 1;
            self.height = self.height.max(end);
            self.frame = self.frame.max(end);
            if row.effects.intersects(Effects::ACC_SET) {
                self.acc = Some(slot);
            } else if row.effects.intersects(Effects::ACC_CLOBBER | Effects::CALL) || self.acc == Some(slot) {
                // The accumulator's slot is overwritten by something else.
                self.acc = None;
            }
        } else if row.effects.intersects(Effects::ACC_SET | Effects::ACC_CLOBBER | Effects::CALL) {
            self.acc = None;
        }
    }

    /// Takes over the effects of an op that names a range of slots: `zero` writes it, a return reads it.
    #[inline(never)]
    fn count(&mut self, row: &Row, words: Words) {
        let Some(lane) = row.writes.first() else { return };
        let slot = u32::from(words.lane(lane));
        let end = slot + row.field(Kind::Count).map_or(1, |f| words.get(f.at));
        debug_assert!(slot <= self.height, "{}: hole at s{slot}, height {}", row.name, self.height);
        self.height = self.height.max(end);
        self.frame = self.frame.max(end);
        if self.acc.is_some_and(|acc| (slot..end).contains(&acc.into())) {
            self.acc = None;
        }
    }

    /// Appends a place holder, which the end of the function replaces.
    pub(crate) fn mark(&mut self) {
        let before = self.before();
        let (op, target) = (Op::Fuel, NO_TARGET);
        self.insts.push(Inst { op, words: Words::new(op), target, wasm: self.wasm, second: None, before });
    }

    /// The last op, if it belongs to the current block.
    #[inline]
    pub(crate) fn last(&self) -> Option<&Inst> {
        if self.insts.len() > self.block { self.insts.last() } else { None }
    }

    /// Takes the last op of the current block back.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<Inst> {
        self.last()?;
        let inst = self.insts.pop()?;
        self.height = inst.before.height.into();
        self.acc = inst.before.acc;
        Some(inst)
    }

    /// If the last op writes `slot`: its destination field.
    #[inline]
    pub(crate) fn last_writes(&self, slot: u16) -> Option<&'static Field> {
        let inst = self.last()?;
        let row = inst.op.row();
        if inst.words.lane(row.writes.first()?) != slot || row.has(Kind::Count) {
            return None;
        }
        row.field(Kind::Dst)
    }

    /// Lets the last op, which writes `from`, write `to` instead.
    pub(crate) fn redirect(&mut self, from: u16, to: u16) -> bool {
        let Some(field) = self.last_writes(from) else { return false };
        let Some(inst) = self.insts.last_mut().filter(|inst| to <= inst.before.height) else { return false };
        inst.words.set(field.at, u32::from(to));
        let (op, words, before) = (inst.op, inst.words, inst.before);
        (self.height, self.acc) = (before.height.into(), before.acc);
        self.take_over(op, words);
        true
    }

    /// If the last op writes `slot`, which nobody will read there, drops the store; the value stays in
    /// the accumulator.
    pub(crate) fn drop_store(&mut self, slot: u16) {
        let Some(field) = self.last_writes(slot) else { return };
        let Some(inst) = self.insts.last_mut() else { return };
        let Some(no_store) = inst.op.no_store() else { return };
        let row = inst.op.row();
        inst.words = if field.at == At::A && is_dense(row) && is_dense(no_store.row()) {
            // The others move down over it.
            Words { first: inst.words.first >> 32 << 16 | no_store as u64, ext: 0 }
        } else {
            let kept = row.fields.iter().filter(|f| f.at != field.at);
            let values: SmallVec<[u32; 4]> = kept.map(|f| inst.words.get(f.at)).collect();
            words_of(no_store, None, &values)
        };
        inst.op = no_store;
        self.height = inst.before.height.into();
        // The slot is not written, but the value is at hand under its name until the next op.
        self.acc = Some(slot);
    }

    /// Whether the last op reads a slot.
    pub(crate) fn reads(inst: &Inst, slot: u32) -> bool {
        inst.op.row().fields.iter().any(|f| matches!(f.kind, Kind::Src | Kind::SrcDst) && inst.words.get(f.at) == slot)
    }

    /// A new label, not bound yet.
    pub(crate) fn label(&mut self) -> Label {
        self.labels.push(LabelInfo { at: u32::MAX, height: u16::MAX, used: false });
        Label(self.labels.len() as u32 - 1) // CAST: fewer labels than bytes of wasm
    }

    /// Notes a branch to a label and returns the target for [`Emitter::op`].
    #[inline]
    pub(crate) fn target(&mut self, label: Label) -> u32 {
        self.labels[label.0 as usize].used = true;
        label.0
    }

    /// Whether a branch goes to the label.
    #[inline]
    pub(crate) fn is_used(&self, label: Label) -> bool {
        self.labels[label.0 as usize].used
    }

    /// Binds a label here, where slots `[0, height)` are initialised on every edge. A jump to it that
    /// stands right before it goes.
    pub(crate) fn bind(&mut self, label: Label, height: u32) {
        if self.last().is_some_and(|inst| inst.op == Op::Br && inst.target == label.0) {
            self.take();
        }
        self.labels[label.0 as usize].at = self.insts.len() as u32;
        self.labels[label.0 as usize].height = height as u16;
        self.block = self.insts.len();
        self.height = height;
        self.acc = None;
    }
}
