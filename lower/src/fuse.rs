//! Operand forms and peepholes: which row of a family fits the operands at hand.
//!
//! | before | after |
//! |---|---|
//! | `i32_add_ss s5, s0, s1` `i32_mul_ss s5, s5, s2` | `i32_add_ss_n s0, s1` `i32_mul_as s5, s2` |
//! | `i32_add_si s5, s0, 1` `copy s0, s5` | `i32_add_si s0, s0, 1` |
//! | `i32_lt_s_ss s5, s0, s1` `br_if_s s5, @1` | `br_i32_lt_s_ss_pay s0, s1, @1` |
//! | `i32_lt_s_ss s5, s0, s1` `eq_si s5, s5, 0` | `i32_le_s_ss s5, s1, s0` |
//! | `i32_add_si s0, s0, 1` `br_ne_ss s0, s1, @0` (backward) | `loop_i32_ne_s_pay s0, 1, s1, @0` |

use crate::{
    emit::{Label, NO_TARGET},
    func::Func,
    stack::Value,
};
use kengine::{
    isa::Effects,
    op::{Family, Form, Op},
};
use smallvec::SmallVec;

/// How a constant may become a 16-bit immediate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Imm {
    /// Signed 32-bit.
    I32,
    /// 32-bit in an op that works on 64: only what sign extension leaves alone.
    I32Positive,
    /// Signed 64-bit.
    I64,
    /// No immediate form.
    None,
}

impl Imm {
    /// The immediate for a constant, as the field's 16 bits.
    #[inline]
    pub(crate) fn fit(self, bits: u64) -> Option<u32> {
        let value = match self {
            Imm::I32 => i64::from(bits as u32 as i32), // CAST: the i32 that the bits are
            Imm::I32Positive => Some(bits as u32 as i32).filter(|v| *v >= 0)?.into(),
            Imm::I64 => bits as i64, // CAST: the i64 that the bits are
            Imm::None => return None,
        };
        i16::try_from(value).ok().map(|v| u32::from(v as u16))
    }
}

/// Operand type of a comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ty {
    I32,
    I64,
    F32,
    F64,
}

/// A condition. The `Not` ones exist for floats, where `!(a < b)` is not `a >= b`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cond {
    Eq,
    Ne,
    LtS,
    LtU,
    GtS,
    GtU,
    LeS,
    LeU,
    GeS,
    GeU,
    NotLt,
    NotLe,
    NotGt,
    NotGe,
}

use Cond::*;

impl Cond {
    /// The condition for exchanged operands.
    fn mirrored(self) -> Cond {
        match self {
            Eq | Ne => self,
            LtS => GtS,
            GtS => LtS,
            LtU => GtU,
            GtU => LtU,
            LeS => GeS,
            GeS => LeS,
            LeU => GeU,
            GeU => LeU,
            NotLt => NotGt,
            NotGt => NotLt,
            NotLe => NotGe,
            NotGe => NotLe,
        }
    }

    fn negated(self, ty: Ty) -> Cond {
        let float = matches!(ty, Ty::F32 | Ty::F64);
        match self {
            Eq => Ne,
            Ne => Eq,
            LtS if float => NotLt,
            LeS if float => NotLe,
            GtS if float => NotGt,
            GeS if float => NotGe,
            LtS => GeS,
            GeS => LtS,
            GtS => LeS,
            LeS => GtS,
            LtU => GeU,
            GeU => LtU,
            GtU => LeU,
            LeU => GtU,
            NotLt => LtS,
            NotLe => LeS,
            NotGt => GtS,
            NotGe => GeS,
        }
    }
}

/// A comparison of two values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Cmp {
    pub(crate) ty: Ty,
    pub(crate) cond: Cond,
    pub(crate) lhs: Value,
    pub(crate) rhs: Value,
}

impl Cmp {
    /// Constants to the right; `<= c` to `< c + 1` and `>= c` to `> c - 1` where that does not wrap.
    fn normalised(mut self) -> Cmp {
        if matches!(self.lhs, Value::Const(_)) && !matches!(self.rhs, Value::Const(_)) {
            std::mem::swap(&mut self.lhs, &mut self.rhs);
            self.cond = self.cond.mirrored();
        }
        if let Value::Const(bits) = self.rhs {
            let step = |cond: Cond, up: bool, last: u64| {
                (bits != last).then(|| {
                    let next = if up { bits.wrapping_add(1) } else { bits.wrapping_sub(1) };
                    (cond, if self.ty == Ty::I32 { u64::from(next as u32) } else { next })
                })
            };
            let (max_s, min_s, max_u) = match self.ty {
                Ty::I32 => (0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
                _ => (i64::MAX as u64, i64::MIN as u64, u64::MAX),
            };
            let int = matches!(self.ty, Ty::I32 | Ty::I64);
            let stepped = match self.cond {
                LeS if int => step(LtS, true, max_s),
                GeS if int => step(GtS, false, min_s),
                LeU if int => step(LtU, true, max_u),
                GeU if int => step(GtU, false, 0),
                _ => None,
            };
            if let Some((cond, bits)) = stepped {
                self.cond = cond;
                self.rhs = Value::Const(bits);
            }
        }
        self
    }

    /// The immediate that its constant right side becomes, and whether the 32-bit family is needed.
    fn imm(&self) -> Option<(u32, bool)> {
        let Value::Const(bits) = self.rhs else { return None };
        match (self.ty, self.cond) {
            (Ty::I32, Eq | Ne) => match Imm::I32Positive.fit(bits) {
                Some(imm) => Some((imm, false)),
                None => Imm::I32.fit(bits).map(|imm| (imm, true)),
            },
            (Ty::I32, LtU | GtU) => Imm::I32Positive.fit(bits).map(|imm| (imm, false)),
            (Ty::I32, LtS | GtS) => Imm::I32.fit(bits).map(|imm| (imm, false)),
            (Ty::I64, Eq | Ne | LtU | GtU | LtS | GtS) => Imm::I64.fit(bits).map(|imm| (imm, false)),
            _ => None,
        }
    }

    /// Family that computes it as a value.
    fn value_family(&self, narrow: bool) -> Option<Family> {
        Some(match (self.ty, self.cond) {
            (Ty::I32, Eq) if narrow => Family::I32Eq,
            (Ty::I32, Ne) if narrow => Family::I32Ne,
            (Ty::I32 | Ty::I64, Eq) => Family::Eq,
            (Ty::I32 | Ty::I64, Ne) => Family::Ne,
            (Ty::I32 | Ty::I64, LtU) => Family::LtU,
            (Ty::I32 | Ty::I64, LeU) => Family::LeU,
            (Ty::I32 | Ty::I64, GtU) => Family::GtU,
            (Ty::I32, LtS) => Family::I32LtS,
            (Ty::I32, LeS) => Family::I32LeS,
            (Ty::I32, GtS) => Family::I32GtS,
            (Ty::I64, LtS) => Family::I64LtS,
            (Ty::I64, LeS) => Family::I64LeS,
            (Ty::I64, GtS) => Family::I64GtS,
            (Ty::F32, Eq) => Family::F32Eq,
            (Ty::F32, Ne) => Family::F32Ne,
            (Ty::F32, LtS) => Family::F32Lt,
            (Ty::F32, LeS) => Family::F32Le,
            (Ty::F64, Eq) => Family::F64Eq,
            (Ty::F64, Ne) => Family::F64Ne,
            (Ty::F64, LtS) => Family::F64Lt,
            (Ty::F64, LeS) => Family::F64Le,
            _ => return None,
        })
    }

    /// Family that branches on it.
    fn branch_family(&self, narrow: bool) -> Option<Family> {
        Some(match (self.ty, self.cond) {
            (Ty::I32, Eq) if narrow => Family::BrI32Eq,
            (Ty::I32, Ne) if narrow => Family::BrI32Ne,
            (Ty::I32 | Ty::I64, Eq) => Family::BrEq,
            (Ty::I32 | Ty::I64, Ne) => Family::BrNe,
            (Ty::I32 | Ty::I64, LtU) => Family::BrLtU,
            (Ty::I32 | Ty::I64, LeU) => Family::BrLeU,
            (Ty::I32 | Ty::I64, GtU) => Family::BrGtU,
            (Ty::I32 | Ty::I64, GeU) => Family::BrGeU,
            (Ty::I32, LtS) => Family::BrI32LtS,
            (Ty::I32, LeS) => Family::BrI32LeS,
            (Ty::I32, GtS) => Family::BrI32GtS,
            (Ty::I32, GeS) => Family::BrI32GeS,
            (Ty::I64, LtS) => Family::BrI64LtS,
            (Ty::I64, LeS) => Family::BrI64LeS,
            (Ty::I64, GtS) => Family::BrI64GtS,
            (Ty::F64, LtS) => Family::BrF64Lt,
            (Ty::F64, LeS) => Family::BrF64Le,
            (Ty::F64, NotLt) => Family::BrF64NotLt,
            (Ty::F64, NotLe) => Family::BrF64NotLe,
            _ => return None,
        })
    }

    /// The opposite. `None` if a constant that is an immediate here would not be one there: the left
    /// side may stand in the accumulator alone, so only immediate forms can use it.
    pub(crate) fn negated(self) -> Option<Cmp> {
        let negated = Cmp { cond: self.cond.negated(self.ty), ..self };
        let lost = self.normalised().imm().is_some() && negated.normalised().imm().is_none();
        (!lost).then_some(negated)
    }

    /// Whether the op that computes it as a value can have the left side in the accumulator, where it may then stand
    /// alone.
    fn takes_acc(self) -> bool {
        let cmp = self.normalised();
        let family = cmp.imm().and_then(|(_, narrow)| cmp.value_family(narrow));
        family.is_some_and(|family| family.op(Form::Ai).is_some())
    }

    fn swapped(self) -> Cmp {
        Cmp { lhs: self.rhs, rhs: self.lhs, cond: self.cond.mirrored(), ..self }
    }
}

impl Func<'_> {
    /// Whether the accumulator holds this value.
    #[inline]
    pub(crate) fn in_acc(&self, value: Value) -> bool {
        value.slot().is_some() && value.slot() == self.em.acc
    }

    /// About to read this value, just popped, from the accumulator: if it is a temporary that the last
    /// op wrote, its slot will never be read and the store goes.
    #[inline]
    pub(crate) fn use_acc(&mut self, value: Value) {
        if let Value::Temp(slot) = value {
            self.em.drop_store(slot);
        }
    }

    /// Whether the last op is an `i32_wrap` of the accumulator.
    #[inline]
    fn wrapped_last(&self) -> bool {
        self.em.last().is_some_and(|inst| inst.op == Op::I32WrapA)
    }

    /// What an op that takes the low half of a value just popped, from the accumulator, may take instead:
    /// the operand of the `i32_wrap` that made it, if that stands in the accumulator.
    pub(crate) fn unwrapped(&mut self, value: Value) -> Value {
        let Value::Temp(slot) = value else { return value };
        if self.wrapped_last() && self.em.last_writes(slot).is_some() {
            let wrap = self.em.take();
            match self.em.acc {
                Some(slot) if u32::from(slot) < self.stack.base => return Value::Local(slot),
                Some(slot) => return Value::Temp(slot),
                None => {}
            }
            if let Some(wrap) = wrap {
                self.em.append(wrap);
            }
        }
        value
    }

    /// A free slot that may be written now.
    fn scratch(&self, avoid: &[Value]) -> u32 {
        let mut slot = self.stack.lowest_free();
        while self.stack.is_used(slot) || avoid.iter().any(|v| v.slot().map(u32::from) == Some(slot)) {
            slot += 1;
        }
        slot
    }

    /// The value in a slot; constants go to a free slot that is none of `avoid`'s.
    pub(crate) fn in_slot(&mut self, value: Value, avoid: &[Value]) -> u32 {
        match value.slot() {
            Some(slot) => u32::from(slot),
            None => {
                if let Value::Const(bits) = value
                    && let Some(Value::Local(slot)) = self.hoisted(bits)
                {
                    return slot.into();
                }
                let slot = self.scratch(avoid);
                self.copy_to(slot, value);
                slot
            }
        }
    }

    /// `result = lhs op rhs` for the two values on top of the stack.
    pub(crate) fn binary(&mut self, family: Family, commutes: bool, imm: Imm) {
        let (Some(mut rhs), Some(mut lhs)) = (self.stack.pop(), self.stack.pop()) else { return };
        if commutes && matches!(lhs, Value::Const(_)) {
            std::mem::swap(&mut lhs, &mut rhs);
        }
        let has = |form: Form| family.op(form).is_some();
        // What most are, by the same rules as below.
        if let Some(l) = lhs.slot()
            && !self.wrapped_last()
        {
            match rhs {
                Value::Const(bits) => {
                    if let Some(imm) = imm.fit(bits)
                        && has(Form::Si)
                    {
                        return self.with_immediate(family, lhs, l, imm);
                    }
                }
                Value::Temp(r) | Value::Local(r) => return self.with_slots(family, commutes, (lhs, l), (rhs, r)),
            }
        }
        let immediate =
            |value: Value, form: Form| matches!(value, Value::Const(bits) if imm.fit(bits).is_some() && has(form));
        if let Value::Const(bits) = rhs
            && !immediate(rhs, Form::Si)
            && let Some(value) = self.hoisted(bits)
        {
            rhs = value;
        }
        if let Value::Const(bits) = lhs
            && !(immediate(lhs, Form::Is) && rhs.slot().is_some())
            && let Some(value) = self.hoisted(bits)
        {
            lhs = value;
        }
        // Operators that take the low halves of their operands.
        use Family::{I32Add, I32Mul, I32Shl, I32ShrS, I32ShrU, I32Sub};
        if matches!(family, I32Add | I32Sub | I32Mul | I32Shl | I32ShrU | I32ShrS) {
            let (left, right) = (has(Form::As), has(Form::Sa) || (commutes && has(Form::As)));
            if if rhs.slot().is_some() { left } else { immediate(rhs, Form::Ai) } {
                lhs = self.unwrapped(lhs);
            }
            if lhs.slot().is_some() && right {
                rhs = self.unwrapped(rhs);
            }
        }
        // Constant operands without an immediate form go to the accumulator, or to a slot.
        if let Value::Const(bits) = lhs
            && !(imm.fit(bits).is_some() && has(Form::Is) && rhs.slot().is_some())
        {
            if has(Form::As) && rhs.slot().is_some() {
                self.const_acc(bits);
                let rhs = self.in_slot(rhs, &[]);
                return self.result(family, Form::As, &[rhs]);
            }
            lhs = Value::Temp(self.in_slot(lhs, &[rhs]) as u16);
        }
        if let Value::Const(bits) = rhs {
            let fits = imm.fit(bits);
            if let Some(imm) = fits
                && has(Form::Si)
            {
                // CAST: slots have 16 bits.
                let slot = self.in_slot(lhs, &[]) as u16;
                return self.with_immediate(family, lhs, slot, imm);
            }
            if (commutes && has(Form::As)) || has(Form::Sa) {
                let slot = self.in_slot(lhs, &[]);
                self.const_acc(bits);
                let form = if has(Form::Sa) { Form::Sa } else { Form::As };
                return self.result(family, form, &[slot]);
            }
            rhs = Value::Temp(self.in_slot(rhs, &[lhs]) as u16);
        }
        if let (Value::Const(bits), Some(slot)) = (lhs, rhs.slot()) {
            let imm = imm.fit(bits).unwrap_or(0);
            return self.result(family, Form::Is, &[imm, u32::from(slot)]);
        }
        let (Some(l), Some(r)) = (lhs.slot(), rhs.slot()) else { return };
        self.with_slots(family, commutes, (lhs, l), (rhs, r));
    }

    /// [`Func::binary`] of a value in a slot and an immediate, for which the family has a form.
    fn with_immediate(&mut self, family: Family, lhs: Value, slot: u16, imm: u32) {
        if self.in_acc(lhs) && family.op(Form::Ai).is_some() {
            self.use_acc(lhs);
            return self.result(family, Form::Ai, &[imm]);
        }
        self.result(family, Form::Si, &[slot.into(), imm]);
    }

    /// [`Func::binary`] of two values in slots.
    fn with_slots(&mut self, family: Family, commutes: bool, (lhs, l): (Value, u16), (rhs, r): (Value, u16)) {
        let has = |form: Form| family.op(form).is_some();
        if l != r && self.in_acc(lhs) && has(Form::As) {
            self.use_acc(lhs);
            return self.result(family, Form::As, &[u32::from(r)]);
        }
        if l != r && self.in_acc(rhs) && (has(Form::Sa) || (commutes && has(Form::As))) {
            self.use_acc(rhs);
            let form = if has(Form::Sa) { Form::Sa } else { Form::As };
            return self.result(family, form, &[u32::from(l)]);
        }
        self.result(family, Form::Ss, &[u32::from(l), u32::from(r)]);
    }

    /// `result = op arg` for the value on top of the stack.
    pub(crate) fn unary(&mut self, family: Family) {
        let Some(arg) = self.stack.pop() else { return };
        if self.in_acc(arg) && family.op(Form::A).is_some() {
            self.use_acc(arg);
            return self.result(family, Form::A, &[]);
        }
        let arg = self.in_slot(arg, &[]);
        self.result(family, Form::S, &[arg]);
    }

    /// Emits a row of a family with a fresh temporary as its destination and pushes that.
    pub(crate) fn result(&mut self, family: Family, form: Form, inputs: &[u32]) {
        let Some(op) = family.op(form) else { return self.internal("a form that the family lacks") };
        match family.which() {
            None => self.result_op(op, inputs),
            Some(which) => {
                let mut inputs = SmallVec::<[u32; 4]>::from_slice(inputs);
                inputs.push(which);
                self.result_op(op, &inputs);
            }
        }
    }

    /// Emits an op whose first field is its destination, a fresh temporary, and pushes that.
    pub(crate) fn result_op(&mut self, op: Op, inputs: &[u32]) {
        let dst = self.stack.alloc(self.em.height);
        self.em.op_to(op, dst, inputs);
        self.stack.push(Value::Temp(dst as u16));
    }

    /// Pushes the result of a comparison of the two values on top of the stack.
    pub(crate) fn compare(&mut self, ty: Ty, cond: Cond) {
        let (Some(rhs), Some(lhs)) = (self.stack.pop(), self.stack.pop()) else { return };
        self.push_cmp(Cmp { ty, cond, lhs, rhs });
    }

    fn push_cmp(&mut self, cmp: Cmp) {
        let mut cmp = cmp.normalised();
        if matches!(cmp.lhs, Value::Const(_)) {
            cmp.lhs = Value::Temp(self.in_slot(cmp.lhs, &[cmp.rhs]) as u16);
        }
        if let Some((imm, narrow)) = cmp.imm()
            && let Some(family) = cmp.value_family(narrow)
        {
            if self.in_acc(cmp.lhs) && family.op(Form::Ai).is_some() {
                self.use_acc(cmp.lhs);
                self.result(family, Form::Ai, &[imm]);
            } else {
                let lhs = self.in_slot(cmp.lhs, &[]);
                self.result(family, Form::Si, &[lhs, imm]);
            }
        } else {
            if matches!(cmp.rhs, Value::Const(_)) {
                cmp.rhs = Value::Temp(self.in_slot(cmp.rhs, &[cmp.lhs]) as u16);
            }
            let direct = cmp.value_family(false).filter(|f| f.op(Form::Ss).is_some());
            let ordered = if direct.is_some() { cmp } else { cmp.swapped() };
            let (Some(family), Some(l), Some(r)) =
                (ordered.value_family(false), ordered.lhs.slot(), ordered.rhs.slot())
            else {
                return self.internal("a comparison without a family");
            };
            self.result(family, Form::Ss, &[u32::from(l), u32::from(r)]);
        }
        self.cmps.push((self.em.insts.len() - 1, cmp));
    }

    /// `eqz` of the value on top of the stack.
    pub(crate) fn eqz(&mut self, ty: Ty) {
        let Some(value) = self.stack.pop() else { return };
        if let Some(cmp) = self.cmp_behind(value)
            && matches!(cmp.ty, Ty::I32 | Ty::I64)
            && let Some(negated) = cmp.negated()
            && (negated.takes_acc() || !cmp.takes_acc())
        {
            self.em.take();
            return self.push_cmp(negated);
        }
        self.push_cmp(Cmp { ty, cond: Eq, lhs: value, rhs: Value::Const(0) });
    }

    /// The comparison that the last op made, if it made this value, which was just popped.
    fn cmp_behind(&mut self, value: Value) -> Option<Cmp> {
        let Value::Temp(slot) = value else { return None };
        while self.cmps.last().is_some_and(|(at, _)| *at >= self.em.insts.len()) {
            self.cmps.pop();
        }
        self.em.last_writes(slot)?;
        let (at, cmp) = self.cmps.last()?;
        if *at + 1 != self.em.insts.len() {
            return None;
        }
        Some(*cmp)
    }

    /// Jumps to the label if the value, just popped, is not zero (is zero, if `negate`). True if the
    /// jump is always made, so that nothing after it is reached.
    pub(crate) fn branch_if(&mut self, value: Value, negate: bool, label: Label) -> bool {
        if let Value::Const(bits) = value {
            let always = (bits as u32 != 0) != negate;
            if always {
                let to = self.em.target(label);
                self.em.op(Op::Br, &[0], to);
            }
            return always;
        }
        let cond = if negate { Eq } else { Ne };
        self.branch_cmp_noted(Cmp { ty: Ty::I32, cond, lhs: value, rhs: Value::Const(0) }, label);
        false
    }

    /// [`Func::branch_cmp`], but `!= 0` of a comparison is the comparison and `== 0` its opposite; noted for
    /// [`Func::br`].
    fn branch_cmp_noted(&mut self, mut cmp: Cmp, label: Label) {
        while cmp.ty == Ty::I32
            && cmp.rhs == Value::Const(0)
            && matches!(cmp.cond, Eq | Ne)
            && let Some(behind) = self.cmp_behind(cmp.lhs)
            && let Some(behind) = if cmp.cond == Eq { behind.negated() } else { Some(behind) }
        {
            self.em.take();
            cmp = behind;
        }
        let before = self.em.insts.len();
        self.branch_cmp(cmp, label);
        if self.em.insts.len() == before + 1 {
            self.branches.push((before, cmp));
        }
    }

    fn branch_if_slot(&mut self, value: Value, negate: bool, label: Label) {
        let to = self.em.target(label);
        if self.in_acc(value) {
            self.use_acc(value);
            self.em.op(if negate { Op::BrIfzA } else { Op::BrIfA }, &[0], to);
        } else if let Some(slot) = value.slot() {
            self.em.op(if negate { Op::BrIfzS } else { Op::BrIfS }, &[slot.into(), 0], to);
        }
    }

    pub(crate) fn branch_cmp(&mut self, cmp: Cmp, label: Label) {
        let mut cmp = cmp.normalised();
        if self.branch_loop(&cmp, label) || self.branch_loop(&cmp.swapped(), label) {
            return;
        }
        if cmp.ty == Ty::I32 && cmp.rhs == Value::Const(0) && matches!(cmp.cond, Eq | Ne) {
            return self.branch_if_slot(cmp.lhs, cmp.cond == Eq, label);
        }
        let to = self.em.target(label);
        if let Some((imm, narrow)) = cmp.imm()
            && let Some(family) = cmp.branch_family(narrow)
        {
            if self.in_acc(cmp.lhs) && family.op(Form::Ai).is_some() {
                self.use_acc(cmp.lhs);
                return self.emit_branch(family, Form::Ai, &[imm, 0], to);
            }
            let Some(lhs) = cmp.lhs.slot() else { return self.internal("two constants compared") };
            return self.emit_branch(family, Form::Si, &[lhs.into(), imm, 0], to);
        }
        if let Value::Const(bits) = cmp.rhs
            && let Some(value) = self.hoisted(bits)
        {
            cmp.rhs = value;
        }
        let by_acc = |cmp: Cmp| cmp.branch_family(false).filter(|family| family.op(Form::As).is_some());
        if let Value::Const(bits) = cmp.rhs
            && let Some(family) = by_acc(cmp.swapped())
            && let Some(lhs) = cmp.lhs.slot()
        {
            // The constant to the accumulator, which is the left side of `as`.
            self.const_acc(bits);
            return self.emit_branch(family, Form::As, &[lhs.into(), 0], to);
        }
        if matches!(cmp.rhs, Value::Const(_)) {
            cmp.rhs = Value::Temp(self.in_slot(cmp.rhs, &[cmp.lhs]) as u16);
        }
        if cmp.lhs != cmp.rhs {
            if self.in_acc(cmp.rhs) {
                cmp = cmp.swapped();
            }
            if self.in_acc(cmp.lhs)
                && let (Some(family), Some(rhs)) = (by_acc(cmp), cmp.rhs.slot())
            {
                self.use_acc(cmp.lhs);
                return self.emit_branch(family, Form::As, &[rhs.into(), 0], to);
            }
        }
        let direct = cmp.branch_family(false).filter(|f| f.op(Form::Ss).is_some());
        let ordered = if direct.is_some() { cmp } else { cmp.swapped() };
        match (ordered.branch_family(false), ordered.lhs.slot(), ordered.rhs.slot()) {
            (Some(family), Some(l), Some(r)) => self.emit_branch(family, Form::Ss, &[l.into(), r.into(), 0], to),
            (None, ..) => {
                // By its value.
                let negate = matches!(cmp.cond, NotLt | NotLe | NotGt | NotGe);
                self.push_cmp(if negate { Cmp { cond: cmp.cond.negated(cmp.ty), ..cmp } } else { cmp });
                if let Some(value) = self.stack.pop() {
                    self.branch_if_slot(value, negate, label);
                }
            }
            _ => self.internal("two constants compared"),
        }
    }

    fn emit_branch(&mut self, family: Family, form: Form, values: &[u32], to: u32) {
        match family.op(form) {
            Some(op) => self.em.op(op, values, to),
            None => self.internal("a branch form that the family lacks"),
        }
    }

    /// Increment, compare and branch backward in one.
    fn branch_loop(&mut self, cmp: &Cmp, label: Label) -> bool {
        let bound = self.em.labels[label.0 as usize].at != u32::MAX;
        let (Value::Local(var), Ty::I32) = (cmp.lhs, cmp.ty) else { return false };
        let family = match cmp.cond {
            Ne => Family::LoopI32Ne,
            LtU => Family::LoopI32LtU,
            _ => return false,
        };
        let (form, limit) = match cmp.rhs {
            Value::Const(0) if family.op(Form::Z).is_some() => (Form::Z, 0),
            Value::Const(bits) => match Imm::I32.fit(bits) {
                Some(imm) if family.op(Form::I).is_some() => (Form::I, imm),
                _ => return false,
            },
            Value::Local(slot) | Value::Temp(slot) if slot != var => (Form::S, u32::from(slot)),
            _ => return false,
        };
        let Some(last) = self.em.last() else { return false };
        let var = u32::from(var);
        let values: SmallVec<[u32; 4]> = last.op.row().fields.iter().map(|f| last.words.get(f.at)).collect();
        if !bound || last.op != Op::I32AddSi || values[0] != var || values[1] != var {
            return false;
        }
        let step = values[2];
        self.em.take();
        let to = self.em.target(label);
        let form = if form == Form::S && step == 1 && family.op(Form::U).is_some() { Form::U } else { form };
        match (family.op(form), form) {
            (Some(op), Form::Z) => self.em.op(op, &[var, step, 0], to),
            (Some(op), Form::U) => self.em.op(op, &[var, limit, 0], to),
            (Some(op), _) => self.em.op(op, &[var, step, limit, 0], to),
            (None, _) => self.internal("a loop form that the family lacks"),
        }
        true
    }

    /// Puts a constant into the accumulator alone.
    pub(crate) fn const_acc(&mut self, bits: u64) {
        match u32::try_from(bits) {
            Ok(value) => self.em.op(Op::ConstUN, &[value], NO_TARGET),
            Err(_) => {
                let index = self.pool_index(bits);
                self.em.op(Op::ConstPoolN, &[index], NO_TARGET);
            }
        }
    }

    /// Copies a value to a slot; slots between the height and it are zeroed first.
    pub(crate) fn copy_to(&mut self, dst: u32, value: Value) {
        if dst > self.em.height {
            let from = self.em.height;
            self.em.op(Op::Zero, &[from, dst - from], NO_TARGET);
        }
        match value {
            Value::Const(bits) => match u32::try_from(bits) {
                Ok(value) => self.em.op(Op::ConstU, &[dst, value], NO_TARGET),
                Err(_) => match i32::try_from(bits as i64) {
                    // CAST: the field's bits.
                    Ok(value) => self.em.op(Op::ConstS, &[dst, value as u32], NO_TARGET),
                    Err(_) => {
                        let index = self.pool_index(bits);
                        self.em.op(Op::ConstPool, &[dst, index], NO_TARGET);
                    }
                },
            },
            Value::Temp(slot) | Value::Local(slot) => {
                if u32::from(slot) == dst {
                } else if self.em.acc == Some(slot) {
                    self.em.op(Op::CopyA, &[dst], NO_TARGET);
                    // Both hold it now; nearby code rather asks for the copy.
                    self.em.acc = Some(dst as u16);
                } else {
                    self.em.op(Op::Copy, &[dst, slot.into()], NO_TARGET);
                }
            }
        }
    }

    /// Copies values to slots, all at once: no copy overwrites what another still reads.
    pub(crate) fn copy_all(&mut self, mut moves: SmallVec<[(Value, u32); 8]>) {
        moves.retain(|(value, dst)| value.slot().map(u32::from) != Some(*dst));
        moves.sort_by_key(|(_, dst)| *dst);
        let first = moves.first().map_or(0, |(_, dst)| *dst);
        if moves.iter().all(|(value, _)| value.slot().is_none_or(|slot| u32::from(slot) < first)) {
            // None reads what another writes, as mostly.
            return moves.iter().for_each(|(value, dst)| self.copy_to(*dst, *value));
        }
        while !moves.is_empty() {
            let read = |dst: u32, except: usize| {
                moves.iter().enumerate().any(|(i, (v, _))| i != except && v.slot().map(u32::from) == Some(dst))
            };
            match (0..moves.len()).find(|i| !read(moves[*i].1, *i)) {
                Some(i) => {
                    let (value, dst) = moves.remove(i);
                    self.copy_to(dst, value);
                }
                None => {
                    // A cycle: save one source above everything.
                    let top = moves.iter().map(|(_, dst)| dst + 1).max().unwrap_or(0);
                    let saved = top.max(self.em.height);
                    let value = moves[0].0;
                    self.copy_to(saved, value);
                    for (v, _) in moves.iter_mut().filter(|(v, _)| *v == value) {
                        *v = Value::Temp(saved as u16);
                    }
                }
            }
        }
    }

    /// Whether an op would lose its accumulator input if values were copied before it.
    pub(crate) fn disturbed_by(inst: &crate::emit::Inst, moves: &[(Value, u32)]) -> bool {
        let acc_in = inst.op.row().effects.contains(Effects::ACC_IN);
        moves
            .iter()
            .any(|(value, dst)| crate::emit::Emitter::reads(inst, *dst) || (acc_in && matches!(value, Value::Const(_))))
    }
}
