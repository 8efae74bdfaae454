//! Code, op by op: R7-R20.

use super::{At, Check, Code, FAR, HEADER, MAX_ARMS, Result, Seen, Sink, Step, need, sum};
use crate::{
    image::{Func, Leader, NO_INDEX, SectionKind, Sig, valtype::FUNCREF},
    isa::{EXT, Effects, Kind, POLL_MAX},
    op::{Op, Row, Words},
};
use core::ops::Range;

/// Kinds of fields of which only slots have rules.
const PLAIN: u32 =
    Kind::bits(&[Kind::Src, Kind::SrcDst, Kind::Dst, Kind::Imm16, Kind::Imm32, Kind::Off16, Kind::Off32]);

/// A function under check, and what holds before its next op.
struct Body<'f, 's> {
    func: &'f Func,
    sig: Sig,
    frame: u32,
    /// First header slot: max(params, results).
    header: u32,
    /// Leaders at or before the op.
    passed: u32,
    at: At<'s>,
    /// Slots `[0, h)` are initialised.
    h: u32,
    /// Fuel charged and not yet spent.
    cr: u32,
    /// The accumulator is set.
    acc: bool,
}

impl Body<'_, '_> {
    /// R10: a range of slots stays on one side of the header.
    #[inline(always)]
    fn range(&self, at: At<'_>, start: u32, len: u32) -> Result {
        need!(at, Straddle: start, if start >= self.header || sum(start, len) <= self.header.into());
        Ok(())
    }

    /// R12: an edge, and what is to be charged on it; one that does not pay must bring the credit.
    #[inline(always)]
    fn edge(&self, at: At<'_>, leader: &Leader, pays: bool) -> Result<u16> {
        need!(at, EdgeHeight: self.h, >= leader.height);
        let owed = u32::from(leader.credit).saturating_sub(self.cr);
        need!(at, EdgeCredit: self.cr, if pays || owed == 0);
        Ok(u16::try_from(owed).unwrap_or(u16::MAX)) // at most `leader.credit`
    }
}

impl<S: Sink> Check<'_, '_, S> {
    /// R7-R20 for these functions, counted among those that the image defines.
    pub(super) fn code(&mut self, funcs: Range<u32>) -> Result<Seen> {
        let (words, _) = self.tables.image.section(SectionKind::Code).as_chunks::<8>();
        let first = self.tables.funcs.get(funcs.start).and_then(|func| usize::try_from(func.code).ok());
        let words = words.get(first.unwrap_or(0)..).unwrap_or(&[]);
        let mut words = words.iter().map(|word| u64::from_le_bytes(*word));
        for (index, func) in funcs.clone().zip(self.tables.funcs.iter_from(funcs.start)) {
            let at = At { func: index, pc: 0, ..self.at };
            let sig = at.get(Code::FuncSig, self.tables.sigs, func.sig)?;
            self.sink.func(at.func, &func, &sig)?;
            let (header, frame) = (sig.params.max(sig.results).into(), func.frame.into());
            let (h, cr) = (sig.params.into(), func.credit.into());
            let body = Body { func: &func, sig, frame, header, passed: 0, at, h, cr, acc: false };
            self.body(body, &mut words)?;
        }
        Ok(Seen { arms: self.first_arm.map(|first| (first, self.arms)), floats: self.floats })
    }

    fn body(&mut self, mut body: Body<'_, '_>, code: &mut impl Iterator<Item = u64>) -> Result {
        let mut next = self.next_leader(&body, None)?;
        // Control comes here from the op before; at first from the caller.
        let mut reached = true;
        while body.at.pc < body.func.code_len {
            self.tick()?;
            let at = body.at;
            if let Some(leader) = next.filter(|leader| leader.pc == at.pc) {
                if reached {
                    body.edge(at, &leader, false)?;
                }
                (body.h, body.cr, body.acc) = (leader.height.into(), leader.credit.into(), false);
                body.passed = body.passed.saturating_add(1);
                next = self.next_leader(&body, Some(at.pc))?;
            } else {
                need!(at, DeadCode: at.pc, if reached);
            }
            let mut words = Words { first: code.next().unwrap_or(0), ext: 0 };
            let op = Op::from_u16(words.code()).ok_or_else(|| at.refuse(Code::Opcode, 0, words.code().into()))?;
            let row = op.row();
            body.at.pc = at.pc.saturating_add(row.words.into());
            if row.words == 2 {
                words.ext = code.next().unwrap_or(0);
                need!(at, Ext: words.ext & 0xffff, if words.ext & 0xffff == EXT.into() && body.at.pc <= body.func.code_len);
            }
            need!(at, StrayBits: words.first, if !words.stray_bits(row));
            self.op(at, &mut body, op, row, words)?;
            reached = !row.effects.contains(Effects::TERMINATOR);
            if let Some(leader) = next {
                need!(at, LeaderExt: leader.pc, >= body.at.pc);
            }
        }
        need!(body.at, FallOff: body.at.pc, if !reached);
        Ok(())
    }

    /// Leader `index` of the function, as some edge names it.
    #[inline(always)]
    fn leader(&self, at: At<'_>, func: &Func, index: u32) -> Result<Leader> {
        need!(at, BranchTarget: index, < func.leader_len);
        at.get(Code::BranchTarget, self.tables.leaders, func.leader.saturating_add(index))
    }

    /// R11: the leader after those passed; `last` is where the one before it stands.
    #[inline(always)]
    fn next_leader(&self, body: &Body<'_, '_>, last: Option<u32>) -> Result<Option<Leader>> {
        if body.passed == body.func.leader_len {
            return Ok(None);
        }
        let leader = self.leader(body.at, body.func, body.passed)?;
        let at = At { pc: leader.pc, operand: body.passed, ..body.at };
        need!(at, LeaderOrder: leader.pc, if last.is_none_or(|last| last < leader.pc));
        need!(at, LeaderPlace: leader.pc, < body.func.code_len);
        need!(at, LeaderHeight: leader.height, <= body.frame);
        need!(at, LeaderCredit: leader.credit, <= POLL_MAX);
        Ok(Some(leader))
    }

    /// One op: reads and indices by the fields of its row, then cost, writes and edges.
    #[inline(always)]
    fn op(&mut self, at: At<'_>, body: &mut Body<'_, '_>, op: Op, row: &Row, words: Words) -> Result {
        let effects = row.effects;
        need!(at, AccUnset: 0u32, if body.acc || !effects.contains(Effects::ACC_IN));
        // Where the slots written end; the last slot field; the `Count` field.
        let (mut end, mut slot, mut count) = (0, 0, 0);
        let (mut target, mut near, mut table, mut fuel) = (None, false, None, None);
        // Of a call: window, declared cost, signature and depth of the callee, type of the table.
        let (mut base, mut host_cost, mut callee, mut table_ty) = (0, 0, None, None);
        // Most ops have slots and numbers alone. If their slots are as the rules below want them, that is all; else
        // these say which is not. Of the slots written, only one at `h` raises it.
        let [h, frame] = [body.h, body.frame].map(|slots| u16::try_from(slots).unwrap_or(0));
        let holes = words.at_least(row.writes, frame.min(h.saturating_add(1)));
        let plain = row.kinds & !PLAIN == 0 && !words.at_least(row.reads, h).any() && !holes.any();
        if plain && words.at_least(row.writes, h).any() {
            end = u32::from(h).saturating_add(1);
        }
        // The ops of a chain one after the other: what one writes, those behind it may read. Fields left of the op at
        // hand, and slots that are initialised before it.
        let parts = if plain { None } else { op.parts() };
        let mut parts = parts.map_or(&[][..], |parts| parts.ops).iter();
        let (mut left, mut set) = (0, body.h);
        for (operand, field) in (0..).zip(if plain { &[] } else { row.fields }) {
            let (value, at) = (words.get(field.at), At { operand, ..at });
            while left == 0 {
                left = parts.next().map_or(usize::MAX, |part| part.row().fields.len());
                set = set.max(end);
            }
            left = left.saturating_sub(1);
            match field.kind {
                Kind::Src | Kind::SrcDst => {
                    need!(at, SlotUnset: value, < set);
                    slot = value;
                }
                Kind::Dst => {
                    need!(at, SlotHole: value, <= set);
                    need!(at, SlotFrame: value, < body.frame);
                    (slot, end) = (value, value.saturating_add(1).max(end));
                }
                Kind::Window(len) => {
                    need!(at, SlotUnset: sum(value, len), <= body.h);
                    body.range(at, value, len.into())?;
                }
                Kind::Count => {
                    count = value;
                    body.range(at, slot, count)?;
                    if effects.contains(Effects::RET) {
                        need!(at, SlotUnset: sum(slot, count), <= body.h);
                    } else {
                        need!(at, ZeroCount: count, > 0u32);
                        need!(at, SlotFrame: sum(slot, count), <= body.frame);
                        end = slot.saturating_add(count);
                    }
                }
                Kind::Imm16 | Kind::Imm32 | Kind::Off16 | Kind::Off32 => {}
                Kind::Leader32 => target = Some(value),
                Kind::Leader16 => {
                    // Counted from the leader of the next block.
                    let delta = u16::try_from(value).unwrap_or(0).cast_signed();
                    target = Some(body.passed.checked_add_signed(delta.into()).unwrap_or(NO_INDEX));
                    near = true;
                }
                Kind::BrTable => {
                    self.arms = if self.first_arm.is_some() { self.arms } else { value };
                    self.first_arm.get_or_insert(value);
                    need!(at, BrTablePlace: value, == self.arms);
                    table = Some(value);
                }
                Kind::Fuel => {
                    need!(at, Fuel: value, if (1..=POLL_MAX.into()).contains(&value));
                    fuel = Some(value);
                }
                Kind::Which(len) => need!(at, Which: value, < u32::from(len)),
                Kind::Pool => need!(at, PoolIndex: value, < self.tables.pool),
                Kind::Global | Kind::GlobalMut => {
                    let global = at.get(Code::GlobalIndex, self.tables.globals, value)?;
                    need!(at, GlobalConst: value, if field.kind == Kind::Global || global.mutable != 0);
                }
                Kind::GlobalImport | Kind::GlobalImportMut => {
                    let global = self.imported_global(at, Code::GlobalIndex, value)?;
                    need!(at, GlobalConst: value, if field.kind == Kind::GlobalImport || global.flags != 0);
                }
                Kind::FuncRef => self.reference(at, value)?,
                Kind::CallBase => base = value,
                Kind::Func => {
                    let func = at.get(Code::CallFunc, self.tables.funcs, value)?;
                    callee = Some((at.get(Code::CallFunc, self.tables.sigs, func.sig)?, func.depth));
                }
                Kind::Import => {
                    need!(at, ImportIndex: value, < self.found.imported.funcs);
                    let import = at.get(Code::ImportIndex, self.tables.imports, value)?;
                    callee = Some((at.get(Code::ImportIndex, self.tables.sigs, import.desc)?, 0));
                    host_cost = import.cost;
                }
                Kind::Sig => {
                    let depth = at.get(Code::CallSig, self.tables.sig_depths, value)?.depth;
                    callee = Some((at.get(Code::CallSig, self.tables.sigs, value)?, depth));
                    if effects.contains(Effects::CERTIFIED) {
                        // Others fill an imported table with functions that SIGDEPTH knows nothing of.
                        need!(at, CallTable: 0u32, if self.found.imported.tables == 0);
                        need!(at, CallSigDepth: value, if depth != NO_INDEX);
                    }
                    if row.field(Kind::Table).is_none() {
                        need!(at, CallTable: self.table_type(at, Code::CallTable, 0)?, == FUNCREF);
                    }
                }
                Kind::Table | Kind::Elem => {
                    let ty = match field.kind {
                        Kind::Table => self.table_type(at, Code::TableIndex, value)?,
                        _ => at.get(Code::ElemIndex, self.tables.image.elems(), value)?.ty,
                    };
                    need!(at, CallTable: ty, if callee.is_none() || ty == FUNCREF.into());
                    need!(at, TableTypes: ty, == table_ty.unwrap_or(ty));
                    table_ty = Some(ty);
                }
                Kind::Data => {
                    at.get(Code::DataIndex, self.tables.image.datas(), value)?;
                }
            }
        }
        let cost = row.cost(count, host_cost);
        need!(at, Credit: cost, <= body.cr);
        body.cr = body.cr.saturating_sub(cost);
        self.floats |= effects.contains(Effects::FLOAT);
        let touches = effects.intersects(Effects::READS_MEM.union(Effects::WRITES_MEM));
        need!(at, NoMemory: 0u32, if self.found.memory || !touches && op != Op::MemorySize && op != Op::MemoryGrow);
        need!(at, Grows: 0u32, if !self.limits.bounded_only || !effects.contains(Effects::GROWS));
        body.h = body.h.max(end);
        if effects.contains(Effects::CALL) {
            let (sig, depth) = callee.ok_or_else(|| at.refuse(Code::Opcode, 0, words.code().into()))?;
            // R14, R15, R17
            need!(at, CallBase: base, >= body.header);
            need!(at, CallArgs: sum(base, sig.params), <= body.h);
            need!(at, CallResults: sum(base, sig.results), <= body.frame);
            if effects.contains(Effects::CERTIFIED) {
                need!(at, CallDepth: sum(sum(base, HEADER), depth), <= body.func.depth);
            } else if row.field(Kind::Import).is_none() {
                need!(at, BoundedCall: self.tables.image.header.class, != 1u32);
            }
            body.h = base.saturating_add(sig.results.into());
            body.acc = sig.results != 0;
        } else if effects.intersects(Effects::ACC_SET.union(Effects::ACC_CLOBBER)) {
            body.acc = effects.contains(Effects::ACC_SET);
        }
        if effects.contains(Effects::RET) {
            let values = match op {
                Op::Ret => 0,
                Op::RetS | Op::RetA => 1,
                Op::RetN => count,
                _ => NO_INDEX,
            };
            need!(at, RetArity: values, == body.sig.results);
        }
        let pays = effects.contains(Effects::PAY);
        let mut step = Step { op, words, pc: at.pc, charge: 0, delta: 0 };
        if let Some(fuel) = fuel {
            step.charge = u16::try_from(fuel.saturating_sub(body.cr)).unwrap_or(u16::MAX); // at most `fuel`
            body.cr = body.cr.max(fuel);
        }
        if let Some(target) = target {
            (step.delta, step.charge) = self.branch(at, body, target, pays)?;
            need!(at, BranchFar: step.delta.unsigned_abs(), if !near || step.delta.unsigned_abs() <= FAR);
        }
        self.sink.op(&step)?;
        if let Some(table) = table {
            self.br_table(at, body, table, pays)?;
        }
        Ok(())
    }

    /// An edge to a leader by its index: distance and charge.
    #[inline(always)]
    fn branch(&self, at: At<'_>, body: &Body<'_, '_>, target: u32, pays: bool) -> Result<(i32, u16)> {
        let leader = self.leader(at, body.func, target)?;
        // A leader within its function is less than 2^29 words away; where it stands is checked in its turn.
        let delta = i64::from(leader.pc).saturating_sub(at.pc.into());
        let delta = i32::try_from(delta).map_err(|_| at.refuse(Code::LeaderPlace, 0, leader.pc.into()))?;
        Ok((delta, body.edge(at, &leader, pays)?))
    }

    /// R19: the next branch table, `n` and `n + 1` leaders; each is an edge.
    #[inline(always)]
    fn br_table(&mut self, at: At<'_>, body: &Body<'_, '_>, table: u32, pays: bool) -> Result {
        let n = at.get(Code::BrTableLen, self.tables.brtabs, table)?.value;
        need!(at, BrTableLen: n, <= MAX_ARMS);
        let (first, len) = (table.saturating_add(1), n.saturating_add(1));
        self.arms = first.saturating_add(len);
        self.sink.table(len)?;
        for (arm, operand) in (first..self.arms).zip(0..) {
            self.tick()?;
            let at = At { operand, ..at };
            let target = at.get(Code::BrTableLen, self.tables.brtabs, arm)?.value;
            let (delta, charge) = self.branch(at, body, target, pays)?;
            self.sink.arm(delta, charge)?;
        }
        Ok(())
    }
}
