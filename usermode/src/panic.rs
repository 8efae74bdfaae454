//! What a panic does in a guest: one error record that says where, then a trap.
//!
//! The host reports the trap with the guest's own call stack; there is no unwinding.

use core::panic::PanicInfo;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    match info.location() {
        Some(place) => {
            crate::eprintln!(
                "panicked at {}:{}:{}: {}",
                place.file(),
                place.line(),
                place.column(),
                info.message()
            );
        }
        None => crate::eprintln!("panicked: {}", info.message()),
    }
    core::arch::wasm32::unreachable()
}
