//! User space's platform: linear memories are anonymous mappings.
//!
//! A page costs nothing until it is touched, and a memory grows by `mremap`, which copies nothing. (The allocator gives
//! neither: it clears what is aligned to more than 16 bytes by hand, and so touches all of it.) What a mapping and its
//! faults cost is most of starting an instance, so a few mappings that are no longer used are kept, given back to the
//! system page by page but not their addresses, for the next memory of that size: another run of the same program.
//!
//! Memories smaller than [`SMALL`] are the heap's: clearing them takes less than a system call and the faults. Code is
//! written once and as a whole, so that the pages of much code are to be huge ones: fewer faults when it is linked, and
//! fewer entries of the TLB when it runs.

use super::{CodeRegion, Heap, Platform, Region};
use crate::fallible::OutOfMemory;
use core::{ffi::c_void, mem, ptr};
use rustix::mm::{Advice, MapFlags, MremapFlags, ProtFlags, madvise, mmap_anonymous, mremap, munmap};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes from which on a memory is a mapping.
const SMALL: usize = 2 * crate::memory::PAGE;
/// Mappings kept.
const KEPT: usize = 16;
/// Bytes of a mapping that is kept at most. Kept ones hold addresses and page tables, no pages.
const KEPT_BYTES: usize = 64 << 20;

/// Bytes of code from which on huge pages are asked for.
const HUGE: usize = 4 << 20;

/// Anonymous mappings; little code and small memories are the [`Heap`]'s.
#[derive(Debug)]
pub struct Mapped {
    kept: Mutex<[Mapping; KEPT]>,
}

/// A mapping that nobody uses, all zero.
#[derive(Clone, Copy, Debug)]
struct Mapping {
    base: *mut c_void,
    /// 0 if there is none.
    bytes: usize,
}

// SAFETY: a mapping is memory of the process, which any thread may use.
unsafe impl Send for Mapping {}

impl Mapped {
    /// Keeps no mapping yet.
    #[allow(clippy::new_without_default, reason = "there is one of it, a static")]
    pub const fn new() -> Self {
        Mapped { kept: Mutex::new([Mapping { base: ptr::null_mut(), bytes: 0 }; KEPT]) }
    }

    fn kept(&self) -> MutexGuard<'_, [Mapping; KEPT]> {
        // Its elements are whole at any time.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A kept mapping of that many bytes.
    fn take(&self, bytes: usize) -> Option<*mut c_void> {
        self.kept().iter_mut().find(|mapping| mapping.bytes == bytes).map(|mapping| {
            mapping.bytes = 0;
            mapping.base
        })
    }

    /// Keeps a mapping, if there is room.
    fn keep(&self, base: *mut c_void, bytes: usize) -> bool {
        if bytes > KEPT_BYTES {
            return false;
        }
        // SAFETY: the mapping is ours and holds nothing that anybody reads again.
        if unsafe { madvise(base, bytes, Advice::LinuxDontNeed) }.is_err() {
            return false;
        }
        match self.kept().iter_mut().find(|mapping| mapping.bytes == 0) {
            Some(mapping) => {
                *mapping = Mapping { base, bytes };
                true
            }
            None => false,
        }
    }
}

/// Whether a region is one of the heap's.
fn on_heap(region: &Region) -> bool {
    region.bytes < SMALL
}

// SAFETY: `grow` gives what `mmap`, `mremap` or the heap gives, zeroed, and says how much it is.
unsafe impl Platform for Mapped {
    fn room(&self, len: usize) -> usize {
        Heap.room(len)
    }

    unsafe fn grow(&self, region: &mut Region, bytes: usize) -> Result<(), OutOfMemory> {
        if bytes < SMALL {
            // SAFETY: a smaller region is the heap's own.
            return unsafe { Heap.grow(region, bytes) };
        }
        let bytes = bytes.checked_next_multiple_of(crate::memory::PAGE).ok_or(OutOfMemory)?;
        let base = if on_heap(region) {
            let base = match self.take(bytes) {
                Some(base) => base,
                // SAFETY: a new mapping, at an address that the system chooses.
                None => unsafe {
                    let protection = ProtFlags::READ | ProtFlags::WRITE;
                    mmap_anonymous(ptr::null_mut(), bytes, protection, MapFlags::PRIVATE).map_err(|_| OutOfMemory)?
                },
            };
            if !region.base.is_null() {
                // SAFETY: both are good for the smaller number of bytes and distinct.
                unsafe { ptr::copy_nonoverlapping(region.base, base.cast(), region.bytes) };
            }
            // SAFETY: a region of the heap, which is not used again.
            unsafe { Heap.release(region) };
            base
        } else {
            // SAFETY: a mapping of ours; nobody holds its address while its memory grows.
            unsafe { mremap(region.base.cast(), region.bytes, bytes, MremapFlags::MAYMOVE) }.map_err(|_| OutOfMemory)?
        };
        *region = Region { base: base.cast(), bytes, handle: ptr::null_mut() };
        Ok(())
    }

    unsafe fn release(&self, region: &mut Region) {
        if on_heap(region) {
            // SAFETY: one of the heap's.
            return unsafe { Heap.release(region) };
        }
        let Region { base, bytes, .. } = mem::replace(region, Region::EMPTY);
        if !self.keep(base.cast(), bytes) {
            // SAFETY: a mapping of ours. It fails for what is no mapping, and that we would not own.
            let _ = unsafe { munmap(base.cast(), bytes) };
        }
    }

    fn code(&self, bytes: usize) -> Result<CodeRegion, OutOfMemory> {
        if bytes < SMALL {
            return Heap.code(bytes);
        }
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping, at an address that the system chooses.
        let base = unsafe { mmap_anonymous(ptr::null_mut(), bytes, protection, MapFlags::PRIVATE) };
        let base = base.map_err(|_| OutOfMemory)?;
        if bytes >= HUGE {
            // Where there are none, small ones do.
            // SAFETY: the mapping just made.
            let _ = unsafe { madvise(base, bytes, Advice::LinuxHugepage) };
        }
        Ok(CodeRegion { writable: base.cast(), base: base.cast(), bytes, handle: ptr::null_mut() })
    }

    unsafe fn seal(&self, code: &mut CodeRegion) {
        // SAFETY: the caller's; the heap's does nothing that a mapping would mind.
        unsafe { Heap.seal(code) };
    }

    unsafe fn release_code(&self, code: &mut CodeRegion) {
        if code.bytes < SMALL {
            // SAFETY: the caller's; it is the heap's.
            return unsafe { Heap.release_code(code) };
        }
        // SAFETY: a mapping of ours that is not used again. It fails for what is no mapping, and that we would not own.
        let _ = unsafe { munmap(code.base.cast_mut().cast(), code.bytes) };
    }

    fn poll(&self) -> bool {
        false
    }
}
