//! The op buffer of one function: ops with symbolic branch targets, and the checker's state.
//!
//! [`Emitter`] tracks what the checker will track: the height `h` (slots `[0, h)` are initialised)
//! and what the accumulator holds. It also knows the last op of the current block, which the
//! peepholes of [`crate::fuse`] may take back or rewrite.

use kengine::{
    isa::{Effects, Field, Kind},
    op::{Op, Words},
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
    /// The same of what may trap in a chain's second word, if something may in both.
    pub(crate) second: Option<u32>,
    /// State before the op, to which taking it back returns.
    pub(crate) before: Before,
}

/// No target.
pub(crate) const NO_TARGET: u32 = u32::MAX;

impl Inst {
    /// Slots that stand initialised before the op.
    pub(crate) fn height(&self) -> u16 {
        self.before.height as u16 // CAST: heights are at most a frame
    }
}

/// What the checker knows between two ops.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Before {
    height: u32,
    acc: Option<u16>,
}

impl Before {
    /// Slots have been renumbered.
    pub(crate) fn lower(&mut self, lowered: impl Fn(u32) -> u32) {
        self.height = lowered(self.height);
    }
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
    /// Offset that new ops are attributed to.
    pub(crate) wasm: u32,
    /// First op of the current block.
    block: usize,
    /// Empty, with memory to rewrite `insts` to.
    spare: Vec<Inst>,
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
    pub(crate) fn op(&mut self, op: Op, values: &[u32], target: u32) {
        let row = op.row();
        debug_assert_eq!(row.fields.len(), values.len(), "{}", row.name);
        let mut words = Words::new(op);
        for (field, value) in row.fields.iter().zip(values) {
            words.set(field.at, *value);
        }
        self.append(Inst { op, words, target, wasm: self.wasm, second: None, before: Before::default() });
    }

    /// Appends an op and takes over its effects.
    pub(crate) fn append(&mut self, mut inst: Inst) {
        inst.before = Before { height: self.height, acc: self.acc };
        let row = inst.op.row();
        let mut dst = None;
        let count = row.field(Kind::Count).map_or(1, |f| inst.words.get(f.at));
        let writes = row.has(Kind::Dst) || row.has(Kind::SrcDst);
        for field in row.fields.iter().filter(|_| writes) {
            match field.kind {
                Kind::Dst => {
                    let value = inst.words.get(field.at);
                    debug_assert!(value <= self.height, "{}: hole at s{value}, height {}", row.name, self.height);
                    self.height = self.height.max(value + count);
                    self.frame = self.frame.max(value + count);
                    dst = Some(value);
                }
                Kind::SrcDst => dst = Some(inst.words.get(field.at)),
                _ => {}
            }
        }
        if row.effects.intersects(Effects::ACC_SET) {
            self.acc = dst.map(|d| d as u16); // CAST: slots are 16 bits
        } else if row.effects.intersects(Effects::ACC_CLOBBER | Effects::CALL) {
            self.acc = None;
        } else if let (Some(dst), Some(acc)) = (dst, self.acc) {
            // The accumulator's slot is overwritten by something else.
            if (dst..dst + count).contains(&u32::from(acc)) {
                self.acc = None;
            }
        }
        self.insts.push(inst);
    }

    /// Appends a place holder, which the end of the function replaces.
    pub(crate) fn mark(&mut self) {
        let before = Before { height: self.height, acc: self.acc };
        let (op, target) = (Op::Fuel, NO_TARGET);
        self.insts.push(Inst { op, words: Words::new(op), target, wasm: self.wasm, second: None, before });
    }

    /// The last op, if it belongs to the current block.
    pub(crate) fn last(&self) -> Option<&Inst> {
        if self.insts.len() > self.block { self.insts.last() } else { None }
    }

    /// Takes the last op of the current block back.
    pub(crate) fn take(&mut self) -> Option<Inst> {
        self.last()?;
        let inst = self.insts.pop()?;
        self.height = inst.before.height;
        self.acc = inst.before.acc;
        Some(inst)
    }

    /// If the last op writes `slot`: its destination field.
    pub(crate) fn last_writes(&self, slot: u16) -> Option<&'static Field> {
        let inst = self.last()?;
        let row = inst.op.row();
        if row.has(Kind::Count) {
            return None;
        }
        row.field(Kind::Dst).filter(|f| inst.words.get(f.at) == u32::from(slot))
    }

    /// Lets the last op, which writes `from`, write `to` instead.
    pub(crate) fn redirect(&mut self, from: u16, to: u16) -> bool {
        let Some(field) = self.last_writes(from) else { return false };
        if self.last().is_none_or(|inst| u32::from(to) > inst.before.height) {
            return false;
        }
        let Some(mut inst) = self.take() else { return false };
        inst.words.set(field.at, u32::from(to));
        self.append(inst);
        true
    }

    /// If the last op writes `slot`, which nobody will read there, drops the store; the value stays in
    /// the accumulator.
    pub(crate) fn drop_store(&mut self, slot: u16) {
        let Some(field) = self.last_writes(slot) else { return };
        let Some(no_store) = self.last().and_then(|inst| inst.op.no_store()) else { return };
        let Some(inst) = self.take() else { return };
        let kept = inst.op.row().fields.iter().filter(|f| f.at != field.at);
        let values: SmallVec<[u32; 4]> = kept.map(|f| inst.words.get(f.at)).collect();
        let wasm = std::mem::replace(&mut self.wasm, inst.wasm);
        self.op(no_store, &values, inst.target);
        self.wasm = wasm;
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
    pub(crate) fn target(&mut self, label: Label) -> u32 {
        self.labels[label.0 as usize].used = true;
        label.0
    }

    /// Whether a branch goes to the label.
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
