//! Code, op by op: R7-R20.

use super::{At, Check, Code, FAR, HEADER, MAX_ARMS, Result, Seen, Sink, Step, need, sum};
use crate::{
    image::{Func, Leader, NO_INDEX, SectionKind, Sig, valtype::FUNCREF},
    isa::{EXT, Effects, Kind, POLL_MAX},
    op::{Op, Row, Words},
};
use core::ops::Range;

/// Kinds of fields that name a leader.
const LEADER: u32 = Kind::bits(&[Kind::Leader16, Kind::Leader32]);
/// Those, and kinds of fields of which only slots have rules.
const PLAIN: u32 =
    LEADER | Kind::bits(&[Kind::Src, Kind::SrcDst, Kind::Dst, Kind::Imm16, Kind::Imm32, Kind::Off16, Kind::Off32]);

/// What the fields of an op say.
#[derive(Clone, Copy, Debug, Default)]
struct Fields {
    /// Where the slots written end.
    end: u32,
    /// The `Count` field.
    count: u32,
    /// Leader that it branches to, and whether it must be near.
    target: Option<u32>,
    near: bool,
    table: Option<u32>,
    fuel: Option<u32>,
    /// Of a call: window, declared cost, signature and depth of the callee.
    base: u32,
    host_cost: u32,
    callee: Option<(Sig, u32)>,
}

/// A function under check, and what holds before its next op.
struct Body<'f, 's> {
    func: &'f Func,
    sig: Sig,
    frame: u32,
    /// First header slot: max(params, results).
    header: u32,
    /// Leaders at or before the op.
    passed: u32,
    /// Its start.
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

    /// The leader that a 16-bit field names, counted from that of the next block.
    #[inline(always)]
    fn near(&self, value: u32) -> u32 {
        let delta = u16::try_from(value).unwrap_or(0).cast_signed();
        self.passed.checked_add_signed(delta.into()).unwrap_or(NO_INDEX)
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
        let mut next = self.next_leader(body.at, &body, None)?;
        // Control comes here from the op before; at first from the caller.
        let mut reached = true;
        let mut pc = 0u32;
        while pc < body.func.code_len {
            self.tick()?;
            let at = At { pc, ..body.at };
            if let Some(leader) = next.filter(|leader| leader.pc == at.pc) {
                if reached {
                    body.edge(at, &leader, false)?;
                }
                (body.h, body.cr, body.acc) = (leader.height.into(), leader.credit.into(), false);
                body.passed = body.passed.saturating_add(1);
                next = self.next_leader(at, &body, Some(pc))?;
            } else {
                need!(at, DeadCode: at.pc, if reached);
            }
            let mut words = Words { first: code.next().unwrap_or(0), ext: 0 };
            let op = Op::from_u16(words.code()).ok_or_else(|| at.refuse(Code::Opcode, 0, words.code().into()))?;
            let row = op.row();
            pc = pc.saturating_add(row.words.into());
            if row.words == 2 {
                words.ext = code.next().unwrap_or(0);
                need!(at, Ext: words.ext & 0xffff, if words.ext & 0xffff == EXT.into() && pc <= body.func.code_len);
            }
            need!(at, StrayBits: words.first, if !words.stray_bits(row));
            self.op(at, &mut body, op, row, words)?;
            reached = !row.effects.contains(Effects::TERMINATOR);
            if let Some(leader) = next {
                need!(at, LeaderExt: leader.pc, >= pc);
            }
        }
        need!(At { pc, ..body.at }, FallOff: pc, if !reached);
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
    fn next_leader(&self, at: At<'_>, body: &Body<'_, '_>, last: Option<u32>) -> Result<Option<Leader>> {
        if body.passed == body.func.leader_len {
            return Ok(None);
        }
        let leader = self.leader(at, body.func, body.passed)?;
        let at = At { pc: leader.pc, operand: body.passed, ..at };
        need!(at, LeaderOrder: leader.pc, if last.is_none_or(|last| last < leader.pc));
        need!(at, LeaderPlace: leader.pc, < body.func.code_len);
        need!(at, LeaderHeight: leader.height, <= body.frame);
        need!(at, LeaderCredit: leader.credit, <= POLL_MAX);
        Ok(Some(leader))
    }

    /// One op: reads and indices by the fields of its row, then cost, writes and edges.
    #[inline(always)]
    fn op(&mut self, at: At<'_>, body: &mut Body<'_, '_>, op: Op, row: &'static Row, words: Words) -> Result {
        need!(at, AccUnset: 0u32, if body.acc || !row.effects.contains(Effects::ACC_IN));
        // Most ops have slots, numbers and a leader alone. If their slots are as the rules want them, that is all; else
        // the rules say which is not. Of the slots written, only one at `h` raises it.
        let [h, frame] = [body.h, body.frame].map(|slots| u16::try_from(slots).unwrap_or(0));
        let wrong = words.any_at_least(row.reads, h, row.writes, frame.min(h.saturating_add(1)));
        if row.kinds & !PLAIN != 0 || wrong {
            return self.by_fields(at, body, op, row, words);
        }
        let mut fields = Fields::default();
        if words.at_least(row.writes, h).any() {
            fields.end = u32::from(h).saturating_add(1);
        }
        if row.kinds & LEADER != 0 {
            for field in row.fields {
                let value = words.get(field.at);
                match field.kind {
                    Kind::Leader32 => fields.target = Some(value),
                    Kind::Leader16 => (fields.target, fields.near) = (Some(body.near(value)), true),
                    _ => {}
                }
            }
        }
        self.effects(at, body, op, row, words, fields)
    }

    /// An op, by the rules of each of its fields.
    #[inline(never)]
    fn by_fields(&mut self, at: At<'_>, body: &mut Body<'_, '_>, op: Op, row: &'static Row, words: Words) -> Result {
        let effects = row.effects;
        let mut fields = Fields::default();
        let Fields { end, count, target, near, table, fuel, base, host_cost, callee } = &mut fields;
        // The last slot field; the type of the table of a call.
        let (mut slot, mut table_ty) = (0, None);
        // The ops of a chain one after the other: what one writes, those behind it may read. Fields left of the op at
        // hand, and slots that are initialised before it.
        let mut parts = op.parts().map_or(&[][..], |parts| parts.ops).iter();
        let (mut left, mut set) = (0, body.h);
        for (operand, field) in (0..).zip(row.fields) {
            let (value, at) = (words.get(field.at), At { operand, ..at });
            while left == 0 {
                left = parts.next().map_or(usize::MAX, |part| part.row().fields.len());
                set = set.max(*end);
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
                    (slot, *end) = (value, value.saturating_add(1).max(*end));
                }
                Kind::Window(len) => {
                    need!(at, SlotUnset: sum(value, len), <= body.h);
                    body.range(at, value, len.into())?;
                }
                Kind::Count => {
                    *count = value;
                    body.range(at, slot, value)?;
                    if effects.contains(Effects::RET) {
                        need!(at, SlotUnset: sum(slot, value), <= body.h);
                    } else {
                        need!(at, ZeroCount: value, > 0u32);
                        need!(at, SlotFrame: sum(slot, value), <= body.frame);
                        *end = slot.saturating_add(value);
                    }
                }
                Kind::Imm16 | Kind::Imm32 | Kind::Off16 | Kind::Off32 => {}
                Kind::Leader32 => *target = Some(value),
                Kind::Leader16 => (*target, *near) = (Some(body.near(value)), true),
                Kind::BrTable => {
                    self.arms = if self.first_arm.is_some() { self.arms } else { value };
                    self.first_arm.get_or_insert(value);
                    need!(at, BrTablePlace: value, == self.arms);
                    *table = Some(value);
                }
                Kind::Fuel => {
                    need!(at, Fuel: value, if (1..=POLL_MAX.into()).contains(&value));
                    *fuel = Some(value);
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
                Kind::CallBase => *base = value,
                Kind::Func => {
                    let func = at.get(Code::CallFunc, self.tables.funcs, value)?;
                    *callee = Some((at.get(Code::CallFunc, self.tables.sigs, func.sig)?, func.depth));
                }
                Kind::Import => {
                    need!(at, ImportIndex: value, < self.found.imported.funcs);
                    let import = at.get(Code::ImportIndex, self.tables.imports, value)?;
                    *callee = Some((at.get(Code::ImportIndex, self.tables.sigs, import.desc)?, 0));
                    *host_cost = import.cost;
                }
                Kind::Sig => {
                    let depth = at.get(Code::CallSig, self.tables.sig_depths, value)?.depth;
                    *callee = Some((at.get(Code::CallSig, self.tables.sigs, value)?, depth));
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
        self.effects(at, body, op, row, words, fields)
    }

    /// What an op does, whose fields are as the rules want them.
    #[inline(always)]
    fn effects(
        &mut self,
        at: At<'_>,
        body: &mut Body<'_, '_>,
        op: Op,
        row: &'static Row,
        words: Words,
        fields: Fields,
    ) -> Result {
        let effects = row.effects;
        let Fields { end, count, target, near, table, fuel, base, host_cost, callee } = fields;
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
        let mut step = Step { op, row, words, pc: at.pc, charge: 0, delta: 0 };
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
