//! Linear memory: the only raw loads and stores of guests, each after its bounds check.

#![allow(clippy::missing_safety_doc, reason = "every body has the contract of `crate::exec`: V1, V2, V5")]

use super::{Ctx, Flow, Regs, control::bodies, generated::*, nospec, opaque};
use crate::trap::TrapCode;
use core::ptr;

/// Bytes that a bulk operation handles between two polls.
pub(crate) const BULK_PIECE: usize = 4096;
/// Pieces after which a bulk operation leaves the loop for its host to do as it likes.
const BULK_PIECES: usize = 16;
/// Bytes that a bulk operation handles for one fuel unit.
pub(crate) const BULK_BYTES_PER_FUEL: u64 = 64;

/// Pointer to `size` bytes at `addr + off` if they are inside memory. The address is cut to 32 bits. With `MASK`
/// it stays inside of memory, or at its first byte, also where the processor has guessed the check's result.
///
/// # Safety
/// V6: `mem` and `len` describe the current memory.
#[inline(always)]
unsafe fn at<const MASK: bool>(r: &Regs, addr: u64, off: u64, size: usize) -> Result<*mut u8, TrapCode> {
    if crate::UNCHECKED {
        // SAFETY: by the bench's choice of programs alone. CAST: as below.
        return Ok(unsafe { r.mem.add((u64::from(addr as u32) + off) as usize) });
    }
    // CAST: to 32 bits on purpose; the sum of two 32-bit numbers and 8 fits a usize, which has 64 bits.
    let end = opaque!((u64::from(addr as u32) + off) as usize + size);
    if end > r.len {
        return Err(TrapCode::MemoryOutOfBounds);
    }
    if MASK {
        // `end` is at least `size`, so at least 1.
        let offset = (end - size) & nospec::mask(end - 1, r.len);
        // SAFETY: V6: `offset + size <= end <= len`.
        return Ok(unsafe { r.mem.add(offset) });
    }
    // From the end, which is at hand. SAFETY: V6: `size <= end <= len`.
    Ok(unsafe { r.mem.add(end).sub(size) })
}

macro_rules! loads {
    ($($name:ident: $ty:ty, |$v:ident| $extend:expr;)*) => { $(
        #[inline(always)]
        pub(crate) unsafe fn $name<const MASK: bool>(r: &Regs, addr: u64, off: u64) -> Result<u64, TrapCode> {
            // SAFETY: V6.
            let at = unsafe { at::<MASK>(r, addr, off, size_of::<$ty>())? };
            // SAFETY: `at` is good for that many bytes; any bytes are a value.
            let $v = <$ty>::from_le(unsafe { at.cast::<$ty>().read_unaligned() });
            Ok($extend)
        }
    )* };
}

// CAST: each extension is the op's meaning.
loads! {
    load8_u: u8, |v| u64::from(v);
    load16_u: u16, |v| u64::from(v);
    load32_u: u32, |v| u64::from(v);
    load64: u64, |v| v;
    i32_load8_s: u8, |v| u64::from(i32::from(v as i8) as u32);
    i32_load16_s: u16, |v| u64::from(i32::from(v as i16) as u32);
    i64_load32_s: u32, |v| i64::from(v as i32) as u64;
}

macro_rules! stores {
    ($($name:ident: $ty:ty;)*) => { $(
        #[inline(always)]
        pub(crate) unsafe fn $name<const MASK: bool>(
            r: &Regs, addr: u64, off: u64, value: u64,
        ) -> Result<(), TrapCode> {
            // SAFETY: V6.
            let at = unsafe { at::<MASK>(r, addr, off, size_of::<$ty>())? };
            // SAFETY: `at` is good for that many bytes. CAST: the op stores the low bits.
            unsafe { at.cast::<$ty>().write_unaligned((value as $ty).to_le()) };
            Ok(())
        }
    )* };
}

stores! {
    store8: u8;
    store16: u16;
    store32: u32;
    store64: u64;
}

bodies! {
    fn memory_copy(c, r) {
        let args = r.fp.add(usize::from(MemoryCopyFields::args(r)));
        copy_bytes(c, args, r.mem, r.len)
    }

    fn memory_fill(c, r) {
        let args = r.fp.add(usize::from(MemoryFillFields::args(r)));
        fill_bytes(c, args, r.mem, r.len)
    }
}

/// `memory.copy`, or its next stretch. A function of its own: a handler with locals whose addresses are
/// taken would not end in a sibling call.
///
/// # Safety
/// V1: `args` is the op's window of three slots; V5; V6: `mem` and `mem_len` describe the memory.
#[inline(never)]
unsafe fn copy_bytes(c: &mut Ctx, args: *mut u64, mem: *mut u8, mem_len: usize) -> Flow {
    // SAFETY: V1. CAST: i32 operands.
    let (mut dst, mut src, len) =
        unsafe { (*args as u32 as usize, *args.add(1) as u32 as usize, *args.add(2) as u32 as usize) };
    if !c.bulk {
        if dst as u64 + len as u64 > mem_len as u64 || src as u64 + len as u64 > mem_len as u64 {
            return Flow::Trap(TrapCode::MemoryOutOfBounds);
        }
        // SAFETY: V5.
        if let Flow::Yield = unsafe { charge_bulk(c, len) } {
            return Flow::Yield;
        }
    }
    // Once for the whole operation, so for every program.
    dst &= nospec::mask(dst + len, mem_len + 1);
    src &= nospec::mask(src + len, mem_len + 1);
    // Backward from the end if the destination overlaps the source from above.
    let backward = dst > src;
    let step = |done: usize, left: usize, piece: usize| {
        let from = if backward { left.saturating_sub(piece) } else { done };
        // SAFETY: V6: both ranges were inside memory when the operation was charged, and memories do not shrink.
        unsafe { ptr::copy(mem.add(src + from), mem.add(dst + from), piece) };
    };
    // SAFETY: V1, V5.
    unsafe { pieces(c, args, len, step, !backward, !backward) }
}

/// `memory.fill`, or its next stretch; see [`copy_bytes`].
///
/// # Safety
/// As [`copy_bytes`].
#[inline(never)]
unsafe fn fill_bytes(c: &mut Ctx, args: *mut u64, mem: *mut u8, mem_len: usize) -> Flow {
    // SAFETY: V1. CAST: i32 operands; the value is a byte.
    let (mut dst, value, len) = unsafe { (*args as u32 as usize, *args.add(1) as u8, *args.add(2) as u32 as usize) };
    if !c.bulk {
        if dst as u64 + len as u64 > mem_len as u64 {
            return Flow::Trap(TrapCode::MemoryOutOfBounds);
        }
        // SAFETY: V5.
        if let Flow::Yield = unsafe { charge_bulk(c, len) } {
            return Flow::Yield;
        }
    }
    dst &= nospec::mask(dst + len, mem_len + 1);
    let step = |done: usize, _: usize, piece: usize| {
        // SAFETY: V6, as in `copy_bytes`.
        unsafe { ptr::write_bytes(mem.add(dst + done), value, piece) };
    };
    // SAFETY: V1, V5.
    unsafe { pieces(c, args, len, step, true, false) }
}

/// Charges a bulk operation of `len` bytes as a whole; on `Yield` it goes on, paid, when resumed.
///
/// # Safety
/// V5.
#[inline(always)]
unsafe fn charge_bulk(c: &mut Ctx, len: usize) -> Flow {
    c.used = c.used.wrapping_add(len as u64 / BULK_BYTES_PER_FUEL);
    // SAFETY: V5.
    let flow = unsafe { c.poll() };
    c.bulk = true;
    flow
}

/// Works through `len` bytes in pieces with a poll between them. The window `args` is brought up to
/// date whenever the loop is left, so that the op can simply run again: `step(done, left, piece)`
/// gets what this visit has done so far.
///
/// # Safety
/// V5, V6; `args` is the op's window of three slots.
unsafe fn pieces(
    c: &mut Ctx,
    args: *mut u64,
    len: usize,
    mut step: impl FnMut(usize, usize, usize),
    move_dst: bool,
    move_src: bool,
) -> Flow {
    let (mut done, mut left) = (0, len);
    for _ in 0..BULK_PIECES {
        let piece = left.min(BULK_PIECE);
        step(done, left, piece);
        done += piece;
        left -= piece;
        // SAFETY: V5.
        if left == 0 || unsafe { c.poll() } == Flow::Yield {
            break;
        }
    }
    if left == 0 {
        c.bulk = false;
        return Flow::Next;
    }
    // SAFETY: the window lies in the frame (V1).
    unsafe {
        if move_dst {
            *args += done as u64;
        }
        if move_src {
            *args.add(1) += done as u64;
        }
        *args.add(2) = left as u64;
    }
    Flow::Yield
}
