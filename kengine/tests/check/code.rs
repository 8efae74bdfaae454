//! Directed images: code, and code with tables.

use super::{
    accepted::with_jump_over,
    build::*,
    refused::{Add, AddBody},
};
use kengine::{
    check::Code,
    image::{
        KIND_MEMORY, KIND_TABLE,
        valtype::{EXTERNREF, FUNCREF},
    },
    isa::POLL_MAX,
    op::{OPS, Op},
};

/// R7-R20 where a body of `SCRATCH` is all it takes.
pub(crate) fn code(case: AddBody<'_>) {
    case(Code::FloatFlag, "missing", body![(F32AddSs 0 0 1), (RetA)]);
    case(Code::Opcode, "0", vec![Item::Op(vec![0])]);
    case(Code::Opcode, "past the last", vec![Item::Op(vec![OPS.len() as u64 + 1])]);
    case(Code::Opcode, "second word alone", vec![Item::Op(vec![0xffff])]);
    case(Code::Ext, "missing", vec![Item::Op(vec![words(Op::Select, &[0, 0, 1, 1])[0]])]);
    case(Code::Ext, "not EXT", vec![Item::Op(vec![words(Op::Select, &[0, 0, 1, 1])[0], 1])]);
    case(Code::StrayBits, "first word", vec![Item::Op(vec![Op::RetS as u64 | 1 << 32])]);
    case(Code::StrayBits, "second word", {
        let mut words = words(Op::Select, &[0, 0, 1, 1]);
        words[1] |= 1 << 32;
        vec![Item::Op(words)]
    });

    case(Code::Credit, "block", body![(Fuel 1), (Leader 2 0), (RetS 0)]);
    case(Code::Credit, "fuel itself", body![(Leader 2 0), (Fuel 9), (RetS 0)]);
    case(Code::Credit, "zero of many", body![(Leader 2 1), (Zero 2 1), (RetS 0)]);
    case(Code::Credit, "slow op", body![(Leader 2 8), (DataDrop 0), (RetS 0)]);
    case(Code::Credit, "host's cost", body![(Leader 2 18), (ConstU 2 0), (CallImport 2 0), (RetS 0)]);
    case(Code::Fuel, "0", body![(Fuel 0), (RetS 0)]);
    case(Code::Fuel, "above POLL_MAX", body![(Fuel (POLL_MAX + 1)), (RetS 0)]);

    case(Code::SlotUnset, "src", body![(Copy 0 2), (RetS 0)]);
    case(Code::SlotUnset, "second src", body![(I32AddSs 0 0 2), (RetS 0)]);
    case(Code::SlotUnset, "fourth field", body![(Select 0 0 0 2), (RetS 0)]);
    case(Code::SlotUnset, "own result", body![(I32AddSi 2 2 1), (RetS 0)]);
    case(Code::SlotUnset, "loop variable", body![(Leader 2 9), (LoopI32NeIPay 2 1 1 (-1)), (RetS 0)]);
    case(Code::SlotUnset, "window", body![(Zero 2 2), (MemoryFill 2), (RetS 0)]);
    case(Code::SlotUnset, "result", body![(RetS 2)]);
    case(Code::SlotUnset, "results", body![(Zero 2 1), (RetN 2 2)]);
    case(Code::SlotUnset, "table index", body![(CallxIndirect 2 2 N_N), (RetS 0)]);
    case(Code::SlotUnset, "dead window", body![(Zero 2 3), (CallImport 2 0), (RetS 3)]);
    case(Code::SlotUnset, "leader lowers the height", body![(Zero 2 1), (Leader 2 9), (RetS 2)]);
    case(Code::SlotUnset, "a pair reads what its second half writes", body![(CopyThenI32AddSi 0 2 2 0 1), (RetS 0)]);
    case(
        Code::SlotUnset,
        "the second half of a pair reads what it writes",
        body![(CopyThenI32AddSi 0 1 2 2 1), (RetS 0)],
    );
    case(Code::SlotUnset, "a pair writes less than it reads", body![(CopyThenI32AddSi 2 0 0 3 1), (RetS 0)]);
    case(Code::SlotHole, "second half of a pair", body![(CopyThenCopy 2 0 4 0), (RetS 0)]);
    case(Code::SlotHole, "pair in the wrong order", body![(CopyThenCopy 3 0 2 0), (RetS 0)]);
    case(Code::SlotUnset, "second half of a pair", body![(CopyThenCopy 0 1 0 2), (RetS 0)]);
    case(Code::SlotFrame, "first half of a pair", body![(Zero 2 6), (CopyThenCopy 8 0 1 0), (RetS 0)]);
    case(Code::SlotHole, "dst", body![(ConstU 3 0), (RetS 0)]);
    case(Code::SlotHole, "zero", body![(Zero 3 1), (RetS 0)]);
    case(Code::SlotFrame, "dst", body![(Zero 2 6), (ConstU 8 0), (RetS 0)]);
    case(Code::SlotFrame, "zero", body![(Zero 2 7), (RetS 0)]);
    case(Code::SlotFrame, "zero wraps", body![(Zero 2 0xffff), (RetS 0)]);
    case(Code::Straddle, "window reads the header as a slot", body![(Zero 2 2), (MemoryCopy 1), (RetS 0)]);
    case(Code::Straddle, "window from slot 0", body![(Zero 2 2), (MemoryFill 0), (RetS 0)]);
    case(Code::Straddle, "zero over the header", body![(Zero 1 2), (RetS 0)]);
    case(Code::Straddle, "results over the header", body![(Zero 2 2), (RetN 1 2)]);
    case(Code::AccUnset, "entry", body![(RetA)]);
    case(Code::AccUnset, "leader after a set", body![(CopyN 0), (Leader 2 9), (RetA)]);
    case(Code::AccUnset, "stale at a loop head", {
        body![(CopyN 0), (Leader 2 9), (I32AddAiN 1), (BrNeSsPay 0 1 (-1)), (RetA)]
    });
    case(Code::AccUnset, "clobbered", body![(CopyN 0), (TableSize 0 0), (RetA)]);
    case(Code::AccUnset, "call without result", body![(CopyN 0), (ConstU 2 0), (CallImport 2 0), (RetA)]);
    case(Code::AccUnset, "a pair's first half", body![(I64ShrUAiNThenXorAs 1 0 0), (RetS 0)]);
    case(Code::AccUnset, "a pair's store", body![(Store64SaThenI32AddSi 0 0 0 0 1), (RetS 0)]);
    case(Code::AccUnset, "copy sets nothing", body![(Copy 0 1), (CopyA 0), (RetS 0)]);
    case(Code::ZeroCount, "zero", body![(Zero 2 0), (RetS 0)]);

    case(Code::LeaderOrder, "twice", body![(Leader 2 9), (Leader 2 9), (RetS 0)]);
    case(Code::LeaderExt, "second word", {
        let words = words(Op::Select, &[0, 0, 1, 1]);
        vec![Item::Op(vec![words[0]]), Item::Leader(2, 9), Item::Op(vec![words[1]]), body![(RetS 0)][0].clone()]
    });
    case(Code::LeaderPlace, "at the end", body![(RetS 0), (Leader 2 9)]);
    case(Code::LeaderHeight, "above the frame", body![(BrPay 0), (Leader 9 9), (RetS 0)]);
    case(Code::LeaderCredit, "above POLL_MAX", body![(BrPay 0), (Leader 2 (POLL_MAX + 1)), (RetS 0)]);

    case(Code::BranchTarget, "32 bits", body![(BrPay 1), (Leader 2 9), (RetS 0)]);
    case(Code::BranchTarget, "no leaders at all", body![(BrPay 0)]);
    case(Code::BranchTarget, "16 bits, behind the last", body![(BrNeSs 0 1 0), (RetS 0)]);
    case(Code::BranchTarget, "16 bits, before the first", body![(Leader 2 9), (BrNeSs 0 1 (-2)), (RetS 0)]);
    case(Code::EdgeHeight, "branch", body![(BrPay 0), (Leader 3 9), (RetS 0)]);
    case(Code::EdgeHeight, "conditional", body![(BrIfSPay 0 0), (RetS 0), (Leader 3 9), (RetS 2)]);
    case(Code::EdgeHeight, "back", body![(Zero 2 1), (Leader 3 30), (CallImport 2 0), (BrPay 0)]);
    case(Code::EdgeHeight, "fall through", body![(Copy 0 1), (Leader 3 9), (RetS 2)]);
    case(Code::EdgeHeight, "entry", body![(Leader 3 9), (RetS 2)]);
    case(Code::EdgeHeight, "behind a branch", body![(Leader 2 20), (BrIfSPay 0 0), (Leader 3 9), (RetS 2)]);
    case(Code::EdgeCredit, "branch", body![(Br 0), (Leader 2 100), (RetS 0)]);
    case(Code::EdgeCredit, "cycle without a charge", body![(Leader 2 9), (Br 0)]);
    case(Code::EdgeCredit, "irreducible cycle", {
        body![(BrIfSPay 0 1), (Leader 2 9), (Copy 0 1), (Br 1), (Leader 2 8), (Copy 0 1), (Br 0)]
    });
    case(Code::EdgeCredit, "fall through", body![(Copy 0 1), (Leader 2 100), (RetS 0)]);
    case(Code::EdgeCredit, "entry", body![(Leader 2 101), (RetS 0)]);
    case(Code::EdgeCredit, "fall through of a paying branch", {
        body![(Leader 2 20), (BrIfSPay 0 0), (Leader 2 20), (RetS 0)]
    });
    case(Code::DeadCode, "after ret", body![(RetS 0), (RetS 0)]);
    case(Code::DeadCode, "after br", body![(Leader 2 9), (BrPay 0), (RetS 0)]);
    case(Code::FallOff, "plain", body![(Copy 0 1)]);
    case(Code::FallOff, "conditional branch", body![(Leader 2 9), (BrIfSPay 0 0)]);

    case(Code::CallFunc, "index", body![(ConstU 2 0), (Call 2 4), (RetA)]);
    case(Code::CallBase, "base 1: callee's header over the caller's", body![(Call 1 INC), (RetS 0)]);
    case(Code::CallBase, "base 0", body![(Call 0 SWAP), (RetS 0)]);
    case(Code::CallBase, "import", body![(CallImport 1 0), (RetS 0)]);
    case(Code::CallBase, "indirect", body![(CallIndirect 1 0 I_I), (RetS 0)]);
    case(Code::CallArgs, "one", body![(Call 2 INC), (RetA)]);
    case(Code::CallArgs, "two", body![(ConstU 2 0), (Call 2 SWAP), (RetA)]);
    case(Code::CallArgs, "import", body![(CallImport 2 0), (RetS 0)]);
    case(Code::CallResults, "no arguments, one result", body![(Zero 2 6), (CallImport 8 1), (RetS 0)]);
    case(Code::CallDepth, "direct", body![(Zero 2 4), (Call 2 SCRATCH), (RetA)]);
    case(Code::RetArity, "none", body![(Ret)]);
    case(Code::RetArity, "two", body![(RetN 0 2)]);
    case(Code::CallSig, "index", body![(ConstU 2 0), (CallxIndirect 2 0 7), (RetS 0)]);
    case(Code::CallTable, "externref", body![(ConstU 2 0), (CallxIndirectT 2 0 I_I 1), (RetS 0)]);
    case(Code::CallSigDepth, "none", body![(ConstU 2 0), (CallIndirect 2 0 L_L), (RetS 0)]);
    case(Code::RefFlag, "ref_func of an unflagged function", body![(RefFunc 0 (IMPORTED + 2)), (RetS 0)]);
    case(Code::RefIndex, "ref_func", body![(RefFunc 0 (IMPORTED + 4)), (RetS 0)]);
    case(Code::ImportIndex, "function", body![(ConstU 2 0), (CallImport 2 2), (RetS 0)]);
    case(Code::GlobalIndex, "get", body![(GlobalGet 0 5), (RetS 0)]);
    case(Code::GlobalIndex, "set", body![(GlobalSetS 0 5), (RetS 0)]);
    case(Code::GlobalIndex, "get import", body![(GlobalGetImport 0 2), (RetS 0)]);
    case(Code::GlobalIndex, "set import", body![(GlobalSetImport 0 2), (RetS 0)]);
    case(Code::GlobalConst, "own", body![(GlobalSetS 0 1), (RetS 0)]);
    case(Code::GlobalConst, "imported", body![(GlobalSetImport 0 0), (RetS 0)]);
    case(Code::Which, "unary", body![(Extend 0 1 4), (RetS 0)]);
    case(Code::Which, "binary", body![(FloatMinMax 0 0 1 4), (RetS 0)]);
    case(Code::PoolIndex, "index", body![(ConstPool 0 2), (RetS 0)]);
    case(Code::TableIndex, "get", body![(TableGet 0 0 2), (RetS 0)]);
    case(Code::TableIndex, "call", body![(ConstU 2 0), (CallxIndirectT 2 0 I_I 2), (RetS 0)]);
    case(Code::TableTypes, "copy", body![(Zero 2 3), (TableCopy 2 0 1), (RetS 0)]);
    case(Code::TableTypes, "init", body![(Zero 2 3), (TableInit 2 0 1), (RetS 0)]);
    case(Code::ElemIndex, "init", body![(Zero 2 3), (TableInit 2 0 3), (RetS 0)]);
    case(Code::ElemIndex, "drop", body![(ElemDrop 3), (RetS 0)]);
    case(Code::DataIndex, "init", body![(Zero 2 3), (MemoryInit 2 2), (RetS 0)]);
    case(Code::DataIndex, "drop", body![(DataDrop 2), (RetS 0)]);
}

/// R7-R20 where code and tables must play together.
pub(crate) fn code_and_tables(case: Add<'_>) {
    case(Code::BranchFar, "loop exit", &|m| *m = with_jump_over(10_921, body![(BrEqSsPay 0 1 3)]));
    case(Code::Ext, "of the next function", &|m| {
        let words = words(Op::Select, &[0, 0, 0, 0]);
        (m.funcs[INC].code, m.funcs[SWAP].code) = (vec![words[0]], vec![words[1]]);
    });
    case(Code::ImportIndex, "memory", &|m| {
        m.memories.clear();
        m.imports.insert(2, import(KIND_MEMORY, N_N, (15, 1)));
        m.scratch(body![(CallImport 2 2), (RetS 0)]);
    });
    case(Code::LeaderOrder, "descending", &|m| {
        m.scratch(body![(Copy 0 1), (Leader 2 9), (Copy 0 1), (Leader 2 8), (RetS 0)]);
        m.funcs[SCRATCH].leaders.swap(0, 1);
    });
    case(Code::LeaderPlace, "far outside, jumped to", &|m| {
        m.scratch(body![(BrIfSPay 0 0), (RetS 0), (Leader 2 9)]);
        m.funcs[SCRATCH].leaders[0].pc = u32::MAX;
    });
    case(Code::RetArity, "ret_s without results", &|m| {
        m.funcs[MAIN].body(body![(Zero 0 1), (RetS 0)]);
        m.brtab.clear();
    });
    case(Code::RetArity, "ret_a of two", &|m| m.funcs[SWAP].body(body![(CopyN 0), (RetA)]));
    case(Code::CallDepth, "indirect", &|m| {
        m.funcs[SCRATCH].func.depth = 11;
        m.scratch(body![(Zero 2 4), (CallIndirect 5 0 I_I), (RetS 5)]);
        m.funcs[SCRATCH].func.depth = 10;
    });
    case(Code::CallDepth, "recursion", &|m| {
        m.funcs[INC].func.frame = 3;
        m.funcs[INC].func.depth = 1000;
        m.sig_depths[I_I as usize] = 1000;
        m.funcs[INC].func.credit = 9;
        m.funcs[INC].body(body![(Copy 1 0), (Call 1 INC), (RetA)]);
        m.small();
    });
    case(Code::CallDepth, "recursion through the table", &|m| {
        m.funcs[INC].func.frame = 3;
        m.funcs[INC].func.depth = 1000;
        m.sig_depths[I_I as usize] = 1000;
        m.funcs[INC].func.credit = 9;
        m.funcs[INC].body(body![(Copy 1 0), (CallIndirect 1 0 I_I), (RetA)]);
        m.small();
    });
    case(Code::CallTable, "none", &|m| {
        m.small();
        m.tables.clear();
        m.elems.clear();
        m.items.clear();
        m.exports.remove(2);
        m.scratch(body![(ConstU 2 0), (CallxIndirect 2 0 I_I), (RetS 0)]);
    });
    case(Code::CallTable, "table 0 of externref", &|m| {
        m.small();
        m.tables.remove(0);
        m.elems.clear();
        m.items.clear();
        m.exports.remove(2);
        m.scratch(body![(ConstU 2 0), (CallIndirect 2 0 I_I), (RetS 0)]);
    });
    case(Code::CallTable, "certified through an imported table", &|m| {
        m.small();
        m.imports.insert(2, import(KIND_TABLE, FUNCREF.into(), (15, 1)));
        m.exports.remove(2);
        m.scratch(body![(ConstU 2 0), (CallIndirect 2 0 I_I), (RetS 0)]);
    });
    case(Code::TableTypes, "imported table", &|m| {
        m.small();
        m.imports.insert(2, import(KIND_TABLE, EXTERNREF.into(), (15, 1)));
        m.elems[0].table = 1;
        m.scratch(body![(Zero 2 3), (TableCopy 2 0 1), (RetS 0)]);
    });
    case(Code::BrTablePlace, "skipped", &|m| {
        m.brtab.extend([0; 4]);
        m.scratch(body![(BrTablePay 0 5)]);
    });
    case(Code::BrTablePlace, "used twice", &|m| m.scratch(body![(BrTablePay 0 0)]));
    case(Code::BrTableLen, "no table", &|m| m.scratch(body![(BrTablePay 0 3)]));
    case(Code::BrTableLen, "runs out", &|m| m.brtab[0] = 2);
    case(Code::BrTableLen, "wraps", &|m| m.brtab[0] = u32::MAX);
    case(Code::BrTableLen, "too long", &|m| {
        m.brtab = vec![1; 65_538];
        m.brtab[0] = 65_536;
    });
    case(Code::BrTablePlace, "unused", &|m| m.brtab.extend([0, 0]));
    case(Code::BranchTarget, "arm", &|m| m.brtab[1] = 4);
    case(Code::BranchTarget, "leader of the next function", &|m| {
        m.funcs[INC].body(body![(Leader 1 2), (I32AddSi 0 0 1), (RetA)]);
        m.brtab[1] = 4;
    });
    case(Code::EdgeHeight, "arm", &|m| {
        m.small();
        m.brtab = vec![1, 0, 1];
        m.scratch(body![(BrTablePay 0 0), (Leader 2 9), (RetS 0), (Leader 3 9), (RetS 0)]);
    });
    case(Code::EdgeCredit, "arm", &|m| {
        m.small();
        m.brtab = vec![1, 0, 1];
        m.scratch(body![(BrTable 0 0), (Leader 2 9), (RetS 0), (Leader 2 100), (RetS 0)]);
    });
    for (name, body) in [
        ("load", body![(Load32US 0 0 0), (RetS 0)]),
        ("store", body![(Store8Ss 0 0 0), (RetS 0)]),
        ("size", body![(MemorySize 0), (RetS 0)]),
        ("grow", body![(MemoryGrow 0 0), (RetS 0)]),
        ("init", body![(Zero 2 3), (MemoryInit 2 0), (RetS 0)]),
        ("copy", body![(Zero 2 3), (MemoryCopy 2), (RetS 0)]),
        ("fill", body![(Zero 2 3), (MemoryFill 2), (RetS 0)]),
    ] {
        case(Code::NoMemory, name, &|m| {
            m.small();
            m.memories.clear();
            m.datas.remove(0);
            m.datas[0].start = 0;
            m.blob.truncate(3);
            m.exports.remove(3);
            m.scratch(body.clone());
        });
    }
}
