//! What ops do: one body per row of the op table, shared by every dispatch mode.
//!
//! Bodies of family rows are generated around the pure functions of [`int`], [`float`], [`convert`]
//! and [`mem`]; bodies of the other rows are written by hand in [`control`], [`call`] and [`mem`]
//! and reach their operands only through the accessors that the table generates for the row.
//! A body never recurses and never allocates; what needs either leaves the loop as [`Flow::Slow`]
//! and is done in safe code by [`crate::thread`].

pub(crate) mod call;
pub(crate) mod control;
pub(crate) mod convert;
pub(crate) mod float;
pub(crate) mod int;
pub(crate) mod mem;
pub(crate) mod nospec;
pub(crate) mod sse;
pub(crate) mod value;

use crate::{host::Wait, op::Op, store::FuncAddr, trap::TrapCode};
use core::sync::atomic::{AtomicU64, Ordering};

/// One linked word: what the dispatch loop reads.
///
/// ```text
/// word 1   handler:64  A:16  X:16  B|C:32      X: charge of a `_pay` op, header slot of a return
/// word 2   0           D:16  X:16  E|F:32
/// ```
///
/// Slots are physical here (2 added to those at and above the frame header), branch operands are
/// distances in 8-byte units from the op's own first cell.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) handler: usize,
    pub(crate) a: u16,
    pub(crate) x: u16,
    pub(crate) bc: u32,
}

/// 8-byte units in a cell; branch distances count them.
pub(crate) const CELL_UNITS: i32 = 2;
const _: () = assert!(core::mem::size_of::<Cell>() == 8 * CELL_UNITS as usize);
// The short distances that the checker allows fit 16 bits.
const _: () = assert!(crate::check::FAR as i32 * CELL_UNITS <= i16::MAX as i32);
// Sums of 32-bit addresses and offsets are computed in a usize, and frame headers hold addresses.
const _: () = assert!(usize::BITS == 64);

/// What a call needs to know about a function; one per function index, imports first.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct FuncEntry {
    /// First cell; null for imports.
    pub(crate) entry: *const Cell,
    /// Signature index if a reference to the function may exist, else `NO_INDEX`.
    pub(crate) ref_sig: u32,
    /// D: slots needed from the callee's frame pointer on.
    pub(crate) depth: u32,
    /// Slot of the return address in the callee's frame: max(params, results).
    pub(crate) header: u16,
    /// Entry credit, paid by the caller.
    pub(crate) credit: u16,
}

/// A table as `call_indirect` sees it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableView {
    pub(crate) refs: *const u32,
    pub(crate) len: u32,
}

/// Why the dispatch loop was left; `ip` and `fp` of [`Ctx`] say where. One word, so that handlers write
/// it with one store: the kind in the high half, trap code or opcode in the low one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Exit(u32);

/// [`Exit`], unpacked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ExitKind {
    /// The outermost frame of this activation has returned.
    Done,
    /// Fuel limit reached, or the guest waits; continue at `ip`.
    Yield,
    /// The op at `ip` trapped.
    Trap(TrapCode),
    /// The op at `ip` is done outside the loop.
    Slow(Op),
}

impl Exit {
    pub(crate) const DONE: Exit = Exit(0);
    pub(crate) const YIELD: Exit = Exit(1 << 16);

    #[inline(always)]
    pub(crate) const fn trap(code: TrapCode) -> Exit {
        Exit(2 << 16 | code as u32)
    }

    #[inline(always)]
    pub(crate) const fn slow(op: Op) -> Exit {
        Exit(3 << 16 | op as u32)
    }

    #[inline]
    pub(crate) fn kind(self) -> ExitKind {
        let low = self.0 as u16; // CAST: the low half
        match self.0 >> 16 {
            0 => ExitKind::Done,
            1 => ExitKind::Yield,
            2 => ExitKind::Trap(TrapCode::from_u16(low).unwrap_or(TrapCode::Unreachable)),
            _ => Op::from_u16(low).map_or(ExitKind::Trap(TrapCode::Unreachable), ExitKind::Slow),
        }
    }
}

/// State of a running activation that handlers reach through memory.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Ctx {
    /// Fuel used so far.
    pub(crate) used: u64,
    /// Fuel at which to leave; the only word that other CPUs write.
    pub(crate) limit: *const AtomicU64,
    pub(crate) funcs: *const FuncEntry,
    pub(crate) globals: *mut u64,
    pub(crate) pool: *const u64,
    /// Branch tables: at each table's start its count of arms, then the arms: distance in the low,
    /// charge in the high 32 bits.
    pub(crate) arms: *const u64,
    /// One past the last usable slot of the value stack.
    pub(crate) stack_end: *mut u64,
    pub(crate) tables: *const TableView,
    /// Reference of function 0, see [`crate::store`].
    pub(crate) ref_base: u32,
    pub(crate) func_count: u32,
    /// A bulk operation at `ip` has been charged and is under way.
    pub(crate) bulk: bool,
    pub(crate) exit: Exit,
    pub(crate) ip: *const Cell,
    pub(crate) fp: *mut u64,
    pub(crate) acc: u64,
    pub(crate) mem: *mut u8,
    pub(crate) mem_len: usize,
    /// What the instance's function imports lead to, by their index.
    pub(crate) imports: *const FuncAddr,
    /// Calls the import of that index, with arguments and results at the window, if it is the host's. The answer is
    /// `Jump` or `Yield` when it is done, `acc` then the first result if it has one.
    pub(crate) call_host: unsafe fn(&mut Ctx, *mut u64, u32) -> Flow,
    /// The host that `call_host` expects.
    pub(crate) host: *mut (),
    /// What a host function that has returned wants the guest to wait for.
    pub(crate) wait: Option<Wait>,
}

impl Ctx {
    /// Charges `n` units for an edge already taken and polls.
    ///
    /// # Safety
    /// V5: `limit` points to the run's control block.
    #[inline(always)]
    pub(crate) unsafe fn pay(&mut self, n: u16) -> Flow {
        if !crate::UNCHECKED {
            self.used = self.used.wrapping_add(u64::from(n));
        }
        // SAFETY: V5.
        unsafe { self.poll() }
    }

    /// Leaves the loop if the limit is reached; `r.ip` already stands on the next op.
    ///
    /// # Safety
    /// V5.
    #[inline(always)]
    pub(crate) unsafe fn poll(&mut self) -> Flow {
        if crate::UNCHECKED {
            return Flow::Jump;
        }
        // SAFETY: V5.
        if self.used > unsafe { (*self.limit).load(Ordering::Relaxed) } { Flow::Yield } else { Flow::Jump }
    }
}

/// What a body tells the dispatch loop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Flow {
    /// Go on with the next op.
    Next,
    /// `ip` is already set.
    Jump,
    /// `ip` is already set; leave the loop.
    Yield,
    /// Leave the loop; `ip` still on this op.
    Trap(TrapCode),
    /// Leave the loop; `ip` still on this op.
    Slow(Op),
    /// Go on with [`call::import`]; `ip` still on this op.
    Import,
}

/// Keeps the compiler from merging what follows with the other side of a branch, so that the processor
/// predicts the branch and does not wait for a conditional move.
#[inline(always)]
pub(crate) fn apart() {
    #[cfg(not(miri))]
    // SAFETY: no instruction at all.
    unsafe {
        core::arch::asm!("", options(nomem, nostack, preserves_flags));
    }
}

/// The same number or pointer, of which the compiler knows nothing: it is computed once and kept in one
/// register, and a loop that steps by it is not unrolled. Handlers have three registers to spare.
macro_rules! opaque {
    ($value:expr) => {{
        #[allow(unused_mut, reason = "Miri goes without")]
        let mut value = $value;
        #[cfg(not(miri))]
        // SAFETY: no instruction at all; the value passes through.
        #[allow(unused_unsafe, reason = "most uses are in an unsafe block")]
        #[allow(clippy::pointers_in_nomem_asm_block, reason = "nothing is read or written through it")]
        unsafe {
            core::arch::asm!("/* {0} */", inout(reg) value, options(nomem, nostack, preserves_flags));
        }
        value
    }};
}
pub(crate) use opaque;

/// The machine registers that dispatch keeps in processor registers.
pub(crate) struct Regs {
    /// Current cell.
    pub(crate) ip: *const Cell,
    /// Slot 0 of the current frame.
    pub(crate) fp: *mut u64,
    /// Base of linear memory.
    pub(crate) mem: *mut u8,
    /// Its length in bytes.
    pub(crate) len: usize,
    /// The accumulator.
    pub(crate) acc: u64,
}

/// Field and slot access. All of it rests on the checker: V1 (slots of an op lie in the frame),
/// V2 (the cell has the fields that its row says).
impl Regs {
    /// # Safety
    /// V2.
    #[inline(always)]
    unsafe fn cell(&self) -> &Cell {
        // SAFETY: V2: `ip` stands on a cell of the program.
        unsafe { &*self.ip }
    }

    /// # Safety
    /// V2, and the op has two words.
    #[inline(always)]
    unsafe fn ext(&self) -> &Cell {
        // SAFETY: V2: the second word follows the first.
        unsafe { &*self.ip.add(1) }
    }

    #[inline(always)]
    pub(crate) unsafe fn a(&self) -> u16 {
        // SAFETY: V2.
        unsafe { self.cell() }.a
    }

    #[inline(always)]
    pub(crate) unsafe fn x(&self) -> u16 {
        // SAFETY: V2.
        unsafe { self.cell() }.x
    }

    #[inline(always)]
    pub(crate) unsafe fn b(&self) -> u16 {
        // SAFETY: V2. CAST: the low half.
        unsafe { self.cell() }.bc as u16
    }

    #[inline(always)]
    pub(crate) unsafe fn c(&self) -> u16 {
        // SAFETY: V2. CAST: the high half.
        (unsafe { self.cell() }.bc >> 16) as u16
    }

    #[inline(always)]
    pub(crate) unsafe fn bc(&self) -> u32 {
        // SAFETY: V2.
        unsafe { self.cell() }.bc
    }

    #[inline(always)]
    pub(crate) unsafe fn d(&self) -> u16 {
        // SAFETY: V2.
        unsafe { self.ext() }.a
    }

    #[inline(always)]
    #[allow(dead_code, reason = "no row has a field there yet; the generator may use it")]
    pub(crate) unsafe fn e(&self) -> u16 {
        // SAFETY: V2. CAST: the low half.
        unsafe { self.ext() }.bc as u16
    }

    #[inline(always)]
    #[allow(dead_code, reason = "no row has a field there yet; the generator may use it")]
    pub(crate) unsafe fn f(&self) -> u16 {
        // SAFETY: V2. CAST: the high half.
        (unsafe { self.ext() }.bc >> 16) as u16
    }

    #[inline(always)]
    pub(crate) unsafe fn ef(&self) -> u32 {
        // SAFETY: V2.
        unsafe { self.ext() }.bc
    }

    /// Value of a slot.
    #[inline(always)]
    pub(crate) unsafe fn slot(&self, slot: u16) -> u64 {
        // SAFETY: V1.
        unsafe { *self.fp.add(usize::from(slot)) }
    }

    /// Where a slot is.
    #[inline(always)]
    pub(crate) unsafe fn place(&mut self, slot: u16) -> *mut u64 {
        // SAFETY: V1.
        unsafe { self.fp.add(usize::from(slot)) }
    }

    /// Writes a slot.
    #[inline(always)]
    pub(crate) unsafe fn set(&mut self, slot: u16, value: u64) {
        // SAFETY: V1.
        unsafe { *self.fp.add(usize::from(slot)) = value }
    }

    /// Sign-extends an immediate.
    #[inline(always)]
    pub(crate) fn imm16(&self, imm: u16) -> u64 {
        i64::from(imm as i16) as u64 // CAST: sign extension
    }

    /// Jumps by a 16-bit distance.
    #[inline(always)]
    pub(crate) unsafe fn jump16(&mut self, distance: u16) {
        apart();
        // SAFETY: V2: the distance leads to a leader of the same function. CAST: sign extension.
        self.ip = unsafe { self.ip.byte_offset(isize::from(distance as i16) * 8) };
    }

    /// Jumps by a 32-bit distance.
    #[inline(always)]
    pub(crate) unsafe fn jump32(&mut self, distance: u32) {
        apart();
        // SAFETY: V2, as above. CAST: sign extension.
        self.ip = unsafe { self.ip.byte_offset((distance as i32 as isize) * 8) };
    }
}

/// Bodies of family rows and field accessors of the others.
pub(crate) mod generated {
    use super::{Ctx, Flow, Regs, convert, float, int, mem, sse, value::Value};
    include!(concat!(env!("OUT_DIR"), "/handlers.rs"));
    pub(crate) use super::{call::*, control::*, mem::*};
}
