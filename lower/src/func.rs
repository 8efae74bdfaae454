//! One function: operand stack, op buffer and control frames, driven by [`crate::visit`].

use crate::{
    chunk::Chunk,
    emit::{Emitter, Inst, Label, NO_TARGET},
    error::{Error, Result},
    fuse::Cmp,
    hoist::{self, Constants},
    module::Module,
    stack::{Stack, Value},
};
use kengine::op::Op;
use smallvec::SmallVec;

/// What opened a control frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Func,
    Block,
    Loop,
    /// With the label of its `else` until that is bound.
    If(Option<Label>),
}

/// An open `block`, `loop`, `if`, or the function itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) kind: Kind,
    /// Where branches to it go.
    pub(crate) label: Label,
    /// Operand stack height below its parameters.
    pub(crate) base: usize,
    pub(crate) params: usize,
    pub(crate) results: usize,
}

impl Frame {
    /// Values that a branch to it carries.
    pub(crate) fn carried(&self) -> usize {
        if self.kind == Kind::Loop { self.params } else { self.results }
    }
}

/// See the module. Buffers are reused from function to function.
pub(crate) struct Func<'m> {
    pub(crate) module: &'m Module,
    /// What the functions add to the image.
    pub(crate) chunk: Chunk,
    pub(crate) em: Emitter,
    pub(crate) stack: Stack,
    pub(crate) frames: Vec<Frame>,
    /// Comparisons by the index of their op, the latest last; entries past the buffer's end are void.
    pub(crate) cmps: Vec<(usize, Cmp)>,
    /// Conditional branches of one op each, by its index, as [`Func::cmps`].
    pub(crate) branches: Vec<(usize, Cmp)>,
    pub(crate) constants: Constants,
    /// In code that cannot be reached, with so many frames opened since; `None` if reachable.
    pub(crate) dead: Option<u32>,
    /// Whether any of the functions has a loop that is gone round.
    pub(crate) has_loops: bool,
    /// Function index, for errors.
    pub(crate) index: u32,
    pub(crate) fault: Option<&'static str>,
    pub(crate) params: u32,
    pub(crate) results: u32,
}

impl<'m> Func<'m> {
    pub(crate) fn new(module: &'m Module) -> Self {
        Func {
            module,
            chunk: Chunk::default(),
            em: Emitter::default(),
            stack: Stack::default(),
            frames: Vec::new(),
            cmps: Vec::new(),
            branches: Vec::new(),
            constants: Constants::default(),
            dead: None,
            has_loops: false,
            index: 0,
            fault: None,
            params: 0,
            results: 0,
        }
    }

    /// Notes a fault of ours; the function ends in an error.
    #[cold]
    pub(crate) fn internal(&mut self, what: &'static str) {
        self.fault.get_or_insert(what);
    }

    /// Index of a 64-bit constant, in this chunk.
    pub(crate) fn pool_index(&mut self, bits: u64) -> u32 {
        self.chunk.constant(bits)
    }

    /// Starts function `index` with `locals` locals besides its parameters; `loops` if it may have any.
    pub(crate) fn begin(&mut self, index: u32, params: u32, results: u32, locals: u32, loops: bool) -> Result<()> {
        let all = params + locals;
        let header = params.max(results);
        let constants = if loops { hoist::MOST } else { 0 };
        let base = all.max(header) + constants;
        if base > MAX_FRAME {
            return Err(Error::Limit { what: "locals", got: base.into(), limit: MAX_FRAME.into(), func: Some(index) });
        }
        self.index = index;
        (self.params, self.results) = (params, results);
        self.em.reset(params);
        self.stack.reset(base);
        self.constants.reset(base - constants, constants);
        self.cmps.clear();
        self.branches.clear();
        self.dead = None;
        self.fault = None;
        // Slots up to the first temporary, in ranges that do not straddle the frame header.
        for (from, to) in [(params, header), (header, base)] {
            if from < to {
                self.em.op(Op::Zero, &[from, to - from], NO_TARGET);
            }
        }
        let label = self.em.label();
        self.frames.clear();
        self.frames.push(Frame { kind: Kind::Func, label, base: 0, params: 0, results: results as usize });
        Ok(())
    }

    /// Slots that stand initialised when the operand stack has `len` values, all at home.
    pub(crate) fn height_of(&self, len: usize) -> u32 {
        self.stack.home(len)
    }

    /// Moves every operand to its home slot.
    pub(crate) fn settle(&mut self) {
        if !self.stack.displaced(0) {
            return;
        }
        let moves = (0..self.stack.len()).map(|i| (self.stack.values[i], self.stack.home(i))).collect();
        self.copy_all(moves);
        self.stack.all_home();
    }

    /// Replaces the operand stack by `len` values, all at home.
    pub(crate) fn reset_stack(&mut self, len: usize) {
        while self.stack.len() > len {
            self.stack.pop();
        }
        self.stack.all_home();
        while self.stack.len() < len {
            let home = self.stack.home(self.stack.len()) as u16;
            self.stack.push(Value::Temp(home));
        }
    }

    /// The frame that a branch depth names.
    pub(crate) fn frame(&self, depth: u32) -> Frame {
        self.frames[self.frames.len() - 1 - depth as usize]
    }

    /// Copies that bring the top values to where a branch to the frame wants them; empty if they are
    /// there already.
    #[inline]
    pub(crate) fn carry(&self, frame: &Frame) -> SmallVec<[(Value, u32); 8]> {
        if frame.carried() == 0 { SmallVec::new() } else { self.carry_some(frame) }
    }

    fn carry_some(&self, frame: &Frame) -> SmallVec<[(Value, u32); 8]> {
        let n = frame.carried();
        let from = self.stack.len() - n;
        let moves = (0..n).map(|i| (self.stack.values[from + i], self.stack.home(frame.base + i)));
        moves.filter(|(value, dst)| value.slot().map(u32::from) != Some(*dst)).collect()
    }

    /// Unconditional branch.
    pub(crate) fn br(&mut self, depth: u32) {
        let frame = self.frame(depth);
        if frame.kind == Kind::Func {
            return self.ret();
        }
        let moves = self.carry(&frame);
        if moves.is_empty() && frame.kind == Kind::Loop {
            self.br_backward(frame.label);
        } else {
            self.carry_all(moves);
            let to = self.em.target(frame.label);
            self.em.op(Op::Br, &[0], to);
        }
        self.dead = Some(0);
    }

    /// Jumps to a loop's start. A conditional branch right before changes places with the jump: going
    /// round is what loops mostly do.
    fn br_backward(&mut self, label: Label) {
        while self.branches.last().is_some_and(|(at, _)| *at >= self.em.insts.len()) {
            self.branches.pop();
        }
        if let Some((at, cmp)) = self.branches.last().copied()
            && at + 1 == self.em.insts.len()
            && let Some(negated) = cmp.negated()
            && let Some(inst) = self.em.take()
        {
            self.branch_cmp(negated, label);
            self.em.op(Op::Br, &[0], inst.target);
            return;
        }
        let to = self.em.target(label);
        self.em.op(Op::Br, &[0], to);
    }

    /// Performs the copies of [`Func::carry`]. If the last op makes the only value, it is made in
    /// place instead.
    pub(crate) fn carry_all(&mut self, moves: SmallVec<[(Value, u32); 8]>) {
        if moves.is_empty() {
            return;
        }
        if let [(Value::Temp(slot), dst)] = moves[..]
            && self.em.redirect(slot, dst as u16)
        {
            return;
        }
        self.copy_all(moves);
    }

    /// Conditional branch on the value on top of the stack.
    pub(crate) fn br_if(&mut self, depth: u32) {
        let Some(cond) = self.stack.pop() else { return };
        if let Value::Const(bits) = cond {
            if bits as u32 != 0 {
                self.br(depth);
            }
            return;
        }
        let frame = self.frame(depth);
        let moves = self.carry(&frame);
        if moves.is_empty() && !(frame.kind == Kind::Func && frame.results > 0) {
            self.branch_if(cond, false, frame.label);
            return;
        }
        // Around the copies. They run only if the branch is taken, so the operands stay as they are.
        let skip = self.em.label();
        self.branch_if(cond, true, skip);
        let height = self.em.height;
        if frame.kind == Kind::Func {
            self.ret();
        } else {
            self.copy_all(moves);
            let to = self.em.target(frame.label);
            self.em.op(Op::Br, &[0], to);
        }
        self.dead = None;
        self.em.bind(skip, height);
    }

    /// Branch by table on the value on top of the stack.
    pub(crate) fn br_table(&mut self, depths: &[u32]) {
        let Some(index) = self.stack.pop() else { return };
        if let Value::Const(bits) = index {
            let arm = (bits as u32 as usize).min(depths.len() - 1);
            return self.br(depths[arm]);
        }
        let index = self.unwrapped(index);
        let by_acc = self.in_acc(index);
        if by_acc {
            self.use_acc(index);
        }
        let height = self.em.height;
        let carried = self.frame(depths[depths.len() - 1]).carried();
        let mut stubs: Vec<(u32, Label)> = Vec::new();
        let arms = depths.iter().map(|depth| {
            if carried == 0 {
                let label = self.frame(*depth).label;
                self.em.target(label);
                return label;
            }
            if let Some((_, label)) = stubs.iter().find(|(d, _)| d == depth) {
                return *label;
            }
            let label = self.em.label();
            self.em.target(label);
            stubs.push((*depth, label));
            label
        });
        let arms: Vec<Label> = arms.collect();
        let table = self.em.tables.len() as u32;
        self.em.tables.push(arms);
        match index.slot() {
            Some(slot) if !by_acc => self.em.op(Op::BrTable, &[slot.into(), 0], table),
            _ => self.em.op(Op::BrTableA, &[0], table),
        }
        for (depth, label) in stubs {
            self.em.bind(label, height);
            self.br(depth);
        }
        self.dead = Some(0);
    }

    /// Returns the top values.
    pub(crate) fn ret(&mut self) {
        let results = self.results as usize;
        match results {
            0 => self.em.op(Op::Ret, &[], NO_TARGET),
            1 => {
                let value = self.stack.values[self.stack.len() - 1];
                match value {
                    Value::Const(bits) => {
                        self.const_acc(bits);
                        self.em.op(Op::RetA, &[], NO_TARGET);
                    }
                    _ if self.in_acc(value) => {
                        self.use_acc(value);
                        self.em.op(Op::RetA, &[], NO_TARGET);
                    }
                    Value::Temp(slot) | Value::Local(slot) => {
                        self.em.op(Op::RetS, &[slot.into()], NO_TARGET);
                    }
                }
            }
            _ => {
                let from = self.stack.len() - results;
                let window = (from..self.stack.len()).map(|i| (self.stack.values[i], self.stack.home(i)));
                self.copy_all(window.collect());
                let src = self.stack.home(from);
                self.em.op(Op::RetN, &[src, self.results], NO_TARGET);
            }
        }
        self.dead = Some(0);
    }

    /// Brings the top `count` values to consecutive slots above all other operands, pops them and
    /// returns the first slot. `index`, if given, is another value that must survive; its slot is
    /// returned, too.
    pub(crate) fn window(&mut self, count: usize, index: Option<Value>) -> (u32, u32) {
        let below = self.stack.len() - count;
        let base = self.stack.top_of(below);
        let mut moves: SmallVec<[(Value, u32); 8]> =
            (0..count).map(|i| (self.stack.values[below + i], base + i as u32)).collect();
        let mut index_slot = 0;
        if let Some(index) = index {
            let end = base + count as u32;
            index_slot = match index.slot().map(u32::from) {
                Some(slot) if !(base..end).contains(&slot) => slot,
                _ => {
                    moves.push((index, end));
                    end
                }
            };
        }
        moves.retain(|(value, dst)| value.slot().map(u32::from) != Some(*dst));
        // If the last op makes one of the values, make it in place, after the other copies.
        let made = moves.iter().position(|(value, _)| match value {
            Value::Temp(slot) => self.em.last_writes(*slot).is_some(),
            _ => false,
        });
        let late = made.and_then(|at| {
            let (_, dst) = moves[at];
            let inst = self.em.last()?;
            let others: SmallVec<[(Value, u32); 8]> =
                moves.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, m)| *m).collect();
            // Nobody else may read the place it is made in, and it must not close a hole.
            let free = others.iter().all(|(value, _)| value.slot().map(u32::from) != Some(dst));
            let top = others.iter().all(|(_, other)| *other < dst);
            if !free || !top || Self::disturbed_by(inst, &others) {
                return None;
            }
            let field = inst.op.row().field(kengine::isa::Kind::Dst)?;
            let inst = self.em.take()?;
            moves = others;
            Some((inst, field.at, dst))
        });
        if !moves.is_empty() {
            self.copy_all(moves);
        }
        if let Some((mut inst, at, dst)) = late {
            if dst > self.em.height {
                let from = self.em.height;
                self.em.op(Op::Zero, &[from, dst - from], NO_TARGET);
            }
            inst.words.set(at, dst);
            self.em.append(inst);
        }
        for _ in 0..count {
            self.stack.pop();
        }
        self.em.frame = self.em.frame.max(base + count as u32);
        (base, index_slot)
    }

    /// After a call at `base`: its results are on the stack, and in their slots.
    pub(crate) fn called(&mut self, base: u32, results: usize) {
        let end = base + results as u32;
        self.em.frame = self.em.frame.max(end);
        self.em.height = end;
        for slot in base..end {
            self.stack.push(Value::Temp(slot as u16));
        }
        self.em.acc = (results > 0).then_some(base as u16);
    }

    /// `local.set` (`local.tee` if `keep`).
    pub(crate) fn set_local(&mut self, local: u16, keep: bool) {
        let Some(value) = self.stack.pop() else { return };
        if value != Value::Local(local) {
            let made = match value {
                Value::Temp(slot) => self.em.last_writes(slot),
                _ => None,
            };
            if self.stack.is_pending(local) {
                // Earlier reads of the local keep its old value. The new one is made after the copies, or its
                // slot stays taken.
                if let Some(field) = made
                    && let Some(mut inst) = self.em.take()
                {
                    self.preserve(local, Some(&inst));
                    inst.words.set(field.at, local.into());
                    self.em.append(inst);
                } else {
                    self.stack.push(value);
                    self.preserve(local, None);
                    self.stack.pop();
                    self.copy_to(local.into(), value);
                }
            } else if made.is_none() || !matches!(value, Value::Temp(slot) if self.em.redirect(slot, local)) {
                self.copy_to(local.into(), value);
            }
        }
        if keep {
            self.stack.push(Value::Local(local));
        }
    }

    /// Copies the local out for every operand that still means its present value; not to a slot that an op
    /// still to come reads.
    fn preserve(&mut self, local: u16, coming: Option<&Inst>) {
        for i in (0..self.stack.len()).rev() {
            if !self.stack.is_pending(local) {
                break;
            }
            if self.stack.values[i] == Value::Local(local) {
                let mut slot = self.stack.lowest_free();
                while self.stack.is_used(slot) || coming.is_some_and(|inst| Emitter::reads(inst, slot)) {
                    slot += 1;
                }
                self.copy_to(slot, Value::Local(local));
                self.stack.replace(i, Value::Temp(slot as u16));
            }
        }
    }
}

/// Slots of the largest frame: slot numbers have 16 bits and the header takes two.
pub(crate) const MAX_FRAME: u32 = 65_533;
