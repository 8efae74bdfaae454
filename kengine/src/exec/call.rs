//! Calls, returns, references, globals.
//!
//! A call at `base` makes slot `base` the callee's slot 0: arguments and results are passed in
//! place. The return address and the caller's frame pointer stand in the callee's slots `m` and
//! `m + 1`, where m = max(params, results); no image slot maps there.

#![allow(clippy::missing_safety_doc, reason = "every body has the contract of `crate::exec`: V1, V2, V5")]
#![allow(unused_variables, reason = "bodies share one signature")]

use super::{Ctx, Flow, FuncEntry, Regs, TableView, apart, control::bodies, generated::*, nospec, opaque};
use crate::{op::Op, trap::TrapCode};

bodies! {
    fn ret(c, r) { leave(c, r) }

    fn ret_s(c, r) {
        r.acc = RetSFields::src(r);
        r.set(0, r.acc);
        leave(c, r)
    }

    fn ret_a(c, r) {
        r.set(0, r.acc);
        leave(c, r)
    }

    fn ret_n(c, r) {
        // Ascending and one by one: source and destination may overlap, the destination is lower.
        let src = r.fp.add(usize::from(RetNFields::src_slot(r)));
        let len = usize::from(RetNFields::count(r)) * 8;
        let mut at = 0;
        while at != len {
            r.fp.byte_add(at).write(*src.byte_add(at));
            at = opaque!(at + 8);
        }
        r.acc = *r.fp;
        leave(c, r)
    }

    fn call(c, r) {
        let callee = &*c.funcs.add(CallFields::func(r) as usize);
        enter(c, r, callee, CallFields::base(r), 1)
    }

    fn callx(c, r) {
        let callee = opaque!(c.funcs.add(CallxFields::func(r) as usize));
        enter_checked(c, r, &*callee, CallxFields::base(r), 1)
    }

    fn call_import(c, r) {
        r.acc = u64::from(CallImportFields::func(r));
        Flow::Import
    }

    fn call_indirect(c, r) {
        let (index, sig) = (CallIndirectFields::index(r) as u32, CallIndirectFields::sig(r));
        let callee = match lookup(c, &mut r.acc, &*c.tables, index, sig) {
            Callee::Own(callee) => callee,
            Callee::Import => return Flow::Import,
            Callee::Foreign => return Flow::Slow(Op::CallIndirect),
            Callee::Trap(code) => return Flow::Trap(code),
        };
        enter(c, r, &*callee, CallIndirectFields::base(r), 1)
    }

    fn callx_indirect(c, r) {
        let (index, sig) = (CallxIndirectFields::index(r) as u32, CallxIndirectFields::sig(r));
        let callee = match lookup(c, &mut r.acc, &*c.tables, index, sig) {
            Callee::Own(callee) => callee,
            Callee::Import => return Flow::Import,
            Callee::Foreign => return Flow::Slow(Op::CallxIndirect),
            Callee::Trap(code) => return Flow::Trap(code),
        };
        enter_checked(c, r, &*callee, CallxIndirectFields::base(r), 1)
    }

    fn callx_indirect_t(c, r) {
        let (index, sig) = (CallxIndirectTFields::index(r) as u32, CallxIndirectTFields::sig(r));
        let table = c.tables.add(usize::from(CallxIndirectTFields::table(r)));
        let callee = match lookup(c, &mut r.acc, &*table, index, sig) {
            Callee::Own(callee) => callee,
            Callee::Import | Callee::Foreign => return Flow::Slow(Op::CallxIndirectT),
            Callee::Trap(code) => return Flow::Trap(code),
        };
        enter_checked(c, r, &*callee, CallxIndirectTFields::base(r), 2)
    }

    fn ref_func(c, r) {
        r.acc = u64::from(c.ref_base.wrapping_add(RefFuncFields::func(r)));
        RefFuncFields::set_dst(r, r.acc);
        Flow::Next
    }

    fn global_get(c, r) {
        r.acc = *c.globals.add(GlobalGetFields::global(r) as usize);
        GlobalGetFields::set_dst(r, r.acc);
        Flow::Next
    }

    fn global_get_n(c, r) {
        r.acc = *c.globals.add(GlobalGetNFields::global(r) as usize);
        Flow::Next
    }

    fn global_set_s(c, r) {
        *c.globals.add(GlobalSetSFields::global(r) as usize) = GlobalSetSFields::src(r);
        Flow::Next
    }

    fn global_set_a(c, r) {
        *c.globals.add(GlobalSetAFields::global(r) as usize) = r.acc;
        Flow::Next
    }

    fn global_get_import(c, r) { Flow::Slow(Op::GlobalGetImport) }
    fn global_set_import(c, r) { Flow::Slow(Op::GlobalSetImport) }
    fn memory_size(c, r) {
        r.acc = (r.len >> 16) as u64;
        MemorySizeFields::set_dst(r, r.acc);
        Flow::Next
    }
    fn memory_grow(c, r) { Flow::Slow(Op::MemoryGrow) }
    fn memory_init(c, r) { Flow::Slow(Op::MemoryInit) }
    fn data_drop(c, r) { Flow::Slow(Op::DataDrop) }
    fn table_get(c, r) { Flow::Slow(Op::TableGet) }
    fn table_set(c, r) { Flow::Slow(Op::TableSet) }
    fn table_size(c, r) { Flow::Slow(Op::TableSize) }
    fn table_grow(c, r) { Flow::Slow(Op::TableGrow) }
    fn table_fill(c, r) { Flow::Slow(Op::TableFill) }
    fn table_copy(c, r) { Flow::Slow(Op::TableCopy) }
    fn table_init(c, r) { Flow::Slow(Op::TableInit) }
    fn elem_drop(c, r) { Flow::Slow(Op::ElemDrop) }
}

/// What a table element leads to.
enum Callee {
    /// A function of this instance.
    Own(*const FuncEntry),
    /// The import of this instance whose index `acc` holds.
    Import,
    /// A function that another instance or the host has.
    Foreign,
    Trap(TrapCode),
}

/// Looks a callee up: range, null, instance, REF flag and signature. `acc` is void from here on: it takes what is at
/// hand at each way out, which leaves its register free.
///
/// # Safety
/// V3: `table` and the function entries are those of the running instance.
#[inline(always)]
unsafe fn lookup(c: &Ctx, acc: &mut u64, table: &TableView, index: u32, sig: u16) -> Callee {
    let index = opaque!(index as usize);
    *acc = index as u64;
    if index >= table.len as usize {
        return Callee::Trap(TrapCode::UndefinedElement);
    }
    // SAFETY: V3: `index` is inside the table.
    let reference = unsafe { *table.refs.add(nospec::index(index, table.len as usize)) };
    *acc = u64::from(reference);
    if reference == 0 {
        return Callee::Trap(TrapCode::IndirectCallToNull);
    }
    let func = reference.wrapping_sub(c.ref_base);
    *acc = u64::from(func);
    if func >= c.func_count {
        apart();
        return Callee::Foreign;
    }
    let func = nospec::index(func as usize, c.func_count as usize);
    *acc = func as u64;
    // SAFETY: V3: `func` is a function index of this instance.
    let callee = opaque!(unsafe { c.funcs.add(func) });
    *acc = callee as u64;
    // SAFETY: V3.
    let entry = unsafe { &*callee };
    if entry.ref_sig != u32::from(sig) {
        return Callee::Trap(TrapCode::BadSignature);
    }
    if entry.entry.is_null() {
        apart();
        // SAFETY: V3: both are entries of this instance. CAST: a function index.
        *acc = unsafe { callee.offset_from(c.funcs) } as u64;
        return Callee::Import;
    }
    Callee::Own(callee)
}

/// Calls the import whose index `acc` holds, for an op of one word with its window at A. Apart from the ops' handlers,
/// for a call of the host's function makes it save registers; those that the context has are read again instead.
///
/// # Safety
/// V1-V6, and the index is one of the instance's function imports.
#[inline(always)]
pub(crate) unsafe fn import(c: &mut Ctx, r: &mut Regs) -> Flow {
    // SAFETY: V1, V2; `call_host` has this contract, too.
    let flow = unsafe {
        let window = r.fp.add(usize::from(r.a()));
        (c.call_host)(c, window, r.acc as u32) // CAST: it is an index
    };
    (r.mem, r.len, r.acc) = (c.mem, c.mem_len, c.acc);
    if matches!(flow, Flow::Jump | Flow::Yield) {
        // SAFETY: V2: the next op follows the call.
        r.ip = unsafe { r.ip.add(1) };
    }
    flow
}

/// Enters a function of this instance after a test that it and all its certified callees fit on the
/// value stack.
///
/// # Safety
/// V1, V4.
#[inline(always)]
unsafe fn enter_checked(c: &mut Ctx, r: &mut Regs, callee: &FuncEntry, base: u16, words: usize) -> Flow {
    // SAFETY: V1: the window lies in the frame.
    let fp = opaque!(unsafe { r.fp.add(usize::from(base)) });
    // No overflow: `fp` is an address of user or kernel memory, and depths are 32 bits.
    if (fp as usize).wrapping_add(callee.depth as usize * 8) > c.stack_end as usize {
        return Flow::Trap(TrapCode::StackOverflow);
    }
    // SAFETY: V4, as just tested.
    unsafe { enter_at(c, r, callee, fp, words) }
}

/// Enters a function of this instance, certified to fit.
///
/// # Safety
/// V1, V4.
#[inline(always)]
unsafe fn enter(c: &mut Ctx, r: &mut Regs, callee: &FuncEntry, base: u16, words: usize) -> Flow {
    // SAFETY: V1, V4.
    unsafe { enter_at(c, r, callee, r.fp.add(usize::from(base)), words) }
}

/// Writes the header of the frame at `fp`, pays the callee's credit, polls.
///
/// # Safety
/// V1, V4: the callee's frame lies inside the value stack.
#[inline(always)]
unsafe fn enter_at(c: &mut Ctx, r: &mut Regs, callee: &FuncEntry, fp: *mut u64, words: usize) -> Flow {
    // SAFETY: V1, V4, V5.
    unsafe {
        let header = fp.add(usize::from(callee.header));
        *header = r.ip.add(words) as u64;
        *header.add(1) = r.fp as u64;
        r.fp = fp;
        // Void at entry: any value that is at hand leaves its register free.
        r.acc = u64::from(callee.credit);
        r.ip = callee.entry;
        c.pay(callee.credit)
    }
}

/// Leaves a function; X of the return's cell is the header slot.
///
/// # Safety
/// V1, V4: the header was written by [`enter`] or by the thread's entry.
#[inline(always)]
unsafe fn leave(c: &mut Ctx, r: &mut Regs) -> Flow {
    // SAFETY: V1, V4, V5.
    unsafe {
        let header = r.fp.add(usize::from(r.x()));
        r.ip = *header as *const super::Cell;
        r.fp = *header.add(1) as *mut u64;
        c.poll()
    }
}
