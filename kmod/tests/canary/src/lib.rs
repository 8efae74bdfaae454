//! The Rust half of `canary.ko`: an overrun in Rust, reached by a tail call as the engine's handlers are, which a kernel
//! with KASAN must report. Without the sanitizer's instrumentation in Rust code nobody would notice it.

#![no_std]
#![feature(explicit_tail_calls)]
#![expect(incomplete_features, reason = "as in kengine: the compiler checks what is used of it")]

use core::panic::PanicInfo;

/// Writes the byte after `len` bytes.
///
/// # Safety
/// None: this is wrong on purpose. `place` has `len` bytes and at least one more that nobody uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn canary_overrun(place: *mut u8, len: usize) {
    // SAFETY: the caller's.
    unsafe { become write(place, len) }
}

/// # Safety
/// As [`canary_overrun`].
#[inline(never)]
unsafe extern "C" fn write(place: *mut u8, len: usize) {
    // SAFETY: the caller's, and wrong.
    unsafe { place.add(len).write_volatile(1) }
}

/// Nothing here panics.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}
