//! What the engine asks of the system that it runs in, besides `alloc`: linear memories, pages for linked code, and
//! a word now and then on whether to go on.
//!
//! [`NATIVE`] is user space's: mappings with feature `std`, else the [`Heap`]. The kernel's (`kmod/core`) maps pages,
//! too: memories grow without being copied, and linked code is read-only. Handlers see none of this, only addresses.

#[cfg(feature = "std")]
mod mapped;

use crate::fallible::OutOfMemory;
use alloc::alloc::{alloc_zeroed, dealloc};
use core::{alloc::Layout, fmt::Debug, ptr};

#[cfg(feature = "std")]
pub use mapped::Mapped;

/// What stores and programs are made on unless another is named.
#[cfg(feature = "std")]
pub static NATIVE: Mapped = Mapped::new();
/// What stores and programs are made on unless another is named.
#[cfg(not(feature = "std"))]
pub static NATIVE: Heap = Heap;

/// Alignment of memories and code: a cache line, so that the guest's own alignment is worth something.
const ALIGN: usize = 64;

/// Bytes of a linear memory, as a [`Platform`] keeps them.
///
/// # Invariants
/// `base` is null and `bytes` 0, or `base` is good for `bytes` initialised bytes.
#[derive(Debug)]
pub struct Region {
    /// First byte, aligned to 64.
    pub base: *mut u8,
    /// How many there are.
    pub bytes: usize,
    /// The platform's own.
    pub handle: *mut core::ffi::c_void,
}

impl Region {
    /// No bytes at all.
    pub const EMPTY: Region = Region { base: ptr::null_mut(), bytes: 0, handle: ptr::null_mut() };
}

/// Pages for linked code, as a [`Platform`] keeps them: first written, then only read.
#[derive(Debug)]
pub struct CodeRegion {
    /// First byte to write to, aligned to 64; null once the code is sealed.
    pub writable: *mut u8,
    /// First byte to read and run from, before and after; may be another address of the same bytes.
    pub base: *const u8,
    /// How many there are.
    pub bytes: usize,
    /// The platform's own.
    pub handle: *mut core::ffi::c_void,
}

/// A system that the engine runs in.
///
/// # Safety
/// What it gives is what its functions say: the engine reads and writes it without further checks.
pub unsafe trait Platform: Debug + Sync {
    /// Bytes to ask for when a memory has outgrown its region and needs `len`; at least `len`. What is more
    /// than needed spares later calls of [`Platform::grow`].
    fn room(&self, len: usize) -> usize;

    /// Makes a region `bytes` long, which is more than now. It may move; its content stays and new bytes are
    /// zero.
    ///
    /// # Errors
    /// [`OutOfMemory`]; the region is as before.
    ///
    /// # Safety
    /// `region` is [`Region::EMPTY`] or as an earlier call on the same platform has left it.
    unsafe fn grow(&self, region: &mut Region, bytes: usize) -> Result<(), OutOfMemory>;

    /// Gives a region back.
    ///
    /// # Safety
    /// As [`Platform::grow`]; the region is not used again.
    unsafe fn release(&self, region: &mut Region);

    /// `bytes` writable bytes, zeroed, and not 0 of them.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    fn code(&self, bytes: usize) -> Result<CodeRegion, OutOfMemory>;

    /// Takes the writable mapping of code away, where there is another.
    ///
    /// # Safety
    /// `code` is from [`Platform::code`] of the same platform; nobody writes to it any more.
    unsafe fn seal(&self, code: &mut CodeRegion);

    /// Gives code back, sealed or not.
    ///
    /// # Safety
    /// As [`Platform::seal`]; the code is not used again.
    unsafe fn release_code(&self, code: &mut CodeRegion);

    /// Called every few thousand steps of long work: a good time to let others run. `true` gives the work up.
    fn poll(&self) -> bool;
}

/// Everything from the global allocator; polls do nothing.
#[derive(Clone, Copy, Debug)]
pub struct Heap;

fn layout(bytes: usize) -> Result<Layout, OutOfMemory> {
    Layout::from_size_align(bytes, ALIGN).map_err(|_| OutOfMemory)
}

/// # Safety
/// `bytes` is not 0.
unsafe fn zeroed(bytes: usize) -> Result<*mut u8, OutOfMemory> {
    // SAFETY: the caller's.
    let base = unsafe { alloc_zeroed(layout(bytes)?) };
    if base.is_null() { Err(OutOfMemory) } else { Ok(base) }
}

/// # Safety
/// `base` is null, or from [`zeroed`] with this size and not used again.
unsafe fn free(base: *mut u8, bytes: usize) {
    if let Ok(layout) = layout(bytes)
        && !base.is_null()
    {
        // SAFETY: the caller's.
        unsafe { dealloc(base, layout) };
    }
}

// SAFETY: `grow` and `code` give what the global allocator gives, zeroed, and say how much it is.
unsafe impl Platform for Heap {
    fn room(&self, len: usize) -> usize {
        // Growing page by page stays linear.
        len.saturating_mul(2)
    }

    unsafe fn grow(&self, region: &mut Region, bytes: usize) -> Result<(), OutOfMemory> {
        // SAFETY: more than now, so not 0.
        let base = unsafe { zeroed(bytes)? };
        if !region.base.is_null() {
            // SAFETY: both are good for the smaller number of bytes and distinct.
            unsafe { ptr::copy_nonoverlapping(region.base, base, region.bytes) };
        }
        // SAFETY: the region is ours and changes its place now.
        unsafe { self.release(region) };
        *region = Region { base, bytes, handle: ptr::null_mut() };
        Ok(())
    }

    unsafe fn release(&self, region: &mut Region) {
        // SAFETY: from `zeroed` with this size, by `grow`.
        unsafe { free(region.base, region.bytes) };
        *region = Region::EMPTY;
    }

    fn code(&self, bytes: usize) -> Result<CodeRegion, OutOfMemory> {
        // SAFETY: not 0, says the caller.
        let writable = unsafe { zeroed(bytes)? };
        Ok(CodeRegion { writable, base: writable, bytes, handle: ptr::null_mut() })
    }

    unsafe fn seal(&self, code: &mut CodeRegion) {
        code.writable = ptr::null_mut();
    }

    unsafe fn release_code(&self, code: &mut CodeRegion) {
        // SAFETY: from `zeroed` with this size, by `code`.
        unsafe { free(code.base.cast_mut(), code.bytes) };
    }

    fn poll(&self) -> bool {
        false
    }
}
