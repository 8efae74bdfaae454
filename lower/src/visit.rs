//! One wasm operator at a time.

use crate::{
    emit::NO_TARGET,
    error::{Done, Error},
    func::{Frame, Func, Kind, MAX_FRAME},
    fuse::{
        Cond::{Eq, GeS, GeU, GtS, GtU, LeS, LeU, LtS, LtU, Ne},
        Imm, Ty,
    },
    stack::Value,
};
use kengine::op::{Family, Form, Op};
use wasmparser::{BlockType, MemArg, Operator};

impl Func<'_> {
    /// Lowers one operator at byte `offset`.
    pub(crate) fn operator(&mut self, op: &Operator<'_>, offset: u64) -> Done {
        self.em.wasm = offset as u32; // CAST: modules are shorter than 4 GiB
        self.known_operator(op, offset)
    }

    /// As [`Func::operator`] when the offset is noted already. Inlined, so that little of it is left where the operator is
    /// known.
    #[inline(always)]
    pub(crate) fn known_operator(&mut self, op: &Operator<'_>, offset: u64) -> Done {
        if let Some(depth) = self.dead {
            self.dead_operator(op, depth);
        } else {
            self.live_operator(op, offset)?;
        }
        if self.em.frame > MAX_FRAME || self.fault.is_some() { Err(self.failed()) } else { Ok(()) }
    }

    /// Why the function cannot be lowered.
    #[cold]
    #[inline(never)]
    fn failed(&self) -> Box<Error> {
        let (got, limit, func) = (self.em.frame.into(), MAX_FRAME.into(), self.index);
        Box::new(match self.fault {
            Some(what) if got <= limit => Error::Internal { func, what },
            _ => Error::Limit { what: "slots of a frame", got, limit, func: Some(func) },
        })
    }

    /// Unreachable code is only parsed.
    fn dead_operator(&mut self, op: &Operator<'_>, depth: u32) {
        match op {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => self.dead = Some(depth + 1),
            Operator::Else if depth == 0 => self.else_(),
            Operator::End if depth == 0 => self.end(),
            Operator::End => self.dead = Some(depth - 1),
            _ => {}
        }
    }

    /// Parameters and results of a block.
    fn arity(&self, ty: BlockType) -> (usize, usize) {
        match ty {
            BlockType::Empty => (0, 0),
            BlockType::Type(_) => (0, 1),
            BlockType::FuncType(ty) => self.module.arity(ty),
        }
    }

    fn open(&mut self, kind: Kind, ty: BlockType) {
        let (params, results) = self.arity(ty);
        let label = self.em.label();
        let base = self.stack.len() - params;
        self.frames.push(Frame { kind, label, base, params, results });
    }

    fn if_(&mut self, ty: BlockType) {
        if self.stack.displaced(0) && self.stack.len() > 1 {
            let below = self.stack.len() - 1;
            if (0..below).any(|i| self.stack.values[i] != Value::Temp(self.stack.home(i) as u16)) {
                self.settle();
            }
        }
        let Some(cond) = self.stack.pop() else { return };
        let other = self.em.label();
        self.open(Kind::If(Some(other)), ty);
        if self.branch_if(cond, true, other) {
            self.dead = Some(0);
        }
    }

    fn else_(&mut self) {
        let Some(frame) = self.frames.last().copied() else { return };
        let Kind::If(Some(other)) = frame.kind else { return };
        if self.dead.is_none() {
            let moves = self.carry(&frame);
            self.carry_all(moves);
            let to = self.em.target(frame.label);
            self.em.op(Op::Br, &[0], to);
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.kind = Kind::If(None);
        }
        self.reset_stack(frame.base + frame.params);
        self.dead = None;
        if self.em.is_used(other) {
            self.em.bind(other, self.height_of(frame.base + frame.params));
        } else {
            self.dead = Some(0);
        }
    }

    fn end(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        if frame.kind == Kind::Loop {
            self.has_loops |= self.em.is_used(frame.label);
            self.loop_end();
        }
        let other = match frame.kind {
            Kind::If(Some(other)) if self.em.is_used(other) => Some(other),
            _ => None,
        };
        let joined = frame.kind != Kind::Loop && self.em.is_used(frame.label);
        let after = frame.base + frame.results;
        if joined || other.is_some() {
            if self.dead.is_none() {
                let moves = self.carry(&frame);
                self.carry_all(moves);
            }
            let height = self.height_of(after);
            if let Some(other) = other {
                self.em.bind(other, height);
            }
            if joined {
                self.em.bind(frame.label, height);
            }
            self.reset_stack(after);
            self.dead = None;
        } else if self.dead.is_some() {
            self.reset_stack(frame.base);
        }
        if frame.kind == Kind::Func && self.dead.is_none() {
            self.ret();
        }
    }

    fn call(&mut self, func: u32) {
        let (params, results) = self.module.func_arity(func);
        let (base, _) = self.window(params, None);
        match func.checked_sub(self.module.imported_funcs) {
            None => self.em.op(Op::CallImport, &[base, func], NO_TARGET),
            Some(defined) => self.em.op(Op::Callx, &[base, defined], NO_TARGET),
        }
        self.called(base, results);
    }

    fn call_indirect(&mut self, ty: u32, table: u32) {
        let (params, results) = self.module.arity(ty);
        let sig = self.module.sig_of_type(ty);
        let Some(index) = self.stack.pop() else { return };
        let (base, index) = self.window(params, Some(index));
        if table == 0 {
            self.em.op(Op::CallxIndirect, &[base, index, sig], NO_TARGET);
        } else {
            self.em.op(Op::CallxIndirectT, &[base, index, sig, table], NO_TARGET);
        }
        self.called(base, results);
    }

    #[cold]
    #[inline(never)]
    fn unsupported(&self, op: &Operator<'_>, offset: u64) -> Box<Error> {
        let name = format!("{op:?}");
        let name = name.split([' ', '{', '(']).next().unwrap_or_default();
        Box::new(Error::Unsupported { feature: format!("operator {name}"), func: Some(self.index), offset })
    }

    /// An op with a consumed window of three operands.
    fn bulk(&mut self, op: Op, rest: &[u32]) {
        let (base, _) = self.window(3, None);
        let mut values = smallvec::SmallVec::<[u32; 4]>::from_slice(&[base]);
        values.extend_from_slice(rest);
        self.em.op(op, &values, NO_TARGET);
        self.em.acc = None;
    }

    /// A load, then what brings the value to its width.
    fn load_extended(&mut self, family: Family, extend: Family, memarg: &MemArg) {
        self.load(family, memarg);
        self.unary(extend);
    }

    fn load(&mut self, family: Family, memarg: &MemArg) {
        let offset = memarg.offset as u32; // CAST: memory32 offsets, as validated
        if offset > 0xffff && family.op(Form::Far).is_none() {
            let (family, extend) = match family {
                Family::I32Load8S => (Family::Load8U, Family::I32Extend8S),
                Family::I32Load16S => (Family::Load16U, Family::I32Extend16S),
                _ => (Family::Load32U, Family::I64Extend32S),
            };
            return self.load_extended(family, extend, memarg);
        }
        let Some(addr) = self.stack.pop() else { return };
        if let Value::Const(bits) = addr
            && family.op(Form::Abs).is_some()
            && let Some(at) = (bits as u32).checked_add(offset)
        {
            return self.result(family, Form::Abs, &[at]);
        }
        if offset > 0xffff {
            let addr = self.in_slot(addr, &[]);
            return self.result(family, Form::Far, &[addr, offset]);
        }
        if self.in_acc(addr) && family.op(Form::A).is_some() {
            self.use_acc(addr);
            return self.result(family, Form::A, &[offset]);
        }
        let addr = self.in_slot(addr, &[]);
        self.result(family, Form::S, &[addr, offset]);
    }

    fn store(&mut self, family: Family, imm: Imm, memarg: &MemArg) {
        let offset = memarg.offset as u32; // CAST: memory32 offsets, as validated
        let (Some(value), Some(addr)) = (self.stack.pop(), self.stack.pop()) else { return };
        let by_acc =
            family != Family::Store64 && family.op(Form::Sa).is_some() && addr.slot().is_some() && offset <= 0xffff;
        let value = if by_acc { self.unwrapped(value) } else { value };
        let emit = |this: &mut Self, form: Form, values: &[u32]| match family.op(form) {
            Some(op) => this.em.op(op, values, NO_TARGET),
            None => this.internal("a store form that the family lacks"),
        };
        if let Value::Const(bits) = addr
            && family.op(Form::Abs).is_some()
            && let Some(at) = (bits as u32).checked_add(offset)
        {
            let value = self.in_slot(value, &[]);
            return emit(self, Form::Abs, &[value, at]);
        }
        if offset > 0xffff {
            let value_slot = self.in_slot(value, &[addr]);
            let addr = self.in_slot(addr, &[value, Value::Temp(value_slot as u16)]);
            return emit(self, Form::Far, &[addr, value_slot, offset]);
        }
        if let Value::Const(bits) = value
            && let Some(imm) = imm.fit(bits)
            && family.op(Form::Si).is_some()
        {
            let addr = self.in_slot(addr, &[]);
            return emit(self, Form::Si, &[addr, imm, offset]);
        }
        if addr.slot() != value.slot() {
            if self.in_acc(value) && addr.slot().is_some() && family.op(Form::Sa).is_some() {
                self.use_acc(value);
                let addr = self.in_slot(addr, &[]);
                return emit(self, Form::Sa, &[addr, offset]);
            }
            if self.in_acc(addr) && value.slot().is_some() && family.op(Form::As).is_some() {
                self.use_acc(addr);
                let value = self.in_slot(value, &[]);
                return emit(self, Form::As, &[value, offset]);
            }
        }
        let value_slot = self.in_slot(value, &[addr]);
        let addr = self.in_slot(addr, &[value, Value::Temp(value_slot as u16)]);
        emit(self, Form::Ss, &[addr, value_slot, offset]);
    }

    fn select(&mut self) {
        let (Some(cond), Some(mut rhs), Some(mut lhs)) = (self.stack.pop(), self.stack.pop(), self.stack.pop()) else {
            return;
        };
        for value in [&mut lhs, &mut rhs] {
            if let Value::Const(bits) = *value {
                *value = self.hoisted(bits).unwrap_or(*value);
            }
        }
        if self.in_acc(cond)
            && let (Some(l), Some(r)) = (lhs.slot(), rhs.slot())
            && Some(l) != cond.slot()
            && Some(r) != cond.slot()
        {
            self.use_acc(cond);
            return self.result_op(Op::SelectA, &[l.into(), r.into()]);
        }
        let cond_slot = self.in_slot(cond, &[lhs, rhs]);
        let cond = Value::Temp(cond_slot as u16);
        let l = self.in_slot(lhs, &[cond, rhs]);
        let r = self.in_slot(rhs, &[cond, Value::Temp(l as u16)]);
        self.result_op(Op::Select, &[l, r, cond_slot]);
    }

    /// A shift or rotation, whose constant count is taken modulo the width.
    fn shift(&mut self, family: Family, width: u64) {
        if let Some(Value::Const(count)) = self.stack.values.last().copied() {
            self.stack.replace(self.stack.len() - 1, Value::Const(count % width));
        }
        self.binary(family, false, if width == 32 { Imm::I32 } else { Imm::I64 });
    }

    fn rotr(&mut self, right: Family, left: Family, width: u64) {
        if let Some(Value::Const(count)) = self.stack.values.last().copied() {
            let count = (width - count % width) % width;
            self.stack.replace(self.stack.len() - 1, Value::Const(count));
            return self.shift(left, width);
        }
        self.binary(right, false, Imm::None);
    }

    /// `i32.wrap_i64`, which is nothing if the high half is zero for sure.
    fn wrap(&mut self) {
        if let Some(Value::Temp(slot)) = self.stack.values.last().copied()
            && self.em.last_writes(slot).is_some()
            && self.em.last().is_some_and(|inst| match inst.op {
                Op::I64ShrUSi => inst.words.get(inst.op.row().fields[2].at) >= 32,
                Op::I64ShrUAi => inst.words.get(inst.op.row().fields[1].at) >= 32,
                _ => false,
            })
        {
            return;
        }
        self.unary(Family::I32Wrap);
    }

    /// Subtraction; of a constant, addition.
    fn sub(&mut self, sub: Family, add: Family, imm: Imm) {
        if let Some(Value::Const(bits)) = self.stack.values.last().copied() {
            let negated = match imm {
                Imm::I32 => u64::from((bits as u32).wrapping_neg()),
                _ => bits.wrapping_neg(),
            };
            if imm.fit(negated).is_some() {
                self.stack.replace(self.stack.len() - 1, Value::Const(negated));
                return self.binary(add, true, imm);
            }
        }
        self.binary(sub, false, imm);
    }

    /// `i32.xor`: the shared op can't take negative immediates.
    fn i32_xor(&mut self) {
        let negative = |v: &Value| matches!(v, Value::Const(bits) if (*bits as u32 as i32) < 0);
        let len = self.stack.len();
        if negative(&self.stack.values[len - 2]) && !matches!(self.stack.values[len - 1], Value::Const(_)) {
            let (a, b) = (self.stack.pop(), self.stack.pop());
            if let (Some(a), Some(b)) = (a, b) {
                self.stack.push(a);
                self.stack.push(b);
            }
        }
        let imm = match self.stack.values[len - 1] {
            Value::Const(bits) => Imm::I32.fit(bits),
            _ => None,
        };
        if let (Some(imm), true) = (imm, negative(&self.stack.values[len - 1])) {
            self.stack.pop();
            let Some(lhs) = self.stack.pop() else { return };
            let lhs = self.in_slot(lhs, &[]);
            return self.result(Family::I32Xor, Form::Si, &[lhs, imm]);
        }
        self.binary(Family::Xor, true, Imm::I32Positive);
    }

    #[inline(always)]
    #[allow(clippy::too_many_lines, reason = "one line per operator")]
    fn live_operator(&mut self, op: &Operator<'_>, offset: u64) -> Done {
        use Operator as W;
        match op {
            // --- control -------------------------------------------------------------------------
            W::Nop => {}
            W::Unreachable => {
                self.em.op(Op::Unreachable, &[], NO_TARGET);
                self.dead = Some(0);
            }
            W::Block { blockty } => {
                self.settle();
                self.open(Kind::Block, *blockty);
            }
            W::Loop { blockty } => {
                self.settle();
                self.loop_entry();
                self.open(Kind::Loop, *blockty);
                let label = self.frame(0).label;
                let height = self.height_of(self.stack.len());
                self.em.bind(label, height);
            }
            W::If { blockty } => self.if_(*blockty),
            W::Else => self.else_(),
            W::End => self.end(),
            W::Br { relative_depth } => self.br(*relative_depth),
            W::BrIf { relative_depth } => self.br_if(*relative_depth),
            W::BrTable { targets } => {
                let mut depths =
                    targets.targets().collect::<std::result::Result<Vec<u32>, _>>().map_err(Error::from)?;
                depths.push(targets.default());
                self.br_table(&depths);
            }
            W::Return => self.ret(),
            W::Call { function_index } => self.call(*function_index),
            W::CallIndirect { type_index, table_index } => self.call_indirect(*type_index, *table_index),
            W::Drop => {
                self.stack.pop();
            }
            W::Select | W::TypedSelect { .. } => self.select(),
            // --- variables -----------------------------------------------------------------------
            // CAST: locals fit a frame, as `begin` has checked.
            W::LocalGet { local_index } => self.stack.push(Value::Local(*local_index as u16)),
            W::LocalSet { local_index } => self.set_local(*local_index as u16, false),
            W::LocalTee { local_index } => self.set_local(*local_index as u16, true),
            W::GlobalGet { global_index } => match self.module.constant_global(*global_index) {
                Some(bits) => self.stack.push(Value::Const(bits)),
                None => match global_index.checked_sub(self.module.imported_globals) {
                    Some(own) => self.result_op(Op::GlobalGet, &[own]),
                    None => self.result_op(Op::GlobalGetImport, &[*global_index]),
                },
            },
            W::GlobalSet { global_index } => {
                let Some(value) = self.stack.pop() else { return Ok(()) };
                match global_index.checked_sub(self.module.imported_globals) {
                    Some(own) if self.in_acc(value) => {
                        self.use_acc(value);
                        self.em.op(Op::GlobalSetA, &[own], NO_TARGET);
                    }
                    own => {
                        let slot = self.in_slot(value, &[]);
                        match own {
                            Some(own) => self.em.op(Op::GlobalSetS, &[slot, own], NO_TARGET),
                            None => self.em.op(Op::GlobalSetImport, &[slot, *global_index], NO_TARGET),
                        }
                    }
                }
            }
            // --- references and tables -------------------------------------------------------------
            W::RefNull { .. } => self.stack.push(Value::Const(0)),
            W::RefIsNull => self.eqz(Ty::I64),
            W::RefFunc { function_index } => {
                self.chunk.referenced.push(*function_index);
                self.result_op(Op::RefFunc, &[*function_index]);
            }
            W::TableGet { table } => {
                let Some(index) = self.stack.pop() else { return Ok(()) };
                let index = self.in_slot(index, &[]);
                self.result_op(Op::TableGet, &[index, *table]);
            }
            W::TableSet { table } => {
                let (Some(value), Some(index)) = (self.stack.pop(), self.stack.pop()) else { return Ok(()) };
                let value_slot = self.in_slot(value, &[index]);
                let index = self.in_slot(index, &[value, Value::Temp(value_slot as u16)]);
                self.em.op(Op::TableSet, &[index, value_slot, *table], NO_TARGET);
            }
            W::TableSize { table } => self.result_op(Op::TableSize, &[*table]),
            W::TableGrow { table } => {
                let (Some(count), Some(value)) = (self.stack.pop(), self.stack.pop()) else { return Ok(()) };
                let count_slot = self.in_slot(count, &[value]);
                let value = self.in_slot(value, &[count, Value::Temp(count_slot as u16)]);
                self.result_op(Op::TableGrow, &[value, count_slot, *table]);
            }
            W::TableFill { table } => self.bulk(Op::TableFill, &[*table]),
            W::TableCopy { dst_table, src_table } => self.bulk(Op::TableCopy, &[*dst_table, *src_table]),
            W::TableInit { elem_index, table } => self.bulk(Op::TableInit, &[*table, *elem_index]),
            W::ElemDrop { elem_index } => self.em.op(Op::ElemDrop, &[*elem_index], NO_TARGET),
            // --- memory --------------------------------------------------------------------------
            W::I32Load { memarg } | W::F32Load { memarg } | W::I64Load32U { memarg } => {
                self.load(Family::Load32U, memarg);
            }
            W::I64Load { memarg } | W::F64Load { memarg } => self.load(Family::Load64, memarg),
            W::I32Load8U { memarg } | W::I64Load8U { memarg } => self.load(Family::Load8U, memarg),
            W::I32Load16U { memarg } | W::I64Load16U { memarg } => self.load(Family::Load16U, memarg),
            W::I32Load8S { memarg } => self.load(Family::I32Load8S, memarg),
            W::I32Load16S { memarg } => self.load(Family::I32Load16S, memarg),
            W::I64Load8S { memarg } => self.load_extended(Family::Load8U, Family::I64Extend8S, memarg),
            W::I64Load16S { memarg } => self.load_extended(Family::Load16U, Family::I64Extend16S, memarg),
            W::I64Load32S { memarg } => self.load(Family::I64Load32S, memarg),
            W::I32Store { memarg } | W::F32Store { memarg } | W::I64Store32 { memarg } => {
                self.store(Family::Store32, Imm::I32, memarg);
            }
            W::I64Store { memarg } | W::F64Store { memarg } => self.store(Family::Store64, Imm::I64, memarg),
            W::I32Store8 { memarg } | W::I64Store8 { memarg } => self.store(Family::Store8, Imm::I32, memarg),
            W::I32Store16 { memarg } | W::I64Store16 { memarg } => self.store(Family::Store16, Imm::I32, memarg),
            W::MemorySize { .. } => self.result_op(Op::MemorySize, &[]),
            W::MemoryGrow { .. } => {
                let Some(pages) = self.stack.pop() else { return Ok(()) };
                let pages = self.in_slot(pages, &[]);
                self.result_op(Op::MemoryGrow, &[pages]);
            }
            W::MemoryCopy { .. } => self.bulk(Op::MemoryCopy, &[]),
            W::MemoryFill { .. } => self.bulk(Op::MemoryFill, &[]),
            W::MemoryInit { data_index, .. } => self.bulk(Op::MemoryInit, &[*data_index]),
            W::DataDrop { data_index } => self.em.op(Op::DataDrop, &[*data_index], NO_TARGET),
            // --- constants -----------------------------------------------------------------------
            // CAST: bits.
            W::I32Const { value } => self.stack.push(Value::Const(u64::from(*value as u32))),
            W::I64Const { value } => self.stack.push(Value::Const(*value as u64)),
            W::F32Const { value } => self.stack.push(Value::Const(u64::from(value.bits()))),
            W::F64Const { value } => self.stack.push(Value::Const(value.bits())),
            // --- int -----------------------------------------------------------------------------
            W::I32Add => self.binary(Family::I32Add, true, Imm::I32),
            W::I64Add => self.binary(Family::I64Add, true, Imm::I64),
            W::I32Sub => self.sub(Family::I32Sub, Family::I32Add, Imm::I32),
            W::I64Sub => self.sub(Family::I64Sub, Family::I64Add, Imm::I64),
            W::I32Mul => self.binary(Family::I32Mul, true, Imm::I32),
            W::I64Mul => self.binary(Family::I64Mul, true, Imm::I64),
            W::I32DivS => self.binary(Family::I32DivS, false, Imm::I32),
            W::I32DivU => self.binary(Family::I32DivU, false, Imm::I32),
            W::I32RemS => self.binary(Family::I32RemS, false, Imm::I32),
            W::I32RemU => self.binary(Family::I32RemU, false, Imm::I32),
            W::I64DivS => self.binary(Family::I64DivS, false, Imm::I64),
            W::I64DivU => self.binary(Family::I64DivU, false, Imm::I64),
            W::I64RemS => self.binary(Family::I64RemS, false, Imm::I64),
            W::I64RemU => self.binary(Family::I64RemU, false, Imm::I64),
            W::I32And => self.binary(Family::And, true, Imm::I32),
            W::I64And => self.binary(Family::And, true, Imm::I64),
            W::I32Or => self.binary(Family::Or, true, Imm::I32Positive),
            W::I64Or => self.binary(Family::Or, true, Imm::I64),
            W::I32Xor => self.i32_xor(),
            W::I64Xor => self.binary(Family::Xor, true, Imm::I64),
            W::I32Shl => self.shift(Family::I32Shl, 32),
            W::I32ShrS => self.shift(Family::I32ShrS, 32),
            W::I32ShrU => self.shift(Family::I32ShrU, 32),
            W::I64Shl => self.shift(Family::I64Shl, 64),
            W::I64ShrS => self.shift(Family::I64ShrS, 64),
            W::I64ShrU => self.shift(Family::I64ShrU, 64),
            W::I32Rotl => self.shift(Family::I32Rotl, 32),
            W::I64Rotl => self.shift(Family::I64Rotl, 64),
            W::I32Rotr => self.rotr(Family::I32Rotr, Family::I32Rotl, 32),
            W::I64Rotr => self.rotr(Family::I64Rotr, Family::I64Rotl, 64),
            W::I32Eqz => self.eqz(Ty::I32),
            W::I64Eqz => self.eqz(Ty::I64),
            W::I32Eq => self.compare(Ty::I32, Eq),
            W::I32Ne => self.compare(Ty::I32, Ne),
            W::I32LtS => self.compare(Ty::I32, LtS),
            W::I32LtU => self.compare(Ty::I32, LtU),
            W::I32GtS => self.compare(Ty::I32, GtS),
            W::I32GtU => self.compare(Ty::I32, GtU),
            W::I32LeS => self.compare(Ty::I32, LeS),
            W::I32LeU => self.compare(Ty::I32, LeU),
            W::I32GeS => self.compare(Ty::I32, GeS),
            W::I32GeU => self.compare(Ty::I32, GeU),
            W::I64Eq => self.compare(Ty::I64, Eq),
            W::I64Ne => self.compare(Ty::I64, Ne),
            W::I64LtS => self.compare(Ty::I64, LtS),
            W::I64LtU => self.compare(Ty::I64, LtU),
            W::I64GtS => self.compare(Ty::I64, GtS),
            W::I64GtU => self.compare(Ty::I64, GtU),
            W::I64LeS => self.compare(Ty::I64, LeS),
            W::I64LeU => self.compare(Ty::I64, LeU),
            W::I64GeS => self.compare(Ty::I64, GeS),
            W::I64GeU => self.compare(Ty::I64, GeU),
            W::I32Clz => self.unary(Family::I32Clz),
            W::I32Ctz => self.unary(Family::I32Ctz),
            W::I32Popcnt => self.unary(Family::I32Popcnt),
            W::I64Clz => self.unary(Family::I64Clz),
            W::I64Ctz => self.unary(Family::I64Ctz),
            W::I64Popcnt => self.unary(Family::I64Popcnt),
            W::I32Extend8S => self.unary(Family::I32Extend8S),
            W::I32Extend16S => self.unary(Family::I32Extend16S),
            W::I64Extend8S => self.unary(Family::I64Extend8S),
            W::I64Extend16S => self.unary(Family::I64Extend16S),
            W::I64Extend32S | W::I64ExtendI32S => self.unary(Family::I64Extend32S),
            W::I32WrapI64 => self.wrap(),
            // An i32 stands zero-extended, and reinterpretation keeps the bits.
            W::I64ExtendI32U
            | W::I32ReinterpretF32
            | W::I64ReinterpretF64
            | W::F32ReinterpretI32
            | W::F64ReinterpretI64 => {}
            // --- float ---------------------------------------------------------------------------
            W::F32Add => self.binary(Family::F32Add, true, Imm::None),
            W::F32Sub => self.binary(Family::F32Sub, false, Imm::None),
            W::F32Mul => self.binary(Family::F32Mul, true, Imm::None),
            W::F32Div => self.binary(Family::F32Div, false, Imm::None),
            W::F32Min => self.binary(Family::F32Min, false, Imm::None),
            W::F32Max => self.binary(Family::F32Max, false, Imm::None),
            W::F32Copysign => self.binary(Family::F32Copysign, false, Imm::None),
            W::F64Add => self.binary(Family::F64Add, true, Imm::None),
            W::F64Sub => self.binary(Family::F64Sub, false, Imm::None),
            W::F64Mul => self.binary(Family::F64Mul, true, Imm::None),
            W::F64Div => self.binary(Family::F64Div, false, Imm::None),
            W::F64Min => self.binary(Family::F64Min, false, Imm::None),
            W::F64Max => self.binary(Family::F64Max, false, Imm::None),
            W::F64Copysign => self.binary(Family::F64Copysign, false, Imm::None),
            W::F32Abs => self.unary(Family::F32Abs),
            W::F32Neg => self.unary(Family::F32Neg),
            W::F32Ceil => self.unary(Family::F32Ceil),
            W::F32Floor => self.unary(Family::F32Floor),
            W::F32Trunc => self.unary(Family::F32Trunc),
            W::F32Nearest => self.unary(Family::F32Nearest),
            W::F32Sqrt => self.unary(Family::F32Sqrt),
            W::F64Abs => self.unary(Family::F64Abs),
            W::F64Neg => self.unary(Family::F64Neg),
            W::F64Ceil => self.unary(Family::F64Ceil),
            W::F64Floor => self.unary(Family::F64Floor),
            W::F64Trunc => self.unary(Family::F64Trunc),
            W::F64Nearest => self.unary(Family::F64Nearest),
            W::F64Sqrt => self.unary(Family::F64Sqrt),
            W::F32Eq => self.compare(Ty::F32, Eq),
            W::F32Ne => self.compare(Ty::F32, Ne),
            W::F32Lt => self.compare(Ty::F32, LtS),
            W::F32Gt => self.compare(Ty::F32, GtS),
            W::F32Le => self.compare(Ty::F32, LeS),
            W::F32Ge => self.compare(Ty::F32, GeS),
            W::F64Eq => self.compare(Ty::F64, Eq),
            W::F64Ne => self.compare(Ty::F64, Ne),
            W::F64Lt => self.compare(Ty::F64, LtS),
            W::F64Gt => self.compare(Ty::F64, GtS),
            W::F64Le => self.compare(Ty::F64, LeS),
            W::F64Ge => self.compare(Ty::F64, GeS),
            W::I32TruncF32S => self.unary(Family::I32TruncF32S),
            W::I32TruncF32U => self.unary(Family::I32TruncF32U),
            W::I32TruncF64S => self.unary(Family::I32TruncF64S),
            W::I32TruncF64U => self.unary(Family::I32TruncF64U),
            W::I64TruncF32S => self.unary(Family::I64TruncF32S),
            W::I64TruncF32U => self.unary(Family::I64TruncF32U),
            W::I64TruncF64S => self.unary(Family::I64TruncF64S),
            W::I64TruncF64U => self.unary(Family::I64TruncF64U),
            W::I32TruncSatF32S => self.unary(Family::I32TruncSatF32S),
            W::I32TruncSatF32U => self.unary(Family::I32TruncSatF32U),
            W::I32TruncSatF64S => self.unary(Family::I32TruncSatF64S),
            W::I32TruncSatF64U => self.unary(Family::I32TruncSatF64U),
            W::I64TruncSatF32S => self.unary(Family::I64TruncSatF32S),
            W::I64TruncSatF32U => self.unary(Family::I64TruncSatF32U),
            W::I64TruncSatF64S => self.unary(Family::I64TruncSatF64S),
            W::I64TruncSatF64U => self.unary(Family::I64TruncSatF64U),
            W::F32ConvertI32S => self.unary(Family::F32ConvertI32S),
            W::F32ConvertI32U => self.unary(Family::F32ConvertI32U),
            W::F32ConvertI64S => self.unary(Family::F32ConvertI64S),
            W::F32ConvertI64U => self.unary(Family::F32ConvertI64U),
            W::F64ConvertI32S => self.unary(Family::F64ConvertI32S),
            W::F64ConvertI32U => self.unary(Family::F64ConvertI32U),
            W::F64ConvertI64S => self.unary(Family::F64ConvertI64S),
            W::F64ConvertI64U => self.unary(Family::F64ConvertI64U),
            W::F32DemoteF64 => self.unary(Family::F32DemoteF64),
            W::F64PromoteF32 => self.unary(Family::F64PromoteF32),
            other => {
                return Err(self.unsupported(other, offset));
            }
        }
        Ok(())
    }
}
