//! The Rust half of `cervus.ko`: `kengine` behind the symbols of `../kengine.h`, with the allocator, the panic
//! handler and the host functions that it needs in the kernel.
//!
//! Everything that touches the kernel goes through a few functions of the C half ([`glue`]): no kernel symbol is
//! named here, save `memcpy` and its like.

#![no_std]

mod host;
mod pages;

use core::{
    alloc::{GlobalAlloc, Layout},
    panic::PanicInfo,
};

kengine::entry_points!(host::KernelHost);

/// Functions of the C half.
mod glue {
    use core::ffi::c_void;

    unsafe extern "C" {
        /// `kvmalloc`, charged to the program's owner, failing rather than killing; zeroed if `zero` is not 0.
        pub(crate) fn cervus_alloc(bytes: usize, zero: u32) -> *mut u8;
        /// `kvfree`.
        pub(crate) fn cervus_free(place: *mut u8);
        /// A whole log record for the program's stream.
        pub(crate) fn cervus_log_record(context: *mut c_void, level: i32, text: *const u8, len: u32);
        /// One line for the kernel log, escaped, tag included, without prefix and newline.
        pub(crate) fn cervus_log_line(context: *mut c_void, level: i32, text: *const u8, len: u32);
        /// Lets other tasks run; not 0 if this one is being killed.
        pub(crate) fn cervus_poll() -> u32;
        /// Makes a memory so long; its first byte, or null, and then nothing has changed. A handle to begin with is
        /// null.
        pub(crate) fn cervus_memory_grow(memory: *mut *mut c_void, bytes: usize) -> *mut u8;
        /// Pages for code and two mappings of them; null if there are none.
        pub(crate) fn cervus_code_alloc(bytes: usize, writable: *mut *mut u8, base: *mut *const u8) -> *mut c_void;
        /// Takes the writable mapping away.
        pub(crate) fn cervus_code_seal(code: *mut c_void);
        /// Gives a memory or code back, or null.
        pub(crate) fn cervus_pages_free(pages: *mut c_void);
        /// Leaves the run's FPU section, if it is in one.
        pub(crate) fn cervus_fpu_leave(context: *mut c_void);
        /// Enters it again, if the run wants one.
        pub(crate) fn cervus_fpu_enter(context: *mut c_void);
        /// Marks the device dead, pins the module and BUGs.
        pub(crate) fn cervus_bug();
    }
}

/// Panics, as nothing else here does: see `../../test.c`.
#[cfg(feature = "test")]
#[unsafe(no_mangle)]
pub extern "C" fn cervus_test_panic() {
    #[allow(clippy::panic, reason = "what else")]
    {
        panic!("asked for");
    }
}

/// Memory from the kernel.
struct Kernel;

#[global_allocator]
static ALLOCATOR: Kernel = Kernel;

/// From this size on the kernel's memory starts at a page.
const PAGE: usize = 4096;

/// Bytes to ask for, or `None` if the kernel has nothing of that alignment. Small blocks of a power of two are
/// aligned to their size, others to a machine word.
fn bytes(layout: Layout) -> Option<usize> {
    match layout.align() {
        ..=8 => Some(layout.size()),
        align if align > PAGE => None,
        _ if layout.size() >= PAGE => Some(layout.size()),
        align => Some(layout.size().max(align).next_power_of_two()),
    }
}

fn allocate(layout: Layout, zero: bool) -> *mut u8 {
    match bytes(layout) {
        // SAFETY: any size will do.
        Some(bytes) => unsafe { glue::cervus_alloc(bytes, zero.into()) },
        None => core::ptr::null_mut(),
    }
}

// SAFETY: `cervus_alloc` gives memory of that size, aligned as `bytes` says, or null.
unsafe impl GlobalAlloc for Kernel {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        allocate(layout, false)
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        allocate(layout, true)
    }

    unsafe fn dealloc(&self, place: *mut u8, _: Layout) {
        // SAFETY: `place` is from `cervus_alloc`.
        unsafe { glue::cervus_free(place) };
    }
}

/// Nothing here panics, and the build looks for the symbols; if it happens all the same, the kernel stops this
/// task and the module says no to everything from then on.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: no conditions. The instruction tells objtool that nothing comes after the call.
    unsafe {
        glue::cervus_bug();
        core::arch::asm!("ud2", options(noreturn, nomem, nostack))
    }
}
