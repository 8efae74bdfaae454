// Compiled into slice.wasm, with debug information, by Debian's rustc as a cdylib with
//   -C opt-level=2 -C panic=abort -g --remap-path-prefix=$PWD=. --remap-path-prefix=$(rustc --print sysroot)=rust
#![no_std]

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// A slice is two parameters of wasm, and the second one says how often the loop goes round.
#[unsafe(no_mangle)]
pub fn every(values: &[u32], times: u32) -> u32 {
    let mut all = times;
    for at in 0..values.len() {
        all = core::hint::black_box(all ^ at as u32);
    }
    all
}
