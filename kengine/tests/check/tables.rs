//! Directed images: the frame, tables, segments and policy.

use super::{build::*, refused::Add};
use kengine::{
    check::{Code, MAX_PARAMS, MAX_TABLES},
    image::{
        ElemItem, FLAG_FLOAT, INIT_CONST, INIT_FUNC, INIT_GLOBAL, Import, KIND_MEMORY, KIND_TABLE, MODE_DECLARED,
        Memory, SectionKind,
        valtype::{F32, FUNCREF, I32},
    },
    isa::POLL_MAX,
    op::Op,
};

/// R1.
pub(crate) fn frame(case: Add<'_>) {
    case(Code::Truncated, "cut", &|m| m.patch = |b| b.truncate(200));
    case(Code::Truncated, "cut in the header", &|m| m.patch = |b| b.truncate(10));
    case(Code::Truncated, "more sections than bytes", &|m| m.patch = |b| b[28..32].fill(0xff));
    case(Code::Magic, "elf", &|m| m.patch = |b| b[..4].copy_from_slice(b"\x7fELF"));
    case(Code::Magic, "empty", &|m| m.patch = Vec::clear);
    case(Code::Version, "2", &|m| m.patch = |b| b[4] = 2);
    case(Code::TableHash, "other ops", &|m| m.patch = |b| b[16] ^= 1);
    case(Code::Length, "a byte more", &|m| m.patch = |b| b.push(0));
    case(Code::Length, "a byte more, and the header knows", &|m| {
        m.patch = |b| {
            b.push(0);
            b[8] = b[8].wrapping_add(1);
        };
    });
    case(Code::Reserved, "flag", &|m| m.header.flags = 2);
    case(Code::Reserved, "class", &|m| m.header.class = 2);
    case(Code::Reserved, "reserved", &|m| m.header.reserved = 1);
    case(Code::SectionKind, "unknown", &|m| m.patch = |b| patch_section(b, SectionKind::Sig, |s| s.kind = 0x7f));
    case(Code::SectionKind, "twice", &|m| m.patch = |b| patch_section(b, SectionKind::SigTypes, |s| s.kind = 1));
    case(Code::SectionPlace, "late", &|m| m.patch = |b| patch_section(b, SectionKind::Code, |s| s.offset += 8));
    case(Code::SectionPlace, "empty", &|m| m.patch = |b| patch_section(b, SectionKind::Code, |s| s.len = 0));
    case(Code::SectionLen, "count", &|m| m.patch = |b| patch_section(b, SectionKind::Sig, |s| s.count += 1));
    case(Code::Gap, "not zero", &|m| {
        m.patch = |b| {
            let (_, section) = section_at(b, SectionKind::SigTypes);
            b[(section.offset + section.len) as usize] = 1;
        };
    });
    case(Code::ImageSize, "limit", &|m| m.limits.max_image_bytes = m.bytes().len() as u64 - 1);
}

/// R2-R5, R16, R21.
pub(crate) fn tables(case: Add<'_>) {
    case(Code::SigCount, "65,536", &|m| {
        m.sigs = vec![(vec![], vec![]); 65_536];
        m.sig_depths = vec![NONE; 65_536];
    });
    case(Code::SigArity, "params", &|m| m.sigs[6].0 = vec![I32; usize::from(MAX_PARAMS) + 1]);
    case(Code::SigArity, "results", &|m| m.sigs[6].1 = vec![I32; usize::from(MAX_PARAMS) + 1]);
    case(Code::SigTypes, "out of order", &|m| m.sections = |b| b.section(SectionKind::Sig)[4 + 8] = 1);
    case(Code::SigTypes, "past the end", &|m| m.sections = |b| b.section(SectionKind::SigTypes).truncate(12));
    case(Code::SigTypes, "left over", &|m| m.sections = |b| b.section(SectionKind::SigTypes).push(I32));
    case(Code::ValType, "param", &|m| m.sigs[2].0 = vec![0x40]);
    case(Code::ValType, "result", &|m| m.sigs[1].1 = vec![0x7b]);
    case(Code::SigOrder, "twice", &|m| m.sigs[3] = m.sigs[4].clone());
    case(Code::SigOrder, "descending types", &|m| m.sigs.swap(3, 4));
    case(Code::SigOrder, "descending params", &|m| m.sigs.swap(1, 2));
    case(Code::SigDepthCount, "too few", &|m| m.sig_depths.truncate(6));
    case(Code::SigDepthCount, "too many", &|m| m.sig_depths.push(NONE));

    case(Code::ImportKind, "unknown", &|m| m.imports[3].kind = 4);
    case(Code::ImportKind, "function after global", &|m| m.imports.swap(1, 2));
    case(Code::ImportDesc, "sig", &|m| m.imports[0].desc = 7);
    case(Code::ImportDesc, "global type", &|m| m.imports[3].desc = 0x40);
    case(Code::ImportDesc, "table type", &|m| m.imports.insert(2, import(KIND_TABLE, I32.into(), (15, 1))));
    case(Code::ImportDesc, "memory", &|m| {
        m.memories.clear();
        m.imports.insert(2, import(KIND_MEMORY, 1, (15, 1)));
    });
    case(Code::ImportFields, "function flags", &|m| m.imports[0].flags = 1);
    case(Code::ImportFields, "function min", &|m| m.imports[0].min = 1);
    case(Code::ImportFields, "function max", &|m| m.imports[0].max = 1);
    case(Code::ImportFields, "global flags", &|m| m.imports[3].flags = 2);
    case(Code::ImportFields, "global min", &|m| m.imports[3].min = 1);
    case(Code::ImportFields, "global max", &|m| m.imports[3].max = 1);
    case(Code::ImportFields, "global cost", &|m| m.imports[3].cost = 1);
    case(Code::ImportFields, "global capabilities", &|m| m.imports[3].capabilities = 1);
    case(Code::Name, "not UTF-8", &|m| m.strings.push(0xff));
    case(Code::Name, "module past the end", &|m| m.imports[0].module_len = 1000);
    case(Code::Name, "field past the end", &|m| (m.imports[0].name, m.imports[0].name_len) = (NONE, NONE));
    case(Code::Name, "cut character", &|m| m.exports[3].name_len = 1);
    case(Code::ImportUnknown, "name", &|m| m.imports[0].name_len = 2);
    case(Code::ImportUnknown, "module", &|m| m.imports[0].module_len = 2);
    case(Code::ImportSig, "results", &|m| m.imports[0].desc = I_I);
    case(Code::ImportSig, "params", &|m| m.imports[1].desc = N_N);
    case(Code::ImportCost, "cheaper", &|m| m.imports[0].cost = 9);
    case(Code::ImportCost, "dearer", &|m| m.imports[0].cost = 11);
    case(Code::ImportCost, "too dear", &|m| {
        m.host.cost = (1 << 20) + 1;
        m.imports[0].cost = m.host.cost;
        m.small();
    });
    case(Code::ImportCaps, "fewer", &|m| (m.imports[0].capabilities, m.header.capabilities) = (0, 2));
    case(Code::Denied, "not granted", &|m| m.limits.granted = 1);
    case(Code::HeaderCaps, "more", &|m| m.header.capabilities = 7);
    case(Code::HeaderCaps, "fewer", &|m| m.header.capabilities = 1);

    case(Code::FuncCode, "out of order", &|m| m.sections = |b| b.section(SectionKind::Func)[0] = 1);
    case(Code::FuncCode, "shared", &|m| m.sections = |b| b.section(SectionKind::Func)[32] -= 1);
    case(Code::FuncCode, "past the end", &|m| m.sections = |b| b.section(SectionKind::Func)[3 * 32 + 4] = 2);
    case(Code::FuncCode, "wraps", &|m| m.sections = |b| b.section(SectionKind::Func)[3 * 32 + 4..][..4].fill(0xff));
    case(Code::FuncCode, "empty", &|m| m.funcs[SCRATCH].code.clear());
    case(Code::FuncCode, "left over", &|m| m.sections = |b| b.section(SectionKind::Code).extend([0; 8]));
    case(Code::FuncLeaders, "out of order", &|m| m.sections = |b| b.section(SectionKind::Func)[8] = 1);
    case(Code::FuncLeaders, "past the end", &|m| m.sections = |b| b.section(SectionKind::Func)[3 * 32 + 12] = 1);
    case(Code::FuncLeaders, "left over", &|m| m.sections = |b| b.section(SectionKind::Leader).extend([0; 8]));
    case(Code::FuncSig, "index", &|m| m.funcs[SCRATCH].func.sig = 7);
    case(Code::FuncFrame, "params", &|m| m.funcs[SCRATCH].func.frame = 1);
    case(Code::FuncFrame, "results", &|m| {
        m.sigs[6].1 = vec![I32; 9];
    });
    case(Code::FuncFrame, "no room for the header", &|m| {
        (m.funcs[SCRATCH].func.frame, m.funcs[SCRATCH].func.depth) = (65_534, 70_000);
    });
    case(Code::FuncDepth, "frame without header", &|m| m.funcs[SCRATCH].func.depth = 9);
    case(Code::FuncStack, "limit", &|m| m.limits.max_stack_slots = 29);
    case(Code::FuncCredit, "above POLL_MAX", &|m| m.funcs[SCRATCH].func.credit = POLL_MAX + 1);
    case(Code::FuncFlags, "unknown", &|m| m.funcs[SCRATCH].func.flags = 2);
    case(Code::FuncFlags, "reserved", &|m| m.funcs[SCRATCH].func.reserved = 1);
    case(Code::SigDepthBound, "deeper", &|m| m.funcs[INC].func.depth = 5);

    case(Code::MemoryCount, "two", &|m| m.memories.push(m.memories[0]));
    case(Code::MemoryCount, "own and imported", &|m| m.imports.insert(2, import(KIND_MEMORY, 0, (15, 1))));
    case(Code::MemoryLimits, "min above max", &|m| m.memories[0].min = 3);
    case(Code::MemoryLimits, "max above 4 GiB", &|m| m.memories[0].max = 65_537);
    case(Code::MemoryLimits, "min above 4 GiB", &|m| {
        m.limits.max_pages = u32::MAX;
        m.memories[0] = Memory { flags: 0, min: 65_537, max: 0, reserved: 0 };
    });
    case(Code::MemoryLimits, "max without flag", &|m| m.memories[0].flags = 0);
    case(Code::MemoryLimits, "flag", &|m| m.memories[0].flags = 2);
    case(Code::MemoryLimits, "reserved", &|m| m.memories[0].reserved = 1);
    case(Code::MemoryLimits, "imported, min above max", &|m| {
        m.memories.clear();
        m.imports.insert(2, Import { flags: 1, min: 2, max: 1, ..import(KIND_MEMORY, 0, (15, 1)) });
    });
    case(Code::MemoryPages, "limit", &|m| m.limits.max_pages = 0);
    case(Code::MemoryPages, "imported", &|m| {
        m.memories.clear();
        m.limits.max_pages = 1;
        m.imports.insert(2, Import { min: 2, ..import(KIND_MEMORY, 0, (15, 1)) });
    });
    case(Code::TableLimits, "min above max", &|m| m.tables[1].min = 6);
    case(Code::TableLimits, "max without flag", &|m| m.tables[1].flags = 0);
    case(Code::TableLimits, "flag", &|m| m.tables[1].flags = 2);
    case(Code::TableLimits, "imported", &|m| {
        m.imports.insert(2, Import { flags: 1, min: 2, max: 1, ..import(KIND_TABLE, FUNCREF.into(), (15, 1)) });
    });
    case(Code::TableElems, "one table", &|m| m.limits.max_table_elems = 3);
    case(Code::TableElems, "all together", &|m| m.limits.max_table_elems = 4);
    case(Code::TableCount, "one too many", &|m| m.tables = vec![m.tables[0]; MAX_TABLES as usize + 1]);
    case(Code::TableCount, "imported ones count", &|m| {
        m.tables = vec![m.tables[0]; MAX_TABLES as usize];
        m.imports.insert(2, Import { min: 1, ..import(KIND_TABLE, FUNCREF.into(), (15, 1)) });
    });
    case(Code::TableType, "i32", &|m| m.tables[0].ty = I32.into());
    case(Code::GlobalType, "unknown", &|m| m.globals[1].ty = 0x40);
    case(Code::GlobalType, "mutable", &|m| m.globals[0].mutable = 2);
    case(Code::GlobalInit, "wide i32", &|m| m.globals[0].value = 1 << 32);
    case(Code::GlobalInit, "wide f32", &|m| (m.globals[1].ty, m.globals[1].value) = (F32.into(), 1 << 32));
    case(Code::GlobalInit, "forged funcref", &|m| (m.globals[2].init, m.globals[2].value) = (INIT_CONST, 1));
    case(Code::GlobalInit, "forged externref", &|m| m.globals[4].value = 1);
    case(Code::GlobalInit, "init", &|m| m.globals[3].init = 3);
    case(Code::GlobalInit, "no such import", &|m| m.globals[3].value = 2);
    case(Code::GlobalInit, "import far out", &|m| m.globals[3].value = 1 << 32);
    case(Code::GlobalInit, "type of the import", &|m| m.globals[1].init = INIT_GLOBAL);
    case(Code::GlobalInit, "mutable import", &|m| {
        (m.globals[1].init, m.globals[1].value) = (INIT_GLOBAL, 1);
    });
    case(Code::GlobalInit, "function in i64", &|m| (m.globals[1].init, m.globals[1].value) = (INIT_FUNC, 0));
    case(Code::RefIndex, "global", &|m| m.globals[2].value = (IMPORTED + 4).into());
    case(Code::RefFlag, "global", &|m| m.globals[2].value = (IMPORTED + SWAP as u32).into());
    case(Code::ExportIndex, "tag", &|m| m.exports[0].kind = 4);
    case(Code::ExportIndex, "function", &|m| m.exports[0].index = IMPORTED + 4);
    case(Code::ExportIndex, "table", &|m| m.exports[2].index = 2);
    case(Code::ExportIndex, "memory", &|m| m.exports[3].index = 1);
    case(Code::ExportIndex, "global", &|m| m.exports[4].index = 7);
    case(Code::RefFlag, "export", &|m| m.exports[0].index = IMPORTED + SWAP as u32);
    case(Code::StartIndex, "index", &|m| m.header.start = IMPORTED + 4);
    case(Code::StartSig, "own", &|m| m.header.start = IMPORTED + INC as u32);
    case(Code::StartSig, "imported, params", &|m| m.header.start = 0);
    case(Code::StartSig, "imported, results", &|m| m.header.start = 1);
    case(Code::StackClaim, "export", &|m| m.header.stack_claim = 19);
    case(Code::StackClaim, "start", &|m| {
        m.exports.clear();
        (m.header.start, m.header.stack_claim) = (IMPORTED, 19);
    });
    case(Code::StackLimit, "limit", &|m| m.header.stack_claim = (1 << 20) + 1);
}

/// R6.
pub(crate) fn segments(case: Add<'_>) {
    case(Code::ElemMode, "unknown", &|m| m.elems[1].mode = 3);
    case(Code::ElemMode, "reserved", &|m| m.elems[0].reserved = 1);
    case(Code::ElemMode, "passive with a table", &|m| m.elems[1].table = 1);
    case(Code::ElemMode, "passive with an offset", &|m| m.elems[1].offset = 1);
    case(Code::ElemMode, "declared with an offset kind", &|m| m.elems[2].offset_init = 1);
    case(Code::ElemType, "i32", &|m| m.elems[1].ty = I32.into());
    case(Code::ElemType, "not the table's", &|m| m.elems[0].table = 1);
    case(Code::ElemTable, "index", &|m| m.elems[0].table = 2);
    case(Code::ElemOffset, "function", &|m| m.elems[0].offset_init = INIT_FUNC);
    case(Code::ElemOffset, "no such global", &|m| {
        (m.elems[0].offset_init, m.elems[0].offset) = (INIT_GLOBAL, 2);
    });
    case(Code::ElemOffset, "mutable i64", &|m| (m.elems[0].offset_init, m.elems[0].offset) = (INIT_GLOBAL, 1));
    case(Code::ElemItems, "shared", &|m| m.elems[1].item = 1);
    case(Code::ElemItems, "past the end", &|m| m.elems[2].item_len = 2);
    case(Code::ElemItems, "left over", &|m| m.items.push(ElemItem::default()));
    case(Code::ElemItem, "forged null", &|m| m.items[2].index = 1);
    case(Code::ElemItem, "init", &|m| m.items[3].init = 3);
    case(Code::ElemItem, "function in externref", &|m| m.items[2].init = INIT_FUNC);
    case(Code::ElemItem, "i32 global", &|m| m.items[2].init = INIT_GLOBAL);
    case(Code::RefFlag, "element", &|m| m.items[0].index = IMPORTED + SWAP as u32);
    case(Code::RefIndex, "element", &|m| m.items[0].index = IMPORTED + 4);
    case(Code::DataMode, "declared", &|m| m.datas[1].mode = MODE_DECLARED);
    case(Code::DataMode, "reserved", &|m| m.datas[0].reserved = 1);
    case(Code::DataMode, "passive with an offset", &|m| m.datas[1].offset = 1);
    case(Code::DataMode, "passive with an offset kind", &|m| m.datas[1].offset_init = 1);
    case(Code::DataMemory, "none", &|m| {
        m.small();
        m.memories.clear();
        m.exports.remove(3);
    });
    case(Code::DataOffset, "function", &|m| m.datas[0].offset_init = INIT_FUNC);
    case(Code::DataOffset, "mutable i64", &|m| m.datas[0].offset = 1);
    case(Code::DataBytes, "shared", &|m| m.datas[1].start = 3);
    case(Code::DataBytes, "past the end", &|m| m.datas[1].len = 4);
    case(Code::DataBytes, "wraps", &|m| m.datas[1].len = u32::MAX);
    case(Code::DataBytes, "left over", &|m| m.blob.push(0));
}

/// R22.
pub(crate) fn policy(case: Add<'_>) {
    case(Code::FuelClaim, "limit", &|m| (m.header.fuel_claim, m.limits.max_fuel_claim) = (11, 10));
    case(Code::NotBounded, "metered", &|m| {
        m.bounded();
        m.header.class = 0;
    });
    case(Code::NotBounded, "no claim", &|m| {
        m.bounded();
        m.header.fuel_claim = 0;
    });
    case(Code::Sleeps, "import", &|m| {
        m.bounded();
        m.host.may_sleep = true;
    });
    for (name, body) in [
        ("callx", body![(ConstU 2 0), (Callx 2 INC), (RetA)]),
        ("callx_indirect", body![(ConstU 2 0), (CallxIndirect 2 0 I_I), (RetA)]),
        ("callx_indirect_t", body![(ConstU 2 0), (CallxIndirectT 2 0 I_I 0), (RetA)]),
    ] {
        case(Code::BoundedCall, name, &|m| {
            m.small();
            m.header.class = 1;
            m.scratch(body.clone());
        });
    }
    case(Code::Grows, "memory", &|m| {
        m.bounded();
        m.scratch(body![(MemoryGrow 0 0), (RetS 0)]);
    });
    case(Code::Grows, "table", &|m| {
        m.bounded();
        m.scratch(body![(TableGrow 0 0 1 0), (RetS 0)]);
    });
    case(Code::FloatDenied, "flag", &|m| (m.header.flags, m.limits.float) = (FLAG_FLOAT, false));
    case(Code::FloatFlag, "set for nothing", &|m| m.header.flags = FLAG_FLOAT);
}
