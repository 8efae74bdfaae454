//! Pages of the kernel for linear memories and linked code; the other side is `../../mem.c`.

use crate::glue;
use core::ptr;
use kengine::{
    OutOfMemory,
    platform::{CodeRegion, Platform, Region},
};

/// Accounted pages, mapped one after the other.
#[derive(Debug)]
pub(crate) struct Kernel;

/// Growing beyond this takes an eighth more than was asked for. Every growth maps the whole memory again, so page by
/// page it would take quadratic time.
const SPARING: usize = 1 << 20;

// SAFETY: `cervus_memory_grow` and `cervus_code_alloc` give zeroed bytes, as many as asked for, from a page's start on, or
// null; growing keeps the pages that are there.
unsafe impl Platform for Kernel {
    fn room(&self, len: usize) -> usize {
        if len <= SPARING { len } else { len.saturating_add(len / 8).next_multiple_of(4096) }
    }

    unsafe fn grow(&self, region: &mut Region, bytes: usize) -> Result<(), OutOfMemory> {
        // SAFETY: the handle is null or of an earlier call.
        let base = unsafe { glue::cervus_memory_grow(&raw mut region.handle, bytes) };
        if base.is_null() {
            return Err(OutOfMemory);
        }
        (region.base, region.bytes) = (base, bytes);
        Ok(())
    }

    unsafe fn release(&self, region: &mut Region) {
        // SAFETY: the handle is null or of an earlier call, and not used again.
        unsafe { glue::cervus_pages_free(region.handle) };
        *region = Region::EMPTY;
    }

    fn code(&self, bytes: usize) -> Result<CodeRegion, OutOfMemory> {
        let (mut writable, mut base) = (ptr::null_mut(), ptr::null());
        // SAFETY: both places are valid.
        let handle = unsafe { glue::cervus_code_alloc(bytes, &raw mut writable, &raw mut base) };
        if handle.is_null() { Err(OutOfMemory) } else { Ok(CodeRegion { writable, base, bytes, handle }) }
    }

    unsafe fn seal(&self, code: &mut CodeRegion) {
        code.writable = ptr::null_mut();
        // SAFETY: the handle is of an earlier call.
        unsafe { glue::cervus_code_seal(code.handle) };
    }

    unsafe fn release_code(&self, code: &mut CodeRegion) {
        // SAFETY: the handle is of an earlier call, and not used again.
        unsafe { glue::cervus_pages_free(code.handle) };
    }

    fn poll(&self) -> bool {
        // SAFETY: no conditions; everything that polls may sleep.
        unsafe { glue::cervus_poll() != 0 }
    }
}
